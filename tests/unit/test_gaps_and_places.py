"""Connected gaps on a grid, and pieces of road."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, MultiLineString

from geo.domain.coverage import STATE_COVERED, STATE_NO_DATA, STATE_NOT_COVERED
from geo.domain.gaps import label_gaps, units_by_gap
from geo.domain.geodesy import geodesic_area_km2
from geo.domain.places import cut_lines

N, C, X = STATE_NOT_COVERED, STATE_COVERED, STATE_NO_DATA


def test_cells_that_share_an_edge_are_one_gap_and_corners_are_not() -> None:
    states = np.array([[N, N, C], [C, C, N], [X, N, N]], dtype=np.uint8)
    labels, count = label_gaps(states)
    assert count == 2
    assert (labels > 0).tolist() == (states == N).tolist()
    assert labels[0, 0] == labels[0, 1] != labels[1, 2]
    assert labels[1, 2] == labels[2, 2] == labels[2, 1]


def test_units_that_a_gap_touches() -> None:
    gap = np.array([0, 1, 1, 2, 2, 1])
    unit = np.array([4, 0, 3, 3, 3, 0])
    assert units_by_gap(gap, unit, units=5) == {1: (0, 3), 2: (3,)}


def test_pieces_add_up_to_the_line() -> None:
    lines = [
        LineString([(108.0, 12.6), (108.1, 12.6)]),
        MultiLineString([[(108, 12), (108, 12.05)], [(109, 13), (109, 13.01)]]),
    ]
    pieces = cut_lines(lines, 0.001)
    length_km = np.bincount(pieces.line, weights=pieces.length_km)
    # One degree of latitude is about 110.6 km here, one of longitude 108.6 km.
    assert length_km == pytest.approx([10.86, 0.06 * 110.65], rel=1e-3)
    assert pieces.length_km.max() < 0.12
    assert len(cut_lines([], 0.001).lon) == 0


def test_geodesic_area_does_not_depend_on_the_turn() -> None:
    square = shapely.box(108.0, 12.6, 108.1, 12.7)
    assert geodesic_area_km2(square) == pytest.approx(120.18, rel=1e-4)
    assert geodesic_area_km2(square.reverse()) == pytest.approx(geodesic_area_km2(square))
