"""RSRP budgets worked by hand, defaults, and what a cell cannot be."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from geo.domain.sites import Cell, Technology
from geo.errors import BadInputError, OutOfRangeError, ParameterError
from geo.parameters.loader import load_parameters
from geo.radio.link_budget import HIGHEST_EIRP_DBM, ResolvedCell, reference_offset_db, resolve_cells
from geo.radio.model import RadioModel, radio_model

Make = Callable[..., ResolvedCell]


def test_lte_reference_signal_by_hand(make_cell: Make) -> None:
    # 46 dBm over 100 blocks x 12 subcarriers: 46 - 10 log 1200 = 15.21 dBm; with 17 dBi: 32.21 dBm.
    cell = make_cell(power_dbm=46.0, antenna_gain_dbi=17.0, bandwidth_mhz=20.0)
    assert cell.reference_eirp_dbm == pytest.approx(46.0 - 30.7918 + 17.0, abs=1e-4)


def test_the_budget_says_what_the_reference_signal_is_made_of(make_cell: Make) -> None:
    declared = make_cell(power_dbm=46.0, antenna_gain_dbi=17.0, bandwidth_mhz=20.0)
    power = declared.power
    assert (power.power_dbm, power.antenna_gain_dbi, power.eirp_dbm, power.blocks) == (46.0, 17.0, 63.0, 100)
    assert power.reference_eirp_dbm == declared.reference_eirp_dbm
    whole = make_cell(technology=Technology.G3, band="B1", eirp_dbm=60.0, antenna_gain_dbi=17.0).power
    assert (whole.power_dbm, whole.antenna_gain_dbi, whole.blocks) == (None, None, None)
    assert whole.reference_eirp_dbm == 50.0


def test_nr_reference_signal_by_hand(make_cell: Make) -> None:
    # 100 MHz at 30 kHz: 273 blocks x 12 = 3276 subcarriers, 35.15 dB.
    cell = make_cell(technology=Technology.G5, band="n78", eirp_dbm=75.0, bandwidth_mhz=100.0)
    assert cell.reference_eirp_dbm == pytest.approx(75.0 - 35.1535, abs=1e-4)
    assert "power_dbm" not in cell.defaulted_fields


@pytest.mark.parametrize(
    ("band", "frequency_mhz", "blocks"),
    [
        ("n1", None, 106),
        ("n3", None, 106),
        ("N7", None, 106),
        ("n28", None, 106),
        ("n40", None, 51),
        ("n41", None, 51),
        ("n78", None, 51),
        # Called 1800 and 2100, though outside the downlink ranges of n3 and n1.
        (None, 1800.0, 106),
        (None, 2100.0, 106),
        (None, 2350.0, 51),
        # n7, n38 and n41 meet there and differ: that of the group.
        (None, 2600.0, 51),
    ],
)
def test_the_spacing_of_nr_is_that_of_the_band(
    make_cell: Make, band: str | None, frequency_mhz: float | None, blocks: int
) -> None:
    # TS 38.104 table 5.4.3.3-1; 20 MHz are 106 blocks at 15 kHz and 51 at 30 kHz (38.101-1 table 5.3.2-1).
    changes = {"band": band, "frequency_mhz": frequency_mhz, "bandwidth_mhz": 20.0, "eirp_dbm": 60.0}
    cell = make_cell(technology=Technology.G5, **changes)
    assert cell.power.blocks == blocks
    assert cell.reference_eirp_dbm == pytest.approx(60.0 - 10.0 * math.log10(12 * blocks), abs=1e-9)


def test_a_default_cell_of_nr_keeps_its_reach_at_either_spacing(make_cell: Make) -> None:
    assert make_cell(technology=Technology.G5, band="n1").reach_m == 15_000.0
    assert make_cell(technology=Technology.G5, band="n41").reach_m == 15_000.0


def test_pilot_of_3g_and_carrier_of_2g(model: RadioModel) -> None:
    for technology, expected in ((Technology.G3, -10.0), (Technology.G2, 0.0)):
        assert reference_offset_db(technology, bandwidth_mhz=5.0, spacing_khz=15.0, model=model) == expected


def test_blocks_of_odd_bandwidths(model: RadioModel) -> None:
    assert model.blocks("lte", 10.0) == 50
    assert model.blocks("lte", 12.0) == 50
    assert model.blocks("lte", 1.0) == 6
    assert model.blocks("nr30", 40.0) == 106
    assert model.blocks("nr15", 35.0) == 188
    assert model.blocks("nr30", 45.0) == 119
    assert model.blocks("nr30", 1.0) == 11


def test_declared_fields_stay_and_missing_ones_are_named(make_cell: Make) -> None:
    full = make_cell(
        bandwidth_mhz=10.0, mechanical_tilt_deg=1.0, electrical_tilt_deg=5.0, power_dbm=43.0, antenna_gain_dbi=15.0
    )
    assert full.defaulted_fields == ()
    bare = make_cell(band=None, azimuth_deg=None, antenna_height_m=None)
    assert set(bare.defaulted_fields) >= {"band", "azimuth_deg", "antenna_height_m", "power_dbm", "antenna_gain_dbi"}
    assert bare.antenna.omni
    assert bare.frequency_mhz == pytest.approx(1842.5)


def test_band_or_frequency(make_cell: Make) -> None:
    assert make_cell(band="b28").frequency_mhz == pytest.approx(780.5)
    assert make_cell(band="1800").frequency_mhz == 1800.0
    assert make_cell(band="B3", frequency_mhz=1850.0).frequency_mhz == 1850.0


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"band": "B999"}, BadInputError),
        ({"band": "n258", "technology": Technology.G5}, OutOfRangeError),
        ({"frequency_mhz": 20.0}, OutOfRangeError),
        ({"frequency_mhz": math.nan}, OutOfRangeError),
        ({"antenna_height_m": 0.0}, OutOfRangeError),
        ({"antenna_height_m": -5.0}, OutOfRangeError),
        ({"azimuth_deg": 400.0}, OutOfRangeError),
        ({"mechanical_tilt_deg": 95.0}, OutOfRangeError),
    ],
)
def test_impossible_cells(make_cell: Make, changes: dict[str, object], error: type[BadInputError]) -> None:
    with pytest.raises(error) as caught:
        make_cell(**changes)
    assert caught.value.en != caught.value.vi


def test_one_bad_cell_does_not_stop_the_others(model: RadioModel) -> None:
    cells = [
        Cell(
            cell_id=number,
            site_id=1,
            mast_id=1,
            operator_code="A",
            technology=Technology.G4,
            lon=108.0,
            lat=12.7,
            band=band,
        )
        for number, band in ((1, "B3"), (2, "nonsense"), (3, "B8"))
    ]
    resolved, problems = resolve_cells(cells, model)
    assert [cell.cell_id for cell in resolved] == [1, 3]
    assert [problem.cell_id for problem in problems] == [2]


def test_cells_of_one_kind_are_resolved_as_each_by_itself(model: RadioModel) -> None:
    first = Cell(
        cell_id=1,
        site_id=1,
        mast_id=1,
        operator_code="A",
        technology=Technology.G4,
        lon=108.0,
        lat=12.7,
        band="B3",
        azimuth_deg=20.0,
    )
    own: list[dict[str, Any]] = [
        {},
        {"azimuth_deg": 0.0, "mast_id": 2, "operator_code": "B", "lon": 108.5},
        {"azimuth_deg": 360.0, "lat": 13.0},
        {"azimuth_deg": None},
        {"azimuth_deg": None, "lon": 107.9},
        {"mechanical_tilt_deg": 4.0},
        {"power_dbm": 40.0},
        {"azimuth_deg": 361.0},
        {"azimuth_deg": math.nan},
        {"lon": math.inf},
        {"antenna_height_m": 0.5},
        {"antenna_height_m": 0.5, "azimuth_deg": 361.0},
    ]
    cells = [replace(first, cell_id=number, **changes) for number, changes in enumerate(own)]
    resolved, problems = resolve_cells(cells, model)
    alone = [resolve_cells([cell], model) for cell in cells]
    assert resolved == [cell for found, _ in alone for cell in found]
    assert len(resolved) == 7
    words = [(problem.cell_id, problem.error.en, problem.left_out) for problem in problems]
    assert words == [(each.cell_id, each.error.en, each.left_out) for _, left_out in alone for each in left_out]


def test_reach_ends_where_free_space_alone_is_too_weak(make_cell: Make, model: RadioModel) -> None:
    weak = make_cell(eirp_dbm=0.0)
    loss_db = weak.reference_eirp_dbm - model.prediction["lowest_level"]
    free_space_db = 92.4 + 20.0 * math.log10(weak.frequency_mhz / 1000.0 * weak.reach_m / 1000.0)
    assert weak.reach_m < make_cell().reach_m
    assert free_space_db == pytest.approx(loss_db)


@pytest.mark.parametrize("eirp_dbm", [1e300, 947.0, HIGHEST_EIRP_DBM + 31.0, -254.0, -1e300])
def test_a_power_that_no_kept_level_can_have_is_refused(make_cell: Make, eirp_dbm: float) -> None:
    with pytest.raises(OutOfRangeError, match="levels that can be kept") as caught:
        make_cell(eirp_dbm=eirp_dbm)
    assert "lưu được" in caught.value.vi
    assert " to " not in caught.value.vi


def test_no_cell_is_made_whose_levels_would_wrap(make_cell: Make) -> None:
    strongest = replace(make_cell(), reference_eirp_dbm=HIGHEST_EIRP_DBM)
    for beyond in (HIGHEST_EIRP_DBM + 0.01, math.inf, math.nan):
        with pytest.raises(OutOfRangeError):
            replace(strongest, reference_eirp_dbm=beyond)


def test_reach_follows_band_and_power(make_cell: Make, model: RadioModel) -> None:
    def reach_km(**changes: Any) -> float:
        return make_cell(**changes).reach_m / 1000.0

    usual = {"azimuth_deg": 0.0, "power_dbm": None, "antenna_gain_dbi": None, "bandwidth_mhz": None, "eirp_dbm": None}
    assert reach_km(**usual) == 15.0
    # 46 dBm and 17.5 dBi are usual; 7 dB more is 10^(7/35) = 1.585 times as far, in steps of 100 m.
    assert reach_km(**{**usual, "power_dbm": 53.0}) == pytest.approx(23.8)
    # The same power in a quarter of the bandwidth: four times as much in each resource element.
    assert reach_km(**{**usual, "bandwidth_mhz": 5.0}) == pytest.approx(22.3)
    assert reach_km(**{**usual, "power_dbm": 60.0}) == 30.0
    assert reach_km(**{**usual, "power_dbm": 40.0}) == 15.0
    high = {**usual, "technology": Technology.G5, "band": "n78"}
    assert reach_km(**high) == 15.0
    assert reach_km(**{**high, "power_dbm": 56.5}) == pytest.approx(18.9)
    # What the operator configured goes before it, in both directions.
    assert reach_km(**usual, reach_m=4000.0) == 4.0
    assert reach_km(**usual, reach_m=77_000.0) == 77.0


@pytest.mark.parametrize("group", ["height", "group"])
def test_a_class_of_land_cover_that_is_no_number_is_named(tmp_path: Path, group: str) -> None:
    shipped = resources.files("geo.parameters").joinpath("radio/clutter.yaml").read_text(encoding="utf-8")
    head, found, tail = shipped.partition(f"\n  {group}:\n")
    assert found
    own = tmp_path / "radio" / "clutter.yaml"
    own.parent.mkdir()
    own.write_text(head + found + tail.replace('"10":', '"seventy":', 1), encoding="utf-8")
    files = {
        name: load_parameters(f"radio/{name}", parameters_dir=tmp_path) for name in ("bands", "defaults", "clutter")
    }
    with pytest.raises(ParameterError, match=rf"{group}\.seventy: a land cover class is named by its code") as caught:
        radio_model(**files)
    assert f"{group}.seventy" in caught.value.vi


def test_every_default_has_a_source(model: RadioModel) -> None:
    assert {technology for technology, _ in model.defaults} == {"2G", "3G", "4G", "5G"}
    assert "radio/bands@" in model.version


@pytest.mark.parametrize(
    ("changes", "reach_m"),
    [
        # As far as the same cell with the defaults of what it lacks; the power counts.
        ({"band": "B999"}, 15_000.0),
        ({"antenna_height_m": 0.5}, 15_000.0),
        ({"band": "B999", "eirp_dbm": 90.0}, 30_000.0),
        ({"band": "B999", "eirp_dbm": 90.0, "reach_m": 4000.0}, 4000.0),
        ({"power_dbm": math.nan}, 30_000.0),
    ],
)
def test_a_cell_that_is_left_out_says_where_it_might_serve(
    model: RadioModel, changes: dict[str, Any], reach_m: float
) -> None:
    place = {"cell_id": 1, "site_id": 1, "mast_id": 1, "operator_code": "A", "lon": 108.0, "lat": 12.7}
    cell = Cell(**{**place, "technology": Technology.G4, "band": "B3", "azimuth_deg": 30.0, **changes})
    _, problems = resolve_cells([cell], model)
    left_out = problems[0].left_out
    assert (left_out.lon, left_out.lat, left_out.operator_code) == (cell.lon, cell.lat, cell.operator_code)
    assert (left_out.technology, left_out.reach_m) == (cell.technology, reach_m)
