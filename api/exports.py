"""Tables as files for spreadsheets: headings in the reader's language, provenance in every row, nothing that runs."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.headings import heading, terrain_words, word
from maps.legends import import_kind_names

# A spreadsheet takes a text that begins with one of these for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# With a byte order mark Excel reads the file as UTF-8.
_CSV_ENCODING = "utf-8-sig"
_PROVENANCE = (
    "as_of",
    "data_label",
    "illustrative_kinds",
    "operators_without_list",
    "assessment_id",
    "stale",
    "calibration",
    "terrain",
    "cells_defaulted_share",
    "exported_at",
    "exported_by",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A table to write: names of the fields, the rows, and where they come from."""

    name: str
    fields: Sequence[str]
    rows: Iterable[Mapping[str, Any]]
    envelope: Mapping[str, Any]
    exported_by: str
    language: str

    def filename(self, ending: str) -> str:
        """Name of the file, with the date of the figures."""
        marked = "-minh-hoa" if self.envelope.get("illustrative") else ""
        return f"phusong-{self.name}-{self.envelope.get('as_of') or 'chua-tinh'}{marked}.{ending}"

    def table(self) -> list[list[Any]]:
        """Return the heading and the rows; every row says what it comes from, so that it may be copied elsewhere."""
        provenance = self._provenance()
        head = [heading(name, self.language) for name in (*self.fields, *_PROVENANCE)]
        return [head, *([*self._cells(row), *provenance] for row in self.rows)]

    def _cells(self, row: Mapping[str, Any]) -> list[Any]:
        return [_cell(name, row.get(name), self.language) for name in self.fields]

    def _provenance(self) -> list[Any]:
        label = "illustrative" if self.envelope.get("illustrative") else "real"
        return [
            self.envelope.get("as_of"),
            word("data_label", label, self.language),
            import_kind_names(self.envelope.get("illustrative_kinds") or (), self.language),
            safe_text("; ".join(one["name"] for one in self.envelope.get("operators_without_list") or ())),
            self.envelope.get("assessment_id"),
            *self._standing(),
            terrain_words(terrain, self.language) if (terrain := self.envelope.get("terrain")) is not None else None,
            self.envelope.get("cells_defaulted_share"),
            dt.datetime.now(dt.UTC).astimezone().isoformat(timespec="seconds"),
            safe_text(self.exported_by),
        ]

    def _standing(self) -> tuple[str | None, str | None]:
        """Return whether newer data were imported, and the calibration; neither where there is no assessment."""
        stale = self.envelope.get("stale")
        if stale is None:
            return None, None
        calibration = self.envelope.get("calibration")
        return (
            word("stale", "newer" if stale else "newest", self.language),
            word("calibration", "uncalibrated", self.language) if calibration is None else safe_text(calibration),
        )


def csv_bytes(export: Export) -> bytes:
    """Return the export as CSV in UTF-8 with a byte order mark, comma separated, CRLF (RFC 4180)."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(export.table())
    return out.getvalue().encode(_CSV_ENCODING)


def xlsx_bytes(export: Export) -> bytes:
    """Return the export as an Excel workbook with one sheet; texts are written as texts, never as formulas."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet(export.name[:31])
    sheet.freeze_panes = "A2"
    for number, row in enumerate(export.table()):
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet, value=value)
            if isinstance(value, str):
                cell.data_type = "s"
            if number == 0:
                cell.font = Font(bold=True)
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def safe_text(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, without characters that a workbook cannot hold."""
    printable = "".join(letter for letter in text if letter >= " " or letter in "\t\n\r")
    return "'" + printable if printable.startswith(_FORMULA_STARTS) else printable


def _cell(field: str, value: Any, language: str) -> Any:
    if value is None or isinstance(value, (int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return safe_text("; ".join(str(_cell(field, item, language)) for item in value))
    if isinstance(value, Mapping):  # a reason in both languages
        return str(value.get("vi" if language == "vi" else "en", ""))
    return safe_text(word(field, str(value), language))


VILLAGE_FIELDS = (
    "id",
    "code",
    "name",
    "commune_code",
    "commune_name",
    "lon",
    "lat",
    "households",
    "population",
    "grid_power",
    "flags",
    "technology",
    "operator",
    "state",
    "level_dbm",
    "tier",
    "reasons",
)


def village_rows(villages: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """Yield one row for each village, technology and operator; a village without any status keeps one row."""
    for village in villages:
        for status in village["statuses"] or [{}]:
            yield {**village, **status}
