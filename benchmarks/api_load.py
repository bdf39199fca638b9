"""How fast the aggregates of the API are under load: 50 requests a second for 20 seconds, open loop, over loopback.

Run it against a service with an assessment::

    phusong serve --port 8000 &
    python benchmarks/api_load.py --port 8000

Requests start on schedule whether or not earlier ones were answered, and a latency counts from the scheduled moment, so
that a slow service cannot hide behind a patient client. The script only ever asks 127.0.0.1, and stops by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field

import httpx

AGGREGATES = (
    "/api/v1/coverage?by=province",
    "/api/v1/coverage?by=commune&technology=4G&tier=outdoor",
    "/api/v1/coverage?by=commune&technology=5G&tier=outdoor",
    "/api/v1/villages?state=not_covered&technology=4G",
    "/api/v1/fibre?by=commune",
    "/api/v1/places?by=class",
    "/api/v1/roads",
    "/api/v1/targets",
    "/api/v1/assessments",
    "/api/v1/boundaries?simplify=0.001",
)
LONGEST_RUN_S = 120.0


@dataclass
class Measured:
    """Latencies by address, and what came back."""

    latencies_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: Counter[str] = field(default_factory=Counter)


async def _ask(client: httpx.AsyncClient, path: str, at: float, measured: Measured) -> None:
    await asyncio.sleep(max(0.0, at - time.perf_counter()))
    try:
        answer = await client.get(path)
        measured.statuses[str(answer.status_code)] += 1
    except httpx.HTTPError as error:
        measured.statuses[type(error).__name__] += 1
    measured.latencies_s[path].append(time.perf_counter() - at)


async def measure(*, port: int, rate_per_s: float, seconds: float) -> Measured:
    """Ask for the aggregates in turn, `rate_per_s` a second, after one round that is not counted."""
    measured = Measured()
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30.0, limits=limits) as client:
        for path in AGGREGATES:
            (await client.get(path)).raise_for_status()
        begun = time.perf_counter() + 0.1
        count = int(rate_per_s * min(seconds, LONGEST_RUN_S))
        await asyncio.gather(
            *(
                _ask(client, AGGREGATES[number % len(AGGREGATES)], begun + number / rate_per_s, measured)
                for number in range(count)
            )
        )
    return measured


def percentile_ms(latencies_s: list[float], percent: int) -> float:
    """Return a percentile in milliseconds."""
    return 1000.0 * statistics.quantiles(latencies_s, n=100, method="inclusive")[percent - 1]


def report(measured: Measured) -> float:
    """Print the percentiles; return the 95th of all requests in milliseconds."""
    everything = [latency for latencies in measured.latencies_s.values() for latency in latencies]
    for path, latencies in sorted(measured.latencies_s.items()):
        print(f"{percentile_ms(latencies, 50):8.1f} {percentile_ms(latencies, 95):8.1f} ms  {path}")
    p50, p95, p99 = (percentile_ms(everything, percent) for percent in (50, 95, 99))
    print(f"all {len(everything)}: p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms, {dict(measured.statuses)}")
    return p95


def main() -> int:
    """Measure and print; 1 when the 95th percentile is above the limit or an answer failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--rate", type=float, default=50.0, help="requests per second")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--limit-ms", type=float, default=100.0)
    arguments = parser.parse_args()
    measured = asyncio.run(measure(port=arguments.port, rate_per_s=arguments.rate, seconds=arguments.seconds))
    p95 = report(measured)
    return 0 if p95 <= arguments.limit_ms and set(measured.statuses) == {"200"} else 1


if __name__ == "__main__":
    sys.exit(main())
