"""Villages as arrays: the weakest point of each village, and its state at any threshold.

The same rule as `geo.domain.villages`, for all villages and tiers at once: a village is covered where its centre and
all its clusters are; one point known to be below makes it not (fully) covered; else what is unknown decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.domain.coverage import (
    HIGHEST,
    NO_DATA,
    STATE_COVERED,
    STATE_NO_DATA,
    STATE_NOT_COVERED,
    LevelRange,
    Levels,
    States,
    level_range,
    states,
    threshold_steps,
)

# Stands beside the states of points: the centre has signal, and a cluster is known to have none.
STATE_PARTLY_COVERED = 2


@dataclass(frozen=True, eq=False)
class VillageLevels:
    """One operator's levels: of the centres, and what is possible for the weakest point of each village."""

    center: Levels
    weakest: LevelRange


def village_levels(center: Levels, clusters: Levels, cluster_village: NDArray[np.integer]) -> VillageLevels:
    """Return one operator's levels by village; `cluster_village` holds the number of each cluster's village."""
    lowest, highest = center.copy(), level_range(center).highest.copy()
    np.minimum.at(lowest, cluster_village, clusters)
    np.minimum.at(highest, cluster_village, level_range(clusters).highest)
    # Without data at the centre nothing is said about the village, whatever its clusters are.
    highest[center == NO_DATA] = HIGHEST
    return VillageLevels(center, LevelRange(lowest, highest))


def village_states(operators: Sequence[VillageLevels], threshold_dbm: float, *, at_least_operators: int = 1) -> States:
    """Return the state of each village over several operators: covered, not (fully) covered or no data.

    Over one operator or more, a village that one operator's data show as partly covered is known to be so, even where
    another has no data: it counts as not covered.
    """
    covering = [states(one.weakest, threshold_dbm) for one in operators]
    covered = np.sum([state == STATE_COVERED for state in covering], axis=0)
    unknown = np.sum([state == STATE_NO_DATA for state in covering], axis=0)
    result = np.full(operators[0].center.shape, STATE_NO_DATA, dtype=np.uint8)
    result[covered + unknown < at_least_operators] = STATE_NOT_COVERED
    if at_least_operators == 1:
        step = threshold_steps(threshold_dbm)
        for one, state in zip(operators, covering, strict=True):
            result[(one.center >= step) & (state == STATE_NOT_COVERED)] = STATE_NOT_COVERED
    result[covered >= at_least_operators] = STATE_COVERED
    return result


def states_of_villages(center: States, clusters: States, cluster_village: NDArray[np.integer]) -> States:
    """Return the state of each village for one operator from those of its points, partly covered ones told apart."""
    below = np.bincount(cluster_village[clusters == STATE_NOT_COVERED], minlength=len(center)) > 0
    unknown = np.bincount(cluster_village[clusters == STATE_NO_DATA], minlength=len(center)) > 0
    has_signal = center == STATE_COVERED
    result = center.copy()
    result[has_signal & unknown] = STATE_NO_DATA
    result[has_signal & below] = STATE_PARTLY_COVERED
    return result


def states_over_any(operators: States) -> States:
    """Return the state of each village over any operator, from those for every one, of shape (operators, villages)."""
    result = np.full(operators.shape[1], STATE_NO_DATA, dtype=np.uint8)
    if len(operators):
        result[(operators == STATE_NOT_COVERED).all(axis=0)] = STATE_NOT_COVERED
    for proven in (STATE_PARTLY_COVERED, STATE_COVERED):
        result[(operators == proven).any(axis=0)] = proven
    return result
