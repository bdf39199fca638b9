"""Shares covered, not covered and without data, by unit."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from geo.errors import NotFoundError
from geo.store.tables import AdminUnit, CoverageStatistic
from geo.store.tables.assessments import DENOMINATORS
from geo.store.validity import valid_on
from geo.workflows.answers.access import visible_operator
from geo.workflows.answers.assessments import newest_assessment
from geo.workflows.answers.known import require_operator, require_unit
from geo.workflows.answers.order import by_tier
from geo.workflows.answers.rows import AssessmentInfo, CoverageRow, UnitLevel


def list_coverage(
    session: Session,
    *,
    by: UnitLevel = "commune",
    technology: str | None = None,
    operator: str | None = None,
    tier: str | None = None,
    code: str | None = None,
    min_operators: int | None = 1,
    assessment_id: int | None = None,
    sees_sites: bool = False,
) -> tuple[CoverageRow, ...]:
    """Return coverage by commune or province; a filter that is None lets everything through.

    `min_operators=None` returns the rows for every number of operators. Rows are in the order of code, technology,
    operator, number of operators and tier, from the weakest tier to the strongest.

    Raises:
        ForbiddenError: another operator than "any" was asked for without seeing sites.
        NoAssessmentError: nothing is computed yet.
        NotFoundError: no such unit or operator, or no province in an assessment of a part.
    """
    info = newest_assessment(session, assessment_id=assessment_id)
    shown_operator = visible_operator(operator, sees_sites=sees_sites)
    require_operator(session, operator)
    if code is not None and code != info.area_code and not _has_figures(session, info, code):
        require_unit(session, code, info)
    if by == "province" and info.area_code is not None:
        raise NotFoundError(
            f"Assessment {info.assessment_id} covers {info.area_code} only and has no figures of the province; "
            "ask for communes (--by commune), or for an assessment of the whole territory.",
            f"Lần đánh giá {info.assessment_id} chỉ tính {info.area_code}, không có số liệu toàn tỉnh; "
            "hãy hỏi theo xã (--by commune), hoặc một lần đánh giá toàn địa bàn.",
        )
    filters = {
        CoverageStatistic.unit_type: by,
        CoverageStatistic.technology: technology,
        CoverageStatistic.operator_code: shown_operator,
        CoverageStatistic.tier: tier,
        CoverageStatistic.unit_code: code,
        CoverageStatistic.min_operators: min_operators,
    }
    query = _statistics(info)
    for column, wanted in filters.items():
        if wanted is not None:
            query = query.where(column == wanted)
    return tuple(CoverageRow(**row) for row in session.execute(query).mappings())


def _has_figures(session: Session, info: AssessmentInfo, code: str) -> bool:
    mine = CoverageStatistic.assessment_id == info.assessment_id
    found = select(CoverageStatistic.unit_code).where(mine, CoverageStatistic.unit_code == code).limit(1)
    return session.scalar(found) is not None


def _statistics(info: AssessmentInfo) -> Any:
    table = CoverageStatistic
    return (
        select(
            table.unit_code.label("code"),
            # Boundaries may come without the province itself.
            func.coalesce(AdminUnit.name, table.unit_code).label("name"),
            table.unit_type,
            table.technology,
            table.operator_code.label("operator"),
            table.min_operators,
            table.tier,
            table.area_covered.label("share_area"),
            table.population_covered.label("share_population"),
            table.villages_covered.label("share_villages"),
            table.households_covered.label("share_households"),
            table.area_no_data.label("share_no_data"),
            table.area_not_covered.label("share_area_not_covered"),
            table.area_no_data.label("share_area_no_data"),
            table.population_not_covered.label("share_population_not_covered"),
            table.population_no_data.label("share_population_no_data"),
            table.villages_not_covered.label("share_villages_not_covered"),
            table.villages_no_data.label("share_villages_no_data"),
            table.households_not_covered.label("share_households_not_covered"),
            table.households_no_data.label("share_households_no_data"),
            table.area_km2,
            table.population,
            table.villages,
            table.households,
            table.villages_without_population,
            table.villages_without_households,
            *(
                getattr(table, f"{name}_{end}").label(f"share_{name}_{end}")
                for name in DENOMINATORS
                for end in ("low", "high")
            ),
        )
        .outerjoin(
            AdminUnit,
            and_(AdminUnit.code == table.unit_code, valid_on(info.as_of, AdminUnit.valid_from, AdminUnit.valid_to)),
        )
        .where(table.assessment_id == info.assessment_id)
        .order_by(table.unit_code, table.technology, table.operator_code, table.min_operators, by_tier(table.tier))
    )
