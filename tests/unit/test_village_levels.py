"""Villages as arrays say the same as the rule for one village."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.domain.coverage import NO_DATA, NOT_REACHED, STATE_COVERED, STATE_NO_DATA, STATE_NOT_COVERED
from geo.domain.rules import CoverageRule
from geo.domain.village_levels import village_levels, village_states
from geo.domain.villages import (
    ClusterLevel,
    PointLevel,
    SiteListState,
    VillageState,
    any_operator_status,
    operator_status,
)

THRESHOLD_DBM = -105.0
RULE = CoverageRule(
    version="test",
    tiers_dbm={"outdoor": THRESHOLD_DBM},
    covered_tier="outdoor",
    mobile_broadband_technologies=("4G",),
    site_list_max_age_months=12,
    receiver_height_m=1.5,
    time_share=0.5,
    location_share=0.9,
)
EXPECTED = {
    VillageState.COVERED: STATE_COVERED,
    VillageState.PARTLY_COVERED: STATE_NOT_COVERED,
    VillageState.NOT_COVERED: STATE_NOT_COVERED,
    VillageState.NO_DATA: STATE_NO_DATA,
}
levels = st.sampled_from([NO_DATA, NOT_REACHED, -1200, -1051, -1050, -900])
operators = st.integers(1, 3).flatmap(
    lambda count: st.integers(0, 3).flatmap(
        lambda clusters: st.lists(
            st.tuples(levels, st.lists(levels, min_size=clusters, max_size=clusters)), min_size=count, max_size=count
        )
    )
)


def point(level: int) -> PointLevel:
    if level == NO_DATA:
        return PointLevel(no_data_reason="terrain_void")
    return PointLevel(None if level == NOT_REACHED else level / 10.0)


@given(operators)
def test_arrays_and_the_rule_agree(found: list[tuple[int, list[int]]]) -> None:
    arrays = [
        village_levels(
            np.array([center], dtype=np.int16), np.array(clusters, dtype=np.int16), np.zeros(len(clusters), dtype=int)
        )
        for center, clusters in found
    ]
    statuses = [
        operator_status(
            technology="4G",
            operator=f"operator{number}",
            center=point(center),
            clusters=[ClusterLevel(str(i), point(level)) for i, level in enumerate(clusters)],
            site_list=SiteListState.CURRENT,
            rule=RULE,
        )
        for number, (center, clusters) in enumerate(found)
    ]
    for array, status in zip(arrays, statuses, strict=True):
        assert village_states([array], THRESHOLD_DBM)[0] == EXPECTED[status.state]
    together = any_operator_status(statuses, technology="4G")
    assert village_states(arrays, THRESHOLD_DBM)[0] == EXPECTED[together.state]


@given(operators, st.integers(1, 3))
def test_more_operators_demanded_never_add_a_village(found: list[tuple[int, list[int]]], wanted: int) -> None:
    arrays = [
        village_levels(
            np.array([center], dtype=np.int16), np.array(clusters, dtype=np.int16), np.zeros(len(clusters), dtype=int)
        )
        for center, clusters in found
    ]
    fewer = village_states(arrays, THRESHOLD_DBM, at_least_operators=wanted)[0]
    more = village_states(arrays, THRESHOLD_DBM, at_least_operators=wanted + 1)[0]
    assert more != STATE_COVERED or fewer == STATE_COVERED
