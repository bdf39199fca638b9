"""Places labels on a picture where they cover no line, no mark and no other label, as near as may be to their mark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from maps.profile_legend import TEXT_PX
from maps.svg import XY, text_width

# The picture is looked at in squares of this size: taken by a line, a mark or a label, or free.
CELL_PX = 3.0
ASCENT_PX, DESCENT_PX = 0.85 * TEXT_PX, 0.25 * TEXT_PX
INSET_PX = 3.0
GAP_PX = 2.0  # kept free around a text: its halo reaches so far
COVERED_COST_PX = 200.0  # a covered square weighs as much as this way from the mark


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels, `top` above `bottom`."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Upright:
    """A mark that has a label: an upright stretch, in pixels, `top` above `bottom`."""

    x: float
    top: float
    bottom: float


class Sheet:
    """What is taken and what is free on a plot."""

    def __init__(self, plot: Box) -> None:
        self._plot = plot
        self._columns = math.ceil((plot.right - plot.left) / CELL_PX)
        self._rows = [bytearray(self._columns) for _ in range(math.ceil((plot.bottom - plot.top) / CELL_PX))]

    def take_box(self, box: Box) -> None:
        """Mark a rectangle as taken; what lies outside the plot is left out."""
        first, last = self._column(box.left), self._column(box.right)
        if last < 0 or first >= self._columns:
            return
        first, last = max(first, 0), min(last, self._columns - 1)
        filled = b"\x01" * (last - first + 1)
        for row in range(max(self._row(box.top), 0), min(self._row(box.bottom), len(self._rows) - 1) + 1):
            self._rows[row][first : last + 1] = filled

    def take_line(self, line: Sequence[XY]) -> None:
        """Mark the squares along a line as taken."""
        for (x0, y0), (x1, y1) in pairwise(line):
            steps = max(1, math.ceil(abs(x1 - x0) / CELL_PX))
            for step in range(steps):
                ends = [(x0 + (x1 - x0) * at / steps, y0 + (y1 - y0) * at / steps) for at in (step, step + 1)]
                (left, one), (right, other) = sorted(ends)
                self.take_box(Box(left, min(one, other) - 1.0, right, max(one, other) + 1.0))

    def place(self, words: str, *, near: Upright) -> XY:
        """Return where a text starts and its baseline, and take its place."""
        width, height = text_width(words, TEXT_PX), ASCENT_PX + DESCENT_PX
        plot = self._plot
        best, least = Box(plot.left, plot.top, plot.left + width, plot.top + height), math.inf
        for top in _steps(plot.top + INSET_PX, plot.bottom - INSET_PX - height):
            for left in _steps(plot.left + INSET_PX, plot.right - INSET_PX - width):
                box = Box(left, top, left + width, top + height)
                cost = _distance(box, near)
                if cost < least:
                    cost += COVERED_COST_PX * self._covered(box)
                if cost < least:
                    best, least = box, cost
        self.take_box(best)
        return best.left, best.top + ASCENT_PX

    def _covered(self, box: Box) -> int:
        first, last = max(self._column(box.left - GAP_PX), 0), self._column(box.right + GAP_PX) + 1
        rows = self._rows[max(self._row(box.top - GAP_PX), 0) : self._row(box.bottom + GAP_PX) + 1]
        return sum(row.count(1, first, last) for row in rows)

    def _column(self, x: float) -> int:
        return math.floor((x - self._plot.left) / CELL_PX)

    def _row(self, y: float) -> int:
        return math.floor((y - self._plot.top) / CELL_PX)


def _steps(low: float, high: float) -> list[float]:
    """Places from `low` on, a square apart, and `high` itself."""
    count = max(0, math.floor((high - low) / CELL_PX))
    return [*(low + CELL_PX * step for step in range(count)), high]


def _distance(box: Box, mark: Upright) -> float:
    """How far a text is from its mark; a little more where only its far end is near, so that texts stand centred."""
    across = max(box.left - mark.x, mark.x - box.right, 0.0)
    upright = max(box.top - mark.bottom, mark.top - box.bottom, 0.0)
    return math.hypot(across, upright) + 0.02 * abs((box.left + box.right) / 2 - mark.x)
