"""Every error becomes a problem document (RFC 9457) in the reader's language; none shows a traceback."""

from __future__ import annotations

import json
import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response

from api.database_errors import as_not_ready
from api.languages import negotiate_language
from api.problems import INTERNAL_ERROR, problem_document
from geo.errors import (
    FULL_DISK,
    BadInputError,
    DatabaseNotReadyError,
    DiskFullError,
    FileTooLargeError,
    ForbiddenError,
    NotFoundError,
    PhusongError,
    UnauthorizedError,
)

# The driver's own words name hosts and roles: they stay in the log.
_DATABASE_NOT_READY = DatabaseNotReadyError(
    "The database is not ready. Try again in a moment, or tell the administrator.",
    "Cơ sở dữ liệu chưa sẵn sàng. Hãy thử lại sau ít phút hoặc báo cho quản trị viên.",
)

logger = logging.getLogger(__name__)

PROBLEM_MEDIA_TYPE = "application/problem+json"
CHALLENGE = 'Bearer realm="phusong"'


class MethodNotAllowedError(PhusongError):
    """The address does not take this HTTP method."""

    code = "method_not_allowed"
    http_status = 405


class NotAcceptableError(PhusongError):
    """There is no representation in a format that the client accepts."""

    code = "not_acceptable"
    http_status = 406


class InvalidRequestError(BadInputError):
    """A parameter of the request is unknown, missing or wrong; `errors` says which."""

    code = "invalid_request"


def problem_response(
    connection: HTTPConnection,
    error: PhusongError,
    *,
    errors: list[dict[str, Any]] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """Answer with the problem document of an error."""
    language = negotiate_language(connection)
    document = problem_document(error, language=language, instance=connection.url.path, errors=errors or [])
    all_headers = {
        "Cache-Control": "no-store",
        "Content-Language": language,
        "Vary": "Authorization, Cookie, Accept, Accept-Language",
        **getattr(error, "headers", {}),
        **(headers or {}),
    }
    if isinstance(error, UnauthorizedError):
        all_headers["WWW-Authenticate"] = CHALLENGE
    return Response(
        json.dumps(document, ensure_ascii=False, default=str),
        status_code=error.http_status,
        media_type=PROBLEM_MEDIA_TYPE,
        headers=all_headers,
    )


def internal_error_response(connection: HTTPConnection, error: Exception) -> Response:
    """Answer an error that nobody foresaw: the log says what it was, the reply does not."""
    if as_not_ready(error) is not None:
        logger.warning("database not ready: %s", error)
        return problem_response(connection, _DATABASE_NOT_READY)
    if isinstance(error, OSError) and error.errno in FULL_DISK:
        logger.error("the disk is full on %s: %s", connection.url.path, error)
        return problem_response(connection, DiskFullError())
    logger.error("unexpected error on %s", connection.url.path, exc_info=error)
    return problem_response(connection, INTERNAL_ERROR)


def install_error_handlers(app: FastAPI) -> None:
    """Register the handlers of every kind of error."""
    app.add_exception_handler(PhusongError, _on_phusong_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)


def _on_phusong_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, PhusongError)  # noqa: S101  (what it is registered for)
    if error.http_status >= 500:
        logger.warning("%s on %s: %s", error.code, request.url.path, error.en)
    if isinstance(error, DatabaseNotReadyError):
        error = _DATABASE_NOT_READY
    return problem_response(request, error)


def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  (what it is registered for)
    errors = [
        {
            "location": str(item["loc"][0]) if item["loc"] else "",
            "name": ".".join(str(part) for part in item["loc"][1:]),
            "reason": str(item["msg"]),
            "code": str(item["type"]),
        }
        for item in error.errors()
    ]
    names = ", ".join(sorted({item["name"] for item in errors if item["name"]})) or "?"
    invalid = InvalidRequestError(
        f"Parameters that are missing or wrong: {names}. See `errors` and the API reference.",
        f"Tham số thiếu hoặc sai: {names}. Xem `errors` và tài liệu API.",
    )
    return problem_response(request, invalid, errors=errors)


def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  (what it is registered for)
    return http_error_response(request, error)


def http_error_response(request: Request, error: HTTPException) -> Response:
    """Answer an error of the framework, such as an unknown address, with a problem document."""
    return problem_response(request, error_of_status(error.status_code), headers=dict(error.headers or {}))


def error_of_status(status: int) -> PhusongError:
    """Return the error, with words in both languages, that a bare HTTP status stands for."""
    if status == 404:
        return NotFoundError("There is nothing at this address.", "Không có gì ở địa chỉ này.")
    if status == 405:
        return MethodNotAllowedError(
            "This address does not take this method; see the `Allow` header.",
            "Địa chỉ này không nhận phương thức đã gửi; xem đầu đề `Allow`.",
        )
    if status == 401:
        return UnauthorizedError("A valid token is needed.", "Cần mã truy cập hợp lệ.")
    if status == 403:
        return ForbiddenError("This is not allowed.", "Việc này không được phép.")
    if status == 413:
        return FileTooLargeError(
            "The request is larger than this service takes.", "Yêu cầu lớn hơn mức dịch vụ này nhận."
        )
    error = InvalidRequestError("The request cannot be read.", "Không đọc được yêu cầu.")
    error.http_status = status
    return error
