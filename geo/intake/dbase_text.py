"""Texts of a shapefile: its .dbf holds bytes in an encoding that the .cpg file names, wrongly names or leaves out.

GDAL reads bytes without a .cpg as Latin-1, and with some encodings cuts the names of the columns. So the bytes are read
as they are and their encoding is found out, as for a text table.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from geo.domain.codes import nfc
from geo.intake.legacy_text import decode, find_repair
from geo.intake.problems import ProblemLog
from geo.intake.tables import RawTable

AS_BYTES = "ISO-8859-1"
"""Encoding in which each byte of a .dbf is one letter, for reading."""
_UNICODE = "utf-8"
# A text that fills its column may end within a letter.
_CUT_BYTES = 3


def decode_columns(
    path: Path, name: str, labels: Sequence[str], columns: Sequence[Sequence[Any]], log: ProblemLog
) -> tuple[list[str], list[list[Any]]]:
    """Return column names and values read as `AS_BYTES` in the encoding they were written in, noting a guess."""
    parts = {value for column in columns for value in column if isinstance(value, str) and not value.isascii()}
    parts |= {label for label in labels if not label.isascii()}
    raw = [part.encode(AS_BYTES) for part in sorted(parts)]
    encoding = _find_encoding(raw, path)
    if encoding is None:
        return list(labels), [list(column) for column in columns]
    if encoding != _UNICODE:
        log.add("encoding_guessed", file=name, encoding=encoding)
    read = {part: _decode_one(part.encode(AS_BYTES), encoding) for part in parts}
    return (
        [read.get(label, label) for label in labels],
        [[read.get(value, value) if isinstance(value, str) else value for value in column] for column in columns],
    )


def _find_encoding(raw: Sequence[bytes], path: Path) -> str | None:
    if not raw:
        return None
    if all(_utf8(one) is not None for one in raw):
        return _UNICODE
    found = decode(b"\n".join(raw))
    if found is not None and found[1] == "windows-1258":
        return found[1]
    stated = _stated_encoding(path)
    if stated is not None and all(_reads(one, stated) for one in raw):
        return stated
    return None if found is None else found[1]


def _stated_encoding(path: Path) -> str | None:
    """Return what the .cpg file says, if Python knows it."""
    beside = next((path.with_suffix(end) for end in (".cpg", ".CPG") if path.with_suffix(end).is_file()), None)
    if beside is None:
        return None
    said = beside.read_bytes()[:40].decode("ascii", "ignore").strip().lower()
    said = {"65001": _UNICODE, "ansi": "cp1252"}.get(said, f"cp{said}" if said.isdigit() else said)
    try:
        "".encode(said)
    except LookupError:
        return None
    return said


def _reads(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeError:
        return False
    return True


def _utf8(raw: bytes) -> str | None:
    for end in range(len(raw), max(len(raw) - _CUT_BYTES, 0) - 1, -1):
        try:
            return raw[:end].decode(_UNICODE)
        except UnicodeDecodeError as error:
            if error.end < end:
                return None
    return None


def _decode_one(raw: bytes, encoding: str) -> str:
    if encoding == _UNICODE:
        return _utf8(raw) or ""
    return nfc(raw.decode(encoding, "replace"))


def repaired(table: RawTable, log: ProblemLog) -> RawTable:
    """Return a layer with texts of a legacy font (TCVN3, VNI) or read twice in Unicode, noting the conversion."""
    texts = [value for row in table.rows for value in row if isinstance(value, str)]
    repair = find_repair([*table.header, *texts])
    if repair is None:
        return table
    log.add("legacy_text_converted", file=table.file, sheet=table.sheet, encoding=repair.name)
    rows = [[repair.convert(value) if isinstance(value, str) else value for value in row] for row in table.rows]
    header = tuple(repair.convert(label) for label in table.header)
    return RawTable(table.file, table.sheet, header, rows, table.row_numbers, table.geometry, table.crs)
