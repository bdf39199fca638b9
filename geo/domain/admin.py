"""Administrative units and the question which of them a name, a code or an old unit means."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from geo.domain.codes import normalise_unit_name, plain_letters, toned_name


class UnitType(StrEnum):
    """Type of an administrative unit in the two-level system."""

    COMMUNE = "xã"
    WARD = "phường"
    SPECIAL_ZONE = "đặc khu"
    PROVINCE = "tỉnh"
    CITY = "thành phố"


COMMUNE_TYPES = (UnitType.COMMUNE, UnitType.WARD, UnitType.SPECIAL_ZONE)
PROVINCE_TYPES = (UnitType.PROVINCE, UnitType.CITY)

_TYPE_WORDS = {
    "xa": UnitType.COMMUNE,
    "x": UnitType.COMMUNE,
    "commune": UnitType.COMMUNE,
    "phuong": UnitType.WARD,
    "p": UnitType.WARD,
    "ward": UnitType.WARD,
    "dac khu": UnitType.SPECIAL_ZONE,
    "special zone": UnitType.SPECIAL_ZONE,
    "tinh": UnitType.PROVINCE,
    "province": UnitType.PROVINCE,
    "thanh pho": UnitType.CITY,
    "tp": UnitType.CITY,
    "city": UnitType.CITY,
}
_LEADING_TYPE = re.compile(r"^(xa|x\.|phuong|p\.|dac khu|tinh|thanh pho|tp\.?)\s*(?=\S)")
_TRAILING_TYPE = re.compile(r"\b(commune|ward|province|city)$")


def unit_type_from_word(word: str) -> UnitType | None:
    """Return the type that a word names ("Phường", "P.", "ward"), or None."""
    return _TYPE_WORDS.get(plain_letters(word).strip(" ."))


def unit_type_from_name(name: str) -> UnitType | None:
    """Return the type that a full name begins or ends with ("Xã Ea Kar", "Ea Kar Commune"), or None."""
    plain = " ".join(plain_letters(name).split())
    match = _LEADING_TYPE.match(plain) or _TRAILING_TYPE.search(plain)
    return unit_type_from_word(match.group(1)) if match else None


@dataclass(frozen=True, slots=True)
class UnitName:
    """A unit as far as matching needs it."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class OldUnit:
    """One row of the crosswalk: an old unit, the district or province it was in, and a unit that took (part of) it."""

    old_code: str
    old_name: str
    old_parent: str | None
    new_code: str


@dataclass(frozen=True, slots=True)
class UnitMatch:
    """Which units a declared code or name can mean; `codes` has one entry when the answer is certain."""

    codes: tuple[str, ...]
    through_crosswalk: bool = False

    @property
    def code(self) -> str | None:
        """The only unit it can mean, or None."""
        return self.codes[0] if len(self.codes) == 1 else None


_NO_MATCH = UnitMatch(())


@dataclass(frozen=True)
class UnitDirectory:
    """Known communes and old units, indexed for matching."""

    by_code: Mapping[str, UnitName] = field(default_factory=dict)
    by_name: Mapping[str, Sequence[UnitName]] = field(default_factory=dict)
    old_by_code: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    old_by_name: Mapping[str, Sequence[OldUnit]] = field(default_factory=dict)

    @classmethod
    def of(cls, units: Iterable[UnitName], old_units: Iterable[OldUnit] = ()) -> UnitDirectory:
        """Index units and old units."""
        by_code: dict[str, UnitName] = {}
        by_name: dict[str, list[UnitName]] = defaultdict(list)
        old_by_code: dict[str, list[str]] = defaultdict(list)
        old_by_name: dict[str, list[OldUnit]] = defaultdict(list)
        for unit in units:
            by_code[unit.code] = unit
            by_name[normalise_unit_name(unit.name)].append(unit)
        for old in old_units:
            if old.new_code not in old_by_code[old.old_code]:
                old_by_code[old.old_code].append(old.new_code)
            old_by_name[normalise_unit_name(old.old_name)].append(old)
        return cls(by_code, dict(by_name), {code: tuple(new) for code, new in old_by_code.items()}, dict(old_by_name))

    def find_code(self, code: str) -> UnitMatch:
        """Return what a code means: a unit of today first, else what became of an old one.

        A code that was kept by a new unit means the new unit: an old unit's code is only followed where no current
        unit carries it.
        """
        if code in self.by_code:
            return UnitMatch((code,))
        return UnitMatch(self.old_by_code[code], through_crosswalk=True) if code in self.old_by_code else _NO_MATCH

    def find_name(self, name: str) -> UnitMatch:
        """Return what a name means; of several with the same plain letters, diacritics and the type decide."""
        key = normalise_unit_name(name)
        found = self.by_name.get(key, ())
        if found:
            return UnitMatch(_narrowed(name, found))
        old = self.old_by_name.get(key, ())
        wanted = unit_type_from_name(name)
        same_type = [unit for unit in old if wanted is None or unit_type_from_name(unit.old_name) in (wanted, None)]
        codes = tuple(dict.fromkeys(unit.new_code for unit in (same_type or old)))
        return UnitMatch(codes, through_crosswalk=True) if codes else _NO_MATCH


def _narrowed(name: str, found: Sequence[UnitName]) -> tuple[str, ...]:
    if len(found) == 1:
        return (found[0].code,)
    exact = [unit for unit in found if toned_name(unit.name) == toned_name(name)]
    ending = [unit for unit in found if toned_name(unit.name).endswith(" " + toned_name(name))]
    wanted = unit_type_from_name(name)
    typed = [unit for unit in found if wanted is not None and unit_type_from_name(unit.name) is wanted]
    for candidates in (exact, ending, typed):
        if len(candidates) == 1:
            return (candidates[0].code,)
    return tuple(unit.code for unit in found)
