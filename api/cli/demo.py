"""`phusong demo`: load and clear the illustrative data."""

from __future__ import annotations

import typer

from api.cli.context import current_settings
from api.cli.output import JsonOption, message, print_document, print_table

app = typer.Typer(help="Load and clear the illustrative data.", no_args_is_help=True)


@app.command()
def load(as_json: JsonOption = False) -> None:
    """Load the illustrative data of the province; what is loaded already is not touched."""
    from geo.store.session import engine_for
    from geo.workflows.demo import load_demo

    settings = current_settings()
    report = load_demo(engine=engine_for(settings, "app"), settings=settings)
    if as_json:
        print_document(report.document())
        return
    print_table(
        "Số liệu minh họa / Illustrative data",
        ("Loại / Kind", "Tệp / File", "Kết quả / Result", "Dòng / Rows", "Cảnh báo / Warnings"),
        [(item.kind, item.file, item.state, item.rows_stored, item.warnings) for item in report.items],
    )


@app.command()
def clear(as_json: JsonOption = False) -> None:
    """Delete all illustrative rows and the assessments made from them."""
    from geo.store.session import engine_for
    from geo.workflows.demo import clear_demo

    settings = current_settings()
    kinds = clear_demo(engine=engine_for(settings, "app"), settings=settings)
    if as_json:
        print_document({"schema_version": "1", "illustrative": True, "cleared": list(kinds)})
    elif kinds:
        message(f"Đã xóa số liệu minh họa: {', '.join(kinds)}.", f"Illustrative data deleted: {', '.join(kinds)}.")
    else:
        message("Không có số liệu minh họa nào.", "There were no illustrative data.")
