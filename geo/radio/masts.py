"""Antenna positions: the cells that share one path analysis, and the window of pixels around them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from geo.domain.grid import Grid, metres_per_degree
from geo.radio.link_budget import ResolvedCell

Place = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Mast:
    """A position and antenna height with its cells, by id; `reach_m` is the farthest reach by frequency (MHz)."""

    lon: float
    lat: float
    antenna_height_m: float
    reach_m: Mapping[float, float]
    cells: tuple[ResolvedCell, ...]

    @property
    def place(self) -> Place:
        """Longitude, latitude (EPSG:4326 degrees) and antenna height (m)."""
        return self.lon, self.lat, self.antenna_height_m

    @cached_property
    def farthest_m(self) -> float:
        """Farthest reach of any frequency."""
        return max(self.reach_m.values())


@dataclass(frozen=True, slots=True)
class PixelWindow:
    """Pixels of a grid: `rows` x `cols` from `(first_row, first_col)`; either may be 0."""

    first_row: int
    first_col: int
    rows: int
    cols: int


def masts_of(cells: Sequence[ResolvedCell]) -> tuple[Mast, ...]:
    """Return the cells by position and antenna height, in the order of these; the order of the cells has no part."""
    groups: dict[Place, list[ResolvedCell]] = defaultdict(list)
    for cell in sorted(cells, key=lambda each: each.cell_id):
        groups[cell.lon, cell.lat, cell.antenna_height_m].append(cell)
    return tuple(Mast(*place, reach_by_frequency(groups[place]), tuple(groups[place])) for place in sorted(groups))


def reach_by_frequency(cells: Sequence[ResolvedCell]) -> dict[float, float]:
    """Return the farthest reach (m) of each frequency (MHz), by frequency."""
    reach: dict[float, float] = {}
    for cell in sorted(cells, key=lambda each: each.frequency_mhz):
        reach[cell.frequency_mhz] = max(cell.reach_m, reach.get(cell.frequency_mhz, 0.0))
    return reach


def window_around(grid: Grid, lon: float, lat: float, farthest_m: float) -> PixelWindow:
    """Return the pixels of a grid in EPSG:4326 that may lie within a distance of a position."""
    row, col = grid.fractional_row_col(lon, lat)
    lon_m, lat_m = metres_per_degree(lat)
    half_rows = math.ceil(farthest_m / (lat_m * grid.step_y)) + 1
    # One per cent more, for the rows nearer to the equator or the pole.
    half_cols = math.ceil(1.01 * farthest_m / (lon_m * grid.step_x)) + 1
    first_row, last_row = max(0, math.floor(row) - half_rows), min(grid.rows, math.floor(row) + half_rows + 1)
    first_col, last_col = max(0, math.floor(col) - half_cols), min(grid.cols, math.floor(col) + half_cols + 1)
    return PixelWindow(first_row, first_col, max(0, last_row - first_row), max(0, last_col - first_col))
