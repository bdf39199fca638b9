"""A copied or moved state folder has a database of its own, or none: never that of the folder it came from."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from geo.errors import DatabaseNotReadyError
from geo.store import cluster, cluster_place
from geo.store.postgres_programs import choose_user


@pytest.fixture
def home(open_folder: Path) -> Path:
    """A state folder with a running database and one row in it."""
    home = open_folder / "bản gốc"
    with psycopg.connect(cluster.start(home).url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'original' AS value")
    return home


def _copy(home: Path, name: str = "bản sao") -> Path:
    """Copy a state folder with owners and rights, as `cp -a` does."""
    copy = home.with_name(name)
    subprocess.run(["cp", "-a", str(home), str(copy)], check=True)
    return copy


def _rows(made: cluster.Cluster) -> list[str]:
    with psycopg.connect(made.url()) as connection:
        return [str(row[0]) for row in connection.execute("SELECT value FROM kept ORDER BY value")]


def _add(made: cluster.Cluster, value: str) -> None:
    with psycopg.connect(made.url()) as connection:
        connection.execute("INSERT INTO kept VALUES (%s)", (value,))


def _record(home: Path) -> dict[str, object]:
    known: dict[str, object] = json.loads((home / "postgres" / "cluster.json").read_text(encoding="utf-8"))
    return known


def _as_earlier_versions_wrote_it(home: Path, data_dir: Path) -> None:
    known = {name: value for name, value in _record(home).items() if name != "home"} | {"data_dir": str(data_dir)}
    (home / "postgres" / "cluster.json").write_text(json.dumps(known), encoding="utf-8")


@pytest.mark.parametrize("earlier", [False, True], ids=["record", "record of earlier versions"])
def test_a_copy_of_a_stopped_home_is_another_database(home: Path, earlier: bool) -> None:
    if earlier:
        _as_earlier_versions_wrote_it(home, home / "postgres" / "data")
    cluster.stop(home)
    copy = _copy(home)
    theirs = cluster.start(home)
    # The original runs, and the copy is still asked for its own.
    assert cluster.status(copy)["running"] is False
    assert not cluster.stop(copy)
    ours = cluster.start(copy)
    assert ours.data_dir == copy / "postgres" / "data"
    assert ours.port != theirs.port
    assert ours.process_id() != theirs.process_id()
    _add(ours, "copy")
    assert _rows(ours) == ["copy", "original"]
    assert _rows(theirs) == ["original"]
    assert cluster.stop(copy)
    assert cluster.status(home)["running"] is True
    assert _rows(theirs) == ["original"]


def test_a_copy_never_takes_the_port_of_its_original(home: Path) -> None:
    before = _record(home)["port"]
    cluster.stop(home)
    copy = _copy(home)
    ours = cluster.start(copy)
    assert ours.port != before
    assert _record(copy)["port"] == ours.port
    assert cluster.start(home).port == before
    # Known as its own from now on, it keeps its port.
    cluster.stop(copy)
    assert cluster.start(copy) == ours


def test_a_copy_of_a_running_home_is_refused_and_the_original_unharmed(home: Path) -> None:
    copy = _copy(home)
    assert cluster.status(copy)["running"] is False
    with pytest.raises(DatabaseNotReadyError, match="was copied while the database") as refused:
        cluster.start(copy)
    assert "sao chép khi cơ sở dữ liệu" in refused.value.vi
    assert not cluster.stop(copy)
    running = cluster.load(home)
    assert running is not None
    assert running.is_ready()
    assert _rows(running) == ["original"]


def test_a_pid_file_of_another_folder_is_not_believed_where_processes_cannot_be_listed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = _copy(home)
    monkeypatch.setattr(cluster, "PROCESSES", home / "no such folder")
    assert cluster.status(home)["process_id"] is not None
    assert cluster.status(copy)["process_id"] is None


def test_what_crashed_and_was_moved_starts_once_the_pid_file_is_gone(home: Path) -> None:
    made = cluster.load(home)
    assert made is not None
    process_id = made.process_id()
    assert process_id is not None
    os.kill(process_id, signal.SIGKILL)
    while made.processes():
        time.sleep(0.05)
    moved = home.rename(home.with_name("chỗ mới"))
    with pytest.raises(DatabaseNotReadyError, match=r"after a crash\), delete .*postmaster\.pid"):
        cluster.start(moved)
    (moved / "postgres" / "data" / "postmaster.pid").unlink()
    assert _rows(cluster.start(moved)) == ["original"]


def test_a_moved_home_keeps_its_data(home: Path) -> None:
    cluster.stop(home)
    moved = home.rename(home.with_name("chỗ mới"))
    made = cluster.start(moved)
    assert made.data_dir == moved / "postgres" / "data"
    assert _rows(made) == ["original"]


def test_a_home_that_is_moved_while_it_runs_is_still_its_own(home: Path) -> None:
    before = cluster.load(home)
    assert before is not None
    moved = home.rename(home.with_name("chỗ mới"))
    made = cluster.start(moved)
    assert (made.port, made.process_id()) == (before.port, replace(before, data_dir=made.data_dir).process_id())
    assert _rows(made) == ["original"]
    assert cluster.stop(moved)


def test_a_record_of_earlier_versions_into_its_own_home_is_read_as_before(home: Path) -> None:
    made = cluster.load(home)
    assert made is not None
    assert _record(home)["data_dir"] == "postgres/data"
    _as_earlier_versions_wrote_it(home, made.data_dir)
    assert cluster.load(home) == made
    assert cluster.start(home) == made


def test_a_copy_without_the_data_is_refused_and_does_not_touch_those_of_the_original(home: Path) -> None:
    cluster.stop(home)
    copy = home.with_name("bản sao")
    shutil.copytree(home, copy, ignore=shutil.ignore_patterns("data"))
    _as_earlier_versions_wrote_it(copy, home / "postgres" / "data")
    for refused in (cluster.start, cluster.stop, cluster.status, cluster.remove):
        with pytest.raises(DatabaseNotReadyError, match="copied or moved without its database") as error:
            refused(copy)
        assert "không kèm cơ sở dữ liệu" in error.value.vi
    assert _rows(cluster.start(home)) == ["original"]
    # The remedy that the message gives.
    cluster.stop(home)
    subprocess.run(["cp", "-a", str(home / "postgres" / "data"), str(copy / "postgres" / "data")], check=True)
    assert _rows(cluster.start(copy)) == ["original"]


def test_a_data_folder_that_is_a_link_out_of_the_home_is_refused(home: Path) -> None:
    cluster.stop(home)
    aside = home.with_name("đĩa khác")
    (home / "postgres" / "data").rename(aside)
    (home / "postgres" / "data").symlink_to(aside)
    with pytest.raises(DatabaseNotReadyError, match="leads out of its state folder"):
        cluster.start(_copy(home))
    for holder in (home, home.with_name("bản sao")):
        (holder / "postgres" / "data").unlink()
    aside.rename(home / "postgres" / "data")


def test_data_outside_a_closed_home_belong_to_that_home_alone(
    monkeypatch: pytest.MonkeyPatch, open_folder: Path
) -> None:
    # `monkeypatch` is named first, so that it still holds when `open_folder` removes what was made.
    if choose_user().uid is None:
        pytest.skip("only root's server runs as another user, to whom a state folder can be closed")
    aside = open_folder / "aside"
    aside.mkdir(mode=0o755)
    for module in (cluster, cluster_place):
        monkeypatch.setattr(module, "FALLBACK_ROOT", aside)
    closed = open_folder / "nhà đóng"
    closed.mkdir(mode=0o700)
    made = cluster.start(closed, durable=False)
    with psycopg.connect(made.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'original' AS value")
    assert made.data_dir.parent.parent == aside
    assert cluster.load(closed) == made
    cluster.stop(closed)
    copy = _copy(closed)
    with pytest.raises(DatabaseNotReadyError, match="mkdir -p") as refused:
        cluster.start(copy)
    remedy = refused.value.en.split("then: ")[1].split("; to begin")[0]
    subprocess.run(["sh", "-c", remedy], check=True)
    ours = cluster.start(copy)
    assert ours.data_dir.parent.parent == aside
    assert ours.data_dir != made.data_dir
    theirs = cluster.start(closed)
    _add(ours, "copy")
    assert (_rows(ours), _rows(theirs)) == (["copy", "original"], ["original"])
