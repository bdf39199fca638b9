"""Settings and database access of the commands; heavy imports happen inside, so that every command starts fast."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from geo.errors import BadInputError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from geo.settings import Settings


def current_settings() -> Settings:
    """Read the settings from the environment and `.env`.

    Raises:
        BadInputError: a setting has an impossible value; its name is in the message, its value is not.
    """
    from pydantic import ValidationError

    from geo.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        names = ", ".join(f"PHUSONG_{'_'.join(map(str, item['loc']))}".upper() for item in error.errors())
        raise BadInputError(
            f"A setting has an impossible value: {names}. Correct it in the environment or in .env.",
            f"Thiết lập có giá trị không hợp lệ: {names}. Hãy sửa trong biến môi trường hoặc tệp .env.",
        ) from error


@contextmanager
def database_session(
    *, role: Literal["app", "owner", "read"] = "app", settings: Settings | None = None
) -> Iterator[Session]:
    """Open one transaction of the store; it is committed at the end and rolled back on any error.

    Raises:
        DatabaseNotReadyError: the database is not running, not reachable or not migrated.
    """
    from geo.store.session import engine_for, session_scope

    engine = engine_for(settings or current_settings(), role=role)
    try:
        with session_scope(engine) as session:
            yield session
    finally:
        engine.dispose()
