"""Every error of the project.

::

    PhusongError
    ├── BadInputError            exit 2, HTTP 422: what was handed in cannot be used
    │   ├── UnreadableFileError  the file cannot be opened as what it claims to be
    │   ├── FileTooLargeError    HTTP 413
    │   ├── UnknownCrsError      no or an unusable coordinate reference system
    │   ├── InvalidRowsError     rows with errors, nothing was stored
    │   └── OutOfRangeError      a number outside the validity of a method
    ├── NotFoundError            exit 2, HTTP 404
    ├── UnauthorizedError        exit 2, HTTP 401
    ├── ForbiddenError           exit 2, HTTP 403
    ├── ConflictError            exit 2, HTTP 409
    │   └── InputsGoneError      what an assessment was computed from has changed in place since
    ├── RateLimitedError         exit 2, HTTP 429
    ├── CheckFailedError         exit 1: a check was run and did not hold
    ├── NotReadyError            exit 3, HTTP 503: something must be done first
    │   ├── DatabaseNotReadyError
    │   ├── DiskFullError
    │   └── NoAssessmentError
    └── ParameterError           exit 3, HTTP 500: a parameter file of the service is wrong

Every error carries its message in English and in Vietnamese: what, where, why, and what to do.
"""

from __future__ import annotations

import errno
from typing import Any, Protocol

# A disk, or the share of its owner, that takes no more.
FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT})


class Report(Protocol):
    """Something that can be shown as a document."""

    def document(self) -> dict[str, Any]:
        """Return the document."""


class PhusongError(Exception):
    """Base of all errors; `en` and `vi` hold the same message in both languages."""

    code = "error"
    exit_code = 1
    http_status = 500

    def __init__(self, en: str, vi: str) -> None:
        super().__init__(en)
        self.en = en
        self.vi = vi

    def message(self, language: str) -> str:
        """Return the message in `language` ("vi" or anything else for English)."""
        return self.vi if language == "vi" else self.en


class BadInputError(PhusongError):
    """What was handed in cannot be used; `report` is the document about it, where one was made."""

    report: Report | None = None
    code = "bad_input"
    exit_code = 2
    http_status = 422


class UnreadableFileError(BadInputError):
    """The file cannot be opened as what it claims to be."""

    code = "unreadable_file"


class FileTooLargeError(BadInputError):
    """The file is over the limit of the settings."""

    code = "file_too_large"
    http_status = 413


class UnknownCrsError(BadInputError):
    """There is no usable coordinate reference system."""

    code = "unknown_crs"


class InvalidRowsError(BadInputError):
    """Rows have errors; nothing was stored."""

    code = "invalid_rows"


class OutOfRangeError(BadInputError):
    """A number lies outside the validity of a method."""

    code = "out_of_range"


class NotFoundError(PhusongError):
    """Nothing has the asked name, code or number."""

    code = "not_found"
    exit_code = 2
    http_status = 404


class UnauthorizedError(PhusongError):
    """The action needs a token and none, or a wrong one, was given."""

    code = "unauthorized"
    exit_code = 2
    http_status = 401


class ForbiddenError(PhusongError):
    """The viewer may not see or do this."""

    code = "forbidden"
    exit_code = 2
    http_status = 403


class ConflictError(PhusongError):
    """The state of the data does not allow this now."""

    code = "conflict"
    exit_code = 2
    http_status = 409


class InputsGoneError(ConflictError):
    """What an assessment was computed from has changed in place since, so that it cannot be computed again."""

    code = "inputs_gone"


class RateLimitedError(PhusongError):
    """Too many requests in a short time."""

    code = "rate_limited"
    exit_code = 2
    http_status = 429


class CheckFailedError(PhusongError):
    """A check was run and did not hold."""

    code = "check_failed"
    exit_code = 1
    http_status = 500


class NotReadyError(PhusongError):
    """Something must be done first; the message says what."""

    code = "not_ready"
    exit_code = 3
    http_status = 503


class DatabaseNotReadyError(NotReadyError):
    """The database is not running, not reachable or not migrated."""

    code = "database_not_ready"


class DiskFullError(NotReadyError):
    """A disk takes no more, or loses what it is given; `where` names the file to who may know."""

    code = "disk_full"

    def __init__(self, where: str = "") -> None:
        place = f" ({where})" if where else ""
        super().__init__(
            f"The disk is full or takes no more{place}; what was being written is not kept, and what was there before "
            "stands. Make room on it and run this again.",
            f"Ổ đĩa đã đầy hoặc không ghi thêm được{place}; phần đang ghi không được giữ lại, dữ liệu trước đó vẫn còn "
            "nguyên. Hãy giải phóng dung lượng rồi chạy lại.",
        )


class NoAssessmentError(NotReadyError):
    """No assessment has been computed yet."""

    code = "no_assessment"


class ParameterError(PhusongError):
    """A parameter file of the service is wrong; the message names file, key and remedy."""

    code = "parameter_error"
    exit_code = 3
    http_status = 500
