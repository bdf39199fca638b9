"""Speed of the sweep against Debian's SPLAT!, on the same terrain, in one run. Not a test: prints figures.

python benchmarks/splat_ratio.py [--radius-km 20] [--runs 3] [--json]

Both programs run on one thread and are measured in processor time, so that a busy machine favours neither. What SPLAT!
needs to load its terrain is measured with a radius of half a kilometre and taken off. SPLAT! (Debian package `splat`, a
separate program) computes the ITM model with `-olditm`, this project the whole of P.1812; both visit the pixels of one
arc-second within the radius. The roofline is what this machine could do at most if only memory, or only arithmetic,
bounded the sweep: measured rates of both over what a pixel needs, which is an estimate from the sources.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.domain.grid import Bounds, Grid
from geo.parameters.coverage_rule import load_coverage_rule
from geo.radio.benchmark import fractal_terrain
from geo.radio.prediction import Transmitter, predict_grid
from geo.radio.terrain import TerrainWindow
from geo.workflows.assessment.inputs import load_radio_model, prediction_settings

SOUTH, WEST = 12, 108
PER_DEGREE = 3600
LON, LAT = 108.5, 12.5
ANTENNA_M, FREQUENCY_MHZ, RECEIVER_M = 40.0, 1800.0, 1.5
# Of one pixel: 2.25 samples of two heights, and results; operations counted in the sources, a division or root as one.
BYTES_PER_PIXEL = 2.25 * 2 * 4 + 2 * 4 + 2 * 2
OPERATIONS_PER_PIXEL = 700.0


def main() -> int:
    """Measure both and print the ratio."""
    parser = argparse.ArgumentParser(description="The sweep against SPLAT!, in one run.")
    parser.add_argument("--radius-km", type=float, default=20.0)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    program = shutil.which("splat-hd")
    if program is None:
        print("splat-hd is not installed: apt install splat", file=sys.stderr)
        return 3
    step = 1.0 / PER_DEGREE
    terrain = fractal_terrain(Grid.covering(Bounds(WEST, SOUTH, WEST + 1, SOUTH + 1), step_x=step, step_y=step))
    sweep_s, pixels = time_sweep(terrain, options.radius_km, options.runs)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_sdf(terrain, folder)
        write_site(folder)
        splat_s = min(run_splat(program, folder, options.radius_km) for _ in range(options.runs))
        loading_s = min(run_splat(program, folder, 0.5) for _ in range(options.runs))
    report(options, splat_s, loading_s, sweep_s, pixels)
    return 0


def report(options: argparse.Namespace, splat_s: float, loading_s: float, sweep_s: float, pixels: int) -> None:
    """Print the figures of the quickest run of each."""
    computing_s = splat_s - loading_s
    document = {
        "radius_km": options.radius_km,
        "step_m": 30.9,
        "pixels": pixels,
        "splat_s": round(splat_s, 3),
        "splat_loading_s": round(loading_s, 3),
        "splat_pixels_per_second_per_core": round(pixels / computing_s),
        "sweep_s": round(sweep_s, 3),
        "pixels_per_second_per_core": round(pixels / sweep_s),
        "ratio": round(computing_s / sweep_s, 1),
        "roofline_memory_pixels_per_second": round(copied_bytes_per_second() / BYTES_PER_PIXEL),
        "roofline_arithmetic_pixels_per_second": round(operations_per_second() / OPERATIONS_PER_PIXEL),
    }
    if options.json:
        print(json.dumps(document))
        return
    for name, value in document.items():
        print(f"{name:40} {value:>16,}")


def write_sdf(terrain: TerrainWindow, folder: Path) -> None:
    """Write the terrain as SPLAT!'s own file of one degree (whole metres)."""
    heights = np.rint(terrain.heights_m).astype(np.int32)[::-1, ::-1]
    west = 360 - WEST
    header = f"{west}\n{SOUTH}\n{west - 1}\n{SOUTH + 1}\n"
    path = folder / f"{SOUTH}:{SOUTH + 1}:{west - 1}:{west}-hd.sdf"
    path.write_text(header + "\n".join(map(str, heights.reshape(-1))) + "\n")


def write_site(folder: Path) -> None:
    """Write the transmitter and the parameters of SPLAT!'s model: ground, climate, frequency, polarisation, shares."""
    (folder / "mast.qth").write_text(f"mast\n{LAT}\n{360 - LON}\n{ANTENNA_M} meters\n")
    (folder / "mast.lrp").write_text(f"15.0\n0.005\n378.0\n{FREQUENCY_MHZ}\n5\n1\n0.5\n0.5\n")


def run_splat(program: str, folder: Path, radius_km: float) -> float:
    """Return the processor time of one run, s."""
    command = [program, "-t", "mast.qth", "-L", str(RECEIVER_M), "-R", str(radius_km), "-metric", "-olditm", "-d", "."]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*command, "-o", "map"], cwd=folder, check=True, capture_output=True, timeout=600)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def time_sweep(terrain: TerrainWindow, radius_km: float, runs: int) -> tuple[float, int]:
    """Return the processor time of the quickest of several runs on one thread, s, and how many pixels it computed."""
    settings = prediction_settings(load_coverage_rule(), load_radio_model(None), ("4G",), workers=1)
    mast = [Transmitter(LON, LAT, ANTENNA_M, FREQUENCY_MHZ, 1000.0 * radius_km)]
    pixels = predict_grid(mast, terrain=terrain, clutter=None, settings=settings).paths
    seconds = []
    for _ in range(runs):
        started = time.thread_time()
        predict_grid(mast, terrain=terrain, clutter=None, settings=settings)
        seconds.append(time.thread_time() - started)
    return min(seconds), pixels


def copied_bytes_per_second() -> float:
    """Return the bytes that one core reads and writes in a second."""
    source = np.ones(32 * 1024 * 1024, np.float32)
    target = np.empty_like(source)
    quickest = 1.0e9
    for _ in range(5):
        started = time.thread_time()
        np.copyto(target, source)
        quickest = min(quickest, time.thread_time() - started)
    return 2.0 * source.nbytes / quickest


@njit(fastmath=True, error_model="numpy")
def multiply_and_add(values: NDArray[np.float32], rounds: int) -> None:
    """Two operations on every value in every round, all in the nearest cache."""
    for _ in range(rounds):
        for i in range(values.size):
            values[i] = values[i] * np.float32(0.999) + np.float32(0.001)


def operations_per_second() -> float:
    """Return the operations in single precision that one core does in a second."""
    values, rounds = np.ones(2048, np.float32), 200_000
    multiply_and_add(values, 1)
    started = time.thread_time()
    multiply_and_add(values, rounds)
    return 2.0 * values.size * rounds / (time.thread_time() - started)


if __name__ == "__main__":
    sys.exit(main())
