"""Brings the files of an import into one batch of rows under the field names of their kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from geo.errors import BadInputError, UnreadableFileError
from geo.intake.coordinates import parse_crs
from geo.intake.formulas import report_formulas
from geo.intake.headers import HeaderWords, mapped_columns
from geo.intake.layout import count_header_matches, find_table
from geo.intake.problems import ProblemLog
from geo.intake.sources import SourceFile
from geo.intake.spreadsheets import read_text_table, read_workbook
from geo.intake.tables import Batch, Matrix, RawTable, build_batch
from geo.intake.vectors import read_layers

TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
_WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


def read_batch(
    files: Sequence[SourceFile],
    *,
    kind: str,
    log: ProblemLog,
    sheet: str | None = None,
    column_map: Mapping[str, str] | None = None,
    crs: str | None = None,
) -> Batch:
    """Return the rows of all files; a file that cannot be read is an error of the log while others can.

    Raises:
        BadInputError: no file could be read; the error of the first one.
    """
    words = HeaderWords.of_kind(kind, column_map)
    tables: list[tuple[RawTable, dict[int, str]]] = []
    first_error: BadInputError | None = None
    for file in files:
        for name, path in file.members:
            try:
                read = read_tables(path, name, words, log, sheet)
                tables += [(table, mapped_columns(table, words, log)) for table in read]
            except BadInputError as error:
                first_error = first_error or error
                if len(files) > 1 or len(file.members) > 1:
                    log.add(error.code, file=name, vi=error.vi, en=error.en)
    if not tables:
        raise first_error or UnreadableFileError("There is nothing to read.", "Không có gì để đọc.")
    for table, _ in tables:
        if crs and table.crs and parse_crs(crs) != parse_crs(table.crs):
            log.add("crs_overridden", file=table.file, sheet=table.sheet, own=parse_crs(table.crs).name, used=crs)
    batch = build_batch(tables, log)
    report_formulas(batch)
    return batch


def read_tables(path: Path, name: str, words: HeaderWords, log: ProblemLog, sheet: str | None) -> list[RawTable]:
    """Return the tables of one file.

    Raises:
        BadInputError: it cannot be read, or has no header of the kind.
    """
    suffix = path.suffix.lower()
    if suffix in TEXT_SUFFIXES:
        matrix = read_text_table(path, name, log, count_matches=lambda rows: count_header_matches(rows, words))
        return _tables([matrix], words, log, chosen=True)
    if suffix in _WORKBOOKS:
        return _tables(_chosen(read_workbook(path, name), sheet, name), words, log, chosen=sheet is not None)
    return read_layers(path, name, log, sheet)


def _chosen(matrices: list[Matrix], sheet: str | None, name: str) -> list[Matrix]:
    if sheet is None:
        return matrices
    found = [matrix for matrix in matrices if matrix.sheet == sheet]
    if not found:
        names = ", ".join(str(matrix.sheet) for matrix in matrices)
        raise BadInputError(
            f"{name} has no sheet '{sheet}'; its sheets: {names}.",
            f"{name} không có trang tính '{sheet}'; các trang tính: {names}.",
        )
    return found


def _tables(matrices: Sequence[Matrix], words: HeaderWords, log: ProblemLog, *, chosen: bool) -> list[RawTable]:
    """Return the tables of the sheets; a sheet without a header of the kind is left out with a warning."""
    found = []
    for matrix in matrices:
        table = find_table(matrix, words, log)
        if table is None:
            if not chosen and len(matrices) > 1:
                log.add("sheet_ignored", file=matrix.file, sheet=matrix.sheet)
                continue
            raise no_header(matrix, words)
        if not table.rows:
            raise no_rows(matrix.file)
        found.append(table)
    if not found:
        raise no_header(matrices[0], words)
    return found


def no_rows(name: str) -> UnreadableFileError:
    """Return the error for a table that ends with its header."""
    return UnreadableFileError(
        f"{name} has a header but no rows below it.", f"{name} có dòng tiêu đề nhưng không có dòng số liệu nào."
    )


def no_header(matrix: Matrix, words: HeaderWords) -> UnreadableFileError:
    """Return the error for a table in which no row reads like a header of the kind."""
    shown = next((", ".join(str(c) for c in row if c not in ("", None)) for row in matrix.rows if any(row)), "")[:200]
    fields = ", ".join(words.fields)
    return UnreadableFileError(
        f"{matrix.file}: no header row for {words.kind} was found; the first row reads '{shown}'. "
        f"Name the columns with --map column=field (fields: {fields}).",
        f"{matrix.file}: không tìm thấy dòng tiêu đề cho loại {words.kind}; dòng đầu là '{shown}'. "
        f"Hãy chỉ rõ cột bằng --map cột=trường (các trường: {fields}).",
    )
