"""Places and roads that the plans ask to be covered first."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api import documents
from api.answers import GEOJSON, ResponderDep
from api.describe import answers
from api.errors import InvalidRequestError
from api.lists import Envelope, page_answer, row_limit
from api.parameters import (
    AssessmentQuery,
    CommuneQuery,
    Format,
    LimitQuery,
    OffsetQuery,
    OperatorQuery,
    TechnologyQuery,
    chosen_format,
)
from api.schemas import FeatureCollection, Items, ItemsPage
from geo.domain.sites import ANY_OPERATOR
from geo.workflows.answers.places import list_places, list_roads, summarise_places, summarise_roads
from geo.workflows.answers.rows import Page, PlaceClassRow, PlaceRow, PointState, RoadClassRow

router = APIRouter()

ClassQuery = Annotated[str | None, Query(alias="class", min_length=1, max_length=100, description="Only this class")]
GeoFormat = Annotated[Literal["json", "geojson"] | None, Query(description="Takes the place of `Accept`")]


@router.get(
    "/places",
    tags=["places"],
    summary="Places and whether they are covered",
    response_model=ItemsPage[PlaceRow] | Items[PlaceClassRow],
    responses=answers("places", "json", "geojson", problems=(403, 404, 406, 422, 503)),
)
def places(
    request: Request,
    answer: ResponderDep,
    by: Annotated[Literal["place", "class"], Query(description="What a row stands for")] = "place",
    place_class: ClassQuery = None,
    commune: CommuneQuery = None,
    technology: TechnologyQuery = None,
    operator: OperatorQuery = None,
    state: Annotated[PointState | None, Query(description="Only places in this state")] = None,
    limit: LimitQuery = None,
    offset: OffsetQuery = 0,
    assessment_id: AssessmentQuery = None,
    format: GeoFormat = None,
) -> Response:
    """Each place with its states, or with `by=class` the number of places by class and state."""
    offered: tuple[Format, ...] = ("json", "geojson") if by == "place" else ("json",)
    form = chosen_format(request, format, offered=offered)
    sees_sites = answer.viewer.can_see_sites
    if by == "class" and any((place_class, state, limit, offset)):
        raise InvalidRequestError(
            "`class`, `state`, `limit` and `offset` go with by=place.",
            "`class`, `state`, `limit`, `offset` chỉ dùng với by=place.",
        )

    def read() -> tuple[Envelope, Page[PlaceRow]]:
        head = documents.assessment_envelope(answer.session, assessment_id)
        page = list_places(
            answer.session,
            place_class=place_class,
            commune=commune,
            technology=technology,
            operator=operator,
            state=state,
            limit=row_limit(limit, form),
            offset=offset,
            assessment_id=assessment_id,
            sees_sites=sees_sites,
        )
        return head, page

    def make_classes() -> dict[str, Any]:
        head = documents.assessment_envelope(answer.session, assessment_id)
        rows = summarise_places(
            answer.session,
            technology=technology,
            operator=operator or ANY_OPERATOR,
            commune=commune,
            assessment_id=assessment_id,
            sees_sites=sees_sites,
        )
        return documents.items(head, rows)

    return page_answer(answer, read, form) if by == "place" else answer.json(make_classes)


@router.get(
    "/roads",
    tags=["roads"],
    summary="Kilometres of road covered, by class",
    response_model=Items[RoadClassRow],
    responses=answers("roads", problems=(403, 404, 422, 503)),
)
def roads(
    answer: ResponderDep,
    by: Annotated[Literal["province", "commune"], Query(description="Level of the units")] = "province",
    code: Annotated[str | None, Query(pattern="^[0-9]{2,5}$", description="Only this unit")] = None,
    technology: TechnologyQuery = None,
    operator: OperatorQuery = ANY_OPERATOR,
    assessment_id: AssessmentQuery = None,
) -> Response:
    """Kilometres covered, not covered and without data of each class of road."""

    def make() -> dict[str, object]:
        rows = summarise_roads(
            answer.session,
            technology=technology,
            operator=operator,
            by=by,
            code=code,
            assessment_id=assessment_id,
            sees_sites=answer.viewer.can_see_sites,
        )
        return documents.items(documents.assessment_envelope(answer.session, assessment_id), rows)

    return answer.json(make)


@router.get(
    "/roads/lines",
    tags=["roads"],
    summary="Lines of the roads",
    response_model=FeatureCollection,
    responses=answers("road_lines", "geojson", problems=(422, 429, 503)),
)
def road_lines(
    answer: ResponderDep,
    road_class: ClassQuery = None,
    simplify: Annotated[float | None, Query(ge=0.00001, le=0.1, description="Tolerance in degrees")] = None,
) -> Response:
    """GeoJSON for drawing."""

    def make() -> dict[str, object]:
        answer.count("outlines")
        rows = list_roads(answer.session, road_class=road_class, simplify_tolerance_deg=simplify)
        return documents.features(documents.kind_envelope(answer.session, "roads"), rows)

    return answer.json(make, media_type=GEOJSON)
