"""The private cluster: made once, started by many at once, alive again after a crash, closed to strangers."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from geo.errors import DatabaseNotReadyError
from geo.store import cluster


@pytest.fixture
def home(open_folder: Path) -> Iterator[Path]:
    # Blanks and Vietnamese letters happen in the folder names of this country.
    folder = open_folder / "thư mục phủ sóng"
    yield folder
    cluster.remove(folder)


def _answer(made: cluster.Cluster) -> str:
    with psycopg.connect(made.url()) as connection:
        row = connection.execute("SELECT postgis_lib_version()").fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.parametrize(
    "name",
    ["Tải về", unicodedata.normalize("NFD", "Máy tính"), 'it\'s "phủ"', "$HOME `date` \\ 100%"],
    ids=["composed", "decomposed", "quotes", "shell"],
)
def test_any_letters_may_be_in_the_name_of_the_state_folder(open_folder: Path, name: str) -> None:
    home = open_folder / name
    try:
        made = cluster.start(home)
        assert made.data_dir.is_relative_to(home)
        assert cluster.status(home)["running"] is True
        assert _answer(cluster.start(home)).startswith("3.")
        process_id = made.process_id()
        assert process_id is not None
        assert cluster.stop(home)
        assert cluster.status(home)["running"] is False
        assert not made.processes()
    finally:
        cluster.remove(home)


def test_a_home_behind_a_link_is_the_home_it_leads_to(home: Path, open_folder: Path) -> None:
    made = cluster.start(home)
    link = open_folder / "liên kết"
    link.symlink_to(home)
    assert cluster.start(link) == made
    assert cluster.stop(link)
    assert cluster.status(home)["running"] is False


def test_a_line_break_in_the_name_of_the_state_folder_is_refused(open_folder: Path) -> None:
    with pytest.raises(DatabaseNotReadyError, match="line break"):
        cluster.start(open_folder / "hai\ndòng")


def test_several_processes_may_start_it_at_once(home: Path) -> None:
    command = [sys.executable, "-m", "geo.store.cluster", "url", "--home", str(home)]
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: subprocess.run(command, capture_output=True, text=True, check=True), range(3)))
    assert len({done.stdout for done in found}) == 1
    made = cluster.load(home)
    assert made is not None
    assert _answer(made).startswith("3.")


def test_it_comes_back_after_a_crash_with_its_data(home: Path) -> None:
    made = cluster.start(home)
    with psycopg.connect(made.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS value")
    process_id = made.process_id()
    assert process_id is not None
    os.kill(process_id, signal.SIGKILL)
    while made.process_id() is not None:
        time.sleep(0.05)
    again = cluster.start(home)
    with psycopg.connect(again.url()) as connection:
        assert connection.execute("SELECT value FROM kept").fetchone() == (42,)


def test_a_stale_pid_file_that_names_another_program_does_not_matter(home: Path) -> None:
    made = cluster.start(home)
    cluster.stop(home)
    (made.data_dir / "postmaster.pid").write_text(f"{os.getpid()}\n", encoding="ascii")
    assert made.process_id() is None
    assert _answer(cluster.start(home))


def test_it_moves_to_another_port_when_its_own_is_taken(home: Path) -> None:
    made = cluster.start(home)
    assert cluster.stop(home)
    assert not cluster.stop(home)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((cluster.LOOPBACK, made.port))
        other.listen()
        moved = cluster.start(home)
        assert moved.port != made.port
        assert _answer(moved)


def test_only_passwords_open_it_and_only_over_loopback(home: Path) -> None:
    made = cluster.start(home)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(made.url().replace(cluster.OWNER + ":", cluster.OWNER + ":x"))
    with psycopg.connect(made.url()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == (cluster.LOOPBACK,)
        assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
    with psycopg.connect(made.url(user=cluster.SUPERUSER)) as connection:
        assert connection.execute("SHOW unix_socket_directories").fetchone() == ("",)
    secrets = home / "secrets"
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in secrets.glob("*_password")} == {0o600}
    assert made.data_dir.stat().st_mode & 0o077 == 0


def test_an_interrupted_initdb_is_begun_anew(home: Path) -> None:
    made = cluster.start(home)
    cluster.stop(home)
    (home / "postgres" / "cluster.json").unlink()
    (home / "postgres" / "prepared").unlink()
    partial = made.data_dir.with_name("data.partial")
    shutil.move(made.data_dir, partial)
    assert _answer(cluster.start(home))


def test_status_tells_made_from_running(home: Path) -> None:
    assert cluster.status(home) == {"made": False, "running": False}
    cluster.start(home)
    assert cluster.status(home)["running"] is True
    cluster.stop(home)
    assert (cluster.status(home)["made"], cluster.status(home)["running"]) == (True, False)
