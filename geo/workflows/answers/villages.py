"""Villages with their states."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Text, and_, cast, exists, func, or_, select
from sqlalchemy.orm import Session

from geo.domain.codes import normalise_name
from geo.domain.sites import ANY_OPERATOR
from geo.domain.village_reasons import reason_from_document
from geo.errors import NotFoundError
from geo.store.positions import lon_lat
from geo.store.tables import AdminUnit, ClusterStatus, Village, VillageCluster, VillageStatus
from geo.store.validity import valid_on
from geo.workflows.answers.access import visible_operator
from geo.workflows.answers.assessments import newest_assessment
from geo.workflows.answers.known import require_operator, require_unit
from geo.workflows.answers.order import by_commune_and_name
from geo.workflows.answers.rows import (
    AssessmentInfo,
    ClusterAnswer,
    Page,
    PointStatusAnswer,
    Reason,
    VillageAnswer,
    VillageState,
    VillageStatusAnswer,
)

STATES: tuple[VillageState, ...] = ("covered", "partly_covered", "not_covered", "no_data")


def list_villages(
    session: Session,
    *,
    state: VillageState | None = None,
    commune: str | None = None,
    technology: str | None = None,
    operator: str | None = None,
    name: str | None = None,
    limit: int | None = 100,
    offset: int = 0,
    assessment_id: int | None = None,
    sees_sites: bool = False,
) -> Page[VillageAnswer]:
    """Return villages by commune and name; `limit=None` returns all of them.

    `name` is part of a name, with or without diacritics. `technology` and `operator` limit the statuses that are
    listed. With `state`, a village is listed when that is its state for the technology, or, without `technology`, over
    all computed technologies, one of which is enough: "not covered" then means by none of them. Without `operator` it
    is the state over any operator.

    Raises:
        ForbiddenError: another operator than "any" was asked for without seeing sites.
        NoAssessmentError: nothing is computed yet.
        NotFoundError: no such commune or operator.
    """
    info = newest_assessment(session, assessment_id=assessment_id)
    shown_operator = visible_operator(operator, sees_sites=sees_sites)
    require_operator(session, operator)
    require_unit(session, commune, info)
    conditions = [valid_on(info.as_of, Village.valid_from, Village.valid_to)]
    if commune is not None:
        conditions.append(Village.commune_code == commune)
    if name:
        conditions.append(_is_named(name))
    if state is not None:
        conditions.append(_has_state(info, state, technology, operator or ANY_OPERATOR))
    total = session.scalar(select(func.count()).select_from(Village).where(*conditions)) or 0
    query = _villages(info).where(*conditions).order_by(*by_commune_and_name())
    found = session.execute(query.limit(limit).offset(offset)).all()
    statuses = _statuses(
        session, info, [row.id for row in found], technology=technology, operator=shown_operator, levels=sees_sites
    )
    items = tuple(_answer(row, statuses) for row in found)
    return Page.cut(items, total=total, limit=limit, offset=offset)


def get_village(
    session: Session,
    *,
    village_id: int | None = None,
    code: str | None = None,
    assessment_id: int | None = None,
    sees_sites: bool = False,
) -> VillageAnswer:
    """Return one village, by number or by code, with its clusters.

    Raises:
        NotFoundError: there is no such village on the date of the assessment.
        NoAssessmentError: nothing is computed yet.
    """
    info = newest_assessment(session, assessment_id=assessment_id)
    wanted = Village.id == village_id if village_id is not None else Village.code == code
    query = _villages(info).where(valid_on(info.as_of, Village.valid_from, Village.valid_to), wanted)
    found = session.execute(query.limit(1)).first()
    if found is None:
        label = village_id if village_id is not None else code
        raise NotFoundError(
            f"There is no village {label} on {info.as_of}; the list is at /api/v1/villages.",
            f"Không có thôn, buôn {label} vào ngày {info.as_of}; xem danh sách ở /api/v1/villages.",
        )
    operator = visible_operator(None, sees_sites=sees_sites)
    statuses = _statuses(session, info, [found.id], technology=None, operator=operator, levels=sees_sites)
    clusters = _clusters(session, info, found.id, operator=operator, levels=sees_sites)
    return _answer(found, statuses, clusters)


def count_by_state(
    session: Session,
    *,
    technology: str,
    operator: str = ANY_OPERATOR,
    commune: str | None = None,
    assessment_id: int | None = None,
    sees_sites: bool = False,
) -> dict[VillageState, int]:
    """Return the number of villages in each state, states without a village included.

    Raises:
        ForbiddenError: another operator than "any" was asked for without seeing sites.
        NoAssessmentError: nothing is computed yet.
    """
    info = newest_assessment(session, assessment_id=assessment_id)
    query = (
        select(VillageStatus.state, func.count())
        .where(
            VillageStatus.assessment_id == info.assessment_id,
            VillageStatus.technology == technology,
            VillageStatus.operator_code == visible_operator(operator, sees_sites=sees_sites),
        )
        .group_by(VillageStatus.state)
    )
    if commune is not None:
        query = query.join(Village, Village.id == VillageStatus.village_id).where(Village.commune_code == commune)
    counted: dict[str, int] = {row[0]: row[1] for row in session.execute(query)}
    return {state: counted.get(state, 0) for state in STATES}


def _villages(info: AssessmentInfo) -> Any:
    commune = and_(
        AdminUnit.code == Village.commune_code, valid_on(info.as_of, AdminUnit.valid_from, AdminUnit.valid_to)
    )
    return select(
        Village.id,
        Village.code,
        Village.name,
        Village.commune_code,
        AdminUnit.name.label("commune_name"),
        *lon_lat(Village.geom),
        Village.households,
        Village.population,
        Village.grid_power,
        Village.flags,
    ).outerjoin(AdminUnit, commune)


def _is_named(part: str) -> ColumnElement[bool]:
    """Return the condition that a name contains `part`, with or without diacritics and spaces."""
    written = Village.name.icontains(part, autoescape=True)
    plain = normalise_name(part)
    return or_(written, Village.name_normalised.contains(plain, autoescape=True)) if plain else written


# Over several technologies, a state counts only where none of these says something stronger
# (`geo.domain.villages.combined_state`).
_STRONGER: Mapping[str, tuple[str, ...]] = {
    "covered": (),
    "partly_covered": ("covered",),
    "no_data": ("covered", "partly_covered"),
    "not_covered": ("covered", "partly_covered", "no_data"),
}


def _has_state(info: AssessmentInfo, state: str, technology: str | None, operator: str) -> ColumnElement[bool]:
    own = and_(
        VillageStatus.assessment_id == info.assessment_id,
        VillageStatus.village_id == Village.id,
        VillageStatus.operator_code == operator,
    )
    if technology is not None:
        own = and_(own, VillageStatus.technology == technology)
    has = exists().where(own, VillageStatus.state == state)
    stronger = _STRONGER[state]
    return and_(has, ~exists().where(own, VillageStatus.state.in_(stronger))) if stronger else has


def _statuses(
    session: Session,
    info: AssessmentInfo,
    village_ids: Sequence[int],
    *,
    technology: str | None,
    operator: str | None,
    levels: bool,
) -> Mapping[int, tuple[VillageStatusAnswer, ...]]:
    """Return the statuses by village in one query, in the order of technology and operator."""
    table = VillageStatus
    # Reasons come as text: most are alike, so that each different one is read only once.
    query = select(
        table.village_id,
        table.technology,
        table.operator_code,
        table.state,
        table.level_dbm,
        table.tier,
        cast(table.reasons, Text),
        table.center_probability,
    ).where(table.assessment_id == info.assessment_id, table.village_id == func.any(list(village_ids)))
    query = _limited(query, table, technology, operator)
    found: dict[int, list[VillageStatusAnswer]] = defaultdict(list)
    rows = session.execute(query.order_by(table.village_id, table.technology, table.operator_code))
    for village_id, of_technology, of_operator, state, level_dbm, tier, reasons, chance in rows:
        answer = VillageStatusAnswer(
            technology=of_technology,
            operator=of_operator,
            state=state,
            level_dbm=level_dbm if levels else None,
            tier=tier if levels else None,
            reasons=_reasons_in_words(reasons),
            center_probability=chance if levels else None,
        )
        found[village_id].append(answer)
    return {village_id: tuple(statuses) for village_id, statuses in found.items()}


@lru_cache(maxsize=4096)
def _reasons_in_words(stored: str) -> tuple[Reason, ...]:
    found = [reason_from_document(document) for document in json.loads(stored)]
    return tuple(Reason(code=reason.code, vi=reason.vi, en=reason.en) for reason in found)


def _clusters(
    session: Session, info: AssessmentInfo, village_id: int, *, operator: str | None, levels: bool
) -> tuple[ClusterAnswer, ...]:
    cluster = VillageCluster
    rows = session.execute(
        select(
            cluster.id,
            cluster.code,
            cluster.name,
            *lon_lat(cluster.geom),
            cluster.households,
            cluster.population,
            cluster.grid_power,
        )
        .where(cluster.village_id == village_id)
        .order_by(cluster.code)
    ).all()
    table = ClusterStatus
    query = select(table.cluster_id, table.technology, table.operator_code, table.state, table.level_dbm).where(
        table.assessment_id == info.assessment_id, table.cluster_id == func.any([row.id for row in rows])
    )
    found: dict[int, list[PointStatusAnswer]] = defaultdict(list)
    for row in session.execute(
        _limited(query, table, None, operator).order_by(table.cluster_id, table.technology, table.operator_code)
    ):
        found[row.cluster_id].append(
            PointStatusAnswer(
                technology=row.technology,
                operator=row.operator_code,
                state=row.state,
                level_dbm=row.level_dbm if levels else None,
            )
        )
    return tuple(ClusterAnswer(**row._mapping, statuses=tuple(found[row.id])) for row in rows)


def _limited(query: Select[Any] | Any, table: Any, technology: str | None, operator: str | None) -> Any:
    if technology is not None:
        query = query.where(table.technology == technology)
    if operator is not None:
        query = query.where(table.operator_code == operator)
    return query


def _answer(
    row: Row[Any],
    statuses: Mapping[int, tuple[VillageStatusAnswer, ...]],
    clusters: tuple[ClusterAnswer, ...] = (),
) -> VillageAnswer:
    values = {**row._mapping, "flags": tuple(row.flags)}
    return VillageAnswer(**values, statuses=statuses.get(row.id, ()), clusters=clusters)
