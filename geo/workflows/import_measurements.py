"""Imports of measurements: read in parts, stored with COPY; a measurement that is in the store already stays one."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Subquery, any_, cast, delete, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY, UUID
from sqlalchemy.orm import Session

from geo.domain.codes import normalise_label
from geo.intake.bands import band_table
from geo.intake.chunks import read_chunks
from geo.intake.limits import measurement_limits
from geo.intake.measurements import (
    MeasurementContext,
    MeasurementPart,
    MeasurementTally,
    clean_measurements,
    quick_degrees,
)
from geo.intake.operators import operator_names
from geo.intake.personal import is_personal_label, refuse_personal_map, scrub
from geo.intake.problems import ProblemLog
from geo.intake.sources import SourceFile
from geo.intake.tables import RawTable
from geo.intake.units import known_units
from geo.store.tables import Measurement, Operator
from geo.store.writers import copy_rows, points_hex, table_of
from geo.workflows.import_context import known_area, load_territory
from geo.workflows.import_report import ImportCounts, ImportPreview
from geo.workflows.import_request import Gone, ImportRequest, Outcome
from geo.workflows.measured_cells import ListedCells, listed_cells, owner_by_code, report_cells

_COLUMNS = (
    "import_id", "digest", "measured_at", "geom", "technology", "operator_code", "cell_code", "band",
    "level_dbm", "path_loss_db", "accuracy_m", "speed_kmh",
)  # fmt: skip
# Rows of which the store is asked at once whether it has them.
_ASKED_AT_ONCE = 20_000
Digests = NDArray[np.bytes_]


@dataclass
class PreparedMeasurements:
    """Checked measurements with a digest of each row; `repeats` marks rows that an earlier one of the files equals."""

    request: ImportRequest
    log: ProblemLog
    cells: ListedCells = field(default_factory=lambda: ListedCells({}))
    parts: list[MeasurementPart] = field(default_factory=list)
    digests: list[Digests] = field(default_factory=list)
    repeats: list[NDArray[np.bool_]] = field(default_factory=list)
    read: int = 0
    skipped: int = 0

    @property
    def counts(self) -> ImportCounts:
        """Rows by fate so far."""
        return ImportCounts(read=self.read, skipped=self.skipped, folded=sum(int(part.sum()) for part in self.repeats))

    def undo(self) -> None:
        """Nothing was written beside the transaction."""

    def store(self, session: Session, import_id: int) -> Outcome:
        """Write the rows that the store does not have; with --replace take out the operators' others."""
        before = _standing(session) if self.request.replace else Counter[str]()
        new = unchanged = 0
        for part, digests, repeats in zip(self.parts, self.digests, self.repeats, strict=True):
            known = _known(session, digests, import_id if self.request.replace else None) & ~repeats
            wanted = np.flatnonzero(~known & ~repeats)
            copy_rows(session, table_of(Measurement), _COLUMNS, _rows(part, digests, wanted, import_id))
            new, unchanged = new + len(wanted), unchanged + int(known.sum())
        gone, closed = Gone(), 0
        if self.request.replace:
            operators = self._operators()
            closed = _take_out_others(session, operators, import_id, before, gone)
        preview = ImportPreview(new=new, unchanged=unchanged, gone=closed)
        return Outcome(rows_stored=new, rows_unchanged=unchanged, preview=preview, gone=gone)

    def _operators(self) -> list[str]:
        """Return whose measurements the files are, by name or by cell; notes rows of which it cannot be told."""
        found: set[str | None] = set()
        strange = 0
        for part in self.parts:
            for technology, operator, code in zip(part.technology, part.operator_code, part.cell_code, strict=True):
                one = operator or self.cells.operator_of(technology, code)
                found.add(one)
                strange += one is None
        if strange:
            self.log.add("replaced_nothing", column="operator", count=strange)
        return sorted(one for one in found if one is not None)


def prepare_measurements(
    session: Session, request: ImportRequest, files: Sequence[SourceFile], log: ProblemLog
) -> PreparedMeasurements:
    """Read and check measurements in parts, so that a million rows never stand in memory as text at once."""
    refuse_personal_map(request.column_map)
    directory = request.settings.parameters_dir
    context = MeasurementContext(
        limits=measurement_limits(directory),
        area=known_area(load_territory(session), request.settings),
        names=operator_names(directory),
        known_operators=frozenset(session.scalars(select(Operator.code))),
        operator=request.operator,
        now=dt.datetime.now(dt.UTC),
        units=known_units(directory),
        bands=band_table(directory),
        chosen=frozenset(map(normalise_label, request.column_map)),
    )
    tally, prepared = MeasurementTally(), PreparedMeasurements(request, log)
    seen: set[bytes] = set()
    batches = read_chunks(
        files,
        kind="measurements",
        log=log,
        sheet=request.sheet,
        column_map=request.column_map,
        clean=lambda row: [quick_degrees(value) for value in scrub(row)],
        left_out=lambda table: _report_personal(table, log),
    )
    for batch in batches:
        part = clean_measurements(batch, context, tally, crs=request.crs)
        digests = _digests(part)
        prepared.parts.append(part)
        prepared.digests.append(digests)
        prepared.repeats.append(_repeats(digests, seen))
        prepared.read += batch.size
        prepared.skipped += int(batch.bad.sum())
    if any(code is not None for part in prepared.parts for code in part.cell_code):
        prepared.cells = listed_cells(session)
        report_cells(prepared.parts, prepared.cells, context.bands, log)
    _report_tally(prepared, tally, context, log)
    return prepared


def _report_personal(table: RawTable, log: ProblemLog) -> None:
    for label in table.header:
        if label and is_personal_label(label):
            log.add("personal_column_dropped", file=table.file, sheet=table.sheet, column=label)


def _report_tally(
    prepared: PreparedMeasurements,
    tally: MeasurementTally,
    context: MeasurementContext,
    log: ProblemLog,
) -> None:
    if tally.inaccurate:
        limit = f"{context.limits.max_accuracy_m:g}"
        log.add("position_inaccurate", column="accuracy_m", count=tally.inaccurate, limit=limit)
    if tally.strange_bands:
        technology, band = min(tally.strange_bands)
        count = tally.strange_bands.total()
        log.add("measured_band_unknown", column="band", value=band, count=count, technology=technology)
    if tally.with_both:
        log.add("level_beside_loss", column="path_loss_db", count=tally.with_both)
    if tally.outside:
        log.add("measured_outside", count=tally.outside)
    if tally.without_accuracy:
        log.add("accuracy_not_stated", count=tally.without_accuracy)
    if folded := prepared.counts.folded:
        log.add("measurement_repeated", count=folded)
    if tally.illustrative and tally.real:
        log.add("partly_illustrative", column="illustrative", count=tally.real, marked=tally.illustrative)
    elif tally.illustrative:
        log.add("marked_illustrative", column="illustrative", count=tally.illustrative)


def _digests(part: MeasurementPart) -> Digests:
    """Return 16 bytes over the values of each row."""
    values = np.stack([part.lon, part.lat, part.level_dbm, part.path_loss_db, part.accuracy_m, part.speed_kmh], axis=-1)
    # One form for "not stated": there are many kinds of not-a-number.
    values[np.isnan(values)] = np.nan
    texts = zip(part.technology, part.operator_code, part.cell_code, part.band, strict=True)
    rows = [
        hashlib.blake2b(b"%d|%s|%s" % (moment, row.tobytes(), repr(words).encode()), digest_size=16).digest()
        for moment, row, words in zip(part.measured_at_us.tolist(), values, texts, strict=True)
    ]
    return np.array(rows, dtype="V16") if rows else np.empty(0, dtype="V16")


def _repeats(digests: Digests, seen: set[bytes]) -> NDArray[np.bool_]:
    repeats = np.zeros(len(digests), dtype=bool)
    for index, digest in enumerate(digests):
        key = digest.tobytes()
        repeats[index] = key in seen
        seen.add(key)
    return repeats


def _known(session: Session, digests: Digests, adopt_as: int | None) -> NDArray[np.bool_]:
    """Tell which rows the store has already; with `adopt_as` they become rows of that import."""
    known = np.zeros(len(digests), dtype=bool)
    for start in range(0, len(digests), _ASKED_AT_ONCE):
        asked = [uuid.UUID(bytes=digest.tobytes()) for digest in digests[start : start + _ASKED_AT_ONCE]]
        of_these = Measurement.digest == any_(cast(asked, ARRAY(UUID)))
        found = set(session.scalars(select(Measurement.digest).where(of_these)))
        if found and adopt_as is not None:
            session.execute(update(Measurement).where(of_these).values(import_id=adopt_as))
        if found:
            known[start : start + len(asked)] = [digest in found for digest in asked]
    return known


def _rows(
    part: MeasurementPart, digests: Digests, wanted: NDArray[np.intp], import_id: int
) -> Iterator[tuple[Any, ...]]:
    points = points_hex(part.lon, part.lat)
    start = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    for i in map(int, wanted):
        yield (
            import_id,
            digests[i].tobytes().hex(),
            start + dt.timedelta(microseconds=int(part.measured_at_us[i])),
            points[i],
            part.technology[i],
            part.operator_code[i],
            part.cell_code[i],
            part.band[i],
            *(_stated(values[i]) for values in (part.level_dbm, part.path_loss_db, part.accuracy_m, part.speed_kmh)),
        )


def _stated(value: np.float64) -> float | None:
    return None if math.isnan(value) else float(value)


def _take_out_others(
    session: Session, operators: Sequence[str], import_id: int, before: Mapping[str, int], gone: Gone
) -> int:
    """Delete what the complete files of operators no longer have; counted, for there may be a million."""
    others = delete(Measurement).where(Measurement.operator_code.in_(operators), Measurement.import_id != import_id)
    removed = Counter(str(code) for code in session.scalars(others.returning(Measurement.operator_code)))
    owner = owner_by_code()
    by_cell = (
        delete(Measurement)
        .where(*_owned(owner), owner.c.operator.in_(operators), Measurement.import_id != import_id)
        .returning(owner.c.operator)
    )
    removed.update(session.scalars(by_cell))
    for operator, number in sorted(removed.items()):
        gone.note("measurement", operator, before=before[operator], gone=number)
    return removed.total()


def _standing(session: Session) -> Counter[str]:
    """Return the number of stored measurements by operator, by name or by the cell they name."""
    counted = select(Measurement.operator_code, func.count()).group_by(Measurement.operator_code)
    named = counted.where(Measurement.operator_code.is_not(None))
    owner = owner_by_code()
    by_cell = select(owner.c.operator, func.count()).where(*_owned(owner)).group_by(owner.c.operator)
    found: Counter[str] = Counter()
    for query in (named, by_cell):
        for code, number in session.execute(query):
            found[str(code)] += int(number)
    return found


def _owned(owner: Subquery) -> tuple[ColumnElement[bool], ...]:
    """Return the condition that a measurement without an operator names a cell of the table `owner`."""
    return (
        Measurement.operator_code.is_(None),
        Measurement.technology == owner.c.technology,
        func.lower(Measurement.cell_code) == owner.c.code,
    )
