"""Carriers and sectors of the cells of a site list: their codes, and what becomes of earlier ones."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from geo.store.tables import Cell
from tests.integration.intake.conftest import Importer
from tests.integration.intake.files import codes, csv

HEADER = "site id,lat,lon,cell id,technology,band,bandwidth,azimuth"


def _cells(import_: Importer) -> list[tuple[Any, ...]]:
    with import_.session() as session:
        rows = session.execute(
            select(Cell.code, Cell.technology, Cell.band, Cell.frequency_mhz, Cell.bandwidth_mhz)
            .where(Cell.valid_to.is_(None))
            .order_by(Cell.code)
        )
        return [tuple(row) for row in rows]


def test_several_bands_of_a_row_are_carriers(import_: Importer, tmp_path: Path) -> None:
    rows = [
        "S1,12.5,108.1,C1,4G,L2100+L1800,10/20,30",
        "S1,12.5,108.1,C2,4G,B3+B28,20,150",
        "S1,12.5,108.1,C3,4G,B3,20,",
    ]
    path = csv(tmp_path / "s.csv", HEADER, *rows)
    report = import_("sites", path, operator="viettel", skip_errors=False)
    assert report.counts.stored == 3
    assert _cells(import_) == [
        ("C1-B1", "4G", "B1", None, 10.0),
        ("C1-B3", "4G", "B3", None, 20.0),
        ("C2-B28", "4G", "B28", None, 20.0),
        ("C2-B3", "4G", "B3", None, 20.0),
        ("C3", "4G", "B3", None, 20.0),
    ]
    again = import_("sites", path, operator="viettel", skip_errors=False)
    assert (again.counts.stored, again.counts.unchanged) == (0, 3)


def test_rows_of_one_cell_on_several_bands_are_the_same_carriers(import_: Importer, tmp_path: Path) -> None:
    one = csv(tmp_path / "one.csv", HEADER, "S1,12.5,108.1,C1,4G,B1/B3,10/20,30")
    import_("sites", one, operator="viettel")
    before = _cells(import_)
    # The other form, in another order and other words: nothing changes.
    rows = ["S1,12.5,108.1,C1,4G,L1800,20,30", "S1,12.5,108.1,C1,4G,L2100,10,30"]
    report = import_("sites", csv(tmp_path / "two.csv", HEADER, *rows), operator="viettel")
    assert (report.counts.stored, report.counts.unchanged) == (0, 2)
    assert "cell_twice" not in codes(report)
    assert _cells(import_) == before
    same = ["S1,12.5,108.1,C1,4G,L1800,20,30", "S1,12.5,108.1,C1,4G,B3,10,30", "S1,12.5,108.1,C1,4G,B1,10,30"]
    report = import_("sites", csv(tmp_path / "same.csv", HEADER, *same), operator="viettel", skip_errors=True)
    assert [problem.row for problem in report.problems if problem.code == "cell_twice"] == [3]


@pytest.mark.parametrize(
    ("lists", "left"),
    [
        # From one band to two, in whatever words, and back.
        ([["C1,4G,B3,20,0"], ["C1,4G,B3+B8,20,0"]], ["C1-B3", "C1-B8"]),
        ([["C1,4G,B3,20,0"], ["C1,4G,B3+B8,20,0"], ["C1,4G,942.5/1842.5,20,0"]], ["C1-B3", "C1-B8"]),
        ([["C1,4G,B3+B8,20,0"], ["C1,4G,B3,20,0"]], ["C1"]),
        ([["C1,4G,B3+B8,20,0"], ["C1,4G,B3+B1,20,0"]], ["C1-B1", "C1-B3"]),
        ([["C1,4G,1815/1855,20,0"], ["C1,4G,B3,20,0"]], ["C1"]),
        # Sectors and technologies.
        ([["C1,4G,B3,20,0/120/240"], ["C1,4G,B3,20,0/120"]], ["C1-4G-1", "C1-4G-2"]),
        ([["C1,4G,B3,20,0"], ["C1,2G/4G,G900/L1800,,0"]], ["C1-2G-B8", "C1-4G-B3"]),
        ([["C1,2G/4G,G900/L1800,,0"], ["C1,4G,B3,20,0"]], ["C1"]),
        # Cells of their own stay, whatever they are called, and so do those of a list that says nothing of them.
        ([["C1,4G,B3,20,0", "C1-B8,4G,B8,10,0"], ["C1,4G,B3,20,90"]], ["C1", "C1-B8"]),
        (
            [["C1,4G,B3,20,0", "C1-101,4G,B8,10,0", "C1-A,4G,B8,10,0"], ["C1,4G,B3+B8,20,90"]],
            ["C1-101", "C1-A", "C1-B3", "C1-B8"],
        ),
        ([["C1,4G,B3+B8,20,0", "C2,4G,B3,20,120"], ["C2,4G,B3,20,130"]], ["C1-B3", "C1-B8", "C2"]),
    ],
)
def test_a_cell_that_is_restated_stands_there_once(
    import_: Importer, tmp_path: Path, lists: list[list[str]], left: list[str]
) -> None:
    for month, rows in enumerate(lists, start=6):
        path = csv(tmp_path / f"{month}.csv", HEADER, *(f"S1,12.5,108.1,{row}" for row in rows))
        import_("sites", path, operator="viettel", as_of=dt.date(2026, month, 1))
    assert [row[0] for row in _cells(import_)] == left


def test_an_ended_carrier_is_in_the_report(import_: Importer, tmp_path: Path) -> None:
    one = csv(tmp_path / "one.csv", HEADER, "S1,12.5,108.1,C1,4G,B3,20,0")
    two = csv(tmp_path / "two.csv", HEADER, "S1,12.5,108.1,C1,4G,B3+B8,20,0")
    import_("sites", one, operator="viettel", as_of=dt.date(2026, 6, 1))
    report = import_("sites", two, operator="viettel", as_of=dt.date(2026, 7, 1))
    assert [(gone["what"], gone["code"]) for gone in report.document()["gone"]] == [("cell", "C1")]
    # An older list ends nothing of it.
    import_("sites", one, operator="viettel", as_of=dt.date(2026, 5, 1))
    assert [row[0] for row in _cells(import_)] == ["C1-B3", "C1-B8"]


def test_rows_of_one_cell_in_one_band_are_told_apart_by_frequency(import_: Importer, tmp_path: Path) -> None:
    rows = ["S1,12.5,108.1,C1,4G,1815,20,0", "S1,12.5,108.1,C1,4G,1855,10,0", "S1,12.5,108.1,C1,4G,B1,10,0"]
    import_("sites", csv(tmp_path / "s.csv", HEADER, *rows), operator="viettel")
    assert [row[0] for row in _cells(import_)] == ["C1-1815", "C1-1855", "C1-B1"]


def test_rows_of_one_cell_that_do_not_all_name_a_band_stay_an_error(import_: Importer, tmp_path: Path) -> None:
    rows = ["S1,12.5,108.1,C1,4G,B3,20,30", "S1,12.5,108.1,C1,4G,,10,30"]
    report = import_("sites", csv(tmp_path / "s.csv", HEADER, *rows), operator="viettel", skip_errors=True)
    assert codes(report).count("cell_twice") == 1
    assert [row[0] for row in _cells(import_)] == ["C1"]


def test_carriers_of_sectors_and_technologies_have_codes_of_their_own(import_: Importer, tmp_path: Path) -> None:
    rows = ["S1,12.5,108.1,C1,2G/4G,G900/L1800/L2100,,0/120", "S2,12.6,108.1,,4G,B3/B28,,40"]
    report = import_("sites", csv(tmp_path / "s.csv", HEADER, *rows), operator="viettel")
    assert not [problem for problem in report.problems if problem.severity == "error"]
    expected = [f"C1-{carrier}-{sector}" for carrier in ("2G-B8", "4G-B1", "4G-B3") for sector in (1, 2)]
    assert [row[0] for row in _cells(import_)] == sorted([*expected, "4G-B3-40", "4G-B28-40"])


def test_bands_that_nobody_knows_are_problems_of_their_rows(import_: Importer, tmp_path: Path) -> None:
    rows = [
        "S1,12.5,108.1,C1,4G,B999,20,30",
        "S2,12.6,108.1,C2,4G,B3+B28,20/10/5,30",
        "S3,12.7,108.1,C3,4G,G900,20,30",
        "S4,12.8,108.1,C4,4G,900/1800,10/20,30",
    ]
    report = import_("sites", csv(tmp_path / "s.csv", HEADER, *rows), operator="viettel", skip_errors=True)
    found = {problem.row: problem.code for problem in report.problems if problem.severity == "error"}
    assert found == {2: "unknown_band", 3: "carriers_differ", 4: "band_contradicts"}
    assert [(row[0], row[3], row[4]) for row in _cells(import_)] == [("C4-B3", 1800.0, 20.0), ("C4-B8", 900.0, 10.0)]
