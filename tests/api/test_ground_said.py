"""Without terrain every output says so, and every output says how many cells use default values.

The small province of these tests was computed over flat ground, with defaults in all four cells.
"""

from __future__ import annotations

import csv
import io
import json

import pytest

from api.headings import terrain_words
from maps.i18n import translate
from tests.api.conftest import Service
from tests.api.test_cli_answers import runner
from tests.conftest import TestDatabase
from tests.maps.vendor import place_vendor_files

FLAT_VI, FLAT_EN = "không có địa hình: tính trên mặt đất phẳng", "without terrain: computed over flat ground"
RESULTS = (
    "/api/v1/coverage",
    "/api/v1/villages",
    "/api/v1/villages?format=geojson",
    "/api/v1/villages/1",
    "/api/v1/gaps?technology=4G",
    "/api/v1/fibre",
    "/api/v1/fibre?by=commune",
    "/api/v1/places",
    "/api/v1/roads?by=commune",
    "/api/v1/targets",
    "/api/v1/point?lon=108.05&lat=12.65",
    "/api/v1/assessments/1",
)


@pytest.fixture(scope="module", autouse=True)
def _browser_files(service: Service) -> None:
    place_vendor_files(service.settings.home_path / "static")


@pytest.mark.parametrize("path", RESULTS)
def test_every_document_says_what_ground_it_stands_on(service: Service, path: str) -> None:
    for client in (service.public, service.sites):
        document = client.get(path).json()
        assert document["terrain"]["used"] is False
        assert document["cells_defaulted_share"] == 1.0


@pytest.mark.parametrize("path", ["/api/v1/boundaries", "/api/v1/assessments"])
def test_a_document_of_imported_data_says_nothing_of_the_ground(service: Service, path: str) -> None:
    document = service.public.get(path).json()
    assert (document["terrain"], document["cells_defaulted_share"]) == (None, None)


@pytest.mark.parametrize(("language", "words"), [("vi", FLAT_VI), ("en", FLAT_EN)])
def test_every_row_of_a_spreadsheet_says_it(service: Service, language: str, words: str) -> None:
    answer = service.public.get("/api/v1/villages?format=csv", headers={"Accept-Language": language})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows
    assert {row["Địa hình" if language == "vi" else "Terrain"] for row in rows} == {words}
    share = "Tỷ lệ cell dùng giá trị mặc định" if language == "vi" else "Share of cells with default values"
    assert {row[share] for row in rows} == {"1.0"}


@pytest.mark.parametrize("path", ["/", "/villages", "/villages/1", "/targets", "/map", "/imports", "/about"])
@pytest.mark.parametrize(
    ("language", "words"),
    [("vi", "Tính không có địa hình: trên mặt đất phẳng."), ("en", "Computed without terrain: over flat ground.")],
)
def test_every_page_says_it(service: Service, path: str, language: str, words: str) -> None:
    page = service.public.get(f"{path}?lang={language}").text
    assert page.count(words) == 1
    if path == "/map":
        line = translate("No terrain data: computed over flat ground", language)
        assert page.count(json.dumps(line)) >= 2, "the line under the map, and the one in every popup"


@pytest.mark.parametrize(
    "command",
    [
        ("coverage",),
        ("coverage", "--by", "commune"),
        ("villages",),
        ("gaps",),
        ("fibre",),
        ("places",),
        ("targets",),
        ("point", "--lon", "108.05", "--lat", "12.65"),
    ],
    ids=" ".join,
)
def test_every_table_says_it(
    service: Service, module_database: TestDatabase, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    assert service.assessment_id
    phusong = runner(module_database, monkeypatch)
    monkeypatch.setenv("COLUMNS", "240")
    for language, words in (("vi", FLAT_VI), ("en", FLAT_EN)):
        monkeypatch.setenv("PHUSONG_LANGUAGE", language)
        printed = " ".join(phusong(*command).out.split())
        assert words in printed
        assert ("100 % cell dùng giá trị mặc định" if language == "vi" else "100 % of cells with default") in printed


def test_the_part_without_heights_is_said_and_never_reads_as_none() -> None:
    terrain = {"used": True, "step_m": 90.0, "void_share": 0.00001}
    assert terrain_words(terrain, "en") == "with terrain, 0.1\xa0% of the area without heights"
    assert terrain_words({**terrain, "void_share": 0.25}, "vi") == "có địa hình, 25,0\xa0% diện tích không có độ cao"
    assert terrain_words({**terrain, "void_share": 0.0}, "vi") == "có địa hình"


def test_classes_of_land_cover_without_a_height_are_named() -> None:
    ground = {"used": True, "step_m": 30.0, "void_share": 0.0, "clutter_used": True, "unknown_land_cover": [77, 91]}
    assert terrain_words(ground, "en") == "with terrain; land cover without a height, taken as 0 m: 77, 91"
    assert terrain_words(ground, "vi") == "có địa hình; lớp phủ mặt đất chưa có độ cao, tính là 0 m: 77, 91"
    assert terrain_words({**ground, "unknown_land_cover": []}, "en") == "with terrain"
