"""Measurements: what is stored, what is left out, and that nothing of a person or device comes in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from geo.errors import BadInputError, InvalidRowsError
from geo.store.tables import ImportProblem, Measurement, Operator
from tests.integration.intake.conftest import Importer
from tests.integration.intake.files import codes, csv, workbook

HEADER = "Thời điểm đo,Kinh độ,Vĩ độ,Độ chính xác (m),Công nghệ,Nhà mạng,Mã cell,RSRP (dBm),Tốc độ (km/h)"
GOOD = "05/03/2026 14:30:00,108.0500001,12.6667,8,4G,Viettel,,-95.5,42"


def test_a_vietnamese_file(import_: Importer, tmp_path: Path) -> None:
    path = csv(tmp_path / "m.csv", HEADER, GOOD, "05/03/2026 14:30:01,108.0501,12.6667,8,LTE,45204,,-96,42")
    report = import_("measurements", path)
    assert (report.counts.read, report.counts.stored) == (2, 2)
    with import_.session() as session:
        row = session.scalars(select(Measurement).order_by(Measurement.measured_at)).first()
        assert row is not None
        assert row.measured_at.isoformat().startswith("2026-03-05T07:30:00") or row.measured_at.utcoffset()
        assert row.measured_at.timestamp() == 1772695800.0
        assert (row.technology, row.operator_code, row.cell_code) == ("4G", "viettel", None)
        assert (row.level_dbm, row.accuracy_m, row.speed_kmh) == (-95.5, 8.0, 42.0)
        # A drive test does not make an operator active.
        assert session.scalar(select(func.count()).select_from(Operator)) == 0


def test_the_same_measurement_is_one(import_: Importer, tmp_path: Path) -> None:
    first = csv(tmp_path / "a.csv", HEADER, GOOD, GOOD, GOOD.replace("-95.5", "-95.6"))
    report = import_("measurements", first)
    assert (report.counts.stored, report.counts.folded) == (2, 1)
    assert import_("measurements", first).already_imported
    second = csv(tmp_path / "b.csv", HEADER, GOOD, GOOD.replace("-95.5", "-99"))
    report = import_("measurements", second)
    assert (report.counts.stored, report.counts.unchanged) == (1, 1)
    report = import_("measurements", csv(tmp_path / "c.csv", HEADER, GOOD), replace=True, confirm_gone=True)
    assert (report.counts.stored, report.counts.unchanged, report.preview.gone) == (0, 1, 2)
    with import_.session() as session:
        assert session.scalars(select(Measurement.level_dbm)).all() == [-95.5]


def test_poor_positions_are_left_out_and_do_not_block(import_: Importer, tmp_path: Path) -> None:
    path = csv(tmp_path / "m.csv", HEADER, GOOD, GOOD.replace(",8,", ",51,"), GOOD.replace(",8,", ",,"))
    report = import_("measurements", path)
    assert (report.counts.read, report.counts.stored, report.counts.skipped) == (3, 2, 1)
    assert {"position_inaccurate", "accuracy_not_stated"} <= set(codes(report))
    inaccurate = next(problem for problem in report.document()["problems"] if problem["code"] == "position_inaccurate")
    assert inaccurate["count"] == 1
    assert "50 m" in inaccurate["why_en"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (GOOD.replace("-95.5", "12"), "impossible_value"),
        (GOOD.replace("-95.5", "-175"), "impossible_value"),
        (GOOD.replace("-95.5", ""), "no_measured_value"),
        (GOOD.replace(",42", ",900"), "impossible_value"),
        (GOOD.replace("05/03/2026", "05/03/2126"), "impossible_moment"),
        (GOOD.replace("05/03/2026 14:30:00", "05/03/2026"), "bad_moment"),
        (GOOD.replace("05/03/2026 14:30:00", ""), "bad_moment"),
        (GOOD.replace("12.6667", ""), "no_coordinates"),
        (GOOD.replace("12.6667", "x"), "bad_coordinate"),
        (GOOD.replace("4G", "7G"), "unknown_technology"),
        (GOOD.replace("4G", ""), "unknown_technology"),
        (GOOD.replace("Viettel", ""), "no_measured_network"),
        (GOOD.replace("Viettel", "Nobody"), "measured_operator_unknown"),
        (GOOD.replace(",,-95.5", ",452041234567890,-95.5"), "device_identity"),
    ],
)
def test_impossible_rows(import_: Importer, tmp_path: Path, row: str, code: str) -> None:
    path = csv(tmp_path / "m.csv", HEADER, GOOD, row)
    with pytest.raises(InvalidRowsError) as caught:
        import_("measurements", path)
    assert code in codes(caught.value.report)
    report = import_("measurements", path, skip_errors=True)
    assert (report.counts.stored, report.counts.skipped) == (1, 1)


@pytest.mark.parametrize(
    ("column", "written", "code"),
    [
        ("rsrp", "-97, 5", "bad_number"),
        ("rsrp", "-97 5", "bad_number"),
        ("accuracy", "5 ,5", "bad_number"),
        ("speed", "1, 000", "bad_number"),
        ("lon", "108, 3", "bad_coordinate"),
        ("lat", "12,\u00a09", "bad_coordinate"),
    ],
)
def test_a_blank_beside_a_comma_is_no_part_of_a_number(
    import_: Importer, tmp_path: Path, column: str, written: str, code: str
) -> None:
    good = {"time": "2026-05-01T10:00:00", "lon": "108,3", "lat": "12,9", "technology": "4G", "operator": "viettel"}
    good |= {"rsrp": "-97,5", "accuracy": "5,5", "speed": "10,5"}
    rows = [good, good | {column: written, "time": "2026-05-01T10:00:01"}]
    path = csv(tmp_path / "m.csv", ";".join(good), *(";".join(row.values()) for row in rows))
    report = import_("measurements", path, skip_errors=True)
    errors = [(one.code, one.row, one.column) for one in report.problems if one.severity == "error"]
    assert errors == [(code, 3, column)]
    assert report.counts.stored == 1


def test_a_path_loss_needs_its_cell(import_: Importer, tmp_path: Path) -> None:
    header = "measured_at,lon,lat,technology,operator,cell_id,path_loss_db"
    good = "2026-03-05T14:30:00Z,108.05,12.6667,4G,viettel,C1,128.5"
    path = csv(tmp_path / "m.csv", header, good, good.replace("C1", ""))
    report = import_("measurements", path, skip_errors=True)
    assert {"loss_without_cell", "measured_cell_unknown"} <= set(codes(report))
    assert report.counts.stored == 1


def test_nothing_personal_is_kept_anywhere(import_: Importer, tmp_path: Path) -> None:
    secret = "356938035643809"
    path = csv(
        tmp_path / "m.csv",
        f"IMEI,Người đo,Số điện thoại,Mã lạ,{HEADER}",
        f"{secret},Thu,0905123456,{secret},{GOOD}",
        f"{secret},Thu,0905123456,{secret},{GOOD.replace('-95.5', '12')}",
        f"{secret},Thu,0905123456,{secret},{GOOD.replace(',,-95.5', f',{secret},-95.5')}",
    )
    report = import_("measurements", path, skip_errors=True)
    dropped = [problem.column for problem in report.problems if problem.code == "personal_column_dropped"]
    assert dropped == ["IMEI", "Người đo", "Số điện thoại"]
    assert (report.counts.stored, report.counts.skipped) == (1, 2)
    with import_.session() as session:
        assert (session.scalar(select(func.count()).select_from(ImportProblem)) or 0) >= 5
        dump: list[str] = []
        for table in ("measurement", "import_problem", "import_record", "import_file"):
            dump += session.scalars(text(f"SELECT t::text FROM {table} t")).all()
    for word in (secret, "0905123456", "Thu,", '"Thu"'):
        assert [line for line in dump if word in line] == []
    with pytest.raises(BadInputError, match="never read"):
        import_("measurements", path, column_map={"IMEI": "cell_code"})


def test_workbooks_and_separate_clock(import_: Importer, tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "m.xlsx",
        [
            ["Kết quả đo kiểm"],
            ["Ngày đo", "Giờ đo", "Kinh độ", "Vĩ độ", "Công nghệ", "SS-RSRP"],
            ["05/03/2026", "14:30:00", 108.05, 12.66, "5G", -88],
        ],
    )
    assert import_("measurements", path, operator="viettel").counts.stored == 1
    with import_.session() as session:
        assert session.scalars(select(Measurement.measured_at)).one().timestamp() == 1772695800.0


def test_parts_join_without_a_seam(import_: Importer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geo.intake.chunks.ROWS_AT_ONCE", 70)
    rows = [f"2026-03-05T14:{i // 60:02d}:{i % 60:02d}Z,108.05,12.66,4G,viettel,{-60 - i % 50}" for i in range(600)]
    path = csv(
        tmp_path / "m.csv", "measured_at,lon,lat,technology,operator,rsrp", *rows, rows[0], rows[599], "Người lập biểu"
    )
    report = import_("measurements", path)
    assert (report.counts.read, report.counts.stored, report.counts.folded) == (602, 600, 2)
    bad = csv(
        tmp_path / "b.csv", "measured_at,lon,lat,technology,operator,rsrp", *rows[:500], rows[0].replace("-60", "5")
    )
    with pytest.raises(InvalidRowsError) as caught:
        import_("measurements", bad)
    refused: Any = caught.value.report
    assert [problem.row for problem in refused.problems if problem.severity == "error"] == [502]
