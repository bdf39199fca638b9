"""Best-server layers: what a prediction gives back, for a grid or for a list of points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from geo.domain.sites import Technology
from geo.radio.kernels.merge import (
    NO_CELL,
    NOT_REACHED_STEP,
    STEPS_PER_DB,
    STEPS_PER_DEGREE,
    Sight,
    merge_points,
    merge_window,
    to_steps,
)
from geo.radio.link_budget import ResolvedCell

LayerKey = tuple[Technology, str]

# Levels are stored in tenths of a dBm; these two values are not levels.
NO_DATA = -32768
NOT_REACHED = -32767
STEPS_PER_TENTH = 10
LOWEST_KEPT_STEP = -32000
EVERY_PIXEL = np.zeros((1, 1), np.uint8)


@dataclass(frozen=True, eq=False)
class MastLoss:
    """Loss from one antenna position to the pixels around it.

    `corner` is the terrain row and column of the first pixel. `loss_cdb` (frequencies, rows, cols; hundredths of dB) is
    not exceeded at the settings' percentages of time and locations; 0 beyond the reach, -1 where terrain is void.
    `elevation_cdeg` (rows, cols; hundredths of a degree) is the elevation at which the ray leaves the antenna, `sight`
    gives its azimuth. The losses are rounded here, at their source, so that kept ones and fresh ones are the same.
    """

    corner: tuple[int, int]
    frequencies_mhz: tuple[float, ...]
    loss_cdb: NDArray[np.int16]
    elevation_cdeg: NDArray[np.int16]
    sight: Sight
    paths: int

    @property
    def loss_db(self) -> NDArray[np.float32]:
        """Losses in dB, shape (frequencies, rows, cols); 0 beyond the reach, -1 where terrain is void."""
        marked = self.loss_cdb <= 0
        return np.where(marked, self.loss_cdb, self.loss_cdb / np.float32(STEPS_PER_DB)).astype(np.float32)

    def within(self, frequency_mhz: float, reach_m: float) -> MastLoss:
        """Return the losses at one frequency, those of pixels beyond a reach taken out."""
        rows, cols = self.elevation_cdeg.shape
        north_km = (self.sight.mast[0] - np.arange(rows)) * self.sight.row_km
        east_km = (np.arange(cols) - self.sight.mast[1]) * self.sight.col_km[:, None]
        beyond = north_km[:, None] ** 2 + east_km**2 > (reach_m / 1000.0) ** 2
        own = self.loss_cdb[self.frequencies_mhz.index(frequency_mhz)].copy()
        own[beyond] = NOT_REACHED_STEP
        return replace(self, frequencies_mhz=(frequency_mhz,), loss_cdb=own[None])


@dataclass(frozen=True, eq=False)
class PointsLoss:
    """Loss from one antenna position to the points in `points` (their indices); otherwise as `MastLoss`.

    `azimuth_deg` is the direction in which the ray leaves the antenna; `row` and `col` are the points in pixels of the
    terrain from the middle of its first pixel.
    """

    points: NDArray[np.int64]
    frequencies_mhz: tuple[float, ...]
    loss_cdb: NDArray[np.int16]
    elevation_cdeg: NDArray[np.int16]
    azimuth_deg: NDArray[np.float32]
    distance_km: NDArray[np.float64]
    row: NDArray[np.float64]
    col: NDArray[np.float64]

    def within(self, frequency_mhz: float, reach_m: float) -> PointsLoss:
        """Return the losses at one frequency, those of points beyond a reach taken out."""
        own = self.loss_cdb[self.frequencies_mhz.index(frequency_mhz)].copy()
        own[self.distance_km > reach_m / 1000.0] = NOT_REACHED_STEP
        return replace(self, frequencies_mhz=(frequency_mhz,), loss_cdb=own[None])


def rounded_losses(loss_db: NDArray[np.float32]) -> NDArray[np.int16]:
    """Return losses in dB as hundredths, with the marks for pixels beyond the reach and without terrain."""
    loss_cdb = np.empty(loss_db.shape, np.int16)
    to_steps(loss_db, loss_cdb)
    return loss_cdb


def rounded_angles(angle_deg: NDArray[np.float32]) -> NDArray[np.int16]:
    """Return angles in degrees as hundredths."""
    return np.asarray(np.rint(angle_deg * np.float32(STEPS_PER_DEGREE)), dtype=np.int16)


@dataclass(frozen=True, eq=False)
class LevelLayer:
    """Best server of one technology and operator. All arrays have the shape of the grid, or `(points,)`.

    `level_cdbm` (int16, hundredths of dBm) is the level exceeded at the rule's share of locations, meaningful where
    `server_cell_id` (int32, 0 = none) is not 0. `no_data` is True where terrain is void or a path across a void leaves
    the answer open.
    """

    technology: Technology
    operator_code: str
    level_cdbm: NDArray[np.int16]
    server_cell_id: NDArray[np.int32]
    no_data: NDArray[np.bool_]

    @property
    def level_dbm(self) -> NDArray[np.float32]:
        """Levels in dBm."""
        return np.asarray(self.level_cdbm / np.float32(STEPS_PER_DB), dtype=np.float32)

    @property
    def reached(self) -> NDArray[np.bool_]:
        """True where a level is known."""
        return np.asarray((self.server_cell_id != NO_CELL) & ~self.no_data)

    def at_least(self, threshold_dbm: float) -> NDArray[np.bool_]:
        """True where the level is known and reaches the threshold."""
        return np.asarray(self.reached & (self.level_cdbm >= steps_of(threshold_dbm)))

    def encoded(self) -> NDArray[np.int16]:
        """Levels in tenths of a dBm (int16), `NOT_REACHED` below the lowest level, `NO_DATA` without data.

        Rounded down, so that rounding never makes coverage.
        """
        tenths = np.asarray(self.level_cdbm // STEPS_PER_TENTH, dtype=np.int16)
        tenths[self.server_cell_id == NO_CELL] = NOT_REACHED
        tenths[self.no_data] = NO_DATA
        return tenths


def steps_of(level_dbm: float) -> int:
    """Return a level, a threshold or an EIRP in hundredths of dBm."""
    return round(STEPS_PER_DB * level_dbm)


class LayerStack:
    """Layers being filled by several threads; each is guarded by its own lock."""

    def __init__(self, cells: Sequence[ResolvedCell], shape: tuple[int, int], lowest_dbm: float) -> None:
        self.keys: list[LayerKey] = sorted({(cell.technology, cell.operator_code) for cell in cells})
        # What 16 bits hold; no receiver hears -320 dBm.
        self.lowest_cdbm = max(steps_of(lowest_dbm), LOWEST_KEPT_STEP)
        self.level = {key: np.full(shape, self.lowest_cdbm, np.int16) for key in self.keys}
        self.server = {key: np.full(shape, NO_CELL, np.int32) for key in self.keys}
        self.unknown = {key: np.zeros(shape, np.uint8) for key in self.keys}
        self.locks = {key: Lock() for key in self.keys}

    def merge(
        self, cell: ResolvedCell, loss: MastLoss, offset: tuple[int, int], chosen: NDArray[np.uint8] = EVERY_PIXEL
    ) -> None:
        """Merge one cell's window, at the pixels of the layer whose `chosen` is not 0 (by default all)."""
        key = (cell.technology, cell.operator_code)
        with self.locks[key]:
            merge_window(
                loss.loss_cdb[loss.frequencies_mhz.index(cell.frequency_mhz)],
                loss.elevation_cdeg,
                loss.sight,
                offset,
                cell.antenna,
                steps_of(cell.reference_eirp_dbm),
                self.lowest_cdbm,
                cell.cell_id,
                self.level[key],
                self.server[key],
                self.unknown[key],
                chosen,
            )

    def merge_points(self, cell: ResolvedCell, loss: PointsLoss) -> None:
        """Merge one cell's paths to a list of points."""
        key = (cell.technology, cell.operator_code)
        with self.locks[key]:
            merge_points(
                loss.loss_cdb[loss.frequencies_mhz.index(cell.frequency_mhz)],
                loss.elevation_cdeg,
                loss.azimuth_deg,
                loss.points,
                cell.antenna,
                steps_of(cell.reference_eirp_dbm),
                self.lowest_cdbm,
                cell.cell_id,
                self.level[key],
                self.server[key],
                self.unknown[key],
            )

    def finish(self, void: NDArray[np.bool_], decided_dbm: float) -> tuple[LevelLayer, ...]:
        """Return the layers in the order of technology and operator."""
        return tuple(self._layer(key, void, decided_dbm) for key in self.keys)

    def _layer(self, key: LayerKey, void: NDArray[np.bool_], decided_dbm: float) -> LevelLayer:
        level, server = self.level[key], self.server[key]
        settled = (server != NO_CELL) & (level >= steps_of(decided_dbm))
        no_data = void | ((self.unknown[key] != 0) & ~settled)
        return LevelLayer(key[0], key[1], level, server, no_data)
