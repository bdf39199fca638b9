"""Addresses, engines and transactions of the database, by role.

Three roles share one database: the *owner* migrates and owns the tables, the *app* role serves (it reads and writes
rows, it neither owns nor creates anything) and the *read* role only reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from psycopg import errors as pg_errors
from pydantic import SecretStr
from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from geo.errors import BadInputError, DatabaseNotReadyError
from geo.settings import Settings
from geo.store import cluster
from geo.store.state_folder import read_secret

Role = Literal["owner", "app", "read"]

DRIVER = "postgresql+psycopg"
ACCEPTED_SCHEMES = {"postgres", "postgresql", DRIVER}
CONNECT_TIMEOUT_S = 5
POOL_SIZE = 5
POOL_OVERFLOW = 10


def parse_url(address: str) -> URL:
    """Return a database address for psycopg 3; BadInputError when it is not a PostgreSQL address."""
    try:
        url = make_url(address)
    except ArgumentError:
        url = None
    if url is None or url.drivername not in ACCEPTED_SCHEMES or not url.database:
        # The address itself may hold a password: it is not repeated.
        raise BadInputError(
            "the database address is not usable: expected postgresql://USER:PASSWORD@HOST:PORT/DATABASE.",
            "địa chỉ cơ sở dữ liệu không dùng được: cần dạng postgresql://NGƯỜI_DÙNG:MẬT_KHẨU@MÁY_CHỦ:CỔNG/CSDL.",
        )
    return url.set(drivername=DRIVER)


def is_private(settings: Settings) -> bool:
    """Tell whether the installation uses its own private cluster."""
    return settings.database_url is None and settings.database_app_url is None


def watching_role(settings: Settings) -> Role:
    """Return the most that this process may be: the service role where only that one's address is given."""
    return "owner" if settings.database_url is not None or is_private(settings) else "app"


def owner_url(settings: Settings) -> URL:
    """Return the address of the owner role; DatabaseNotReadyError when it is not known here or the cluster is down."""
    if settings.database_url is not None:
        return parse_url(settings.database_url.get_secret_value())
    if not is_private(settings):
        raise DatabaseNotReadyError(
            "this service is not given the address of the database's owner. Run the command where PHUSONG_DATABASE_URL "
            "is set; in production that is the migration step.",
            "dịch vụ này không được cấp địa chỉ của chủ sở hữu cơ sở dữ liệu. Hãy chạy lệnh ở nơi có đặt "
            "PHUSONG_DATABASE_URL; khi vận hành chính thức đó là bước nâng cấp (migrate).",
        )
    known = cluster.load(settings.home_path)
    if known is None or not known.is_ready():
        raise DatabaseNotReadyError(
            "the private database is not running. Start it with: phusong db start",
            "cơ sở dữ liệu riêng chưa chạy. Hãy khởi động bằng lệnh: phusong db start",
        )
    return parse_url(known.url())


def role_name(settings: Settings, role: Literal["app", "read"]) -> str:
    """Return the name of a role: the one of its address in the settings, else `<database>_<role>`."""
    given = _given_url(settings, role)
    if given is not None:
        return parse_url(given.get_secret_value()).username or ""
    return f"{_known_url(settings).database}_{role}"


def url_for(settings: Settings, role: Role) -> URL:
    """Return the address of a role; DatabaseNotReadyError while `db upgrade` has not made it."""
    if role == "owner":
        return owner_url(settings)
    given = _given_url(settings, role)
    if given is not None:
        return parse_url(given.get_secret_value())
    name = role_name(settings, role)
    password = read_secret(settings.home_path, f"{name}_password")
    if password is None:
        raise not_migrated()
    return _known_url(settings).set(username=name, password=password)


def psql_url(settings: Settings, role: Role = "read") -> str:
    """Return the address of a role in the form psql and ogr2ogr accept, password included."""
    return url_for(settings, role).set(drivername="postgresql").render_as_string(hide_password=False)


def _known_url(settings: Settings) -> URL:
    """Return any address of the database that is known here: the owner's, else the service role's."""
    given = settings.database_app_url if watching_role(settings) == "app" else None
    return owner_url(settings) if given is None else parse_url(given.get_secret_value())


def _given_url(settings: Settings, role: Literal["app", "read"]) -> SecretStr | None:
    return settings.database_app_url if role == "app" else settings.database_read_url


def engine_for(settings: Settings, role: Role = "app", *, statement_timeout_s: float | None = None) -> Engine:
    """Return the engine of a role, the same one for the same address and timeout."""
    return _engine(url_for(settings, role), statement_timeout_s)


_engines: dict[tuple[URL, float | None], Engine] = {}


def _engine(url: URL, statement_timeout_s: float | None) -> Engine:
    key = (url, statement_timeout_s)
    known = _engines.get(key)
    if known is not None:
        return known
    options = "-c timezone=UTC"
    if statement_timeout_s is not None:
        options += f" -c statement_timeout={round(statement_timeout_s * 1000)}"
    made = create_engine(
        url,
        pool_pre_ping=True,
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "options": options, "application_name": "phusong"},
    )
    return _engines.setdefault(key, made)


def dispose_engines() -> None:
    """Close every pooled connection, so that a database can be stopped or dropped."""
    for engine in _engines.values():
        engine.dispose()
    _engines.clear()


@contextmanager
def session_scope(engine: Engine) -> Iterator[Session]:
    """One transaction: committed at the end, rolled back on any error.

    A database that does not answer, or has no tables yet, is reported as DatabaseNotReadyError.
    """
    with reported_clearly(), Session(engine) as session, session.begin():
        yield session


@contextmanager
def reported_clearly() -> Iterator[None]:
    """Turn "no connection" and "no such table" into errors that say what to do."""
    try:
        yield
    except OperationalError as error:
        if not is_unreachable(error):
            raise
        raise DatabaseNotReadyError(
            f"the database does not answer: {error.orig}. Start it (phusong db start) or check PHUSONG_DATABASE_URL.",
            f"cơ sở dữ liệu không trả lời: {error.orig}. Hãy khởi động (phusong db start) hoặc kiểm tra "
            "PHUSONG_DATABASE_URL.",
        ) from error
    except ProgrammingError as error:
        if not isinstance(error.orig, pg_errors.UndefinedTable | pg_errors.UndefinedColumn):
            raise
        raise not_migrated() from error


def is_unreachable(error: DBAPIError) -> bool:
    """Tell a lost or refused connection from a statement that went wrong."""
    # The driver has no SQLSTATE when it never reached the server; class 57 is a server going down or coming up.
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state is None or state.startswith(("08", "57P")) or error.connection_invalidated


def not_migrated() -> DatabaseNotReadyError:
    """Return the error for a database whose tables are missing or older than this program."""
    return DatabaseNotReadyError(
        "the database has not been prepared for this version. Run: phusong db upgrade",
        "cơ sở dữ liệu chưa được chuẩn bị cho phiên bản này. Hãy chạy: phusong db upgrade",
    )
