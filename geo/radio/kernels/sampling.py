"""Terrain profiles between two positions of a raster.

Rasters are `heights_m` (float32), `clutter_m` (float32, of the same shape or of shape (1, 1) where there is none) and
`void` (uint8, of the same shape or (1, 1) where nothing is void). Positions are in pixels, 0.0 at the middle of the
first row or column.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.radio.kernels.options import OPTIONS

Raster = NDArray[np.float32]
Mask = NDArray[np.uint8]
Line = NDArray[np.float64]


@njit(**OPTIONS)
def fill_terrain(
    heights_m: Raster,
    row_0: float,
    col_0: float,
    row_1: float,
    col_1: float,
    last: int,
    step_km: float,
    distance_km: Line,
    terrain_m: Line,
) -> None:
    """Fill points 0 .. `last` of a straight line with distances and bilinear terrain heights."""
    rows, cols = heights_m.shape
    # The outer half pixel takes the height of its middle.
    row_0 = min(max(row_0, 0.0), rows - 1.0)
    col_0 = min(max(col_0, 0.0), cols - 1.0)
    row_step = (min(max(row_1, 0.0), rows - 1.0) - row_0) / last
    col_step = (min(max(col_1, 0.0), cols - 1.0) - col_0) / last
    # Unsigned, so that an index needs no test for counting from the end.
    last_row = np.uint64(rows - 2)
    last_col = np.uint64(cols - 2)
    one = np.uint64(1)
    for i in range(last + 1):
        row = row_0 + i * row_step
        col = col_0 + i * col_step
        r = min(np.uint64(row), last_row)
        c = min(np.uint64(col), last_col)
        down = row - r
        right = col - c
        upper = heights_m[r, c] + (heights_m[r, c + one] - heights_m[r, c]) * right
        lower = heights_m[r + one, c] + (heights_m[r + one, c + one] - heights_m[r + one, c]) * right
        terrain_m[i] = upper + (lower - upper) * down
        distance_km[i] = i * step_km


@njit(**OPTIONS)
def fill_surface(
    clutter_m: Raster,
    row_0: float,
    col_0: float,
    row_1: float,
    col_1: float,
    last: int,
    terrain_m: Line,
    surface_m: Line,
) -> None:
    """Fill the surface: terrain plus the clutter of the nearest pixel, the two ends bare."""
    rows, cols = clutter_m.shape
    row_step = (row_1 - row_0) / last
    col_step = (col_1 - col_0) / last
    surface_m[0] = terrain_m[0]
    surface_m[last] = terrain_m[last]
    for i in range(1, last):
        row = max(0, min(int(row_0 + i * row_step + 0.5), rows - 1))
        col = max(0, min(int(col_0 + i * col_step + 0.5), cols - 1))
        surface_m[i] = terrain_m[i] + clutter_m[row, col]


@njit(**OPTIONS)
def crosses_void(void: Mask, row_0: float, col_0: float, row_1: float, col_1: float, last: int) -> bool:
    """Tell whether a point of the line would be interpolated from a void pixel."""
    rows, cols = void.shape
    row_step = (row_1 - row_0) / last
    col_step = (col_1 - col_0) / last
    for i in range(last + 1):
        row = min(max(row_0 + i * row_step, 0.0), rows - 1.0)
        col = min(max(col_0 + i * col_step, 0.0), cols - 1.0)
        r = min(int(row), rows - 2)
        c = min(int(col), cols - 2)
        below = 1 if row > r else 0
        beside = 1 if col > c else 0
        if void[r, c] or void[r + below, c] or void[r, c + beside] or void[r + below, c + beside]:
            return True
    return False


@njit(**OPTIONS)
def is_inside(rows: int, cols: int, row: float, col: float) -> bool:
    """Tell whether a position lies on the raster, its outer half pixels included."""
    return -0.5 <= row <= rows - 0.5 and -0.5 <= col <= cols - 0.5
