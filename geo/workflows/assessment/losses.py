"""Losses of masts as kept results: cut into blocks, so that a tile reads no more than it needs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.radio.kernels.merge import Sight
from geo.radio.layers import MastLoss
from geo.radio.masts import PixelWindow
from geo.store.packed import compress, decompress, pack_rasters, unpack_rasters
from geo.store.result_cache import ResultCache
from geo.store.result_entries import Parts

# A tile is a whole number of blocks.
BLOCK = 128
HEAD = "head"


@dataclass(frozen=True, eq=False)
class LossHead:
    """What is common to the blocks of a mast: window (pixels of the area), frequencies, and the place of the mast."""

    window: PixelWindow
    frequencies_mhz: tuple[float, ...]
    mast: tuple[float, float]
    row_km: float
    col_km: NDArray[np.float64]

    def to_bytes(self) -> bytes:
        """Return it as bytes."""
        window = self.window
        numbers = [window.first_row, window.first_col, window.rows, window.cols, len(self.frequencies_mhz)]
        values = [*numbers, *self.mast, self.row_km, *self.frequencies_mhz, *self.col_km]
        return compress(np.array(values, dtype=np.float64).tobytes())

    @classmethod
    def from_bytes(cls, content: bytes) -> LossHead:
        """Undo `to_bytes`."""
        values = np.frombuffer(decompress(content), np.float64)
        first_row, first_col, rows, cols, count = (int(value) for value in values[:5])
        return cls(
            PixelWindow(first_row, first_col, rows, cols),
            tuple(values[8 : 8 + count].tolist()),
            (float(values[5]), float(values[6])),
            float(values[7]),
            values[8 + count :],
        )


def loss_parts(loss: MastLoss, origin: tuple[int, int], area: tuple[int, int]) -> Parts:
    """Return the losses of a mast as the parts of an entry.

    `origin` is the first pixel of the area in the terrain, `area` the shape of the area; what lies outside is left out.
    """
    rows, cols = loss.elevation_cdeg.shape
    top, left = loss.corner[0] - origin[0], loss.corner[1] - origin[1]
    first_row, last_row = max(0, top), max(0, min(area[0], top + rows))
    first_col, last_col = max(0, left), max(0, min(area[1], left + cols))
    window = PixelWindow(first_row, first_col, max(0, last_row - first_row), max(0, last_col - first_col))
    head = LossHead(
        window,
        loss.frequencies_mhz,
        (loss.sight.mast[0] - (first_row - top), loss.sight.mast[1] - (first_col - left)),
        loss.sight.row_km,
        loss.sight.col_km[first_row - top : last_row - top],
    )
    parts = {HEAD: head.to_bytes()}
    for name, block in _blocks(window, window):
        own_rows = slice(block.first_row - top, block.first_row - top + block.rows)
        own_cols = slice(block.first_col - left, block.first_col - left + block.cols)
        losses = loss.loss_cdb[:, own_rows, own_cols]
        if losses.any():
            parts[name] = pack_rasters(np.concatenate([losses, loss.elevation_cdeg[None, own_rows, own_cols]]))
    return parts


def chosen_blocks(window: PixelWindow, chosen: NDArray[np.uint8]) -> dict[str, PixelWindow]:
    """Return the blocks of a window of the area that hold a pixel whose `chosen` is not 0, by name."""
    found = {}
    for name, block in _blocks(window, window):
        top, left = block.first_row - window.first_row, block.first_col - window.first_col
        if chosen[top : top + block.rows, left : left + block.cols].any():
            found[name] = block
    return found


def read_losses(
    cache: ResultCache,
    key: str,
    wanted: PixelWindow,
    origin: tuple[int, int],
    only: Collection[str] | None = None,
) -> MastLoss | None:
    """Return the losses of a mast on pixels of the area, None without an entry; pixels not kept are not reached.

    `only` names the blocks that are needed; pixels of others count as not reached. `corner` counts in the terrain, as
    it does in losses that were just computed.
    """
    names = [name for name, _ in _blocks(wanted, wanted) if only is None or name in only]
    parts = cache.read(key, [HEAD, *names])
    if parts is None:
        return None
    head = LossHead.from_bytes(parts[HEAD])
    part = overlap(head.window, wanted)
    layers = len(head.frequencies_mhz) + 1
    rasters = np.zeros((layers, part.rows, part.cols), np.int16)
    for name, block in _blocks(part, head.window):
        if name in parts:
            _place(unpack_rasters(parts[name], (layers, block.rows, block.cols)), block, rasters, part)
    down, right = part.first_row - head.window.first_row, part.first_col - head.window.first_col
    sight = Sight((head.mast[0] - down, head.mast[1] - right), head.row_km, head.col_km[down : down + part.rows].copy())
    corner = (part.first_row + origin[0], part.first_col + origin[1])
    return MastLoss(corner, head.frequencies_mhz, rasters[:-1], rasters[-1], sight, 0)


def overlap(one: PixelWindow, other: PixelWindow) -> PixelWindow:
    """Return the pixels that two windows share; none is a window of 0 rows or columns."""
    first_row, first_col = max(one.first_row, other.first_row), max(one.first_col, other.first_col)
    last_row = min(one.first_row + one.rows, other.first_row + other.rows)
    last_col = min(one.first_col + one.cols, other.first_col + other.cols)
    return PixelWindow(first_row, first_col, max(0, last_row - first_row), max(0, last_col - first_col))


def _blocks(window: PixelWindow, whole: PixelWindow) -> Iterator[tuple[str, PixelWindow]]:
    """Return the names of the blocks that meet a window, and their pixels inside `whole`."""
    if window.rows == 0 or window.cols == 0:
        return
    for row in range(window.first_row // BLOCK, (window.first_row + window.rows - 1) // BLOCK + 1):
        for col in range(window.first_col // BLOCK, (window.first_col + window.cols - 1) // BLOCK + 1):
            yield f"{row},{col}", overlap(PixelWindow(row * BLOCK, col * BLOCK, BLOCK, BLOCK), whole)


def _place(source: NDArray[np.int16], block: PixelWindow, target: NDArray[np.int16], part: PixelWindow) -> None:
    both = overlap(block, part)
    rows, cols = both.first_row - block.first_row, both.first_col - block.first_col
    to_row, to_col = both.first_row - part.first_row, both.first_col - part.first_col
    target[:, to_row : to_row + both.rows, to_col : to_col + both.cols] = source[
        :, rows : rows + both.rows, cols : cols + both.cols
    ]
