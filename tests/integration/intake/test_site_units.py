"""Units of a site list reach the store converted, or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from geo.errors import InvalidRowsError
from geo.store.tables import Cell
from tests.integration.intake.conftest import Importer
from tests.integration.intake.files import codes, csv


def _document(error: InvalidRowsError) -> dict[str, Any]:
    assert error.report is not None
    return error.report.document()


def test_units_of_headings_and_values_are_converted_before_they_are_stored(import_: Importer, tmp_path: Path) -> None:
    heading = (
        "Mã trạm,Kinh độ (WGS84),Vĩ độ (thập phân),Mã cell (bắt buộc),Công nghệ,Băng tần,Azimuth (nếu có),"
        "Chiều cao anten (ft),Gain (dBd),EIRP (dBW),Cell range (m),Băng thông (kHz),Tilt (mrad),Công suất"
    )
    rows = ["U1,108.3,12.42,C1,4G,B3,120°,98,15.35,33,800,5000,70,46 dBm", "U1,108.3,12.42,C2,4G,B3,240,30 m,,,,,,"]
    report = import_("sites", csv(tmp_path / "u.csv", heading, *rows), operator="vnpt")
    assert {"unknown_unit", "unknown_value_unit", "power_unit_unclear"}.isdisjoint(codes(report))
    with import_.session() as session:
        one, other = session.scalars(select(Cell).order_by(Cell.code)).all()
        assert one.antenna_height_m == pytest.approx(29.8704)
        assert one.antenna_gain_dbi == pytest.approx(17.5)
        assert (one.eirp_dbm, one.power_dbm, one.azimuth_deg) == (63.0, 46.0, 120.0)
        assert one.reach_m == pytest.approx(800.0)
        assert one.bandwidth_mhz == 5.0
        assert one.electrical_tilt_deg == pytest.approx(4.01070456591)
        assert other.antenna_height_m == 30.0
    wrong = csv(
        tmp_path / "w.csv",
        "site id,lon,lat,technology,Gain (dB),height,cell range (miles)",
        "W1,108.3,12.42,4G,15,30 W,10",
        "W2,108.3,12.43,4G,15,30,70",
    )
    with pytest.raises(InvalidRowsError) as caught:
        import_("sites", wrong, operator="vnpt")
    problems = [(one["code"], one["row"], one["value"]) for one in _document(caught.value)["problems"]]
    assert ("unknown_unit", None, None) in problems
    assert ("unknown_value_unit", 2, "30 W") in problems
    wrong.write_text(wrong.read_text().replace("Gain (dB)", "Gain (dBi)").replace("30 W", "30"))
    with pytest.raises(InvalidRowsError) as caught:
        import_("sites", wrong, operator="vnpt")
    (far,) = [one for one in _document(caught.value)["problems"] if one["code"] == "impossible_value"]
    assert (far["row"], far["value"]) == (3, "70 (= 112.654 km)")


def test_cells_that_cannot_be_computed_are_named_at_the_import(import_: Importer, tmp_path: Path) -> None:
    rows = ["C1,6500,30", "C2,1842.5,0.5", "C3,1842.5,0.5", "C4,1842.5,30"]
    heading = "site id,lon,lat,technology,cell id,frequency (MHz),height"
    path = csv(tmp_path / "s.csv", heading, *(f"S,108.3,12.42,4G,{row}" for row in rows))
    report = import_("sites", path, operator="vnpt")
    found = [one for one in report.document()["problems"] if one["code"] == "cell_not_computable"]
    assert [(one["row"], one["count"]) for one in found] == [(2, 1), (3, 2)]
    assert "6500" in found[0]["why_vi"]
    assert "0.5" in found[1]["why_en"]
    assert report.counts.stored == 4
