"""Rows of the answer about targets; the field names are the names in JSON, CSV and the API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from geo.parameters.schema import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """Where a target stands written: stored file, clause and the exact words."""

    document: str
    file: str | None
    clause: str
    quote: str | None
    issued_on: dt.date | None
    issued_between: tuple[dt.date, dt.date] | None
    status: str
    note_vi: str | None
    note_en: str | None

    @classmethod
    def of(cls, source: Source) -> SourceRow:
        """Return a source of a parameter file as a row."""
        return cls(
            document=source.document,
            file=source.file,
            clause=source.clause,
            quote=source.quote,
            issued_on=source.issued_on,
            issued_between=source.issued_between,
            status=source.status,
            note_vi=source.note.vi if source.note else None,
            note_en=source.note.en if source.note else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DenominatorRow:
    """What the share is a share of; `status` says whether the document states it."""

    kind: str
    vi: str
    en: str
    status: str
    note_vi: str | None
    note_en: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRow:
    """One reading of a target with its figure.

    `value` and the two spans beside it are in the target's unit. `unknown_low` to `unknown_high` is the range that data
    which nobody handed in leave open; `interval_low` to `interval_high` is between what the truth lies by the errors of
    the model, and where there is none, `interval_missing` says why. `goal_in_interval` tells whether the verdict would
    be another one at an end of the interval (None where that is not known). Shares lie in 0..1 and add up to 1.
    `origin` is computed or declared. A reading `beside` takes no part in the state.
    """

    reading: str
    name_vi: str
    name_en: str
    origin: str
    verdict: str
    value: float | None
    unknown_low: float | None
    unknown_high: float | None
    interval_low: float | None
    interval_high: float | None
    interval_basis: str | None
    interval_basis_vi: str | None
    interval_basis_en: str | None
    interval_missing: str | None
    interval_missing_vi: str | None
    interval_missing_en: str | None
    goal_in_interval: bool | None
    share_covered: float | None
    share_not_covered: float | None
    share_no_data: float | None
    total: float | None
    counts: Mapping[str, float]
    basis: str | None
    basis_vi: str | None
    basis_en: str | None
    text_value: str | None
    as_of: dt.date | None
    source: str | None
    beside: bool
    status: str
    missing: str | None
    missing_vi: str | None
    missing_en: str | None
    note_vi: str | None
    note_en: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictRow:
    """Another target (or, with `id` None, a document) that contradicts or overlaps this one."""

    id: str | None
    vi: str
    en: str
    status: str
    source: SourceRow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRow:
    """One dated value of a target and where it stands. A target with several dates has several rows of the same id.

    `goal_in_interval`: the state is that of the figures themselves, but of at least one reading that takes part in it
    the verdict would be another one at an end of its interval.
    """

    id: str
    milestone: int
    milestones: int
    kind: str
    indicator: str
    indicator_en: str
    value: float | None
    comparison: str
    unit: str
    starts_on: dt.date | None
    deadline: dt.date | None
    deadline_status: str
    deadline_note_vi: str | None
    deadline_note_en: str | None
    source: SourceRow
    also_in: tuple[SourceRow, ...]
    denominator: DenominatorRow
    scope_vi: str
    scope_en: str
    state: str
    state_vi: str
    state_en: str
    goal_in_interval: bool
    measured: tuple[MeasuredRow, ...]
    conflicts_with: tuple[ConflictRow, ...]
