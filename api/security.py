"""Who is asking: token, signed session cookie, and protection against requests forged by other sites."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from itsdangerous import BadSignature, TimestampSigner
from starlette.requests import HTTPConnection
from starlette.responses import Response

from geo.errors import ForbiddenError, UnauthorizedError
from geo.settings import Settings

SESSION_COOKIE = "phusong_session"
SESSION_SECONDS = 12 * 3600
UNSAFE_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is asking, and what the answers may hold for him."""

    can_see_sites: bool

    @property
    def cache_class(self) -> str:
        """Name of the group of viewers that get the same answers."""
        return "sites" if self.can_see_sites else "public"


PUBLIC = Viewer(can_see_sites=False)
PRIVILEGED = Viewer(can_see_sites=True)


def wrong_token() -> UnauthorizedError:
    """Return the error of a token or session that does not hold."""
    return UnauthorizedError(
        "The token or session is wrong or has ended. Send the right one, or none for public figures.",
        "Mã truy cập hoặc phiên đăng nhập sai hoặc đã hết hạn. Hãy gửi mã đúng, hoặc không gửi để xem số liệu công bố.",
    )


def token_needed() -> UnauthorizedError:
    """Return the error of an action that nobody may do without a token."""
    return UnauthorizedError(
        "This needs the token of the service: send it as `Authorization: Bearer …`, or sign in.",
        "Việc này cần mã truy cập của dịch vụ: gửi kèm `Authorization: Bearer …`, hoặc đăng nhập.",
    )


class Keeper:
    """Holds the token and the key of the session cookies of one service."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def token(self) -> str:
        """The token: from the settings, else from `secrets/token` of the state folder, made there on first need."""
        if self._settings.token is not None and self._settings.token.get_secret_value():
            return self._settings.token.get_secret_value()
        return read_or_make_secret(self._settings.home_path / "secrets" / "token")

    @cached_property
    def _signer(self) -> TimestampSigner:
        if self._settings.session_secret is not None and self._settings.session_secret.get_secret_value():
            secret = self._settings.session_secret.get_secret_value()
        else:
            secret = read_or_make_secret(self._settings.home_path / "secrets" / "session_secret")
        return TimestampSigner(secret, salt="phusong.session", digest_method=hashlib.sha256)

    @cached_property
    def _token_mark(self) -> str:
        # Ties a session to the token it was made with: a new token ends the old sessions.
        return hashlib.sha256(b"phusong.session-mark:" + self.token.encode()).hexdigest()[:32]

    def token_holds(self, given: str) -> bool:
        """Compare a token in a time that does not depend on where it differs."""
        return hmac.compare_digest(
            hashlib.sha256(given.encode()).digest(), hashlib.sha256(self.token.encode()).digest()
        )

    def issue_session(self) -> str:
        """Return the value of a new session cookie."""
        return self._signer.sign(f"{self._token_mark}.{secrets.token_hex(8)}").decode()

    def session_holds(self, value: str) -> bool:
        """Tell whether a cookie was issued here, with the present token, less than twelve hours ago."""
        try:
            payload = self._signer.unsign(value, max_age=SESSION_SECONDS).decode()
        except (BadSignature, UnicodeError):
            return False
        return hmac.compare_digest(payload.partition(".")[0], self._token_mark)

    def set_session(self, response: Response) -> None:
        """Sign in: put the session cookie on a response."""
        response.set_cookie(
            SESSION_COOKIE,
            self.issue_session(),
            max_age=SESSION_SECONDS,
            httponly=True,
            secure=self._settings.cookie_secure,
            samesite="strict",
            path="/",
        )

    def clear_session(self, response: Response) -> None:
        """Sign out: take the session cookie away."""
        response.delete_cookie(
            SESSION_COOKIE, httponly=True, secure=self._settings.cookie_secure, samesite="strict", path="/"
        )

    def viewer_of(self, connection: HTTPConnection) -> Viewer:
        """Tell who is asking.

        Raises:
            UnauthorizedError: a token or a session was sent and does not hold; never answered as public instead.
        """
        header = connection.headers.get("authorization")
        if header is not None:
            scheme, _, given = header.partition(" ")
            if scheme.lower() != "bearer" or not self.token_holds(given.strip()):
                raise wrong_token()
            return PRIVILEGED
        cookie = connection.cookies.get(SESSION_COOKIE)
        if cookie is None:
            return PUBLIC
        if not self.session_holds(cookie):
            raise wrong_token()
        return PRIVILEGED


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def check_same_origin(connection: HTTPConnection) -> None:
    """Refuse an unsafe request that another site's page made the browser send.

    A request with a bearer token is not made by a browser on its own, so it needs no check. Otherwise `Origin` (or
    `Referer`) must name this service; a request with a session cookie and neither of them is refused too.

    Raises:
        ForbiddenError: the request comes from another site.
    """
    if connection.scope["method"] not in UNSAFE_METHODS or "authorization" in connection.headers:
        return
    source = connection.headers.get("origin") or connection.headers.get("referer")
    if source is None and SESSION_COOKIE not in connection.cookies:
        return
    if source is None or urlsplit(source).netloc.lower() != connection.headers.get("host", "").lower():
        raise ForbiddenError(
            "This request was not sent from a page of this service, so it is refused.",
            "Yêu cầu không được gửi từ trang của dịch vụ này nên bị từ chối.",
        )


def read_or_make_secret(path: Path) -> str:
    """Read a secret of the state folder; make it, readable by its owner only, if it is not there."""
    for _ in range(2):
        try:
            text = path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            _make_secret(path)
            continue
        if text:
            return text
        path.unlink(missing_ok=True)
    return path.read_text(encoding="ascii").strip()


def _make_secret(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Written beside and linked into place: two processes starting together end with one secret, never with half of one.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
