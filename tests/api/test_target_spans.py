"""The two spans beside a target's value, and the goal within the model's error: on the page, in JSON, in the table."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete
from typer.testing import CliRunner

from api.app import create_app
from api.cli import app as commands
from geo.store.session import session_scope
from geo.store.tables import CoverageStatistic
from geo.workflows.baselines import freeze_baseline
from tests.api.conftest import TOKEN, settings_of
from tests.conftest import TestDatabase
from tests.integration.workflows.small_province import add_statistic, build, statistic_of

SHARES = {
    "population": 400.0,
    "population_covered": 0.59,
    "population_not_covered": 0.31,
    "population_no_data": 0.10,
    "population_low": 0.55,
    "population_high": 0.62,
}


@pytest.fixture
def province(fresh_database: TestDatabase) -> TestDatabase:
    """59 % of the people have 5G: 55 to 62 % by the model, 59 to 69 % by what is unknown; the goal is 60 %."""
    with session_scope(fresh_database.app) as session:
        stored = build(session)
        session.execute(delete(CoverageStatistic).where(statistic_of(stored, "66", "5G")))
        add_statistic(session, stored, "66", "5G", **SHARES)
        freeze_baseline(session)
    return fresh_database


def test_page_and_json_keep_the_two_spans_apart(province: TestDatabase) -> None:
    with TestClient(create_app(settings_of(province))) as client:
        vietnamese = client.get("/targets?lang=vi", headers={"accept": "text/html"}).text
        english = client.get("/targets?lang=en", headers={"accept": "text/html"}).text
        rows = client.get("/api/v1/targets").json()
        seen = client.get("/api/v1/targets", headers={"Authorization": f"Bearer {TOKEN}"}).json()
    b1 = english.split('id="B1"')[1].split("</article>")[0]
    assert "<strong>59.0\u00a0%</strong> <span" in b1
    assert "(55.0\u00a0% – 62.0\u00a0%)</span>" in b1
    assert "Unknown counted:" in b1
    assert "59.0\u00a0% – 69.0\u00a0%" in b1
    # Beside the state of 2025, and at the reading; 100 % in 2030 is out of reach.
    assert b1.count("within the model") == 2
    assert "Kể cả chưa biết:" in vietnamese
    assert "trong sai số mô hình" in vietnamese
    assert "words" not in english.split('id="C1"')[1].split("</article>")[0].replace("qualitative", "")
    first = next(row for row in rows["items"] if row["id"] == "B1")
    assert (rows["interval_share"], first["goal_in_interval"]) == (0.9, True)
    people = first["measured"][0]
    assert [people[f"interval_{end}"] for end in ("low", "high")] == pytest.approx([55.0, 62.0])
    assert [people[f"unknown_{end}"] for end in ("low", "high")] == pytest.approx([59.0, 69.0])
    # One operator's interval is its own: the public gets neither it nor the mark.
    public, owner = (next(row for row in found["items"] if row["id"] == "E1") for found in (rows, seen))
    assert public["measured"][0]["interval_missing"] == "withheld"
    assert (public["goal_in_interval"], public["measured"][0]["goal_in_interval"]) == (False, None)
    assert owner["measured"][0]["interval_low"] is not None


def test_the_table_says_what_its_spans_are(province: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = province.settings
    monkeypatch.setenv("PHUSONG_HOME", str(settings.home))
    monkeypatch.setenv("COLUMNS", "220")
    for name in ("database_url", "database_app_url", "database_read_url"):
        monkeypatch.setenv(f"PHUSONG_{name.upper()}", getattr(settings, name).get_secret_value())
    shown = CliRunner().invoke(commands, ["targets"]).stdout
    words = " ".join(shown.replace("│", " ").split())
    assert "59.0 (55.0-62.0)" in words
    assert "59.0-69.0" in words
    assert "≈ trong sai số" in words
    assert "khoảng sai số của mô hình" in words
