"""Numbers, counts, dates and words of single cells."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.intake.cells import parse_technologies
from geo.intake.values import UNREADABLE, parse_count, parse_date, parse_number, parse_word, parse_yes


@pytest.mark.parametrize(
    ("written", "number", "count"),
    [
        ("1.234", 1.234, 1234.0),
        ("1,234", 1.234, 1234.0),
        ("1.234.567", 1_234_567.0, 1_234_567.0),
        ("1.234,5", 1234.5, 1234.5),
        ("1,234.5", 1234.5, 1234.5),
        ("12,5", 12.5, 12.5),
        ("85 hộ", 85.0, 85.0),
        ("40 W", 40.0, 40.0),
        (3, 3.0, 3.0),
        ("- 5,5", -5.5, -5.5),
        (",5", 0.5, 0.5),
        ("1.5e3", 1500.0, 1500.0),
        # Blanks of every kind separate thousands, and nothing else.
        ("1 800", 1800.0, 1800.0),
        ("1\u00a0800", 1800.0, 1800.0),
        ("1\u202f400\u2009853,968", 1_400_853.968, 1_400_853.968),
        ("1'234'567.5", 1_234_567.5, 1_234_567.5),
        ("12 5", UNREADABLE, UNREADABLE),
        ("0 120", UNREADABLE, UNREADABLE),
        ("1\n800", UNREADABLE, UNREADABLE),
        # A blank beside a comma or point is no part of a number.
        ("30, 150", UNREADABLE, UNREADABLE),
        ("30 ,150", UNREADABLE, UNREADABLE),
        ("30 , 150", UNREADABLE, UNREADABLE),
        ("30,\u00a0150", UNREADABLE, UNREADABLE),
        ("30\u2009,150", UNREADABLE, UNREADABLE),
        ("1, 800", UNREADABLE, UNREADABLE),
        ("12. 5", UNREADABLE, UNREADABLE),
        # Groups of thousands have three digits each and one mark.
        ("1.4,20", UNREADABLE, UNREADABLE),
        ("10,1.4", UNREADABLE, UNREADABLE),
        ("1,2,3", UNREADABLE, UNREADABLE),
        ("1.234'567", UNREADABLE, UNREADABLE),
        (".", UNREADABLE, UNREADABLE),
        ("1e999", UNREADABLE, UNREADABLE),
        ("", None, None),
        ("-", None, None),
        ("#N/A", None, None),
        ("abc", UNREADABLE, UNREADABLE),
        (True, UNREADABLE, UNREADABLE),
    ],
)
def test_numbers(written: object, number: object, count: object) -> None:
    assert parse_number(written) == number
    assert parse_count(written) == count


@given(st.integers(0, 10**9))
def test_vietnamese_thousands_read_back(value: int) -> None:
    assert parse_count(f"{value:,}".replace(",", ".")) == value


@given(st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 4)))
def test_a_decimal_comma_reads_back(value: float) -> None:
    assert parse_number(f"{value:.4f}".replace(".", ",")) == pytest.approx(value)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("05/03/2021", dt.date(2021, 3, 5)),
        ("5-3-21", dt.date(2021, 3, 5)),
        ("2021-03-05", dt.date(2021, 3, 5)),
        ("2021-03-05T10:00:00", dt.date(2021, 3, 5)),
        (44260, dt.date(2021, 3, 5)),
        ("44260", dt.date(2021, 3, 5)),
        (dt.datetime(2021, 3, 5, 10), dt.date(2021, 3, 5)),  # noqa: DTZ001 (as a spreadsheet gives it)
        ("T12/2025", dt.date(2025, 12, 31)),
        ("tháng 2/2024", dt.date(2024, 2, 29)),
        ("Quý IV/2025", dt.date(2025, 12, 31)),
        ("Q1/2024", dt.date(2024, 3, 31)),
        ("năm 2024", dt.date(2024, 12, 31)),
        (2024, dt.date(2024, 12, 31)),
        ("31/02/2025", UNREADABLE),
        ("T13/2025", UNREADABLE),
        ("hôm qua", UNREADABLE),
        (None, None),
    ],
)
def test_dates(written: object, day: object) -> None:
    assert parse_date(written) == day


@pytest.mark.parametrize(
    ("written", "meaning"),
    [("x", True), ("1", True), (1.0, True), ("Có", True), ("✓", True), (0, False), ("Không", False), ("?", UNREADABLE)],
)
def test_marks(written: object, meaning: object) -> None:
    assert parse_yes(written) == meaning


def test_words() -> None:
    assert parse_word("Đang phát sóng", "status") == "on_air"
    assert parse_word("Co\u0301", "grid_power") == "national_grid"
    assert parse_word("Quốc lộ", "road_class") == "national"
    assert parse_word("gì đó", "status") is UNREADABLE


def test_technologies() -> None:
    assert parse_technologies("2G/3G/4G") == ("2G", "3G", "4G")
    assert parse_technologies("LTE") == ("4G",)
    assert parse_technologies("GSM + UMTS") == ("2G", "3G")
    assert parse_technologies("6X") is UNREADABLE
