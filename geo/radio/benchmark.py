"""Speed of the engine on terrain made for it: pixels per second on one core."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from geo.domain.grid import Grid, metres_per_degree
from geo.radio.model import Method, PredictionSettings
from geo.radio.prediction import Transmitter, predict_grid
from geo.radio.terrain import TerrainWindow

LON, LAT = 108.05, 12.67
ANTENNA_M = 40.0
ROUGHNESS_M = 250.0
EXPONENT = 1.9


@dataclass(frozen=True)
class Speed:
    """What one mast took in processor time of one thread; the quickest of several runs."""

    model: str
    method: Method
    terrain: str
    step_m: float
    radius_km: float
    frequencies_mhz: tuple[float, ...]
    pixels: int
    seconds: float
    pixels_per_second_per_core: int


def fractal_terrain(grid: Grid, *, roughness_m: float = ROUGHNESS_M, seed: int = 1) -> TerrainWindow:
    """Return rugged ground with a power-law spectrum around 600 m; the same for the same grid and seed.

    `roughness_m` is the standard deviation of the heights.
    """
    rng = np.random.default_rng(seed)
    frequency = np.hypot(np.fft.fftfreq(grid.rows)[:, None], np.fft.rfftfreq(grid.cols)[None, :])
    frequency[0, 0] = 1.0
    heights = np.fft.irfft2(np.fft.rfft2(rng.normal(size=grid.shape)) / frequency**EXPONENT, s=grid.shape)
    heights = 600.0 + roughness_m * (heights - heights.mean()) / heights.std()
    return TerrainWindow(grid, heights.astype(np.float32), np.zeros(grid.shape, dtype=bool))


def square_grid(step_m: float, radius_km: float) -> Grid:
    """Return a grid in EPSG:4326 around the benchmark's mast that holds a radius."""
    lon_m, lat_m = metres_per_degree(LAT)
    half = int(1.01 * 1000.0 * radius_km / step_m) + 4
    step_x, step_y, size = step_m / lon_m, step_m / lat_m, 2 * half + 1
    return Grid(LON - (half + 0.5) * step_x, LAT + (half + 0.5) * step_y, step_x, step_y, size, size)


def measure_speed(
    settings: PredictionSettings,
    *,
    step_m: float,
    radius_km: float,
    frequencies_mhz: Sequence[float],
    method: Method = "sweep",
    runs: int = 3,
    terrain: TerrainWindow | None = None,
) -> Speed:
    """Measure the loss from one mast of 40 m on fractal ground, or on `terrain`; compiling is not counted.

    Raises:
        OutOfRangeError: a frequency outside ITU-R P.1812.
    """
    ground = terrain or fractal_terrain(square_grid(step_m, radius_km))
    chosen = replace(settings, method=method)
    masts = [Transmitter(LON, LAT, ANTENNA_M, each, 1000.0 * radius_km) for each in frequencies_mhz]
    pixels = predict_grid(masts, terrain=ground, clutter=None, settings=chosen).paths
    seconds = []
    for _ in range(runs):
        started = time.thread_time()
        predict_grid(masts, terrain=ground, clutter=None, settings=chosen)
        seconds.append(time.thread_time() - started)
    evaluations = pixels * len(masts)
    return Speed(
        model="ITU-R P.1812-7",
        method=method,
        terrain=f"fractal, standard deviation {ROUGHNESS_M:g} m" if terrain is None else "given",
        step_m=step_m,
        radius_km=radius_km,
        frequencies_mhz=tuple(frequencies_mhz),
        pixels=evaluations,
        seconds=min(seconds),
        pixels_per_second_per_core=round(evaluations / min(seconds)),
    )
