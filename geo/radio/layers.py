"""Best-server layers: what a prediction gives back, for a grid or for a list of points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from geo.domain.sites import Technology
from geo.radio.kernels.merge import NO_CELL, merge_points, merge_window
from geo.radio.link_budget import ResolvedCell

LayerKey = tuple[Technology, str]

# Levels are stored in tenths of a dBm; these two values are not levels.
NO_DATA = -32768
NOT_REACHED = -32767
OPERATORS_NO_DATA = 255


@dataclass(frozen=True, eq=False)
class MastLoss:
    """Loss from one antenna position to the pixels around it.

    `corner` is the terrain row and column of the first pixel. `loss_db` (frequencies, rows, cols) is not exceeded at
    the settings' percentages of time and locations; 0 beyond the reach, -1 where terrain is void. `elevation_deg` and
    `azimuth_deg` (rows, cols) are the direction in which the ray leaves the antenna.
    """

    corner: tuple[int, int]
    frequencies_mhz: tuple[float, ...]
    loss_db: NDArray[np.float32]
    elevation_deg: NDArray[np.float32]
    azimuth_deg: NDArray[np.float32]
    paths: int


@dataclass(frozen=True, eq=False)
class PointsLoss:
    """Loss from one antenna position to the points in `points` (their indices); otherwise as `MastLoss`."""

    points: NDArray[np.int64]
    frequencies_mhz: tuple[float, ...]
    loss_db: NDArray[np.float32]
    elevation_deg: NDArray[np.float32]
    azimuth_deg: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class LevelLayer:
    """Best server of one technology and operator. All arrays have the shape of the grid, or `(points,)`.

    `level_dbm` (float32) is the level exceeded at the rule's share of locations, meaningful where `server_cell_id`
    (int32, 0 = none) is not 0. `no_data` is True where terrain is void or a path across a void leaves the answer open.
    """

    technology: Technology
    operator_code: str
    level_dbm: NDArray[np.float32]
    server_cell_id: NDArray[np.int32]
    no_data: NDArray[np.bool_]

    @property
    def reached(self) -> NDArray[np.bool_]:
        """True where a level is known."""
        return np.asarray((self.server_cell_id != NO_CELL) & ~self.no_data)

    def at_least(self, threshold_dbm: float) -> NDArray[np.bool_]:
        """True where the level is known and reaches the threshold."""
        return np.asarray(self.reached & (self.level_dbm >= np.float32(threshold_dbm)))

    def encoded(self) -> NDArray[np.int16]:
        """Levels in tenths of a dBm (int16), `NOT_REACHED` below the lowest level, `NO_DATA` without data."""
        tenths = np.asarray(np.clip(np.rint(self.level_dbm * np.float32(10.0)), -32000, 32000), dtype=np.int16)
        tenths[self.server_cell_id == NO_CELL] = NOT_REACHED
        tenths[self.no_data] = NO_DATA
        return tenths


class LayerStack:
    """Layers being filled by several threads; each is guarded by its own lock."""

    def __init__(self, cells: Sequence[ResolvedCell], shape: tuple[int, int], lowest_dbm: float) -> None:
        self.keys: list[LayerKey] = sorted({(cell.technology, cell.operator_code) for cell in cells})
        self.lowest_dbm = lowest_dbm
        self.level = {key: np.full(shape, lowest_dbm, np.float32) for key in self.keys}
        self.server = {key: np.full(shape, NO_CELL, np.int32) for key in self.keys}
        self.unknown = {key: np.zeros(shape, np.uint8) for key in self.keys}
        self.locks = {key: Lock() for key in self.keys}

    def merge(self, cell: ResolvedCell, loss: MastLoss, offset: tuple[int, int]) -> None:
        """Merge one cell's window."""
        key = (cell.technology, cell.operator_code)
        with self.locks[key]:
            merge_window(
                loss.loss_db[loss.frequencies_mhz.index(cell.frequency_mhz)],
                loss.elevation_deg,
                loss.azimuth_deg,
                offset,
                cell.antenna,
                cell.reference_eirp_dbm,
                self.lowest_dbm,
                cell.cell_id,
                self.level[key],
                self.server[key],
                self.unknown[key],
            )

    def merge_points(self, cell: ResolvedCell, loss: PointsLoss) -> None:
        """Merge one cell's paths to a list of points."""
        key = (cell.technology, cell.operator_code)
        with self.locks[key]:
            merge_points(
                loss.loss_db[loss.frequencies_mhz.index(cell.frequency_mhz)],
                loss.elevation_deg,
                loss.azimuth_deg,
                loss.points,
                cell.antenna,
                cell.reference_eirp_dbm,
                self.lowest_dbm,
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
        settled = (server != NO_CELL) & (level >= np.float32(decided_dbm))
        no_data = void | ((self.unknown[key] != 0) & ~settled)
        return LevelLayer(key[0], key[1], level, server, no_data)


def any_operator(layers: Sequence[LevelLayer], *, decided_level_dbm: float, operator_code: str) -> LevelLayer:
    """Return the best of several operators' layers of one technology, under the name `operator_code`.

    Without data in one layer the answer stays open unless another gives at least `decided_level_dbm`. Equal levels go
    to the lower cell id.
    """
    first = layers[0]
    level = np.where(first.reached, first.level_dbm, np.float32(-np.inf))
    server = np.where(first.reached, first.server_cell_id, NO_CELL)
    open_somewhere = first.no_data.copy()
    for layer in layers[1:]:
        other = np.where(layer.reached, layer.level_dbm, np.float32(-np.inf))
        lower_id = (other == level) & layer.reached & (layer.server_cell_id < server)
        better = (other > level) | lower_id
        level = np.where(better, other, level)
        server = np.where(better, layer.server_cell_id, server)
        open_somewhere |= layer.no_data
    reached = server != NO_CELL
    no_data = open_somewhere & ~(reached & (level >= np.float32(decided_level_dbm)))
    shown = np.where(reached, level, np.float32(0.0)).astype(np.float32)
    return LevelLayer(first.technology, operator_code, shown, server.astype(np.int32), no_data)


def operators_at(layers: Sequence[LevelLayer], threshold_dbm: float) -> NDArray[np.uint8]:
    """Number of operators that reach the threshold; 255 where none does and one has no data."""
    count = np.zeros(layers[0].level_dbm.shape, np.uint8)
    open_somewhere = np.zeros(count.shape, bool)
    for layer in layers:
        count += layer.at_least(threshold_dbm)
        open_somewhere |= layer.no_data
    count[(count == 0) & open_somewhere] = OPERATORS_NO_DATA
    return count
