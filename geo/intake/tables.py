"""The one form that every foreign file is brought into: a table of raw values with the place of each in its file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.domain.codes import nfc
from geo.intake.problems import ProblemLog, problem_catalogue

# Longer than any name, code or address; an index of the database takes at most 2,704 bytes.
LONGEST_TEXT = 500

Geometries = NDArray[np.object_]


@dataclass(frozen=True)
class Matrix:
    """Cells of a sheet or text file as read; `row_numbers` count from 1 as a person does."""

    file: str
    sheet: str | None
    rows: list[list[Any]]
    row_numbers: list[int]


@dataclass(frozen=True)
class RawTable:
    """Rows below a header, or features of a layer.

    `header` has one label per column; of a header over two rows the label joins both with " / ". `geometry` is None
    for files without shapes, `crs` what the file itself says. `overfull` are the rows, by position, that have more
    cells than the header, with the number of these.
    """

    file: str
    sheet: str | None
    header: tuple[str, ...]
    rows: list[list[Any]]
    row_numbers: list[int]
    geometry: Geometries | None = None
    crs: str | None = None
    overfull: Mapping[int, int] = field(default_factory=dict)

    def raw_row(self, index: int) -> dict[str, Any]:
        """Return one row by label, without empty cells; cells beyond the header by their number, as [15]."""
        row = self.rows[index]
        labels = [*self.header, *(f"[{number}]" for number in range(len(self.header) + 1, len(row) + 1))]
        return {label: value for label, value in zip(labels, row, strict=False) if not is_blank(value)}


def is_blank(value: object) -> bool:
    """Tell whether a cell says nothing: empty, spaces, a dash, or not a number."""
    if value is None:
        return True
    if isinstance(value, str):
        return value.strip() in ("", "-", "–", "—", "null", "NULL", "None", "NaN", "nan", "N/A", "n/a", "#N/A")
    return isinstance(value, float) and value != value


def text_of(value: object) -> str | None:
    """Return a cell as text in NFC, whole numbers without ".0", or None when it says nothing."""
    if is_blank(value):
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    # PostgreSQL has no NUL in text.
    return nfc(str(value).replace("\x00", "")) or None


@dataclass(frozen=True, slots=True)
class Origin:
    """One table's part of a batch: where its rows begin, and which column each field was read from."""

    table: RawTable
    start: int
    labels: dict[str, str]


@dataclass
class Batch:
    """Rows of all files of an import under the field names of its kind, in columns; `bad` marks rows with an error.

    `written` has the values of fields that were brought to another unit as they stand in the files, with that unit;
    `stated` the rows in which a field names its unit, for those that are guessed without one.
    """

    size: int
    fields: dict[str, list[Any]]
    origins: list[Origin]
    log: ProblemLog
    geometry: Geometries | None = None
    table_crs: list[str | None] = field(default_factory=list)
    written: dict[str, tuple[list[Any], str]] = field(default_factory=dict)
    stated: dict[str, set[int]] = field(default_factory=dict)
    bad: NDArray[np.bool_] = field(init=False)
    folded: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self.bad = np.zeros(self.size, dtype=bool)
        self.folded = np.zeros(self.size, dtype=bool)
        self._hidden: set[int] = set()
        self._starts = np.array([origin.start for origin in self.origins], dtype=np.int64)

    def has(self, name: str) -> bool:
        """Tell whether any file has a column for the field."""
        return name in self.fields

    def column(self, name: str) -> list[Any]:
        """Return the raw values of a field, None where a file has no such column."""
        return self.fields.get(name) or [None] * self.size

    def texts(self, name: str) -> list[str | None]:
        """Return a field as text."""
        if name not in self.fields:
            return [None] * self.size
        return self.parsed(name, text_of)

    def parsed(self, name: str, parse: Callable[[Any], Any]) -> list[Any]:
        """Return a field passed through `parse`, which is called once for each distinct value."""
        known: dict[tuple[type, Any], Any] = {}
        result = []
        for value in self.column(name):
            key = (type(value), value)
            if key not in known:
                known[key] = parse(value)
            result.append(known[key])
        return result

    def origin_of(self, index: int) -> Origin:
        """Return the part that a row belongs to."""
        return self.origins[int(np.searchsorted(self._starts, index, side="right")) - 1]

    def usable(self) -> NDArray[np.intp]:
        """Return the indexes of rows without an error that were not folded into another."""
        return np.flatnonzero(~self.bad & ~self.folded)

    def report(
        self,
        code: str,
        indexes: Iterable[int],
        *,
        name: str | None = None,
        value: object = None,
        secret: bool = False,
        **context: object,
    ) -> None:
        """Note a problem for each row; an error makes the row unusable and keeps it, as read, in the record.

        Of a `secret` row nothing is kept but its number, also of its earlier and later problems.
        """
        error = problem_catalogue()[code].severity == "error"
        for index in indexes:
            index = int(index)
            hidden = self._hide(index) if secret else index in self._hidden
            origin = self.origin_of(index)
            position = index - origin.start
            column = origin.labels.get(name) if name else None
            shown = value if value is not None else self._shown(name, index)
            self.log.add(
                code,
                file=origin.table.file,
                sheet=origin.table.sheet,
                row=origin.table.row_numbers[position],
                column=column or name,
                value=None if hidden else shown,
                raw_row=origin.table.raw_row(position) if error and not hidden else None,
                context=context,
            )
            if error:
                self.bad[index] = True

    def _hide(self, index: int) -> bool:
        self._hidden.add(index)
        table = self.origin_of(index).table
        self.log.forget_row(file=table.file, sheet=table.sheet, row=self.row_number(index))
        return True

    def _shown(self, name: str | None, index: int) -> object:
        """Return a value as the file has it, with what it became in another unit."""
        if name is None or name not in self.fields:
            return None
        value = self.fields[name][index]
        if name not in self.written:
            return value
        raw, unit = self.written[name][0][index], self.written[name][1]
        if raw is None:
            return value
        return f"{raw} (= {value:.6g} {unit})" if isinstance(value, float) and value != raw else raw

    def report_folded(
        self, code: str, indexes: Sequence[int] | NDArray[np.intp], *, name: str | None = None, **context: object
    ) -> None:
        """Note one problem for many rows of the import, with their number and the first of them."""
        if len(indexes) == 0:
            return
        first = int(indexes[0])
        origin = self.origin_of(first)
        self.log.add(
            code,
            file=origin.table.file,
            sheet=origin.table.sheet,
            row=origin.table.row_numbers[first - origin.start],
            column=(origin.labels.get(name) or name) if name else None,
            count=len(indexes),
            context=context,
        )

    def refuse_long_texts(self) -> None:
        """Note each text that is too long to be a name, a code or an address."""
        for name, values in self.fields.items():
            long = [i for i, value in enumerate(values) if isinstance(value, str) and len(value) > LONGEST_TEXT]
            for index in (i for i in long if not self.bad[i]):
                self.report("text_too_long", [index], name=name, length=len(values[index]), longest=LONGEST_TEXT)

    def fold_equal_rows(self, code: str = "duplicate_row") -> None:
        """Fold each row that repeats an earlier one in every cell and in its shape."""
        seen: dict[Any, int] = {}
        for index in range(self.size):
            origin = self.origin_of(index)
            position = index - origin.start
            shape = None if self.geometry is None else self.geometry[index]
            key = (origin.table.header, tuple(origin.table.rows[position]), None if shape is None else shape.wkb)
            first = seen.setdefault(key, index)
            if first != index:
                self.folded[index] = True
                self.report_repeated(code, index, first=first)

    def report_repeated(
        self, code: str, index: int, *, first: int, name: str | None = None, value: object = None
    ) -> None:
        """Note that a row repeats the row `first`, and in which other file or sheet that one is."""
        own, other = self.origin_of(index).table, self.origin_of(first).table
        place_vi, place_en = "", ""
        if own.file != other.file:
            place_vi, place_en = f" của tệp {other.file}", f" of the file {other.file}"
        elif own is not other:
            place_vi, place_en = f" của trang tính {other.sheet}", f" of the sheet {other.sheet}"
        row = self.row_number(first)
        self.report(code, [index], name=name, value=value, first_row=row, place_vi=place_vi, place_en=place_en)

    def row_number(self, index: int) -> int:
        """Return the number of a row as a person counts it."""
        origin = self.origin_of(index)
        return origin.table.row_numbers[index - origin.start]


def build_batch(tables: Sequence[tuple[RawTable, dict[int, str]]], log: ProblemLog) -> Batch:
    """Join tables, each with the field of its columns by position, into one batch."""
    names = dict.fromkeys(name for _, mapping in tables for name in mapping.values())
    size = sum(len(table.rows) for table, _ in tables)
    fields: dict[str, list[Any]] = {name: [] for name in names}
    origins, start = [], 0
    for table, mapping in tables:
        positions = {name: position for position, name in mapping.items()}
        for name, values in fields.items():
            values.extend(_column(table, positions.get(name)))
        labels = {name: table.header[position] for name, position in positions.items()}
        origins.append(Origin(table, start, labels))
        start += len(table.rows)
    batch = Batch(size, fields, origins, log, _joined_geometry(tables), [table.crs for table, _ in tables])
    _report_overfull_rows(batch)
    return batch


def _report_overfull_rows(batch: Batch) -> None:
    """Note each row with more cells than the header: in which columns its values belong nobody can say."""
    for origin in batch.origins:
        headings = _width(origin.table.header)
        for position, cells in origin.table.overfull.items():
            batch.report("row_overfull", [origin.start + position], cells=cells, headings=headings)


def overfull_rows(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[int, int]:
    """Return the rows with more cells than the header by position, with how many; blank last ones do not count."""
    width = _width(header)
    wide = {position: _filled_width(row) for position, row in enumerate(rows) if len(row) > width}
    return {position: cells for position, cells in wide.items() if cells > width}


def _width(header: Sequence[str]) -> int:
    return max((position for position, label in enumerate(header, start=1) if label), default=0)


def _filled_width(row: Sequence[Any]) -> int:
    return max((position for position, value in enumerate(row, start=1) if not is_blank(value)), default=0)


def _column(table: RawTable, position: int | None) -> Iterator[Any]:
    for row in table.rows:
        value = row[position] if position is not None and position < len(row) else None
        yield None if is_blank(value) else value


def _joined_geometry(tables: Sequence[tuple[RawTable, dict[int, str]]]) -> Geometries | None:
    if all(table.geometry is None for table, _ in tables):
        return None
    parts = [
        table.geometry if table.geometry is not None else np.full(len(table.rows), None, dtype=object)
        for table, _ in tables
    ]
    return np.concatenate(parts)
