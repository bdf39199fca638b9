"""Make the service and the read-only role, and give each exactly the rights it needs."""

from __future__ import annotations

import logging

import psycopg
from psycopg import sql
from sqlalchemy import Connection

from geo.errors import DatabaseNotReadyError
from geo.settings import Settings
from geo.store.session import role_name
from geo.store.state_folder import read_or_make_secret
from geo.store.tables import Base

logger = logging.getLogger(__name__)

VERSION_TABLE = "alembic_version"
READ_STATEMENT_TIMEOUT = "60s"


def grant_roles(connection: Connection, *, settings: Settings) -> None:
    """Make the missing roles with generated passwords and set their rights.

    A role whose address is in the settings must exist already. DatabaseNotReadyError when a role cannot be made, or
    when the service role would be an owner or a superuser, whom no access rule binds.
    """
    driver = _psycopg(connection)
    app, read = role_name(settings, "app"), role_name(settings, "read")
    if settings.database_app_url is None:
        _make_role(driver, app, settings=settings)
    if settings.database_read_url is None:
        _make_role(driver, read, settings=settings)
    _require_bound(driver, app)
    _grant(driver, app=app, read=read)
    if settings.database_read_url is None:
        for name, value in (("default_transaction_read_only", "on"), ("statement_timeout", READ_STATEMENT_TIMEOUT)):
            alter = sql.SQL("ALTER ROLE {} SET {} = {}")
            driver.execute(alter.format(sql.Identifier(read), sql.Identifier(name), sql.Literal(value)))


def _psycopg(connection: Connection) -> psycopg.Connection[tuple[object, ...]]:
    if not connection.in_transaction():
        connection.begin()
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError(f"expected a psycopg 3 connection, got {type(driver).__name__}")
    return driver


def _make_role(driver: psycopg.Connection[tuple[object, ...]], name: str, *, settings: Settings) -> None:
    known = driver.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone()
    password_file = settings.home_path / "secrets" / f"{name}_password"
    if known and password_file.exists():
        return
    password = read_or_make_secret(settings.home_path, f"{name}_password")
    # Only the verifier travels, so that no password lands in the server's log.
    verifier = driver.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    if known:
        logger.warning("role %s had a password unknown to this state folder; it was replaced", name)
    verb = sql.SQL("ALTER" if known else "CREATE")
    statement = sql.SQL("{} ROLE {} LOGIN NOCREATEDB NOCREATEROLE PASSWORD {}")
    try:
        driver.execute(statement.format(verb, sql.Identifier(name), sql.Literal(verifier)))
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseNotReadyError(
            f"the owner of the database may not make the role {name}. Give the owner CREATEROLE, or make the roles "
            "yourself and set PHUSONG_DATABASE_APP_URL and PHUSONG_DATABASE_READ_URL.",
            f"chủ sở hữu cơ sở dữ liệu không được phép tạo vai trò {name}. Hãy cấp quyền CREATEROLE, hoặc tự tạo các "
            "vai trò rồi đặt PHUSONG_DATABASE_APP_URL và PHUSONG_DATABASE_READ_URL.",
        ) from error


def _require_bound(driver: psycopg.Connection[tuple[object, ...]], app: str) -> None:
    row = driver.execute(
        "SELECT rolsuper, rolname = current_user FROM pg_roles WHERE rolname = %s",
        (app,),
    ).fetchone()
    if row is None or any(row):
        raise DatabaseNotReadyError(
            f"the service role {app!r} does not exist, is a superuser, or is the owner of the tables. "
            "PHUSONG_DATABASE_APP_URL must name an ordinary role of its own.",
            f"vai trò dịch vụ {app!r} không tồn tại, là superuser, hoặc là chủ sở hữu các bảng. "
            "PHUSONG_DATABASE_APP_URL phải dùng một vai trò thường, riêng biệt.",
        )


def _grant(driver: psycopg.Connection[tuple[object, ...]], *, app: str, read: str) -> None:
    names = {"app": sql.Identifier(app), "read": sql.Identifier(read), "database": sql.Identifier(_database(driver))}
    ours = [table.name for table in Base.metadata.sorted_tables]
    tables = sql.SQL(", ").join(sql.Identifier("public", name) for name in ours)
    keyed = [table.name for table in Base.metadata.sorted_tables if table.autoincrement_column is not None]
    sequences = sql.SQL(", ").join(sql.Identifier("public", f"{name}_id_seq") for name in keyed)
    version = sql.Identifier("public", VERSION_TABLE)
    for statement in (
        "GRANT CONNECT ON DATABASE {database} TO {app}, {read}",
        "GRANT USAGE ON SCHEMA public TO {app}, {read}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO {app}",
        # Bulk writing takes keys from the sequences ahead of COPY.
        "GRANT USAGE ON SEQUENCE {sequences} TO {app}",
        "GRANT SELECT ON {tables} TO {read}",
        "GRANT SELECT ON {version} TO {app}, {read}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {app}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {read}",
    ):
        driver.execute(sql.SQL(statement).format(tables=tables, sequences=sequences, version=version, **names))


def _database(driver: psycopg.Connection[tuple[object, ...]]) -> str:
    return driver.info.dbname
