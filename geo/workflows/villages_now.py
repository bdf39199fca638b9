"""The villages of an assessment as the targets see them: states, power, people, with their clusters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Integer, Select, case, cast, func, select
from sqlalchemy.orm import Session

from geo.domain.baseline import UNKNOWN_POWER, VillageNow
from geo.domain.households import count_at_points
from geo.domain.rules import CoverageRule
from geo.domain.targets import Figure, missing_figure, share_figure
from geo.domain.villages import MOBILE_BROADBAND, VillageState, combined_state
from geo.store.tables import ClusterStatus, Village, VillageCluster, VillageStatus
from geo.workflows.answers.rows import AssessmentInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRecord:
    """A cluster with its state; it is covered, not covered or without data."""

    code: str
    name: str | None
    state: VillageState
    grid_power: str
    population: int | None
    households: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageRecord:
    """A village with its state and that of its centre alone."""

    code: str
    name: str
    commune_code: str | None
    state: VillageState
    center: VillageState
    grid_power: str
    population: int | None
    households: int | None
    clusters: tuple[ClusterRecord, ...]

    def now(self) -> VillageNow:
        """Return what the frozen list asks about the village."""
        return VillageNow(
            code=self.code,
            state=self.state,
            grid_power=self.grid_power,
            clusters={cluster.code: cluster.state for cluster in self.clusters},
            cluster_power={cluster.code: cluster.grid_power for cluster in self.clusters},
        )


def load_villages(
    session: Session, info: AssessmentInfo, *, technology: str, operator: str, rule: CoverageRule
) -> tuple[VillageRecord, ...]:
    """Return the villages of an assessment; for mobile broadband over the technologies of the rule.

    A technology that was not computed counts as no data. Power that was confirmed after the evaluation date is unknown.
    """
    wanted = rule.mobile_broadband_technologies if technology == MOBILE_BROADBAND else (technology,)
    clusters = _clusters(session, info, wanted=wanted, operator=operator)
    found = session.execute(_village_query(info, wanted=wanted, operator=operator, rule=rule))
    # Few combinations of states exist: each is decided once.
    combined: dict[str, tuple[VillageState, VillageState]] = {}
    villages = []
    for key, code, name, commune_code, population, households, power, power_on, states in found:
        if states not in combined:
            combined[states] = _state_and_center(states, len(wanted))
        state, center = combined[states]
        villages.append(
            VillageRecord(
                code=code,
                name=name,
                commune_code=commune_code,
                state=state,
                center=center,
                grid_power=_power_on(power, power_on, info.as_of),
                population=population,
                households=households,
                clusters=tuple(clusters.get(key, ())),
            )
        )
    return tuple(villages)


def village_share(villages: Sequence[VillageRecord]) -> Figure:
    """Return the share of villages that are covered; a partly covered one is not, and is counted in `counts`."""
    if not villages:
        return missing_figure("nothing_to_count")
    counts = {f"{state.value}": sum(village.state is state for village in villages) for state in VillageState}
    return share_figure(
        covered=counts[VillageState.COVERED],
        not_covered=counts[VillageState.NOT_COVERED] + counts[VillageState.PARTLY_COVERED],
        no_data=counts[VillageState.NO_DATA],
        counts={"villages": len(villages), **counts},
    )


def people_share(villages: Sequence[VillageRecord], *, households: bool = False) -> Figure:
    """Return the share of the population (or households) with signal at the points where they are counted."""
    amounts = dict.fromkeys((VillageState.COVERED, VillageState.NOT_COVERED, VillageState.NO_DATA), 0)
    for village in villages:
        total = village.households if households else village.population
        parts = {item.code: item.households if households else item.population for item in village.clusters}
        counted = count_at_points(total, parts)
        amounts[village.center] += counted.center or 0
        for cluster in village.clusters:
            amounts[cluster.state] += counted.clusters.get(cluster.code, 0)
    if not sum(amounts.values()):
        return missing_figure("no_denominator")
    return share_figure(
        covered=amounts[VillageState.COVERED],
        not_covered=amounts[VillageState.NOT_COVERED],
        no_data=amounts[VillageState.NO_DATA],
    )


def _village_query(info: AssessmentInfo, *, wanted: Sequence[str], operator: str, rule: CoverageRule) -> Select[Any]:
    """Select the villages, each with its states as one word such as `4G:covered:1,5G:no_data:0`.

    The last part tells whether the level at the centre reaches the threshold.
    """
    status = VillageStatus
    threshold = case(*((status.technology == item, rule.threshold_dbm(item)) for item in wanted))
    reached = cast(func.coalesce(status.level_dbm >= threshold, False), Integer)
    word = func.concat(status.technology, ":", status.state, ":", reached)
    states = (
        select(status.village_id, func.string_agg(word, ",").label("states"))
        .where(status.assessment_id == info.assessment_id, status.operator_code == operator)
        .where(status.technology.in_(wanted))
        .group_by(status.village_id)
        .subquery()
    )
    return (
        select(
            Village.id,
            Village.code,
            Village.name,
            Village.commune_code,
            Village.population,
            Village.households,
            Village.grid_power,
            Village.grid_power_on,
            states.c.states,
        )
        .join(states, states.c.village_id == Village.id)
        .order_by(Village.commune_code, Village.code)
    )


def _clusters(
    session: Session, info: AssessmentInfo, *, wanted: Sequence[str], operator: str
) -> Mapping[int, list[ClusterRecord]]:
    status = ClusterStatus
    grouped = (
        select(status.cluster_id, func.string_agg(status.state, ",").label("states"))
        .where(status.assessment_id == info.assessment_id, status.operator_code == operator)
        .where(status.technology.in_(wanted))
        .group_by(status.cluster_id)
        .subquery()
    )
    item = VillageCluster
    query = (
        select(
            item.village_id,
            item.code,
            item.name,
            item.population,
            item.households,
            item.grid_power,
            item.grid_power_on,
            grouped.c.states,
        )
        .join(grouped, grouped.c.cluster_id == item.id)
        .order_by(item.village_id, item.code)
    )
    combined: dict[str, VillageState] = {}
    by_village: dict[int, list[ClusterRecord]] = defaultdict(list)
    for village_id, code, name, population, households, power, power_on, states in session.execute(query):
        if states not in combined:
            combined[states] = combined_state(_complete(map(VillageState, states.split(",")), len(wanted)))
        by_village[village_id].append(
            ClusterRecord(
                code=code,
                name=name,
                state=combined[states],
                grid_power=_power_on(power, power_on, info.as_of),
                population=population,
                households=households,
            )
        )
    return by_village


def _complete(states: Iterable[VillageState], wanted: int) -> list[VillageState]:
    """Return the states, with "no data" for each technology that was not computed."""
    known = list(states)
    return known + [VillageState.NO_DATA] * (wanted - len(known))


def _state_and_center(word: str, wanted: int) -> tuple[VillageState, VillageState]:
    """Return the state of a village and of its centre over the technologies in the word of the query."""
    states, centers = [], []
    for part in word.split(","):
        _, name, reached = part.split(":")
        state = VillageState(name)
        # A centre with signal may belong to a village without data: one of its clusters is unknown.
        has_signal = state is VillageState.PARTLY_COVERED or (state is VillageState.NO_DATA and reached == "1")
        states.append(state)
        centers.append(VillageState.COVERED if has_signal else state)
    return combined_state(_complete(states, wanted)), combined_state(_complete(centers, wanted))


def _power_on(power: str, confirmed_on: date | None, as_of: date) -> str:
    """Return the power of a village or cluster on a day; a later confirmation says nothing about that day."""
    return UNKNOWN_POWER if confirmed_on is not None and confirmed_on > as_of else power
