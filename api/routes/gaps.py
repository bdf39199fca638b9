"""Areas without coverage."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import documents
from api.answers import GEOJSON, ResponderDep
from api.describe import answers
from api.limits import GAP_LIMIT
from api.parameters import (
    MAX_LIMIT,
    AssessmentQuery,
    CommuneQuery,
    LimitQuery,
    OffsetQuery,
    OperatorQuery,
    TechnologyQuery,
    page_links,
)
from api.schemas import FeatureCollectionPage
from geo.domain.sites import ANY_OPERATOR
from geo.workflows.answers.assessments import newest_assessment
from geo.workflows.answers.documents import envelope
from geo.workflows.answers.gaps import list_gaps

router = APIRouter(prefix="/gaps", tags=["gaps"])


@router.get(
    "",
    dependencies=[GAP_LIMIT],
    summary="Areas without coverage on the 500 m grid",
    response_model=FeatureCollectionPage,
    responses=answers("gaps", "geojson", problems=(403, 404, 422, 429, 503)),
)
def gaps(
    request: Request,
    answer: ResponderDep,
    technology: TechnologyQuery = None,
    operator: OperatorQuery = ANY_OPERATOR,
    commune: CommuneQuery = None,
    limit: LimitQuery = None,
    offset: OffsetQuery = 0,
    assessment_id: AssessmentQuery = None,
) -> Response:
    """GeoJSON polygons with area, population, households and villages inside; made on the 500 m grid for everybody."""

    def make() -> dict[str, object]:
        page = list_gaps(
            answer.session,
            technology=technology,
            operator=operator,
            commune=commune,
            limit=limit or MAX_LIMIT,
            offset=offset,
            assessment_id=assessment_id,
            sees_sites=answer.viewer.can_see_sites,
        )
        head = envelope(newest_assessment(answer.session, assessment_id=assessment_id))
        links = page_links(request, total=page.total, limit=page.limit, offset=page.offset)
        return documents.page(head, page, links, geojson=True)

    return answer.json(make, media_type=GEOJSON)
