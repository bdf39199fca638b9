"""Where the time of the sweep goes, stage by stage, on fractal terrain of 30 m. Not a test: prints figures.

python benchmarks/sweep_stages.py [--radius-km 20] [--runs 5]

Each line is the time of all stages up to it, in nanoseconds of processor time for each pixel, and what the stage added.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.radio.benchmark import ANTENNA_M, fractal_terrain, square_grid
from geo.radio.kernels.diffraction import carrier_at, make_carrier
from geo.radio.kernels.loss import Climate
from geo.radio.kernels.options import OPTIONS
from geo.radio.kernels.sweep import make_room
from geo.radio.kernels.sweep_finish import finish_band, finish_geometry, make_air, make_band
from geo.radio.kernels.sweep_horizons import fit_smooth_earth, look_back, trace_samples
from geo.radio.kernels.sweep_rays import Antennas, Scene, fill_table, half_width, list_pixels, make_ray, sample_ray

STAGES = (
    "sample the terrain along the rays",
    "list the pixels a ray owns",
    "slopes and prefixes",
    "smooth earth",
    "horizons and obstructions",
    "geometry, ducting in time",
    "one frequency",
)
STEP_KM, RECEIVER_M = 0.03, 1.5


@njit(**OPTIONS)
def sweep_to(scene: Scene, antennas: Antennas, climate: Climate, carriers: NDArray[np.float64], last: int) -> int:
    """Run the stages 0 .. `last` on every ray; return the number of pixels."""
    half = half_width(scene)
    room = make_room(half)
    air = make_air(antennas, climate, 0.0)
    band = make_band(carrier_at(carriers, 0), climate, 0.0)
    pixels = 0
    for side in range(4):
        fill_table(make_ray(scene, side, 0, half), room.table)
        for target in range(-half - 1, half + 2):
            ray = make_ray(scene, side, target, half)
            count, good = sample_ray(scene, antennas, ray, room.table, room.samples, room.marks)
            if last < 1:
                continue
            known, _ = list_pixels(scene, antennas, ray, count, good, room.table, room.marks, room.batch, room.owned)
            pixels += known
            if last >= 2:
                trace_samples(room.samples, good, antennas)
            if last >= 3:
                fit_smooth_earth(room.samples, room.batch, room.owned, known, antennas)
            if last >= 4:
                look_back(room.samples, room.batch, room.owned, room.stack, known, antennas)
            if last >= 5:
                finish_geometry(air, room.batch, known)
            if last >= 6:
                finish_band(air, band, room.batch, known, room.losses)
    return pixels


def main() -> None:
    """Print the stages."""
    parser = argparse.ArgumentParser(description="Where the time of the sweep goes.")
    parser.add_argument("--radius-km", type=float, default=20.0)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    heights = fractal_terrain(square_grid(1000.0 * STEP_KM, options.radius_km)).heights_m
    size, at = heights.shape[0], heights.shape[0] // 2
    nothing, everywhere = np.zeros((1, 1), np.float32), np.zeros((1, 1), np.uint8)
    scene = Scene(
        heights, nothing, everywhere, everywhere, at, at, 0.0, 0.0, 0, 0, size, size, STEP_KM, STEP_KM, 0.0,
        options.radius_km,
    )  # fmt: skip
    climate = Climate(50.0, 6371.0 * 157.0 / (157.0 - 50.9), 3.0 * 6371.0, 378.3, 12.67)
    antennas = Antennas(
        float(heights[at, at]) + ANTENNA_M, ANTENNA_M, RECEIVER_M, 500.0 / climate.median_radius_km, False
    )
    carriers = np.array([make_carrier(1.8, True)], dtype=np.float64)
    pixels = sweep_to(scene, antennas, climate, carriers, len(STAGES) - 1)
    before = 0.0
    for number, name in enumerate(STAGES):
        quickest = 1.0e9
        for _ in range(options.runs):
            started = time.thread_time()
            sweep_to(scene, antennas, climate, carriers, number)
            quickest = min(quickest, time.thread_time() - started)
        spent = 1.0e9 * quickest / pixels
        print(f"{name:36} {spent:6.1f} ns  +{spent - before:.1f}")
        before = spent


if __name__ == "__main__":
    main()
