"""A Dask cluster gives the bits of the local cores, also when a worker is killed; one that is lost is told in time."""

from __future__ import annotations

import json
import logging
import math
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from distributed import Client

from geo.errors import BadInputError, ConflictError, NotReadyError
from geo.store.result_cache import ResultCache
from geo.workflows.assessment import cluster_client
from geo.workflows.assessment.bench import Bench
from geo.workflows.assessment.cluster import ClusterRunner, check_address
from geo.workflows.assessment.cluster_client import connected
from geo.workflows.assessment.runners import CountProgress, TileTask
from geo.workflows.assessment.tile_store import TileResult
from geo.workflows.assessment.tiles import Tile
from tests.conftest import REPOSITORY
from tests.unit.assessment.small_province import Province, Site, assert_same, assess_province, province

LIMIT = 300_000_000
# Within which a loss is told: some waits of 5 to 10 s after each other, thrice over for a busy machine.
TOLD_S = 60
START_S = 60


@contextmanager
def process(*arguments: str, program: Path = REPOSITORY) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Dask command with the code in `program`; ended, by its own id, when the block is left."""
    environment = {**os.environ, "PYTHONPATH": str(program), "PYTHONWARNINGS": "ignore"}
    running = subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments],
        cwd=program,
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
    """A scheduler on this machine and its workers."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: tuple[subprocess.Popen[bytes], ...]


@contextmanager
def cluster_of(count: int, folder: Path, *, program: Path = REPOSITORY, nanny: str = "--no-nanny") -> Iterator[Cluster]:
    """Start a scheduler and `count` worker processes of one thread each."""
    told = folder / "scheduler.json"
    with ExitStack() as stack:
        options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(told))
        scheduler = stack.enter_context(process("scheduler", *options))
        address = _address(told)
        own = ("--nthreads", "1", nanny, "--no-dashboard", "--local-directory", str(folder))
        workers = tuple(stack.enter_context(process("worker", address, *own, program=program)) for _ in range(count))
        # How long processes take to start is the machine's; what is tried begins when all are there.
        with Client(address, timeout=START_S, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            client.wait_for_workers(count, timeout=START_S)
        yield Cluster(address, scheduler, workers)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Start a scheduler and two workers."""
    with cluster_of(2, tmp_path) as started:
        yield started


def _address(told: Path) -> str:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if told.exists() and told.stat().st_size:
            found: str = json.loads(told.read_text())["address"]
            return found
        time.sleep(0.1)
    pytest.fail("the scheduler did not start within a minute")


@dataclass
class Killing:
    """Runs on the cluster and kills one of its processes after some tasks."""

    address: str
    killed: subprocess.Popen[bytes]
    after: int
    sent: signal.Signals = signal.SIGKILL
    at: float = math.nan

    def run(self, bench: Bench, tasks: Sequence[TileTask], progress: CountProgress | None) -> dict[Tile, TileResult]:
        def kill(done: int, total: int) -> None:
            assert total > self.after
            if done == self.after:
                self.at = time.monotonic()
                os.kill(self.killed.pid, self.sent)

        return ClusterRunner(self.address).run(bench, tasks, kill)

    def since_s(self) -> float:
        """Return the seconds since the process was killed: how long what comes before takes is the machine's."""
        return time.monotonic() - self.at


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
    assert_same(assess_province(of, tmp_path / "killed", again, Killing(cluster.address, cluster.workers[0], 5)), local)
    assert cluster.workers[0].wait(timeout=20) == -signal.SIGKILL
    assert cluster.workers[1].poll() is None
    # What the cluster made is what local cores go on from.
    tilted = replace(of, sites=(replace(of.sites[0], tilt_deg=7.0), *of.sites[1:]))
    assert_same(
        assess_province(tilted, tmp_path / "after", again),
        assess_province(tilted, tmp_path / "from-nothing", ResultCache(tmp_path, limit_bytes=0)),
    )


@pytest.mark.slow
def test_two_assessments_at_once_keep_each_what_it_computed(tmp_path: Path) -> None:
    one, other = (ResultCache(tmp_path / name, limit_bytes=LIMIT) for name in ("one", "other"))
    found = []
    with cluster_of(1, tmp_path) as started:

        @dataclass(frozen=True)
        class Meanwhile:
            def run(self, bench: Bench, tasks: Sequence[TileTask], progress: CountProgress | None) -> Any:
                def other_run(done: int, total: int) -> None:
                    if done == 3:
                        found.append(
                            assess_province(larger(), tmp_path / "second", other, ClusterRunner(started.address))
                        )

                return ClusterRunner(started.address).run(bench, tasks, other_run)

        first = assess_province(larger(), tmp_path / "first", one, Meanwhile())
    assert_same(found[0], first)
    assert {kind.kind: kind.entries for kind in other.status()} == {kind.kind: kind.entries for kind in one.status()}


@pytest.mark.slow
def test_the_last_worker_killed_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cluster_client, "WORKERS_S", 8.0)
    kept = ResultCache(tmp_path / "kept", limit_bytes=LIMIT)
    with cluster_of(1, tmp_path) as started:
        (worker,) = started.workers
        runner = Killing(started.address, worker, 3)
        with pytest.raises(NotReadyError, match="no worker for 8 s"):
            assess_province(larger(), tmp_path / "lost", kept, runner)
        assert runner.since_s() < TOLD_S
    assert worker.poll() == -signal.SIGKILL
    assert "Traceback" not in capfd.readouterr().err
    # What the worker made is what local cores go on from.
    assert "loss" in {kind.kind for kind in kept.status()}
    from_nothing = assess_province(larger(), tmp_path / "nothing", ResultCache(tmp_path, limit_bytes=0))
    assert_same(assess_province(larger(), tmp_path / "on", kept), from_nothing)


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGSTOP])
def test_a_scheduler_lost_in_mid_run_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], sent: signal.Signals
) -> None:
    kept = ResultCache(tmp_path / "kept", limit_bytes=LIMIT)
    with cluster_of(1, tmp_path) as started:
        runner = Killing(started.address, started.scheduler, 3, sent)
        with pytest.raises(NotReadyError, match="was lost while computing"):
            assess_province(larger(), tmp_path / "lost", kept, runner)
        assert runner.since_s() < TOLD_S
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.slow
def test_a_worker_without_the_program_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    bare = tmp_path / "bare" / "geo"
    bare.mkdir(parents=True)
    (bare / "__init__.py").touch()
    kept = ResultCache(tmp_path / "kept", limit_bytes=LIMIT)
    with cluster_of(1, tmp_path, program=bare.parent) as started:
        began = time.monotonic()
        with pytest.raises(ConflictError, match="does not have the program"):
            assess_province(province(), tmp_path / "bare", kept, ClusterRunner(started.address))
    assert time.monotonic() - began < 90
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.slow
def test_a_worker_of_another_version_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(REPOSITORY / "geo", tmp_path / "other" / "geo", ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "other" / "geo" / "radio" / "p1812.py").open("a") as source:
        source.write("# another version\n")
    kept = ResultCache(tmp_path / "kept", limit_bytes=LIMIT)
    with cluster_of(1, tmp_path, program=tmp_path / "other") as started:
        with pytest.raises(ConflictError, match="another version of the program"):
            assess_province(larger(), tmp_path / "lost", kept, ClusterRunner(started.address))
        time.sleep(2)
    assert not capfd.readouterr().err


@pytest.mark.slow
def test_a_worker_with_another_processor_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = ResultCache(tmp_path / "kept", limit_bytes=LIMIT)
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("NUMBA_CPU_NAME", "generic")
        stack = ExitStack()
        started = stack.enter_context(cluster_of(1, tmp_path))
    with stack, pytest.raises(ConflictError, match="another kind of processor"):
        assess_province(province(), tmp_path / "kept", kept, ClusterRunner(started.address))


@pytest.mark.slow
def test_tasks_that_fail_on_workers_are_told(tmp_path: Path) -> None:
    with cluster_of(1, tmp_path, nanny="--nanny") as started:
        with (
            pytest.raises(NotReadyError, match=r"could not do its part .FileNotFoundError"),
            connected(started.address) as connection,
        ):
            list(connection.results([connection.client.submit(os.listdir, str(tmp_path / "none"))]))
        # The nanny starts its worker again each time, until Dask gives the task up.
        with (
            pytest.raises(NotReadyError, match="Every worker that was given a certain task died"),
            connected(started.address) as connection,
        ):
            list(connection.results([connection.client.submit(os._exit, 1)]))
        with connected(started.address) as connection:
            assert [result for _, result in connection.results([connection.client.submit(abs, -1)])] == [1]


@pytest.mark.slow
def test_a_frozen_worker_is_named_and_the_run_ends_as_it_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(cluster_client, "SILENT_S", 5.0)
    with cluster_of(2, tmp_path) as started:
        frozen = started.workers[0]

        # It goes on once the user was told.
        def thaw(record: logging.LogRecord) -> bool:
            os.kill(frozen.pid, signal.SIGCONT)
            return True

        monkeypatch.setattr(cluster_client.logger, "filters", [thaw])
        kept = ResultCache(tmp_path / "kept", limit_bytes=LIMIT)
        runner = Killing(started.address, frozen, 3, signal.SIGSTOP)
        found = assess_province(larger(), tmp_path / "frozen", kept, runner)
    (told,) = (record for record in caplog.records if record.name == cluster_client.logger.name)
    assert re.fullmatch(r"the worker tcp://127.0.0.1:\d+ has said nothing for 5 s: .*", told.getMessage())
    assert_same(found, assess_province(larger(), tmp_path / "nothing", ResultCache(tmp_path, limit_bytes=0)))


@pytest.mark.slow
def test_the_only_worker_frozen_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_client, "SILENT_S", 5.0)
    monkeypatch.setattr(cluster_client, "WORKERS_S", 8.0)
    kept = ResultCache(tmp_path / "kept", limit_bytes=LIMIT)
    with cluster_of(1, tmp_path) as started:
        runner = Killing(started.address, started.workers[0], 3, signal.SIGSTOP)
        with pytest.raises(NotReadyError, match="has said anything for 5 s"):
            assess_province(larger(), tmp_path / "lost", kept, runner)
        assert runner.since_s() < TOLD_S


@pytest.mark.slow
def test_results_that_a_frozen_worker_holds_are_not_waited_for_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_client, "SILENT_S", 5.0)
    monkeypatch.setattr(cluster_client, "WORKERS_S", 8.0)
    with cluster_of(1, tmp_path) as started, connected(started.address) as connection:
        futures = connection.client.map(abs, range(40))
        deadline = time.monotonic() + 60
        while any(future.status == "pending" for future in futures):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        began = time.monotonic()
        os.kill(started.workers[0].pid, signal.SIGSTOP)
        with pytest.raises(NotReadyError, match="has said anything for 5 s"):
            list(connection.results(futures))
        assert time.monotonic() - began < TOLD_S


@pytest.mark.slow
def test_a_scheduler_is_asked_also_where_everything_is_kept(tmp_path: Path) -> None:
    kept = ResultCache(tmp_path / "kept", limit_bytes=LIMIT)
    local = assess_province(province(), tmp_path / "local", kept)
    with pytest.raises(NotReadyError, match="does not answer"):
        assess_province(province(), tmp_path / "nobody", kept, ClusterRunner("tcp://127.0.0.1:9"))
    with cluster_of(1, tmp_path) as started:
        assert_same(assess_province(province(), tmp_path / "kept-run", kept, ClusterRunner(started.address)), local)


@pytest.mark.parametrize(
    "good", ["tcp://127.0.0.1:8786", "tcp://localhost:1", "tcp://[::1]:8786", "tls://10.0.0.5:8786"]
)
def test_good_addresses(good: str) -> None:
    check_address(good, trusts_network=False)


def test_plain_tcp_beyond_this_machine_is_taken_where_the_network_is_trusted() -> None:
    for far in ("tcp://10.0.0.5:8786", "tcp://example.test:8786"):
        check_address(far, trusts_network=True)
        with pytest.raises(BadInputError, match="plain TCP"):
            check_address(far, trusts_network=False)


@pytest.mark.parametrize(
    "bad",
    [
        "10.0.0.5:8786",
        "http://10.0.0.5:8786",
        "TCP://127.0.0.1:8786",
        "tcp://",
        "tcp://:8786",
        "tcp://127.0.0.1",
        "tcp://127.0.0.1:",
        "tcp://127.0.0.1:0",
        "tcp://127.0.0.1:abc",
        "tcp://127.0.0.1:65536",
        "tcp://127.0.0.1:8786/",
        "tcp://127.0.0.1:8786?x",
        "tcp://127.0.0.1:87\n86",
        "tcp://somebody@127.0.0.1:8786",
        "tcp://[::1",
        "tcp://[::1]",
        "tcp://::1:8786",
        "tls://10.0.0.5",
        "",
    ],
)
def test_bad_addresses(bad: str) -> None:
    with pytest.raises(BadInputError, match="is no address"):
        check_address(bad, trusts_network=True)


@pytest.mark.slow
def test_a_port_that_says_nothing_and_missing_certificates_are_told(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        began = time.monotonic()
        for address in (f"tcp://127.0.0.1:{port}", f"tls://127.0.0.1:{port}"):
            with pytest.raises(NotReadyError, match="does not answer"), connected(address):
                pytest.fail("nobody is there")
        assert time.monotonic() - began < 40
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.slow
def test_a_scheduler_that_does_not_answer_and_a_closed_cache_are_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def run(limit: int) -> Any:
        cache = ResultCache(tmp_path / "cache", limit_bytes=limit)
        return assess_province(province(), tmp_path, cache, ClusterRunner("tcp://127.0.0.1:9"))

    with pytest.raises(NotReadyError, match="PHUSONG_CACHE_LIMIT_GB"):
        run(0)
    with pytest.raises(NotReadyError, match="does not answer"):
        run(LIMIT)
    assert "Traceback" not in capfd.readouterr().err
