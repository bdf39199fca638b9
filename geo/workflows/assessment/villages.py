"""Villages, clusters and places: their points, their states, and where their people are counted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from geo.domain.coverage import NO_DATA, NOT_REACHED, STATE_COVERED, STATE_NO_DATA, states
from geo.domain.households import count_at_points
from geo.domain.sites import ANY_OPERATOR
from geo.domain.villages import (
    ClusterLevel,
    PointLevel,
    ServiceStatus,
    VillageState,
    any_operator_status,
    covering_operators,
    operator_status,
)
from geo.store import tables
from geo.store.repositories import VillageRecord
from geo.store.results import ResultRows
from geo.workflows.assessment.inputs import Inputs
from geo.workflows.assessment.levels import PointLevels, PointSet
from geo.workflows.assessment.points import known_commune

STATE_NAMES = {STATE_COVERED: "covered", STATE_NO_DATA: "no_data"}


@dataclass(frozen=True, eq=False)
class SettledPoints:
    """Village centres, then clusters, then places, in one list.

    `cluster_village` is the number of the village of each cluster; `population` and `households` count at village and
    cluster points (0 at places), never twice.

    `without_population` and `without_households` tell of each village whether no number of it is known at all.
    """

    points: PointSet
    villages: int
    cluster_village: NDArray[np.int64]
    population: NDArray[np.float64]
    households: NDArray[np.float64]
    population_known: bool
    households_known: bool
    without_population: NDArray[np.bool_]
    without_households: NDArray[np.bool_]

    @property
    def settled(self) -> int:
        """Number of points of villages and clusters."""
        return self.villages + len(self.cluster_village)


def list_points(inputs: Inputs) -> SettledPoints:
    """Return all exact points of an assessment."""
    clusters = [(number, cluster) for number, village in enumerate(inputs.villages) for cluster in village.clusters]
    lon = [_or_nan(village.lon) for village in inputs.villages]
    lat = [_or_nan(village.lat) for village in inputs.villages]
    communes = [village.commune_code for village in inputs.villages]
    population = _counted(inputs.villages, "population")
    households = _counted(inputs.villages, "households")
    for number, cluster in clusters:
        lon.append(cluster.lon)
        lat.append(cluster.lat)
        communes.append(inputs.villages[number].commune_code)
    for place in inputs.places:
        lon.append(place.lon)
        lat.append(place.lat)
        communes.append(place.commune_code)
    places = np.zeros(len(inputs.places))
    return SettledPoints(
        points=PointSet(np.array(lon, dtype=np.float64), np.array(lat, dtype=np.float64), tuple(communes)),
        villages=len(inputs.villages),
        cluster_village=np.array([number for number, _ in clusters], dtype=np.int64),
        population=np.concatenate([population, places]),
        households=np.concatenate([households, places]),
        population_known=bool(population.sum() > 0),
        households_known=bool(households.sum() > 0),
        without_population=_without_figure(inputs.villages, "population"),
        without_households=_without_figure(inputs.villages, "households"),
    )


class ChanceMaker(Protocol):
    """Something that knows how probable it is that points are covered."""

    def probabilities(self, technology: str) -> Mapping[str, NDArray[np.float64]]:
        """Return the probability at each point by operator; NaN without data."""


def village_rows(
    inputs: Inputs,
    points: SettledPoints,
    levels: PointLevels,
    chances_of: ChanceMaker,
) -> tuple[ResultRows, ResultRows]:
    """Return the status rows of villages and of clusters."""
    chances = {
        (technology, operator): found
        for technology in inputs.technologies
        for operator, found in chances_of.probabilities(technology).items()
    }
    villages: list[tuple[Any, ...]] = []
    clusters: list[tuple[Any, ...]] = []
    first_cluster = points.villages
    for number, village in enumerate(inputs.villages):
        for technology in inputs.technologies:
            at = _PointsOf(number, range(first_cluster, first_cluster + len(village.clusters)))
            statuses = _statuses(inputs, village, technology, at, levels)
            villages.extend(
                (*_village_row(inputs, village, status, statuses), _chance(inputs, status, chances, number))
                for status in statuses
            )
            clusters.extend(row for status in statuses for row in _cluster_rows(inputs, village, status))
        first_cluster += len(village.clusters)
    return (
        ResultRows(
            tables.VillageStatus,
            (
                "village_id",
                "technology",
                "operator_code",
                "state",
                "level_dbm",
                "tier",
                "operator_count",
                "reasons",
                "center_probability",
            ),
            villages,
            json_columns=frozenset({"reasons"}),
        ),
        ResultRows(
            tables.ClusterStatus,
            ("cluster_id", "technology", "operator_code", "state", "level_dbm", "tier"),
            clusters,
        ),
    )


def place_rows(inputs: Inputs, points: SettledPoints, levels: PointLevels) -> ResultRows:
    """Return the state of every place."""
    return ResultRows(
        tables.PlaceCoverage,
        ("place_id", "technology", "operator_code", "state", "level_dbm"),
        list(_place_rows(inputs, points, levels)),
    )


def _place_rows(inputs: Inputs, points: SettledPoints, levels: PointLevels) -> Iterator[tuple[Any, ...]]:
    for technology in inputs.technologies:
        threshold_dbm = inputs.rule.threshold_dbm(technology)
        for operator in (*inputs.operators, ANY_OPERATOR):
            possible = levels.levels[technology].of(operator)
            found = states(possible, threshold_dbm)[points.settled :]
            known = possible.lowest[points.settled :]
            for place, state, level in zip(inputs.places, found.tolist(), known.tolist(), strict=True):
                name = STATE_NAMES.get(state, "not_covered")
                yield place.id, technology, operator, name, level_dbm_of(level)


@dataclass(frozen=True, slots=True)
class _PointsOf:
    """Numbers of a village's centre and clusters among the points."""

    center: int
    clusters: range


def _statuses(
    inputs: Inputs, village: VillageRecord, technology: str, at: _PointsOf, levels: PointLevels
) -> list[ServiceStatus]:
    commune = known_commune(inputs, village.commune_code)
    found = [
        operator_status(
            technology=technology,
            operator=operator,
            center=None if village.lon is None else _point_level(levels, technology, operator, at.center),
            clusters=[
                ClusterLevel(cluster.code, _point_level(levels, technology, operator, number))
                for cluster, number in zip(village.clusters, at.clusters, strict=True)
            ],
            site_list=inputs.site_lists[operator, commune],
            rule=inputs.rule,
        )
        for operator in inputs.operators
    ]
    return [*found, any_operator_status(found, technology=technology, names=inputs.operator_names)]


def _point_level(levels: PointLevels, technology: str, operator: str, number: int) -> PointLevel:
    level = int(levels.levels[technology].by_operator[operator][number])
    if level == NO_DATA:
        return PointLevel(no_data_reason=levels.why_unknown(technology, operator, number))
    return PointLevel(level_dbm=level_dbm_of(level))


def level_dbm_of(level: int) -> float | None:
    """Return a stored level in dBm, None when not reached or unknown."""
    return None if level <= NOT_REACHED else level / 10.0


def _village_row(
    inputs: Inputs, village: VillageRecord, status: ServiceStatus, statuses: list[ServiceStatus]
) -> tuple[Any, ...]:
    is_any = status.operator == ANY_OPERATOR
    return (
        village.id,
        status.technology,
        status.operator,
        status.state.value,
        status.level_dbm,
        inputs.rule.tier_reached(status.level_dbm, status.technology),
        covering_operators(one for one in statuses if one.operator != ANY_OPERATOR) if is_any else None,
        [reason.as_document() for reason in status.reasons],
    )


def _chance(
    inputs: Inputs, status: ServiceStatus, chances: Mapping[tuple[str, str], NDArray[np.float64]], center: int
) -> float | None:
    """Return how probable it is that a centre is covered; over any operator at least as probable as by the best one."""
    operators = inputs.operators if status.operator == ANY_OPERATOR else (status.operator,)
    known = [float(chances[status.technology, operator][center]) for operator in operators]
    known = [value for value in known if not math.isnan(value)]
    if not known or (status.state is VillageState.NO_DATA and status.level_dbm is None):
        return None
    return round(max(known), 4)


def _cluster_rows(inputs: Inputs, village: VillageRecord, status: ServiceStatus) -> Iterator[tuple[Any, ...]]:
    ids: Mapping[str, int] = {cluster.code: cluster.id for cluster in village.clusters}
    found = {cluster.cluster: cluster for cluster in status.clusters}
    for code, cluster_id in ids.items():
        cluster = found.get(code)
        level_dbm = cluster.level_dbm if cluster else None
        yield (
            cluster_id,
            status.technology,
            status.operator,
            cluster.state.value if cluster else "no_data",
            level_dbm,
            inputs.rule.tier_reached(level_dbm, status.technology),
        )


def _counted(villages: tuple[VillageRecord, ...], name: str) -> NDArray[np.float64]:
    """Return where people or households count: at the centres, then at the clusters."""
    centers: list[float] = []
    clusters: list[float] = []
    for village in villages:
        counted = count_at_points(
            getattr(village, name), {cluster.code: getattr(cluster, name) for cluster in village.clusters}
        )
        centers.append(float(counted.center or 0))
        clusters.extend(float(counted.clusters.get(cluster.code, 0)) for cluster in village.clusters)
    return np.array(centers + clusters, dtype=np.float64)


def _without_figure(villages: tuple[VillageRecord, ...], name: str) -> NDArray[np.bool_]:
    """Tell which villages have no number, neither of their own nor of any cluster."""
    return np.array(
        [
            getattr(village, name) is None and all(getattr(cluster, name) is None for cluster in village.clusters)
            for village in villages
        ],
        dtype=bool,
    )


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value
