"""Lists of numbers in the cells of site lists: what is stored, and what is refused, from real files."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from geo.errors import InvalidRowsError
from geo.store.tables import Cell
from tests.integration.intake.conftest import Importer
from tests.integration.intake.files import csv, workbook

HEADER = ("site_code", "lon", "lat", "technology", "band", "azimuth", "tilt cơ", "tilt điện", "chiều cao anten")
WIDTH = "bandwidth_mhz"


def _file(folder: Path, form: str, header: tuple[str, ...], rows: list[list[Any]]) -> Path:
    if form == "xlsx":
        return workbook(folder / "s.xlsx", [list(header), *rows])
    listed = any(";" in str(cell) for row in rows for cell in row)
    sign = "\t" if form == "tsv" else "|" if listed else ";"
    return csv(folder / f"s.{form}", *(sign.join(map(str, row)) for row in [header, *rows]))


def _row(code: str, *radio: Any, band: str = "B3") -> list[Any]:
    return [code, 108.3, 12.4 + int(code[1:]) / 100, "4G", band, *radio]


def _stored(import_: Importer) -> list[Cell]:
    with import_.session() as session:
        return list(session.scalars(select(Cell).order_by(Cell.site_id, Cell.band, Cell.azimuth_deg)))


def _problems(import_: Importer, path: Path) -> list[dict[str, Any]]:
    with pytest.raises(InvalidRowsError) as caught:
        import_("sites", path, operator="viettel")
    assert caught.value.report is not None
    return [one for one in caught.value.report.document()["problems"] if one["severity"] == "error"]


@pytest.mark.parametrize("form", ["csv", "tsv", "xlsx"])
@pytest.mark.parametrize("comma", [", ", " ,", " , ", ",\u00a0", "\u2009,", "\u202f,\u202f", "/", " ", " / ", "; "])
def test_two_values_are_two_sectors(import_: Importer, tmp_path: Path, form: str, comma: str) -> None:
    pairs = [comma.join(pair) for pair in (("30", "150"), ("2", "3"), ("4", "6"), ("30", "24"), ("10", "20"))]
    path = _file(tmp_path, form, (*HEADER, WIDTH), [_row("S1", *pairs, band="B1+B3")])
    import_("sites", path, operator="viettel")
    found = [
        (one.band, one.azimuth_deg, one.mechanical_tilt_deg, one.electrical_tilt_deg, one.antenna_height_m)
        for one in _stored(import_)
    ]
    sectors = [(30.0, 2.0, 4.0, 30.0), (150.0, 3.0, 6.0, 24.0)]
    assert found == [(band, *sector) for band in ("B1", "B3") for sector in sectors]
    assert [one.bandwidth_mhz for one in _stored(import_)] == [10.0, 10.0, 20.0, 20.0]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_one_value_holds_for_all_sectors_and_decimals_stay(import_: Importer, tmp_path: Path, form: str) -> None:
    rows = [
        _row("S1", "0/120/240", "2,5", "2/4/6", "30,24", "1,4"),
        _row("S2", 45, "2,5", "3", "30,24", "10"),
        _row("S3", "0/180", "2,5/3", "2,5, 3,5", "30.5,24", 20),
    ]
    import_("sites", _file(tmp_path, form, (*HEADER, WIDTH), rows), operator="viettel")
    found = [(one.mechanical_tilt_deg, one.electrical_tilt_deg, one.antenna_height_m) for one in _stored(import_)]
    assert found == [(2.5, 2, 30.24), (2.5, 4, 30.24), (2.5, 6, 30.24), (2.5, 3, 30.24), (2.5, 2.5, 30.5), (3, 3.5, 24)]
    assert [one.bandwidth_mhz for one in _stored(import_)] == [1.4, 1.4, 1.4, 10, 20, 20]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_does_not_fit_the_sectors_is_an_error_with_both_counts(
    import_: Importer, tmp_path: Path, form: str
) -> None:
    rows = [
        _row("S1", "0/120/240", "2,3,4,5", 4, 30),
        _row("S2", "0/120/240", "2/3", 4, "30/35"),
        _row("S3", 0, 0, "2/3", "30/20"),
        _row("S4", 0, 0, "0-10", 30),
        _row("S5", 0, "2+4", "2-10", "12+18"),
        _row("S6", "", 0, "2, 3", 30),
        _row("S7", "0/180", "2,3", 4, "30,24"),
        _row("S8", "30,150", "2/3", 4, "30,24"),
        _row("S9", "0-180", 1, "2//4", 30),
    ]
    problems = _problems(import_, _file(tmp_path, form, HEADER, rows))
    assert [(one["row"], one["column"], one["code"]) for one in sorted(problems, key=lambda one: one["row"])] == [
        (2, "tilt cơ", "sectors_differ"),
        (3, "tilt cơ", "sectors_differ"),
        (3, "chiều cao anten", "sectors_differ"),
        (4, "tilt điện", "sectors_differ"),
        (4, "chiều cao anten", "sectors_differ"),
        (5, "tilt điện", "range_not_value"),
        (6, "tilt điện", "range_not_value"),
        (6, "tilt cơ", "sum_not_value"),
        (6, "chiều cao anten", "sum_not_value"),
        (7, "tilt điện", "sectors_differ"),
        (8, "tilt cơ", "list_ambiguous"),
        (8, "chiều cao anten", "list_ambiguous"),
        (9, "azimuth", "list_ambiguous"),
        (10, "azimuth", "range_not_value"),
        (10, "tilt điện", "bad_list"),
    ]
    (first,) = [one for one in problems if one["row"] == 2]
    assert "4 values" in first["why_en"]
    assert "3 sector(s)" in first["why_en"]
    assert "4 giá trị" in first["why_vi"]
    assert "3 sector" in first["why_vi"]


def test_a_total_tilt_that_is_a_sum_or_a_list_of_others_is_refused(import_: Importer, tmp_path: Path) -> None:
    header = ("site_code", "lon", "lat", "technology", "band", "azimuth", "Tilt")
    rows = [_row("S1", "Omni", "2+4"), _row("S2", 0, "2/4"), _row("S3", "0/120", "2, 4, 6")]
    found = [(one["row"], one["code"]) for one in _problems(import_, _file(tmp_path, "csv", header, rows))]
    assert found == [(2, "sum_not_value"), (3, "sectors_differ"), (4, "sectors_differ")]


@pytest.mark.parametrize(
    ("column", "written"),
    [
        ("power_dbm", "43, 5"),
        ("power_w", "1, 800"),
        ("eirp_dbm", "60 ,5"),
        ("antenna_gain_dbi", "17, 5"),
        ("mast_height_m", "42, 36"),
        ("reach_km", "1, 5"),
        ("reach_km", "10 5"),
    ],
)
def test_a_column_of_one_number_takes_no_list(import_: Importer, tmp_path: Path, column: str, written: str) -> None:
    header = ("site_code", "lon", "lat", "technology", "band", column)
    (problem,) = _problems(import_, _file(tmp_path, "csv", header, [_row("S1", written)]))
    code = "bad_number" if column == "mast_height_m" else "bad_number_of_row"
    assert (problem["code"], problem["column"], problem["value"]) == (code, column, written)


@pytest.mark.parametrize("written", ["108, 3", "108 ,3", "108,\u00a03"])
def test_a_coordinate_has_no_blank_beside_its_comma(import_: Importer, tmp_path: Path, written: str) -> None:
    header = ("site_code", "lon", "lat", "technology")
    (problem,) = _problems(import_, _file(tmp_path, "csv", header, [["S1", written, "12,4", "4G"]]))
    assert (problem["code"], problem["column"]) == ("bad_coordinate", "lon")


@pytest.mark.parametrize(
    "written", ["12.41, 108.3", "12,41, 108,3", "12.41 , 108.3", "12.41,\u00a0108.3", "12.41,108.3"]
)
def test_two_coordinates_in_one_cell_have_a_comma_between_them(import_: Importer, tmp_path: Path, written: str) -> None:
    header = ("site_code", "tọa độ", "technology", "azimuth")
    import_("sites", _file(tmp_path, "csv", header, [["S1", written, "4G", "0, 120"]]), operator="viettel")
    assert [one.azimuth_deg for one in _stored(import_)] == [0.0, 120.0]


@pytest.mark.parametrize(
    ("written", "azimuths"),
    [("0, 120", [0.0, 108.0]), ("0,100,200", [0.0, 90.0, 180.0]), ("0 100", [0.0, 90.0]), ("50.5", [45.45])],
)
def test_lists_in_another_unit(import_: Importer, tmp_path: Path, written: str, azimuths: list[float]) -> None:
    header = ("site_code", "lon", "lat", "technology", "band", "azimuth (gon)", "chiều cao anten (ft)")
    rows = [_row("S1", written, "98.5")]
    import_("sites", _file(tmp_path, "xlsx", header, rows), operator="viettel")
    assert [one.azimuth_deg for one in _stored(import_)] == pytest.approx(azimuths)
    assert [one.antenna_height_m for one in _stored(import_)] == pytest.approx([30.0228] * len(azimuths))


def test_a_date_that_a_spreadsheet_made_of_a_list_is_named(import_: Importer, tmp_path: Path) -> None:
    made = dt.datetime(2026, 10, 20)  # noqa: DTZ001 (as a spreadsheet gives it)
    rows = [
        _row("S1", made, 2, 4, 30, 20),
        _row("S2", 0, made, 4, 30, made, band="B1+B3"),
        _row("S3", 0, 1, 2, made, 20),
    ]
    problems = _problems(import_, _file(tmp_path, "xlsx", (*HEADER, WIDTH), rows))
    assert {one["code"] for one in problems} == {"date_not_number"}
    found = [("azimuth", 2), ("chiều cao anten", 4), (WIDTH, 3), ("tilt cơ", 3)]
    assert sorted((one["column"], one["row"]) for one in problems) == sorted(found)


def test_rows_below_a_cell_with_line_ends_keep_the_number_of_the_sheet(import_: Importer, tmp_path: Path) -> None:
    rows = [_row("S1", '"0\n120"', 2, 4, '"30\n24"'), _row("S2", "30,150", 2, 4, 30)]
    (problem,) = _problems(import_, _file(tmp_path, "csv", HEADER, rows))
    assert (problem["code"], problem["row"]) == ("list_ambiguous", 3)


@pytest.mark.parametrize("heading", ["Tần số (MHz)", "Tần số"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_frequencies_with_thousands_and_a_decimal_comma(
    import_: Importer, tmp_path: Path, heading: str, form: str
) -> None:
    rows = [
        ["S1", 108.3, 12.4, "4G", "1.842,5"],
        ["S2", 108.4, 12.4, "4G", "2.147,5"],
        ["S3", 108.5, 12.4, "4G", "1842,5"],
        ["S4", 108.6, 12.4, "4G", "1.805,0/942,5"],
    ]
    import_(
        "sites", _file(tmp_path, form, ("site_code", "lon", "lat", "technology", heading), rows), operator="viettel"
    )
    found = sorted(one.frequency_mhz or 0.0 for one in _stored(import_))
    assert found == [942.5, 1805.0, 1842.5, 1842.5, 2147.5]


def test_azimuths_of_cells_as_an_export_writes_them(import_: Importer, tmp_path: Path) -> None:
    header = ("site_code", "lon", "lat", "technology", "Mã cell", "azimuth", "tilt điện", "chiều cao anten")
    rows = [
        ["S1", 108.3, 12.4, "4G", f"C{n}", azimuth, "2,0", "42,0"]
        for n, azimuth in enumerate(("0,0", "117,5", "240,0"))
    ]
    import_("sites", _file(tmp_path, "csv", header, rows), operator="viettel")
    found = [(one.code, one.azimuth_deg, one.electrical_tilt_deg, one.antenna_height_m) for one in _stored(import_)]
    assert found == [("C0", 0.0, 2.0, 42.0), ("C1", 117.5, 2.0, 42.0), ("C2", 240.0, 2.0, 42.0)]


@pytest.mark.parametrize("other", [["C9", "0/180"], ["", "30"]])
def test_an_azimuth_with_a_decimal_comma_is_unclear_where_a_row_may_be_several_cells(
    import_: Importer, tmp_path: Path, other: list[str]
) -> None:
    header = ("site_code", "lon", "lat", "technology", "Mã cell", "azimuth")
    code = "C1" if other[0] else ""
    rows = [["S1", 108.3, 12.4, "4G", code, "120,0"], ["S2", 108.4, 12.4, "4G", *other]]
    (problem,) = _problems(import_, _file(tmp_path, "csv", header, rows))
    assert (problem["code"], problem["row"]) == ("list_ambiguous", 2)


def test_heights_of_two_sectors_with_one_decimal(import_: Importer, tmp_path: Path) -> None:
    rows = [_row("S1", "0/180", 2, 3, "42,0"), _row("S2", "0/180", 2, 3, "42,125")]
    import_("sites", _file(tmp_path, "csv", HEADER, rows), operator="viettel")
    assert [one.antenna_height_m for one in _stored(import_)] == [42.0, 42.0, 42.125, 42.125]


@pytest.mark.parametrize(
    ("column", "written"),
    [
        ("Công suất (W)", "20,40"),
        ("Công suất (dBm)", "43,46"),
        ("Công suất", "20,40 W"),
        ("EIRP (dBm)", "58,60"),
        ("EIRP (W)", "500,60"),
        ("antenna_gain_dbi", "17,65"),
    ],
)
@pytest.mark.parametrize(("band", "azimuth"), [("900/1800", "0"), ("B3", "0/180")])
def test_one_number_or_two_for_two_carriers_or_sectors(
    import_: Importer, tmp_path: Path, column: str, written: str, band: str, azimuth: str
) -> None:
    header = ("site_code", "lon", "lat", "technology", "band", "azimuth", column)
    (problem,) = _problems(import_, _file(tmp_path, "csv", header, [_row("S1", azimuth, written, band=band)]))
    assert (problem["code"], problem["column"], problem["value"]) == ("value_of_two", column, written)
    first, second = written.split()[0].split(",")
    assert f"| {first} / {second}" in problem["why_en"]
    assert "one row for each" in problem["remedy_en"]


def test_decimals_of_a_power_or_gain_stay(import_: Importer, tmp_path: Path) -> None:
    header = ("site_code", "lon", "lat", "technology", "band", "azimuth", "power_dbm", "antenna_gain_dbi")
    rows = [
        _row("S1", "0/180", "43,0", "17,5"),
        _row("S2", "0/120/240", "43,46", "17,65"),
        _row("S3", "0", "43,46", "17,65", band="B1+B3+B8"),
        _row("S4", "0", "43.46", "17.65", band="B1+B3"),
    ]
    import_("sites", _file(tmp_path, "xlsx", header, rows), operator="viettel")
    found = [(one.power_dbm, one.antenna_gain_dbi) for one in _stored(import_)]
    assert found == [(43.0, 17.5)] * 2 + [(43.46, 17.65)] * 8


@pytest.mark.parametrize(
    ("column", "value", "listed"),
    [("azimuth", dt.timedelta(hours=30), True), ("mast_height_m", dt.date(2026, 10, 20), False)],
)
def test_the_remedy_of_a_date_goes_by_the_column(
    import_: Importer, tmp_path: Path, column: str, value: Any, listed: bool
) -> None:
    header = ("site_code", "lon", "lat", "technology", "band", column)
    (problem,) = _problems(import_, _file(tmp_path, "xlsx", header, [_row("S1", value)]))
    assert problem["code"] == "date_not_number"
    assert ("semicolon" in problem["remedy_en"]) is listed
    assert ("chấm phẩy" in problem["remedy_vi"]) is listed


@pytest.mark.parametrize(("column", "rows"), [("power_w", True), ("mast_height_m", False)])
def test_the_remedy_of_what_is_no_number_goes_by_the_column(
    import_: Importer, tmp_path: Path, column: str, rows: bool
) -> None:
    header = ("site_code", "lon", "lat", "technology", "band", column)
    (problem,) = _problems(import_, _file(tmp_path, "csv", header, [_row("S1", "20/40")]))
    assert problem["code"] == ("bad_number_of_row" if rows else "bad_number")
    assert ("one row for each" in problem["remedy_en"]) is rows
    assert ("một dòng" in problem["remedy_vi"]) is rows
    assert "–" not in problem["remedy_en"]
