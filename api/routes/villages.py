"""Villages with their states, as a list, as GeoJSON and as spreadsheets."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api import documents
from api.answers import CSV, XLSX, Responder, ResponderDep
from api.describe import answers
from api.exports import VILLAGE_FIELDS, Export, csv_bytes, village_rows, xlsx_bytes
from api.lists import Envelope, page_answer, row_limit
from api.parameters import (
    AssessmentQuery,
    CommuneQuery,
    FormatQuery,
    IdPath,
    LimitQuery,
    OffsetQuery,
    OperatorQuery,
    TechnologyQuery,
    VillageStateName,
    chosen_format,
)
from api.schemas import ItemsPage, One
from geo.workflows.answers.documents import to_jsonable
from geo.workflows.answers.rows import Page, VillageAnswer
from geo.workflows.answers.villages import get_village, list_villages

router = APIRouter(prefix="/villages", tags=["villages"])

EXPORTED_BY = {"sites": "token", "public": "public"}


@router.get(
    "",
    summary="Villages and their states",
    response_model=ItemsPage[VillageAnswer],
    responses=answers("villages", "json", "geojson", "csv", "xlsx", problems=(403, 404, 406, 422, 429, 503)),
)
def villages(
    request: Request,
    answer: ResponderDep,
    state: Annotated[
        VillageStateName | None,
        Query(description="Only villages in this state; without a technology, over all of them (one is enough)"),
    ] = None,
    commune: CommuneQuery = None,
    technology: TechnologyQuery = None,
    operator: OperatorQuery = None,
    name: Annotated[str | None, Query(min_length=1, max_length=100, description="Part of the name")] = None,
    limit: LimitQuery = None,
    offset: OffsetQuery = 0,
    assessment_id: AssessmentQuery = None,
    format: FormatQuery = None,
) -> Response:
    """Filter by state (over any operator, unless one is named), commune, technology and name."""
    form = chosen_format(request, format, offered=("json", "geojson", "csv", "xlsx"))
    if form != "json":
        answer.count("export")

    def read() -> tuple[Envelope, Page[VillageAnswer]]:
        page = list_villages(
            answer.session,
            state=state,
            commune=commune,
            technology=technology,
            operator=operator,
            name=name,
            limit=row_limit(limit, form),
            offset=offset,
            assessment_id=assessment_id,
            sees_sites=answer.viewer.can_see_sites,
        )
        return documents.assessment_envelope(answer.session, assessment_id), page

    if form in ("json", "geojson"):
        return page_answer(answer, read, form)
    with answer.transaction():
        head, page = read()
    return _exported(answer, page, head, csv=form == "csv")


def _exported(answer: Responder, page: Page[VillageAnswer], head: Envelope, *, csv: bool) -> Response:
    export = Export(
        name="villages",
        fields=VILLAGE_FIELDS,
        rows=village_rows(to_jsonable(village) for village in page.items),
        envelope=head,
        exported_by=EXPORTED_BY[answer.viewer.cache_class],
        language=answer.language,
    )
    content = csv_bytes(export) if csv else xlsx_bytes(export)
    return answer.fresh(content, media_type=CSV if csv else XLSX, filename=export.filename("csv" if csv else "xlsx"))


@router.get(
    "/{village_id}",
    summary="One village with its clusters",
    response_model=One[VillageAnswer],
    responses=answers("village", problems=(404, 422, 503)),
)
def village(answer: ResponderDep, village_id: IdPath, assessment_id: AssessmentQuery = None) -> Response:
    """States by technology and operator, of the village and of each cluster, with reasons."""

    def make() -> dict[str, object]:
        found = get_village(
            answer.session,
            village_id=village_id,
            assessment_id=assessment_id,
            sees_sites=answer.viewer.can_see_sites,
        )
        return documents.one(documents.assessment_envelope(answer.session, assessment_id), found)

    return answer.json(make)
