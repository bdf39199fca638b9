"""Intervals of shares of villages, households and of people counted at points; they need no pixel of the raster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geo.domain.coverage import LOWEST_LEVEL, NO_DATA
from geo.radio.uncertainty import reaching_probability
from geo.workflows.assessment.chances import (
    Counted,
    Groups,
    at_least_independent,
    at_least_together,
    reaching_chances,
    sum_by_unit,
    variance_by_unit,
)
from geo.workflows.assessment.inputs import Inputs
from geo.workflows.assessment.intervals import EndMaker, Ends, Expected, Floats
from geo.workflows.assessment.levels import PointLevels
from geo.workflows.assessment.network_errors import error_model_of
from geo.workflows.assessment.population import People, commune_numbers
from geo.workflows.assessment.spread import CellTable, stacked
from geo.workflows.assessment.tile_counts import OPERATOR_COUNTS, Kind
from geo.workflows.assessment.villages import SettledPoints


@dataclass(frozen=True, eq=False)
class _Things:
    """Things at points: the chances of each (operators, things, asked levels), and the common error that moves it.

    `chances` are under each assumption about errors within a thing. `common` has rows (things) for each operator, then
    for at least 1, 2, ... of them.
    """

    common: tuple[NDArray[np.integer], ...]
    chances: tuple[Floats, ...]

    @cached_property
    def at_least(self) -> tuple[tuple[Floats, Floats], ...]:
        """How probable at least 1, 2, ... operators are, with the same errors at a place and with independent ones."""
        numbers = len(OPERATOR_COUNTS)
        return tuple((at_least_together(each, numbers), at_least_independent(each, numbers)) for each in self.chances)


@dataclass(frozen=True, eq=False)
class SettledIntervals:
    """Intervals of what lies at points, and the chance that each is covered."""

    maker: EndMaker
    at_points: PointLevels
    points: SettledPoints
    people: People

    @property
    def inputs(self) -> Inputs:
        """What the assessment is made from."""
        return self.maker.inputs

    @classmethod
    def of(cls, maker: EndMaker, at_points: PointLevels, points: SettledPoints, people: People) -> SettledIntervals:
        """Return the intervals, made."""
        intervals = cls(maker, at_points, points, people)
        _ = intervals.ends
        return intervals

    @cached_property
    def ends(self) -> Mapping[str, Mapping[str, Mapping[Kind, Ends]]]:
        """Both ends by technology, thing (population, households, villages) and kind."""
        technologies = self.inputs.technologies if self.inputs.operators else ()
        return {technology: self.maker.of(technology, self._expected(technology)) for technology in technologies}

    def probabilities(self, technology: str) -> Mapping[str, Floats]:
        """Return by operator how probable it is that each point is covered; NaN without data."""
        threshold = self.inputs.rule.threshold_dbm(technology)
        level, classes = self._exact[technology]
        found = {}
        for number, operator in enumerate(self.inputs.operators):
            error = error_model_of(self.inputs, technology, operator).total_db.reshape(-1)[classes[number]]
            level_dbm = np.maximum(level[number], LOWEST_LEVEL) / 10.0
            chance = np.where(level[number] < LOWEST_LEVEL, 0.0, reaching_probability(level_dbm, threshold, error))
            found[operator] = np.where(level[number] == NO_DATA, np.nan, chance)
        return found

    @cached_property
    def _exact(self) -> Mapping[str, tuple[NDArray[np.int16], NDArray[np.int64]]]:
        """Levels and their classes at all exact points, (operators, points), by technology."""
        cells, at, points = CellTable.of(self.inputs.cells), self.at_points, len(self.at_points.lon)
        lon, lat = np.nan_to_num(at.lon), np.nan_to_num(at.lat)
        operators = self.inputs.operators
        found = {}
        for technology in self.inputs.technologies:
            level = stacked(at.levels[technology].by_operator, operators, points)
            classes = [
                cells.classes(level[k], at.servers[technology, operator], lon, lat, at.groups, self.maker.errors)
                for k, operator in enumerate(operators)
            ]
            found[technology] = level, np.array(classes, dtype=np.int64).reshape(len(operators), points)
        return found

    def _expected(self, technology: str) -> dict[str, Expected]:
        at, units = self.inputs.technologies.index(technology), len(self.inputs.communes) + 1
        found: dict[str, Expected] = {}
        if not self.points.settled:
            return found
        # The levels of the grid, and behind them the tiers themselves.
        asked_dbm = np.append(self.maker.errors.grid(at) / 10.0, self.maker.tiers_dbm(technology))
        points = self._settled(technology, asked_dbm)
        for name, people in (("population", self.people.population), ("households", self.people.households)):
            if people is not None:
                found[name] = self._at_points(points, Counted(people.index, people.unit, people.weight, units))
        if self.points.villages:
            found["villages"] = self._at_points(*self._villages(technology, points.chances[0]))
        return found

    def _settled(self, technology: str, asked_dbm: Floats) -> _Things:
        """Return the points of villages and clusters; chances are those before any common error."""
        level, classes = self._exact[technology]
        level, classes = level[:, : self.points.settled], classes[:, : self.points.settled]
        varying = self.maker.errors.varying_db[self.inputs.technologies.index(technology)]
        chance = reaching_chances(level, np.take_along_axis(varying, classes, axis=1), asked_dbm)
        return _Things(self._common(technology, level, classes), (chance,))

    def _villages(self, technology: str, chance: Floats) -> tuple[_Things, Counted]:
        """A village counts where all its points do: its centre and its clusters."""
        count, settled, clusters = self.points.villages, self.points.settled, self.points.cluster_village
        level, classes = self._exact[technology]
        groups = Groups(np.append(np.arange(count), clusters), count)
        weakest = level[:, :count].copy()
        for own, at_clusters in zip(weakest, level[:, count:settled], strict=True):
            np.minimum.at(own, clusters, at_clusters)
        unit = commune_numbers(self.inputs, self.points.points.commune[:count])
        both = groups.all_together(chance), groups.all_independent(chance)
        things = _Things(self._common(technology, weakest, classes[:, :count]), both)
        return things, Counted(np.arange(count), unit, np.ones(count), len(self.inputs.communes) + 1)

    def _common(
        self, technology: str, level: NDArray[np.int16], classes: NDArray[np.int64]
    ) -> tuple[NDArray[np.integer], ...]:
        """Return the common errors of the operators, and of those that are 1st, 2nd, ... best without any error."""
        own = np.take_along_axis(self.maker.errors.common[self.inputs.technologies.index(technology)], classes, axis=1)
        ordered = np.take_along_axis(own, np.argsort(-level.astype(np.int64), axis=0, kind="stable"), axis=0)
        return *own, *(ordered[min(number, len(ordered)) - 1] for number in OPERATOR_COUNTS)

    def _at_points(self, things: _Things, counted: Counted) -> Expected:
        operators, steps, commons = len(self.inputs.operators), self.maker.errors.steps, len(self.maker.errors.bias_db)
        of_operators, of_several = things.common[:operators], things.common[operators:]
        assumptions: list[Floats] = []
        alone: list[Floats] = []
        for chance, at_least in zip(things.chances, things.at_least, strict=True):
            (own,) = sum_by_unit([chance], of_operators, commons, counted)
            summed = sum_by_unit(at_least, of_several, commons, counted)
            assumptions.extend(np.concatenate([own, each])[..., :steps] for each in summed)
            own, *several = (variance_by_unit(each[..., steps:], counted) for each in (chance, *at_least))
            alone.extend(np.concatenate([own, each]) for each in several)
        return Expected(tuple(assumptions), counted.total, np.max(alone, axis=0))
