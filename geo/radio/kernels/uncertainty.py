"""Classes of levels, and how much lies at which level: what intervals of shares are made of."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.radio.kernels.options import OPTIONS

KM_PER_DEGREE = 111.195
SHORTEST_KM = 0.01


@njit(**OPTIONS)
def classify_levels(
    levels: NDArray[np.int16],
    lowest_level: int,
    cell: NDArray[np.int32],
    cells: NDArray[np.float64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    obstructed_above_db: float,
    path: NDArray[np.uint8],
) -> None:
    """Write 0 where a level (tenths of dBm) is near that of free space in the main lobe, else 1.

    `cell` is the place of the serving cell in `cells` (lon, lat, level at 1 km in free space in the main lobe, cosine
    of the latitude), -1 for none. Without a server, or below `lowest_level`, it is 1.
    """
    for i in range(levels.size):
        path[i] = 1
        if cell[i] < 0 or levels[i] < lowest_level:
            continue
        east = (lon[i] - cells[cell[i], 0]) * cells[cell[i], 3]
        distance = KM_PER_DEGREE * math.hypot(east, lat[i] - cells[cell[i], 1])
        free = cells[cell[i], 2] - 20.0 * math.log10(max(distance, SHORTEST_KM))
        if free - 0.1 * levels[i] <= obstructed_above_db:
            path[i] = 0


@njit(**OPTIONS)
def add_levels(
    levels: NDArray[np.int16],
    path: NDArray[np.uint8],
    unit: NDArray[np.int64],
    weight: NDArray[np.float64],
    bins: tuple[int, int, int],
    own: NDArray[np.float64],
    together: NDArray[np.float64],
) -> None:
    """Add the weight of every point to the bin of its level, by unit and path.

    `levels` and `path` are (operators, points); `bins` are the lowest level that counts, the level where the first bin
    begins and the width of a bin. `own` (operators, units, 2, bins) is by operator; entry n-1 of `together` of the n-th
    best level over the operators, with the path of that one.
    """
    lowest, first, width = bins
    count, last = together.shape[0], own.shape[3] - 1
    best = np.empty(count, np.int64)
    for i in range(levels.shape[1]):
        # The path is carried in the last bit: of two equal levels the one in line of sight counts as the better.
        best[:] = 2 * (lowest - 1)
        for k in range(levels.shape[0]):
            level = levels[k, i]
            if level < lowest:
                continue
            own[k, unit[i], path[k, i], min(max((level - first) // width, 0), last)] += weight[i]
            found = 2 * np.int64(level) + 1 - path[k, i]
            for n in range(count):
                if found > best[n]:
                    found, best[n] = best[n], found
        for n in range(count):
            level = best[n] >> 1
            if level < lowest:
                break
            side = 1 - (best[n] & 1)
            together[n, unit[i], side, min(max((level - first) // width, 0), last)] += weight[i]
