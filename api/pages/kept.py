"""Pages, and results that several pages show, kept while nothing in the store changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.answers import HTML, Body, kept_response
from api.dependencies import Database
from api.made_once import MadeOnce
from api.pages.rendering import PageContent, for_reader, page_headers, page_language, render_html, viewer_of
from geo.store.session import session_scope
from geo.workflows.data_version import data_version

T = TypeVar("T")
# The map in two languages for two groups of viewers and the targets for both groups, twice: before and after a change.
_KEPT_RESULTS = 12
_KEPT_PAGES_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page ready to be sent, with the policy that lets its scripts run."""

    body: Body
    policy: str


def kept_results() -> MadeOnce[object]:
    """Return an empty store of results."""
    return MadeOnce(limit=_KEPT_RESULTS)


def kept_pages() -> MadeOnce[KeptPage]:
    """Return an empty store of pages."""
    return MadeOnce(limit=_KEPT_PAGES_BYTES, size_of=lambda page: page.body.size_bytes)


def kept(results: MadeOnce[object], session: Session, *key: str, make: Callable[[], T]) -> T:
    """Return a result of the present state of the data; `key` says what it is, for whom and in which language."""
    return cast(T, results.get_or_make((data_version(session), *key), make))


def kept_page(request: Request, make: Callable[[Session], PageContent]) -> Response:
    """Answer with a page that depends on the data, the address, the language and the group of the viewer only."""
    database: Database = request.app.state.database
    pages: MadeOnce[KeptPage] = request.app.state.kept_pages

    # One transaction in the thread of the route: as a dependency it would take hops to other threads.
    with session_scope(database.engine()) as session:

        def make_page() -> KeptPage:
            content = make(session)
            return KeptPage(Body.of(render_html(request, content).encode(), HTML), content.policy)

        page = pages.get_or_make(_key(request, session), make_page)
    return for_reader(request, kept_response(request, page.body, page_headers(request, page.policy)))


def _key(request: Request, session: Session) -> tuple[str, ...]:
    # The language has its own place: it may come from a cookie as well.
    query = [part for item in request.query_params.multi_items() if item[0] != "lang" for part in item]
    viewer = viewer_of(request).cache_class
    return (data_version(session), viewer, page_language(request), request.url.path, *query)
