"""Every output of a calibrated assessment names the calibration, and says when newer data were imported since."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest

from api.headings import provenance_line
from geo.store.session import session_scope
from geo.store.tables import Assessment, Calibration, ImportRecord
from tests.api.conftest import Service
from tests.api.test_cli_answers import runner
from tests.api.test_ground_said import RESULTS
from tests.conftest import TestDatabase
from tests.maps.vendor import place_vendor_files

CALIBRATION = "autumn@3"
# A calibration of no network: it is named, and moves nothing.
DOCUMENT: dict[str, Any] = {
    "classes": {
        "low_below_mhz": 1000.0, "high_above_mhz": 3000.0, "obstructed_above_db": 6.0, "reference_km": 1.0,
        "shortest_km": 0.1,
    },
    "scope": {"technologies": ["4G", "5G"], "operators": None, "measured": []},
    "networks": [],
    "bands": [],
    "uncertainty": {"bias_db": 1.0, "site_db": 3.0, "local_db": {"los": 5.0, "obstructed": 7.0}, "by_band": {}},
}  # fmt: skip
BEFORE = "lon=108.05&lat=12.556"
PAGES = ("/", "/villages", "/villages/1", "/targets", "/map", "/about", "/explain", f"/explain?{BEFORE}")


@pytest.fixture(scope="module", autouse=True)
def _calibrated_and_stale(service: Service, module_database: TestDatabase) -> None:
    place_vendor_files(service.settings.home_path / "static")
    with session_scope(module_database.app) as session:
        assessment = session.get_one(Assessment, service.assessment_id)
        name, version = CALIBRATION.split("@")
        assessment.calibration = {"name": name, "version": version, "sha256": "0" * 64, "illustrative": False}
        document = {**DOCUMENT, "name": name, "version": version}
        session.add(
            Calibration(
                name=name,
                version=int(version),
                sha256="0" * 64,
                import_ids=[],
                illustrative=False,
                document=document,
            )
        )
        session.add(
            ImportRecord(
                kind="roads", sha256="f" * 64, options_sha256="0" * 64, illustrative=False,
                as_of=dt.date(2026, 2, 1), created_at=dt.datetime.now(dt.UTC) + dt.timedelta(seconds=5),
                rows_read=0, rows_stored=0, rows_unchanged=0, rows_skipped=0, rows_folded=0,
            )
        )  # fmt: skip


@pytest.mark.parametrize("path", RESULTS)
def test_every_document_says_it(service: Service, path: str) -> None:
    for client in (service.public, service.sites):
        answer = client.get(path)
        assert answer.status_code == 200
        assert (answer.json()["calibration"], answer.json()["stale"]) == (CALIBRATION, True)


def test_a_document_of_imported_data_has_neither(service: Service) -> None:
    document = service.public.get("/api/v1/boundaries").json()
    assert (document["calibration"], document["stale"]) == (None, None)


@pytest.mark.parametrize(
    ("language", "calibration", "newer", "yes"),
    [
        ("vi", "Bộ hiệu chỉnh", "Có số liệu mới hơn lần tính toán", "có"),
        ("en", "Calibration", "Data newer than the assessment", "yes"),
    ],
)
def test_every_row_of_a_spreadsheet_says_it(
    service: Service, language: str, calibration: str, newer: str, yes: str
) -> None:
    answer = service.public.get("/api/v1/villages?format=csv", headers={"Accept-Language": language})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {(row[calibration], row[newer]) for row in rows} == {(CALIBRATION, yes)}


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("language", "newer"), [("vi", "Có dữ liệu nhập sau lần đánh giá này."), ("en", "Data were imported after this")]
)
def test_every_page_says_it(service: Service, path: str, language: str, newer: str) -> None:
    answer = service.sites.get(f"{path}{'&' if '?' in path else '?'}lang={language}")
    assert answer.status_code == 200
    page = answer.text
    assert CALIBRATION in page
    assert newer in page


@pytest.mark.parametrize(
    "command", [("coverage",), ("villages",), ("gaps",), ("fibre",), ("places",), ("targets",)], ids=" ".join
)
def test_every_table_says_it(
    service: Service, module_database: TestDatabase, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    assert service.assessment_id
    phusong = runner(module_database, monkeypatch)
    monkeypatch.setenv("COLUMNS", "240")
    for language, words in (
        ("vi", ("hiệu chỉnh theo autumn@3", "đã nhập số liệu mới hơn lần tính toán này")),
        ("en", ("calibrated by autumn@3", "newer data were imported since")),
    ):
        monkeypatch.setenv("PHUSONG_LANGUAGE", language)
        printed = " ".join(phusong(*command).out.split())
        assert [said for said in words if said not in printed] == []


def test_the_map_file_says_it(
    service: Service,
    module_database: TestDatabase,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    assert service.assessment_id
    out = tmp_path_factory.mktemp("map") / "map.html"
    assert runner(module_database, monkeypatch)("map", "--out", str(out), "--language", "en").code == 0
    page = out.read_text(encoding="utf-8")
    assert f"Levels corrected by the calibration {CALIBRATION}" in page
    assert "Data were imported after this assessment" in page


def test_the_picture_of_an_explanation_says_it(service: Service) -> None:
    answer = service.sites.get(f"/explain/profile.svg?{BEFORE}&lang=en")
    assert answer.status_code == 200
    assert "calibrated by autumn@3" in answer.text
    assert "were imported since" in answer.text


def test_the_line_under_a_picture_says_it_only_where_it_is_so() -> None:
    head = {"illustrative": False, "assessment_id": 1, "calibration": CALIBRATION, "stale": True}
    assert provenance_line(head, "en").endswith("calibrated by autumn@3; newer data were imported since")
    plain = provenance_line({**head, "calibration": None, "stale": False}, "en")
    assert "calibrated" not in plain
    assert "newer" not in plain
