"""`phusong serve`: the web server."""

from __future__ import annotations

import errno
import socket
from typing import Annotated

import typer

from api.cli.context import current_settings
from api.cli.output import message
from geo.errors import NotReadyError


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; default from PHUSONG_HOST.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port; default from PHUSONG_PORT.")] = None,
) -> None:
    """Serve the pages and the API until stopped with Ctrl+C."""
    import uvicorn

    from api.app import create_app

    settings = current_settings()
    require_free(host or settings.host, port or settings.port)
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
    message("Đã dừng phục vụ.", "Stopped serving.")


def require_free(host: str, port: int) -> None:
    """Raise NotReadyError when nobody can listen at an address, saying why and what to do."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            # As the server does: a port that was just left is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise NotReadyError(
                f"Port {port} of {host} is taken by another program, perhaps by phusong itself: see "
                f"http://{host}:{port}. Stop it, or choose another port with --port or PHUSONG_PORT.",
                f"Cổng {port} của {host} đang được chương trình khác dùng, có thể chính là phusong: xem "
                f"http://{host}:{port}. Hãy dừng chương trình đó, hoặc chọn cổng khác bằng --port hay PHUSONG_PORT.",
            ) from error
        raise NotReadyError(
            f"The service cannot listen at {host}, port {port}: {error.strerror}. Choose another address or port "
            "(--port, PHUSONG_HOST, PHUSONG_PORT); ports below 1024 are for root.",
            f"Không mở được cổng {port} tại {host}, thông báo gốc: {error.strerror}. Hãy chọn địa chỉ hoặc cổng khác "
            "(--port, PHUSONG_HOST, PHUSONG_PORT); các cổng dưới 1024 dành cho root.",
        ) from error
