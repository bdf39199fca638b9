"""Assessments that were made."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from geo.errors import NoAssessmentError, NotFoundError
from geo.store.keeping import hold_assessment
from geo.store.results import published_id
from geo.store.tables import Assessment, ImportKind, ImportRecord, Operator
from geo.workflows.answers.rows import AssessmentInfo, OperatorInfo, Page


def newest_assessment(session: Session, *, assessment_id: int | None = None) -> AssessmentInfo:
    """Return the published assessment (`geo.store.results.in_force`), or the finished one with a number.

    Raises:
        NoAssessmentError: none is finished yet.
        NotFoundError: no finished assessment has the number.
    """
    while (wanted := published_id(session) if assessment_id is None else assessment_id) is not None:
        found = session.scalars(_finished().where(Assessment.id == wanted).limit(1)).first()
        # Until the end of the transaction it is being read and stays; one that just went has another one after it.
        if found is not None and hold_assessment(session, found.id):
            return assessment_info(session, found)
        if assessment_id is not None:
            break
    raise _nothing_found(assessment_id)


def list_assessments(session: Session, *, limit: int = 20, offset: int = 0) -> Page[AssessmentInfo]:
    """Return the finished assessments, newest first."""
    total = session.scalar(select(func.count()).select_from(_finished().subquery())) or 0
    found = session.scalars(_finished().limit(limit).offset(offset)).all()
    items = tuple(assessment_info(session, assessment) for assessment in found)
    return Page(items=items, total=total, limit=limit, offset=offset)


def assessment_info(session: Session, assessment: Assessment) -> AssessmentInfo:
    """Return a stored assessment as a row."""
    return AssessmentInfo(
        assessment_id=assessment.id,
        as_of=assessment.as_of,
        created_at=assessment.created_at,
        finished_at=assessment.finished_at,
        territory_version=assessment.territory_version,
        rule_version=assessment.rule_version,
        radio_version=assessment.radio_version,
        technologies=tuple(assessment.technologies),
        operators=_operators(session, assessment),
        illustrative=assessment.illustrative,
        provenance=assessment.provenance,
        terrain=assessment.terrain,
        population_source=assessment.population_source,
        cells_total=assessment.cells_total,
        cells_defaulted=assessment.cells_defaulted,
        defaulted_fields=assessment.defaulted_fields,
        timings_s=assessment.timings_s,
        area_code=assessment.area_code,
        stale=_changed_since(session, assessment),
        calibration=assessment.calibration,
        published=published_id(session) == assessment.id,
    )


def _operators(session: Session, assessment: Assessment) -> tuple[OperatorInfo, ...]:
    """Return the active operators; what was assessed before their lists were kept has their names of today."""
    lists = assessment.operator_lists
    old = [code for code in assessment.operator_codes if code not in lists]
    query = select(Operator.code, Operator.name).where(Operator.code.in_(old))
    names = {row.code: row.name for row in session.execute(query)} if old else {}
    return tuple(
        OperatorInfo(code=code, **lists.get(code, {"name": names.get(code, code)}))
        for code in assessment.operator_codes
    )


def _finished() -> Select[Any]:
    return (
        select(Assessment)
        .where(Assessment.status == "done")
        .order_by(Assessment.created_at.desc(), Assessment.id.desc())
    )


def _changed_since(session: Session, assessment: Assessment) -> bool:
    changed = select(ImportRecord.id).where(
        # Measurements change no result before a calibration is made of them and chosen.
        ImportRecord.kind != ImportKind.MEASUREMENTS.value,
        or_(ImportRecord.created_at > assessment.created_at, ImportRecord.retired_at > assessment.created_at),
    )
    return session.scalars(changed.limit(1)).first() is not None


def _nothing_found(assessment_id: int | None) -> NoAssessmentError | NotFoundError:
    if assessment_id is None:
        return NoAssessmentError(
            "No assessment has been computed yet; run `phusong assess`.",
            "Chưa có lần đánh giá nào; hãy chạy `phusong assess`.",
        )
    return NotFoundError(
        f"There is no finished assessment {assessment_id}; the list is at /api/v1/assessments.",
        f"Không có lần đánh giá hoàn tất nào mang số {assessment_id}; xem danh sách ở /api/v1/assessments.",
    )
