"""Results that are made once and kept: of many who want the same one, one makes it and the others wait for it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")
Key = tuple[str, ...]


class MadeOnce(Generic[T]):
    """Keeps the results used last, up to a total size; a key must hold all that its result depends on.

    `size_of` measures a result in the unit of `limit`. A result above `largest` is handed out and not kept.
    """

    def __init__(self, *, limit: int, size_of: Callable[[T], int] = lambda _: 1, largest: int | None = None) -> None:
        self._limit = limit
        self._size_of = size_of
        self._largest = limit if largest is None else largest
        self._results: OrderedDict[Key, T] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()
        self._making: dict[Key, Future[T]] = {}

    def get_or_make(self, key: Key, make: Callable[[], T]) -> T:
        """Return the kept result of `key`, or the one that is just being made, or make it."""
        while True:
            with self._lock:
                if key in self._results:
                    self._results.move_to_end(key)
                    return self._results[key]
                being_made = self._making.get(key)
                if being_made is None:
                    mine = self._making[key] = Future()
                    break
            # If the one who makes it fails, the next one in line tries for himself.
            if being_made.exception() is None:
                return being_made.result()
        return self._make(key, make, mine)

    def _make(self, key: Key, make: Callable[[], T], mine: Future[T]) -> T:
        try:
            made = make()
        except BaseException as error:
            with self._lock:
                del self._making[key]
            mine.set_exception(error)
            raise
        with self._lock:
            self._keep(key, made)
            del self._making[key]
        mine.set_result(made)
        return made

    def _keep(self, key: Key, made: T) -> None:
        size = self._size_of(made)
        if size > self._largest:
            return
        self._results[key] = made
        self._size += size
        while self._size > self._limit:
            _, dropped = self._results.popitem(last=False)
            self._size -= self._size_of(dropped)
