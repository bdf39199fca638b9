"""Signing in with the token of the service, and signing out."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from api.dependencies import KeeperDep
from api.limits import WRONG_TOKENS, RateLimiter, client_of
from api.pages.rendering import PageRoute, render
from api.security import token_needed

router = APIRouter(route_class=PageRoute)


@router.get("/sign-in")
def sign_in_form(request: Request, next: str = "/") -> Response:
    """Form for the token."""
    return render(request, "sign_in.html", {"next": _own_path(next), "wrong": False}, active="sign-in")


@router.post("/sign-in")
def sign_in(
    request: Request, keeper: KeeperDep, token: Annotated[str, Form()] = "", next: Annotated[str, Form()] = "/"
) -> Response:
    """Check the token and go on to where the reader came from."""
    # Guessing is slowed down; an ended session must still be able to sign in.
    limiter: RateLimiter = request.app.state.limiter
    limiter.require(client_of(request), WRONG_TOKENS)
    if not keeper.token_holds(token.strip()):
        limiter.take(client_of(request), WRONG_TOKENS)
        context = {"next": _own_path(next), "wrong": True}
        return render(request, "sign_in.html", context, status=token_needed().http_status, active="sign-in")
    response = RedirectResponse(_own_path(next), status_code=303)
    keeper.set_session(response)
    return response


@router.post("/sign-out")
def sign_out(keeper: KeeperDep) -> Response:
    """End the session."""
    response = RedirectResponse("/", status_code=303)
    keeper.clear_session(response)
    return response


def _own_path(address: str) -> str:
    """Path of this service that `address` names; the start page for anything else."""
    parts = urlsplit(address)
    own = not parts.scheme and not parts.netloc and address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if own else "/"
