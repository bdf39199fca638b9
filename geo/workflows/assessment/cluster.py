"""Runs the tasks of an assessment on a Dask cluster. Imported only when a scheduler is asked for.

The tasks are those of `runners.LocalRunner`. Their inputs are passed by name: every worker sees the state folder under
the same path (a shared file system), takes terrain, land cover and communes from the kept window of the assessment and
losses of masts from the kept results, and keeps there what it computes. A task that a lost worker was running, or whose
result it held, runs again on another; what is kept stays, and every task gives the same bits wherever it runs.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from geo.errors import BadInputError, ConflictError, NotReadyError
from geo.radio.correction import Correction
from geo.radio.model import PredictionSettings
from geo.store.result_cache import ResultCache
from geo.workflows.assessment.bench import Bench, KeyedMast, TileRule
from geo.workflows.assessment.cluster_client import Connection, connected, other_program
from geo.workflows.assessment.kept_window import window_from_parts, window_parts
from geo.workflows.assessment.keys import code_digest, digest_of
from geo.workflows.assessment.runners import CountProgress, TileTask, run_tile
from geo.workflows.assessment.tile_store import TileResult
from geo.workflows.assessment.tiles import Tile

# How often a task may lose its worker before the assessment fails: machines go, faults of the program come back.
RETRIES = 3


@dataclass(frozen=True, kw_only=True)
class Job:
    """What all tasks of one assessment share, small enough to travel with each of them."""

    cache_folder: Path
    limit_bytes: int
    window_key: str
    settings: PredictionSettings
    correction: Correction | None
    rule: TileRule
    program: str


@dataclass(frozen=True)
class ClusterRunner:
    """A Dask cluster by the address of its scheduler, `tcp://host:port` or `tls://host:port`."""

    address: str
    trusts_network: bool = False

    def run(self, bench: Bench, tasks: Sequence[TileTask], progress: CountProgress | None) -> dict[Tile, TileResult]:
        """Return every tile; `progress` counts tasks. The scheduler is asked also where there is none.

        Raises:
            BadInputError: the address is none, or is plain TCP to another machine and the network is not trusted.
            NotReadyError: the scheduler does not answer or is lost, no worker is there for `WORKERS_S`, a worker cannot
                do its part, or the library is not installed.
            ConflictError: a worker runs another version or none, or does not see the state folder.
        """
        check_address(self.address, trusts_network=self.trusts_network)
        job = _job(bench) if tasks else None
        with connected(self.address) as connection:
            connection.check_program(code_digest)
            found = {} if job is None else _compute(connection, job, tasks, progress)
        bench.cache.count_again()
        return found


def _compute(
    connection: Connection, job: Job, tasks: Sequence[TileTask], progress: CountProgress | None
) -> dict[Tile, TileResult]:
    client = connection.client
    # Two assessments of the same data on one cluster each keep what they compute in their own folder.
    prefix = f"phusong-{digest_of(str(job.cache_folder), job.limit_bytes)}"
    losses: dict[str, Any] = {}
    tiles: dict[str, Any] = {}
    for task in tasks:
        for keyed in task.first:
            if keyed.loss_key not in losses:
                key = f"{prefix}-{keyed.loss_key}"
                losses[keyed.loss_key] = client.submit(run_loss, job, keyed, key=key, retries=RETRIES)
        needed = [losses[keyed.loss_key] for keyed in task.first]
        key = f"{prefix}-{task.made_key}"
        tiles[key] = client.submit(run_tile_task, job, task, needed, key=key, retries=RETRIES)
    found: dict[str, TileResult] = {}
    count = len(losses) + len(tiles)
    for done, (key, result) in enumerate(connection.results([*losses.values(), *tiles.values()]), 1):
        # Losses stay where they are kept.
        if key in tiles:
            found[key] = result
        if progress is not None:
            progress(done, count)
    return {task.tile: found[f"{prefix}-{task.made_key}"] for task in tasks}


def check_address(address: str, *, trusts_network: bool) -> None:
    """Refuse an address that is none, and plain TCP beyond this machine: who reaches a scheduler runs programs on it.

    Raises:
        BadInputError: the address is refused.
    """
    parts = _parts_of(address)
    if parts is None:
        raise BadInputError(
            f"'{address}' is no address of a scheduler; give tcp://HOST:PORT or tls://HOST:PORT.",
            f"'{address}' không phải địa chỉ bộ điều phối; hãy nhập tcp://MÁY:CỔNG hoặc tls://MÁY:CỔNG.",
        )
    scheme, host = parts
    if scheme == "tcp" and not trusts_network and not _is_here(host):
        raise BadInputError(
            f"{address} is plain TCP to another machine: everybody who reaches that port could run programs there and "
            "change results. Use tls://, or say --trust-network where the network is closed.",
            f"{address} là TCP không mã hóa tới máy khác: ai vào được cổng đó đều có thể chạy chương trình và sửa kết "
            "quả. Hãy dùng tls://, hoặc thêm --trust-network nếu mạng được cách ly.",
        )


def check_limit(limit_bytes: int) -> None:
    """Refuse a limit under which nothing is kept: workers and this machine hand each other what they computed that way.

    Raises:
        NotReadyError: the limit is 0.
    """
    if limit_bytes <= 0:
        raise _nothing_is_kept()


def run_loss(job: Job, keyed: KeyedMast) -> None:
    """Compute and keep the losses of a mast, on a worker; a second run finds them."""
    bench = _bench(job)
    if not bench.cache.has(keyed.loss_key):
        bench.keep_loss(keyed)


def run_tile_task(job: Job, task: TileTask, needed: Sequence[None]) -> TileResult:
    """Compute a tile, on a worker; `needed` stands for the losses that are made before."""
    del needed
    return run_tile(_bench(job), task)


def _job(bench: Bench) -> Job:
    """Keep the window where workers find it, and return what travels."""
    parts = window_parts(bench.window)
    key = f"window/{digest_of(parts)}"
    if not bench.cache.has(key):
        bench.cache.write(key, parts)
    bench.cache.touch([key])
    if bench.cache.trouble is not None or bench.cache.limit_bytes <= 0:
        raise _nothing_is_kept()
    return Job(
        cache_folder=bench.cache.folder,
        limit_bytes=bench.cache.limit_bytes,
        window_key=key,
        settings=bench.settings,
        correction=bench.correction,
        rule=bench.rule,
        program=code_digest(),
    )


def _nothing_is_kept() -> NotReadyError:
    return NotReadyError(
        "A cluster needs the kept results: raise PHUSONG_CACHE_LIMIT_GB, and see that the state folder can be written.",
        "Chạy trên cụm máy cần nơi giữ kết quả: hãy tăng PHUSONG_CACHE_LIMIT_GB và kiểm tra quyền ghi thư mục "
        "trạng thái.",
    )


def _bench(job: Job) -> Bench:
    if job.program != code_digest():
        raise other_program()
    return _bench_of(job.window_key, _Once(job))


@dataclass(frozen=True, eq=False)
class _Once:
    """A job that does not take part in the memory of `_bench_of`, beyond what its fields say."""

    job: Job

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Once) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> str:
        job = self.job
        return digest_of(str(job.cache_folder), job.limit_bytes, job.settings, job.correction, job.rule)


@lru_cache(maxsize=1)
def _bench_of(window_key: str, once: _Once) -> Bench:
    """Read the window once for all tasks of an assessment."""
    job = once.job
    cache = ResultCache(job.cache_folder, limit_bytes=job.limit_bytes)
    parts = cache.read(window_key)
    if parts is None:
        raise ConflictError(
            f"A worker does not find the terrain of the assessment in {job.cache_folder}: the state folder must be "
            "shared under the same path.",
            f"Một máy tính toán không thấy địa hình của lần đánh giá trong {job.cache_folder}: thư mục trạng thái phải "
            "được chia sẻ với cùng đường dẫn.",
        )
    return Bench(window_from_parts(parts), job.settings, job.correction, job.rule, cache)


def _parts_of(address: str) -> tuple[str, str] | None:
    """Return scheme and host of an address that is a scheme, a host and a port and nothing else, None for others."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("tcp", "tls") or not host or not port or "@" in parts.netloc:
        return None
    # What is parsed leaves out line ends, and a path would be taken for a part of the port.
    return (parts.scheme, host) if address == f"{parts.scheme}://{parts.netloc}" else None


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
