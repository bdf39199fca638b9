"""How much is expected to reach which level by the errors of the model: kept with the counts of a tile.

Errors that differ from mast to mast and from place to place are in it already; what is common to all places of a class
can then be asked about by moving the level.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from geo.domain.coverage import LOWEST_LEVEL, Levels
from geo.radio.correction import FREE_SPACE_AT_1_KM_1_GHZ_DB, OBSTRUCTION
from geo.radio.kernels.uncertainty import add_reaching, classify_levels, order_of_operators
from geo.radio.link_budget import ResolvedCell
from geo.radio.model import CLUTTER_GROUPS, GROUPS
from geo.radio.uncertainty import ErrorModel

Floats = NDArray[np.float64]
# Levels that are asked about lie so far apart, in tenths of dB: errors are several times as large.
STEP = 20
# The table of the normal distribution: steps for one standard deviation, and how many of these it reaches.
STEPS_PER_SIGMA, SIGMAS = 200, 5
CHANCE = ndtr(np.arange(-SIGMAS * STEPS_PER_SIGMA, SIGMAS * STEPS_PER_SIGMA + 1) / STEPS_PER_SIGMA).astype(np.float32)
CHANCE[0], CHANCE[-1] = 0.0, 1.0
SMALLEST_ERROR_DB = 1e-3


@dataclass(frozen=True, eq=False)
class LevelErrors:
    """How wrong levels are taken to be, in the form that counting takes.

    A class is (band, clutter, path) as one number. `varying_db` and `common` (technologies, operators, classes) are the
    error that differs between masts and places, and the number of the common error, of which `bias_db` and `site_db`
    tell the parts. `first` is, by technology, the lowest level that is asked about, in tenths of dBm; `steps` how many.
    """

    obstructed_above_db: float
    group_limits_mhz: tuple[float, float]
    varying_db: Floats
    common: NDArray[np.uint8]
    bias_db: Floats
    site_db: Floats
    first: tuple[int, ...]
    steps: int

    def grid(self, technology: int) -> NDArray[np.int64]:
        """Return the levels that are asked about, in tenths of dBm."""
        return self.first[technology] + STEP * np.arange(self.steps, dtype=np.int64)


def level_errors(
    assumed: ErrorModel, models: Sequence[Sequence[ErrorModel]], thresholds_dbm: Sequence[Sequence[float]]
) -> LevelErrors:
    """Return the errors of the levels of all operators, from models by technology and operator.

    Levels are asked about as far around the thresholds (by technology and tier) as common errors can move them.
    """
    operators = len(models[0]) if models else 0
    shape = (len(models), operators, len(GROUPS) * len(CLUTTER_GROUPS) * len(OBSTRUCTION))

    def classes(name: str) -> Floats:
        return np.array([[getattr(one, name) for one in row] for row in models], dtype=np.float64).reshape(shape)

    pairs = np.stack([classes("bias_db"), classes("site_db")], axis=-1).reshape(-1, 2)
    kinds, common = np.unique(pairs, axis=0, return_inverse=True) if operators else (np.zeros((1, 2)), np.zeros(0))
    away = assumed.reach * float(np.hypot(*kinds.T).max())
    first = [math.floor(10.0 * (min(one) - away)) for one in thresholds_dbm]
    last = [math.ceil(10.0 * (max(one) + away)) for one in thresholds_dbm]
    longest = max((b - a for a, b in zip(first, last, strict=True)), default=0)
    return LevelErrors(
        obstructed_above_db=assumed.obstructed_above_db,
        group_limits_mhz=assumed.group_limits_mhz,
        varying_db=classes("varying_db"),
        common=common.reshape(shape).astype(np.uint8),
        bias_db=kinds[:, 0],
        site_db=kinds[:, 1],
        first=tuple(first),
        steps=math.ceil(longest / STEP) + 1,
    )


@dataclass(frozen=True, eq=False)
class CellTable:
    """Cells as the kernel takes them (see `classify_levels`), their numbers in rising order, and their carriers."""

    table: Floats
    numbers: NDArray[np.int64]
    frequency_mhz: Floats

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
        carriers = np.array([cell.frequency_mhz for cell in ordered], dtype=np.float64)
        return cls(np.array(rows, dtype=np.float64).reshape(-1, 4), numbers, carriers)

    def classes(
        self,
        levels: Levels,
        server: NDArray[np.int32],
        lon: Floats,
        lat: Floats,
        groups: NDArray[np.uint8],
        errors: LevelErrors,
    ) -> NDArray[np.int64]:
        """Return the class of each level: by band of the serving cell, clutter group, and path as one number.

        Without a server, or where that is not in the table, the band is the middle one and the path obstructed.
        """
        path = np.empty(len(server), dtype=np.uint8)
        place = self._places(server)
        classify_levels(levels, LOWEST_LEVEL, place, self.table, lon, lat, errors.obstructed_above_db, path)
        low, high = errors.group_limits_mhz
        bands = np.append((self.frequency_mhz >= low).astype(np.int64) + (self.frequency_mhz >= high), 1)
        return np.asarray((bands[place] * len(CLUTTER_GROUPS) + groups) * len(OBSTRUCTION) + path)

    def _places(self, server: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the place of each serving cell in the table, -1 for none."""
        if not len(self.numbers):
            return np.full(len(server), -1, dtype=np.int32)
        first, last = int(self.numbers[0]), int(self.numbers[-1])
        # One entry more at either end, for all that is none of the cells.
        lookup = np.full(last - first + 3, -1, dtype=np.int32)
        lookup[self.numbers - first + 1] = np.arange(len(self.numbers), dtype=np.int32)
        return np.asarray(lookup[np.clip(server, first - 1, last + 1) - (first - 1)])


def expected_reaching(
    levels: NDArray[np.int16],
    classes: NDArray[np.int64],
    errors: LevelErrors,
    technology: int,
    *,
    unit: NDArray[np.integer],
    units: int,
    weights: Floats,
    operator_counts: int,
) -> NDArray[np.float32]:
    """Return how much of the weights is expected to reach each level of the grid; see the kernel `add_reaching`.

    `levels` and `classes` are (operators, points), `weights` (kinds, points). The result is (kinds of weight, rows,
    units, common errors, grid): a row for each operator, then for at least 1, 2, ... operators whose errors at a place
    are the same, then for as many whose errors are independent.
    """
    operators = levels.shape[0]
    rows = np.arange(operators)[:, np.newaxis]
    kinds = _common_kinds(levels, errors.common[technology][rows, classes], operator_counts)
    together = _alike(levels, kinds, unit, weights)
    varying_db = np.maximum(errors.varying_db[technology], SMALLEST_ERROR_DB)[rows, classes[:, together]]
    added = np.zeros((units, errors.steps, operators + 2 * operator_counts, len(errors.bias_db), len(weights)))
    add_reaching(
        np.ascontiguousarray(levels[:, together]),
        LOWEST_LEVEL,
        np.ascontiguousarray(kinds[:, together]),
        np.ascontiguousarray(0.1 * STEPS_PER_SIGMA / varying_db, dtype=np.float32),
        unit[together].astype(np.int64),
        np.ascontiguousarray(weights[:, together], dtype=np.float64),
        errors.grid(technology),
        CHANCE,
        added,
    )
    return added.transpose(4, 2, 0, 3, 1).astype(np.float32)


def _common_kinds(levels: NDArray[np.int16], common: NDArray[np.uint8], operator_counts: int) -> NDArray[np.uint8]:
    """Return the numbers of the common errors by operator, then those of the strongest, the second, ... operator."""
    operators, points = levels.shape
    order = np.full((max(operators, operator_counts), points), -1, dtype=np.int8)
    order_of_operators(np.ascontiguousarray(levels), LOWEST_LEVEL, order)
    chosen = order[:operator_counts]
    of_numbers = np.where(chosen < 0, np.uint8(0), np.take_along_axis(common, np.maximum(chosen, 0), axis=0))
    return np.concatenate([common, of_numbers])


def _alike(
    levels: NDArray[np.int16], kinds: NDArray[np.uint8], unit: NDArray[np.integer], weights: Floats
) -> NDArray[np.int64]:
    """Return the points that any operator reaches, in an order that puts those together which are counted alike.

    Points whose keys are the same by chance only stand between others: nothing depends on it but speed.
    """
    strongest = levels.max(axis=0)
    key = unit.astype(np.int64)
    for row in (*kinds, *(weights != 0.0)):
        key = key * 31 + row
    reached = np.flatnonzero(strongest >= LOWEST_LEVEL)
    order = np.argsort(key[reached] * 65536 - strongest[reached], kind="stable")
    return np.asarray(reached[order])


def stacked(levels: Mapping[str, NDArray[np.int16]], operators: Sequence[str], points: int) -> NDArray[np.int16]:
    """Return levels as `(operators, points)`, also without any operator."""
    return np.array([levels[operator] for operator in operators], dtype=np.int16).reshape(len(operators), points)


def reaching(expected: NDArray[np.floating], first: int, level_dbm: Floats) -> Floats:
    """Return what is expected to reach levels in dBm (units, tiers), from (units, grid).

    The grid begins at `first` (tenths of dBm). Between its levels it is taken as changing evenly, beyond its ends as
    standing still.
    """
    last = expected.shape[1] - 1
    at = np.clip((10.0 * level_dbm - first) / STEP, 0.0, float(last))
    low = np.minimum(np.floor(at).astype(np.int64), max(last - 1, 0))
    high = np.minimum(low + 1, last)
    rows = np.arange(len(expected))[:, np.newaxis]
    return np.asarray(expected[rows, low] + (at - low) * (expected[rows, high] - expected[rows, low]))
