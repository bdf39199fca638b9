"""Records of imports: writing them, finding the same one again, and reading them back as a document."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from geo.intake.problems import Problem
from geo.intake.sources import SourceFile
from geo.store.repositories_provenance import read_territory_version
from geo.store.tables import ImportFile, ImportProblem, ImportRecord
from geo.workflows.import_report import ImportCounts, ImportPreview, ImportReport
from geo.workflows.import_request import ImportRequest


def combined_sha256(files: Sequence[SourceFile]) -> str:
    """Return the SHA-256 over the bytes of the files in their order, "" when there is none."""
    return files[-1].sha256_with_earlier if files else ""


def find_same_import(session: Session, request: ImportRequest, sha256: str) -> ImportRecord | None:
    """Return the newest import of the same bytes with the same options whose rows are still in use."""
    found = session.scalars(
        select(ImportRecord)
        .where(ImportRecord.kind == request.kind.value, ImportRecord.sha256 == sha256)
        .where(ImportRecord.retired_at.is_(None))
        .order_by(ImportRecord.id.desc())
    )
    wanted = request.options()
    return next((record for record in found if record.options.get("request") == wanted), None)


def find_overtaken_import(session: Session, request: ImportRequest, sha256: str) -> ImportRecord | None:
    """Return the newest import of the same bytes for the same operator if it is not of a later day and others followed.

    Its other options do not matter: a list that came with its day and comes again without is an old one all the same.
    """
    found = session.scalars(
        select(ImportRecord)
        .where(ImportRecord.kind == request.kind.value, ImportRecord.sha256 == sha256)
        .where(ImportRecord.retired_at.is_(None), ImportRecord.as_of <= request.effective_as_of)
        .order_by(ImportRecord.id.desc())
    )
    record = next((one for one in found if one.options.get("request", {}).get("operator") == request.operator), None)
    return None if record is None or is_newest(session, record) else record


def is_newest(session: Session, record: ImportRecord) -> bool:
    """Tell whether no other import of the kind came after this one."""
    later = select(ImportRecord.id).where(ImportRecord.kind == record.kind, ImportRecord.id > record.id).limit(1)
    return session.scalar(later) is None


def record_import(
    session: Session, request: ImportRequest, files: Sequence[SourceFile], *, after: ImportRecord | None
) -> ImportRecord:
    """Write the record of an import with its files; the counts follow when the rows are stored.

    `after` is an earlier import of the same bytes that others have since overwritten: the new one is then a
    different import although its bytes and options are the same.
    """
    options: dict[str, Any] = {"request": request.options()}
    if after is not None:
        options["after_import_id"] = after.id
    record = ImportRecord(
        kind=request.kind.value,
        sha256=combined_sha256(files),
        options_sha256=hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest(),
        illustrative=request.illustrative,
        as_of=request.effective_as_of,
        crs=request.crs,
        operator_code=request.operator,
        options=options,
        provenance=dict(request.provenance),
        rows_read=0,
        rows_stored=0,
        rows_unchanged=0,
        rows_skipped=0,
        rows_folded=0,
        files=[
            ImportFile(name=file.name, sha256=file.sha256, size_bytes=file.size_bytes, origin=file.origin)
            for file in files
        ],
    )
    session.add(record)
    session.flush()
    return record


def finish_record(session: Session, record: ImportRecord, report: ImportReport, speaks_of: Sequence[str]) -> None:
    """Complete a record with what storing did, the parts of the data it is the word on, and every problem."""
    record.rows_read = report.counts.read
    record.rows_stored = report.counts.stored
    record.rows_unchanged = report.counts.unchanged
    record.rows_skipped = report.counts.skipped
    record.rows_folded = report.counts.folded
    record.crs = report.crs
    record.operator_code = report.operator_code
    record.options = {
        **record.options,
        "preview": report.document()["preview"],
        "gone": [dict(item) for item in report.gone],
        "speaks_of": sorted(speaks_of),
    }
    session.flush()
    if report.problems:
        session.execute(insert(ImportProblem), [_problem_row(record.id, problem) for problem in report.problems])


def _problem_row(import_id: int, problem: Problem) -> dict[str, Any]:
    return {
        "import_id": import_id,
        "severity": problem.severity,
        "code": problem.code,
        "file": problem.file,
        "sheet": problem.sheet,
        "row_number": problem.row,
        "column_name": problem.column,
        "value": problem.value,
        "context": {"count": problem.count, **{key: _plain(value) for key, value in problem.context.items()}},
        "raw_row": None if problem.raw_row is None else {key: _plain(value) for key, value in problem.raw_row.items()},
    }


def _plain(value: object) -> object:
    """Return a value that JSON can hold; PostgreSQL refuses the NUL character in text."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    return str(value).replace("\x00", "")


def problems_of_record(session: Session, import_id: int) -> tuple[Problem, ...]:
    """Return every stored problem of an import, in the order in which they were reported."""
    rows = session.scalars(select(ImportProblem).where(ImportProblem.import_id == import_id).order_by(ImportProblem.id))
    return tuple(_problem_of(row) for row in rows)


def _problem_of(row: ImportProblem) -> Problem:
    context = dict(row.context)
    return Problem(
        code=row.code,
        severity="error" if row.severity == "error" else "warning",
        file=row.file,
        sheet=row.sheet,
        row=row.row_number,
        column=row.column_name,
        value=row.value,
        count=int(context.pop("count", 1)),
        context=context,
        raw_row=row.raw_row,
    )


def report_of_record(session: Session, record: ImportRecord, *, repeated: bool = False) -> ImportReport:
    """Return the report of an import that is in the store.

    With `repeated`, the report of the same files handed in again: nothing is new, every row is unchanged.
    """
    counts = ImportCounts(
        read=record.rows_read,
        stored=0 if repeated else record.rows_stored,
        unchanged=record.rows_unchanged + (record.rows_stored if repeated else 0),
        skipped=record.rows_skipped,
        folded=record.rows_folded,
    )
    return ImportReport(
        import_id=record.id,
        kind=record.kind,
        sha256=record.sha256,
        as_of=record.as_of,
        illustrative=record.illustrative,
        dry_run=False,
        counts=counts,
        preview=_preview(record.options.get("preview", {}), repeated=repeated),
        problems=_still_true(problems_of_record(session, record.id), repeated=repeated),
        gone=() if repeated else tuple(record.options.get("gone", [])),
        files=tuple(file_document(file) for file in record.files),
        crs=record.crs,
        operator_code=record.operator_code,
        already_imported=repeated,
        territory_version=read_territory_version(session, record.as_of),
    )


def _still_true(problems: tuple[Problem, ...], *, repeated: bool) -> tuple[Problem, ...]:
    """Return the problems without what only the first time did: an operator is made once."""
    return tuple(problem for problem in problems if not repeated or problem.code != "unknown_operator")


def _preview(stored: Mapping[str, int], *, repeated: bool) -> ImportPreview:
    preview = ImportPreview(**stored)
    if not repeated:
        return preview
    return ImportPreview(unchanged=preview.new + preview.changed + preview.unchanged)


def file_document(file: ImportFile | SourceFile) -> dict[str, Any]:
    """Return one file of an import as the document shows it."""
    return {"name": file.name, "sha256": file.sha256, "size_bytes": file.size_bytes, "origin": file.origin}
