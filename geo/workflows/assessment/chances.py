"""How probable it is that things at exact points are covered, and how many of them are expected to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from geo.domain.coverage import LOWEST_LEVEL
from geo.radio.uncertainty import reaching_probability
from geo.workflows.assessment.spread import SMALLEST_ERROR_DB

Floats = NDArray[np.float64]
# A stored level is rounded down: half a tenth puts it back into the middle.
HALF_TENTH_DB = 0.05


def reaching_chances(levels: NDArray[np.int16], error_db: Floats, asked_dbm: Floats) -> Floats:
    """Return how probable it is that levels reach those asked about, (operators, points, asked); 0 without a level."""
    known = (levels >= LOWEST_LEVEL)[..., np.newaxis]
    level_dbm = np.maximum(levels, LOWEST_LEVEL)[..., np.newaxis] / 10.0 + HALF_TENTH_DB
    error = np.maximum(error_db, SMALLEST_ERROR_DB)[..., np.newaxis]
    return np.where(known, reaching_probability(level_dbm, asked_dbm, error), 0.0)


@dataclass(frozen=True, eq=False)
class Groups:
    """Points that count as one thing together: `of_point` is the number of the thing, 0 … `things`-1, of each point."""

    of_point: NDArray[np.int64]
    things: int

    def all_independent(self, chance: Floats) -> Floats:
        """Return how probable it is that all points of each thing are reached, if their errors are independent."""
        found = np.ones((chance.shape[0], self.things, chance.shape[2]))
        for things, points in self._rounds:
            found[:, things] *= chance[:, points]
        return found

    def all_together(self, chance: Floats) -> Floats:
        """Return the same if all points of a thing have the same error: the least probable one decides."""
        found = np.ones((chance.shape[0], self.things, chance.shape[2]))
        for things, points in self._rounds:
            found[:, things] = np.minimum(found[:, things], chance[:, points])
        return found

    @cached_property
    def _rounds(self) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Things and a point of each: first the first point of all, then the second of those that have one, ..."""
        order = np.argsort(self.of_point, kind="stable")
        count = np.bincount(self.of_point, minlength=self.things)
        first = np.cumsum(count) - count
        rounds = []
        for number in range(int(count.max(initial=0))):
            things = np.flatnonzero(count > number)
            rounds.append((things, order[first[things] + number]))
        return rounds


def at_least_together(chance: Floats, numbers: int) -> Floats:
    """Return how probable at least 1, 2, ... `numbers` operators are if their errors at a place are the same.

    `chance` is (operators, things, asked), the result (numbers, things, asked).
    """
    best = np.zeros((numbers, *chance.shape[1:]))
    for taken, own in enumerate(chance):
        falling = own
        for at in range(min(numbers, taken + 1)):
            best[at], falling = np.maximum(best[at], falling), np.minimum(best[at], falling)
    return best


def at_least_independent(chance: Floats, numbers: int) -> Floats:
    """Return the same if their errors at a place are independent."""
    # How probable exactly 0, 1, ... are, then how probable so many or fewer.
    found = np.zeros((numbers, *chance.shape[1:]))
    found[:1] = 1.0
    for taken, own in enumerate(chance):
        missed = 1.0 - own
        for n in range(min(numbers - 1, taken + 1), 0, -1):
            found[n] *= missed
            found[n] += found[n - 1] * own
        found[0] *= missed
    for n in range(1, numbers):
        found[n] += found[n - 1]
    return np.subtract(1.0, found, out=found)


@dataclass(frozen=True, eq=False)
class Counted:
    """What counts at some things: their places in a list (rising), unit (0 … `units`-1) and weight of each."""

    at: NDArray[np.integer]
    unit: NDArray[np.integer]
    weight: Floats
    units: int

    @property
    def total(self) -> Floats:
        """All weight by unit."""
        return np.bincount(self.unit, self.weight, self.units).astype(np.float64)


def sum_by_unit(
    chances: Sequence[Floats], common: Sequence[NDArray[np.integer]], commons: int, counted: Counted
) -> list[Floats]:
    """Return what is expected, each (rows, units, common errors, asked), from chances (rows, things, asked).

    `common` has, for each row, the number of the common error of each thing, 0 … `commons`-1.
    """
    rows = range(len(common))
    found = [np.zeros((len(rows), counted.units * commons, each.shape[2])) for each in chances]
    for row in rows:
        place = counted.unit * commons + common[row][counted.at]
        adding = _adding(place, counted.at, counted.weight, (counted.units * commons, len(common[row])))
        for summed, each in zip(found, chances, strict=True):
            summed[row] = adding @ each[row]
    return [each.reshape(len(rows), counted.units, commons, each.shape[-1]) for each in found]


def variance_by_unit(chances: Floats, counted: Counted) -> Floats:
    """Return the variance that single things add, (rows, units, asked), from chances (rows, things, asked)."""
    squared = counted.weight[:, np.newaxis] ** 2
    things = len(counted.at)
    adding = _adding(counted.unit, np.arange(things), np.ones(things), (counted.units, things))
    own = (each[counted.at] for each in chances)
    return np.array([adding @ (squared * each * (1.0 - each)) for each in own])


def _adding(
    place: NDArray[np.integer], things: NDArray[np.integer], weight: Floats, shape: tuple[int, int]
) -> csr_array:
    """Return the matrix that adds the weights of things to their places, in the order in which they are listed."""
    order = np.argsort(place, kind="stable")
    first = np.append(0, np.cumsum(np.bincount(place, minlength=shape[0])))
    return csr_array((weight[order], things[order], first), shape=shape)
