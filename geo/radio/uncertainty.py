"""How wrong a level may be: a part common to a class, a part of each mast, and a part of each place.

The common part does not average out, however large the area: it moves all levels of a class together. The part of a
mast averages out over the masts that serve an area, that of a place over its places.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtrit

from geo.radio.correction import OBSTRUCTION, Correction, NetworkErrors
from geo.radio.model import CLUTTER_GROUPS, GROUPS

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
    """Standard deviations in dB: `bias_db`, `site_db` and `local_db`, (3, 5, 2) by band group, clutter group and path.

    Bands are numbers in `model.GROUPS`; `group_limits_mhz` are where the middle one begins and ends.
    """

    version: str
    interval_share: float
    obstructed_above_db: float
    least_bias_db: float
    group_limits_mhz: tuple[float, float]
    bias_db: Floats
    site_db: Floats
    local_db: Floats

    @property
    def reach(self) -> float:
        """Standard deviations from the middle of an interval to its end."""
        return NormalDist().inv_cdf(0.5 + 0.5 * self.interval_share)

    def band_of(self, frequency_mhz: float) -> int:
        """Band group of a frequency, as its number."""
        low, high = self.group_limits_mhz
        return GROUPS.index("low" if frequency_mhz < low else "high" if frequency_mhz >= high else "mid")

    @property
    def total_db(self) -> Floats:
        """Error of a single place by band, clutter group and path, shape `(3, 5, 2)`."""
        return np.asarray(np.sqrt(self.bias_db**2 + self.site_db**2 + self.local_db**2))

    @property
    def varying_db(self) -> Floats:
        """Error that differs from mast to mast and place to place, and averages out, shape `(3, 5, 2)`."""
        return np.asarray(np.hypot(self.site_db, self.local_db))

    def calibrated(self, bands: Mapping[str, tuple[Mapping[str, Any], NDArray[np.bool_]]]) -> ErrorModel:
        """Return the errors with those that a calibration left in some bands, in the classes that were measured there.

        Each band has its `bias_db` (one, or by clutter group and path), `site_db` and `local_db` (told apart by path,
        no longer by clutter), and the mask (clutter groups, paths) of its measured classes. All else stays as it is.
        """
        bias, site, local = self.bias_db.copy(), self.site_db.copy(), self.local_db.copy()
        for name, (spread, measured) in bands.items():
            band = GROUPS.index(name)
            left = np.broadcast_to([float(spread["local_db"][path]) for path in OBSTRUCTION], measured.shape)
            common = np.broadcast_to(np.asarray(spread["bias_db"], dtype=np.float64), measured.shape)
            bias[band, measured] = np.maximum(self.least_bias_db, common[measured])
            site[band, measured] = float(spread["site_db"])
            local[band, measured] = left[measured]
        return replace(self, bias_db=bias, site_db=site, local_db=local)


def error_model(parameters: Parameters, group_limits_mhz: tuple[float, float]) -> ErrorModel:
    """Return the errors of the parameter file radio/uncertainty; the limits of the bands stand in radio/defaults."""
    shape = len(GROUPS), len(CLUTTER_GROUPS), len(OBSTRUCTION)
    local = np.array([[parameters.number(f"local.{path}.{group}") for path in OBSTRUCTION] for group in CLUTTER_GROUPS])
    factor = np.array([parameters.number(f"local_factor.{band}") for band in GROUPS])
    return ErrorModel(
        version=parameters.version_string,
        interval_share=parameters.number("interval_share"),
        obstructed_above_db=parameters.number("obstructed_above"),
        least_bias_db=parameters.number("least_bias"),
        group_limits_mhz=group_limits_mhz,
        bias_db=np.broadcast_to([parameters.number(f"bias.{path}") for path in OBSTRUCTION], shape),
        site_db=np.broadcast_to([parameters.number(f"site.{path}") for path in OBSTRUCTION], shape),
        local_db=factor[:, np.newaxis, np.newaxis] * local,
    )


def errors_left(errors: ErrorModel, correction: Correction | None, *, technology: str, operator: str) -> ErrorModel:
    """Return the errors that hold for an operator: as assumed, or what a calibration left where it was measured.

    Networks, bands and classes that were not measured keep what is assumed.
    """
    own = {
        band: (_left(offsets.left, errors.interval_share), offsets.measured)
        for (technology_of, operator_of, band), offsets in (correction.networks.items() if correction else ())
        if (technology_of, operator_of) == (technology, operator) and offsets.left is not None
    }
    return errors.calibrated(own) if own else errors


def _left(left: NetworkErrors, interval_share: float) -> Mapping[str, Any]:
    """Return the errors left in a network; the common one is that of the offsets, wider where few masts told it."""
    return {
        "bias_db": left.standard_error_db * few_masts_factor(left.masts, interval_share),
        "site_db": left.site_db,
        "local_db": dict(zip(OBSTRUCTION, left.local_db.tolist(), strict=True)),
    }


def few_masts_factor(masts: int, interval_share: float) -> float:
    """Return how much wider an interval is whose spread was itself told by so few masts (Student's distribution)."""
    above = 0.5 + 0.5 * interval_share
    return float(stdtrit(max(1, masts - 1), above)) / NormalDist().inv_cdf(above)


def reaching_probability(level_dbm: Floats, threshold_dbm: float | Floats, error_db: Floats) -> Floats:
    """Return how probable it is that the true level reaches a threshold, from the level and its error."""
    return np.asarray(ndtr((level_dbm - threshold_dbm) / np.maximum(error_db, 1e-9)))
