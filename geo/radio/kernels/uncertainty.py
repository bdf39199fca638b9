"""Classes of levels, and how much is expected to reach which level: what intervals of shares are made of."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.radio.kernels.options import OPTIONS

KM_PER_DEGREE = 111.195
SHORTEST_KM = 0.01
# Points that are taken together: their chances stay in the nearest memory.
CHUNK = 256


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
def order_of_operators(levels: NDArray[np.int16], lowest_level: int, order: NDArray[np.int8]) -> None:
    """Write for each point the operators, the strongest first and of equal ones the first; -1 where none has a level.

    `levels` (operators, points) are in tenths of dBm; one below `lowest_level` is none.
    """
    for i in range(levels.shape[1]):
        known = 0
        for k in range(levels.shape[0]):
            if levels[k, i] < lowest_level:
                continue
            at = known
            while at > 0 and levels[order[at - 1, i], i] < levels[k, i]:
                order[at, i] = order[at - 1, i]
                at -= 1
            order[at, i] = k
            known += 1
        for at in range(known, levels.shape[0]):
            order[at, i] = -1


@njit(**OPTIONS)
def _run_length(unit: NDArray[np.int64], kinds: NDArray[np.uint8], first: int) -> int:
    """Return how many points from the first on, at most a chunk, are of one unit and of the same common errors."""
    last = min(first + CHUNK, unit.size)
    for i in range(first + 1, last):
        if unit[i] != unit[first]:
            return i - first
        for row in range(kinds.shape[0]):
            if kinds[row, i] != kinds[row, first]:
                return i - first
    return last - first


@njit(**OPTIONS)
def _chances(
    levels: NDArray[np.int16],
    lowest_level: int,
    asked: int,
    steps_per_tenth: NDArray[np.float32],
    chance: NDArray[np.float32],
    found: NDArray[np.float64],
) -> None:
    """Write how probable it is that levels reach another. They are stored rounded down: half a tenth puts them back."""
    middle = chance.size // 2
    for i in range(levels.size):
        step = math.floor((levels[i] - asked + 0.5) * steps_per_tenth[i] + 0.5)
        reached = chance[min(max(int(step) + middle, 0), chance.size - 1)]
        found[i] = reached if levels[i] >= lowest_level else 0.0


@njit(**OPTIONS)
def _take_in(found: NDArray[np.float64], best: NDArray[np.float64], exactly: NDArray[np.float64]) -> None:
    """Take an operator's chances in; they are lost. `best` and `exactly` have a column for each point, and spare ones.

    `best` are the greatest ones in order, `exactly[n]` the chance of n of independent ones.
    """
    # Rows by themselves lie in one piece, which loops over them need in order to vectorise.
    for n in range(len(best) - 1, 0, -1):
        of_n, of_fewer = exactly[n, : found.size], exactly[n - 1, : found.size]
        for i in range(found.size):
            of_n[i] += found[i] * (of_fewer[i] - of_n[i])
    of_none = exactly[0, : found.size]
    for i in range(found.size):
        of_none[i] *= 1.0 - found[i]
    for n in range(len(best)):
        greatest = best[n, : found.size]
        for i in range(found.size):
            greater = max(found[i], greatest[i])
            found[i] = min(found[i], greatest[i])
            greatest[i] = greater


@njit(**OPTIONS)
def _add_sums(
    weights: NDArray[np.float64], first: int, values: NDArray[np.float64], added: NDArray[np.float64]
) -> None:
    """Add the sum over points from the first on of values times each kind of weight (kinds of weight, points)."""
    for w in range(len(weights)):
        own = weights[w, first : first + values.size]
        total = 0.0
        for i in range(values.size):
            total += own[i] * values[i]
        added[w] += total


@njit(**OPTIONS)
def _add_numbers(
    best: NDArray[np.float64],
    exactly: NDArray[np.float64],
    kinds: NDArray[np.uint8],
    weights: NDArray[np.float64],
    points: tuple[int, int],
    added: NDArray[np.float64],
) -> None:
    """Add what 1, 2, ... operators or more reach to `added` (rows, common errors, kinds of weight).

    The first rows are for errors that are the same at a place, those behind them for independent ones. `points` are the
    first and how many; `exactly` is lost.
    """
    first, count = points
    numbers = len(best)
    for n in range(numbers):
        _add_sums(weights, first, best[n, :count], added[n, kinds[n]])
    for n in range(numbers):
        # The chance of fewer than so many: summed up, then turned round.
        of_fewer, of_next = exactly[n, :count], exactly[min(n + 1, numbers - 1), :count]
        for i in range(count if n + 1 < numbers else 0):
            of_next[i] += of_fewer[i]
        for i in range(count):
            of_fewer[i] = max(0.0, 1.0 - of_fewer[i])
        _add_sums(weights, first, of_fewer, added[numbers + n, kinds[n]])


@njit(**OPTIONS)
def add_reaching(
    levels: NDArray[np.int16],
    lowest_level: int,
    kinds: NDArray[np.uint8],
    steps_per_tenth: NDArray[np.float32],
    unit: NDArray[np.int64],
    weights: NDArray[np.float64],
    grid: NDArray[np.int64],
    chance: NDArray[np.float32],
    added: NDArray[np.float64],
) -> None:
    """Add to every unit how much of the weights is expected to reach the levels of a grid (tenths of dBm, rising).

    `levels` and `steps_per_tenth` (steps of the table `chance` for a tenth of a dB) are (operators, points), `weights`
    (kinds of weight, points). `chance` is the normal distribution, 0.5 in its middle. `added` (units, grid, rows,
    common errors, kinds of weight) has a row for each operator, then for at least 1, 2, ... operators if errors of
    operators are the same at a place, then for the same if they are independent. `kinds` (operators, then numbers of
    them; points) is the number of the common error that counts. Points of one unit and the same kinds are taken
    together where they follow one another.
    """
    operators, numbers = levels.shape[0], kinds.shape[0] - levels.shape[0]
    room, best, exactly = np.empty(CHUNK), np.empty((numbers, CHUNK)), np.empty((numbers, CHUNK))
    first = 0
    while first < unit.size:
        count = _run_length(unit, kinds, first)
        last = first + count
        found = room[:count]
        for j in range(grid.size):
            best[:] = 0.0
            exactly[:] = 0.0
            exactly[0] = 1.0
            into = added[unit[first], j]
            for k in range(operators):
                mine = levels[k, first:last]
                _chances(mine, lowest_level, grid[j], steps_per_tenth[k, first:last], chance, found)
                _add_sums(weights, first, found, into[k, kinds[k, first]])
                _take_in(found, best, exactly)
            if best[0, :count].max() == 0.0:
                break
            _add_numbers(best, exactly, kinds[operators:, first], weights, (first, count), into[operators:])
        first = last
