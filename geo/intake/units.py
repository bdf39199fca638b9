"""Units that a heading states or that stand behind a value, and the time zone of times."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from geo.domain.codes import normalise_label, plain_letters
from geo.intake.values import word_list
from geo.parameters.loader import load_parameters

_REMARK = re.compile(r"[\(\[]([^\)\]]*)[\)\]]")
_OFFSET = re.compile(r"([+-])\s*(\d{1,2})(?::?(\d{2}))?")
_ZONE = re.compile(rf"(?:utc|gmt)\s*(?:{_OFFSET.pattern})?")
# A zone by its letters: they say different things in different countries.
_LETTERS = re.compile(r"[A-Z]{2,5}")
SQUARED = str.maketrans({"²": "2"})
# A range of values (0-360), a footnote (1), a year, or a band (L1800, B3).
_NO_UNIT = re.compile(
    r"-?\d+ (?:den |to )?-?\d+|\d{1,2}|(?:19|20)\d\d|(?:band |b|n|l|u|g|lte ?|nr ?|gsm ?|umts ?)\d{1,4}"
)
# Signs that are no letters: nothing is left of them in a plain label.
_SIGNS = {"°": "deg", "º": "deg", "˚": "deg", "%": "percent"}
_WATTS = frozenset({"w", "mw", "kw"})
# Quantities of which a heading may have any words in parentheses; only a unit of another kind is refused.
_ANY_REMARK = frozenset({"position", "people", "households", "share"})
_COUNTS = frozenset({"people", "households"})


@dataclass(frozen=True, slots=True)
class Scale:
    """What a value is multiplied with and then added to, after 10·log10 of it or before 10^(x/10)."""

    factor: float = 1.0
    added: float = 0.0
    curve: Literal["", "log", "power"] = ""

    def apply(self, value: float) -> float | None:
        """Return a value in the other unit; no watts at all (0) have no level, None, and less than none -inf."""
        if self.curve == "log":
            return None if value == 0.0 else 10.0 * math.log10(value) + self.added if value > 0 else -math.inf
        if self.curve == "power":
            # Beyond this no power is possible, and no number left for it.
            return float(10.0 ** (min(value + self.added, 1000.0) / 10.0))
        return value * self.factor + self.added


UNCHANGED = Scale()


@dataclass(frozen=True, slots=True)
class HeadingUnit:
    """How values under a heading come to the unit of their quantity; `stated` that the heading names its unit."""

    scale: Scale
    stated: bool


@dataclass(frozen=True)
class Units:
    """The units that are known by quantity, and what each quantity is in: see the parameter file `intake/units`."""

    scales: Mapping[str, Mapping[str, Scale]]
    own: Mapping[str, str]

    def of(self, quantity: str, label: str, *, chosen: bool = False) -> HeadingUnit | None:
        """Return the unit of the values under a heading, None when it is not known.

        Every unit that the heading names, in brackets or as its last word, must be one of the quantity, and all the
        same; nothing else in brackets may be taken for a unit. A heading without a unit is in that of the quantity, as
        is one that breaks the rule and was `chosen`.
        """
        known = self.scales[quantity]
        found, last, strange = _read_heading(label)
        # "Số hộ (nghìn hộ)": what is counted, not a second unit.
        if last and not (found and quantity in _COUNTS):
            found = (*found, last)
        fitting = {known[unit] for unit in found if unit in known}
        refused = strange and quantity not in _ANY_REMARK
        if len(fitting) == 1 and (chosen or not (refused or any(unit not in known for unit in found))):
            return HeadingUnit(fitting.pop(), stated=True)
        refused = refused or bool(found)
        return None if refused and not chosen else HeadingUnit(UNCHANGED, stated=False)

    def names(self, quantity: str) -> str:
        """Return the units of a quantity as they are usually written."""
        return ", ".join(_WRITTEN.get(name, name) for name in self.scales[quantity])


_WRITTEN = {
    "km_per_h": "km/h",
    "m_per_s": "m/s",
    "dbm": "dBm",
    "dbw": "dBW",
    "db": "dB",
    "dbi": "dBi",
    "dbd": "dBd",
    "w": "W",
    "mw": "mW",
    "kw": "kW",
    "hz": "Hz",
    "khz": "kHz",
    "mhz": "MHz",
    "ghz": "GHz",
    "deg": "°",
    "km2": "km²",
    "m2": "m²",
    "percent": "%",
}


def known_units(parameters_dir: Path | None = None) -> Units:
    """Return the known units.

    Raises:
        ParameterError: the parameter file is wrong.
    """
    found = load_parameters("intake/units", parameters_dir=parameters_dir)
    scales: dict[str, dict[str, Scale]] = {}
    own: dict[str, str] = {}
    for key, parameter in found.parameters.items():
        quantity, _, unit = key.partition(".")
        own.setdefault(quantity, parameter.unit.split(" per ")[0].split(" to ")[-1])
        scales.setdefault(quantity, {})[unit] = _scale(quantity, unit, found.number(key), parameter.unit)
    return Units(scales, own)


def _scale(quantity: str, unit: str, number: float, words: str) -> Scale:
    if " per " in words:
        return Scale(factor=number)
    in_watts = quantity.endswith("_w")
    curved = (unit in _WATTS) != in_watts
    return Scale(added=number, curve=("power" if in_watts else "log") if curved else "")


@lru_cache(maxsize=4096)
def _read_heading(label: str) -> tuple[tuple[str, ...], str, bool]:
    """Return the units in brackets, the one that is the last word, and whether a remark can be one and is not known."""
    spellings = word_list("unit")
    label = label.translate(SQUARED)
    found: list[str] = []
    strange = False
    for part in (part for remark in _REMARK.findall(label) for part in re.split(r"[,;:]", remark)):
        unit = _SIGNS.get(part.strip()) or _unit_of(normalise_label(part))
        strange = strange or (unit is None and _can_be_unit(normalise_label(part)))
        found += [unit] if unit else []
    last = _last_word(_REMARK.sub(" ", label))
    return tuple(found), spellings.get(last, "") if last else "", strange


def _unit_of(words: str) -> str | None:
    """Return the unit that a remark names, alone or with words that are known to be none: "m, AGL", "tính bằng mét"."""
    spellings, remarks = word_list("unit"), word_list("heading_remark")
    if words and words in spellings:
        return spellings[words]
    parts = words.split()
    for cut in range(1, len(parts)):
        before, after = " ".join(parts[:cut]), " ".join(parts[cut:])
        if before in spellings and after in remarks:
            return spellings[before]
        if after in spellings and (before in remarks or before == "in"):
            return spellings[after]
    return None


def _can_be_unit(words: str) -> bool:
    """Tell whether a remark that is not known may be a unit: it is one word, or one of its words is a unit.

    "độ" among other words is nearly always another word ("độ cao", "chế độ").
    """
    if not words or words in word_list("heading_remark") or _NO_UNIT.fullmatch(words):
        return False
    parts = words.split()
    return len(parts) == 1 or any(part in word_list("unit") and part != "do" for part in parts)


def _last_word(label: str) -> str:
    """Return what can be a unit at the end of a heading: "speed m/s", "accuracy_km", but not its only word.

    "độ" there is not the unit: "tốc độ", "kinh độ".
    """
    words = re.split(r"[\s_]+", label.strip())
    last = normalise_label(words[-1]) if len(words) > 1 else ""
    return "" if last == "do" else last


def without_unit(label: str) -> str:
    """Return a heading without the unit that is its last word, empty where it has none: "speed m/s", "accuracy_km"."""
    return _before_last(label) if _last_word(label) in word_list("unit") else ""


def without_zone(label: str) -> str:
    """Return a heading of times without the zone that is its last word, empty where it has none: "time_utc+7"."""
    return _before_last(label) if _ZONE.fullmatch(_last_text(label).lower()) else ""


def _before_last(label: str) -> str:
    return re.sub(r"[\s_]+[^\s_]+$", "", label.strip())


def _last_text(label: str) -> str:
    return re.split(r"[\s_]+", label.strip())[-1]


def zone_of(label: str, default: dt.tzinfo) -> dt.tzinfo | None:
    """Return the zone of times under a heading that themselves name none.

    None when the heading's is not known, or when it names several: "UTC time (GMT+7)", "UTC (local)".
    """
    remarks = [remark.strip() for remark in _REMARK.findall(label)]
    named = [*_ZONE.finditer(plain_letters(label)), *filter(None, map(_OFFSET.fullmatch, remarks))]
    zones = {_zone(found) for found in named}
    words = [word for word in remarks if not _ZONE.fullmatch(word.lower())]
    known = {word: word_list("time_remark").get(normalise_label(word)) for word in words}
    zones |= {default for meaning in known.values() if meaning == "local"}
    strange = any(meaning is None and _LETTERS.fullmatch(word) for word, meaning in known.items())
    if strange or len(zones) > 1:
        return None
    return zones.pop() if zones else default


def _zone(found: re.Match[str]) -> dt.tzinfo:
    sign, hours, minutes = found.groups()
    offset = dt.timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return dt.timezone(-offset if sign == "-" else offset)
