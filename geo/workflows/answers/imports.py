"""What was handed in, read back: the list of imports, and the document of one with its problems."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, func, select
from sqlalchemy.orm import Session, selectinload

from geo.errors import NotFoundError
from geo.store.tables import ImportKind, ImportProblem, ImportRecord
from geo.workflows.answers.rows import Page
from geo.workflows.import_records import file_document, report_of_record

__all__ = ["ImportInfo", "ImportKind", "get_import", "list_imports"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportInfo:
    """One import in the list; the counts are of rows, `retired_at` tells that its rows are gone."""

    import_id: int
    kind: str
    sha256: str
    as_of: dt.date
    created_at: dt.datetime
    retired_at: dt.datetime | None
    illustrative: bool
    crs: str | None
    operator: str | None
    files: tuple[dict[str, Any], ...]
    rows_read: int
    rows_stored: int
    rows_unchanged: int
    rows_skipped: int
    rows_folded: int
    error_count: int
    warning_count: int


def list_imports(
    session: Session, *, kind: str | None = None, limit: int | None = 100, offset: int = 0
) -> Page[ImportInfo]:
    """Return the imports, newest first; `limit=None` returns all of them."""
    conditions = [] if kind is None else [ImportRecord.kind == kind]
    total = session.scalar(select(func.count()).select_from(ImportRecord).where(*conditions)) or 0
    query = (
        select(ImportRecord)
        .where(*conditions)
        .order_by(ImportRecord.id.desc())
        .limit(limit)
        .offset(offset)
        .options(selectinload(ImportRecord.files))
    )
    records = session.scalars(query).all()
    problems = _problem_counts(session, [record.id for record in records])
    items = tuple(_info(record, problems[record.id]) for record in records)
    return Page.cut(items, total=total, limit=limit, offset=offset)


def get_import(session: Session, *, import_id: int) -> dict[str, Any]:
    """Return the document that the import answered with, and when it came and was retired.

    Raises:
        NotFoundError: no import has the number.
    """
    record = session.get(ImportRecord, import_id)
    if record is None:
        raise NotFoundError(
            f"There is no import {import_id}; the list is at /api/v1/imports.",
            f"Không có lần nhập số {import_id}; xem danh sách ở /api/v1/imports.",
        )
    moments = {"created_at": record.created_at, "retired_at": record.retired_at}
    return {**report_of_record(session, record).document(), **moments}


def _problem_counts(session: Session, import_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Rows with errors and with warnings by import; one stored problem may stand for several rows."""
    rows = func.coalesce(ImportProblem.context["count"].astext.cast(BigInteger), 1)
    query = (
        select(ImportProblem.import_id, ImportProblem.severity, func.sum(rows))
        .where(ImportProblem.import_id.in_(import_ids))
        .group_by(ImportProblem.import_id, ImportProblem.severity)
    )
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for import_id, severity, count in session.execute(query):
        counts[import_id][severity] = int(count)
    return counts


def _info(record: ImportRecord, problems: dict[str, int]) -> ImportInfo:
    return ImportInfo(
        import_id=record.id,
        kind=record.kind,
        sha256=record.sha256,
        as_of=record.as_of,
        created_at=record.created_at,
        retired_at=record.retired_at,
        illustrative=record.illustrative,
        crs=record.crs,
        operator=record.operator_code,
        files=tuple(file_document(file) for file in record.files),
        rows_read=record.rows_read,
        rows_stored=record.rows_stored,
        rows_unchanged=record.rows_unchanged,
        rows_skipped=record.rows_skipped,
        rows_folded=record.rows_folded,
        error_count=problems.get("error", 0),
        warning_count=problems.get("warning", 0),
    )
