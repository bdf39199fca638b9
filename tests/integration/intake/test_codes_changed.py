"""Codes that changed from one list to the next: nothing counts twice without a word."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from geo.store.tables import Site
from tests.integration.intake.conftest import Importer
from tests.integration.intake.files import codes, workbook

HEADER = ["Mã trạm", "Vĩ độ", "Kinh độ", "Công nghệ", "Mã cell", "Azimuth"]
BESIDE = {"site_beside", "cells_beside"}


MAY, JUNE = dt.date(2026, 5, 1), dt.date(2026, 6, 1)


def _row(site: Any, cell: Any = None, azimuth: int = 0, tech: str = "4G") -> list[Any]:
    return [site, 12.7, 108.05, tech, cell, azimuth]


def _hand_in(import_: Importer, path: Path, *rows: list[Any], header: list[str] | None = None, **options: Any) -> Any:
    options = {"operator": "mobifone", **options}
    return import_("sites", workbook(path, [header or HEADER, *rows]), **options)


def _found(report: Any, code: str) -> list[dict[str, Any]]:
    return [one for one in report.document()["problems"] if one["code"] == code]


@pytest.mark.parametrize("code", ["dlk001", "DLK 001", "DLK-001", "ABC9"])
def test_a_station_under_another_code_is_told(import_: Importer, tmp_path: Path, code: str) -> None:
    _hand_in(import_, tmp_path / "a.xlsx", _row("DLK001", "C1"))
    report = _hand_in(import_, tmp_path / "b.xlsx", _row(code, "C1"))
    (warning,) = _found(report, "site_beside")
    assert (warning["row"], warning["column"], warning["value"]) == (2, "Mã trạm", code)
    assert "DLK001" in warning["why_en"]
    assert "DLK001" in warning["why_vi"]
    # It is told once, and not at all where the complete list takes the old one out.
    again = _hand_in(import_, tmp_path / "c.xlsx", _row(code, "C1", 10))
    assert not BESIDE & set(codes(again))


def test_the_complete_list_with_the_new_code_is_no_second_station(import_: Importer, tmp_path: Path) -> None:
    _hand_in(import_, tmp_path / "a.xlsx", _row("DLK001", "C1"))
    report = _hand_in(import_, tmp_path / "b.xlsx", _row("ABC9", "C1"), replace=True, confirm_gone=True)
    assert not BESIDE & set(codes(report))
    assert report.preview.gone == 1


def test_a_column_of_codes_that_is_not_recognised_doubles_nothing_silently(import_: Importer, tmp_path: Path) -> None:
    _hand_in(import_, tmp_path / "a.xlsx", _row("DLK001", "C1"))
    report = _hand_in(import_, tmp_path / "b.xlsx", _row("DLK001", "C1"), header=["Ký hiệu CSHT", *HEADER[1:]])
    assert {"column_ignored", "site_code_made", "site_beside"} <= set(codes(report))


def test_two_spellings_of_a_code_in_one_list_are_told(import_: Importer, tmp_path: Path) -> None:
    report = _hand_in(import_, tmp_path / "a.xlsx", _row("DLK001", "C1"), _row("dlk 001", "C1"))
    assert [one["value"] for one in _found(report, "site_beside")] == ["DLK001", "dlk 001"]


def test_other_operators_technologies_and_stations_of_the_list_are_no_second_one(
    import_: Importer, tmp_path: Path
) -> None:
    _hand_in(import_, tmp_path / "a.xlsx", _row("DLK001", "C1"))
    other = _hand_in(import_, tmp_path / "b.xlsx", _row("V1", "C1"), operator="viettel")
    tech = _hand_in(import_, tmp_path / "c.xlsx", _row("DLK001U", "C1", tech="3G"))
    two = _hand_in(import_, tmp_path / "d.xlsx", _row("DLK001", "C1"), _row("DLK002", "C1"))
    for report in (other, tech, two):
        assert not BESIDE & set(codes(report))


def test_cells_under_other_codes_are_told(import_: Importer, tmp_path: Path) -> None:
    _hand_in(import_, tmp_path / "a.xlsx", *(_row("DLK001", f"C{n}", 60 * n) for n in range(1, 6)))
    report = _hand_in(import_, tmp_path / "b.xlsx", _row("DLK001", "C01"), _row("DLK001", "C02", 120))
    (warning,) = _found(report, "cells_beside")
    assert (warning["row"], warning["column"], warning["value"]) == (2, "Mã cell", "C01")
    for language in ("why_en", "why_vi"):
        assert "C1, C2, C3, …" in warning[language]
    cases: list[tuple[tuple[list[Any], ...], dict[str, Any]]] = [
        ((_row("DLK001", "C03"),), {"replace": True, "confirm_gone": True}),
        ((_row("DLK001", "C03"), _row("DLK001", "C04", 90)), {}),
        ((_row("DLK001", "U1", tech="3G"),), {}),
    ]
    for rows, options in cases:
        path = tmp_path / f"{rows[-1][4]}.xlsx"
        assert not BESIDE & set(codes(_hand_in(import_, path, *rows, **options)))


@pytest.mark.parametrize("days", [(MAY, JUNE), (JUNE, MAY)])
def test_a_station_under_another_code_is_told_whichever_list_comes_first(
    import_: Importer, tmp_path: Path, days: tuple[dt.date, dt.date]
) -> None:
    _hand_in(import_, tmp_path / "a.xlsx", _row("V1", "A1"), as_of=days[0])
    report = _hand_in(import_, tmp_path / "b.xlsx", _row("V0", "A0"), as_of=days[1])
    (warning,) = _found(report, "site_beside")
    assert (warning["value"], "site V1;" in warning["why_en"]) == ("V0", True)
    with import_.session() as session:
        assert set(session.scalars(select(Site.code).where(Site.valid_to.is_(None)))) == {"V0", "V1"}


def test_a_cell_of_an_older_list_that_stays_is_told(import_: Importer, tmp_path: Path) -> None:
    april = dt.date(2026, 4, 1)
    for day, cell in ((april, "C1"), (JUNE, "C1")):
        _hand_in(import_, tmp_path / f"{day}.xlsx", _row("V1", cell), as_of=day)
    report = _hand_in(import_, tmp_path / "b.xlsx", _row("V1", "C0"), as_of=MAY)
    (warning,) = _found(report, "cells_beside")
    assert (warning["value"], "C1;" in warning["why_en"]) == ("C0", True)


def test_what_a_newer_complete_list_lacks_does_not_stay_and_is_not_told(import_: Importer, tmp_path: Path) -> None:
    _hand_in(import_, tmp_path / "a.xlsx", _row("V1", "A1"), as_of=JUNE, replace=True)
    report = _hand_in(import_, tmp_path / "b.xlsx", _row("V0", "A0"), as_of=MAY)
    assert "held_until_newer" in codes(report)
    assert not BESIDE & set(codes(report))
    with import_.session() as session:
        assert list(session.scalars(select(Site.code).where(Site.valid_to.is_(None)))) == ["V1"]


@pytest.mark.parametrize(("status", "told"), [("planned", True), ("off air", True), ("removed", False)])
def test_what_is_said_of_cells_that_are_not_on_air_is_true(
    import_: Importer, tmp_path: Path, status: str, *, told: bool
) -> None:
    header = [*HEADER, "Trạng thái"]
    rows = {"a": ("V1", "A1", "on air"), "b": ("V1", "A2", status), "c": ("V2", "A9", status), "d": ("V1", "A3", "")}
    reports = {}
    for name, (site, cell, stated) in rows.items():
        row = [*_row(site, cell), stated]
        reports[name] = _hand_in(import_, tmp_path / f"{name}.xlsx", row, header=header)
    assert [one["value"] for one in _found(reports["b"], "cells_beside")] == (["A2"] if told else [])
    assert [one["value"] for one in _found(reports["c"], "site_beside")] == (["V2"] if told else [])
    (last,) = _found(reports["d"], "cells_beside")
    assert last["why_en"].endswith(f"{'A1, A2' if told else 'A1'}; each of them counts while it is on air.")


@pytest.mark.parametrize("value", [dt.date(2026, 3, 1), dt.time(3, 4)])
@pytest.mark.parametrize("column", [0, 4])
def test_a_code_that_the_spreadsheet_made_a_date_of_is_told(
    import_: Importer, tmp_path: Path, value: Any, column: int
) -> None:
    row = _row("DLK001", "C1")
    row[column] = value
    report = _hand_in(import_, tmp_path / "a.xlsx", row)
    (warning,) = _found(report, "code_is_date")
    assert (warning["row"], warning["column"], warning["count"]) == (2, HEADER[column], 1)
    assert value.isoformat()[:5] in warning["why_en"]
