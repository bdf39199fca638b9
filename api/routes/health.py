"""Whether the process lives, and whether it can answer."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, Response

from api.describe import answers, named_example
from api.schemas import Health, Ready
from geo.errors import PhusongError
from geo.store.session import session_scope
from geo.workflows.answers.assessments import newest_assessment
from geo.workflows.database import database_status, require_ready

router = APIRouter(tags=["health"])

_MISSING = {
    "database": (
        "Không kết nối được cơ sở dữ liệu (phusong db start).",
        "The database cannot be reached (phusong db start).",
    ),
    "migrated": (
        "Cơ sở dữ liệu chưa được chuẩn bị cho phiên bản này (phusong db upgrade).",
        "The database is not prepared for this version (phusong db upgrade).",
    ),
    "assessment": ("Chưa có kết quả tính toán (phusong assess).", "There is no assessment yet (phusong assess)."),
}


@router.get(
    "/healthz", summary="Whether the process lives", response_model=Health, responses=answers("healthz", problems=())
)
def healthz() -> Response:
    """Answer as long as the process runs; says nothing about the database."""
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


@router.get(
    "/readyz",
    summary="Whether the service can answer",
    response_model=Ready,
    responses={
        **answers("readyz", problems=()),
        503: {"model": Ready, "content": {"application/json": named_example("not_ready")}},
    },
)
def readyz(request: Request) -> Response:
    """200 when the database answers, has the tables of this version and holds an assessment; else 503."""
    found = {"database": _database_answers(request), "migrated": False, "assessment": False}
    if found["database"]:
        found["migrated"] = _holds(lambda: require_ready(request.app.state.settings))
    if found["migrated"]:
        found["assessment"] = _holds(lambda: _find_assessment(request))
    missing = [_MISSING[name] for name, holds in found.items() if not holds][:1]
    document = {
        "status": "not_ready" if missing else "ready",
        **found,
        "missing_vi": [vi for vi, _ in missing],
        "missing_en": [en for _, en in missing],
    }
    return JSONResponse(document, status_code=503 if missing else 200, headers={"Cache-Control": "no-store"})


def _database_answers(request: Request) -> bool:
    """Ask through the service role; before `db upgrade` has made that role, through the one that owns the tables."""
    try:
        with request.app.state.database.engine().connect() as connection:
            connection.execute(text("SELECT 1"))
    except (PhusongError, SQLAlchemyError):
        try:
            return database_status(request.app.state.settings).running
        except (PhusongError, SQLAlchemyError):
            return False
    return True


def _find_assessment(request: Request) -> None:
    with session_scope(request.app.state.database.engine()) as session:
        newest_assessment(session)


def _holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except (PhusongError, SQLAlchemyError):
        return False
    return True
