"""Measures what the readings of targets ask for, from the stored results of one assessment."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.domain.baseline import items_now, remaining, share_with_grid_power
from geo.domain.fibre import FibreState
from geo.domain.metrics import Metric, Quantity
from geo.domain.rules import CoverageRule
from geo.domain.sites import ANY_OPERATOR
from geo.domain.target_intervals import NO_FIGURE, no_interval
from geo.domain.targets import Figure, missing_figure, share_figure
from geo.domain.villages import MOBILE_BROADBAND, VillageState
from geo.store.tables import CoverageStatistic, FibreReach, Place, PlaceCoverage
from geo.workflows.answers.rows import AssessmentInfo
from geo.workflows.baselines import frozen_keys
from geo.workflows.offered_speed import households_offered
from geo.workflows.point_intervals import PointsOfAssessment
from geo.workflows.settled_area import settled_area_share
from geo.workflows.target_intervals import (
    COLUMNS,
    COMMUNE,
    NOTHING,
    PROVINCE,
    Statistics,
    communes_interval,
    share_interval,
    technologies_interval,
)
from geo.workflows.villages_now import VillageRecord, load_villages, people_share, village_share

BASIS = {Quantity.AREA: "area", Quantity.POPULATION: "points", Quantity.HOUSEHOLDS: "points"}


@dataclass(slots=True)
class Measurer:
    """Measures metrics of one assessment; figures and village lists are read once."""

    session: Session
    info: AssessmentInfo
    rule: CoverageRule
    home: Path | None = None
    parameters_dir: Path | None = None
    _figures: dict[Metric, Figure] = field(default_factory=dict)
    _villages: dict[tuple[str, str], tuple[VillageRecord, ...]] = field(default_factory=dict)

    def measure(self, metric: Metric) -> Figure:
        """Return the figure of `metric`, or one without value that says what is missing."""
        if metric not in self._figures:
            self._figures[metric] = self._missing(metric) or self._measure(metric)
        return self._figures[metric]

    @property
    def statistics(self) -> Statistics:
        """The stored shares of the assessment."""
        return Statistics(self.session, self.info, self.rule)

    @property
    def points(self) -> PointsOfAssessment:
        """The stored levels at places, villages and clusters."""
        return PointsOfAssessment(
            session=self.session, info=self.info, rule=self.rule, parameters_dir=self.parameters_dir
        )

    def _asked(self, metric: Metric) -> tuple[str, ...]:
        wanted = self.rule.mobile_broadband_technologies if metric.technology == MOBILE_BROADBAND else ()
        return tuple(wanted) or ((metric.technology,) if metric.technology else ())

    def _missing(self, metric: Metric) -> Figure | None:
        asked = self._asked(metric)
        if asked and not set(asked) & set(self.info.technologies):
            return missing_figure("technology_not_computed")
        known = {operator.code for operator in self.info.operators}
        if metric.operator != ANY_OPERATOR and metric.operator not in known:
            return missing_figure("operator_not_assessed")
        return None

    def _measure(self, metric: Metric) -> Figure:
        by_quantity: Mapping[Quantity, Callable[[Metric], Figure]] = {
            Quantity.VILLAGES: self._village_share,
            Quantity.POPULATION: self._people,
            Quantity.HOUSEHOLDS: self._people,
            Quantity.AREA: self._statistic,
            Quantity.SETTLED_AREA: self._settled_area,
            Quantity.COMMUNES_WITH_SERVICE: self._communes,
            Quantity.COMMUNES_FULLY_COVERED: self._communes,
            Quantity.BASELINE_WITH_POWER: self._baseline,
            Quantity.BASELINE_REMAINING: self._baseline,
            Quantity.FIBRE_HOUSEHOLDS: self._fibre_households,
            Quantity.FIBRE_VILLAGES: lambda _: self._fibre_villages(),
            Quantity.PLACES: self._places,
        }
        return by_quantity[metric.quantity](metric)

    def villages(self, metric: Metric) -> tuple[VillageRecord, ...]:
        """Return the villages with their states for the technology and operator of `metric`."""
        key = (metric.technology or MOBILE_BROADBAND, metric.operator)
        if key not in self._villages:
            self._villages[key] = load_villages(
                self.session, self.info, technology=key[0], operator=key[1], rule=self.rule
            )
        return self._villages[key]

    def _village_share(self, metric: Metric) -> Figure:
        return self._with_interval(metric, lambda villages: _with_basis(village_share(villages), "villages"))

    def _people(self, metric: Metric) -> Figure:
        if metric.technology != MOBILE_BROADBAND:
            return self._statistic(metric)
        households = metric.quantity is Quantity.HOUSEHOLDS
        return self._with_interval(
            metric, lambda villages: _with_basis(people_share(villages, households=households), "points")
        )

    def _with_interval(self, metric: Metric, share_of: Callable[[Sequence[VillageRecord]], Figure]) -> Figure:
        """Return a share of the villages with what the stored intervals of its technologies say about it."""
        villages, statistics = self.villages(metric), self.statistics
        figure = share_of(villages)
        computed = [technology for technology in self._asked(metric) if technology in self.info.technologies]
        if len(computed) == 1:
            rows = statistics.rows(computed[0], metric.operator, PROVINCE)
            return replace(figure, interval=share_interval(figure, metric.quantity, rows))
        by_commune: dict[str | None, list[VillageRecord]] = defaultdict(list)
        for village in villages:
            by_commune[village.commune_code].append(village)
        communes = {code: share_of(found) for code, found in by_commune.items()}
        stored = {technology: statistics.both(technology, metric.operator) for technology in computed}
        return replace(figure, interval=technologies_interval(figure, metric.quantity, stored, communes))

    def _statistic(self, metric: Metric) -> Figure:
        prefix, total = COLUMNS[metric.quantity]
        basis = BASIS[metric.quantity]
        amounts, whole = [0.0, 0.0, 0.0], 0.0
        rows = self.statistics.rows(str(metric.technology), metric.operator, PROVINCE)
        for row in rows:
            size = getattr(row, total)
            shares = [getattr(row, f"{prefix}_{part}") for part in ("covered", "not_covered", "no_data")]
            if size and None not in shares:
                whole += float(size)
                amounts = [amount + share * float(size) for amount, share in zip(amounts, shares, strict=True)]
        if not whole:
            return missing_figure("no_denominator")
        if metric.quantity is not Quantity.AREA and self.info.population_source == "raster":
            basis = "raster"
        covered, not_covered, no_data = amounts
        figure = share_figure(covered=covered, not_covered=not_covered, no_data=no_data)
        figure = replace(figure, total=whole, basis=basis)
        return replace(figure, interval=share_interval(figure, metric.quantity, rows))

    def _communes(self, metric: Metric) -> Figure:
        judge = _has_service if metric.quantity is Quantity.COMMUNES_WITH_SERVICE else _is_fully_covered
        rows = self.statistics.rows(str(metric.technology), metric.operator, COMMUNE)
        figure = _count_figure(Counter(judge(row) for row in rows), unit="communes")
        return replace(figure, interval=communes_interval(figure, metric.quantity, rows))

    def _settled_area(self, metric: Metric) -> Figure:
        figure = settled_area_share(self.session, self.info, technology=str(metric.technology), home=self.home)
        interval = NO_FIGURE if figure.value is None else no_interval("cells_without_levels")
        return replace(_with_basis(figure, "settled_cells"), interval=interval)

    def _baseline(self, metric: Metric) -> Figure:
        keys = frozen_keys(
            self.session,
            technology=str(metric.technology),
            operator=metric.operator,
            illustrative=self.info.illustrative,
        )
        chosen = keys.later if metric.found_later else keys.first
        if chosen is None:
            return missing_figure("none_found_later" if metric.found_later else "no_baseline")
        villages = {village.code: village.now() for village in self.villages(metric)}
        items = items_now(chosen, villages)
        left = metric.quantity is Quantity.BASELINE_REMAINING
        figure = _with_basis(remaining(items) if left else share_with_grid_power(items), "frozen_list")
        return replace(figure, interval=self.points.items(figure, metric, items))

    def _fibre_households(self, metric: Metric) -> Figure:
        amounts: Counter[VillageState] = Counter()
        without = 0
        speeds = {"min_speed_mbps": metric.min_speed_mbps, "above_speed_mbps": metric.above_speed_mbps}
        for offered in households_offered(self.session, self.info, **speeds):
            if offered is None:
                without += 1
                continue
            amounts.update(offered)
        counts = {"villages_without_households": float(without)}
        figure = share_figure(
            covered=amounts[VillageState.COVERED],
            not_covered=amounts[VillageState.NOT_COVERED],
            no_data=amounts[VillageState.NO_DATA],
            counts=counts,
        )
        if figure.missing:
            return replace(figure, missing="no_fibre_declared")
        return replace(figure, basis="declarations", interval=no_interval("not_predicted"))

    def _fibre_villages(self) -> Figure:
        query = (
            select(FibreReach.state, func.count())
            .where(FibreReach.assessment_id == self.info.assessment_id)
            .group_by(FibreReach.state)
        )
        counted = {str(state): int(number) for state, number in self.session.execute(query)}
        if not counted:
            return missing_figure("no_fibre_declared")
        figure = share_figure(
            covered=counted.get(FibreState.AVAILABLE, 0) + counted.get(FibreState.PARTLY_AVAILABLE, 0),
            not_covered=counted.get(FibreState.NOT_AVAILABLE, 0),
            no_data=counted.get(FibreState.NO_DATA, 0),
            counts=counted,
        )
        interval = NO_FIGURE if figure.value is None else no_interval("not_predicted")
        return replace(figure, basis="declarations", interval=interval)

    def _places(self, metric: Metric) -> Figure:
        query = (
            select(PlaceCoverage.state, PlaceCoverage.level_dbm)
            .join(Place, Place.id == PlaceCoverage.place_id)
            .where(
                PlaceCoverage.assessment_id == self.info.assessment_id,
                PlaceCoverage.technology == metric.technology,
                PlaceCoverage.operator_code == metric.operator,
                Place.place_class.in_(metric.place_classes),
            )
        )
        found = [(VillageState(state), level) for state, level in self.session.execute(query)]
        if not found:
            return missing_figure("no_places")
        figure = _count_figure(Counter(state for state, _ in found), unit="places")
        return replace(figure, interval=self.points.places(figure, metric, found))


def _count_figure(states: Counter[VillageState], *, unit: str) -> Figure:
    figure = share_figure(
        covered=states[VillageState.COVERED],
        not_covered=states[VillageState.NOT_COVERED],
        no_data=states[VillageState.NO_DATA],
        counts={unit: float(sum(states.values())), **{state.value: float(n) for state, n in states.items()}},
    )
    return replace(figure, basis=unit)


def _has_service(row: CoverageStatistic) -> VillageState:
    """Return whether there is any coverage in a commune; none is only sure where nothing is unknown."""
    if row.area_covered is None:
        return VillageState.NO_DATA
    if row.area_covered > NOTHING:
        return VillageState.COVERED
    return VillageState.NO_DATA if (row.area_no_data or 0.0) > NOTHING else VillageState.NOT_COVERED


def _is_fully_covered(row: CoverageStatistic) -> VillageState:
    """Return whether the whole population of a commune is covered."""
    if row.population_covered is None:
        return VillageState.NO_DATA
    if (row.population_not_covered or 0.0) > NOTHING:
        return VillageState.NOT_COVERED
    return VillageState.NO_DATA if (row.population_no_data or 0.0) > NOTHING else VillageState.COVERED


def _with_basis(figure: Figure, basis: str) -> Figure:
    return figure if figure.value is None else replace(figure, basis=basis)
