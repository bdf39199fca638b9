"""Codes and names: how a unit or village of a foreign file is recognised as one that is known.

Codes decide; names only after normalisation, because one name is written in many ways (Đắk, Đăk, Dak, Đắc; Hoà, Hòa;
Cư M'gar, Cư Mgar), with composed or decomposed letters, with and without its type.
"""

from __future__ import annotations

import re
import unicodedata

COMMUNE_CODE = re.compile(r"[0-9]{5}")
PROVINCE_CODE = re.compile(r"[0-9]{2}")

# Letters that Unicode does not decompose into a base letter and a mark.
_UNDECOMPOSED = str.maketrans({"đ": "d", "ƀ": "b", "ð": "d", "ł": "l", "ø": "o"})
_APOSTROPHES = re.compile("['’‘ʼ`´′ʹ]")
_NOT_WORD = re.compile(r"[^0-9a-z]+")
_UNIT_PREFIX = re.compile(r"^(?:xa|x|phuong|p|thi tran|tt|dac khu|commune|ward)\b\s+(?=\S)|^(?:x|p|tt)\.\s*", re.ASCII)
_UNIT_SUFFIX = re.compile(r"\s+(?:commune|ward|township)$")
# Spellings of the same Ede and M'nong words in Vietnamese documents.
_SAME_WORD = {"dac": "dak", "lac": "lak", "drac": "drak"}


def nfc(text: str) -> str:
    """Return the text in Unicode NFC with single spaces and none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def plain_letters(text: str) -> str:
    """Return the text in lower case without any diacritic."""
    decomposed = unicodedata.normalize("NFD", text.casefold().translate(_UNDECOMPOSED))
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return bare.translate(_UNDECOMPOSED)


def normalise_label(text: str) -> str:
    """Return words in plain lower case letters and digits, separated by one space (for column headers)."""
    return " ".join(_NOT_WORD.sub(" ", plain_letters(text)).split())


def normalise_name(text: str) -> str:
    """Return the key on which names of villages and places are compared: plain letters and digits, no spaces.

    Spaces go because they vary too ("Ea H'leo", "Ea Hleo", "EaHleo").
    """
    words = normalise_label(_APOSTROPHES.sub("", text)).split()
    return "".join(_SAME_WORD.get(word, word) for word in words)


def normalise_unit_name(text: str) -> str:
    """Return the key on which names of communes are compared: as `normalise_name`, without the type of the unit."""
    words = " ".join(_APOSTROPHES.sub("", plain_letters(text)).split())
    bare = _UNIT_SUFFIX.sub("", _UNIT_PREFIX.sub("", words))
    return normalise_name(bare or words)


def toned_name(text: str) -> str:
    """Return a unit's name with its diacritics but one place for the tone mark, to tell apart equal plain keys.

    "Hoà" and "Hòa" become the same; "Hòa" and "Hóa" do not. The tone mark of a word is moved to its end.
    """
    words = []
    for word in nfc(text).casefold().split():
        tones = [mark for mark in unicodedata.normalize("NFD", word) if mark in _TONES]
        bare = "".join(mark for mark in unicodedata.normalize("NFD", word) if mark not in _TONES)
        words.append(unicodedata.normalize("NFC", bare) + "".join(tones))
    return " ".join(words)


_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")


def commune_code(value: object) -> str | None:
    """Return the five digits of a commune's code, with leading zeros that a spreadsheet took away; None if it is none.

    >>> commune_code(22015.0), commune_code("'00316"), commune_code("x")
    ('22015', '00316', None)
    """
    digits = _digits(value)
    if digits is None or len(digits) > 5 or len(digits) < 2 or int(digits) == 0:
        return None
    return digits.zfill(5)


def province_code(value: object) -> str | None:
    """Return the two digits of a province's code, or None."""
    digits = _digits(value)
    if digits is None or len(digits) > 2 or int(digits) == 0:
        return None
    return digits.zfill(2)


def _digits(value: object) -> str | None:
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, float):
        if not value.is_integer():
            return None
        value = int(value)
    text = str(value).strip().lstrip("'’").removesuffix(".0")
    return text if text.isascii() and text.isdigit() else None
