"""Sites, for those who may see them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api import documents
from api.answers import ResponderDep
from api.dependencies import PrivilegedDep
from api.describe import answers
from api.errors import InvalidRequestError
from api.lists import Envelope, page_answer, row_limit
from api.parameters import (
    AsOfQuery,
    CommuneQuery,
    FormatQuery,
    LimitQuery,
    OffsetQuery,
    OperatorQuery,
    TechnologyQuery,
    chosen_format,
)
from api.schemas import ItemsPage
from geo.domain.grid import Bounds
from geo.workflows.answers.rows import Page, SiteRow
from geo.workflows.answers.sites import list_sites

router = APIRouter(prefix="/sites", tags=["sites"])

BboxQuery = Annotated[
    str | None,
    Query(max_length=200, description="west,south,east,north in degrees (EPSG:4326)", examples=["108,12,109,13"]),
]


@router.get(
    "",
    summary="Sites of the operators (token)",
    response_model=ItemsPage[SiteRow],
    responses=answers("sites", "json", "geojson", problems=(401, 406, 422, 503)),
)
def sites(
    request: Request,
    answer: ResponderDep,
    viewer: PrivilegedDep,
    operator: OperatorQuery = None,
    technology: TechnologyQuery = None,
    commune: CommuneQuery = None,
    bbox: BboxQuery = None,
    as_of: AsOfQuery = None,
    limit: LimitQuery = None,
    offset: OffsetQuery = 0,
    format: FormatQuery = None,
) -> Response:
    """Never shown without the token: not the sites, not the masts, not how many there are in a place."""
    form = chosen_format(request, format, offered=("json", "geojson"))

    def read() -> tuple[Envelope, Page[SiteRow]]:
        page = list_sites(
            answer.session,
            operator=operator,
            technology=technology,
            commune=commune,
            bbox=parse_bbox(bbox),
            as_of=as_of,
            limit=row_limit(limit, form),
            offset=offset,
            sees_sites=viewer.can_see_sites,
        )
        return documents.kind_envelope(answer.session, "sites"), page

    return page_answer(answer, read, form)


def parse_bbox(text: str | None) -> Bounds | None:
    """Read `west,south,east,north` in degrees.

    Raises:
        InvalidRequestError: not four numbers, or not a box on the Earth.
    """
    if text is None:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
        if -180 <= west <= east <= 180 and -90 <= south <= north <= 90:
            return Bounds(west, south, east, north)
    except ValueError:
        pass
    raise InvalidRequestError(
        "bbox must be west,south,east,north in degrees, for example 108,12,109,13.",
        "bbox phải là tây,nam,đông,bắc tính bằng độ, ví dụ 108,12,109,13.",
    )
