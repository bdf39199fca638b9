"""Deletes the oldest assessments, with their results and files, once there are more than shall be kept.

Only results hang on an assessment. A frozen list of villages has rows of its own; the number in its label may be that
of an assessment which is gone.
"""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from geo.errors import PhusongError
from geo.store.keeping import superfluous_assessments, try_take_from_readers
from geo.store.results import delete_assessment
from geo.store.session import session_scope
from geo.workflows.assessment.folders import assessment_folder

logger = logging.getLogger(__name__)


def prune_assessments(engine: Engine, *, home: Path, keep: int) -> list[int]:
    """Delete the finished assessments beyond the `keep` newest and return their numbers.

    Never the published one, and never one that is being read: that one goes next time. A failure is
    logged: the assessment that was just made stands.
    """
    deleted: list[int] = []
    try:
        with session_scope(engine) as session:
            superfluous = superfluous_assessments(session, keep=keep)
        for assessment_id in superfluous:
            with session_scope(engine) as session:
                if not try_take_from_readers(session, assessment_id):
                    logger.info("assessment %d is being read; it is deleted after the next one", assessment_id)
                    continue
                delete_assessment(session, assessment_id)
            # After the commit: a finished assessment always has its files.
            shutil.rmtree(assessment_folder(home, assessment_id), ignore_errors=True)
            logger.info("assessment %d was deleted: the %d newest are kept", assessment_id, keep)
            deleted.append(assessment_id)
    except (PhusongError, SQLAlchemyError) as error:
        logger.warning("old assessments were not deleted: %s", error)
    return deleted
