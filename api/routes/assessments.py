"""Computations that were made, with their provenance."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api import documents
from api.answers import ResponderDep
from api.describe import answers
from api.parameters import DEFAULT_LIMIT, IdPath, LimitQuery, OffsetQuery, page_links
from api.schemas import ItemsPage, One
from geo.workflows.answers.assessments import list_assessments, newest_assessment
from geo.workflows.answers.documents import envelope
from geo.workflows.answers.rows import AssessmentInfo

router = APIRouter(prefix="/assessments", tags=["assessments"])


@router.get(
    "",
    summary="Finished assessments, newest first",
    response_model=ItemsPage[AssessmentInfo],
    responses=answers("assessments"),
)
def assessments(answer: ResponderDep, limit: LimitQuery = None, offset: OffsetQuery = 0) -> Response:
    """What each was computed from, by which rules, how long it took."""

    def make() -> dict[str, object]:
        page = list_assessments(answer.session, limit=limit or DEFAULT_LIMIT, offset=offset)
        illustrative = any(info.illustrative for info in page.items)
        head = documents.data_envelope(answer.session, illustrative=illustrative)
        links = page_links(answer.request, total=page.total, limit=page.limit, offset=page.offset)
        return documents.page(head, page, links)

    return answer.json(make)


@router.get(
    "/{assessment_id}",
    summary="One assessment",
    response_model=One[AssessmentInfo],
    responses=answers("assessment", problems=(404, 422, 503)),
)
def assessment(answer: ResponderDep, assessment_id: IdPath) -> Response:
    """Provenance of every input, model and rule versions, share of defaulted cells, timings."""

    def make() -> dict[str, object]:
        info = newest_assessment(answer.session, assessment_id=assessment_id)
        return documents.one(envelope(info), info)

    return answer.json(make)
