"""The steps of docker-compose.yml on a real server: the superuser's roles, the migration, the service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from geo.errors import DatabaseNotReadyError
from geo.store import cluster
from geo.store.postgres_programs import find_programs
from tests.conftest import REPOSITORY

SECRETS = {
    "database_owner_password": "chủ'; DROP ROLE phusong_app; --",
    "database_app_password": "a/p@p:%40",
    "token": "một mã đủ dài để dùng thử",
}


@dataclass(frozen=True)
class Door:
    """A server as the image of PostGIS leaves it, and the secrets beside it."""

    made: cluster.Cluster
    folder: Path

    def superuser(self, database: str = "phusong") -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.made.url(user=cluster.SUPERUSER, database=database), autocommit=True)

    def step(self, *secrets: str, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Run the entry of the image with the secrets of one service."""
        environment = {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "PYTHONPATH": str(REPOSITORY),
            "PHUSONG_HOME": str(self.folder / "state"),
            "PHUSONG_IMAGE_STATIC": str(self.folder / "static"),
            "PHUSONG_DATABASE_HOST": f"{cluster.LOOPBACK}:{self.made.port}",
        }
        for name in secrets:
            environment[f"PHUSONG_{name.upper()}_FILE"] = str(self.folder / "secrets" / name)
        entry = ["sh", str(REPOSITORY / ".ci/container-start"), *command]
        return subprocess.run(entry, env=environment, capture_output=True, text=True, check=False, cwd=self.folder)


@pytest.fixture
def door() -> Iterator[Door]:
    try:
        programs = find_programs()
    except DatabaseNotReadyError as error:
        pytest.skip(f"no database for this test: {error.en}")
    if not (programs.bin_dir / "psql").is_file():
        pytest.skip("psql is not on this machine")
    with tempfile.TemporaryDirectory(prefix="phusong-door-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for part in ("secrets", "static"):
            (folder / part).mkdir()
        for secret, value in SECRETS.items():
            (folder / "secrets" / secret).write_text(value + "\n", encoding="utf-8")
        made = cluster.start(folder / "server", durable=False)
        found = Door(made, folder)
        with found.superuser("postgres") as connection:
            connection.execute("DROP DATABASE phusong")
            connection.execute("DROP ROLE phusong_owner")
            connection.execute("CREATE DATABASE phusong")
        yield found
        cluster.remove(folder / "server")


def test_the_superuser_makes_the_roles_the_owner_migrates_the_service_serves(door: Door) -> None:
    _make_roles(door)
    with door.superuser() as connection:
        rows = connection.execute(
            "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb FROM pg_roles"
            " WHERE rolname LIKE 'phusong%' ORDER BY rolname"
        ).fetchall()
    assert rows == [("phusong_app", False, False, False), ("phusong_owner", False, True, False)]

    phusong = [sys.executable, "-m", "api.cli"]
    early = door.step("database_app_password", command=[*phusong, "db", "upgrade"])
    assert early.returncode == 3, early.stderr
    assert "PHUSONG_DATABASE_URL" in early.stderr
    migrated = door.step(
        "database_owner_password", "database_app_password", command=[*phusong, "db", "upgrade", "--json"]
    )
    assert migrated.returncode == 0, migrated.stderr
    assert json.loads(migrated.stdout)["changed"] is True

    served = door.step("database_app_password", "token", command=[*phusong, "db", "status", "--json"])
    found = json.loads(served.stdout)
    assert (served.returncode, found["ready"], found["private"]) == (0, True, False), served.stderr
    read = door.step("database_app_password", "token", command=[*phusong, "db", "url"])
    with psycopg.connect(read.stdout.strip()) as connection:
        assert connection.execute("SELECT current_user, count(*) FROM village").fetchone() == ("phusong_read", 0)


def test_the_service_never_sees_the_password_of_the_owner(door: Door) -> None:
    _make_roles(door)
    upgrade = [sys.executable, "-m", "api.cli", "db", "upgrade"]
    assert door.step("database_owner_password", "database_app_password", command=upgrade).returncode == 0
    seen = door.step("database_app_password", "token", command=["env"]).stdout
    assert "PHUSONG_DATABASE_APP_URL=postgresql://phusong_app:" in seen
    assert [part for part in ("PHUSONG_DATABASE_URL=", "phusong_owner", "OWNER_PASSWORD") if part in seen] == []
    kept = [file.name for file in (door.folder / "state").rglob("*password*")]
    assert kept == ["phusong_read_password"]


def _make_roles(door: Door) -> None:
    """Run the script as the image of PostGIS does."""
    command = [door.made.programs().path("psql"), "--no-psqlrc", "-v", "ON_ERROR_STOP=1", "--no-password"]
    command += ["-f", str(REPOSITORY / ".ci/database-roles.sql"), door.made.url(user=cluster.SUPERUSER)]
    environment = {**os.environ, "PHUSONG_SECRETS": str(door.folder / "secrets")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for password in SECRETS.values():
        for log in (door.made.data_dir / "log").iterdir():
            assert password not in log.read_text(encoding="utf-8")
