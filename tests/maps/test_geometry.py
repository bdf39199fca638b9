"""Encoded lines: as published, and the same points again within the rounding."""

from __future__ import annotations

import numpy as np
import pytest
from shapely.geometry import GeometryCollection, LineString, MultiPolygon, Point, Polygon, box

from maps.geometry import encode_line, encode_lines, encode_polygons


def decoded(text: str, *, decimals: int = 5) -> np.ndarray:
    """Longitudes and latitudes of an encoded polyline, read as its publication says."""
    numbers, value, shift = [], 0, 0
    for letter in text:
        bits = ord(letter) - 63
        value |= (bits & 31) << shift
        shift += 5
        if bits < 32:
            numbers.append(~(value >> 1) if value & 1 else value >> 1)
            value, shift = 0, 0
    return np.cumsum(np.reshape(numbers, (-1, 2)), axis=0)[:, ::-1] / 10.0**decimals


def test_the_published_example() -> None:
    line = [(-120.2, 38.5), (-120.95, 40.7), (-126.453, 43.252)]
    assert encode_line(line) == "_p~iF~ps|U_ulLnnqC_mqNvxq`@"


@pytest.mark.parametrize("decimals", [4, 5])
def test_points_come_back_within_the_rounding(decimals: int) -> None:
    points = np.random.default_rng(3).uniform((-180.0, -90.0), (180.0, 90.0), (500, 2))
    back = decoded(encode_line(points, decimals=decimals), decimals=decimals)
    assert np.abs(back - points).max() <= 0.5 * 10.0**-decimals + 1e-9


def test_points_that_round_to_one_are_one() -> None:
    assert decoded(encode_line([(108.0, 12.0), (108.000001, 12.000001), (108.1, 12.0)])).tolist() == [
        [108.0, 12.0],
        [108.1, 12.0],
    ]


def test_rings_keep_holes_and_leave_out_the_closing_point() -> None:
    ring = Polygon(box(108.0, 12.0, 108.3, 12.3).exterior, [box(108.1, 12.1, 108.2, 12.2).exterior])
    both = encode_polygons(MultiPolygon([ring, box(109.0, 12.0, 109.1, 12.1)]))
    assert [[len(decoded(text)) for text in rings] for rings in both] == [[4, 4], [4]]
    assert encode_polygons(Polygon()) == []


def test_lines_of_a_collection_are_found() -> None:
    line = LineString([(108.0, 12.0), (108.1, 12.1)])
    assert encode_lines(GeometryCollection([line, Point(0, 0)])) == [encode_line(line.coords)]
