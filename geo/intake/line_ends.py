"""Lines of a text table as the CSV reader takes them, whatever ends them: LF, CR LF, or CR alone as of old Macs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_LONE_CR = re.compile(r"\r(?!\n)")
# An end inside quotation marks belongs to its field.
_QUOTED = re.compile(r'(?:(?<=[,;\t|\r\n])|^)"(?:[^"]|"")*"')
_PROBED_CHARACTERS = 1_000_000
_NUL = "\0"


@dataclass(frozen=True)
class LineEnds:
    """How the lines of a file end: `mixed` files have lone CRs, `by_cr` where these are the most.

    `delimiters` is how many of them most lines have; an end of the rarer kind counts only between whole lines.
    """

    delimiter: str
    mixed: bool = False
    by_cr: bool = False
    delimiters: int = 0

    def lines(self, stream: Iterable[str]) -> Iterator[str]:
        """Yield the lines of a stream that was opened with `newline=""`; an end within a field becomes a blank."""
        clean = (kept for line in stream if (kept := line.replace(_NUL, "")))
        return self._whole(clean) if self.mixed else clean

    def _whole(self, stream: Iterable[str]) -> Iterator[str]:
        before = ""
        for line in stream:
            if before and self._is_end(before, line):
                yield before
                before = line
            else:
                before = f"{before.rstrip(chr(13) + chr(10))} {line}" if before else line
        if before:
            yield before

    def _is_end(self, before: str, after: str) -> bool:
        is_usual = (before.endswith("\r")) is self.by_cr
        return is_usual or min(self._width(before), self._width(after)) >= self.delimiters

    def _width(self, line: str) -> int:
        return line.count(self.delimiter)


def find_line_ends(text: str, delimiter: str) -> LineEnds:
    """Return how the lines of a text end, and how wide they are where that tells ends from stray signs."""
    if _LONE_CR.search(text) is None:
        return LineEnds(delimiter)
    head = _QUOTED.sub("", text[:_PROBED_CHARACTERS])
    lone = len(_LONE_CR.findall(head))
    by_cr = lone > head.count("\n")
    widths = Counter(line.count(delimiter) for line in re.split(r"[\r\n]+", head))
    # The width that most of the table has: a row that a stray sign cuts counts as two narrow ones.
    usual = max(widths, key=lambda width: (width * widths[width], width))
    return LineEnds(delimiter, mixed=True, by_cr=by_cr, delimiters=usual)
