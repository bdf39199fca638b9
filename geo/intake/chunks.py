"""Reads large tables in parts of bounded size, with only the columns that the kind knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from geo.intake.headers import HeaderWords, mapped_columns
from geo.intake.layout import count_header_matches, find_table
from geo.intake.problems import ProblemLog
from geo.intake.readers import TEXT_SUFFIXES, no_header, no_rows, read_tables
from geo.intake.sources import SourceFile
from geo.intake.spreadsheets import open_text_table
from geo.intake.tables import Batch, Matrix, RawTable, build_batch

ROWS_AT_ONCE = 50_000
# Title rows, header and some rows below it, from which the layout of a text file is found out.
_HEAD_ROWS = 200
Clean = Callable[[Sequence[Any]], list[Any]]


def read_chunks(
    files: Sequence[SourceFile],
    *,
    kind: str,
    log: ProblemLog,
    sheet: str | None = None,
    column_map: Mapping[str, str] | None = None,
    clean: Clean = list,
    left_out: Callable[[RawTable], None] | None = None,
) -> Iterator[Batch]:
    """Yield the rows of all files in batches of at most `ROWS_AT_ONCE`.

    Of each row only the columns of known fields go on, through `clean`; nothing else of it can reach a record.
    `left_out` is called once for each table with all its headings. Files other than text are read as a whole first.

    Raises:
        BadInputError: a file cannot be read, or has no header of the kind.
    """
    words = HeaderWords.of_kind(kind, column_map)
    for file in files:
        for name, path in file.members:
            if path.suffix.lower() in TEXT_SUFFIXES:
                tables = _text_parts(path, name, words, log)
            else:
                tables = (part for table in read_tables(path, name, words, log, sheet) for part in _parts(table))
            yield from _batches(tables, words, log, clean, left_out)


def _batches(
    tables: Iterator[RawTable],
    words: HeaderWords,
    log: ProblemLog,
    clean: Clean,
    left_out: Callable[[RawTable], None] | None,
) -> Iterator[Batch]:
    columns: dict[int, str] = {}
    seen: tuple[str, ...] | None = None
    for table in tables:
        if table.header != seen:
            # Once for each table, so that its headings are reported once.
            seen, columns = table.header, mapped_columns(table, words, log)
            if left_out is not None:
                left_out(table)
        if table.rows:
            yield build_batch([_known_columns(table, columns, clean)], log)


def _known_columns(table: RawTable, columns: Mapping[int, str], clean: Clean) -> tuple[RawTable, dict[int, str]]:
    positions = sorted(columns)
    rows = [clean([row[at] if at < len(row) else None for at in positions]) for row in table.rows]
    header = tuple(table.header[at] for at in positions)
    kept = RawTable(table.file, table.sheet, header, rows, table.row_numbers, table.geometry, table.crs, table.overfull)
    return kept, {new: columns[old] for new, old in enumerate(positions)}


def _parts(table: RawTable) -> Iterator[RawTable]:
    for start in range(0, len(table.rows), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        shapes = None if table.geometry is None else np.asarray(table.geometry[part])
        numbers = table.row_numbers[part]
        overfull = {at - start: cells for at, cells in table.overfull.items() if start <= at < start + ROWS_AT_ONCE}
        yield RawTable(table.file, table.sheet, table.header, table.rows[part], numbers, shapes, table.crs, overfull)


def _text_parts(path: Path, name: str, words: HeaderWords, log: ProblemLog) -> Iterator[RawTable]:
    """Yield a text table in parts: the first tells the layout, the others are read below the same header."""
    with open_text_table(path, name, log, count_matches=lambda rows: count_header_matches(rows, words)) as lines:
        head = list(islice(lines, _HEAD_ROWS))
        first = _table(name, head, words, log)
        if not first.rows:
            raise no_rows(name)
        yield first
        header = (list(first.header), first.row_numbers[0] - 1)
        while part := list(islice(lines, ROWS_AT_ONCE)):
            yield _table(name, [header, *part], words, log)


def _table(name: str, lines: Sequence[tuple[list[str], int]], words: HeaderWords, log: ProblemLog) -> RawTable:
    matrix = Matrix(name, None, [row for row, _ in lines], [number for _, number in lines])
    table = find_table(matrix, words, log)
    if table is None:
        raise no_header(matrix, words)
    return table
