"""Recognise errors of the database driver that mean "not ready"."""

from __future__ import annotations

from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError

from geo.errors import DatabaseNotReadyError
from geo.store.session import is_unreachable

# PostgreSQL: undefined table, column, function and schema (appendix A, class 42).
_NOT_MIGRATED = {"42P01", "42703", "42883", "3F000"}


def as_not_ready(error: Exception) -> DatabaseNotReadyError | None:
    """Return the error in words for the user if the database is unreachable or not migrated, else None."""
    if isinstance(error, ProgrammingError) and getattr(error.orig, "sqlstate", None) in _NOT_MIGRATED:
        return DatabaseNotReadyError(
            "The database does not have the tables of this version. Run `phusong db upgrade`.",
            "Cơ sở dữ liệu chưa có các bảng của phiên bản này. Hãy chạy `phusong db upgrade`.",
        )
    if isinstance(error, (OperationalError, InterfaceError)) and is_unreachable(error):
        return DatabaseNotReadyError(
            "The database cannot be reached. Run `phusong db start`, or check PHUSONG_DATABASE_URL.",
            "Không kết nối được cơ sở dữ liệu. Hãy chạy `phusong db start` hoặc kiểm tra PHUSONG_DATABASE_URL.",
        )
    return None
