"""Writes SVG by hand: elements with escaped text, paths, and round numbers for axes. No style attribute is used, so a
page may forbid inline styles."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

Attribute = str | float | int | None
XY = tuple[float, float]


def element(name: str, *children: str, **attributes: Attribute) -> str:
    """Return an element; `_` in a name stands for `-`, attributes of None are left out, children are markup."""
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(number(value) if isinstance(value, float) else str(value))}"
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(children)
    return f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>"


def text(content: str, x: float, y: float, **attributes: Attribute) -> str:
    """Return a line of text."""
    return element("text", escape(content), x=x, y=y, **attributes)


def number(value: float) -> str:
    """Return a coordinate with a tenth of a pixel."""
    return (
        f"{value:.1f}".removesuffix(".0").replace("-0", "0") if abs(value) < 0.05 else f"{value:.1f}".removesuffix(".0")
    )


def points(line: Iterable[XY]) -> str:
    """Return coordinates as `points` of a polygon or polyline."""
    return " ".join(f"{number(x)},{number(y)}" for x, y in line)


def ticks(low: float, high: float, *, most: int) -> list[float]:
    """Return round numbers (1, 2 or 5 times a power of ten apart) within a range, at most `most` of them."""
    rough = max(high - low, 1e-9) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1.0, 2.0, 5.0, 10.0) if power * factor >= rough)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def wrapped(content: str, *, width_px: float, size_px: float) -> list[str]:
    """Break a text into lines of about a width; letters are taken as half as wide as they are high."""
    letters = max(12, int(width_px / (0.52 * size_px)))
    lines: list[str] = []
    for word in content.split(" "):
        if lines and len(lines[-1]) + 1 + len(word) <= letters:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines


def text_width(content: str, size_px: float) -> float:
    """Return about how wide a text is, in pixels."""
    return 0.6 * size_px * len(content)


def thinned(line: Sequence[XY], *, most: int) -> list[XY]:
    """Return a line with at most about `most` points, keeping the highest and lowest of every stretch."""
    if len(line) <= most:
        return list(line)
    size = math.ceil(2 * len(line) / most)
    kept: list[XY] = [line[0]]
    for start in range(1, len(line) - 1, size):
        stretch = line[start : min(start + size, len(line) - 1)]
        ends = {min(stretch, key=lambda xy: xy[1]), max(stretch, key=lambda xy: xy[1])}
        kept.extend(sorted(ends))
    return [*kept, line[-1]]
