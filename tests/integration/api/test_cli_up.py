"""`phusong up`, what `./run` ends in: from nothing to a summary, and a second time without changing anything."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from api.cli import app
from api.cli.up import _bring_data
from tests.conftest import REPOSITORY, TestDatabase
from tests.maps.vendor import place_vendor_files

Run = Callable[[], subprocess.CompletedProcess[str]]
LATEST_EXIT_S = 900


@pytest.fixture
def run(fresh_database: TestDatabase, tmp_path: Path) -> Run:
    """Run the command as a user would, in a process of its own, away from the checkout."""
    settings = fresh_database.settings
    place_vendor_files(settings.home_path / "static")
    addresses = {
        f"PHUSONG_{name.upper()}": value.get_secret_value()
        for name in ("database_url", "database_app_url", "database_read_url")
        if (value := getattr(settings, name)) is not None
    }
    environment = {**os.environ, **addresses, "PHUSONG_HOME": str(settings.home_path), "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-m", "api.cli", "up", "--no-serve"]

    def go() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=LATEST_EXIT_S
        )

    return go


def _counts(database: TestDatabase) -> dict[str, int]:
    names = ("import_record", "assessment", "village", "cell", "village_status", "coverage_gap")
    with database.read.connect() as connection:
        return {name: int(connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()) for name in names}


@pytest.mark.slow
def test_a_first_start_ends_in_a_summary_and_a_second_changes_nothing(run: Run, fresh_database: TestDatabase) -> None:
    first = run()
    assert first.returncode == 0, first.stderr
    assert "số liệu minh họa" in first.stdout
    assert "Thôn, buôn theo trạng thái" in first.stdout
    counted = _counts(fresh_database)
    assert counted["assessment"] == 1
    assert counted["village"] >= 2500
    assert counted["cell"] >= 6000
    second = run()
    assert second.returncode == 0, second.stderr
    assert second.stdout == first.stdout
    assert _counts(fresh_database) == counted


def test_real_data_are_never_joined_by_illustrative_ones(fresh_database: TestDatabase) -> None:
    with fresh_database.app.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO import_record (kind, sha256, options_sha256, illustrative, as_of, rows_read, rows_stored,"
                " rows_unchanged, rows_skipped, rows_folded)"
                " VALUES ('villages', repeat('0', 64), repeat('0', 64), false, '2026-01-01', 0, 0, 0, 0, 0)"
            )
        )
    _bring_data(fresh_database.settings)
    assert _counts(fresh_database)["import_record"] == 1


def test_without_browser_files_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHUSONG_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("maps.assets.copy_vendor_files.__kwdefaults__", {"node_modules": tmp_path / "none"})
    result = CliRunner().invoke(app, ["up", "--no-serve"])
    assert result.exit_code == 3
    assert "./run" in result.stderr
