"""Compiles the kernels that an assessment calls, so that the first one of an installation need not wait for them.

`python -m geo.workflows.compile_kernels` calls the steps of an assessment once on a few pixels, in two processes: the
sweep takes as long to compile as all others together. Numba keeps what it compiled on disk. `phusong up` runs it
beside the setting up of the database, where the processor has a core to spare.
"""

from __future__ import annotations

import hashlib
import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import IO

import numpy as np
from numba import config

from geo.domain.grid import LonLat
from geo.domain.sites import Cell, Technology
from geo.parameters.coverage_rule import load_coverage_rule
from geo.radio import engine_digest
from geo.radio.benchmark import ANTENNA_M, LAT, LON, fractal_terrain, square_grid
from geo.radio.kernels.merge import Sight
from geo.radio.layers import LayerStack, MastLoss, rounded_losses
from geo.radio.link_budget import ResolvedCell, resolve_cells
from geo.radio.masts import PixelWindow
from geo.radio.model import PredictionSettings
from geo.radio.prediction import Transmitter, predict_grid, predict_points
from geo.store.result_cache import ResultCache
from geo.store.state_folder import locked
from geo.workflows.assessment.inputs import load_error_model, load_radio_model, prediction_settings
from geo.workflows.assessment.losses import loss_parts, read_losses
from geo.workflows.assessment.spread import CellTable, expected_reaching, level_errors

logger = logging.getLogger(__name__)

MODULE = "geo.workflows.compile_kernels"
# Far enough for the sweep.
STEP_M, RADIUS_KM, FREQUENCY_MHZ = 50.0, 2.0, 1800.0
# Long past any compiling; who waits longer goes on and compiles by itself.
LONGEST_WAIT_S = 600.0


def is_compiled() -> bool:
    """Tell whether the kernels were compiled for this version, Python and processor."""
    return bool(getattr(config, "DISABLE_JIT", False)) or _marker().exists()


def _marker() -> Path:
    made_for = hashlib.sha256(repr((engine_digest(), sys.version)).encode()).hexdigest()
    return Path(getattr(config, "CACHE_DIR", "")) / f"compiled-{made_for[:16]}"


def compile_kernels() -> None:
    """Compile what is not compiled yet; a second process waits for the first one.

    Raises:
        OSError: the folder of compiled kernels cannot be written.
    """
    marker = _marker()
    with locked(marker.with_name("compiling")):
        if marker.exists():
            return
        with ProcessPoolExecutor(max_workers=2, mp_context=get_context("spawn")) as pool:
            for part in [pool.submit(compile_sweep), pool.submit(compile_others)]:
                part.result()
        marker.touch()


def _settings() -> tuple[PredictionSettings, ResolvedCell]:
    model = load_radio_model(None)
    cell = Cell(
        cell_id=1,
        site_id=1,
        mast_id=1,
        operator_code="-",
        technology=Technology.G4,
        lon=LON,
        lat=LAT,
        frequency_mhz=FREQUENCY_MHZ,
        antenna_height_m=ANTENNA_M,
    )
    cells, problems = resolve_cells([cell], model)
    if problems:
        raise problems[0].error
    return prediction_settings(load_coverage_rule(), model, ("4G",), workers=1), cells[0]


def compile_sweep() -> None:
    """Compute the loss of a mast as every mast of an assessment has it."""
    settings, _ = _settings()
    terrain = fractal_terrain(square_grid(STEP_M, RADIUS_KM))
    mast = Transmitter(LON, LAT, ANTENNA_M, FREQUENCY_MHZ, 1000.0 * RADIUS_KM)
    predict_grid([mast], terrain=terrain, clutter=None, settings=settings)


def compile_others() -> None:
    """Compute levels at a point first, whose kernels the sweep needs too; then keep, read and merge losses."""
    settings, cell = _settings()
    terrain = fractal_terrain(square_grid(STEP_M, RADIUS_KM))
    predict_points([cell], [LonLat(LON, LAT)], terrain=terrain, clutter=None, settings=settings)
    stack = LayerStack([cell], terrain.grid.shape, settings.lowest_level_dbm)
    stack.merge(cell, _kept_loss(terrain.grid.shape), (0, 0))
    layer = stack.finish(terrain.void, settings.decided_level_dbm)[0]
    levels, server = layer.encoded().reshape(1, -1), layer.server_cell_id.reshape(-1)
    lon, lat = np.full(server.shape, LON), np.full(server.shape, LAT)
    model = load_error_model(None)
    errors = level_errors(model, [[model]], [[settings.decided_level_dbm]])
    groups = np.zeros(server.shape, np.uint8)
    classes = CellTable.of([cell]).classes(levels[0], server, lon, lat, groups, errors)
    unit, weights = np.zeros(server.shape, np.int64), np.ones((1, server.size))
    expected_reaching(levels, classes[None], errors, 0, unit=unit, units=1, weights=weights, operator_counts=1)


def _kept_loss(shape: tuple[int, int]) -> MastLoss:
    """Return losses as they come back from where an assessment keeps them."""
    loss_cdb = rounded_losses(np.full((1, *shape), 100.0, np.float32))
    sight = Sight((shape[0] / 2, shape[1] / 2), STEP_M / 1000.0, np.full(shape[0], STEP_M / 1000.0))
    made = MastLoss((0, 0), (FREQUENCY_MHZ,), loss_cdb, np.zeros(shape, np.int16), sight, 0)
    memory = ResultCache(Path(), limit_bytes=0)
    memory.write("loss", loss_parts(made, (0, 0), shape))
    read = read_losses(memory, "loss", PixelWindow(0, 0, *shape), (0, 0))
    if read is None:
        raise RuntimeError("losses that were just kept are gone")
    return read


@dataclass(frozen=True)
class Compiling:
    """Kernels being compiled beside other work; without a process there is nothing to wait for."""

    process: subprocess.Popen[bytes] | None
    log: IO[bytes]

    def is_running(self) -> bool:
        """Tell whether there is something to wait for."""
        return self.process is not None and self.process.poll() is None

    def wait(self) -> None:
        """Wait until the kernels are compiled. A failure is logged only: an assessment compiles what it misses."""
        if self.process is None:
            return
        try:
            status = self.process.wait(LONGEST_WAIT_S)
        except subprocess.TimeoutExpired:
            logger.warning("compiling the kernels takes too long; the assessment goes on without it")
            return
        if status != 0:
            self.log.seek(0)
            said = self.log.read().decode(errors="replace").strip().splitlines() or ["-"]
            logger.warning("the kernels were not compiled ahead (status %d: %s)", status, said[-1])


@contextmanager
def compiling_beside() -> Iterator[Compiling]:
    """Compile missing kernels in another process while the block runs; at its end the process is stopped."""
    with tempfile.TemporaryFile() as log:
        process: subprocess.Popen[bytes] | None = None
        if not is_compiled():
            # A group of its own, so that its workers are stopped with it.
            command = [sys.executable, "-m", MODULE]
            try:
                process = subprocess.Popen(  # noqa: S603 (this program itself)
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
                )
            except OSError as error:
                logger.warning("the kernels are not compiled ahead: %s", error)
        try:
            yield Compiling(process, log)
        finally:
            if process is not None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGTERM)
                process.wait()


if __name__ == "__main__":
    compile_kernels()
