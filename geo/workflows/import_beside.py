"""Names what a site list leaves standing beside what it adds: what only changed its code would count twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session

from geo.domain.codes import normalise_label
from geo.domain.sites import SiteStatus
from geo.intake.sites import CleanSites
from geo.intake.tables import Batch
from geo.store.tables import Cell, Site
from geo.store.writers import Fate, Upsert, among

# Of the codes that stand beside a new one as many are named.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class _Standing:
    """A cell of a current site in the store, whatever list it comes from."""

    mast_id: int
    operator: str
    site_id: int
    site_code: str
    cell_id: int
    cell_code: str
    technology: str


def report_beside(session: Session, batch: Batch, clean: CleanSites, sites: Upsert, cells: Upsert) -> None:
    """Note new sites and cells beside which the same operator's others stay that the list does not have.

    A new site is named where another site of its operator stands on its mast with a technology of its own, which the
    list lacks or whose code differs in capitals, blanks and signs only; a new cell with a code at a known site where
    cells of its technology stay. Also where a newer list has spoken of the operator: what an older one adds stays, but
    where a complete newer list lacks it. What is removed does not count and is neither named nor compared.
    """
    new: defaultdict[int, set[str]] = defaultdict(set)
    known = []
    for n, fate in enumerate(cells.fates):
        if fate is not Fate.NEW or cells.under[n].until or clean.cells[n].status == SiteStatus.REMOVED.value:
            continue
        site = clean.site_of_row[clean.cells[n].row]
        if sites.fates[site] is Fate.NEW:
            new[site].add(clean.cells[n].technology.value)
        else:
            known.append(n)
    _report_sites(batch, clean, sites, new, _where_several_stand(session, {sites.ids[site] for site in new}))
    of_known = {sites.ids[clean.site_of_row[clean.cells[n].row]] for n in known}
    _report_cells(batch, clean, sites, cells, known, _cells_of(session, among(Site.id, of_known)) if known else [])


def _where_several_stand(session: Session, site_ids: set[int]) -> list[_Standing]:
    """Return the cells on masts of the sites, of operators that have several sites there."""
    if not site_ids:
        return []
    masts = select(Site.mast_id).where(among(Site.id, site_ids))
    several = (
        select(Site.mast_id, Site.operator_code)
        .where(Site.mast_id.in_(masts), Site.valid_to.is_(None))
        .group_by(Site.mast_id, Site.operator_code)
        .having(func.count() > 1)
    )
    return _cells_of(session, tuple_(Site.mast_id, Site.operator_code).in_(several))


def _cells_of(session: Session, which: ColumnElement[bool]) -> list[_Standing]:
    rows = session.execute(
        select(Site.mast_id, Site.operator_code, Site.id, Site.code, Cell.id, Cell.code, Cell.technology)
        .join(Cell.site)
        .where(which, Site.valid_to.is_(None), Cell.valid_to.is_(None))
        .where(Cell.status != SiteStatus.REMOVED.value)
        .order_by(Site.code, Cell.code)
    )
    return [_Standing(*row) for row in rows]


def _report_sites(
    batch: Batch, clean: CleanSites, sites: Upsert, new: Mapping[int, set[str]], standing: Sequence[_Standing]
) -> None:
    mast_of = {one.site_id: one.mast_id for one in standing}
    together: defaultdict[tuple[int, str], list[_Standing]] = defaultdict(list)
    for one in standing:
        together[one.mast_id, one.operator].append(one)
    listed = set(sites.ids)
    for site, technologies in sorted(new.items()):
        own, code = sites.ids[site], clean.sites[site].code
        if own not in mast_of:
            continue
        others = (
            one.site_code
            for one in together[mast_of[own], clean.sites[site].operator_code]
            if one.site_id != own
            and one.technology in technologies
            and (one.site_id not in listed or _bare(one.site_code) == _bare(code))
        )
        if named := _named(others):
            row = clean.sites[site].rows[0]
            batch.report("site_beside", [row], name="site_code", value=code, others=named)


def _report_cells(
    batch: Batch,
    clean: CleanSites,
    sites: Upsert,
    cells: Upsert,
    added: Sequence[int],
    standing: Sequence[_Standing],
) -> None:
    listed = set(cells.ids)
    left: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
    for one in standing:
        if one.cell_id not in listed:
            left[one.site_id, one.technology].append(one.cell_code)
    told: set[tuple[int, str]] = set()
    for n in added:
        cell = clean.cells[n]
        site = clean.site_of_row[cell.row]
        key = sites.ids[site], cell.technology.value
        if key in told or not left[key]:
            continue
        told.add(key)
        batch.report(
            "cells_beside",
            [cell.row],
            name="cell_code",
            value=cell.code,
            site=clean.sites[site].code,
            technology=key[1],
            others=_named(left[key]),
        )


def _bare(code: str) -> str:
    return normalise_label(code).replace(" ", "")


def _named(codes: Iterable[str]) -> str:
    different = list(dict.fromkeys(codes))
    more = ["…"] if len(different) > _NAMED else []
    return ", ".join([*different[:_NAMED], *more])
