"""State of a village: covered, partly covered (lõm sóng), not covered (trắng sóng) or no data.

For one operator and technology the first line that fits decides:

======================================  =====================  ==============
what is known                           clusters               state
======================================  =====================  ==============
no accepted site list, or a stale one   any                    no_data
the village has no point                any                    no_data
the centre has no data (void terrain,   any                    no_data
a cell around that is left out)
the centre is below the threshold       any                    not_covered
the centre has signal                   one or more below      partly_covered
the centre has signal                   one or more unknown    no_data
the centre has signal                   all have, or none      covered
======================================  =====================  ==============

One cluster known to be without signal proves "partly", whatever the others are; a cluster nobody knows about keeps the
village from being called covered. Over several operators, or several technologies, the best state that one of them
proves counts (covered before partly); `not_covered` needs every one of them to have data and to say so; else no_data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from geo.domain.rules import CoverageRule
from geo.domain.sites import ANY_OPERATOR
from geo.domain.village_reasons import Reason, reason

MOBILE_BROADBAND = "mobile_broadband"


class VillageState(StrEnum):
    """State of a village; a cluster or a place is never `partly_covered`."""

    COVERED = "covered"
    PARTLY_COVERED = "partly_covered"
    NOT_COVERED = "not_covered"
    NO_DATA = "no_data"


class SiteListState(StrEnum):
    """Whether an operator answers for a commune on the evaluation date."""

    CURRENT = "current"
    STALE = "stale"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class PointLevel:
    """What is known at a point: a level, "not reached" (both None), or the code of the reason for no data."""

    level_dbm: float | None = None
    no_data_reason: str | None = None

    def __post_init__(self) -> None:
        if self.level_dbm is not None and self.no_data_reason is not None:
            raise ValueError("a point has a level or a reason for having none, not both")

    def state(self, threshold_dbm: float) -> VillageState:
        """Return covered, not covered or no data at the point."""
        if self.no_data_reason is not None:
            return VillageState.NO_DATA
        reached = self.level_dbm is not None and self.level_dbm >= threshold_dbm
        return VillageState.COVERED if reached else VillageState.NOT_COVERED


@dataclass(frozen=True, slots=True)
class ClusterLevel:
    """A cluster and what is known at its own point."""

    cluster: str
    point: PointLevel


@dataclass(frozen=True, slots=True)
class ClusterCoverage:
    """State of a cluster at its own point."""

    cluster: str
    state: VillageState
    level_dbm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus:
    """State of a village for a technology and an operator, or over any operator.

    `level_dbm` is the level at the centre (the best one over any operator); None when not reached or not known.
    """

    technology: str
    operator: str
    state: VillageState
    center: VillageState
    level_dbm: float | None = None
    reasons: tuple[Reason, ...] = ()
    clusters: tuple[ClusterCoverage, ...] = ()


def site_list_state(list_dates: Iterable[date], *, as_of: date, rule: CoverageRule) -> SiteListState:
    """Return whether one of an operator's accepted lists for a commune counts on `as_of`.

    A list dated after `as_of` says nothing about that day; one dated exactly the allowed months before still counts.
    """
    known = [day for day in list_dates if day <= as_of]
    if not known:
        return SiteListState.MISSING
    oldest = months_before(as_of, rule.site_list_max_age_months)
    return SiteListState.CURRENT if max(known) >= oldest else SiteListState.STALE


def months_before(day: date, months: int) -> date:
    """Return the same day of the month `months` earlier, or the last day of that month if it is shorter."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last_day = (following - date(year, month + 1, 1)).days
    return date(year, month + 1, min(day.day, last_day))


def operator_status(
    *,
    technology: str,
    operator: str,
    center: PointLevel | None,
    clusters: Sequence[ClusterLevel],
    site_list: SiteListState,
    rule: CoverageRule,
) -> ServiceStatus:
    """Return the state of a village for one operator and technology; `center` is None when it has no point."""
    threshold_dbm = rule.threshold_dbm(technology)
    if site_list is not SiteListState.CURRENT:
        why = list_reason(site_list, rule)
        unknown = tuple(ClusterCoverage(item.cluster, VillageState.NO_DATA) for item in clusters)
        return _without_data(technology, operator, why=why, clusters=unknown)
    states = tuple(
        ClusterCoverage(item.cluster, item.point.state(threshold_dbm), item.point.level_dbm) for item in clusters
    )
    if center is None:
        return _without_data(technology, operator, why=reason("no_point"), clusters=states)
    at_center = center.state(threshold_dbm)
    status = ServiceStatus(
        technology=technology,
        operator=operator,
        state=at_center,
        center=at_center,
        level_dbm=center.level_dbm,
        clusters=states,
    )
    if at_center is VillageState.COVERED:
        return _with_clusters(status)
    covered = sum(cluster.state is VillageState.COVERED for cluster in states)
    return replace(status, reasons=center_reasons(center, covered_clusters=covered, threshold_dbm=threshold_dbm))


def list_reason(site_list: SiteListState, rule: CoverageRule) -> Reason:
    """Return why nothing is known where an operator's site list does not count."""
    if site_list is SiteListState.MISSING:
        return reason("no_site_list")
    return reason("site_list_stale", max_age_months=rule.site_list_max_age_months)


def center_reasons(center: PointLevel, *, covered_clusters: int, threshold_dbm: float) -> tuple[Reason, ...]:
    """Return why a village whose centre has no signal, or no data, has the state of its centre."""
    if center.no_data_reason is not None:
        return (reason(center.no_data_reason),)
    if center.level_dbm is None:
        why = reason("not_reached")
    else:
        why = reason("below_threshold", level_dbm=round(center.level_dbm, 1), threshold_dbm=threshold_dbm)
    return (why, reason("clusters_covered", clusters=covered_clusters)) if covered_clusters else (why,)


def cluster_reasons(below: Iterable[str], unknown: Iterable[str]) -> tuple[Reason, ...]:
    """Return why a village whose centre has signal is not covered: its clusters below the threshold, or unknown."""
    return (
        *(reason("cluster_below", cluster=name) for name in below),
        *(reason("cluster_no_data", cluster=name) for name in unknown),
    )


def any_operator_status(
    statuses: Sequence[ServiceStatus], *, technology: str, names: Mapping[str, str] | None = None
) -> ServiceStatus:
    """Return the state over any operator from those of every active operator, for one technology.

    The reasons tell no operator's coverage, as they may be shown to people who must not know it; where data lack, they
    name (by `names`, else by code) whose site list lacks.
    """
    if not statuses:
        return _without_data(technology, ANY_OPERATOR, why=reason("no_operator"))
    combined = _combine(statuses, technology, operator=ANY_OPERATOR)
    return replace(combined, reasons=_any_operator_reasons(combined, statuses, names or {}))


def mobile_broadband_status(statuses: Sequence[ServiceStatus], *, rule: CoverageRule) -> ServiceStatus:
    """Return the state for mobile broadband: any technology of the rule, from the states of each of them.

    All statuses must belong to one operator, or all to any operator; technologies outside the rule are left out. A
    technology of the rule that was not computed counts as no data: it could be the one that covers.
    """
    operators = {status.operator for status in statuses}
    if len(operators) > 1:
        raise ValueError(f"states of different operators cannot be one operator's mobile broadband: {operators}")
    operator = operators.pop() if operators else ANY_OPERATOR
    by_technology = {status.technology: status for status in statuses}
    wanted = [
        by_technology.get(technology) or _not_computed(technology, operator)
        for technology in rule.mobile_broadband_technologies
    ]
    combined = _combine(wanted, MOBILE_BROADBAND, operator=operator)
    if combined.state is VillageState.COVERED:
        return combined
    relevant = [
        item
        for status in wanted
        if combined.state in (VillageState.NOT_COVERED, status.state)
        for item in status.reasons
    ]
    return replace(combined, reasons=tuple(dict.fromkeys(relevant)))


def combined_state(states: Sequence[VillageState]) -> VillageState:
    """Return the state over alternatives (operators, technologies), one of which is enough; none: no data."""
    for proven in (VillageState.COVERED, VillageState.PARTLY_COVERED):
        if proven in states:
            return proven
    if states and all(state is VillageState.NOT_COVERED for state in states):
        return VillageState.NOT_COVERED
    return VillageState.NO_DATA


def _combine(statuses: Sequence[ServiceStatus], technology: str, *, operator: str) -> ServiceStatus:
    levels = [status.level_dbm for status in statuses if status.level_dbm is not None]
    clusters: dict[str, list[ClusterCoverage]] = {}
    for status in statuses:
        for cluster in status.clusters:
            clusters.setdefault(cluster.cluster, []).append(cluster)
    return ServiceStatus(
        technology=technology,
        operator=operator,
        state=combined_state([status.state for status in statuses]),
        center=combined_state([status.center for status in statuses]),
        level_dbm=max(levels, default=None),
        clusters=tuple(_combine_cluster(name, found, alternatives=len(statuses)) for name, found in clusters.items()),
    )


def _combine_cluster(cluster: str, found: Sequence[ClusterCoverage], *, alternatives: int) -> ClusterCoverage:
    levels = [item.level_dbm for item in found if item.level_dbm is not None]
    states = [item.state for item in found] + [VillageState.NO_DATA] * (alternatives - len(found))
    return ClusterCoverage(cluster, combined_state(states), max(levels, default=None))


def _with_clusters(status: ServiceStatus) -> ServiceStatus:
    """Return the status of a village whose centre has signal, looking at its clusters."""
    below = [item.cluster for item in status.clusters if item.state is VillageState.NOT_COVERED]
    unknown = [item.cluster for item in status.clusters if item.state is VillageState.NO_DATA]
    if not below and not unknown:
        return status
    state = status.state
    if below:
        state = VillageState.PARTLY_COVERED
    elif unknown:
        state = VillageState.NO_DATA
    return replace(status, state=state, reasons=cluster_reasons(below, unknown))


def _any_operator_reasons(
    combined: ServiceStatus, statuses: Sequence[ServiceStatus], names: Mapping[str, str]
) -> tuple[Reason, ...]:
    without_data = sum(status.state is VillageState.NO_DATA for status in statuses)
    missing = (
        (
            reason("operators_without_data", without_data=without_data, operators=len(statuses)),
            *_missing_lists(statuses, names),
            *_left_out(statuses),
        )
        if without_data
        else ()
    )
    if combined.state is VillageState.COVERED:
        return ()
    if combined.state is VillageState.NOT_COVERED:
        return (reason("no_operator_reaches", operators=len(statuses)),)
    if combined.state is VillageState.PARTLY_COVERED:
        return (*_partly_reasons(combined, statuses), *missing)
    shared = [item for item in statuses[0].reasons if all(item in status.reasons for status in statuses)]
    return (*shared, *(() if shared else missing))


def _missing_lists(statuses: Sequence[ServiceStatus], names: Mapping[str, str]) -> tuple[Reason, ...]:
    lacking = [
        names.get(status.operator, status.operator)
        for status in statuses
        if any(item.code in ("no_site_list", "site_list_stale") for item in status.reasons)
    ]
    return (reason("lists_missing", names=", ".join(lacking)),) if lacking else ()


def _left_out(statuses: Sequence[ServiceStatus]) -> tuple[Reason, ...]:
    """Say that a cell is left out, not whose."""
    open_ones = any(item.code == "cell_left_out" for status in statuses for item in status.reasons)
    return (reason("cell_left_out"),) if open_ones else ()


def _partly_reasons(combined: ServiceStatus, statuses: Sequence[ServiceStatus]) -> tuple[Reason, ...]:
    covered = {item.cluster for item in combined.clusters if item.state is VillageState.COVERED}
    below = {
        item.cluster: None
        for status in statuses
        for item in status.clusters
        if item.state is VillageState.NOT_COVERED and item.cluster not in covered
    }
    return tuple(reason("cluster_below", cluster=name) for name in below) or (reason("different_operators"),)


def _not_computed(technology: str, operator: str) -> ServiceStatus:
    return _without_data(technology, operator, why=reason("technology_not_computed", technology=technology))


def _without_data(
    technology: str, operator: str, *, why: Reason, clusters: tuple[ClusterCoverage, ...] = ()
) -> ServiceStatus:
    return ServiceStatus(
        technology=technology,
        operator=operator,
        state=VillageState.NO_DATA,
        center=VillageState.NO_DATA,
        reasons=(why,),
        clusters=clusters,
    )
