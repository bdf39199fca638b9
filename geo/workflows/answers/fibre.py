"""Fibre reach of villages, communes and the province, and the nodes for those who may see them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from geo.domain.admin import PROVINCE_TYPES
from geo.store.positions import lon_lat
from geo.store.tables import AdminUnit, FibreNode, FibreReach, Village
from geo.store.validity import valid_on
from geo.workflows.answers.access import require_sites
from geo.workflows.answers.assessments import newest_assessment
from geo.workflows.answers.known import require_unit
from geo.workflows.answers.order import by_commune_and_name
from geo.workflows.answers.rows import (
    AssessmentInfo,
    FibreCommuneRow,
    FibreNodeRow,
    FibreRow,
    FibreState,
    Page,
    UnitLevel,
)

_MEDIAN_M, _LARGEST_M = "nearest_node_distance_median_m", "nearest_node_distance_largest_m"


def list_fibre_villages(
    session: Session,
    *,
    commune: str | None = None,
    state: FibreState | None = None,
    limit: int | None = 100,
    offset: int = 0,
    assessment_id: int | None = None,
    sees_sites: bool = False,
) -> Page[FibreRow]:
    """Return fibre by village, by commune and name; `limit=None` returns all of them.

    Free ports and the distance to the nearest node are None for a viewer who does not see sites.

    Raises:
        NoAssessmentError: nothing is computed yet.
        NotFoundError: no such commune or operator.
    """
    info = newest_assessment(session, assessment_id=assessment_id)
    require_unit(session, commune, info)
    conditions = [FibreReach.assessment_id == info.assessment_id]
    if commune is not None:
        conditions.append(Village.commune_code == commune)
    if state is not None:
        conditions.append(FibreReach.state == state)
    joined = select(func.count()).select_from(FibreReach).join(Village, Village.id == FibreReach.village_id)
    total = session.scalar(joined.where(*conditions)) or 0
    query = _village_columns().where(*conditions).order_by(*by_commune_and_name())
    rows = session.execute(query.limit(limit).offset(offset)).mappings()
    items = tuple(_village_row(row, sees_sites) for row in rows)
    return Page.cut(items, total=total, limit=limit, offset=offset)


def list_fibre_units(
    session: Session,
    *,
    by: UnitLevel = "commune",
    code: str | None = None,
    assessment_id: int | None = None,
    sees_sites: bool = False,
) -> tuple[FibreCommuneRow, ...]:
    """Return fibre by commune or for the province; a village without a commune counts in the province only.

    Raises:
        NoAssessmentError: nothing is computed yet.
    """
    info = newest_assessment(session, assessment_id=assessment_id)
    unit = _unit(info, by)
    query = _sums(info, unit)
    if code is not None:
        query = query.where(unit.c.code == code)
    grouped = query.group_by(unit.c.code, unit.c.name).order_by(unit.c.code)
    return tuple(_unit_row(row, by, sees_sites) for row in session.execute(grouped).mappings())


def list_nodes(
    session: Session,
    *,
    operator: str | None = None,
    as_of: dt.date | None = None,
    limit: int | None = 1000,
    offset: int = 0,
    sees_sites: bool = False,
) -> Page[FibreNodeRow]:
    """Return fibre nodes valid on `as_of` (None: the present ones).

    Raises:
        ForbiddenError: the viewer does not see sites.
    """
    require_sites(sees_sites)
    conditions: list[ColumnElement[bool]] = [valid_on(as_of, FibreNode.valid_from, FibreNode.valid_to)]
    if operator is not None:
        conditions.append(FibreNode.operator_code == operator)
    total = session.scalar(select(func.count()).select_from(FibreNode).where(*conditions)) or 0
    query = select(
        FibreNode.id,
        FibreNode.code,
        FibreNode.operator_code.label("operator"),
        FibreNode.kind,
        *lon_lat(FibreNode.geom),
        FibreNode.ports_total,
        FibreNode.ports_free,
    ).where(*conditions)
    ordered = query.order_by(FibreNode.operator_code, FibreNode.code).limit(limit).offset(offset)
    items = tuple(FibreNodeRow(**row) for row in session.execute(ordered).mappings())
    return Page.cut(items, total=total, limit=limit, offset=offset)


def _village_columns() -> Any:
    return select(
        FibreReach.village_id,
        Village.code.label("village_code"),
        Village.name,
        Village.commune_code,
        *lon_lat(Village.geom),
        FibreReach.state,
        FibreReach.households,
        FibreReach.households_passed,
        FibreReach.households_passed_1gbps,
        FibreReach.ports_free,
        FibreReach.max_speed_mbps,
        FibreReach.nearest_node_distance_m,
    ).join(Village, Village.id == FibreReach.village_id)


def _village_row(row: Any, sees_sites: bool) -> FibreRow:
    values = dict(row)
    if not sees_sites:
        values.update(ports_free=None, nearest_node_distance_m=None)
    return FibreRow(**values, share_households_passed=_share(row["households_passed"], row["households"]))


def _unit(info: AssessmentInfo, by: UnitLevel) -> Any:
    is_province = AdminUnit.type.in_(PROVINCE_TYPES)
    return (
        select(AdminUnit.code, AdminUnit.name)
        .where(
            valid_on(info.as_of, AdminUnit.valid_from, AdminUnit.valid_to),
            is_province if by == "province" else ~is_province,
        )
        .subquery()
    )


def _sums(info: AssessmentInfo, unit: Any) -> Any:
    reach = FibreReach
    known = and_(reach.state != "no_data", reach.households.is_not(None))
    is_communes = unit.c.code == Village.commune_code
    is_provinces = func.length(unit.c.code) == 2
    return (
        select(
            unit.c.code,
            unit.c.name,
            func.count().label("villages"),
            *(
                func.count().filter(reach.state == state).label(f"villages_{state}")
                for state in ("available", "partly_available", "not_available", "no_data")
            ),
            func.sum(reach.households).label("households"),
            func.sum(case((known, func.coalesce(reach.households_passed, 0)))).label("households_passed"),
            func.sum(case((reach.state == "no_data", reach.households))).label("households_no_data"),
            func.sum(reach.households_passed_1gbps).label("households_passed_1gbps"),
            func.sum(reach.ports_free).label("ports_free"),
            # Villages without a point have no distance, and are not counted as near or far.
            func.percentile_cont(0.5).within_group(reach.nearest_node_distance_m).label(_MEDIAN_M),
            func.max(reach.nearest_node_distance_m).label(_LARGEST_M),
        )
        .select_from(reach)
        .join(Village, Village.id == reach.village_id)
        .join(unit, is_communes | is_provinces)
        .where(reach.assessment_id == info.assessment_id)
    )


def _unit_row(row: Any, by: UnitLevel, sees_sites: bool) -> FibreCommuneRow:
    households = row["households"]
    passed, unknown = row["households_passed"] or 0, row["households_no_data"] or 0
    rest = None if not households else households - passed - unknown
    values = {name: value if name in (_MEDIAN_M, _LARGEST_M) else _whole(value) for name, value in row.items()}
    values["households_no_data"] = None if households is None else int(unknown)
    if not sees_sites:
        values.update(dict.fromkeys(("ports_free", _MEDIAN_M, _LARGEST_M)))
    return FibreCommuneRow(
        **values,
        unit_type=by,
        share_households_passed=_share(passed, households),
        share_households_not_passed=_share(rest, households),
        share_households_no_data=_share(unknown, households),
    )


def _whole(value: Any) -> Any:
    """Return a sum, which the database gives as a decimal, as an integer."""
    return value if value is None or isinstance(value, str) else int(value)


def _share(part: Any, whole: Any) -> float | None:
    return None if part is None or not whole else float(part) / float(whole)
