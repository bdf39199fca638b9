"""The page on import formats knows every field, class and problem of the program."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest
import yaml

from geo.intake.headers import HeaderWords
from geo.intake.problems import problem_catalogue

PAGE = (Path(__file__).parents[3] / "docs/reference/import-formats.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ["boundaries", "villages", "sites", "fibre", "places", "roads", "measurements"])
def test_every_field_is_documented(kind: str) -> None:
    section = PAGE.partition(f"\n## {kind}\n")[2].partition("\n## ")[0]
    assert [field for field in HeaderWords.of_kind(kind).fields if f"| `{field}` |" not in section] == []


def test_every_problem_is_documented() -> None:
    assert [code for code in problem_catalogue() if f"| `{code}` |" not in PAGE] == []


@pytest.mark.parametrize("listed", ["place_class", "road_class"])
def test_every_class_is_documented(listed: str) -> None:
    words = yaml.safe_load(resources.files("geo.intake").joinpath("words.yaml").read_text(encoding="utf-8"))
    assert [name for name in words[listed] if f"- `{name}`:" not in PAGE] == []
