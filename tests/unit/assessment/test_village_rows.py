"""Rows made from columns say of every village and cluster what the rule for one village says."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.domain.coverage import LOWEST_LEVEL, NO_DATA, NOT_REACHED
from geo.domain.sites import ANY_OPERATOR
from geo.domain.villages import (
    ClusterLevel,
    PointLevel,
    ServiceStatus,
    SiteListState,
    VillageState,
    any_operator_status,
    operator_status,
)
from geo.store.repositories import ClusterRecord, VillageRecord
from geo.workflows.assessment.inputs import Inputs
from geo.workflows.assessment.levels import OperatorLevels, PointLevels
from geo.workflows.assessment.village_rows import CLUSTER_COLUMNS, VILLAGE_COLUMNS, village_rows
from geo.workflows.assessment.villages import SettledPoints, level_dbm_of, list_points
from tests.unit.assessment.small_province import COMMUNES, province

OPERATORS = ("alpha", "beta", "gamma")
LEVELS = st.sampled_from([NO_DATA, NOT_REACHED, LOWEST_LEVEL, -1201, -1051, -1050, -1049, -950, -700])
LISTS = st.sampled_from([SiteListState.CURRENT, SiteListState.CURRENT, SiteListState.MISSING, SiteListState.STALE])


class Chances:
    """Probabilities that stand in the place of those of a whole assessment."""

    def __init__(self, levels: PointLevels) -> None:
        self._levels = levels

    def probabilities(self, technology: str) -> dict[str, NDArray[np.float64]]:
        """Return something that differs from point to point; NaN without data."""
        return {
            operator: np.where(level == NO_DATA, np.nan, np.clip(level / 1000.0 + 1.5, 0.0, 1.0) / 1.7)
            for operator, level in self._levels.levels[technology].by_operator.items()
        }


@cache
def small() -> Inputs:
    with TemporaryDirectory() as folder:
        return province().inputs(Path(folder))


@st.composite
def situations(draw: st.DrawFn) -> tuple[Inputs, SettledPoints, PointLevels]:
    operators = OPERATORS[: draw(st.integers(0, 3))]
    villages = tuple(draw(_village(number)) for number in range(draw(st.integers(0, 5))))
    lists = {(operator, code): draw(LISTS) for operator in operators for code in (None, *COMMUNES)}
    names = {operator: operator.title() for operator in operators}
    inputs = replace(small(), operators=operators, operator_names=names, site_lists=lists, villages=villages)
    points = list_points(inputs)
    count = len(points.points.lon)
    levels = {
        technology: OperatorLevels(
            {operator: _levels(draw, inputs, points, operator) for operator in operators},
            count,
        )
        for technology in inputs.technologies
    }
    flags = [np.array(draw(st.lists(st.booleans(), min_size=count, max_size=count)), dtype=bool) for _ in range(3)]
    left_out = {
        (technology, operator): flags[2] for technology in inputs.technologies[:1] for operator in operators[:2]
    }
    lon, lat = points.points.lon, points.points.lat
    groups = np.zeros(count, np.uint8)
    return inputs, points, PointLevels(levels, flags[0], lon, lat, {}, groups, flags[1], left_out)


@st.composite
def _village(draw: st.DrawFn, number: int) -> VillageRecord:
    clusters = tuple(
        ClusterRecord(
            id=10 * number + at, code=f"V{number}-C{at}", lon=108.0, lat=12.0, households=None, population=None
        )
        for at in range(draw(st.integers(0, 3)))
    )
    lon, lat = (108.0, 12.0) if draw(st.integers(0, 4)) else (None, None)
    commune = draw(st.sampled_from([*COMMUNES, "nowhere", None]))
    return VillageRecord(
        id=100 + number, code=f"V{number}", commune_code=commune, lon=lon, lat=lat, households=None, population=None,
        clusters=clusters,
    )  # fmt: skip


def _levels(draw: st.DrawFn, inputs: Inputs, points: SettledPoints, operator: str) -> NDArray[np.int16]:
    """Draw levels as `compute_points` gives them: without data where no list counts or the position is unknown."""
    count = len(points.points.lon)
    drawn = np.array(draw(st.lists(LEVELS, min_size=count, max_size=count)), dtype=np.int16)
    listed = [inputs.has_list(operator, code if code in COMMUNES else None) for code in points.points.commune]
    return np.where(np.array(listed, dtype=bool) & ~np.isnan(points.points.lon), drawn, np.int16(NO_DATA))


def _point(levels: PointLevels, technology: str, operator: str, number: int) -> PointLevel:
    level = int(levels.levels[technology].by_operator[operator][number])
    if level == NO_DATA:
        return PointLevel(no_data_reason=levels.why_unknown(technology, operator, number))
    return PointLevel(level_dbm=level_dbm_of(level))


def _statuses(inputs: Inputs, levels: PointLevels, technology: str, number: int, first: int) -> list[ServiceStatus]:
    """Return what the rule for one village says; its clusters are points from `first` on."""
    village = inputs.villages[number]
    commune = village.commune_code if village.commune_code in COMMUNES else None
    found = [
        operator_status(
            technology=technology,
            operator=operator,
            center=None if village.lon is None else _point(levels, technology, operator, number),
            clusters=[
                ClusterLevel(cluster.code, _point(levels, technology, operator, first + at))
                for at, cluster in enumerate(village.clusters)
            ],
            site_list=inputs.site_lists[operator, commune],
            rule=inputs.rule,
        )
        for operator in inputs.operators
    ]
    return [*found, any_operator_status(found, technology=technology, names=inputs.operator_names)]


def _chance(inputs: Inputs, levels: PointLevels, status: ServiceStatus, number: int) -> float | None:
    by_operator = Chances(levels).probabilities(status.technology)
    chosen = inputs.operators if status.operator == ANY_OPERATOR else (status.operator,)
    known = [by_operator[operator][number] for operator in chosen if not np.isnan(by_operator[operator][number])]
    if not known or (status.state is VillageState.NO_DATA and status.level_dbm is None):
        return None
    return round(float(max(known)), 4)


def _tier(inputs: Inputs, level_dbm: float | None, technology: str) -> str | None:
    """Return the strongest tier that a level reaches."""
    if level_dbm is None:
        return None
    rule = inputs.rule
    return next(
        (tier for tier in reversed(list(rule.tiers_dbm)) if level_dbm >= rule.threshold_dbm(technology, tier)), None
    )


def _expected(
    inputs: Inputs, points: SettledPoints, levels: PointLevels
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    villages, clusters = [], []
    first = points.villages
    for number, village in enumerate(inputs.villages):
        for technology in inputs.technologies:
            statuses = _statuses(inputs, levels, technology, number, first)
            for status in statuses:
                key = {"technology": technology, "operator_code": status.operator}
                covering = sum(one.center is VillageState.COVERED for one in statuses[:-1])
                villages.append(
                    {
                        "village_id": village.id,
                        **key,
                        "state": status.state.value,
                        "level_dbm": status.level_dbm,
                        "tier": _tier(inputs, status.level_dbm, technology),
                        "operator_count": covering if status.operator == ANY_OPERATOR else None,
                        "reasons": [reason.as_document() for reason in status.reasons],
                        "center_probability": _chance(inputs, levels, status, number),
                    }
                )
                of_code = {each.cluster: each for each in status.clusters}
                for cluster in village.clusters:
                    found = of_code.get(cluster.code)
                    level_dbm = found.level_dbm if found else None
                    clusters.append(
                        {
                            "cluster_id": cluster.id,
                            **key,
                            "state": found.state.value if found else "no_data",
                            "level_dbm": level_dbm,
                            "tier": _tier(inputs, level_dbm, technology),
                        }
                    )
        first += len(village.clusters)
    return villages, clusters


@given(situations())
def test_columns_and_the_rule_for_one_village_agree(situation: tuple[Inputs, SettledPoints, PointLevels]) -> None:
    inputs, points, levels = situation
    of_villages, of_clusters = village_rows(inputs, points, levels, Chances(levels))
    villages, clusters = _expected(inputs, points, levels)
    assert [dict(zip(VILLAGE_COLUMNS, row, strict=True)) for row in of_villages.rows] == villages
    made = [dict(zip(CLUSTER_COLUMNS, row, strict=True)) for row in of_clusters.rows]
    assert sorted(made, key=_cluster_key) == sorted(clusters, key=_cluster_key)


def _cluster_key(row: dict[str, Any]) -> tuple[int, str, str]:
    return row["cluster_id"], row["technology"], row["operator_code"]
