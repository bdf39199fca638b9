"""Speed of the coverage prediction. Not a test: prints figures.

python tests/benchmarks/prediction.py paths                 pixels per second and core at 90 m and 30 m
python tests/benchmarks/prediction.py province --workers 2  800 masts, 1,500 sites, 6,000 cells on two bands at 90 m
"""

from __future__ import annotations

import argparse
import json
import resource
import time

import numpy as np

from geo.domain.grid import Bounds, Grid
from geo.domain.sites import Cell, Technology
from geo.parameters.loader import load_parameters
from geo.radio.link_budget import ResolvedCell, resolve_cell
from geo.radio.model import RadioModel, radio_model
from geo.radio.prediction import Transmitter, best_server, predict_grid
from geo.radio.terrain import TerrainWindow

PROVINCE = Bounds(107.4, 12.15, 109.4, 13.7)
OPERATORS = ("A", "B", "C", "D")


def load_model() -> RadioModel:
    """Return the shipped model."""
    files = {name: load_parameters(f"radio/{name}") for name in ("bands", "defaults", "clutter")}
    return radio_model(**files)


def fractal_terrain(grid: Grid, *, roughness_m: float = 350.0, seed: int = 1) -> TerrainWindow:
    """Rugged terrain with a power-law spectrum; the same for the same seed."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft2(rng.normal(size=grid.shape))
    frequency = np.hypot(np.fft.fftfreq(grid.rows)[:, None], np.fft.rfftfreq(grid.cols)[None, :])
    frequency[0, 0] = 1.0
    heights = np.fft.irfft2(spectrum / frequency**2.0, s=grid.shape)
    heights = 500.0 + roughness_m * (heights - heights.mean()) / heights.std()
    return TerrainWindow(grid, heights.astype(np.float32), np.zeros(grid.shape, dtype=bool))


def time_paths(step_arcsec: float, frequencies: int) -> dict[str, float]:
    """Pixels per second and core of one mast with 15 km reach, in CPU time of the calling thread."""
    model = load_model()
    settings = model.settings(location_percent=90.0, receiver_height_m=1.5, decided_level_dbm=-105.0, workers=1)
    step = step_arcsec / 3600.0
    terrain = fractal_terrain(Grid.covering(Bounds(108.0, 12.5, 108.3, 12.8), step_x=step, step_y=step))
    bands = (1842.5, 780.5, 3550.0)[:frequencies]
    masts = [Transmitter(108.15, 12.65, 40.0, each, 15_000.0) for each in bands]
    predict_grid(masts, terrain=terrain, clutter=None, settings=settings)
    started = time.thread_time()
    loss = predict_grid(masts, terrain=terrain, clutter=None, settings=settings)
    seconds = time.thread_time() - started
    return {
        "step_arcsec": step_arcsec,
        "frequencies": frequencies,
        "paths": loss.paths,
        "seconds": round(seconds, 3),
        "paths_per_second_per_core": round(loss.paths / seconds),
    }


def province_cells(model: RadioModel, masts: int = 800, sites: int = 1500, cells: int = 6000) -> list[ResolvedCell]:
    """Random masts with up to two sites each; every site has 4G (and often 5G) sectors, four cells on average."""
    rng = np.random.default_rng(7)
    lon = rng.uniform(PROVINCE.west + 0.15, PROVINCE.east - 0.15, masts)
    lat = rng.uniform(PROVINCE.south + 0.15, PROVINCE.north - 0.15, masts)
    height = rng.choice([30.0, 36.0, 42.0, 45.0], masts)
    resolved: list[ResolvedCell] = []
    for number in range(cells):
        site = number % sites
        mast = site % masts
        is_5g = (number // sites) % 4 == 3
        declared = Cell(
            cell_id=number + 1,
            site_id=site,
            mast_id=mast,
            operator_code=OPERATORS[(site // masts + mast) % len(OPERATORS)],
            technology=Technology.G5 if is_5g else Technology.G4,
            lon=float(lon[mast]),
            lat=float(lat[mast]),
            band="n41" if is_5g else "B3",
            azimuth_deg=float((number // sites) * 120 % 360),
            antenna_height_m=float(height[mast]),
        )
        resolved.append(resolve_cell(declared, model))
    return resolved


def time_province(workers: int) -> dict[str, float]:
    """Time and memory of a whole province."""
    model = load_model()
    settings = model.settings(location_percent=90.0, receiver_height_m=1.5, decided_level_dbm=-105.0, workers=workers)
    step = 3.0 / 3600.0
    terrain = fractal_terrain(Grid.covering(PROVINCE, step_x=step, step_y=step))
    cells = province_cells(model)
    started, cpu = time.perf_counter(), time.process_time()
    layers = best_server(cells, terrain=terrain, clutter=None, settings=settings)
    return {
        "workers": workers,
        "rows": terrain.grid.rows,
        "cols": terrain.grid.cols,
        "cells": len(cells),
        "layers": len(layers),
        "seconds": round(time.perf_counter() - started, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "share_of_4g_over_105": round(float(np.mean([each.at_least(-105.0).mean() for each in layers])), 4),
    }


def main() -> None:
    """Run what the command line asks for and print one JSON document per figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("paths", "province"))
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    if asked.what == "province":
        print(json.dumps(time_province(asked.workers)))
        return
    for step, frequencies in ((3.0, 1), (3.0, 2), (1.0, 1), (1.0, 2)):
        print(json.dumps(time_paths(step, frequencies)))


if __name__ == "__main__":
    main()
