"""A small model, terrain and cells for the radio tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from geo.domain.grid import Grid
from geo.domain.sites import Cell, Technology
from geo.parameters.loader import load_parameters
from geo.radio.link_budget import ResolvedCell, resolve_cell
from geo.radio.model import PredictionSettings, RadioModel, radio_model
from geo.radio.terrain import TerrainWindow

STEP = 3.0 / 3600.0
WEST, NORTH = 108.0, 12.75


@pytest.fixture(scope="session")
def model() -> RadioModel:
    """The shipped parameters."""
    files = {name: load_parameters(f"radio/{name}") for name in ("bands", "defaults", "clutter")}
    return radio_model(**files)


@pytest.fixture
def settings(model: RadioModel) -> PredictionSettings:
    """The rule's 90 % of locations at 1.5 m."""
    return model.settings(location_percent=90.0, receiver_height_m=1.5, decided_level_dbm=-105.0, workers=2)


@pytest.fixture
def hills() -> TerrainWindow:
    """60 x 60 pixels of 3 seconds (about 5.5 km): two ridges and a slope; no voids."""
    rows, cols = np.mgrid[0:60, 0:60]
    heights = (
        400.0 + 2.0 * cols + 80.0 * np.exp(-((rows - 20.0) ** 2) / 8.0) + 60.0 * np.exp(-((cols - 45.0) ** 2) / 6.0)
    )
    grid = Grid(west=WEST, north=NORTH, step_x=STEP, step_y=STEP, rows=60, cols=60)
    return TerrainWindow(grid, heights.astype(np.float32), np.zeros((60, 60), dtype=bool))


@pytest.fixture
def make_cell(model: RadioModel, hills: TerrainWindow) -> Callable[..., ResolvedCell]:
    """Resolve a cell on a mast near the middle of the hills; keyword arguments replace its fields."""

    def make(**changes: Any) -> ResolvedCell:
        lon, lat = hills.grid.center(30, 30)
        fields: dict[str, Any] = {
            "cell_id": 1,
            "site_id": 1,
            "mast_id": 1,
            "operator_code": "A",
            "technology": Technology.G4,
            "lon": lon,
            "lat": lat,
            "band": "B3",
            "azimuth_deg": 0.0,
            "antenna_height_m": 30.0,
        }
        return resolve_cell(Cell(**{**fields, **changes}), model)

    return make
