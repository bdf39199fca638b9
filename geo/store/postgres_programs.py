"""Find this machine's PostgreSQL and PostGIS, and run its programs as an unprivileged user."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from geo.errors import DatabaseNotReadyError

# Version folders of Debian/Ubuntu, of the PostgreSQL project's RPMs, of SUSE, Alpine, Homebrew.
VERSION_FOLDERS = (
    ("/usr/lib/postgresql", "*/bin"),
    ("/usr", "pgsql-*/bin"),
    ("/usr/lib", "postgresql*/bin"),
    ("/usr/libexec", "postgresql*"),
    ("/opt/homebrew/opt", "postgresql@*/bin"),
    ("/usr/local/opt", "postgresql@*/bin"),
)
SYSTEM_USERS = ("phusong", "postgres")
OLDEST_VERSION = 13
PROGRAM_TIMEOUT_S = 120


@dataclass(frozen=True)
class Programs:
    """One installed PostgreSQL with PostGIS: its version and the folder of its programs."""

    version: int
    bin_dir: Path

    def path(self, name: str) -> str:
        """Return the full path of one program."""
        return str(self.bin_dir / name)


@dataclass(frozen=True)
class ServerUser:
    """The unprivileged user that runs the server; None ids mean the user running this process."""

    name: str
    uid: int | None = None
    gid: int | None = None


def find_programs(version: int | None = None) -> Programs:
    """Return the newest PostgreSQL that has PostGIS, or the one of the asked major version.

    Raises DatabaseNotReadyError saying which of the two is missing.
    """
    found = {programs.version: programs for programs in _installed() if version in (None, programs.version)}
    with_postgis = {number: programs for number, programs in found.items() if _has_postgis(programs)}
    if with_postgis:
        return with_postgis[max(with_postgis)]
    raise _missing(found, version)


def _missing(found: dict[int, Programs], version: int | None) -> DatabaseNotReadyError:
    wanted = f"PostgreSQL {version}" if version else f"PostgreSQL {OLDEST_VERSION}+"
    if not found:
        return DatabaseNotReadyError(
            f"{wanted} (server programs initdb and pg_ctl) was not found on this machine. Install it with PostGIS, "
            "on Debian/Ubuntu: apt-get install postgresql-postgis; on Fedora/RHEL: dnf install postgresql-server "
            "postgresql-contrib postgis; or set PHUSONG_DATABASE_URL to a PostGIS that already runs.",
            f"Không tìm thấy {wanted} (các chương trình initdb và pg_ctl) trên máy này. Hãy cài cùng với PostGIS, "
            "trên Debian/Ubuntu: apt-get install postgresql-postgis; trên Fedora/RHEL: dnf install postgresql-server "
            "postgresql-contrib postgis; hoặc đặt PHUSONG_DATABASE_URL trỏ tới một PostGIS đang chạy.",
        )
    where = ", ".join(str(programs.bin_dir) for programs in found.values())
    newest = max(found)
    return DatabaseNotReadyError(
        f"PostgreSQL is installed ({where}) but PostGIS is not. Install it, on Debian/Ubuntu: apt-get install "
        f"postgresql-{newest}-postgis-3; on Fedora/RHEL: dnf install postgis.",
        f"Đã có PostgreSQL ({where}) nhưng chưa có PostGIS. Hãy cài thêm, trên Debian/Ubuntu: apt-get install "
        f"postgresql-{newest}-postgis-3; trên Fedora/RHEL: dnf install postgis.",
    )


def _installed() -> Iterator[Programs]:
    seen: set[Path] = set()
    for folder in _candidate_folders():
        resolved = folder.resolve()
        if resolved in seen or not all((folder / name).is_file() for name in ("initdb", "pg_ctl", "postgres")):
            continue
        seen.add(resolved)
        version = _version(folder)
        if version >= OLDEST_VERSION:
            yield Programs(version=version, bin_dir=folder)


def _candidate_folders() -> Iterator[Path]:
    for root, pattern in VERSION_FOLDERS:
        yield from sorted(Path(root).glob(pattern), reverse=True)
    for name in ("pg_ctl", "postgres"):
        on_path = shutil.which(name)
        if on_path:
            yield Path(on_path).resolve().parent
    pg_config = shutil.which("pg_config")
    if pg_config:
        yield Path(_output([pg_config, "--bindir"]))


def _version(folder: Path) -> int:
    match = re.search(r"\(PostgreSQL\) (\d+)", _output([str(folder / "postgres"), "--version"]))
    return int(match.group(1)) if match else 0


def _has_postgis(programs: Programs) -> bool:
    share_folders = [
        Path("/usr/share/postgresql") / str(programs.version),
        Path("/usr/share/pgsql"),
        programs.bin_dir.parent / "share",
        programs.bin_dir.parent / "share" / "postgresql",
    ]
    pg_config = programs.bin_dir / "pg_config"
    if pg_config.is_file():
        share_folders.insert(0, Path(_output([str(pg_config), "--sharedir"])))
    return any((folder / "extension" / "postgis.control").is_file() for folder in share_folders)


def _output(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PROGRAM_TIMEOUT_S, cwd="/")
    return done.stdout.strip()


def choose_user() -> ServerUser:
    """Return who shall run the server: this user, or a system user when this process is root (initdb refuses root)."""
    if os.geteuid() != 0:
        return ServerUser(name=pwd.getpwuid(os.geteuid()).pw_name)
    for name in SYSTEM_USERS:
        try:
            return user_named(name)
        except KeyError:
            continue
    useradd = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USERS[0]]
    done = subprocess.run(useradd, capture_output=True, text=True, check=False, timeout=PROGRAM_TIMEOUT_S)
    if done.returncode != 0:
        raise DatabaseNotReadyError(
            f"PostgreSQL does not run as root and no system user could be made: {done.stderr.strip()}. "
            f"Make a user called {SYSTEM_USERS[0]}, or start phusong as an ordinary user.",
            f"PostgreSQL không chạy bằng root và không tạo được người dùng hệ thống: {done.stderr.strip()}. "
            f"Hãy tạo người dùng {SYSTEM_USERS[0]}, hoặc chạy phusong bằng người dùng thường.",
        )
    return user_named(SYSTEM_USERS[0])


def user_named(name: str) -> ServerUser:
    """Return the system user called `name`; KeyError when there is none."""
    entry = pwd.getpwnam(name)
    if os.geteuid() != 0:
        return ServerUser(name=name)
    return ServerUser(name=name, uid=entry.pw_uid, gid=entry.pw_gid)


def run_as(
    user: ServerUser, command: list[str], *, data_dir: Path | None = None, timeout_s: float = PROGRAM_TIMEOUT_S
) -> tuple[int, str]:
    """Run a program as `user` with a clean environment; return its exit code and what it said.

    A program of a cluster is told its `data_dir` by PGDATA and works in it: pg_ctl writes a path of its options into a
    shell command, where `"`, `$` or a backtick in a folder's name would be read as more than letters.
    """
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": "/"}
    if data_dir is not None:
        environment["PGDATA"] = str(data_dir)
    try:
        done = subprocess.run(
            command,
            user=user.uid,
            group=user.gid,
            extra_groups=[] if user.uid is not None else None,
            cwd=data_dir or "/",
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=timeout_s,
        )
    except subprocess.TimeoutExpired:
        return 124, f"no answer within {timeout_s:.0f} s"
    return done.returncode, (done.stdout + done.stderr).strip()
