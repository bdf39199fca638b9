"""Intervals of shares: between which the truth lies in nine of ten cases, if the model is wrong by as much as assumed.

What is covered in truth differs from what is predicted in two ways. Errors that differ from mast to mast and from place
to place average out, but not to nothing: of two places, one 3 dB above a threshold and one 9 dB below, more than half
may be covered. So each place counts with the probability that it is covered (`spread`). Errors that are common to many
places do not average out: all levels are moved by them, down and up, and the shares that they then give are the ends.
Over the whole territory the part of the masts averages out further: the moves of the communes are added where they have
one cause, and in quadrature where they do not. Where people and villages are counted at points, the chance of single
places is added, in quadrature too.

Nobody knows how far errors of several operators go together at one place, nor those of the points of a village. Ends
are taken of both extremes, the same and independent, and the outer ones count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.domain.coverage import LOWEST_LEVEL, NO_DATA
from geo.domain.sites import ANY_OPERATOR
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
from geo.workflows.assessment.grid import GridResults
from geo.workflows.assessment.inputs import Inputs
from geo.workflows.assessment.levels import PointLevels
from geo.workflows.assessment.network_errors import error_model_of, errors_of
from geo.workflows.assessment.population import People, commune_numbers
from geo.workflows.assessment.spread import CellTable, LevelErrors, reaching, stacked
from geo.workflows.assessment.tile_counts import OPERATOR_COUNTS, Kind, kinds_of
from geo.workflows.assessment.villages import SettledPoints

Floats = NDArray[np.float64]
# Low and high end as shares, each (units and two more, tiers): communes, in no commune, everything.
Ends = tuple[Floats, Floats]


@dataclass(frozen=True, eq=False)
class _Expected:
    """What is expected of one thing: by kind, unit, common error and level of the grid, under each assumption.

    `total` is all of it by unit. `alone` is the variance that single places add, by kind, unit and tier; None where
    they average out.
    """

    assumptions: tuple[NDArray[np.floating], ...]
    total: Floats
    alone: Floats | None = None


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
class IntervalMaker:
    """Makes the intervals of an assessment.

    `area_levels` and `people_levels` are sums over tiles, (technologies, rows, communes, common errors, grid).
    """

    inputs: Inputs
    at_points: PointLevels
    points: SettledPoints
    people: People
    area_levels: NDArray[np.floating]
    people_levels: NDArray[np.floating]
    people_total: Floats
    area_total: Floats

    def ends(self, technology: str) -> Mapping[str, Mapping[Kind, Ends]]:
        """Return by denominator and kind (operator, number of operators) both ends of the covered share."""
        if not self.inputs.operators:
            return {}
        rule = self.inputs.rule
        tiers = np.array([rule.threshold_dbm(technology, tier) for tier in rule.tiers_dbm])
        return {
            name: self._of(technology, expected, tiers) for name, expected in self._expected(technology, tiers).items()
        }

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
    def _errors(self) -> LevelErrors:
        return errors_of(self.inputs)

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
                cells.classes(level[k], at.servers[technology, operator], lon, lat, at.groups, self._errors)
                for k, operator in enumerate(operators)
            ]
            found[technology] = level, np.array(classes, dtype=np.int64).reshape(len(operators), points)
        return found

    @cached_property
    def _masts(self) -> Mapping[tuple[str, str], Floats]:
        """Masts that stand in each commune, at least 1, by technology and operator or any; 1 in no commune."""
        cells, communes = self.inputs.cells, self.inputs.communes
        place = {cell.mast_id: (cell.lon, cell.lat) for cell in cells}
        tree = shapely.STRtree(shapely.points(np.array(list(place.values())).reshape(-1, 2)))
        commune, inside = tree.query([commune.geometry for commune in communes], predicate="contains")
        ids = list(place)
        of_mast = {ids[at]: number for at, number in zip(inside.tolist(), commune.tolist(), strict=True)}
        standing: dict[tuple[str, str], set[int]] = {}
        for technology, code, mast in {(str(cell.technology), cell.operator_code, cell.mast_id) for cell in cells}:
            for operator in (code, ANY_OPERATOR):
                standing.setdefault((technology, operator), set()).add(mast)
        counts: dict[tuple[str, str], Floats] = {}
        for technology in self.inputs.technologies:
            for operator in (*self.inputs.operators, ANY_OPERATOR):
                numbers = [of_mast[mast] for mast in standing.get((technology, operator), ()) if mast in of_mast]
                count = np.bincount(np.array(numbers, dtype=np.int64), minlength=len(communes) + 1)
                counts[technology, operator] = np.maximum(count.astype(np.float64), 1.0)
        return counts

    def _expected(self, technology: str, tiers: Floats) -> dict[str, _Expected]:
        at, units = self.inputs.technologies.index(technology), len(self.inputs.communes) + 1
        found = {"area": self._on_pixels(self.area_levels[at], self.area_total)}
        if self.people_total.sum() > 0.0:
            found["population"] = self._on_pixels(self.people_levels[at], self.people_total)
        if self.points.settled:
            # The levels of the grid, and behind them the tiers themselves.
            points = self._settled(technology, np.append(self._errors.grid(at) / 10.0, tiers))
            for name, people in (("population", self.people.population), ("households", self.people.households)):
                if people is not None:
                    counted = Counted(people.index, people.unit, people.weight, units)
                    found[name] = self._at_points(points, counted)
            if self.points.villages:
                found["villages"] = self._at_points(*self._villages(technology, points.chances[0]))
        return found

    def _on_pixels(self, levels: NDArray[np.floating], total: Floats) -> _Expected:
        """Take rows of sums over tiles apart; a unit more, for what lies in no commune: nothing on pixels."""
        rows = np.concatenate([levels, np.zeros_like(levels[:, :1])], axis=1)
        operators, numbers = len(self.inputs.operators), len(OPERATOR_COUNTS)
        own, together, independent = np.split(rows, [operators, operators + numbers])
        both = (np.concatenate([own, each]) for each in (together, independent))
        return _Expected(tuple(both), np.append(total, 0.0))

    def _settled(self, technology: str, asked_dbm: Floats) -> _Things:
        """Return the points of villages and clusters; chances are those before any common error."""
        level, classes = self._exact[technology]
        level, classes = level[:, : self.points.settled], classes[:, : self.points.settled]
        varying = self._errors.varying_db[self.inputs.technologies.index(technology)]
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
        own = np.take_along_axis(self._errors.common[self.inputs.technologies.index(technology)], classes, axis=1)
        ordered = np.take_along_axis(own, np.argsort(-level.astype(np.int64), axis=0, kind="stable"), axis=0)
        return *own, *(ordered[min(number, len(ordered)) - 1] for number in OPERATOR_COUNTS)

    def _at_points(self, things: _Things, counted: Counted) -> _Expected:
        operators, steps, commons = len(self.inputs.operators), self._errors.steps, len(self._errors.bias_db)
        of_operators, of_several = things.common[:operators], things.common[operators:]
        assumptions: list[Floats] = []
        alone: list[Floats] = []
        for chance, at_least in zip(things.chances, things.at_least, strict=True):
            (own,) = sum_by_unit([chance], of_operators, commons, counted)
            summed = sum_by_unit(at_least, of_several, commons, counted)
            assumptions.extend(np.concatenate([own, each])[..., :steps] for each in summed)
            own, *several = (variance_by_unit(each[..., steps:], counted) for each in (chance, *at_least))
            alone.extend(np.concatenate([own, each]) for each in several)
        return _Expected(tuple(assumptions), counted.total, np.max(alone, axis=0))

    def _of(self, technology: str, expected: _Expected, tiers: Floats) -> Mapping[Kind, Ends]:
        at, reach = self.inputs.technologies.index(technology), self.inputs.errors.reach
        kinds = kinds_of(self.inputs.operators)
        common = common_errors(self._errors, np.stack([self._masts[technology, operator] for operator, _ in kinds]))
        both = ends_of(
            np.stack(expected.assumptions),
            self._errors.first[at],
            tiers,
            common.scaled(reach),
            expected.total,
            _alone(expected, reach),
        )
        ends = ordered(both[0].min(axis=0), both[1].max(axis=0))
        return dict(zip(kinds, zip(*ends, strict=True), strict=True))


@dataclass(frozen=True, eq=False)
class CommonErrors:
    """What does not average out over a unit, (..., units, common errors): dB, and how much of it all units share."""

    move_db: Floats
    shared: Floats

    def scaled(self, reach: float) -> CommonErrors:
        """Return so many standard deviations of it."""
        return CommonErrors(reach * self.move_db, self.shared)


def common_errors(errors: LevelErrors, masts: Floats) -> CommonErrors:
    """Return what does not average out over units that so many masts serve, (..., units)."""
    common = np.sqrt(errors.bias_db**2 + errors.site_db**2 / np.maximum(masts, 1.0)[..., np.newaxis])
    bias = np.broadcast_to(errors.bias_db, common.shape)
    return CommonErrors(common, np.divide(bias, common, out=np.zeros_like(common), where=common > 0.0))


def interval_maker(
    inputs: Inputs, grid: GridResults, at_points: PointLevels, points: SettledPoints, people: People
) -> IntervalMaker:
    """Return the maker of the intervals of an assessment."""

    def total(counts: Floats) -> Floats:
        # Covered, not covered and no data of any kind and tier add up to everything.
        return np.asarray(counts[0, 0, :, 0].sum(axis=-1))

    return IntervalMaker(
        inputs,
        at_points,
        points,
        people,
        grid.area_levels,
        grid.people_levels,
        total(grid.people),
        total(grid.area_km2),
    )


def ends_of(
    expected: NDArray[np.floating], first: int, tiers: Floats, common: CommonErrors, total: Floats, alone: Floats
) -> Ends:
    """Return both ends of the shares at each tier, by unit and, last, of everything.

    `expected` is (..., units, common errors, grid), its grid begins at `first` (tenths of dBm); `alone` is what single
    places add, (..., units and everything, tiers). `common` may have fewer of the axes before the units.
    """
    middle = _by_error(expected, first, tiers, 0.0 * common.move_db)
    whole = total / max(float(total.sum()), 1e-9)
    share = middle.sum(axis=-2) / np.maximum(total, 1e-9)[:, np.newaxis]
    shares = np.concatenate([share, (whole[:, np.newaxis] * share).sum(axis=-2, keepdims=True)], axis=-2)
    ends = []
    for sign in (1.0, -1.0):
        moved = sign * (middle - _by_error(expected, first, tiers, sign * common.move_db))
        changed = moved.sum(axis=-2)
        together = (moved * common.shared[..., np.newaxis]).sum(axis=-2)
        shared = np.divide(together, changed, out=np.zeros_like(changed), where=changed > 0.0)
        widths = half_widths(changed / np.maximum(total, 1e-9)[:, np.newaxis], shared, total, alone)
        ends.append(shares - sign * widths)
    return ends[0], ends[1]


def _by_error(expected: NDArray[np.floating], first: int, tiers: Floats, moved_db: Floats) -> Floats:
    """Return what reaches tiers raised by `moved_db` (..., units, common errors): (..., common errors, tiers)."""
    asked = np.broadcast_to(tiers + moved_db[..., np.newaxis], (*expected.shape[:-1], len(tiers)))
    found = reaching(expected.reshape(-1, expected.shape[-1]), first, asked.reshape(-1, len(tiers)))
    return found.reshape(asked.shape)


def ordered(low: Floats, high: Floats) -> Ends:
    """Return ends within 0 and 1 that do not rise with the tier: an easier tier has at least what a harder one has."""
    falling = np.minimum.accumulate(np.clip(low, 0.0, 1.0), axis=-1)
    rising = np.maximum.accumulate(np.clip(high, 0.0, 1.0)[..., ::-1], axis=-1)[..., ::-1]
    return falling, rising


def half_widths(moved: Floats, shared: Floats, total: Floats, alone: Floats) -> Floats:
    """Return the distance from a share to an end of its interval, by unit and, last, for everything.

    `moved` (..., units, tiers) is what moving the levels of a unit changes, `shared` (..., units, tiers) how much of
    that has one cause for all units, `alone` what single places add.
    """
    weight = (total / max(float(total.sum()), 1e-9))[:, np.newaxis]
    together = (weight * moved * shared).sum(axis=-2, keepdims=True)
    apart = ((weight * moved) ** 2 * (1.0 - shared**2)).sum(axis=-2, keepdims=True)
    whole = np.sqrt(together**2 + apart)
    return np.asarray(np.sqrt(np.concatenate([moved, whole], axis=-2) ** 2 + alone**2))


def _alone(expected: _Expected, reach: float) -> Floats:
    if expected.alone is None:
        return np.zeros((1, 1))
    both = np.concatenate([expected.alone, expected.alone.sum(axis=1, keepdims=True)], axis=1)
    total = np.maximum(np.append(expected.total, expected.total.sum()), 1e-9)[:, np.newaxis]
    return np.asarray(reach * np.sqrt(both) / total)
