"""Why a position has its level: picture, budget and loss by part, for those who see sites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from markupsafe import Markup
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from api.dependencies import SessionDep, SettingsDep
from api.headings import provenance_line
from api.pages.rendering import PageRoute, page_language, render, standing_of, viewer_of
from api.security import token_needed
from geo.errors import (
    BadInputError,
    InputsGoneError,
    NotFoundError,
    NotReadyError,
    OutOfRangeError,
    PhusongError,
)
from geo.settings import Settings
from geo.workflows.answers.assessments import newest_assessment
from geo.workflows.answers.documents import envelope
from geo.workflows.answers.explain_rows import PointExplanation
from maps.explain_tables import budget_rows, columns, fact_rows, inside_rows, loss_rows, table_titles, tier_rows
from maps.profile_picture import profile_picture

router = APIRouter(route_class=PageRoute)
WIDE_PX, NARROW_PX = 960, 340
TABLES = {"budget": budget_rows, "losses": loss_rows, "tiers": tier_rows, "inside": inside_rows}
TABLE_COLUMNS = (("budget", "tiers"), ("losses", "inside"))

NumberField = Annotated[str, Query(max_length=40)]
CellField = Annotated[str, Query(max_length=200)]
WordField = Annotated[str, Query(max_length=40)]


@router.get("/explain")
def explain(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    lon: NumberField = "",
    lat: NumberField = "",
    cell: CellField = "",
    technology: WordField = "",
) -> Response:
    """The strongest cell of each technology at a position, or one cell; without a position only the form."""
    if not viewer_of(request).can_see_sites:
        return RedirectResponse(f"/sign-in?{urlencode({'next': _address(request)})}", status_code=303)
    standing = standing_of(session)
    if standing.info is None:
        return render(request, "empty.html", {}, standing=standing, active="map")
    chosen = {"lon": lon.strip(), "lat": lat.strip(), "cell": cell.strip(), "technology": technology.strip()}
    found: Sequence[PointExplanation] = ()
    problem: PhusongError | None = None
    if chosen["lon"] or chosen["lat"]:
        try:
            found = _explained(session, settings, chosen)
        except (BadInputError, InputsGoneError, NotFoundError, NotReadyError) as error:
            problem = error
    language = page_language(request)
    context = {
        "chosen": chosen,
        "technologies": standing.info.technologies,
        "problem": None if problem is None else problem.message(language),
        "items": [_shown(item, chosen, language) for item in found],
    }
    status = 200 if problem is None else problem.http_status
    return render(request, "explain.html", context, standing=standing, active="map", status=status)


@router.get("/explain/profile.svg")
def profile(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    lon: NumberField = "",
    lat: NumberField = "",
    cell: CellField = "",
    technology: WordField = "",
) -> Response:
    """The picture of one of them as a file that stands by itself."""
    if not viewer_of(request).can_see_sites:
        raise token_needed()
    chosen = {"lon": lon.strip(), "lat": lat.strip(), "cell": cell.strip(), "technology": technology.strip()}
    item = _explained(session, settings, chosen)[0]
    language = page_language(request)
    source = provenance_line(envelope(newest_assessment(session)), language)
    picture = profile_picture(item, language=language, source=source)
    name = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in item.cell.code)
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'attachment; filename="profile-{name}.svg"',
        "Content-Security-Policy": "default-src 'none'",
    }
    return Response(picture, media_type="image/svg+xml", headers=headers)


def _address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _explained(session: Session, settings: Settings, chosen: dict[str, str]) -> Sequence[PointExplanation]:
    # Brings the radio kernels, which the start of the service need not wait for.
    from geo.workflows.answers.explain import explain_point

    return explain_point(
        session,
        lon=_degrees(chosen["lon"]),
        lat=_degrees(chosen["lat"]),
        home=settings.home_path,
        parameters_dir=settings.parameters_dir,
        cell=chosen["cell"] or None,
        technology=chosen["technology"] or None,
        sees_sites=True,
    ).items


def _degrees(text: str) -> float:
    """Read degrees with a decimal point or comma.

    Raises:
        OutOfRangeError: not a number.
    """
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise OutOfRangeError(
            f"'{text}' is not a number of degrees; write for example 108.05.",
            f"'{text}' không phải là số độ; hãy viết ví dụ 108,05.",
        ) from None


def _shown(item: PointExplanation, chosen: dict[str, str], language: str) -> dict[str, Any]:
    """Return what the page shows of one explanation; pictures for a desk and for a phone."""
    key = f"explained-{item.technology.lower()}"
    query = {"lon": chosen["lon"], "lat": chosen["lat"], "cell": str(item.cell.id)}

    def picture(width_px: int) -> Markup:
        drawn = profile_picture(item, language=language, width_px=width_px, key=f"{key}-{width_px}")
        return Markup(drawn)  # noqa: S704  (made here, every text in it escaped)

    return {
        "key": key,
        "title": table_titles(item, language)["facts"],
        "state": item.state,
        "facts": fact_rows(item, language),
        "wide": picture(WIDE_PX),
        "narrow": picture(NARROW_PX),
        "download": f"/explain/profile.svg?{urlencode(query)}",
        "tables": [[_table(item, name, f"{key}-{name}", language) for name in column] for column in TABLE_COLUMNS],
    }


def _table(item: PointExplanation, name: str, key: str, language: str) -> dict[str, Any]:
    return {
        "key": key,
        "title": table_titles(item, language)[name],
        "columns": columns(name, language),
        "rows": TABLES[name](item, language),
        "right": name in ("tiers", "inside"),
    }
