"""The rules at the edges (docs/explanation/coverage-model.md): what comes out is a level, not reached or no data."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.domain.grid import LonLat, metres_per_degree
from geo.domain.sites import Cell, Technology
from geo.errors import OutOfRangeError
from geo.radio.layers import NO_DATA, NOT_REACHED, LevelLayer
from geo.radio.link_budget import ResolvedCell, resolve_cells
from geo.radio.model import PredictionSettings, RadioModel
from geo.radio.prediction import best_server, predict_points
from geo.radio.terrain import TerrainWindow

pytestmark = pytest.mark.kernels

Make = Callable[..., ResolvedCell]
LOWEST_TENTHS, HIGHEST_TENTHS = -1300, 1000
FAULTS: list[dict[str, float]] = [
    {"frequency_mhz": 29.9},
    {"frequency_mhz": 6000.1},
    {"frequency_mhz": math.nan},
    {"antenna_height_m": 0.99},
    {"antenna_height_m": 3000.1},
    {"antenna_height_m": math.inf},
    {"azimuth_deg": 360.5},
    {"azimuth_deg": -0.5},
    {"mechanical_tilt_deg": 90.5},
    {"electrical_tilt_deg": -90.5},
    {"power_dbm": math.nan},
    {"eirp_dbm": math.inf},
    {"antenna_gain_dbi": math.nan},
    {"bandwidth_mhz": math.nan},
    {"lat": math.nan},
]


def tenths_of(layer: LevelLayer) -> NDArray[np.int16]:
    """The raster as it is stored, after checking that it holds nothing but levels and the two marks."""
    stored = layer.encoded()
    assert stored.dtype == np.int16
    level = (stored != NO_DATA) & (stored != NOT_REACHED)
    assert ((stored[level] >= LOWEST_TENTHS) & (stored[level] <= HIGHEST_TENTHS)).all()
    assert np.isfinite(layer.level_dbm).all()
    return stored


def cell(number: int, **changes: float) -> Cell:
    lon, lat = 108.02, 12.73
    base = Cell(
        cell_id=number,
        site_id=1,
        mast_id=1,
        operator_code="A",
        technology=Technology.G4,
        lon=lon,
        lat=lat,
        band="B3",
    )
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_what_the_model_cannot_take_is_left_out_with_its_reason(model: RadioModel, fault: dict[str, float]) -> None:
    resolved, problems = resolve_cells([cell(1), cell(2, **fault), cell(3)], model)
    assert [each.cell_id for each in resolved] == [1, 3]
    assert [each.cell_id for each in problems] == [2]
    assert isinstance(problems[0].error, OutOfRangeError)
    assert problems[0].error.vi != problems[0].error.en


@pytest.mark.parametrize(
    "limit",
    [
        {"frequency_mhz": 30.0},
        {"frequency_mhz": 6000.0},
        {"antenna_height_m": 1.0},
        {"antenna_height_m": 3000.0},
        {"azimuth_deg": 360.0},
        {"mechanical_tilt_deg": 90.0, "azimuth_deg": 0.0},
        {"electrical_tilt_deg": 90.0, "azimuth_deg": 0.0},
    ],
    ids=str,
)
def test_the_limits_themselves_are_computed(
    hills: TerrainWindow, settings: PredictionSettings, model: RadioModel, limit: dict[str, float]
) -> None:
    resolved, problems = resolve_cells([cell(1, **limit)], model)
    assert problems == []
    (layer,) = best_server(resolved, terrain=hills, clutter=None, settings=settings)
    assert not (tenths_of(layer) == NO_DATA).any()


@pytest.mark.parametrize("kind", ["mechanical_tilt_deg", "electrical_tilt_deg"])
def test_a_tilt_of_90_degrees_serves_the_foot_of_the_mast(
    hills: TerrainWindow, settings: PredictionSettings, make_cell: Make, kind: str
) -> None:
    level = {"mechanical_tilt_deg": 0.0, "electrical_tilt_deg": 0.0}
    (usual,) = best_server([make_cell(**level)], terrain=hills, clutter=None, settings=settings)
    (down,) = best_server([make_cell(**{**level, kind: 90.0})], terrain=hills, clutter=None, settings=settings)
    tenths_of(down)
    # 550 m ahead only the side lobe is left of the beam: about 20 dB less.
    assert 16.0 < usual.level_dbm[24, 30] - down.level_dbm[24, 30] <= 25.0


def test_at_the_mast_the_path_is_that_of_the_shortest_distance(
    hills: TerrainWindow, settings: PredictionSettings, make_cell: Make
) -> None:
    lon, lat = hills.grid.center(30, 30)
    lat_m = metres_per_degree(lat)[1]
    distances_m = (0.0, 2.0, 9.9, 10.0, 11.0, 40.0, 200.0, 249.0, 251.0, 300.0)
    north = [LonLat(lon, lat + metres / lat_m) for metres in distances_m]
    omni = make_cell(azimuth_deg=None, antenna_height_m=20.0)
    (layer,) = predict_points([omni], north, terrain=hills, clutter=None, settings=settings)
    assert not layer.no_data.any()
    at = layer.level_dbm
    assert np.isfinite(at).all()
    assert float(np.ptp(at[:4])) < 0.2
    # No jump where P.1812 begins (250 m).
    assert abs(float(at[7] - at[8])) < 0.5


@given(
    east=st.floats(-80.0, 80.0),
    north=st.floats(-80.0, 80.0),
    tilt=st.floats(-90.0, 90.0),
    holes=st.lists(st.tuples(st.integers(0, 59), st.integers(0, 59)), max_size=6),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_mast_any_tilt_any_void_gives_a_level_or_a_mark(
    hills: TerrainWindow,
    settings: PredictionSettings,
    make_cell: Make,
    east: float,
    north: float,
    tilt: float,
    holes: list[tuple[int, int]],
) -> None:
    void = hills.void.copy()
    heights = hills.heights_m.copy()
    for hole in holes:
        void[hole], heights[hole] = True, -32768.0
    holed = TerrainWindow(hills.grid, heights, void)
    lon, lat = hills.grid.center(30, 30)
    mast = make_cell(lon=lon + east * hills.grid.step_x, lat=lat + north * hills.grid.step_y, mechanical_tilt_deg=tilt)
    (layer,) = best_server([mast], terrain=holed, clutter=None, settings=settings)
    stored = tenths_of(layer)
    assert (stored[void] == NO_DATA).all()
    (points,) = predict_points([mast], [LonLat(mast.lon, mast.lat)], terrain=holed, clutter=None, settings=settings)
    tenths_of(points)
