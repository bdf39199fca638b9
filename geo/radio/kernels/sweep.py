"""The sweep: loss from one mast to every pixel of a window, ray by ray; the fast form of `windows.window_loss`.

Every pixel in reach is owned by exactly one ray, and its loss depends on that ray alone: not on the order of the rays
nor on the number of threads. Valid at 50 % of time, over land, and for latitudes up to 70 degrees.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.radio.kernels.diffraction import carrier_at
from geo.radio.kernels.options import OPTIONS
from geo.radio.kernels.sampling import height_at
from geo.radio.kernels.sweep_finish import (
    BATCH_ROWS,
    TX_MRAD,
    Air,
    finish_band,
    finish_geometry,
    make_air,
    make_band,
)
from geo.radio.kernels.sweep_horizons import PADDING, STACK_ROWS, fit_smooth_earth, look_back, trace_samples
from geo.radio.kernels.sweep_rays import (
    DISTANCE_KM,
    ENTRY_INTEGER_ROWS,
    MARK_ROWS,
    NEAR_PIXELS,
    PIXEL,
    RAY_ROWS,
    TABLE_ROWS,
    Antennas,
    Doubles,
    F,
    Indices,
    Integers,
    Mask,
    Ray,
    Scene,
    Singles,
    fill_table,
    half_width,
    list_pixels,
    make_ray,
    sample_ray,
)
from geo.radio.kernels.windows import NOT_REACHED, VOID, Link, link_loss, make_scratch

DEGREES_PER_MRAD = F(0.18 / math.pi)


class Carriers(NamedTuple):
    """Frequencies (see `diffraction.carrier_at`), and the reach and location variability of each."""

    fields: Doubles
    reach_km: Doubles
    sigma_db: Doubles


class Room(NamedTuple):
    """Scratch for one ray after another; `batch` and `owned` take known pixels from the left, others from the right."""

    table: Doubles
    samples: Singles
    marks: Integers
    batch: Singles
    owned: Indices
    stack: Singles
    losses: Singles


class Result(NamedTuple):
    """Loss (frequencies, rows, cols) and elevation of departure (rows, cols) in the window."""

    loss_db: NDArray[np.float32]
    elevation_deg: Singles


@njit(inline="always", **OPTIONS)
def make_room(half: int) -> Room:
    """Room for rays of a square of half a side of `half` pixels."""
    width = half + 3
    return Room(
        np.empty((TABLE_ROWS, width)),
        np.empty((RAY_ROWS, width), np.float32),
        np.empty((MARK_ROWS, width), np.int32),
        np.empty((BATCH_ROWS, 2 * width), np.float32),
        np.empty((ENTRY_INTEGER_ROWS, 2 * width), np.uint32),
        np.empty((STACK_ROWS, width + PADDING), np.float32),
        np.empty(width, np.float32),
    )


@njit(**OPTIONS)
def _near_the_mast(scene: Scene, mast: tuple[float, float], link: Link, carriers: Carriers, result: Result) -> int:
    """Compute the pixels beside the mast by the reference path: a ray has no sample before them."""
    scratch = make_scratch(4 * NEAR_PIXELS + 8)
    losses = np.zeros(carriers.reach_km.size, np.float32)
    computed = 0
    for row in range(scene.row - NEAR_PIXELS, scene.row + NEAR_PIXELS + 1):
        for col in range(scene.col - NEAR_PIXELS, scene.col + NEAR_PIXELS + 1):
            i, j = row - scene.first_row, col - scene.first_col
            if not (0 <= i < scene.rows and 0 <= j < scene.cols):
                continue
            north = (mast[0] - row) * scene.row_km
            east = (col - mast[1]) * (scene.col_km + scene.col_km_per_row * (row - scene.row))
            distance = math.sqrt(north * north + east * east)
            if distance > scene.reach_km or (scene.wanted.size > 1 and not scene.wanted[row, col]):
                continue
            result.elevation_deg[i, j] = link_loss(
                scene.heights_m,
                scene.clutter_m,
                scene.void,
                mast,
                (float(row), float(col)),
                distance,
                link,
                carriers.fields,
                carriers.reach_km,
                carriers.sigma_db,
                scratch,
                losses,
            )
            for k in range(losses.size):
                result.loss_db[k, i, j] = losses[k]
            computed += 1
    return computed


@njit(inline="always", **OPTIONS)
def _sweep_ray(
    scene: Scene, antennas: Antennas, ray: Ray, air: Air, link: Link, carriers: Carriers, room: Room, result: Result
) -> int:
    """Fill the pixels that one ray owns; return how many."""
    batch, owned = room.batch, room.owned
    count, good = sample_ray(scene, antennas, ray, room.table, room.samples, room.marks)
    known, unknown = list_pixels(scene, antennas, ray, count, good, room.table, room.marks, batch, owned)
    if known + unknown == 0:
        return 0
    trace_samples(room.samples, good, antennas)
    fit_smooth_earth(room.samples, batch, owned, known, antennas)
    look_back(room.samples, batch, owned, room.stack, known, antennas)
    finish_geometry(air, batch, known)
    elevation = result.elevation_deg.ravel()
    for e in range(known):
        elevation[owned[PIXEL, e]] = DEGREES_PER_MRAD * batch[TX_MRAD, e]
    for k in range(carriers.reach_km.size):
        finish_band(
            air,
            make_band(carrier_at(carriers.fields, k), link.climate, carriers.sigma_db[k]),
            batch,
            known,
            room.losses,
        )
        loss = result.loss_db[k].ravel()
        reach = F(carriers.reach_km[k])
        for e in range(known):
            loss[owned[PIXEL, e]] = room.losses[e] if batch[DISTANCE_KM, e] <= reach else F(NOT_REACHED)
        for e in range(batch.shape[1] - unknown, batch.shape[1]):
            loss[owned[PIXEL, e]] = F(VOID) if batch[DISTANCE_KM, e] <= reach else F(NOT_REACHED)
    return known + unknown


@njit(**OPTIONS)
def _sweep_side(
    scene: Scene, antennas: Antennas, side: int, link: Link, carriers: Carriers, room: Room, result: Result
) -> int:
    half = half_width(scene)
    air = make_air(antennas, link.climate, link.location_factor)
    fill_table(make_ray(scene, side, 0, half), room.table)
    computed = 0
    # A mast off the middle of its pixel sees pixels of the side up to one beyond its corners.
    for target in range(-half - 1, half + 2):
        ray = make_ray(scene, side, target, half)
        computed += _sweep_ray(scene, antennas, ray, air, link, carriers, room, result)
    return computed


@njit(**OPTIONS)
def sweep_loss(
    heights_m: Singles,
    clutter_m: Singles,
    void: Mask,
    wanted: Mask,
    mast: tuple[float, float],
    corner: tuple[int, int],
    row_km: float,
    col_km: Doubles,
    link: Link,
    carriers: Doubles,
    reach_km: Doubles,
    sigma_db: Doubles,
    loss_db: NDArray[np.float32],
    elevation_deg: Singles,
) -> int:
    """Fill a window as `windows.window_loss` does; return the number of paths. The mast lies on the raster."""
    row, col = math.floor(mast[0] + 0.5), math.floor(mast[1] + 0.5)
    rows, cols = elevation_deg.shape
    change_km = (col_km[-1] - col_km[0]) / max(col_km.size - 1, 1)
    middle_km = col_km[0] + change_km * (row - corner[0])
    scene = Scene(
        heights_m,
        clutter_m,
        void,
        wanted,
        row,
        col,
        mast[0] - row,
        mast[1] - col,
        corner[0],
        corner[1],
        rows,
        cols,
        row_km,
        middle_km,
        change_km,
        reach_km.max(),
    )
    tx_m = height_at(heights_m, mast[0], mast[1]) + link.tx_height_m
    bulge = 500.0 / link.climate.median_radius_km
    antennas = Antennas(tx_m, link.tx_height_m, link.rx_height_m, bulge, clutter_m.size > 1)
    bands = Carriers(carriers, reach_km, sigma_db)
    result = Result(loss_db, elevation_deg)
    room = make_room(half_width(scene))
    computed = 0
    for side in range(4):
        computed += _sweep_side(scene, antennas, side, link, bands, room, result)
    # Last, so that it is compiled last: another process may have compiled most of it meanwhile.
    return computed + _near_the_mast(scene, mast, link, bands, result)
