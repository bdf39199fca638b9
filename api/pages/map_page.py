"""The map as a page: a Folium map inside the frame of the other pages."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.dependencies import SessionDep, SettingsDep
from api.map_content import fetch_map_content, map_version
from api.pages.rendering import PageRoute, page_language, render, standing_of, viewer_of
from maps.pages import MapLinks, MapParts, map_parts

router = APIRouter(route_class=PageRoute)
LINKS = MapLinks(village="/villages/{id}")
_KEPT_PAGES = 8


class MapCache:
    """The last few maps, by everything that they depend on: building one takes seconds, giving it nothing."""

    def __init__(self) -> None:
        self._parts: OrderedDict[tuple[object, ...], MapParts] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[object, ...]) -> MapParts | None:
        """Map made for the same key, if it is still kept."""
        with self._lock:
            if key in self._parts:
                self._parts.move_to_end(key)
            return self._parts.get(key)

    def put(self, key: tuple[object, ...], parts: MapParts) -> None:
        """Keep a map, and let the one go that was not asked for the longest time."""
        with self._lock:
            self._parts[key] = parts
            while len(self._parts) > _KEPT_PAGES:
                self._parts.popitem(last=False)


def _cache_of(request: Request) -> MapCache:
    if not hasattr(request.app.state, "map_cache"):
        request.app.state.map_cache = MapCache()
    cache: MapCache = request.app.state.map_cache
    return cache


@router.get("/map")
def map_page(request: Request, session: SessionDep, settings: SettingsDep) -> Response:
    """Communes, coverage, gaps, villages, fibre, places and roads; stations for those who may see them."""
    standing = standing_of(session)
    language, viewer = page_language(request), viewer_of(request)
    key = (*map_version(session), language, viewer.cache_class)
    cache = _cache_of(request)
    parts = cache.get(key)
    if parts is None:
        content = fetch_map_content(session, settings=settings, sees_sites=viewer.can_see_sites)
        parts = map_parts(content, language=language, static_dir=settings.home_path / "static", links=LINKS)
        cache.put(key, parts)
    return render(request, "map.html", {"parts": parts}, standing=standing, active="map")
