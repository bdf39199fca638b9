"""The reference page of the radio parameters tells what the files say."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.parameters.loader import load_parameters

PAGE = (Path(__file__).parents[3] / "docs/reference/radio-parameters.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["bands", "defaults", "clutter", "calibration", "uncertainty", "entry"])
def test_every_radio_parameter_is_documented(name: str) -> None:
    section = PAGE.split(f"`radio/{name}.yaml`")[1].split("\n## ")[0]
    for key, parameter in load_parameters(f"radio/{name}").parameters.items():
        line = next(line for line in section.splitlines() if line.startswith(f"| `{key}` |"))
        value = parameter.at()
        for word in value if isinstance(value, tuple) else (value,):
            assert f"{word}" in line
        assert f"| {parameter.unit} |" in line
        assert parameter.source.status in line
