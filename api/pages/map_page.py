"""The map as a page: a Folium map inside the frame of the other pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.dependencies import SessionDep, SettingsDep
from api.map_content import fetch_map_content
from api.pages.kept import kept
from api.pages.rendering import PageRoute, page_language, render, standing_of, viewer_of

if TYPE_CHECKING:
    from maps.pages import MapParts

router = APIRouter(route_class=PageRoute)
VILLAGE_ADDRESS = "/villages/{id}"


@router.get("/map")
def map_page(request: Request, session: SessionDep, settings: SettingsDep) -> Response:
    """Communes, coverage, gaps, villages, fibre, places and roads; stations for those who may see them."""
    standing = standing_of(session)
    language, viewer = page_language(request), viewer_of(request)

    def make() -> MapParts:
        # Folium brings pandas, which the start of the service need not wait for.
        from maps.pages import MapLinks, map_parts

        content = fetch_map_content(session, settings=settings, sees_sites=viewer.can_see_sites)
        return map_parts(
            content,
            language=language,
            static_dir=settings.home_path / "static",
            links=MapLinks(village=VILLAGE_ADDRESS),
        )

    parts = kept(request, session, "map", viewer.cache_class, language, make=make)
    return render(request, "map.html", {"parts": parts}, standing=standing, active="map")
