"""The sweep against one real profile for every pixel: the reference path."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.domain.grid import Bounds, Grid
from geo.radio.layers import MastLoss
from geo.radio.model import Method, PredictionSettings
from geo.radio.prediction import Transmitter, predict_grid
from geo.radio.terrain import ClutterWindow, TerrainWindow, read_terrain

ARC_SECOND = 1.0 / 3600.0
WEST, NORTH = 108.0, 12.75
VOID_CDB = -1


def fractal_terrain(step_deg: float, size: int, *, roughness_m: float = 150.0, seed: int = 3) -> TerrainWindow:
    """Rugged terrain with a power-law spectrum, at 30 m with slopes of 12 degrees in the mean; the same for a seed."""
    rng = np.random.default_rng(seed)
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None, :])
    frequency[0, 0] = 1.0
    heights = np.fft.irfft2(np.fft.rfft2(rng.normal(size=(size, size))) / frequency**1.9, s=(size, size))
    heights = 600.0 + roughness_m * (heights - heights.mean()) / heights.std()
    grid = Grid(west=WEST, north=NORTH, step_x=step_deg, step_y=step_deg, rows=size, cols=size)
    return TerrainWindow(grid, heights.astype(np.float32), np.zeros((size, size), dtype=bool))


def predict(
    terrain: TerrainWindow,
    settings: PredictionSettings,
    *,
    at: tuple[float, float],
    reach_m: float,
    frequencies_mhz: tuple[float, ...] = (1842.5,),
    clutter: ClutterWindow | None = None,
    height_m: float = 35.0,
) -> MastLoss:
    """Loss from a mast at a position in pixels, 0.0 at the middle of the first."""
    grid = terrain.grid
    lon, lat = grid.west + (at[1] + 0.5) * grid.step_x, grid.north - (at[0] + 0.5) * grid.step_y
    masts = [Transmitter(lon, lat, height_m, each, reach_m) for each in frequencies_mhz]
    return predict_grid(masts, terrain=terrain, clutter=clutter, settings=settings)


def both(
    terrain: TerrainWindow,
    settings: PredictionSettings,
    *,
    at: tuple[float, float],
    reach_m: float,
    clutter: ClutterWindow | None = None,
) -> tuple[MastLoss, MastLoss]:
    """Loss by the sweep, and over the profile of every path."""
    return (
        predict(terrain, settings, at=at, reach_m=reach_m, clutter=clutter),
        predict(terrain, profiles(settings), at=at, reach_m=reach_m, clutter=clutter),
    )


def profiles(settings: PredictionSettings) -> PredictionSettings:
    return replace(settings, method="profiles")


def differences_db(swept: MastLoss, exact: MastLoss) -> NDArray[np.float64]:
    """Differences at the pixels that both reach."""
    assert np.array_equal(swept.loss_cdb == 0, exact.loss_cdb == 0)
    known = (swept.loss_cdb > 0) & (exact.loss_cdb > 0)
    return np.asarray((swept.loss_cdb[known].astype(np.float64) - exact.loss_cdb[known]) / 100.0)


def rmse(differences: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(differences**2)))


@pytest.mark.kernels
def test_a_ray_through_pixels_is_their_own_profile(settings: PredictionSettings) -> None:
    terrain = fractal_terrain(3 * ARC_SECOND, 61)
    swept = predict(terrain, settings, at=(30.0, 30.0), reach_m=2_500.0)
    exact = predict(terrain, profiles(settings), at=(30.0, 30.0), reach_m=2_500.0)
    middle = 30 - swept.corner[0]
    for line in (np.s_[0, middle, :], np.s_[0, :, middle]):
        assert np.abs(swept.loss_cdb[line] - exact.loss_cdb[line]).max() <= 5
        assert np.abs(swept.elevation_cdeg[line[1:]] - exact.elevation_cdeg[line[1:]]).max() <= 1
    diagonal = np.arange(swept.loss_cdb.shape[1])
    assert np.abs(swept.loss_cdb[0, diagonal, diagonal] - exact.loss_cdb[0, diagonal, diagonal]).max() <= 20


@pytest.mark.parametrize(("seed", "at"), [(3, (200.0, 200.0)), (3, (150.5, 260.5)), (4, (199.6, 200.45))])
def test_agreement_on_rugged_terrain_at_30_m(settings: PredictionSettings, seed: int, at: tuple[float, float]) -> None:
    terrain = fractal_terrain(ARC_SECOND, 401, seed=seed)
    found = differences_db(*both(terrain, settings, at=at, reach_m=5_000.0))
    assert found.size > 50_000
    assert np.median(np.abs(found)) <= 0.2
    assert rmse(found) <= 1.5


@pytest.mark.parametrize(("lon", "lat"), [(19.98, 49.25), (20.2, 49.18), (19.75, 49.4)])
def test_agreement_on_real_mountains_at_their_own_step(
    shared_data: Path, settings: PredictionSettings, lon: float, lat: float
) -> None:
    path = shared_data / "data" / "srtm3_tatra_N48-50_E19-21.tif"
    terrain = read_terrain([path], bounds=Bounds(lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01), margin_m=16_000.0)
    masts = [Transmitter(lon, lat, 40.0, 1842.5, 15_000.0)]
    swept = predict_grid(masts, terrain=terrain, clutter=None, settings=settings)
    exact = predict_grid(masts, terrain=terrain, clutter=None, settings=profiles(settings))
    found = differences_db(swept, exact)
    assert found.size > 50_000
    assert np.median(np.abs(found)) <= 0.2
    assert rmse(found) <= 2.0


def test_agreement_over_clutter(settings: PredictionSettings) -> None:
    terrain = fractal_terrain(ARC_SECOND, 301)
    rng = np.random.default_rng(5)
    patches = np.repeat(np.repeat(rng.choice([0.0, 3.0, 10.0, 15.0], (43, 43)), 7, axis=0), 7, axis=1)
    clutter = ClutterWindow(terrain.grid, patches.astype(np.float32), ())
    swept, exact = both(terrain, settings, at=(150.3, 149.8), reach_m=3_500.0, clutter=clutter)
    found = differences_db(swept, exact)
    assert np.median(np.abs(found)) <= 0.2
    assert rmse(found) <= 1.5
    bare = predict(terrain, settings, at=(150.3, 149.8), reach_m=3_500.0)
    assert np.mean(swept.loss_db - bare.loss_db) > 1.0


def test_agreement_where_nothing_stands_in_the_way(settings: PredictionSettings) -> None:
    flat = fractal_terrain(ARC_SECOND, 401, roughness_m=0.0)
    found = differences_db(*both(flat, settings, at=(200.2, 199.7), reach_m=5_500.0))
    assert np.abs(found).max() <= 0.1
    rising = flat.heights_m + np.linspace(0.0, 60.0, 401, dtype=np.float32)[:, None]
    found = differences_db(
        *both(TerrainWindow(flat.grid, rising, flat.void), settings, at=(200.2, 199.7), reach_m=5_500.0)
    )
    # Beside the ray the slope is up to half a pixel higher: what that does to a path that just clears the ground.
    assert np.abs(found).max() <= 0.5
    assert rmse(found) <= 0.1


@given(
    row=st.floats(-0.49, 40.49),
    col=st.floats(-0.49, 40.49),
    reach_m=st.floats(60.0, 4_000.0),
    step_ratio=st.floats(0.6, 1.7),
)
@hypothesis_settings(max_examples=60, deadline=None)
def test_every_pixel_in_reach_is_owned_by_one_ray(row: float, col: float, reach_m: float, step_ratio: float) -> None:
    step = 3 * ARC_SECOND
    grid = Grid(west=WEST, north=NORTH, step_x=step, step_y=step * step_ratio, rows=41, cols=41)
    terrain = TerrainWindow(grid, np.full((41, 41), 100.0, np.float32), np.zeros((41, 41), dtype=bool))
    swept, exact = both(terrain, plain_settings(), at=(row, col), reach_m=reach_m)
    assert np.array_equal(swept.loss_cdb > 0, exact.loss_cdb > 0)
    # As many paths as pixels, and none left out: each was computed once.
    assert swept.paths == exact.paths == np.count_nonzero(swept.loss_cdb)


def plain_settings() -> PredictionSettings:
    return PredictionSettings(
        location_percent=90.0,
        receiver_height_m=1.5,
        decided_level_dbm=-105.0,
        time_percent=50.0,
        vertical=True,
        delta_n=50.9,
        surface_refractivity=378.3,
        shortest_distance_m=10.0,
        lowest_level_dbm=-130.0,
    )


def test_a_frequency_is_the_same_alone_and_with_others(settings: PredictionSettings) -> None:
    terrain = fractal_terrain(3 * ARC_SECOND, 121)
    bands = (780.5, 1842.5, 3550.0)
    together = predict(terrain, settings, at=(60.4, 59.7), reach_m=4_000.0, frequencies_mhz=bands)
    for k, frequency in enumerate(together.frequencies_mhz):
        alone = predict(terrain, settings, at=(60.4, 59.7), reach_m=4_000.0, frequencies_mhz=(frequency,))
        assert np.array_equal(alone.loss_cdb[0], together.loss_cdb[k])
        assert np.array_equal(alone.elevation_cdeg, together.elevation_cdeg)


def test_what_lies_beyond_a_void_is_not_known(settings: PredictionSettings) -> None:
    terrain = fractal_terrain(ARC_SECOND, 201)
    void = np.zeros((201, 201), dtype=bool)
    void[60:64, 90:110] = True
    void[130, 40] = True
    terrain = TerrainWindow(terrain.grid, np.where(void, np.float32(-32768.0), terrain.heights_m), void)
    swept, exact = both(terrain, settings, at=(100.2, 100.3), reach_m=2_800.0)
    unknown, should_be = swept.loss_cdb[0] == VOID_CDB, exact.loss_cdb[0] == VOID_CDB
    window = void[swept.corner[0] :, swept.corner[1] :][: unknown.shape[0], : unknown.shape[1]]
    assert np.all(unknown[window & (exact.loss_cdb[0] != 0)])
    assert np.count_nonzero(should_be) > 500
    assert np.count_nonzero(unknown != should_be) <= 0.05 * np.count_nonzero(should_be)
    found = differences_db(swept, exact)
    assert rmse(found) <= 1.5


@pytest.mark.parametrize("at", [(100.2, 100.3), (100.0, 100.0), (99.0005, 99.9), (100.9, 99.1)])
def test_from_a_mast_beside_a_void_no_path_is_known(settings: PredictionSettings, at: tuple[float, float]) -> None:
    terrain = fractal_terrain(ARC_SECOND, 201)
    void = np.zeros((201, 201), dtype=bool)
    void[100, 100] = True
    terrain = TerrainWindow(terrain.grid, np.where(void, np.float32(-32768.0), terrain.heights_m), void)
    swept, exact = both(terrain, settings, at=at, reach_m=2_800.0)
    assert np.array_equal(swept.loss_cdb, exact.loss_cdb)
    reached = exact.loss_cdb[0] != 0
    assert np.count_nonzero(reached) > 20_000
    assert np.all(swept.loss_cdb[0][reached] == VOID_CDB)


@pytest.mark.parametrize(("reach_m", "limit_db"), [(300.0, 0.0), (700.0, 0.0), (900.0, 1.5), (1_500.0, 1.5)])
def test_a_short_reach_is_drawn_by_profiles(settings: PredictionSettings, reach_m: float, limit_db: float) -> None:
    terrain = fractal_terrain(ARC_SECOND, 201)
    found = differences_db(*both(terrain, settings, at=(100.2, 99.7), reach_m=reach_m))
    assert rmse(found) <= limit_db
    assert (rmse(found) > 0.0) == (limit_db > 0.0)


@pytest.mark.parametrize(
    "at", [(0.0, 0.0), (-0.5, 60.0), (60.0, 60.4), (59.7, -0.2), (60.5, 30.0), (30.0, 60.5), (60.5, 60.5), (20.0, -0.5)]
)
def test_a_mast_at_the_edge_of_the_terrain(settings: PredictionSettings, at: tuple[float, float]) -> None:
    terrain = fractal_terrain(3 * ARC_SECOND, 61)
    found = differences_db(*both(terrain, settings, at=at, reach_m=3_000.0))
    assert rmse(found) <= 2.0
    assert found.size > 700


@pytest.mark.parametrize("method", ["sweep", "profiles"])
@pytest.mark.parametrize(("down", "right"), [(0, 200), (400, 200), (200, 0), (200, 400), (400, 400), (0, 400)])
def test_rounding_does_not_decide_on_the_outer_edge(
    settings: PredictionSettings, method: Method, down: int, right: int
) -> None:
    """A mast on an edge of the terrain reaches as far as one a hair inside; at 12.5 N the southern edge rounds out."""
    step = 1.0 / 1200.0
    grid = Grid(west=108.1, north=12.5, step_x=step, step_y=step, rows=400, cols=400)
    terrain = TerrainWindow(grid, fractal_terrain(step, 400).heights_m, np.zeros(grid.shape, dtype=bool))
    lon, lat = grid.west + right / 1200, grid.north - down / 1200
    # North-west edges are left to the south and east, south-east edges to the north and west.
    inside = {0: 1e-9, 200: 0.0, 400: -1e-9}
    assert terrain.grid.row_col(lon, lat) is not None
    on_edge, beside = (
        predict_grid(
            [Transmitter(at[0], at[1], 35.0, 1842.5, 6_000.0)],
            terrain=terrain,
            clutter=None,
            settings=replace(settings, method=method),
        )
        for at in ((lon, lat), (lon + inside[right], lat - inside[down]))
    )
    reached = on_edge.loss_cdb > 0
    assert np.count_nonzero(reached) > 3_000
    assert not np.any(on_edge.loss_cdb == VOID_CDB)
    assert np.array_equal(reached, beside.loss_cdb > 0)
    assert np.abs(on_edge.loss_cdb[reached].astype(int) - beside.loss_cdb[reached]).max() <= 2


def test_where_the_sweep_does_not_hold_profiles_are_drawn(settings: PredictionSettings) -> None:
    terrain = fractal_terrain(3 * ARC_SECOND, 61)
    rare, exact = both(terrain, replace(settings, time_percent=10.0), at=(30.2, 30.4), reach_m=1_500.0)
    assert np.array_equal(rare.loss_cdb, exact.loss_cdb)
    outside, exact = both(terrain, settings, at=(70.0, 30.0), reach_m=3_000.0)
    assert np.array_equal(outside.loss_cdb, exact.loss_cdb)
