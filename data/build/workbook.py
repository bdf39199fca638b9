"""XLSX files whose bytes do not depend on the clock."""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

FIXED_TIME = dt.datetime(2026, 10, 1, 8, 0, 0)  # noqa: DTZ001 - the format has no time zone
_CLOCK = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(<)")
BOLD = Font(bold=True)
CENTRED = Alignment(horizontal="center", vertical="center", wrap_text=True)


def add_sheet(book: Workbook, title: str, rows: Sequence[Sequence[Any]]) -> Worksheet:
    """Append a sheet with these rows."""
    sheet: Worksheet = book.create_sheet(title)
    for row in rows:
        sheet.append(list(row))
    return sheet


def empty_book() -> Workbook:
    """A workbook without sheets."""
    book = Workbook()
    book.remove(book.active)
    book.properties.creator = "phusong (số liệu minh họa)"
    return book


def save_book(book: Workbook, path: Path) -> None:
    """Write the workbook with fixed times in the archive and in its properties."""
    raw = io.BytesIO()
    book.save(raw)
    stamp = FIXED_TIME.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(path, "w") as target:
        for name in sorted(source.namelist()):
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _CLOCK.sub(rb"\g<1>" + stamp + rb"\g<3>", content)
            info = zipfile.ZipInfo(name, FIXED_TIME.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system, info.external_attr = 3, 0o600 << 16
            target.writestr(info, content, compresslevel=9)
