"""The private PostGIS cluster of an installation, kept in `$PHUSONG_HOME/postgres`.

It is an ordinary PostgreSQL server that only listens on 127.0.0.1 (scram-sha-256, generated passwords, no socket),
so the rest of the service knows just an address, as with any other PostGIS.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
from psycopg import sql

from geo.errors import DatabaseNotReadyError
from geo.store.cluster_place import FALLBACK_ROOT, find_data, make_parent, recorded_as, refuse_torn_copy
from geo.store.postgres_programs import Programs, ServerUser, choose_user, find_programs, run_as, user_named
from geo.store.state_folder import ensure_home, locked, read_or_make_secret

DATABASE = "phusong"
OWNER = "phusong_owner"
SUPERUSER = "postgres"
LOOPBACK = "127.0.0.1"
START_TIMEOUT_S = 90
ORPHAN_TIMEOUT_S = 20
START_TRIES = 3
FOLDER_LINE = 2
READY_LINE = 8
PROCESSES = Path("/proc")
CONFIGURATION = """
# phusong: reached over loopback only
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
max_connections = 60
shared_buffers = 192MB
work_mem = 32MB
maintenance_work_mem = 128MB
effective_cache_size = 1GB
max_wal_size = 2GB
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = on
log_directory = 'log'
log_filename = 'postgresql-%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1440
"""
NOT_DURABLE = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"
ACCESS_RULES = "host all all 127.0.0.1/32 scram-sha-256\n"


@dataclass(frozen=True)
class Cluster:
    """Where a made cluster is, who runs it and on which port of 127.0.0.1 it listens.

    `brought` says that the record was written in another state folder, whose server may want the same port.
    """

    home: Path
    data_dir: Path
    user_name: str
    port: int
    version: int
    brought: bool = False

    @property
    def user(self) -> ServerUser:
        """The unprivileged user that runs the server."""
        return user_named(self.user_name)

    def programs(self) -> Programs:
        """Return the programs of the version this cluster was made with."""
        return find_programs(self.version)

    @property
    def prepared_mark(self) -> Path:
        """File that says the database, its owner and PostGIS were made."""
        return self.home / "postgres" / "prepared"

    def is_ready(self) -> bool:
        """Tell whether the server runs, accepts connections and has its database."""
        if not self.process_id() or not self.prepared_mark.exists():
            return False
        lines = self._pid_file()
        return len(lines) >= READY_LINE and lines[READY_LINE - 1].strip() == b"ready"

    def process_id(self) -> int | None:
        """Return the process id of the running server, or None; a stale pid file does not count."""
        first, *_ = self._pid_file() or [b""]
        if not first.strip().isdigit():
            return None  # no file, or the server is just writing it
        process_id = int(first)
        try:
            os.kill(process_id, 0)
        except (ProcessLookupError, PermissionError):
            return None
        # After a crash the number may belong to another program, in a copy to the server of the original.
        own = process_id in self.processes() if PROCESSES.exists() else not self.has_foreign_pid_file()
        return process_id if own else None

    def has_foreign_pid_file(self) -> bool:
        """Tell whether the pid file was written by the server of another folder, from which this one was copied."""
        lines = self._pid_file()
        return len(lines) >= FOLDER_LINE and lines[FOLDER_LINE - 1] != os.fsencode(self.data_dir)

    def _pid_file(self) -> list[bytes]:
        """Return the lines of the server's pid file; bytes, for one of them is a path in whatever letters it has."""
        try:
            return (self.data_dir / "postmaster.pid").read_bytes().splitlines()
        except FileNotFoundError:
            return []

    def processes(self) -> set[int]:
        """Return every process that works in the data folder: the server, its helpers, orphans of a crash."""
        found = set()
        for folder in PROCESSES.glob("[0-9]*"):
            try:
                if (folder / "cwd").readlink() == self.data_dir:
                    found.add(int(folder.name))
            except OSError:
                continue  # ended meanwhile, or not ours to look at
        return found

    def url(self, *, user: str = OWNER, database: str = DATABASE) -> str:
        """Return the address of a database as `user`, with its generated password."""
        password = read_or_make_secret(self.home, f"{user}_password")
        return f"postgresql://{user}:{password}@{LOOPBACK}:{self.port}/{database}"


def load(home: Path) -> Cluster | None:
    """Return the cluster made earlier in this state folder, or None."""
    record = home / "postgres" / "cluster.json"
    if not record.exists():
        return None
    known = json.loads(record.read_text(encoding="utf-8"))
    data_dir = find_data(home, known["data_dir"])
    cluster = Cluster(
        home=home,
        data_dir=data_dir,
        user_name=known["user"],
        port=int(known["port"]),
        version=int(known["version"]),
        # Records of earlier versions name the data folder in full instead.
        brought=known["home"] != str(home) if "home" in known else known["data_dir"] != str(data_dir),
    )
    return cluster if (home / "postgres").exists() and _exists(cluster) else None


def _exists(cluster: Cluster) -> bool:
    if os.geteuid() != 0 and cluster.user_name != choose_user().name:
        raise DatabaseNotReadyError(
            f"the database of {cluster.home} belongs to user {cluster.user_name}; run phusong as root or as that user.",
            f"cơ sở dữ liệu trong {cluster.home} thuộc người dùng {cluster.user_name}; hãy chạy phusong bằng root hoặc "
            "bằng người dùng đó.",
        )
    return (cluster.data_dir / "PG_VERSION").exists()


def start(home: Path, *, durable: bool = True) -> Cluster:
    """Make the cluster when it is missing, start it when it is down, and return it ready for connections.

    Safe when several processes call it at once. `durable=False` trades safety for speed: throw-away test data only.
    """
    if "\n" in str(home):
        # The server's pid file has one line for the path.
        raise DatabaseNotReadyError(
            "the path of the state folder (PHUSONG_HOME) holds a line break, which PostgreSQL cannot work with; choose "
            "another folder.",
            "đường dẫn thư mục trạng thái (PHUSONG_HOME) có ký tự xuống dòng, PostgreSQL không dùng được; hãy chọn thư "
            "mục khác.",
        )
    home = ensure_home(home)
    known = load(home)
    if known and known.is_ready():
        return known
    with locked(home / "postgres" / "start.lock"):
        cluster = load(home) or _create(home, durable=durable)
        if not cluster.process_id():
            cluster = _launch(cluster)
        if not cluster.prepared_mark.exists():
            _prepare_database(cluster)
            cluster.prepared_mark.touch()
    return cluster


def stop(home: Path) -> bool:
    """Stop the cluster; False when it was not running."""
    home = home.expanduser().resolve()
    cluster = load(home)
    if cluster is None:
        return False
    with locked(home / "postgres" / "start.lock"):
        if not cluster.process_id():
            return False
        command = [cluster.programs().path("pg_ctl"), "stop", "-m", "fast", "-w"]
        code, said = run_as(cluster.user, command, data_dir=cluster.data_dir)
    if code != 0:
        raise DatabaseNotReadyError(
            f"PostgreSQL did not stop: {said}", f"PostgreSQL không dừng được, thông báo gốc: {said}"
        )
    _wait_for_end(cluster)  # `pg_ctl` waits for the server's file only
    return True


def remove(home: Path) -> None:
    """Stop the cluster and delete its files, including those outside the state folder."""
    home = home.expanduser().resolve()
    stop(home)
    cluster = load(home)
    if cluster is not None:
        shutil.rmtree(cluster.data_dir)
        if cluster.data_dir.parent.parent == FALLBACK_ROOT:
            cluster.data_dir.parent.rmdir()
    shutil.rmtree(home / "postgres", ignore_errors=True)


def status(home: Path) -> dict[str, object]:
    """Return what `phusong db status` shows about the private cluster."""
    cluster = load(home.expanduser().resolve())
    if cluster is None:
        return {"made": False, "running": False}
    return {
        "made": True,
        "running": cluster.is_ready(),
        "process_id": cluster.process_id(),
        "port": cluster.port,
        "data_dir": str(cluster.data_dir),
        "user": cluster.user_name,
        "version": cluster.version,
    }


def _create(home: Path, *, durable: bool) -> Cluster:
    programs, user = find_programs(), choose_user()
    parent = make_parent(home, user)
    data_dir, partial = parent / "data", parent / "data.partial"
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir(mode=0o700)
    _give(partial, user)
    password_file = parent / "password"
    password_file.touch(mode=0o600)
    _give(password_file, user)
    password_file.write_text(read_or_make_secret(home, f"{SUPERUSER}_password") + "\n", encoding="ascii")
    command = [programs.path("initdb"), "-D", str(partial), "-U", SUPERUSER, f"--pwfile={password_file}"]
    command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
    try:
        code, said = run_as(user, command)
        if code != 0:
            raise DatabaseNotReadyError(
                f"initdb failed in {partial} as user {user.name}: {said}",
                f"initdb bị lỗi trong {partial} với người dùng {user.name}, thông báo gốc: {said}",
            )
    finally:
        password_file.unlink()
    with (partial / "postgresql.conf").open("a", encoding="utf-8") as stream:
        stream.write(CONFIGURATION if durable else CONFIGURATION + NOT_DURABLE)
    (partial / "pg_hba.conf").write_text(ACCESS_RULES, encoding="utf-8")
    cluster = Cluster(home=home, data_dir=data_dir, user_name=user.name, port=_free_port(), version=programs.version)
    # In this order: a record without data is made anew, data without a record would be in the way.
    _record(cluster)
    partial.rename(data_dir)
    return cluster


def _record(cluster: Cluster) -> None:
    record = cluster.home / "postgres" / "cluster.json"
    partial = record.with_suffix(".partial")
    known = {
        "home": str(cluster.home),
        "data_dir": recorded_as(cluster.home, cluster.data_dir),
        "user": cluster.user_name,
        "port": cluster.port,
        "version": cluster.version,
    }
    partial.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
    partial.replace(record)


def _give(path: Path, user: ServerUser) -> None:
    if user.uid is not None and user.gid is not None:
        os.chown(path, user.uid, user.gid)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        # The server itself sets SO_REUSEADDR, so a port in TIME_WAIT is usable.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _wait_for_end(cluster: Cluster) -> None:
    deadline = time.monotonic() + ORPHAN_TIMEOUT_S
    while cluster.processes() and time.monotonic() < deadline:
        time.sleep(0.05)


def _launch(cluster: Cluster) -> Cluster:
    if cluster.has_foreign_pid_file():
        refuse_torn_copy(cluster.data_dir)
    _clear_after_crash(cluster)
    log = cluster.data_dir / "start.log"
    said = ""
    for _ in range(START_TRIES):
        if cluster.brought or not _port_is_free(cluster.port):
            cluster = replace(cluster, port=_free_port(), brought=False)
            _record(cluster)
        command = [cluster.programs().path("pg_ctl"), "start", "-w", "-t", str(START_TIMEOUT_S)]
        command += ["-l", log.name, "-o", f"-p {cluster.port}"]
        code, said = run_as(cluster.user, command, data_dir=cluster.data_dir, timeout_s=START_TIMEOUT_S + 10)
        if code == 0:
            return cluster
    detail = log.read_text(encoding="utf-8", errors="replace")[-1500:] if log.exists() else ""
    raise DatabaseNotReadyError(
        f"PostgreSQL did not start: {said}\n{detail}", f"PostgreSQL không khởi động được: {said}\n{detail}"
    )


def _clear_after_crash(cluster: Cluster) -> None:
    if not PROCESSES.exists():
        return  # PostgreSQL's own check of the old process number has to do
    _wait_for_end(cluster)
    if not cluster.processes():
        # The number in the file may by now name another program, and PostgreSQL would refuse to start.
        (cluster.data_dir / "postmaster.pid").unlink(missing_ok=True)


def _prepare_database(cluster: Cluster) -> None:
    password = read_or_make_secret(cluster.home, f"{OWNER}_password")
    owner, database = sql.Identifier(OWNER), sql.Identifier(DATABASE)
    with _connect(cluster, "postgres") as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (OWNER,)).fetchone():
            create = sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD {}")
            connection.execute(create.format(owner, sql.Literal(password)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    with _connect(cluster, DATABASE) as connection:
        # PostGIS is not a trusted extension: only the superuser may make it.
        connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")


def _connect(cluster: Cluster, database: str) -> psycopg.Connection[tuple[object, ...]]:
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            return psycopg.connect(cluster.url(user=SUPERUSER, database=database), autocommit=True, connect_timeout=5)
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline or "starting up" not in str(error):
                raise DatabaseNotReadyError(
                    f"the private PostgreSQL does not answer: {error}",
                    f"PostgreSQL riêng không trả lời, thông báo gốc: {error}",
                ) from error
            time.sleep(0.2)


def main(arguments: list[str]) -> int:
    """Run `python -m geo.store.cluster start|stop|status|url|remove --home DIR`."""
    parser = argparse.ArgumentParser(prog="python -m geo.store.cluster", description=__doc__)
    parser.add_argument("action", choices=("start", "stop", "status", "url", "remove"))
    parser.add_argument("--home", type=Path, required=True, help="state folder")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.action == "stop":
            stop(chosen.home)
        elif chosen.action == "remove":
            remove(chosen.home)
        elif chosen.action == "status":
            sys.stdout.write(json.dumps(status(chosen.home), indent=2) + "\n")
        else:
            cluster = start(chosen.home)
            sys.stdout.write(cluster.url() + "\n" if chosen.action == "url" else f"{LOOPBACK}:{cluster.port}\n")
    except DatabaseNotReadyError as error:
        sys.stderr.write(f"{error.vi}\n{error.en}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
