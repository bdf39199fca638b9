"""The raster files of an assessment: which there are, and what their pixels hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from geo.domain.coverage import NO_DATA, NOT_REACHED, STATE_NO_DATA, states, threshold_steps
from geo.domain.sites import ANY_OPERATOR
from geo.workflows.assessment.levels import OperatorLevels
from geo.workflows.assessment.overviews import RasterKind

NO_SERVER = 0
COUNT_NO_DATA = 255


def level_name(technology: str, operator: str) -> str:
    """Return the name of the raster of levels."""
    return f"level_{technology}_{operator}"


def server_name(technology: str, operator: str) -> str:
    """Return the name of the raster of serving cells."""
    return f"server_{technology}_{operator}"


def operators_name(technology: str) -> str:
    """Return the name of the raster of the number of operators."""
    return f"operators_{technology}"


def raster_kinds(technologies: Sequence[str], operators: Sequence[str]) -> dict[str, RasterKind]:
    """Return the rasters that are put together from tiles, by name."""
    found: dict[str, RasterKind] = {}
    for technology in technologies:
        for operator in (*operators, ANY_OPERATOR):
            group = f"{technology} {operator}"
            found[level_name(technology, operator)] = RasterKind(np.dtype(np.int16), NO_DATA, group)
            found[server_name(technology, operator)] = RasterKind(np.dtype(np.int32), NO_SERVER, group)
        any_operator = f"{technology} {ANY_OPERATOR}"
        found[operators_name(technology)] = RasterKind(np.dtype(np.uint8), COUNT_NO_DATA, any_operator)
    return found


def best_level(levels: OperatorLevels, threshold_dbm: float) -> NDArray[np.int16]:
    """Return the best level over any operator; without data where that leaves open whether the threshold is reached."""
    possible = levels.of(ANY_OPERATOR)
    result = possible.lowest.copy()
    result[states(possible, threshold_dbm) == STATE_NO_DATA] = NO_DATA
    return result


def best_server(
    levels: OperatorLevels, servers: Mapping[str, NDArray[np.int32]], best: NDArray[np.int16]
) -> NDArray[np.int32]:
    """Return the cell that gives the `best` level over any operator; of two equal ones the one with the lower number.

    `servers` are the best cells by operator; 0 where `best` has no data or nothing reaches.
    """
    result = np.zeros(levels.points, dtype=np.int32)
    for operator, own in levels.by_operator.items():
        cell = servers[operator]
        gives = (own == best) & (own > NOT_REACHED) & (cell != NO_SERVER)
        better = gives & ((result == NO_SERVER) | (cell < result))
        result[better] = cell[better]
    return result


def count_operators(levels: OperatorLevels, threshold_dbm: float) -> NDArray[np.uint8]:
    """Return how many operators reach the threshold; 255 where none does and one has no data."""
    step = threshold_steps(threshold_dbm)
    count = np.zeros(levels.points, dtype=np.uint8)
    unknown = np.full(levels.points, not levels.by_operator)
    for own in levels.by_operator.values():
        count += own >= step
        unknown |= own == NO_DATA
    count[(count == 0) & unknown] = COUNT_NO_DATA
    return count
