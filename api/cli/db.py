"""`phusong db`: start, stop, describe, prepare and reach the database."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from api.cli.context import current_settings
from api.cli.output import JsonOption, json_wanted, message, print_document, print_table, print_text

SCHEMA_VERSION = "1"

app = typer.Typer(help="Start, stop, describe, prepare and reach the database.", no_args_is_help=True)


@app.command()
def start(as_json: JsonOption = False) -> None:
    """Start the private database, making it at first use; an external one only has to answer."""
    from geo.workflows.database import start_database

    start_database(current_settings())
    _report_status(as_json=as_json)


@app.command()
def stop(as_json: JsonOption = False) -> None:
    """Stop the private database."""
    from geo.workflows.database import stop_database

    stopped = stop_database(current_settings())
    if as_json:
        print_document({"schema_version": SCHEMA_VERSION, "stopped": stopped})
    elif stopped:
        message("Đã dừng cơ sở dữ liệu.", "The database is stopped.")
    else:
        message("Không có cơ sở dữ liệu riêng nào đang chạy.", "No private database was running.")


@app.command()
def status(as_json: JsonOption = False) -> None:
    """Describe the database; exit 3 when the service cannot work with it."""
    if not _report_status(as_json=as_json):
        raise typer.Exit(3)


@app.command()
def upgrade(as_json: JsonOption = False) -> None:
    """Bring tables, roles and rights to this version; starts the private database when it is down."""
    from geo.workflows.database import start_database, upgrade_database

    settings = current_settings()
    start_database(settings)
    result = upgrade_database(settings)
    if as_json:
        document = {"revision_before": result.revision_before, "revision_after": result.revision_after}
        print_document({"schema_version": SCHEMA_VERSION, "changed": result.changed, **document})
    elif result.changed:
        before = result.revision_before or "–"
        message(
            f"Đã nâng cấp cơ sở dữ liệu: {before} → {result.revision_after}.",
            f"The database was upgraded: {before} → {result.revision_after}.",
        )
    else:
        message(
            f"Cơ sở dữ liệu đã ở phiên bản {result.revision_after}.",
            f"The database is at version {result.revision_after} already.",
        )


@app.command()
def url(
    role: Annotated[
        Literal["read", "app", "owner"], typer.Option(help="Whose address: read-only, the service's, the owner's.")
    ] = "read",
    as_json: JsonOption = False,
) -> None:
    """Print an address that psql, ogr2ogr and QGIS accept, password included."""
    from geo.workflows.database import database_url, require_ready

    settings = current_settings()
    require_ready(settings)
    address = database_url(settings, role=role)
    if as_json:
        print_document({"schema_version": SCHEMA_VERSION, "role": role, "url": address})
    else:
        print_text(address)


def _report_status(*, as_json: bool) -> bool:
    from dataclasses import asdict

    from geo.workflows.database import database_status

    found = database_status(current_settings())
    if as_json or json_wanted():
        print_document({"schema_version": SCHEMA_VERSION, "ready": found.ready, **asdict(found)})
        return found.ready
    rows = [
        ("Riêng / private", _yes(found.private)),
        ("Đang chạy / running", _yes(found.running)),
        ("Phiên bản bảng / revision", found.revision),
        ("Cần phiên bản / expected", found.revision_expected),
        ("PostGIS", found.postgis_version),
        ("Cổng / port", found.port and str(found.port)),
        ("Thư mục / folder", found.data_dir),
        ("Sẵn sàng / ready", _yes(found.ready)),
    ]
    print_table("Cơ sở dữ liệu / database", ("Mục / item", "Giá trị / value"), rows)
    if found.message_vi and found.message_en:
        message(found.message_vi, found.message_en)
    return found.ready


def _yes(value: bool) -> str:
    return "có / yes" if value else "không / no"
