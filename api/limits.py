"""How often everybody may ask for what shows the network finely or costs much: a bucket for each client and kind."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from api.dependencies import ViewerDep
from api.security import Viewer
from geo.errors import RateLimitedError

# Clients remembered at most; the one that asked longest ago is forgotten first.
MAX_CLIENTS = 20_000
SECONDS_PER_MINUTE = 60.0
# The bucket of wrong tokens: once it is empty no token of that client is looked at.
WRONG_TOKENS = "wrong token"


class TooManyRequestsError(RateLimitedError):
    """Too many requests; `headers` say when to come back."""

    def __init__(self, wait_s: float, kind: str) -> None:
        """Say how long to wait, and for what."""
        seconds = max(1, math.ceil(wait_s))
        self.headers = {"Retry-After": str(seconds)}
        if kind == WRONG_TOKENS:
            super().__init__(
                f"Too many wrong tokens came from this address; try again in {seconds} s.",
                f"Địa chỉ này đã gửi quá nhiều mã truy cập sai; hãy thử lại sau {seconds} giây.",
            )
            return
        super().__init__(
            f"Too many requests; try again in {seconds} s, or use a token.",
            f"Quá nhiều yêu cầu; hãy thử lại sau {seconds} giây, hoặc dùng mã truy cập.",
        )


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
        with self._lock:
            level = self._level((client, kind))
            if level >= 1.0:
                self._buckets[client, kind] = (level - 1.0, self._buckets[client, kind][1])
        self._refuse_below_one(level, kind)

    def require(self, client: str, kind: str) -> None:
        """Only look whether one more request would be allowed; errors as for `take`."""
        with self._lock:
            level = self._level((client, kind))
        self._refuse_below_one(level, kind)

    def _level(self, key: tuple[str, str]) -> float:
        """Fill a bucket up to now, note that it was asked for, and return what is in it."""
        now = self._clock()
        level, at = self._buckets.pop(key, (self._capacity, now))
        level = min(self._capacity, level + (now - at) * self._refill_per_s)
        self._buckets[key] = (level, now)
        while len(self._buckets) > self._max_clients:
            self._buckets.popitem(last=False)
        return level

    def _refuse_below_one(self, level: float, kind: str) -> None:
        if level < 1.0:
            raise TooManyRequestsError((1.0 - level) / self._refill_per_s, kind)


def client_of(request: HTTPConnection) -> str:
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
        count(request, viewer, kind)

    return limit


def count(request: Request, viewer: Viewer, kind: str) -> None:
    """Count one request of a kind, unless it comes from who sees sites.

    Raises:
        TooManyRequestsError: it is one too many.
    """
    if not viewer.can_see_sites:
        request.app.state.limiter.take(client_of(request), kind)


POINT_LIMIT: Any = Depends(limited("point"))
TILE_LIMIT: Any = Depends(limited("tile"))
RASTER_LIMIT: Any = Depends(limited("raster"))
GAP_LIMIT: Any = Depends(limited("gaps"))
