"""Intervals of shares: what would be covered if the model were wrong by as much as it may be.

Levels are moved by what does not average out over a commune, down and up; the shares that they then give are the ends
of the interval. Over the whole territory the part of the masts averages out further: the moves of the communes are
added where they have one cause, and in quadrature where they do not. Where people and villages are counted at points,
the error of single places is added, in quadrature too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.domain.coverage import LOWEST_LEVEL, NO_DATA
from geo.domain.sites import ANY_OPERATOR
from geo.domain.village_levels import village_levels
from geo.radio.uncertainty import MID, ErrorModel, errors_left, reaching_probability
from geo.workflows.assessment.grid import GridResults
from geo.workflows.assessment.inputs import Inputs
from geo.workflows.assessment.levels import PointLevels
from geo.workflows.assessment.population import People, commune_numbers
from geo.workflows.assessment.spread import CellTable, level_histograms, reaching, stacked
from geo.workflows.assessment.tile_counts import OPERATOR_COUNTS, Kind, kinds_of
from geo.workflows.assessment.villages import SettledPoints

Floats = NDArray[np.float64]
# Low and high end, each (units and two more, tiers): communes, in no commune, everything.
Ends = tuple[Floats, Floats]


@dataclass(frozen=True, eq=False)
class _Counted:
    """What is counted of one thing: weight by kind, unit, path and level, all of it by unit, and what points add.

    `local` is the variance that single places add, by kind, unit and tier; None where they average out.
    """

    histogram: NDArray[np.floating]
    total: Floats
    local: Floats | None = None


@dataclass(frozen=True, eq=False)
class _Points:
    """Levels and paths at points (operators, points) with unit, weight and the error of each by itself."""

    level: NDArray[np.int16]
    path: NDArray[np.uint8]
    unit: NDArray[np.int64]
    weight: Floats
    local_db: Floats


@dataclass(frozen=True, eq=False)
class IntervalMaker:
    """Makes the intervals of an assessment.

    `area_levels` and `people_levels` are sums over tiles, (technologies, kinds, communes, paths, bins).
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
        tiers = [self.inputs.rule.threshold_dbm(technology, tier) for tier in self.inputs.rule.tiers_dbm]
        return {
            name: self._of(technology, counted, np.array(tiers))
            for name, counted in self._counted(technology, tiers).items()
        }

    def probabilities(self, technology: str) -> Mapping[str, Floats]:
        """Return by operator how probable it is that each point is covered; NaN without data."""
        threshold = self.inputs.rule.threshold_dbm(technology)
        level, path = self._exact[technology]
        found = {}
        for number, operator in enumerate(self.inputs.operators):
            band = self._bands_at(technology, operator)
            error = self.model(technology, operator).total_db[band, self.at_points.groups, path[number]]
            chance = _chance(level[number], threshold, error)
            found[operator] = np.where(level[number] == NO_DATA, np.nan, chance)
        return found

    def model(self, technology: str, operator: str) -> ErrorModel:
        """Return the errors that hold for an operator: of the parameters, or what a calibration left."""
        chosen = self.inputs.calibration
        spread = None if chosen is None else chosen.document["uncertainty"]
        return errors_left(self.inputs.errors, self.inputs.correction, spread, technology=technology, operator=operator)

    @cached_property
    def _exact(self) -> Mapping[str, tuple[NDArray[np.int16], NDArray[np.uint8]]]:
        """Levels and paths at all exact points, by technology."""
        cells, at, points = CellTable.of(self.inputs.cells), self.at_points, len(self.at_points.lon)
        lon, lat = np.nan_to_num(at.lon), np.nan_to_num(at.lat)
        limit, operators = self.inputs.errors.obstructed_above_db, self.inputs.operators
        found = {}
        for technology in self.inputs.technologies:
            level = stacked(at.levels[technology].by_operator, operators, points)
            path = [
                cells.paths(level[k], at.servers[technology, operator], lon, lat, limit)
                for k, operator in enumerate(operators)
            ]
            found[technology] = level, np.array(path, dtype=np.uint8).reshape(len(operators), points)
        return found

    @cached_property
    def _cell_bands(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Numbers of the cells in rising order, and the band group of each."""
        found = sorted((cell.cell_id, self.inputs.errors.band_of(cell.frequency_mhz)) for cell in self.inputs.cells)
        table = np.array(found, dtype=np.int64).reshape(-1, 2)
        return table[:, 0], table[:, 1]

    def _bands_at(self, technology: str, operator: str) -> NDArray[np.int64]:
        """Return the band group of the cell that serves each point, the middle one where there is none."""
        numbers, bands = self._cell_bands
        server = self.at_points.servers[technology, operator]
        if not len(numbers):
            return np.full(len(server), MID)
        at = np.minimum(np.searchsorted(numbers, server), len(numbers) - 1)
        return np.where(numbers[at] == server, bands[at], MID)

    def _bands_of(self, technology: str, operator: str) -> Sequence[int]:
        """Return the band groups that an operator's cells of a technology use, the middle one without any."""
        chosen = {
            self.inputs.errors.band_of(cell.frequency_mhz)
            for cell in self.inputs.cells
            if cell.operator_code == operator and str(cell.technology) == technology
        }
        return sorted(chosen) or [MID]

    @cached_property
    def _masts(self) -> Mapping[tuple[str, str], Floats]:
        """Masts that stand in each commune, at least 1, by technology and operator or any; 1 in no commune."""
        tree = shapely.STRtree([commune.geometry for commune in self.inputs.communes])
        masts = sorted({(cell.mast_id, cell.lon, cell.lat) for cell in self.inputs.cells})
        places = shapely.points([(lon, lat) for _, lon, lat in masts]) if masts else np.empty(0, dtype=object)
        inside, commune = tree.query(places, predicate="within") if masts else (np.empty(0, int), np.empty(0, int))
        of_mast = {masts[int(a)][0]: int(b) for a, b in zip(inside, commune, strict=True)}
        standing: dict[tuple[str, str], set[int]] = {}
        for cell in self.inputs.cells:
            for operator in (cell.operator_code, ANY_OPERATOR):
                standing.setdefault((str(cell.technology), operator), set()).add(cell.mast_id)
        counts: dict[tuple[str, str], Floats] = {}
        for technology in self.inputs.technologies:
            for operator in (*self.inputs.operators, ANY_OPERATOR):
                numbers = [of_mast[mast] for mast in standing.get((technology, operator), ()) if mast in of_mast]
                count = np.bincount(np.array(numbers, dtype=np.int64), minlength=len(self.inputs.communes) + 1)
                counts[technology, operator] = np.maximum(count.astype(np.float64), 1.0)
        return counts

    def _counted(self, technology: str, tiers: Sequence[float]) -> dict[str, _Counted]:
        at = self.inputs.technologies.index(technology)
        level, path = self._exact[technology]
        models = [self.model(technology, operator) for operator in self.inputs.operators]
        bands = [self._bands_at(technology, operator) for operator in self.inputs.operators]
        local = np.stack([model.local_db[bands[k], self.at_points.groups, path[k]] for k, model in enumerate(models)])
        found = {"area": _Counted(_with_none(self.area_levels[at]), np.append(self.area_total, 0.0))}
        if self.people_total.sum() > 0.0:
            found["population"] = _Counted(_with_none(self.people_levels[at]), np.append(self.people_total, 0.0))
        for name, people in (("population", self.people.population), ("households", self.people.households)):
            if people is not None:
                where = people.index
                counted = _Points(level[:, where], path[:, where], people.unit, people.weight, local[:, where])
                found[name] = self._at_points(counted, tiers)
        if self.points.villages:
            found["villages"] = self._villages(level, path, local, tiers)
        return found

    def _villages(
        self, level: NDArray[np.int16], path: NDArray[np.uint8], local: Floats, tiers: Sequence[float]
    ) -> _Counted:
        """Count villages by their weakest point, as their state is decided."""
        count, settled, clusters = self.points.villages, self.points.settled, self.points.cluster_village
        weakest = [village_levels(own[:count], own[count:settled], clusters).weakest.lowest for own in level]
        unit = commune_numbers(self.inputs, self.points.points.commune[:count])
        ones = np.ones(count)
        return self._at_points(_Points(np.stack(weakest), path[:, :count], unit, ones, local[:, :count]), tiers)

    def _at_points(self, counted: _Points, tiers: Sequence[float]) -> _Counted:
        units = len(self.inputs.communes) + 1
        histogram = level_histograms(
            counted.level,
            counted.path,
            unit=counted.unit,
            units=units,
            weight=counted.weight,
            operator_counts=max(OPERATOR_COUNTS),
        )
        kinds = kinds_of(self.inputs.operators)
        local = np.zeros((len(kinds), units, len(tiers)))
        for tier, threshold in enumerate(tiers):
            chance = _chance(counted.level, threshold, counted.local_db)
            for number, kind in enumerate(kinds):
                mine = chance[number] if kind[0] != ANY_OPERATOR else _nth_largest(chance, kind[1])
                local[number, :, tier] = np.bincount(counted.unit, counted.weight**2 * mine * (1.0 - mine), units)
        total = np.bincount(counted.unit, counted.weight, units).astype(np.float64)
        return _Counted(histogram, total, local)

    def _of(self, technology: str, counted: _Counted, tiers: Floats) -> Mapping[Kind, Ends]:
        found: dict[Kind, Ends] = {}
        for number, kind in enumerate(kinds_of(self.inputs.operators)):
            operators = self.inputs.operators if kind[0] == ANY_OPERATOR else (kind[0],)
            masts = self._masts[technology, kind[0]]
            models = [
                (self.model(technology, operator), band)
                for operator in operators
                for band in self._bands_of(technology, operator)
            ]
            # Where operators or their bands have different errors, the larger one holds over any of them.
            common = np.max([model.reach * model.common_db(masts, band) for model, band in models], axis=0)
            bias = np.min([model.bias_share(masts, band) for model, band in models], axis=0)
            histogram = counted.histogram[number]
            middle, low, high = (_share(histogram, tiers, sign * common, counted.total) for sign in (0.0, 1.0, -1.0))
            local = _local(counted, number, models[0][0].reach)
            down = half_widths(middle - low, bias, counted.total, local)
            up = half_widths(high - middle, bias, counted.total, local)
            found[kind] = down, up
        return found


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


def _share(histogram: NDArray[np.floating], tiers: Floats, moved_db: Floats, total: Floats) -> Floats:
    """Return covered shares (units, tiers) with thresholds raised by `moved_db` (units, paths)."""
    found = sum(
        reaching(histogram[:, path], tiers[np.newaxis] + moved_db[:, path, np.newaxis])
        for path in range(histogram.shape[1])
    )
    return np.asarray(found / np.maximum(total, 1e-9)[:, np.newaxis])


def _local(counted: _Counted, number: int, reach: float) -> Floats:
    if counted.local is None:
        return np.zeros((1, 1))
    variance = counted.local[number]
    both = np.concatenate([variance, variance.sum(axis=0, keepdims=True)])
    total = np.maximum(np.append(counted.total, counted.total.sum()), 1e-9)[:, np.newaxis]
    return np.asarray(reach * np.sqrt(both) / total)


def half_widths(moved: Floats, common: Floats, total: Floats, local: Floats) -> Floats:
    """Return the distance from a share to an end of its interval, by unit and, last, for everything.

    `moved` (units, tiers) is what moving the levels of a unit changes, `common` (units,) how much of that has one cause
    for all units, `local` what single places add.
    """
    weight = (total / max(float(total.sum()), 1e-9))[:, np.newaxis]
    together = (weight * moved * common[:, np.newaxis]).sum(axis=0)
    apart = ((weight * moved) ** 2 * (1.0 - common[:, np.newaxis] ** 2)).sum(axis=0)
    whole = np.sqrt(together**2 + apart)
    return np.asarray(np.sqrt(np.concatenate([moved, whole[np.newaxis]]) ** 2 + local**2))


def _with_none(histogram: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return histograms with a unit more, for what lies in no commune: nothing on pixels."""
    return np.concatenate([histogram, np.zeros_like(histogram[:, :1])], axis=1)


def _chance(level: NDArray[np.int16], threshold_dbm: float, error_db: Floats) -> Floats:
    found = reaching_probability(np.maximum(level, LOWEST_LEVEL) / 10.0, threshold_dbm, error_db)
    return np.where(level < LOWEST_LEVEL, 0.0, found)


def _nth_largest(values: Floats, number: int) -> Floats:
    if number > values.shape[0]:
        return np.zeros(values.shape[1])
    return np.asarray(np.sort(values, axis=0)[values.shape[0] - number])
