"""Options that do nothing are refused; warnings say what happened; a formula without a value is no empty cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from api.cli.import_ import parse_column_map
from geo.errors import BadInputError, InvalidRowsError, UnknownCrsError
from tests.integration.intake.conftest import Importer
from tests.integration.intake.files import codes, csv

SITES = "Mã trạm,Vĩ độ,Kinh độ,Công nghệ"


@pytest.mark.parametrize(
    ("kind", "options", "named"),
    [
        ("population", {"column_map": {"P": "code"}}, "--map"),
        ("terrain", {"sheet": "1"}, "--sheet"),
        ("places", {"operator": "vnpt"}, "--operator"),
        ("antennas", {"crs": "EPSG:4326"}, "--crs"),
    ],
)
def test_an_option_that_does_nothing_is_refused(
    import_: Importer, kind: str, options: dict[str, Any], named: str
) -> None:
    with pytest.raises(BadInputError, match=f"{named} does nothing with {kind}"):
        import_(kind, "no-such-file", **options)


def test_an_unknown_system_is_told_before_the_file_is_opened(import_: Importer) -> None:
    with pytest.raises(UnknownCrsError, match="'abc' is not known"):
        import_("places", "no-such-file", crs="abc")


def test_a_column_cannot_be_two_fields() -> None:
    with pytest.raises(BadInputError, match="two fields for the column 'A1'"):
        parse_column_map(["A1=code", "A1=name"])
    assert parse_column_map(["A1=code", "A1=code"]) == {"A1": "code"}


def test_an_operator_is_announced_once_when_it_is_made(import_: Importer, tmp_path: Path) -> None:
    first = csv(tmp_path / "a.csv", SITES, "Q1,12.6,108.0,4G")
    tried = import_("sites", first, operator="testco", dry_run=True).document()
    assert [p["code"] for p in tried["problems"]].count("operator_would_be_made") == 1
    assert "unknown_operator" in codes(import_("sites", first, operator="testco"))
    again = import_("sites", first, operator="testco")
    assert again.already_imported
    other = import_("sites", csv(tmp_path / "b.csv", SITES, "Q2,12.6,108.0,4G"), operator="testco")
    last = import_("sites", csv(tmp_path / "c.csv", SITES, "Q3,12.6,108.0,4G"), operator="testco", dry_run=True)
    for report in (again, other, last):
        assert "unknown_operator" not in codes(report)


def test_a_formula_without_a_value_is_named(import_: Importer, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Trạm & cột"
    sheet.append(["Mã trạm", "Vĩ độ", "Kinh độ", "Công nghệ", "Azimuth", "Chiều cao anten"])
    sheet.append(["F1", "=12+0.6", "=108", "4G", "=60+60", "=20+10"])
    sheet.append(["F2", 12.7, 108.1, "4G", "=IF(1<2,60,0)", 30])
    book.save(tmp_path / "f.xlsx")
    with pytest.raises(InvalidRowsError) as refused:
        import_("sites", tmp_path / "f.xlsx", operator="testco")
    assert refused.value.report is not None
    problems = refused.value.report.document()["problems"]
    said = {(p["code"], p["row"], p["value"]) for p in problems if p["code"].endswith("_without_value")}
    assert ("position_without_value", 2, "=12+0.6") in said
    assert ("formula_without_value", 3, "=IF(1<2,60,0)") in said
    report = import_("sites", tmp_path / "f.xlsx", operator="testco", skip_errors=True)
    assert (report.counts.stored, report.counts.skipped) == (1, 1)
