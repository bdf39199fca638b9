"""Which sites stand on one mast: by the mast's code, else by position."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.domain.grid import WGS84_FLATTENING, WGS84_SEMI_MAJOR_AXIS_M

Floats = NDArray[np.float64]
Indexes = NDArray[np.int64]


def earth_centred_m(lon: Floats, lat: Floats) -> Floats:
    """Return positions as metres from the middle of the Earth, shape `(n, 3)`, for straight distances."""
    lam, phi = np.radians(lon), np.radians(lat)
    squared = WGS84_FLATTENING * (2.0 - WGS84_FLATTENING)
    normal_m = WGS84_SEMI_MAJOR_AXIS_M / np.sqrt(1.0 - squared * np.sin(phi) ** 2)
    x_m = normal_m * np.cos(phi) * np.cos(lam)
    y_m = normal_m * np.cos(phi) * np.sin(lam)
    return np.column_stack([x_m, y_m, normal_m * (1.0 - squared) * np.sin(phi)])


def assign_positions(positions: Floats, anchors: Floats, *, tolerance_m: float) -> tuple[Indexes, Indexes]:
    """Gather positions into masts, the same for any order of the rows.

    `positions` and `anchors` (masts that stand already) are metres, shape `(n, 3)`. Returns for each position the index
    of its mast — below `len(anchors)` an anchor, else a new one — and for each new mast the position that founded it.
    """
    unique, inverse = np.unique(np.round(positions, 2), axis=0, return_inverse=True)
    order = np.arange(len(unique))
    assigned = np.full(len(unique), -1, dtype=np.int64)
    if len(anchors) and len(unique):
        distance, nearest = cKDTree(anchors).query(unique, distance_upper_bound=max(tolerance_m, 0.01))
        assigned = np.where(np.isfinite(distance), nearest, -1).astype(np.int64)
    founders = _found(unique, assigned, order, tolerance_m, first=len(anchors))
    rows = np.full(len(unique), -1, dtype=np.int64)
    rows[inverse[::-1]] = np.arange(len(positions))[::-1]
    return assigned[inverse], rows[founders]


def match_positions(positions: Floats, anchors: Floats, *, tolerance_m: float) -> Indexes:
    """Return for each position the anchor nearest to it that no nearer position takes, -1 where none is left.

    Both are metres, shape `(n, 3)`; no anchor is taken twice, and of equally near positions the first one takes it.
    """
    matched = np.full(len(positions), -1, dtype=np.int64)
    open_ones, free = np.arange(len(positions)), np.arange(len(anchors))
    while len(open_ones) and len(free):
        distance, nearest = cKDTree(np.round(anchors[free], 2)).query(np.round(positions[open_ones], 2))
        near = distance <= tolerance_m
        open_ones, distance, nearest = open_ones[near], distance[near], nearest[near]
        by_distance = np.lexsort((open_ones, distance))
        taken, first = np.unique(nearest[by_distance], return_index=True)
        takers = by_distance[first]
        matched[open_ones[takers]] = free[taken]
        open_ones, free = np.delete(open_ones, takers), np.delete(free, taken)
    return matched


def _found(unique: Floats, assigned: Indexes, order: Indexes, tolerance_m: float, *, first: int) -> Indexes:
    """Let each position without a mast join the nearest founder before it, or found one; fills `assigned`."""
    pairs = cKDTree(unique).query_pairs(tolerance_m, output_type="ndarray") if len(unique) else np.empty((0, 2), int)
    neighbours: dict[int, list[int]] = {}
    for low, high in np.sort(pairs, axis=1):
        neighbours.setdefault(int(high), []).append(int(low))
    founders: list[int] = []
    founded: set[int] = set()
    for index in map(int, order[assigned < 0]):
        near = [other for other in neighbours.get(index, ()) if other in founded]
        if near:
            nearest = min(near, key=lambda other: (float(np.linalg.norm(unique[other] - unique[index])), other))
            assigned[index] = assigned[nearest]
        else:
            assigned[index] = first + len(founders)
            founders.append(index)
            founded.add(index)
    return np.array(founders, dtype=np.int64)
