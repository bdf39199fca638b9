"""Village states: the situations that people can read, and what must hold in every situation."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from geo.domain.rules import CoverageRule
from geo.domain.sites import ANY_OPERATOR
from geo.domain.village_reasons import CATALOGUE, reason, reason_from_document
from geo.domain.villages import (
    MOBILE_BROADBAND,
    ClusterLevel,
    PointLevel,
    ServiceStatus,
    SiteListState,
    VillageState,
    any_operator_status,
    combined_state,
    mobile_broadband_status,
    months_before,
    operator_status,
    site_list_state,
)
from geo.parameters.coverage_rule import load_coverage_rule

RULE = load_coverage_rule()
AS_OF = dt.date(2026, 6, 30)
SITUATIONS = yaml.safe_load((Path(__file__).parent / "situations/villages.yaml").read_text(encoding="utf-8"))


def point(word: float | str) -> PointLevel | None:
    if isinstance(word, str):
        return {"not reached": PointLevel(), "void": PointLevel(no_data_reason="terrain_void"), "none": None}[word]
    return PointLevel(level_dbm=float(word))


def evaluate(situation: dict[str, Any]) -> dict[str, ServiceStatus]:
    statuses = {}
    for operator, facts in situation["operators"].items():
        dates = [] if facts["list"] == "none" else [facts["list"]]
        clusters = [ClusterLevel(name, point(word) or PointLevel()) for name, word in facts.get("clusters", {}).items()]
        statuses[operator] = operator_status(
            technology="4G",
            operator=operator,
            center=point(facts["center"]),
            clusters=clusters,
            site_list=site_list_state(dates, as_of=AS_OF, rule=RULE),
            rule=RULE,
        )
    return {**statuses, ANY_OPERATOR: any_operator_status(list(statuses.values()), technology="4G")}


@pytest.mark.parametrize("situation", SITUATIONS, ids=[situation["name"] for situation in SITUATIONS])
def test_situation(situation: dict[str, Any]) -> None:
    found = evaluate(situation)
    assert {operator: status.state.value for operator, status in found.items()} == situation["expect"]
    for operator, codes in situation.get("reasons", {}).items():
        assert [why.code for why in found[operator].reasons] == codes
    for operator, level_dbm in situation.get("level", {}).items():
        assert found[operator].level_dbm == level_dbm
    for status in found.values():
        for why in status.reasons:
            assert why.vi
            assert why.en
            assert "{" not in why.vi + why.en
            assert reason_from_document(why.as_document()) == why


def single(state: VillageState, technology: str = "4G", operator: str = ANY_OPERATOR) -> ServiceStatus:
    return ServiceStatus(technology=technology, operator=operator, state=state, center=state)


C, P, N, U = VillageState.COVERED, VillageState.PARTLY_COVERED, VillageState.NOT_COVERED, VillageState.NO_DATA


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        (C, C, C), (C, P, C), (C, N, C), (C, U, C),
        (P, P, P), (P, N, P), (P, U, P),
        (N, N, N), (N, U, U),
        (U, U, U),
    ],
)  # fmt: skip
def test_truth_table_of_two_alternatives(first: VillageState, second: VillageState, both: VillageState) -> None:
    assert combined_state([first, second]) is both
    assert combined_state([second, first]) is both
    mobile = mobile_broadband_status([single(first, "4G"), single(second, "5G")], rule=RULE)
    assert mobile.state is both
    assert (mobile.technology, mobile.operator) == (MOBILE_BROADBAND, ANY_OPERATOR)


def test_mobile_broadband_leaves_out_3g_and_asks_for_every_technology_of_the_rule() -> None:
    only_3g = mobile_broadband_status([single(C, "3G"), single(N, "4G"), single(N, "5G")], rule=RULE)
    assert only_3g.state is N
    without_5g = mobile_broadband_status([single(N, "4G")], rule=RULE)
    assert without_5g.state is U
    assert [why.code for why in without_5g.reasons] == ["technology_not_computed"]
    assert mobile_broadband_status([single(C, "4G")], rule=RULE).state is C
    with pytest.raises(ValueError, match="different operators"):
        mobile_broadband_status([single(C, operator="viettel"), single(C, operator="vnpt")], rule=RULE)


@pytest.mark.parametrize(
    ("day", "months", "earlier"),
    [
        (dt.date(2026, 3, 31), 1, dt.date(2026, 2, 28)),
        (dt.date(2024, 3, 31), 1, dt.date(2024, 2, 29)),
        (dt.date(2026, 1, 15), 12, dt.date(2025, 1, 15)),
        (dt.date(2026, 1, 15), 1, dt.date(2025, 12, 15)),
        (dt.date(2024, 2, 29), 12, dt.date(2023, 2, 28)),
    ],
)
def test_months_before(day: dt.date, months: int, earlier: dt.date) -> None:
    assert months_before(day, months) == earlier


def test_reasons_are_complete_in_both_languages() -> None:
    for code, (vi, en) in CATALOGUE.items():
        assert vi != en, code
    with pytest.raises(KeyError):
        reason("because")


def test_reasons_have_the_decimal_sign_of_their_language() -> None:
    found = reason("reached", level_dbm=-70.2, threshold_dbm=-105.0)
    assert found.vi == "Mức thu -70,2 dBm đạt ngưỡng -105,0 dBm"
    assert found.en == "Level -70.2 dBm reaches the threshold -105.0 dBm"
    assert found.as_document() == {"code": "reached", "level_dbm": -70.2, "threshold_dbm": -105.0}
    names = reason("lists_missing", names="Mạng 2.0")
    assert "Mạng 2.0" in names.vi
    with pytest.raises(ValueError, match="not both"):
        PointLevel(level_dbm=-90.0, no_data_reason="terrain_void")


# -- properties ------------------------------------------------------------------------------------------------------

RANK = {N: 0, P: 1, C: 2}
levels = st.one_of(st.none(), st.floats(-140, -60, allow_nan=False))
points = st.one_of(st.builds(PointLevel, levels), st.just(PointLevel(no_data_reason="terrain_void")))
facts = st.fixed_dictionaries(
    {
        "center": st.one_of(st.none(), points),
        "clusters": st.lists(points, max_size=3),
        "site_list": st.sampled_from(SiteListState),
    }
)


def status_of(operator: str, known: dict[str, Any], rule: CoverageRule = RULE) -> ServiceStatus:
    return operator_status(
        technology="4G",
        operator=operator,
        center=known["center"],
        clusters=[ClusterLevel(f"c{number}", at) for number, at in enumerate(known["clusters"])],
        site_list=known["site_list"],
        rule=rule,
    )


def possible(status: ServiceStatus) -> tuple[int, int]:
    """Worst and best state that the village can really be in, given what is known."""
    if status.state is not U:
        return RANK[status.state], RANK[status.state]
    return (RANK[P], RANK[C]) if status.center is C else (RANK[N], RANK[C])


def over_any(known: list[dict[str, Any]], rule: CoverageRule = RULE) -> ServiceStatus:
    statuses = [status_of(f"op{number}", facts, rule) for number, facts in enumerate(known)]
    return any_operator_status(statuses, technology="4G")


def with_threshold(threshold_dbm: float) -> CoverageRule:
    return CoverageRule(
        version="trial",
        tiers_dbm={"outdoor": threshold_dbm},
        covered_tier="outdoor",
        mobile_broadband_technologies=("4G", "5G"),
        site_list_max_age_months=12,
        receiver_height_m=1.5,
        time_share=0.5,
        location_share=0.9,
    )


@given(st.lists(facts, max_size=4), st.floats(-140, -60), st.floats(-140, -60))
def test_a_higher_threshold_never_improves_a_state(known: list[dict[str, Any]], first: float, second: float) -> None:
    low, high = sorted((first, second))
    before, after = possible(over_any(known, with_threshold(low))), possible(over_any(known, with_threshold(high)))
    assert after[0] <= before[0]
    # Over several operators "partly" is what one of them proves; another without data may still give more, so the best
    # case is compared for each operator by itself.
    for one in known:
        before, after = possible(over_any([one], with_threshold(low))), possible(over_any([one], with_threshold(high)))
        assert after[1] <= before[1]


@given(st.lists(facts, min_size=1, max_size=3), facts)
def test_an_operator_that_covers_never_makes_the_state_worse(
    known: list[dict[str, Any]], another: dict[str, Any]
) -> None:
    before, added, after = over_any(known), status_of("new", another), over_any([*known, another])
    if added.state in (C, P):
        assert possible(after)[0] >= possible(before)[0]
        assert RANK[after.state] >= RANK[added.state]
    if before.state in (C, P):
        assert RANK[after.state] >= RANK[before.state]


@given(st.lists(facts, max_size=4))
def test_without_signal_over_any_operator_needs_the_data_of_every_operator(known: list[dict[str, Any]]) -> None:
    status = over_any(known)
    every = [status_of(f"op{number}", facts) for number, facts in enumerate(known)]
    if status.state is N:
        assert every
        assert all(one.state is N for one in every)
        assert all(facts["site_list"] is SiteListState.CURRENT and facts["center"] for facts in known)
    if status.state in (C, P):
        assert any(one.state is status.state for one in every)
    assert {cluster.state for cluster in status.clusters} <= {C, N, U}


@given(st.lists(facts, max_size=3), st.lists(facts, max_size=3))
def test_technologies_and_operators_may_be_combined_in_any_order(
    first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> None:
    by_technology = mobile_broadband_status(
        [over_any(first), ServiceStatus(**{**_fields(over_any(second)), "technology": "5G"})], rule=RULE
    )
    pairs = [status_of(f"op{number}", facts).state for number, facts in enumerate([*first, *second])]
    if first and second:
        assert by_technology.state is combined_state(pairs)


def _fields(status: ServiceStatus) -> dict[str, Any]:
    return {name: getattr(status, name) for name in ServiceStatus.__dataclass_fields__}
