"""Administrative units and their outlines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from geo.domain.admin import PROVINCE_TYPES
from geo.domain.geodesy import geodesic_area_km2
from geo.errors import NotFoundError
from geo.store.tables import AdminUnit, ImportRecord
from geo.store.validity import valid_on
from geo.workflows.answers.rows import CommuneRow


def list_units(
    session: Session,
    *,
    as_of: dt.date | None = None,
    with_geometry: bool = True,
    unit_type: str | None = None,
    simplify_tolerance_deg: float | None = None,
) -> tuple[CommuneRow, ...]:
    """Return the units valid on `as_of` (None: the present ones), by code.

    `unit_type` is "commune", "province" or a type as stored ("xã", …). With `simplify_tolerance_deg` the outlines are
    simplified so that neighbours keep sharing their borders.
    """
    found = session.execute(_units(as_of, unit_type)).all()
    outlines = _outlines(session, found, simplify_tolerance_deg if with_geometry else None)
    return tuple(_row(unit, outlines, with_geometry) for unit in found)


def get_unit(
    session: Session, *, code: str, as_of: dt.date | None = None, simplify_tolerance_deg: float | None = None
) -> CommuneRow:
    """Return one unit with its outline.

    Raises:
        NotFoundError: no unit valid on that day has the code.
    """
    found = session.execute(_units(as_of, None).where(AdminUnit.code == code)).all()
    if not found:
        raise NotFoundError(
            f"There is no administrative unit with code {code}; the list is at /api/v1/boundaries.",
            f"Không có đơn vị hành chính mang mã {code}; xem danh sách ở /api/v1/boundaries.",
        )
    return _row(found[0], _outlines(session, found, simplify_tolerance_deg), True)


def _units(as_of: dt.date | None, unit_type: str | None) -> Any:
    query = (
        select(
            AdminUnit.id,
            AdminUnit.code,
            AdminUnit.name,
            AdminUnit.type,
            AdminUnit.parent_code,
            AdminUnit.official_area_km2,
            AdminUnit.valid_from,
            AdminUnit.valid_to,
            AdminUnit.population,
            AdminUnit.households,
            ImportRecord.illustrative,
        )
        .join(ImportRecord, ImportRecord.id == AdminUnit.import_id)
        .where(valid_on(as_of, AdminUnit.valid_from, AdminUnit.valid_to))
        .order_by(AdminUnit.code)
    )
    if unit_type == "province":
        return query.where(AdminUnit.type.in_(PROVINCE_TYPES))
    if unit_type == "commune":
        return query.where(AdminUnit.type.not_in(PROVINCE_TYPES))
    return query if unit_type is None else query.where(AdminUnit.type == unit_type)


def _row(unit: Row[Any], outlines: dict[int, tuple[BaseGeometry, float]], with_geometry: bool) -> CommuneRow:
    geometry, area_km2 = outlines[unit.id]
    return CommuneRow(
        code=unit.code,
        name=unit.name,
        type=unit.type,
        parent_code=unit.parent_code,
        official_area_km2=unit.official_area_km2,
        area_km2=area_km2,
        valid_from=unit.valid_from,
        valid_to=unit.valid_to,
        population=unit.population,
        households=unit.households,
        illustrative=unit.illustrative,
        geometry=geometry if with_geometry else None,
    )


def _outlines(
    session: Session, units: Sequence[Row[Any]], tolerance_deg: float | None
) -> dict[int, tuple[BaseGeometry, float]]:
    """Return outline and geodesic area in km2 by unit id."""
    rows = session.execute(
        select(AdminUnit.id, func.ST_AsBinary(AdminUnit.geom))
        .where(AdminUnit.id.in_([unit.id for unit in units]))
        .order_by(AdminUnit.id)
    ).all()
    prepared = _prepared(tuple(bytes(wkb) for _, wkb in rows), tolerance_deg)
    return {unit_id: outline for (unit_id, _), outline in zip(rows, prepared, strict=True)}


# Pure in its arguments: the same bytes give the same outlines, so keeping a few results can never show old ones.
@lru_cache(maxsize=8)
def _prepared(wkbs: tuple[bytes, ...], tolerance_deg: float | None) -> tuple[tuple[BaseGeometry, float], ...]:
    geometries = shapely.from_wkb(np.array(wkbs, dtype=object))
    areas_km2 = [geodesic_area_km2(geometry) for geometry in geometries]
    if tolerance_deg is not None and len(wkbs) > 0:
        geometries = shapely.coverage_simplify(geometries, tolerance_deg)
    return tuple(zip(geometries.tolist(), areas_km2, strict=True))
