"""Makes the pages that take long in the background, after the start and after every change of the data.

The first visitor then finds them ready. A visitor who comes earlier waits for the build that is under way (`MadeOnce`).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from api.pages.map_page import kept_map
from api.pages.targets import evaluated_targets
from api.security import PRIVILEGED, PUBLIC, Viewer
from geo.errors import PhusongError
from geo.settings import Settings
from geo.store.session import session_scope
from geo.workflows.data_version import data_version
from maps.i18n import LANGUAGES

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
# After work of t seconds at least this many times t of rest: data that change all the time shall not keep a core busy.
REST_PER_WORK = 3.0
# Longer than a page takes; a build that hangs does not hold up the end of the service.
STOP_WITHIN_S = 5.0


class Warmer:
    """A thread that looks whether the data have changed and, once they stay as they are, does its tasks.

    A task that fails is logged and left: the next change of the data brings another try.
    """

    def __init__(
        self, *, version: Callable[[], str], tasks: Sequence[Callable[[], object]], look_every_s: float = LOOK_EVERY_S
    ) -> None:
        self._version = version
        self._tasks = tasks
        self._look_every_s = look_every_s
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._in_trouble = False

    def start(self) -> None:
        """Begin; returns at once."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="warmer", daemon=True)
        self._thread.start()

    def stop(self, within_s: float = STOP_WITHIN_S) -> None:
        """End after the task under way, or leave it to its fate when it takes longer than `within_s`."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=within_s)

    def _run(self) -> None:
        warmed: str | None = None
        seen: str | None = None
        pause_s = 0.0
        while not self._stopping.wait(pause_s):
            pause_s = self._look_every_s
            current = self._look()
            # A change is often one of several; the first state after the start is as good as any.
            settled = current == seen or warmed is None
            seen = current
            if current is not None and current != warmed and settled:
                pause_s = max(pause_s, REST_PER_WORK * self._work())
                warmed = current

    def _look(self) -> str | None:
        """Return the mark of the data, or None while nobody can tell; that is logged once, not at every look."""
        try:
            found = self._version()
        except (PhusongError, SQLAlchemyError) as error:
            if not self._in_trouble:
                logger.warning("pages are not made ahead while the database does not answer: %s", error)
            self._in_trouble = True
            return None
        self._in_trouble = False
        return found

    def _work(self) -> float:
        """Do every task; return the seconds they took."""
        begun = time.monotonic()
        for task in self._tasks:
            if self._stopping.is_set():
                break
            try:
                task()
            except Exception as error:
                foreseen = isinstance(error, PhusongError)
                if not self._stopping.is_set():
                    logger.warning("a page was not made ahead: %s", error, exc_info=not foreseen)
        took_s = time.monotonic() - begun
        logger.info("pages made ahead in %.1f s", took_s)
        return took_s


def map_warmer(app: FastAPI, *, look_every_s: float = LOOK_EVERY_S) -> Warmer:
    """Return the warmer of the map in every language and of the targets' figures, for the public first."""
    settings: Settings = app.state.settings
    languages = sorted(LANGUAGES, key=lambda language: language != settings.language)

    def version() -> str:
        with session_scope(app.state.database.engine()) as session:
            return data_version(session)

    def task(viewer: Viewer, language: str) -> Callable[[], object]:
        def make() -> object:
            with session_scope(app.state.database.engine()) as session:
                return kept_map(app, session, viewer=viewer, language=language)

        return make

    def targets_task(viewer: Viewer) -> Callable[[], object]:
        def make() -> object:
            with session_scope(app.state.database.engine()) as session:
                return evaluated_targets(app, session, viewer)

        return make

    tasks = [
        one
        for viewer in (PUBLIC, PRIVILEGED)
        for one in (*(task(viewer, language) for language in languages), targets_task(viewer))
    ]
    return Warmer(version=version, tasks=tasks, look_every_s=look_every_s)
