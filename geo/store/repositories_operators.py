"""Reads and writes operators: what they handed in, and what the department decided about them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geo.store import tables


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorRecord:
    """A stored operator; `decided` None: the department has not decided whether it runs a mobile network."""

    code: str
    name: str
    has_sites: bool
    newest_list: dt.date | None
    decided: bool | None
    decided_on: dt.date | None
    decided_source: str | None


def read_operators(session: Session) -> list[OperatorRecord]:
    """Return all stored operators by code."""
    operator, site, declaration = tables.Operator, tables.Site, tables.SiteListDeclaration
    newest = select(func.max(declaration.as_of)).where(declaration.operator_code == operator.code).scalar_subquery()
    rows = session.execute(
        select(
            operator.code,
            operator.name,
            exists().where(site.operator_code == operator.code).label("has_sites"),
            newest.label("newest_list"),
            operator.runs_mobile.label("decided"),
            operator.runs_mobile_on.label("decided_on"),
            operator.runs_mobile_source.label("decided_source"),
        ).order_by(operator.code)
    ).mappings()
    return [OperatorRecord(**row) for row in rows]


def decide_operator(
    session: Session, code: str, *, name: str, runs_mobile: bool | None, on: dt.date | None, source: str | None
) -> None:
    """Store what the department decided about an operator, or (all None) that it decided nothing."""
    values = {"runs_mobile": runs_mobile, "runs_mobile_on": on, "runs_mobile_source": source}
    table = tables.Operator
    statement = insert(table).values(code=code, name=name, **values)
    session.execute(statement.on_conflict_do_update(index_elements=[table.code], set_=values))
