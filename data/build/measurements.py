"""Made-up drive tests over the sites that are loaded, with offsets that are known: to try a calibration.

`python -m data.build.measurements OUT.csv` writes what receivers would log if the model were wrong by exactly `TRUTH`,
with noise, masts that are off, wild values and the floor of the instrument. It is no measurement of anything.
"""

import argparse
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from geo.domain.grid import Grid, metres_per_degree
from geo.radio.link_budget import ResolvedCell
from geo.settings import Settings
from geo.store.session import engine_for, session_scope
from geo.workflows.assessment.inputs import Inputs, gather_inputs, prediction_settings
from geo.workflows.assessment.window import Window, read_window
from geo.workflows.calibrate import load_calibration_rules
from geo.workflows.calibration.measured import MeasuredPixels, Network
from geo.workflows.calibration.samples import MeasuredSamples, make_samples

HEADER = "measured_at,lon,lat,accuracy_m,technology,operator,rsrp,speed_kmh"
# What the model lacks, dB: by clutter group (unknown, open, shrub, tree, built) and obstruction (no, yes).
TRUTH = ((2.0, -4.0), (2.0, -4.0), (0.0, -6.0), (-3.0, -10.0), (-5.0, -8.0))
SLOPE_DB = -3.0
BEGIN = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Drive:
    """How a made-up drive test is made; noise and mast errors are standard deviations in dB."""

    masts: int = 150
    pixels_per_mast: int = 120
    samples_per_pixel: int = 3
    farthest_km: float = 9.0
    noise_db: float = 6.0
    mast_db: float = 2.0
    outliers: float = 0.03
    floor_dbm: float = -122.0
    seed: int = 20_260_302


def drive_lines(
    inputs: Inputs, window: Window, settings: Settings, drive: Drive = Drive(), technology: str = "4G"
) -> Iterator[str]:
    """Yield the lines of a CSV file."""
    random = np.random.default_rng(drive.seed)
    pixels = _pixels(inputs, window, drive, technology, random)
    measured = predicted_samples(inputs, window, settings, pixels)
    samples = measured.samples
    offset = np.array(TRUTH)[samples.clutter, samples.obstructed]
    nearest, farthest = np.quantile(samples.distance_km, (0.05, 0.95))
    decades = np.log10(np.clip(samples.distance_km, nearest, farthest) / 3.0)
    masts, at = np.unique(samples.mast, return_inverse=True)
    off = random.normal(0.0, drive.mast_db, len(masts))
    level = -samples.difference_db + offset + SLOPE_DB * decades + (off - off.mean())[at]
    level = level + random.normal(0.0, drive.noise_db, samples.size)
    wild = random.random(samples.size) < drive.outliers
    level[wild] += random.uniform(-30.0, 30.0, int(wild.sum()))
    yield HEADER
    yield from _lines(pixels, measured, level, window.terrain.grid, drive, random)


def predicted_samples(inputs: Inputs, window: Window, settings: Settings, pixels: MeasuredPixels) -> MeasuredSamples:
    """Return pixels with a measured level of 0 dBm: the difference is what was predicted, with the sign turned."""
    rules = load_calibration_rules(settings, inputs)
    nothing_hidden: Mapping[str, float] = dict.fromkeys(rules.samples.censored_below_dbm, -999.0)
    assessed = prediction_settings(inputs.rule, inputs.model, inputs.technologies, workers=0)
    return make_samples(
        pixels,
        inputs.cells,
        [],
        terrain=window.terrain,
        clutter=window.clutter,
        model=inputs.model,
        settings=(assessed, replace(assessed, location_percent=50.0)),
        rules=replace(rules.samples, censored_below_dbm=nothing_hidden),
    )


def _pixels(
    inputs: Inputs, window: Window, drive: Drive, technology: str, random: np.random.Generator
) -> MeasuredPixels:
    """Return pixels around some masts of every operator, each of the network of the mast's operator."""
    places: dict[tuple[float, float, str], ResolvedCell] = {
        (cell.lon, cell.lat, cell.operator_code): cell for cell in inputs.cells if str(cell.technology) == technology
    }
    chosen = random.permutation(len(places))[: drive.masts]
    listed = sorted(places)
    operators = sorted({key[2] for key in listed})
    grid = window.terrain.grid
    found: set[tuple[int, int, int]] = set()
    for index in chosen:
        lon, lat, operator = listed[index]
        lon_m, lat_m = metres_per_degree(lat)
        distance_m = 1000.0 * 10 ** random.uniform(-0.5, np.log10(drive.farthest_km), drive.pixels_per_mast)
        angle = random.uniform(0.0, 2.0 * np.pi, drive.pixels_per_mast)
        rows = np.floor((grid.north - lat - distance_m * np.cos(angle) / lat_m) / grid.step_y).astype(int)
        cols = np.floor((lon + distance_m * np.sin(angle) / lon_m - grid.west) / grid.step_x).astype(int)
        inside = (rows >= 0) & (rows < grid.rows) & (cols >= 0) & (cols < grid.cols)
        number = operators.index(operator)
        found |= {(row, col, number) for row, col in zip(rows[inside].tolist(), cols[inside].tolist(), strict=True)}
    row, col, network = np.array(sorted(found), dtype=np.int64).T
    networks = tuple(Network(technology, operator, None, None, False) for operator in operators)
    return MeasuredPixels(row, col, network, np.zeros(len(row)), np.ones(len(row), dtype=np.int64), networks, 0)


def _lines(
    pixels: MeasuredPixels,
    measured: MeasuredSamples,
    level: np.ndarray,
    grid: Grid,
    drive: Drive,
    random: np.random.Generator,
) -> Iterator[str]:
    lon, lat = grid.centers_x(), grid.centers_y()
    second = 0
    for index, pixel in enumerate(measured.pixel.tolist()):
        network = pixels.networks[pixels.network[pixel]]
        for _ in range(drive.samples_per_pixel):
            second += 1
            # Within the middle of the pixel, and fast fading about the level there.
            x = lon[pixels.col[pixel]] + random.uniform(-0.3, 0.3) * grid.step_x
            y = lat[pixels.row[pixel]] + random.uniform(-0.3, 0.3) * grid.step_y
            shown = max(level[index] + random.normal(0.0, 1.0), drive.floor_dbm)
            at = BEGIN + dt.timedelta(seconds=second)
            yield (
                f"{at.isoformat()},{x:.7f},{y:.7f},{random.uniform(3, 15):.0f},{network.technology},"
                f"{network.operator_code},{max(min(shown, -25.0), -155.0):.1f},{random.uniform(0, 60):.0f}"
            )


def main() -> None:
    """Write a file for the sites of the configured store."""
    parser = argparse.ArgumentParser(prog="python -m data.build.measurements", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT.csv")
    out: Path = parser.parse_args().out
    settings = Settings()
    with session_scope(engine_for(settings, "app")) as session:
        today = dt.datetime.now(dt.UTC).date()
        inputs = gather_inputs(session, settings, as_of=today, technologies=["4G"], area=None)
        window = read_window(inputs, settings)
    with out.open("w", encoding="utf-8") as stream:
        stream.writelines(f"{line}\n" for line in drive_lines(inputs, window, settings))
    print(f"{out}: số liệu minh họa / illustrative data")


if __name__ == "__main__":
    main()
