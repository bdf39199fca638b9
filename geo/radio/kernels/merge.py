"""Sector patterns, and the merging of one cell's levels into a best-server layer."""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.radio.kernels.options import OPTIONS

NO_CELL = 0


class Pattern(NamedTuple):
    """Beam widths (degrees) and limits of attenuation (dB) of 3GPP TR 38.901 table 7.3-1 and TR 36.814 A.2.1.1-2."""

    horizontal_beamwidth_deg: float
    front_to_back_db: float
    vertical_beamwidth_deg: float
    side_lobe_db: float


class Antenna(NamedTuple):
    """One antenna as mounted. `omni` has the vertical pattern only; tilts are positive downwards."""

    omni: bool
    azimuth_deg: float
    mechanical_tilt_deg: float
    electrical_tilt_deg: float
    pattern: Pattern


@njit(**OPTIONS)
def _to_antenna_frame(away_deg: float, elevation_deg: float, tilt_deg: float) -> tuple[float, float]:
    """Azimuth and elevation (degrees) in the frame of an antenna tilted down, TR 38.901 §7.1.3."""
    away = math.radians(away_deg)
    elevation = math.radians(elevation_deg)
    tilt = math.radians(tilt_deg)
    forward = math.cos(away) * math.cos(elevation)
    up = forward * math.sin(tilt) + math.sin(elevation) * math.cos(tilt)
    ahead = forward * math.cos(tilt) - math.sin(elevation) * math.sin(tilt)
    aside = math.sin(away) * math.cos(elevation)
    return math.degrees(math.atan2(aside, ahead)), math.degrees(math.asin(min(1.0, max(-1.0, up))))


@njit(**OPTIONS)
def attenuation_db(antenna: Antenna, azimuth_deg: float, elevation_deg: float) -> float:
    """Attenuation of the pattern against its main lobe (dB, not negative) towards a direction."""
    pattern = antenna.pattern
    away = azimuth_deg - antenna.azimuth_deg
    away -= 360.0 * math.floor(away / 360.0 + 0.5)
    if antenna.omni:
        below = elevation_deg + antenna.electrical_tilt_deg
        return min(12.0 * (below / pattern.vertical_beamwidth_deg) ** 2, pattern.side_lobe_db)
    if antenna.mechanical_tilt_deg != 0.0:
        away, elevation_deg = _to_antenna_frame(away, elevation_deg, antenna.mechanical_tilt_deg)
    below = elevation_deg + antenna.electrical_tilt_deg
    across = min(12.0 * (away / pattern.horizontal_beamwidth_deg) ** 2, pattern.front_to_back_db)
    upright = min(12.0 * (below / pattern.vertical_beamwidth_deg) ** 2, pattern.side_lobe_db)
    return min(across + upright, pattern.front_to_back_db)


@njit(**OPTIONS)
def merge_level(
    level_dbm: float, cell_id: int, best_dbm: NDArray[np.float32], server: NDArray[np.int32], at: tuple[int, int]
) -> None:
    """Keep the stronger level; of two equal ones the lower cell id, so that the order of merging does not matter."""
    level = np.float32(level_dbm)
    if level > best_dbm[at] or (level == best_dbm[at] and (server[at] == NO_CELL or cell_id < server[at])):
        best_dbm[at] = level
        server[at] = cell_id


@njit(**OPTIONS)
def merge_points(
    loss_db: NDArray[np.float32],
    elevation_deg: NDArray[np.float32],
    azimuth_deg: NDArray[np.float32],
    points: NDArray[np.int64],
    antenna: Antenna,
    eirp_dbm: float,
    lowest_dbm: float,
    cell_id: int,
    best_dbm: NDArray[np.float32],
    server: NDArray[np.int32],
    unknown: NDArray[np.uint8],
) -> None:
    """Merge one cell into a layer of shape (points, 1); entry i of the losses belongs to point `points[i]`."""
    for i in range(points.size):
        loss = loss_db[i]
        if loss == 0.0:
            continue
        at = (points[i], 0)
        if loss < 0.0:
            unknown[at] = 1
            continue
        level = eirp_dbm - loss - attenuation_db(antenna, azimuth_deg[i], elevation_deg[i])
        if level >= lowest_dbm:
            merge_level(level, cell_id, best_dbm, server, at)


@njit(**OPTIONS)
def merge_window(
    loss_db: NDArray[np.float32],
    elevation_deg: NDArray[np.float32],
    azimuth_deg: NDArray[np.float32],
    offset: tuple[int, int],
    antenna: Antenna,
    eirp_dbm: float,
    lowest_dbm: float,
    cell_id: int,
    best_dbm: NDArray[np.float32],
    server: NDArray[np.int32],
    unknown: NDArray[np.uint8],
) -> None:
    """Merge one cell into a layer; pixel (0, 0) of the window is pixel `offset` of the layer.

    A loss of 0 means not reached, a negative one void (see `windows`). `best_dbm` starts at `lowest_dbm`.
    """
    first_row, last_row = max(0, -offset[0]), min(loss_db.shape[0], best_dbm.shape[0] - offset[0])
    first_col, last_col = max(0, -offset[1]), min(loss_db.shape[1], best_dbm.shape[1] - offset[1])
    for i in range(first_row, last_row):
        for j in range(first_col, last_col):
            loss = loss_db[i, j]
            if loss == 0.0:
                continue
            at = (i + offset[0], j + offset[1])
            if loss < 0.0:
                unknown[at] = 1
                continue
            unhindered = eirp_dbm - loss
            # The pattern only takes away: most cells can be left out before it is computed.
            if unhindered < best_dbm[at]:
                continue
            level = unhindered - attenuation_db(antenna, azimuth_deg[i, j], elevation_deg[i, j])
            if level >= lowest_dbm:
                merge_level(level, cell_id, best_dbm, server, at)
