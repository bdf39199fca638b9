"""The overviews of an assessment's raster files as kept results: a changed tile costs one block at every scale.

The pixels of the whole area are the ground floor, cut into tiles. Each floor above has every second pixel of every
second row of the one below and is cut into blocks of the same size, so that a block is made of up to four below it.
Blocks are named by digests of those that they are made of, so that none is read to name another.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.store.packed import pack_arrays, unpack_array
from geo.store.result_cache import Parts, ResultCache
from geo.workflows.assessment.cog import BLOCK, encoded_block, halved, overview_shapes
from geo.workflows.assessment.keys import code_digest, digest_of

BLOCK_PREFIX, HALF_PREFIX = "block ", "half "
DIGESTS = "digests"
Place = tuple[int, int]
Kinds = Mapping[str, tuple[np.dtype[Any], int]]


def raster_parts(name: str, values: NDArray[Any], outside: int) -> Iterator[tuple[str, bytes]]:
    """Return a block of the raster file `name` and its pixels for the floor above; nothing where all is `outside`."""
    if (values != outside).any():
        yield BLOCK_PREFIX + name, encoded_block(values, outside)
        yield from pack_arrays({HALF_PREFIX + name: halved(values)}).items()


def block_digests(parts: Parts) -> bytes:
    """Return digests of the blocks among some parts, by the names of their rasters, as JSON."""
    blocks = sorted((name, content) for name, content in parts.items() if name.startswith(BLOCK_PREFIX))
    digests = {name.removeprefix(BLOCK_PREFIX): digest_of(content) for name, content in blocks}
    return json.dumps(digests, separators=(",", ":")).encode()


@dataclass(frozen=True, eq=False)
class Overviews:
    """The floors above the ground, the largest first.

    `read_tile` returns parts of the tile at a place, `digests` has those of its blocks; `shape` is that of the whole
    area, `kinds` has type and value outside of every raster by name.
    """

    read_tile: Callable[[Place, list[str]], Parts]
    digests: Mapping[Place, bytes]
    shape: tuple[int, int]
    kinds: Kinds
    cache: ResultCache
    _made: dict[tuple[int, Place], Parts] = field(default_factory=dict, repr=False)

    def blocks(self, rasters: Collection[str], workers: int) -> list[dict[Place, Parts]]:
        """Return the blocks of some rasters on every floor, by place, under their names among the parts.

        Blocks of all other rasters count as used, too.
        """
        names = [BLOCK_PREFIX + name for name in rasters]
        self.cache.touch([key for floor in self._keys for key in floor.values()])
        if not names:
            return [{} for _ in self._keys]
        floors: list[dict[Place, Parts]] = []
        with ThreadPoolExecutor(max_workers=workers) as pool:
            for number, floor in enumerate(self._keys):
                read = partial(self._read, number, names=names)
                floors.append(dict(zip(floor, pool.map(read, floor), strict=True)))
        return floors

    @cached_property
    def _shapes(self) -> list[tuple[int, int]]:
        return overview_shapes(self.shape)

    @cached_property
    def _keys(self) -> list[dict[Place, str]]:
        """The names of the blocks on every floor, by place."""
        floors: list[dict[Place, str]] = []
        shared = digest_of(code_digest(), {name: str(kind) for name, kind in self.kinds.items()})
        below: Mapping[Place, str | bytes] = self.digests
        for shape in self._shapes:
            floor = {}
            for place in sorted({(row // 2, col // 2) for row, col in below}):
                made_of = [(corner, below[at]) for corner, at in _four(place) if at in below]
                floor[place] = f"overview/{digest_of(shared, place, shape, made_of)}"
            floors.append(floor)
            below = floor
        return floors

    def _read(self, number: int, place: Place, names: Sequence[str]) -> Parts:
        """Return parts of a block that is kept, or make it and keep it."""
        made = self._made.get((number, place))
        if made is None:
            kept = self.cache.read(self._keys[number][place], names)
            if kept is not None:
                return kept
            made = self._made[number, place] = self._make(number, place)
            self.cache.write(self._keys[number][place], made)
        return {name: made[name] for name in names if name in made}

    def _make(self, number: int, place: Place) -> Parts:
        """Put a block together from the halves of those below it."""
        halves = [HALF_PREFIX + name for name in self.kinds]
        below = self._keys[number - 1] if number else self.digests
        four = {
            corner: self._read(number - 1, at, halves) if number else self.read_tile(at, halves)
            for corner, at in _four(place)
            if at in below
        }
        rows, cols = (min(BLOCK, size - at * BLOCK) for size, at in zip(self._shapes[number], place, strict=True))
        made: Parts = {}
        for name, (dtype, outside) in self.kinds.items():
            values = np.full((rows, cols), outside, dtype=dtype)
            for (down, right), parts in four.items():
                if HALF_PREFIX + name in parts:
                    half = unpack_array(parts[HALF_PREFIX + name])
                    top, left = down * BLOCK // 2, right * BLOCK // 2
                    values[top : top + half.shape[0], left : left + half.shape[1]] = half
            made.update(raster_parts(name, values, outside))
        return made


def _four(place: Place) -> list[tuple[Place, Place]]:
    """Return the places below a block: each among the four, and on its floor."""
    row, col = place
    return [((down, right), (2 * row + down, 2 * col + right)) for down in (0, 1) for right in (0, 1)]
