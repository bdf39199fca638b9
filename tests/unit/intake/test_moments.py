"""Moments: every way to write a date with a time, with and without a zone."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from geo.intake.moments import join_moment, parse_moment
from geo.intake.values import UNREADABLE, Unreadable, parse_date

HERE = ZoneInfo("Asia/Ho_Chi_Minh")


def moment(text: str) -> int:
    return int(dt.datetime.fromisoformat(text).timestamp() * 1_000_000)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-05 14:30:00", "2026-03-05T07:30:00+00:00"),
        ("2026-03-05T14:30:00Z", "2026-03-05T14:30:00+00:00"),
        ("2026-03-05T14:30:00.123456789+07:00", "2026-03-05T07:30:00.123456+00:00"),
        ("2026-03-05 14:30:00 UTC", "2026-03-05T14:30:00+00:00"),
        ("05/03/2026 14:30", "2026-03-05T07:30:00+00:00"),
        ("5.3.2026 4:30:07.5", "2026-03-04T21:30:07.500000+00:00"),
        ("05/03/2026 14:30:00 +09:00", "2026-03-05T05:30:00+00:00"),
        (1772696460, "2026-03-05T07:41:00+00:00"),
        ("1772696460000", "2026-03-05T07:41:00+00:00"),
        (1772696460000000.0, "2026-03-05T07:41:00+00:00"),
        (46086.5, "2026-03-05T05:00:00+00:00"),
        (dt.datetime.fromisoformat("2026-03-05T14:30:00"), "2026-03-05T07:30:00+00:00"),
    ],
)
def test_a_time_without_a_zone_is_local(written: object, meant: str) -> None:
    assert parse_moment(written, HERE) == moment(meant)


@pytest.mark.parametrize("written", ["05/03/2026", "2026-03-05", "14:30", "yesterday", "32/03/2026 14:30", 46086, "12"])
def test_what_is_no_moment_is_unreadable(written: object) -> None:
    assert isinstance(parse_moment(written, HERE), Unreadable)


def test_nothing_is_nothing() -> None:
    assert parse_moment("", HERE) is None
    assert parse_moment(" - ", HERE) is None


@pytest.mark.parametrize("clock", ["14:30:00", "14h30", "14:30", dt.time(14, 30), 0.604166666666667])
def test_date_and_clock_in_two_columns(clock: object) -> None:
    assert join_moment(parse_date("05/03/2026"), clock, HERE) == moment("2026-03-05T07:30:00+00:00")


def test_half_a_moment_is_none() -> None:
    assert join_moment(None, "14:30", HERE) is None
    assert join_moment(parse_date("05/03/2026"), None, HERE) is None
    assert join_moment(UNREADABLE, "14:30", HERE) is UNREADABLE
    assert join_moment(parse_date("05/03/2026"), "25:00", HERE) is UNREADABLE
