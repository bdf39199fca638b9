"""The command line parser's complaints in Vietnamese; it speaks English only."""

from __future__ import annotations

import re

_NOISE = re.compile(r"(?<=: )Value error, |, unable to parse string as an? \w+")
_PHRASES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"Invalid value for (\S+): ", r"giá trị của \1 không hợp lệ: "),
        (r"(\S+) is not one of ", r"\1 không thuộc các giá trị "),
        (r"Input should be less than or equal to ", "phải nhỏ hơn hoặc bằng "),
        (r"Input should be greater than or equal to ", "phải lớn hơn hoặc bằng "),
        (r"Input should be a valid integer[^.]*", "phải là số nguyên"),
        (r"Input should be a valid number[^.]*", "phải là số"),
        (r"Option (\S+) requires an argument\.", r"tùy chọn \1 cần một giá trị."),
        (r"Option (\S+) does not take a value\.", r"tùy chọn \1 không nhận giá trị."),
        (r"Missing option ", "thiếu tùy chọn "),
        (r"Missing argument ", "thiếu tham số "),
        (r"No such command (\S+?)\.", r"không có lệnh \1."),
        (r"No such option:? (\S+?)(?=\.| |$)", r"không có tùy chọn \1"),
        (r"\(Possible options: ", "(có thể là: "),
        (r"Choose from: ", "Chọn một trong: "),
        (r"Got unexpected extra argument(?:s|\(s\))? ", "thừa tham số "),
    )
)


def as_sentence(words: str) -> str:
    """Return the parser's words on one line, with a full stop and without those that tell a user nothing."""
    line = " ".join(_NOISE.sub("", words).split())
    return line if line.endswith((".", "!", "?")) else f"{line}."


def in_vietnamese(words: str) -> str:
    """Return the parser's words with the phrases it uses most in Vietnamese; what is not known stays as it is."""
    for pattern, replacement in _PHRASES:
        words = pattern.sub(replacement, words)
    return words
