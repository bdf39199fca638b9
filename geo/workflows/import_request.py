"""What is asked of an import, and what the module of a kind hands back to the common part."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy.orm import Session

from geo.intake.problems import ProblemLog
from geo.intake.sources import SourceFile
from geo.intake.tables import Batch
from geo.settings import Settings
from geo.store.tables import ImportKind
from geo.workflows.import_report import ImportCounts, ImportPreview

MARKED_ILLUSTRATIVE = frozenset({"marked_illustrative", "partly_illustrative"})
"""Problems by which a kind says that the files mark rows as illustrative: then none of them counts as real."""

Progress = Callable[[str, float], None]
"""Called with the name of the stage and the share that is done."""


def no_progress(stage: str, share: float) -> None:
    """Ignore the progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """The options of one import."""

    kind: ImportKind
    settings: Settings
    crs: str | None
    operator: str | None
    sheet: str | None
    column_map: Mapping[str, str]
    as_of: dt.date | None
    skip_errors: bool
    dry_run: bool
    replace: bool
    confirm_gone: bool
    illustrative: bool
    provenance: Mapping[str, Any]
    progress: Progress

    @property
    def effective_as_of(self) -> dt.date:
        """Date that the data describe: the declared one, else today."""
        return self.as_of or dt.datetime.now(dt.UTC).astimezone().date()

    def options(self) -> dict[str, Any]:
        """Return the options that change what is stored; an undeclared date stays undeclared."""
        return {
            "crs": self.crs,
            "operator": self.operator,
            "sheet": self.sheet,
            "column_map": dict(sorted(self.column_map.items())),
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "skip_errors": self.skip_errors,
            "replace": self.replace,
            "illustrative": self.illustrative,
        }


@dataclass(frozen=True, slots=True)
class GoneShare:
    """How many things of a sort, in one part of the data, a complete list no longer has."""

    what: str
    part: str | None
    before: int
    gone: int


@dataclass
class Gone:
    """What an import takes out of the data in use: each thing, and the shares that may need the user's word."""

    items: list[dict[str, str | None]] = field(default_factory=list)
    shares: list[GoneShare] = field(default_factory=list)

    def note(self, what: str, part: str | None, *, before: int, gone: int) -> None:
        """Note how many of a part's things are gone."""
        self.shares.append(GoneShare(what, part, before, gone))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What storing did: rows of the files by fate, things by change, what is gone.

    `speaks_of` are the parts of the data (operators, communes, …) of which this list is now the word of its day.
    """

    rows_stored: int
    rows_unchanged: int
    preview: ImportPreview
    gone: Gone = field(default_factory=Gone)
    speaks_of: tuple[str, ...] = ()

    @property
    def changes_nothing(self) -> bool:
        """Whether the current data already said all this."""
        return self.rows_stored == 0 and self.preview.gone == 0 and not self.gone.items


class Prepared(Protocol):
    """Checked rows of one kind, ready to be stored."""

    @property
    def counts(self) -> ImportCounts:
        """Rows read, skipped and folded; stored and unchanged are known only after `store`."""

    def store(self, session: Session, import_id: int) -> Outcome:
        """Write the rows in the session's transaction."""

    def undo(self) -> None:
        """Take back what the transaction itself cannot: files that were written."""


Preparer = Callable[[Session, ImportRequest, Sequence[SourceFile], ProblemLog], Prepared]


def counts_of(batch: Batch) -> ImportCounts:
    """Return the rows of a batch that were read, skipped for an error, and folded into an equal one."""
    skipped = int((batch.bad & ~batch.folded).sum())
    return ImportCounts(read=batch.size, skipped=skipped, folded=int(batch.folded.sum()))
