"""Computations that were made, with their provenance."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api import documents
from api.answers import ResponderDep
from api.describe import answers
from api.lists import Envelope, page_answer, row_limit
from api.parameters import IdPath, LimitQuery, OffsetQuery
from api.schemas import ItemsPage, One
from geo.workflows.answers.assessments import list_assessments, newest_assessment
from geo.workflows.answers.documents import envelope
from geo.workflows.answers.rows import AssessmentInfo, Page

router = APIRouter(prefix="/assessments", tags=["assessments"])


@router.get(
    "",
    summary="Finished assessments, newest first",
    response_model=ItemsPage[AssessmentInfo],
    responses=answers("assessments"),
)
def assessments(answer: ResponderDep, limit: LimitQuery = None, offset: OffsetQuery = 0) -> Response:
    """What each was computed from, by which rules, how long it took."""

    def read() -> tuple[Envelope, Page[AssessmentInfo]]:
        page = list_assessments(answer.session, limit=row_limit(limit), offset=offset)
        illustrative = any(info.illustrative for info in page.items)
        return documents.data_envelope(answer.session, illustrative=illustrative), page

    return page_answer(answer, read)


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
