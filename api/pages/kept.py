"""Results that pages show again and again, kept while nothing in the store changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from sqlalchemy.orm import Session

from api.made_once import MadeOnce
from geo.workflows.data_version import data_version

T = TypeVar("T")
# The map in two languages for two groups of viewers and the targets for both groups, twice: before and after a change.
_KEPT_RESULTS = 12


def kept_results() -> MadeOnce[object]:
    """Return an empty store of results."""
    return MadeOnce(limit=_KEPT_RESULTS)


def kept(results: MadeOnce[object], session: Session, *key: str, make: Callable[[], T]) -> T:
    """Return a result of the present state of the data; `key` says what it is, for whom and in which language."""
    return cast(T, results.get_or_make((data_version(session), *key), make))
