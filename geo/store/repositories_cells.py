"""Cells by their number or code, with the names they are shown under."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from geo.store.positions import lon_lat
from geo.store.tables import Cell, Mast, Site

LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRecord:
    """A stored cell with its site; `lon` and `lat` are those of its mast (EPSG:4326).

    `import_id` and `site_import_id` are of the imports that wrote the rows.
    """

    id: int
    code: str
    site_code: str
    site_name: str | None
    operator_code: str
    technology: str
    lon: float
    lat: float
    status: str
    on_air_date: dt.date | None
    valid_from: dt.date
    valid_to: dt.date | None
    import_id: int
    site_import_id: int


def find_cells(session: Session, wanted: str) -> list[CellRecord]:
    """Return the cells of every date with a number, a code, the code of a site, or SITE/CELL, by number."""
    number = int(wanted) if wanted.isascii() and wanted.isdigit() else None
    conditions: list[ColumnElement[bool]] = [
        Cell.code == wanted,
        Site.code == wanted,
        Site.code + "/" + Cell.code == wanted,
    ]
    if number is not None and number <= LARGEST_ID:
        by_number = _records(session, _cells().where(Cell.id == number))
        if by_number:
            return by_number
    return _records(session, _cells().where(or_(*conditions)))


def read_cell_records(session: Session, cell_ids: Sequence[int]) -> dict[int, CellRecord]:
    """Return cells by number."""
    return {record.id: record for record in _records(session, _cells().where(Cell.id.in_(cell_ids)))}


def _cells() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Cell.id,
            Cell.code,
            Site.code.label("site_code"),
            Site.name.label("site_name"),
            Site.operator_code,
            Cell.technology,
            *lon_lat(Mast.geom),
            Cell.status,
            Cell.on_air_date,
            Cell.valid_from,
            Cell.valid_to,
            Cell.import_id,
            Site.import_id.label("site_import_id"),
        )
        .join(Site, Site.id == Cell.site_id)
        .join(Mast, Mast.id == Site.mast_id)
        .order_by(Cell.id)
    )


def _records(session: Session, query: Select[tuple[object, ...]]) -> list[CellRecord]:
    return [CellRecord(**row) for row in session.execute(query).mappings()]
