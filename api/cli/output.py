"""What commands print: one JSON document or tables on standard output, everything else on standard error."""

from __future__ import annotations

import datetime as dt
import json
import math
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geo.errors import PhusongError

if TYPE_CHECKING:
    from rich.console import Console

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]

ENVELOPE = ("schema_version", "as_of", "territory_version", "rule_version", "assessment_id", "illustrative")

_json_wanted: ContextVar[bool] = ContextVar("phusong_json_wanted", default=False)


def remember_json(arguments: Sequence[str]) -> None:
    """Remember whether the command line asks for JSON, so that errors are printed as a document too."""
    options = list(arguments[: arguments.index("--")]) if "--" in arguments else list(arguments)
    _json_wanted.set("--json" in options)


def json_wanted() -> bool:
    """Tell whether this run prints one JSON document."""
    return _json_wanted.get()


def jsonable(value: Any) -> Any:
    """Return `value` with dates as ISO text and without NaN or infinity, which JSON does not know."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [jsonable(item) for item in value]
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):  # a numpy scalar
        return jsonable(value.item())
    return value


def print_document(document: Mapping[str, Any]) -> None:
    """Print one JSON document on standard output, in UTF-8.

    A result that does not rest on an assessment carries the members of the envelope all the same, as null.
    """
    whole = {**dict.fromkeys(ENVELOPE), **document} if "schema_version" in document else document
    sys.stdout.write(json.dumps(jsonable(whole), ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def print_text(text: str) -> None:
    """Print plain text on standard output."""
    sys.stdout.write(text + "\n")


def message(vi: str, en: str) -> None:
    """Print a message in both languages on standard error."""
    sys.stderr.write(f"{vi}\n{en}\n" if vi != en else f"{vi}\n")


def write_file(path: Path, content: bytes) -> None:
    """Write a file that the user named and say so on standard error, also which folder had to be made for it."""
    with folder_of(path) as is_new:
        write_whole(path, content)
    tell_folder(path, is_new=is_new)
    megabytes = len(content) / 1e6
    message(f"Đã ghi {path} ({megabytes:.1f} MB).", f"Wrote {path} ({megabytes:.1f} MB).")


def tell_folder(path: Path, *, is_new: bool) -> None:
    """Say on standard error which folder was made for a file that the user named."""
    if is_new:
        message(f"Đã tạo thư mục {path.parent}.", f"Made the folder {path.parent}.")


@contextmanager
def folder_of(path: Path) -> Iterator[bool]:
    """Make the folders that a file needs, and remove them again where the block fails; tells whether any was made.

    Raises:
        OSError: a folder cannot be made.
    """
    made = [folder for folder in path.parents if not folder.exists()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield bool(made)
    except BaseException:
        for folder in made:
            # What somebody has put something into since, stays.
            with suppress(OSError):
                folder.rmdir()
        raise


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place and put it there once it is whole; what is no file, as a pipe, is written to.

    Raises:
        OSError: it cannot be written; a file that was there is as it was.
    """
    write_together({path: content})


def write_together(contents: Mapping[Path, bytes]) -> None:
    """Write files as `write_whole` does, and put them in their places once all of them are whole.

    Raises:
        OSError: one cannot be written; files that were there are as they were.
    """
    parts: dict[Path, Path] = {}
    path = Path()
    try:
        for path, content in contents.items():
            target = path.resolve()
            if target.exists() and not target.is_file():
                target.write_bytes(content)
                continue
            parts[target] = target.with_name(f".{target.name[:100]}.{os.getpid()}.part")
            parts[target].write_bytes(content)
            if target.exists():
                shutil.copymode(target, parts[target])
        for path, part in parts.items():
            part.replace(path)
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def print_table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    note: str | None = None,
    language: str = "en",
) -> None:
    """Print a table on standard output; numbers are set to the right, in Vietnamese with a decimal comma.

    `note` is a line below it, for provenance.
    """
    from rich.table import Table

    listed = [list(row) for row in rows]
    printer = console(stderr=False)
    table = Table(title=title, caption=note, title_justify="left", caption_justify="left")
    texts = [[_cell_text(value, language) for value in row] for row in listed]
    widths = _widths(columns, texts, printer.width) if printer.is_terminal else [None] * len(columns)
    if widths is None:
        # Words and figures would be broken: one row below the other.
        pairs = [list(pair) for row in texts for pair in zip(columns, row, strict=True)]
        table.show_header = False
        for width in _widths(["", ""], pairs, printer.width) or [None, None]:
            table.add_column("", overflow="fold", width=width)
        for index, pair in enumerate(pairs, start=1):
            table.add_row(*pair, end_section=index % len(columns) == 0)
    else:
        for index, (column, width) in enumerate(zip(columns, widths, strict=True)):
            numeric = all(row[index] is None or isinstance(row[index], (int, float)) for row in listed)
            table.add_column(column, justify="right" if numeric else "left", overflow="fold", width=width)
        for row in texts:
            table.add_row(*row)
    printer.print(table)


def _widths(columns: Sequence[str], texts: Sequence[Sequence[str]], room: int) -> Sequence[int | None] | None:
    """Return how wide columns must be to break no word; None for a table of more than two that has no room for it.

    A column without a width is as wide as its longest text, where there is room.
    """
    from rich.cells import cell_len

    whole, least = [], []
    for index, column in enumerate(columns):
        cells = (column, *(row[index] for row in texts))
        whole.append(max(cell_len(line) for text in cells for line in text.splitlines() or [""]))
        least.append(max((cell_len(word) for text in cells for word in text.split()), default=0))
    spare = room - sum(least) - 3 * len(columns) - 1
    wanted = sum(whole) - sum(least)
    if wanted <= spare or (spare < 0 and len(columns) <= 2):
        return [None] * len(columns)
    if spare < 0:
        return None
    return [low + (high - low) * spare // wanted for low, high in zip(least, whole, strict=True)]


def _cell_text(value: Any, language: str) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        text = f"{value:z.3f}".rstrip("0").rstrip(".")  # z: no negative zero
        return text.replace(".", ",") if language == "vi" else text
    return str(value).replace("[", r"\[")


def console(*, stderr: bool = True) -> Console:
    """Return a rich console; made anew so that redirected streams are honoured."""
    from rich.console import Console

    return Console(stderr=stderr, width=None if sys.stdout.isatty() or stderr else 160, soft_wrap=False)


def show_progress() -> bool:
    """Tell whether a progress bar is of use: a person watches standard error and did not ask for JSON."""
    return sys.stderr.isatty() and not json_wanted()


def print_error(error: PhusongError) -> None:
    """Print an error: both languages on standard error, with `--json` its problem document on standard output."""
    # First where people read it: standard output may have no room for the document.
    tell_error(error)
    print_problem(error)


def print_problem(error: PhusongError) -> None:
    """Print the problem document of an error on standard output, with `--json`."""
    if json_wanted():
        from api.problems import problem_document

        print_document(problem_document(error, language="en"))


def tell_error(error: PhusongError) -> None:
    """Print an error in both languages on standard error."""
    message(f"Lỗi: {error.vi}", f"Error: {error.en}")
