"""Units of headings and behind values: converted exactly, refused, or seen to be none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from importlib import resources
from typing import Any

import pytest
import yaml

from geo.domain.units import dbm_from_watt, watt_from_dbm
from geo.intake.headers import HeaderWords
from geo.intake.limits import antenna_limits
from geo.intake.listed import Readings
from geo.intake.problems import ProblemLog
from geo.intake.quantities import QUANTITIES, convert_units
from geo.intake.tables import Batch, RawTable, build_batch
from geo.intake.units import UNCHANGED, known_units

UNITS = known_units()


def _batch(heading: str, *values: Any, kind: str = "sites", column_map: Mapping[str, str] | None = None) -> Batch:
    table = RawTable("s.csv", None, (heading,), [[value] for value in values], list(range(2, 2 + len(values))))
    words = HeaderWords.of_kind(kind, column_map)
    batch = build_batch([(table, words.map_columns(table.header))], ProblemLog())
    convert_units(batch, UNITS, chosen=frozenset(words.overrides))
    return batch


def _codes(batch: Batch) -> list[str]:
    return [problem.code for problem in batch.log]


@pytest.mark.parametrize(
    ("heading", "written", "field", "value"),
    [
        ("Gain (dBd)", "15,35", "antenna_gain_dbi", 17.5),
        ("Độ lợi anten (dBi)", "17,5", "antenna_gain_dbi", "17,5"),
        ("Chiều cao anten (ft)", 98, "antenna_height_m", 29.8704),
        ("Chiều cao anten (m)", 30, "antenna_height_m", 30),
        ("Độ cao anten (m, so với mặt đất)", 30, "antenna_height_m", 30),
        ("Chiều cao cột (cm)", "3.000,5", "mast_height_m", 30.005),
        ("Chiều cao cột (tính bằng feet)", "100", "mast_height_m", 30.48),
        ("EIRP (dBW)", 33, "eirp_dbm", 63.0),
        ("EIRP (W)", 1000, "eirp_dbm", 60.0),
        ("EIRP (kW)", "1", "eirp_dbm", 60.0),
        ("Công suất (mW)", 20_000, "power_unclear", dbm_from_watt(20.0)),
        ("Công suất (W)", 20, "power_w", 20),
        ("Công suất phát (dBm)", 43, "power_dbm", 43),
        ("Cell range (miles)", 10, "reach_km", 16.09344),
        ("Cell range (hải lý)", 10, "reach_km", 18.52),
        ("Bán kính cell (m)", "14500", "reach_km", 14.5),
        # Nobody writes a metre and a half of range, or ten kHz with three decimals.
        ("Cell range (m)", "1.500", "reach_km", 1.5),
        ("Băng thông (kHz)", "10.000", "bandwidth_mhz", 10.0),
        ("Băng thông (kHz)", "10.000/20.000", "bandwidth_mhz", "10/20"),
        ("EIRP (mW)", "20.000", "eirp_dbm", dbm_from_watt(20.0)),
        ("Băng thông (kHz)", 10_000, "bandwidth_mhz", 10.0),
        ("Băng thông (kHz)", "10000/20000", "bandwidth_mhz", "10/20"),
        ("Tần số (GHz)", "1,8", "frequency_mhz", "1800 MHz"),
        ("Tần số (kHz)", 1_842_500, "frequency_mhz", "1842.5 MHz"),
        ("Băng tần (GHz)", 2, "band", "2000 MHz"),
        ("Băng tần (kHz)", "900000/1800000", "band", "900 mhz/1800 mhz"),
        ("Băng tần (GHz)", "B3", "band", "b3"),
        # A comma of a list is not that of decimals.
        ("Tần số (GHz)", "1.8,2.1", "frequency_mhz", "1800 MHz; 2100 MHz"),
        ("Tần số (kHz)", "942500,1842500", "frequency_mhz", "942.5 MHz; 1842.5 MHz"),
        ("Tần số (kHz)", "942,500", "frequency_mhz", "942.5 MHz"),
        ("Tần số (kHz)", "1,842,500", "frequency_mhz", "1842.5 MHz"),
        ("Tần số (kHz)", "1.842.500", "frequency_mhz", "1842.5 MHz"),
        ("Tần số (kHz)", "1 842 500", "frequency_mhz", "1842.5 MHz"),
        ("Tần số (kHz)", "942,500,1,842,500", "frequency_mhz", "942.5 MHz; 1842.5 MHz"),
        ("Tần số (kHz)", "942,500, 1,842,500", "frequency_mhz", "942.5 MHz;  1842.5 MHz"),
        ("Băng thông (kHz)", "10,000, 20,000", "bandwidth_mhz", "10;  20"),
        ("Băng thông (kHz)", "10000,20000", "bandwidth_mhz", "10; 20"),
        ("Tilt (rad)", 0.1, "total_tilt_deg", 5.729577951308232),
        ("Azimuth (rad)", "0; 2,5", "azimuth_deg", "0; 143.239448783"),
        ("Azimuth (gon)", "0,100,200", "azimuth_deg", "0; 90; 180"),
        ("Góc phương vị (độ)", "0/120/240", "azimuth_deg", "0/120/240"),
    ],
)
def test_the_unit_of_a_heading_is_obeyed(heading: str, written: Any, field: str, value: Any) -> None:
    batch = _batch(heading, written)
    found = batch.column(field)[0]
    if isinstance(value, str):
        assert found.lower() == value.lower()
    else:
        assert found == pytest.approx(value, rel=1e-12)
    assert _codes(batch) == []


@pytest.mark.parametrize(
    ("heading", "field", "known"),
    [
        ("Gain (dB)", "antenna_gain_dbi", "dBi, dBd"),
        ("Gain (dBm)", "antenna_gain_dbi", "dBi, dBd"),
        ("Chiều cao anten (dBm)", "antenna_height_m", "m, km, cm, mm, ft, inch, yd"),
        ("Chiều cao anten (furlong)", "antenna_height_m", "m, km, cm, mm, ft, inch, yd"),
        ("Chiều cao anten (AMSL)", "antenna_height_m", "m, km, cm, mm, ft, inch, yd"),
        ("Chiều cao anten (m so với mực nước biển)", "antenna_height_m", "m, km, cm, mm, ft, inch, yd"),
        ("Chiều cao anten (x10 m)", "antenna_height_m", "m, km, cm, mm, ft, inch, yd"),
        ("Băng thông (km)", "bandwidth_mhz", "MHz, GHz, kHz, Hz"),
        ("EIRP (W, dBm)", "eirp_dbm", "dBm, dBW, W, mW, kW"),
        ("EIRP (W/dBm)", "eirp_dbm", "dBm, dBW, W, mW, kW"),
        ("EIRP (dBµV/m)", "eirp_dbm", "dBm, dBW, W, mW, kW"),
        ("Azimuth (%)", "azimuth_deg", "°, rad, mrad, gon"),
        ("Bán kính cell (độ)", "reach_km", "km, m, mi, nmi, ft, yd"),
        ("Kinh độ (ft)", "lon", "°, m, km"),
        # A name that ends in its unit says no more than one without.
        ("antenna_height_m (furlong)", "antenna_height_m", "m, km, cm, mm, ft, inch, yd"),
        ("antenna_height_m [ft]", "antenna_height_m", "m, km, cm, mm, ft, inch, yd"),
        ("Antenna height m (ft)", "antenna_height_m", "m, km, cm, mm, ft, inch, yd"),
        ("Chiều cao anten (m, ASL)", "antenna_height_m", "m, km, cm, mm, ft, inch, yd"),
        ("Chiều cao anten (m, AMSL)", "antenna_height_m", "m, km, cm, mm, ft, inch, yd"),
        ("reach_km (nm)", "reach_km", "km, m, mi, nmi, ft, yd"),
        ("reach_km (hm)", "reach_km", "km, m, mi, nmi, ft, yd"),
        ("reach_km (m)", "reach_km", "km, m, mi, nmi, ft, yd"),
        ("frequency_mhz (THz)", "frequency_mhz", "MHz, GHz, kHz, Hz"),
        ("power_dbm (zz)", "power_dbm", "dBm, dBW, W, mW, kW"),
        ("power_dbm (dBW)", "power_dbm", "dBm, dBW, W, mW, kW"),
        ("electrical_tilt_deg (arcmin)", "electrical_tilt_deg", "°, rad, mrad, gon"),
    ],
)
def test_a_unit_of_another_kind_is_refused_once_for_the_table(heading: str, field: str, known: str) -> None:
    batch = _batch(heading, 10, 20)
    (problem,) = [one.document() for one in batch.log]
    assert (problem["code"], problem["column"]) == ("unknown_unit", heading)
    assert f"{known}." in problem["why_en"]
    assert f"{known}." in problem["why_vi"]
    assert f'--map "{heading}={field}"' in problem["remedy_vi"]
    assert batch.bad.all()


@pytest.mark.parametrize(
    "heading",
    [
        "antenna_height_m (m)",
        "antenna_height_m (AGL)",
        "azimuth_deg (độ)",
        "frequency_mhz (DL)",
        "Chiều cao anten (bắt buộc)",
        "Chiều cao anten (nếu có)",
        "Chiều cao anten (m) (bắt buộc)",
        "Chiều cao anten [m] (*)",
        "Chiều cao anten (độ cao so với mặt đất)",
        "Azimuth (0-360)",
        "Azimuth (độ, từ hướng bắc)",
        "Azimuth (°)",
        "EIRP (L1800)",
        "EIRP (1)",
        "Kinh độ (WGS84)",
        "Kinh độ (thập phân)",
        "Vĩ độ (độ thập phân)",
        "X (VN2000)",
        "Tần số (LTE)",
    ],
)
def test_a_remark_that_is_no_unit_is_not_taken_for_one(heading: str) -> None:
    batch = _batch(heading, 10)
    assert next(iter(batch.fields.values())) == [10]
    assert _codes(batch) == []


def test_a_heading_that_the_user_chose_keeps_its_numbers() -> None:
    batch = _batch("Gain (dB)", 10, column_map={"Gain (dB)": "antenna_gain_dbi"})
    assert (batch.column("antenna_gain_dbi"), _codes(batch)) == ([10], [])
    # A unit that is known is obeyed all the same.
    batch = _batch("Gain (dBd)", 10, column_map={"Gain (dBd)": "antenna_gain_dbi"})
    assert batch.column("antenna_gain_dbi") == [12.15]


@pytest.mark.parametrize(
    ("heading", "written", "field", "value"),
    [
        ("Chiều cao anten", "40 m", "antenna_height_m", "40"),
        ("Chiều cao anten", "40 mét", "antenna_height_m", "40"),
        ("Chiều cao anten", "98ft", "antenna_height_m", 29.8704),
        # What stands behind the value goes before the heading.
        ("Chiều cao anten (ft)", "30 m", "antenna_height_m", "30"),
        ("Chiều cao anten", "30m/98.5 ft", "antenna_height_m", "30/30.0228"),
        ("Azimuth", "120°", "azimuth_deg", "120"),
        ("Azimuth", "0°/120°/240°", "azimuth_deg", "0/120/240"),
        ("Azimuth", "0, 120, 240 độ", "azimuth_deg", "0, 120, 240"),
        ("Tilt", "0.1 rad", "total_tilt_deg", 5.729577951308232),
        # A comma behind a unit separates.
        ("Chiều cao anten", "30m,24m", "antenna_height_m", "30; 24"),
        ("Chiều cao anten", "30 m,10 ft", "antenna_height_m", "30; 3.048"),
        ("Azimuth", "0°,120°", "azimuth_deg", "0; 120"),
        ("Chiều cao anten (ft)", "30, 24", "antenna_height_m", "9.144, 7.3152"),
        ("EIRP", "60 dBm", "eirp_dbm", "60"),
        ("EIRP", "-3 dBW", "eirp_dbm", 27.0),
        ("EIRP (dBm)", "1 kW", "eirp_dbm", 60.0),
        ("Công suất", "46dBm", "power_unclear", "46"),
        ("Công suất (W)", "46 dBm", "power_w", watt_from_dbm(46.0)),
        ("Băng thông", "20 MHz", "bandwidth_mhz", "20 MHz"),
        ("Băng thông", "20M", "bandwidth_mhz", "20"),
        ("Băng thông", "5000 kHz", "bandwidth_mhz", 5.0),
        ("Tần số", "1.8 GHz", "frequency_mhz", "1800 MHz"),
        ("Tần số", "1842500 kHz", "frequency_mhz", "1842.5 MHz"),
        ("Cell range", "1.500 m", "reach_km", 1.5),
        ("Cell range", "900 m", "reach_km", 0.9),
        ("Gain", "15 dBd", "antenna_gain_dbi", 17.15),
        # What is no list of numbers stays for its reader to refuse.
        ("Azimuth", "1°30'", "azimuth_deg", "1°30'"),
        ("Chiều cao anten", "45m5", "antenna_height_m", "45m5"),
        ("Chiều cao anten", "5 m 20", "antenna_height_m", "5 m 20"),
        ("EIRP", "46 dBm, 5", "eirp_dbm", "46 dBm, 5"),
        ("Azimuth", "Omni", "azimuth_deg", "Omni"),
    ],
)
def test_the_unit_of_a_value_is_obeyed(heading: str, written: str, field: str, value: Any) -> None:
    batch = _batch(heading, written)
    found = batch.column(field)[0]
    assert found == (value if isinstance(value, str) else pytest.approx(value, rel=1e-12))
    assert _codes(batch) == []


@pytest.mark.parametrize(
    ("heading", "written", "field", "lists"),
    [
        ("Tilt", "0,1 rad", "total_tilt_deg", [(5.72957795131,), (0, 57.2957795131)]),
        ("Chiều cao anten (ft)", "30,24", "antenna_height_m", [(9.217152,), (9.144, 7.3152)]),
        ("Azimuth (gon)", "30,150", "azimuth_deg", [(27.135,), (27, 135)]),
    ],
)
def test_what_can_be_read_in_several_ways_is_converted_in_each(
    heading: str, written: str, field: str, lists: list[tuple[float, ...]]
) -> None:
    found = _batch(heading, written).column(field)[0]
    assert isinstance(found, Readings)
    assert found.lists == tuple(pytest.approx(values) for values in lists)


@pytest.mark.parametrize(
    ("heading", "written"),
    [
        ("Chiều cao anten", "40 W"),
        ("Chiều cao anten", "30 m/40 dBm"),
        ("Azimuth", "120 m"),
        ("Gain", "17 dB"),
        ("Gain", "17 dBm"),
        ("Băng thông", "20 W"),
        ("Cell range", "15 độ"),
        ("EIRP", "60 dB"),
    ],
)
def test_a_value_with_a_unit_of_another_kind_is_an_error_of_its_row(heading: str, written: str) -> None:
    batch = _batch(heading, "", written)
    (problem,) = list(batch.log)
    assert (problem.code, problem.row, problem.value) == ("unknown_value_unit", 3, written)
    assert list(batch.bad) == [False, True]


@pytest.mark.parametrize(
    ("kind", "heading", "written", "field", "value"),
    [
        ("villages", "Dân số (nghìn người)", "1,25", "population", 1250.0),
        ("villages", "Dân số (người)", "1.250", "population", "1.250"),
        ("villages", "Số hộ", "85 hộ", "households", "85"),
        ("boundaries", "Diện tích (ha)", "120", "official_area_ha", "120"),
        ("boundaries", "Diện tích (m2)", "1.200.000", "official_area_km2", 1.2),
        ("boundaries", "Diện tích (km²)", 12.5, "official_area_km2", 12.5),
        ("boundaries", "Tỷ lệ (%)", 40, "share", 0.4),
        ("fibre", "Tốc độ tối đa (Gbps)", 1, "max_speed_mbps", 1000.0),
        ("fibre", "Tốc độ tối đa (Mb/s)", 300, "max_speed_mbps", 300),
        ("fibre", "Tốc độ tối đa", "1 Gb/s", "max_speed_mbps", 1000.0),
        ("measurements", "rsrp", "-127 dBW", "level_dbm", -97.0),
        ("measurements", "accuracy", "0.005 km", "accuracy_m", 5.0),
    ],
)
def test_other_kinds_have_units_too(kind: str, heading: str, written: Any, field: str, value: Any) -> None:
    batch = _batch(heading, written, kind=kind)
    found = batch.column(field)[0]
    assert found == (value if isinstance(value, str) else pytest.approx(value, rel=1e-12))
    assert _codes(batch) == []


def test_a_problem_shows_what_the_file_says_and_what_it_became() -> None:
    batch = _batch("Chiều cao anten (ft)", 9_800)
    batch.report("impossible_value", [0], name="antenna_height_m", minimum="0", maximum="999")
    (problem,) = list(batch.log)
    assert problem.value == "9800 (= 2987.04 m)"


@pytest.mark.parametrize("kind", ["sites", "measurements", "villages"])
def test_a_date_in_a_column_of_numbers_is_named(kind: str) -> None:
    heading = {"sites": "azimuth", "measurements": "rsrp", "villages": "số hộ"}[kind]
    batch = _batch(heading, 10, dt.date(2026, 10, 20), dt.datetime(2026, 10, 20), dt.time(10, 20), kind=kind)  # noqa: DTZ001 (as a spreadsheet gives it)
    assert [(one.code, one.row) for one in batch.log] == [("date_not_number", row) for row in (3, 4, 5)]
    assert next(iter(batch.fields.values())) == [10, None, None, None]


def test_no_power_at_all_has_no_level() -> None:
    assert _batch("EIRP (W)", 0).column("eirp_dbm") == [None]
    assert _batch("EIRP (W)", -1).column("eirp_dbm") == [-float("inf")]


def test_every_heading_that_the_program_knows_has_a_unit_that_it_knows() -> None:
    text = resources.files("geo.intake").joinpath("headers.yaml").read_text(encoding="utf-8")
    refused = [
        (kind, field, word)
        for kind, fields in yaml.safe_load(text).items()
        for field, words in fields.items()
        if field in QUANTITIES
        for word in (field, *words)
        if (unit := UNITS.of(QUANTITIES[field], str(word))) is None
        or (unit.scale != UNCHANGED and field not in ("reach_km", "band"))
    ]
    assert refused == []


def test_the_dipole_is_the_same_in_both_parameter_files() -> None:
    assert UNITS.scales["gain_dbi"]["dbd"].added == antenna_limits().dipole_gain_dbi


@pytest.mark.parametrize(
    ("kind", "label", "field"),
    [
        ("sites", "height ft", "antenna_height_m"),
        ("sites", "azimuth_rad", "azimuth_deg"),
        ("measurements", "speed m/s", "speed_kmh"),
        ("measurements", "time_utc+7", "measured_at"),
        ("measurements", "rsrp utc", None),
        ("measurements", "cell m", None),
        ("measurements", "altitude m", None),
        ("measurements", "km", None),
        ("villages", "mã hộ", None),
    ],
)
def test_a_unit_as_the_last_word_of_a_heading_hides_no_field(kind: str, label: str, field: str | None) -> None:
    found = HeaderWords.of_kind(kind).field_of(label)
    assert (found and found[0]) == field


def test_a_heading_without_a_unit_goes_before_one_with_it() -> None:
    words = HeaderWords.of_kind("measurements")
    assert words.map_columns(["hacc", "accuracy km"]) == {0: "accuracy_m"}
    assert words.ambiguous(["hacc", "accuracy km"]) == {}
    assert words.ambiguous(["accuracy km", "accuracy_ft"]) == {"accuracy_m": ["accuracy km", "accuracy_ft"]}
