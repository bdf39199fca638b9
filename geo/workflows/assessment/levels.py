"""Levels by technology and operator, on pixels and at exact points.

All radio goes through `geo.radio`. Where an operator has no site list that counts, or terrain is void, its level is
NO_DATA; an operator whose list has no cell of a technology reaches nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.domain.coverage import NO_DATA, LevelRange, Levels, at_least, threshold_steps
from geo.domain.sites import ANY_OPERATOR

CountProgress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class OperatorLevels:
    """Levels of one technology at some points, by operator, each of shape `(points,)`."""

    by_operator: Mapping[str, Levels]
    points: int

    def of(self, operator: str, at_least_operators: int = 1) -> LevelRange:
        """Return what is possible for an operator, or for at least so many operators when it is "any"."""
        if operator != ANY_OPERATOR:
            return at_least([self.by_operator[operator]], 1)
        if not self.by_operator:
            return at_least([np.full(self.points, NO_DATA, dtype=np.int16)], 1)
        return at_least(list(self.by_operator.values()), at_least_operators)

    def take(self, index: NDArray[np.integer]) -> OperatorLevels:
        """Return the levels at some of the points; an index of -1 stands for a point without data."""
        known = index >= 0
        return OperatorLevels(
            {
                operator: np.where(known, levels[index], np.int16(NO_DATA))
                for operator, levels in self.by_operator.items()
            },
            len(index),
        )


@dataclass(frozen=True, eq=False)
class PointSet:
    """Positions to be computed exactly; `lon` is not-a-number for a point that is not known."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    commune: tuple[str | None, ...]


@dataclass(frozen=True, eq=False)
class PointLevels:
    """Levels at exact points by technology, and where terrain was missing or the point outside the window.

    `servers` are the serving cells (0: none) by technology and operator, `groups` the clutter groups of the points, and
    `lon` and `lat` their positions. `void` tells where the terrain itself is void, `left_out` by technology and
    operator where a cell that cannot be computed leaves the answer open.
    """

    levels: Mapping[str, OperatorLevels]
    outside: NDArray[np.bool_]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    servers: Mapping[tuple[str, str], NDArray[np.int32]]
    groups: NDArray[np.uint8]
    void: NDArray[np.bool_]
    left_out: Mapping[tuple[str, str], NDArray[np.bool_]]

    def why_unknown(self, technology: str, operator: str, number: int) -> str:
        """Return the code of the reason why there are no data at a point."""
        if self.outside[number]:
            return "outside_grid"
        if self.void[number]:
            return "terrain_void"
        left_out = self.left_out.get((technology, operator))
        return "cell_left_out" if left_out is not None and left_out[number] else "path_unknown"


def opened(levels: Levels, near_left_out: NDArray[np.bool_] | None, covered_dbm: float) -> Levels:
    """Return levels without data where a cell that is left out might serve and no other one does.

    A level that counts as covered settles the place, as it does beside a path across a void.
    """
    if near_left_out is None:
        return levels
    unsettled = near_left_out & (levels < threshold_steps(covered_dbm))
    return np.where(unsettled, np.int16(NO_DATA), levels)
