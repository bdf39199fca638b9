"""What every request passes through: safe headers, no traceback, who is asking, and how much may be sent."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import internal_error_response, problem_response
from api.limits import WRONG_TOKENS, RateLimiter, client_of
from api.security import UNSAFE_METHODS, Keeper, Viewer, check_same_origin, token_needed
from geo.errors import FileTooLargeError, PhusongError, UnauthorizedError

# A form of the pages, before anybody has signed in.
PUBLIC_BODY_BYTES = 64 * 1024
# Room for the names and boundaries of a multipart body around the file itself.
MULTIPART_MARGIN_BYTES = 1024 * 1024

# Folium pages carry their own scripts and styles inline; everything else comes from this service only.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-src 'self'",
        "frame-ancestors 'self'",
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class HeadMiddleware:
    """Answers HEAD wherever GET is answered: the same status and headers, without the body (RFC 9110, 9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_headers(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self.app({**scope, "method": "GET"}, receive, send_headers)


class SafetyMiddleware:
    """Puts the security headers on every answer and turns an unforeseen error into a problem document."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_safely(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _add_security_headers(message)
            await send(message)

        try:
            await self.app(scope, receive, send_safely)
        except Exception as error:
            if started:
                raise
            response = internal_error_response(HTTPConnection(scope), error)
            await response(scope, receive, send_safely)


def _add_security_headers(message: MutableMapping[str, Any]) -> None:
    headers = MutableHeaders(raw=message.setdefault("headers", []))
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    if "vary" in headers:
        # The route and the compression each name what they look at.
        names = [name.strip() for line in headers.getlist("vary") for name in line.split(",")]
        headers["Vary"] = ", ".join(dict.fromkeys(name for name in names if name))


class GateMiddleware:
    """Finds out who is asking before a byte of the body is read, and limits how much may be sent.

    Leaves `viewer` (or `viewer_error`, for the routes that want to know) in the state of the request.
    """

    def __init__(
        self, app: ASGIApp, *, keeper: Keeper, limiter: RateLimiter, max_upload_bytes: int, writing_prefix: str
    ) -> None:
        self.app = app
        self.keeper = keeper
        self.limiter = limiter
        self.max_upload_bytes = max_upload_bytes
        self.writing_prefix = writing_prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        try:
            limit_bytes = self._admit(connection)
        except PhusongError as error:
            await problem_response(connection, error)(scope, receive, send)
            return
        await self.app(scope, _limited(receive, limit_bytes), send)

    def _admit(self, connection: HTTPConnection) -> int:
        """Return how many bytes this request may send; raise if it may not be made at all."""
        state = connection.scope.setdefault("state", {})
        try:
            state["viewer"] = self._viewer_of(connection)
        except PhusongError as error:
            state["viewer_error"] = error
        unsafe = connection.scope["method"] in UNSAFE_METHODS
        if unsafe:
            check_same_origin(connection)
        signed_in = "viewer" in state and state["viewer"].can_see_sites
        if unsafe and not signed_in and connection.url.path.startswith(self.writing_prefix):
            raise state.get("viewer_error") or token_needed()
        limit_bytes = self.max_upload_bytes + MULTIPART_MARGIN_BYTES if signed_in else PUBLIC_BODY_BYTES
        declared = connection.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > limit_bytes:
            raise _too_large(limit_bytes)
        return limit_bytes

    def _viewer_of(self, connection: HTTPConnection) -> Viewer:
        """Tell who is asking; of one who has sent too many wrong tokens no token is looked at for a while."""
        if "authorization" not in connection.headers:
            return self.keeper.viewer_of(connection)
        self.limiter.require(client_of(connection), WRONG_TOKENS)
        try:
            return self.keeper.viewer_of(connection)
        except UnauthorizedError:
            self.limiter.take(client_of(connection), WRONG_TOKENS)
            raise


def _limited(receive: Receive, limit_bytes: int) -> Receive:
    """Count what arrives, so that a body without, or with a false, length is stopped as well."""
    received = 0

    async def receive_limited() -> Message:
        nonlocal received
        message = await receive()
        if message["type"] == "http.request":
            received += len(message.get("body", b""))
            if received > limit_bytes:
                # An HTTPException, because the framework's body parser turns anything else into a 400.
                raise HTTPException(413)
        return message

    return receive_limited


def _too_large(limit_bytes: int) -> FileTooLargeError:
    megabytes = limit_bytes / 1_000_000
    return FileTooLargeError(
        f"The request is larger than this service takes from you ({megabytes:.1f} MB).",
        f"Yêu cầu lớn hơn mức dịch vụ này nhận ({megabytes:.1f} MB).",
    )
