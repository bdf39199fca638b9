"""`phusong import`: the document of the contract, exit codes, `--map`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from tests.integration.intake.conftest import Importer
from tests.integration.intake.files import csv

CONTRACT = {"import_id", "sha256", "rows_read", "rows_stored", "rows_unchanged", "rows_skipped", "problems"}


@pytest.fixture
def runner(import_: Importer, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("PHUSONG_HOME", str(import_.settings.home))
    for role in ("", "_app", "_read"):
        address = getattr(import_.settings, f"database{role}_url")
        monkeypatch.setenv(f"PHUSONG_DATABASE{role.upper()}_URL", address.get_secret_value())
    return CliRunner()


def test_good_bad_and_skipped(runner: CliRunner, tmp_path: Path) -> None:
    good = csv(tmp_path / "good.csv", "tên gọi,kinh độ,vĩ độ", "A,108.1,12.5")
    bad = csv(tmp_path / "bad.csv", "tên thôn,kinh độ,vĩ độ,số hộ", "A,108.1,12.5,-3", "B,108.2,12.6,7")
    done = runner.invoke(app, ["import", "villages", str(good), "--map", "tên gọi=village_name", "--json"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert set(document) >= CONTRACT
    assert (document["rows_read"], document["rows_stored"], document["problems"]) == (1, 1, [])
    refused = runner.invoke(app, ["import", "villages", str(bad), "--json"])
    assert refused.exit_code == 2
    problems = json.loads(refused.stdout)["problems"]
    assert [(p["severity"], p["row"], p["column"], p["value"]) for p in problems] == [("error", 2, "số hộ", "-3")]
    kept = runner.invoke(app, ["import", "villages", str(bad), "--skip-errors", "--json"])
    assert kept.exit_code == 0
    assert json.loads(kept.stdout)["rows_skipped"] == 1


def test_what_a_person_sees(runner: CliRunner, tmp_path: Path) -> None:
    bad = csv(tmp_path / "bad.csv", "tên thôn,kinh độ,vĩ độ,số hộ", "A,108.1,12.5,-3")
    refused = runner.invoke(app, ["import", "villages", str(bad)])
    assert refused.exit_code == 2
    assert "Cách xử lý" in refused.output
    assert "Chưa lưu dòng nào" in refused.output
    assert "Traceback" not in refused.output
    missing = runner.invoke(app, ["import", "villages", str(tmp_path / "none.csv"), "--json"])
    assert missing.exit_code == 2
    wrong = runner.invoke(app, ["import", "villages", str(bad), "--map", "abc"])
    assert wrong.exit_code == 2
