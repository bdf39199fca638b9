"""Reads single cells: numbers, counts, dates and words as Vietnamese and English files write them."""

from __future__ import annotations

import calendar
import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

from geo.domain.codes import normalise_label, plain_letters
from geo.intake.tables import text_of

_UNIT_TAIL = re.compile(r"(?i)\s*(mhz|ghz|dbm|dbi|db|mbps|mb/s|km2|km²|ha|m|w|deg|độ|°|người|hộ|khẩu|cổng)\.?$")
# The grammar of a number; blanks of every kind are one space here. Nothing else may stand between digits.
_PLAIN = re.compile(r"(?P<sign>[+-]?) ?(?P<whole>\d*)(?:[.,](?P<decimals>\d*))?(?P<power>e[+-]?\d+)?", re.IGNORECASE)
_GROUPED = re.compile(
    r"(?P<sign>[+-]?) ?(?P<whole>[1-9]\d{0,2}(?P<mark>[.,' ])\d{3}(?:(?P=mark)\d{3})*)"
    r"(?:(?!(?P=mark))[.,](?P<decimals>\d+))?"
)
_LINES = re.compile(r"\S\s*[\r\n]\s*\S")


class Unreadable:
    """Marks a cell that has a value which cannot be read as what the field needs."""


UNREADABLE = Unreadable()
Number = float | Unreadable | None


def parse_number(value: Any) -> Number:
    """Return a cell as a number: decimal comma or point, thousands separators, a unit at the end.

    A single comma or point is a decimal separator: 12,667 is a bit more than twelve. Thousands are groups of three
    digits with the same mark between all of them: a comma, a point, an apostrophe or a blank. A blank beside a comma or
    point is no part of a number, because it separates a list: 30, 150 is `UNREADABLE`.
    """
    return _parse(value, whole=False)


def parse_count(value: Any) -> Number:
    """Return a cell as a count of things: a single comma or point before three digits separates thousands."""
    return _parse(value, whole=True)


def _parse(value: Any, *, whole: bool) -> Number:
    if isinstance(value, bool):
        return UNREADABLE
    if isinstance(value, int | float):
        return float(value) if value == value and abs(value) != float("inf") else None
    text = text_of(value)
    if text is None:
        return None
    if isinstance(value, str) and _LINES.search(value):
        return UNREADABLE
    bare = _UNIT_TAIL.sub("", text)
    forms = (_GROUPED, _PLAIN) if whole else (_PLAIN, _GROUPED)
    found = next((match for form in forms if (match := form.fullmatch(bare))), None)
    return UNREADABLE if found is None else _value(found.groupdict())


def _value(parts: Mapping[str, str | None]) -> Number:
    digits = re.sub(r"\D", "", parts["whole"] or "")
    decimals = parts["decimals"] or ""
    if not digits and not decimals:
        return UNREADABLE
    number = float(f"{parts['sign']}{digits or '0'}.{decimals or '0'}{parts.get('power') or ''}")
    return number if math.isfinite(number) else UNREADABLE


_DAY_FIRST = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})")
_YEAR_FIRST = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})(?:[t ].*)?")
_MONTH = re.compile(r"(?:thang|t)?\s*\.?(\d{1,2})\s*[/.\-\s]\s*(?:nam\s*)?(\d{4})")
_QUARTER = re.compile(r"(?:quy|q)\s*\.?\s*(iv|i{1,3}|[1-4])\s*[/.\-, ]\s*(?:nam\s*)?(\d{4})")
_YEAR = re.compile(r"(?:nam\s*)?((?:19|20)\d{2})")
_QUARTERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
# Day 0 of spreadsheets, which count a 29 February 1900 that never was.
_SPREADSHEET_EPOCH = dt.date(1899, 12, 30)
_SERIALS = (20_000, 80_000)


def parse_date(value: Any) -> dt.date | Unreadable | None:
    """Return a cell as a date; of a month, a quarter or a year the last day, by which it was true at the latest."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and value == value:
        return _from_serial(float(value))
    text = text_of(value)
    if text is None:
        return None
    if text.isdigit() and len(text) == 5:
        return _from_serial(float(text))
    try:
        return _from_words(plain_letters(text).strip())
    except ValueError:
        return UNREADABLE


def _from_serial(number: float) -> dt.date | Unreadable:
    if _SERIALS[0] <= number <= _SERIALS[1]:
        return _SPREADSHEET_EPOCH + dt.timedelta(days=int(number))
    if number.is_integer() and 1950 <= number <= 2100:
        return dt.date(int(number), 12, 31)
    return UNREADABLE


def _from_words(text: str) -> dt.date | Unreadable:
    if found := _DAY_FIRST.match(text):
        day, month, year = (int(part) for part in found.groups())
        return dt.date(year if year > 99 else year + (2000 if year < 70 else 1900), month, day)
    if found := _YEAR_FIRST.fullmatch(text):
        return dt.date(*(int(part) for part in found.groups()))
    if found := _QUARTER.fullmatch(text):
        quarter = found.group(1)
        return _month_end(int(found.group(2)), 3 * (_QUARTERS.get(quarter) or int(quarter)))
    if found := _MONTH.fullmatch(text):
        return _month_end(int(found.group(2)), int(found.group(1)))
    if found := _YEAR.fullmatch(text):
        return dt.date(int(found.group(1)), 12, 31)
    return UNREADABLE


def _month_end(year: int, month: int) -> dt.date:
    if not 1 <= month <= 12:
        raise ValueError(f"not a month: {month}")
    return dt.date(year, month, calendar.monthrange(year, month)[1])


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Mapping[str, Sequence[str]]]:
    text = resources.files("geo.intake").joinpath("words.yaml").read_text(encoding="utf-8")
    content: dict[str, dict[str, list[str]]] = yaml.safe_load(text)
    return content


@lru_cache(maxsize=32)
def word_list(name: str) -> Mapping[str, str]:
    """Return the meaning of each word of a list of `words.yaml`, by the word in plain letters."""
    return {
        normalise_label(str(word)): str(meaning)
        for meaning, words in _words()[name].items()
        for word in (meaning, *words)
    }


@lru_cache(maxsize=8)
def spellings(name: str) -> Mapping[str, str]:
    """Return the meaning of each word of a list of `words.yaml`, by the word without diacritics, signs kept."""
    return {
        plain_letters(str(word)): str(meaning)
        for meaning, words in _words()[name].items()
        for word in (meaning, *words)
    }


def parse_word(value: Any, name: str) -> str | Unreadable | None:
    """Return what a word means in a list of `words.yaml`, `UNREADABLE` for a word that is not in it."""
    text = text_of(value)
    if text is None:
        return None
    return word_list(name).get(normalise_label(text), UNREADABLE)


def parse_yes(value: Any) -> bool | Unreadable | None:
    """Return a mark as yes or no: x, 1, Có, Yes … or 0, Không, No …; a dash is no statement."""
    if isinstance(value, bool):
        return value
    text = text_of(value)
    if text is None:
        return None
    if text in ("✓", "✔", "√", "☑", "●", "+"):
        return True
    meaning = word_list("yes_no").get(normalise_label(text))
    if meaning is not None:
        return meaning == "true"
    number = parse_number(text)
    return number > 0 if isinstance(number, float) else UNREADABLE
