"""Villages, clusters and places: their points, their states, and where their people are counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.domain.coverage import NOT_REACHED, STATE_COVERED, STATE_NO_DATA, states
from geo.domain.households import count_at_points
from geo.domain.sites import ANY_OPERATOR
from geo.store import tables
from geo.store.repositories import VillageRecord
from geo.store.results import ResultRows
from geo.workflows.assessment.inputs import Inputs
from geo.workflows.assessment.levels import PointLevels, PointSet

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

    def clusters_of(self, village: int) -> slice:
        """Return where the clusters of a village are among the points."""
        return slice(*self._cluster_ends[village : village + 2])

    @cached_property
    def _cluster_ends(self) -> list[int]:
        ends = np.searchsorted(self.cluster_village, np.arange(self.villages + 1))
        return [self.villages + end for end in ends.tolist()]


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


def level_dbm_of(level: int) -> float | None:
    """Return a stored level in dBm, None when not reached or unknown."""
    return None if level <= NOT_REACHED else level / 10.0


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
