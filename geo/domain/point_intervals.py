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
    """Return how many points are covered at the low and at the high end, between 0 and their number.

    `margins_db` is how far each lies above its threshold: covered from 0 on, `NOT_REACHED_DB` without any signal. The
    part that is common moves all points; what each point adds by itself is added in quadrature, at the low end of those
    that are covered, at the high end of those that are not. Both ends are whole points, the nearest ones: less than
    half a point is none.
    """
    moved = errors.reach * errors.common_db
    covered = [margin for margin in margins_db if margin >= 0.0]
    dark = [margin for margin in margins_db if margin < 0.0]
    lost = sum(margin < moved for margin in covered)
    gained = sum(margin >= -moved for margin in dark)
    low = len(covered) - math.hypot(lost, _alone(covered, errors))
    high = len(covered) + math.hypot(gained, _alone(dark, errors))
    return max(0, _nearest(low)), min(len(margins_db), _nearest(high))


def _nearest(number: float) -> int:
    return math.floor(number + 0.5)


def _alone(margins_db: Sequence[float], errors: PointErrors) -> float:
    """Return how many points go the other way by their own errors alone."""
    return errors.reach * math.sqrt(sum(_variance(margin, errors.local_db) for margin in margins_db))


def _variance(margin_db: float, error_db: float) -> float:
    """Return p (1 - p) of the chance p that a point is covered; none without any error or any signal."""
    if error_db <= 0.0 or margin_db == NOT_REACHED_DB:
        return 0.0
    chance = NormalDist().cdf(margin_db / error_db)
    return chance * (1.0 - chance)
