"""Units that a heading states: what its values are multiplied with, and the time zone of its times."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from geo.domain.codes import normalise_label, plain_letters
from geo.intake.values import word_list
from geo.parameters.loader import load_parameters

_REMARK = re.compile(r"[\(\[]([^\)\]]*)[\)\]]")
_OFFSET = re.compile(r"([+-])\s*(\d{1,2})(?::?(\d{2}))?")
_ZONE = re.compile(rf"(?:utc|gmt)\s*(?:{_OFFSET.pattern})?")
# A zone by its letters: they say different things in different countries.
_LETTERS = re.compile(r"[A-Z]{2,5}")
_LEVELS = ("level_dbm", "path_loss_db")


@dataclass(frozen=True, slots=True)
class Scale:
    """What a value is multiplied with and then added to."""

    factor: float = 1.0
    added: float = 0.0


UNCHANGED = Scale()


@dataclass(frozen=True)
class Units:
    """The units that are known by field: see the parameter file `intake/units`."""

    scales: Mapping[str, Mapping[str, Scale]]

    def of(self, field: str, label: str, *, chosen: bool = False) -> Scale | None:
        """Return how values under a heading come to the unit of the field, None when the unit is not known.

        A heading without a unit is in that of the field, as is one with an unknown remark that the user has `chosen`.
        """
        known, spellings = self.scales[field], word_list("unit")
        remarks = [normalise_label(part) for remark in _REMARK.findall(label) for part in remark.split(",")]
        last = _last_word(_REMARK.sub(" ", label))
        found = [spellings[word] for word in (*remarks, last) if word and word in spellings]
        for unit in found:
            if unit in known:
                return known[unit]
        strange = found or [word for word in remarks if word and word not in word_list("heading_remark")]
        return None if strange and not chosen else UNCHANGED

    def names(self, field: str) -> tuple[str, ...]:
        """Return the units of a field as they are usually written."""
        return tuple(name.replace("_per_", "/") for name in self.scales[field])


def known_units(parameters_dir: Path | None = None) -> Units:
    """Return the known units.

    Raises:
        ParameterError: the parameter file is wrong.
    """
    found = load_parameters("intake/units", parameters_dir=parameters_dir)
    scales: dict[str, dict[str, Scale]] = {}
    for key in found.parameters:
        field, _, unit = key.partition(".")
        number = found.number(key)
        scales.setdefault(field, {})[unit] = Scale(added=number) if field in _LEVELS else Scale(factor=number)
    return Units(scales)


def _last_word(label: str) -> str:
    """Return what can be a unit at the end of a heading: "speed m/s", "accuracy_km", but not its only word."""
    words = re.split(r"[\s_]+", label.strip())
    return normalise_label(words[-1]) if len(words) > 1 else ""


def zone_of(label: str, default: dt.tzinfo) -> dt.tzinfo | None:
    """Return the zone of times under a heading that themselves name none; None when the heading's is not known."""
    remarks = [remark.strip() for remark in _REMARK.findall(label)]
    found = _ZONE.search(plain_letters(label)) or next(filter(None, map(_OFFSET.fullmatch, remarks)), None)
    if found is not None:
        sign, hours, minutes = found.groups()
        offset = dt.timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
        return dt.timezone(-offset if sign == "-" else offset)
    strange = [
        word for word in remarks if _LETTERS.fullmatch(word) and normalise_label(word) not in word_list("time_remark")
    ]
    return None if strange else default
