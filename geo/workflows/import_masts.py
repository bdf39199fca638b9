"""Finds or makes the mast of each site of an import."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from sqlalchemy import delete, exists, func, select, text
from sqlalchemy.orm import Session

from geo.intake.limits import IntakeLimits
from geo.intake.masts import assign_positions, earth_centred_m, match_positions
from geo.intake.sites import CleanSite
from geo.intake.tables import Batch
from geo.store.tables import Mast, MastStatement, Site
from geo.store.writers import allocate_ids, copy_rows, points_hex, table_of
from geo.workflows.import_mast_statements import ListedMast, MastChanges, MastFacts, judge_masts, store_facts

# Positions are compared to the centimetre when masts are made, so a site at the very limit may lie a little beyond it.
_ROUNDING_M = 0.05
_COLUMNS = ("id", "import_id", "code", "geom", "height_m", "commune_code", "owner")
# What `_by_position` names the masts it makes, and `_listed` those whose name is taken.
_MADE = "^[+-][0-9]+[.][0-9]{6}[+-][0-9]+[.][0-9]{6}(#[0-9]+)?$"
_RENAME = text(
    "UPDATE mast SET code = new.code"
    " FROM unnest(CAST(:ids AS bigint[]), CAST(:codes AS text[])) AS new (id, code) WHERE mast.id = new.id"
)


@dataclass
class _Standing:
    """Masts in the store, as arrays and by code."""

    masts: list[ListedMast]
    points_m: np.ndarray
    by_code: dict[str, int]

    @cached_property
    def ids(self) -> set[int]:
        """Ids of the masts."""
        return {mast.id for mast in self.masts}


def store_masts(
    session: Session,
    sites: Sequence[CleanSite],
    *,
    import_id: int,
    limits: IntakeLimits,
    batch: Batch,
    as_of: dt.date,
) -> tuple[list[int], MastChanges]:
    """Return the id of each site's mast — by its code, else the mast at its position, else a new one — and changes.

    A code that no mast has yet goes to a mast without one where there is one, and sites that state it change that mast.
    """
    if not sites:
        return [], MastChanges()
    standing = _load(session)
    points_m = earth_centred_m(np.array([site.lon for site in sites]), np.array([site.lat for site in sites]))
    groups = _by_code(sites, points_m, standing, limits, batch)
    ids: list[int] = [0] * len(sites)
    new: list[tuple[str, list[int]]] = []
    for code, members in groups.coded.items():
        if code in standing.by_code:
            _fill(ids, members, standing.masts[standing.by_code[code]].id)
        else:
            new.append((code, members))
    new, named = _name_masts(session, new, points_m, standing, ids, limits)
    moved = _keep_masts(session, sites, points_m, groups.uncoded, standing, ids, limits)
    new += _by_position(sites, points_m, moved, standing, ids, limits)
    for (_, members), mast_id in zip(new, allocate_ids(session, table_of(Mast), len(new)), strict=True):
        _fill(ids, members, mast_id)
    masts = _listed(ids, standing, new)
    facts = judge_masts(session, sites, masts, batch, as_of=as_of, tolerance_m=limits.mast_same_position_m)
    _insert(session, sites, [mast for mast in masts if mast.position is None], facts, import_id)
    store_facts(session, sites, masts, facts, import_id=import_id)
    changes = facts.changes()
    changed = named.union(n for n in changes.changed if ids[n] in standing.ids)
    return ids, MastChanges(changed, changes.outdated)


def _name_masts(
    session: Session,
    new: Sequence[tuple[str, list[int]]],
    points_m: np.ndarray,
    standing: _Standing,
    ids: list[int],
    limits: IntakeLimits,
) -> tuple[list[tuple[str, list[int]]], set[int]]:
    """Give codes that no mast has to the nearest masts without one; returns those left over, and the sites of others.

    A mast without one is named by its position, and no list has stated one for it: all do that have a code for it.
    """
    if not new:
        return [], set()
    stated = exists().where(MastStatement.mast_id == Mast.id, MastStatement.position_import_id.is_not(None))
    made = set(session.scalars(select(Mast.id).where(Mast.code.regexp_match(_MADE), ~stated)))
    free = np.array([number for number, mast in enumerate(standing.masts) if mast.id in made], dtype=np.int64)
    codes = sorted(new)
    places = points_m[[members[0] for _, members in codes]]
    matched = match_positions(places, standing.points_m[free], tolerance_m=limits.mast_same_position_m)
    renamed: dict[str, int] = {}
    named: set[int] = set()
    for (code, members), chosen in zip(codes, matched.tolist(), strict=True):
        if chosen >= 0:
            mast = standing.masts[int(free[chosen])]
            standing.masts[int(free[chosen])] = replace(mast, code=code)
            renamed[code] = mast.id
            named.update(members)
            _fill(ids, members, mast.id)
    if renamed:
        session.execute(_RENAME, {"ids": list(renamed.values()), "codes": list(renamed)})
    return [one for one in new if one[0] not in renamed], named


def _listed(ids: Sequence[int], standing: _Standing, new: Sequence[tuple[str, list[int]]]) -> list[ListedMast]:
    """Return the masts of the list with its sites, standing ones and then new ones."""
    members: dict[int, list[int]] = {}
    for number, mast_id in enumerate(ids):
        members.setdefault(mast_id, []).append(number)
    masts = [replace(mast, members=members[mast.id]) for mast in standing.masts if mast.id in members]
    taken = set(standing.by_code)
    for code, numbers in new:
        mast_id = ids[numbers[0]]
        unique = code if code not in taken else f"{code}#{mast_id}"
        taken.add(unique)
        masts.append(ListedMast(mast_id, unique, numbers))
    return masts


def drop_unused_masts(session: Session, import_id: int) -> None:
    """Delete masts made for rows that were left alone because newer data are in use."""
    used = exists().where(Site.mast_id == Mast.id)
    session.execute(delete(Mast).where(Mast.import_id == import_id, ~used))


def _fill(ids: list[int], members: Sequence[int], mast_id: int) -> None:
    for member in members:
        ids[member] = mast_id


def _load(session: Session) -> _Standing:
    place = func.ST_X(Mast.geom), func.ST_Y(Mast.geom)
    rows = session.execute(select(Mast.id, Mast.code, *place, Mast.height_m, Mast.owner).order_by(Mast.id)).all()
    lon = np.array([row[2] for row in rows], dtype=np.float64)
    lat = np.array([row[3] for row in rows], dtype=np.float64)
    return _Standing(
        masts=[ListedMast(row[0], row[1], (), (row[2], row[3]), *row[4:]) for row in rows],
        points_m=earth_centred_m(lon, lat),
        by_code={row[1]: number for number, row in enumerate(rows)},
    )


@dataclass
class _Groups:
    coded: dict[str, list[int]] = field(default_factory=dict)
    uncoded: list[int] = field(default_factory=list)


def _by_code(
    sites: Sequence[CleanSite], points_m: np.ndarray, standing: _Standing, limits: IntakeLimits, batch: Batch
) -> _Groups:
    """Gather sites by mast code; a code used far away means another mast, named with its operator."""
    groups = _Groups()
    # The first spelling of a code stands for all that differ from it in capitals and blanks only.
    spelling = {_key(code): code for code in reversed(standing.by_code)}
    first: dict[str, Any] = {code: standing.points_m[number] for code, number in standing.by_code.items()}
    reused = []
    for number, site in enumerate(sites):
        code = site.mast_code
        if code is None:
            groups.uncoded.append(number)
            continue
        if code not in standing.by_code:
            code = spelling.setdefault(_key(code), code)
        if np.linalg.norm(first.setdefault(code, points_m[number]) - points_m[number]) > limits.mast_same_code_m:
            reused.append(site.rows[0])
            code = f"{site.operator_code}:{code}"
            first.setdefault(code, points_m[number])
        groups.coded.setdefault(code, []).append(number)
    batch.report("mast_code_reused", reused, name="mast_code", limit=f"{limits.mast_same_code_m:g}")
    return groups


def _key(code: str) -> str:
    return "".join(code.split()).casefold()


def _keep_masts(
    session: Session,
    sites: Sequence[CleanSite],
    points_m: np.ndarray,
    uncoded: Sequence[int],
    standing: _Standing,
    ids: list[int],
    limits: IntakeLimits,
) -> list[int]:
    """Leave a known site on its mast while it stands within the tolerance; returns the sites that need one.

    Without this a site between two masts could change from one to the other although its list says the same.
    """
    operators = sorted({sites[number].operator_code for number in uncoded})
    rows = session.execute(
        select(Site.operator_code, Site.code, Site.mast_id).where(
            Site.valid_to.is_(None), Site.operator_code.in_(operators)
        )
    )
    known = {(row.operator_code, row.code): row.mast_id for row in rows}
    place = {mast.id: number for number, mast in enumerate(standing.masts)}
    open_sites = []
    for number in uncoded:
        mast_id = known.get((sites[number].operator_code, sites[number].code))
        if mast_id is not None:
            distance_m = float(np.linalg.norm(standing.points_m[place[mast_id]] - points_m[number]))
            if distance_m <= limits.mast_same_position_m + _ROUNDING_M:
                ids[number] = mast_id
                continue
        open_sites.append(number)
    return open_sites


def _by_position(
    sites: Sequence[CleanSite],
    points_m: np.ndarray,
    uncoded: Sequence[int],
    standing: _Standing,
    ids: list[int],
    limits: IntakeLimits,
) -> list[tuple[str, list[int]]]:
    """Put sites without a mast code on a standing mast within the tolerance; returns the new masts."""
    if not uncoded:
        return []
    chosen = np.array(uncoded)
    assigned, founders = assign_positions(points_m[chosen], standing.points_m, tolerance_m=limits.mast_same_position_m)
    members: dict[int, list[int]] = {}
    for site, mast in zip(chosen, assigned, strict=True):
        if mast < len(standing.masts):
            ids[int(site)] = standing.masts[int(mast)].id
        else:
            members.setdefault(int(mast) - len(standing.masts), []).append(int(site))
    new = []
    for number, founder in enumerate(founders):
        site_number = int(chosen[founder])
        lon, lat = sites[site_number].lon, sites[site_number].lat
        others = [member for member in members[number] if member != site_number]
        new.append((f"{lat:+.6f}{lon:+.6f}", [site_number, *others]))
    return new


def _insert(
    session: Session, sites: Sequence[CleanSite], new: Sequence[ListedMast], facts: MastFacts, import_id: int
) -> None:
    firsts = [sites[mast.members[0]] for mast in new]
    points = points_hex(np.array([site.lon for site in firsts]), np.array([site.lat for site in firsts]))
    rows = [
        (
            mast.id,
            import_id,
            mast.code,
            point,
            facts.value(mast.id, "height_m"),
            first.commune_code,
            facts.value(mast.id, "owner"),
        )
        for mast, first, point in zip(new, firsts, points, strict=True)
    ]
    copy_rows(session, table_of(Mast), _COLUMNS, rows)
