"""Digests of everything a result depends on: the names of kept results."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import geo.domain
from geo.radio import engine_digest

DIGEST_BYTES = 20


def digest_of(*values: Any) -> str:
    """Return a digest of values: numbers, texts, arrays, dataclasses, and tuples, lists and mappings of them.

    Equal values have equal digests in every process; a value of another type is refused rather than guessed at.
    """
    found = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for value in values:
        _feed(found, value)
    return found.hexdigest()


@cache
def code_digest() -> str:
    """Return a digest of the program that turns losses into results: levels, tiles, counts, rasters."""
    found = hashlib.blake2b(engine_digest().encode(), digest_size=DIGEST_BYTES)
    for folder in (Path(__file__).parent, *(Path(path) for path in geo.domain.__path__)):
        for file in sorted(folder.glob("*.py")):
            found.update(file.name.encode() + file.read_bytes())
    return found.hexdigest()


@cache
def radio_digest() -> str:
    """Return a digest of the program that computes losses."""
    return engine_digest()


def _feed(found: Any, value: Any) -> None:
    if isinstance(value, np.ndarray):
        found.update(f"a{value.dtype.str}{value.shape}".encode())
        found.update(np.ascontiguousarray(value).data)
    elif isinstance(value, bytes):
        found.update(f"b{len(value)}:".encode() + value)
    elif isinstance(value, Enum):
        _feed(found, value.value)
    elif isinstance(value, str):
        found.update(f"s{len(value)}:{value}".encode())
    elif value is None or isinstance(value, bool | int | float | np.integer | np.floating | dt.date):
        found.update(f"{type(value).__name__}{value!r};".encode())
    elif dataclasses.is_dataclass(value):
        names = [each.name for each in dataclasses.fields(value)]
        _feed_all(found, type(value).__name__, (item for name in names for item in (name, getattr(value, name))))
    elif isinstance(value, Mapping):
        ordered = sorted(value.items(), key=lambda item: str(item[0]))
        _feed_all(found, "m", (part for item in ordered for part in item))
    elif isinstance(value, frozenset | set):
        _feed_all(found, "f", sorted(value))
    elif isinstance(value, tuple | list):
        _feed_all(found, "t", value)
    else:
        raise TypeError(f"no digest is defined for {type(value).__name__}")


def _feed_all(found: Any, name: str, values: Iterable[Any]) -> None:
    found.update(f"({name} ".encode())
    for value in values:
        _feed(found, value)
    found.update(b")")
