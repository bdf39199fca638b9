"""Shares covered, by unit."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from api import documents
from api.answers import ResponderDep
from api.describe import answers
from api.parameters import (
    AssessmentQuery,
    OperatorQuery,
    TechnologyQuery,
    TierName,
)
from api.schemas import Items
from geo.workflows.answers.coverage import list_coverage
from geo.workflows.answers.rows import CoverageRow

router = APIRouter(prefix="/coverage", tags=["coverage"])


@router.get(
    "",
    summary="Share of area, population, villages and households covered",
    response_model=Items[CoverageRow],
    responses=answers("coverage", problems=(403, 404, 422, 503)),
)
def coverage(
    answer: ResponderDep,
    by: Annotated[Literal["commune", "province"], Query(description="Level of the units")] = "commune",
    technology: TechnologyQuery = None,
    operator: OperatorQuery = None,
    tier: Annotated[TierName | None, Query(description="Only this threshold tier")] = None,
    code: Annotated[str | None, Query(pattern="^[0-9]{2,5}$", description="Only this unit")] = None,
    min_operators: Annotated[
        int, Query(ge=0, le=20, description="Covered by at least this many operators; 0: a row for each number")
    ] = 1,
    assessment_id: AssessmentQuery = None,
) -> Response:
    """Covered, not covered and no data of each denominator add up to 1, or are all null."""

    def make() -> dict[str, object]:
        rows = list_coverage(
            answer.session,
            by=by,
            technology=technology,
            operator=operator,
            tier=tier,
            code=code,
            min_operators=min_operators or None,
            assessment_id=assessment_id,
            sees_sites=answer.viewer.can_see_sites,
        )
        return documents.items(documents.assessment_envelope(answer.session, assessment_id), rows)

    return answer.json(make)
