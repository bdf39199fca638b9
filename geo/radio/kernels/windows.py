"""Loss from one mast to every pixel of a window: one real profile per pixel, the reference path."""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.radio.kernels.diffraction import carrier_at
from geo.radio.kernels.loss import Bullington, Climate, Zones, path_loss
from geo.radio.kernels.options import OPTIONS
from geo.radio.kernels.path import PathGeometry, analyse_path, bullington_parameter, smooth_bullington_parameter
from geo.radio.kernels.sampling import (
    Line,
    Mask,
    Raster,
    add_last_step,
    crosses_void,
    fill_surface,
    fill_terrain,
    find_crossings,
    is_inside,
)

# Values of a loss that are not losses. A real one is always positive.
NOT_REACHED = 0.0
VOID = -1.0


class Link(NamedTuple):
    """What all paths of a mast share. `location_factor` is the number of standard deviations added to the loss."""

    tx_height_m: float
    rx_height_m: float
    location_factor: float
    shortest_km: float
    climate: Climate


class Scratch(NamedTuple):
    """Room for one profile, reused from path to path."""

    distance_km: Line
    terrain_m: Line
    surface_m: Line


@njit(**OPTIONS)
def make_scratch(points: int) -> Scratch:
    """Room for profiles of up to `points` points."""
    return Scratch(np.empty(points), np.empty(points), np.empty(points))


@njit(**OPTIONS)
def _bullington(
    distance: Line, surface: Line, last: int, geometry: PathGeometry, climate: Climate, has_clutter: bool
) -> Bullington:
    tx_m = geometry.tx_antenna_m
    rx_m = geometry.rx_antenna_m
    above_tx = tx_m - geometry.tx_smooth_m
    above_rx = rx_m - geometry.rx_smooth_m
    bulge = 500.0 / climate.median_radius_km
    real = bullington_parameter(distance, surface, last, tx_m, rx_m, bulge) if has_clutter else geometry.bare_edge
    smooth = smooth_bullington_parameter(distance, last, above_tx, above_rx, bulge)
    if climate.time_percent >= 50.0:
        return Bullington(real, smooth, real, smooth)
    bulge = 500.0 / climate.beta_radius_km
    real_beta = bullington_parameter(distance, surface, last, tx_m, rx_m, bulge)
    smooth_beta = smooth_bullington_parameter(distance, last, above_tx, above_rx, bulge)
    return Bullington(real, smooth, real_beta, smooth_beta)


@njit(**OPTIONS)
def link_loss(
    heights_m: Raster,
    clutter_m: Raster,
    void: Mask,
    mast: tuple[float, float],
    receiver: tuple[float, float],
    distance_km: float,
    link: Link,
    carriers: NDArray[np.float64],
    reach_km: NDArray[np.float64],
    sigma_db: NDArray[np.float64],
    scratch: Scratch,
    loss_db: NDArray[np.float32],
) -> float:
    """Fill `loss_db` (one value per frequency) for one path; return the elevation of departure in degrees.

    The elevation is that of the ray that leaves the antenna: towards the receiver, or towards the horizon that hides
    it. `loss_db` is VOID where the path crosses void terrain or leaves the raster, NOT_REACHED beyond the reach.
    """
    rows, cols = heights_m.shape
    row_0, col_0 = mast
    row_1, col_1 = receiver
    distance_km = max(distance_km, link.shortest_km)
    crossings = find_crossings(row_0, col_0, row_1, col_1)
    unknown = not (is_inside(rows, cols, row_0, col_0) and is_inside(rows, cols, row_1, col_1))
    if not unknown and void.size > 1:
        unknown = crosses_void(void, row_0, col_0, row_1, col_1, crossings)
    if unknown:
        for k in range(carriers.shape[0]):
            loss_db[k] = VOID if distance_km <= reach_km[k] else NOT_REACHED
        return 0.0
    last = fill_terrain(
        heights_m, row_0, col_0, row_1, col_1, crossings, distance_km, scratch.distance_km, scratch.terrain_m
    )
    clutter_at_end = 0.0
    surface = scratch.terrain_m
    if clutter_m.size > 1:
        last, bare_from = add_last_step(
            heights_m, row_0, col_0, row_1, col_1, crossings, last, scratch.distance_km, scratch.terrain_m
        )
        points = (last, bare_from)
        fill_surface(
            clutter_m, row_0, col_0, row_1, col_1, points, scratch.distance_km, scratch.terrain_m, scratch.surface_m
        )
        clutter_at_end = float(clutter_m[min(int(row_1 + 0.5), rows - 1), min(int(col_1 + 0.5), cols - 1)])
        surface = scratch.surface_m
    geometry = analyse_path(
        scratch.distance_km, scratch.terrain_m, last, link.tx_height_m, link.rx_height_m, link.climate.median_radius_km
    )
    edges = _bullington(scratch.distance_km, surface, last, geometry, link.climate, clutter_m.size > 1)
    zones = Zones(0.0, distance_km, distance_km, 500.0, 500.0)
    spread = link.location_factor * min(1.0, max(0.0, 1.0 - 0.1 * (link.rx_height_m - clutter_at_end)))
    for k in range(carriers.shape[0]):
        if distance_km > reach_km[k]:
            loss_db[k] = NOT_REACHED
            continue
        parts = path_loss(geometry, edges, zones, carrier_at(carriers, k), link.climate, False)
        loss_db[k] = max(parts.floor, parts.median_location + spread * sigma_db[k])
    return math.degrees(0.001 * geometry.tx_horizon_mrad)


@njit(**OPTIONS)
def window_loss(
    heights_m: Raster,
    clutter_m: Raster,
    void: Mask,
    wanted: Mask,
    mast: tuple[float, float],
    corner: tuple[int, int],
    row_km: float,
    col_km: NDArray[np.float64],
    link: Link,
    carriers: NDArray[np.float64],
    reach_km: NDArray[np.float64],
    sigma_db: NDArray[np.float64],
    loss_db: NDArray[np.float32],
    elevation_deg: Raster,
) -> int:
    """Fill a window whose first pixel is `corner`; return the number of paths computed.

    `loss_db` has the shape (frequencies, rows, cols), `elevation_deg` (rows, cols); `row_km` and `col_km` (one per
    window row) are the pixel sizes. Pixels whose `wanted` is 0 are left out (a mask of one pixel wants all).
    """
    rows, cols = elevation_deg.shape
    farthest = reach_km.max()
    scratch = make_scratch(2 * max(rows, cols) + 3)
    losses = np.zeros(carriers.shape[0], np.float32)
    computed = 0
    for i in range(rows):
        north = (mast[0] - (corner[0] + i)) * row_km
        for j in range(cols):
            east = (corner[1] + j - mast[1]) * col_km[i]
            distance = math.sqrt(north * north + east * east)
            if distance > farthest or (wanted.size > 1 and not wanted[corner[0] + i, corner[1] + j]):
                continue
            receiver = (float(corner[0] + i), float(corner[1] + j))
            elevation_deg[i, j] = link_loss(
                heights_m,
                clutter_m,
                void,
                mast,
                receiver,
                distance,
                link,
                carriers,
                reach_km,
                sigma_db,
                scratch,
                losses,
            )
            for k in range(losses.size):
                loss_db[k, i, j] = losses[k]
            computed += 1
    return computed


@njit(**OPTIONS)
def points_loss(
    heights_m: Raster,
    clutter_m: Raster,
    void: Mask,
    mast: tuple[float, float],
    row: Line,
    col: Line,
    distance_km: Line,
    link: Link,
    carriers: NDArray[np.float64],
    reach_km: NDArray[np.float64],
    sigma_db: NDArray[np.float64],
    loss_db: NDArray[np.float32],
    elevation_deg: NDArray[np.float32],
) -> None:
    """Fill the losses (frequencies, points) and elevations (points) of the paths to positions of the raster."""
    scratch = make_scratch(heights_m.shape[0] + heights_m.shape[1] + 3)
    losses = np.zeros(carriers.shape[0], np.float32)
    for i in range(row.size):
        elevation_deg[i] = link_loss(
            heights_m,
            clutter_m,
            void,
            mast,
            (row[i], col[i]),
            distance_km[i],
            link,
            carriers,
            reach_km,
            sigma_db,
            scratch,
            losses,
        )
        for k in range(losses.size):
            loss_db[k, i] = losses[k]
