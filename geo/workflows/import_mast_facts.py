"""What lists say of a mast beside which sites stand on it: its height, its owner and where it stands.

One rule for all three. What a mast lacks is filled in; what differs is changed, and the sites that say so count as
changed. Where sites of other operators stand on the mast, or a list of a later day spoke of it, a warning names both
statements and which one holds: the one of the later day, on one day the one that came later. An operator's older list
changes nothing. Within one list the first statement holds, with a warning for each other one.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from geo.intake.masts import earth_centred_m
from geo.intake.sites import CleanSite
from geo.intake.tables import Batch
from geo.store.tables import ImportRecord, Mast, Site
from geo.store.writers import among, points_hex, table_of

# Fields of the list by fact.
_FIELDS = {"height_m": "mast_height_m", "owner": "owner", "position": "mast_code"}


@dataclass(frozen=True, slots=True)
class StandingMast:
    """A mast in the store, `position` in degrees (lon, lat).

    `import_id` is the list of the latest day that stated something new of it.
    """

    id: int
    code: str
    position: tuple[float, float]
    height_m: float | None
    owner: str | None
    import_id: int


@dataclass(slots=True)
class Statement:
    """What a list says of a mast; `sites` are those that say it, the first one first."""

    value: Any
    sites: list[int]


Statements = dict[int, dict[str, Statement]]


@dataclass
class MastChanges:
    """Sites of the list by number: those that changed their mast, and those of an older list, which did not."""

    changed: set[int] = field(default_factory=set)
    outdated: set[int] = field(default_factory=set)


def statements_of(
    sites: Sequence[CleanSite], ids: Sequence[int], batch: Batch, *, settled: Collection[str]
) -> Statements:
    """Return what a list says of the heights and owners of masts by id, noting what it says in two ways.

    Sites of `settled` operators, whose list is an older one, speak last.
    """
    found: Statements = defaultdict(dict)
    for number in sorted(range(len(sites)), key=lambda n: sites[n].operator_code in settled):
        site = sites[number]
        for name, value in (("height_m", site.mast_height_m), ("owner", site.owner)):
            if value is None:
                continue
            first = found[ids[number]].setdefault(name, Statement(value, []))
            if first.value == value:
                first.sites.append(number)
                continue
            batch.report(
                "mast_stated_twice",
                [site.rows[0]],
                name=_FIELDS[name],
                value=_shown(name, value),
                first=_shown(name, first.value),
                first_row=batch.row_number(sites[first.sites[0]].rows[0]),
            )
    return found


@dataclass(frozen=True, kw_only=True)
class _Standing:
    """What decides whose statement holds."""

    days: dict[int, tuple[dt.date, tuple[str, ...]]]
    operators: dict[int, set[str]]


def change_masts(
    session: Session,
    sites: Sequence[CleanSite],
    masts: Sequence[StandingMast],
    stated: Statements,
    batch: Batch,
    *,
    as_of: dt.date,
    settled: Collection[str],
    import_id: int,
    tolerance_m: float,
) -> MastChanges:
    """Bring standing masts to what a list states of them; positions nearer than `tolerance_m` are the same."""
    differing = [mast for mast in masts if any(_differences(mast, stated.get(mast.id, {}), tolerance_m))]
    result = MastChanges()
    if not differing:
        return result
    standing = _standing(session, differing)
    changed: list[tuple[StandingMast, int | None]] = []
    for mast in differing:
        after, mover = mast, None
        for name, statement in _differences(mast, stated[mast.id], tolerance_m):
            said_by = {sites[number].operator_code for number in statement.sites}
            if said_by <= set(settled):
                result.outdated.update(statement.sites)
            elif _holds(mast, name, statement, sites, batch, standing, as_of):
                after = replace(after, **{name: statement.value})
                mover = statement.sites[0] if name == "position" else mover
                result.changed.update(statement.sites)
        if after is not mast:
            # What an older list fills in does not make the rest of a later day older.
            later = standing.days[mast.import_id][0] > as_of
            changed.append((after if later else replace(after, import_id=import_id), mover))
    _write(session, sites, changed)
    return result


def _differences(
    mast: StandingMast, stated: dict[str, Statement], tolerance_m: float
) -> Iterator[tuple[str, Statement]]:
    for name, statement in stated.items():
        if name == "position":
            lon, lat = np.transpose([mast.position, statement.value])
            same = bool(np.linalg.norm(np.diff(earth_centred_m(lon, lat), axis=0)) <= tolerance_m)
        else:
            same = getattr(mast, name) == statement.value
        if not same:
            yield name, statement


def _standing(session: Session, masts: Sequence[StandingMast]) -> _Standing:
    records = session.execute(
        select(ImportRecord.id, ImportRecord.as_of, ImportRecord.options).where(
            among(ImportRecord.id, {mast.import_id for mast in masts})
        )
    )
    on_masts = session.execute(
        select(Site.mast_id, Site.operator_code)
        .distinct()
        .where(Site.valid_to.is_(None), among(Site.mast_id, [mast.id for mast in masts]))
    )
    operators: dict[int, set[str]] = defaultdict(set)
    for mast_id, operator in on_masts:
        operators[mast_id].add(operator)
    days = {row.id: (row.as_of, tuple(row.options.get("speaks_of", ()))) for row in records}
    return _Standing(days=days, operators=operators)


def _holds(
    mast: StandingMast,
    name: str,
    statement: Statement,
    sites: Sequence[CleanSite],
    batch: Batch,
    standing: _Standing,
    as_of: dt.date,
) -> bool:
    """Tell whether a statement that differs from what the mast has holds, warning where others have a say in it."""
    before = getattr(mast, name)
    if before is None:
        return True
    day, lists = standing.days[mast.import_id]
    said_by = {sites[number].operator_code for number in statement.sites}
    others = standing.operators.get(mast.id, set()) - said_by
    holds = day <= as_of
    if others or not holds:
        first = sites[statement.sites[0]]
        batch.report(
            "mast_differs",
            [first.rows[0]],
            name=_FIELDS[name],
            value=_shown(name, statement.value),
            mast=mast.code,
            operator=first.operator_code,
            as_of=as_of.isoformat(),
            before=_shown(name, before),
            other=", ".join(lists),
            day=day.isoformat(),
            holds=_shown(name, statement.value if holds else before),
        )
    return holds


def _shown(name: str, value: Any) -> str:
    if name == "height_m":
        return f"{value:g} m"
    return f"{value[1]:.6f}, {value[0]:.6f}" if name == "position" else str(value)


def _write(session: Session, sites: Sequence[CleanSite], changed: Sequence[tuple[StandingMast, int | None]]) -> None:
    if not changed:
        return
    table = table_of(Mast)
    values = [
        {"row_id": mast.id, "new_height_m": mast.height_m, "new_owner": mast.owner, "list_id": mast.import_id}
        for mast, _ in changed
    ]
    session.connection().execute(
        update(table)
        .where(table.c.id == bindparam("row_id"))
        .values(height_m=bindparam("new_height_m"), owner=bindparam("new_owner"), import_id=bindparam("list_id")),
        values,
    )
    for mast, mover in changed:
        if mover is not None:
            lon, lat = mast.position
            point = points_hex(np.array([lon]), np.array([lat]))[0]
            commune = sites[mover].commune_code
            session.execute(update(table).where(table.c.id == mast.id).values(geom=point, commune_code=commune))
