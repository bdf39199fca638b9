"""Reads bands as operators write them: B3, n78, Band 3 (1800), 1800 MHz, L1800, G900/U2100, B3+B28, 900/1800."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.domain.codes import plain_letters
from geo.domain.sites import Technology
from geo.errors import ParameterError
from geo.intake.tables import text_of
from geo.intake.values import UNREADABLE, Unreadable, parse_number
from geo.parameters.loader import load_parameters

# A whole number below this is the number of a band, not MHz; the highest band of NR is n263.
_SMALLEST_MHZ = 300.0
# A frequency below this can only be in GHz.
_LARGEST_GHZ = 100.0
_LARGEST_MHZ = 100_000.0
_PREFIXES = {
    Technology.G2: ("2g", "gsm", "egsm", "dcs", "g"),
    Technology.G3: ("3g", "umts", "wcdma", "hspa", "u", "w"),
    Technology.G4: ("4g", "lte", "l"),
    Technology.G5: ("5g", "nr"),
}
_TECHNOLOGY = {word: technology for technology, words in _PREFIXES.items() for word in words}
_BETWEEN = r"[\s_.-]*"
_WORD = re.compile(
    rf"(?:(?P<technology>{'|'.join(sorted(_TECHNOLOGY, key=len, reverse=True))}){_BETWEEN})?(?:[ft]dd{_BETWEEN})?"
    rf"(?:(?P<kind>band|bang tan|bang|b|n){_BETWEEN})?"
    # A comma behind the number of a band is none of decimals: B3,28 are two.
    r"(?P<number>\d+(?(kind)|(?:\.\d+|,\d{1,2}(?!\d))?))\s*(?P<unit>[mg]hz)?(?![a-z0-9])"
)
_COMMA = re.compile(r"\d{1,2},\d{1,2}")
_SEPARATOR = re.compile(r"(?:[\s,;/|+&()\[\]-]|\bva\b|\band\b)*")
_NUMBERS = re.compile(r"[\s,;/|+&()\[\]-]+")


@dataclass(frozen=True, slots=True)
class BandWord:
    """What one word says: the number of a band, or MHz; `technology` is that of its prefix, None without one.

    `text` is a number as it was written, or the MHz of a word.
    """

    text: str
    technology: Technology | None = None
    number: int | None = None
    mhz: float | None = None


@dataclass(frozen=True)
class BandTable:
    """Downlink ranges of the bands, [lowest, highest] MHz, and what they are usually called, MHz; by 3GPP name."""

    downlink_mhz: Mapping[str, tuple[float, float]]
    nominal_mhz: Mapping[str, float]

    def named(self, number: int, technology: Technology) -> str | None:
        """Return the name of a band by its number, None when it is not known."""
        name = f"{_letter(technology)}{number}"
        return name if name in self.downlink_mhz else None

    def called(self, mhz: float, technology: Technology) -> str | None:
        """Return the one band of a technology that is called by this number of MHz; None for none or several."""
        names = [name for name, usual in self.nominal_mhz.items() if usual == mhz and name[0] == _letter(technology)]
        return names[0] if len(names) == 1 else None

    def holds(self, name: str, mhz: float) -> bool:
        """Tell whether a frequency is another way to say a band."""
        low, high = self.downlink_mhz[name]
        return low <= mhz <= high or self.nominal_mhz.get(name) == mhz

    def is_nominal(self, mhz: float) -> bool:
        """Tell whether some band is called by this number of MHz."""
        return mhz in self.nominal_mhz.values()

    def is_inside(self, *mhz: float) -> bool:
        """Tell whether the downlink of one band holds all of some frequencies."""
        return any(all(low <= one <= high for one in mhz) for low, high in self.downlink_mhz.values())

    def of_range(self, low: float, high: float) -> int | None:
        """Return the number of the bands with this downlink, None for none or several."""
        numbers = {int(name[1:]) for name, ends in self.downlink_mhz.items() if ends == (low, high)}
        return numbers.pop() if len(numbers) == 1 else None


def band_table(parameters_dir: Path | None = None) -> BandTable:
    """Return the bands of the parameter file `radio/bands`.

    Raises:
        ParameterError: the parameter file is wrong.
    """
    bands = load_parameters("radio/bands", parameters_dir=parameters_dir)
    ranges = {name: bands.items(f"downlink.{name}") for name in bands.under("downlink")}
    wrong = [name for name, ends in ranges.items() if len(ends) != 2 or not float(ends[0]) < float(ends[1])]
    if wrong:
        keys = ", ".join(f"downlink.{name}" for name in wrong)
        raise ParameterError(
            f"Parameter file {bands.origin} is wrong: {keys}: must be the lowest and the highest frequency. Correct "
            "the keys named.",
            f"Tệp tham số {bands.origin} sai: {keys}: phải là tần số thấp nhất và cao nhất. Hãy sửa các khóa đã nêu.",
        )
    return BandTable(
        downlink_mhz={name: (float(low), float(high)) for name, (low, high) in ranges.items()},
        nominal_mhz={name: bands.number(f"nominal.{name}") for name in bands.under("nominal")},
    )


def _letter(technology: Technology) -> str:
    return "n" if technology is Technology.G5 else "B"


def parse_bands(value: Any, table: BandTable, *, frequency: bool = False) -> tuple[BandWord, ...] | Unreadable:
    """Return the bands that a cell of a sheet names, in order; none for an empty one.

    A prefix holds for the numbers after it: L900/1800 are two bands of LTE. `frequency`: the column is one of
    frequencies, so that a number alone is never that of a band.
    """
    text = text_of(value)
    if text is None:
        return ()
    parts = [part for part in _NUMBERS.split(text) if part]
    if len(parts) > 1 and all(part.isdigit() and table.is_nominal(float(part)) for part in parts):
        return tuple(BandWord(part, mhz=float(part)) for part in parts)
    number = parse_number(value)
    if isinstance(number, float) and number <= _LARGEST_MHZ:
        if _COMMA.fullmatch(text) and not frequency and not table.is_nominal(round(number * 1000.0, 6)):
            # Bands 3 and 28 rather than 3.28 GHz; nobody can say.
            return UNREADABLE
        return () if number == 0.0 else (_of_number(text, number, frequency),)
    return _words(plain_letters(text).lower(), table)


def band_of(text: str, technology: str, table: BandTable) -> str | None:
    """Return the 3GPP name of the one band that a text means for a technology; None for none, another's or several."""
    words = parse_bands(text, table)
    if isinstance(words, Unreadable) or len(words) != 1:
        return None
    (word,), of = words, Technology(technology)
    if word.technology not in (None, of):
        return None
    if word.number is not None:
        return table.named(word.number, of)
    mhz = word.mhz or 0.0
    holding = [name for name in table.downlink_mhz if name[0] == _letter(of) and table.holds(name, mhz)]
    return table.called(mhz, of) or (holding[0] if len(holding) == 1 else None)


def _of_number(text: str, number: float, frequency: bool) -> BandWord:
    in_ghz = "ghz" in text.lower() or ("mhz" not in text.lower() and (not number.is_integer() or frequency))
    if 0 < number < _LARGEST_GHZ and in_ghz:
        return BandWord(text, mhz=round(number * 1000.0, 6))
    if 0 < number < _SMALLEST_MHZ and number.is_integer() and not frequency and "mhz" not in text.lower():
        return BandWord(text, number=int(number))
    return BandWord(text, mhz=number)


def _words(text: str, table: BandTable) -> tuple[BandWord, ...] | Unreadable:
    words: list[BandWord] = []
    before: Technology | None = None
    end, at = 0, _skip(text, 0)
    while at < len(text):
        found = _WORD.match(text, at)
        if found is None:
            return UNREADABLE
        prefix, kind = found["technology"], found["kind"]
        own = _TECHNOLOGY[prefix] if prefix else Technology.G5 if kind == "n" else None
        before = own or (None if kind else before)
        word = _of_word(found, before, short=prefix is not None and len(prefix) == 1, table=table)
        if word is None:
            return UNREADABLE
        bare = not prefix and not kind and bool(words)
        if bare and not _continues(words[-1], word, table, dashed="-" in text[end:at]):
            return UNREADABLE
        if bare and "-" in text[end:at] and (both := _range(words[-1], word, table)) is not None:
            words[-1] = both
        else:
            words.append(word)
        end = found.end()
        at = _skip(text, end)
    return tuple(words) or UNREADABLE


def _continues(last: BandWord, word: BandWord, table: BandTable, *, dashed: bool) -> bool:
    """Tell whether a number without a word of its own can be another band, or the end of a range, after the last.

    The 2 of "L1800-2", the 1 of "B3-1" and the 18 of "L900/18" can be anything.
    """
    if word.mhz is None:
        return last.number is not None and not dashed
    known = all(one.mhz is None or table.is_nominal(one.mhz) or table.is_inside(one.mhz) for one in (last, word))
    return known or not dashed


def _range(low: BandWord, high: BandWord, table: BandTable) -> BandWord | None:
    """Return what 1805-1880 says: the band with this downlink, or the middle of a part of one; None for two bands."""
    if low.mhz is None or high.mhz is None or not low.mhz < high.mhz or not table.is_inside(low.mhz, high.mhz):
        return None
    middle = (low.mhz + high.mhz) / 2.0
    number = table.of_range(low.mhz, high.mhz)
    return BandWord(f"{middle:g}", low.technology, number=number, mhz=middle if number is None else None)


def _skip(text: str, at: int) -> int:
    found = _SEPARATOR.match(text, at)
    return found.end() if found else at


def _of_word(found: re.Match[str], technology: Technology | None, *, short: bool, table: BandTable) -> BandWord | None:
    """Return what a word says; None where it names no band, or where L8 could be band 8 as well as 800 MHz."""
    text, number = found["number"], float(found["number"].replace(",", "."))
    if found["unit"] == "ghz" or (not number.is_integer() and number < _LARGEST_GHZ):
        number = round(number * 1000.0, 6)
        return BandWord(f"{number:g}", technology, mhz=number)
    if found["unit"] == "mhz" or number >= _SMALLEST_MHZ:
        named = found["technology"] or found["kind"]
        known = found["unit"] or not named or table.is_nominal(number) or table.is_inside(number)
        return BandWord(f"{number:g}", technology, mhz=number) if known else None
    if short and technology is not None and not found["kind"]:
        hundreds = number * 100.0 if table.is_nominal(number * 100.0) else None
        if hundreds is not None:
            clear = table.named(int(number), technology) is None
            return BandWord(f"{hundreds:g}", technology, mhz=hundreds) if clear else None
    return BandWord(text, technology, number=int(number))
