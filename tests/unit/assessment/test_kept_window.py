"""A window comes back as it was kept: heights, voids, land cover and what of it has no height."""

from __future__ import annotations

import numpy as np
import pytest

from geo.domain.grid import Grid
from geo.radio.terrain import ClutterWindow, TerrainWindow
from geo.workflows.assessment.kept_window import window_from_parts, window_parts
from geo.workflows.assessment.window import Territory, window_of


@pytest.mark.parametrize("part_of_a_metre", [0.0, 0.25])
def test_a_window_reads_back(part_of_a_metre: float) -> None:
    rng = np.random.default_rng(4)
    grid = Grid(west=108.0, north=13.0, step_x=0.001, step_y=0.001, rows=300, cols=270)
    heights = rng.integers(-20, 2500, grid.shape).astype(np.float32) + np.float32(part_of_a_metre)
    terrain = TerrainWindow(grid, heights, rng.random(grid.shape) < 0.1)
    clutter = ClutterWindow(grid, rng.random(grid.shape, np.float32), (77,), np.ones(grid.shape, np.uint8))
    area = Grid(west=108.02, north=12.98, step_x=0.001, step_y=0.001, rows=200, cols=100)
    window = window_of(terrain, clutter, Territory(area, rng.integers(0, 3, area.shape).astype(np.uint16)))
    again = window_from_parts(window_parts(window))
    assert again.clutter is not None
    for kept, made in (
        (again.terrain.heights_m, terrain.heights_m),
        (again.terrain.void, terrain.void),
        (again.clutter.heights_m, clutter.heights_m),
        (again.clutter.groups, clutter.groups),
        (again.territory.labels, window.territory.labels),
        (again.squares, window.squares),
    ):
        assert kept.dtype == made.dtype
        assert kept.flags.writeable
        assert np.array_equal(kept, made)
    assert again.document == window.document
    assert again.document["unknown_land_cover"] == [77]
    assert 0.05 < float(str(again.document["void_share"])) < 0.15
    assert (again.grid, again.area, again.origin) == (grid, area, (20, 20))
    assert again.tiles == window.tiles
    assert [each.units for each in again.tiles] == [(0, 1)]
    assert again.has_clutter
    assert window.squares.shape == (2, 2)
    assert len(set(window.squares.ravel().tolist())) == 4
