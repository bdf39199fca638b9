"""The interval of a target's figure: between what the truth lies, by the errors that the model is taken to have.

It is another thing than the range that the unknown leaves open (`Figure.unknown_low` to `unknown_high`): that one comes
from data that nobody handed in, this one from levels that were predicted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Both ends in the unit of the figure, or none and the reason's code in `missing`.

    `basis` is a code for what it was made from. Codes have their words in `geo.domain.target_words`.
    """

    low: float | None = None
    high: float | None = None
    basis: str | None = None
    missing: str | None = None


NO_FIGURE = Interval(missing="no_figure")
STATED = Interval(missing="stated")


@dataclass(frozen=True, slots=True)
class SharePart:
    """A covered share in 0..1 with both ends of its interval."""

    covered: float
    low: float
    high: float


def no_interval(code: str) -> Interval:
    """Return the interval of a figure that has none, with the reason's code."""
    return Interval(missing=code)


def interval_around(value: float, low: float, high: float, *, largest: float, basis: str) -> Interval:
    """Return an interval that holds its value and lies within 0 to `largest`, what could be reached at best."""
    return Interval(low=max(0.0, min(low, value)), high=max(value, min(high, largest)), basis=basis)


def over_technologies(value: float, parts: Sequence[SharePart]) -> SharePart:
    """Return the share that any technology covers with its ends, from the intervals of each; all in 0..1.

    What is lost over all of them when levels are lower is lost in one of them, so the distances add up to at least the
    true one; and what one technology keeps is kept. So the ends are never too near.
    """
    low = value - sum(part.covered - part.low for part in parts)
    high = value + sum(part.high - part.covered for part in parts)
    return SharePart(value, max([0.0, low, *(min(part.low, value) for part in parts)]), max(value, min(1.0, high)))


def over_units(weighted: Sequence[tuple[float, SharePart]]) -> SharePart:
    """Return the share of a whole with its ends from those of its units, as if all were wrong the same way."""
    total = sum(weight for weight, _ in weighted)
    columns = [(weight, (part.covered, part.low, part.high)) for weight, part in weighted]
    return SharePart(*(sum(weight * ends[at] for weight, ends in columns) / total for at in range(3)))
