"""The squares that the raster of an assessment is cut into; each is computed, counted and kept by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.domain.grid import Grid, metres_per_degree
from geo.radio.masts import Mast, PixelWindow, window_around

# Also the size of the blocks of a raster file, and a whole number of the blocks that losses are kept in.
TILE = 256
# Room for rounding and for the change of a degree's length across a tile, as a share of the reach.
REACH_MARGIN = 1.03


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """A square of the assessment's raster: its place among the tiles, and its pixels (fewer at the last edges)."""

    row: int
    col: int
    rows: int
    cols: int

    @property
    def first_row(self) -> int:
        """Row of its first pixel."""
        return self.row * TILE

    @property
    def first_col(self) -> int:
        """Column of its first pixel."""
        return self.col * TILE

    @property
    def part(self) -> tuple[slice, slice]:
        """Its pixels in a raster of the whole area."""
        rows = slice(self.first_row, self.first_row + self.rows)
        return rows, slice(self.first_col, self.first_col + self.cols)

    @property
    def shape(self) -> tuple[int, int]:
        """`(rows, cols)`."""
        return self.rows, self.cols


def tile_at(area: Grid, row: int, col: int) -> Tile:
    """Return a tile by its place."""
    return Tile(row, col, min(TILE, area.rows - row * TILE), min(TILE, area.cols - col * TILE))


@dataclass(frozen=True, slots=True)
class TileSurface:
    """A tile that holds pixels of the territory, and what lies on it whatever the network.

    `digest` is one of its communes, voids and clutter groups by pixel, `units` are the numbers of its communes from 0.
    """

    tile: Tile
    digest: str
    units: tuple[int, ...]


def tiles_of(area: Grid) -> tuple[Tile, ...]:
    """Return all tiles of an area, row by row."""
    rows, cols = -(-area.rows // TILE), -(-area.cols // TILE)
    return tuple(tile_at(area, row, col) for row in range(rows) for col in range(cols))


def masts_by_tile(masts: Sequence[Mast], tiles: Sequence[Tile], area: Grid) -> dict[Tile, NDArray[np.int64]]:
    """Return the numbers of the masts that may reach a pixel of each tile: never too few, seldom one too many."""
    endless = _endless(area)
    windows = [window_around(endless, mast.lon, mast.lat, mast.farthest_m) for mast in masts]
    rows = np.array([(each.first_row, each.first_row + each.rows) for each in windows]).reshape(-1, 2)
    cols = np.array([(each.first_col, each.first_col + each.cols) for each in windows]).reshape(-1, 2)
    found: dict[Tile, NDArray[np.int64]] = {}
    for tile in tiles:
        first_row, first_col = tile.first_row + FAR, tile.first_col + FAR
        meets = (rows[:, 1] > first_row) & (rows[:, 0] < first_row + tile.rows)
        meets &= (cols[:, 1] > first_col) & (cols[:, 0] < first_col + tile.cols)
        near = np.flatnonzero(meets)
        window = PixelWindow(tile.first_row, tile.first_col, tile.rows, tile.cols)
        found[tile] = near[within_reach([masts[int(number)] for number in near], window, area)]
    return found


# The window of a mast is cut off at the edges of a grid: here it must not be.
FAR = 1_000_000


def _endless(area: Grid) -> Grid:
    return Grid(
        west=area.west - FAR * area.step_x,
        north=area.north + FAR * area.step_y,
        step_x=area.step_x,
        step_y=area.step_y,
        rows=area.rows + 2 * FAR,
        cols=area.cols + 2 * FAR,
    )


def within_reach(masts: Sequence[Mast], window: PixelWindow, area: Grid) -> NDArray[np.bool_]:
    """Tell which masts are not farther from the nearest point of a window of the area than they reach."""
    north = area.north - window.first_row * area.step_y
    west = area.west + window.first_col * area.step_x
    south, east = north - window.rows * area.step_y, west + window.cols * area.step_x
    lat = np.array([mast.lat for mast in masts])
    lon = np.array([mast.lon for mast in masts])
    reach_m = np.array([mast.farthest_m for mast in masts])
    # The shortest length of a degree anywhere near, so that no distance is taken for too long.
    lon_m = min(metres_per_degree(min(89.0, abs(each)))[0] for each in (north + 1.0, south - 1.0))
    lat_m = metres_per_degree(0.0)[1]
    up = np.maximum(0.0, np.maximum(lat - north, south - lat)) * lat_m
    aside = np.maximum(0.0, np.maximum(lon - east, west - lon)) * lon_m
    return np.asarray(np.hypot(up, aside) <= REACH_MARGIN * reach_m)
