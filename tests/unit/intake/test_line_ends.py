"""Text tables with any line ends are the same table."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from geo.errors import UnreadableFileError
from geo.intake.problems import ProblemLog
from geo.intake.spreadsheets import open_text_table, read_text_table

LINES = ("name,lon", "Buôn A,108.1", '"Buôn ""B""",108.2')


def _width(rows: list[list[str]]) -> int:
    return max(map(len, rows), default=0)


def _read(path: Path) -> tuple[list[list[str]], list[int]]:
    """Rows and their numbers, equal from the whole file and in a stream."""
    whole = read_text_table(path, path.name, ProblemLog(), count_matches=_width)
    with open_text_table(path, path.name, ProblemLog(), count_matches=_width) as rows:
        streamed = list(rows)
    assert streamed == list(zip(whole.rows, whole.row_numbers, strict=True))
    return whole.rows, whole.row_numbers


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_every_line_end_is_read(tmp_path: Path, end: str, last: bool, encoding: str) -> None:
    path = tmp_path / "v.csv"
    path.write_bytes((end.join(LINES) + (end if last else "")).encode(encoding))
    assert _read(path) == ([["name", "lon"], ["Buôn A", "108.1"], ['Buôn "B"', "108.2"]], [1, 2, 3])


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_lone_cr_in_a_cell_is_a_blank(tmp_path: Path, end: str) -> None:
    path = tmp_path / "v.csv"
    path.write_bytes(end.join(["name,lon", "Buôn\rA,108.1", '"Buôn\rB",108.2']).encode())
    assert _read(path)[0][1:] == [["Buôn A", "108.1"], ["Buôn B", "108.2"]]


def test_a_table_that_cannot_be_read_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text("name,lon\n" + "x" * 200 + ",1\n", encoding="utf-8")
    before = csv.field_size_limit(100)
    try:
        with pytest.raises(UnreadableFileError) as caught:
            read_text_table(path, "v.csv", ProblemLog(), count_matches=_width)
    finally:
        csv.field_size_limit(before)
    assert "v.csv" in caught.value.vi
