"""Measurements to pixels: the median of what was measured of one network on one pixel of the terrain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.domain.grid import Grid


@dataclass(frozen=True, slots=True)
class Network:
    """What a measurement says it is of; `is_loss` tells a measured path loss from a level."""

    technology: str
    operator_code: str | None
    cell_code: str | None
    band: str | None
    is_loss: bool


@dataclass(frozen=True, eq=False)
class MeasuredPixels:
    """Medians by pixel and network: row and column in the grid, number of the network, value (dBm or dB), rows."""

    row: NDArray[np.int64]
    col: NDArray[np.int64]
    network: NDArray[np.int64]
    value: NDArray[np.float64]
    rows: NDArray[np.int64]
    networks: tuple[Network, ...]
    outside: int


@dataclass
class _Columns:
    pixel: list[NDArray[np.int64]] = field(default_factory=list)
    network: list[NDArray[np.int64]] = field(default_factory=list)
    value: list[NDArray[np.float64]] = field(default_factory=list)


def bin_to_pixels(parts: Iterable[Sequence[Any]], grid: Grid) -> MeasuredPixels:
    """Return the median by pixel and network of rows as `store.calibrations.read_measurements` yields them."""
    columns, numbers, outside = _Columns(), dict[Network, int](), 0
    for part in parts:
        lon = np.array([row[0] for row in part], dtype=np.float64)
        lat = np.array([row[1] for row in part], dtype=np.float64)
        row_at = np.floor((grid.north - lat) / grid.step_y).astype(np.int64)
        col_at = np.floor((lon - grid.west) / grid.step_x).astype(np.int64)
        inside = (row_at >= 0) & (row_at < grid.rows) & (col_at >= 0) & (col_at < grid.cols)
        outside += int((~inside).sum())
        networks = [Network(row[2], row[3], row[4], row[5], row[6] is None) for row in part]
        number = np.array([numbers.setdefault(one, len(numbers)) for one in networks], dtype=np.int64)
        value = np.array([row[7] if row[6] is None else row[6] for row in part], dtype=np.float64)
        columns.pixel.append((row_at * grid.cols + col_at)[inside])
        columns.network.append(number[inside])
        columns.value.append(value[inside])
    pixel, network, value, rows = _medians(columns)
    return MeasuredPixels(pixel // grid.cols, pixel % grid.cols, network, value, rows, tuple(numbers), outside)


def _medians(
    columns: _Columns,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    if not columns.pixel:
        nothing = np.empty(0, dtype=np.int64)
        return nothing, nothing, np.empty(0), nothing
    pixel, network = np.concatenate(columns.pixel), np.concatenate(columns.network)
    value = np.concatenate(columns.value)
    order = np.lexsort((value, network, pixel))
    pixel, network, value = pixel[order], network[order], value[order]
    first = np.flatnonzero(np.r_[True, (np.diff(pixel) != 0) | (np.diff(network) != 0)]) if len(pixel) else pixel
    counts = np.diff(np.r_[first, len(pixel)])
    # The values of a group lie in order: its median is its middle one, or between its two middle ones.
    median = 0.5 * (value[first + (counts - 1) // 2] + value[first + counts // 2]) if len(pixel) else value
    return pixel[first], network[first], median, counts
