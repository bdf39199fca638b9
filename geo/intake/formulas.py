"""Formula cells of a workbook that was never calculated: they have no value, which must not pass for an empty cell."""

from __future__ import annotations

import html
import re
import zipfile
from pathlib import Path
from typing import Any

from geo.intake.tables import Batch

_POSITION_FIELDS = frozenset({"lon", "lat", "x", "y", "coordinates"})
_CELL = re.compile(
    rb'<c\b[^>]*?\br="([A-Z]+)([0-9]+)"[^>]*>\s*<f\b[^>]*?(?:/>|>([^<]*)</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>'
)
_SHEET = re.compile(r'<sheet\b[^>]*?\bname="([^"]*)"[^>]*?\br:id="([^"]*)"')
_RELATION = re.compile(r"<Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(r'\b(Id|Target)="([^"]*)"')


class EmptyFormula(str):
    """The formula of a cell without a value, and which cell it is."""

    __slots__ = ("cell",)
    cell: str


def put_formulas(path: Path, sheet: str, rows: list[list[Any]]) -> None:
    """Put an `EmptyFormula` into each cell of an XLSX sheet that has a formula and no value."""
    for column, row, formula in _without_value(path, sheet):
        if row <= len(rows):
            cells = rows[row - 1]
            cells.extend([""] * (column - len(cells)))
            if cells[column - 1] in ("", None):
                cells[column - 1] = formula


def _without_value(path: Path, sheet: str) -> list[tuple[int, int, EmptyFormula]]:
    if not zipfile.is_zipfile(path):
        return []
    with zipfile.ZipFile(path) as archive:
        member = _member_of(archive, sheet)
        content = b"" if member is None else archive.read(member)
    found = []
    for letters, digits, text in _CELL.findall(content) if b"<f" in content else ():
        formula = EmptyFormula("=" + html.unescape(text.decode("utf-8", "replace")))
        formula.cell = f"{letters.decode()}{digits.decode()}"
        column = 0
        for letter in letters:
            column = column * 26 + letter - 64
        found.append((column, int(digits), formula))
    return found


def _member_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    try:
        book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
        relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    except KeyError:
        return None
    targets = {}
    for relation in _RELATION.findall(relations):
        attributes = dict(_ATTRIBUTE.findall(relation))
        targets[attributes.get("Id", "")] = attributes.get("Target", "")
    wanted = next((number for name, number in _SHEET.findall(book) if html.unescape(name) == sheet), "")
    target = targets.get(wanted, "").lstrip("/")
    member = target if target.startswith("xl/") else f"xl/{target}"
    return member if member in archive.namelist() else None


def report_formulas(batch: Batch) -> None:
    """Note each formula without a value in a column that is used, and empty it; a coordinate is an error of its row."""
    for name, values in batch.fields.items():
        code = "position_without_value" if name in _POSITION_FIELDS else "formula_without_value"
        for index, value in enumerate(values):
            if isinstance(value, EmptyFormula):
                batch.report(code, [index], name=name, value=str(value), cell=value.cell)
                values[index] = None
