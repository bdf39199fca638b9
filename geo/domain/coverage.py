"""From levels at many points (pixels, villages, people, metres of road) to shares covered, not covered, without data.

A level is stored as a whole number of tenths of dBm, rounded down so that rounding never makes coverage. Two marks
stand below all levels: `NOT_REACHED` (no cell reaches the point within the computed range) and `NO_DATA` (nobody
knows).

What is unknown is carried as an interval: a point without data has a lowest possible level below all others and a
highest possible one above all. A point is *covered* at a threshold when its lowest level reaches it, *not covered*
when even its highest does not, else *no data*. Over several operators the n-th best of the lowest and of the highest
levels say the same about "at least n operators". From this it follows that covered + not covered + no data is
everything, that a higher threshold or a larger n never adds coverage, and that any operator covers at least what each
one covers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVEL_STEPS_PER_DB = 10
NO_DATA = -32768
NOT_REACHED = -32767
LOWEST_LEVEL = -32766
HIGHEST = 32767
# State of a pixel of the public grid.
STATE_NOT_COVERED = 0
STATE_COVERED = 1
STATE_NO_DATA = 255

Levels = NDArray[np.int16]
States = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class LevelRange:
    """Lowest and highest possible level of each point in tenths of dBm, both of one shape."""

    lowest: Levels
    highest: Levels


def encode_levels(level_dbm: NDArray[np.floating], no_data: NDArray[np.bool_] | None = None) -> Levels:
    """Return levels in dBm (not-a-number: not reached) as tenths of dBm, `NO_DATA` where `no_data`."""
    tenths = np.floor(np.asarray(level_dbm, dtype=np.float64) * LEVEL_STEPS_PER_DB + 1e-6)
    encoded = np.where(np.isnan(tenths), NOT_REACHED, np.clip(np.nan_to_num(tenths), LOWEST_LEVEL, HIGHEST - 1))
    if no_data is not None:
        encoded = np.where(no_data, NO_DATA, encoded)
    return encoded.astype(np.int16)


def decode_levels(levels: Levels) -> NDArray[np.float64]:
    """Return levels in dBm, not-a-number where not reached or without data."""
    return np.where(levels < LOWEST_LEVEL, np.nan, levels / LEVEL_STEPS_PER_DB)


def kept_level_dbm(level_dbm: float) -> float:
    """Return a level in dBm as it is kept and told everywhere: rounded down to a tenth."""
    return float(decode_levels(encode_levels(np.array([level_dbm])))[0])


def threshold_steps(threshold_dbm: float) -> int:
    """Return the smallest stored level that reaches a threshold."""
    return int(np.ceil(threshold_dbm * LEVEL_STEPS_PER_DB - 1e-6))


def level_range(levels: Levels) -> LevelRange:
    """Return what is possible for one operator: any level at all where there are no data."""
    return LevelRange(levels, np.where(levels == NO_DATA, np.int16(HIGHEST), levels))


def at_least(levels: Sequence[Levels], operators: int) -> LevelRange:
    """Return the range of the level that at least `operators` of the given operators reach.

    Fewer operators than asked for can never reach it, with or without data. With no operator at all nothing is known
    about "at least one".
    """
    if not levels:
        raise ValueError("levels of no operator have no shape; there must be at least one")
    if len(levels) < operators:
        nothing = np.full(levels[0].shape, NOT_REACHED, dtype=np.int16)
        return LevelRange(nothing, nothing)
    if operators == 1:
        lowest, highest = levels[0].copy(), level_range(levels[0]).highest.copy()
        for other in levels[1:]:
            np.maximum(lowest, other, out=lowest)
            np.maximum(highest, level_range(other).highest, out=highest)
        return LevelRange(lowest, highest)
    return LevelRange(_nth_best(levels, operators), _nth_best([level_range(one).highest for one in levels], operators))


def _nth_best(levels: Sequence[Levels], n: int) -> Levels:
    """Return the n-th greatest at every point: for a few arrays much faster than sorting along the first axis."""
    best: list[Levels] = []
    for level in levels:
        falling = level
        for at, kept in enumerate(best):
            best[at], falling = np.maximum(kept, falling), np.minimum(kept, falling)
        if len(best) < n:
            best.append(falling)
    return best[n - 1]


def states(levels: LevelRange, threshold_dbm: float) -> States:
    """Return the state of every point at a threshold: `STATE_COVERED`, `STATE_NOT_COVERED` or `STATE_NO_DATA`."""
    threshold = threshold_steps(threshold_dbm)
    result = np.full(levels.lowest.shape, STATE_NO_DATA, dtype=np.uint8)
    result[levels.highest < threshold] = STATE_NOT_COVERED
    result[levels.lowest >= threshold] = STATE_COVERED
    return result


def count_states(
    levels: LevelRange,
    thresholds_dbm: Sequence[float],
    *,
    unit: NDArray[np.integer],
    units: int,
    weight: NDArray[np.floating] | None = None,
) -> NDArray[np.float64]:
    """Return the weight covered, not covered and without data by unit and threshold, shape `(units, thresholds, 3)`.

    `unit` holds the number of the unit of each point (0 … units-1), `thresholds_dbm` rises.
    """
    steps = [threshold_steps(threshold) for threshold in thresholds_dbm]
    covered = _reaching(levels.lowest, steps, unit=unit, units=units, weight=weight)
    possible = _reaching(levels.highest, steps, unit=unit, units=units, weight=weight)
    total = covered[:, :1]
    no_data = np.maximum(possible[:, 1:] - covered[:, 1:], 0.0)
    not_covered = np.maximum(total - covered[:, 1:] - no_data, 0.0)
    return np.stack([covered[:, 1:], not_covered, no_data], axis=-1)


def shares(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return counts (last axis: covered, not covered, no data) as shares that add up to 1; not-a-number without any."""
    total = counts.sum(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, counts / total, np.nan)


def majority_states(
    levels: LevelRange,
    threshold_dbm: float,
    *,
    unit: NDArray[np.integer],
    units: int,
    weight: NDArray[np.floating],
    majority_share: float,
) -> States:
    """Return the state of coarse cells from the points (fine pixels) in them, shape `(units,)`; see `majority_of`."""
    counts = count_states(levels, [threshold_dbm], unit=unit, units=units, weight=weight)[:, 0]
    return majority_of(counts, majority_share=majority_share)


def majority_of(counts: NDArray[np.float64], *, majority_share: float) -> States:
    """Return the state of cells from the weight covered, not covered and without data in them, shape `(cells, 3)`.

    Covered: at least `majority_share` of the weight is covered. Not covered: less than that is covered even if all
    that is unknown were. Else, and where a cell holds no point: no data.
    """
    share = shares(counts)
    # Protects a share of exactly the majority against floating point noise.
    needed = majority_share - 1e-9
    with np.errstate(invalid="ignore"):
        covered = share[:, 0] >= needed
        possible = share[:, 0] + share[:, 2] >= needed
    result = np.full(len(counts), STATE_NO_DATA, dtype=np.uint8)
    result[~possible & ~np.isnan(share[:, 0])] = STATE_NOT_COVERED
    result[covered] = STATE_COVERED
    return result


def _reaching(
    levels: Levels,
    steps: Sequence[int],
    *,
    unit: NDArray[np.integer],
    units: int,
    weight: NDArray[np.floating] | None,
) -> NDArray[np.float64]:
    """Return the weight that reaches each threshold, by unit; column 0 is everything."""
    tier = np.zeros(levels.shape, dtype=np.int64)
    for step in steps:
        tier += levels >= step
    classes = len(steps) + 1
    counted = np.bincount(unit * classes + tier, weights=weight, minlength=units * classes)
    # Summed from the strongest class down, so that what reaches a threshold also reaches all lower ones.
    reversed_sum = np.cumsum(counted.reshape(units, classes)[:, ::-1], axis=1)
    return np.asarray(reversed_sum[:, ::-1], dtype=np.float64)
