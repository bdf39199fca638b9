"""Writes assessments and their results; results go in by COPY, in the transaction of the session."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from geoalchemy2 import Geometry
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Date, Select, cast, delete, func, select, update
from sqlalchemy.orm import Session

from geo.store import tables
from geo.store.tables.base import Base
from geo.store.writers import table_of

# Any fixed number: two assessments at a time on one database would double memory and race for the newest place.
ASSESSMENT_LOCK = 0x70_68_75_73
WGS84_SRID = 4326
_JSON = json.JSONEncoder(ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class ResultRows:
    """Rows of one result table: columns by their names in the database, without assessment_id."""

    table: type[Base]
    columns: Sequence[str]
    rows: Iterable[Sequence[Any]]
    json_columns: frozenset[str] = frozenset()


def try_lock_assessments(session: Session) -> bool:
    """Take the lock that one assessment at a time holds, until the session's connection is given back."""
    return bool(session.scalar(select(func.pg_try_advisory_lock(ASSESSMENT_LOCK))))


def unlock_assessments(session: Session) -> None:
    """Give the lock back."""
    session.execute(select(func.pg_advisory_unlock(ASSESSMENT_LOCK)))


def start_assessment(session: Session, values: Mapping[str, Any]) -> int:
    """Store an assessment that is running, with what is known before it is computed, and return its number."""
    assessment = tables.Assessment(status="running", **values)
    session.add(assessment)
    session.flush()
    return assessment.id


def hold_imports(session: Session, import_ids: Iterable[int]) -> bool:
    """Keep imports from being retired until the transaction ends; False when one of them is retired already."""
    record = tables.ImportRecord
    rows = session.execute(select(record.retired_at).where(record.id.in_(list(import_ids))).with_for_update(read=True))
    return all(retired_at is None for (retired_at,) in rows)


def finish_assessment(session: Session, assessment_id: int, values: Mapping[str, Any]) -> None:
    """Mark an assessment as done, with the values known at its end."""
    session.execute(
        update(tables.Assessment)
        .where(tables.Assessment.id == assessment_id)
        .values(status="done", finished_at=func.clock_timestamp(), **values)
    )


def fail_assessment(session: Session, assessment_id: int) -> None:
    """Mark an assessment as failed; it has no results."""
    session.execute(update(tables.Assessment).where(tables.Assessment.id == assessment_id).values(status="failed"))


def fail_abandoned(session: Session) -> None:
    """Mark as failed what is still running although nobody holds the lock: its process was killed."""
    session.execute(update(tables.Assessment).where(tables.Assessment.status == "running").values(status="failed"))


def done_assessment_ids(session: Session) -> set[int]:
    """Return the numbers of the finished assessments."""
    return set(session.scalars(select(tables.Assessment.id).where(tables.Assessment.status == "done")))


def in_force(area_code: str | None = None) -> Select[int]:
    """Return the query for the number of the assessment of an area that holds (None: the whole territory, published).

    Among the finished ones of days that have come (UTC, by the clock of the database): one with every technology of the
    rule before one without, then the latest day, then the newest.
    """
    assessment = tables.Assessment
    today = cast(func.timezone("UTC", func.now()), Date)
    return (
        select(assessment.id)
        .where(
            assessment.status == "done",
            assessment.area_code.is_not_distinct_from(area_code),
            assessment.as_of <= today,
        )
        .order_by(
            assessment.all_technologies.desc(),
            assessment.as_of.desc(),
            assessment.created_at.desc(),
            assessment.id.desc(),
        )
        .limit(1)
    )


def published_id(session: Session) -> int | None:
    """Return the number of the assessment that answers are taken from unless another is asked for, None without one."""
    return session.scalars(in_force()).first()


def digest_in_force(session: Session, *, area_code: str | None) -> str | None:
    """Return the hash of the inputs of the assessment of an area that holds (None: the whole territory)."""
    assessment = tables.Assessment
    held = in_force(area_code).scalar_subquery()
    return session.scalars(select(assessment.inputs_sha256).where(assessment.id == held)).first()


def delete_assessment(session: Session, assessment_id: int) -> None:
    """Delete an assessment with its results."""
    session.execute(delete(tables.Assessment).where(tables.Assessment.id == assessment_id))


def copy_rows(session: Session, assessment_id: int, results: ResultRows) -> int:
    """Write result rows by COPY and return how many; geometries are given as shapely ones (EPSG:4326)."""
    columns = ", ".join(("assessment_id", *results.columns))
    statement = f"COPY {results.table.__tablename__} ({columns}) FROM STDIN"
    connection = session.connection().connection.driver_connection
    if connection is None:
        raise RuntimeError("the session has no connection to write through")
    written = _forms(results)
    count = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in results.rows:
            values = [assessment_id, *row]
            for at, form in written:
                values[at] = form(values[at])
            copy.write_row(values)
            count += 1
    return count


def _forms(results: ResultRows) -> list[tuple[int, Callable[[Any], Any]]]:
    """Return the places in a written row, behind the number of the assessment, of values that are written otherwise."""
    columns = table_of(results.table).columns
    forms: list[tuple[int, Callable[[Any], Any]]] = []
    for at, name in enumerate(results.columns, 1):
        if name in results.json_columns:
            forms.append((at, _JSON.encode))
        elif isinstance(columns[name].type, Geometry):
            forms.append((at, _hex_of))
    return forms


def _hex_of(value: Any) -> Any:
    if isinstance(value, BaseGeometry):
        return shapely.to_wkb(shapely.set_srid(value, WGS84_SRID), hex=True, include_srid=True)
    return value
