"""Intervals of shares of area and of people counted on pixels, beside those of what lies at points."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from geo.workflows.assessment.grid import GridResults
from geo.workflows.assessment.intervals import Ends, Expected, Floats
from geo.workflows.assessment.settled_intervals import SettledIntervals
from geo.workflows.assessment.tile_counts import OPERATOR_COUNTS, Kind


def ends_by_thing(technology: str, grid: GridResults, settled: SettledIntervals) -> Mapping[str, Mapping[Kind, Ends]]:
    """Return by denominator and kind (operator, number of operators) both ends of the covered share."""
    inputs, maker = settled.inputs, settled.maker
    if not inputs.operators:
        return {}
    at, operators = inputs.technologies.index(technology), len(inputs.operators)
    expected = {"area": _on_pixels(grid.area_levels[at], _total(grid.area_km2), operators)}
    people = _total(grid.people)
    if people.sum() > 0.0:
        expected["population"] = _on_pixels(grid.people_levels[at], people, operators)
    return {**maker.of(technology, expected), **settled.ends[technology]}


def _total(counts: Floats) -> Floats:
    """Return all of it by unit: covered, not covered and no data of any kind and tier add up to everything."""
    return np.asarray(counts[0, 0, :, 0].sum(axis=-1))


def _on_pixels(levels: NDArray[np.floating], total: Floats, operators: int) -> Expected:
    """Take rows of sums over tiles apart; a unit more, for what lies in no commune: nothing on pixels."""
    rows = np.concatenate([levels, np.zeros_like(levels[:, :1])], axis=1)
    own, together, independent = np.split(rows, [operators, operators + len(OPERATOR_COUNTS)])
    both = (np.concatenate([own, each]) for each in (together, independent))
    return Expected(tuple(both), np.append(total, 0.0))
