"""Adds a calibration's offsets to losses whose class is known: band, clutter at the receiver, obstructed or not."""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.radio.kernels.merge import LARGEST_STEP, STEPS_PER_DB, Sight
from geo.radio.kernels.options import OPTIONS


class BandCorrection(NamedTuple):
    """What is added to the level of one carrier, dB at the reference distance, by clutter group and obstruction.

    The slope holds between the two distances and stands still beyond them. `free_space_db` is the loss over 1 km.
    Classes that were not `measured` are left as they are.
    """

    offset_db: NDArray[np.float64]
    measured: NDArray[np.bool_]
    slope_db: float
    reference_km: float
    nearest_km: float
    farthest_km: float
    free_space_db: float
    obstructed_above_db: float
    shortest_km: float


@njit(**OPTIONS)
def is_obstructed(loss_db: float, distance_km: float, band: BandCorrection) -> int:
    """1 where the loss exceeds that of free space by more than the limit, else 0."""
    free = band.free_space_db + 20.0 * math.log10(max(distance_km, band.shortest_km))
    return 1 if loss_db - free > band.obstructed_above_db else 0


@njit(**OPTIONS)
def offset_db(loss_db: float, distance_km: float, group: int, band: BandCorrection) -> float:
    """What is added to the level of a path."""
    path = is_obstructed(loss_db, distance_km, band)
    if not band.measured[group, path]:
        return 0.0
    within = min(max(distance_km, band.nearest_km), band.farthest_km)
    slope = band.slope_db * math.log10(within / band.reference_km)
    return band.offset_db[group, path] + slope


@njit(**OPTIONS)
def _corrected(loss_cdb: int, distance_km: float, group: int, band: BandCorrection) -> int:
    added = offset_db(loss_cdb / STEPS_PER_DB, distance_km, group, band)
    # A corrected loss is still a loss: 1 keeps it apart from the marks, which are not positive.
    return min(max(loss_cdb - math.floor(STEPS_PER_DB * added + 0.5), 1), LARGEST_STEP)


@njit(**OPTIONS)
def correct_window(
    loss_cdb: NDArray[np.int16],
    sight: Sight,
    groups: NDArray[np.uint8],
    corner: tuple[int, int],
    band: BandCorrection,
    corrected_cdb: NDArray[np.int16],
) -> None:
    """Correct the losses of a window; `groups` is a raster of clutter groups, of one pixel when there is no clutter."""
    everywhere = groups.size == 1
    for i in range(loss_cdb.shape[0]):
        north = (sight.mast[0] - i) * sight.row_km
        for j in range(loss_cdb.shape[1]):
            loss = loss_cdb[i, j]
            if loss <= 0:
                corrected_cdb[i, j] = loss
                continue
            distance = math.hypot(north, (j - sight.mast[1]) * sight.col_km[i])
            group = groups[0, 0] if everywhere else groups[i + corner[0], j + corner[1]]
            corrected_cdb[i, j] = _corrected(loss, distance, group, band)


@njit(**OPTIONS)
def correct_points(
    loss_cdb: NDArray[np.int16],
    distance_km: NDArray[np.float64],
    groups: NDArray[np.uint8],
    band: BandCorrection,
    corrected_cdb: NDArray[np.int16],
) -> None:
    """Correct the losses to points, each with its distance and clutter group."""
    for i in range(loss_cdb.size):
        loss = loss_cdb[i]
        corrected_cdb[i] = loss if loss <= 0 else _corrected(loss, distance_km[i], groups[i], band)
