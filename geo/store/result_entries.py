"""The file of a kept result: named parts, each with a checksum, read as a whole or in part."""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MAGIC = b"phusong1"
HEAD = struct.Struct("<8sII")
# What is read of an entry at first: its head, and all of a small one. Parts with less than the gap between them are
# read together.
FIRST_BYTES = 65_536
LARGEST_GAP_BYTES = 65_536

Parts = dict[str, bytes]


def entry_content(parts: Mapping[str, bytes]) -> bytes:
    """Return the file of an entry."""
    index = {name: (len(content), zlib.crc32(content)) for name, content in parts.items()}
    described = json.dumps(index, separators=(",", ":")).encode()
    head = HEAD.pack(MAGIC, len(described), zlib.crc32(described))
    return b"".join((head, described, *parts.values()))


def read_entry(path: Path, names: Sequence[str] | None) -> Parts:
    """Return the parts of an entry with the given names (None: all).

    They are read in few pieces: every call lets other threads of the interpreter in before it comes back.

    Raises:
        OSError: the file cannot be read. ValueError: it is damaged, or not the file of an entry.
    """
    file = os.open(path, os.O_RDONLY)
    try:
        first = os.pread(file, FIRST_BYTES, 0)
        magic, length, checksum = HEAD.unpack(_exactly(first, 0, HEAD.size))
        if magic != MAGIC:
            raise ValueError("its head is not that of an entry")
        start = HEAD.size + length
        if start > os.fstat(file).st_size:
            raise ValueError("it ends too early")
        if len(first) < start:
            first = os.pread(file, start, 0)
        described = _exactly(first, HEAD.size, length)
        if zlib.crc32(described) != checksum:
            raise ValueError("its head is not that of an entry")
        places = _places(json.loads(described), start, None if names is None else set(names))
        return _checked(places, _Pieces(file, first))
    finally:
        os.close(file)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a part lies in the file."""

    name: str
    start: int
    size: int
    checksum: int


def _places(index: Mapping[str, tuple[int, int]], start: int, wanted: set[str] | None) -> list[_Place]:
    places = []
    for name, (size, checksum) in index.items():
        if wanted is None or name in wanted:
            places.append(_Place(name, start, size, checksum))
        start += size
    return places


class _Pieces:
    """Parts of a file; what lies close together is read at once."""

    def __init__(self, file: int, first: bytes) -> None:
        self._file = file
        self._piece, self._start = first, 0

    def read(self, place: _Place, following: Sequence[_Place]) -> bytes:
        """Return a part; `following` are those that will be asked for next, in their order."""
        end = place.start + place.size
        if end > self._start + len(self._piece):
            for other in following:
                if other.start > end + LARGEST_GAP_BYTES:
                    break
                end = other.start + other.size
            self._piece, self._start = os.pread(self._file, end - place.start, place.start), place.start
        return _exactly(self._piece, place.start - self._start, place.size)


def _checked(places: Sequence[_Place], pieces: _Pieces) -> Parts:
    parts: Parts = {}
    for number, place in enumerate(places):
        content = pieces.read(place, places[number + 1 :])
        if zlib.crc32(content) != place.checksum:
            raise ValueError(f"part {place.name} has another checksum")
        parts[place.name] = content
    return parts


def _exactly(content: bytes, start: int, size: int) -> bytes:
    if len(content) < start + size:
        raise ValueError("it ends too early")
    return content[start : start + size]
