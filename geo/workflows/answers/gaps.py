"""Areas without coverage, made on the 500 m grid."""

from __future__ import annotations

import shapely
from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from geo.domain.sites import ANY_OPERATOR
from geo.store.tables import CoverageGap
from geo.workflows.answers.access import visible_operator
from geo.workflows.answers.assessments import newest_assessment
from geo.workflows.answers.known import require_operator, require_unit
from geo.workflows.answers.rows import GapRow, Page


def list_gaps(
    session: Session,
    *,
    technology: str | None = None,
    operator: str | None = ANY_OPERATOR,
    commune: str | None = None,
    limit: int | None = 1000,
    offset: int = 0,
    assessment_id: int | None = None,
    sees_sites: bool = False,
) -> Page[GapRow]:
    """Return gaps, the largest first; `limit=None` returns all of them, `operator=None` those of every operator.

    Raises:
        ForbiddenError: another operator than "any" was asked for without seeing sites.
        NoAssessmentError: nothing is computed yet.
        NotFoundError: no such commune or operator.
    """
    info = newest_assessment(session, assessment_id=assessment_id)
    require_unit(session, commune, info)
    shown_operator = visible_operator(operator, sees_sites=sees_sites)
    require_operator(session, operator)
    conditions = [CoverageGap.assessment_id == info.assessment_id]
    if shown_operator is not None:
        conditions.append(CoverageGap.operator_code == shown_operator)
    if technology is not None:
        conditions.append(CoverageGap.technology == technology)
    if commune is not None:
        conditions.append(literal(commune) == func.any(CoverageGap.commune_codes))
    total = session.scalar(select(func.count()).select_from(CoverageGap).where(*conditions)) or 0
    rows = session.execute(
        select(
            CoverageGap.id,
            CoverageGap.technology,
            CoverageGap.operator_code.label("operator"),
            func.ST_AsBinary(CoverageGap.geom).label("wkb"),
            CoverageGap.area_km2,
            CoverageGap.population,
            CoverageGap.households,
            CoverageGap.villages,
            CoverageGap.villages_without_population,
            CoverageGap.villages_without_households,
            CoverageGap.population_source,
            CoverageGap.commune_codes,
        )
        .where(*conditions)
        .order_by(CoverageGap.technology, CoverageGap.operator_code, CoverageGap.area_km2.desc(), CoverageGap.id)
        .limit(limit)
        .offset(offset)
    ).mappings()
    items = tuple(
        GapRow(
            **{name: value for name, value in row.items() if name not in ("wkb", "commune_codes")},
            geometry=shapely.from_wkb(bytes(row["wkb"])),
            commune_codes=tuple(row["commune_codes"]),
        )
        for row in rows
    )
    return Page.cut(items, total=total, limit=limit, offset=offset)
