"""Migrations up, down and up again; roles with exactly their rights; states of a database reported clearly."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from geo.errors import BadInputError, DatabaseNotReadyError
from geo.settings import Settings
from geo.store.session import dispose_engines, parse_url, session_scope
from geo.workflows.database import (
    check_migrations,
    database_status,
    database_url,
    downgrade_database,
    require_ready,
    upgrade_database,
)
from tests.conftest import TestDatabase


def test_tables_and_migrations_agree_up_down_and_up_again(fresh_database: TestDatabase) -> None:
    settings = fresh_database.settings
    check_migrations(settings)
    downgrade_database(settings)
    with fresh_database.owner.connect() as connection:
        left = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
    assert set(left) <= {"spatial_ref_sys", "alembic_version"}
    with pytest.raises(DatabaseNotReadyError, match="phusong db upgrade"):
        require_ready(settings)
    result = upgrade_database(settings)
    assert result.revision_before is None
    assert result.revision_after
    check_migrations(settings)
    require_ready(settings)


def test_upgrading_twice_changes_nothing(fresh_database: TestDatabase) -> None:
    assert not upgrade_database(fresh_database.settings).changed


def test_service_role_reads_and_writes_rows_and_nothing_more(database: TestDatabase, session: Session) -> None:
    session.execute(text("INSERT INTO operator (code, name) VALUES ('thu', 'Thử')"))
    assert session.execute(text("SELECT name FROM operator WHERE code = 'thu'")).scalar() == "Thử"
    for statement in ("CREATE TABLE x (y int)", "DROP TABLE operator", "ALTER TABLE operator DISABLE TRIGGER ALL"):
        with pytest.raises(ProgrammingError), database.app.begin() as connection:
            connection.execute(text(statement))
    superuser, owner = session.execute(
        text(
            "SELECT rolsuper, EXISTS (SELECT 1 FROM pg_tables WHERE tableowner = current_user)"
            " FROM pg_roles WHERE rolname = current_user"
        )
    ).one()
    assert (superuser, owner) == (False, False)


def test_a_session_leaves_nothing_behind(session: Session) -> None:
    assert session.execute(text("SELECT count(*) FROM operator")).scalar() == 0
    session.execute(text("INSERT INTO operator (code, name) VALUES ('thu', 'Thử')"))
    session.commit()


def test_a_session_left_nothing_behind(session: Session) -> None:
    assert session.execute(text("SELECT count(*) FROM operator")).scalar() == 0


def test_read_role_only_reads(database: TestDatabase) -> None:
    with database.read.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM village")).scalar() == 0
    statement = text("INSERT INTO operator (code, name) VALUES ('thu', 'Thử')")
    with pytest.raises(DBAPIError), database.read.begin() as connection:
        connection.execute(statement)
    # Neither the default nor the rights let it write.
    with pytest.raises(ProgrammingError, match="permission denied"), database.read.begin() as connection:
        connection.execute(text("SET TRANSACTION READ WRITE"))
        connection.execute(statement)


def test_url_is_one_that_psql_accepts(database: TestDatabase) -> None:
    url = database_url(database.settings)
    assert url.startswith("postgresql://")
    with create_engine(parse_url(url), poolclass=NullPool).connect() as connection:
        assert connection.execute(text("SHOW default_transaction_read_only")).scalar() == "on"
        assert connection.execute(text("SHOW statement_timeout")).scalar() == "1min"
    stranger = create_engine(parse_url(url).set(password="guess"), poolclass=NullPool)
    with pytest.raises(OperationalError, match="authentication failed"):
        stranger.connect()


def test_generated_passwords_are_for_this_user_only(postgis_cluster: Settings, database: TestDatabase) -> None:
    files = list((postgis_cluster.home_path / "secrets").glob("*_password"))
    assert files
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_every_spatial_column_has_an_index(database: TestDatabase) -> None:
    missing = text(
        "SELECT g.f_table_name FROM geometry_columns g WHERE g.f_table_schema = 'public' AND NOT EXISTS ("
        " SELECT 1 FROM pg_indexes i WHERE i.tablename = g.f_table_name"
        " AND i.indexdef LIKE '%USING gist (' || g.f_geometry_column || ')%')"
    )
    with database.read.connect() as connection:
        assert connection.execute(missing).scalars().all() == []


def test_moments_carry_their_time_zone(database: TestDatabase) -> None:
    naive = text(
        "SELECT table_name || '.' || column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type = 'timestamp without time zone'"
    )
    with database.read.connect() as connection:
        assert connection.execute(naive).scalars().all() == []


def test_status_of_a_migrated_database(database: TestDatabase) -> None:
    status = database_status(database.settings)
    assert status.ready
    assert status.postgis_version
    assert status.message_vi is None


def test_status_before_anything_was_made(tmp_path: Path) -> None:
    status = database_status(Settings(home=tmp_path))
    assert not status.ready
    assert status.message_en is not None
    assert "phusong db start" in status.message_en


def test_unreachable_database_is_reported_without_its_password(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url=SecretStr("postgresql://me:hush@127.0.0.1:1/x"))
    with pytest.raises(DatabaseNotReadyError) as caught:
        upgrade_database(settings)
    assert "hush" not in caught.value.en + caught.value.vi
    dispose_engines()


@pytest.mark.parametrize("address", ["mysql://a@b/c", "nonsense", "postgresql://a@b", "postgresql+asyncpg://a@b/c"])
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(BadInputError):
        parse_url(address)


def test_service_role_must_not_be_the_owner(fresh_database: TestDatabase) -> None:
    settings = fresh_database.settings
    wrong = settings.model_copy(update={"database_app_url": settings.database_url})
    with pytest.raises(DatabaseNotReadyError, match="ordinary role"):
        upgrade_database(wrong)


def test_missing_table_is_reported_as_not_migrated(database: TestDatabase) -> None:
    with pytest.raises(DatabaseNotReadyError, match="db upgrade"), session_scope(database.app) as session:
        session.execute(text("SELECT 1 FROM no_such_table"))


def test_errors_in_a_transaction_roll_it_back(fresh_database: TestDatabase) -> None:
    with pytest.raises(ZeroDivisionError), session_scope(fresh_database.app) as session:
        session.execute(text("INSERT INTO operator (code, name) VALUES ('thu', 'Thử')"))
        raise ZeroDivisionError
    with session_scope(fresh_database.app) as session:
        assert session.execute(text("SELECT count(*) FROM operator")).scalar() == 0
