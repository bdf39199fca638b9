"""`.env.example` documents every setting, with its true default, and can be used as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from geo.settings import Settings
from tests.conftest import REPOSITORY

EXAMPLE = REPOSITORY / ".env.example"


def _lines() -> dict[str, str]:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def test_every_setting_is_documented_and_nothing_else() -> None:
    assert set(_lines()) == {f"PHUSONG_{name.upper()}" for name in Settings.model_fields}


def test_the_values_shown_are_the_defaults() -> None:
    assert Settings(_env_file=EXAMPLE) == Settings()


def test_the_state_folder_does_not_depend_on_the_working_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings().home_path == REPOSITORY / ".phusong"
    assert Settings().data_dir == REPOSITORY / "data"


def test_impossible_values_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHUSONG_PORT", "70000")
    with pytest.raises(ValidationError, match="port"):
        Settings()
