"""How wrong a level may be: a part common to a class, a part of each mast, and a part of each place.

The common part does not average out, however large the area: it moves all levels of a class together. The part of a
mast averages out over the masts that serve an area, that of a place over its places.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from geo.radio.correction import OBSTRUCTION, Correction
from geo.radio.model import CLUTTER_GROUPS

Floats = NDArray[np.float64]


class Parameters(Protocol):
    """What is needed of a parameter file that has been read."""

    @property
    def version_string(self) -> str:
        """Name, version and hash."""

    def number(self, key: str) -> float:
        """Value of `key` as a number."""


@dataclass(frozen=True, eq=False)
class ErrorModel:
    """Standard deviations in dB: `bias_db` and `site_db` by path (2,), `local_db` by clutter group and path (5, 2)."""

    version: str
    interval_share: float
    obstructed_above_db: float
    least_bias_db: float
    bias_db: Floats
    site_db: Floats
    local_db: Floats

    @property
    def reach(self) -> float:
        """Standard deviations from the middle of an interval to its end."""
        return NormalDist().inv_cdf(0.5 + 0.5 * self.interval_share)

    def common_db(self, masts: Floats) -> Floats:
        """Return what does not average out over areas that so many masts serve, shape `(areas, 2)`."""
        served = np.maximum(masts, 1.0)[:, np.newaxis]
        return np.asarray(np.sqrt(self.bias_db**2 + self.site_db**2 / served))

    def bias_share(self, masts: Floats) -> Floats:
        """Return the share of the common part that is the same for all areas, shape `(areas,)`; 0 without any error."""
        common = self.common_db(masts)
        share = np.divide(self.bias_db, common, out=np.zeros_like(common), where=common > 0.0)
        return np.asarray(share.mean(axis=1))

    @property
    def total_db(self) -> Floats:
        """Error of a single place by clutter group and path, shape `(5, 2)`."""
        return np.asarray(np.sqrt(self.bias_db**2 + self.site_db**2 + self.local_db**2))

    def calibrated(self, spread: Mapping[str, Any]) -> ErrorModel:
        """Return the errors that are left after a calibration (`uncertainty` of its document)."""
        local = np.array([spread["local_db"][name] for name in OBSTRUCTION], dtype=np.float64)
        return ErrorModel(
            version=self.version,
            interval_share=self.interval_share,
            obstructed_above_db=self.obstructed_above_db,
            least_bias_db=self.least_bias_db,
            bias_db=np.full(2, max(self.least_bias_db, float(spread["bias_db"]))),
            site_db=np.full(2, float(spread["site_db"])),
            local_db=np.tile(local, (len(CLUTTER_GROUPS), 1)),
        )


def error_model(parameters: Parameters) -> ErrorModel:
    """Return the errors of the parameter file radio/uncertainty."""
    return ErrorModel(
        version=parameters.version_string,
        interval_share=parameters.number("interval_share"),
        obstructed_above_db=parameters.number("obstructed_above"),
        least_bias_db=parameters.number("least_bias"),
        bias_db=np.array([parameters.number(f"bias.{path}") for path in OBSTRUCTION]),
        site_db=np.array([parameters.number(f"site.{path}") for path in OBSTRUCTION]),
        local_db=np.array(
            [[parameters.number(f"local.{path}.{group}") for path in OBSTRUCTION] for group in CLUTTER_GROUPS]
        ),
    )


def errors_left(
    errors: ErrorModel,
    correction: Correction | None,
    spread: Mapping[str, Any] | None,
    *,
    technology: str,
    operator: str,
) -> ErrorModel:
    """Return the errors that hold for an operator: as assumed, or what a calibration that covers it left.

    `spread` is `uncertainty` of the calibration's document.
    """
    if correction is None or spread is None or technology not in correction.technologies:
        return errors
    if correction.operators is not None and operator not in correction.operators:
        return errors
    return errors.calibrated(spread)


def reaching_probability(level_dbm: Floats, threshold_dbm: float, error_db: Floats) -> Floats:
    """Return how probable it is that the true level reaches a threshold, from the level and its error."""
    return np.asarray(ndtr((level_dbm - threshold_dbm) / np.maximum(error_db, 1e-9)))
