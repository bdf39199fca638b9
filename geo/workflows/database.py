"""Start, prepare and describe the database of an installation."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from geo.errors import DatabaseNotReadyError
from geo.settings import Settings
from geo.store import cluster, migrations
from geo.store.roles import grant_roles
from geo.store.session import (
    dispose_engines,
    engine_for,
    is_private,
    not_migrated,
    psql_url,
    reported_clearly,
    session_scope,
    watching_role,
)

logger = logging.getLogger(__name__)

# Any fixed number: it keeps two migrations of one database from running at once.
MIGRATION_LOCK = 7_436_011
POSTGIS_MAJOR = 3


@dataclass(frozen=True)
class UpgradeResult:
    """Revisions before and after `db upgrade`; equal when there was nothing to do."""

    revision_before: str | None
    revision_after: str | None

    @property
    def changed(self) -> bool:
        """Tell whether any migration ran."""
        return self.revision_before != self.revision_after


@dataclass(frozen=True)
class DatabaseStatus:
    """What `phusong db status` shows; unknown values are None."""

    private: bool
    running: bool
    revision: str | None
    revision_expected: str | None
    postgis_version: str | None
    port: int | None
    data_dir: str | None
    message_en: str | None
    message_vi: str | None

    @property
    def ready(self) -> bool:
        """Tell whether the service can work with this database."""
        return self.running and self.revision is not None and self.revision == self.revision_expected


def start_database(settings: Settings) -> None:
    """Start the private cluster, making it at first use; an external database only has to answer."""
    if is_private(settings):
        cluster.start(settings.home_path)
        return
    with reported_clearly(), engine_for(settings, watching_role(settings)).connect():
        logger.info("the given database answers")


def stop_database(settings: Settings) -> bool:
    """Stop the private cluster; False when it was not running or the database is not ours to stop."""
    dispose_engines()
    return is_private(settings) and cluster.stop(settings.home_path)


def upgrade_database(settings: Settings, *, revision: str = "head") -> UpgradeResult:
    """Bring tables, roles and rights to this version; doing it twice, or from two processes at once, is harmless."""
    with _owner_connection(settings) as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        try:
            _require_postgis(connection)
            before = _revision(connection)
            if before != _head():
                command.upgrade(_configuration(connection), revision)
            after = _revision(connection)
            grant_roles(connection, settings=settings)
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
            connection.commit()
    return UpgradeResult(revision_before=before, revision_after=after)


def downgrade_database(settings: Settings, *, revision: str = "base") -> None:
    """Take migrations back. Data of the dropped tables are lost: for tests and developers."""
    with _owner_connection(settings) as connection:
        command.downgrade(_configuration(connection), revision)
        connection.commit()


def check_migrations(settings: Settings) -> None:
    """Raise alembic's CommandError when the tables in code and in the migrated database differ."""
    with _owner_connection(settings) as connection:
        command.check(_configuration(connection))


def require_ready(settings: Settings) -> None:
    """Raise DatabaseNotReadyError unless the service role reaches a database of this version."""
    with session_scope(engine_for(settings)) as session:
        found = session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if found != _head():
        raise not_migrated()


def database_status(settings: Settings) -> DatabaseStatus:
    """Describe the database without starting or changing it."""
    known = cluster.load(settings.home_path) if is_private(settings) else None
    revision = version = problem = None
    try:
        with reported_clearly(), engine_for(settings, watching_role(settings)).connect() as connection:
            revision = _revision(connection)
            version = str(connection.execute(text("SELECT postgis_lib_version()")).scalar())
    except DatabaseNotReadyError as error:
        problem = error
    except ProgrammingError:
        problem = _no_postgis()
    return DatabaseStatus(
        private=is_private(settings),
        running=problem is None,
        revision=revision,
        revision_expected=_head(),
        postgis_version=version,
        port=known.port if known else None,
        data_dir=str(known.data_dir) if known else None,
        message_en=problem.en if problem else None,
        message_vi=problem.vi if problem else None,
    )


def database_url(settings: Settings, *, role: Literal["owner", "app", "read"] = "read") -> str:
    """Return the address of a role in the form that psql accepts."""
    return psql_url(settings, role)


@contextmanager
def _owner_connection(settings: Settings) -> Iterator[Connection]:
    with reported_clearly(), engine_for(settings, "owner").connect() as connection:
        yield connection


def _configuration(connection: Connection) -> Config:
    configuration = Config(attributes={"connection": connection})
    configuration.set_main_option("script_location", _scripts_folder().replace("%", "%%"))
    # A folder name may hold any separator but a line break.
    configuration.set_main_option("path_separator", "newline")
    return configuration


def _scripts_folder() -> str:
    return str(Path(migrations.__file__).parent)


def _head() -> str | None:
    return ScriptDirectory(_scripts_folder()).get_current_head()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _require_postgis(connection: Connection) -> None:
    try:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS postgis"))
        # Of PostgreSQL's own set, and one that the owner of a database may add.
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS btree_gist"))
        version = str(connection.execute(text("SELECT postgis_lib_version()")).scalar())
        connection.commit()
    except DBAPIError as error:
        connection.rollback()
        raise _no_postgis(str(error.orig)) from error
    if int(version.split(".", 1)[0]) < POSTGIS_MAJOR:
        raise _no_postgis(f"PostGIS {version} < {POSTGIS_MAJOR}.0")


def _no_postgis(detail: str = "") -> DatabaseNotReadyError:
    return DatabaseNotReadyError(
        "this database lacks PostGIS 3 or btree_gist, and its owner may not add them. Install PostGIS and PostgreSQL's "
        "contrib extensions on the server and run, as a superuser of this database: CREATE EXTENSION postgis; "
        f"CREATE EXTENSION btree_gist; {detail}".rstrip("; "),
        "cơ sở dữ liệu này thiếu PostGIS 3 hoặc btree_gist và chủ sở hữu không được phép thêm. Hãy cài PostGIS và các "
        "phần mở rộng contrib của PostgreSQL trên máy chủ rồi chạy bằng quyền superuser trong cơ sở dữ liệu này: "
        f"CREATE EXTENSION postgis; CREATE EXTENSION btree_gist; {detail}".rstrip("; "),
    )
