"""Made-up drive tests over the sites that are loaded, with offsets that are known: to try a calibration.

`python -m data.build.measurements OUT.csv` writes what receivers would log if the model were wrong by exactly `TRUTH`,
at the exact positions of the receivers, with an error of every path, masts that are off, wild values and the floor of
the instrument. Which cell is the strongest is decided by the true levels. It is no measurement of anything.
"""

import argparse
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo.domain.grid import metres_per_degree
from geo.radio.link_budget import ResolvedCell
from geo.settings import Settings
from geo.store.calibrations import CellName
from geo.store.session import engine_for, session_scope
from geo.workflows.assessment.inputs import Inputs, gather_inputs, prediction_settings
from geo.workflows.assessment.window import Window, read_window
from geo.workflows.calibrate import load_calibration_rules
from geo.workflows.calibration.measured import MeasuredPlaces, Network
from geo.workflows.calibration.samples import path_samples
from geo.workflows.calibration.serving import Candidates, cells_of_networks, find_candidates

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HEADER = "measured_at,lon,lat,accuracy_m,technology,operator,cell_id,rsrp,speed_kmh,illustrative"
# What the import marks its data by: no made-up file may pass for a real one.
MARK = "yes"
# What the model lacks, dB: by clutter group (unknown, open, shrub, tree, built) and obstruction (no, yes).
TRUTH = ((2.0, -4.0), (2.0, -4.0), (0.0, -6.0), (-3.0, -10.0), (-5.0, -8.0))
SLOPE_DB = -3.0
BEGIN = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Drive:
    """How a made-up drive test is made; noise and mast errors are standard deviations in dB.

    The noise of a place is the error of a path: a share of it (`common`) is that of all masts there. With `scanner`
    every cell is written, by name; without it only the level of the one that is truly the strongest, as a phone has it,
    and its name where the phone is `naming` it. `operator_db` is what the model lacks for an operator besides.
    """

    masts: int = 150
    pixels_per_mast: int = 40
    samples_per_pixel: int = 3
    farthest_km: float = 9.0
    noise_db: float = 6.0
    common: float = 0.5
    mast_db: float = 2.0
    outliers: float = 0.03
    floor_dbm: float = -122.0
    scanner: bool = False
    naming: bool = False
    operator_db: tuple[tuple[str, float], ...] = ()
    seed: int = 20_260_302


@dataclass(frozen=True, eq=False)
class _Truth:
    """Levels of the cells in reach of each position, shape (positions, masts), dBm; minus infinity without a cell."""

    found: Candidates
    level_dbm: Floats


def drive_lines(
    inputs: Inputs,
    window: Window,
    settings: Settings,
    drive: Drive = Drive(),
    technology: str = "4G",
    names: Sequence[CellName] = (),
) -> Iterator[str]:
    """Yield the lines of a CSV file; `names` are needed for a scanner."""
    random = np.random.default_rng(drive.seed)
    pixel, positions = _positions(inputs, window, drive, technology, random)
    truth = _truth(inputs, window, settings, positions, pixel, drive, random)
    yield HEADER
    code = {name.cell_id: name.code for name in names}
    cells = [code.get(cell.cell_id, "") for cell in inputs.cells]
    second = 0
    strongest = truth.level_dbm.argmax(axis=1)
    wild = np.where(random.random(len(pixel)) < drive.outliers, random.uniform(-30.0, 30.0, len(pixel)), 0.0)
    for index in np.flatnonzero(truth.found.cell[:, 0] >= 0).tolist():
        second += 1
        network = positions.networks[positions.network[index]]
        at = (BEGIN + dt.timedelta(seconds=second)).isoformat()
        where = f"{at},{positions.lon[index]:.7f},{positions.lat[index]:.7f},{random.uniform(3, 15):.0f}"
        speed = random.uniform(0, 60)
        ranks = range(truth.level_dbm.shape[1]) if drive.scanner else [int(strongest[index])]
        for rank in ranks:
            # Fast fading about the level there.
            level = truth.level_dbm[index, rank] + wild[index] + random.normal(0.0, 1.0)
            if np.isneginf(level):
                continue
            shown = max(min(max(level, drive.floor_dbm), -25.0), -155.0)
            cell = cells[truth.found.cell[index, rank]] if drive.scanner or drive.naming else ""
            yield f"{where},{technology},{network.operator_code},{cell},{shown:.1f},{speed:.0f},{MARK}"


def _truth(
    inputs: Inputs,
    window: Window,
    settings: Settings,
    positions: MeasuredPlaces,
    pixel: Ints,
    drive: Drive,
    random: np.random.Generator,
) -> _Truth:
    """Return what every cell would really have at each position."""
    rules = load_calibration_rules(settings, inputs).samples
    assessed = prediction_settings(inputs.rule, inputs.model, inputs.technologies, workers=0)
    found = find_candidates(
        positions,
        inputs.cells,
        cells_of_networks(positions.networks, inputs.cells, [], inputs.model),
        terrain=window.terrain,
        clutter=window.clutter,
        settings=(assessed, replace(assessed, location_percent=50.0)),
    )
    paths, networks = path_samples(found, inputs.cells, inputs.model, rules.classes)
    lower = dict(drive.operator_db)
    # One more, for the paths that have no cell.
    of_network = np.array([*(lower.get(operator, 0.0) for _, operator, _ in networks), 0.0])
    offset = np.array(TRUTH)[paths.clutter, paths.obstructed] + of_network[paths.network]
    served = found.cell.reshape(-1) >= 0
    nearest, farthest = np.quantile(found.distance_km[found.cell[:, 0] >= 0, 0], (0.05, 0.95))
    decades = np.log10(np.clip(paths.distance_km, nearest, farthest) / 3.0)
    masts, at = np.unique(paths.mast, return_inverse=True)
    off = random.normal(0.0, drive.mast_db, len(masts))
    # The path from one mast to one place has one error, whatever the sector.
    pairs, pair = np.unique(np.repeat(pixel, found.cell.shape[1]) * len(masts) + at, return_inverse=True)
    own = random.normal(0.0, drive.noise_db * np.sqrt(1.0 - drive.common), len(pairs))[pair]
    shared = random.normal(0.0, drive.noise_db * np.sqrt(drive.common), int(pixel.max()) + 1)[pixel]
    extra = offset + SLOPE_DB * decades + (off - off.mean())[at] + own
    level = found.median_dbm + extra.reshape(found.cell.shape) + shared[:, None]
    return _Truth(found, np.where(served.reshape(found.cell.shape), level, -np.inf))


def _positions(
    inputs: Inputs, window: Window, drive: Drive, technology: str, random: np.random.Generator
) -> tuple[Ints, MeasuredPlaces]:
    """Return exact positions in pixels around some masts of every operator, each of the network of its operator.

    The first array tells positions of one pixel and network apart from others.
    """
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
    row, col, network = np.repeat(np.array(sorted(found), dtype=np.int64), drive.samples_per_pixel, axis=0).T
    networks = tuple(Network(technology, operator, None, None, False) for operator in operators)
    # Anywhere in the pixel, as a car is.
    x, y = random.uniform(0.01, 0.99, (2, len(row)))
    pixel = np.repeat(np.arange(len(found)), drive.samples_per_pixel)
    return pixel, MeasuredPlaces(
        lon=grid.west + (col + x) * grid.step_x,
        lat=grid.north - (row + y) * grid.step_y,
        pixel=pixel,
        network=network,
        value=np.zeros(len(row)),
        rows=np.ones(len(row), dtype=np.int64),
        networks=networks,
        outside=0,
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
