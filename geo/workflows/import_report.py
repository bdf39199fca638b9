"""What an import answers: the document that the command line, the API and the pages show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from geo.errors import BadInputError, ConflictError, InvalidRowsError
from geo.intake.problems import Problem, fold_problems

SCHEMA_VERSION = "1"
# Of what is gone so many things are listed; the preview counts them all.
LISTED_GONE = 1000


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """Rows of the files: every row is stored, unchanged, skipped for an error, or folded into an equal one."""

    read: int = 0
    stored: int = 0
    unchanged: int = 0
    skipped: int = 0
    folded: int = 0


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What an import changes (or would change): things new, changed, unchanged, and gone from the current data."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """Result of an import; `import_id` is None when nothing was stored."""

    import_id: int | None
    kind: str
    sha256: str
    as_of: dt.date
    illustrative: bool
    dry_run: bool
    counts: ImportCounts
    preview: ImportPreview
    problems: tuple[Problem, ...]
    gone: tuple[Mapping[str, str | None], ...] = ()
    files: tuple[Mapping[str, Any], ...] = ()
    crs: str | None = None
    operator_code: str | None = None
    already_imported: bool = False
    territory_version: str | None = None

    @property
    def errors(self) -> int:
        """Number of rows or files with an error, counted once per problem."""
        return sum(problem.count for problem in self.problems if problem.severity == "error")

    @property
    def warnings(self) -> int:
        """Number of rows or files with a warning."""
        return sum(problem.count for problem in self.problems if problem.severity == "warning")

    def document(self) -> dict[str, Any]:
        """Return the document of the contract."""
        return {
            "schema_version": SCHEMA_VERSION,
            "import_id": self.import_id,
            "kind": self.kind,
            "sha256": self.sha256,
            "as_of": self.as_of.isoformat(),
            "territory_version": self.territory_version,
            "rule_version": None,
            "assessment_id": None,
            "illustrative": self.illustrative,
            "dry_run": self.dry_run,
            "already_imported": self.already_imported,
            "crs": self.crs,
            "operator": self.operator_code,
            "files": [dict(file) for file in self.files],
            "rows_read": self.counts.read,
            "rows_stored": self.counts.stored,
            "rows_unchanged": self.counts.unchanged,
            "rows_skipped": self.counts.skipped,
            "rows_folded": self.counts.folded,
            "preview": {
                "new": self.preview.new,
                "changed": self.preview.changed,
                "unchanged": self.preview.unchanged,
                "gone": self.preview.gone,
            },
            "gone": [dict(item) for item in self.gone],
            "error_count": self.errors,
            "warning_count": self.warnings,
            "problems": [self._shown(problem).document() for problem in fold_problems(self.problems)],
        }

    def _shown(self, problem: Problem) -> Problem:
        """Say of what was not stored that it would be made."""
        if self.import_id is None and problem.code == "unknown_operator":
            return replace(problem, code="operator_would_be_made")
        return problem


class ImportRejectedError(InvalidRowsError):
    """Rows or files have errors and nothing was stored; `report` says all of them."""

    def __init__(self, report: ImportReport) -> None:
        first = next((p.document() for p in report.problems if p.severity == "error"), None)
        where = _where(first)
        super().__init__(
            f"Nothing was stored: {report.errors} error(s) in {report.counts.read} row(s).{where} "
            f"{first['why_en'] if first else ''} Correct the file, or use --skip-errors to store the good rows.",
            f"Chưa lưu dòng nào: {report.errors} lỗi trong {report.counts.read} dòng.{where} "
            f"{first['why_vi'] if first else ''} Hãy sửa tệp, hoặc dùng --skip-errors để lưu các dòng đúng.",
        )
        self.report = report


class GoneUnconfirmedError(ConflictError, BadInputError):
    """More is gone than the stated share and nobody confirmed it; `report` is the preview with what would be gone."""

    def __init__(self, report: ImportReport) -> None:
        much = [problem.document() for problem in report.problems if problem.code == "much_gone"]
        super().__init__(
            f"Nothing was stored: {' '.join(one['why_en'] for one in much)} {much[0]['remedy_en']}",
            f"Chưa lưu gì: {' '.join(one['why_vi'] for one in much)} {much[0]['remedy_vi']}",
        )
        self.report = report


def _where(problem: Mapping[str, Any] | None) -> str:
    if problem is None:
        return ""
    parts = [str(problem[key]) for key in ("file", "sheet", "row", "column") if problem[key] is not None]
    return f" [{' / '.join(parts)}]" if parts else ""


def with_report(error: BadInputError, report: ImportReport) -> BadInputError:
    """Return the error with the report of the refused import on it."""
    error.report = report
    return error
