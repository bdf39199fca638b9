"""Cells that list numbers: every reading, and which of them a field and a row leave over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.intake.listed import AZIMUTHS, BANDWIDTHS_MHZ, HEIGHTS_M, TILTS, ListForm, Range, Readings, listed, read_list
from geo.intake.problems import ProblemLog
from geo.intake.tables import Batch, RawTable, build_batch
from geo.intake.values import UNREADABLE


def _batch(written: object) -> Batch:
    table = RawTable("s.csv", None, ("x",), [[written]], [2])
    return build_batch([(table, {0: "x"})], ProblemLog())


def _read(written: object, form: ListForm, sectors: int | None = None) -> object:
    """Return what a cell lists, or the code of its problem."""
    batch = _batch(written)
    (values,) = listed(batch, "x", form, sectors=None if sectors is None else [sectors])
    codes = [problem.code for problem in batch.log]
    assert len(codes) <= 1
    return codes[0] if codes else values


@pytest.mark.parametrize(
    ("written", "lists"),
    [
        ("0/120/240", [(0, 120, 240)]),
        ("0-120-240", [(0, 120, 240)]),
        ("0 \u2013 120 \u2013 240", [(0, 120, 240)]),
        ("0, 120, 240", [(0, 120, 240)]),
        ("0, 120 v\u00e0 240", [(0, 120, 240)]),
        ("0,120,240", [(0, 120, 240)]),
        ("0,120 & 240", [(0, 120, 240), (0.12, 240)]),
        ("0;120;240;", [(0, 120, 240)]),
        ("0 120 240", [(0, 120, 240)]),
        ("0\n120\n240", [(0, 120, 240)]),
        ("30\n150", [(30, 150)]),
        ("30, 150", [(30, 150)]),
        ("[ 0, 120 ]", [(0, 120)]),
        ("[30]", [(30,)]),
        ("30 ,150", [(30, 150)]),
        ("30 , 150", [(30, 150)]),
        ("30,\u00a0150", [(30, 150)]),
        ("30\u202f,\u2009150", [(30, 150)]),
        ("30 150", [(30_150,), (30, 150)]),
        ("30,150", [(30.15,), (30, 150)]),
        ("2,5", [(2.5,), (2, 5)]),
        ("2.5", [(2.5,)]),
        ("2,5/3,5", [(2.5, 3.5)]),
        ("2,5; 3", [(2.5, 3)]),
        ("2.5,3.5", [(2.5, 3.5)]),
        ("1.4,20", [(1.4, 20)]),
        ("2,5, 3,5", [(2, 5, 3, 5), (2.5, 3.5)]),
        ("2/-3", [(2, -3)]),
        ("-2, -3", [(-2, -3)]),
        ("10 MHz, 20 MHz", [(10, 20)]),
        ("90\u00b0", [(90,)]),
        (30.0, [(30,)]),
        (30, [(30,)]),
        ("Omni", [(None,)]),
        (None, [(None,)]),
        ("-", [(None,)]),
    ],
)
def test_every_reading_of_a_cell(written: object, lists: list[tuple[float | None, ...]]) -> None:
    assert read_list(written) == Readings(tuple(lists))


@pytest.mark.parametrize(
    "written", ["0-10", "2 - 10", "0\u20135", "0~10", "0\u00f710", "0-10/2-12", "2 -3", "0-10,5", "4 (0-10)"]
)
def test_two_ends_are_no_value(written: str) -> None:
    assert isinstance(read_list(written), Range)
    assert _read(written, TILTS, 2) == "range_not_value"


@pytest.mark.parametrize(
    "written",
    [
        "b\u1eafc",
        "1\u00b030'",
        "2//4",
        "/2",
        "2/-/4",
        "0/120;240",
        "0/120 240",
        "0, 120/240",
        "2..4",
        "2/x",
    ],
)
def test_what_is_no_list_is_not_guessed(written: str) -> None:
    assert read_list(written) is UNREADABLE
    assert _read(written, AZIMUTHS) == "bad_list"


@pytest.mark.parametrize("written", ["30,150", "0,120", "90,210\u00b0", "1,359", "120,50", "120,5", "180,0", "30,15"])
def test_a_comma_between_two_azimuths_is_never_guessed(written: str) -> None:
    assert _read(written, AZIMUTHS) == "list_ambiguous"


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("120,0", (120,)),
        ("0,0", (0,)),
        ("117,5", (117.5,)),
        ("120,0\u00b0", (120,)),
        ("120, 0", (120, 0)),
        ("0,120", "list_ambiguous"),
        ("117,50", "list_ambiguous"),
        ("0,120,240", (0, 120, 240)),
    ],
)
def test_one_digit_behind_a_comma_is_a_decimal_in_a_row_of_one_cell(written: str, values: object) -> None:
    batch = _batch(written)
    (found,) = listed(batch, "x", AZIMUTHS, one_cell=[True])
    codes = [problem.code for problem in batch.log]
    assert (codes[0] if codes else found) == values


def test_about_a_value_is_no_range() -> None:
    assert _read("~30", HEIGHTS_M, 1) == "bad_list"


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("30.150.270", "bad_list"),
        ("30.150", (30.15,)),
        ("30,361", (30.361,)),
        ("30, 150", (30, 150)),
        ("30 150", (30, 150)),
        ("0 120", (0, 120)),
        ("0, 120", (0, 120)),
        ("0,120,240", (0, 120, 240)),
        ("0+120+240", (0, 120, 240)),
        ("120", (120,)),
        ("400", "impossible_value"),
        ("30, 400", "impossible_value"),
        ("0-360", "range_not_value"),
        ("0,120, 240", "list_ambiguous"),
    ],
)
def test_azimuths(written: str, values: object) -> None:
    assert _read(written, AZIMUTHS) == values


@pytest.mark.parametrize(
    ("written", "sectors", "values"),
    [
        ("2, 3", 2, (2, 3)),
        ("2, 3", 1, "sectors_differ"),
        ("2,3", 1, (2.3,)),
        ("2,3", 3, (2.3,)),
        ("2,3", 2, "list_ambiguous"),
        ("2.3", 2, (2.3,)),
        ("2,5, 3,5", 2, (2.5, 3.5)),
        ("2,5, 3,5", 4, (2, 5, 3, 5)),
        ("2,5, 3,5", 3, "sectors_differ"),
        ("2,3,4", 3, (2, 3, 4)),
        ("2,3,4,5", 3, "sectors_differ"),
        ("2/3", 3, "sectors_differ"),
        ("2/3", 1, "sectors_differ"),
        ("2", 3, (2,)),
        ("3 5", 2, (3, 5)),
        ("3 5", 1, "sectors_differ"),
        ("2+4", 1, "sum_not_value"),
        ("2+4", 2, "sum_not_value"),
        ("2+4+3", 3, "sum_not_value"),
        ("-95", 1, "impossible_value"),
        ("2,100", 2, (2.1,)),
    ],
)
def test_tilts_are_one_for_all_sectors_or_one_for_each(written: str, sectors: int, values: object) -> None:
    assert _read(written, TILTS, sectors) == values


@pytest.mark.parametrize(
    ("written", "sectors", "values"),
    [
        ("30, 24", 2, (30, 24)),
        ("30, 24", 1, "sectors_differ"),
        ("30,24", 1, (30.24,)),
        ("30,24", 2, "list_ambiguous"),
        ("42,50", 2, "list_ambiguous"),
        ("42,0", 2, (42.0,)),
        ("42,5", 2, (42.5,)),
        ("42,05", 2, (42.05,)),
        ("42,00", 2, (42.0,)),
        ("42,125", 2, (42.125,)),
        ("1,200", 2, (1.2,)),
        ("150,5", 2, (150.5,)),
        ("42,0/36,5", 2, (42, 36.5)),
        ("42,0, 36,5", 2, (42, 36.5)),
        ("30.150.270", 3, "bad_list"),
        ("30 24", 2, (30, 24)),
        ("30/30/24", 3, (30, 30, 24)),
        ("30/24", 3, "sectors_differ"),
        ("12+18", 1, "sum_not_value"),
        ("30-42", 2, "range_not_value"),
        ("1 500", 1, "impossible_value"),
        ("1.500,5", 1, "impossible_value"),
    ],
)
def test_heights(written: str, sectors: int, values: object) -> None:
    assert _read(written, HEIGHTS_M, sectors) == values


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("10, 20", (10, 20)),
        ("10 ,20", (10, 20)),
        ("10 20", (10, 20)),
        ("10+20", (10, 20)),
        ("10/20", (10, 20)),
        ("10 MHz, 20 MHz", (10, 20)),
        ("1,4", (1.4,)),
        ("4,2", (4.2,)),
        ("10", (10,)),
        ("1.4,20", (1.4, 20)),
        ("1 800", (1800,)),
        ("10,20", "list_ambiguous"),
        ("10,20 MHz", "list_ambiguous"),
        ("5,10", "list_ambiguous"),
        ("100,20", "list_ambiguous"),
        ("5-20", "range_not_value"),
    ],
)
def test_bandwidths(written: str, values: object) -> None:
    assert _read(written, BANDWIDTHS_MHZ) == values


_SIGNS = ("/", ";", ",", ", ", " ,", ",\u00a0", " ", "-", "+", " / ", "|", "&", "\n", " và ")
_DEGREES = st.integers(0, 360).map(str)
_TILTS = st.tuples(st.integers(0, 15), st.sampled_from(("", ".0", ",0", ".5", ",5", ",25", ".25"))).map(
    lambda parts: f"{parts[0]}{parts[1]}"
)


@given(st.lists(_DEGREES, min_size=1, max_size=4), st.sampled_from(_SIGNS))
def test_azimuths_are_those_that_were_written_or_an_error(written: list[str], sign: str) -> None:
    found = _read(sign.join(written), AZIMUTHS)
    assert isinstance(found, str) or found == tuple(map(float, written))


@given(st.lists(_TILTS, min_size=1, max_size=4), st.sampled_from(_SIGNS))
def test_tilts_are_those_that_were_written_or_an_error(written: list[str], sign: str) -> None:
    found = _read(sign.join(written), TILTS, len(written))
    assert isinstance(found, str) or found == tuple(float(one.replace(",", ".")) for one in written)


def test_a_row_whose_azimuths_are_unclear_has_no_second_problem_for_it() -> None:
    batch = _batch("2,3")
    assert listed(batch, "x", TILTS, sectors=[None]) == [()]
    assert not list(batch.log)


def test_the_problem_names_the_readings_and_both_counts() -> None:
    batch = _batch("30,150")
    listed(batch, "x", AZIMUTHS)
    (problem,) = [one.document() for one in batch.log]
    assert "30.15 | 30 / 150" in problem["why_en"]
    assert "30.15 | 30 / 150" in problem["why_vi"]
    batch = _batch("2/3/4")
    listed(batch, "x", TILTS, sectors=[2])
    (problem,) = [one.document() for one in batch.log]
    assert "3 values" in problem["why_en"]
    assert "2 sector(s)" in problem["why_en"]
    assert "3 giá trị" in problem["why_vi"]
    assert "2 sector" in problem["why_vi"]
