"""Rules of the house that no other tool holds: short files and functions, no machine's paths, no registry's address."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import REPOSITORY

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
LONGEST_SCRIPT = 300
# Written by alembic as one list of every table.
LONG_BY_NATURE = ("geo/store/migrations/versions/",)


def _tracked(*patterns: str) -> list[Path]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    names = [name for name in listed.split("\0") if name and not name.startswith(LONG_BY_NATURE)]
    return [path for path in map(REPOSITORY.joinpath, names) if path.is_file()]


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _name(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def test_files_stay_short() -> None:
    lengths = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in _tracked("*.py")}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}
    scripts = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in _tracked("maps/*.js")}
    assert scripts
    assert {name: length for name, length in scripts.items() if length > LONGEST_SCRIPT} == {}


def test_functions_fit_a_screen() -> None:
    lengths = {
        f"{_name(path)}:{function.name}": (function.end_lineno or 0) - function.lineno + 1
        for path in _tracked("geo/*.py", "api/*.py", "maps/*.py", "data/*.py")
        for function in _functions(path)
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def test_no_path_of_a_machine_and_no_registry_is_named() -> None:
    foreign = re.compile(r"/(?:root|home/\w+|work)/\w|\b(?:pypi\.org|registry\.npmjs\.org|files\.pythonhosted\.org)\b")
    own = Path(__file__)
    found = [
        f"{_name(path)}: {match.group()}"
        for path in _tracked("*.py", "*.md", "*.yaml", "*.yml", "*.toml", "*.json", "*.lock", "*.html", "run", "test")
        if path != own and (match := foreign.search(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_nothing_is_left_for_later() -> None:
    later = re.compile(r"\bTODO\b|\bFIXME\b|\bXXX\b|raise NotImplementedError")
    own = Path(__file__)
    found = [_name(path) for path in _tracked("*.py") if path != own and later.search(path.read_text(encoding="utf-8"))]
    assert found == []
