"""Whether a position has signal."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api import documents
from api.answers import ResponderDep
from api.describe import answers
from api.limits import POINT_LIMIT
from api.parameters import AssessmentQuery
from api.schemas import PointDocument
from geo.workflows.answers.point import answer_point

router = APIRouter(prefix="/point", tags=["point"])


@router.get(
    "",
    dependencies=[POINT_LIMIT],
    summary="Signal at a position",
    response_model=PointDocument,
    responses=answers("point", problems=(404, 422, 429, 503)),
)
def point(
    answer: ResponderDep,
    lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False, description="Longitude, degrees (EPSG:4326)")],
    lat: Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False, description="Latitude, degrees (EPSG:4326)")],
    assessment_id: AssessmentQuery = None,
) -> Response:
    """With the token: level, best server and reason by operator. Without: the state of the 500 m cell, any operator."""

    settings = answer.request.app.state.settings

    def make() -> dict[str, object]:
        found = answer_point(
            answer.session,
            lon=lon,
            lat=lat,
            home=settings.home_path,
            parameters_dir=settings.parameters_dir,
            sees_sites=answer.viewer.can_see_sites,
            assessment_id=assessment_id,
        )
        return documents.point(documents.assessment_envelope(answer.session, assessment_id), found)

    return answer.json(make)
