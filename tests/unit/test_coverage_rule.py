"""The coverage rule: its shipped values, its switches, and what a province may change."""

from __future__ import annotations

import importlib.resources
from pathlib import Path

import pytest

from geo.errors import ParameterError
from geo.parameters.coverage_rule import NAME, load_coverage_rule
from geo.parameters.loader import load_parameters

SHIPPED = importlib.resources.files("geo.parameters").joinpath("rules/coverage.yaml").read_text(encoding="utf-8")


def own(folder: Path, text: str) -> Path:
    (folder / "rules").mkdir()
    (folder / "rules/coverage.yaml").write_text(text, encoding="utf-8")
    return folder


def test_shipped_values() -> None:
    rule = load_coverage_rule()
    assert rule.tiers_dbm == {"marginal": -110.0, "outdoor": -105.0, "vehicle": -95.0, "indoor": -85.0}
    assert (rule.receiver_height_m, rule.time_share, rule.location_share) == (1.5, 0.5, 0.9)
    assert rule.mobile_broadband_technologies == ("4G", "5G")
    assert rule.site_list_max_age_months == 12
    assert rule.threshold_dbm("4G") == rule.threshold_dbm("5G") == -105.0
    assert {"tiers.outdoor", "covered_tier"} <= set(load_parameters(NAME).unverified())


def test_a_province_changes_the_rule_without_code(tmp_path: Path) -> None:
    text = SHIPPED.replace("value: -105", "value: -103", 1).replace("value: false", "value: true", 1)
    text += """
  technology_tiers:
    5G:
      outdoor: {value: -100, unit: dBm, source: product}
"""
    rule = load_coverage_rule(parameters_dir=own(tmp_path, text))
    assert rule.threshold_dbm("4G") == -103.0
    assert rule.threshold_dbm("5G") == -100.0
    assert rule.mobile_broadband_technologies == ("3G", "4G", "5G")
    assert rule.version != load_coverage_rule().version


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("value: -105", "value: -85", "tiers must rise"),
        ("value: outdoor", "value: outside", "not a tier: outside"),
        ("value: [4G, 5G]", "value: [4G, 6G]", "6G"),
        ("value: -105", "value: -10", "above the maximum"),
        (
            "\n  covered_tier:",
            "\n  technology_tiers: {5G: {outdor: {value: -100, unit: dBm, source: product}}}\n  covered_tier:",
            "no tier: outdor",
        ),
    ],
)
def test_contradictions_are_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        load_coverage_rule(parameters_dir=own(tmp_path, SHIPPED.replace(old, new, 1)))
