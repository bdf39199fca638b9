"""Reads bands as operators write them: B3, n78, Band 3 (1800), 1800 MHz, L1800, G900/U2100, B3+B28, 900/1800.

The grammar; every reading takes the cell as a whole, from its first letter to its last:

    cell     = ["("] words [")"]
    words    = word {sign word}                     a trailing sign says nothing: "B3+"
    word     = [technology] [FDD|TDD] [B|n|band] number [MHz|GHz] ["(" words ")"]
             | number "-" number                    a range: both ends in the downlink of one band
    sign     = one of , ; / | + & a line's end, "and", "va"; a dash or a blank between words that say what they are

A number below 300 is that of a band, a larger one MHz, a decimal one below 100 GHz; in a column of frequencies every
number below 100 is GHz. Words in brackets only say what stands before them again. A number without a word of its own
continues a list of its kind only: bands after a band, frequencies of known bands after a frequency; after a band the
frequency of that band says it again.

The readings are: (1) the whole cell is one number, with decimals or thousands; (2) a comma separates words; (3) a comma
before digits is that of decimals, other signs separate words. Before all of them a number with both marks, the one
before three digits and the other before one or two (1.842,5), is one number where a band has that frequency; zeros
behind the third decimal (1842.5000) are left out there too. B, n and their like have whole numbers only. Where no
reading is possible the cell is `UNREADABLE`, where two are and differ it is `AmbiguousBands`; nothing is ever chosen.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from geo.domain.codes import plain_letters
from geo.domain.sites import Technology
from geo.intake.bands import BandTable
from geo.intake.tables import text_of
from geo.intake.values import UNREADABLE, Number, Unreadable, parse_count, parse_number

# A whole number below this is the number of a band, not MHz; the highest band of NR is n263.
_SMALLEST_MHZ = 300.0
# A frequency below this can only be in GHz.
_LARGEST_GHZ = 100.0
_PREFIXES = {
    Technology.G2: ("2g", "gsm", "egsm", "dcs", "g"),
    Technology.G3: ("3g", "umts", "wcdma", "hspa", "u", "w"),
    Technology.G4: ("4g", "lte", "l"),
    Technology.G5: ("5g", "nr"),
}
_TECHNOLOGY = {word: technology for technology, words in _PREFIXES.items() for word in words}
_BETWEEN = r"[\s_.:-]*"
_HEAD = (
    rf"(?:(?P<technology>{'|'.join(sorted(_TECHNOLOGY, key=len, reverse=True))}){_BETWEEN})?(?:[ft]dd{_BETWEEN})?"
    rf"(?:(?P<kind>bands?|bang tan|bang|b|n){_BETWEEN})?"
)
_TAIL = r"\s*(?P<unit>[mg]hz|m)?(?![a-z0-9])"
# A comma separates words (2), or is that of decimals (3).
_LIST_WORD = re.compile(rf"{_HEAD}(?P<number>\d+(?:\.\d+)?){_TAIL}")
_DECIMAL_WORD = re.compile(rf"{_HEAD}(?P<number>\d+(?:[.,]\d+)?)(?![.,]\d){_TAIL}")
_DECIMAL_COMMA = re.compile(r"\d,\d")
_ONE_NUMBER = re.compile(r"(?P<number>(?:\d{1,3}(?: \d{3})+|[\d.,']+)(?:[.,]\d+)?)\s*(?P<unit>[mg]hz|m)?")
_PAIR = re.compile(r"\d{1,2},\d{1,2}")
# 1.842,5 and 1,842.5: the first mark stands before thousands, the other one before decimals.
_MIXED_MARKS = re.compile(r"(?<![\d.,])(\d{1,2})(?:\.(\d{3}),|,(\d{3})\.)(\d{1,2})(?![.,]?\d|\s*ghz)")
# 1842.5000: zeros behind the kHz say nothing.
_PADDED_POINT, _PADDED_COMMA = (
    re.compile(rf"(?<![\d.,])(\d{{3,5}})({mark})(\d{{3}})(0+)(?![.,]?\d|\s*ghz)") for mark in (r"\.", ",")
)
# Frequencies are written to the kHz at most.
_LONG_DECIMALS = re.compile(r"\d{3,}[.,]\d{4,}")
_DASHES = r"\-\u2010-\u2015\u2212"
_RANGE = re.compile(rf"\s*(?P<dash>[{_DASHES}~\u00f7])\s*(?=\d)")
_SIGN = re.compile(rf"\s*(?P<sign>[,;/|+&_{_DASHES}]|\b(?:va|and)\b)\s*|\s+")
_LINE_END = re.compile(r"\s*[,;]?\s*[\r\n]+\s*")
_BRACKETED = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]")
_WRAPPED = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_TRAILING = " ,;/|+&."
_LIST_SIGNS = frozenset((",", ";", "/", "|", "+", "&", "va", "and"))
# After these a number may as well be the width of the channel: B3/20, B3, 20.
_UNCLEAR_SIGNS = frozenset((",", ";", "/", "|"))
_NARROWEST_WIDTH_MHZ = 5.0


@dataclass(frozen=True, slots=True)
class BandWord:
    """What one word says: the number of a band, or MHz; `technology` is that of its prefix, None without one.

    `text` is the number of a band as it was written, or the MHz: one spelling of every number, `1842.5` of `1.842,5`.
    """

    text: str
    technology: Technology | None = None
    number: int | None = None
    mhz: float | None = None

    def __str__(self) -> str:
        letter = "n" if self.technology is Technology.G5 else "B"
        return f"{mhz_text(self.mhz or 0.0)} MHz" if self.number is None else f"{letter}{self.number}"


Words = tuple[BandWord, ...]


def mhz_text(mhz: float) -> str:
    """Return a frequency in the one spelling that bands and codes of cells have, to the kHz: 1805, 942.5, 26502.96."""
    return f"{mhz:.10g}"


class AmbiguousBands(Unreadable):
    """A cell that can be read in several ways."""

    def __init__(self, readings: tuple[Words, ...]) -> None:
        self.readings = readings

    @property
    def several(self) -> bool:
        """Whether the cell may name several bands."""
        return any(len(words) > 1 for words in self.readings)

    def __str__(self) -> str:
        return " | ".join(" + ".join(map(str, words)) for words in self.readings)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A word of a reading, and the sign before it.

    `named`: it says what it is before its number; `numbered`: that is the number of a band; `scale` of a frequency
    that says neither: GHz or MHz by its size, empty for any other word; `technology` holds for the words after it.
    """

    word: BandWord
    named: bool
    numbered: bool
    technology: Technology | None
    sign: str
    scale: str = ""


def parse_bands(value: Any, table: BandTable, *, frequency: bool = False) -> Words | Unreadable:
    """Return the bands that a cell of a sheet names, in order; none for an empty one, an `Unreadable` where unclear.

    A prefix holds for the numbers after it: L900/1800 are two bands of LTE. `frequency`: the column is one of
    frequencies, so that a number alone is never that of a band.
    """
    text = text_of(_LINE_END.sub(";", value.strip()) if isinstance(value, str) else value)
    if text is None or parse_number(text) == 0.0:
        return ()
    found: list[Words] = []
    for words in _Reader(table, frequency).readings(text, plain_letters(text)):
        if _meaning(words) not in map(_meaning, found):
            found.append(words)
    if len(found) > 1:
        return AmbiguousBands(tuple(found))
    return found[0] if found else UNREADABLE


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
    return table.at(word.mhz or 0.0, of)


def _read_number(digits: str, unit: str | None) -> Number:
    """Return a number of a cell; of MHz too small for any carrier a comma or point can only separate thousands."""
    number = parse_number(digits)
    if unit in ("mhz", "m") and isinstance(number, float) and number < _SMALLEST_MHZ:
        return parse_count(digits)
    return number


def _meaning(words: Words) -> tuple[tuple[Technology | None, int | None, float | None], ...]:
    return tuple((word.technology, word.number, word.mhz) for word in words)


@dataclass(frozen=True)
class _Reader:
    """Reads one cell of a column of bands, or of frequencies."""

    table: BandTable
    frequency: bool

    def readings(self, text: str, plain: str) -> Iterator[Words]:
        """Yield every reading of a cell, `text` as it is written and in `plain` letters."""
        plain = _MIXED_MARKS.sub(self._without_thousands, plain)
        plain = _PADDED_POINT.sub(self._without_padding, plain)
        # A comma can separate words as well: 1842,5000.
        one = self._one_number(text, _PADDED_COMMA.sub(self._without_padding, plain))
        listed = self._words(plain, _LIST_WORD)
        if one is not None and self._is_number(one, plain, listed):
            yield (one,)
        if listed is not None:
            yield listed
        if one is None and _DECIMAL_COMMA.search(plain):
            decimals = self._words(plain, _DECIMAL_WORD)
            if decimals is not None:
                yield decimals

    def _without_thousands(self, found: re.Match[str]) -> str:
        """Return a number with both marks with its decimal point alone, where a band has that frequency."""
        digits = f"{found[1]}{found[2] or found[3]}.{found[4]}"
        return digits if self._is_known(float(digits)) else found[0]

    def _without_padding(self, found: re.Match[str]) -> str:
        """Return a number to the kHz, where a band has that frequency and no band is called by the decimals.

        The 1800 of "800.1800" is another band.
        """
        number, decimals = f"{found[1]}{found[2]}{found[3]}", float(found[3] + found[4])
        known = self._is_known(float(f"{found[1]}.{found[3]}"))
        return number if known and not self.table.is_nominal(decimals) else found[0]

    def _one_number(self, text: str, plain: str) -> BandWord | None:
        """Return a cell that is one number (1), None where it is not."""
        found = _ONE_NUMBER.fullmatch(plain)
        number = _read_number(found["number"], found["unit"]) if found else None
        if found is None or not isinstance(number, float) or _LONG_DECIMALS.fullmatch(found["number"]):
            return None
        mhz = self._mhz(number, found["unit"], whole=number.is_integer(), named=False)
        if mhz is None:
            return BandWord(text, number=int(number))
        return BandWord(mhz_text(mhz), mhz=mhz) if self.frequency or mhz >= _SMALLEST_MHZ else None

    def _is_number(self, one: BandWord, plain: str, listed: Words | None) -> bool:
        """Tell whether a cell can be one number: a frequency of no band only where it cannot be anything else.

        3.28 GHz is of no band, but 3,28 can be meant so as well as two bands.
        """
        if one.mhz is None or self._is_known(one.mhz):
            return True
        if listed is not None and _meaning(listed) != _meaning((one,)):
            return _PAIR.fullmatch(plain) is not None
        return self.frequency or plain.endswith(("z", "m")) or (parse_number(plain) == one.mhz)

    def _words(self, text: str, pattern: re.Pattern[str]) -> Words | None:
        """Return the words of a text with a comma as the pattern takes it (2, 3), None where it cannot be read so."""
        entries = self._entries(text.rstrip(_TRAILING), pattern, None)
        if entries is None or not self._is_list(
            [entry for entry in entries if entry.sign != "("], pair=_PAIR.fullmatch(text) is not None
        ):
            return None
        return tuple(entry.word for entry in entries)

    def _entries(self, text: str, pattern: re.Pattern[str], before: Technology | None) -> list[_Entry] | None:
        wrapped = _WRAPPED.fullmatch(text)
        text = wrapped[1].strip() if wrapped else text
        entries: list[_Entry] = []
        sign, at = "", 0
        while True:
            found = pattern.match(text, at)
            entry = None if found is None else self._entry(found, before, sign)
            if found is None or entry is None:
                return None
            entry, at = self._to_end_of_range(entry, text, found.end(), pattern)
            entries.append(entry)
            before = entry.technology
            while bracket := _BRACKETED.match(text, at):
                again = self._again(bracket[1].strip(), entries, pattern)
                if again is None:
                    return None
                entries += again
                at = bracket.end()
            between = _SIGN.match(text, at)
            if between is None:
                return entries if at == len(text) else None
            sign, at = between["sign"] or " ", between.end()

    def _again(self, text: str, said: Sequence[_Entry], pattern: re.Pattern[str]) -> list[_Entry] | None:
        """Return what brackets hold, None where that is anything but what stands before them in other words."""
        found = self._entries(text, pattern, said[-1].technology)
        if found is None or any(entry.numbered and not entry.named for entry in found):
            return None
        if not all(any(self._is_same(entry.word, one.word) for one in said) for entry in found):
            return None
        # What says a word again in the same words says nothing; in a list it would be a second carrier.
        again = [entry for entry in found if all(entry.word != one.word for one in said)]
        return [replace(entry, sign="(") for entry in again]

    def _entry(self, found: re.Match[str], before: Technology | None, sign: str) -> _Entry | None:
        """Return what one word says; None where it names no band, or where L8 could be band 8 as well as 800 MHz."""
        prefix, kind, digits = found["technology"], found["kind"], found["number"]
        own = _TECHNOLOGY[prefix] if prefix else Technology.G5 if kind == "n" else None
        technology = own or (None if kind else before)
        number, whole, named = _read_number(digits, found["unit"]), digits.isdigit(), bool(prefix or kind)
        if not isinstance(number, float):
            return None
        if _LONG_DECIMALS.fullmatch(digits) or (kind and not whole and (len(kind) == 1 or not found["unit"])):
            return None
        mhz = self._mhz(number, found["unit"], whole=whole, named=named)
        if (
            mhz is None
            and prefix is not None
            and len(prefix) == 1
            and not kind
            and self.table.is_nominal(number * 100.0)
        ):
            if self.table.named(int(number), _TECHNOLOGY[prefix]) is not None:
                return None
            mhz = number * 100.0
        if mhz is None:
            return _Entry(BandWord(digits, technology, number=int(number)), named, True, technology, sign)
        scale = "" if found["unit"] or named else "ghz" if mhz > number else "mhz"
        may_be_any = mhz >= _SMALLEST_MHZ and (found["unit"] is not None or scale == "mhz")
        if not self.frequency and not may_be_any and not self._is_known(mhz):
            return None
        return _Entry(BandWord(mhz_text(mhz), technology, mhz=mhz), named, False, technology, sign, scale)

    def _mhz(self, number: float, unit: str | None, *, whole: bool, named: bool) -> float | None:
        """Return a number in MHz, None for that of a band."""
        bare = self.frequency and not named
        if unit is None and whole and number < _SMALLEST_MHZ and not bare:
            return None
        in_ghz = unit == "ghz" or (unit is None and number < _LARGEST_GHZ and (not whole or bare))
        return round(number * 1000.0, 6) if in_ghz else number

    def _to_end_of_range(self, low: _Entry, text: str, at: int, pattern: re.Pattern[str]) -> tuple[_Entry, int]:
        """Return what 1805-1880 says: the band with this downlink, or the middle of a part of one; else the word."""
        dash = None if low.word.mhz is None else _RANGE.match(text, at)
        end = None if dash is None else pattern.match(text, dash.end())
        high = None if end is None else self._entry(end, low.technology, "-")
        if end is None or high is None or low.word.mhz is None or high.word.mhz is None:
            return low, at
        if not low.word.mhz < high.word.mhz or not self.table.is_inside(low.word.mhz, high.word.mhz):
            return low, at
        middle = (low.word.mhz + high.word.mhz) / 2.0
        number = self.table.of_range(low.word.mhz, high.word.mhz)
        word = BandWord(mhz_text(middle), low.technology, number=number, mhz=middle if number is None else None)
        return replace(low, word=word), end.end()

    def _is_list(self, entries: Sequence[_Entry], *, pair: bool) -> bool:
        """Tell whether words can follow each other; a number may not be the width of a channel as well.

        Of a `pair` such as 3,5 it is two bands or decimals, which is no clearer.
        """
        if not all(itertools.starmap(self._may_follow, itertools.pairwise(entries))):
            return False
        if len({entry.scale for entry in entries} - {""}) > 1:
            return False
        bare = [entry for entry in entries[1:] if entry.numbered and not entry.named]
        if bare and bare[-1] is entries[-1] and bare[-1].sign in _UNCLEAR_SIGNS and not pair:
            width = float(bare[-1].word.number or 0)
            if width >= _NARROWEST_WIDTH_MHZ and width in self.table.widths_mhz(bare[-1].technology):
                return False
        first = entries[0]
        numbers = [entry.word.number for entry in entries if entry.numbered and entry.word.number is not None]
        return len(entries) == 1 or first.named or all(map(self.table.is_number, numbers))

    def _may_follow(self, last: _Entry, entry: _Entry) -> bool:
        """Tell whether a word can follow another: one that does not say what it is continues a list of its kind.

        The 2 of "L1800-2", the 1 of "B3-1", the 20 of "B3 20" and the 18 of "L900/18" can be anything.
        """
        if entry.named:
            return True
        if entry.numbered:
            return last.numbered and entry.sign in _LIST_SIGNS
        if last.numbered:
            return self._is_same(last.word, entry.word)
        return all(one.word.mhz is None or self._is_known(one.word.mhz) for one in (last, entry))

    def _is_known(self, mhz: float) -> bool:
        return self.table.is_nominal(mhz) or self.table.is_inside(mhz)

    def _is_same(self, one: BandWord, other: BandWord) -> bool:
        """Tell whether two words say one band: 1800 and B3, L1800 and 1842.5 MHz."""
        if (one.number, one.mhz) == (other.number, other.mhz):
            return True
        return any(
            self.table.holds(name, second.mhz)
            for first, second in ((one, other), (other, one))
            if second.mhz is not None
            for name in self._named(first)
        )

    def _named(self, word: BandWord) -> list[str]:
        """Return the bands that a word is the name of, of its technology or any."""
        technologies = (word.technology,) if word.technology else (Technology.G4, Technology.G5)
        if word.number is not None:
            found = [self.table.named(word.number, one) for one in technologies]
        else:
            found = [self.table.called(word.mhz or 0.0, one) for one in technologies if word.technology]
        return [name for name in found if name is not None]
