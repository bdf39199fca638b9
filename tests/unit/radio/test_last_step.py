"""Levels at exact positions and levels of pixels mean the same, also where land cover stands around the receiver."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.domain.grid import Grid
from geo.radio.kernels.sampling import END_GAP, add_last_step, fill_surface, fill_terrain, find_crossings
from geo.radio.masts import Mast
from geo.radio.model import PredictionSettings
from geo.radio.prediction import Transmitter, points_loss_of, predict_grid, prepare_rasters
from geo.radio.terrain import ClutterWindow, TerrainWindow

PIXELS = 260
STEP_DEG = 1.0 / 3600.0
REACH_M, FREQUENCY_MHZ = 3_500.0, 1_842.5


@pytest.fixture(scope="module")
def rough() -> tuple[TerrainWindow, ClutterWindow]:
    """About 8 km of rough ground at 30 m, woods and houses on half of it."""
    rng = np.random.default_rng(8)
    spectrum = np.fft.rfft2(rng.standard_normal((PIXELS, PIXELS)))
    frequency = np.hypot(np.fft.fftfreq(PIXELS)[:, None], np.fft.rfftfreq(PIXELS)[None, :])
    frequency[0, 0] = 1.0
    ground = np.fft.irfft2(spectrum / frequency**2, s=(PIXELS, PIXELS))
    heights = (500.0 + 60.0 * (ground - ground.mean()) / ground.std()).astype(np.float32)
    woods = np.kron(rng.random((PIXELS // 10, PIXELS // 10)) < 0.5, np.ones((10, 10), bool))
    grid = Grid(west=108.0, north=12.6, step_x=STEP_DEG, step_y=STEP_DEG, rows=PIXELS, cols=PIXELS)
    terrain = TerrainWindow(grid, heights, np.zeros(heights.shape, dtype=bool))
    return terrain, ClutterWindow(grid, np.where(woods, 10.0, 1.0).astype(np.float32))


@pytest.mark.parametrize("is_covered", [False, True])
def test_exact_positions_are_neither_better_nor_worse_than_pixels(
    rough: tuple[TerrainWindow, ClutterWindow], settings: PredictionSettings, is_covered: bool
) -> None:
    terrain, cover = rough
    clutter = cover if is_covered else None
    lon, lat = 108.0 + 130.3 * STEP_DEG, 12.6 - 129.8 * STEP_DEG
    pixels = predict_grid(
        [Transmitter(lon, lat, 40.0, FREQUENCY_MHZ, REACH_M)], terrain=terrain, clutter=clutter, settings=settings
    )
    rng = np.random.default_rng(9)
    distance_m, azimuth = REACH_M * np.sqrt(rng.random(6_000)), 2.0 * math.pi * rng.random(6_000)
    at_lon = lon + distance_m * np.sin(azimuth) / 108_700.0
    at_lat = lat + distance_m * np.cos(azimuth) / 110_600.0
    mast = Mast(lon, lat, 40.0, {FREQUENCY_MHZ: REACH_M}, ())
    rasters = prepare_rasters(terrain, clutter)
    found = points_loss_of(mast, lon=at_lon, lat=at_lat, rasters=rasters, settings=settings)
    rows, cols = np.floor(found.row + 0.5).astype(int), np.floor(found.col + 0.5).astype(int)
    of_pixel = pixels.loss_cdb[0, rows - pixels.corner[0], cols - pixels.corner[1]] / 100.0
    exact = found.loss_cdb[0] / 100.0
    both = (of_pixel > 0) & (exact > 0)
    assert both.sum() > 5_000
    # A step that varies with the position in the pixel would make it 0.7 dB with land cover.
    assert (exact - of_pixel)[both].mean() == pytest.approx(0.0, abs=0.2)
    for loss_db in np.percentile(of_pixel[both], [30, 50, 70]):
        assert (exact[both] < loss_db).mean() == pytest.approx((of_pixel[both] < loss_db).mean(), abs=0.012)


POSITION = st.floats(5.0, 55.0, allow_nan=False)


def profile(
    row_0: float, col_0: float, row_1: float, col_1: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], int, int]:
    """Distances, terrain and surface over a slope under woods of 10 m; the last point, and the last one under woods."""
    heights = np.add.outer(2.0 * np.arange(61.0), np.arange(61.0)).astype(np.float32)
    woods = np.full(heights.shape, 10.0, np.float32)
    crossings = find_crossings(row_0, col_0, row_1, col_1)
    distance, terrain, surface = (np.zeros(crossings.last + 3) for _ in range(3))
    total_km = 0.03 * math.hypot(row_1 - row_0, col_1 - col_0)
    last = fill_terrain(heights, row_0, col_0, row_1, col_1, crossings, total_km, distance, terrain)
    points = add_last_step(heights, row_0, col_0, row_1, col_1, crossings, last, distance, terrain)
    fill_surface(woods, row_0, col_0, row_1, col_1, points, distance, terrain, surface)
    end = points[0] + 1
    wooded = np.flatnonzero(surface[:end] > terrain[:end] + 1.0)
    return distance[:end], terrain[:end], surface[:end], points[0], int(wooded[-1])


@pytest.mark.kernels
@given(POSITION, POSITION, POSITION, POSITION)
def test_the_nearest_clutter_stands_a_step_before_the_receiver(
    row_0: float, col_0: float, row_1: float, col_1: float
) -> None:
    pixels = max(abs(row_1 - row_0), abs(col_1 - col_0))
    if pixels < 1.0 + 2.0 * END_GAP:
        return
    distance, terrain, surface, last, wood = profile(row_0, col_0, row_1, col_1)
    assert (np.diff(distance) > 0.0).all()
    step_km = distance[last] / pixels
    assert (distance[last] - distance[wood]) / step_km == pytest.approx(1.0, abs=0.03)
    assert surface[0] == terrain[0]
    assert surface[last] == terrain[last]
    # On a slope every point lies on the straight line between the ends.
    assert terrain == pytest.approx(terrain[0] + (terrain[last] - terrain[0]) * distance / distance[last], abs=1e-3)


@pytest.mark.kernels
def test_the_middle_of_a_pixel_has_the_points_of_the_raster_alone() -> None:
    distance, _, _, last, wood = profile(10.3, 20.8, 40.0, 31.0)
    assert last == find_crossings(10.3, 20.8, 40.0, 31.0).last
    assert wood == last - 1
    assert len(distance) == last + 1
