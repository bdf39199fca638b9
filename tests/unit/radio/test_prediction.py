"""Levels on a grid and at points: against single profiles, at the edges of what is defined, for any thread count."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from geo.domain.grid import Bounds, Grid, LonLat, metres_per_degree
from geo.errors import BadInputError
from geo.radio.layers import NO_DATA, NOT_REACHED, steps_of
from geo.radio.link_budget import HIGHEST_EIRP_DBM, ResolvedCell
from geo.radio.model import PredictionSettings
from geo.radio.p1812 import location_height_share, location_sigma_db, profile_loss
from geo.radio.prediction import Transmitter, best_server, predict_grid, predict_points
from geo.radio.profiles import Profile, Zone
from geo.radio.terrain import ClutterWindow, TerrainWindow, flat_terrain

Make = Callable[..., ResolvedCell]


def transmitter(cell: ResolvedCell) -> Transmitter:
    return Transmitter(cell.lon, cell.lat, cell.antenna_height_m, cell.frequency_mhz, cell.reach_m)


def with_void(terrain: TerrainWindow, *pixels: tuple[int, int]) -> TerrainWindow:
    heights, void = terrain.heights_m.copy(), terrain.void.copy()
    for pixel in pixels:
        heights[pixel], void[pixel] = -32768.0, True
    return TerrainWindow(terrain.grid, heights, void)


@pytest.mark.kernels
@pytest.mark.parametrize("towards", [(30, 50), (5, 30), (5, 5), (50, 37), (31, 30)])
def test_a_pixel_is_p1812_on_its_profile(
    hills: TerrainWindow, settings: PredictionSettings, make_cell: Make, towards: tuple[int, int]
) -> None:
    loss = predict_grid([transmitter(make_cell())], terrain=hills, clutter=None, settings=settings)
    row, col = towards
    got = float(loss.loss_db[0, row - loss.corner[0], col - loss.corner[1]])
    assert got == pytest.approx(_loss_by_hand(hills, settings, (30, 30), towards), abs=5.1e-3)


def _loss_by_hand(
    terrain: TerrainWindow, settings: PredictionSettings, start: tuple[int, int], end: tuple[int, int]
) -> float:
    """P.1812 on a profile drawn with numpy: a point at each crossing of the axis that is crossed more often."""
    steps = max(2, abs(end[0] - start[0]), abs(end[1] - start[1]))
    rows, cols = np.linspace(start[0], end[0], steps + 1), np.linspace(start[1], end[1], steps + 1)
    r, c = np.minimum(rows.astype(int), 58), np.minimum(cols.astype(int), 58)
    h = terrain.heights_m.astype(float)
    down, right = rows - r, cols - c
    heights = (h[r, c] * (1 - right) + h[r, c + 1] * right) * (1 - down)
    heights += (h[r + 1, c] * (1 - right) + h[r + 1, c + 1] * right) * down
    start_lat, end_lat = terrain.grid.center(*start)[1], terrain.grid.center(*end)[1]
    north = (start[0] - end[0]) * terrain.grid.step_y * metres_per_degree(start_lat)[1] / 1000.0
    east = (end[1] - start[1]) * terrain.grid.step_x * metres_per_degree((start_lat + end_lat) / 2)[0] / 1000.0
    distance = np.linspace(0.0, math.hypot(north, east), steps + 1)
    profile = Profile(distance, heights, np.zeros(steps + 1), np.full(steps + 1, Zone.INLAND, dtype=np.int8))
    result = profile_loss(
        profile,
        frequency_mhz=1842.5,
        tx_height_m=30.0,
        rx_height_m=1.5,
        time_percent=50.0,
        location_percent=90.0,
        polarization="vertical",
        latitude_deg=12.7,
        delta_n=settings.delta_n,
        n0=settings.surface_refractivity,
        location_sigma_db=location_height_share(1.5, 0.0) * location_sigma_db(1842.5, terrain.step_m),
    )
    return result.basic_transmission_loss_db


def test_points_and_pixels_agree_and_points_keep_their_own_place(
    hills: TerrainWindow, settings: PredictionSettings, make_cell: Make
) -> None:
    cells = [make_cell(cell_id=1), make_cell(cell_id=2, azimuth_deg=120.0)]
    (layer,) = best_server(cells, terrain=hills, clutter=None, settings=settings)
    pixels = [(5, 30), (50, 12), (30, 31), (44, 52)]
    centers = [LonLat(*hills.grid.center(*pixel)) for pixel in pixels]
    (at_points,) = predict_points(cells, centers, terrain=hills, clutter=None, settings=settings)
    assert at_points.level_dbm == pytest.approx([layer.level_dbm[pixel] for pixel in pixels], abs=0.011)
    assert at_points.server_cell_id.tolist() == [layer.server_cell_id[pixel] for pixel in pixels]
    beside = [LonLat(point.lon + 0.0003, point.lat) for point in centers]
    (moved,) = predict_points(cells, beside, terrain=hills, clutter=None, settings=settings)
    assert not np.allclose(moved.level_dbm, at_points.level_dbm, atol=1e-3)


@pytest.mark.kernels
def test_no_thread_count_and_no_order_changes_a_bit(
    hills: TerrainWindow, settings: PredictionSettings, make_cell: Make
) -> None:
    lon, lat = hills.grid.center(12, 48)
    cells = [
        make_cell(cell_id=number, azimuth_deg=azimuth, **({"lon": lon, "lat": lat} if number > 3 else {}))
        for number, azimuth in enumerate((0.0, 120.0, 240.0, 0.0, 120.0, 240.0), 1)
    ]
    one = best_server(cells, terrain=hills, clutter=None, settings=replace(settings, workers=1))
    many = best_server(cells[::-1], terrain=hills, clutter=None, settings=replace(settings, workers=4))
    for a, b in zip(one, many, strict=True):
        assert np.array_equal(a.level_dbm, b.level_dbm)
        assert np.array_equal(a.server_cell_id, b.server_cell_id)
        assert np.array_equal(a.no_data, b.no_data)


def test_equal_levels_go_to_the_lower_cell(hills: TerrainWindow, settings: PredictionSettings, make_cell: Make) -> None:
    twins = [make_cell(cell_id=9), make_cell(cell_id=4)]
    (layer,) = best_server(twins, terrain=hills, clutter=None, settings=settings)
    assert set(np.unique(layer.server_cell_id)) <= {0, 4}


def test_shadow_behind_the_ridge_and_sector_in_front(
    hills: TerrainWindow, settings: PredictionSettings, make_cell: Make
) -> None:
    north, south = make_cell(azimuth_deg=0.0), make_cell(azimuth_deg=180.0)
    (to_north,) = best_server([north], terrain=hills, clutter=None, settings=settings)
    (to_south,) = best_server([south], terrain=hills, clutter=None, settings=settings)
    assert to_north.level_dbm[25, 30] > to_south.level_dbm[25, 30] + 10.0
    assert to_north.level_dbm[21, 30] > to_north.level_dbm[14, 30] + 15.0


def test_mast_pixel_edge_corner_and_zero_distance(
    hills: TerrainWindow, settings: PredictionSettings, make_cell: Make
) -> None:
    west, north = hills.grid.west + 30 * hills.grid.step_x, hills.grid.north - 30 * hills.grid.step_y
    for lon, lat in ((west, north), (west, north - 0.0001), hills.grid.center(30, 30)):
        (layer,) = best_server([make_cell(lon=lon, lat=lat)], terrain=hills, clutter=None, settings=settings)
        assert np.isfinite(layer.level_dbm).all()
        assert not layer.no_data.any()
        assert layer.server_cell_id[30, 30] == 1
        (at_mast,) = predict_points(
            [make_cell(lon=lon, lat=lat)], [LonLat(lon, lat)], terrain=hills, clutter=None, settings=settings
        )
        assert math.isfinite(at_mast.level_dbm[0])
        assert -80.0 < at_mast.level_dbm[0] < 20.0


def test_tilt_of_90_degrees(hills: TerrainWindow, settings: PredictionSettings, make_cell: Make) -> None:
    (layer,) = best_server([make_cell(mechanical_tilt_deg=90.0)], terrain=hills, clutter=None, settings=settings)
    assert np.isfinite(layer.level_dbm).all()


@pytest.mark.kernels
def test_void_pixel_void_path_and_a_server_that_settles_it(
    hills: TerrainWindow, settings: PredictionSettings, make_cell: Make
) -> None:
    holed = with_void(hills, (30, 40))
    (layer,) = best_server([make_cell(cell_id=1)], terrain=holed, clutter=None, settings=settings)
    assert layer.no_data[30, 40]
    assert layer.no_data[30, 50]
    assert not layer.no_data[30, 20]
    assert np.isfinite(layer.level_dbm).all()
    assert layer.encoded()[30, 50] == NO_DATA
    # A second mast on the far side sees that pixel without crossing the void, and strongly: it is known again.
    lon, lat = holed.grid.center(30, 52)
    (both,) = best_server(
        [make_cell(cell_id=1), make_cell(cell_id=2, lon=lon, lat=lat, azimuth_deg=None)],
        terrain=holed,
        clutter=None,
        settings=settings,
    )
    assert not both.no_data[30, 50]
    assert both.no_data[30, 40]
    center = [LonLat(*holed.grid.center(30, 50)), LonLat(*holed.grid.center(30, 40))]
    (points,) = predict_points([make_cell()], center, terrain=holed, clutter=None, settings=settings)
    assert points.no_data.tolist() == [True, True]


def test_site_outside_the_terrain_gives_no_data_within_reach(
    hills: TerrainWindow, settings: PredictionSettings, make_cell: Make
) -> None:
    outside = make_cell(lon=hills.grid.west - 0.01, lat=hills.grid.center(30, 30)[1])
    (layer,) = best_server([outside], terrain=hills, clutter=None, settings=settings)
    assert layer.no_data.all()
    far = make_cell(lon=hills.grid.west - 1.0)
    (nothing,) = best_server([far], terrain=hills, clutter=None, settings=settings)
    assert not nothing.no_data.any()
    assert (nothing.encoded() == NOT_REACHED).all()
    (point,) = predict_points(
        [make_cell()], [LonLat(hills.grid.west - 0.01, 12.74)], terrain=hills, clutter=None, settings=settings
    )
    assert point.no_data.tolist() == [True]


def test_part_of_the_grid_is_the_same_as_the_whole(
    hills: TerrainWindow, settings: PredictionSettings, make_cell: Make
) -> None:
    part = replace(
        hills.grid,
        west=hills.grid.west + 20 * hills.grid.step_x,
        north=hills.grid.north - 10 * hills.grid.step_y,
        rows=25,
        cols=30,
    )
    (whole,) = best_server([make_cell()], terrain=hills, clutter=None, settings=settings)
    (inner,) = best_server([make_cell()], terrain=hills, clutter=None, settings=settings, area=part)
    assert np.array_equal(inner.level_dbm, whole.level_dbm[10:35, 20:50])
    wanted = np.zeros(part.shape, dtype=bool)
    wanted[5:9, 4:20] = True
    (some,) = best_server([make_cell()], terrain=hills, clutter=None, settings=settings, area=part, wanted=wanted)
    assert np.array_equal(some.level_dbm[wanted], inner.level_dbm[wanted])
    assert (some.server_cell_id[~wanted] == 0).all()
    with pytest.raises(BadInputError):
        best_server([make_cell()], terrain=hills, clutter=None, settings=settings, wanted=wanted)
    with pytest.raises(BadInputError):
        best_server(
            [make_cell()], terrain=hills, clutter=None, settings=settings, area=replace(part, west=part.west + 0.0002)
        )


@pytest.mark.kernels
def test_clutter_weakens_and_its_own_pixel_does_not(
    hills: TerrainWindow, settings: PredictionSettings, make_cell: Make
) -> None:
    wood = np.zeros(hills.grid.shape, np.float32)
    wood[:, 34:] = 15.0
    clutter = ClutterWindow(hills.grid, wood)
    (bare,) = best_server([make_cell()], terrain=hills, clutter=None, settings=settings)
    (wooded,) = best_server([make_cell()], terrain=hills, clutter=clutter, settings=settings)
    assert np.array_equal(bare.level_dbm[:, :30], wooded.level_dbm[:, :30])
    assert wooded.level_dbm[30, 42] < bare.level_dbm[30, 42] - 3.0
    with pytest.raises(BadInputError):
        other = replace(hills.grid, rows=3)
        best_server(
            [make_cell()],
            terrain=hills,
            clutter=ClutterWindow(other, np.zeros((3, 60), np.float32)),
            settings=settings,
        )


def test_location_percentage_is_in_the_level(
    hills: TerrainWindow, settings: PredictionSettings, make_cell: Make
) -> None:
    (at_90,) = best_server([make_cell()], terrain=hills, clutter=None, settings=settings)
    (at_50,) = best_server(
        [make_cell()], terrain=hills, clutter=None, settings=replace(settings, location_percent=50.0)
    )
    both = at_90.reached & at_50.reached
    drop = 1.2816 * location_height_share(1.5, 0.0) * location_sigma_db(1842.5, hills.step_m)
    assert (at_50.level_dbm - at_90.level_dbm)[both] == pytest.approx(drop, abs=0.011)


def test_levels_fall_with_distance_on_flat_earth(settings: PredictionSettings, make_cell: Make) -> None:
    cell = make_cell(azimuth_deg=None)
    terrain = flat_terrain(
        Bounds(cell.lon - 0.15, cell.lat - 0.02, cell.lon + 0.15, cell.lat + 0.02), step_deg=3.0 / 3600.0
    )
    (layer,) = best_server([cell], terrain=terrain, clutter=None, settings=settings)
    at = terrain.grid.row_col(cell.lon, cell.lat)
    assert at is not None
    eastward = layer.level_dbm[at[0], at[1] + 15 :]
    eastward = eastward[layer.server_cell_id[at[0], at[1] + 15 :] != 0]
    assert (np.diff(eastward) < 0.0).all()


@pytest.mark.kernels
def test_the_strongest_and_the_weakest_cell_do_not_wrap(
    hills: TerrainWindow, settings: PredictionSettings, make_cell: Make
) -> None:
    usual = make_cell()
    by_eirp = {}
    for eirp_dbm in (-300.0, usual.reference_eirp_dbm, HIGHEST_EIRP_DBM):
        cell = replace(usual, reference_eirp_dbm=eirp_dbm)
        (by_eirp[eirp_dbm],) = best_server([cell], terrain=hills, clutter=None, settings=settings)
    weakest, middle, strongest = by_eirp.values()
    assert not weakest.reached.any()
    raised = steps_of(HIGHEST_EIRP_DBM) - steps_of(usual.reference_eirp_dbm)
    both = middle.reached
    assert both.sum() > 1000
    assert np.array_equal(strongest.level_cdbm[both], middle.level_cdbm[both].astype(np.int64) + raised)
    assert (strongest.level_cdbm[strongest.reached] > 0).all()


def test_progress_counts_masts(hills: TerrainWindow, settings: PredictionSettings, make_cell: Make) -> None:
    seen: list[tuple[int, int]] = []
    cells = [make_cell(cell_id=1), make_cell(cell_id=2, antenna_height_m=20.0)]
    best_server(
        cells, terrain=hills, clutter=None, settings=settings, progress=lambda done, all_: seen.append((done, all_))
    )
    assert seen == [(1, 2), (2, 2)]


def test_one_mast_at_a_time(hills: TerrainWindow, settings: PredictionSettings, make_cell: Make) -> None:
    first = transmitter(make_cell())
    with pytest.raises(BadInputError):
        predict_grid([first, replace(first, antenna_height_m=31.0)], terrain=hills, clutter=None, settings=settings)
    two = predict_grid([first, replace(first, frequency_mhz=780.5)], terrain=hills, clutter=None, settings=settings)
    assert two.frequencies_mhz == (780.5, 1842.5)
    assert (two.loss_db[0] < two.loss_db[1]).mean() > 0.95


def test_a_higher_threshold_never_adds_coverage(
    hills: TerrainWindow, settings: PredictionSettings, make_cell: Make
) -> None:
    (got,) = best_server([make_cell()], terrain=hills, clutter=None, settings=settings)
    covered = [got.at_least(threshold) for threshold in (-110.0, -105.0, -95.0, -85.0)]
    for weaker, stronger in pairwise(covered):
        assert not (stronger & ~weaker).any()


def test_grid_of_another_crs_is_refused(hills: TerrainWindow, settings: PredictionSettings, make_cell: Make) -> None:
    metric = Grid(west=0.0, north=0.0, step_x=90.0, step_y=90.0, rows=2, cols=2, crs="EPSG:9218")
    with pytest.raises(BadInputError):
        best_server([make_cell()], terrain=hills, clutter=None, settings=settings, area=metric)


@pytest.mark.parametrize("operator", ["beta", "alpha"])
def test_a_cell_ends_at_its_own_reach_whatever_shares_its_mast(
    settings: PredictionSettings, make_cell: Make, operator: str
) -> None:
    flat = flat_terrain(Bounds(107.99, 12.69, 108.01, 12.71), step_deg=3 / 3600, margin_m=8_000.0)
    short = replace(make_cell(), lon=108.0, lat=12.7, operator_code="alpha", reach_m=2_000.0)
    far = replace(short, cell_id=short.cell_id + 1, operator_code=operator, frequency_mhz=800.0, reach_m=6_000.0)
    same = replace(far, cell_id=far.cell_id + 1, operator_code="gamma", frequency_mhz=short.frequency_mhz)
    points = [LonLat(108.0, 12.7 + km / 110.6) for km in (1.9, 2.1, 5.0)]

    def servers(cells: list[ResolvedCell]) -> tuple[int, list[int]]:
        grid = best_server(cells, terrain=flat, clutter=None, settings=settings)
        at = predict_points(cells, points, terrain=flat, clutter=None, settings=settings)
        pixels = {layer.operator_code: layer for layer in grid}["alpha"].server_cell_id
        at_points = {layer.operator_code: layer for layer in at}["alpha"].server_cell_id
        return int(np.count_nonzero(pixels == short.cell_id)), at_points.tolist()

    alone = servers([short])
    assert alone[0] > 1000
    assert alone[1] == [short.cell_id, 0, 0]
    assert servers([short, same]) == alone
    if operator == "beta":
        assert servers([far, same, short]) == alone
    else:
        assert servers([far, same, short])[1][1:] == [far.cell_id, far.cell_id]
