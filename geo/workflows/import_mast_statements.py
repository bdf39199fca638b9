"""Brings the masts of an import to what its sites state of them, and keeps what each operator said last."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from geo.intake.sites import CleanSite
from geo.intake.tables import Batch
from geo.store.tables import ImportRecord, Mast, MastStatement
from geo.store.writers import among, copy_rows, points_hex, table_of
from geo.workflows.import_mast_facts import (
    FACTS,
    Said,
    Saying,
    Verdict,
    report_verdict,
    same_place,
    same_value,
    settle,
    statements_of,
)

# Columns of each fact, the last one that of its list, in the order of FACTS.
_COLUMNS = (
    ("height_m", "height_import_id"),
    ("owner", "owner_import_id"),
    ("lon_deg", "lat_deg", "position_import_id"),
)


@dataclass(frozen=True, slots=True)
class ListedMast:
    """A mast of which a list speaks; `members` are its sites by number.

    What stands of it so far: `position` in degrees (lon, lat), None for a mast that the list makes.
    """

    id: int
    code: str
    members: Sequence[int]
    position: tuple[float, float] | None = None
    height_m: float | None = None
    owner: str | None = None


@dataclass
class MastChanges:
    """Sites of the list by number: those that changed their mast, and those of an older list, which did not."""

    changed: set[int] = field(default_factory=set)
    outdated: set[int] = field(default_factory=set)


Sayings = dict[int, dict[str, Saying]]
"""What each operator said last, by mast and fact."""


@dataclass
class MastFacts:
    """What a list does to the facts of its masts: one verdict for each fact that it states, by mast."""

    said: Sayings
    verdicts: dict[int, dict[str, Verdict]]

    def value(self, mast_id: int, name: str) -> Any:
        """Return what holds of a mast after the list, None where the list states nothing of it."""
        verdict = self.verdicts.get(mast_id, {}).get(name)
        return None if verdict is None else verdict.value

    def changes(self) -> MastChanges:
        """Return which sites changed their mast and which are outdated."""
        result = MastChanges()
        for verdict in (one for facts in self.verdicts.values() for one in facts.values()):
            result.changed.update(verdict.changed)
            result.outdated.update(verdict.outdated)
        return result


def judge_masts(
    session: Session,
    sites: Sequence[CleanSite],
    masts: Sequence[ListedMast],
    batch: Batch,
    *,
    as_of: dt.date,
    tolerance_m: float,
) -> MastFacts:
    """Return what a list does to its masts, noting what it says twice and what goes against other operators.

    Positions nearer than `tolerance_m` are the same.
    """
    said = _load(session, [mast.id for mast in masts if mast.position is not None])
    result = MastFacts(said, {})
    for mast in masts:
        for name, stated in statements_of(sites, sorted(mast.members)).items():
            same = partial(same_place, tolerance_m=tolerance_m) if name == "position" else same_value
            saying = said[mast.id][name]
            verdict = settle(getattr(mast, name), saying, stated, day=as_of, same=same)
            report_verdict(batch, verdict, saying, name=name, code=mast.code, sites=sites, as_of=as_of)
            result.verdicts.setdefault(mast.id, {})[name] = verdict
    return result


def _load(session: Session, mast_ids: Collection[int]) -> Sayings:
    found: Sayings = defaultdict(lambda: defaultdict(dict))
    days = {row.id: row.as_of for row in session.execute(select(ImportRecord.id, ImportRecord.as_of))}
    said = MastStatement
    lists = said.height_import_id, said.owner_import_id, said.position_import_id
    rows = session.execute(
        select(said.mast_id, said.operator_code, said.height_m, said.owner, said.lon_deg, said.lat_deg, *lists).where(
            among(said.mast_id, mast_ids)
        )
    )
    for mast_id, operator, height_m, owner, lon, lat, *list_ids in rows:
        for name, value, list_id in zip(FACTS, (height_m, owner, (lon, lat)), list_ids, strict=True):
            if list_id is not None:
                found[mast_id][name][operator] = Said(value, days[list_id], list_id)
    return found


def store_facts(
    session: Session, sites: Sequence[CleanSite], masts: Sequence[ListedMast], facts: MastFacts, *, import_id: int
) -> None:
    """Write what changed of standing masts, and what the operators of the list say of all its masts now."""
    standing = [mast for mast in masts if mast.position is not None]
    for name in FACTS:
        changed = {mast.id: facts.verdicts[mast.id][name] for mast in standing if _changes(facts, mast, name)}
        if changed and name == "position":
            _move(session, sites, changed)
        elif changed:
            _change(session, name, {mast_id: verdict.value for mast_id, verdict in changed.items()})
    _store_statements(session, facts, import_id)


def _changes(facts: MastFacts, mast: ListedMast, name: str) -> bool:
    verdict = facts.verdicts.get(mast.id, {}).get(name)
    return verdict is not None and bool(verdict.changed)


def _change(session: Session, name: str, values: Mapping[int, Any]) -> None:
    table = table_of(Mast)
    session.connection().execute(
        update(table).where(table.c.id == bindparam("row_id")).values({name: bindparam("new")}),
        [{"row_id": mast_id, "new": value} for mast_id, value in values.items()],
    )


def _move(session: Session, sites: Sequence[CleanSite], verdicts: Mapping[int, Verdict]) -> None:
    table = table_of(Mast)
    for mast_id, verdict in verdicts.items():
        commune = sites[verdict.changed[0]].commune_code
        lon, lat = verdict.value
        point = points_hex(np.array([lon]), np.array([lat]))[0]
        session.execute(update(table).where(table.c.id == mast_id).values(geom=point, commune_code=commune))


def _store_statements(session: Session, facts: MastFacts, import_id: int) -> None:
    """Write the rows of the masts of which operators said something, with all that they said before."""
    spoken: dict[tuple[int, str], dict[str, tuple[Any, int]]] = {}
    for mast_id, verdicts in facts.verdicts.items():
        for name, verdict in verdicts.items():
            for operator, value in verdict.renewed.items():
                spoken.setdefault((mast_id, operator), {})[name] = (value, import_id)
    rows = []
    for (mast_id, operator), now in spoken.items():
        row: list[Any] = [mast_id, operator]
        for name in FACTS:
            before = facts.said[mast_id][name].get(operator)
            value, list_id = now.get(name, (None, None) if before is None else (before.value, before.import_id))
            row += [*((value or (None, None)) if name == "position" else (value,)), list_id]
        rows.append(row)
    table = table_of(MastStatement)
    masts_of: dict[str, list[int]] = {}
    for mast_id, operator in spoken:
        masts_of.setdefault(operator, []).append(mast_id)
    for operator, mast_ids in masts_of.items():
        session.execute(delete(table).where(table.c.operator_code == operator, among(table.c.mast_id, mast_ids)))
    copy_rows(session, table, ("mast_id", "operator_code", *(name for names in _COLUMNS for name in names)), rows)
