"""`phusong up`: everything between an installed program and a served page; steps that are done are skipped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.context import current_settings
from api.cli.output import message
from api.cli.serve import serve

if TYPE_CHECKING:
    from geo.settings import Settings


def up(
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop after the summary, do not serve.")] = False,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port; default from PHUSONG_PORT.")] = None,
) -> None:
    """Start and prepare everything that is missing, then serve."""
    settings = current_settings()
    _bring_browser_files(settings)
    _bring_database(settings)
    if not no_serve:
        message(
            f"Đang phục vụ tại http://{settings.host}:{port or settings.port} (Ctrl+C để dừng)",
            f"Serving at http://{settings.host}:{port or settings.port} (Ctrl+C to stop)",
        )
        serve(port=port)


def _bring_browser_files(settings: Settings) -> None:
    """Copy the browser files when they are missing or older than the installed packages."""
    import shutil

    from maps.assets import MissingAssetError, copy_vendor_files

    static = settings.home_path / "static"
    try:
        copy_vendor_files(static)
    except MissingAssetError:
        # An image brings the files ready-made; without both there is nothing to serve them from.
        if not (static / "vendor").is_dir():
            shutil.rmtree(static, ignore_errors=True)
            raise


def _bring_database(settings: Settings) -> None:
    from geo.workflows.database import start_database, upgrade_database

    start_database(settings)
    upgrade_database(settings)
