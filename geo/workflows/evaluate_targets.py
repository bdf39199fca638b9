"""Evaluates every target of the plans, and takes down the values that somebody states for one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.domain.sites import ANY_OPERATOR
from geo.domain.target_words import STATE_WORDS
from geo.domain.targets import (
    PERCENT,
    Figure,
    Milestone,
    TargetKind,
    Verdict,
    goal_in_interval,
    judge,
    missing_figure,
    stated_figure,
    target_state,
    worded_figure,
)
from geo.errors import BadInputError
from geo.parameters.coverage_rule import load_coverage_rule
from geo.parameters.loader import load_parameters
from geo.parameters.targets_schema import (
    Conflict,
    MilestoneEntry,
    ReadingEntry,
    TargetBook,
    TargetEntry,
    load_targets,
)
from geo.store.tables import TargetMeasurement
from geo.workflows.answers.assessments import newest_assessment
from geo.workflows.answers.documents import items_document
from geo.workflows.measured_rows import generalised, in_language, measured_row
from geo.workflows.target_figures import Measurer
from geo.workflows.target_rows import ConflictRow, DenominatorRow, MeasuredRow, SourceRow, TargetRow

WORDS = "words"


def evaluate_targets(
    session: Session,
    *,
    as_of: date | None = None,
    assessment_id: int | None = None,
    sees_sites: bool = False,
    home: Path | None = None,
    parameters_dir: Path | None = None,
) -> tuple[TargetRow, ...]:
    """Return every dated value of every target with its figures from an assessment and its state on `as_of`.

    `as_of` is by default the assessment's date. `home` is the state folder, for the figures that need a raster. A
    viewer who does not see sites gets the figures of a single operator in whole per cent, without numbers.

    Raises:
        NoAssessmentError: nothing has been computed.
    """
    info = newest_assessment(session, assessment_id=assessment_id)
    rule = load_coverage_rule(parameters_dir=parameters_dir, as_of=info.as_of)
    book = load_targets(parameters_dir=parameters_dir)
    day = as_of or info.as_of
    evaluation = _Evaluation(
        book=book,
        measurer=Measurer(session, info, rule, home, parameters_dir),
        stated=_stated_values(session, day),
        as_of=day,
        sees_sites=sees_sites,
    )
    return tuple(row for target in book.targets for row in evaluation.rows(target))


def targets_document(
    session: Session,
    *,
    as_of: date | None = None,
    assessment_id: int | None = None,
    sees_sites: bool = False,
    home: Path | None = None,
    parameters_dir: Path | None = None,
) -> dict[str, Any]:
    """Return the targets as the document that command line and API print; `evaluated_on` is the date of the states.

    The truth lies inside the intervals of figures in `interval_share` of cases, by the errors taken for the model.

    Raises:
        NoAssessmentError: nothing has been computed.
    """
    info = newest_assessment(session, assessment_id=assessment_id)
    rows = evaluate_targets(
        session,
        as_of=as_of,
        assessment_id=info.assessment_id,
        sees_sites=sees_sites,
        home=home,
        parameters_dir=parameters_dir,
    )
    book = load_targets(parameters_dir=parameters_dir)
    document = items_document(info, rows)
    errors = load_parameters("radio/uncertainty", parameters_dir=parameters_dir)
    return {
        **document,
        "targets_version": book.version,
        "evaluated_on": (as_of or info.as_of).isoformat(),
        "interval_share": errors.number("interval_share"),
    }


def record_measurement(
    session: Session,
    *,
    target_id: str,
    as_of: date,
    source: str,
    value: float | None = None,
    text_value: str | None = None,
    reading: str | None = None,
    parameters_dir: Path | None = None,
) -> int:
    """Take down a value that somebody states for a target, in the target's unit; return its number.

    Earlier statements stay. For a target that the service computes, a stated value stands beside the computed one and
    never in its place, unless the reading cannot be computed.

    Raises:
        NotFoundError: there is no such target.
        BadInputError: the reading, the value or the source cannot be used.
    """
    target = load_targets(parameters_dir=parameters_dir).target(target_id)
    chosen = _reading_to_state(target, reading)
    _check_statement(target, value=value, text_value=text_value, source=source)
    entry = TargetMeasurement(
        target_id=target.id, reading=chosen, value=value, text_value=text_value, as_of=as_of, source=source.strip()
    )
    session.add(entry)
    session.flush()
    return entry.id


class _Evaluation:
    """One pass over the targets with everything it needs at hand."""

    def __init__(
        self,
        *,
        book: TargetBook,
        measurer: Measurer,
        stated: Mapping[tuple[str, str], TargetMeasurement],
        as_of: date,
        sees_sites: bool,
    ) -> None:
        self._book = book
        self._measurer = measurer
        self._stated = stated
        self._as_of = as_of
        self._sees_sites = sees_sites

    def rows(self, target: TargetEntry) -> list[TargetRow]:
        """Return a row for each dated value of `target`."""
        return [self._row(target, number, entry) for number, entry in enumerate(target.milestones, start=1)]

    def _row(self, target: TargetEntry, number: int, entry: MilestoneEntry) -> TargetRow:
        milestone = entry.as_milestone()
        figures = [self._figure(target, reading) for reading in target.readings if not reading.beside]
        state = target_state(
            kind=target.kind,
            milestone=milestone,
            figures=figures,
            as_of=self._as_of,
            all_must_hold=target.all_must_hold,
        )
        state_vi, state_en = STATE_WORDS[state]
        measured = tuple(row for reading in target.readings for row in self._measured(target, reading, milestone))
        return TargetRow(
            id=target.id,
            milestone=number,
            milestones=len(target.milestones),
            kind=target.kind.value,
            indicator=target.indicator.vi,
            indicator_en=target.indicator.en,
            value=entry.value,
            comparison=entry.comparison.value,
            unit=target.unit,
            starts_on=entry.starts_on,
            deadline=entry.deadline,
            deadline_status=entry.status,
            deadline_note_vi=entry.note.vi if entry.note else None,
            deadline_note_en=entry.note.en if entry.note else None,
            source=SourceRow.of(target.source),
            also_in=tuple(SourceRow.of(source) for source in target.also_in),
            denominator=_denominator(target),
            scope_vi=target.scope.vi,
            scope_en=target.scope.en,
            state=state.value,
            state_vi=state_vi,
            state_en=state_en,
            goal_in_interval=any(row.goal_in_interval and not row.beside for row in measured),
            measured=measured,
            conflicts_with=_conflicts(target.id, self._book.conflicts_of(target.id)),
        )

    def _figure(self, target: TargetEntry, reading: ReadingEntry) -> Figure:
        """Return what counts for a reading: the computed figure, or the stated one where nothing can be computed."""
        if reading.metric is not None:
            return self._measurer.measure(reading.metric.as_metric())
        return _figure_of(self._stated.get((target.id, reading.id)))

    def _measured(self, target: TargetEntry, reading: ReadingEntry, milestone: Milestone) -> list[MeasuredRow]:
        stated = self._stated.get((target.id, reading.id))
        if reading.metric is None:
            return [self._stated_row(target, reading, milestone, stated=stated)]
        figure = self._measurer.measure(reading.metric.as_metric())
        verdict = judge(figure, milestone)
        if not self._sees_sites and reading.metric.operator != ANY_OPERATOR:
            figure = generalised(figure)
        row = measured_row(reading, figure, verdict=verdict, as_of=self._measurer.info.as_of)
        rows = [replace(row, goal_in_interval=goal_in_interval(figure, milestone))]
        if stated is not None:
            beside = reading.model_copy(update={"beside": True})
            rows.append(self._stated_row(target, beside, milestone, stated=stated))
        return rows

    def _stated_row(
        self, target: TargetEntry, reading: ReadingEntry, milestone: Milestone, *, stated: TargetMeasurement | None
    ) -> MeasuredRow:
        figure = _figure_of(stated)
        verdict = Verdict.NOT_JUDGED if target.unit == WORDS else judge(figure, milestone)
        row = measured_row(reading, figure, verdict=verdict, as_of=stated.as_of if stated else None)
        missing = reading.missing if figure.missing and target.kind is TargetKind.COMPUTED else None
        return replace(
            row,
            origin="declared",
            text_value=stated.text_value if stated else None,
            source=stated.source if stated else None,
            missing_vi=missing.vi if missing else row.missing_vi,
            missing_en=missing.en if missing else row.missing_en,
        )


def _figure_of(stated: TargetMeasurement | None) -> Figure:
    if stated is None:
        return missing_figure("not_stated")
    return worded_figure() if stated.value is None else stated_figure(stated.value)


def _denominator(target: TargetEntry) -> DenominatorRow:
    given = target.denominator
    return DenominatorRow(
        kind=given.kind,
        vi=given.name.vi,
        en=given.name.en,
        status=given.status,
        note_vi=in_language(given.note, "vi"),
        note_en=in_language(given.note, "en"),
    )


def _conflicts(target_id: str, conflicts: Sequence[Conflict]) -> tuple[ConflictRow, ...]:
    return tuple(
        ConflictRow(
            id=other,
            vi=conflict.explanation.vi,
            en=conflict.explanation.en,
            status=conflict.status,
            source=SourceRow.of(conflict.source) if conflict.source else None,
        )
        for conflict in conflicts
        for other in _others(conflict, target_id)
    )


def _others(conflict: Conflict, target_id: str) -> list[str | None]:
    others: list[str | None] = [other for other in conflict.targets if other != target_id]
    return others or [None]


def _stated_values(session: Session, day: date) -> dict[tuple[str, str], TargetMeasurement]:
    """Return the newest statement on or before `day` for each target and reading."""
    ordered = (
        select(TargetMeasurement)
        .where(TargetMeasurement.as_of <= day)
        .order_by(TargetMeasurement.as_of, TargetMeasurement.id)
    )
    return {(entry.target_id, entry.reading or ""): entry for entry in session.scalars(ordered)}


def _reading_to_state(target: TargetEntry, reading: str | None) -> str:
    names = [entry.id for entry in target.readings]
    if reading in names:
        return str(reading)
    only_stated = [entry.id for entry in target.readings if entry.metric is None and not entry.beside]
    free = only_stated if len(only_stated) == 1 else names
    if reading is None and len(free) == 1:
        return free[0]
    known = ", ".join(names)
    raise BadInputError(
        f"Say which reading of {target.id} the value is for: {known}.",
        f"Hãy cho biết giá trị thuộc cách hiểu nào của {target.id}: {known}.",
    )


def _check_statement(target: TargetEntry, *, value: float | None, text_value: str | None, source: str) -> None:
    if not source.strip():
        raise BadInputError(
            "A stated value needs a source: document, number and date.",
            "Giá trị kê khai phải có nguồn: văn bản, số và ngày.",
        )
    if target.unit == WORDS:
        if not (text_value or "").strip():
            raise BadInputError(f"{target.id} is stated in words.", f"{target.id} được kê khai bằng lời.")
        return
    largest = 100.0 if target.unit == PERCENT else math.inf
    if value is None or not math.isfinite(value) or not 0.0 <= value <= largest:
        limits = "0 … 100" if target.unit == PERCENT else "≥ 0"
        raise BadInputError(
            f"{target.id} is a number in {target.unit} ({limits}), not {value}.",
            f"{target.id} phải là số, đơn vị {target.unit} ({limits}), không phải {value}.",
        )
