"""The rule of what lists say of a mast, against a model of one line: of all statements the latest one holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.workflows.import_mast_facts import Said, Saying, Stated, Verdict, same_value, settle

DAYS = [dt.date(2026, month, 1) for month in (5, 6, 7)]
A, B, C = "mobifone", "viettel", "vinaphone"


class List(NamedTuple):
    """One list: its operator, the number of its day, and what it states (None: a blank)."""

    operator: str
    day: int
    value: float | None


class Model(NamedTuple):
    """What holds and, of the last list, which operator and day a warning names."""

    value: float | None
    against: tuple[str, int] | None


def model(lists: Sequence[List]) -> Model:
    """Say what lists in their order of import leave, and what the last one of them is told."""
    stated = [(one.day, number, one) for number, one in enumerate(lists) if one.value is not None]
    latest = max(stated, default=None)
    value = None if latest is None else latest[2].value
    last, earlier = lists[-1], [one for one in stated if one[1] < len(lists) - 1]
    before = max(earlier, default=None)
    own_later = any(one.operator == last.operator and day > last.day for day, _, one in earlier)
    if last.value is None or before is None or before[2].value == last.value or own_later:
        return Model(value, None)
    if before[0] > last.day:
        return Model(value, (before[2].operator, before[0]))
    last_of = {one.operator: (day, number, one) for day, number, one in sorted(earlier)}
    others = [entry for name, entry in last_of.items() if name != last.operator and entry[2].value != last.value]
    day, _, other = max(others, default=(0, 0, None))
    return Model(value, None if other is None else (other.operator, day))


def run(lists: Sequence[List]) -> tuple[Any, Saying, Verdict | None]:
    """Hand lists in one after the other; returns what holds, what operators say, and what the last list did."""
    value, said, verdict = None, dict[str, Said](), None
    before = said
    for number, one in enumerate(lists):
        stated = [] if one.value is None else [Stated(one.operator, 0, one.value)]
        day, before = DAYS[one.day], dict(said)
        verdict = settle(value, said, stated, day=day, same=same_value)
        value = verdict.value
        said.update({name: Said(what, day, number) for name, what in verdict.renewed.items()})
    return value, before, verdict


LISTS = st.lists(
    st.builds(List, st.sampled_from([A, B, C]), st.integers(0, 2), st.sampled_from([None, 40.0, 41.0, 42.0])),
    min_size=1,
    max_size=9,
)


@given(LISTS)
def test_whatever_the_order_the_latest_statement_holds_and_the_right_list_is_named(lists: list[List]) -> None:
    value, said, verdict = run(lists)
    expected = model(lists)
    assert value == expected.value
    assert verdict is not None
    named = None if verdict.against is None else (verdict.against, DAYS.index(said[verdict.against].day))
    assert named == expected.against


@given(st.permutations([List(A, 0, 40.0), List(B, 1, 41.0), List(A, 1, None), List(C, 2, 42.0), List(A, 2, None)]))
def test_lists_of_different_days_may_come_in_any_order(lists: list[List]) -> None:
    assert run(lists)[0] == 42.0


@given(LISTS)
def test_a_list_that_changes_nothing_names_no_site_as_changed(lists: list[List]) -> None:
    before = run(lists[:-1])[0]
    value, _, verdict = run(lists)
    assert verdict is not None
    assert bool(verdict.changed) == (value != before)


@pytest.mark.parametrize(
    ("lists", "holds", "named"),
    [
        pytest.param([List(A, 0, 42.0), List(A, 2, 42.0), List(B, 1, 50.0)], 42.0, (A, 2), id="repeated-is-renewed"),
        pytest.param([List(A, 0, 42.0), List(B, 0, None), List(A, 1, 45.0)], 45.0, None, id="own-newer-other-blank"),
        pytest.param([List(B, 0, 42.0), List(A, 0, 42.0), List(A, 1, 45.0)], 45.0, (B, 0), id="other-said-it-too"),
        pytest.param([List(A, 1, 42.0), List(B, 1, 43.0)], 43.0, (A, 1), id="one-day-the-last-import"),
        pytest.param([List(A, 2, 42.0), List(A, 1, 40.0)], 42.0, None, id="own-older"),
        pytest.param([List(A, 2, None), List(A, 1, 40.0)], 40.0, None, id="own-older-fills-a-blank"),
        pytest.param([List(A, 2, 42.0), List(B, 1, 43.0), List(B, 2, 42.0)], 42.0, None, id="agreed"),
        pytest.param([List(A, 1, 42.0), List(A, 2, None), List(B, 1, 43.0)], 43.0, (A, 1), id="a-blank-renews-nothing"),
    ],
)
def test_orders_of_lists(lists: list[List], holds: float, named: tuple[str, int] | None) -> None:
    value, said, verdict = run(lists)
    assert value == holds
    assert verdict is not None
    against = verdict.against
    assert (None if against is None else (against, DAYS.index(said[against].day))) == named
    assert model(lists) == (holds, named)


def test_within_one_list_the_first_statement_holds_and_the_others_are_named() -> None:
    stated = [Stated(A, 0, 42.0), Stated(B, 1, 43.0), Stated(A, 2, 42.0), Stated(B, 3, 44.0)]
    verdict = settle(None, {}, stated, day=DAYS[0], same=same_value)
    assert (verdict.value, verdict.changed, verdict.renewed) == (42.0, [0, 2], {A: 42.0, B: 43.0})
    assert [(one.number, first.number) for one, first in verdict.twice] == [(1, 0), (3, 0)]
    said = {name: Said(value, DAYS[0], 7) for name, value in verdict.renewed.items()}
    # Of the two operators of that list the one whose value stands is the one to agree with.
    older = settle(42.0, said, [Stated(C, 0, 50.0)], day=DAYS[0] - dt.timedelta(days=1), same=same_value)
    assert (older.value, older.against) == (42.0, A)


def test_a_list_that_is_older_for_one_of_its_operators_counts_for_the_other() -> None:
    said = {A: Said(42.0, DAYS[2], 1)}
    verdict = settle(42.0, said, [Stated(A, 0, 40.0), Stated(B, 1, 41.0)], day=DAYS[1], same=same_value)
    assert (verdict.value, verdict.renewed, verdict.outdated, verdict.against) == (42.0, {B: 41.0}, [0], A)
    assert not verdict.twice
