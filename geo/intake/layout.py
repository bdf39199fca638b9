"""Finds the table in a sheet: header below title rows, headers over two rows, total rows and footers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from geo.domain.codes import normalise_label
from geo.intake.headers import HeaderWords
from geo.intake.legacy_text import find_repair
from geo.intake.problems import ProblemLog
from geo.intake.tables import Matrix, RawTable, is_blank, overfull_rows

_HEADER_SEARCH_ROWS = 40
_NUMBERING = re.compile(r"\(?\s*\d{1,2}\s*\)?|\([a-z]\)")
_TOTAL = re.compile(r"^(tong(?: cong| so| hop)?|cong(?: don| tong)?|total|grand total|sum)\b")


def _number_like(value: object) -> bool:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return True
    return isinstance(value, str) and any(c.isdigit() for c in value) and not any(c.isalpha() for c in value)


@dataclass(frozen=True, slots=True)
class _Header:
    first: int
    last: int
    labels: tuple[str, ...]
    matches: int


def find_table(matrix: Matrix, words: HeaderWords, log: ProblemLog) -> RawTable | None:
    """Return the rows below the header of a sheet, or None when no row reads like a header of the kind."""
    matrix = _repaired(matrix, log)
    header = _find_header(matrix.rows, words)
    if header is None:
        return None
    begin = header.last + 1
    while begin < len(matrix.rows) and _is_numbering(matrix.rows[begin]):
        begin += 1
    kept = _without_totals(matrix, begin, header, words, log)
    rows = [matrix.rows[index] for index in kept]
    numbers = [matrix.row_numbers[index] for index in kept]
    overfull = overfull_rows(header.labels, rows)
    return RawTable(matrix.file, matrix.sheet, header.labels, rows, numbers, overfull=overfull)


def count_header_matches(rows: Sequence[Sequence[Any]], words: HeaderWords) -> int:
    """Return how many fields the best header row names; for choosing among readings of a text file."""
    header = _find_header(rows, words)
    return 0 if header is None else header.matches


def _repaired(matrix: Matrix, log: ProblemLog) -> Matrix:
    texts = (value for row in matrix.rows for value in row if isinstance(value, str))
    repair = find_repair(texts)
    if repair is None:
        return matrix
    log.add("legacy_text_converted", file=matrix.file, sheet=matrix.sheet, encoding=repair.name)
    rows = [[repair.convert(value) if isinstance(value, str) else value for value in row] for row in matrix.rows]
    return Matrix(matrix.file, matrix.sheet, rows, matrix.row_numbers)


def _find_header(rows: Sequence[Sequence[Any]], words: HeaderWords) -> _Header | None:
    best: _Header | None = None
    for index, row in enumerate(rows[:_HEADER_SEARCH_ROWS]):
        for header in _candidates(rows, index, row):
            matches = words.count_fields(header.labels)
            if _is_row_of_data(header.labels, matches):
                continue
            if matches and (best is None or matches > best.matches):
                best = _Header(header.first, header.last, header.labels, matches)
    return best


def _is_row_of_data(labels: Sequence[str], matches: int) -> bool:
    """One known word among numbers ("4G" beside two coordinates) is a row of the data, not the header above it."""
    return matches == 1 and sum(_number_like(label) for label in labels) >= 2


def _candidates(rows: Sequence[Sequence[Any]], index: int, row: Sequence[Any]) -> list[_Header]:
    labels = tuple("" if is_blank(value) else str(value).strip() for value in row)
    single = _Header(index, index, labels, 0)
    if index + 1 >= len(rows) or not _can_be_second_row(row, rows[index + 1]):
        return [single]
    return [single, _Header(index, index + 1, _joined(labels, rows[index + 1]), 0)]


def _can_be_second_row(upper: Sequence[Any], lower: Sequence[Any]) -> bool:
    """A second header row has words only, and stands below a merged (so partly blank) first one."""
    filled = [position for position, value in enumerate(lower) if not is_blank(value)]
    if not filled or any(_number_like(lower[position]) for position in filled):
        return False
    return any(position >= len(upper) or is_blank(upper[position]) for position in filled)


def _joined(labels: Sequence[str], lower: Sequence[Any]) -> tuple[str, ...]:
    joined, parent = [], ""
    for position in range(max(len(labels), len(lower))):
        own = labels[position] if position < len(labels) else ""
        child = "" if position >= len(lower) or is_blank(lower[position]) else str(lower[position]).strip()
        parent = own or (parent if child else "")
        joined.append(f"{parent} / {child}" if parent and child else parent or child)
    return tuple(joined)


def _is_numbering(row: Sequence[Any]) -> bool:
    """Tell whether a row only numbers the columns: (1) (2) (3) …"""
    cells = [str(value).strip() for value in row if not is_blank(value)]
    if len(cells) < 3 or not all(_NUMBERING.fullmatch(cell.lower().removesuffix(".0")) for cell in cells):
        return False
    numbers = [int(found.group()) for cell in cells if (found := re.search(r"\d+", cell))]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True


def _without_totals(matrix: Matrix, begin: int, header: _Header, words: HeaderWords, log: ProblemLog) -> list[int]:
    columns = words.map_columns(header.labels)
    filled = {i: sum(not is_blank(v) for v in matrix.rows[i]) for i in range(begin, len(matrix.rows))}
    candidates = [index for index, count in filled.items() if count]
    typical = sorted(filled[index] for index in candidates)[len(candidates) // 2] if candidates else 0
    last_full = max((i for i in candidates if filled[i] > max(2, typical // 2)), default=begin - 1)
    kept = []
    for index in candidates:
        row = matrix.rows[index]
        if _is_total(row) and (_lacks_position(row, columns) or _is_count_of_codes(row, columns)):
            _ignore(matrix, index, "total_row_ignored", log)
        elif index > last_full and typical > 2 and _is_footer(row, columns):
            _ignore(matrix, index, "footer_ignored", log)
        else:
            kept.append(index)
    return kept


def _is_total(row: Sequence[Any]) -> bool:
    words = [value for value in row if isinstance(value, str) and not is_blank(value)]
    return bool(words) and _TOTAL.match(normalise_label(words[0])) is not None


_COORDINATE_FIELDS = frozenset({"lon", "lat", "x", "y", "coordinates"})
_POSITION_FIELDS = _COORDINATE_FIELDS | {"code", "village_code", "site_code"}


def _is_count_of_codes(row: Sequence[Any], columns: dict[int, str]) -> bool:
    """A total row that begins with the word and counts the rows below their codes has no coordinates all the same."""
    first = next(value for value in row if not is_blank(value))
    has_coordinates = any(name in _COORDINATE_FIELDS for name in columns.values())
    return isinstance(first, str) and has_coordinates and _lacks_position(row, columns, _COORDINATE_FIELDS)


def _lacks_position(row: Sequence[Any], columns: dict[int, str], fields: frozenset[str] = _POSITION_FIELDS) -> bool:
    """A row of the data has a code or a position; a total or a signature line has neither."""
    wanted = [position for position, name in columns.items() if name in fields]
    return all(
        position >= len(row) or is_blank(row[position]) or not any(c.isdigit() for c in str(row[position]))
        for position in wanted
    )


def _is_footer(row: Sequence[Any], columns: dict[int, str]) -> bool:
    """A line below the table ("Người lập biểu", a note) fills at most one of the columns of the table."""
    filled = sum(position < len(row) and not is_blank(row[position]) for position in columns)
    return filled <= 1 and _lacks_position(row, columns)


def _ignore(matrix: Matrix, index: int, code: str, log: ProblemLog) -> None:
    shown = next((str(value) for value in matrix.rows[index] if not is_blank(value)), "")
    log.add(code, file=matrix.file, sheet=matrix.sheet, row=matrix.row_numbers[index], value=shown)
