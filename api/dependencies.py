"""What routes and pages ask for: settings, one database transaction, who is asking, and a language.

What only looks at the request is `async`: the framework would send it to another thread otherwise, and each such hop
costs more than the work itself. What talks to the database is not.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from api.languages import Language, negotiate_language
from api.security import PUBLIC, Keeper, Viewer, token_needed
from geo.settings import Settings
from geo.store.session import engine_for, session_scope


class Database:
    """The engine of one service; made on first need, so that the service starts while the database is away."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._engine: Engine | None = None

    def engine(self) -> Engine:
        """Return the engine of the service role.

        Raises:
            DatabaseNotReadyError: the database is not running or has no service role yet.
        """
        with self._lock:
            if self._engine is None:
                self._engine = engine_for(self._settings, role="app")
            return self._engine

    def close(self) -> None:
        """Give every connection back."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None


def get_settings(request: Request) -> Settings:
    """Settings the service was made with."""
    settings: Settings = request.app.state.settings
    return settings


async def get_keeper(request: Request) -> Keeper:
    """Holder of the token and the session key."""
    keeper: Keeper = request.app.state.keeper
    return keeper


def get_session(request: Request) -> Iterator[Session]:
    """One transaction for one request: committed at its end, rolled back on any error."""
    database: Database = request.app.state.database
    with session_scope(database.engine()) as session:
        yield session


async def get_viewer(request: Request) -> Viewer:
    """Who is asking.

    Raises:
        UnauthorizedError: a token or a session was sent and does not hold.
    """
    error = getattr(request.state, "viewer_error", None)
    if error is not None:
        raise error
    viewer: Viewer = getattr(request.state, "viewer", PUBLIC)
    return viewer


async def require_token(viewer: Annotated[Viewer, Depends(get_viewer)]) -> Viewer:
    """Let only those pass who may write and see sites.

    Raises:
        UnauthorizedError: no token was sent.
    """
    if not viewer.can_see_sites:
        raise token_needed()
    return viewer


async def get_language(request: Request) -> Language:
    """Language of the answer."""
    return negotiate_language(request)


async def _settings(request: Request) -> Settings:
    return get_settings(request)


SettingsDep = Annotated[Settings, Depends(_settings)]
KeeperDep = Annotated[Keeper, Depends(get_keeper)]
SessionDep = Annotated[Session, Depends(get_session)]
ViewerDep = Annotated[Viewer, Depends(get_viewer)]
PrivilegedDep = Annotated[Viewer, Depends(require_token)]
LanguageDep = Annotated[Language, Depends(get_language)]
