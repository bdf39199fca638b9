"""The command line parser's complaints in Vietnamese; it speaks English only."""

from __future__ import annotations

import re

_NOISE = re.compile(r"(?<=: )Value error, ")
_PHRASES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"Invalid value for (\S+): ", r"giá trị của \1 không hợp lệ: "),
        (r"(\S+) is not one of ", r"\1 không thuộc các giá trị "),
        (r"Input should be less than or equal to ", "phải nhỏ hơn hoặc bằng "),
        (r"Input should be greater than or equal to ", "phải lớn hơn hoặc bằng "),
        (r"Input should be a valid (?:number|integer)[^.]*", "phải là số"),
        (r"Missing option ", "thiếu tùy chọn "),
        (r"Missing argument ", "thiếu tham số "),
        (r"No such command (\S+?)\.", r"không có lệnh \1."),
        (r"No such option:? (\S+?)(?=\.| |$)", r"không có tùy chọn \1"),
        (r"Got unexpected extra arguments? ", "thừa tham số "),
    )
)


def without_noise(words: str) -> str:
    """Return the parser's words without those that tell a user nothing."""
    return _NOISE.sub("", words)


def in_vietnamese(words: str) -> str:
    """Return the parser's words with the phrases it uses most in Vietnamese; what is not known stays as it is."""
    for pattern, replacement in _PHRASES:
        words = pattern.sub(replacement, words)
    return words
