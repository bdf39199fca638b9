"""How probable it is that things at exact points are covered, and how many of them are expected to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
        for own, mine in zip(chance, found, strict=True):
            np.multiply.at(mine, self.of_point, own)
        return found

    def all_together(self, chance: Floats) -> Floats:
        """Return the same if all points of a thing have the same error: the least probable one decides."""
        found = np.ones((chance.shape[0], self.things, chance.shape[2]))
        for own, mine in zip(chance, found, strict=True):
            np.minimum.at(mine, self.of_point, own)
        return found


def at_least_together(chance: Floats, number: int) -> Floats:
    """Return how probable at least `number` operators are if their errors at a place are the same, (things, asked)."""
    if number > chance.shape[0]:
        return np.zeros(chance.shape[1:])
    return np.asarray(np.sort(chance, axis=0)[chance.shape[0] - number])


def at_least_independent(chance: Floats, number: int) -> Floats:
    """Return how probable at least `number` operators are if their errors at a place are independent."""
    exactly: list[Floats] = [np.ones(chance.shape[1:]), *(np.zeros(chance.shape[1:]) for _ in range(number - 1))]
    for own in chance:
        for n in range(number - 1, 0, -1):
            exactly[n] = exactly[n] * (1.0 - own) + exactly[n - 1] * own
        exactly[0] = exactly[0] * (1.0 - own)
    return np.asarray(1.0 - np.sum(exactly, axis=0))


def sum_by_unit(
    chances: Sequence[Floats],
    common: Sequence[NDArray[np.integer]],
    *,
    unit: NDArray[np.integer],
    units: int,
    commons: int,
    weight: Floats,
) -> Floats:
    """Return what is expected, (rows, units, common errors, asked), from chances (things, asked) of each row."""
    found = np.zeros((len(chances), units * commons, chances[0].shape[1]))
    for row, (chance, kind) in enumerate(zip(chances, common, strict=True)):
        np.add.at(found[row], unit * commons + kind, weight[:, np.newaxis] * chance)
    return found.reshape(len(chances), units, commons, -1)
