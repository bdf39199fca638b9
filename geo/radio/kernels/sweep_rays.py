"""First stage of the sweep: the terrain along one ray, and the pixels that the ray owns.

One ray runs from the mast to each pixel on the perimeter of a square around it, and takes one sample in every row
(rays to the lower and upper side) or column (right and left) that it crosses. A pixel belongs to the side it faces, a
pixel on a diagonal to the lower or upper one, and on that side to the one ray that passes nearest to it on the
perimeter.

Heights are relative to the transmitting antenna: what the sweep does with them needs differences only, and single
precision then holds them to a tenth of a millimetre. Scratch is one array with a row for each quantity: an array handed
to a function that LLVM does not inline costs two atomic reference counts.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.radio.kernels.options import OPTIONS

F = np.float32
Singles = NDArray[np.float32]
Doubles = NDArray[np.float64]
Integers = NDArray[np.int32]
# Unsigned, so that an index needs no test for counting from the end.
Indices = NDArray[np.uint32]
Mask = NDArray[np.uint8]

# Rows of a ray, one column a sample (column 0 is the mast): distance (km); height of the ground, of the ground lowered
# by the earth bulge, and of the surface (with clutter) lowered by it (m); slopes from the antenna to these (m/km).
X, GROUND, CURVED, SURFACE, FLAT_SLOPE, CURVED_SLOPE, SURFACE_SLOPE = range(7)
# Prefixes over the samples 1 .. k: steepest slopes, and the sums of the smooth-earth fit.
BEST_FLAT, BEST_CURVED, BEST_SURFACE, MOMENT_0, MOMENT_1, PART, RAY_ROWS = range(7, 14)
# Rows of a ray's marks: the nearer and the lower of the two pixels a sample lies between, and 1 where the ray owns the
# nearer one.
ACROSS, LOW, OWNED, MARK_ROWS = range(4)
# Rows of an entry's integers: the sample beside the pixel; flat indices of the pixel in the window and in the raster,
# and of the lower pixel beside its last sample.
SAMPLE, PIXEL, AT, BESIDE, ENTRY_INTEGER_ROWS = range(5)
# Rows of an entry, one column a pixel; this stage fills the first ones. The last are the sample before the pixel on the
# line to the pixel itself: distance, height of the ground, and of the surface lowered by the bulge.
DISTANCE_KM, RX_M, CLUTTER_M, LAST_X, LAST_PART, LAST_GROUND, LAST_SURFACE, FIRST_FREE_ROW = range(8)
# Rows of the table of a side: distance from the mast along the side's axis (pixels), and what it is to the perimeter.
AWAY, TO_PERIMETER, BEFORE, TABLE_ROWS = range(4)

# Pixels this near to the mast are left to the reference path: a ray has no sample before them.
NEAR_PIXELS = 2
# A crossing nearer to the mast than this share of a pixel is left out, as in `sampling`.
END_GAP = 0.25


class Scene(NamedTuple):
    """Terrain and window of one mast.

    Rasters are those of `sampling`; `clutter_m`, `void` and `wanted` may be of one pixel, which stands for none. `row`
    and `col` are the pixel nearest to the mast, `row_part` and `col_part` (-0.5 .. 0.5) what is missing to it. The
    window's first pixel is `first_row`, `first_col`. `col_km` is the width of a pixel in the mast's row, and
    `col_km_per_row` its change from row to row: half way to a pixel 15 km off it is linear within a millionth.
    """

    heights_m: Singles
    clutter_m: Singles
    void: Mask
    wanted: Mask
    row: int
    col: int
    row_part: float
    col_part: float
    first_row: int
    first_col: int
    rows: int
    cols: int
    row_km: float
    col_km: float
    col_km_per_row: float
    reach_km: float


class Antennas(NamedTuple):
    """Transmitter above sea level, both antennas above ground (m), and 500 / effective earth radius (km).

    `over_clutter` is whether there is any clutter.
    """

    tx_m: float
    tx_height_m: float
    rx_height_m: float
    bulge: float
    over_clutter: bool


class Ray(NamedTuple):
    """One ray: sample i lies `i + shift` rows (columns) from the mast's pixel.

    `across(i) = cross_part + drift * (i + shift - main_part)` is where it lies in that row, from the mast's pixel.
    """

    by_rows: bool
    sign: int
    target: int
    half: int
    shift: int
    main_part: float
    cross_part: float
    drift: float


@njit(inline="always", **OPTIONS)
def half_width(scene: Scene) -> int:
    """Half the side of the square that holds the reach, in pixels."""
    change = abs(scene.col_km_per_row) * max(scene.rows, 1)
    narrowest = min(scene.row_km, scene.col_km - change)
    return max(2 * NEAR_PIXELS, math.ceil(scene.reach_km / narrowest) + 1)


@njit(inline="always", **OPTIONS)
def make_ray(scene: Scene, side: int, target: int, half: int) -> Ray:
    """Lay the ray to a pixel of the square; sides 0, 1: lower, upper; 2, 3: right, left; `target` counts across."""
    by_rows = side < 2
    sign = 1 if side % 2 == 0 else -1
    main_part = sign * (scene.row_part if by_rows else scene.col_part)
    cross_part = scene.col_part if by_rows else scene.row_part
    shift = -1 if -main_part >= END_GAP else 0
    return Ray(by_rows, sign, target, half, shift, main_part, cross_part, (target - cross_part) / (half - main_part))


@njit(inline="always", **OPTIONS)
def fill_table(ray: Ray, table: Doubles) -> None:
    """Fill the table of the side that a ray belongs to; it is the same for all rays of the side."""
    full = ray.half - ray.main_part
    for i in range(1, ray.half - ray.shift + 1):
        table[AWAY, i] = i + ray.shift - ray.main_part
        table[TO_PERIMETER, i] = full / table[AWAY, i]
        table[BEFORE, i] = (table[AWAY, i] - 1.0) / table[AWAY, i]


@njit(inline="always", **OPTIONS)
def _count_samples(scene: Scene, ray: Ray) -> int:
    """Number of samples until the ray leaves the reach or the raster; one or two may lie just beyond the reach."""
    rows, cols = scene.heights_m.shape
    main_at, cross_at = (scene.row, scene.col) if ray.by_rows else (scene.col, scene.row)
    main_limit, cross_limit = (rows - 1, cols - 1) if ray.by_rows else (cols - 1, rows - 1)
    change = abs(scene.col_km_per_row) * max(scene.rows, 1)
    narrow = scene.col_km - change
    step_km = (
        math.hypot(scene.row_km, ray.drift * narrow) if ray.by_rows else math.hypot(ray.drift * scene.row_km, narrow)
    )
    farthest = min(scene.reach_km / step_km + 1.0 + ray.main_part, float(ray.half))
    farthest = min(farthest, float(main_limit - main_at if ray.sign > 0 else main_at))
    if ray.drift != 0.0:
        room = cross_limit - cross_at if ray.drift > 0.0 else cross_at
        beyond = ray.cross_part if ray.drift > 0.0 else -ray.cross_part
        farthest = min(farthest, (room + 0.5 - beyond) / abs(ray.drift) + ray.main_part)
    return max(int(farthest) - ray.shift, 0)


@njit(inline="always", **OPTIONS)
def _lay_samples(scene: Scene, ray: Ray, count: int, table: Doubles, samples: Singles, marks: Integers) -> None:
    """Fill distances, the pixels beside each sample, and whether the ray owns the nearest."""
    cross_at = scene.col if ray.by_rows else scene.row
    rows, cols = scene.heights_m.shape
    cross_limit = cols - 1 if ray.by_rows else rows - 1
    for i in range(1, count + 1):
        away = table[AWAY, i]
        off = ray.drift * away
        if ray.by_rows:
            north = away * scene.row_km
            east = off * (scene.col_km + scene.col_km_per_row * ray.sign * (i + ray.shift))
        else:
            north = off * scene.row_km
            east = away * (scene.col_km + scene.col_km_per_row * (off + ray.cross_part))
        samples[X, i] = F(math.sqrt(north * north + east * east))
        held = min(max(cross_at + ray.cross_part + off, 0.0), float(cross_limit))
        low = int(min(held, cross_limit - 1.0))
        marks[LOW, i] = low
        samples[PART, i] = F(held - low)
    for i in range(1, count + 1):
        away = table[AWAY, i]
        across = math.floor(ray.cross_part + ray.drift * away + 0.5)
        off = across - ray.cross_part
        owner = math.floor(ray.cross_part + off * table[TO_PERIMETER, i] + 0.5)
        faces = abs(off) < away or (abs(off) == away and ray.by_rows)
        marks[ACROSS, i] = np.int32(across)
        marks[OWNED, i] = np.int32(1) if owner == ray.target and faces else np.int32(0)


@njit(inline="always", **OPTIONS)
def sample_ray(
    scene: Scene, antennas: Antennas, ray: Ray, table: Doubles, samples: Singles, marks: Integers
) -> tuple[int, int]:
    """Fill distances and heights; return the number of samples, and of those before the first void.

    Between two pixels across the ray the ground is interpolated; clutter is that of the nearer one, as in `sampling`.
    """
    count = _count_samples(scene, ray)
    _lay_samples(scene, ray, count, table, samples, marks)
    cols = scene.heights_m.shape[1]
    heights = scene.heights_m.ravel()
    main_stride, cross_stride = (cols, 1) if ray.by_rows else (1, cols)
    start = (scene.row if ray.by_rows else scene.col) * main_stride + ray.shift * ray.sign * main_stride
    step = ray.sign * main_stride
    tx_m = F(antennas.tx_m)
    samples[X, 0] = F(0.0)
    samples[GROUND, 0] = -F(antennas.tx_height_m)
    for i in range(1, count + 1):
        at = start + i * step + marks[LOW, i] * cross_stride
        left = heights[at]
        ground = left + (heights[at + cross_stride] - left) * samples[PART, i] - tx_m
        samples[GROUND, i] = ground
        samples[SURFACE, i] = ground
    if scene.clutter_m.size > 1:
        clutter = scene.clutter_m.ravel()
        for i in range(1, count + 1):
            low = marks[LOW, i] + (1 if samples[PART, i] >= F(0.5) else 0)
            samples[SURFACE, i] += clutter[start + i * step + low * cross_stride]
    if scene.void.size > 1:
        void = scene.void.ravel()
        for i in range(1, count + 1):
            at = start + i * step + marks[LOW, i] * cross_stride
            if void[at] | (void[at + cross_stride] & (samples[PART, i] > F(0.0))):
                return count, i - 1
    return count, count


@njit(inline="always", **OPTIONS)
def _list_owned(scene: Scene, ray: Ray, count: int, marks: Integers, entries: Singles, owned: Indices) -> int:
    """List the pixels beside the samples 2 .. `count` that the ray owns and that are wanted; return how many."""
    listed = np.int64(0)
    for i in range(2, count + 1):
        owned[SAMPLE, listed] = np.uint32(i)
        listed += marks[OWNED, i]
    wanted = scene.wanted.ravel()
    raster_cols = scene.heights_m.shape[1]
    # Not a plain 0: what takes the number of pixels would be compiled twice, for the literal too.
    found = np.int64(0)
    for e in range(listed):
        i = int(np.int64(owned[SAMPLE, e]))
        along, across = ray.sign * (i + ray.shift), marks[ACROSS, i]
        down, right = (along, across) if ray.by_rows else (across, along)
        window_row, window_col = scene.row + down - scene.first_row, scene.col + right - scene.first_col
        north = F((scene.row_part - down) * scene.row_km)
        east = F((right - scene.col_part) * (scene.col_km + scene.col_km_per_row * down))
        distance = np.sqrt(north * north + east * east)
        inside = 0 <= window_row < scene.rows and 0 <= window_col < scene.cols
        near = max(abs(down), abs(right)) <= NEAR_PIXELS
        if not inside or near or distance > F(scene.reach_km):
            continue
        at = (scene.row + down) * raster_cols + scene.col + right
        if wanted.size > 1 and not wanted[at]:
            continue
        entries[DISTANCE_KM, found] = distance
        owned[SAMPLE, found] = np.uint32(i)
        owned[PIXEL, found] = np.uint32(window_row * scene.cols + window_col)
        owned[AT, found] = np.uint32(at)
        found += 1
    return int(found)


@njit(inline="always", **OPTIONS)
def _lay_last_samples(
    scene: Scene, ray: Ray, found: int, table: Doubles, marks: Integers, entries: Singles, owned: Indices
) -> None:
    """Lay the sample before each pixel on the line to the pixel itself: distance, and the pixels beside it.

    At the perimeter that line is the ray. Before it the ray passes up to half a pixel beside, and nothing weighs as
    much as what lies next to the receiver.
    """
    rows, cols = scene.heights_m.shape
    main_at, cross_at = (scene.row, scene.col) if ray.by_rows else (scene.col, scene.row)
    cross_limit = cols - 1 if ray.by_rows else rows - 1
    main_stride, cross_stride = (cols, 1) if ray.by_rows else (1, cols)
    for e in range(found):
        i = owned[SAMPLE, e]
        share = table[BEFORE, i]
        position = cross_at + ray.cross_part + (marks[ACROSS, i] - ray.cross_part) * share
        held = min(max(position, 0.0), float(cross_limit))
        low = int(min(held, cross_limit - 1.0))
        along = main_at + ray.sign * (np.int64(i) - 1 + ray.shift)
        owned[BESIDE, e] = np.uint32(along * main_stride + low * cross_stride)
        entries[LAST_PART, e] = F(held - low)
        entries[LAST_X, e] = entries[DISTANCE_KM, e] * F(share)


@njit(inline="always", **OPTIONS)
def _read_heights(scene: Scene, antennas: Antennas, ray: Ray, found: int, entries: Singles, owned: Indices) -> None:
    """Read the ground below each receiver and its own last sample."""
    heights = scene.heights_m.ravel()
    stride = np.uint32(1 if ray.by_rows else scene.heights_m.shape[1])
    tx_m, above = F(antennas.tx_m), F(antennas.rx_height_m - antennas.tx_m)
    bulge = F(antennas.bulge)
    for e in range(found):
        beside = owned[BESIDE, e]
        left = heights[beside]
        x = entries[LAST_X, e]
        ground = left + (heights[beside + stride] - left) * entries[LAST_PART, e] - tx_m
        entries[LAST_GROUND, e] = ground
        entries[LAST_SURFACE, e] = ground - bulge * x * x
        entries[RX_M, e] = heights[owned[AT, e]] + above
        entries[CLUTTER_M, e] = F(0.0)
    if scene.clutter_m.size > 1:
        clutter = scene.clutter_m.ravel()
        for e in range(found):
            nearer = stride if entries[LAST_PART, e] >= F(0.5) else np.uint32(0)
            entries[LAST_SURFACE, e] += clutter[owned[BESIDE, e] + nearer]
            entries[CLUTTER_M, e] = clutter[owned[AT, e]]


@njit(inline="always", **OPTIONS)
def _set_unknown_apart(
    scene: Scene, ray: Ray, found: int, good: int, entries: Singles, owned: Indices
) -> tuple[int, int]:
    """Move the pixels whose path meets a void to the end of the arrays; return how many are known and unknown."""
    void = scene.void.ravel()
    stride = np.uint32(1 if ray.by_rows else scene.heights_m.shape[1])
    known, unknown, end = 0, 0, entries.shape[1] - 1
    for e in range(found):
        beside, part = owned[BESIDE, e], entries[LAST_PART, e]
        by_last = void[beside] | (void[beside + stride] & (part > F(0.0)))
        if owned[SAMPLE, e] > good + 1 or by_last or void[owned[AT, e]]:
            owned[PIXEL, end - unknown] = owned[PIXEL, e]
            entries[DISTANCE_KM, end - unknown] = entries[DISTANCE_KM, e]
            unknown += 1
            continue
        for row in range(ENTRY_INTEGER_ROWS):
            owned[row, known] = owned[row, e]
        for row in range(FIRST_FREE_ROW):
            entries[row, known] = entries[row, e]
        known += 1
    return known, unknown


@njit(inline="always", **OPTIONS)
def list_pixels(
    scene: Scene,
    antennas: Antennas,
    ray: Ray,
    count: int,
    good: int,
    table: Doubles,
    marks: Integers,
    entries: Singles,
    owned: Indices,
) -> tuple[int, int]:
    """List the pixels beside the samples 2 .. `count` that the ray owns.

    Those whose path is known come first, those whose path meets a void last, from the end of the arrays backwards;
    return how many there are of each.
    """
    found = _list_owned(scene, ray, count, marks, entries, owned)
    _lay_last_samples(scene, ray, found, table, marks, entries, owned)
    _read_heights(scene, antennas, ray, found, entries, owned)
    if scene.void.size == 1:
        return found, 0
    return _set_unknown_apart(scene, ray, found, good, entries, owned)
