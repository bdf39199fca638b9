"""The list of villages with filters and exports, and the page of one village."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.pages.choices import chosen_or_refused, page_number
from api.pages.kept import kept_page
from api.pages.rendering import PageContent, PageRoute, Standing, standing_of, viewer_of
from api.parameters import IdPath
from geo.errors import NoAssessmentError
from geo.workflows.answers.fibre import list_fibre_villages
from geo.workflows.answers.rows import OperatorInfo, VillageState
from geo.workflows.answers.territory import list_units
from geo.workflows.answers.villages import get_village, list_villages

router = APIRouter(route_class=PageRoute)
PAGE_ROWS = 50
STATES: tuple[VillageState, ...] = ("not_covered", "partly_covered", "covered", "no_data")
FORMATS = (("csv", "CSV"), ("xlsx", "Excel"), ("geojson", "GeoJSON"))


def _state(value: str) -> VillageState | None:
    chosen_or_refused(value, STATES)
    return next((state for state in STATES if state == value), None)


@router.get("/villages")
def villages(
    request: Request,
    name: Annotated[str, Query(max_length=100)] = "",
    commune: Annotated[str, Query(max_length=10)] = "",
    state: str = "",
    technology: str = "",
    operator: str = "",
    page: Annotated[str, Query(max_length=6)] = "1",
) -> Response:
    """Villages by state, commune, technology and name; an empty choice counts as none, an unknown one is an error."""
    asked = {
        "name": name.strip() or None,
        "commune": commune or None,
        "state": _state(state),
        "technology": technology,
        "operator": operator,
    }
    number = page_number(page)
    return kept_page(request, lambda session: _list_content(request, session, asked, number))


def _list_content(request: Request, session: Session, asked: dict[str, Any], number: int) -> PageContent:
    standing = standing_of(session)
    if standing.info is None:
        return PageContent(template="empty.html", context={}, standing=standing, active="villages")
    sees_sites = viewer_of(request).can_see_sites
    operators = standing.info.operators if sees_sites else ()
    chosen = {
        **asked,
        "technology": chosen_or_refused(asked["technology"], standing.info.technologies),
        "operator": _operator(asked["operator"], operators, sees_sites=sees_sites),
    }
    found = list_villages(
        session,
        **{**chosen, "operator": chosen["operator"] or "any"},
        limit=PAGE_ROWS,
        offset=(number - 1) * PAGE_ROWS,
        sees_sites=sees_sites,
    )
    context = {
        "found": found,
        "chosen": chosen,
        "number": number,
        "pages": max(1, -(-found.total // PAGE_ROWS)),
        "technologies": [chosen["technology"]] if chosen["technology"] else list(standing.info.technologies),
        "info": standing.info,
        "operators": operators,
        "communes": list_units(session, with_geometry=False, unit_type="commune"),
        "states": STATES,
        "exports": _exports(chosen),
    }
    return PageContent(template="villages.html", context=context, standing=standing, active="villages")


def _operator(value: str, operators: Sequence[OperatorInfo], *, sees_sites: bool) -> str | None:
    # The answers refuse those who may not choose one.
    return chosen_or_refused(value, [item.code for item in operators]) if sees_sites else value or None


def _exports(chosen: dict[str, str | None]) -> list[tuple[str, str]]:
    """Names and addresses of the same list as files."""
    query = {name: value for name, value in chosen.items() if value}
    return [(title, f"/api/v1/villages?{urlencode({**query, 'format': form})}") for form, title in FORMATS]


@router.get("/villages/{village_id}")
def village(request: Request, village_id: IdPath) -> Response:
    """One village: states with reasons, clusters, fibre."""
    return kept_page(request, lambda session: _village_content(request, session, village_id))


def _village_content(request: Request, session: Session, village_id: int) -> PageContent:
    standing: Standing = standing_of(session)
    if standing.info is None:
        raise NoAssessmentError("No assessment has been computed yet.", "Chưa có lần đánh giá nào.")
    sees_sites = viewer_of(request).can_see_sites
    found = get_village(session, village_id=village_id, sees_sites=sees_sites)
    fibre = list_fibre_villages(session, commune=found.commune_code, limit=None, sees_sites=sees_sites).items
    names = {operator.code: operator.name for operator in standing.info.operators}
    context = {
        "village": found,
        "info": standing.info,
        "fibre": next((row for row in fibre if row.village_id == found.id), None),
        "operator_names": names,
    }
    return PageContent(template="village.html", context=context, standing=standing, active="villages")
