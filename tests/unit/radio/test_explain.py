"""An explained path: it is the prediction to the bit, its parts add up, its lines are those of a textbook."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from geo.domain.grid import Grid, LonLat
from geo.errors import BadInputError, OutOfRangeError
from geo.parameters.loader import load_parameters
from geo.radio.clearance import earth_bulge_m, fresnel_radius_m, sight_line
from geo.radio.correction import ClassRule, Correction, NetworkOffsets
from geo.radio.explain import PathExplanation, location_spread
from geo.radio.explain import explain_path as explain_with
from geo.radio.kernels.diffraction import knife_edge_db
from geo.radio.link_budget import ResolvedCell
from geo.radio.model import CLUTTER_GROUPS, PredictionSettings
from geo.radio.p1812 import effective_radius_km
from geo.radio.prediction import predict_points
from geo.radio.profiles import Profile, Zone
from geo.radio.terrain import ClutterWindow, TerrainWindow
from geo.radio.uncertainty import error_model

Make = Callable[..., ResolvedCell]
ERRORS = error_model(load_parameters("radio/uncertainty"), (1000.0, 3000.0))
explain_path = partial(explain_with, errors=ERRORS)
# The loss is rounded to hundredths in single precision, here in double: at a half it may go the other way.
STEP_DB = 0.010001


def covered(terrain: TerrainWindow) -> ClutterWindow:
    """Woods of 12 m in a band, houses of 5 m in another."""
    heights = np.zeros(terrain.grid.shape, np.float32)
    heights[8:16] = 12.0
    heights[:, 40:44] = 5.0
    return ClutterWindow(terrain.grid, heights)


def at_pixel(terrain: TerrainWindow, row: float, col: float) -> LonLat:
    grid = terrain.grid
    return LonLat(grid.west + (col + 0.5) * grid.step_x, grid.north - (row + 0.5) * grid.step_y)


def flat_profile(total_km: float = 10.0, height_m: float = 0.0, points: int = 101) -> Profile:
    distance = np.linspace(0.0, total_km, points)
    return Profile(distance, np.full(points, height_m), np.zeros(points), np.full(points, Zone.INLAND, dtype=np.int8))


@limits(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    row=st.floats(0.0, 59.0),
    col=st.floats(0.0, 59.0),
    band=st.sampled_from(["B28", "B3", "n78"]),
    height_m=st.floats(10.0, 80.0),
    with_clutter=st.booleans(),
    time_percent=st.sampled_from([50.0, 10.0, 1.0]),
    location_percent=st.sampled_from([50.0, 90.0, 95.0]),
)
def test_the_explained_level_is_the_predicted_one_and_its_parts_add_up(
    hills: TerrainWindow,
    settings: PredictionSettings,
    make_cell: Make,
    row: float,
    col: float,
    band: str,
    height_m: float,
    with_clutter: bool,
    time_percent: float,
    location_percent: float,
) -> None:
    settings = replace(settings, time_percent=time_percent, location_percent=location_percent, lowest_level_dbm=-300.0)
    cell = make_cell(band=band, antenna_height_m=height_m)
    clutter = covered(hills) if with_clutter else None
    position = at_pixel(hills, row, col)
    (layer,) = predict_points([cell], [position], terrain=hills, clutter=clutter, settings=settings)
    try:
        found = explain_path(cell, position, terrain=hills, clutter=clutter, settings=settings)
    except OutOfRangeError:
        mast = at_pixel(hills, 30, 30)
        assert math.hypot(position.lon - mast.lon, position.lat - mast.lat) < 0.0002
        return
    assert round(100 * found.level_dbm) == layer.level_cdbm[0]
    assert found.level_dbm == layer.level_cdbm[0] / 100
    _assert_parts_add_up(found)


def _assert_parts_add_up(found: PathExplanation) -> None:
    loss = found.loss
    eirp_dbm, lost_db = round(found.cell.reference_eirp_dbm, 2), round(loss.basic_transmission_loss_db, 2)
    assert found.level_dbm == pytest.approx(eirp_dbm - found.pattern_loss_db - lost_db, abs=STEP_DB)
    assert found.calibration_db == 0.0
    least = max(loss.line_of_sight_with_multipath_db, loss.median_location_loss_db + loss.location_variability_db)
    assert loss.basic_transmission_loss_db == pytest.approx(least, abs=1e-9)
    delta = max(loss.spherical_earth_db - loss.bullington_smooth_db, 0.0)
    assert loss.diffraction_median_db == pytest.approx(loss.bullington_db + delta, abs=1e-9)
    # No mechanism makes the loss larger than diffraction alone does.
    assert loss.median_location_loss_db <= loss.line_of_sight_with_multipath_db + loss.diffraction_median_db + 1e-9
    assert found.spread.low_dbm <= found.spread.high_dbm
    assert found.spread.low_dbm == pytest.approx(found.level_dbm, abs=1e-9)
    assert found.spread.low_dbm - 1e-9 <= found.median_level_dbm
    # The edge that is drawn is the one that the loss was computed with.
    v, over_profile = found.sight.edge.v, loss.bullington_db
    edge_db = float(knife_edge_db(v))
    expected = edge_db + (1 - math.exp(-edge_db / 6)) * (10 + 0.02 * loss.distance_km)
    assert over_profile == pytest.approx(expected, abs=1e-6)


@pytest.mark.kernels
def test_sight_and_shadow(hills: TerrainWindow, settings: PredictionSettings, make_cell: Make) -> None:
    cell = make_cell()
    seen = explain_path(cell, at_pixel(hills, 27, 30), terrain=hills, clutter=None, settings=settings)
    hidden = explain_path(cell, at_pixel(hills, 5, 30), terrain=hills, clutter=None, settings=settings)
    assert (seen.loss.line_of_sight, hidden.loss.line_of_sight) == (True, False)
    assert (seen.sight.edge.kind, hidden.sight.edge.kind) == ("least_clearance", "bullington")
    assert seen.sight.tx_horizon_km is None
    # The ridge runs along row 20: ten pixels of 92.2 m from the mast.
    assert hidden.sight.tx_horizon_km == pytest.approx(0.922, abs=0.01)
    assert hidden.sight.rx_horizon_km == pytest.approx(0.922, abs=0.1)
    assert hidden.sight.edge.clearance_m < 0 < seen.sight.edge.clearance_m
    assert hidden.loss.bullington_db > 15
    assert hidden.azimuth_deg == pytest.approx(0.0, abs=1e-4)
    assert hidden.distance_m == pytest.approx(25 * 92.17, abs=2)
    assert seen.profile.distance_km[0] == 0.0
    assert seen.profile.distance_km[-1] == pytest.approx(seen.distance_m / 1000)


def test_a_calibration_is_a_part_of_its_own(
    hills: TerrainWindow, settings: PredictionSettings, make_cell: Make
) -> None:
    rule = ClassRule(
        low_below_mhz=1000.0, high_above_mhz=3000.0, obstructed_above_db=6.0, reference_km=1.0, shortest_km=0.05
    )
    offsets = np.zeros((5, 2))
    offsets[:, 1] = 4.5
    chosen = Correction(
        name="drive test",
        version="1",
        rule=rule,
        networks={("4G", make_cell().operator_code, "mid"): NetworkOffsets(offsets, 0.0, 0.1, 20.0)},
    )
    position = at_pixel(hills, 5, 30)
    inputs: dict[str, Any] = {"terrain": hills, "clutter": None, "settings": settings}
    plain = explain_path(make_cell(), position, **inputs)
    found = explain_path(make_cell(), position, **inputs, correction=chosen)
    (layer,) = predict_points([make_cell()], [position], **inputs, correction=chosen)
    assert found.level_dbm == layer.level_cdbm[0] / 100
    assert found.calibration_db == pytest.approx(found.level_dbm - plain.level_dbm) == pytest.approx(4.5, abs=0.01)
    assert found.spread.low_dbm == pytest.approx(found.level_dbm)
    assert found.loss == plain.loss


def test_clutter_stands_on_the_ground_but_not_at_the_ends(
    hills: TerrainWindow, settings: PredictionSettings, make_cell: Make
) -> None:
    position = at_pixel(hills, 12, 30)
    bare = explain_path(make_cell(), position, terrain=hills, clutter=None, settings=settings)
    woods = explain_path(make_cell(), position, terrain=hills, clutter=covered(hills), settings=settings)
    assert woods.profile.clutter_m[-1] == 12.0
    assert woods.profile.surface_m[-1] == woods.profile.terrain_m[-1]
    assert set(np.round(woods.profile.clutter_m[1:-1], 6)) == {0.0, 12.0}
    assert not bare.profile.clutter_m.any()
    assert woods.level_dbm < bare.level_dbm


def test_earth_bulge_and_fresnel_radius_by_hand() -> None:
    # 20 km, in the middle, effective radius 8,500 km: d1 d2 / 2 a = 10 * 10 / 17,000 km = 5.882 m.
    assert float(earth_bulge_m(10.0, total_km=20.0, radius_km=8500.0)) == pytest.approx(5.88235, abs=1e-5)
    # 1,800 MHz: wavelength 0.16656 m; sqrt(0.16656 * 10,000 * 10,000 / 20,000) = 28.858 m.
    # The second zone is sqrt 2 wider.
    first = float(fresnel_radius_m(10.0, total_km=20.0, frequency_mhz=1800.0))
    assert first == pytest.approx(28.8579, abs=1e-3)
    second = float(fresnel_radius_m(10.0, total_km=20.0, frequency_mhz=1800.0, zone=2))
    assert second == pytest.approx(first * math.sqrt(2), rel=1e-12)
    assert fresnel_radius_m([0.0, 20.0], total_km=20.0, frequency_mhz=1800.0).tolist() == [0.0, 0.0]
    # ΔN 50.9: k = 157 / 106.1 = 1.47974, times 6,371 km.
    assert effective_radius_km(50.9) == pytest.approx(9427.4, abs=0.1)


def test_clearance_over_a_flat_earth_by_hand() -> None:
    # 10 km, both ends at 30 m: in the middle the earth rises 500 * 5 * 5 / 8,500 = 1.4706 m; clearance 28.529 m.
    sight = sight_line(flat_profile(), tx_antenna_m=30.0, rx_antenna_m=30.0, frequency_mhz=1800.0, radius_km=8500.0)
    assert sight.line_m == pytest.approx(np.full(101, 30.0))
    assert sight.bulge_m[50] == pytest.approx(1.470588, abs=1e-6)
    assert sight.edge.kind == "least_clearance"
    assert sight.edge.distance_km == pytest.approx(5.0)
    assert sight.edge.clearance_m == pytest.approx(28.529412, abs=1e-6)
    radius = math.sqrt(0.2998 / 1.8 * 5000 * 5000 / 10000)
    assert sight.edge.fresnel_radius_m == pytest.approx(radius)
    assert sight.edge.v == pytest.approx(-28.529412 / radius * math.sqrt(2))
    assert sight.edge.knife_edge_db == 0.0


def test_a_wall_half_way_is_the_edge_by_hand() -> None:
    # A wall of 50 m half way between ends at 10 m: 41.47 m above the line; both rays meet on its top.
    profile = flat_profile()
    wall = profile.terrain_m.copy()
    wall[50] = 50.0
    walled = Profile(profile.distance_km, wall, profile.clutter_m, profile.zone)
    sight = sight_line(walled, tx_antenna_m=10.0, rx_antenna_m=10.0, frequency_mhz=1800.0, radius_km=8500.0)
    assert sight.edge.kind == "bullington"
    assert (sight.tx_horizon_km, sight.rx_horizon_km) == (5.0, 5.0)
    assert sight.edge.distance_km == pytest.approx(5.0)
    assert sight.edge.height_m == pytest.approx(51.470588)
    v = 41.470588 * math.sqrt(2 / (0.2998 / 1.8) * (1 / 5000 + 1 / 5000))
    assert sight.edge.v == pytest.approx(v, abs=1e-6)
    assert sight.edge.knife_edge_db == pytest.approx(6.9 + 20 * math.log10(math.sqrt((v - 0.1) ** 2 + 1) + v - 0.1))


def test_the_interval_holds_the_middle_of_the_locations_by_hand(
    hills: TerrainWindow, settings: PredictionSettings, make_cell: Make
) -> None:
    found = explain_path(make_cell(), at_pixel(hills, 5, 30), terrain=hills, clutter=None, settings=settings)
    sigma = 0.85 * (0.024 * 1.8425 + 0.52) * hills.step_m**0.28
    assert found.spread.sigma_db == pytest.approx(sigma, rel=1e-9)
    assert found.spread.share == pytest.approx(0.8)
    assert found.median_level_dbm - found.spread.low_dbm == pytest.approx(1.28155 * sigma, abs=2e-3)
    assert found.spread.high_dbm - found.median_level_dbm == pytest.approx(1.28155 * sigma, abs=2e-3)
    received = found.level_dbm + found.loss.basic_transmission_loss_db
    same = location_spread(found.loss, unhindered_dbm=received, location_percent=10.0)
    assert same.low_dbm == pytest.approx(found.spread.low_dbm, abs=1e-4)
    assert same.high_dbm == pytest.approx(found.spread.high_dbm, abs=1e-4)
    none = location_spread(found.loss, unhindered_dbm=received, location_percent=50.0)
    assert none.low_dbm == none.high_dbm == pytest.approx(found.median_level_dbm, abs=1e-4)


def test_the_interval_follows_from_the_error_of_the_model_by_hand(
    hills: TerrainWindow, settings: PredictionSettings, make_cell: Make
) -> None:
    inputs: dict[str, Any] = {"terrain": hills, "clutter": None, "settings": settings}
    hidden = explain_path(make_cell(), at_pixel(hills, 5, 30), **inputs).interval
    seen = explain_path(make_cell(), at_pixel(hills, 27, 30), **inputs)
    # Bias 6, mast 4, place 8 dB behind an obstacle; 4, 3 and 6 dB in line of sight; 90 % lie within 1.645 of them.
    assert hidden.sigma_db == pytest.approx(math.sqrt(6**2 + 4**2 + 8**2))
    assert (hidden.high_dbm - hidden.low_dbm) / 2 == pytest.approx(1.64485 * hidden.sigma_db, abs=1e-3)
    assert hidden.share == 0.9
    if seen.pattern_loss_db < 5.0:
        assert seen.interval.sigma_db == pytest.approx(math.sqrt(4**2 + 3**2 + 6**2))
    # In a side lobe the level lies far below that of free space in the main lobe: the larger error is the safer one.
    beside = explain_path(make_cell(azimuth_deg=180.0), at_pixel(hills, 27, 30), **inputs)
    assert beside.pattern_loss_db > 20
    assert beside.interval.sigma_db == pytest.approx(hidden.sigma_db)
    groups = np.full(hills.grid.shape, CLUTTER_GROUPS.index("tree"), dtype=np.uint8)
    woods = replace(covered(hills), groups=groups)
    under_trees = explain_path(make_cell(), at_pixel(hills, 5, 30), **{**inputs, "clutter": woods}).interval
    assert under_trees.sigma_db == pytest.approx(math.sqrt(6**2 + 4**2 + 9**2))


def test_positions_that_cannot_be_explained_say_why(
    hills: TerrainWindow, settings: PredictionSettings, make_cell: Make
) -> None:
    def explain(cell: ResolvedCell, row: float, col: float, terrain: TerrainWindow = hills) -> PathExplanation:
        position = at_pixel(hills, row, col)
        return explain_path(cell, position, terrain=terrain, clutter=None, settings=settings)

    with pytest.raises(OutOfRangeError, match="0 m from the mast"):
        explain(make_cell(), 30, 30)
    with pytest.raises(OutOfRangeError, match=r"beyond the 1\.0 km"):
        explain(replace(make_cell(), reach_m=1000.0), 5, 30)
    with pytest.raises(BadInputError, match="The position lies outside the terrain"):
        explain(make_cell(), -4, 30)
    outside = at_pixel(hills, -4, 30)
    with pytest.raises(BadInputError, match="The mast lies outside the terrain"):
        explain(replace(make_cell(), lon=outside.lon, lat=outside.lat), 5, 30)
    heights, void = hills.heights_m.copy(), hills.void.copy()
    heights[15, 28:33], void[15, 28:33] = -32768.0, True
    holed = TerrainWindow(hills.grid, heights, void)
    with pytest.raises(BadInputError, match="crosses ground without a height"):
        explain(make_cell(), 5, 30, holed)
    with pytest.raises(BadInputError, match="The position lies outside the terrain"):
        explain(make_cell(), 15, 30, holed)


def test_a_path_within_one_pixel_is_explained(settings: PredictionSettings, make_cell: Make) -> None:
    grid = Grid(west=108.0, north=12.75, step_x=0.01, step_y=0.01, rows=10, cols=10)
    slope = np.arange(100, dtype=np.float32).reshape(10, 10)
    terrain = TerrainWindow(grid, slope, np.zeros((10, 10), dtype=bool))
    lon, lat = grid.center(5, 5)
    cell = make_cell(lon=lon, lat=lat)
    found = explain_path(cell, LonLat(lon, lat + 0.0002), terrain=terrain, clutter=None, settings=settings)
    assert len(found.profile.distance_km) == 3
    assert found.distance_m == pytest.approx(22.1, abs=0.1)
    _assert_parts_add_up(found)
