"""Brings numbers to the unit of their field, from the unit that their heading names or that stands behind them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from geo.domain.codes import normalise_label, plain_letters
from geo.intake.listed import Readings, read_list
from geo.intake.tables import Batch, text_of
from geo.intake.units import SQUARED, UNCHANGED, HeadingUnit, Scale, Units
from geo.intake.values import Number, parse_count, parse_number, spellings

QUANTITIES: Mapping[str, str] = {
    **dict.fromkeys(("lon", "lat", "x", "y"), "position"),
    **dict.fromkeys(("mast_height_m", "antenna_height_m"), "height_m"),
    **dict.fromkeys(("azimuth_deg", "mechanical_tilt_deg", "electrical_tilt_deg", "total_tilt_deg"), "angle_deg"),
    **dict.fromkeys(("band", "frequency_mhz", "bandwidth_mhz"), "frequency_mhz"),
    **dict.fromkeys(("power_dbm", "power_unclear", "eirp_dbm"), "power_dbm"),
    **dict.fromkeys(("level_dbm", "level_5g_dbm", "level_3g_dbm", "level_2g_dbm"), "level_dbm"),
    "antenna_gain_dbi": "gain_dbi",
    "power_w": "power_w",
    "reach_km": "range_km",
    "official_area_km2": "area_km2",
    "official_area_ha": "area_ha",
    "max_speed_mbps": "bit_rate_mbps",
    "population": "people",
    "households": "households",
    "households_passed": "households",
    "share": "share",
    "accuracy_m": "accuracy_m",
    "speed_kmh": "speed_kmh",
    "path_loss_db": "path_loss_db",
}
# Fields of numbers that have no unit.
_COUNTS = frozenset({"coordinates", "ports_total", "ports_free"})
# Fields whose values without a unit are guessed or not used: whether one is stated makes a difference.
_GUESSED = frozenset({"power_unclear", "reach_km"})
# Fields that are read with their own units: only a heading's is applied here.
_OWN_READER = frozenset({"lon", "lat", "x", "y", "band"})
# Fields that may list a value for each sector or band.
_LISTED = frozenset(
    {"antenna_height_m", "bandwidth_mhz", "frequency_mhz", "band"}
    | {name for name, quantity in QUANTITIES.items() if quantity == "angle_deg"}
)
# Fields in which a number without a unit may be one of another unit, or of a band.
_WITH_UNIT = frozenset({"band", "frequency_mhz"})
# What the reader of bands and frequencies knows itself.
_BAND_UNITS = frozenset({"mhz", "ghz"})
# Not the 3 of "B3".
_NUMBER = re.compile(r"(?<![a-z\d.,])\d+(?:[.,]\d+)*")
_NO_LETTERS = re.compile(r"[\d\s.,;/|+&-]*")
_LEADING_COMMA = re.compile(r"^\s*,\s*")
_OTHER_SEPARATOR = re.compile(r"[;/|+&]")
_BLANK_THOUSANDS = re.compile(r"\d{1,3}( \d{3})+")
_COMMA_BETWEEN_SMALL = r",(?!\d{3}(?!\d))"
_BETWEEN = re.compile(r"\s*(?:[/;|+&,-]|\bva\b|\band\b|$)")
# A unit of less than a hundredth of that of the field: m of a range in km, kHz, m².
_SMALL = 0.01
# Numbers that an instrument writes have a decimal point and no thousands separators.
_OF_INSTRUMENTS = frozenset({"accuracy_m", "speed_kmh", "lon", "lat", "x", "y"})
# What a spreadsheet makes of 10/20, 10:20 and, by format, 30:00.
_TIMES = dt.date | dt.time | dt.timedelta
Refusal = tuple[str, str | None, str]


class _WrongUnitError(Exception):
    """The value has a unit of another kind."""


def convert_units(
    batch: Batch, units: Units, *, chosen: frozenset[str] = frozenset(), told: set[Refusal] | None = None
) -> None:
    """Bring every field that has a unit to that unit; a heading or value with another kind of unit is an error.

    `chosen` are the headings that the user has named a field for: words in them that are not known are no unit. `told`
    collects headings that were refused, so that each is told once for all parts of a table.
    """
    refused: set[Refusal] = set() if told is None else told
    refuse_dates(batch)
    for name in [name for name in batch.fields if name in QUANTITIES]:
        raw = batch.fields[name]
        values, stated = list(raw), set[int]()
        for number, origin in enumerate(batch.origins):
            if name not in origin.labels:
                continue
            end = batch.origins[number + 1].start if number + 1 < len(batch.origins) else batch.size
            label = origin.labels[name]
            # Powers without a known unit are not used: see `geo.intake.cells`.
            known = name == "power_unclear" or normalise_label(label) in chosen
            heading = units.of(QUANTITIES[name], label, chosen=known)
            if heading is None:
                refuse_heading(batch, number, name, refused, known=units.names(QUANTITIES[name]))
                batch.bad[origin.start : end] = True
            else:
                stated |= _convert_part(batch, _Reader(name, heading, units), values, origin.start, end)
        if values != raw:
            batch.fields[name] = values
            batch.written[name] = raw, units.own[QUANTITIES[name]]
        if name in _GUESSED:
            batch.stated[name] = stated


def refuse_dates(batch: Batch) -> None:
    """Note each date in a column of numbers, and empty it: a spreadsheet makes one of 10/20 as it is typed."""
    for name in [name for name in batch.fields if name in QUANTITIES or name in _COUNTS]:
        values = batch.fields[name]
        wrong = [i for i, value in enumerate(values) if isinstance(value, _TIMES)]
        if wrong:
            listed = name in _LISTED
            batch.report(
                "date_not_number",
                wrong,
                name=name,
                list_vi=", hoặc ghi các giá trị bằng dấu chấm phẩy (10; 20)" if listed else "",
                list_en=", or write the values with a semicolon (10; 20)" if listed else "",
            )
            batch.fields[name] = [None if isinstance(value, _TIMES) else value for value in values]


def refuse_heading(batch: Batch, number: int, name: str, told: set[Refusal], *, known: str) -> None:
    """Note a heading of a table (by its number in the batch) with a unit that is not known, once."""
    table, label = batch.origins[number].table, batch.origins[number].labels[name]
    if (table.file, table.sheet, label) not in told:
        told.add((table.file, table.sheet, label))
        batch.log.add("unknown_unit", file=table.file, sheet=table.sheet, column=label, field=name, known=known)


def _convert_part(batch: Batch, reader: _Reader, values: list[Any], start: int, end: int) -> set[int]:
    """Convert the values of one table in place; returns the rows that state a unit."""
    known: dict[tuple[type, Any], tuple[Any, bool] | None] = {}
    stated: set[int] = set()
    wrong: list[int] = []
    for i in range(start, end):
        value = values[i]
        if value is None:
            continue
        key = (type(value), value)
        if key not in known:
            known[key] = reader.read(value)
        found = known[key]
        if found is None:
            wrong.append(i)
            continue
        values[i] = found[0]
        if found[1]:
            stated.add(i)
    wanted = reader.units.names(QUANTITIES[reader.name])
    batch.report("unknown_value_unit", wrong, name=reader.name, known=wanted)
    for i in wrong:
        values[i] = None
    return stated


@dataclass(frozen=True)
class _Reader:
    """Reads the values of a field in one table."""

    name: str
    heading: HeadingUnit
    units: Units

    def read(self, value: Any) -> tuple[Any, bool] | None:
        """Return a value in the unit of the field, and whether a unit is stated; None for one of another kind.

        What cannot be read is left as it is, for whoever reads the field.
        """
        if isinstance(value, bool | _TIMES):
            return value, False
        plain = not isinstance(value, str) or _NO_LETTERS.fullmatch(value)
        if self.heading.scale == UNCHANGED and plain:
            return value, self.heading.stated
        try:
            return self._read_text(plain_letters(text_of(value) or "").translate(SQUARED), value)
        except _WrongUnitError:
            return None

    def _read_text(self, text: str, value: Any) -> tuple[Any, bool]:
        parts = [(text, None)] if self.name in {"lon", "lat", "x", "y"} else _by_unit(text)
        if parts is None or (len(parts) > 1 and self.name not in _LISTED):
            return value, False
        named = [unit for _, unit in parts if unit is not None]
        if self.name in _OWN_READER and named:
            return value, True
        scales = [self._scale(unit) for _, unit in parts]
        if all(scale == UNCHANGED for scale in scales):
            own = not named or (QUANTITIES[self.name] == "frequency_mhz" and set(named) <= _BAND_UNITS)
            return value if own else "".join(_separate(parts)), bool(named) or self.heading.stated
        stated = bool(named) or self.heading.stated
        if len(parts) > 1:
            chunks = zip(_separate(parts), scales, strict=True)
            return "".join(self._each(chunk, scale) for chunk, scale in chunks), stated
        unclear = self._unclear(parts[0][0], scales[0])
        if unclear is not None:
            return unclear, stated
        number = self._number(parts[0][0], scales[0])
        listed = self.name in _WITH_UNIT or (self.name in _LISTED and parts[0][0].count(",") >= 2)
        listed = listed or self._separated(parts[0][0], scales[0]) != parts[0][0]
        if isinstance(number, float) and not listed:
            return scales[0].apply(number), stated
        return (self._each(parts[0][0], scales[0]), stated) if self.name in _LISTED else (value, False)

    def _unclear(self, text: str, scale: Scale) -> Readings | None:
        """Return every reading of a list of numbers that has several, each converted: 30,150 in feet."""
        if self.name not in _LISTED - _WITH_UNIT:
            return None
        found = read_list(self._separated(text, scale), lambda part: self._number(part, scale))
        return found.each(scale.apply) if isinstance(found, Readings) and len(found.lists) > 1 else None

    def _scale(self, unit: str | None) -> Scale:
        if unit is None:
            return self.heading.scale
        # "900M" and "20M" are MHz.
        unit = "mhz" if unit == "m" and QUANTITIES[self.name] == "frequency_mhz" else unit
        known = self.units.scales[QUANTITIES[self.name]]
        if unit not in known:
            raise _WrongUnitError
        return known[unit]

    def _each(self, text: str, scale: Scale) -> str:
        """Convert every number of a list."""
        listed = self._separated(text, scale)
        if listed == text and text.count(",") >= 2 and not self._has_thousands(scale, text):
            listed = text.replace(",", "; ")
        unit = " MHz" if self.name in _WITH_UNIT else ""
        return _NUMBER.sub(lambda found: f"{self._applied(found.group(), scale)}{unit}", listed)

    def _separated(self, text: str, scale: Scale) -> str:
        """Separate frequencies that a comma stands between: in kHz but before thousands, else beside decimal points."""
        if QUANTITIES[self.name] != "frequency_mhz":
            return text
        if scale.factor < 1.0 and _BLANK_THOUSANDS.fullmatch(text.strip()):
            return text.replace(" ", "")
        between = _COMMA_BETWEEN_SMALL if scale.factor < 1.0 else "," if "." in text else None
        return text if between is None else re.sub(between, "; ", text)

    def _has_thousands(self, scale: Scale, text: str) -> bool:
        """Tell whether the commas of a text may be those of thousands, or other signs separate its numbers."""
        small = QUANTITIES[self.name] == "frequency_mhz" and scale.factor < 1.0
        return small or _OTHER_SEPARATOR.search(text) is not None

    def _applied(self, digits: str, scale: Scale) -> str:
        number = self._number(digits, scale)
        value = scale.apply(number) if isinstance(number, float) else None
        return digits if value is None else f"{value:.12g}"

    def _number(self, text: str, scale: Scale) -> Number:
        """Read a number; of a unit so small that it has no decimals, 1.500 is one and a half thousand."""
        small = scale.factor < _SMALL or (scale.curve == "log" and scale.added == 0.0)
        return parse_count(text) if small and self.name not in _OF_INSTRUMENTS else parse_number(text)


def _separate(parts: Sequence[tuple[str, str | None]]) -> list[str]:
    """Return what stands before each unit; a comma behind one separates values, it is not that of decimals."""
    return [chunk if number == 0 else _LEADING_COMMA.sub("; ", chunk) for number, (chunk, _) in enumerate(parts)]


@lru_cache(maxsize=1)
def _unit_pattern() -> re.Pattern[str]:
    words = sorted((word for word in spellings("unit") if not word[0].isdigit()), key=len, reverse=True)
    return re.compile(rf"(?<=[\d.])\s*({'|'.join(map(re.escape, words))})\.?(?![a-z0-9']|/\s*[a-z])")


def _by_unit(text: str) -> list[tuple[str, str | None]] | None:
    """Return the parts of a text, each with the unit behind it (None: none); None when they do not make a list."""
    parts: list[tuple[str, str | None]] = []
    at = 0
    for found in _unit_pattern().finditer(text):
        parts.append((text[at : found.start()], spellings("unit")[found.group(1)]))
        at = found.end()
    rest = text[at:]
    if parts and any(not _BETWEEN.match(chunk) for chunk in [*(chunk for chunk, _ in parts[1:]), rest]):
        return None
    return [*parts, (rest, None)] if rest.strip() or not parts else parts
