"""Best servers of a tile: merged from the losses of all masts that reach it, or brought up to date from the last state.

Masts that left are taken out where they served (only those pixels are merged again, from all masts), masts that came
are merged in. Merging keeps the greatest of whole numbers and, of equal ones, the lowest cell: no order of merging
changes a bit, so that the state brought up to date is the one merged from nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.domain.grid import Grid, metres_per_degree
from geo.radio.correction import CorrectedMast
from geo.radio.layers import LayerKey, LayerStack, LevelLayer, MastLoss
from geo.radio.link_budget import ResolvedCell
from geo.radio.masts import PixelWindow
from geo.workflows.assessment.bench import Bench, KeyedMast
from geo.workflows.assessment.losses import chosen_blocks
from geo.workflows.assessment.states import Change, State, change_since, forget, layer_of
from geo.workflows.assessment.tiles import Tile, within_reach


@dataclass(frozen=True, eq=False)
class TileLevels:
    """Best servers of a tile by technology and operator; every array has the shape of the tile."""

    layers: Mapping[tuple[str, str], LevelLayer]


def tile_state(bench: Bench, tile: Tile, masts: Sequence[KeyedMast], state_key: str) -> State:
    """Return the best servers of a tile as a state, and keep it as the one to start from next time."""
    kept = bench.cache.read(state_key)
    before = None if kept is None else State.from_parts(kept)
    change = None if before is None else change_since(before.made_of, masts)
    if before is None or change is None:
        stack = _stack(bench, tile, masts)
        _merge(bench, tile, masts, stack)
        state = State.of(stack, masts)
    elif change.layers:
        state = State.of(_updated(bench, tile, masts, before, change), masts, before)
    else:
        return before
    bench.cache.write(state_key, state.to_parts())
    return state


def tile_levels(bench: Bench, tile: Tile, masts: Sequence[KeyedMast], state: State) -> TileLevels:
    """Return the levels of a tile from its state."""
    stack = _stack(bench, tile, masts)
    state.fill(stack)
    layers = stack.finish(bench.window.void_of(tile), bench.settings.decided_level_dbm)
    return TileLevels({(str(layer.technology), layer.operator_code): layer for layer in layers})


def _stack(bench: Bench, tile: Tile, masts: Sequence[KeyedMast], layers: frozenset[str] | None = None) -> LayerStack:
    """Return an empty stack for the layers of masts (None: all of them)."""
    cells = [cell for keyed in masts for cell in keyed.mast.cells if layers is None or layer_of(cell) in layers]
    return LayerStack(cells, tile.shape, bench.settings.lowest_level_dbm)


def _updated(bench: Bench, tile: Tile, masts: Sequence[KeyedMast], before: State, change: Change) -> LayerStack:
    """Return the layers that changed, brought up to date."""
    stack = _stack(bench, tile, masts, change.layers)
    before.fill(stack)
    _merge_again(bench, tile, masts, stack, forget(stack, change.gone))
    _merge(bench, tile, change.came, stack)
    return stack


def _merge(bench: Bench, tile: Tile, masts: Sequence[KeyedMast], stack: LayerStack) -> None:
    """Merge masts into a stack, the nearest first: where these serve, little is to be done for those behind them."""
    for keyed in nearest_first(masts, tile, bench.window.area):
        for cell, loss, offset in _cells(bench, tile, keyed, None):
            stack.merge(cell, loss, offset)


def nearest_first(masts: Sequence[KeyedMast], tile: Tile, area: Grid) -> list[KeyedMast]:
    """Return masts by their distance from the middle of a tile."""
    lon = area.west + (tile.first_col + tile.cols / 2) * area.step_x
    lat = area.north - (tile.first_row + tile.rows / 2) * area.step_y
    lon_m, lat_m = metres_per_degree(lat)
    return sorted(masts, key=lambda keyed: math.hypot((keyed.mast.lon - lon) * lon_m, (keyed.mast.lat - lat) * lat_m))


def _merge_again(
    bench: Bench,
    tile: Tile,
    masts: Sequence[KeyedMast],
    stack: LayerStack,
    opened: Mapping[LayerKey, NDArray[np.uint8]],
) -> None:
    """Merge masts at the pixels that were opened, reading no more than the blocks that hold one."""
    window = PixelWindow(tile.first_row, tile.first_col, tile.rows, tile.cols)
    area = bench.window.area
    own = [keyed.mast for keyed in masts]
    blocks = {key: chosen_blocks(window, chosen) for key, chosen in opened.items()}
    every = {name: block for found in blocks.values() for name, block in found.items()}
    reached = {name: within_reach(own, block, area) for name, block in every.items()}
    for number, keyed in enumerate(masts):
        keys = {(cell.technology, cell.operator_code) for cell in keyed.mast.cells} & opened.keys()
        only = frozenset(name for key in keys for name in blocks[key] if reached[name][number])
        if not only:
            continue
        for cell, loss, offset in _cells(bench, tile, keyed, only):
            chosen = opened.get((cell.technology, cell.operator_code))
            if chosen is not None:
                stack.merge(cell, loss, offset, chosen)


def _cells(
    bench: Bench, tile: Tile, keyed: KeyedMast, only: frozenset[str] | None
) -> Iterator[tuple[ResolvedCell, MastLoss, tuple[int, int]]]:
    """Return the cells of a mast with their losses on a tile (None: all blocks of it) and where these begin in it."""
    loss = bench.losses(keyed, tile, only)
    if loss.elevation_cdeg.size == 0:
        return
    offset = (loss.corner[0] - bench.origin[0] - tile.first_row, loss.corner[1] - bench.origin[1] - tile.first_col)
    corrected = CorrectedMast(loss, keyed.mast.reach_m, bench.correction, bench.window.clutter)
    for cell in keyed.mast.cells:
        yield cell, corrected.of(cell), offset
