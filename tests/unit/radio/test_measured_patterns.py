"""Measured patterns: sampling, the space between the cuts, tilts, and which pattern a cell takes."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.domain.antennas import AntennaPattern, PatternCut
from geo.domain.sites import Cell, Technology
from geo.radio.antennas import TR36814_PATTERN, Antenna, mounted_antenna, pattern_attenuation_db
from geo.radio.kernels.merge import BLOCK, Sight, azimuth_at, row_attenuation_db
from geo.radio.link_budget import ResolvedCell, resolve_cell
from geo.radio.model import PredictionSettings, RadioModel
from geo.radio.pattern_files import MeasuredAntenna, PatternLibrary, sample_cut
from geo.radio.prediction import best_server
from geo.radio.terrain import TerrainWindow

pytestmark = pytest.mark.kernels

TILT_DEG = 6.0
BACK_DB = 26.0
WHOLE = tuple(float(angle) for angle in range(360))


def parabola(away_deg: float, beamwidth_deg: float, limit_db: float) -> float:
    return min(12.0 * (((away_deg + 180.0) % 360.0 - 180.0) / beamwidth_deg) ** 2, limit_db)


def pattern(**changes: Any) -> AntennaPattern:
    """A made-up panel: 65 x 8 degrees, 6 degrees of electrical tilt, its back lobe on the same cone."""
    front = [parabola(angle - TILT_DEG, 8.0, 22.0) for angle in WHOLE]
    back = [BACK_DB + parabola(angle - (180.0 - TILT_DEG), 40.0, 6.0) for angle in WHOLE]
    fields: dict[str, Any] = {
        "name": "Panel 65-8_1800_T06",
        "maker": None,
        "frequency_mhz": 1800.0,
        "gain_dbi": 17.0,
        "electrical_tilt_deg": TILT_DEG,
        "horizontal": PatternCut(WHOLE, tuple(parabola(angle, 65.0, BACK_DB) for angle in WHOLE)),
        "vertical": PatternCut(
            WHOLE, tuple(front[i] if i <= 90 or i >= 270 else min(back[i], 40.0) for i in range(360))
        ),
    }
    return AntennaPattern(**{**fields, **changes})


def antenna(library: PatternLibrary | None = None, **angles: float | None) -> Antenna:
    found = (library or PatternLibrary([pattern()])).find(
        "panel 65-8", frequency_mhz=1800.0, electrical_tilt_deg=TILT_DEG, frequency_ratio=1.25, omni_ripple_db=3.0
    )
    assert found is not None
    fields: dict[str, Any] = {"azimuth_deg": 90.0, "electrical_tilt_deg": TILT_DEG, **angles}
    return mounted_antenna(TR36814_PATTERN, measured=found, **fields)


def test_samples_are_linear_in_db_and_go_round() -> None:
    cut = PatternCut((0.0, 90.0, 180.0, 359.0), (0.0, 9.0, 18.0, 1.0))
    samples = sample_cut(cut)
    assert samples.shape == (721,)
    assert samples[[0, 90, 360, 718, 719, 720]] == pytest.approx([0.0, 4.5, 18.0, 1.0, 0.5, 0.0])


def test_both_cuts_come_out_as_measured() -> None:
    one, own = antenna(), pattern()
    azimuth = np.arange(0.0, 360.0)
    across = pattern_attenuation_db(one, azimuth + 90.0, -TILT_DEG)
    assert across == pytest.approx(own.horizontal.attenuation_db, abs=1e-5)
    below = np.arange(-89.0, 90.0)
    ahead = pattern_attenuation_db(one, 90.0, -below)
    assert ahead == pytest.approx([own.vertical.attenuation_db[int(angle) % 360] for angle in below], abs=1e-5)
    behind = pattern_attenuation_db(one, 270.0, -below)
    assert behind == pytest.approx([own.vertical.attenuation_db[int(180 - angle)] for angle in below], abs=1e-5)


def test_between_the_cuts_by_hand() -> None:
    # 65 degrees aside and 4 below the beam: 12 of the horizontal cut, 3 of the vertical weighted with 1 - 65 / 180,
    # and of the half behind (180 - 10 = 170, 4 off its lobe): 12 (4 / 40)^2 = 0.12 weighted with 65 / 180.
    value = float(pattern_attenuation_db(antenna(), 155.0, -(TILT_DEG + 4.0)))
    assert value == pytest.approx(12.0 + 3.0 * (1.0 - 65.0 / 180.0) + 0.12 * 65.0 / 180.0, abs=1e-5)


def test_across_the_wrap() -> None:
    one = antenna(azimuth_deg=0.0)
    left, right = pattern_attenuation_db(one, [359.75, 0.25], -TILT_DEG)
    assert left == pytest.approx(right)
    assert float(pattern_attenuation_db(one, 360.0, -TILT_DEG)) == pytest.approx(0.0)


def test_electrical_tilt_turns_the_cone() -> None:
    more = antenna(electrical_tilt_deg=10.0)
    assert float(pattern_attenuation_db(more, 90.0, -10.0)) == pytest.approx(0.0, abs=1e-5)
    assert float(pattern_attenuation_db(more, 90.0, -TILT_DEG)) == pytest.approx(3.0, abs=1e-5)
    # The back lobe goes down with it; a mechanical tilt lifts it.
    assert float(pattern_attenuation_db(more, 270.0, -10.0)) == pytest.approx(BACK_DB, abs=1e-5)
    tilted = antenna(mechanical_tilt_deg=4.0)
    assert float(pattern_attenuation_db(tilted, 90.0, -10.0)) == pytest.approx(0.0, abs=1e-4)
    assert float(pattern_attenuation_db(tilted, 270.0, -(TILT_DEG - 4.0))) == pytest.approx(BACK_DB, abs=1e-4)


@given(
    azimuth=st.floats(-720.0, 720.0),
    elevation=st.floats(-90.0, 90.0),
    mechanical=st.floats(-90.0, 90.0),
    electrical=st.floats(-90.0, 90.0),
)
def test_attenuation_is_finite_and_never_a_gain(
    azimuth: float, elevation: float, mechanical: float, electrical: float
) -> None:
    one = antenna(mechanical_tilt_deg=mechanical, electrical_tilt_deg=electrical)
    value = float(pattern_attenuation_db(one, azimuth, elevation))
    assert 0.0 <= value < 120.0


@pytest.mark.parametrize("mechanical_tilt_deg", [0.0, 3.0, 90.0])
@pytest.mark.parametrize("kind", ["measured", "formula", "omni"])
def test_a_row_is_what_its_pixels_are_and_any_block_of_it_the_same(kind: str, mechanical_tilt_deg: float) -> None:
    one = antenna(mechanical_tilt_deg=mechanical_tilt_deg)
    if kind != "measured":
        azimuth = None if kind == "omni" else 90.0
        one = mounted_antenna(TR36814_PATTERN, azimuth_deg=azimuth, mechanical_tilt_deg=mechanical_tilt_deg)
    cols = 300
    sight = Sight((3.2, 140.7), 0.03, np.full(8, 0.031))
    elevation = np.linspace(-3000, 900, cols).astype(np.int16)
    whole = np.empty(cols)
    row_attenuation_db(one, sight, 5, 0, elevation, np.empty(cols), np.empty(cols), whole)
    azimuths = [azimuth_at(sight, 5, j) for j in range(cols)]
    assert whole == pytest.approx(pattern_attenuation_db(one, azimuths, elevation / 100.0), abs=1e-5)
    for start in range(0, cols, BLOCK):
        end = min(start + BLOCK, cols)
        part = np.empty(end - start)
        row_attenuation_db(one, sight, 5, start, elevation[start:end], np.empty_like(part), np.empty_like(part), part)
        assert part.tobytes() == whole[start:end].tobytes()


def test_antennas_compare_by_their_values() -> None:
    one, other = antenna(), antenna()
    assert one == pickle.loads(pickle.dumps(other))
    assert hash(one) == hash(other)
    assert one != antenna(azimuth_deg=91.0)


def make(model: RadioModel, patterns: PatternLibrary, **changes: Any) -> ResolvedCell:
    fields: dict[str, Any] = {
        "cell_id": 1,
        "site_id": 1,
        "mast_id": 1,
        "operator_code": "A",
        "technology": Technology.G4,
        "lon": 108.02,
        "lat": 12.73,
        "band": "B3",
        "azimuth_deg": 0.0,
        "antenna_height_m": 30.0,
        "bandwidth_mhz": 20.0,
        "power_dbm": 46.0,
        "mechanical_tilt_deg": 0.0,
        "antenna_model": "PANEL 65/8",
    }
    return resolve_cell(Cell(**{**fields, **changes}), model, patterns)


def test_a_cell_takes_the_pattern_of_its_model(model: RadioModel) -> None:
    library = PatternLibrary([pattern()])
    cell = make(model, library, electrical_tilt_deg=8.0)
    assert cell.defaulted_fields == ()
    assert cell.antenna.sampled_db.shape == (2, 721)
    assert cell.antenna.electrical_tilt_deg == pytest.approx(2.0)
    assert cell.reference_eirp_dbm == pytest.approx(46.0 + 17.0 - 10.0 * math.log10(1200.0))
    undeclared = make(model, library)
    assert undeclared.antenna.electrical_tilt_deg == 0.0
    assert undeclared.defaulted_fields == ("electrical_tilt_deg",)
    own_gain = make(model, library, antenna_gain_dbi=15.0)
    assert own_gain.reference_eirp_dbm == pytest.approx(cell.reference_eirp_dbm - 2.0)


@pytest.mark.parametrize(
    "changes",
    [
        {"antenna_model": "another"},
        {"antenna_model": "PANEL 65"},
        {"frequency_mhz": 900.0},
        {"azimuth_deg": None},
    ],
    ids=["unknown", "other beam width", "other band", "no azimuth"],
)
def test_what_has_no_pattern_takes_the_default_and_is_counted(model: RadioModel, changes: dict[str, Any]) -> None:
    library = PatternLibrary([pattern(name="PANEL 65-8 1800")])
    if changes.get("antenna_model") == "PANEL 65":
        library = PatternLibrary([pattern(name="PANEL 658")])
    cell = make(model, library, **changes)
    assert "antenna_model" in cell.defaulted_fields
    assert cell.antenna.sampled_db.shape == (2, 1)


def test_no_model_is_no_problem(model: RadioModel) -> None:
    for name in (None, "", " - "):
        cell = make(model, PatternLibrary([pattern()]), antenna_model=name)
        assert ("antenna_model" in cell.defaulted_fields) == (name == " - ")


def test_the_nearest_frequency_then_the_nearest_tilt(model: RadioModel) -> None:
    library = PatternLibrary(
        [
            pattern(name="P655 2100 T2", frequency_mhz=2100.0, electrical_tilt_deg=2.0, gain_dbi=1.0),
            pattern(name="P655 1800 T2", frequency_mhz=1800.0, electrical_tilt_deg=2.0, gain_dbi=2.0),
            pattern(name="P655 1800 T6", frequency_mhz=1800.0, electrical_tilt_deg=6.0, gain_dbi=3.0),
            pattern(name="P655", frequency_mhz=None, electrical_tilt_deg=0.0, gain_dbi=4.0),
        ]
    )

    def found(name: str, frequency_mhz: float, tilt: float) -> MeasuredAntenna:
        one = library.find(
            name, frequency_mhz=frequency_mhz, electrical_tilt_deg=tilt, frequency_ratio=1.25, omni_ripple_db=3.0
        )
        assert one is not None
        return one

    assert found("P655 1800", 1842.5, 5.0).gain_dbi == 3.0
    assert found("p655-1800", 1842.5, 3.0).gain_dbi == 2.0
    assert found("P655 2100", 2140.0, 6.0).gain_dbi == 1.0
    # The name itself goes before longer ones.
    assert found("P655", 1842.5, 6.0).gain_dbi == 4.0


def test_an_omni_pattern_needs_no_azimuth(model: RadioModel) -> None:
    round_cut = PatternCut(WHOLE, tuple(0.5 * (i % 2) for i in range(360)))
    both = [
        min(parabola(angle - TILT_DEG, 8.0, 22.0), parabola(180.0 - angle - TILT_DEG, 8.0, 22.0)) for angle in WHOLE
    ]
    whip = pattern(horizontal=round_cut, vertical=PatternCut(WHOLE, tuple(both)))
    cell = make(model, PatternLibrary([whip]), azimuth_deg=None, electrical_tilt_deg=6.0)
    assert cell.defaulted_fields == ()
    values = pattern_attenuation_db(cell.antenna, np.arange(0.0, 360.0, 2.0), -TILT_DEG)
    assert values[:45] == pytest.approx(np.zeros(45), abs=1e-5)


def test_a_measured_pattern_shapes_the_coverage_the_same_for_any_threads(
    model: RadioModel, hills: TerrainWindow, settings: PredictionSettings, make_cell: Callable[..., ResolvedCell]
) -> None:
    library = PatternLibrary([pattern()])
    lon, lat = hills.grid.center(30, 30)
    cells = [
        make(model, library, cell_id=1 + i, azimuth_deg=120.0 * i, lon=lon, lat=lat, electrical_tilt_deg=4.0 + i)
        for i in range(3)
    ]
    layers = [
        best_server(cells, terrain=hills, clutter=None, settings=model_settings)
        for model_settings in (
            settings,
            model.settings(location_percent=90.0, receiver_height_m=1.5, decided_level_dbm=-105.0, workers=1),
        )
    ]
    assert layers[0][0].level_dbm.tobytes() == layers[1][0].level_dbm.tobytes()
    servers = layers[0][0].server_cell_id
    # Far to the north the first sector serves, to the south-east the second, to the south-west the third.
    assert [int(servers[5, 30]), int(servers[45, 56]), int(servers[45, 4])] == [1, 2, 3]
    assert np.isfinite(layers[0][0].level_dbm).all()
