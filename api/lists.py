"""How the addresses of lists answer: one page with its position and links, as items or as GeoJSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import Response

from api import documents
from api.answers import GEOJSON, JSON, Responder
from api.parameters import DEFAULT_LIMIT, MAX_LIMIT, Format, page_links
from geo.workflows.answers.rows import Page

Envelope = Mapping[str, Any]
Read = Callable[[], tuple[Envelope, Page[Any]]]


def row_limit(asked: int | None, form: Format = "json") -> int:
    """Return how many rows are sent: as asked, else few for reading and many for a file of its own."""
    return asked or (DEFAULT_LIMIT if form == "json" else MAX_LIMIT)


def page_document(answer: Responder, read: Read, form: Format = "json") -> dict[str, Any]:
    """Return the page that `read` gives, with the envelope that it gives, its position and links."""
    head, rows = read()
    links = page_links(answer.request, total=rows.total, limit=rows.limit, offset=rows.offset)
    return documents.page(head, rows, links, geojson=form == "geojson")


def page_answer(answer: Responder, read: Read, form: Format = "json") -> Response:
    """Answer with one page of a list."""
    return answer.json(lambda: page_document(answer, read, form), media_type=GEOJSON if form == "geojson" else JSON)
