"""The overviews of an assessment's raster files as kept results: a changed tile costs one block at every scale.

The pixels of the whole area are the ground floor, cut into tiles. Each floor above has every second pixel of every
second row of the one below and is cut into blocks of the same size, so that a block is made of up to four below it.
Blocks of rasters that change together are kept together, named by digests of those that they are made of: none is read
to name another.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.store.packed import pack_arrays, unpack_array
from geo.store.result_cache import ResultCache
from geo.store.result_entries import Parts
from geo.workflows.assessment.cog import BLOCK, encoded_block, halved, overview_shapes
from geo.workflows.assessment.keys import code_digest, digest_of

BLOCK_PREFIX, HALF_PREFIX = "block ", "half "
DIGESTS = "digests"
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class RasterKind:
    """Type of a raster and its value outside; rasters of one group mostly change together."""

    dtype: np.dtype[Any]
    outside: int
    group: str


Kinds = Mapping[str, RasterKind]


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

    `read_tile` returns parts of the tile at a place, `digests` has those of its blocks by the names of their rasters;
    `shape` is that of the whole area.
    """

    read_tile: Callable[[Place, list[str]], Parts]
    digests: Mapping[Place, Mapping[str, str]]
    shape: tuple[int, int]
    kinds: Kinds
    cache: ResultCache
    _made: dict[str, Parts] = field(default_factory=dict, repr=False)

    def blocks(self, rasters: Collection[str], workers: int) -> list[dict[Place, Parts]]:
        """Return the blocks of some rasters on every floor, by place, under their names among the parts."""
        groups = sorted({self.kinds[name].group for name in rasters})
        floors: list[dict[Place, Parts]] = []
        with ThreadPoolExecutor(max_workers=workers) as pool:
            for number, floor in enumerate(self._keys):
                at = [(group, place) for group in groups for place in floor[group]]
                blocks: dict[Place, Parts] = {}
                for (_, place), parts in zip(at, pool.map(partial(self._blocks, number), at), strict=True):
                    blocks.setdefault(place, {}).update(parts)
                floors.append(blocks)
        return floors

    def touch(self) -> None:
        """Count all blocks as used, also those of rasters that nobody asks for."""
        self.cache.touch([key for floor in self._keys for keys in floor.values() for key in keys.values()])

    @cached_property
    def _shapes(self) -> list[tuple[int, int]]:
        return overview_shapes(self.shape)

    @cached_property
    def _groups(self) -> Mapping[str, Mapping[str, RasterKind]]:
        groups: dict[str, dict[str, RasterKind]] = {}
        for name, kind in self.kinds.items():
            groups.setdefault(kind.group, {})[name] = kind
        return groups

    @cached_property
    def _ground(self) -> Mapping[str, Mapping[Place, str]]:
        """A digest of the blocks of a group on the tiles that have any, by group and place."""
        return {
            group: {
                place: " ".join(own)
                for place, digests in self.digests.items()
                if (own := [f"{name} {digests[name]}" for name in kinds if name in digests])
            }
            for group, kinds in self._groups.items()
        }

    @cached_property
    def _keys(self) -> list[dict[str, dict[Place, str]]]:
        """The names of the blocks on every floor, by group and place."""
        shared = digest_of(code_digest(), {name: (str(kind.dtype), kind.outside) for name, kind in self.kinds.items()})
        floors: list[dict[str, dict[Place, str]]] = []
        all_below: Mapping[str, Mapping[Place, str]] = self._ground
        for shape in self._shapes:
            floor: dict[str, dict[Place, str]] = {}
            for group, below in all_below.items():
                floor[group] = {}
                for place in sorted({(row // 2, col // 2) for row, col in below}):
                    made_of = " ".join(f"{corner} {below[at]}" for corner, at in _four(place) if at in below)
                    floor[group][place] = f"overview/{digest_of(f'{shared} {group} {place} {shape}', made_of)}"
            floors.append(floor)
            all_below = floor
        return floors

    def _blocks(self, number: int, at: tuple[str, Place]) -> Parts:
        group, place = at
        return self._read(number, group, place, [BLOCK_PREFIX + name for name in self._groups[group]])

    def _read(self, number: int, group: str, place: Place, names: list[str]) -> Parts:
        """Return parts of a block that is kept, or make it and keep it."""
        key = self._keys[number][group][place]
        made = self._made.get(key)
        if made is None:
            kept = self.cache.read(key, names)
            if kept is not None:
                return kept
            made = self._made[key] = self._make(number, group, place)
            self.cache.write(key, made)
        return {name: made[name] for name in names if name in made}

    def _make(self, number: int, group: str, place: Place) -> Parts:
        """Put a block together from the halves of those below it."""
        kinds = self._groups[group]
        halves = [HALF_PREFIX + name for name in kinds]
        below = self._keys[number - 1][group] if number else self._ground[group]
        four = {
            corner: self._read(number - 1, group, at, halves) if number else self.read_tile(at, halves)
            for corner, at in _four(place)
            if at in below
        }
        rows, cols = (min(BLOCK, size - at * BLOCK) for size, at in zip(self._shapes[number], place, strict=True))
        made: Parts = {}
        for name, kind in kinds.items():
            values = np.full((rows, cols), kind.outside, dtype=kind.dtype)
            for (down, right), parts in four.items():
                if HALF_PREFIX + name in parts:
                    half = unpack_array(parts[HALF_PREFIX + name])
                    top, left = down * BLOCK // 2, right * BLOCK // 2
                    values[top : top + half.shape[0], left : left + half.shape[1]] = half
            made.update(raster_parts(name, values, kind.outside))
        return made


def _four(place: Place) -> list[tuple[Place, Place]]:
    """Return the places below a block: each among the four, and on its floor."""
    row, col = place
    return [((down, right), (2 * row + down, 2 * col + right)) for down in (0, 1) for right in (0, 1)]
