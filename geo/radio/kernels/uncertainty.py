"""Classes of levels, and how much is expected to reach which level: what intervals of shares are made of."""

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
def _order(levels: NDArray[np.int16], i: int, lowest_level: int, order: NDArray[np.int64]) -> int:
    """Write the operators that have a level at a point, the strongest first; return how many."""
    known = 0
    for k in range(levels.shape[0]):
        if levels[k, i] < lowest_level:
            continue
        at = known
        while at > 0 and levels[order[at - 1], i] < levels[k, i]:
            order[at] = order[at - 1]
            at -= 1
        order[at] = k
        known += 1
    return known


@njit(**OPTIONS)
def _chance(level: int, asked: int, steps_per_tenth: float, chance: NDArray[np.float32]) -> float:
    """How probable it is that a level reaches another. It is stored rounded down: half a tenth puts it back."""
    step = math.floor((level - asked + 0.5) * steps_per_tenth + 0.5)
    return float(chance[min(max(step + chance.size // 2, 0), chance.size - 1)])


@njit(**OPTIONS)
def _take_in(found: float, best: NDArray[np.float64], exactly: NDArray[np.float64]) -> None:
    """Take a chance in: `best` are the greatest ones in order, `exactly[n]` the chance of n of independent ones."""
    for n in range(best.size - 1, 0, -1):
        exactly[n] = exactly[n] * (1.0 - found) + exactly[n - 1] * found
    exactly[0] *= 1.0 - found
    for n in range(best.size):
        if found > best[n]:
            found, best[n] = best[n], found


@njit(**OPTIONS)
def _add_point(
    found: NDArray[np.float64],
    best: NDArray[np.float64],
    exactly: NDArray[np.float64],
    kinds: NDArray[np.int64],
    weights: NDArray[np.float64],
    added: NDArray[np.float64],
) -> None:
    """Add a point at one level to `added` (rows, common errors, kinds of weight): 1, 2, ... operators or more."""
    operators, numbers = found.size, best.size
    for w in range(weights.size):
        for k in range(operators if weights[w] != 0.0 else 0):
            added[k, kinds[k], w] += weights[w] * found[k]
        fewer = 0.0
        for n in range(numbers if weights[w] != 0.0 else 0):
            fewer += exactly[n]
            kind = kinds[operators + n]
            added[operators + n, kind, w] += weights[w] * best[n]
            added[operators + numbers + n, kind, w] += weights[w] * max(0.0, 1.0 - fewer)


@njit(**OPTIONS)
def add_reaching(
    levels: NDArray[np.int16],
    lowest_level: int,
    common: NDArray[np.uint8],
    steps_per_tenth: NDArray[np.float32],
    unit: NDArray[np.int64],
    weights: NDArray[np.float64],
    grid: NDArray[np.int64],
    chance: NDArray[np.float32],
    added: NDArray[np.float64],
) -> None:
    """Add to every unit how much of the weights is expected to reach the levels of a grid (tenths of dBm, rising).

    `levels`, `common` (number of the common error) and `steps_per_tenth` (steps of the table `chance` for a tenth of a
    dB) are (operators, points), `weights` (points, kinds of weight). `chance` is the normal distribution, 0.5 in its
    middle. `added` (units, grid, rows, common errors, kinds of weight) has a row for each operator, then for at least
    1, 2, ... operators if errors of operators are the same at a place, then for the same if they are independent.
    Together counts by the common error of the operator that is n-th best without any error.
    """
    operators = levels.shape[0]
    numbers = (added.shape[2] - operators) // 2
    order = np.empty(operators, np.int64)
    found, kinds = np.empty(operators, np.float64), np.zeros(operators + numbers, np.int64)
    best, exactly = np.empty(numbers, np.float64), np.empty(numbers, np.float64)
    for i in range(levels.shape[1]):
        known = _order(levels, i, lowest_level, order)
        for k in range(operators):
            kinds[k] = common[k, i]
        for n in range(min(numbers, known)):
            kinds[operators + n] = common[order[n], i]
        found[:] = 0.0
        for j in range(grid.size if known else 0):
            best[:] = 0.0
            exactly[:] = 0.0
            exactly[0] = 1.0
            for place in range(known):
                k = order[place]
                found[k] = _chance(levels[k, i], grid[j], steps_per_tenth[k, i], chance)
                _take_in(found[k], best, exactly)
            if best[0] == 0.0:
                break
            _add_point(found, best, exactly, kinds, weights[i], added[unit[i], j])
