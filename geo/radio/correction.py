"""A calibration as the prediction takes it: offsets of networks by clutter group and obstruction, for finished losses.

It never enters a path loss itself, so that losses kept for later stay good for every calibration and for none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
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
class NetworkErrors:
    """What a calibration leaves of the error of a network, dB: standard deviations between its masts and within them.

    `standard_error_db` is that of the offsets by (clutter group, obstruction), `local_db` goes by obstruction; `masts`
    is how many told it.
    """

    standard_error_db: NDArray[np.float64]
    site_db: float
    local_db: NDArray[np.float64]
    masts: int


@dataclass(frozen=True, eq=False)
class NetworkOffsets:
    """What is added to levels of a network: dB at the reference distance by (clutter group, obstruction).

    `slope_db` is dB per decade of distance between the nearest and the farthest distance measured in the network.
    Nothing is added in classes that were not `measured` there. `left` is the error that remains, None where unknown.
    """

    offset_db: NDArray[np.float64]
    slope_db: float
    nearest_km: float
    farthest_km: float
    measured: NDArray[np.bool_] = field(default_factory=_every_class)
    left: NetworkErrors | None = None


@dataclass(frozen=True)
class Correction:
    """A calibration that was chosen: what it adds in each network that it was measured in. All else stays as it is."""

    name: str
    version: str
    rule: ClassRule
    networks: Mapping[Network, NetworkOffsets]

    def network_of(self, cell: ResolvedCell) -> Network:
        """Network that a cell belongs to."""
        return str(cell.technology), cell.operator_code, self.rule.band_of(cell.frequency_mhz)

    def window(self, loss: MastLoss, network: Network, clutter: ClutterWindow | None) -> MastLoss:
        """Return the losses of a mast at the frequencies of a network, with its offsets taken off."""
        groups = NO_GROUPS if clutter is None else clutter.groups
        frequencies, own = self._own(loss, network)
        corrected = np.empty_like(own)
        for at, frequency_mhz in enumerate(frequencies):
            band = make_band(self.rule, self.networks[network], frequency_mhz)
            correct_window(own[at], loss.sight, groups, loss.corner, band, corrected[at])
        return replace(loss, frequencies_mhz=frequencies, loss_cdb=corrected)

    def points(self, loss: PointsLoss, network: Network, clutter: ClutterWindow | None) -> PointsLoss:
        """Return the losses to points at the frequencies of a network, with its offsets taken off."""
        groups = groups_at(clutter, loss.row, loss.col)
        frequencies, own = self._own(loss, network)
        corrected = np.empty_like(own)
        for at, frequency_mhz in enumerate(frequencies):
            band = make_band(self.rule, self.networks[network], frequency_mhz)
            correct_points(own[at], loss.distance_km, groups, band, corrected[at])
        return replace(loss, frequencies_mhz=frequencies, loss_cdb=corrected)

    def _own(self, loss: MastLoss | PointsLoss, network: Network) -> tuple[tuple[float, ...], NDArray[np.int16]]:
        """Return the frequencies of a network's band and the losses at them."""
        at = [number for number, each in enumerate(loss.frequencies_mhz) if self.rule.band_of(each) == network[2]]
        return tuple(loss.frequencies_mhz[number] for number in at), loss.loss_cdb[at]


@dataclass(frozen=True)
class CorrectedMast:
    """The losses of a mast for each of its cells: within its own reach, corrected where the calibration covers it.

    `reach_m` is how far each frequency (MHz) was computed: the farthest reach of any cell.
    """

    loss: MastLoss
    reach_m: Mapping[float, float]
    correction: Correction | None
    clutter: ClutterWindow | None
    _made: dict[Network, MastLoss] = field(default_factory=dict, init=False)

    def of(self, cell: ResolvedCell) -> MastLoss:
        """Return the losses that count for a cell."""
        loss = self._loss_of(cell)
        is_shorter = cell.reach_m < self.reach_m[cell.frequency_mhz]
        return loss.within(cell.frequency_mhz, cell.reach_m) if is_shorter else loss

    def _loss_of(self, cell: ResolvedCell) -> MastLoss:
        if self.correction is None or (network := self.correction.network_of(cell)) not in self.correction.networks:
            return self.loss
        if network not in self._made:
            self._made[network] = self.correction.window(self.loss, network, self.clutter)
        return self._made[network]


@dataclass(frozen=True)
class CorrectedPoints:
    """The losses to points, as `CorrectedMast`."""

    loss: PointsLoss
    correction: Correction | None
    clutter: ClutterWindow | None
    _made: dict[Network, PointsLoss] = field(default_factory=dict, init=False)

    def of(self, cell: ResolvedCell) -> PointsLoss:
        """Return the losses that count for a cell."""
        return self._loss_of(cell).within(cell.frequency_mhz, cell.reach_m)

    def _loss_of(self, cell: ResolvedCell) -> PointsLoss:
        if self.correction is None or (network := self.correction.network_of(cell)) not in self.correction.networks:
            return self.loss
        if network not in self._made:
            self._made[network] = self.correction.points(self.loss, network, self.clutter)
        return self._made[network]


def make_band(rule: ClassRule, offsets: NetworkOffsets, frequency_mhz: float) -> BandCorrection:
    """Return the offsets of a network for one carrier."""
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
        BadInputError: the document names a class that this version does not know, or does not tell networks apart.
    """
    rule, networks = document["classes"], document.get("networks")
    if networks is None:
        raise BadInputError(
            f"The calibration '{document['name']}' does not say what was measured in each network; fit it again.",
            f"Bộ hiệu chỉnh '{document['name']}' không ghi kết quả đo của từng mạng; hãy hiệu chỉnh lại.",
        )
    return Correction(
        name=document["name"],
        version=document["version"],
        rule=ClassRule(
            low_below_mhz=rule["low_below_mhz"],
            high_above_mhz=rule["high_above_mhz"],
            obstructed_above_db=rule["obstructed_above_db"],
            reference_km=rule["reference_km"],
            shortest_km=rule["shortest_km"],
        ),
        networks={(each["technology"], each["operator"], each["band_group"]): _offsets(each) for each in networks},
    )


def _offsets(network: Mapping[str, Any]) -> NetworkOffsets:
    table, error = np.zeros((2, len(CLUTTER_GROUPS), len(OBSTRUCTION)), np.float64)
    measured, left = ~_every_class(), network["errors"]
    for entry in network["offsets"]:
        at = _place(entry["clutter"], CLUTTER_GROUPS), _place(entry["path"], OBSTRUCTION)
        table[at], error[at], measured[at] = entry["offset_db"], entry["standard_error_db"], True
    return NetworkOffsets(
        table,
        network["slope_db_per_decade"],
        network["nearest_km"],
        network["farthest_km"],
        measured,
        NetworkErrors(
            error, left["site_db"], np.array([left["local_db"][path] for path in OBSTRUCTION]), left["masts"]
        ),
    )


def _place(name: str, names: Sequence[str]) -> int:
    if name not in names:
        raise BadInputError(
            f"The calibration has a class '{name}' that this version does not know; fit it again.",
            f"Bộ hiệu chỉnh có lớp '{name}' mà phiên bản này không biết; hãy hiệu chỉnh lại.",
        )
    return names.index(name)
