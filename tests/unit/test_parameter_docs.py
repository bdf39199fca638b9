"""The reference pages tell what the parameter files say."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from geo.domain.metrics import Quantity
from geo.domain.target_words import STATE_WORDS
from geo.domain.villages import VillageState
from geo.parameters.loader import load_parameters
from geo.parameters.schema import Parameter
from geo.parameters.targets_schema import TargetEntry, load_targets

DOCS = Path(__file__).parents[2] / "docs/reference"
TARGETS = (DOCS / "targets.md").read_text(encoding="utf-8")
RULES = (DOCS / "rules.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("target", load_targets().targets, ids=lambda target: target.id)
def test_every_target_is_documented_with_its_values(target: TargetEntry) -> None:
    line = next(line for line in TARGETS.splitlines() if line.startswith(f"| {target.id} |"))
    for entry in target.milestones:
        if entry.value is not None:
            assert f"{entry.value:g}" in line
        if entry.deadline is not None:
            assert entry.deadline.isoformat() in line
    assert target.kind.value in line
    assert str(target.source.file) in line
    assert all(reading.id in line for reading in target.readings)


def test_every_state_and_quantity_is_documented() -> None:
    assert all(f"`{state.value}`" in TARGETS for state in STATE_WORDS)
    assert all(f"`{state.value}`" in RULES for state in VillageState)
    hidden = {Quantity.HOUSEHOLDS, Quantity.BASELINE_WITH_POWER, Quantity.BASELINE_REMAINING}
    assert all(f"`{quantity.value}`" in TARGETS for quantity in set(Quantity) - hidden)


def test_the_example_of_dated_values_is_a_parameter() -> None:
    page = (DOCS.parent / "how-to/change-a-parameter.md").read_text(encoding="utf-8")
    example = yaml.safe_load(page.split("```yaml\n")[1].split("```")[0])["outdoor"]
    example["source"] = {"document": "Thử", "clause": "1", "status": "unverified"}
    parameter = Parameter.model_validate(example)
    assert (parameter.at(date(2026, 12, 31)), parameter.at(date(2027, 1, 1))) == (-105, -103)


def test_every_value_of_the_rule_is_documented() -> None:
    parameters = load_parameters("rules/coverage").parameters
    for key, parameter in parameters.items():
        if key.startswith("comparison."):
            continue
        line = next(line for line in RULES.splitlines() if line.startswith(f"| `{key}` |"))
        value = parameter.at()
        words = value if isinstance(value, tuple) else (value,)
        for word in words:
            assert (str(word).lower() if isinstance(word, bool) else f"{word}") in line
        assert parameter.unit in line


@pytest.mark.parametrize("name", ["intake/limits", "intake/units"])
def test_every_number_of_intake_is_documented(name: str) -> None:
    page = (DOCS / "intake-parameters.md").read_text(encoding="utf-8")
    for key, parameter in load_parameters(name).parameters.items():
        line = next(line for line in page.splitlines() if line.startswith(f"| `{key}` |"))
        value = parameter.at()
        assert all(str(word) in line for word in (value if isinstance(value, tuple) else (value,)))
        assert parameter.unit in line
