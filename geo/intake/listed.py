"""Cells of a sheet that list numbers, one for each sector or carrier: azimuths, heights, bandwidths."""

from __future__ import annotations

import re
from typing import Any

from geo.domain.codes import normalise_label
from geo.intake.tables import Batch, text_of
from geo.intake.values import UNREADABLE, Unreadable, parse_number

Values = tuple[float | None, ...]
_SEPARATORS = re.compile(r"\s*(?:[/;|+&]|,\s|\bvà\b|\band\b|(?<=\d)\s*-\s*(?=\d)|(?<=\d)\s+(?=\d))\s*")
# With a single comma: nobody states an azimuth to a thousandth of a degree, and channels are whole numbers but 1.4 MHz.
TWO_AZIMUTHS = re.compile(r"\d{1,3},\d{3}°?")
TWO_WIDTHS = re.compile(r"(?:3|5|[1-9]0|15|25|35|45|100),(?:3|5|[1-9]0|15|25|35|45|100)")
# Not that of degrees and minutes: 1°30'.
_DEGREES = re.compile(r"°(?!\d)")
_OMNI = frozenset({"omni", "vo huong", "dang huong", "omnidirectional", "da huong"})


def parse_values(value: Any) -> Values | Unreadable:
    """Return the numbers that a cell of a sheet lists, one for each sector: 30; 0/120/240; 0-120-240."""
    number = parse_number(value)
    if number is None:
        return (None,)
    text = _DEGREES.sub("", text_of(value) or "")
    if isinstance(number, float) and text.count(",") < 2:
        return (number,)
    if normalise_label(text) in _OMNI:
        return (None,)
    parts = text.split(",") if text.count(",") >= 2 else [part for part in _SEPARATORS.split(text) if part]
    listed = [parse_number(part) for part in parts]
    if any(not isinstance(one, float) for one in listed):
        return UNREADABLE
    return tuple(one for one in listed if isinstance(one, float))


def listed(
    batch: Batch, name: str, minimum: float, maximum: float, *, ambiguous: re.Pattern[str] | None = None
) -> list[Values]:
    """Return listed numbers; a cell that is `ambiguous` could be two of them or one with decimals: an error."""
    if not batch.has(name):
        return [(None,)] * batch.size
    if ambiguous is not None:
        written = (text_of(value) or "" for value in batch.column(name))
        unclear = [i for i, text in enumerate(written) if ambiguous.fullmatch(text) and not batch.folded[i]]
        batch.report("list_ambiguous", unclear, name=name)
    result: list[Values] = []
    for i, values in enumerate(batch.parsed(name, parse_values)):
        if isinstance(values, Unreadable):
            if not batch.folded[i]:
                batch.report("bad_number", [i], name=name)
            result.append((None,))
            continue
        if not batch.folded[i] and any(one is not None and not minimum <= one <= maximum for one in values):
            batch.report("impossible_value", [i], name=name, minimum=f"{minimum:g}", maximum=f"{maximum:g}")
        result.append(values)
    return result
