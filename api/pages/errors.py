"""Errors that no page raised itself, an unknown address above all: a page for people, a document for programs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.errors import error_of_status, http_error_response
from api.pages.rendering import error_page

# Addresses that programs use: their errors are always documents.
_FOR_PROGRAMS = ("/api/", "/healthz", "/readyz", "/static/")


def install_error_pages(app: FastAPI) -> None:
    """Answer a browser that asks for a page with a page; register after the handlers of documents."""
    app.add_exception_handler(HTTPException, _handler())


def _handler() -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101  (what it is registered for)
        if not wants_page(request):
            return http_error_response(request, error)
        page = error_page(request, error_of_status(error.status_code))
        page.headers.update(error.headers or {})
        return page

    return answer


def wants_page(request: Request) -> bool:
    """Tell whether a person is reading: a browser names HTML among what it takes."""
    return not request.url.path.startswith(_FOR_PROGRAMS) and "text/html" in request.headers.get("accept", "")
