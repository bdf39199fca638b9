"""Fibre reach by village and by unit, and the nodes for those who may see them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

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
    AssessmentQuery,
    CommuneQuery,
    Format,
    LimitQuery,
    OffsetQuery,
    OperatorQuery,
    chosen_format,
)
from api.schemas import Items, ItemsPage
from geo.workflows.answers.fibre import list_fibre_units, list_fibre_villages, list_nodes
from geo.workflows.answers.rows import FibreCommuneRow, FibreNodeRow, FibreRow, FibreState, Page

router = APIRouter(prefix="/fibre", tags=["fibre"])

FibreFormat = Annotated[Literal["json", "geojson"] | None, Query(description="Takes the place of `Accept`")]


@router.get(
    "",
    summary="Fibre reach by village, commune or province",
    response_model=ItemsPage[FibreRow] | Items[FibreCommuneRow],
    responses=answers("fibre", "json", "geojson", problems=(404, 406, 422, 503)),
)
def fibre(
    request: Request,
    answer: ResponderDep,
    by: Annotated[Literal["village", "commune", "province"], Query(description="What a row stands for")] = "village",
    commune: CommuneQuery = None,
    state: Annotated[FibreState | None, Query(description="Only villages in this state")] = None,
    limit: LimitQuery = None,
    offset: OffsetQuery = 0,
    assessment_id: AssessmentQuery = None,
    format: FibreFormat = None,
) -> Response:
    """Declared households passed; free ports and the distance to the nearest node only with the token."""
    offered: tuple[Format, ...] = ("json", "geojson") if by == "village" else ("json",)
    form = chosen_format(request, format, offered=offered)
    sees_sites = answer.viewer.can_see_sites
    if by != "village" and (state is not None or limit is not None or offset):
        raise InvalidRequestError(
            "`state`, `limit` and `offset` go with by=village.", "`state`, `limit`, `offset` chỉ dùng với by=village."
        )

    def read() -> tuple[Envelope, Page[FibreRow]]:
        head = documents.assessment_envelope(answer.session, assessment_id)
        page = list_fibre_villages(
            answer.session,
            commune=commune,
            state=state,
            limit=row_limit(limit, form),
            offset=offset,
            assessment_id=assessment_id,
            sees_sites=sees_sites,
        )
        return head, page

    if by == "village":
        return page_answer(answer, read, form)
    level: Literal["commune", "province"] = by

    def make_units() -> dict[str, Any]:
        head = documents.assessment_envelope(answer.session, assessment_id)
        units = list_fibre_units(
            answer.session, by=level, code=commune, assessment_id=assessment_id, sees_sites=sees_sites
        )
        return documents.items(head, units)

    return answer.json(make_units)


@router.get(
    "/nodes",
    summary="Fibre nodes (token)",
    response_model=ItemsPage[FibreNodeRow],
    responses=answers("fibre_nodes", "json", "geojson", problems=(401, 406, 422, 503)),
)
def fibre_nodes(
    request: Request,
    answer: ResponderDep,
    viewer: PrivilegedDep,
    operator: OperatorQuery = None,
    as_of: AsOfQuery = None,
    limit: LimitQuery = None,
    offset: OffsetQuery = 0,
    format: FibreFormat = None,
) -> Response:
    """Where fibre can be reached, with free ports; never without the token."""
    form = chosen_format(request, format, offered=("json", "geojson"))

    def read() -> tuple[Envelope, Page[FibreNodeRow]]:
        page = list_nodes(
            answer.session,
            operator=operator,
            as_of=as_of,
            limit=row_limit(limit, form),
            offset=offset,
            sees_sites=viewer.can_see_sites,
        )
        return documents.kind_envelope(answer.session, "fibre"), page

    return page_answer(answer, read, form)
