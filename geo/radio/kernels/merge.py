"""Sector patterns, and the merging of one cell's levels into a best-server layer."""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.radio.kernels.angles import arc_tangent, cosine, sine
from geo.radio.kernels.options import OPTIONS

NO_CELL = 0
# Columns of a window that are merged together, from its first one on: more than any processor takes at once. A pixel is
# then computed by the same instructions whatever part of its row is wanted: those for the many, or, in the last block,
# those for the rest.
BLOCK = 64
# Losses and levels are kept in hundredths of dB, angles of departure in hundredths of a degree.
STEPS_PER_DB = 100.0
STEPS_PER_DEGREE = 100.0
LARGEST_STEP = 32767
HALF_CIRCLE_DEG = 180.0
# More than rounding can change an angle (degrees) or an attenuation (dB).
ROUNDING = 0.02
# Values of a stored loss that are not losses. A real one is always positive.
NOT_REACHED_STEP = 0
VOID_STEP = -1


class Pattern(NamedTuple):
    """Beam widths (degrees) and limits of attenuation (dB) of 3GPP TR 38.901 table 7.3-1 and TR 36.814 A.2.1.1-2."""

    horizontal_beamwidth_deg: float
    front_to_back_db: float
    vertical_beamwidth_deg: float
    side_lobe_db: float


NOT_SAMPLED = np.zeros((2, 1), np.float32)


class Antenna(NamedTuple):
    """One antenna as mounted. `omni` has the vertical pattern only; tilts are positive downwards.

    `sampled_db` holds a measured pattern: the attenuation (dB) of its horizontal (clockwise from the main lobe) and
    vertical cut (downwards from the horizon) at equal steps around the circle, the first repeated at the end, an even
    number of steps. `NOT_SAMPLED` stands for none: then `pattern` counts. With a measured pattern `electrical_tilt_deg`
    is what is to be added to the tilt that it was measured with.
    """

    omni: bool
    azimuth_deg: float
    mechanical_tilt_deg: float
    electrical_tilt_deg: float
    pattern: Pattern
    sampled_db: NDArray[np.float32] = NOT_SAMPLED

    def _key(self) -> tuple[object, ...]:
        return (*self[:5], self.sampled_db.tobytes())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Antenna) and self._key() == other._key()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._key())


@njit(forceinline=True, **OPTIONS)
def _to_antenna_frame(away_deg: float, elevation_deg: float, tilt_deg: float) -> tuple[float, float]:
    """Azimuth and elevation (degrees) in the frame of an antenna tilted down, TR 38.901 §7.1.3."""
    away = math.radians(away_deg)
    elevation = math.radians(elevation_deg)
    tilt = math.radians(tilt_deg)
    upright, level = sine(elevation), cosine(elevation)
    tilt_sine, tilt_cosine = sine(tilt), cosine(tilt)
    forward = cosine(away) * level
    up = forward * tilt_sine + upright * tilt_cosine
    ahead = forward * tilt_cosine - upright * tilt_sine
    aside = sine(away) * level
    flat = math.sqrt(ahead * ahead + aside * aside)
    return math.degrees(arc_tangent(aside, ahead)), math.degrees(arc_tangent(up, flat))


@njit(forceinline=True, **OPTIONS)
def _sample(sampled_db: NDArray[np.float32], cut: int, angle_deg: float) -> float:
    """Attenuation of a cut at any angle: linear in dB between the two nearest steps, around the whole circle."""
    steps = sampled_db.shape[1] - 1
    turns = angle_deg * (1.0 / 360.0)
    at = (turns - math.floor(turns)) * steps
    first = min(int(at), steps - 1)
    below, above = sampled_db[cut, first], sampled_db[cut, first + 1]
    return below + (at - first) * (above - below)


@njit(forceinline=True, **OPTIONS)
def _sampled_attenuation_db(sampled_db: NDArray[np.float32], away_deg: float, below_deg: float) -> float:
    """Attenuation between the two cuts by horizontal projection interpolation (docs/explanation/antenna-patterns.md).

    Ahead the vertical cut counts, behind its other half, in between both by the share of the way round; each is taken
    against the horizontal cut in that direction, so that both cuts come out as they were measured.
    """
    behind = abs(away_deg) / 180.0
    ahead_db = _sample(sampled_db, 1, below_deg) - sampled_db[0, 0]
    behind_db = _sample(sampled_db, 1, 180.0 - below_deg) - sampled_db[0, sampled_db.shape[1] // 2]
    return max(0.0, _sample(sampled_db, 0, away_deg) + (1.0 - behind) * ahead_db + behind * behind_db)


@njit(forceinline=True, **OPTIONS)
def _formula_attenuation_db(pattern: Pattern, away_deg: float, above_deg: float) -> float:
    """Attenuation by the formulas of 3GPP; `above_deg` is the elevation over the electrically tilted beam."""
    across = min(12.0 * (away_deg / pattern.horizontal_beamwidth_deg) ** 2, pattern.front_to_back_db)
    return min(across + _upright_db(pattern, above_deg), pattern.front_to_back_db)


@njit(forceinline=True, **OPTIONS)
def _upright_db(pattern: Pattern, above_deg: float) -> float:
    """Attenuation of the vertical formula alone."""
    return min(12.0 * (above_deg / pattern.vertical_beamwidth_deg) ** 2, pattern.side_lobe_db)


@njit(forceinline=True, **OPTIONS)
def _away_deg(antenna: Antenna, azimuth_deg: float) -> float:
    """Azimuth from the main lobe, -180..180 degrees."""
    away = azimuth_deg - antenna.azimuth_deg
    return away - 360.0 * math.floor(away / 360.0 + 0.5)


@njit(**OPTIONS)
def attenuation_db(antenna: Antenna, azimuth_deg: float, elevation_deg: float) -> float:
    """Attenuation of the pattern against its main lobe (dB, not negative) towards a direction."""
    away = _away_deg(antenna, azimuth_deg)
    if antenna.mechanical_tilt_deg != 0.0 and not antenna.omni:
        away, elevation_deg = _to_antenna_frame(away, elevation_deg, antenna.mechanical_tilt_deg)
    above = elevation_deg + antenna.electrical_tilt_deg
    if antenna.sampled_db.shape[1] > 1:
        return _sampled_attenuation_db(antenna.sampled_db, away, -above)
    if antenna.omni:
        return _upright_db(antenna.pattern, above)
    return _formula_attenuation_db(antenna.pattern, away, above)


class Sight(NamedTuple):
    """Where a window lies as seen from its mast: enough for the azimuth of every pixel.

    `mast` is the position of the mast in pixels from the middle of the window's first pixel, `row_km` and `col_km`
    (one per row) are the pixel sizes.
    """

    mast: tuple[float, float]
    row_km: float
    col_km: NDArray[np.float64]


@njit(forceinline=True, **OPTIONS)
def azimuth_at(sight: Sight, row: int, col: int) -> float:
    """Azimuth in degrees from the mast to a pixel of the window."""
    north = (sight.mast[0] - row) * sight.row_km
    east = (col - sight.mast[1]) * sight.col_km[row]
    return math.degrees(arc_tangent(east, north))


@njit(**OPTIONS)
def row_attenuation_db(
    antenna: Antenna,
    sight: Sight,
    row: int,
    first_col: int,
    elevation_cdeg: NDArray[np.int16],
    away_deg: NDArray[np.float64],
    above_deg: NDArray[np.float64],
    taken_db: NDArray[np.float64],
) -> None:
    """Write the attenuation towards pixels of a row of the window into `taken_db`; as `attenuation_db`.

    In stages, so that each of them vectorises: directions, mechanical tilt, pattern. The arrays are of one length, for
    the pixels from `first_col` on; `away_deg` and `above_deg` are there to work in.
    """
    for j in range(taken_db.size):
        away_deg[j] = _away_deg(antenna, azimuth_at(sight, row, first_col + j))
        above_deg[j] = elevation_cdeg[j] / STEPS_PER_DEGREE
    if antenna.mechanical_tilt_deg != 0.0 and not antenna.omni:
        for j in range(taken_db.size):
            away_deg[j], above_deg[j] = _to_antenna_frame(away_deg[j], above_deg[j], antenna.mechanical_tilt_deg)
    tilt = antenna.electrical_tilt_deg
    if antenna.sampled_db.shape[1] > 1:
        for j in range(taken_db.size):
            taken_db[j] = _sampled_attenuation_db(antenna.sampled_db, away_deg[j], -above_deg[j] - tilt)
    elif antenna.omni:
        for j in range(taken_db.size):
            taken_db[j] = _upright_db(antenna.pattern, above_deg[j] + tilt)
    else:
        for j in range(taken_db.size):
            taken_db[j] = _formula_attenuation_db(antenna.pattern, away_deg[j], above_deg[j] + tilt)


@njit(**OPTIONS)
def to_steps(loss_db: NDArray[np.float32], loss_cdb: NDArray[np.int16]) -> None:
    """Round losses (any shape, both contiguous) to hundredths of dB; the two marks stay what they are.

    A loss beyond what 16 bits hold (327 dB) is kept as the largest: no level comes near it.
    """
    source, target = loss_db.reshape(-1), loss_cdb.reshape(-1)
    for i in range(source.size):
        loss = source[i]
        if loss < 0.0:
            target[i] = VOID_STEP
        elif loss > 0.0:
            target[i] = min(max(int(STEPS_PER_DB * loss + 0.5), 1), LARGEST_STEP)
        else:
            target[i] = NOT_REACHED_STEP


@njit(**OPTIONS)
def merge_level(
    level_cdbm: int, cell_id: int, best_cdbm: NDArray[np.int16], server: NDArray[np.int32], at: tuple[int, int]
) -> None:
    """Keep the stronger level; of two equal ones the lower cell id, so that the order of merging does not matter."""
    best = best_cdbm[at]
    if level_cdbm > best or (level_cdbm == best and (server[at] == NO_CELL or cell_id < server[at])):
        best_cdbm[at] = level_cdbm
        server[at] = cell_id


@njit(**OPTIONS)
def merge_points(
    loss_cdb: NDArray[np.int16],
    elevation_cdeg: NDArray[np.int16],
    azimuth_deg: NDArray[np.float32],
    points: NDArray[np.int64],
    antenna: Antenna,
    eirp_cdbm: int,
    lowest_cdbm: int,
    cell_id: int,
    best_cdbm: NDArray[np.int16],
    server: NDArray[np.int32],
    unknown: NDArray[np.uint8],
) -> None:
    """Merge one cell into a layer of shape (points, 1); entry i of the losses belongs to point `points[i]`."""
    for i in range(points.size):
        loss = int(loss_cdb[i])
        if loss == NOT_REACHED_STEP:
            continue
        at = (points[i], 0)
        if loss < 0:
            unknown[at] = 1
            continue
        taken_db = attenuation_db(antenna, azimuth_deg[i], elevation_cdeg[i] / STEPS_PER_DEGREE)
        level = eirp_cdbm - loss - int(STEPS_PER_DB * taken_db + 0.5)
        if level >= lowest_cdbm:
            merge_level(level, cell_id, best_cdbm, server, at)


@njit(**OPTIONS)
def _may_serve(loss_cdb: NDArray[np.int16], eirp_cdbm: int, best_cdbm: NDArray[np.int16]) -> bool:
    """Tell whether a cell could serve any of these pixels: a pattern only takes away from what it sends."""
    found = 0
    for j in range(loss_cdb.size):
        loss = int(loss_cdb[j])
        found |= int(loss > 0) & int(eirp_cdbm - loss >= int(best_cdbm[j]))
    return found != 0


@njit(**OPTIONS)
def _least_attenuation_cdb(antenna: Antenna, sight: Sight, row: int, first_col: int, last_col: int) -> int:
    """Hundredths of dB that the pattern takes away at least from all pixels of a piece of a row.

    Along a row the azimuth turns one way, by half a circle at most: the pixel nearest to the main lobe is at one of the
    ends, unless the lobe lies between them. 0 for patterns of which that is not known.
    """
    if antenna.omni or antenna.mechanical_tilt_deg != 0.0 or antenna.sampled_db.shape[1] > 1:
        return 0
    start = _away_deg(antenna, azimuth_at(sight, row, first_col))
    end = _away_deg(antenna, azimuth_at(sight, row, last_col))
    if start * end <= 0.0 and abs(start) + abs(end) <= HALF_CIRCLE_DEG + ROUNDING:
        return 0
    away = min(abs(start), abs(end))
    taken_db = min(12.0 * (away / antenna.pattern.horizontal_beamwidth_deg) ** 2, antenna.pattern.front_to_back_db)
    return max(int(STEPS_PER_DB * (taken_db - ROUNDING)), 0)


@njit(**OPTIONS)
def _mark_voids(loss_cdb: NDArray[np.int16], chosen: NDArray[np.uint8], unknown: NDArray[np.uint8]) -> None:
    """Mark the pixels (those chosen; of size 1: all) whose path crosses a void."""
    found = 0
    for j in range(loss_cdb.size):
        found |= int(loss_cdb[j] < 0)
    if found == 0:
        return
    for j in range(loss_cdb.size):
        if loss_cdb[j] < 0 and (chosen.size == 1 or chosen[j]):
            unknown[j] = 1


@njit(**OPTIONS)
def merge_window(
    loss_cdb: NDArray[np.int16],
    elevation_cdeg: NDArray[np.int16],
    sight: Sight,
    offset: tuple[int, int],
    antenna: Antenna,
    eirp_cdbm: int,
    lowest_cdbm: int,
    cell_id: int,
    best_cdbm: NDArray[np.int16],
    server: NDArray[np.int32],
    unknown: NDArray[np.uint8],
    chosen: NDArray[np.uint8],
) -> None:
    """Merge one cell into a layer; pixel (0, 0) of the window is pixel `offset` of the layer.

    Losses and levels are whole hundredths, so that no order of merging changes a bit. `best_cdbm` starts at
    `lowest_cdbm`. Pixels of the layer whose `chosen` is 0 stay as they are (a mask of one pixel chooses all). Patterns
    are computed only where the cell could serve: nearest masts first is fastest.
    """
    first_row, last_row = max(0, -offset[0]), min(loss_cdb.shape[0], best_cdbm.shape[0] - offset[0])
    first_col, last_col = max(0, -offset[1]), min(loss_cdb.shape[1], best_cdbm.shape[1] - offset[1])
    away_deg, above_deg, taken_db = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    for i in range(first_row, last_row):
        row = i + offset[0]
        for first in range(first_col - first_col % BLOCK, last_col, BLOCK):
            start, end = max(first, first_col), min(first + BLOCK, last_col)
            losses, left, right = loss_cdb[i, start:end], start + offset[1], end + offset[1]
            _mark_voids(losses, chosen[row, left:right] if chosen.size > 1 else chosen[0], unknown[row, left:right])
            best = best_cdbm[row, left:right]
            if not _may_serve(losses, eirp_cdbm, best):
                continue
            sent_cdbm = eirp_cdbm - _least_attenuation_cdb(antenna, sight, i, start, end - 1)
            if sent_cdbm < eirp_cdbm and not _may_serve(losses, sent_cdbm, best):
                continue
            count = min(first + BLOCK, loss_cdb.shape[1]) - first
            angles = elevation_cdeg[i, first : first + count]
            row_attenuation_db(antenna, sight, i, first, angles, away_deg[:count], above_deg[:count], taken_db[:count])
            for j in range(start, end):
                loss = int(loss_cdb[i, j])
                at = (row, j + offset[1])
                if loss <= 0 or (chosen.size > 1 and not chosen[at]):
                    continue
                level = eirp_cdbm - loss - int(STEPS_PER_DB * taken_db[j - first] + 0.5)
                if level >= lowest_cdbm:
                    merge_level(level, cell_id, best_cdbm, server, at)
