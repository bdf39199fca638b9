"""The status rows of villages and clusters, made from columns: all villages of a technology at once.

States are those of `geo.domain.village_levels`. Only villages that are not covered have reasons; these are put together
one by one, as `geo.domain.villages` says them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from geo.domain.coverage import (
    NO_DATA,
    NOT_REACHED,
    STATE_COVERED,
    STATE_NO_DATA,
    STATE_NOT_COVERED,
    Levels,
    States,
    states,
    threshold_steps,
)
from geo.domain.sites import ANY_OPERATOR
from geo.domain.village_levels import STATE_PARTLY_COVERED, states_of_villages, states_over_any
from geo.domain.village_reasons import Reason, reason
from geo.domain.villages import (
    ClusterCoverage,
    PointLevel,
    ServiceStatus,
    SiteListState,
    VillageState,
    any_operator_status,
    center_reasons,
    cluster_reasons,
    list_reason,
)
from geo.store import tables
from geo.store.results import ResultRows
from geo.workflows.assessment.inputs import Inputs
from geo.workflows.assessment.levels import PointLevels
from geo.workflows.assessment.points import known_commune
from geo.workflows.assessment.villages import SettledPoints, level_dbm_of

NAMES = {
    STATE_COVERED: VillageState.COVERED,
    STATE_PARTLY_COVERED: VillageState.PARTLY_COVERED,
    STATE_NOT_COVERED: VillageState.NOT_COVERED,
    STATE_NO_DATA: VillageState.NO_DATA,
}
WORDS = {state: name.value for state, name in NAMES.items()}
VILLAGE_COLUMNS = (
    "village_id",
    "technology",
    "operator_code",
    "state",
    "level_dbm",
    "tier",
    "operator_count",
    "reasons",
    "center_probability",
)
CLUSTER_COLUMNS = ("cluster_id", "technology", "operator_code", "state", "level_dbm", "tier")
_Reasons = tuple[Reason, ...]


class ChanceMaker(Protocol):
    """Something that knows how probable it is that points are covered."""

    def probabilities(self, technology: str) -> Mapping[str, NDArray[np.float64]]:
        """Return the probability at each point by operator; NaN without data."""


@dataclass(frozen=True, eq=False)
class _Found:
    """What is known of one technology; the first axis of all arrays is the active operators, then any operator.

    `level`, `tier` (how many tiers it reaches) and `at_point` (states) are of the points of villages and clusters,
    `state` and `chance` (of the centre; not-a-number where nobody knows) of villages.
    """

    technology: str
    level: Levels
    tier: NDArray[np.int64]
    at_point: States
    state: States
    chance: NDArray[np.float64]


def village_rows(
    inputs: Inputs, points: SettledPoints, levels: PointLevels, chances_of: ChanceMaker
) -> tuple[ResultRows, ResultRows]:
    """Return the status rows of villages and of clusters."""
    found = [_find(inputs, points, levels, chances_of, technology) for technology in inputs.technologies]
    return _rows_of_villages(inputs, points, levels, found), _rows_of_clusters(inputs, points, found)


def _find(
    inputs: Inputs, points: SettledPoints, levels: PointLevels, chances_of: ChanceMaker, technology: str
) -> _Found:
    count, settled, rule = points.villages, points.settled, inputs.rule
    shape = len(inputs.operators), count
    possible = [levels.levels[technology].of(operator) for operator in (*inputs.operators, ANY_OPERATOR)]
    level = np.array([each.lowest[:settled] for each in possible])
    at_point = np.array([states(each, rule.threshold_dbm(technology))[:settled] for each in possible])
    own = [states_of_villages(each[:count], each[count:], points.cluster_village) for each in at_point[:-1]]
    over_any = states_over_any(np.array(own, dtype=np.uint8).reshape(shape))
    tiers = [threshold_steps(rule.threshold_dbm(technology, tier)) for tier in rule.tiers_dbm]
    by_operator = chances_of.probabilities(technology)
    chances = np.array([by_operator[operator][:count] for operator in inputs.operators]).reshape(shape)
    # Over any operator at least as probable as by the best one.
    best = np.fmax.reduce(chances, axis=0, initial=np.nan)
    return _Found(
        technology=technology,
        level=level,
        tier=np.sum([level >= tier for tier in tiers], axis=0),
        at_point=at_point,
        state=np.array([*own, over_any]),
        chance=np.concatenate([chances, best[np.newaxis]]),
    )


def _rows_of_villages(
    inputs: Inputs, points: SettledPoints, levels: PointLevels, found: Sequence[_Found]
) -> ResultRows:
    count = points.villages
    state = _by_place([each.state for each in found])
    level = _by_place([each.level[:, :count] for each in found])
    chance = _by_place([each.chance for each in found])
    unknown = np.isnan(chance) | ((state == STATE_NO_DATA) & (level <= NOT_REACHED))
    rows = zip(
        *_keys(inputs, [village.id for village in inputs.villages]),
        [WORDS[each] for each in state.tolist()],
        [level_dbm_of(each) for each in level.tolist()],
        _tiers(inputs, [each.tier[:, :count] for each in found]),
        _operator_counts(inputs, found, count),
        _reasons(inputs, points, levels, found),
        [None if open_ else round(each, 4) for each, open_ in zip(chance.tolist(), unknown.tolist(), strict=True)],
        strict=True,
    )
    return ResultRows(tables.VillageStatus, VILLAGE_COLUMNS, list(rows), json_columns=frozenset({"reasons"}))


def _rows_of_clusters(inputs: Inputs, points: SettledPoints, found: Sequence[_Found]) -> ResultRows:
    clusters = slice(points.villages, points.settled)
    state = _by_place([each.at_point[:, clusters] for each in found])
    level = _by_place([each.level[:, clusters] for each in found])
    rows = zip(
        *_keys(inputs, [cluster.id for village in inputs.villages for cluster in village.clusters]),
        [WORDS[each] for each in state.tolist()],
        [level_dbm_of(each) for each in level.tolist()],
        _tiers(inputs, [each.tier[:, clusters] for each in found]),
        strict=True,
    )
    return ResultRows(tables.ClusterStatus, CLUSTER_COLUMNS, list(rows))


def _by_place(of_technologies: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return arrays (operators, places) of the technologies as one column: by place, technology and operator."""
    return np.stack(of_technologies).transpose(2, 0, 1).ravel()


def _keys(inputs: Inputs, ids: Sequence[int]) -> tuple[Iterator[int], Sequence[str], Sequence[str]]:
    """Return the columns of the places' numbers, technologies and operators."""
    operators = (*inputs.operators, ANY_OPERATOR)
    kinds = [(technology, operator) for technology in inputs.technologies for operator in operators]
    technologies, codes = ([kind[at] for kind in kinds] * len(ids) for at in (0, 1))
    return chain.from_iterable(repeat(number, len(kinds)) for number in ids), technologies, codes


def _tiers(inputs: Inputs, reached: Sequence[NDArray[np.int64]]) -> list[str | None]:
    """Return the strongest tiers that are reached, None where none is."""
    names = (None, *inputs.rule.tiers_dbm)
    return [names[each] for each in _by_place(reached).tolist()]


def _operator_counts(inputs: Inputs, found: Sequence[_Found], villages: int) -> Iterator[int | None]:
    """Return how many operators cover each centre, for any operator; None for a single one."""
    single = (None,) * len(inputs.operators)
    covering = _by_place([(each.at_point[:-1, :villages] == STATE_COVERED).sum(axis=0)[np.newaxis] for each in found])
    return chain.from_iterable((*single, each) for each in covering.tolist())


def _reasons(
    inputs: Inputs, points: SettledPoints, levels: PointLevels, found: Sequence[_Found]
) -> Iterator[list[dict[str, str | int | float]]]:
    """Return the documents of the reasons, by village, technology and operator."""
    columns: list[list[list[dict[str, str | int | float]]]] = []
    for each in found:
        for said in _Why(inputs, points, levels, each).by_operator():
            columns.append([[] for _ in range(points.villages)])
            for village, why in said.items():
                columns[-1][village] = [item.as_document() for item in why]
    return chain.from_iterable(zip(*columns, strict=True))


@dataclass(frozen=True, eq=False)
class _Why:
    """Says for one technology why villages are not covered."""

    inputs: Inputs
    points: SettledPoints
    levels: PointLevels
    found: _Found

    def by_operator(self) -> list[dict[int, _Reasons]]:
        """Return the reasons by number of the village, for each active operator and for any."""
        own = [
            {int(village): self._of(number, int(village)) for village in np.flatnonzero(state != STATE_COVERED)}
            for number, state in enumerate(self.found.state[:-1])
        ]
        return [*own, self._over_any(own)]

    def _of(self, operator: int, village: int) -> _Reasons:
        code = self.inputs.operators[operator]
        site_list = self.inputs.site_lists[code, known_commune(self.inputs, self.inputs.villages[village].commune_code)]
        if site_list is not SiteListState.CURRENT:
            return (list_reason(site_list, self.inputs.rule),)
        if self.inputs.villages[village].lon is None:
            return (reason("no_point"),)
        at_clusters = self.found.at_point[operator, self.points.clusters_of(village)].tolist()
        if self.found.at_point[operator, village] == STATE_COVERED:
            below = self._named(village, at_clusters, STATE_NOT_COVERED)
            return cluster_reasons(below, self._named(village, at_clusters, STATE_NO_DATA))
        return center_reasons(
            self._center(code, operator, village),
            covered_clusters=at_clusters.count(STATE_COVERED),
            threshold_dbm=self.inputs.rule.threshold_dbm(self.found.technology),
        )

    def _named(self, village: int, at_clusters: Sequence[int], state: int) -> list[str]:
        """Return the codes of the clusters of a village that have a state."""
        clusters = self.inputs.villages[village].clusters
        return [cluster.code for cluster, found in zip(clusters, at_clusters, strict=True) if found == state]

    def _center(self, code: str, operator: int, village: int) -> PointLevel:
        level = int(self.found.level[operator, village])
        if level == NO_DATA:
            return PointLevel(no_data_reason=self.levels.why_unknown(self.found.technology, code, village))
        return PointLevel(level_dbm=level_dbm_of(level))

    def _over_any(self, own: Sequence[Mapping[int, _Reasons]]) -> dict[int, _Reasons]:
        state = self.found.state[-1]
        said: dict[int, _Reasons] = {}
        for each in (STATE_PARTLY_COVERED, STATE_NO_DATA):
            said |= {int(village): self._of_any(int(village), own) for village in np.flatnonzero(state == each)}
        nowhere = np.flatnonzero(state == STATE_NOT_COVERED).tolist()
        # Where no operator reaches, that is all there is to say: the same of every village.
        return said | dict.fromkeys(nowhere, self._of_any(nowhere[0], own) if nowhere else ())

    def _of_any(self, village: int, own: Sequence[Mapping[int, _Reasons]]) -> _Reasons:
        clusters = self.inputs.villages[village].clusters
        at_clusters = self.found.at_point[:, self.points.clusters_of(village)].tolist()
        statuses = [
            ServiceStatus(
                technology=self.found.technology,
                operator=operator,
                state=NAMES[int(self.found.state[number, village])],
                center=NAMES[int(self.found.at_point[number, village])],
                reasons=own[number].get(village, ()),
                clusters=tuple(
                    ClusterCoverage(cluster.code, NAMES[state])
                    for cluster, state in zip(clusters, at_clusters[number], strict=True)
                ),
            )
            for number, operator in enumerate(self.inputs.operators)
        ]
        technology, names = self.found.technology, self.inputs.operator_names
        return any_operator_status(statuses, technology=technology, names=names).reasons
