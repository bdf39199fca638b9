"""Why a position has the level that it has, for those who may see sites."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api import documents
from api.answers import ResponderDep
from api.dependencies import PrivilegedDep
from api.describe import answers
from api.parameters import AssessmentQuery, OperatorQuery, TechnologyQuery
from api.schemas import ExplainDocument
from geo.domain.sites import ANY_OPERATOR

router = APIRouter(prefix="/explain", tags=["point"])

CellQuery = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=200,
        description="Cell to explain: its number, its code, the code of its site, or SITE/CELL; default the strongest",
    ),
]


@router.get(
    "",
    summary="Why a position has its level (token)",
    response_model=ExplainDocument,
    responses=answers("explain", problems=(401, 404, 422, 503)),
)
def explain(
    answer: ResponderDep,
    viewer: PrivilegedDep,
    lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False, description="Longitude, degrees (EPSG:4326)")],
    lat: Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False, description="Latitude, degrees (EPSG:4326)")],
    cell: CellQuery = None,
    technology: TechnologyQuery = None,
    operator: OperatorQuery = None,
    assessment_id: AssessmentQuery = None,
) -> Response:
    """Terrain profile, clearance, loss by clause of ITU-R P.1812, link budget, level and interval, per technology."""

    settings = answer.request.app.state.settings

    def make() -> dict[str, object]:
        # Brings the radio kernels, which the start of the service need not wait for.
        from geo.workflows.answers.explain import explain_point

        found = explain_point(
            answer.session,
            lon=lon,
            lat=lat,
            home=settings.home_path,
            parameters_dir=settings.parameters_dir,
            cell=cell,
            technology=technology,
            operator=None if operator == ANY_OPERATOR else operator,
            sees_sites=viewer.can_see_sites,
            assessment_id=assessment_id,
        )
        return documents.explanation(documents.assessment_envelope(answer.session, assessment_id), found)

    return answer.json(make)
