"""Imports antenna pattern files: one row for each model, frequency and electrical tilt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from geo.domain.antennas import AntennaPattern, antenna_key
from geo.intake.antennas import AntennaBatch, clean_antennas
from geo.intake.limits import antenna_limits
from geo.intake.problems import ProblemLog
from geo.intake.sources import SourceFile
from geo.store import tables
from geo.store.writers import Fate, Target, table_of, upsert
from geo.workflows.import_gone import Complete, take_out
from geo.workflows.import_report import ImportCounts, ImportPreview
from geo.workflows.import_request import Gone, ImportRequest, Outcome

_CUTS = ("horizontal_deg", "horizontal_db", "vertical_deg", "vertical_db")
_PATTERNS = Target(
    table=table_of(tables.AntennaPattern),
    key=("model_key", "frequency_mhz", "electrical_tilt_deg"),
    compared=("name", "maker", "gain_dbi", *_CUTS),
    since=None,
)


def prepare_antennas(
    session: Session, request: ImportRequest, files: Sequence[SourceFile], log: ProblemLog
) -> PreparedAntennas:
    """Read and check pattern files; the session is not needed."""
    del session
    return PreparedAntennas(
        request, clean_antennas(files, limits=antenna_limits(request.settings.parameters_dir), log=log)
    )


@dataclass(frozen=True)
class PreparedAntennas:
    """Patterns ready to be stored."""

    request: ImportRequest
    batch: AntennaBatch

    @property
    def counts(self) -> ImportCounts:
        """Patterns read, refused and repeated; a pattern counts as a row."""
        skipped = self.batch.read - self.batch.folded - len(self.batch.accepted)
        return ImportCounts(read=self.batch.read, skipped=skipped, folded=self.batch.folded)

    def undo(self) -> None:
        """Nothing was written beside the transaction."""

    def store(self, session: Session, import_id: int) -> Outcome:
        """Write the patterns; one of the same model, frequency and tilt takes the place of the earlier one."""
        rows = [_row(pattern) for pattern in self.batch.accepted]
        done = upsert(session, _PATTERNS, rows, import_id=import_id, as_of=self.request.effective_as_of)
        gone, closed = Gone(), 0
        if self.request.replace:
            complete = Complete(
                what="antenna", table=table_of(tables.AntennaPattern), present=done.ids, fresh=done.fresh
            )
            closed = take_out(session, gone, complete, as_of=self.request.effective_as_of)
        new, changed = done.fates.count(Fate.NEW), done.fates.count(Fate.CHANGED)
        unchanged = len(rows) - new - changed
        return Outcome(
            rows_stored=new + changed,
            rows_unchanged=unchanged,
            preview=ImportPreview(new, changed, unchanged, closed),
            gone=gone,
        )


def _row(pattern: AntennaPattern) -> tuple[Any, ...]:
    return (
        antenna_key(pattern.name),
        pattern.frequency_mhz,
        pattern.electrical_tilt_deg,
        pattern.name,
        pattern.maker,
        pattern.gain_dbi,
        list(pattern.horizontal.angles_deg),
        list(pattern.horizontal.attenuation_db),
        list(pattern.vertical.angles_deg),
        list(pattern.vertical.attenuation_db),
    )
