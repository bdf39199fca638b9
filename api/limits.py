"""How often everybody may ask for what shows the network finely: one token bucket for each client and kind."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Depends, Request

from api.dependencies import ViewerDep
from geo.errors import RateLimitedError

# Clients remembered at most; the one that asked longest ago is forgotten first.
MAX_CLIENTS = 20_000
SECONDS_PER_MINUTE = 60.0


class TooManyRequestsError(RateLimitedError):
    """Too many requests; `headers` say when to come back."""

    def __init__(self, wait_s: float) -> None:
        seconds = max(1, math.ceil(wait_s))
        super().__init__(
            f"Too many requests; try again in {seconds} s, or use a token.",
            f"Quá nhiều yêu cầu; hãy thử lại sau {seconds} giây, hoặc dùng mã truy cập.",
        )
        self.headers = {"Retry-After": str(seconds)}


class RateLimiter:
    """Token buckets: each holds a minute's worth and refills evenly."""

    def __init__(
        self, per_minute: int, *, max_clients: int = MAX_CLIENTS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._capacity = float(per_minute)
        self._refill_per_s = per_minute / SECONDS_PER_MINUTE
        self._max_clients = max_clients
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def take(self, client: str, kind: str) -> None:
        """Count one request.

        Raises:
            TooManyRequestsError: the bucket of the client is empty.
        """
        key = (client, kind)
        with self._lock:
            now = self._clock()
            level, at = self._buckets.pop(key, (self._capacity, now))
            level = min(self._capacity, level + (now - at) * self._refill_per_s)
            allowed = level >= 1.0
            self._buckets[key] = (level - 1.0 if allowed else level, now)
            while len(self._buckets) > self._max_clients:
                self._buckets.popitem(last=False)
        if not allowed:
            raise TooManyRequestsError((1.0 - level) / self._refill_per_s)


def client_of(request: Request) -> str:
    """Return the address that counts as one client: an IPv4 address, or the /64 network of an IPv6 one.

    Forwarded headers are not looked at here: the server puts the address of the client in the connection when, and
    only when, the request comes from a trusted proxy.
    """
    host = request.client.host if request.client is not None else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def limited(kind: str) -> Callable[..., Awaitable[None]]:
    """Return the dependency that limits requests of one kind from those who do not see sites."""

    async def limit(request: Request, viewer: ViewerDep) -> None:
        if not viewer.can_see_sites:
            request.app.state.limiter.take(client_of(request), kind)

    return limit


POINT_LIMIT: Any = Depends(limited("point"))
TILE_LIMIT: Any = Depends(limited("tile"))
RASTER_LIMIT: Any = Depends(limited("raster"))
GAP_LIMIT: Any = Depends(limited("gaps"))
