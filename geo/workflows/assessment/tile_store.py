"""What the tiles of an assessment came out as: counts at hand, blocks of raster files read when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock

from geo.store.result_cache import ResultCache
from geo.store.result_entries import Parts
from geo.workflows.assessment.overviews import DIGESTS
from geo.workflows.assessment.tile_counts import COUNTS, TileCounts
from geo.workflows.assessment.tiles import Tile

# What is read of a tile at once; of its blocks only those are read whose raster files have changed.
AT_ONCE = (COUNTS, DIGESTS)
# Threads that read: more than cores, since they wait for the disk.
READERS = 4


@dataclass(frozen=True, slots=True)
class TileResult:
    """The name under which a tile is kept, and parts of it: all where it was just computed, or those `AT_ONCE`."""

    key: str
    parts: Parts
    is_whole: bool


def kept_result(cache: ResultCache, key: str) -> TileResult | None:
    """Return a tile that is kept, None where it is not or is damaged."""
    parts = cache.read(key, AT_ONCE)
    return None if parts is None else TileResult(key, parts, is_whole=False)


@dataclass(frozen=True, eq=False)
class TileStore:
    """All tiles of an assessment; `again` computes tiles once more whose blocks turn out to be damaged or gone."""

    cache: ResultCache
    results: Mapping[Tile, TileResult]
    again: Callable[[Sequence[Tile]], Mapping[Tile, TileResult]]
    _lock: Lock = field(default_factory=Lock, repr=False)

    @cached_property
    def counts(self) -> Mapping[Tile, TileCounts]:
        """What is added up over the tiles."""
        return {tile: TileCounts.from_parts(found.parts) for tile, found in self.results.items()}

    def digests(self, tile: Tile) -> bytes:
        """Return the digests of a tile's blocks, see `overviews.block_digests`."""
        return self.results[tile].parts[DIGESTS]

    def parts(self, tiles: Iterable[Tile], names: Sequence[str]) -> dict[Tile, Parts]:
        """Return the parts of tiles with the given names; a tile has no parts for rasters without a value on it."""
        wanted = list(tiles)
        with ThreadPoolExecutor(max_workers=max(1, min(READERS, len(wanted)))) as pool:
            read = pool.map(lambda tile: self._read(self.results[tile], names), wanted)
            found = {tile: parts for tile, parts in zip(wanted, read, strict=True) if parts is not None}
        missing = [tile for tile in wanted if tile not in found]
        if missing:
            with self._lock:
                computed = self.again(missing)
            for tile, result in computed.items():
                parts = self._read(result, names)
                if parts is None:
                    raise RuntimeError("a tile that was just computed is gone")
                found[tile] = parts
        return found

    def _read(self, result: TileResult, names: Sequence[str]) -> Parts | None:
        if result.is_whole:
            return {name: result.parts[name] for name in names if name in result.parts}
        return self.cache.read(result.key, names)
