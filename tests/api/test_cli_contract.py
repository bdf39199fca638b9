"""The contract of the commands that act: radio profile, assess, map, db, targets, import, serve."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import pytest

from geo.store.session import session_scope
from tests.api.sample import fill
from tests.api.test_cli_answers import ENVELOPE, Run, runner
from tests.conftest import TestDatabase
from tests.maps.vendor import place_vendor_files

PROFILE = "distance_km,height_m,clutter_height_m,zone\n" + "".join(
    f"{0.5 * point},{100 + 20 * (point % 5)},{5 if point % 3 else 0},inland\n" for point in range(41)
)
PROFILE_OPTIONS = {
    "--frequency-mhz": "1800",
    "--tx-height-m": "45",
    "--rx-height-m": "1.5",
    "--time-percent": "50",
    "--location-percent": "50",
    "--polarization": "vertical",
    "--latitude-deg": "12.7",
    "--delta-n": "60",
    "--n0": "370",
}


@pytest.fixture
def phusong(fresh_database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Commands over a database with the small province in it."""
    with session_scope(fresh_database.app) as session:
        fill(session, fresh_database.settings.home_path)
    return runner(fresh_database, monkeypatch)


@pytest.fixture
def phusong_empty(fresh_database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(fresh_database, monkeypatch)


def profile_arguments(path: Path, **changed: str) -> list[str]:
    options = {**PROFILE_OPTIONS, **{f"--{name.replace('_', '-')}": value for name, value in changed.items()}}
    return ["radio", "profile", str(path), *(part for option in options.items() for part in option)]


def test_a_radio_profile_gives_the_loss_and_its_parts(phusong_empty: Run, tmp_path: Path) -> None:
    path = tmp_path / "profile.csv"
    path.write_text(PROFILE)
    document = phusong_empty(*profile_arguments(path), "--json").document
    assert document.keys() >= {"basic_transmission_loss_db", "free_space_db", "diffraction_db", "line_of_sight"}
    assert document["basic_transmission_loss_db"] >= document["free_space_db"] - 6
    more = phusong_empty(*profile_arguments(path, location_percent="90", sigma_db="8"), "--json").document
    assert more["basic_transmission_loss_db"] == pytest.approx(
        document["basic_transmission_loss_db"] + 1.2816 * 8, abs=0.01
    )


@pytest.mark.parametrize("command", ["radio", "assess"])
def test_tables_for_people_have_headings(
    phusong: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    headings: list[str] = []

    def note(title: str, columns: Sequence[str], rows: object, **options: object) -> None:
        headings.extend(columns)

    monkeypatch.setattr(importlib.import_module(f"api.cli.{command}"), "print_table", note)
    path = tmp_path / "profile.csv"
    path.write_text(PROFILE)
    arguments = profile_arguments(path) if command == "radio" else ["assess", "--technology", "4G"]
    assert phusong(*arguments).code == 0
    assert len(headings) == 2
    assert all(headings)


@pytest.mark.parametrize(("day", "warned"), [("2026-01-20", False), ("2099-01-01", True)])
def test_assess_warns_of_a_date_in_the_future(phusong: Run, day: str, warned: bool) -> None:
    outcome = phusong("assess", "--technology", "4G", "--as-of", day, "--json")
    assert (outcome.code, outcome.document["as_of"]) == (0, day)
    assert (f"Warning: {day} is in the future" in outcome.err) is warned
    assert (f"Cảnh báo: {day} ở tương lai" in outcome.err) is warned


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("", {}),
        ("distance_km,height_m\n0,1\n", {}),
        (PROFILE.replace("inland", "swamp", 1), {}),
        (PROFILE.replace("100,", "high,", 1), {}),
        (PROFILE, {"frequency_mhz": "1"}),
        (PROFILE, {"frequency_mhz": "nan"}),
        (PROFILE, {"polarization": "circular"}),
        (PROFILE, {"time_percent": "90"}),
    ],
    ids=["empty", "columns", "zone", "number", "too low", "nan", "polarisation", "time"],
)
def test_a_radio_profile_that_cannot_be_used_is_bad_input(
    phusong_empty: Run, tmp_path: Path, text: str, changed: dict[str, str]
) -> None:
    path = tmp_path / "profile.csv"
    path.write_text(text)
    outcome = phusong_empty(*profile_arguments(path, **changed), "--json")
    assert outcome.code == 2, outcome.err
    assert outcome.document["detail_vi"] != outcome.document["detail_en"]


@pytest.mark.slow
def test_assess_computes_and_prints_one_document(phusong: Run) -> None:
    before = phusong("status", "--json").document["assessment_id"]
    outcome = phusong("assess", "--technology", "4G", "--as-of", "2026-01-20", "--json")
    assert outcome.code == 0, outcome.err
    document = outcome.document
    assert document.keys() >= ENVELOPE | {"technologies", "operators", "cells_total", "cells_defaulted", "terrain"}
    assert (document["technologies"], document["terrain"]["used"]) == (["4G"], False)
    number = document["assessment_id"]
    assert number > before
    # One technology of an earlier day is no reason to change what everybody sees.
    assert (document["published"], document["published_assessment_id"]) == (False, before)
    assert phusong("coverage", "--json").document["assessment_id"] == before
    point = phusong("point", "--lon", "108.051", "--lat", "12.551", "--assessment", str(number), "--json").document
    # The networks of the parameter file are asked too; they have no list here.
    networks = {"viettel", "vnpt", "mobifone", "vietnamobile"}
    assert {item["operator"] for item in point["items"]} == {"alpha", "beta", "any"} | networks
    assert {one["code"] for one in point["operators_without_list"]} == networks
    levels = {item["operator"]: item["level_dbm"] for item in point["items"]}
    assert levels["alpha"] == levels["any"] > -100


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["assess", "--as-of", "yesterday"], 2),
        (["assess", "--technology", "6G"], 2),
        (["assess", "--area", "99999"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_what_cannot_be_done_is_said_without_a_traceback(phusong: Run, arguments: list[str], code: int) -> None:
    outcome = phusong(*arguments)
    assert outcome.code == code, outcome.err
    assert "Error:" in outcome.err
    assert "Traceback" not in outcome.err


def test_assess_without_communes_is_not_ready(phusong_empty: Run) -> None:
    outcome = phusong_empty("assess", "--json")
    assert (outcome.code, outcome.document["status"]) == (3, 503)


def test_map_writes_one_file_and_the_public_one_shows_no_sites(
    phusong: Run, fresh_database: TestDatabase, tmp_path: Path
) -> None:
    place_vendor_files(fresh_database.settings.home_path / "static")
    whole, public = tmp_path / "maps" / "whole.html", tmp_path / "public.html"
    document = phusong("map", "--out", str(whole), "--json").document
    assert document.keys() >= ENVELOPE | {"file", "size_bytes"}
    assert document["illustrative"] is bool(document["illustrative_kinds"])
    assert phusong("map", "--out", str(public), "--public").code == 0
    assert "TRAM-SECRET" in whole.read_text("utf-8")
    assert "TRAM-SECRET" not in public.read_text("utf-8")
    for place in ("/proc/none/map.html", str(tmp_path)):
        refused = phusong("map", "--out", place)
        assert (refused.code, "Traceback" in refused.err) == (2, False)
        assert "The operating system refused" in refused.err


def test_map_says_what_the_file_holds_and_which_folder_was_made(
    phusong: Run, fresh_database: TestDatabase, tmp_path: Path
) -> None:
    place_vendor_files(fresh_database.settings.home_path / "static")
    made = phusong("map", "--out", str(tmp_path / "new" / "er" / "map.html"), "--json")
    assert f"Made the folder {tmp_path}/new/er." in made.err
    assert "holds the locations of stations" in made.err
    assert "--public" in made.err
    again = phusong("map", "--out", str(tmp_path / "new" / "er" / "map.html"), "--public")
    assert "Made the folder" not in again.err
    assert "stations" not in again.err


def test_targets_have_the_fields_of_the_contract(phusong: Run) -> None:
    document = phusong("targets", "--json").document
    assert document.keys() >= ENVELOPE
    wanted = {"id", "indicator", "value", "unit", "deadline", "source", "denominator", "state", "measured"}
    for item in document["items"]:
        assert item.keys() >= wanted | {"conflicts_with"}
        assert item["source"].keys() >= {"file", "clause", "quote", "status"}


def test_db_url_reaches_the_promised_tables_and_only_reads(phusong: Run) -> None:
    import psycopg

    address = phusong("db", "url").out.strip()
    with psycopg.connect(address) as connection:
        for columns, table in (
            ("code, name, type, geom, valid_from, valid_to", "admin_unit"),
            *(("count(*)", table) for table in ("village", "village_cluster", "mast", "site", "cell", "assessment")),
        ):
            assert connection.execute(f"SELECT {columns} FROM {table}").fetchone() is not None
    with psycopg.connect(address) as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute("DELETE FROM village")


def test_serve_answers_on_its_port_and_makes_the_token(fresh_database: TestDatabase, unused_port: int) -> None:
    settings = fresh_database.settings
    environment = {
        **os.environ,
        "PHUSONG_HOME": str(settings.home),
        "PHUSONG_DATABASE_URL": settings.database_url.get_secret_value(),  # type: ignore[union-attr]
        "PHUSONG_DATABASE_APP_URL": settings.database_app_url.get_secret_value(),  # type: ignore[union-attr]
    }
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(unused_port)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            for line in server.stderr:
                if "Uvicorn running" in line:
                    break
            with urllib.request.urlopen(f"http://127.0.0.1:{unused_port}/healthz", timeout=20) as answer:
                assert json.load(answer) == {"status": "ok"}
            assert (settings.home_path / "secrets" / "token").stat().st_mode & 0o077 == 0
        finally:
            server.terminate()
            server.communicate(timeout=30)


@pytest.fixture
def unused_port() -> int:
    """A port that was free a moment ago."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
