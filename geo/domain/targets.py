"""Where a target stands: measured figures against dated values, never rounded in the target's favour.

A share is always covered + not covered + no data. What nobody measured can only make a verdict open, so a target is met
when even its worst reading of the unknown is good enough, and not met when the best one is not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from geo.domain.target_intervals import NO_FIGURE, STATED, Interval

# Protects an exact target such as 100 % against the noise of floating point sums.
TOLERANCE = 1e-9
PERCENT = "percent"


class TargetKind(StrEnum):
    """Whether the service computes the figure or somebody has to state it."""

    COMPUTED = "computed"
    DECLARED = "declared"


class Comparison(StrEnum):
    """How a figure is held against the value of a target."""

    AT_LEAST = "at_least"
    MORE_THAN = "more_than"
    AT_MOST = "at_most"
    NONE = "none"


class Verdict(StrEnum):
    """What a figure says about a dated value."""

    MET = "met"
    NOT_MET = "not_met"
    OPEN = "open"
    NO_DATA = "no_data"
    NOT_JUDGED = "not_judged"


class TargetState(StrEnum):
    """Where a dated value of a target stands on the evaluation date."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    NO_DATA = "no_data"
    DECLARED = "declared"
    QUALITATIVE = "qualitative"
    OVERDUE_MET = "overdue_met"
    OVERDUE_NOT_MET = "overdue_not_met"
    OVERDUE_NO_DATA = "overdue_no_data"
    OVERDUE_READINGS_DIFFER = "overdue_readings_differ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """One dated value of a target, in the target's unit; `value` is None for a target in words only."""

    value: float | None
    comparison: Comparison
    deadline: date | None = None
    starts_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A measured figure in the unit of its target, and the range it lies in given what is not known.

    `unknown_low` to `unknown_high` is the range that data which nobody handed in leave open; `interval` is what the
    model may be wrong by where there are data. `value` is None when nothing was measured; `missing` then says why (a
    code of `geo.domain.target_words`). Shares lie in 0..1 and add up to 1. `basis` is a code for what the figure was
    made from.
    """

    value: float | None = None
    unknown_low: float | None = None
    unknown_high: float | None = None
    share_covered: float | None = None
    share_not_covered: float | None = None
    share_no_data: float | None = None
    total: float | None = None
    counts: Mapping[str, float] = field(default_factory=dict)
    basis: str | None = None
    missing: str | None = None
    interval: Interval = NO_FIGURE


def missing_figure(code: str, counts: Mapping[str, float] | None = None) -> Figure:
    """Return the figure of something that was not measured, with the reason's code."""
    return Figure(missing=code, counts=counts or {})


def stated_figure(value: float) -> Figure:
    """Return the figure of a value that somebody stated."""
    return Figure(value=value, unknown_low=value, unknown_high=value, interval=STATED)


def worded_figure() -> Figure:
    """Return the figure of something that was stated in words: there is no value, and nothing is missing."""
    return Figure(interval=STATED)


def share_figure(
    *, covered: float, not_covered: float, no_data: float, counts: Mapping[str, float] | None = None
) -> Figure:
    """Return a share in per cent from three amounts of the same kind (villages, people, km² …).

    Raises:
        ValueError: an amount is negative or not a number.
    """
    amounts = (covered, not_covered, no_data)
    if any(not math.isfinite(amount) or amount < 0 for amount in amounts):
        raise ValueError(f"amounts must be finite and not negative: {amounts}")
    total = sum(amounts)
    if total <= 0:
        return missing_figure("nothing_to_count", counts)
    share = covered / total
    unknown = no_data / total
    if unknown >= 1:
        return Figure(
            share_covered=0.0,
            share_not_covered=0.0,
            share_no_data=1.0,
            total=total,
            counts=counts or {},
            missing="all_unknown",
        )
    return Figure(
        value=share * 100.0,
        unknown_low=share * 100.0,
        unknown_high=(share + unknown) * 100.0,
        share_covered=share,
        share_not_covered=not_covered / total,
        share_no_data=unknown,
        total=total,
        counts=counts or {},
    )


def remaining_figure(*, covered: float, not_covered: float, no_data: float) -> Figure:
    """Return how many items are left without coverage: at least those known, at most those unknown too."""
    total = covered + not_covered + no_data
    shares = share_figure(covered=covered, not_covered=not_covered, no_data=no_data)
    return replace(
        shares,
        value=not_covered,
        unknown_low=not_covered,
        unknown_high=not_covered + no_data,
        total=total,
        missing=None,
    )


def judge(figure: Figure, milestone: Milestone) -> Verdict:
    """Return what `figure` says about `milestone`; both are in the target's unit."""
    if milestone.value is None or milestone.comparison is Comparison.NONE:
        return Verdict.NOT_JUDGED
    if figure.value is None or figure.unknown_low is None or figure.unknown_high is None:
        return Verdict.NO_DATA
    worst, best = (
        (figure.unknown_high, figure.unknown_low)
        if milestone.comparison is Comparison.AT_MOST
        else (figure.unknown_low, figure.unknown_high)
    )
    if _holds(worst, milestone):
        return Verdict.MET
    return Verdict.OPEN if _holds(best, milestone) else Verdict.NOT_MET


def goal_in_interval(figure: Figure, milestone: Milestone) -> bool | None:
    """Return whether the verdict would be another one at an end of the figure's interval; None where that is not known.

    What is unknown stays unknown: the whole range moves with the value.
    """
    low, high = figure.interval.low, figure.interval.high
    if milestone.comparison is Comparison.NONE or figure.value is None or low is None or high is None:
        return None
    ends = {judge(_moved(figure, end), milestone) for end in (low, high)}
    return ends != {judge(figure, milestone)}


def _moved(figure: Figure, value: float) -> Figure:
    by = value - (figure.value or 0.0)
    low, high = (None if end is None else end + by for end in (figure.unknown_low, figure.unknown_high))
    return replace(figure, value=value, unknown_low=low, unknown_high=high)


def target_state(
    *,
    kind: TargetKind,
    milestone: Milestone,
    figures: Sequence[Figure],
    as_of: date,
    all_must_hold: bool = False,
) -> TargetState:
    """Return the state of one dated value on `as_of` from the figures of all its readings, which are never averaged.

    The figures are different readings of the same words, or (`all_must_hold`) parts that must each reach the value.
    The day of the deadline still belongs to the time allowed.
    """
    if milestone.starts_on is not None and as_of < milestone.starts_on:
        return TargetState.NOT_STARTED
    if milestone.comparison is Comparison.NONE:
        return _in_words(kind, milestone, figures=figures, as_of=as_of)
    if milestone.deadline is not None and as_of > milestone.deadline:
        verdicts = {judge(figure, milestone) for figure in figures}
        return _overdue_parts(verdicts) if all_must_hold else _overdue(verdicts)
    if kind is TargetKind.DECLARED:
        return TargetState.DECLARED
    measured = any(figure.value is not None for figure in figures)
    return TargetState.IN_PROGRESS if measured else TargetState.NO_DATA


def _in_words(kind: TargetKind, milestone: Milestone, *, figures: Sequence[Figure], as_of: date) -> TargetState:
    """Return the state of a target without a figure: published or stated, never judged."""
    if kind is TargetKind.COMPUTED:
        return TargetState.QUALITATIVE
    overdue = milestone.deadline is not None and as_of > milestone.deadline
    nothing_stated = all(figure.missing is not None for figure in figures)
    return TargetState.OVERDUE_NO_DATA if overdue and nothing_stated else TargetState.DECLARED


def _overdue(verdicts: set[Verdict]) -> TargetState:
    if verdicts == {Verdict.MET}:
        return TargetState.OVERDUE_MET
    if verdicts == {Verdict.NOT_MET}:
        return TargetState.OVERDUE_NOT_MET
    if verdicts <= {Verdict.NO_DATA, Verdict.OPEN}:
        return TargetState.OVERDUE_NO_DATA
    return TargetState.OVERDUE_READINGS_DIFFER


def _overdue_parts(verdicts: set[Verdict]) -> TargetState:
    if Verdict.NOT_MET in verdicts:
        return TargetState.OVERDUE_NOT_MET
    return TargetState.OVERDUE_MET if verdicts == {Verdict.MET} else TargetState.OVERDUE_NO_DATA


def _holds(value: float, milestone: Milestone) -> bool:
    wanted = milestone.value or 0.0
    if milestone.comparison is Comparison.AT_LEAST:
        return value >= wanted - TOLERANCE
    if milestone.comparison is Comparison.MORE_THAN:
        return value > wanted + TOLERANCE
    return value <= wanted + TOLERANCE
