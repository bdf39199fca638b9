"""The villages of an assessment as the targets see them: states, power, people, with their clusters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
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
    status = VillageStatus
    query = (
        select(Village, status.technology, status.state, status.level_dbm)
        .join(status, status.village_id == Village.id)
        .where(status.assessment_id == info.assessment_id, status.operator_code == operator)
        .where(status.technology.in_(wanted))
        .order_by(Village.commune_code, Village.code)
    )
    villages: dict[int, Village] = {}
    states: dict[int, dict[str, tuple[VillageState, VillageState]]] = defaultdict(dict)
    for village, of_technology, state, level_dbm in session.execute(query):
        villages[village.id] = village
        states[village.id][of_technology] = _state_and_center(
            VillageState(state), level_dbm, rule.threshold_dbm(of_technology)
        )
    return tuple(
        _record(village, states[key], wanted=wanted, clusters=clusters.get(key, ()), as_of=info.as_of)
        for key, village in villages.items()
    )


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


def _clusters(
    session: Session, info: AssessmentInfo, *, wanted: Sequence[str], operator: str
) -> Mapping[int, tuple[ClusterRecord, ...]]:
    status = ClusterStatus
    query = (
        select(VillageCluster, status.technology, status.state)
        .join(status, status.cluster_id == VillageCluster.id)
        .where(status.assessment_id == info.assessment_id, status.operator_code == operator)
        .where(status.technology.in_(wanted))
        .order_by(VillageCluster.village_id, VillageCluster.code)
    )
    found: dict[int, VillageCluster] = {}
    states: dict[int, list[VillageState]] = defaultdict(list)
    for cluster, _, state in session.execute(query):
        found[cluster.id] = cluster
        states[cluster.id].append(VillageState(state))
    by_village: dict[int, list[ClusterRecord]] = defaultdict(list)
    for key, cluster in found.items():
        by_village[cluster.village_id].append(
            ClusterRecord(
                code=cluster.code,
                name=cluster.name,
                state=combined_state(_complete(states[key], len(wanted))),
                grid_power=_power_on(cluster, info.as_of),
                population=cluster.population,
                households=cluster.households,
            )
        )
    return {key: tuple(records) for key, records in by_village.items()}


def _record(
    village: Village,
    states: Mapping[str, tuple[VillageState, VillageState]],
    *,
    wanted: Sequence[str],
    clusters: tuple[ClusterRecord, ...],
    as_of: date,
) -> VillageRecord:
    return VillageRecord(
        code=village.code,
        name=village.name,
        commune_code=village.commune_code,
        state=combined_state(_complete((state for state, _ in states.values()), len(wanted))),
        center=combined_state(_complete((center for _, center in states.values()), len(wanted))),
        grid_power=_power_on(village, as_of),
        population=village.population,
        households=village.households,
        clusters=clusters,
    )


def _complete(states: Iterable[VillageState], wanted: int) -> list[VillageState]:
    """Return the states, with "no data" for each technology that was not computed."""
    known = list(states)
    return known + [VillageState.NO_DATA] * (wanted - len(known))


def _state_and_center(
    state: VillageState, level_dbm: float | None, threshold_dbm: float
) -> tuple[VillageState, VillageState]:
    """Return the state of the village and of its centre: a centre with signal may belong to a village without data."""
    if state is VillageState.PARTLY_COVERED:
        return state, VillageState.COVERED
    if state is VillageState.NO_DATA and level_dbm is not None and level_dbm >= threshold_dbm:
        return state, VillageState.COVERED
    return state, state


def _power_on(item: Any, as_of: date) -> str:
    """Return the power of a village or cluster on a day; a later confirmation says nothing about that day."""
    if item.grid_power_on is not None and item.grid_power_on > as_of:
        return UNKNOWN_POWER
    return str(item.grid_power)
