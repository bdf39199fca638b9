"""Second stage of the sweep: what the terrain along a ray hides from each pixel, all of it exact and incremental.

Seen from the transmitter every horizon is a prefix maximum. Seen from a receiver it is the tangent to the upper convex
hull of the samples before it, which is kept as a stack while the ray goes on. A vertex of the hull over flat earth is
one of the hull over curved earth too (subtracting a parabola keeps every vertex), and all that P.1812 asks of the
profile between the two horizons is the largest of something linear: the vertices between them, side by side on the
stack, hold it.

The stack is searched and measured several vertices at a time: a branch that depends on terrain is guessed wrong too
often.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from geo.radio.kernels.options import OPTIONS
from geo.radio.kernels.sweep_rays import (
    BEST_CURVED,
    BEST_FLAT,
    BEST_SURFACE,
    CURVED,
    CURVED_SLOPE,
    DISTANCE_KM,
    FIRST_FREE_ROW,
    FLAT_SLOPE,
    GROUND,
    LAST_GROUND,
    LAST_SURFACE,
    LAST_X,
    MOMENT_0,
    MOMENT_1,
    RX_M,
    SAMPLE,
    SURFACE,
    SURFACE_SLOPE,
    Antennas,
    F,
    Indices,
    Singles,
    X,
)
from geo.radio.kernels.vector_math import bits_of, single_of

# Rows of an entry that this stage fills. Smooth-earth fits relative to the antenna; slopes in m/km, without the part of
# the bulge that is the same for both ends; SIGHT is the least clearance^2 / (d1 d2) in m^2/km^2, negative behind
# terrain.
(
    FIT_TX_M,
    FIT_RX_M,
    TX_SLOPE,
    RX_SLOPE,
    TX_HORIZON_KM,
    RX_HORIZON_KM,
    EDGE_TX,
    EDGE_RX,
    SIGHT,
    OBSTRUCTION_M,
    FLAT_TX,
    FLAT_RX,
    ROUGHNESS_M,
    ENTRY_ROWS,
) = range(FIRST_FREE_ROW, FIRST_FREE_ROW + 14)
# Kept for a while where the obstruction and the roughness will be: slopes of the line to the receiver, and of the
# smooth earth of the ducting model (m/km).
DIRECT, GRADIENT = OBSTRUCTION_M, ROUGHNESS_M

# Rows of the stacks, newest vertex first: distance and heights of the hull of the ground, and of that of the surface.
BARE_X, BARE_GROUND, BARE_CURVED, COVER_X, COVER_SURFACE, STACK_ROWS = range(6)
# Vertices searched and measured together, and how many empty ones therefore end a stack.
SEARCH_LANES, LANES = np.uint64(3), np.uint64(4)
PADDING = 16

LOWEST = F(-1.0e30)
# Lowest bits of a number that can name a sample.
INDEX_MASK = np.int32(0x7FF)
BEHIND = F(-1.0)
ONE = np.uint64(1)


@njit(inline="always", **OPTIONS)
def _lower_by_bulge(samples: Singles, count: int, bulge: np.float32) -> None:
    for i in range(1, count + 1):
        x = samples[X, i]
        drop = bulge * x * x
        samples[CURVED, i] = samples[GROUND, i] - drop
        samples[SURFACE, i] = samples[SURFACE, i] - drop


@njit(inline="always", **OPTIONS)
def _slopes(samples: Singles, count: int) -> None:
    for i in range(1, count + 1):
        reciprocal = F(1.0) / samples[X, i]
        samples[FLAT_SLOPE, i] = samples[GROUND, i] * reciprocal
        samples[CURVED_SLOPE, i] = samples[CURVED, i] * reciprocal
        samples[SURFACE_SLOPE, i] = samples[SURFACE, i] * reciprocal


@njit(inline="always", **OPTIONS)
def _prefixes(samples: Singles, count: int) -> None:
    """Steepest slopes and smooth-earth sums (§5.6.1 of Attachment 1) over the samples up to each."""
    flat = curved = surface = LOWEST
    samples[BEST_FLAT, 0] = samples[BEST_SURFACE, 0] = LOWEST
    moment_0 = moment_1 = 0.0
    x0, y0 = 0.0, float(samples[GROUND, 0])
    for i in range(1, count + 1):
        flat = max(flat, samples[FLAT_SLOPE, i])
        surface = max(surface, samples[SURFACE_SLOPE, i])
        curved = max(curved, samples[CURVED_SLOPE, i])
        x, y = float(samples[X, i]), float(samples[GROUND, i])
        moment_0 += (x - x0) * (y + y0)
        moment_1 += (x - x0) * (y * (x + x + x0) + y0 * (x + x0 + x0))
        x0, y0 = x, y
        samples[BEST_FLAT, i] = flat
        samples[BEST_CURVED, i] = curved
        samples[BEST_SURFACE, i] = surface
        samples[MOMENT_0, i] = F(moment_0)
        samples[MOMENT_1, i] = F(moment_1)


@njit(inline="always", **OPTIONS)
def trace_samples(samples: Singles, count: int, antennas: Antennas) -> None:
    """Find slopes and prefixes of the samples 1 .. `count`."""
    _lower_by_bulge(samples, count, F(antennas.bulge))
    _slopes(samples, count)
    _prefixes(samples, count)


@njit(inline="always", **OPTIONS)
def fit_smooth_earth(samples: Singles, entries: Singles, owned: Indices, found: int, antennas: Antennas) -> None:
    """Least-squares smooth-earth heights at both ends (§5.6.1 of Attachment 1), relative to the antenna."""
    above = F(antennas.rx_height_m)
    for e in range(found):
        last = owned[SAMPLE, e] - np.uint32(1)
        d = entries[DISTANCE_KM, e]
        ground = entries[RX_M, e] - above
        x0, y0 = samples[X, last], samples[GROUND, last]
        moment_0 = samples[MOMENT_0, last] + (d - x0) * (ground + y0)
        moment_1 = samples[MOMENT_1, last] + (d - x0) * (ground * (d + d + x0) + y0 * (d + x0 + x0))
        scale = F(1.0) / (d * d)
        entries[FIT_TX_M, e] = (F(2.0) * moment_0 * d - moment_1) * scale
        entries[FIT_RX_M, e] = (moment_1 - moment_0 * d) * scale


@njit(inline="always", **OPTIONS)
def _open_sight(samples: Singles, entries: Singles, owned: Indices, found: int, antennas: Antennas) -> None:
    """Fill what holds when nothing hides the receiver; behind clutter alone the horizons are put at the middle."""
    above, bulge, tx_ground = F(antennas.rx_height_m), F(antennas.bulge), samples[GROUND, 0]
    for e in range(found):
        d, rx_m = entries[DISTANCE_KM, e], entries[RX_M, e]
        direct = rx_m / d
        tx_duct = min(entries[FIT_TX_M, e], tx_ground)
        rx_duct = min(entries[FIT_RX_M, e], rx_m - above)
        entries[DIRECT, e] = direct
        entries[GRADIENT, e] = (rx_duct - tx_duct) / d
        entries[TX_SLOPE, e] = direct - bulge * d
        entries[RX_SLOPE, e] = -direct - bulge * d
    for e in range(found):
        d = entries[DISTANCE_KM, e]
        reciprocal = F(1.0) / entries[LAST_X, e]
        before = owned[SAMPLE, e] - np.uint32(2)
        entries[TX_HORIZON_KM, e] = F(0.5) * d
        entries[RX_HORIZON_KM, e] = F(0.5) * d
        entries[FLAT_TX, e] = max(samples[BEST_FLAT, before], entries[LAST_GROUND, e] * reciprocal)
        entries[EDGE_TX, e] = max(samples[BEST_SURFACE, before], entries[LAST_SURFACE, e] * reciprocal)


@njit(inline="always", **OPTIONS)
def _tangent(stack: Singles, x_row: int, y_row: int, top: np.uint64, x: np.float32, y: np.float32) -> np.uint64:
    """Vertex of a hull with the steepest slope seen from `(x, y)`, beyond its newest vertex `top`."""
    at = top
    while True:
        steps = np.int32(3)
        for j in range(SEARCH_LANES):
            run, rise = x - stack[x_row, at + j], stack[y_row, at + j] - y
            next_run, next_rise = x - stack[x_row, at + j + ONE], stack[y_row, at + j + ONE] - y
            steps = min(steps, np.int32(3) if next_rise * run > rise * next_run else np.int32(j))
        at += np.uint64(steps)
        if steps < 3:
            return at


@njit(inline="always", **OPTIONS)
def _between_horizons(
    stack: Singles, entries: Singles, e: int, start: np.uint64, end: np.uint64, with_last: bool, tx_duct_m: np.float32
) -> None:
    """Measure the terrain from the receiver's horizon to the transmitter's: obstruction, flat slope, roughness.

    It is the hull from `start` to `end`, and `with_last` the sample before the pixel too.
    """
    d, rx_m, direct, gradient = entries[DISTANCE_KM, e], entries[RX_M, e], entries[DIRECT, e], entries[GRADIENT, e]
    x, y = entries[LAST_X, e], entries[LAST_GROUND, e] if with_last else LOWEST
    obstruction, roughness, flat = y - direct * x, y - gradient * x, (y - rx_m) / (d - x)
    at = start
    while at <= end:
        for j in range(LANES):
            x, y = stack[BARE_X, at + j], stack[BARE_GROUND, at + j]
            # Vertices beyond the end change no maximum.
            y = y if at + j <= end else LOWEST
            obstruction = max(obstruction, y - direct * x)
            roughness = max(roughness, y - gradient * x)
            flat = max(flat, (y - rx_m) / (d - x))
        at += LANES
    entries[OBSTRUCTION_M, e] = obstruction
    entries[FLAT_RX, e] = flat
    entries[ROUGHNESS_M, e] = roughness - tx_duct_m


@njit(inline="always", **OPTIONS)
def _least_clearance(samples: Singles, last: int, slope: np.float32, distance_km: np.float32) -> tuple[np.float32, int]:
    """Least clearance^2 / (d1 d2) over the samples 1 .. `last` of a path in sight (m^2/km^2), and its sample."""
    coarse = np.int32(0)
    while last >> coarse > INDEX_MASK:
        coarse += np.int32(1)
    # The bits of positive numbers order as the numbers do; with the sample in the lowest of them, which changes the
    # value by 1/4096 at most, one minimum of integers finds both and vectorises.
    least = bits_of(F(3.0e38))
    for i in range(1, last + 1):
        x = samples[X, i]
        clearance = slope * x - samples[SURFACE, i]
        bits = bits_of(clearance * clearance / (x * (distance_km - x)))
        least = min(least, np.int32((bits & ~INDEX_MASK) | (np.int32(i) >> coarse)))
    at = int(least & INDEX_MASK) << int(coarse)
    return single_of(np.int32(least & ~INDEX_MASK)), max(1, at)


@njit(inline="always", **OPTIONS)
def _clear_stack(stack: Singles, end: np.uint64) -> None:
    """Put empty vertices, far below everything, at the end of the stacks."""
    for j in range(end, end + np.uint64(PADDING)):
        stack[BARE_X, j] = stack[COVER_X, j] = F(0.0)
        stack[BARE_GROUND, j] = stack[BARE_CURVED, j] = stack[COVER_SURFACE, j] = LOWEST


class Hulls(NamedTuple):
    """Newest vertices of both hulls, the transmitter's horizon on the first, its slope, and the last sample taken."""

    bare: np.uint64
    cover: np.uint64
    horizon: np.uint64
    steepest: np.float32
    taken: int


@njit(inline="always", **OPTIONS)
def _take_samples(samples: Singles, stack: Singles, hulls: Hulls, until: int, over_clutter: bool) -> Hulls:
    """Put the samples up to `until` on the hulls."""
    bare, cover, horizon, steepest = hulls.bare, hulls.cover, hulls.horizon, hulls.steepest
    for i in range(hulls.taken + 1, until + 1):
        x, y = samples[X, i], samples[CURVED, i]
        bare = _tangent(stack, BARE_X, BARE_CURVED, bare, x, y) - ONE
        stack[BARE_X, bare] = x
        stack[BARE_CURVED, bare] = y
        stack[BARE_GROUND, bare] = samples[GROUND, i]
        slope = samples[CURVED_SLOPE, i]
        horizon = bare if slope > steepest else horizon
        steepest = max(steepest, slope)
        if over_clutter:
            y = samples[SURFACE, i]
            cover = _tangent(stack, COVER_X, COVER_SURFACE, cover, x, y) - ONE
            stack[COVER_X, cover] = x
            stack[COVER_SURFACE, cover] = y
    return Hulls(bare, cover, horizon, steepest, max(hulls.taken, until))


@njit(inline="always", **OPTIONS)
def _look_over_terrain(
    stack: Singles,
    entries: Singles,
    e: int,
    hulls: Hulls,
    last_curved: np.float32,
    bulge: np.float32,
    tx_duct: np.float32,
) -> None:
    """Horizons of a pixel behind terrain, and what lies between them; its own last sample is one of the vertices."""
    d, last_x = entries[DISTANCE_KM, e], entries[LAST_X, e]
    curved_rx = entries[RX_M, e] - bulge * d * d
    last_slope = (last_curved - curved_rx) / (d - last_x)
    at = _tangent(stack, BARE_X, BARE_CURVED, hulls.bare, d, curved_rx)
    x = stack[BARE_X, at]
    slope = (stack[BARE_CURVED, at] - curved_rx) / (d - x)
    by_last = last_slope > slope
    tx_last_slope = last_curved / last_x
    hidden_by_last = tx_last_slope > hulls.steepest
    entries[TX_SLOPE, e] = max(hulls.steepest, tx_last_slope)
    entries[RX_SLOPE, e] = max(slope, last_slope) - F(2.0) * bulge * d
    entries[TX_HORIZON_KM, e] = last_x if hidden_by_last else stack[BARE_X, hulls.horizon]
    entries[RX_HORIZON_KM, e] = d - (last_x if by_last else x)
    start = hulls.bare if by_last else at
    end = start - ONE if hidden_by_last else hulls.horizon
    _between_horizons(stack, entries, e, start, end, by_last or hidden_by_last, tx_duct)


@njit(inline="always", **OPTIONS)
def _look_over_clutter(stack: Singles, entries: Singles, e: int, cover: np.uint64, bulge: np.float32) -> None:
    """Slope from a pixel to its horizon over the clutter."""
    d, last_x = entries[DISTANCE_KM, e], entries[LAST_X, e]
    curved_rx = entries[RX_M, e] - bulge * d * d
    at = _tangent(stack, COVER_X, COVER_SURFACE, cover, d, curved_rx)
    slope = (stack[COVER_SURFACE, at] - curved_rx) / (d - stack[COVER_X, at])
    last_slope = (entries[LAST_SURFACE, e] - curved_rx) / (d - last_x)
    entries[EDGE_RX, e] = max(slope, last_slope) - F(2.0) * bulge * d


@njit(inline="always", **OPTIONS)
def _look_in_sight(
    samples: Singles, entries: Singles, e: int, until: int, direct: np.float32, tx_duct: np.float32
) -> None:
    """Least clearance of a path in sight, which stands for both horizons (§4.1 of Attachment 1)."""
    d, x = entries[DISTANCE_KM, e], entries[LAST_X, e]
    clearance = direct * x - entries[LAST_SURFACE, e]
    sight, ground = clearance * clearance / (x * (d - x)), entries[LAST_GROUND, e]
    if until >= 1:
        least, at = _least_clearance(samples, until, direct, d)
        nearer = least < sight
        sight = least if nearer else sight
        x = samples[X, at] if nearer else x
        ground = samples[GROUND, at] if nearer else ground
    entries[SIGHT, e] = sight
    entries[TX_HORIZON_KM, e] = x
    entries[RX_HORIZON_KM, e] = d - x
    entries[ROUGHNESS_M, e] = ground - tx_duct - entries[GRADIENT, e] * x


@njit(inline="always", **OPTIONS)
def look_back(
    samples: Singles, entries: Singles, owned: Indices, stack: Singles, found: int, antennas: Antennas
) -> None:
    """Fill the horizons, obstruction and clearance of every pixel a ray owns, going along the ray."""
    _open_sight(samples, entries, owned, found, antennas)
    bulge, tx_ground = F(antennas.bulge), samples[GROUND, 0]
    end = np.uint64(stack.shape[1] - PADDING)
    _clear_stack(stack, end)
    hulls = Hulls(end, end, end, LOWEST, 0)
    for e in range(found):
        until = int(np.int64(owned[SAMPLE, e])) - 2
        hulls = _take_samples(samples, stack, hulls, until, antennas.over_clutter)
        direct, x = entries[TX_SLOPE, e], entries[LAST_X, e]
        last_curved = entries[LAST_GROUND, e] - bulge * x * x
        tx_duct = min(entries[FIT_TX_M, e], tx_ground)
        bare = max(hulls.steepest, last_curved / x) < direct
        entries[SIGHT, e] = BEHIND
        if bare and entries[EDGE_TX, e] < direct:
            _look_in_sight(samples, entries, e, until, direct, tx_duct)
        if bare:
            entries[OBSTRUCTION_M, e] = F(0.0)
            entries[FLAT_RX, e] = F(1.0)
        else:
            _look_over_terrain(stack, entries, e, hulls, last_curved, bulge, tx_duct)
        entries[EDGE_RX, e] = entries[RX_SLOPE, e]
        if antennas.over_clutter and entries[SIGHT, e] < F(0.0):
            _look_over_clutter(stack, entries, e, hulls.cover, bulge)
