"""Reads moments: a date with a time, with or without a zone."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from geo.intake.tables import text_of
from geo.intake.values import UNREADABLE, Unreadable

Micros = int | Unreadable | None
MICROS_PER_S = 1_000_000

_DAY_FIRST = re.compile(
    r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})[ T,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?"
)
_CLOCK = re.compile(r"(\d{1,2})[:h](\d{2})(?:[:m](\d{2})(?:[.,](\d{1,6}))?)?s?")
_ODD_FRACTION = re.compile(r"([.,])(\d+)")
# Day 0 of spreadsheets, which count a 29 February 1900 that never was.
_SPREADSHEET_EPOCH = dt.datetime.combine(dt.date(1899, 12, 30), dt.time())
_SERIALS = (30_000.0, 80_000.0)
# Seconds, milliseconds and microseconds since 1970, told apart by their size: all from 2001 to 2096.
_UNIX_UNITS = ((1e9, 4e9, 1_000_000), (1e12, 4e12, 1_000), (1e15, 4e15, 1))
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def parse_moment(value: Any, zone: dt.tzinfo) -> Micros:
    """Return a cell as microseconds since 1970 UTC; a time without a zone is read in `zone`.

    Reads ISO 8601, day/month/year with a time, a spreadsheet's day number, and seconds, milliseconds or microseconds
    since 1970. A date without a time of day is not a moment.
    """
    if isinstance(value, dt.datetime):
        return _micros(value, zone)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_number(float(value), zone)
    text = text_of(value)
    if text is None:
        return None
    try:
        found = _from_text(text)
        if isinstance(found, dt.datetime):
            return _micros(found, zone)
        return UNREADABLE if found is None else _from_number(found, zone)
    except (ValueError, OverflowError):
        return UNREADABLE


def join_moment(day: Any, clock: Any, zone: dt.tzinfo) -> Micros:
    """Return a date cell and a clock cell together as `parse_moment` would."""
    if not isinstance(day, dt.date):
        return UNREADABLE if isinstance(day, Unreadable) else None
    time = _clock(clock)
    if not isinstance(time, dt.time):
        return time
    return _micros(dt.datetime.combine(day, time), zone)


def _clock(value: Any) -> dt.time | Unreadable | None:
    if isinstance(value, dt.datetime):
        return value.time()
    if isinstance(value, dt.time):
        return value
    if isinstance(value, float) and 0.0 <= value < 1.0:
        return (_SPREADSHEET_EPOCH + dt.timedelta(days=value)).time()
    text = text_of(value)
    if text is None:
        return None
    found = _CLOCK.fullmatch(text)
    if found is None:
        return UNREADABLE
    hour, minute, second, fraction = found.groups()
    try:
        return dt.time(int(hour), int(minute), int(second or 0), int((fraction or "0").ljust(6, "0")))
    except ValueError:
        return UNREADABLE


def _from_text(text: str) -> dt.datetime | float | None:
    """Return what a text says, None when it says no moment."""
    if text.replace(".", "", 1).isdigit():
        return float(text)
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year, hour, minute, second, fraction, offset = found.groups()
        clock = f"{hour:0>2}:{minute}:{second or '00'}.{(fraction or '0')[:6]:0<6}"
        return dt.datetime.fromisoformat(f"{year}-{month:0>2}-{day:0>2}T{clock}{offset or ''}")
    if ":" not in text:
        return None
    # At most six digits of a second are read; instruments write up to nine.
    return dt.datetime.fromisoformat(_ODD_FRACTION.sub(lambda part: "." + part[2][:6], text.replace(" UTC", "Z")))


def _from_number(value: float, zone: dt.tzinfo) -> Micros:
    if _SERIALS[0] <= value <= _SERIALS[1] and not value.is_integer():
        # A spreadsheet's day number is exact to about a microsecond; its times are written to the millisecond.
        serial = _SPREADSHEET_EPOCH + dt.timedelta(milliseconds=round(value * 86_400_000))
        return _micros(serial, zone)
    for low, high, factor in _UNIX_UNITS:
        if low <= value <= high:
            return round(value * factor)
    return UNREADABLE


def _micros(moment: dt.datetime, zone: dt.tzinfo) -> int:
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
    return (aware - _EPOCH) // dt.timedelta(microseconds=1)
