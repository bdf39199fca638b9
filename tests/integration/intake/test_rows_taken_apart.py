"""Rows with more cells than headings, open quotation marks, and rows of which nothing may be kept."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from geo.errors import InvalidRowsError, UnreadableFileError
from geo.store.tables import ImportProblem
from tests.integration.intake.conftest import Importer
from tests.integration.intake.files import codes, csv

HEADER = "site_code,lon,lat,operator,technology,band,azimuth,antenna_height"
GOOD = "R2,108.06,12.67,viettel,4G,B1,120,30"


def _problems(import_: Importer, kind: str, path: Path) -> list[tuple[str, int | None]]:
    with pytest.raises(InvalidRowsError) as caught:
        import_(kind, path)
    report = caught.value.report
    return [(one.code, one.row) for one in report.problems if one.severity == "error"]  # type: ignore[union-attr]


def test_a_row_with_more_cells_than_headings_is_an_error(import_: Importer, tmp_path: Path) -> None:
    path = csv(tmp_path / "s.csv", HEADER, "R1,108.05,12.66,viettel,4G,B3,28,90,30", f"{GOOD},,")
    assert _problems(import_, "sites", path) == [("row_overfull", 2)]
    report = import_("sites", path, skip_errors=True)
    assert (report.counts.stored, report.counts.skipped) == (1, 1)
    with import_.session() as session:
        (kept,) = [one.raw_row for one in session.query(ImportProblem).filter_by(code="row_overfull")]
        # Kept as it was read, also the cell that has no heading.
        assert kept is not None
        assert (kept["antenna_height"], kept["[9]"]) == ("90", "30")


@pytest.mark.parametrize(
    ("kind", "header", "row"),
    [
        ("villages", "tên thôn,kinh độ,vĩ độ", "Thôn A,108.05,12.66"),
        (
            "measurements",
            "measured_at,lon,lat,technology,operator,rsrp",
            "2026-03-05T14:30:00Z,108.05,12.66,4G,viettel,-90",
        ),
    ],
)
def test_so_it_is_with_other_kinds(import_: Importer, tmp_path: Path, kind: str, header: str, row: str) -> None:
    path = csv(tmp_path / "a.csv", header, f"{row},", f"{row.replace('12.66', '12.67')},5")
    assert _problems(import_, kind, path) == [("row_overfull", 3)]


def test_so_it_is_in_a_sheet(import_: Importer, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (HEADER.split(","), [*GOOD.split(","), 30], GOOD.replace("R2", "R3").split(",")):
        book.active.append(row)
    book.save(tmp_path / "s.xlsx")
    assert _problems(import_, "sites", tmp_path / "s.xlsx") == [("row_overfull", 2)]


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        # Never closed; closed by the mark that opens a later cell; in the last line; with cells of its own row.
        (['R1,108.05,12.66,viettel,4G,"B3,0,30', GOOD, GOOD.replace("R2", "R3")], 2),
        (['R1,108.05,12.66,viettel,4G,"B3,0,30', GOOD, 'R3,108.07,12.68,viettel,4G,"B1,3",0,30'], 2),
        ([GOOD, 'R1,108.05,12.66,viettel,4G,B3,0,"30'], 3),
        ([GOOD, 'R1,108.05,12.66,viettel,4G,"B3,"0",30,1'], 3),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_an_open_quotation_mark_is_an_error_with_its_line(
    import_: Importer, tmp_path: Path, rows: list[str], line: int, end: str
) -> None:
    path = tmp_path / "s.csv"
    path.write_bytes(end.join([HEADER, *rows]).encode())
    with pytest.raises(UnreadableFileError) as caught:
        import_("sites", path)
    assert f"in line {line} " in caught.value.en
    assert f"dòng thứ {line} " in caught.value.vi


def test_quotation_marks_that_hurt_nothing_are_taken(import_: Importer, tmp_path: Path) -> None:
    header = "site_code,site_name,address,lon,lat,operator,technology"
    path = csv(
        tmp_path / "s.csv",
        header,
        'R1,"Trạm ""A"", xã B","dòng 1',
        'dòng 2, ấp 3",108.05,12.66,viettel,4G',
        'R2,"Trạm "C" D",6" pipe,108.06,12.67,viettel,4G',
    )
    report = import_("sites", path)
    assert (report.counts.read, report.counts.stored) == (2, 2)


def test_nothing_of_a_security_station_is_kept_whatever_else_is_wrong(import_: Importer, tmp_path: Path) -> None:
    rows = ["S0,0,108.05,12.66,viettel,4G,B3 (2),tall,30", "S1,1,108.06,12.67,viettel,4G,B3,30,"]
    header = "site_code,loại trạm,lon,lat,operator,technology,band,antenna_height"
    report = import_("sites", csv(tmp_path / "s.csv", header, *rows), skip_errors=True)
    assert {"security_station", "row_overfull", "unknown_band"} <= set(codes(report))
    with import_.session() as session:
        kept = session.query(ImportProblem).filter_by(row_number=2).all()
        assert len(kept) >= 3
        assert [(one.raw_row, one.value) for one in kept] == [(None, None)] * len(kept)


def test_two_values_with_a_comma_are_asked_about(import_: Importer, tmp_path: Path) -> None:
    header = "site_code,lon,lat,operator_code,technology,band,bandwidth_mhz,azimuth"
    rows = ['R1,108.05,12.66,viettel,4G,B3,20,"30,150"', 'R2,108.15,12.66,viettel,4G,B3+B1,"10,20",30']
    path = csv(tmp_path / "s.csv", header, *rows, 'R3,108.25,12.66,viettel,4G,B3,"1,4",30.5')
    assert _problems(import_, "sites", path) == [("list_ambiguous", 2), ("list_ambiguous", 3)]
