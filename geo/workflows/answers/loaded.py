"""What data are in the store now, by kind."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from geo.store.tables import (
    AdminUnit,
    AntennaPattern,
    FibreNode,
    ImportKind,
    ImportRecord,
    Measurement,
    Place,
    RasterLayer,
    Road,
    Site,
    Village,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedKind:
    """One kind of data: how many rows hold now, how many imports they came in by, how old they are."""

    kind: str
    rows: int
    imports: int
    illustrative: bool
    as_of: dt.date | None
    imported_at: dt.datetime | None


def list_loaded(session: Session) -> tuple[LoadedKind, ...]:
    """Return every kind, those without data too."""
    query = (
        select(
            ImportRecord.kind,
            func.count().label("imports"),
            func.bool_or(ImportRecord.illustrative).label("illustrative"),
            func.max(ImportRecord.as_of).label("as_of"),
            func.max(ImportRecord.created_at).label("imported_at"),
        )
        .where(ImportRecord.retired_at.is_(None))
        .group_by(ImportRecord.kind)
    )
    found = {row.kind: row for row in session.execute(query)}
    return tuple(
        LoadedKind(
            kind=kind.value,
            rows=session.scalar(_rows_of(kind)) or 0,
            imports=found[kind.value].imports if kind.value in found else 0,
            illustrative=found[kind.value].illustrative if kind.value in found else False,
            as_of=found[kind.value].as_of if kind.value in found else None,
            imported_at=found[kind.value].imported_at if kind.value in found else None,
        )
        for kind in ImportKind
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class KindSource:
    """Who the live data of a kind are from and under what licence, as declared with the import; None: not stated."""

    kind: str
    issuer: str | None
    licence: str | None
    illustrative: bool


def list_sources(session: Session) -> tuple[KindSource, ...]:
    """Return the sources of what holds now, each once, in the order of the kinds."""
    issuer, licence = (ImportRecord.provenance[key].astext for key in ("issuer", "licence"))
    query = (
        select(ImportRecord.kind, issuer, licence, ImportRecord.illustrative)
        .where(ImportRecord.retired_at.is_(None), ImportRecord.kind != ImportKind.MEASUREMENTS.value)
        .distinct()
    )
    ranks = {kind.value: rank for rank, kind in enumerate(ImportKind)}
    found = [
        KindSource(kind=str(kind), issuer=who, licence=terms, illustrative=made_up)
        for kind, who, terms, made_up in session.execute(query)
    ]
    return tuple(sorted(found, key=lambda source: (ranks[source.kind], source.issuer or "", source.licence or "")))


def kind_is_illustrative(session: Session, kind: str) -> bool:
    """Tell whether the data of a kind that hold now are illustrative."""
    query = select(ImportRecord.id).where(
        ImportRecord.kind == kind, ImportRecord.illustrative, ImportRecord.retired_at.is_(None)
    )
    return session.scalars(query.limit(1)).first() is not None


def _rows_of(kind: ImportKind) -> Select[Any]:
    tables: dict[ImportKind, tuple[Any, ColumnElement[bool] | None]] = {
        ImportKind.BOUNDARIES: (AdminUnit, AdminUnit.valid_to.is_(None)),
        ImportKind.VILLAGES: (Village, Village.valid_to.is_(None)),
        ImportKind.SITES: (Site, Site.valid_to.is_(None)),
        ImportKind.FIBRE: (FibreNode, FibreNode.valid_to.is_(None)),
        ImportKind.PLACES: (Place, None),
        ImportKind.ROADS: (Road, None),
        ImportKind.MEASUREMENTS: (Measurement, None),
        ImportKind.ANTENNAS: (AntennaPattern, None),
    }
    table, condition = tables.get(kind, (RasterLayer, RasterLayer.kind == kind.value))
    query = select(func.count()).select_from(table)
    return query if condition is None else query.where(condition)
