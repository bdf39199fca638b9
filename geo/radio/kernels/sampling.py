"""Terrain profiles between two positions of a raster.

Rasters are `heights_m` (float32), `clutter_m` (float32, of the same shape or of shape (1, 1) where there is none) and
`void` (uint8, of the same shape or (1, 1) where nothing is void). Positions are in pixels, 0.0 at the middle of the
first row or column.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.radio.kernels.options import OPTIONS

Raster = NDArray[np.float32]
Mask = NDArray[np.uint8]
Line = NDArray[np.float64]

# A crossing nearer to an end of the line than this share of a pixel is left out: the end stands for it.
END_GAP = 0.25
# A point this near to a whole step (in pixels) before the receiver stands for it.
STEP_TOLERANCE = 0.02
# A position this near to the middle of a pixel takes its height alone.
ON_LINE = 1.0e-6


class Crossings(NamedTuple):
    """The points of a profile: both ends, and between them each crossing of the raster's rows (or of its columns).

    The line crosses rows when it passes more of them than columns. Point i (1 <= i < last) lies at the whole position
    `first + (i - 1) * step` of that axis, and at `cross_start + i * cross_step` of the other one.
    """

    by_rows: bool
    last: int
    first: int
    step: int
    cross_start: float
    cross_step: float
    share_first: float
    share_step: float


@njit(**OPTIONS)
def find_crossings(row_0: float, col_0: float, row_1: float, col_1: float) -> Crossings:
    """Lay the points of a profile between two positions; `last` is 1 when there is no crossing between them."""
    by_rows = abs(row_1 - row_0) >= abs(col_1 - col_0)
    start, end = (row_0, row_1) if by_rows else (col_0, col_1)
    across_0, across_1 = (col_0, col_1) if by_rows else (row_0, row_1)
    step = 1 if end >= start else -1
    # An end that lies on a crossing, or nearly, stands for it.
    first = math.ceil(start + END_GAP) if step > 0 else math.floor(start - END_GAP)
    final = math.floor(end - END_GAP) if step > 0 else math.ceil(end + END_GAP)
    inner = max(0, (final - first) * step + 1)
    length = max(abs(end - start), 1.0e-9)
    share_first = (first - start) * step / length
    share_step = 1.0 / length
    cross_step = (across_1 - across_0) * share_step
    cross_start = across_0 + (across_1 - across_0) * (share_first - share_step)
    return Crossings(by_rows, inner + 1, first, step, cross_start, cross_step, share_first, share_step)


@njit(**OPTIONS)
def height_at(heights_m: Raster, row: float, col: float) -> float:
    """Bilinear height at a position; the outer half pixel takes the height of its middle."""
    rows, cols = heights_m.shape
    row = min(max(row, 0.0), rows - 1.0)
    col = min(max(col, 0.0), cols - 1.0)
    r = min(int(row), rows - 2)
    c = min(int(col), cols - 2)
    right = col - c
    upper = heights_m[r, c] + (heights_m[r, c + 1] - heights_m[r, c]) * right
    lower = heights_m[r + 1, c] + (heights_m[r + 1, c + 1] - heights_m[r + 1, c]) * right
    return upper + (lower - upper) * (row - r)


@njit(**OPTIONS)
def fill_terrain(
    heights_m: Raster,
    row_0: float,
    col_0: float,
    row_1: float,
    col_1: float,
    crossings: Crossings,
    total_km: float,
    distance_km: Line,
    terrain_m: Line,
) -> int:
    """Fill distances and terrain heights of a profile; return the index of its last point (2 or more)."""
    distance_km[0] = 0.0
    terrain_m[0] = height_at(heights_m, row_0, col_0)
    last = crossings.last
    if last == 1:
        last = 2
        distance_km[1] = 0.5 * total_km
        terrain_m[1] = height_at(heights_m, 0.5 * (row_0 + row_1), 0.5 * (col_0 + col_1))
    elif crossings.by_rows:
        _fill_by_rows(heights_m, crossings, terrain_m)
    else:
        _fill_by_cols(heights_m, crossings, terrain_m)
    if crossings.last > 1:
        for i in range(1, last):
            distance_km[i] = (crossings.share_first + (i - 1) * crossings.share_step) * total_km
    distance_km[last] = total_km
    terrain_m[last] = height_at(heights_m, row_1, col_1)
    return last


@njit(**OPTIONS)
def _fill_by_rows(heights_m: Raster, crossings: Crossings, terrain_m: Line) -> None:
    # Unsigned, so that an index needs no test for counting from the end.
    limit = np.uint64(heights_m.shape[1] - 2)
    farthest = heights_m.shape[1] - 1.0
    for i in range(1, crossings.last):
        row = np.uint64(crossings.first + (i - 1) * crossings.step)
        col = min(max(crossings.cross_start + i * crossings.cross_step, 0.0), farthest)
        c = min(np.uint64(col), limit)
        left = heights_m[row, c]
        terrain_m[i] = left + (heights_m[row, c + np.uint64(1)] - left) * (col - c)


@njit(**OPTIONS)
def _fill_by_cols(heights_m: Raster, crossings: Crossings, terrain_m: Line) -> None:
    limit = np.uint64(heights_m.shape[0] - 2)
    farthest = heights_m.shape[0] - 1.0
    for i in range(1, crossings.last):
        col = np.uint64(crossings.first + (i - 1) * crossings.step)
        row = min(max(crossings.cross_start + i * crossings.cross_step, 0.0), farthest)
        r = min(np.uint64(row), limit)
        upper = heights_m[r, col]
        terrain_m[i] = upper + (heights_m[r + np.uint64(1), col] - upper) * (row - r)


@njit(**OPTIONS)
def add_last_step(
    heights_m: Raster,
    row_0: float,
    col_0: float,
    row_1: float,
    col_1: float,
    crossings: Crossings,
    last: int,
    distance_km: Line,
    terrain_m: Line,
) -> tuple[int, int]:
    """Put a point one step of the raster before the end of a profile; return the index of the last point, and from
    which point on no clutter stands.

    What stands right before a receiver decides how much clutter takes. Before the middle of a pixel it is a whole step
    away; elsewhere the last crossing may be a quarter of a step away, or more than one. So the nearest clutter is put
    at the same distance everywhere, and levels at exact positions mean the same as those of pixels. A profile that has
    a point there already, or is hardly longer, stays as it is. The arrays have room for one point more.
    """
    start, end = (row_0, row_1) if crossings.by_rows else (col_0, col_1)
    nearest = abs(end - (crossings.first + (last - 2) * crossings.step))
    if crossings.last == 1 or abs(end - start) < 1.0 + END_GAP or abs(nearest - 1.0) <= STEP_TOLERANCE:
        return last, last
    at = last if nearest > 1.0 else last - 1
    for i in range(last, at - 1, -1):
        distance_km[i + 1] = distance_km[i]
        terrain_m[i + 1] = terrain_m[i]
    share = 1.0 - crossings.share_step
    distance_km[at] = share * distance_km[last + 1]
    terrain_m[at] = height_at(heights_m, row_0 + (row_1 - row_0) * share, col_0 + (col_1 - col_0) * share)
    return last + 1, at + 1


@njit(**OPTIONS)
def fill_surface(
    clutter_m: Raster,
    row_0: float,
    col_0: float,
    row_1: float,
    col_1: float,
    points: tuple[int, int],
    distance_km: Line,
    terrain_m: Line,
    surface_m: Line,
) -> None:
    """Fill the surface: terrain plus the clutter of the nearest pixel.

    `points` are the last one and the one from which on no clutter stands; the two ends are always bare.
    """
    last, bare_from = points
    rows, cols = clutter_m.shape
    per_km_row = (row_1 - row_0) / distance_km[last]
    per_km_col = (col_1 - col_0) / distance_km[last]
    surface_m[0] = terrain_m[0]
    for i in range(1, bare_from):
        row = max(0, min(int(row_0 + distance_km[i] * per_km_row + 0.5), rows - 1))
        col = max(0, min(int(col_0 + distance_km[i] * per_km_col + 0.5), cols - 1))
        surface_m[i] = terrain_m[i] + clutter_m[row, col]
    for i in range(bare_from, last + 1):
        surface_m[i] = terrain_m[i]


@njit(**OPTIONS)
def is_void_near(void: Mask, row: float, col: float) -> bool:
    """Tell whether a height at the position would be interpolated from a void pixel."""
    rows, cols = void.shape
    row = min(max(row, 0.0), rows - 1.0)
    col = min(max(col, 0.0), cols - 1.0)
    r = min(int(row), rows - 2)
    c = min(int(col), cols - 2)
    below = 1 if row > r + ON_LINE else 0
    beside = 1 if col > c + ON_LINE else 0
    return bool(void[r, c] | void[r + below, c] | void[r, c + beside] | void[r + below, c + beside])


@njit(**OPTIONS)
def crosses_void(void: Mask, row_0: float, col_0: float, row_1: float, col_1: float, crossings: Crossings) -> bool:
    """Tell whether any point of the profile would be interpolated from a void pixel."""
    if is_void_near(void, row_0, col_0) or is_void_near(void, row_1, col_1):
        return True
    if crossings.last == 1:
        return is_void_near(void, 0.5 * (row_0 + row_1), 0.5 * (col_0 + col_1))
    for i in range(1, crossings.last):
        along = float(crossings.first + (i - 1) * crossings.step)
        across = crossings.cross_start + i * crossings.cross_step
        row, col = (along, across) if crossings.by_rows else (across, along)
        if is_void_near(void, row, col):
            return True
    return False


@njit(**OPTIONS)
def is_inside(rows: int, cols: int, row: float, col: float) -> bool:
    """Tell whether a position lies on the raster, its outer half pixels included."""
    return -0.5 <= row <= rows - 0.5 and -0.5 <= col <= cols - 0.5
