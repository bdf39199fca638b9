"""Progress against the targets of the plans."""

from __future__ import annotations

import datetime as dt

from fastapi import APIRouter
from starlette.responses import Response

from api.answers import ResponderDep
from api.describe import answers
from api.parameters import AsOfQuery, AssessmentQuery
from api.schemas import Items
from geo.workflows.evaluate_targets import targets_document
from geo.workflows.target_rows import TargetRow

router = APIRouter(prefix="/targets", tags=["targets"])


class TargetsDocument(Items[TargetRow]):
    """Every dated value of every target, as `phusong targets --json` prints it."""

    targets_version: str
    evaluated_on: dt.date
    interval_share: float


@router.get(
    "",
    summary="Every target with its source, value and conflicts",
    response_model=TargetsDocument,
    responses=answers("targets", problems=(404, 422, 503)),
)
def targets(answer: ResponderDep, as_of: AsOfQuery = None, assessment_id: AssessmentQuery = None) -> Response:
    """Each figure with the document, clause and sentence it comes from; conflicts side by side, never averaged."""
    settings = answer.request.app.state.settings
    return answer.json(
        lambda: targets_document(
            answer.session,
            as_of=as_of,
            assessment_id=assessment_id,
            sees_sites=answer.viewer.can_see_sites,
            home=settings.home_path,
            parameters_dir=settings.parameters_dir,
        )
    )
