"""In a terminal too narrow for a table its rows stand one below the other; no word or figure is broken."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

import api.cli.output as printing

COLUMNS = ["Mã", "Doanh nghiệp", "Tỷ lệ dân số có sóng"]
ROWS: list[list[Any]] = [["66", "mobifone", 0.968], ["67", "vietnamobile", None]]


def shown(monkeypatch: pytest.MonkeyPatch, width: int, *, terminal: bool = True) -> str:
    """Return a table as it looks on a terminal, or in a file, so many letters wide."""
    file = io.StringIO()
    printer = Console(file=file, width=width, force_terminal=terminal, no_color=True, color_system=None)
    monkeypatch.setattr(printing, "console", lambda **_: printer)
    printing.print_table("Tỷ lệ", COLUMNS, ROWS, note="số liệu minh họa", language="vi")
    return file.getvalue()


def test_a_table_that_fits_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, 60).count("Doanh") == 1


def test_rows_of_one_that_does_not_stand_below_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, 27)
    assert text.count("Doanh") == len(ROWS)
    for words in ("mobifone", "vietnamobile", "0,968", "–", "số liệu minh họa"):
        assert words in text
    assert max(map(len, text.splitlines())) <= 27


def test_where_there_is_just_room_columns_are_as_wide_as_their_words(monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(monkeypatch, 32)
    assert text.count("Doanh") == 1
    for words in ("mobifone", "vietnamobile", "0,968"):
        assert words in text


def test_a_file_has_tables_however_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, 32, terminal=False).count("Doanh") == 1
