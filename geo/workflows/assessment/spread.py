"""How much lies at which level, by class: kept with the counts of a tile, so that any error can be asked about."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.domain.coverage import LOWEST_LEVEL, Levels
from geo.radio.correction import FREE_SPACE_AT_1_KM_1_GHZ_DB
from geo.radio.kernels.uncertainty import add_levels, classify_levels
from geo.radio.link_budget import ResolvedCell

# Levels in tenths of dBm: bins of half a dB from -140 to -40 dBm. What lies outside counts in the first or last.
FIRST_BIN = -1400
BIN_WIDTH = 5
BINS = 200
PATHS = 2


@dataclass(frozen=True, eq=False)
class CellTable:
    """Cells as the kernel takes them (see `classify_levels`), and their numbers in rising order."""

    table: NDArray[np.float64]
    numbers: NDArray[np.int64]

    @classmethod
    def of(cls, cells: Iterable[ResolvedCell]) -> CellTable:
        """Return the table of some cells."""
        ordered = sorted(cells, key=lambda cell: cell.cell_id)
        rows = [
            (
                cell.lon,
                cell.lat,
                cell.reference_eirp_dbm - FREE_SPACE_AT_1_KM_1_GHZ_DB - 20.0 * math.log10(cell.frequency_mhz / 1000.0),
                math.cos(math.radians(cell.lat)),
            )
            for cell in ordered
        ]
        numbers = np.array([cell.cell_id for cell in ordered], dtype=np.int64)
        return cls(np.array(rows, dtype=np.float64).reshape(-1, 4), numbers)

    def paths(
        self,
        levels: Levels,
        server: NDArray[np.int32],
        lon: NDArray[np.float64],
        lat: NDArray[np.float64],
        obstructed_above_db: float,
    ) -> NDArray[np.uint8]:
        """Return the path of each level: 0 in line of sight, 1 obstructed or not known."""
        path = np.empty(len(server), dtype=np.uint8)
        classify_levels(levels, LOWEST_LEVEL, self._places(server), self.table, lon, lat, obstructed_above_db, path)
        return path

    def _places(self, server: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the place of each serving cell in the table, -1 for none."""
        if not len(self.numbers):
            return np.full(len(server), -1, dtype=np.int32)
        first, last = int(self.numbers[0]), int(self.numbers[-1])
        # One entry more at either end, for all that is none of the cells.
        lookup = np.full(last - first + 3, -1, dtype=np.int32)
        lookup[self.numbers - first + 1] = np.arange(len(self.numbers), dtype=np.int32)
        return np.asarray(lookup[np.clip(server, first - 1, last + 1) - (first - 1)])


def level_histograms(
    levels: NDArray[np.int16],
    path: NDArray[np.uint8],
    *,
    unit: NDArray[np.integer],
    units: int,
    weight: NDArray[np.float64],
    operator_counts: int,
) -> NDArray[np.float32]:
    """Return the weight by kind, unit, path and bin: each operator, then the n-th best of all for n from 1 on."""
    own = np.zeros((levels.shape[0], units, PATHS, BINS))
    together = np.zeros((operator_counts, units, PATHS, BINS))
    add_levels(
        np.ascontiguousarray(levels),
        np.ascontiguousarray(path),
        unit.astype(np.int64),
        weight.astype(np.float64),
        (LOWEST_LEVEL, FIRST_BIN, BIN_WIDTH),
        own,
        together,
    )
    return np.concatenate([own, together]).astype(np.float32)


def stacked(levels: Mapping[str, NDArray[np.int16]], operators: Sequence[str], points: int) -> NDArray[np.int16]:
    """Return levels as `(operators, points)`, also without any operator."""
    return np.array([levels[operator] for operator in operators], dtype=np.int16).reshape(len(operators), points)


def reaching(histogram: NDArray[np.floating], threshold_dbm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what lies at a threshold or above, from (units, bins) and thresholds (units, tiers) in dBm.

    Within a bin it is taken as spread evenly.
    """
    above = np.concatenate([np.cumsum(histogram[:, ::-1], axis=1)[:, ::-1], np.zeros((len(histogram), 1))], axis=1)
    at = np.clip((10.0 * threshold_dbm - FIRST_BIN) / BIN_WIDTH, 0.0, float(BINS))
    low = np.minimum(np.floor(at).astype(np.int64), BINS - 1)
    rows = np.arange(len(histogram))[:, np.newaxis]
    return np.asarray(above[rows, low] + (at - low) * (above[rows, low + 1] - above[rows, low]))
