"""A 0 where nothing can be 0 is no value, and is told; a number has one spelling in every list."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from geo.store.tables import Cell, Mast, Site
from tests.integration.intake.conftest import Importer
from tests.integration.intake.files import codes, csv

COLUMNS = ["mast_height_m", "antenna_height_m", "bandwidth_mhz", "power_w", "reach_km", "frequency_mhz", "band"]


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("zero", ["0", "0,0"])
def test_a_zero_is_told_and_not_stored(import_: Importer, tmp_path: Path, column: str, zero: str) -> None:
    lines = (f"site_code;lat;lon;technology;{column}", f"S1;12.7;108.05;4G;{zero}", "S2;12.8;108.05;4G;")
    report = import_("sites", csv(tmp_path / "a.csv", *lines), operator="viettel")
    (warning,) = [one for one in report.document()["problems"] if one["code"] == "zero_means_unknown"]
    assert (warning["row"], warning["column"], warning["count"]) == (2, column, 1)
    stored = {
        "mast_height_m": Mast.height_m,
        "antenna_height_m": Cell.antenna_height_m,
        "bandwidth_mhz": Cell.bandwidth_mhz,
        "power_w": Cell.power_dbm,
        "reach_km": Cell.reach_m,
        "frequency_mhz": Cell.frequency_mhz,
        "band": Cell.band,
    }
    with import_.session() as session:
        assert list(session.scalars(select(stored[column]))) == [None, None]


@pytest.mark.parametrize("column", ["power_w", "power_dbm", "eirp_dbm", "Công suất", "EIRP (W)"])
@pytest.mark.parametrize("zero", ["0 W", "0 kW", "0,0 mW"])
def test_no_watts_are_told_in_every_column_of_powers(import_: Importer, tmp_path: Path, column: str, zero: str) -> None:
    lines = [f"site_code;lat;lon;technology;cell_code;{column}", f"S1;12.7;108.05;4G;C1;{zero}"]
    lines += ("S2;12.8;108.05;4G;C1;20 W", "S3;12.9;108.05;4G;C1;0 dBm", "S4;13.0;108.05;4G;C1;")
    report = import_("sites", csv(tmp_path / "a.csv", *lines), operator="viettel")
    (warning,) = [one for one in report.document()["problems"] if one["code"] == "zero_means_unknown"]
    assert (warning["row"], warning["column"], warning["count"]) == (2, column, 1)
    stored = Cell.eirp_dbm if column.lower().startswith("eirp") else Cell.power_dbm
    with import_.session() as session:
        values = list(session.scalars(select(stored).join(Cell.site).order_by(Site.code)))
    assert values == [None, pytest.approx(43.01, abs=0.01), pytest.approx(0.0), None]


@pytest.mark.parametrize("own_codes", [True, False])
@pytest.mark.parametrize("column", ["band", "frequency_mhz"])
def test_another_spelling_of_a_frequency_is_no_difference(
    import_: Importer, tmp_path: Path, column: str, *, own_codes: bool
) -> None:
    code = "C1" if own_codes else ""
    reports = []
    for number, written in enumerate(["1842.5", "1.842,5", "1842,50", "1842.5 MHz", "1,8425 GHz"]):
        header = f"site_code;lat;lon;technology;cell_code;azimuth;{column}"
        path = csv(tmp_path / f"{number}.csv", header, f"S1;12.7;108.05;4G;{code};90;{written}")
        reports.append(import_("sites", path, operator="viettel", replace=True))
    assert [one.preview.changed for one in reports] == [0] * 5
    assert [one.counts.unchanged for one in reports] == [0, 1, 1, 1, 1]
    assert not any("cell_twice" in codes(one) for one in reports)
    with import_.session() as session:
        (cell,) = session.scalars(select(Cell)).all()
    assert cell.code == (code or "4G-1842.5-90")
    assert (cell.band or "1842.5", cell.frequency_mhz) == ("1842.5", 1842.5)


def test_two_spellings_of_one_frequency_in_a_list_are_one_carrier(import_: Importer, tmp_path: Path) -> None:
    header = "site_code;lat;lon;technology;cell_code;band"
    rows = ("S1;12.7;108.05;4G;C1;1842.5", "S1;12.7;108.05;4G;C1;1.842,5")
    report = import_("sites", csv(tmp_path / "a.csv", header, *rows), operator="viettel", skip_errors=True)
    assert "cell_twice" in codes(report)
    twice = csv(tmp_path / "b.csv", header, "S1;12.7;108.05;4G;C1;1842.5/1.842,5")
    assert "band_twice" in codes(import_("sites", twice, operator="viettel", skip_errors=True, dry_run=True))
