"""What one mast and one tile cost, in CPU time of one core: the figures that plans for larger areas rest on.

python benchmarks/unit_costs.py [--step 1] [--masts 60] [--json]

Fractal SYNTHETIC terrain, masts of three sectors on two bands (1800 and 700 MHz, 15 km) at random places that reach one
tile, merged into it from the nearest one outwards, as assessments do; no database.
CPU time counts, not the clock, so that other work on the machine disturbs little.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from geo.domain.grid import Bounds, Grid
from geo.domain.sites import Cell, Technology
from geo.radio.layers import LayerStack
from geo.radio.link_budget import resolve_cell
from geo.radio.masts import PixelWindow, masts_of
from geo.radio.prediction import mast_loss, prepare_rasters
from geo.radio.terrain import TerrainWindow
from geo.store.result_cache import ResultCache
from geo.workflows.assessment.inputs import load_radio_model
from geo.workflows.assessment.losses import loss_parts, read_losses
from geo.workflows.assessment.tiles import TILE

OPERATORS = ("mobifone", "vietnamobile", "viettel", "vnpt")
REACH_DEG = 0.14


def terrain(step_arcsec: float) -> TerrainWindow:
    """Return fractal terrain large enough for masts around one tile."""
    step = step_arcsec / 3600.0
    side = 4.0 * REACH_DEG + TILE * step
    grid = Grid.covering(Bounds(108.0, 12.4, 108.0 + side, 12.4 + side), step_x=step, step_y=step)
    rng = np.random.default_rng(1)
    spectrum = np.fft.rfft2(rng.normal(size=grid.shape))
    frequency = np.hypot(np.fft.fftfreq(grid.rows)[:, None], np.fft.rfftfreq(grid.cols)[None, :])
    frequency[0, 0] = 1.0
    heights = np.fft.irfft2(spectrum / frequency**2.0, s=grid.shape)
    scaled = 600.0 + 300.0 * (heights - heights.mean()) / heights.std()
    return TerrainWindow(grid, scaled.astype(np.float32), np.zeros(grid.shape, bool))


class Stopwatch:
    """Adds up CPU time of this thread by name."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = {}
        self._last = time.thread_time()

    def lap(self, name: str) -> None:
        """Count the time since the last lap."""
        now = time.thread_time()
        self.times.setdefault(name, []).append(now - self._last)
        self._last = time.thread_time()


def measure(step_arcsec: float, count: int) -> dict[str, Any]:
    """Return seconds and megabytes for one mast and for merging one mast into a whole tile."""
    model = load_radio_model(None)
    settings = model.settings(location_percent=90.0, receiver_height_m=1.5, decided_level_dbm=-105.0, workers=1)
    ground = terrain(step_arcsec)
    middle = ground.grid.center(ground.grid.rows // 2, ground.grid.cols // 2)
    rng = np.random.default_rng(2)
    half = REACH_DEG + TILE / 2 * ground.grid.step_x
    places = sorted(rng.uniform(-half, half, (count + 1, 2)).tolist(), key=lambda place: math.hypot(*place))
    cells = [
        Cell(
            cell_id=10 * at + 3 * band + sector, site_id=at, mast_id=at, operator_code=OPERATORS[at % 4],
            technology=technology, lon=middle[0] + east, lat=middle[1] + north, frequency_mhz=mhz, bandwidth_mhz=10.0,
            azimuth_deg=120.0 * sector, antenna_height_m=42.0, eirp_dbm=62.0, reach_m=15_000.0,
        )
        for at, (east, north) in enumerate(places)
        for band, (technology, mhz) in enumerate(((Technology.G4, 1800.0), (Technology.G5, 700.0)))
        for sector in range(3)
    ]  # fmt: skip
    resolved = [resolve_cell(cell, model) for cell in cells]
    masts = sorted(masts_of(resolved), key=lambda mast: mast.cells[0].cell_id)
    rasters = prepare_rasters(ground, None)
    shape, origin = ground.grid.shape, (0, 0)
    tile = PixelWindow(shape[0] // 2 - TILE // 2, shape[1] // 2 - TILE // 2, TILE, TILE)
    stack = LayerStack(resolved, (TILE, TILE), settings.lowest_level_dbm)
    pixels: list[int] = []
    sizes: list[int] = []
    tiles: list[float] = []
    watch = Stopwatch()
    with tempfile.TemporaryDirectory() as folder:
        cache = ResultCache(Path(folder), limit_bytes=10**10)
        for mast in masts:
            watch.lap("between")
            loss = mast_loss(mast, rasters=rasters, settings=settings)
            watch.lap("loss")
            key = f"loss/{len(sizes):040x}"
            cache.write(key, loss_parts(loss, origin, shape))
            watch.lap("pack")
            part = read_losses(cache, key, tile, origin)
            watch.lap("read")
            if part is None:
                raise RuntimeError("what was just written is gone")
            offset = (part.corner[0] - tile.first_row, part.corner[1] - tile.first_col)
            for cell in mast.cells:
                stack.merge(cell, part, offset)
            watch.lap("merge")
            pixels.append(loss.paths)
            tiles.append(part.elevation_cdeg.size / TILE**2)
            sizes.append(sum(kind.bytes for kind in cache.status()))
    # The first one loads or compiles the kernels.
    found = {name: sum(times[1:]) for name, times in watch.times.items()}
    return {
        "step_arcsec": step_arcsec,
        "masts": count,
        "pixels_per_mast": round(float(np.mean(pixels))),
        "loss_s": round(found["loss"] / count, 4),
        "pack_s": round(found["pack"] / count, 4),
        "read_s_per_whole_tile": round(found["read"] / sum(tiles[1:]), 5),
        "merge_s_per_whole_tile": round(found["merge"] / sum(tiles[1:]), 5),
        "kept_mb_per_mast": round(float(np.diff(sizes).mean()) / 1e6, 3),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--step", type=float, default=1.0, help="terrain step, seconds of arc")
    parser.add_argument("--masts", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    found = measure(wanted.step, wanted.masts)
    if wanted.json:
        sys.stdout.write(json.dumps(found, indent=1) + "\n")
    else:
        sys.stdout.writelines(f"{name:18} {value}\n" for name, value in found.items())


if __name__ == "__main__":
    main()
