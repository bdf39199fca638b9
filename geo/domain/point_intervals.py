"""How many of a few points are covered if the model is wrong: for lists too short for anything to average out.

The class of a single point (clutter, obstruction, masts around) is not stored. So the largest error of any class is
taken, the same way for all points: the ends are never too near.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

NOT_REACHED_DB = -math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class PointErrors:
    """Standard deviations in dB, common to all points and of each by itself, and how many of them an end is away."""

    reach: float
    common_db: float
    local_db: float


def covered_ends(margins_db: Sequence[float], errors: PointErrors) -> tuple[int, int]:
    """Return how many points are covered in truth at the low and at the high end, between 0 and their number.

    `margins_db` is how far each lies above its threshold: covered from 0 on, `NOT_REACHED_DB` without any signal. Each
    point counts with the chance that it is covered, as its own error is; the part that is common moves all points; how
    far the number of covered points strays by chance is added in quadrature. Both ends are whole points, the nearest
    ones, and always hold the number of points that are predicted to be covered.
    """
    moved = errors.reach * errors.common_db
    covered = sum(margin >= 0.0 for margin in margins_db)
    middle, lowest, highest = (
        math.fsum(_chance(margin + shift, errors.local_db) for margin in margins_db) for shift in (0.0, -moved, moved)
    )
    chances = (_chance(margin, errors.local_db) for margin in margins_db)
    alone = errors.reach * math.sqrt(math.fsum(chance * (1.0 - chance) for chance in chances))
    low = middle - math.hypot(middle - lowest, alone)
    high = middle + math.hypot(highest - middle, alone)
    return max(0, min(covered, _nearest(low))), min(len(margins_db), max(covered, _nearest(high)))


def _nearest(number: float) -> int:
    return math.floor(number + 0.5)


def _chance(margin_db: float, error_db: float) -> float:
    """Return how probable it is that a point is covered; certain without any error, impossible without any signal."""
    if margin_db == NOT_REACHED_DB:
        return 0.0
    return NormalDist().cdf(margin_db / error_db) if error_db > 0.0 else float(margin_db >= 0.0)
