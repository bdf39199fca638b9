"""Measures what the readings of targets ask for, from the stored results of one assessment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.domain.baseline import items_now, remaining, share_with_grid_power
from geo.domain.fibre import FibreState
from geo.domain.metrics import Metric, Quantity
from geo.domain.rules import CoverageRule
from geo.domain.sites import ANY_OPERATOR
from geo.domain.targets import Figure, missing_figure, share_figure
from geo.domain.villages import MOBILE_BROADBAND, VillageState
from geo.store.tables import CoverageStatistic, FibreReach, Place, PlaceCoverage
from geo.workflows.answers.rows import AssessmentInfo
from geo.workflows.baselines import frozen_keys
from geo.workflows.offered_speed import households_offered
from geo.workflows.settled_area import settled_area_share
from geo.workflows.villages_now import VillageRecord, load_villages, people_share, village_share

PROVINCE, COMMUNE = "province", "commune"
# Columns of coverage_statistic: quantity -> (prefix of its shares, column of its total, basis).
STATISTICS: Mapping[Quantity, tuple[str, str, str]] = {
    Quantity.AREA: ("area", "area_km2", "area"),
    Quantity.POPULATION: ("population", "population", "points"),
    Quantity.HOUSEHOLDS: ("households", "households", "points"),
}
# Shares are computed from sums of floats; what is smaller than this is none.
NOTHING = 1e-9


@dataclass(slots=True)
class Measurer:
    """Measures metrics of one assessment; figures and village lists are read once."""

    session: Session
    info: AssessmentInfo
    rule: CoverageRule
    home: Path | None = None
    _figures: dict[Metric, Figure] = field(default_factory=dict)
    _villages: dict[tuple[str, str], tuple[VillageRecord, ...]] = field(default_factory=dict)

    def measure(self, metric: Metric) -> Figure:
        """Return the figure of `metric`, or one without value that says what is missing."""
        if metric not in self._figures:
            self._figures[metric] = self._missing(metric) or self._measure(metric)
        return self._figures[metric]

    def _missing(self, metric: Metric) -> Figure | None:
        wanted = self.rule.mobile_broadband_technologies if metric.technology == MOBILE_BROADBAND else ()
        asked = wanted or ((metric.technology,) if metric.technology else ())
        if asked and not set(asked) & set(self.info.technologies):
            return missing_figure("technology_not_computed")
        known = {operator.code for operator in self.info.operators}
        if metric.operator != ANY_OPERATOR and metric.operator not in known:
            return missing_figure("operator_not_assessed")
        return None

    def _measure(self, metric: Metric) -> Figure:
        by_quantity: Mapping[Quantity, Callable[[Metric], Figure]] = {
            Quantity.VILLAGES: lambda metric: _with_basis(village_share(self.villages(metric)), "villages"),
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

    def _people(self, metric: Metric) -> Figure:
        if metric.technology == MOBILE_BROADBAND:
            households = metric.quantity is Quantity.HOUSEHOLDS
            return _with_basis(people_share(self.villages(metric), households=households), "points")
        return self._statistic(metric)

    def _statistic(self, metric: Metric) -> Figure:
        prefix, total, basis = STATISTICS[metric.quantity]
        amounts, whole = [0.0, 0.0, 0.0], 0.0
        for row in self._statistics(metric, PROVINCE):
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
        return replace(figure, total=whole, basis=basis)

    def _communes(self, metric: Metric) -> Figure:
        judge = _has_service if metric.quantity is Quantity.COMMUNES_WITH_SERVICE else _is_fully_covered
        states = Counter(judge(row) for row in self._statistics(metric, COMMUNE))
        return _count_figure(states, unit="communes")

    def _statistics(self, metric: Metric, unit_type: str) -> Iterable[CoverageStatistic]:
        return self.session.scalars(
            select(CoverageStatistic).where(
                CoverageStatistic.assessment_id == self.info.assessment_id,
                CoverageStatistic.unit_type == unit_type,
                CoverageStatistic.technology == metric.technology,
                CoverageStatistic.operator_code == metric.operator,
                CoverageStatistic.min_operators == 1,
                CoverageStatistic.tier == self.rule.covered_tier,
            )
        )

    def _settled_area(self, metric: Metric) -> Figure:
        figure = settled_area_share(self.session, self.info, technology=str(metric.technology), home=self.home)
        return _with_basis(figure, "settled_cells")

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
        return _with_basis(remaining(items) if left else share_with_grid_power(items), "frozen_list")

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
        return replace(figure, basis="declarations")

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
        return replace(figure, basis="declarations")

    def _places(self, metric: Metric) -> Figure:
        query = (
            select(PlaceCoverage.state, func.count())
            .join(Place, Place.id == PlaceCoverage.place_id)
            .where(
                PlaceCoverage.assessment_id == self.info.assessment_id,
                PlaceCoverage.technology == metric.technology,
                PlaceCoverage.operator_code == metric.operator,
                Place.place_class.in_(metric.place_classes),
            )
            .group_by(PlaceCoverage.state)
        )
        counted = Counter({VillageState(state): number for state, number in self.session.execute(query)})
        if not counted:
            return missing_figure("no_places")
        return _count_figure(counted, unit="places")


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
