"""Runs the tasks of an assessment: on the cores of this machine. Losses of masts first, then the tiles that need them.

A task is a pure function of its arguments and of what its keys name, so that running one twice, elsewhere or in another
order changes no bit.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from geo.store.result_cache import ResultCache
from geo.store.result_entries import Parts
from geo.workflows.assessment.bench import Bench, KeyedMast
from geo.workflows.assessment.ground import Ground
from geo.workflows.assessment.keys import digest_of
from geo.workflows.assessment.spread import CellTable
from geo.workflows.assessment.states import State
from geo.workflows.assessment.tile_counts import tile_parts, tile_pixels
from geo.workflows.assessment.tile_levels import TileLevels, tile_levels, tile_state
from geo.workflows.assessment.tile_store import TileResult, kept_result
from geo.workflows.assessment.tiles import Tile

CountProgress = Callable[[int, int], None]
COUNTS_KEY = "counts"


@dataclass(frozen=True, slots=True, kw_only=True)
class TileTask:
    """A tile to compute: the masts that reach it, the names of its state and of what it is made of, its ground.

    `static` is a digest of what its counts depend on besides levels and servers. `first` are those of its masts whose
    losses are to be made before it; `missing` (operators, communes) tells where an operator has no site list that
    counts. With `anew` its counts are not taken as they are kept: they turned out to be damaged.
    """

    tile: Tile
    masts: tuple[KeyedMast, ...]
    first: tuple[KeyedMast, ...]
    state_key: str
    made_key: str
    static: str
    ground: Parts
    missing: NDArray[np.bool_]
    anew: bool = False


class Runner(Protocol):
    """Something that computes tiles."""

    def run(self, bench: Bench, tasks: Sequence[TileTask], progress: CountProgress | None) -> dict[Tile, TileResult]:
        """Return every tile; `progress` counts masts and tiles."""


def run_tile(bench: Bench, task: TileTask) -> TileResult:
    """Compute one tile and keep it.

    A mast that came or left often serves nowhere in the farther tiles that it reaches: counts are named by levels and
    servers as they came out, and are taken as they are kept where these did not change.
    """
    state = tile_state(bench, task.tile, task.masts, task.state_key)
    counts_key = f"tile/{digest_of(task.static, *_content(state, task.masts))}"
    result = None if task.anew else kept_result(bench.cache, counts_key)
    if result is None:
        parts = _count(bench, task, tile_levels(bench, task.tile, task.masts, state))
        bench.cache.write(counts_key, parts)
        result = TileResult(counts_key, parts, is_whole=True)
    bench.cache.write(task.made_key, {COUNTS_KEY: counts_key.encode()})
    return result


def kept_counts(cache: ResultCache, made_key: str) -> str | None:
    """Return the name of the parts of a tile that was computed from the same masts, None where they are not kept."""
    made = cache.read(made_key)
    if made is None:
        return None
    counts_key = made[COUNTS_KEY].decode()
    cache.touch([counts_key])
    return counts_key if cache.has(counts_key) else None


def _content(state: State, masts: Sequence[KeyedMast]) -> list[Any]:
    """Return what counts are made of: levels, servers, and the masts that serve."""
    layers = sorted((name, digest) for name, (digest, _) in state.content.items())
    serving = {cell for _, cells in state.content.values() for cell in cells}
    own = [keyed.digest for keyed in masts if any(cell.cell_id in serving for cell in keyed.mast.cells)]
    return [layers, own]


def _count(bench: Bench, task: TileTask, levels: TileLevels) -> Parts:
    ground, window = Ground.from_parts(task.ground), bench.window
    pixels = tile_pixels(task.tile, ground, levels, window.void_of(task.tile), task.missing, bench.rule, window.area)
    cells = CellTable.of(cell for keyed in task.masts for cell in keyed.mast.cells)
    return tile_parts(pixels, bench.rule, cells, window.area, window.groups_of(task.tile))


@dataclass(frozen=True)
class LocalRunner:
    """Threads of this process; `workers` 0 takes all cores."""

    workers: int = 0

    def run(self, bench: Bench, tasks: Sequence[TileTask], progress: CountProgress | None) -> dict[Tile, TileResult]:
        """Return every tile; `progress` counts masts and tiles."""
        count = _Count(len({keyed.loss_key for task in tasks for keyed in task.first}) + len(tasks), progress)
        losses: dict[str, Future[None]] = {}
        tiles: dict[Tile, Future[TileResult]] = {}
        with ThreadPoolExecutor(max_workers=self.workers or os.cpu_count() or 1) as pool:
            try:
                for task in tasks:
                    for keyed in task.first:
                        if keyed.loss_key not in losses:
                            losses[keyed.loss_key] = pool.submit(_counted, count, bench.keep_loss, keyed)
                    # Tasks are taken in the order they were given: what a tile waits for is running or done.
                    needed = [losses[keyed.loss_key] for keyed in task.first]
                    tiles[task.tile] = pool.submit(_after, needed, count, bench, task)
                return {tile: future.result() for tile, future in tiles.items()}
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise


def _after(needed: Iterable[Future[None]], count: _Count, bench: Bench, task: TileTask) -> TileResult:
    for future in needed:
        future.result()
    result = run_tile(bench, task)
    count.one_more()
    return result


def _counted(count: _Count, work: Callable[[KeyedMast], None], keyed: KeyedMast) -> None:
    work(keyed)
    count.one_more()


class _Count:
    """Counts what is done, from several threads."""

    def __init__(self, total: int, progress: CountProgress | None) -> None:
        self._total, self._progress = total, progress
        self._done = 0
        self._lock = Lock()

    def one_more(self) -> None:
        """Count one and report it."""
        with self._lock:
            self._done += 1
            if self._progress is not None:
                self._progress(self._done, self._total)
