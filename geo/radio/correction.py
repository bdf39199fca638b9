"""A calibration as the prediction takes it: offsets by band, clutter group and obstruction, for finished losses.

It never enters a path loss itself, so that losses kept for later stay good for every calibration and for none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import BadInputError
from geo.radio.kernels.correction import BandCorrection, correct_points, correct_window
from geo.radio.layers import MastLoss, PointsLoss
from geo.radio.link_budget import ResolvedCell
from geo.radio.model import CLUTTER_GROUPS
from geo.radio.terrain import ClutterWindow

# The names under which offsets are told apart, in the order of the kernels.
OBSTRUCTION = ("line_of_sight", "obstructed")
NO_GROUPS = np.zeros((1, 1), np.uint8)
# A technology, an operator and a band group: what a calibration was measured in, and holds for.
Network = tuple[str, str, str]
FREE_SPACE_AT_1_KM_1_GHZ_DB = 92.4  # P.1812-7 equation (8)


@dataclass(frozen=True)
class ClassRule:
    """How a path is put into a class: limits of the band groups (MHz), of obstruction (dB), and shortest distance."""

    low_below_mhz: float
    high_above_mhz: float
    obstructed_above_db: float
    reference_km: float
    shortest_km: float

    def band_of(self, frequency_mhz: float) -> str:
        """Band group of a frequency: low, mid or high."""
        if frequency_mhz < self.low_below_mhz:
            return "low"
        return "high" if frequency_mhz >= self.high_above_mhz else "mid"


def _every_class() -> NDArray[np.bool_]:
    return np.ones((len(CLUTTER_GROUPS), len(OBSTRUCTION)), dtype=bool)


@dataclass(frozen=True, eq=False)
class BandOffsets:
    """What is added to levels of a band group: dB at the reference distance by (clutter group, obstruction).

    `slope_db` is dB per decade of distance between the nearest and the farthest measured distance. Nothing is added in
    classes that were not `measured`.
    """

    offset_db: NDArray[np.float64]
    slope_db: float
    nearest_km: float
    farthest_km: float
    measured: NDArray[np.bool_] = field(default_factory=_every_class)


@dataclass(frozen=True)
class Correction:
    """A calibration that was chosen: the networks it was measured in, and what it adds there. All else stays as it is.

    Offsets are those of a band, fitted over all its networks; they hold in these networks only.
    """

    name: str
    version: str
    networks: frozenset[Network]
    rule: ClassRule
    bands: Mapping[str, BandOffsets]

    def covers(self, cell: ResolvedCell) -> bool:
        """Whether a cell's levels are corrected."""
        return (str(cell.technology), cell.operator_code, self.rule.band_of(cell.frequency_mhz)) in self.networks

    def band(self, frequency_mhz: float) -> BandCorrection | None:
        """Return what a kernel needs for a carrier, None where its band was not measured."""
        offsets = self.bands.get(self.rule.band_of(frequency_mhz))
        return None if offsets is None else make_band(self.rule, offsets, frequency_mhz)

    def window(self, loss: MastLoss, clutter: ClutterWindow | None) -> MastLoss:
        """Return the losses of a mast with the offsets taken off."""
        groups = NO_GROUPS if clutter is None else clutter.groups
        corrected = loss.loss_cdb.copy()
        for at, frequency_mhz in enumerate(loss.frequencies_mhz):
            band = self.band(frequency_mhz)
            if band is not None:
                correct_window(loss.loss_cdb[at], loss.sight, groups, loss.corner, band, corrected[at])
        return replace(loss, loss_cdb=corrected)

    def points(self, loss: PointsLoss, clutter: ClutterWindow | None) -> PointsLoss:
        """Return the losses to points with the offsets taken off."""
        groups = groups_at(clutter, loss.row, loss.col)
        corrected = loss.loss_cdb.copy()
        for at, frequency_mhz in enumerate(loss.frequencies_mhz):
            band = self.band(frequency_mhz)
            if band is not None:
                correct_points(loss.loss_cdb[at], loss.distance_km, groups, band, corrected[at])
        return replace(loss, loss_cdb=corrected)


@dataclass(frozen=True)
class CorrectedMast:
    """The losses of a mast for each of its cells: within its own reach, corrected where the calibration covers it.

    `reach_m` is how far each frequency (MHz) was computed: the farthest reach of any cell.
    """

    loss: MastLoss
    reach_m: Mapping[float, float]
    correction: Correction | None
    clutter: ClutterWindow | None

    def of(self, cell: ResolvedCell) -> MastLoss:
        """Return the losses that count for a cell."""
        loss = self._corrected if self.correction is not None and self.correction.covers(cell) else self.loss
        is_shorter = cell.reach_m < self.reach_m[cell.frequency_mhz]
        return loss.within(cell.frequency_mhz, cell.reach_m) if is_shorter else loss

    @cached_property
    def _corrected(self) -> MastLoss:
        return self.loss if self.correction is None else self.correction.window(self.loss, self.clutter)


@dataclass(frozen=True)
class CorrectedPoints:
    """The losses to points, as `CorrectedMast`."""

    loss: PointsLoss
    correction: Correction | None
    clutter: ClutterWindow | None

    def of(self, cell: ResolvedCell) -> PointsLoss:
        """Return the losses that count for a cell."""
        loss = self._corrected if self.correction is not None and self.correction.covers(cell) else self.loss
        return loss.within(cell.frequency_mhz, cell.reach_m)

    @cached_property
    def _corrected(self) -> PointsLoss:
        return self.loss if self.correction is None else self.correction.points(self.loss, self.clutter)


def make_band(rule: ClassRule, offsets: BandOffsets, frequency_mhz: float) -> BandCorrection:
    """Return the offsets of a band for one carrier."""
    return BandCorrection(
        np.ascontiguousarray(offsets.offset_db, dtype=np.float64),
        np.ascontiguousarray(offsets.measured, dtype=np.bool_),
        float(offsets.slope_db),
        float(rule.reference_km),
        float(offsets.nearest_km),
        float(offsets.farthest_km),
        FREE_SPACE_AT_1_KM_1_GHZ_DB + 20.0 * math.log10(frequency_mhz / 1000.0),
        float(rule.obstructed_above_db),
        float(rule.shortest_km),
    )


def groups_at(clutter: ClutterWindow | None, row: NDArray[np.float64], col: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the clutter group under points given in pixels of the terrain from the middle of its first pixel."""
    if clutter is None or clutter.groups.size == 1:
        return np.zeros(len(row), np.uint8)
    rows = np.clip(np.floor(row + 0.5).astype(np.int64), 0, clutter.groups.shape[0] - 1)
    cols = np.clip(np.floor(col + 0.5).astype(np.int64), 0, clutter.groups.shape[1] - 1)
    return np.asarray(clutter.groups[rows, cols])


def correction_of_document(document: Mapping[str, Any]) -> Correction:
    """Return the correction that a stored calibration describes.

    Raises:
        BadInputError: the document names a class that this version does not know, or not what was measured.
    """
    rule = document["classes"]
    return Correction(
        name=document["name"],
        version=document["version"],
        networks=networks_of(document),
        rule=ClassRule(
            low_below_mhz=rule["low_below_mhz"],
            high_above_mhz=rule["high_above_mhz"],
            obstructed_above_db=rule["obstructed_above_db"],
            reference_km=rule["reference_km"],
            shortest_km=rule["shortest_km"],
        ),
        bands={band["band_group"]: _offsets(band) for band in document["bands"]},
    )


def networks_of(document: Mapping[str, Any]) -> frozenset[Network]:
    """Return the networks that a calibration was measured in.

    Raises:
        BadInputError: it was made before calibrations said so.
    """
    measured = document["scope"].get("measured")
    if measured is None:
        raise BadInputError(
            f"The calibration '{document['name']}' does not say which networks were measured; fit it again.",
            f"Bộ hiệu chỉnh '{document['name']}' không ghi đã đo mạng nào; hãy hiệu chỉnh lại.",
        )
    return frozenset((each["technology"], each["operator"], each["band_group"]) for each in measured)


def _offsets(band: Mapping[str, Any]) -> BandOffsets:
    table, measured = np.zeros((len(CLUTTER_GROUPS), len(OBSTRUCTION)), np.float64), ~_every_class()
    for entry in band["offsets"]:
        at = _place(entry["clutter"], CLUTTER_GROUPS), _place(entry["path"], OBSTRUCTION)
        table[at], measured[at] = entry["offset_db"], entry["measured"]
    return BandOffsets(table, band["slope_db_per_decade"], band["nearest_km"], band["farthest_km"], measured)


def _place(name: str, names: Sequence[str]) -> int:
    if name not in names:
        raise BadInputError(
            f"The calibration has a class '{name}' that this version does not know; fit it again.",
            f"Bộ hiệu chỉnh có lớp '{name}' mà phiên bản này không biết; hãy hiệu chỉnh lại.",
        )
    return names.index(name)
