"""Coverage with and without land cover, on the same terrain and masts. Not a test: prints figures.

python benchmarks/clutter.py [--terrain FILE --lon 20.0 --lat 49.2] [--step 3] [--markdown | --json]

Without --terrain the ground is fractal (seeded, the same in every run). The land cover is always SYNTHETIC: no real
one can be had here. Classes of ESA WorldCover are laid out by height and seeded noise: forest on the upper half of the
ground, fields in the lower, a built-up patch around every third mast. Their heights are those of `radio/clutter.yaml`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo.domain.grid import Bounds, Grid, metres_per_degree
from geo.domain.sites import Cell, Technology
from geo.parameters.coverage_rule import load_coverage_rule
from geo.parameters.loader import load_parameters
from geo.radio.link_budget import ResolvedCell, resolve_cell
from geo.radio.model import RadioModel, radio_model
from geo.radio.prediction import best_server
from geo.radio.terrain import ClutterWindow, TerrainWindow, read_terrain

FOREST, FIELDS, BUILT = 10, 40, 50
CLASS_NAMES = {FOREST: "forest", FIELDS: "fields", BUILT: "built-up"}
MASTS_ACROSS, SPACING_M, ANTENNA_M = 3, 8_000.0, 40.0
BANDS = ("B28", "B3")
BUILT_RADIUS_M = 900.0
ROUGHNESS_M = 250.0


@dataclass(frozen=True)
class Line:
    """Figures of one band: shares of the area in 0..1, differences (with minus without land cover) in dB."""

    band: str
    tier: str
    share_without: float
    share_with: float
    median_difference_db: float
    forest_difference_db: float
    fields_difference_db: float
    built_up_difference_db: float


def main() -> int:
    """Compute both and print the comparison."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--terrain", type=Path, help="GeoTIFF or HGT; without it fractal ground")
    parser.add_argument("--lon", type=float, default=108.3)
    parser.add_argument("--lat", type=float, default=12.7)
    parser.add_argument("--step", type=float, default=3.0, help="step of fractal ground, arc seconds")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    model = load_model()
    terrain = ground(options.terrain, options.lon, options.lat, options.step)
    classes = land_cover(terrain, options.lon, options.lat)
    heights = np.zeros(terrain.grid.shape, np.float32)
    for code in CLASS_NAMES:
        heights[classes == code] = model.clutter_heights_m[code]
    lines = [
        line
        for band in BANDS
        for line in compare(masts(options.lon, options.lat, band, model), terrain, classes, heights, model)
    ]
    report(options, terrain, classes, lines)
    return 0


def load_model() -> RadioModel:
    """Return the shipped model."""
    files = {name: load_parameters(f"radio/{name}") for name in ("bands", "defaults", "clutter")}
    return radio_model(**files)


def ground(file: Path | None, lon: float, lat: float, step_arcsec: float) -> TerrainWindow:
    """Return the terrain around the masts as far as they reach."""
    half_m = SPACING_M * (MASTS_ACROSS - 1) / 2.0 + 4_000.0
    lon_m, lat_m = metres_per_degree(lat)
    box = Bounds(lon - half_m / lon_m, lat - half_m / lat_m, lon + half_m / lon_m, lat + half_m / lat_m)
    if file is not None:
        return read_terrain([file], bounds=box, margin_m=0.0)
    grid = Grid.covering(box, step_x=step_arcsec / 3600.0, step_y=step_arcsec / 3600.0)
    heights = 500.0 + ROUGHNESS_M * noise(grid.shape, power=2.0, seed=1)
    return TerrainWindow(grid, heights.astype(np.float32), np.zeros(grid.shape, bool))


def noise(shape: tuple[int, int], *, power: float, seed: int) -> NDArray[np.float64]:
    """Return noise with a power-law spectrum, mean 0 and standard deviation 1."""
    spectrum = np.fft.rfft2(np.random.default_rng(seed).normal(size=shape))
    frequency = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None, :])
    frequency[0, 0] = 1.0
    values = np.fft.irfft2(spectrum / frequency**power, s=shape)
    return np.asarray((values - values.mean()) / values.std())


def mast_positions(lon: float, lat: float) -> list[tuple[float, float]]:
    """Return the masts' longitudes and latitudes: a square around the middle."""
    lon_m, lat_m = metres_per_degree(lat)
    offsets = [SPACING_M * (i - (MASTS_ACROSS - 1) / 2.0) for i in range(MASTS_ACROSS)]
    return [(lon + east / lon_m, lat + north / lat_m) for north in offsets for east in offsets]


def land_cover(terrain: TerrainWindow, lon: float, lat: float) -> NDArray[np.int16]:
    """Return synthetic classes on the terrain's grid."""
    heights = terrain.heights_m
    spread = float(heights.std()) or 1.0
    wooded = (heights - np.median(heights)) / spread + 0.5 * noise(heights.shape, power=1.5, seed=2) > 0.0
    classes = np.where(wooded, FOREST, FIELDS).astype(np.int16)
    rows, cols = np.mgrid[0 : terrain.grid.rows, 0 : terrain.grid.cols]
    for mast_lon, mast_lat in mast_positions(lon, lat)[::3]:
        row, col = terrain.grid.fractional_row_col(mast_lon, mast_lat)
        away_m = terrain.step_m * np.hypot(rows - row, cols - col)
        classes[away_m < BUILT_RADIUS_M] = BUILT
    return classes


def masts(lon: float, lat: float, band: str, model: RadioModel) -> list[ResolvedCell]:
    """Return three sectors on every mast, 4G, everything else by default."""
    return [
        resolve_cell(
            Cell(
                cell_id=3 * number + sector + 1,
                site_id=number,
                mast_id=number,
                operator_code="A",
                technology=Technology.G4,
                lon=mast_lon,
                lat=mast_lat,
                band=band,
                azimuth_deg=120.0 * sector,
                antenna_height_m=ANTENNA_M,
            ),
            model,
        )
        for number, (mast_lon, mast_lat) in enumerate(mast_positions(lon, lat))
        for sector in range(3)
    ]


def compare(
    cells: Sequence[ResolvedCell],
    terrain: TerrainWindow,
    classes: NDArray[np.int16],
    heights_m: NDArray[np.float32],
    model: RadioModel,
) -> list[Line]:
    """Return a line for each tier; the differences are medians over the pixels that both ways reach."""
    rule = load_coverage_rule()
    settings = model.settings(
        location_percent=100.0 * rule.location_share,
        receiver_height_m=rule.receiver_height_m,
        decided_level_dbm=rule.threshold_dbm("4G"),
    )
    clutter = ClutterWindow(terrain.grid, heights_m)
    (bare,) = best_server(cells, terrain=terrain, clutter=None, settings=settings)
    (covered,) = best_server(cells, terrain=terrain, clutter=clutter, settings=settings)
    both = bare.reached & covered.reached
    difference = covered.level_dbm - bare.level_dbm
    by_class = [float(np.median(difference[both & (classes == code)])) for code in CLASS_NAMES]
    known = ~terrain.void
    band = next(name for name in BANDS if abs(model.band_frequency_mhz(name) - cells[0].frequency_mhz) < 1.0)
    return [
        Line(
            band,
            tier,
            float(bare.at_least(threshold_dbm)[known].mean()),
            float(covered.at_least(threshold_dbm)[known].mean()),
            float(np.median(difference[both])),
            *by_class,
        )
        for tier, threshold_dbm in rule.tiers_dbm.items()
    ]


def report(
    options: argparse.Namespace, terrain: TerrainWindow, classes: NDArray[np.int16], lines: Sequence[Line]
) -> None:
    """Print the figures with what they were computed from."""
    shares = {name: round(float((classes == code).mean()), 3) for code, name in CLASS_NAMES.items()}
    head = {
        "terrain": "fractal, seed 1" if options.terrain is None else options.terrain.name,
        "step_m": round(terrain.step_m, 1),
        "rows": terrain.grid.rows,
        "cols": terrain.grid.cols,
        "land_cover": "synthetic",
        "land_cover_shares": shares,
        "masts": MASTS_ACROSS**2,
        "antenna_height_m": ANTENNA_M,
    }
    if options.json:
        say(json.dumps({**head, "items": [asdict(line) for line in lines]}, indent=2))
        return
    sys.stderr.write(", ".join(f"{name} {value}" for name, value in head.items()) + "\n")
    columns = ("band", "tier", "without", "with", "all", *CLASS_NAMES.values())
    mark = " | " if options.markdown else "  "
    edge = "|" if options.markdown else ""
    say(edge + mark.join(columns) + edge)
    if options.markdown:
        say("|" + "---|" * len(columns))
    for line in lines:
        cells = [line.band, line.tier, f"{line.share_without:.1%}", f"{line.share_with:.1%}"]
        cells += [
            f"{value:+.1f}"
            for value in (
                line.median_difference_db,
                line.forest_difference_db,
                line.fields_difference_db,
                line.built_up_difference_db,
            )
        ]
        say(edge + mark.join(cells) + edge)


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
