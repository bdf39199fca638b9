"""Heights, owners and positions of masts: what a later list, another operator's and an older one do to them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from geo.workflows.database import downgrade_database, upgrade_database
from tests.integration.intake.conftest import Importer
from tests.integration.intake.files import codes, csv, workbook

HEADER = ("site_code", "lat", "lon", "technology", "mast_code", "mast_height_m", "owner", "antenna_height_m")
MAY, JUNE, JULY = (dt.date(2026, month, 1) for month in (5, 6, 7))
EVERY_LANGUAGE = ("why_vi", "why_en")


def _list(path: Path, *rows: tuple[Any, ...], header: tuple[str, ...] = HEADER) -> Path:
    """Write rows of site, mast code, mast height, owner and (if any) latitude."""
    lines = [[row[0], row[4] if len(row) > 4 else 12.711, 108.055, "4G", *row[1:4], 30] for row in rows]
    if path.suffix == ".xlsx":
        return workbook(path, [list(header), *lines])
    return csv(path, *(";".join("" if cell is None else str(cell) for cell in row) for row in [header, *lines]))


def _masts(import_: Importer) -> list[tuple[Any, ...]]:
    with import_.session() as session:
        rows = session.execute(
            text("SELECT height_m, owner, round(ST_Y(geom)::numeric, 4)::float FROM mast ORDER BY id")
        )
        return [tuple(row) for row in rows]


def _warnings(report: Any, code: str) -> list[dict[str, Any]]:
    return [one for one in report.document()["problems"] if one["code"] == code]


@pytest.mark.parametrize("mast_code", [None, "C1"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_a_mast_lacks_is_filled_in_and_what_differs_is_changed(
    import_: Importer, tmp_path: Path, mast_code: str | None, form: str
) -> None:
    import_("sites", _list(tmp_path / f"a.{form}", ("M1", mast_code, None, None)), operator="mobifone")
    assert _masts(import_) == [(None, None, 12.711)]
    filled = import_("sites", _list(tmp_path / f"b.{form}", ("M1", mast_code, 42, "VNPT")), operator="mobifone")
    assert (filled.preview.changed, filled.preview.unchanged, filled.counts.stored) == (1, 0, 1)
    assert _masts(import_) == [(42.0, "VNPT", 12.711)]
    changed = import_("sites", _list(tmp_path / f"c.{form}", ("M1", mast_code, 45, "Viettel")), operator="mobifone")
    assert (changed.preview.changed, changed.preview.unchanged) == (1, 0)
    assert _masts(import_) == [(45.0, "Viettel", 12.711)]
    # A list that does not say so takes nothing away, and one that says the same changes nothing.
    silent = import_("sites", _list(tmp_path / f"d.{form}", ("M1", mast_code, None, None)), operator="mobifone")
    same = import_("sites", _list(tmp_path / f"e.{form}", ("M1", mast_code, 45, None)), operator="mobifone")
    assert [report.preview.unchanged for report in (silent, same)] == [1, 1]
    assert _masts(import_) == [(45.0, "Viettel", 12.711)]
    for report in (filled, changed, silent, same):
        assert not {"mast_differs", "mast_stated_twice"} & set(codes(report))


def test_a_dry_run_shows_the_change_and_makes_none(import_: Importer, tmp_path: Path) -> None:
    import_("sites", _list(tmp_path / "a.csv", ("M1", None, 42, None)), operator="mobifone")
    report = import_("sites", _list(tmp_path / "b.csv", ("M1", None, 45, None)), operator="mobifone", dry_run=True)
    assert (report.preview.changed, report.preview.unchanged) == (1, 0)
    assert _masts(import_) == [(42.0, None, 12.711)]


@pytest.mark.parametrize("mast_code", [None, "C1"])
def test_of_two_operators_the_later_day_holds_with_a_warning(
    import_: Importer, tmp_path: Path, mast_code: str | None
) -> None:
    import_("sites", _list(tmp_path / "a.csv", ("M1", mast_code, 42, None)), operator="mobifone", as_of=JUNE)
    later = import_("sites", _list(tmp_path / "b.csv", ("V1", mast_code, 43, "VNPT")), operator="viettel", as_of=JULY)
    assert _masts(import_) == [(43.0, "VNPT", 12.711)]
    (warning,) = _warnings(later, "mast_differs")
    assert (warning["row"], warning["column"], warning["value"]) == (2, "mast_height_m", "43 m")
    for language in EVERY_LANGUAGE:
        for word in ("42 m", "43 m", "mobifone", "viettel", "2026-06-01", "2026-07-01"):
            assert word in warning[language]
    assert warning["why_en"].endswith("43 m holds.")
    # An earlier day says nothing against it, also of an operator without a newer list, but is told.
    older = import_("sites", _list(tmp_path / "c.csv", ("N1", mast_code, 50, None)), operator="vinaphone", as_of=JUNE)
    assert _masts(import_) == [(43.0, "VNPT", 12.711)]
    (warning,) = _warnings(older, "mast_differs")
    assert warning["why_en"].endswith("43 m holds.")
    assert "50 m" in warning["why_en"]


def test_a_list_fills_in_what_another_operator_did_not_know(import_: Importer, tmp_path: Path) -> None:
    import_("sites", _list(tmp_path / "a.csv", ("M1", None, None, None)), operator="mobifone", as_of=JULY)
    report = import_("sites", _list(tmp_path / "b.csv", ("V1", None, 43, None)), operator="viettel", as_of=JUNE)
    assert _masts(import_) == [(43.0, None, 12.711)]
    assert not _warnings(report, "mast_differs")


def test_what_an_older_list_fills_in_does_not_make_the_rest_older(import_: Importer, tmp_path: Path) -> None:
    import_("sites", _list(tmp_path / "a.csv", ("M1", None, 42, None)), operator="mobifone", as_of=JULY)
    import_("sites", _list(tmp_path / "b.csv", ("V1", None, None, "VNPT")), operator="viettel", as_of=JUNE)
    assert _masts(import_) == [(42.0, "VNPT", 12.711)]
    third = _list(tmp_path / "c.csv", ("N1", None, 50, None))
    report = import_("sites", third, operator="vinaphone", as_of=dt.date(2026, 6, 15))
    assert _masts(import_) == [(42.0, "VNPT", 12.711)]
    (warning,) = _warnings(report, "mast_differs")
    assert "mobifone of 2026-07-01; 42 m holds" in warning["why_en"]


def test_an_operators_older_list_only_fills_in(import_: Importer, tmp_path: Path) -> None:
    """In the order of their days the lists would have left the same: a blank takes nothing away."""
    import_("sites", _list(tmp_path / "a.csv", ("M1", None, 42, None)), operator="mobifone", as_of=JULY)
    report = import_("sites", _list(tmp_path / "b.csv", ("M1", None, 30, "VNPT")), operator="mobifone", as_of=JUNE)
    assert _masts(import_) == [(42.0, "VNPT", 12.711)]
    assert "older_than_current" in codes(report)
    assert not _warnings(report, "mast_differs")


def test_a_repeated_height_is_of_the_day_of_its_last_list(import_: Importer, tmp_path: Path) -> None:
    import_("sites", _list(tmp_path / "a.csv", ("M1", None, 42, None)), operator="mobifone", as_of=JUNE)
    same = import_("sites", _list(tmp_path / "b.csv", ("M1", None, 42, None)), operator="mobifone", as_of=JULY)
    assert (same.preview.changed, same.preview.unchanged) == (0, 1)
    middle = dt.date(2026, 6, 15)
    other = import_("sites", _list(tmp_path / "c.csv", ("V1", None, 50, None)), operator="viettel", as_of=middle)
    assert _masts(import_) == [(42.0, None, 12.711)]
    (warning,) = _warnings(other, "mast_differs")
    assert "mobifone of 2026-07-01; 42 m holds" in warning["why_en"]
    assert "mobifone ngày 2026-07-01; giá trị được dùng là 42 m" in warning["why_vi"]


def test_owner_and_height_have_days_of_their_own(import_: Importer, tmp_path: Path) -> None:
    import_("sites", _list(tmp_path / "a.csv", ("M1", None, 42, "VNPT")), operator="mobifone", as_of=JUNE)
    import_("sites", _list(tmp_path / "b.csv", ("M1", None, 45, None)), operator="mobifone", as_of=JULY)
    middle = dt.date(2026, 6, 15)
    other = import_("sites", _list(tmp_path / "c.csv", ("V1", None, 50, "Viettel")), operator="viettel", as_of=middle)
    assert _masts(import_) == [(45.0, "Viettel", 12.711)]
    height, owner = (one["why_en"] for one in _warnings(other, "mast_differs"))
    assert "mobifone of 2026-07-01; 45 m holds" in height
    assert "mobifone of 2026-06-01; Viettel holds" in owner


def test_a_blank_of_another_operator_is_no_reason_to_agree_with_it(import_: Importer, tmp_path: Path) -> None:
    import_("sites", _list(tmp_path / "a.csv", ("V1", None, None, None)), operator="viettel", as_of=JUNE)
    import_("sites", _list(tmp_path / "b.csv", ("M1", None, 42, None)), operator="mobifone", as_of=JUNE)
    report = import_("sites", _list(tmp_path / "c.csv", ("M1", None, 45, None)), operator="mobifone", as_of=JULY)
    assert _masts(import_) == [(45.0, None, 12.711)]
    assert not _warnings(report, "mast_differs")


def test_what_another_operator_said_before_is_not_forgotten(import_: Importer, tmp_path: Path) -> None:
    """Both said 42, mobifone last: that it says 45 now goes against viettel's list all the same."""
    import_("sites", _list(tmp_path / "a.csv", ("V1", None, 42, None)), operator="viettel", as_of=JUNE)
    import_("sites", _list(tmp_path / "b.csv", ("M1", None, 42, None)), operator="mobifone", as_of=JUNE)
    report = import_("sites", _list(tmp_path / "c.csv", ("M1", None, 45, None)), operator="mobifone", as_of=JULY)
    (warning,) = _warnings(report, "mast_differs")
    assert "42 m in the list of viettel of 2026-06-01; 45 m holds" in warning["why_en"]
    assert "Agree with viettel" in warning["remedy_en"]
    assert "Thống nhất với viettel" in warning["remedy_vi"]


def test_a_list_of_several_operators_is_named_by_the_one_that_said_so(import_: Importer, tmp_path: Path) -> None:
    header = (*HEADER[:3], "operator", *HEADER[4:])
    joint = csv(
        tmp_path / "a.csv",
        ";".join((*header, "technology")),
        "V1;12.711;108.055;viettel;;42;;30;4G",
        "N1;12.711;108.055;VinaPhone;;;VNPT;30;4G",
    )
    import_("sites", joint, as_of=JUNE)
    own = import_("sites", _list(tmp_path / "b.csv", ("V1", None, 43, None)), operator="viettel", as_of=JULY)
    assert not _warnings(own, "mast_differs")
    other = import_("sites", _list(tmp_path / "c.csv", ("M1", None, 44, "Viettel")), operator="mobifone", as_of=JULY)
    height, owner = (one["why_en"] for one in _warnings(other, "mast_differs"))
    assert "43 m in the list of viettel of 2026-07-01" in height
    assert "VNPT in the list of vnpt of 2026-06-01" in owner


def test_two_places_of_one_mast_code_in_one_list_are_told(import_: Importer, tmp_path: Path) -> None:
    rows = (("M1", "C1", None, None, 12.711), ("M2", "C1", None, None, 12.7113))
    report = import_("sites", _list(tmp_path / "a.csv", *rows), operator="mobifone")
    assert _masts(import_) == [(None, None, 12.711)]
    (warning,) = _warnings(report, "mast_stated_twice")
    assert (warning["row"], warning["column"], warning["value"]) == (3, "mast_code", "12.711300, 108.055000")


def test_two_heights_of_one_mast_in_one_list_are_told(import_: Importer, tmp_path: Path) -> None:
    rows = (("M1", None, 42, "VNPT"), ("M2", None, 60, "Viettel"), ("M3", None, None, "VNPT"))
    report = import_("sites", _list(tmp_path / "a.csv", *rows), operator="mobifone")
    assert _masts(import_) == [(42.0, "VNPT", 12.711)]
    found = _warnings(report, "mast_stated_twice")
    assert [(one["row"], one["column"], one["value"]) for one in found] == [
        (3, "mast_height_m", "60 m"),
        (3, "owner", "Viettel"),
    ]
    for language in EVERY_LANGUAGE:
        assert "42 m" in found[0][language]
        assert "60 m" in found[0][language]
    again = import_("sites", _list(tmp_path / "b.csv", *rows, ("M4", None, 42, None)), operator="mobifone")
    assert (again.preview.new, again.preview.changed, again.preview.unchanged) == (1, 0, 3)


def test_two_heights_in_rows_of_one_site_are_told(import_: Importer, tmp_path: Path) -> None:
    path = csv(
        tmp_path / "a.csv",
        "site_code,lat,lon,technology,mast_height_m",
        "M1,12.711,108.055,4G,",
        "M1,12.711,108.055,3G,42",
        "M1,12.711,108.055,2G,45",
    )
    report = import_("sites", path, operator="mobifone")
    assert [(one["row"], one["value"]) for one in _warnings(report, "mast_stated_twice")] == [(4, "45 m")]
    assert _masts(import_) == [(42.0, None, 12.711)]


def test_a_mast_with_a_code_moves_with_its_list_and_others_are_told(import_: Importer, tmp_path: Path) -> None:
    import_("sites", _list(tmp_path / "a.csv", ("M1", "C1", 42, None)), operator="mobifone", as_of=JUNE)
    moved = import_(
        "sites", _list(tmp_path / "b.csv", ("M1", "C1", 42, None, 12.7112)), operator="mobifone", as_of=JULY
    )
    assert _masts(import_) == [(42.0, None, 12.7112)]
    assert moved.preview.changed == 1
    assert not _warnings(moved, "mast_differs")
    other = import_("sites", _list(tmp_path / "c.csv", ("V1", "C1", 42, None, 12.711)), operator="viettel", as_of=JULY)
    assert _masts(import_) == [(42.0, None, 12.711)]
    (warning,) = _warnings(other, "mast_differs")
    assert "12.711000, 108.055000" in warning["why_en"]
    assert "12.711200, 108.055000" in warning["why_en"]


@pytest.mark.parametrize("other", ["c1", "C 1", "C1\u00a0", "c  1"])
def test_a_mast_code_spelled_otherwise_is_the_same_mast(import_: Importer, tmp_path: Path, other: str) -> None:
    import_("sites", _list(tmp_path / "a.csv", ("M1", "C1", 42, "VNPT")), operator="mobifone", as_of=JUNE)
    same = import_("sites", _list(tmp_path / "b.csv", ("M1", other, 42, "VNPT")), operator="mobifone", as_of=JULY)
    assert (same.preview.changed, same.preview.unchanged) == (0, 1)
    both = _list(tmp_path / "c.csv", ("V1", other, None, None), ("V2", "C1", 43, None))
    import_("sites", both, operator="viettel", as_of=JULY)
    assert _masts(import_) == [(43.0, "VNPT", 12.711)]


def test_masts_of_an_earlier_database_keep_who_said_what(import_: Importer, tmp_path: Path) -> None:
    import_("sites", _list(tmp_path / "a.csv", ("M1", "C1", 42, "VNPT")), operator="mobifone", as_of=JUNE)
    before = _said(import_)
    assert before == [("mobifone", 42.0, "VNPT", 108.055, 12.711)]
    downgrade_database(import_.database.settings, revision="0011")
    upgrade_database(import_.database.settings)
    assert _said(import_) == before
    other = import_("sites", _list(tmp_path / "b.csv", ("V1", "C1", 50, None)), operator="viettel", as_of=MAY)
    (warning,) = _warnings(other, "mast_differs")
    assert "mobifone of 2026-06-01; 42 m holds" in warning["why_en"]


def test_an_earlier_database_has_the_list_that_holds_beside_a_mast(import_: Importer, tmp_path: Path) -> None:
    import_("sites", _list(tmp_path / "a.csv", ("M1", "C1", 42, "VNPT")), operator="mobifone", as_of=JUNE)
    import_("sites", _list(tmp_path / "b.csv", ("V1", "C1", 47, "MB")), operator="viettel", as_of=JULY)
    downgrade_database(import_.database.settings, revision="0011")
    upgrade_database(import_.database.settings)
    assert _said(import_) == [("viettel", 47.0, "MB", 108.055, 12.711)]


def _said(import_: Importer) -> list[tuple[Any, ...]]:
    columns = "operator_code, height_m, owner, lon_deg, round(lat_deg::numeric, 4)::float"
    with import_.session() as session:
        return [tuple(row) for row in session.execute(text(f"SELECT {columns} FROM mast_statement"))]
