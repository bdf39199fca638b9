"""Areas without coverage."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api import documents
from api.answers import ResponderDep
from api.describe import answers
from api.limits import GAP_LIMIT
from api.lists import Envelope, page_answer, row_limit
from api.parameters import (
    AssessmentQuery,
    CommuneQuery,
    LimitQuery,
    OffsetQuery,
    OperatorQuery,
    TechnologyQuery,
)
from api.schemas import FeatureCollectionPage
from geo.domain.sites import ANY_OPERATOR
from geo.workflows.answers.gaps import list_gaps
from geo.workflows.answers.rows import GapRow, Page

router = APIRouter(prefix="/gaps", tags=["gaps"])


@router.get(
    "",
    dependencies=[GAP_LIMIT],
    summary="Areas without coverage on the 500 m grid",
    response_model=FeatureCollectionPage,
    responses=answers("gaps", "geojson", problems=(403, 404, 422, 429, 503)),
)
def gaps(
    answer: ResponderDep,
    technology: TechnologyQuery = None,
    operator: OperatorQuery = ANY_OPERATOR,
    commune: CommuneQuery = None,
    limit: LimitQuery = None,
    offset: OffsetQuery = 0,
    assessment_id: AssessmentQuery = None,
) -> Response:
    """GeoJSON polygons with area, population, households and villages inside; made on the 500 m grid for everybody."""

    def read() -> tuple[Envelope, Page[GapRow]]:
        page = list_gaps(
            answer.session,
            technology=technology,
            operator=operator,
            commune=commune,
            limit=row_limit(limit, "geojson"),
            offset=offset,
            assessment_id=assessment_id,
            sees_sites=answer.viewer.can_see_sites,
        )
        return documents.assessment_envelope(answer.session, assessment_id), page

    return page_answer(answer, read, "geojson")
