"""Vietnamese text from before Unicode: encodings of text files, and the fonts TCVN3 (ABC) and VNI."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

# TCVN 5712:1993, the 8-bit set of the ".VnTime" fonts; lower case, then the seven capitals it has.
_TCVN3_FROM = "µ¶·¸¹¨»¼½¾Æ©ÇÈÉÊË®ÌÎÏÐÑªÒÓÔÕÖ×ØÜÝÞßáâãä«åæçèé¬êëìíîïñòóô\u00adõö÷øùúûüýþ¡¢§£¤¥¦"
_TCVN3_TO = "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵĂÂĐÊÔƠƯ"
_TCVN3 = str.maketrans(_TCVN3_FROM, _TCVN3_TO)

# VNI for Windows writes a plain letter followed by a sign for its marks.
_GRAVE, _ACUTE, _TILDE, _HOOK, _DOT = "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"
_CIRCUMFLEX, _BREVE = "\u0302", "\u0306"
_VNI_MARKS = {
    "ø": _GRAVE,
    "ù": _ACUTE,
    "õ": _TILDE,
    "û": _HOOK,
    "ï": _DOT,
    "â": _CIRCUMFLEX,
    "à": _CIRCUMFLEX + _GRAVE,
    "á": _CIRCUMFLEX + _ACUTE,
    "ã": _CIRCUMFLEX + _TILDE,
    "å": _CIRCUMFLEX + _HOOK,
    "ä": _CIRCUMFLEX + _DOT,
    "ê": _BREVE,
    "è": _BREVE + _GRAVE,
    "é": _BREVE + _ACUTE,
    "ü": _BREVE + _TILDE,
    "ú": _BREVE + _HOOK,
    "ë": _BREVE + _DOT,
}
_VNI_LETTERS = {"ñ": "đ", "ô": "ơ", "ö": "ư", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "ì": "ì", "í": "í"}
_VNI_MARKED = re.compile("([aeoyuôöAEOYUÔÖ])([" + "".join(_VNI_MARKS) + "".join(_VNI_MARKS).upper() + "])")

_VIETNAMESE = frozenset(
    unicodedata.normalize("NFC", letter + shape + tone)
    for letter in "aeiouy"
    for shape in ("", _CIRCUMFLEX, _BREVE, "\u031b")
    for tone in ("", _GRAVE, _ACUTE, _TILDE, _HOOK, _DOT)
) | frozenset("abcdefghijklmnopqrstuvwxyzđƀčñŏĕ\u0300\u0301\u0302\u0303\u0306\u0309\u031b\u0323'’")
_WORD = re.compile(r"[^\s\d.,;:/()\[\]\"+*=&%_\-–]+")


def share_of_vietnamese_words(texts: Iterable[str]) -> float | None:
    """Return the share of the words with letters beyond ASCII that could be Vietnamese; None without such words."""
    total = good = 0
    for text in texts:
        if text.isascii():
            continue
        for word in _WORD.findall(unicodedata.normalize("NFC", text)):
            if not word.isascii():
                total += 1
                good += _could_be_vietnamese(word)
    return good / total if total else None


def _could_be_vietnamese(word: str) -> bool:
    lower = word.lower()
    if not set(lower) <= _VIETNAMESE:
        return False
    # A syllable has one tone; capitals inside a word come from a wrong reading, but not in "M'Drắk" or "ĐẮK".
    tones = sum(mark in "\u0300\u0301\u0303\u0309\u0323" for mark in unicodedata.normalize("NFD", lower))
    return tones <= 1 and len(lower) <= 8 and (word == lower or word == word.upper() or word[1:] == lower[1:])


def from_tcvn3(text: str) -> str:
    """Return text typed in a TCVN3 font, read as Latin-1, in Unicode."""
    return unicodedata.normalize("NFC", text.translate(_TCVN3))


def from_vni(text: str) -> str:
    """Return text typed in a VNI font, read as Latin-1, in Unicode."""

    def marked(match: re.Match[str]) -> str:
        letter, sign = match.groups()
        base = _VNI_LETTERS.get(letter.lower(), letter.lower())
        return (base if letter.islower() else base.upper()) + _VNI_MARKS[sign.lower()]

    joined = _VNI_MARKED.sub(marked, text)
    letters = (
        _VNI_LETTERS.get(c) or (_VNI_LETTERS[c.lower()].upper() if c.lower() in _VNI_LETTERS else c) for c in joined
    )
    return unicodedata.normalize("NFC", "".join(letters))


def from_double_utf8(text: str) -> str:
    """Return text whose UTF-8 bytes were once read as Windows-1252, or the text itself when that is not what it is."""
    try:
        return b"".join(_western_byte(letter) for letter in text).decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text


def _western_byte(letter: str) -> bytes:
    return letter.encode("latin-1") if ord(letter) < 256 else letter.encode("cp1252")


@dataclass(frozen=True, slots=True)
class Repair:
    """A conversion that makes Vietnamese of the text, and its name for the message."""

    name: str
    convert: Callable[[str], str]


_REPAIRS = (Repair("UTF-8", from_double_utf8), Repair("TCVN3", from_tcvn3), Repair("VNI", from_vni))
_GOOD_SHARE = 0.9
_POOR_SHARE = 0.75
_ZEROS_OF_UTF16 = 0.15


def find_repair(texts: Iterable[str]) -> Repair | None:
    """Return the conversion that turns the texts into Vietnamese, or None when they are well as they are."""
    sample = [text for text in texts if not text.isascii()][:2000]
    now = share_of_vietnamese_words(sample)
    if now is None or now >= _POOR_SHARE:
        return None
    scored = [(share_of_vietnamese_words([repair.convert(t) for t in sample]) or 0.0, repair) for repair in _REPAIRS]
    best_share, best = max(scored, key=lambda entry: entry[0])
    return best if best_share >= _GOOD_SHARE and best_share > now else None


def decode(content: bytes) -> tuple[str, str] | None:
    """Return the text of a file's bytes and the name of its encoding, or None when it is no text at all."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return _try(content, encoding)
    head = content[:4096]
    upper, lower = head[1::2].count(0), head[::2].count(0)
    # Of two bytes the zero one is the upper byte of an ASCII letter; a few zeros here and there are dirt.
    if upper + lower > len(head) * _ZEROS_OF_UTF16 and min(upper, lower) <= 0.1 * max(upper, lower):
        return _printable(_try(content, "utf-16-le" if upper > lower else "utf-16-be"))
    decoded = _try(content, "utf-8") or _decode_single_byte(content)
    return _printable(decoded) if b"\x00" in content else decoded


def _printable(decoded: tuple[str, str] | None) -> tuple[str, str] | None:
    if decoded is None:
        return None
    head = decoded[0][:4096].replace("\0", "")[:200]
    return decoded if sum(letter.isprintable() or letter in "\r\n\t" for letter in head) > 0.98 * len(head) else None


def _try(content: bytes, encoding: str) -> tuple[str, str] | None:
    try:
        return content.decode(encoding), encoding
    except UnicodeError:
        return None


def _decode_single_byte(content: bytes) -> tuple[str, str] | None:
    """Choose Windows-1258 where it reads as Vietnamese, else Windows-1252, else Latin-1 (for the legacy fonts)."""
    controls = sum(byte < 32 and byte not in (9, 10, 12, 13) for byte in content[:4096])
    if controls > len(content[:4096]) * 0.02:
        return None
    vietnamese = _try(content, "cp1258")
    if vietnamese and (share_of_vietnamese_words(vietnamese[0].splitlines()[:2000]) or 0.0) >= _GOOD_SHARE:
        return unicodedata.normalize("NFC", vietnamese[0]), "windows-1258"
    return _try(content, "cp1252") or _try(content, "latin-1")
