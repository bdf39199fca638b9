"""What the figures are, how they are made, and what they are not."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.dependencies import SessionDep, SettingsDep
from api.pages.rendering import PageRoute, render, standing_of
from geo.parameters.coverage_rule import load_coverage_rule

router = APIRouter(route_class=PageRoute)


@router.get("/about")
def about(request: Request, session: SessionDep, settings: SettingsDep) -> Response:
    """Model, rule, limits and sources."""
    standing = standing_of(session)
    as_of = standing.info.as_of if standing.info else None
    rule = load_coverage_rule(parameters_dir=settings.parameters_dir, as_of=as_of)
    return render(request, "about.html", {"rule": rule}, standing=standing, active="about")
