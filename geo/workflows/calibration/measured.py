"""Measurements to places: the median of what was measured of one network on a small part of a terrain pixel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
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
class MeasuredPlaces:
    """Medians by place and network: position in degrees, pixel of the terrain, network, value (dBm or dB), rows.

    The position is the median one of the rows: half a pixel further on can lie behind a ridge.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    pixel: NDArray[np.int64]
    network: NDArray[np.int64]
    value: NDArray[np.float64]
    rows: NDArray[np.int64]
    networks: tuple[Network, ...]
    outside: int

    @property
    def size(self) -> int:
        """Number of places."""
        return len(self.value)


@dataclass
class _Columns:
    place: list[NDArray[np.int64]] = field(default_factory=list)
    network: list[NDArray[np.int64]] = field(default_factory=list)
    value: list[NDArray[np.float64]] = field(default_factory=list)
    lon: list[NDArray[np.float64]] = field(default_factory=list)
    lat: list[NDArray[np.float64]] = field(default_factory=list)


def bin_to_places(parts: Iterable[Sequence[Any]], grid: Grid, *, parts_per_pixel: int) -> MeasuredPlaces:
    """Return the medians of rows as `store.calibrations.read_measurements` yields them.

    A pixel of the grid has `parts_per_pixel` places along each of its sides.
    """
    fine = replace(
        grid,
        step_x=grid.step_x / parts_per_pixel,
        step_y=grid.step_y / parts_per_pixel,
        rows=grid.rows * parts_per_pixel,
        cols=grid.cols * parts_per_pixel,
    )
    columns, numbers, outside = _Columns(), dict[Network, int](), 0
    for part in parts:
        lon = np.array([row[0] for row in part], dtype=np.float64)
        lat = np.array([row[1] for row in part], dtype=np.float64)
        row_at, col_at, inside = fine.rows_cols(lon, lat)
        outside += int((~inside).sum())
        networks = [Network(row[2], row[3], row[4], row[5], row[6] is None) for row in part]
        number = np.array([numbers.setdefault(one, len(numbers)) for one in networks], dtype=np.int64)
        value = np.array([row[7] if row[6] is None else row[6] for row in part], dtype=np.float64)
        columns.place.append((row_at * fine.cols + col_at)[inside])
        columns.network.append(number[inside])
        columns.value.append(value[inside])
        columns.lon.append(lon[inside])
        columns.lat.append(lat[inside])
    place, network = _joined(columns.place, np.int64), _joined(columns.network, np.int64)
    groups = Groups.of(place, network)
    at = place[groups.first]
    return MeasuredPlaces(
        lon=groups.median(_joined(columns.lon, np.float64)),
        lat=groups.median(_joined(columns.lat, np.float64)),
        pixel=at // fine.cols // parts_per_pixel * grid.cols + at % fine.cols // parts_per_pixel,
        network=network[groups.first],
        value=groups.median(_joined(columns.value, np.float64)),
        rows=groups.counts,
        networks=tuple(numbers),
        outside=outside,
    )


@dataclass(frozen=True, eq=False)
class Groups:
    """Rows that share all their keys: `number` of the group of each row, by group its `first` row and its `counts`."""

    number: NDArray[np.int64]
    first: NDArray[np.int64]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, *keys: NDArray[np.int64]) -> Groups:
        """Return the groups, in the order of their keys, the first key before the others."""
        order = np.lexsort(keys[::-1])
        changes = np.zeros(len(order), dtype=bool)
        for key in keys:
            changes[1:] |= np.diff(key[order]) != 0
        changes[:1] = True
        number = np.empty(len(order), dtype=np.int64)
        number[order] = np.cumsum(changes) - 1
        starts = np.flatnonzero(changes)
        return cls(number, order[starts], np.diff(np.r_[starts, len(order)]))

    def median(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the median of each group."""
        # The values of a group lie in order: its median is its middle one, or between its two middle ones.
        ordered = values[np.lexsort((values, self.number))]
        start = np.cumsum(self.counts) - self.counts
        return np.asarray(0.5 * (ordered[start + (self.counts - 1) // 2] + ordered[start + self.counts // 2]))

    def total(self, values: NDArray[np.int64] | NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the sum of each group."""
        return np.bincount(self.number, values, len(self.counts)).astype(np.int64)


def _joined(parts: list[NDArray[Any]], kind: type[np.generic]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0, dtype=kind)
