"""Measurements become places: medians of position and value on a part of a pixel."""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.domain.grid import Grid
from geo.workflows.calibration.measured import Groups, Network, bin_to_places

GRID = Grid(west=108.0, north=12.0, step_x=0.001, step_y=0.001, rows=10, cols=20)


def _row(
    lon: float, lat: float, level: float | None, *, cell: str | None = None, loss: float | None = None
) -> tuple[Any, ...]:
    return lon, lat, "4G", "alpha", cell, None, level, loss


def test_a_place_lies_where_its_rows_lie() -> None:
    rows = [
        _row(108.00110, 11.99890, -90.0),
        _row(108.00112, 11.99885, -100.0),
        _row(108.00120, 11.99880, -92.0),
        # Another part of the same pixel, and another network at the first place.
        _row(108.00190, 11.99890, -70.0),
        _row(108.00110, 11.99890, -60.0, cell="C1"),
        # Outside.
        _row(107.0, 11.99890, -60.0),
    ]
    found = bin_to_places([rows[:2], rows[2:]], GRID, parts_per_pixel=4)
    assert found.outside == 1
    at = {(found.networks[n].cell_code, v): i for i, (n, v) in enumerate(zip(found.network, found.value, strict=True))}
    first = at[None, -92.0]
    assert (found.lon[first], found.lat[first]) == (108.00112, 11.99885)
    assert found.rows[first] == 3
    assert set(at) == {(None, -92.0), (None, -70.0), ("C1", -60.0)}
    # Row 1, column 1 of the grid: all three.
    assert found.pixel.tolist() == [21, 21, 21]
    assert Network("4G", "alpha", "C1", None, False) in found.networks
    coarse = bin_to_places([rows], GRID, parts_per_pixel=1)
    assert sorted(coarse.value.tolist()) == [-91.0, -60.0]


def test_nothing_measured_is_no_place() -> None:
    assert bin_to_places([], GRID, parts_per_pixel=4).size == 0


def test_groups_know_their_medians() -> None:
    groups = Groups.of(np.array([2, 1, 2, 1, 1]), np.array([0, 0, 0, 5, 0]))
    assert groups.median(np.array([4.0, 1.0, 8.0, 7.0, 3.0])).tolist() == [2.0, 7.0, 6.0]
    assert groups.counts.tolist() == [2, 1, 2]
    assert groups.total(np.array([True, True, False, True, False])).tolist() == [1, 1, 1]
