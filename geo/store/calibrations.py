"""Reads measurements in bulk and the cells they can belong to; writes and reads calibrations."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, text
from sqlalchemy.orm import Session

from geo.store import tables
from geo.store.validity import valid_on

# Any fixed number: two fits under one name at a time would take the same version.
_CALIBRATION_LOCK = 0x63_61_6C_69
_ROWS_AT_ONCE = 50_000


@dataclass(frozen=True, slots=True)
class CellName:
    """How measurements can name a cell."""

    cell_id: int
    code: str
    technology: str
    operator_code: str


@dataclass(frozen=True, slots=True)
class MeasurementSource:
    """Which measurements a fit was made from."""

    import_ids: tuple[int, ...]
    rows: int
    sha256: str
    illustrative: bool
    first_at: dt.datetime | None
    last_at: dt.datetime | None


def read_measurements(
    session: Session, *, technologies: Sequence[str], operators: Sequence[str] | None
) -> Iterator[Sequence[Any]]:
    """Yield parts of rows: lon, lat, technology, operator code, cell code, band, level (dBm), path loss (dB)."""
    measured = tables.Measurement
    query = _chosen(
        select(
            func.ST_X(measured.geom),
            func.ST_Y(measured.geom),
            measured.technology,
            measured.operator_code,
            measured.cell_code,
            measured.band,
            measured.level_dbm,
            measured.path_loss_db,
        ),
        technologies,
        operators,
    )
    result = session.execute(query.execution_options(yield_per=_ROWS_AT_ONCE))
    yield from result.partitions()


def read_measurement_source(
    session: Session, *, technologies: Sequence[str], operators: Sequence[str] | None
) -> MeasurementSource:
    """Return where the chosen measurements come from, with a SHA-256 over them."""
    measured, record = tables.Measurement, tables.ImportRecord
    ordered = func.string_agg(func.text(measured.digest), text("',' ORDER BY measurement.digest"))
    count, digest, first, last = session.execute(
        _chosen(
            select(func.count(), func.md5(ordered), func.min(measured.measured_at), func.max(measured.measured_at)),
            technologies,
            operators,
        )
    ).one()
    used = _chosen(select(measured.import_id).distinct(), technologies, operators)
    imports = session.execute(select(record.id, record.illustrative).where(record.id.in_(used)).order_by(record.id))
    found = imports.all()
    return MeasurementSource(
        import_ids=tuple(row.id for row in found),
        rows=count,
        sha256=hashlib.sha256(f"{count}|{digest}".encode()).hexdigest(),
        illustrative=any(row.illustrative for row in found),
        first_at=first,
        last_at=last,
    )


def _chosen(query: Select[Any], technologies: Sequence[str], operators: Sequence[str] | None) -> Select[Any]:
    measured = tables.Measurement
    query = query.where(measured.technology.in_(technologies))
    if operators is None:
        return query
    # A measurement that names only its cell belongs to the operator of that cell, which is found out later.
    return query.where(or_(measured.operator_code.in_(operators), measured.operator_code.is_(None)))


def read_cell_names(session: Session, as_of: dt.date, *, technologies: Sequence[str]) -> list[CellName]:
    """Return the codes of the cells that hold on a date."""
    cell, site = tables.Cell, tables.Site
    rows = session.execute(
        select(cell.id, cell.code, cell.technology, site.operator_code)
        .join(site, site.id == cell.site_id)
        .where(
            and_(valid_on(as_of, cell.valid_from, cell.valid_to), valid_on(as_of, site.valid_from, site.valid_to)),
            cell.technology.in_(technologies),
        )
        .order_by(cell.id)
    )
    return [CellName(*row) for row in rows]


def add_calibration(
    session: Session, document: Mapping[str, Any], *, import_ids: Sequence[int], illustrative: bool
) -> tables.Calibration:
    """Store a document under the next version of its name; version and hash are written into it."""
    session.execute(select(func.pg_advisory_xact_lock(_CALIBRATION_LOCK)))
    name = str(document["name"])
    newest = session.scalar(select(func.max(tables.Calibration.version)).where(tables.Calibration.name == name))
    version = (newest or 0) + 1
    full = {**document, "version": str(version)}
    digest = hashlib.sha256(json.dumps(full, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    row = tables.Calibration(
        name=name,
        version=version,
        sha256=digest,
        import_ids=list(import_ids),
        illustrative=illustrative,
        document=full,
    )
    session.add(row)
    session.flush()
    return row


def find_calibration(session: Session, name: str, version: int | None = None) -> tables.Calibration | None:
    """Return a calibration by name, the newest version unless one is named."""
    row = tables.Calibration
    query = select(row).where(row.name == name).order_by(row.version.desc())
    if version is not None:
        query = query.where(row.version == version)
    return session.scalars(query.limit(1)).first()


def list_calibrations(session: Session) -> Sequence[tables.Calibration]:
    """Return all calibrations, the newest first."""
    row = tables.Calibration
    return session.scalars(select(row).order_by(row.created_at.desc(), row.id.desc())).all()
