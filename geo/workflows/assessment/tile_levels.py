"""Best servers of a tile: merged from the losses of all masts that reach it, or brought up to date from the last state.

The last state of a tile is kept together with the masts that made it. Masts that left are taken out where they served
(only those pixels are merged again, from all masts), masts that came are merged in. Merging keeps the greatest of whole
numbers and, of equal ones, the lowest cell: no order of merging changes a bit, so that the state brought up to date is
the one merged from nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.domain.grid import Grid, metres_per_degree
from geo.domain.sites import Technology
from geo.radio.correction import CorrectedMast
from geo.radio.kernels.merge import NO_CELL
from geo.radio.layers import LayerKey, LayerStack, LevelLayer, MastLoss
from geo.radio.link_budget import ResolvedCell
from geo.radio.masts import PixelWindow
from geo.store.packed import pack_arrays, pack_rasters, unpack_array, unpack_rasters
from geo.store.result_cache import Parts
from geo.workflows.assessment.bench import Bench, KeyedMast
from geo.workflows.assessment.losses import chosen_blocks
from geo.workflows.assessment.tiles import Tile, within_reach

# A tile of which more masts than this share changed is merged from nothing.
MOST_CHANGED_SHARE = 0.25
MADE_OF = "made_of"


@dataclass(frozen=True, eq=False)
class TileLevels:
    """Best servers of a tile by technology and operator; every array has the shape of the tile."""

    layers: Mapping[tuple[str, str], LevelLayer]


def last_masts(parts: Parts | None) -> dict[str, list[int]]:
    """Return the masts that made a kept state: their digests, with the numbers of their cells."""
    if parts is None:
        return {}
    found: dict[str, list[int]] = json.loads(parts[MADE_OF])
    return found


def can_update(before: Mapping[str, Sequence[int]], masts: Sequence[KeyedMast]) -> bool:
    """Tell whether a state is near enough to what is wanted to be brought up to date."""
    if not before:
        return False
    now = {keyed.digest for keyed in masts}
    changed = len(now.symmetric_difference(before))
    return changed <= MOST_CHANGED_SHARE * max(1, len(now))


def tile_levels(bench: Bench, tile: Tile, masts: Sequence[KeyedMast], state_key: str) -> TileLevels:
    """Return the best servers of a tile, and keep them as the state to start from next time."""
    kept = bench.cache.read(state_key)
    before = last_masts(kept)
    stack = LayerStack(
        [cell for keyed in masts for cell in keyed.mast.cells], tile.shape, bench.settings.lowest_level_dbm
    )
    if kept is not None and can_update(before, masts):
        take_over(stack, kept)
        is_new = _update(bench, tile, masts, before, stack)
    else:
        is_new = True
        _merge(bench, tile, masts, stack)
    if is_new:
        bench.cache.write(state_key, state_parts(stack, masts))
    row, col = bench.origin[0] + tile.first_row, bench.origin[1] + tile.first_col
    void = bench.window.terrain.void[row : row + tile.rows, col : col + tile.cols]
    layers = stack.finish(void, bench.settings.decided_level_dbm)
    return TileLevels({(str(layer.technology), layer.operator_code): layer for layer in layers})


def _update(
    bench: Bench, tile: Tile, masts: Sequence[KeyedMast], before: Mapping[str, Sequence[int]], stack: LayerStack
) -> bool:
    """Bring a stack up to date; return whether anything was to be done."""
    now = {keyed.digest for keyed in masts}
    gone = sorted(cell for digest, cells in before.items() if digest not in now for cell in cells)
    came = [keyed for keyed in masts if keyed.digest not in before]
    if not gone and not came and before.keys() == now:
        return False
    if gone or before.keys() - now:
        opened = forget(stack, np.array(gone, np.int32))
        _merge_again(bench, tile, masts, stack, opened)
    _merge(bench, tile, came, stack)
    return True


def forget(stack: LayerStack, gone: NDArray[np.int32]) -> dict[LayerKey, NDArray[np.uint8]]:
    """Empty the pixels that cells which are gone served, and those with a path across a void.

    Returns where, for the layers in which there are any: only masts with a cell in such a layer can fill them again.
    """
    opened: dict[LayerKey, NDArray[np.uint8]] = {}
    for key in stack.keys:
        emptied = np.isin(stack.server[key], gone) | (stack.unknown[key] != 0)
        if emptied.any():
            stack.level[key][emptied] = stack.lowest_cdbm
            stack.server[key][emptied] = NO_CELL
            stack.unknown[key][emptied] = 0
            opened[key] = emptied.astype(np.uint8)
    return opened


def _merge(bench: Bench, tile: Tile, masts: Sequence[KeyedMast], stack: LayerStack) -> None:
    """Merge masts into a stack, the nearest first: where these serve, little is to be done for those behind them."""
    for keyed in nearest_first(masts, tile, bench.window.territory.area):
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
    area = bench.window.territory.area
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


def state_parts(stack: LayerStack, masts: Sequence[KeyedMast]) -> Parts:
    """Return a stack and the masts that made it as the parts of an entry."""
    made_of = {keyed.digest: [cell.cell_id for cell in keyed.mast.cells] for keyed in masts}
    parts: Parts = {MADE_OF: json.dumps(made_of, separators=(",", ":")).encode()}
    for technology, operator in stack.keys:
        key = (technology, operator)
        name = f"{technology} {operator}"
        parts[f"level {name}"] = pack_rasters(stack.level[key][None])
        parts.update(pack_arrays({f"server {name}": stack.server[key], f"unknown {name}": stack.unknown[key]}))
    return parts


def take_over(stack: LayerStack, parts: Parts) -> None:
    """Fill a stack with a kept state; a layer that the state did not have stays empty."""
    for technology, operator in stack.keys:
        key, name = (Technology(technology), operator), f"{technology} {operator}"
        if f"level {name}" not in parts:
            continue
        shape = stack.server[key].shape
        stack.level[key] = unpack_rasters(parts[f"level {name}"], (1, *shape))[0]
        stack.server[key] = np.array(unpack_array(parts[f"server {name}"]), dtype=np.int32)
        stack.unknown[key] = np.array(unpack_array(parts[f"unknown {name}"]), dtype=np.uint8)
