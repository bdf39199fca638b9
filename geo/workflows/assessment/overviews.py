"""The overviews of an assessment's raster files as kept results: a changed tile costs one block at every scale.

The pixels of the whole area are the ground floor, cut into tiles. Each floor above has every second pixel of every
second row of the one below and is cut into blocks of the same size, so that a block is made of up to four below it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.domain.grid import Grid
from geo.store.packed import pack_arrays, unpack_array
from geo.store.result_cache import Parts, ResultCache
from geo.workflows.assessment.cog import BLOCK, encoded_block, halved, overview_shapes
from geo.workflows.assessment.keys import code_digest, digest_of

BLOCK_PREFIX, HALF_PREFIX = "block ", "half "
Place = tuple[int, int]
Kinds = Mapping[str, tuple[np.dtype[Any], int]]
Floor = Mapping[Place, Parts]


def raster_parts(name: str, values: NDArray[Any], outside: int) -> Iterator[tuple[str, bytes]]:
    """Return a block of the raster file `name` and its pixels for the floor above; nothing where all is `outside`."""
    if (values != outside).any():
        yield BLOCK_PREFIX + name, encoded_block(values, outside)
        yield from pack_arrays({HALF_PREFIX + name: halved(values)}).items()


def overview_floors(ground: Floor, area: Grid, kinds: Kinds, cache: ResultCache, workers: int) -> Sequence[Floor]:
    """Return the floors above the ground, the largest first: parts of every block as `raster_parts` names them.

    `ground` are parts of the tiles by place, `kinds` type and value outside of every raster by name.
    """
    floors: list[Floor] = []
    below, digests = ground, {place: _digest(parts, kinds) for place, parts in ground.items()}
    with ThreadPoolExecutor(max_workers=workers) as pool:
        for shape in overview_shapes(area.shape):
            places = sorted({(row // 2, col // 2) for row, col in below})
            keys = [f"overview/{digest_of(code_digest(), place, shape, _below(place, digests))}" for place in places]
            make = partial(_kept_block, cache, below, kinds, shape)
            found = list(pool.map(make, places, keys))
            below, digests = dict(zip(places, found, strict=True)), dict(zip(places, keys, strict=True))
            floors.append(below)
    return floors


def _digest(parts: Parts, kinds: Kinds) -> str:
    return digest_of(*((name, parts.get(HALF_PREFIX + name), str(kinds[name])) for name in sorted(kinds)))


def _below(place: Place, of: Mapping[Place, Any]) -> list[tuple[Place, Any]]:
    """Return what there is of the four blocks below a block, by place among the four."""
    row, col = place
    four = (((down, right), of.get((2 * row + down, 2 * col + right))) for down in (0, 1) for right in (0, 1))
    return [(corner, found) for corner, found in four if found is not None]


def _kept_block(cache: ResultCache, below: Floor, kinds: Kinds, shape: Place, place: Place, key: str) -> Parts:
    parts = cache.read(key)
    if parts is None:
        parts = _make_block(_below(place, below), kinds, shape, place)
        cache.write(key, parts)
    else:
        cache.touch([key])
    return parts


def _make_block(four: Sequence[tuple[Place, Parts]], kinds: Kinds, shape: Place, place: Place) -> Parts:
    """Put a block together from the halves of those below it."""
    rows, cols = (min(BLOCK, size - at * BLOCK) for size, at in zip(shape, place, strict=True))
    made: Parts = {}
    for name, (dtype, outside) in kinds.items():
        values = np.full((rows, cols), outside, dtype=dtype)
        for (down, right), parts in four:
            if HALF_PREFIX + name in parts:
                half = unpack_array(parts[HALF_PREFIX + name])
                top, left = down * BLOCK // 2, right * BLOCK // 2
                values[top : top + half.shape[0], left : left + half.shape[1]] = half
        made.update(raster_parts(name, values, outside))
    return made
