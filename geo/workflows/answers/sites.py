"""Operators' stations, for those who may see them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.domain.grid import Bounds
from geo.domain.sites import SiteStatus
from geo.store.positions import lon_lat
from geo.store.tables import Cell, Mast, Site
from geo.store.validity import valid_on
from geo.workflows.answers.access import require_sites
from geo.workflows.answers.rows import Page, SiteRow


def list_sites(
    session: Session,
    *,
    operator: str | None = None,
    technology: str | None = None,
    commune: str | None = None,
    bbox: Bounds | None = None,
    as_of: dt.date | None = None,
    limit: int | None = 1000,
    offset: int = 0,
    sees_sites: bool = False,
) -> Page[SiteRow]:
    """Return sites valid on `as_of` (None: the present ones) by operator and code; `limit=None` returns all.

    `bbox` is in EPSG:4326 degrees. A site is "on_air" when one of its cells is, else it has the status its cells share,
    or "off_air" when they differ.

    Raises:
        ForbiddenError: the viewer does not see sites.
    """
    require_sites(sees_sites)
    conditions = [valid_on(as_of, Site.valid_from, Site.valid_to)]
    if operator is not None:
        conditions.append(Site.operator_code == operator)
    if commune is not None:
        conditions.append(Mast.commune_code == commune)
    if bbox is not None:
        box = func.ST_MakeEnvelope(bbox.west, bbox.south, bbox.east, bbox.north, 4326)
        conditions.append(Mast.geom.op("&&")(box))
    if technology is not None:
        of_technology = select(Cell.site_id).where(
            Cell.technology == technology, valid_on(as_of, Cell.valid_from, Cell.valid_to)
        )
        conditions.append(Site.id.in_(of_technology))
    counted = select(func.count()).select_from(Site).join(Mast, Mast.id == Site.mast_id)
    total = session.scalar(counted.where(*conditions)) or 0
    query = _sites(as_of).where(*conditions).order_by(Site.operator_code, Site.code).limit(limit).offset(offset)
    items = tuple(_row(row) for row in session.execute(query).mappings())
    return Page.cut(items, total=total, limit=limit, offset=offset)


def _sites(as_of: dt.date | None) -> Any:
    cells = (
        select(
            Cell.site_id,
            func.array_agg(Cell.technology.distinct()).label("technologies"),
            func.array_agg(Cell.status.distinct()).label("statuses"),
            func.count().label("cells"),
        )
        .where(valid_on(as_of, Cell.valid_from, Cell.valid_to))
        .group_by(Cell.site_id)
        .subquery()
    )
    return (
        select(
            Site.id,
            Site.code,
            Site.name,
            Site.operator_code.label("operator"),
            Mast.code.label("mast_code"),
            *lon_lat(Mast.geom),
            cells.c.technologies,
            cells.c.statuses,
            func.coalesce(cells.c.cells, 0).label("cells"),
            Mast.commune_code,
            Site.shared,
        )
        .join(Mast, Mast.id == Site.mast_id)
        .outerjoin(cells, cells.c.site_id == Site.id)
    )


def _row(row: Any) -> SiteRow:
    values = dict(row)
    statuses = values.pop("statuses") or []
    technologies = values.pop("technologies") or []
    return SiteRow(**values, technologies=tuple(sorted(technologies)), status=_common_status(statuses))


def _common_status(statuses: list[str]) -> str:
    if SiteStatus.ON_AIR.value in statuses:
        return SiteStatus.ON_AIR.value
    return statuses[0] if len(statuses) == 1 else SiteStatus.OFF_AIR.value
