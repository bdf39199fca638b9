"""Parameter files: what is read, what is refused, and what takes precedence."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from geo.errors import ParameterError
from geo.parameters.loader import list_files, load_parameters

SOURCES = """
sources:
  law: {document: Luật Viễn thông, clause: Điều 1, status: verified, issued_on: 2023-11-24}
"""
GOOD = f"""
version: "7"
title: {{vi: Thử, en: Trial}}
{SOURCES}
parameters:
  defaults:
    4G:
      height: {{value: 30, unit: m, source: law, minimum: 5, maximum: 150}}
  limit:
    unit: share
    source: {{use: law, clause: Điều 2, quote: "60 %", status: unverified}}
    values:
      - {{value: 0.6, valid_from: 2025-01-01, valid_to: 2029-12-31}}
      - {{value: 1, valid_from: 2030-01-01}}
  switch: {{value: false, unit: switch, source: law}}
  technologies: {{value: [4G, 5G], unit: list, source: law}}
"""


def write(folder: Path, text: str, name: str = "radio/own") -> Path:
    file = folder / f"{name}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return folder


def test_values_units_and_sources_are_read(tmp_path: Path) -> None:
    parameters = load_parameters("radio/own", parameters_dir=write(tmp_path, GOOD))
    assert parameters.number("defaults.4G.height") == 30.0
    assert parameters.flag("switch") is False
    assert parameters.items("technologies") == ("4G", "5G")
    assert list(parameters.under("defaults.4G")) == ["height"]
    assert parameters.parameter("limit").source.clause == "Điều 2"
    assert parameters.parameter("limit").source.document == "Luật Viễn thông"
    assert parameters.unverified() == ("limit",)
    assert parameters.version_string.startswith("radio/own@7+")


def test_value_depends_on_the_day(tmp_path: Path) -> None:
    parameters = load_parameters("radio/own", parameters_dir=write(tmp_path, GOOD))
    assert parameters.number("limit", date(2029, 12, 31)) == 0.6
    assert parameters.number("limit", date(2030, 1, 1)) == 1.0
    assert parameters.number("limit") == 1.0
    with pytest.raises(ParameterError, match="2024-12-31") as caught:
        parameters.number("limit", date(2024, 12, 31))
    assert "limit" in caught.value.vi


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("unit: m,", "", "defaults.4G.height.unit"),
        ("source: law, minimum", "source: lore, minimum", "'lore'"),
        ("value: 30", "value: 3", "below the minimum"),
        ("unit: list,", "unit: list, choices: [4G, 6G],", "5G is none of 4G, 6G"),
        ("value: 30", "valeu: 30, value: 30", "valeu"),
        ("value: 30", "value: 30, value: 31", "given twice"),
        ("value: 30", "value: .nan", "defaults.4G.height"),
        ("valid_from: 2030-01-01", "valid_from: 2029-01-01", "same day"),
        ('version: "7"', "", "missing: ['version']"),
        ("issued_on: 2023-11-24", "issued_on: 40/06/1976", "issued_on"),
        ("status: verified,", "status: perhaps,", "status"),
        ("  defaults:", "  def.aults:", "full stop"),
        ("switch:", "switch: [", "YAML"),
    ],
)
def test_wrong_file_is_refused_with_key_and_reason(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in GOOD
    with pytest.raises(ParameterError) as caught:
        load_parameters("radio/own", parameters_dir=write(tmp_path, GOOD.replace(old, new, 1)))
    assert words in caught.value.en
    assert "own.yaml" in caught.value.en
    assert "own.yaml" in caught.value.vi


def test_kind_of_value_is_checked(tmp_path: Path) -> None:
    parameters = load_parameters("radio/own", parameters_dir=write(tmp_path, GOOD))
    with pytest.raises(ParameterError, match="must be a number"):
        parameters.number("switch")
    with pytest.raises(ParameterError, match="true or false"):
        parameters.flag("limit")
    with pytest.raises(ParameterError, match="must be text"):
        parameters.word("limit")
    with pytest.raises(ParameterError, match="a list"):
        parameters.items("limit")
    with pytest.raises(ParameterError, match="'height' is missing"):
        parameters.number("height")


@pytest.mark.parametrize("text", ["", "- a\n- b\n"])
def test_file_without_keys_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ParameterError, match="not a mapping"):
        load_parameters("radio/own", parameters_dir=write(tmp_path, text))


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"radio/none\.yaml"):
        load_parameters("radio/none", parameters_dir=tmp_path)


def test_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    (tmp_path / "radio/own.yaml").write_bytes(GOOD.encode("utf-16"))
    with pytest.raises(ParameterError, match="UTF-8"):
        load_parameters("radio/own", parameters_dir=tmp_path)


def test_own_files_are_listed_beside_the_shipped_ones(tmp_path: Path) -> None:
    names = list_files("radio", parameters_dir=write(tmp_path, GOOD))
    assert "radio/own" in names
    assert set(list_files("radio")) < set(names)
