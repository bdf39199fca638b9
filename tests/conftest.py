"""Fixtures of all tests: a throw-away PostGIS, a migrated database, sessions that leave nothing behind."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from pydantic import SecretStr
from sqlalchemy import URL, Engine, create_engine, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from geo.errors import DatabaseNotReadyError
from geo.settings import Settings
from geo.store import cluster
from geo.store.postgres_programs import find_programs
from geo.store.session import dispose_engines, engine_for, parse_url, url_for
from geo.workflows.database import upgrade_database

DROP_TRIES = 15
REPOSITORY = Path(__file__).resolve().parent.parent

# Compiling and two busy cores make single examples slow; in CI the same examples every time.
hypothesis_settings.register_profile("phusong", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis_settings.load_profile("phusong")


@dataclass(frozen=True)
class TestDatabase:
    """A migrated throw-away database with the settings that lead to it."""

    __test__ = False

    settings: Settings

    @property
    def owner(self) -> Engine:
        """Engine of the role that owns the tables."""
        return engine_for(self.settings, "owner")

    @property
    def app(self) -> Engine:
        """Engine of the service role: what routes and workflows use."""
        return engine_for(self.settings, "app")

    @property
    def read(self) -> Engine:
        """Engine of the read-only role."""
        return engine_for(self.settings, "read")


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> Iterator[None]:
    """Keep the configured installation out of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("PHUSONG_")]:
            if name not in {"PHUSONG_SHARED", "PHUSONG_TEST_DATABASE_URL"}:
                patch.delenv(name)
        patch.setitem(Settings.model_config, "env_file", None)
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real data and published vectors beside the checkout (or $PHUSONG_SHARED)."""
    folder = Path(os.environ.get("PHUSONG_SHARED", REPOSITORY.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"real data are not on this machine: {folder} (or $PHUSONG_SHARED) does not exist")
    return folder


@pytest.fixture(scope="session")
def postgis_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a throw-away PostGIS: a private cluster, or a new database on $PHUSONG_TEST_DATABASE_URL."""
    home = tmp_path_factory.mktemp("home")
    given = os.environ.get("PHUSONG_TEST_DATABASE_URL")
    if given:
        yield from _database_on(parse_url(given), home)
        return
    try:
        find_programs()
    except DatabaseNotReadyError as error:
        pytest.skip(f"no database for this test: {error.en}")
    made = cluster.start(home, durable=False)
    # Only tests make databases: each one a copy of the migrated one.
    _administer(parse_url(made.url(user=cluster.SUPERUSER)), f"ALTER ROLE {cluster.OWNER} CREATEDB")
    # Its transactions would count as changes of the data, at random moments, for the pages that are kept until one.
    for statement in ("ALTER SYSTEM SET autovacuum = off", "SELECT pg_reload_conf()"):
        _administer(parse_url(made.url(user=cluster.SUPERUSER)), statement)
    yield Settings(home=home, database_url=SecretStr(made.url()))
    dispose_engines()
    cluster.remove(home)


def _database_on(server: URL, home: Path) -> Iterator[Settings]:
    name = f"phusong_test_{secrets.token_hex(4)}"
    _administer(server, f'CREATE DATABASE "{name}"')
    yield Settings(home=home, database_url=_secret(server.set(database=name)))
    dispose_engines()
    _administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')
    _administer(server, f'DROP ROLE IF EXISTS "{name}_app", "{name}_read"')


@pytest.fixture(scope="session")
def _template(postgis_cluster: Settings) -> Settings:
    """A migrated database that nobody writes to; the others are copies of it."""
    upgrade_database(postgis_cluster)
    roles = {f"database_{role}_url": _secret(url_for(postgis_cluster, role)) for role in ("app", "read")}
    dispose_engines()
    return postgis_cluster.model_copy(update=roles)


@pytest.fixture(scope="session")
def database(_template: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestDatabase]:
    """The migrated database that the tests share; work on it through `session`, which leaves nothing behind."""
    yield from _copy(_template, tmp_path_factory.mktemp("shared-home"))


@pytest.fixture
def fresh_database(_template: Settings, tmp_path: Path) -> Iterator[TestDatabase]:
    """A migrated, empty database for one test that commits (imports, commands, pages); made in about 0.2 s."""
    yield from _copy(_template, tmp_path / "home")


@pytest.fixture(scope="module")
def module_database(_template: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestDatabase]:
    """A migrated, empty database for the tests of one module, which fills it once and then only reads."""
    yield from _copy(_template, tmp_path_factory.mktemp("module") / "home")


@pytest.fixture
def session(database: TestDatabase) -> Iterator[Session]:
    """A session of the service role whose work, commits included, is rolled back after the test."""
    with database.app.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as opened:
            yield opened
        outer.rollback()


def _copy(template: Settings, home: Path) -> Iterator[TestDatabase]:
    owner = url_for(template, "owner")
    name = f"phusong_copy_{secrets.token_hex(4)}"
    _administer(owner, f'CREATE DATABASE "{name}" TEMPLATE "{owner.database}"')
    addresses = {
        f"database_{'' if role == 'owner' else role + '_'}url": _secret(url_for(template, role).set(database=name))
        for role in ("owner", "app", "read")
    }
    home.mkdir(exist_ok=True)
    yield TestDatabase(settings=template.model_copy(update={"home": home, **addresses}))
    dispose_engines()
    _drop(owner, name)


def _drop(owner: URL, name: str) -> None:
    """Drop a database; a vacuum worker of the server, which the owner may not end, is waited for."""
    for _ in range(DROP_TRIES - 1):
        try:
            return _administer(owner, f'DROP DATABASE "{name}" WITH (FORCE)')
        except ProgrammingError:
            time.sleep(1.0)
    return _administer(owner, f'DROP DATABASE "{name}" WITH (FORCE)')


def _administer(url: URL, statement: str) -> None:
    engine = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(statement))


def _secret(url: URL) -> SecretStr:
    return SecretStr(url.set(drivername="postgresql").render_as_string(hide_password=False))
