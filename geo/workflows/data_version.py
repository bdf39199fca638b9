"""A mark of the data as one transaction sees them."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

# The snapshot lists the transactions whose work is visible: as long as it is the same, so is every row. The start
# time and the number of the database tell apart servers and databases whose transaction numbers happen to agree. The
# day tells when an assessment made ahead for it comes into force without any change.
_QUERY = text(
    "SELECT pg_current_snapshot()::text || '/' || extract(epoch FROM pg_postmaster_start_time())::text"
    " || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())::text"
    " || '/' || (now() AT TIME ZONE 'UTC')::date::text"
)


def data_version(session: Session) -> str:
    """Return a text that is the same only on one day, while no transaction has changed anything in the store."""
    return str(session.execute(_QUERY).scalar_one())
