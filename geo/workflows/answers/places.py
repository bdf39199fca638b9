"""Places and roads that the plans name, with their coverage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.domain.admin import PROVINCE_TYPES
from geo.domain.sites import ANY_OPERATOR
from geo.store.positions import lon_lat
from geo.store.tables import AdminUnit, Place, PlaceCoverage, Road, RoadCoverage
from geo.store.validity import valid_on
from geo.workflows.answers.access import visible_operator
from geo.workflows.answers.assessments import newest_assessment
from geo.workflows.answers.known import require_operator, require_unit
from geo.workflows.answers.rows import (
    AssessmentInfo,
    Page,
    PlaceClassRow,
    PlaceRow,
    PointState,
    PointStatusAnswer,
    RoadClassRow,
    RoadRow,
)


def list_places(
    session: Session,
    *,
    place_class: str | None = None,
    commune: str | None = None,
    technology: str | None = None,
    operator: str | None = None,
    state: PointState | None = None,
    limit: int | None = 1000,
    offset: int = 0,
    assessment_id: int | None = None,
    sees_sites: bool = False,
) -> Page[PlaceRow]:
    """Return places by class and name with their states; `limit=None` returns all of them.

    `operator=None` lists the states of every operator that may be seen. With `state`, places that have it for
    `operator`, over any operator where none is given (and for `technology`, where given).

    Raises:
        ForbiddenError: another operator than "any" was asked for without seeing sites.
        NoAssessmentError: nothing is computed yet.
        NotFoundError: no such commune or operator.
    """
    info = newest_assessment(session, assessment_id=assessment_id)
    require_unit(session, commune, info)
    shown_operator = visible_operator(operator, sees_sites=sees_sites)
    require_operator(session, operator)
    conditions = []
    if place_class is not None:
        conditions.append(Place.place_class == place_class)
    if commune is not None:
        conditions.append(Place.commune_code == commune)
    if state is not None:
        with_state = select(PlaceCoverage.place_id).where(
            PlaceCoverage.assessment_id == info.assessment_id,
            PlaceCoverage.operator_code == (operator or ANY_OPERATOR),
            PlaceCoverage.state == state,
        )
        if technology is not None:
            with_state = with_state.where(PlaceCoverage.technology == technology)
        conditions.append(Place.id.in_(with_state))
    total = session.scalar(select(func.count()).select_from(Place).where(*conditions)) or 0
    columns = select(
        Place.id,
        Place.code,
        Place.name,
        Place.place_class,
        Place.commune_code,
        *lon_lat(Place.geom),
    )
    ordered = columns.where(*conditions).order_by(Place.place_class, Place.name, Place.id)
    rows = session.execute(ordered.limit(limit).offset(offset)).mappings().all()
    statuses = _statuses(
        session, info, [row["id"] for row in rows], technology=technology, operator=shown_operator, levels=sees_sites
    )
    items = tuple(PlaceRow(**row, statuses=tuple(statuses.get(row["id"], ()))) for row in rows)
    return Page.cut(items, total=total, limit=limit, offset=offset)


def summarise_places(
    session: Session,
    *,
    technology: str | None = None,
    operator: str | None = ANY_OPERATOR,
    commune: str | None = None,
    assessment_id: int | None = None,
    sees_sites: bool = False,
) -> tuple[PlaceClassRow, ...]:
    """Return the number of places by class and state.

    Raises:
        ForbiddenError: another operator than "any" was asked for without seeing sites.
        NoAssessmentError: nothing is computed yet.
        NotFoundError: no such commune or operator.
    """
    info = newest_assessment(session, assessment_id=assessment_id)
    require_operator(session, operator)
    require_unit(session, commune, info)
    table = PlaceCoverage
    query = (
        select(Place.place_class, table.technology, table.operator_code, table.state, func.count())
        .join(Place, Place.id == table.place_id)
        .where(table.assessment_id == info.assessment_id)
        .group_by(Place.place_class, table.technology, table.operator_code, table.state)
        .order_by(Place.place_class, table.technology, table.operator_code)
    )
    if commune is not None:
        query = query.where(Place.commune_code == commune)
    query = _limited(query, table, technology, visible_operator(operator, sees_sites=sees_sites))
    counted: dict[tuple[str, str, str], dict[str, int]] = defaultdict(dict)
    for name, of_technology, of_operator, state, number in session.execute(query):
        counted[name, of_technology, of_operator][state] = number
    return tuple(_class_row(key, states) for key, states in counted.items())


def summarise_roads(
    session: Session,
    *,
    technology: str | None = None,
    operator: str | None = ANY_OPERATOR,
    by: str = "province",
    code: str | None = None,
    assessment_id: int | None = None,
    sees_sites: bool = False,
) -> tuple[RoadClassRow, ...]:
    """Return kilometres of road by class and state, per commune or for the province.

    Raises:
        ForbiddenError: another operator than "any" was asked for without seeing sites.
        NoAssessmentError: nothing is computed yet.
        NotFoundError: no such commune or operator.
    """
    info = newest_assessment(session, assessment_id=assessment_id)
    require_operator(session, operator)
    table = RoadCoverage
    is_province = AdminUnit.type.in_(PROVINCE_TYPES)
    units = select(AdminUnit.code).where(
        valid_on(info.as_of, AdminUnit.valid_from, AdminUnit.valid_to),
        is_province if by == "province" else ~is_province,
    )
    query = select(table).where(table.assessment_id == info.assessment_id, table.unit_code.in_(units))
    if code is not None:
        query = query.where(table.unit_code == code)
    query = _limited(query, table, technology, visible_operator(operator, sees_sites=sees_sites))
    ordered = query.order_by(table.unit_code, table.road_class, table.technology, table.operator_code)
    return tuple(_road_class_row(found) for found in session.scalars(ordered))


def list_roads(
    session: Session, *, road_class: str | None = None, simplify_tolerance_deg: float | None = None
) -> tuple[RoadRow, ...]:
    """Return roads with their lines (EPSG:4326), simplified when a tolerance in degrees is given."""
    query = select(Road.id, Road.code, Road.name, Road.road_class, func.ST_AsBinary(Road.geom)).order_by(
        Road.road_class, Road.code
    )
    if road_class is not None:
        query = query.where(Road.road_class == road_class)
    rows = session.execute(query).all()
    lines = shapely.from_wkb([bytes(row[4]) for row in rows])
    if simplify_tolerance_deg is not None:
        lines = shapely.simplify(lines, simplify_tolerance_deg)
    return tuple(
        RoadRow(id=row[0], code=row[1], name=row[2], road_class=row[3], geometry=line)
        for row, line in zip(rows, lines, strict=True)
    )


def _statuses(
    session: Session,
    info: AssessmentInfo,
    place_ids: Sequence[int],
    *,
    technology: str | None,
    operator: str | None,
    levels: bool,
) -> Mapping[int, Sequence[PointStatusAnswer]]:
    table = PlaceCoverage
    query = select(table.place_id, table.technology, table.operator_code, table.state, table.level_dbm).where(
        table.assessment_id == info.assessment_id, table.place_id == func.any(list(place_ids))
    )
    query = _limited(query, table, technology, operator)
    found: dict[int, list[PointStatusAnswer]] = defaultdict(list)
    for row in session.execute(query.order_by(table.place_id, table.technology, table.operator_code)):
        answer = PointStatusAnswer(
            technology=row.technology,
            operator=row.operator_code,
            state=row.state,
            level_dbm=row.level_dbm if levels else None,
        )
        found[row.place_id].append(answer)
    return found


def _limited(query: Any, table: Any, technology: str | None, operator: str | None) -> Any:
    if technology is not None:
        query = query.where(table.technology == technology)
    if operator is not None:
        query = query.where(table.operator_code == operator)
    return query


def _class_row(key: tuple[str, str, str], states: Mapping[str, int]) -> PlaceClassRow:
    places = sum(states.values())
    covered = states.get("covered", 0)
    return PlaceClassRow(
        place_class=key[0],
        technology=key[1],
        operator=key[2],
        places=places,
        covered=covered,
        not_covered=states.get("not_covered", 0),
        no_data=states.get("no_data", 0),
        share_covered=covered / places if places else None,
    )


def _road_class_row(found: RoadCoverage) -> RoadClassRow:
    total_km = found.covered_km + found.not_covered_km + found.no_data_km
    return RoadClassRow(
        unit_code=found.unit_code,
        road_class=found.road_class,
        technology=found.technology,
        operator=found.operator_code,
        covered_km=found.covered_km,
        not_covered_km=found.not_covered_km,
        no_data_km=found.no_data_km,
        share_covered=found.covered_km / total_km if total_km > 0 else None,
    )
