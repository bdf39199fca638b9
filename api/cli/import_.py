"""`phusong import`: take files of one kind in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.cli.context import current_settings
from api.cli.options import AsOfOption, parse_date
from api.cli.output import JsonOption, message, print_document, print_table
from geo.errors import BadInputError

if TYPE_CHECKING:
    from geo.workflows.imports import ImportReport

KindName = Literal[
    "boundaries",
    "villages",
    "sites",
    "terrain",
    "landcover",
    "population",
    "fibre",
    "places",
    "roads",
    "measurements",
    "antennas",
]
# So many problems are shown on a screen; --json has them all.
SHOWN_PROBLEMS = 30


def import_(
    kind: Annotated[KindName, typer.Argument(help="What the files hold.")],
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files, folders or http(s) addresses.")],
    crs: Annotated[str | None, typer.Option(metavar="EPSG:n", help="Coordinate system of the files.")] = None,
    operator: Annotated[str | None, typer.Option(metavar="CODE", help="Operator of every row.")] = None,
    sheet: Annotated[str | None, typer.Option(metavar="NAME", help="Sheet of a workbook, or layer of a file.")] = None,
    column: Annotated[
        list[str] | None, typer.Option("--map", metavar="column=field", help="Field of a column; may be repeated.")
    ] = None,
    as_of: AsOfOption = None,
    skip_errors: Annotated[bool, typer.Option("--skip-errors", help="Store good rows, keep bad ones aside.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check and show what would change.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="The list is complete: close what it lacks.")] = False,
    confirm_gone: Annotated[
        bool, typer.Option("--confirm-gone", help="What --replace closes is really gone, however much.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Take files in: all or nothing, unless --skip-errors; the same files twice are one import."""
    from geo.store.session import engine_for
    from geo.workflows.imports import ImportKind, import_files

    if not all(each.strip() for each in files):
        # An empty path would stand for the folder that one stands in.
        raise BadInputError("The name of a file is empty.", "Tên tệp trống.")
    settings = current_settings()
    try:
        report = import_files(
            engine=engine_for(settings, "app"),
            settings=settings,
            kind=ImportKind(kind),
            sources=files,
            crs=crs,
            operator=operator,
            sheet=sheet,
            column_map=parse_column_map(column or []),
            as_of=parse_date(as_of),
            skip_errors=skip_errors,
            dry_run=dry_run,
            replace=replace,
            confirm_gone=confirm_gone,
            progress=None if as_json or not sys.stderr.isatty() else _show_stage,
        )
    except BadInputError as error:
        if error.report is None:
            raise
        if as_json:
            print_document(error.report.document())
        else:
            _print_problems(error.report.document()["problems"])
            message(error.vi, error.en)
        raise typer.Exit(error.exit_code) from error
    if as_json:
        print_document(report.document())
    else:
        _print_report(report)


def parse_column_map(entries: list[str]) -> dict[str, str]:
    """Read `column=field` entries; the last equals sign separates, since a header may hold one.

    Raises:
        BadInputError: an entry has no equals sign, or nothing on one side of it, or a column has two fields.
    """
    fields: dict[str, str] = {}
    for entry in entries:
        column, sign, field = entry.rpartition("=")
        if not sign or not column.strip() or not field.strip():
            raise BadInputError(
                f"--map must be written column=field, not '{entry}'.",
                f"--map phải viết cột=trường, không phải '{entry}'.",
            )
        if fields.setdefault(column.strip(), field.strip()) != field.strip():
            raise BadInputError(
                f"--map names two fields for the column '{column.strip()}'; a column holds one.",
                f"--map chỉ hai trường cho cột '{column.strip()}'; mỗi cột chỉ là một trường.",
            )
    return fields


def _show_stage(stage: str, share: float) -> None:
    words = {"read": "Đọc và kiểm tra / reading", "store": "Lưu / storing", "done": "Xong / done"}
    sys.stderr.write(f"{share:4.0%} {words.get(stage, stage)}\n")


def _print_report(report: ImportReport) -> None:
    counts, preview = report.counts, report.preview
    print_table(
        f"Nhập / Import {report.kind}: {Path(str(report.files[0]['name'])).name if report.files else ''}",
        ("", ""),
        [
            ("Số hiệu / import_id", report.import_id),
            ("Dòng đọc / rows_read", counts.read),
            ("Dòng lưu / rows_stored", counts.stored),
            ("Không đổi / rows_unchanged", counts.unchanged),
            ("Bỏ qua vì lỗi / rows_skipped", counts.skipped),
            ("Gộp vì trùng / rows_folded", counts.folded),
            ("Mới / new", preview.new),
            ("Thay đổi / changed", preview.changed),
            ("Không còn / gone", preview.gone),
        ],
    )
    _print_problems(report.document()["problems"])
    if report.already_imported:
        message("Tệp này đã được nhập trước đó; không có gì thay đổi.", "This was imported before; nothing changed.")
    if report.dry_run:
        message("Chỉ kiểm tra (--dry-run): chưa lưu gì.", "Only checked (--dry-run): nothing was stored.")


def _print_problems(problems: list[dict[str, object]]) -> None:
    if not problems:
        return
    rows = [
        (
            "LỖI / ERROR" if problem["severity"] == "error" else "cảnh báo / warning",
            _place(problem),
            f"{problem['why_vi']}\n{problem['why_en']}",
            f"{problem['remedy_vi']}\n{problem['remedy_en']}",
        )
        for problem in problems[:SHOWN_PROBLEMS]
    ]
    headings = ("Mức / Severity", "Vị trí / Place", "Vấn đề / Problem", "Cách xử lý / Remedy")
    print_table("Vấn đề / Problems", headings, rows)
    more = len(problems) - SHOWN_PROBLEMS
    if more > 0:
        message(f"… và {more} vấn đề khác; xem đủ bằng --json.", f"… and {more} more; see them all with --json.")


def _place(problem: dict[str, object]) -> str:
    parts = [problem["file"], problem["sheet"], problem["row"] and f"dòng/row {problem['row']}", problem["column"]]
    return "\n".join(str(part) for part in parts if part)
