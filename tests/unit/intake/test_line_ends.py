"""Text tables whose lines end with CR, LF or both, with signs that belong to no text."""

from __future__ import annotations

import csv as csv_format
from pathlib import Path

import pytest

from geo.errors import UnreadableFileError
from geo.intake.problems import ProblemLog
from geo.intake.spreadsheets import open_text_table, read_text_table

ROWS = [["tên", "mã", "kinh độ"], ["An", "A1", "108.1"], ["Bình", "B1", "108.2"], ["Cư", "C1", "108.3"]]
LINES = [",".join(row) for row in ROWS]


def _read(path: Path, content: str | bytes) -> tuple[list[list[str]], ProblemLog]:
    """Read a file both ways, whole and row by row; they must agree."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    log = ProblemLog()
    matrix = read_text_table(path, path.name, log, count_matches=len)
    with open_text_table(path, path.name, ProblemLog(), count_matches=len) as rows:
        streamed = list(rows)
    assert list(zip(matrix.rows, matrix.row_numbers, strict=True)) == streamed
    return [row for row in matrix.rows if row], log


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_end_of_lines_gives_the_same_rows(tmp_path: Path, end: str, encoding: str) -> None:
    for last in ("", end):
        rows, log = _read(tmp_path / "a.csv", (end.join(LINES) + last).encode(encoding))
        assert rows == ROWS
        assert [one.code for one in log if one.code != "encoding_guessed"] == []


def test_mixed_ends_between_whole_lines_are_ends(tmp_path: Path) -> None:
    rows, _ = _read(tmp_path / "a.csv", f"{LINES[0]}\r{LINES[1]}\n{LINES[2]}\r\n{LINES[3]}\n")
    assert rows == ROWS
    rows, _ = _read(tmp_path / "b.csv", f"{LINES[0]}\r{LINES[1]}\r{LINES[2]}\n{LINES[3]}\r")
    assert rows == ROWS


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_stray_end_within_a_field_is_a_blank(tmp_path: Path, end: str) -> None:
    stray = "\n" if end == "\r" else "\r"
    for at, value in ((1, f"Buôn{stray}Bình,B1,108.2"), (2, f"Bình,B{stray}1,108.2"), (3, f"Bình,B1,108.2{stray}x")):
        lines = [LINES[0], LINES[1], value, LINES[3]]
        rows, _ = _read(tmp_path / f"{at}.csv", end.join(lines) + end)
        assert rows == [ROWS[0], ROWS[1], value.replace(stray, " ").split(","), ROWS[3]]


def test_ends_inside_quotation_marks_stay_in_their_field(tmp_path: Path) -> None:
    for end, inside in (("\r", "\n"), ("\n", "\r"), ("\r", "\r"), ("\n", "\n")):
        lines = [LINES[0], f'"Buôn{inside}Bình, xa",B1,108.2', LINES[3]]
        rows, _ = _read(tmp_path / "a.csv", end.join(lines))
        assert [len(row) for row in rows] == [3, 3, 3]
        assert rows[1][0].split() == ["Buôn", "Bình,", "xa"]


def test_zero_bytes_are_dropped_with_a_warning(tmp_path: Path) -> None:
    rows, log = _read(tmp_path / "a.csv", "\n".join(LINES).replace("Bình", "B\0ình") + "\n\0\0")
    assert rows[:4] == ROWS
    (problem,) = log
    assert (problem.code, problem.count, problem.severity) == ("zero_bytes_dropped", 3, "warning")
    with pytest.raises(UnreadableFileError):
        _read(tmp_path / "b.csv", "\0" * 100)


def test_what_the_reader_cannot_take_is_said_in_words(tmp_path: Path) -> None:
    longest = csv_format.field_size_limit(1000)
    try:
        with pytest.raises(UnreadableFileError, match="from line 102") as caught:
            _read(tmp_path / "a.csv", "\n".join([LINES[0], *[LINES[1]] * 100, f"{'x' * 2000},A1,108.1"]))
        assert "dòng 102" in caught.value.vi
        with pytest.raises(UnreadableFileError, match="from line 2"):
            _read(tmp_path / "b.csv", f"{LINES[0]}\n{'x' * 2000},A1,108.1\n")
    finally:
        csv_format.field_size_limit(longest)


def test_a_row_with_line_ends_in_its_cells_counts_as_one(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'a,b\r\n"x\r\ny",1\r\n\r\nz,2\r\n')
    assert read_text_table(path, path.name, ProblemLog(), count_matches=len).row_numbers == [1, 2, 3, 4]
