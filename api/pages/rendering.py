"""Turns results into HTML: templates, language, safe headers, and errors as pages instead of documents."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from api.database_errors import as_not_ready
from api.dependencies import get_settings
from api.errors import CHALLENGE, InvalidRequestError
from api.languages import LANGUAGE_COOKIE, Language
from api.problems import INTERNAL_ERROR
from api.security import PUBLIC, SESSION_COOKIE, Viewer
from geo.errors import NoAssessmentError, PhusongError, UnauthorizedError
from geo.store.session import session_scope
from geo.workflows.answers.assessments import newest_assessment
from geo.workflows.answers.documents import calibration_name, illustrative_kinds
from geo.workflows.answers.rows import AssessmentInfo
from geo.workflows.answers.territory import list_units
from maps import i18n, legends
from maps.assets import asset_url

logger = logging.getLogger(__name__)

TEMPLATES_DIR = Path(__file__).resolve().parent / "templates"
TIME_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_YEAR_SECONDS = 365 * 24 * 3600
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'{inline}",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What every page says about the data: the published assessment, the territory, whether any of it is made up."""

    info: AssessmentInfo | None
    territory_name: str
    illustrative: bool

    def illustrative_names(self, language: str) -> str:
        """Return what was illustrative in the input of the published assessment; empty without one."""
        if self.info is None:
            return ""
        return legends.illustrative_names(illustrative_kinds(self.info), self.info.provenance, language)

    @property
    def calibration(self) -> str | None:
        """Name and version of the calibration of the published assessment, None without one."""
        return None if self.info is None else calibration_name(self.info)

    def without_list_names(self, language: str) -> str:
        """Return the active operators without a site list that counts; empty where all handed one in."""
        return "" if self.info is None else legends.without_list_names(self.info, language)


def standing_of(session: Session) -> Standing:
    """Read the standing of the data; without an assessment the boundaries tell whether they are illustrative."""
    try:
        info: AssessmentInfo | None = newest_assessment(session)
    except NoAssessmentError:
        info = None
    units = list_units(session, with_geometry=False)
    provinces = [unit.name for unit in units if unit.type in ("tỉnh", "thành phố")]
    made_up = any(unit.illustrative for unit in units) or (info is not None and info.illustrative)
    return Standing(info=info, territory_name=provinces[0] if provinces else "", illustrative=made_up)


def _standing_if_any(request: Request) -> Standing | None:
    """Standing for pages that work without the database too: signing in, and errors."""
    try:
        with session_scope(request.app.state.database.engine()) as session:
            return standing_of(session)
    except (PhusongError, SQLAlchemyError):
        return None


def page_language(request: Request) -> Language:
    """Language of a page: `?lang=`, else the reader's earlier choice, else the setting (not the browser's)."""
    for wanted in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if wanted in ("vi", "en"):
            return "vi" if wanted == "vi" else "en"
    return "en" if get_settings(request).language == "en" else "vi"


@cache
def environment(language: str) -> Environment:
    """Template environment of a language."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES_DIR),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_translations(i18n.translations(language), newstyle=True)  # type: ignore[attr-defined]
    made.filters |= {
        "version": i18n.short_version,
        "number": partial(i18n.format_number, language=language),
        "share": partial(i18n.format_share, language=language),
        "chance": partial(i18n.format_chance, language=language),
        "date": partial(i18n.format_date, language=language),
        "moment": partial(i18n.format_datetime, language=language, zone=TIME_ZONE),
        "isodate": lambda text: i18n.format_date(dt.date.fromisoformat(str(text)[:10]), language) if text else "–",
        "state": partial(legends.state_label, language=language),
        "word": lambda key, table: legends.label(getattr(legends, table), str(key), language),
        "text": lambda row, name: getattr(row, f"{name}_{language}", None),
    }
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContent:
    """What a page shows: template and context; `inline` are its own scripts inside the page."""

    template: str
    context: dict[str, Any]
    standing: Standing | None
    active: str = ""
    inline: tuple[str, ...] = ()

    @property
    def policy(self) -> str:
        """Content security policy of the page, which lets exactly its own scripts run."""
        digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in self.inline)
        return _POLICY.format(inline="".join(f" 'sha256-{digest}'" for digest in digests))


def render(
    request: Request,
    template: str,
    context: dict[str, Any],
    *,
    standing: Standing | None = None,
    status: int = 200,
    active: str = "",
) -> HTMLResponse:
    """Render a template as a page that is made for this request alone."""
    standing = standing or _standing_if_any(request)
    content = PageContent(template=template, context=context, standing=standing, active=active)
    html = render_html(request, content)
    return for_reader(request, HTMLResponse(html, status, headers=page_headers(request, content.policy)))


def render_html(request: Request, content: PageContent) -> str:
    """Render a page; it depends on the content, the address, the language, and on whether the reader is signed in."""
    language = page_language(request)
    return (
        environment(language)
        .get_template(content.template)
        .render(
            **content.context,
            language=language,
            languages=i18n.LANGUAGES,
            active=content.active,
            signed_in=viewer_of(request).can_see_sites,
            standing=content.standing,
            asset=partial(asset_url, static_dir=get_settings(request).home_path / "static"),
            with_query=partial(with_query, request),
            path=request.url.path,
        )
    )


def page_headers(request: Request, policy: str) -> dict[str, str]:
    """Headers of every page; shared caches never keep one."""
    return {
        "Content-Security-Policy": policy,
        "Cache-Control": "private, no-cache",
        "Content-Language": page_language(request),
        "Vary": "Authorization, Cookie, Accept-Encoding",
    }


R = TypeVar("R", bound=Response)


def for_reader(request: Request, response: R) -> R:
    """Put on a response what concerns this reader alone: the language chosen, and the end of a session."""
    wanted = request.query_params.get("lang")
    if wanted in ("vi", "en"):
        response.set_cookie(LANGUAGE_COOKIE, wanted, max_age=_YEAR_SECONDS, samesite="lax", httponly=True, path="/")
    if getattr(request.state, "viewer_error", None) is not None:
        # The session has ended: the page is shown as to anybody, and the dead cookie goes away.
        response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="strict", path="/")
    return response


def with_query(request: Request, **changes: Any) -> str:
    """Address of this page with some query parameters set, or taken away when None or empty."""
    query = {name: value for name, value in request.query_params.items() if name != "lang"}
    query.update({name: str(value) for name, value in changes.items() if value is not None})
    for name in [name for name, value in changes.items() if value is None or value == ""]:
        query.pop(name, None)
    kept = {name: value for name, value in query.items() if value != ""}
    return request.url.path + ("?" + urlencode(kept) if kept else "")


class PageRoute(APIRoute):
    """A route whose errors are pages: what is wrong, and what to do, in the reader's language."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """Wrap the handler."""
        handler = super().get_route_handler()

        async def shown(request: Request) -> Response:
            try:
                _refuse_wrong_token(request)
                _refuse_nul(request)
                return await handler(request)
            except HTTPException:
                raise
            except Exception as error:
                return error_page(request, _shown_error(error))

        return shown


def _refuse_wrong_token(request: Request) -> None:
    # A session that has ended looks as anybody does; a token that is sent on purpose must hold.
    error = getattr(request.state, "viewer_error", None)
    if error is not None and "authorization" in request.headers:
        raise error


def _refuse_nul(request: Request) -> None:
    # PostgreSQL cannot compare with a text that holds a NUL.
    if any("\0" in value for value in request.query_params.values()):
        raise _not_readable()


def _shown_error(error: Exception) -> PhusongError:
    """What the reader is told about an error; one that nobody foresaw is told in the log only."""
    if isinstance(error, PhusongError):
        return error
    if isinstance(error, RequestValidationError):
        return _not_readable()
    not_ready = as_not_ready(error)
    if not_ready is None:
        logger.error("unexpected error on a page", exc_info=error)
    return not_ready or INTERNAL_ERROR


def _not_readable() -> PhusongError:
    return InvalidRequestError(
        "This address or form has a part that is missing or cannot be right. Go back and try again.",
        "Địa chỉ hoặc biểu mẫu này có phần bị thiếu hoặc không hợp lệ. Hãy quay lại và thử lại.",
    )


def error_page(request: Request, error: PhusongError) -> HTMLResponse:
    """Show an error as a page with its status."""
    language = page_language(request)
    context = {"message": error.message(language), "code": error.code}
    page = render(request, "error.html", context, status=error.http_status)
    page.headers.update(getattr(error, "headers", {}))
    if isinstance(error, UnauthorizedError):
        page.headers["WWW-Authenticate"] = CHALLENGE
    return page


def viewer_of(request: Request) -> Viewer:
    """Who is looking at a page; an ended session looks as anybody does."""
    viewer: Viewer = getattr(request.state, "viewer", PUBLIC)
    return viewer
