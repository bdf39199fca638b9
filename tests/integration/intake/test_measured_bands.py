"""Bands of measurements: kept by their name, and told where they contradict the technology or the list of the cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from geo.intake.band_words import band_of
from geo.intake.bands import band_table
from geo.store.tables import Measurement
from tests.integration.intake.conftest import Importer
from tests.integration.intake.files import codes, collection, commune, csv, write

SITES = "site_code,cell_code,lon,lat,technology,band,frequency (MHz),azimuth"
CELLS = (
    "S1,C28,108.05,12.66,4G,B28,,0",
    "S1,C1800,108.05,12.66,4G,,1800,0",
    "S1,C41,108.05,12.66,5G,n41,,0",
    "S1,CNO,108.05,12.66,4G,,,0",
)
HEADER = "measured_at,lon,lat,technology,operator,cell_id,band,rsrp,ss-rsrp"


def _rows(*rows: str) -> list[str]:
    """Rows of technology, cell and band, a second apart."""
    places = [f"2026-03-05T14:30:{at:02d}Z,108.05,12.6667" for at in range(len(rows))]
    parts = [row.split(",") for row in rows]
    return [
        f"{place},{technology},viettel,{cell},{band},-90,-91"
        for place, (technology, cell, band) in zip(places, parts, strict=True)
    ]


def _problems(report: Any) -> dict[str, dict[str, Any]]:
    return {one["code"]: one for one in report.document()["problems"]}


def test_a_band_that_is_not_that_of_its_cell_is_told(import_: Importer, tmp_path: Path) -> None:
    import_("sites", csv(tmp_path / "s.csv", SITES, *CELLS), operator="viettel")
    right = ("4G,C28,B28", "4G,C28,", "4G,C1800,B3", "4G,CNO,B3", "5G,C41,n41", "5G,C41,41")
    report = import_("measurements", csv(tmp_path / "right.csv", HEADER, *_rows(*right)))
    assert {"measurement_contradicts_list", "measured_band_unknown"}.isdisjoint(codes(report))
    wrong = ("4G,C28,B3", "5G,C41,B3", "4G,C1800,B1")
    report = import_("measurements", csv(tmp_path / "wrong.csv", HEADER, *_rows(*wrong)))
    problem = _problems(report)["measurement_contradicts_list"]
    assert (problem["severity"], problem["count"]) == ("warning", 3)
    assert "B1, in the list 1800 MHz" in problem["why_en"]
    assert "B1, trong danh sách là 1800 MHz" in problem["why_vi"]


def test_a_band_of_no_or_another_technology_is_told(import_: Importer, tmp_path: Path) -> None:
    rows = _rows("4G,,B99", "4G,,n78", "4G,,L1800", "5G,,78", "4G,,band 28", "4G,,B3+B28")
    report = import_("measurements", csv(tmp_path / "m.csv", HEADER, *rows))
    problem = _problems(report)["measured_band_unknown"]
    assert (problem["severity"], problem["count"], problem["value"]) == ("warning", 3, "B3+B28")
    with import_.session() as session:
        stored = session.scalars(select(Measurement.band).order_by(Measurement.measured_at)).all()
    assert stored == ["B99", "n78", "B3", "n78", "B28", "B3+B28"]


@pytest.mark.parametrize(
    ("text", "technology", "name"),
    [
        ("3", "4G", "B3"),
        ("3", "5G", "n3"),
        ("1842.5", "4G", "B3"),
        ("2600", "4G", None),
        ("n3", "4G", None),
        ("L1800", "5G", None),
        ("nonsense", "4G", None),
        ("900", "2G", "B8"),
    ],
)
def test_the_name_of_a_band(text: str, technology: str, name: str | None) -> None:
    assert band_of(text, technology, band_table()) == name


def test_two_values_a_far_position_and_an_accuracy_of_nothing_are_told(import_: Importer, tmp_path: Path) -> None:
    import_("boundaries", write(tmp_path / "b.geojson", collection(commune("24001", "Xã A"))))
    header = "measured_at,lon,lat,technology,operator,cell_id,rsrp,path_loss_db,accuracy_m"
    path = csv(
        tmp_path / "m.csv",
        header,
        "2026-03-05T14:30:00Z,108.05,12.55,4G,viettel,C1,-90,,5",
        "2026-03-05T14:30:01Z,108.05,12.55,4G,viettel,C1,-90,120,0",
        "2026-03-05T14:30:02Z,20.1,49.2,4G,viettel,C1,,120,5",
    )
    found = _problems(import_("measurements", path))
    assert [found[code]["count"] for code in ("level_beside_loss", "measured_outside", "accuracy_not_stated")] == [
        1
    ] * 3
    with import_.session() as session:
        stored = session.scalars(select(Measurement.accuracy_m).order_by(Measurement.measured_at)).all()
    assert stored == [5.0, None, 5.0]
