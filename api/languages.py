"""Which language the reader wants: Vietnamese unless something else is asked for."""

from __future__ import annotations

from typing import Literal

from starlette.requests import HTTPConnection

Language = Literal["vi", "en"]
LANGUAGE_COOKIE = "phusong_language"
_DEFAULT: Language = "vi"


def negotiate_language(connection: HTTPConnection) -> Language:
    """Return the language of an answer: the reader's choice (cookie), else `Accept-Language`, else the setting."""
    chosen = _as_language(connection.cookies.get(LANGUAGE_COOKIE, ""))
    if chosen is not None:
        return chosen
    return _from_header(connection.headers.get("accept-language", "")) or _default_of(connection)


def _default_of(connection: HTTPConnection) -> Language:
    settings = getattr(getattr(connection.scope.get("app"), "state", None), "settings", None)
    return _as_language(getattr(settings, "language", "")) or _DEFAULT


def _from_header(header: str) -> Language | None:
    """Return the best of the languages we have (RFC 9110, 12.5.4), or None when the header names none of them."""
    best: tuple[float, Language] | None = None
    for part in header.split(","):
        tag, _, parameters = part.partition(";")
        language = _as_language(tag.strip().split("-")[0].lower())
        quality = _quality(parameters)
        if language is not None and quality > 0 and (best is None or quality > best[0]):
            best = quality, language
    return best[1] if best else None


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def _as_language(text: str) -> Language | None:
    if text == "vi":
        return "vi"
    return "en" if text == "en" else None
