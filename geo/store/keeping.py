"""Which assessments are kept, and the locks between those who read one and the one who deletes it."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.store.results import published_id
from geo.store.tables import Assessment

# First half of the keys of the advisory locks of single assessments ("ASMT" in ASCII); the other half is its number.
_LOCK_SPACE = 0x41534D54
_LOCK_NUMBERS = 2**31


def hold_assessment(session: Session, assessment_id: int) -> bool:
    """Keep an assessment from being deleted until the transaction ends; False when it is gone already.

    An advisory lock, because a lock of the row would count as a change of the data.
    """
    session.execute(select(func.pg_advisory_xact_lock_shared(_LOCK_SPACE, assessment_id % _LOCK_NUMBERS)))
    # Another statement: it sees what was deleted while this one waited for the lock.
    return session.scalar(select(Assessment.id).where(Assessment.id == assessment_id)) is not None


def try_take_from_readers(session: Session, assessment_id: int) -> bool:
    """Take the right to delete an assessment until the transaction ends; False while somebody reads it."""
    lock = func.pg_try_advisory_xact_lock(_LOCK_SPACE, assessment_id % _LOCK_NUMBERS)
    return bool(session.scalar(select(lock)))


def superfluous_assessments(session: Session, *, keep: int) -> list[int]:
    """Return the finished assessments beyond the `keep` newest, oldest first.

    The published one, which everything is answered from, is never among them.
    """
    newest_first = (Assessment.created_at.desc(), Assessment.id.desc())
    done = select(Assessment.id).where(Assessment.status == "done").order_by(*newest_first)
    published = published_id(session)
    beyond = session.scalars(done.offset(keep)).all()
    return [found for found in reversed(beyond) if found != published]
