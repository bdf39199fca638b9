"""A Dask cluster gives the bits of the local cores, also when a worker is killed in mid-run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from geo.errors import BadInputError, NotReadyError
from geo.store.result_cache import Parts, ResultCache
from geo.workflows.assessment.bench import Bench
from geo.workflows.assessment.cluster import ClusterRunner, check_address
from geo.workflows.assessment.runners import CountProgress, TileTask
from geo.workflows.assessment.tiles import Tile
from tests.conftest import REPOSITORY
from tests.unit.assessment.small_province import Province, Site, assert_same, assess_province, province

LIMIT = 300_000_000


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Dask command; ended, by its own id, when the block is left."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONWARNINGS": "ignore"}
    running = subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield running
    finally:
        running.kill()
        running.wait(timeout=20)


@dataclass(frozen=True)
class Cluster:
    """A scheduler on this machine and its two workers."""

    address: str
    workers: tuple[subprocess.Popen[bytes], ...]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Start a scheduler and two worker processes of one thread each."""
    told = tmp_path / "scheduler.json"
    with ExitStack() as stack:
        options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(told))
        stack.enter_context(process("scheduler", *options))
        address = _address(told)
        own = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(tmp_path))
        workers = tuple(stack.enter_context(process("worker", address, *own)) for _ in range(2))
        yield Cluster(address, workers)


def _address(told: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if told.exists() and told.stat().st_size:
            found: str = json.loads(told.read_text())["address"]
            return found
        time.sleep(0.1)
    pytest.fail("the scheduler did not start within a minute")


@dataclass(frozen=True)
class Killing:
    """Runs on the cluster and kills one of its workers after some tasks."""

    cluster: Cluster
    after: int

    def run(self, bench: Bench, tasks: Sequence[TileTask], progress: CountProgress | None) -> dict[Tile, Parts]:
        def kill(done: int, total: int) -> None:
            assert total > self.after
            if done == self.after:
                os.kill(self.cluster.workers[0].pid, signal.SIGKILL)

        return ClusterRunner(self.cluster.address).run(bench, tasks, kill)


def larger() -> Province:
    """Return the province with twelve more masts, so that the middle of a run is not its end."""
    base = province()
    more = tuple(Site(number, "beta", 30.0 * number, 40.0 * number - 100, has_5g=True) for number in range(5, 17))
    return replace(base, sites=(*base.sites, *more))


@pytest.mark.slow
def test_two_workers_give_the_bits_of_local_cores_and_one_may_be_killed(cluster: Cluster, tmp_path: Path) -> None:
    of = larger()
    local = assess_province(of, tmp_path / "local", ResultCache(tmp_path / "own", limit_bytes=LIMIT))
    shared = ResultCache(tmp_path / "shared", limit_bytes=LIMIT)
    assert_same(assess_province(of, tmp_path / "both", shared, ClusterRunner(cluster.address)), local)
    assert {kind.kind for kind in shared.status()} >= {"loss", "state", "tile", "window"}
    again = ResultCache(tmp_path / "again", limit_bytes=LIMIT)
    assert_same(assess_province(of, tmp_path / "killed", again, Killing(cluster, 5)), local)
    assert cluster.workers[0].wait(timeout=20) == -signal.SIGKILL
    assert cluster.workers[1].poll() is None
    # What the cluster made is what local cores go on from.
    tilted = replace(of, sites=(replace(of.sites[0], tilt_deg=7.0), *of.sites[1:]))
    assert_same(
        assess_province(tilted, tmp_path / "after", again),
        assess_province(tilted, tmp_path / "from-nothing", ResultCache(tmp_path, limit_bytes=0)),
    )


def test_addresses(tmp_path: Path) -> None:
    for good in ("tcp://127.0.0.1:8786", "tcp://localhost:1", "tcp://[::1]:8786", "tls://10.0.0.5:8786"):
        check_address(good, trusts_network=False)
    check_address("tcp://10.0.0.5:8786", trusts_network=True)
    for bad in ("10.0.0.5:8786", "http://10.0.0.5", "tcp://", "tcp://10.0.0.5:8786", "tcp://example.test:8786"):
        with pytest.raises(BadInputError):
            check_address(bad, trusts_network=False)


@pytest.mark.slow
def test_a_scheduler_that_does_not_answer_and_a_closed_cache_are_told(tmp_path: Path) -> None:
    def run(limit: int) -> Any:
        cache = ResultCache(tmp_path / "cache", limit_bytes=limit)
        return assess_province(province(), tmp_path, cache, ClusterRunner("tcp://127.0.0.1:9"))

    with pytest.raises(NotReadyError, match="PHUSONG_CACHE_LIMIT_GB"):
        run(0)
    with pytest.raises(NotReadyError, match="does not answer"):
        run(LIMIT)
