"""The contract of the commands that read: exit codes, documents, and nothing but the document on standard output."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.cli.output import print_table
from geo.store.session import session_scope
from maps.assets import VENDOR_FILES
from tests.api.sample import fill
from tests.conftest import TestDatabase
from tests.maps.vendor import place_vendor_files

ENVELOPE = {"schema_version", "as_of", "territory_version", "rule_version", "assessment_id", "illustrative"}


@dataclass(frozen=True)
class Outcome:
    """What a command left: exit code and both streams."""

    code: int
    out: str
    err: str
    raw: bytes

    @property
    def document(self) -> dict[str, Any]:
        """Standard output as the one JSON document it must be."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


Run = Callable[..., Outcome]


def runner(database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs `phusong` over a test database."""
    settings = database.settings
    monkeypatch.setenv("PHUSONG_HOME", str(settings.home))
    for role in ("", "_app", "_read"):
        address = getattr(settings, f"database{role}_url")
        monkeypatch.setenv(f"PHUSONG_DATABASE{role.upper()}_URL", address.get_secret_value())

    def run(*arguments: str) -> Outcome:
        result = CliRunner().invoke(app, list(arguments))
        return Outcome(
            result.exit_code, result.stdout_bytes.decode("utf-8", "replace"), result.stderr, result.stdout_bytes
        )

    return run


@pytest.fixture
def phusong(filled: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(filled, monkeypatch)


@pytest.fixture
def phusong_empty(fresh_database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(fresh_database, monkeypatch)


FIELDS = {
    "coverage": {
        "code",
        "technology",
        "operator",
        "tier",
        "share_area",
        "share_population",
        "share_villages",
        "share_households",
        "share_no_data",
    },
    "villages": {"id", "name", "commune_code", "lon", "lat", "households", "grid_power", "statuses"},
    "gaps": {
        "technology",
        "operator",
        "geometry",
        "area_km2",
        "population",
        "households",
        "villages",
        "population_source",
    },
    "fibre": {"village_code", "state", "households", "households_passed", "ports_free", "nearest_node_distance_m"},
    "places": {"place_class", "technology", "operator", "places", "covered", "not_covered", "no_data"},
    "point": {"technology", "operator", "state", "level_dbm", "server_site", "reason"},
}


@pytest.mark.parametrize(
    "arguments",
    [
        ["coverage", "--by", "commune"],
        ["coverage", "--by", "province"],
        ["villages"],
        ["villages", "--status", "not_covered"],
        ["gaps"],
        ["fibre"],
        ["places"],
        ["point", "--lon", "108.1", "--lat", "12.6"],
    ],
    ids=" ".join,
)
def test_a_document_has_the_envelope_and_the_fields_of_the_contract(phusong: Run, arguments: list[str]) -> None:
    outcome = phusong(*arguments, "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.document.keys() >= ENVELOPE | {"count", "items"}
    assert outcome.document["count"] == len(outcome.document["items"]) > 0
    assert outcome.document["items"][0].keys() >= FIELDS[arguments[0]]


def test_statuses_of_villages_have_the_fields_of_the_contract(phusong: Run) -> None:
    village = phusong("villages", "--json").document["items"][0]
    assert village["statuses"][0].keys() >= {"technology", "operator", "state", "level_dbm", "reasons"}
    assert {status["operator"] for status in village["statuses"]} == {"alpha", "beta", "any"}


def test_shares_add_up_to_the_whole(phusong: Run) -> None:
    for row in phusong("coverage", "--json").document["items"]:
        for name in ("area", "population", "villages", "households"):
            assert sum(row[f"share_{name}{part}"] for part in ("", "_not_covered", "_no_data")) == pytest.approx(1)


def test_places_come_with_the_kilometres_of_road(phusong: Run) -> None:
    road = phusong("places", "--json").document["roads"][0]
    assert (road["covered_km"], road["not_covered_km"], road["no_data_km"]) == (10.0, 5.0, 1.0)


@pytest.mark.parametrize("command", ["coverage", "villages", "gaps", "fibre", "places", "status"])
def test_without_options_a_person_gets_a_table_that_says_illustrative(phusong: Run, command: str) -> None:
    outcome = phusong(command)
    assert outcome.code == 0, outcome.err
    assert "số liệu minh họa" in " ".join(outcome.out.split())


@pytest.mark.parametrize(
    ("arguments", "vi", "en"),
    [
        (
            ["villages", "--name", "zzz"],
            "không có dòng nào (số liệu minh họa",
            "Villages and their states: there are no",
        ),
        (
            ["gaps", "--technology", "3G"],
            "Vùng không có sóng: không có dòng nào",
            "Areas without coverage: there are no",
        ),
        (["places", "--technology", "3G"], "Đường: không có dòng nào", "Roads: there are no rows"),
        (["calibrate", "list"], "Chưa có bộ hiệu chỉnh nào; hãy nhập", "run `phusong calibrate --name NAME`"),
        (["baseline", "show"], "Chưa chốt danh sách nào", "run `phusong baseline freeze`"),
    ],
)
def test_where_there_is_nothing_to_list_this_is_said(phusong: Run, arguments: list[str], vi: str, en: str) -> None:
    outcome = phusong(*arguments)
    assert (outcome.code, outcome.out) == (0, "")
    assert vi in outcome.err
    assert en in outcome.err
    assert phusong(*arguments, "--json").document["count"] == 0


@pytest.mark.parametrize(("language", "sign"), [("vi", ","), ("en", ".")])
def test_tables_have_the_decimal_sign_of_their_language_and_files_a_point(
    phusong: Run, monkeypatch: pytest.MonkeyPatch, language: str, sign: str
) -> None:
    monkeypatch.setenv("PHUSONG_LANGUAGE", language)
    rows = phusong("coverage", "--json").document["items"]
    share = next(row["share_area"] for row in rows if row["share_area"] not in (None, 0.0, 1.0))
    text = f"{share:.3f}".rstrip("0")
    assert text.replace(".", sign) in phusong("coverage").out
    assert f",{share}" in phusong("coverage", "--format", "csv").out


@pytest.mark.parametrize(
    ("value", "vi", "en"),
    [(-0.0001, "0", "0"), (-0.0, "0", "0"), (-70.25, "-70,25", "-70.25"), (3, "3", "3"), ("1.5", "1.5", "1.5")],
)
def test_numbers_of_a_table(value: object, vi: str, en: str, capsys: pytest.CaptureFixture[str]) -> None:
    for language, text in (("vi", vi), ("en", en)):
        print_table("T", ["x"], [[value]], language=language)
        assert f" {text} " in capsys.readouterr().out


def test_villages_as_csv_guard_against_formulas(phusong: Run, tmp_path: Path) -> None:
    out = tmp_path / "villages.csv"
    assert phusong("villages", "--format", "csv", "--out", str(out)).code == 0
    rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8-sig"))))
    assert "'=HYPERLINK(1)" in {row["Tên"] for row in rows}
    assert {row["Tính chất số liệu"] for row in rows} == {"số liệu minh họa"}
    assert phusong("villages", "--format", "csv").raw.startswith(b"\xef\xbb\xbf")


def test_villages_as_geojson_are_a_collection_with_the_envelope(phusong: Run) -> None:
    document = phusong("villages", "--format", "geojson").document
    assert document["type"] == "FeatureCollection"
    assert document.keys() >= ENVELOPE
    assert document["features"][0]["geometry"]["type"] == "Point"


def test_status_tells_what_is_loaded(phusong: Run) -> None:
    document = phusong("status", "--json").document
    loaded = {item["kind"]: item for item in document["items"]}
    assert (loaded["villages"]["rows"], loaded["villages"]["illustrative"]) == (2, True)
    assert (loaded["terrain"]["rows"], loaded["terrain"]["imports"]) == (0, 0)
    assert document["assessment"]["assessment_id"] == document["assessment_id"]
    assert document["illustrative"] is True
    assert "villages" in document["illustrative_kinds"]


def test_tiers_run_from_the_weakest_to_the_strongest(phusong: Run) -> None:
    items = phusong("coverage", "--operator", "any", "--technology", "4G", "--json").document["items"]
    assert [item["tier"] for item in items] == ["outdoor", "indoor"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["villages", "--status", "gone"],
        ["coverage", "--by", "district"],
        ["coverage", "--technology", "6G"],
        ["point", "--lon", "nan", "--lat", "12"],
        ["point", "--lon", "500", "--lat", "12"],
        ["point", "--lon", "108"],
        ["coverage", "--assessment", "999999"],
        ["coverage", "--code", "99999"],
        ["coverage", "--operator", "nobody"],
        ["villages", "--commune", "99999"],
        ["villages", "--operator", "nobody"],
        ["gaps", "--operator", "nobody"],
        ["targets", "--as-of", "31/02/2026"],
        ["villages", "--out", "x.txt"],
        ["nothing"],
        ["radio", "profile", "/nowhere/profile.csv"],
    ],
    ids=" ".join,
)
def test_bad_input_exits_with_2_and_says_why_in_both_languages(phusong: Run, arguments: list[str]) -> None:
    outcome = phusong(*arguments)
    assert outcome.code == 2
    assert "Lỗi:" in outcome.err
    assert "Error:" in outcome.err
    assert "Traceback" not in outcome.err
    assert outcome.out == ""


def test_with_json_an_error_is_a_problem_document_on_standard_output(phusong: Run) -> None:
    outcome = phusong("coverage", "--assessment", "999999", "--json")
    assert outcome.code == 2
    assert outcome.document["code"] == "not_found"
    assert outcome.document.keys() >= {"type", "title", "status", "detail", "detail_vi", "detail_en"}


def test_dates_are_read_in_one_way(phusong: Run) -> None:
    iso, vietnamese = (phusong("targets", "--as-of", day, "--json").document for day in ("2031-01-02", "02/01/2031"))
    assert iso["items"] == vietnamese["items"]
    assert iso["items"] != phusong("targets", "--as-of", "01/02/2020", "--json").document["items"]


def test_a_map_brings_the_browser_files_that_npm_left(
    fresh_database: TestDatabase, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with session_scope(fresh_database.app) as session:
        fill(session, fresh_database.settings.home_path)
    for file in VENDOR_FILES:
        source = tmp_path / "node_modules" / file.package / file.source
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_bytes(b"/* */")
    phusong = runner(fresh_database, monkeypatch)
    monkeypatch.setattr("maps.assets.copy_vendor_files.__kwdefaults__", {"node_modules": tmp_path / "none"})
    missing = phusong("map", "--out", str(tmp_path / "map.html"))
    assert (missing.code, (tmp_path / "map.html").exists()) == (3, False)
    assert "npm ci" in missing.err
    monkeypatch.setattr("maps.assets.copy_vendor_files.__kwdefaults__", {"node_modules": tmp_path / "node_modules"})
    done = phusong("map", "--out", str(tmp_path / "map.html"))
    assert done.code == 0, done.err
    assert (tmp_path / "map.html").is_file()


def test_a_map_without_boundaries_is_not_written(phusong_empty: Run, tmp_path: Path) -> None:
    outcome = phusong_empty("map", "--out", str(tmp_path / "m.html"), "--json")
    assert (outcome.code, outcome.document["code"]) == (3, "not_ready")
    assert not (tmp_path / "m.html").exists()


@pytest.mark.parametrize("command", [["coverage"], ["villages"], ["gaps"], ["fibre"], ["places"]], ids=" ".join)
def test_before_an_assessment_a_command_exits_with_3(phusong_empty: Run, command: list[str]) -> None:
    outcome = phusong_empty(*command, "--json")
    assert (outcome.code, outcome.document["code"]) == (3, "no_assessment")


def test_status_works_before_anything_is_loaded(phusong_empty: Run) -> None:
    outcome = phusong_empty("status", "--json")
    assert outcome.code == 0
    assert (outcome.document["assessment"], outcome.document["assessment_id"]) == (None, None)
    assert (outcome.document["illustrative"], outcome.document["illustrative_kinds"]) == (None, [])
    table = phusong_empty("status").out
    assert "không có dữ liệu" in table
    assert "số liệu thật" not in table


def test_without_a_database_a_command_exits_with_3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHUSONG_HOME", str(tmp_path))
    monkeypatch.setenv("PHUSONG_DATABASE_URL", "postgresql://nobody:wrong@127.0.0.1:1/none")
    monkeypatch.setenv("PHUSONG_DATABASE_APP_URL", "postgresql://nobody:wrong@127.0.0.1:1/none")
    result = CliRunner().invoke(app, ["coverage", "--json"])
    assert result.exit_code == 3
    assert json.loads(result.stdout)["code"] == "database_not_ready"
    assert "wrong" not in result.output


NEED_A_DATABASE = (
    "status", "coverage", "villages", "gaps", "fibre", "places", "targets", "assess", "demo load", "operators list",
    "point --lon 108 --lat 12.6", "calibrate list", "db url", "map --out m.html", "import places pyproject.toml",
)  # fmt: skip


@pytest.mark.parametrize("command", NEED_A_DATABASE)
def test_while_the_private_database_is_down_a_command_names_the_one_that_starts_it(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHUSONG_HOME", str(tmp_path))
    place_vendor_files(tmp_path / "static")
    result = CliRunner().invoke(app, command.split())
    assert result.exit_code == 3
    assert "Hãy khởi động bằng lệnh: phusong db start" in result.stderr
    assert "Start it with: phusong db start" in result.stderr
    assert result.stdout == ""


def test_a_wrong_setting_is_named_and_its_value_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHUSONG_PORT", "secret-value")
    result = CliRunner().invoke(app, ["status"])
    assert result.exit_code == 2
    assert "PHUSONG_PORT" in result.stderr
    assert "secret-value" not in result.output


def test_help_is_fast_and_loads_nothing_heavy() -> None:
    program = (
        "import sys; from api.cli import app\n"
        "try: app(['--help'], prog_name='phusong')\n"
        "except SystemExit: pass\n"
        "heavy = {'numba', 'sqlalchemy', 'pandas', 'geopandas', 'fastapi', 'rasterio', 'folium', 'numpy'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # Far above the usual 0.2 s, because the machine may be busy; benchmarks measure it.
    assert time.monotonic() - started < 10
