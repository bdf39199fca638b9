"""The map as a page: a Folium map inside the frame of the other pages."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.dependencies import SessionDep, SettingsDep
from api.map_content import fetch_map_content
from api.pages.kept import kept
from api.pages.rendering import PageRoute, page_language, render, standing_of, viewer_of
from maps.pages import MapLinks, MapParts, map_parts

router = APIRouter(route_class=PageRoute)
LINKS = MapLinks(village="/villages/{id}")


@router.get("/map")
def map_page(request: Request, session: SessionDep, settings: SettingsDep) -> Response:
    """Communes, coverage, gaps, villages, fibre, places and roads; stations for those who may see them."""
    standing = standing_of(session)
    language, viewer = page_language(request), viewer_of(request)

    def make() -> MapParts:
        content = fetch_map_content(session, settings=settings, sees_sites=viewer.can_see_sites)
        return map_parts(content, language=language, static_dir=settings.home_path / "static", links=LINKS)

    parts = kept(request, session, "map", viewer.cache_class, language, make=make)
    return render(request, "map.html", {"parts": parts}, standing=standing, active="map")
