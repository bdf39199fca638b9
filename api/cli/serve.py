"""`phusong serve`: the web server."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.context import current_settings


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; default from PHUSONG_HOST.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port; default from PHUSONG_PORT.")] = None,
) -> None:
    """Serve the pages and the API until stopped with Ctrl+C."""
    import uvicorn

    from api.app import create_app

    settings = current_settings()
    uvicorn.run(
        create_app(settings, make_ahead=True),
        host=host or settings.host,
        port=port or settings.port,
        log_level=settings.log_level.lower(),
        server_header=False,
        # A forwarded address is believed only from a proxy named in the settings.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
    )
