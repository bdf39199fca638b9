"""Grids: positions, areas and the way there and back."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.domain.grid import EDGE_TOLERANCE, WGS84, Bounds, Grid, LonLat, metres_per_degree

ARC_SECOND_DEG = 1.0 / 3600.0
# Edges of a grid of 10 x 10 degrees and what lies beside them.
EDGES = st.sampled_from([0.0, 10.0, 1e-9, -1e-9, 10.0 + 1e-9, 10.0 - 1e-9, -1e-5, 10.0 + 1e-5, 5.0])


def test_whole_earth_has_the_area_of_the_ellipsoid() -> None:
    grid = Grid.covering(Bounds(-180, -90, 180, 90), step_x=1, step_y=1)
    # Surface of WGS 84, NIMA TR8350.2: 510,065,621.724 km2.
    assert grid.row_pixel_area_km2().sum() * grid.cols == pytest.approx(510_065_621.724, rel=1e-9)


def test_pixel_area_equals_geodesic_area() -> None:
    grid = Grid(west=108.0, north=13.0, step_x=0.1, step_y=0.1, rows=1, cols=1)
    parallel = np.linspace(108.0, 108.1, 200)
    ring_lon = np.concatenate([parallel, parallel[::-1]])
    ring_lat = np.concatenate([np.full(200, 12.9), np.full(200, 13.0)])
    area_m2, _ = Geod(ellps="WGS84").polygon_area_perimeter(ring_lon, ring_lat)
    assert grid.row_pixel_area_km2()[0] == pytest.approx(abs(area_m2) / 1e6, rel=1e-6)


def test_projected_pixels_are_plane() -> None:
    grid = Grid(west=400_000, north=1_400_000, step_x=500, step_y=500, rows=3, cols=2, crs="EPSG:9218")
    assert grid.row_pixel_area_km2() == pytest.approx([0.25, 0.25, 0.25])


@given(
    lon=st.floats(107.5, 109.5),
    lat=st.floats(12.1, 13.7),
    step=st.sampled_from([1, 3, 6]),
)
def test_position_lies_within_half_a_pixel_of_its_centre(lon: float, lat: float, step: int) -> None:
    size = step * ARC_SECOND_DEG
    grid = Grid.covering(Bounds(107.4, 12.0, 109.6, 13.8), step_x=size, step_y=size)
    pixel = grid.row_col(lon, lat)
    assert pixel is not None
    x, y = grid.center(*pixel)
    assert abs(x - lon) <= size * (0.5 + 2 * EDGE_TOLERANCE)
    assert abs(y - lat) <= size * (0.5 + 2 * EDGE_TOLERANCE)


def test_covering_grids_share_their_edges() -> None:
    first = Grid.covering(Bounds(107.501, 12.001, 108.0, 12.5), step_x=ARC_SECOND_DEG * 3, step_y=ARC_SECOND_DEG * 3)
    second = Grid.covering(Bounds(107.2, 11.9, 109.0, 13.1), step_x=ARC_SECOND_DEG * 3, step_y=ARC_SECOND_DEG * 3)
    offset = (first.west - second.west) / first.step_x
    assert offset == pytest.approx(round(offset), abs=1e-6)
    assert first.bounds.west <= 107.501
    assert first.bounds.east >= 108.0


def test_edges_belong_to_south_east_and_outer_ones_to_the_grid() -> None:
    grid = Grid(west=0, north=10, step_x=1, step_y=1, rows=10, cols=10)
    assert grid.row_col(0, 10) == (0, 0)
    assert grid.row_col(1, 9) == (1, 1)
    assert grid.row_col(10, 5) == (5, 9)
    assert grid.row_col(5, 0) == (9, 5)
    assert grid.row_col(10, 0) == (9, 9)
    for x, y in ((-0.001, 5), (10.001, 5), (5, 10.001), (5, -0.001)):
        assert grid.row_col(x, y) is None
    assert grid.crs == WGS84


@pytest.mark.parametrize("step", [1 / 1200, 1 / 3600, 0.1, 1 / 7, 90 / 111_320])
@pytest.mark.parametrize("count", [1, 7, 400, 1201])
def test_rounding_does_not_decide_at_an_edge(step: float, count: int) -> None:
    grid = Grid(west=108.1, north=12.5, step_x=step, step_y=step, rows=count, cols=count)
    noise = EDGE_TOLERANCE * step / 4
    for row in {0, 1, count // 2, count - 1, count}:
        for away in (-noise, 0.0, noise):
            y = grid.north - row * step + away
            assert grid.row_col(grid.west + step / 2, y) == (min(row, count - 1), 0)
            x = grid.west + row * step + away
            assert grid.row_col(x, grid.north - step / 2) == (0, min(row, count - 1))
            assert all(0.0 <= place < count for place in grid.fractional_row_col(x, y))


@given(st.lists(st.tuples(EDGES | st.floats(-2, 12), EDGES | st.floats(-2, 12)), max_size=20))
def test_many_positions_at_once_are_where_each_of_them_is(places: list[tuple[float, float]]) -> None:
    grid = Grid(west=0, north=10, step_x=1, step_y=2, rows=5, cols=10)
    x, y = np.array(places, dtype=np.float64).reshape(-1, 2).T
    row, col, inside = grid.rows_cols(x, y)
    for at, place in enumerate(places):
        pixel = grid.row_col(*place)
        assert inside[at] == (pixel is not None)
        assert (row[at], col[at]) == (pixel or (0, 0))


def test_degree_lengths_match_the_geodesic() -> None:
    geod = Geod(ellps="WGS84")
    lon_m, lat_m = metres_per_degree(12.67)
    _, _, east_m = geod.inv(108.0, 12.67, 108.001, 12.67)
    _, _, north_m = geod.inv(108.0, 12.6695, 108.0, 12.6705)
    assert lon_m == pytest.approx(east_m * 1000, rel=1e-6)
    assert lat_m == pytest.approx(north_m * 1000, rel=1e-6)


@pytest.mark.parametrize(("lon", "lat"), [(181.0, 0.0), (0.0, 91.0), (math.nan, 0.0)])
def test_positions_outside_the_earth_are_refused(lon: float, lat: float) -> None:
    with pytest.raises(ValueError, match="not a position"):
        LonLat(lon, lat)


@pytest.mark.parametrize("kwargs", [{"step_x": 0.0}, {"rows": 0}])
def test_empty_grids_are_refused(kwargs: dict[str, float]) -> None:
    values = {"west": 0.0, "north": 0.0, "step_x": 1.0, "step_y": 1.0, "rows": 1, "cols": 1} | kwargs
    with pytest.raises(ValueError, match="not a grid"):
        Grid(**values)  # type: ignore[arg-type]


def test_boxes_know_what_they_share() -> None:
    box = Bounds(0, 0, 2, 2)
    assert box.intersects(Bounds(2, 2, 3, 3))
    assert not box.intersects(Bounds(2.1, 0, 3, 1))
    assert box.buffered(1, 2) == Bounds(-1, -2, 3, 4)
    with pytest.raises(ValueError, match="not a box"):
        Bounds(1, 0, 0, 1)
