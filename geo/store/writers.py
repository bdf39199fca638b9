"""Bulk writing: COPY, and the comparison of incoming rows with the current ones.

Geometries travel as hexadecimal EWKB, the form in which PostGIS itself prints them, so that equal shapes are equal
strings.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import psycopg
import shapely
from geoalchemy2 import Geometry
from numpy.typing import NDArray
from psycopg import sql
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    func,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from geo.store.tables import Base

SRID = 4326


def table_of(model: type[Base]) -> Table:
    """Return the table of a mapped class."""
    table = model.__table__
    if not isinstance(table, Table):
        raise TypeError(f"{model.__name__} is not mapped to a table")
    return table


def ewkb_hex(shapes: NDArray[np.object_] | Sequence[object]) -> list[str | None]:
    """Return shapes in EPSG:4326 as PostGIS prints them; None stays None."""
    array = np.asarray(shapes, dtype=object)
    if array.size == 0:
        return []
    written = shapely.to_wkb(shapely.set_srid(array, SRID), hex=True, include_srid=True, byte_order=1)
    return [None if shape is None else str(shape) for shape in written]


def points_hex(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> list[str | None]:
    """Return points as hexadecimal EWKB, None where either coordinate is NaN."""
    known = ~(np.isnan(lon) | np.isnan(lat))
    shapes = np.full(lon.shape, None, dtype=object)
    shapes[known] = shapely.points(lon[known], lat[known])
    return ewkb_hex(shapes)


def allocate_ids(session: Session, table: Table, count: int) -> list[int]:
    """Return `count` fresh keys of a table, so that children can be written in bulk beside their parents."""
    if count == 0:
        return []
    statement = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
    return list(session.scalars(statement, {"name": table.name, "count": count}))


def copy_rows(session: Session, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows with COPY in the session's transaction."""
    connection = session.connection().connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError(f"COPY needs psycopg, not {type(connection).__name__}")
    names = sql.SQL(", ").join(sql.Identifier(name) for name in columns)
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), names)
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for row in rows:
            copy.write_row(row)


class Fate(StrEnum):
    """What became of an incoming row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    OUTDATED = "outdated"


@dataclass(frozen=True)
class Target:
    """A table that takes rows by key: `compared` columns decide whether a row changed.

    A versioned table keeps the old row, closed with `valid_to`, when a change takes effect later than the row began.
    `since` is its column with the start of validity, None for a table without.
    """

    table: Table
    key: tuple[str, ...]
    compared: tuple[str, ...]
    since: str | None = "valid_from"

    @property
    def written(self) -> tuple[str, ...]:
        """Columns of an incoming row, keys first."""
        return (*self.key, *self.compared)


@dataclass(frozen=True, slots=True)
class Newer:
    """What newer lists leave an older one to say of a row.

    `settled`: they spoke of this part of the data, so a row in use stays as it is. `until`: a complete one lacks what
    is unknown so far, which therefore holds until its day only. `closed`: nothing is added at all.
    """

    settled: bool = False
    until: dt.date | None = None
    closed: bool = False


NOTHING_NEWER = Newer()
_ALL_SAID = Newer(settled=True, closed=True)


@dataclass
class Upsert:
    """Result by incoming row: its id (0 for one left out) and fate; what may be said of rows that belong `under` it.

    `superseded` maps the id of each closed row to the new version's; `reopened` are the incoming rows of keys that had
    ended before and hold again, with no end.
    """

    ids: list[int]
    fates: list[Fate]
    superseded: dict[int, int] = field(default_factory=dict)
    under: list[Newer] = field(default_factory=list)
    reopened: list[int] = field(default_factory=list)

    def count(self, fate: Fate) -> int:
        """Return how many incoming rows had a fate."""
        return sum(one is fate for one in self.fates)

    @property
    def fresh(self) -> set[int]:
        """Ids of rows that were not there before."""
        return {key for key, fate in zip(self.ids, self.fates, strict=True) if fate is Fate.NEW}


@dataclass(frozen=True, slots=True)
class _Version:
    """A stored row; `since` is None in a table without versions."""

    id: int
    since: dt.date | None
    until: dt.date | None
    values: tuple[Any, ...]

    def holds(self, day: dt.date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)

    def begins_after(self, day: dt.date) -> bool:
        return self.since is not None and self.since > day


def upsert(
    session: Session,
    target: Target,
    rows: Sequence[tuple[Any, ...]],
    *,
    import_id: int,
    as_of: dt.date,
    only: ColumnElement[bool] | None = None,
    newer: Sequence[Newer] | None = None,
) -> Upsert:
    """Bring the rows of a table that hold on `as_of` to what the incoming rows (columns `target.written`) say.

    New keys are inserted; changed rows get a new version, or are changed in place when they began on `as_of` itself or
    the table has no versions. What a newer list said is left alone (`OUTDATED`): a row that began, ended or was
    changed after `as_of`, and what `newer` says of each row. `only` limits the comparison to the stored rows that can
    be meant.
    """
    history = _history(session, target, only)
    limits = newer or [NOTHING_NEWER] * len(rows)
    width = len(target.key)
    result = Upsert([0] * len(rows), [Fate.UNCHANGED] * len(rows), under=list(limits))
    inserts: list[int] = []
    changes: list[tuple[int, int]] = []
    closings: list[tuple[int, int]] = []
    for index, row in enumerate(rows):
        versions = history.get(row[:width], ())
        fate, known = _fate_of(versions, row[width:], as_of, limits[index])
        result.fates[index] = fate
        if fate is Fate.NEW:
            inserts.append(index)
            if versions and limits[index].until is None:
                result.reopened.append(index)
        elif known is not None:
            result.ids[index] = known.id
            if fate is Fate.CHANGED:
                (closings if known.since is not None and known.since < as_of else changes).append((index, known.id))
        result.under[index] = _under(fate, known, as_of, limits[index])
    _close(session, target.table, [old for _, old in closings], as_of)
    inserts += [index for index, _ in closings]
    for index, new_id in zip(inserts, allocate_ids(session, target.table, len(inserts)), strict=True):
        result.ids[index] = new_id
    result.superseded = {old: result.ids[index] for index, old in closings}
    written = [(result.ids[i], limits[i].until, rows[i]) for i in inserts]
    _insert(session, target, written, import_id, as_of)
    _change(session, target, [(old, rows[index]) for index, old in changes], import_id)
    return result


def _fate_of(
    versions: Sequence[_Version], values: tuple[Any, ...], as_of: dt.date, newer: Newer
) -> tuple[Fate, _Version | None]:
    held = next((version for version in versions if version.holds(as_of)), None)
    if held is not None:
        if held.values == values:
            return Fate.UNCHANGED, held
        return (Fate.OUTDATED if newer.settled or held.until is not None else Fate.CHANGED), held
    later = next((version for version in versions if version.begins_after(as_of)), None)
    if later is not None:
        return (Fate.UNCHANGED if later.values == values else Fate.OUTDATED), later
    return (Fate.OUTDATED if newer.closed else Fate.NEW), None


def _under(fate: Fate, known: _Version | None, as_of: dt.date, newer: Newer) -> Newer:
    """Return what may be said of rows that belong to a row of this fate."""
    if fate is Fate.OUTDATED or (known is not None and not known.holds(as_of)):
        return _ALL_SAID
    until = known.until if known is not None else None
    if until is None:
        return newer
    return Newer(settled=True, until=min(until, newer.until or until))


def _history(
    session: Session, target: Target, only: ColumnElement[bool] | None
) -> dict[tuple[Any, ...], list[_Version]]:
    """Return the stored versions by key, in the order of time."""
    columns = target.table.c
    dated = target.since is not None
    span = [columns[target.since or "id"], columns["valid_to" if "valid_to" in columns else "id"]]
    statement: Select[Any] = select(columns.id, *span, *(_readable(columns[name]) for name in target.written))
    if only is not None:
        statement = statement.where(only)
    width = len(target.key)
    found: dict[tuple[Any, ...], list[_Version]] = {}
    for key, since, until, *written in session.execute(statement.order_by(*span[:1], columns.id)):
        version = _Version(key, since if dated else None, until if dated else None, tuple(written[width:]))
        found.setdefault(tuple(written[:width]), []).append(version)
    return found


def _readable(column: Any) -> Any:
    return cast(column, Text) if isinstance(column.type, Geometry) else column


def among(column: Any, ids: Collection[int]) -> ColumnElement[bool]:
    """Condition that a column holds one of many keys: they travel as one array, for a statement takes 65,535 values."""
    keys = literal(list(ids), ARRAY(BigInteger))
    chosen: ColumnElement[bool] = column.in_(select(func.unnest(keys)))
    return chosen


def _close(session: Session, table: Table, ids: Sequence[int], as_of: dt.date) -> None:
    if ids:
        session.execute(update(table).where(among(table.c.id, ids)).values(valid_to=as_of))


def _insert(
    session: Session,
    target: Target,
    rows: Sequence[tuple[int, dt.date | None, tuple[Any, ...]]],
    import_id: int,
    as_of: dt.date,
) -> None:
    if not rows:
        return
    span = (target.since, "valid_to") if target.since else ()
    columns = ("id", "import_id", *span, *target.written)
    copy_rows(
        session,
        target.table,
        columns,
        ((key, import_id, *((as_of, until) if span else ()), *row) for key, until, row in rows),
    )


def _change(session: Session, target: Target, rows: Sequence[tuple[int, tuple[Any, ...]]], import_id: int) -> None:
    if not rows:
        return
    names, width = target.compared, len(target.key)
    statement = (
        update(target.table)
        .where(target.table.c.id == bindparam("row_id"))
        .values(import_id=import_id, **{name: bindparam(f"new_{name}") for name in names})
    )
    values = [
        {"row_id": key, **{f"new_{name}": value for name, value in zip(names, row[width:], strict=True)}}
        for key, row in rows
    ]
    session.connection().execute(statement, values)


def end_rows(session: Session, table: Table, ids: Sequence[int], *, as_of: dt.date) -> None:
    """End the validity of rows on `as_of`; one that began on that day never held and is deleted."""
    if ids:
        chosen = among(table.c.id, ids)
        session.execute(table.delete().where(chosen, table.c.valid_from >= as_of))
        session.execute(update(table).where(chosen).values(valid_to=as_of))


def ensure_operators(session: Session, table: Table, names: Mapping[str, str]) -> list[str]:
    """Add operators by code and name that are not there yet; returns the codes added."""
    known = set(session.scalars(select(table.c.code)))
    added = [code for code in names if code not in known]
    if added:
        session.execute(table.insert(), [{"code": code, "name": names[code]} for code in added])
    return added
