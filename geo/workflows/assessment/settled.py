"""Everything about villages, clusters and places that needs no pixel of the raster: it is made beside the tiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from geo.store.results import ResultRows
from geo.workflows.assessment.bench import Bench, KeyedMast
from geo.workflows.assessment.inputs import Inputs
from geo.workflows.assessment.intervals import EndMaker
from geo.workflows.assessment.levels import PointLevels
from geo.workflows.assessment.points import compute_points
from geo.workflows.assessment.population import People, count_people
from geo.workflows.assessment.settled_intervals import SettledIntervals
from geo.workflows.assessment.village_rows import village_rows
from geo.workflows.assessment.villages import SettledPoints, list_points, place_rows


@dataclass(frozen=True, eq=False)
class Settled:
    """Points of villages, clusters and places with their levels, who lives there, and their rows of the results."""

    points: SettledPoints
    levels: PointLevels
    people: People
    intervals: SettledIntervals
    rows: tuple[ResultRows, ...]


def compute_settled(inputs: Inputs, bench: Bench, masts: Sequence[KeyedMast]) -> Settled:
    """Compute what lies at points."""
    points = list_points(inputs)
    levels = compute_points(inputs, bench, points.points, masts)
    people = count_people(inputs, points)
    intervals = SettledIntervals.of(EndMaker(inputs), levels, points, people)
    rows = (*village_rows(inputs, points, levels, intervals), place_rows(inputs, points, levels))
    return Settled(points, levels, people, intervals, rows)
