"""How lists are printed: one JSON document, a table, GeoJSON, or a file for spreadsheets."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.cli.context import database_session
from api.cli.output import jsonable, message, print_document, print_table, write_file
from geo.errors import BadInputError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from geo.settings import Settings

# Whoever can run commands on the machine can read the database: the command line shows everything.
SEES_SITES = True
# A table for eyes; all rows come with --json, --format csv and the like.
TABLE_ROWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list ready to print: where it comes from, its rows, and which fields a person wants to see."""

    name: str
    title: tuple[str, str]
    envelope: Mapping[str, Any]
    rows: Sequence[Any]
    fields: Sequence[str]
    total: int | None = None
    extra: Mapping[str, Any] | None = None
    flatten: Callable[[Iterable[Mapping[str, Any]]], Iterable[Mapping[str, Any]]] | None = None


@contextmanager
def assessment_session(
    assessment_id: int | None, *, settings: Settings | None = None
) -> Iterator[tuple[Session, dict[str, Any]]]:
    """Open one transaction for reading an assessment (None: the published one); gives its envelope too."""
    from api.documents import assessment_envelope

    with database_session(settings=settings) as session:
        yield session, assessment_envelope(session, assessment_id)


def show(listing: Listing, *, as_json: bool, form: str = "table", out: Path | None = None) -> None:
    """Print a list, or write it to `out`."""
    if as_json and form not in ("table", "geojson"):
        raise BadInputError(
            f"--json prints one document; it does not go with --format {form}.",
            f"--json in một tài liệu duy nhất, không dùng cùng --format {form}.",
        )
    if form in ("csv", "xlsx"):
        _write(_spreadsheet(listing, form), out, binary=form == "xlsx")
    elif form == "geojson" or as_json:
        document = _geojson(listing) if form == "geojson" else _items(listing)
        if out is None:
            print_document(document)
        else:
            _write(json.dumps(jsonable(document), ensure_ascii=False, allow_nan=False).encode(), out, binary=False)
    elif out is not None:
        raise BadInputError(
            "--out needs --json or --format csv, xlsx or geojson.",
            "--out cần dùng cùng --json hoặc --format csv, xlsx, geojson.",
        )
    else:
        _table(listing)


def _items(listing: Listing) -> dict[str, Any]:
    from api.documents import items

    return items({**listing.envelope, **(listing.extra or {})}, listing.rows)


def _geojson(listing: Listing) -> dict[str, Any]:
    from api.documents import features

    return features({**listing.envelope, **(listing.extra or {})}, listing.rows)


def _flat_rows(listing: Listing, rows: Sequence[Any]) -> Iterable[Mapping[str, Any]]:
    from geo.workflows.answers.documents import to_jsonable

    plain = (to_jsonable(row) for row in rows)
    return listing.flatten(plain) if listing.flatten else plain


def _language() -> str:
    from api.cli.context import current_settings

    return current_settings().language


def _spreadsheet(listing: Listing, form: str) -> bytes:
    import getpass

    from api.exports import Export, csv_bytes, xlsx_bytes

    export = Export(
        name=listing.name,
        fields=listing.fields,
        rows=_flat_rows(listing, listing.rows),
        envelope=listing.envelope,
        exported_by=getpass.getuser(),
        language=_language(),
    )
    return csv_bytes(export) if form == "csv" else xlsx_bytes(export)


def _write(content: bytes, out: Path | None, *, binary: bool) -> None:
    if out is not None:
        write_file(out, content)
        return
    if binary and sys.stdout.isatty():
        raise BadInputError(
            "An Excel file cannot be shown in a terminal; give --out FILE.xlsx.",
            "Không hiển thị được tệp Excel trong cửa sổ lệnh; hãy thêm --out TỆP.xlsx.",
        )
    sys.stdout.buffer.write(content)


def _table(listing: Listing) -> None:
    from api.headings import heading, word

    if not listing.rows:
        vi, en = listing.title
        message(
            f"{vi}: không có dòng nào ({note(listing.envelope, 'vi')}).",
            f"{en}: there are no rows ({note(listing.envelope, 'en')}).",
        )
        return
    language = _language()
    rows = list(_flat_rows(listing, listing.rows[:TABLE_ROWS]))
    title = listing.title[0] if language == "vi" else listing.title[1]
    print_table(
        title,
        [heading(field, language) for field in listing.fields],
        [[_shown(row.get(field), field, language, word) for field in listing.fields] for row in rows],
        note=note(listing.envelope, language),
        language=language,
    )
    total = listing.total if listing.total is not None else len(listing.rows)
    if total > TABLE_ROWS:
        message(
            f"Hiển thị {min(TABLE_ROWS, len(listing.rows))} trong {total} dòng; dùng --json để lấy tất cả.",
            f"Shown: {min(TABLE_ROWS, len(listing.rows))} of {total} rows; --json prints all.",
        )


def _shown(value: Any, field: str, language: str, word: Callable[[str, str, str], str]) -> Any:
    if isinstance(value, str):
        return word(field, value, language)
    if isinstance(value, Mapping):
        return value.get(language, "")
    if isinstance(value, (list, tuple)):
        return ", ".join(str(_shown(item, field, language, word)) for item in value)
    return value


def note(envelope: Mapping[str, Any], language: str) -> str:
    """Return the line under a table: date, assessment, and whether the data are illustrative."""
    from api.headings import provenance_line

    return provenance_line(envelope, language)
