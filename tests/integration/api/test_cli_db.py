"""`phusong db` on a state folder of its own, from nothing to stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from api.cli import app
from geo.errors import DatabaseNotReadyError
from geo.store import cluster
from geo.store.postgres_programs import find_programs
from geo.store.session import dispose_engines


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    try:
        find_programs()
    except DatabaseNotReadyError as error:
        pytest.skip(f"no database for this test: {error.en}")
    monkeypatch.setenv("PHUSONG_HOME", str(tmp_path))
    yield CliRunner()
    dispose_engines()
    cluster.remove(tmp_path)


def test_from_nothing_to_a_readable_database_and_back(run: CliRunner) -> None:
    before = run.invoke(app, ["db", "status", "--json"])
    assert before.exit_code == 3
    assert json.loads(before.stdout)["running"] is False
    assert run.invoke(app, ["db", "url"]).exit_code == 3

    upgraded = json.loads(run.invoke(app, ["db", "upgrade", "--json"]).stdout)
    assert upgraded["changed"] is True
    assert json.loads(run.invoke(app, ["db", "upgrade", "--json"]).stdout)["changed"] is False
    status = run.invoke(app, ["db", "status", "--json"])
    assert status.exit_code == 0
    assert json.loads(status.stdout)["ready"] is True

    address = run.invoke(app, ["db", "url"]).stdout.strip()
    with psycopg.connect(address) as connection:
        assert connection.execute("SELECT current_user::text, (SELECT count(*) FROM village)").fetchone() == (
            "phusong_read",
            0,
        )
    assert json.loads(run.invoke(app, ["db", "stop", "--json"]).stdout)["stopped"] is True
    assert json.loads(run.invoke(app, ["db", "stop", "--json"]).stdout)["stopped"] is False


def test_start_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHUSONG_HOME", str(tmp_path))
    monkeypatch.setattr("geo.store.postgres_programs._candidate_folders", lambda: iter(()))
    result = CliRunner().invoke(app, ["db", "start"])
    assert result.exit_code == 3
    assert "apt-get install postgresql-postgis" in result.stderr
    assert "Không tìm thấy PostgreSQL" in result.stderr
