"""`phusong targets` and `phusong baseline` on a small province."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from api.cli import app
from tests.conftest import TestDatabase
from tests.integration.workflows.small_province import build


@pytest.fixture
def run(fresh_database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    settings = fresh_database.settings
    monkeypatch.setenv("PHUSONG_HOME", str(settings.home))
    for name in ("database_url", "database_app_url", "database_read_url"):
        monkeypatch.setenv(f"PHUSONG_{name.upper()}", getattr(settings, name).get_secret_value())
    return CliRunner()


@pytest.fixture
def province(fresh_database: TestDatabase) -> None:
    with Session(fresh_database.app) as session:
        build(session, illustrative=True)
        session.commit()


def document(run: CliRunner, *arguments: str) -> dict[str, Any]:
    result = run.invoke(app, [*arguments, "--json"])
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_without_an_assessment_it_is_not_ready(run: CliRunner) -> None:
    result = run.invoke(app, ["targets", "--json"])
    assert result.exit_code == 3


@pytest.mark.usefixtures("province")
def test_targets_document_and_table(run: CliRunner) -> None:
    found = document(run, "targets", "--as-of", "2027-01-01")
    assert found["evaluated_on"] == "2027-01-01"
    assert found["illustrative"] is True
    assert {item["id"] for item in found["items"]} >= {"A1", "A17", "B1", "B11", "C1", "C4", "E1"}
    c2 = next(item for item in found["items"] if item["id"] == "C2")
    assert c2["state"] == "overdue_no_data"
    assert c2["source"]["file"] == "001_fb856839959a985e.txt"
    table = run.invoke(app, ["targets"])
    assert table.exit_code == 0
    assert "số liệu minh họa" in table.stdout


@pytest.mark.usefixtures("province")
def test_declare_with_a_decimal_comma(run: CliRunner) -> None:
    stated = ["--date", "2026-06-20", "--source", "Báo cáo 12/BC-SKHCN"]
    assert document(run, "targets", "declare", "A10", "52,5", *stated)["measurement_id"] >= 1
    a10 = next(item for item in document(run, "targets")["items"] if item["id"] == "A10")
    assert (a10["measured"][0]["value"], a10["state"]) == (52.5, "overdue_met")
    assert document(run, "targets", "declare", "A14", "Đã thử nghiệm", *stated)
    refused = run.invoke(app, ["targets", "declare", "A10", "nhiều", *stated])
    assert refused.exit_code == 2
    assert run.invoke(app, ["targets", "declare", "Z9", "1", *stated]).exit_code == 2


@pytest.mark.usefixtures("province")
def test_baseline_is_frozen_once_and_shown(run: CliRunner) -> None:
    frozen = document(run, "baseline", "freeze", "--label", "gốc", "--note", "Công văn 1")
    assert frozen["items"][0]["is_first"] is True
    shown = document(run, "baseline", "show")
    assert shown["items"] == frozen["items"]
    assert run.invoke(app, ["baseline", "freeze", "--label", "gốc"]).exit_code == 2
    table = run.invoke(app, ["baseline", "show"])
    assert "gốc" in table.stdout
    assert "minh họa" in table.stdout
