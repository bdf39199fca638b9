"""Takes files of one kind into the store: one import, one transaction, all or nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from geo.errors import BadInputError, ConflictError
from geo.intake.limits import intake_limits
from geo.intake.problems import ProblemLog
from geo.intake.sources import SourceFile, open_sources
from geo.settings import Settings
from geo.store.repositories_provenance import read_territory_version
from geo.store.session import reported_clearly
from geo.store.tables import ImportKind, ImportRecord
from geo.workflows.import_gone import refuse_much_gone
from geo.workflows.import_kinds import preparer_for
from geo.workflows.import_options import check_options
from geo.workflows.import_records import (
    combined_sha256,
    file_document,
    find_overtaken_import,
    find_same_import,
    finish_record,
    is_newest,
    record_import,
    report_of_record,
)
from geo.workflows.import_report import (
    LISTED_GONE,
    GoneUnconfirmedError,
    ImportCounts,
    ImportPreview,
    ImportRejectedError,
    ImportReport,
    with_report,
)
from geo.workflows.import_request import MARKED_ILLUSTRATIVE, ImportRequest, Outcome, Prepared, Progress, no_progress
from geo.workflows.retire import Retired, drop_files, has_real_rows, retire_illustrative

__all__ = ["ImportKind", "ImportRejectedError", "ImportReport", "import_files"]

# First half of the keys of the advisory locks that keep two imports of a kind apart ("IMPT" in ASCII).
_LOCK_SPACE = 0x494D5054


def import_files(
    *,
    engine: Engine,
    settings: Settings,
    kind: ImportKind,
    sources: Sequence[str | Path],
    crs: str | None = None,
    operator: str | None = None,
    sheet: str | None = None,
    column_map: Mapping[str, str] | None = None,
    as_of: dt.date | None = None,
    skip_errors: bool = False,
    dry_run: bool = False,
    replace: bool = False,
    confirm_gone: bool = False,
    illustrative: bool = False,
    provenance: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Read, check and store files of one kind; each source is a file, a folder or an http(s) address.

    `column_map` names the field of a column that is not recognised; `as_of` is the date the data describe (default
    today); `replace` closes what a complete list no longer has, `confirm_gone` allows more of it than the stated
    share. The same files with the same options twice are one import.

    Raises:
        BadInputError: a file cannot be used (`.report` tells what); `ImportRejectedError` when rows have errors and
            `skip_errors` is not set. Nothing is stored in either case.
        ConflictError: illustrative data over real data of the kind, or too much gone without `confirm_gone`
            (`GoneUnconfirmedError`, with the report of what would change).
    """
    request = ImportRequest(
        kind=ImportKind(kind),
        settings=settings,
        crs=crs,
        operator=operator,
        sheet=sheet,
        column_map=dict(column_map or {}),
        as_of=as_of,
        skip_errors=skip_errors,
        dry_run=dry_run,
        replace=replace,
        confirm_gone=confirm_gone,
        illustrative=illustrative,
        provenance=dict(provenance or {}),
        progress=progress or no_progress,
    )
    log = ProblemLog()
    files: list[SourceFile] = []
    try:
        check_options(request)
        with open_sources(sources, kind=request.kind.value, settings=settings) as opened:
            files.extend(opened)
            with reported_clearly(), Session(engine) as session:
                return _Import(session, request, files, log).run()
    except BadInputError as error:
        if error.report is None:
            log.add(error.code if error.code in _FILE_CODES else "unreadable_file", vi=error.vi, en=error.en)
            raise with_report(error, _report(request, files, log)) from error
        raise


_FILE_CODES = frozenset({"bad_input", "unreadable_file", "file_too_large", "unknown_crs"})


@dataclass(frozen=True)
class _Import:
    """One run over opened files, in one transaction of the session."""

    session: Session
    request: ImportRequest
    files: Sequence[SourceFile]
    log: ProblemLog

    def run(self) -> ImportReport:
        request, session = self.request, self.session
        session.execute(text("SELECT pg_advisory_xact_lock(:space, hashtext(:kind))"), self._lock_keys())
        # Rows written in this transaction have no statistics yet; guessing few, the planner would loop over 77,000
        # sites for each of 180,000 cells.
        session.execute(text("SET LOCAL enable_nestloop = off"))
        same = find_same_import(session, request, combined_sha256(self.files))
        if same is not None and not request.dry_run and is_newest(session, same):
            return report_of_record(session, same, repeated=True)
        self._refuse_mixing()
        request.progress("read", 0.0)
        prepared = preparer_for(request.kind)(session, request, self.files, self.log)
        try:
            if self.log.has_errors and not request.skip_errors:
                raise ImportRejectedError(self._report(_all_refused(prepared.counts)))
            if not request.illustrative and any(one.code in MARKED_ILLUSTRATIVE for one in self.log):
                return replace(self, request=replace(request, illustrative=True))._store_marked(prepared)
            return self._store(prepared, same)
        except BaseException:
            # Also when the user interrupts: files written beside the transaction go with it.
            session.rollback()
            prepared.undo()
            raise

    def _store_marked(self, prepared: Prepared) -> ImportReport:
        """Store rows that the files themselves mark as illustrative."""
        same = find_same_import(self.session, self.request, combined_sha256(self.files))
        if same is not None and not self.request.dry_run and is_newest(self.session, same):
            return report_of_record(self.session, same, repeated=True)
        self._refuse_mixing()
        return self._store(prepared, same)

    def _report(
        self, counts: ImportCounts, preview: ImportPreview | None = None, import_id: int | None = None
    ) -> ImportReport:
        version = read_territory_version(self.session, self.request.effective_as_of)
        report = _report(self.request, self.files, self.log, counts=counts, preview=preview, import_id=import_id)
        return replace(report, territory_version=version)

    def _lock_keys(self) -> dict[str, object]:
        return {"space": _LOCK_SPACE, "kind": self.request.kind.value}

    def _refuse_mixing(self) -> None:
        kind = self.request.kind
        if self.request.illustrative and has_real_rows(self.session, kind):
            raise ConflictError(
                f"There are real data of kind {kind.value} already; illustrative ones are not mixed with them.",
                f"Đã có số liệu thật loại {kind.value}; không trộn số liệu minh họa vào.",
            )

    def _store(self, prepared: Prepared, same: ImportRecord | None) -> ImportReport:
        request, session = self.request, self.session
        same_id = None if same is None else same.id
        undated = request.as_of is None
        old = find_overtaken_import(session, request, combined_sha256(self.files)) if undated else None
        record = record_import(session, request, self.files, after=same)
        retired = Retired() if request.illustrative else retire_illustrative(session, request.kind)
        request.progress("store", 0.5)
        outcome = prepared.store(session, record.id)
        counts = _final_counts(prepared.counts, outcome)
        if old is not None and not outcome.changes_nothing:
            self.log.add("old_list_again", value=old.id, day=old.as_of.isoformat(), stored=outcome.rows_stored)
        limit = intake_limits(request.settings.parameters_dir).gone_share
        much_gone = refuse_much_gone(request, outcome.gone, self.log, limit=limit)
        report = self._report(counts, outcome.preview, record.id)
        report = replace(report, gone=tuple(outcome.gone.items[:LISTED_GONE]))
        if much_gone:
            raise GoneUnconfirmedError(replace(report, import_id=None))
        if request.dry_run:
            session.rollback()
            prepared.undo()
            return replace(report, import_id=None)
        if same_id is not None and outcome.changes_nothing and not retired.anything:
            session.rollback()
            prepared.undo()
            return report_of_record(session, session.get_one(ImportRecord, same_id), repeated=True)
        finish_record(session, record, report, outcome.speaks_of)
        session.commit()
        drop_files(session, request.settings.home_path, retired)
        request.progress("done", 1.0)
        return report


def _final_counts(counts: ImportCounts, outcome: Outcome) -> ImportCounts:
    return ImportCounts(
        read=counts.read,
        stored=outcome.rows_stored,
        unchanged=outcome.rows_unchanged,
        skipped=counts.skipped,
        folded=counts.folded,
    )


def _all_refused(counts: ImportCounts) -> ImportCounts:
    """Counts of an import that stored nothing: one row with an error kept all others out too."""
    return ImportCounts(read=counts.read, skipped=counts.read)


def _report(
    request: ImportRequest,
    files: Sequence[SourceFile],
    log: ProblemLog,
    *,
    counts: ImportCounts | None = None,
    preview: ImportPreview | None = None,
    import_id: int | None = None,
) -> ImportReport:
    return ImportReport(
        import_id=import_id,
        kind=request.kind.value,
        sha256=combined_sha256(files),
        as_of=request.effective_as_of,
        illustrative=request.illustrative,
        dry_run=request.dry_run,
        counts=counts or ImportCounts(),
        preview=preview or ImportPreview(),
        problems=log.sorted(),
        files=tuple(file_document(file) for file in files),
        crs=request.crs,
        operator_code=request.operator,
    )
