"""Results that pages show again and again, kept while nothing in the store changes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import TypeVar, cast

from fastapi import Request
from sqlalchemy.orm import Session

from geo.workflows.data_version import data_version

T = TypeVar("T")
_KEPT_RESULTS = 12


class KeptResults:
    """The results asked for last; one thread makes a result, those that want it meanwhile wait for it."""

    def __init__(self) -> None:
        self._results: OrderedDict[tuple[str, ...], object] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[str, ...], make: Callable[[], T]) -> T:
        """Return the result of a key, made now if it is not kept; `key` must hold all that the result depends on."""
        with self._lock:
            if key not in self._results:
                self._results[key] = make()
            self._results.move_to_end(key)
            while len(self._results) > _KEPT_RESULTS:
                self._results.popitem(last=False)
            return cast(T, self._results[key])


def kept(request: Request, session: Session, *key: str, make: Callable[[], T]) -> T:
    """Return a result of the present state of the data; `key` says what it is, for whom and in which language."""
    state = request.app.state
    if not hasattr(state, "kept_results"):
        state.kept_results = KeptResults()
    results: KeptResults = state.kept_results
    return results.get((data_version(session), *key), make)
