"""Reads text tables (CSV) and workbooks (XLSX, XLS, XLSB, ODS) into matrices of raw cells."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import python_calamine

from geo.errors import UnreadableFileError
from geo.intake.formulas import put_formulas
from geo.intake.legacy_text import decode
from geo.intake.line_ends import LineEnds, find_line_ends
from geo.intake.problems import ProblemLog
from geo.intake.tables import Matrix

_DELIMITERS = (";", ",", "\t", "|")
_PROBED_LINES = 60
_PROBED_CHARACTERS = 1_000_000
# A cell of a text table may hold a WKT polygon.
csv.field_size_limit(50_000_000)


def read_text_table(
    path: Path, name: str, log: ProblemLog, *, count_matches: Callable[[list[list[str]]], int]
) -> Matrix:
    """Return the cells of a CSV, TSV or other delimited file; encoding and delimiter are found out.

    The delimiter is the one with which the header names the most fields, then the one with the most even columns.

    Raises:
        UnreadableFileError: not text, or nothing in it.
    """
    text, _, ends = _find_form(path, name, log, count_matches)
    rows, numbers = [], []
    for row, number in _numbered(io.StringIO(text, newline=""), name, ends):
        rows.append(row)
        numbers.append(number)
    return Matrix(name, None, list(rows), numbers)


@contextmanager
def open_text_table(
    path: Path, name: str, log: ProblemLog, *, count_matches: Callable[[list[list[str]]], int]
) -> Iterator[Iterator[tuple[list[str], int]]]:
    """Give the rows of a delimited file one by one with their numbers; otherwise as `read_text_table`.

    Raises:
        UnreadableFileError: not text, or nothing in it.
    """
    _, encoding, ends = _find_form(path, name, log, count_matches)
    with path.open(encoding=encoding, newline="") as stream:
        yield _numbered(stream, name, ends)


def _find_form(
    path: Path, name: str, log: ProblemLog, count_matches: Callable[[list[list[str]]], int]
) -> tuple[str, str, LineEnds]:
    """Return text and encoding of a file, and its delimiter with how its lines end."""
    decoded = decode(path.read_bytes())
    if decoded is None:
        raise UnreadableFileError(
            f"{name} is not a text file in a known encoding; save it as CSV UTF-8 or as XLSX.",
            f"{name} không phải tệp văn bản với bảng mã nhận biết được; hãy lưu lại dạng CSV UTF-8 hoặc XLSX.",
        )
    text, encoding = decoded
    if "\0" in text:
        log.add("zero_bytes_dropped", file=name, count=text.count("\0"))
        text = text.replace("\0", "")
    if not text.strip():
        raise empty_file(name)
    if encoding not in ("utf-8", "utf-8-sig"):
        log.add("encoding_guessed", file=name, encoding=encoding)
    if "\ufffd" in text:
        log.add("text_damaged", file=name, count=text.count("\ufffd"))
    return text, encoding, find_line_ends(text, _find_delimiter(text, count_matches))


def _numbered(stream: TextIO, name: str, ends: LineEnds) -> Iterator[tuple[list[str], int]]:
    """Yield rows with their numbers as a spreadsheet counts them: a row with line ends within its cells is one.

    Raises:
        UnreadableFileError: no table, or a quotation mark without its other one has taken cells or rows together.
    """
    lines = _Lines(ends.lines(stream))
    reader = csv.reader(lines, delimiter=ends.delimiter)
    begin = 1
    try:
        for number, row in enumerate(reader, start=1):
            several = reader.line_num > begin
            if lines.ended and not several:
                return
            taken_together = several or any(ends.delimiter in cell for cell in row)
            if lines.ended or (taken_together and not _closes_its_quotes(lines.taken, ends.delimiter)):
                raise _open_quote(name, begin)
            yield row, number
            begin = reader.line_num + 1
            lines.taken.clear()
    except csv.Error as error:
        raise UnreadableFileError(
            f"{name} cannot be read as a table from line {begin} ({error}); save it again as CSV UTF-8 or XLSX.",
            f"Không đọc được {name} như bảng từ dòng {begin}; hãy lưu lại dạng CSV UTF-8 hoặc XLSX.",
        ) from error


class _Lines:
    """Lines on their way to the CSV reader: those of the row at hand, and an empty one behind the last.

    A row that takes the empty line in has a quotation mark that is never closed.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.taken: list[str] = []
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.taken.append(line)
            yield line
        self.ended = True
        yield "\n"


def _closes_its_quotes(lines: Sequence[str], delimiter: str) -> bool:
    """Tell whether each cell of a row that begins with a quotation mark ends with one."""
    try:
        return len(list(csv.reader(lines, delimiter=delimiter, strict=True))) == 1
    except csv.Error:
        return False


def _open_quote(name: str, line: int) -> UnreadableFileError:
    return UnreadableFileError(
        f'{name}: in the row that begins in line {line} a quotation mark (") opens a cell and does not close at its '
        "end, so that other cells or rows would be read into it. Close it, or write it twice where it is of the text.",
        f'{name}: ở dòng bắt đầu từ dòng thứ {line} có dấu ngoặc kép (") mở ô mà không đóng ở cuối ô, khiến các ô hoặc '
        "dòng sau bị đọc gộp vào. Hãy đóng dấu ngoặc kép, hoặc ghi đôi nếu nó thuộc nội dung.",
    )


def _find_delimiter(text: str, count_matches: Callable[[list[list[str]]], int]) -> str:
    # The head alone: a file may have a million lines.
    head = "\n".join(text[:_PROBED_CHARACTERS].splitlines()[:_PROBED_LINES])

    def quality(delimiter: str) -> tuple[int, int]:
        try:
            rows = [row for row in csv.reader(io.StringIO(head), delimiter=delimiter) if row]
        except csv.Error:
            # Said in words when the whole file is read.
            return 0, 0
        widths = [len(row) for row in rows]
        even = max((width * widths.count(width) for width in set(widths) if width > 1), default=0)
        return count_matches(rows), even

    return max(_DELIMITERS, key=quality)


def empty_file(name: str) -> UnreadableFileError:
    """Return the error for a file without any row."""
    return UnreadableFileError(f"{name} has no rows.", f"{name} không có dòng số liệu nào.")


def read_workbook(path: Path, name: str) -> list[Matrix]:
    """Return the cells of every visible sheet of a workbook, with row numbers as the spreadsheet shows them.

    Raises:
        UnreadableFileError: not a workbook, damaged, protected by a password, or without any row.
    """
    try:
        with path.open("rb") as stream, python_calamine.load_workbook(stream) as book:
            visible = [
                sheet.name
                for sheet in book.sheets_metadata
                if sheet.visible == python_calamine.SheetVisibleEnum.Visible
                and sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
            ]
            matrices = []
            for sheet in visible:
                rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
                put_formulas(path, sheet, rows)
                matrices.append(Matrix(name, sheet, rows, list(range(1, len(rows) + 1))))
    except (python_calamine.CalamineError, zipfile.BadZipFile, OSError, ValueError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UnreadableFileError(
            f"{name} cannot be read as a workbook ({reason}); if it has a password, remove it, else save it again.",
            f"Không đọc được {name} như bảng tính; nếu tệp có mật khẩu hãy gỡ bỏ, nếu không hãy lưu lại.",
        ) from error
    filled = [matrix for matrix in matrices if any(cell not in ("", None) for row in matrix.rows for cell in row)]
    if not filled:
        raise empty_file(name)
    return filled
