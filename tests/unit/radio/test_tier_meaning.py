"""What the tiers mean inside: shares by hand, coherence of the shipped files, the command and its page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from api.cli import app
from geo.radio.p2109 import BuildingType, building_entry_loss_db, entered_share
from geo.workflows.tier_meaning import tier_meanings
from tests.conftest import REPOSITORY


def test_the_shipped_tiers_lie_over_the_outdoor_tier_by_their_margins() -> None:
    rows = tier_meanings().rows
    assert {row.tier for row in rows} == {"outdoor", "vehicle", "indoor"}
    assert {(row.tier, row.margin_db) for row in rows if row.planned_margin_db is not None} == {
        (row.tier, row.planned_margin_db) for row in rows if row.planned_margin_db is not None
    }
    assert {row.planned_margin_db for row in rows} == {None, 10.0, 20.0}


def test_shares_by_hand() -> None:
    rows = {(row.tier, row.frequency_mhz): row for row in tier_meanings().rows}
    # 10 dB is 0.2 standard deviations over the mean of 9 dB, and the median of a light house.
    assert rows["vehicle", 1800.0].share_vehicles == pytest.approx(0.57926, abs=1e-5)
    assert rows["vehicle", 1800.0].share_light_houses == 0.5
    assert rows["outdoor", 800.0].share_vehicles == pytest.approx(0.03593, abs=1e-5)


@pytest.mark.parametrize("building", list(BuildingType))
@pytest.mark.parametrize("frequency_ghz", [0.8, 3.5])
def test_the_share_is_the_inverse_of_the_loss(building: BuildingType, frequency_ghz: float) -> None:
    for share in (0.01, 0.3, 0.5, 0.9):
        loss_db = building_entry_loss_db(frequency_ghz=frequency_ghz, probability=share, building=building)
        assert entered_share(loss_db, frequency_ghz=frequency_ghz, building=building) == pytest.approx(share, abs=1e-6)
    assert entered_share(-50.0, frequency_ghz=frequency_ghz, building=building) == 0.0
    assert entered_share(150.0, frequency_ghz=frequency_ghz, building=building) == 1.0


def test_the_page_shows_what_the_command_prints() -> None:
    document = json.loads(CliRunner().invoke(app, ["radio", "tiers", "--json"]).stdout)
    page = (REPOSITORY / "docs" / "explanation" / "what-covered-means.md").read_text(encoding="utf-8")
    assert document["count"] == 12
    for row in document["items"]:
        shares = " | ".join(
            f"{row[name]:.0%}"
            for name in (
                "share_vehicles",
                "share_light_houses",
                "share_traditional_buildings",
                "share_efficient_buildings",
            )
        )
        assert f"| `{row['tier']}` | +{row['margin_db']:g} dB | {row['frequency_mhz']:g} | {shares} |" in page


def test_a_rule_that_leaves_the_margins_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = (REPOSITORY / "geo" / "parameters" / "rules" / "coverage.yaml").read_text(encoding="utf-8")
    rule = yaml.safe_load(shipped)
    rule["parameters"]["tiers"]["outdoor"]["value"] = -103
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "coverage.yaml").write_text(yaml.safe_dump(rule, sort_keys=False), encoding="utf-8")
    monkeypatch.setenv("PHUSONG_PARAMETERS_DIR", str(tmp_path))
    done = CliRunner().invoke(app, ["radio", "tiers"])
    assert done.exit_code == 0
    assert "tier vehicle does not lie" in done.stderr
    assert "58%" not in done.stdout
