"""The map as a page: a Folium map inside the frame of the other pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.map_content import fetch_map_content
from api.pages.kept import kept, kept_page
from api.pages.rendering import PageContent, PageRoute, page_language, standing_of, viewer_of
from api.security import Viewer
from geo.settings import Settings

if TYPE_CHECKING:
    from maps.pages import MapParts

router = APIRouter(route_class=PageRoute)
VILLAGE_ADDRESS = "/villages/{id}"
LEVELS_ADDRESS = "/api/v1/coverage/tiles/{technology}/{z}/{x}/{y}.png?operator={operator}&assessment_id="
RELIEF_TILES_ADDRESS = "/api/v1/coverage/relief/{z}/{x}/{y}.webp"
RELIEF_ADDRESS = "/api/v1/coverage/relief.webp"
EXPLAIN_ADDRESS = "/explain?lon={lon}&lat={lat}"


@router.get("/map")
def map_page(request: Request) -> Response:
    """Communes, coverage, gaps, villages, fibre, places and roads; stations for those who may see them."""

    def make(session: Session) -> PageContent:
        parts = kept_map(request.app, session, viewer=viewer_of(request), language=page_language(request))
        return PageContent(
            template="map.html",
            context={"parts": parts},
            standing=standing_of(session),
            active="map",
            inline=(parts.script,),
        )

    return kept_page(request, make)


def kept_map(app: FastAPI, session: Session, *, viewer: Viewer, language: str) -> MapParts:
    """Return the map of the present data for a group of viewers; of those who ask at the same time one makes it."""
    settings: Settings = app.state.settings

    def make() -> MapParts:
        # Folium brings pandas, which the start of the service need not wait for.
        from maps.pages import MapLinks, map_parts

        content = fetch_map_content(session, settings=settings, sees_sites=viewer.can_see_sites)
        finer = {"explain": EXPLAIN_ADDRESS, "relief_tiles": RELIEF_TILES_ADDRESS} if viewer.can_see_sites else {}
        if viewer.can_see_sites and content.info is not None:
            finer["levels"] = LEVELS_ADDRESS + str(content.info.assessment_id)
        return map_parts(
            content,
            language=language,
            static_dir=settings.home_path / "static",
            links=MapLinks(village=VILLAGE_ADDRESS, relief=RELIEF_ADDRESS, **finer),
        )

    return kept(app.state.kept_results, session, "map", viewer.cache_class, language, make=make)
