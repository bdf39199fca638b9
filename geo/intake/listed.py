"""Cells of a sheet that list numbers, one for each sector or carrier: azimuths, tilts, heights, bandwidths.

The grammar; every reading takes the cell as a whole:

    cell   = number {sign number}               a trailing sign says nothing: "0/120/240/"; also in square brackets
    sign   = one of / ; | & + "," "va" "and", a blank, or between three numbers and more a dash
    range  = number "-" number                  also with other dashes, ~ and ÷: no value

All signs of a cell are the same one, but for words and "&", as before the last number. A comma with a blank on either
side is always a sign. The readings are: (1) the cell is one number, with decimals or thousands; (2) every comma is a
sign; (3) a comma without a blank is that of decimals. Which of them count is decided by what the field can hold: its
limits, how wide channels are, that heights have two digits, and how many sectors the row has; an azimuth with one digit
behind its comma is one number in a row that is one cell. Where none is left, or several that differ, the cell is an
error; nothing is ever chosen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from geo.domain.codes import normalise_label, plain_letters
from geo.intake.tables import Batch, text_of
from geo.intake.values import UNREADABLE, Number, Unreadable, parse_number

Values = tuple[float | None, ...]
NOT_STATED: Values = (None,)
# What a cell with an error says.
UNCLEAR: Values = ()
_BETWEEN = (
    r"\s*,?\s*\b(?P<word>va|and)\b\s*|\s*(?P<sign>[/;|&])\s*|(?P<comma>\s+,\s*|,\s+)|(?<=[\d.])\s*(?P<plus>\+)\s*(?=\d)"
    r"|(?<=[\d.])\s*(?P<dash>[\-\u2010-\u2015\u2212])\s*(?=-?\d)|\s*(?P<to>[~\u00f7])\s*|(?<=[\d.])(?P<blank>\s+)(?=[+-]?\d)"
)
_DECIMAL_COMMA = re.compile(_BETWEEN)
_LIST_COMMA = re.compile(rf"{_BETWEEN}|(?P<bare>,)")
# A list of a map file: [ 0, 120 ].
_BRACKETED = re.compile(r"\[\s*([^\[\]]*?)\s*\]")
_TRAILING = " ,;/|&"
_BEHIND_COMMA = re.compile(r"(?<=\d),(\d+)")
# What is read as thousands was meant as a list: 30.150.270.
_POINTS = re.compile(r"\d{1,3}(?:\.\d{3}){2,}")
_LINE_END = re.compile(r"\s*[,;]?\s*[\r\n]+\s*")
# Not that of degrees and minutes: 1°30'.
_DEGREES = re.compile(r"[°º˚](?!\d)")
_OMNI = frozenset({"omni", "vo huong", "dang huong", "omnidirectional", "da huong"})


@dataclass(frozen=True, slots=True)
class Readings:
    """Every way to read a cell, each as the numbers that it lists; `added` that a plus stands between them.

    `behind` is what stands behind each comma without a blank, as it is written.
    """

    lists: tuple[Values, ...]
    added: bool = False
    behind: tuple[str, ...] = field(default=(), compare=False)

    def each(self, convert: Callable[[float], float | None]) -> Readings:
        """Return the readings with every number converted."""
        lists = (tuple(None if one is None else convert(one) for one in values) for values in self.lists)
        return Readings(tuple(lists), self.added, self.behind)

    def __str__(self) -> str:
        return " | ".join(" / ".join("–" if one is None else f"{one:.10g}" for one in values) for values in self.lists)


class Range(Unreadable):
    """Marks a cell that states two ends and no value: 0-10."""


_RANGE = Range()


@dataclass(frozen=True, slots=True)
class ListForm:
    """What the cells of a field can hold: numbers from `minimum` to `maximum`.

    `adds`: a plus may be that of a sum (2+4 of two tilts), so that it is no sign of a list; `only`: what a comma
    without a blank can separate, None for anything; `behind`: how what stands behind such a comma must be written.
    """

    minimum: float
    maximum: float
    adds: bool = False
    only: frozenset[float] | None = None
    behind: re.Pattern[str] | None = None

    def holds(self, values: Values) -> bool:
        """Tell whether all numbers lie in the limits."""
        return all(one is None or self.minimum <= one <= self.maximum for one in values)

    def can_list(self, values: Values, behind: Sequence[str]) -> bool:
        """Tell whether numbers that may as well be one with decimals can be a list."""
        if len(values) == 1:
            return True
        written = self.behind is None or all(map(self.behind.fullmatch, behind))
        return written and (self.only is None or set(values) <= self.only)


AZIMUTHS = ListForm(0.0, 360.0)
TILTS = ListForm(-90.0, 90.0, adds=True)
# Two digits, not beginning with 0: 42,0 42,05 42,5 and 42,125 are decimals, of 30,24 nobody can say.
TWO_DIGITS = re.compile(r"[1-9]\d")
HEIGHTS_M = ListForm(0.0, 999.0, adds=True, behind=TWO_DIGITS)
# Channels of whole MHz; one of decimals is 1.4 or that of another technology.
_WIDTHS_MHZ = (3.0, 5.0, *(10.0 * tens for tens in range(1, 11)), 15.0, 25.0, 35.0, 45.0)
BANDWIDTHS_MHZ = ListForm(0.0, 10_000.0, only=frozenset(_WIDTHS_MHZ))


def read_list(value: Any, parse: Callable[[Any], Number] = parse_number) -> Readings | Unreadable:
    """Return every way to read a cell that lists numbers: 30; 0/120/240; 0-120-240; 30,150 in two ways.

    `parse` reads one number. An empty cell and "Omni" are one number that is not stated.
    """
    if isinstance(value, Readings):
        return value
    number = parse(value)
    if number is None:
        return Readings((NOT_STATED,))
    text = text_of(_LINE_END.sub(";", value.strip()) if isinstance(value, str) else value) or ""
    if normalise_label(text) in _OMNI:
        return Readings((NOT_STATED,))
    bracketed = _BRACKETED.fullmatch(text)
    plain = _DEGREES.sub("", plain_letters(bracketed[1] if bracketed else text)).rstrip(_TRAILING)
    number = parse(plain) if isinstance(number, Unreadable) else number
    found: list[Values] = [(number,)] if isinstance(number, float) else []
    splits = [_split(plain, pattern) for pattern in (_LIST_COMMA, _DECIMAL_COMMA)]
    for parts, signs in splits:
        values = tuple(one for one in map(parse, parts) if isinstance(one, float))
        is_list = len(signs) <= 1 and not _is_range(parts, signs)
        if is_list and len(values) == len(parts) > 1 and values not in found:
            found.append(values)
    if found:
        added = any("+" in signs for _, signs in splits)
        return Readings(tuple(found), added, tuple(_BEHIND_COMMA.findall(plain)))
    return _RANGE if any(_is_range(parts, signs) for parts, signs in splits) else UNREADABLE


def _split(text: str, pattern: re.Pattern[str]) -> tuple[list[str], set[str]]:
    """Return what stands between signs, and the different signs; words and "&" go with any other."""
    parts: list[str] = []
    signs: set[str] = set()
    at = 0
    for found in pattern.finditer(text):
        parts.append(text[at : found.start()])
        kind = found.lastgroup or ""
        signs.add({"sign": found[kind], "comma": ",", "bare": ",", "plus": "+"}.get(kind, kind))
        at = found.end()
    return [*parts, text[at:]], signs - {"word", "&"}


def _is_range(parts: Sequence[str], signs: set[str]) -> bool:
    return ("to" in signs and bool(parts[0])) or ("dash" in signs and (len(parts) == 2 or len(signs) > 1))


def listed(
    batch: Batch,
    name: str,
    form: ListForm,
    *,
    sectors: Sequence[int | None] | None = None,
    one_cell: Sequence[bool] | None = None,
) -> list[Values]:
    """Return the numbers that each cell of a field lists, noting each that cannot be told for certain.

    `sectors` says how many sectors a row has (None: not known); a cell then lists one number, or one for each. Of a row
    that is `one_cell` a comma with one digit behind it is that of decimals. A cell with an error lists none.
    """
    if not batch.has(name):
        return [NOT_STATED] * batch.size
    result: list[Values] = []
    for i, readings in enumerate(batch.parsed(name, read_list)):
        if one_cell is not None and one_cell[i]:
            readings = _without_list(readings)
        count = None if sectors is None else sectors[i]
        values, code, context = _choose(readings, form, count)
        if code == "impossible_value" and _POINTS.fullmatch(str(batch.column(name)[i]).strip()):
            code = "bad_list"
        # Two readings are no second problem of a row that has one with its azimuths.
        known = sectors is None or count is not None or code != "list_ambiguous"
        if code is not None and known and not batch.folded[i]:
            batch.report(code, [i], name=name, **context)
        result.append(values)
    return result


def lists_several(batch: Batch, name: str) -> list[bool]:
    """Tell of each row whether its cell of a field can only be several numbers."""
    return [
        isinstance(readings, Readings) and all(len(values) > 1 for values in readings.lists)
        for readings in batch.parsed(name, read_list)
    ]


def _without_list(readings: Readings | Unreadable) -> Readings | Unreadable:
    """Return the readings of one number where a single comma has one digit behind it: 120,0."""
    if isinstance(readings, Unreadable) or [len(digits) for digits in readings.behind] != [1]:
        return readings
    single = tuple(values for values in readings.lists if len(values) == 1)
    return Readings(single, readings.added, readings.behind) if single else readings


def _choose(
    readings: Readings | Unreadable, form: ListForm, count: int | None
) -> tuple[Values, str | None, dict[str, Any]]:
    """Return the one reading that fits the field and the row; else what the problem is and what fills its texts."""
    if isinstance(readings, Unreadable):
        return UNCLEAR, "range_not_value" if isinstance(readings, Range) else "bad_list", {}
    if readings.added and form.adds:
        return UNCLEAR, "sum_not_value", {}
    fitting = [values for values in readings.lists if count is None or len(values) in (1, count)]
    if not fitting:
        return UNCLEAR, "sectors_differ", {"values": len(readings.lists[-1]), "sectors": count}
    if len(fitting) > 1:
        possible = (values for values in fitting if form.holds(values) and form.can_list(values, readings.behind))
        fitting = list(possible) or fitting[:1]
    if len(fitting) > 1:
        return UNCLEAR, "list_ambiguous", {"readings": str(Readings(tuple(fitting)))}
    if not form.holds(fitting[0]):
        return fitting[0], "impossible_value", {"minimum": f"{form.minimum:g}", "maximum": f"{form.maximum:g}"}
    return fitting[0], None, {}
