"""Checks that every kind of input shares: numbers, counts, dates and words of a field, with their problems."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from geo.intake.tables import Batch
from geo.intake.values import Unreadable, parse_count, parse_date, parse_number, parse_word, parse_yes

# Numbers of a site list of which a row has one for all its cells.
ONE_FOR_A_ROW = frozenset({"power_dbm", "power_w", "power_unclear", "eirp_dbm", "antenna_gain_dbi", "reach_km"})
_LARGEST_COUNT = 2_000_000_000.0


@dataclass(frozen=True, slots=True)
class Needed:
    """A field that a table must have, in one of several ways; `also` is the option that can take its place."""

    ways: tuple[tuple[str, ...], ...]
    vi: str
    en: str
    also: str = ""


POSITION = Needed((("lon", "lat"), ("x", "y"), ("coordinates",)), "tọa độ", "coordinates")


def require_columns(batch: Batch, needed: Sequence[Needed]) -> None:
    """Note each table that lacks a needed column, once, and leave its rows out."""
    for number, origin in enumerate(batch.origins):
        missing = [one for one in needed if not any(set(way) <= set(origin.labels) for way in one.ways)]
        if origin.table.geometry is not None:
            missing = [one for one in missing if one is not POSITION]
        for one in missing:
            also = f"; hoặc {one.also}", f"; or use {one.also}"
            batch.log.add(
                "missing_column",
                file=origin.table.file,
                sheet=origin.table.sheet,
                missing_vi=one.vi,
                missing_en=one.en,
                found=", ".join(label for label in origin.table.header if label),
                also_vi=also[0] if one.also else "",
                also_en=also[1] if one.also else "",
            )
        if missing:
            end = batch.origins[number + 1].start if number + 1 < len(batch.origins) else batch.size
            batch.bad[origin.start : end] = True


def numbers(
    batch: Batch,
    name: str,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
) -> list[float | None]:
    """Return a field as numbers; an unreadable one, or one outside the limits, is an error of its row."""
    return _checked(batch, name, batch.parsed(name, parse_number), minimum, maximum)


def counts(batch: Batch, name: str) -> list[int | None]:
    """Return a field as whole numbers of things; a negative or unreadable one is an error of its row."""
    values = _checked(batch, name, batch.parsed(name, parse_count), 0.0, _LARGEST_COUNT)
    return [None if value is None else round(value) for value in values]


def known(batch: Batch, name: str, rows: Sequence[Sequence[float | None]]) -> list[tuple[float | None, ...]]:
    """Return the numbers of each row with None for 0, which no such thing can have, naming the rows that say so."""
    zero = [i for i, values in enumerate(rows) if 0.0 in values and not batch.bad[i] and not batch.folded[i]]
    batch.report_folded("zero_means_unknown", zero, name=name)
    return [tuple(one or None for one in values) for values in rows]


def known_numbers(batch: Batch, name: str, values: Sequence[float | None]) -> list[float | None]:
    """Return numbers with None for 0 as `known` does, of a field that has one for each row."""
    return [one for (one,) in known(batch, name, [(value,) for value in values])]


def report_no_watts(batch: Batch, name: str) -> None:
    """Name the rows whose power was 0 in watt: it has no level, so that nothing is left of it in dBm."""
    raw, _ = batch.written.get(name, ([], ""))
    now = batch.fields[name] if raw else []
    none = [i for i, (old, new) in enumerate(zip(raw, now, strict=True)) if old is not None and new is None]
    zero = [i for i in none if not batch.bad[i] and not batch.folded[i]]
    batch.report_folded("zero_means_unknown", zero, name=name)


def dates(batch: Batch, name: str) -> list[dt.date | None]:
    """Return a field as dates; an unreadable one is an error of its row."""
    parsed = batch.parsed(name, parse_date)
    _report_unreadable(batch, name, parsed, "bad_date")
    return [value if isinstance(value, dt.date) else None for value in parsed]


def words(batch: Batch, name: str, *, listed: str, code: str) -> list[str | None]:
    """Return what the words of a field mean in a list of `words.yaml`; `code` is the problem of an unknown word."""
    parsed = batch.parsed(name, lambda value: parse_word(value, listed))
    _report_unreadable(batch, name, parsed, code)
    return [value if isinstance(value, str) else None for value in parsed]


def marks(batch: Batch, name: str) -> list[bool | None]:
    """Return a field of marks (x, 1, Có …) as yes, no or nothing; an unknown mark is an error of its row."""
    parsed = batch.parsed(name, parse_yes)
    _report_unreadable(batch, name, parsed, "unknown_mark")
    return [value if isinstance(value, bool) else None for value in parsed]


def _report_unreadable(batch: Batch, name: str, parsed: list[Any], code: str) -> None:
    bad = [i for i, value in enumerate(parsed) if isinstance(value, Unreadable) and not batch.folded[i]]
    batch.report(code, bad, name=name)


def _checked(
    batch: Batch, name: str, parsed: list[Any], minimum: float | None, maximum: float | None
) -> list[float | None]:
    _report_unreadable(batch, name, parsed, "bad_number_of_row" if name in ONE_FOR_A_ROW else "bad_number")
    result = [value if isinstance(value, float) else None for value in parsed]
    impossible = [i for i, value in enumerate(result) if _outside(value, minimum, maximum) and not batch.folded[i]]
    batch.report(
        "impossible_value",
        impossible,
        name=name,
        minimum="–" if minimum is None else f"{minimum:.10g}",
        maximum="–" if maximum is None else f"{maximum:.10g}",
    )
    return result


def _outside(value: float | None, minimum: float | None, maximum: float | None) -> bool:
    if value is None:
        return False
    return (minimum is not None and value < minimum) or (maximum is not None and value > maximum)
