"""Connected areas without coverage on a coarse grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from geo.domain.coverage import STATE_NOT_COVERED, States

# Cells that share an edge belong together; cells that only touch at a corner do not.
SHARED_EDGES = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], dtype=bool)


def label_gaps(states: States) -> tuple[NDArray[np.int32], int]:
    """Return the number of the gap of each cell, shape `(rows, cols)` with 0 for none, and how many gaps there are."""
    labels, count = ndimage.label(states == STATE_NOT_COVERED, structure=SHARED_EDGES)
    return labels.astype(np.int32), int(count)


def units_by_gap(
    gap_of_point: NDArray[np.integer], unit_of_point: NDArray[np.integer], *, units: int
) -> dict[int, tuple[int, ...]]:
    """Return the numbers of the units that each gap touches, from points that know their gap (0: none) and unit."""
    inside = gap_of_point > 0
    pairs = np.unique(gap_of_point[inside].astype(np.int64) * units + unit_of_point[inside])
    touched: dict[int, list[int]] = {}
    for gap, unit in zip((pairs // units).tolist(), (pairs % units).tolist(), strict=True):
        touched.setdefault(gap, []).append(unit)
    return {gap: tuple(found) for gap, found in touched.items()}
