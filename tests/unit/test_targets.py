"""Target states: the situations that people can read, and what must hold for every figure."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from geo.domain.target_words import BASIS_WORDS, MISSING_WORDS, STATE_WORDS
from geo.domain.targets import (
    Comparison,
    Figure,
    Milestone,
    TargetKind,
    TargetState,
    Verdict,
    judge,
    missing_figure,
    remaining_figure,
    share_figure,
    stated_figure,
    target_state,
    worded_figure,
)

SITUATIONS = yaml.safe_load((Path(__file__).parent / "situations/targets.yaml").read_text(encoding="utf-8"))


def figure(facts: dict[str, Any]) -> Figure:
    if "stated" in facts:
        return stated_figure(facts["stated"])
    if "words" in facts:
        return worded_figure()
    if "missing" in facts:
        return missing_figure(facts["missing"])
    return remaining_figure(**facts["remaining"]) if "remaining" in facts else share_figure(**facts)


@pytest.mark.parametrize("situation", SITUATIONS, ids=[situation["name"] for situation in SITUATIONS])
def test_situation(situation: dict[str, Any]) -> None:
    wanted = dict(situation["target"])
    milestone = Milestone(comparison=Comparison(wanted.pop("comparison")), **wanted)
    state = target_state(
        kind=TargetKind(situation.get("kind", "computed")),
        milestone=milestone,
        figures=[figure(facts) for facts in situation["figures"]],
        as_of=situation["as_of"],
        all_must_hold=situation.get("all_must_hold", False),
    )
    assert state.value == situation["expect"]


def test_every_state_has_words_in_both_languages() -> None:
    assert set(STATE_WORDS) == set(TargetState)
    for words in (STATE_WORDS, MISSING_WORDS, BASIS_WORDS):
        assert all(vi and en and vi != en for vi, en in words.values())
    assert STATE_WORDS[TargetState.OVERDUE_MET][0] == "quá hạn: đạt"
    assert STATE_WORDS[TargetState.OVERDUE_NOT_MET][0] == "quá hạn: không đạt"
    assert STATE_WORDS[TargetState.OVERDUE_NO_DATA][0] == "quá hạn: không có số liệu"


def test_nothing_to_count_is_not_a_hundred_per_cent() -> None:
    assert share_figure(covered=0, not_covered=0, no_data=0).missing == "nothing_to_count"
    unknown = share_figure(covered=0, not_covered=0, no_data=7)
    assert (unknown.value, unknown.share_no_data, unknown.missing) == (None, 1.0, "all_unknown")
    with pytest.raises(ValueError, match="not negative"):
        share_figure(covered=-1, not_covered=0, no_data=0)
    with pytest.raises(ValueError, match="finite"):
        share_figure(covered=float("nan"), not_covered=0, no_data=0)


amounts = st.floats(0, 1e9, allow_nan=False)


@given(amounts, amounts, amounts)
def test_shares_add_up_and_the_range_holds_the_value(covered: float, not_covered: float, no_data: float) -> None:
    found = share_figure(covered=covered, not_covered=not_covered, no_data=no_data)
    shares = (found.share_covered, found.share_not_covered, found.share_no_data)
    if found.total is None:
        assert covered + not_covered + no_data == 0
        return
    assert sum(share for share in shares if share is not None) == pytest.approx(1.0)
    if found.value is not None and found.unknown_low is not None and found.unknown_high is not None:
        assert -1e-9 <= found.unknown_low <= found.value <= found.unknown_high <= 100.0 + 1e-9


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.floats(0, 100), st.data())
def test_learning_the_unknown_never_overturns_a_verdict(
    covered: int, not_covered: int, no_data: int, value: float, data: st.DataObject
) -> None:
    milestone = Milestone(value=value, comparison=Comparison.AT_LEAST, deadline=date(2025, 12, 31))
    before = judge(share_figure(covered=covered, not_covered=not_covered, no_data=no_data), milestone)
    found = data.draw(st.integers(0, no_data))
    known = share_figure(covered=covered + found, not_covered=not_covered + no_data - found, no_data=0)
    if before in (Verdict.MET, Verdict.NOT_MET):
        assert judge(known, milestone) is before


@given(st.floats(0, 100), st.floats(0, 100), st.integers(0, 50), st.integers(0, 50))
def test_a_higher_target_is_never_easier(first: float, second: float, covered: int, not_covered: int) -> None:
    found = share_figure(covered=covered, not_covered=not_covered, no_data=0)
    low, high = sorted((first, second))
    easier = judge(found, Milestone(value=low, comparison=Comparison.AT_LEAST))
    harder = judge(found, Milestone(value=high, comparison=Comparison.AT_LEAST))
    assert not (easier is Verdict.NOT_MET and harder is Verdict.MET)
