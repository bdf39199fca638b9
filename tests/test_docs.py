"""The documents say what is true: every command, route, parameter, setting and data file is there, every link holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.core import TyperGroup

from api.app import create_app
from api.cli import app as command_line
from geo.settings import Settings
from tests.conftest import REPOSITORY

DOCS = REPOSITORY / "docs"
PAGES = sorted([*REPOSITORY.glob("*.md"), *DOCS.rglob("*.md")])


def _text(*parts: str) -> str:
    return REPOSITORY.joinpath(*parts).read_text(encoding="utf-8")


def _commands(group: TyperGroup, before: str = "phusong") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _commands(command, f"{before} {name}")
        else:
            yield f"{before} {name}"


def test_every_command_is_documented() -> None:
    group = typer.main.get_group(command_line)
    assert isinstance(group, TyperGroup)
    text = _text("docs", "reference", "cli.md")
    assert [name for name in _commands(group) if f"`{name}" not in text] == []


def test_every_option_of_every_command_is_documented() -> None:
    text = _text("docs", "reference", "cli.md")
    missing = []
    stack: list[tuple[str, Any]] = [("phusong", typer.main.get_group(command_line))]
    while stack:
        name, command = stack.pop()
        if isinstance(command, TyperGroup):
            stack += [(f"{name} {child}", each) for child, each in command.commands.items()]
            continue
        options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        missing += [f"{name} {option}" for option in options - {"--help"} if option not in text]
    assert sorted(missing) == []


def test_every_route_is_documented(tmp_path: Path) -> None:
    paths = create_app(Settings(home=tmp_path)).openapi()["paths"]
    assert paths
    text = _text("docs", "reference", "api.md")
    assert [path for path in paths if path not in text] == []


def test_every_parameter_file_is_documented() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in (DOCS / "reference").glob("*.md"))
    files = sorted((REPOSITORY / "geo" / "parameters").rglob("*.yaml"))
    assert files
    names = [file.relative_to(REPOSITORY / "geo" / "parameters").as_posix() for file in files]
    assert [name for name in names if name not in text] == []


def test_every_data_file_is_documented() -> None:
    text = _text("docs", "reference", "illustrative-data.md")
    files = [
        file.relative_to(REPOSITORY).as_posix()
        for file in sorted((REPOSITORY / "data").rglob("*"))
        if file.is_file() and file.suffix != ".py" and file.name != "SOURCES.yaml" and "__pycache__" not in file.parts
    ]
    assert files
    assert [name for name in files if name not in text] == []


def test_every_setting_is_documented() -> None:
    text = _text("docs", "reference", "settings.md")
    assert [name for name in Settings.model_fields if f"`PHUSONG_{name.upper()}`" not in text] == []


def test_every_decision_is_in_the_index() -> None:
    index = _text("docs", "adr", "README.md")
    records = sorted((DOCS / "adr").glob("0*.md"))
    assert records
    assert [record.name for record in records if f"]({record.name})" not in index] == []


def test_both_readmes_give_the_same_commands() -> None:
    def blocks(text: str) -> list[list[str]]:
        found = re.findall(r"```bash\n(.*?)```", text, re.S)
        return [[line.split("#")[0].strip() for line in block.splitlines()] for block in found]

    assert blocks(_text("README.md")) == blocks(_text("README.vi.md"))
    assert blocks(_text("README.md"))


def test_changelog_has_a_place_for_numbers_that_change() -> None:
    text = _text("CHANGELOG.md")
    assert "## Unreleased" in text
    assert "### Numbers change" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_relative_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text)]
    broken = [
        target
        for target in targets
        if target and not re.match(r"[a-z]+:", target) and not (page.parent / target).exists()
    ]
    assert broken == []
