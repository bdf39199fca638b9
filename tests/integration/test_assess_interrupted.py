"""An assessment that fails, is killed or meets changed data leaves the newest finished one in force."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update

from geo.errors import ConflictError
from geo.store import tables
from geo.store.session import session_scope
from geo.workflows.answers.assessments import newest_assessment
from geo.workflows.answers.rows import AssessmentInfo
from geo.workflows.assess_coverage import assess
from tests.conftest import TestDatabase
from tests.integration import tiny_world as world


@pytest.fixture
def small(fresh_database: TestDatabase) -> TestDatabase:
    """The tiny world, stored and not assessed."""
    with session_scope(fresh_database.app) as session:
        world.add_world(session)
    return fresh_database


def assessed(database: TestDatabase) -> AssessmentInfo:
    return assess(engine=database.app, settings=database.settings, as_of=world.AS_OF, technologies=["4G"])


def test_a_failed_run_leaves_the_previous_one_in_force(small: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    good = assessed(small)

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("geo.workflows.assess_coverage.publish_folder", fail)
    with pytest.raises(OSError, match="disk full"):
        assessed(small)
    assert in_force(small) == ([good.assessment_id], ["done", "failed"])


def test_garbage_is_collected_as_before_once_a_run_was_broken_off(small: TestDatabase) -> None:
    usual = gc.get_threshold()
    meanwhile: list[tuple[int, int, int]] = []

    def break_off(*_: object) -> None:
        meanwhile.append(gc.get_threshold())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        assess(engine=small.app, settings=small.settings, progress=break_off)
    assert meanwhile[0][0] > usual[0]
    assert gc.get_threshold() == usual


def test_data_replaced_meanwhile_are_noticed(small: TestDatabase) -> None:
    def retire(stage: str, done: int, total: int) -> None:
        if (stage, done) == ("grid", 0):
            with session_scope(small.app) as session:
                session.execute(update(tables.ImportRecord).values(retired_at=func.now()))

    def delete_villages(stage: str, done: int, total: int) -> None:
        if (stage, done) == ("grid", 0):
            with session_scope(small.app) as session:
                session.execute(delete(tables.Village))

    good = assessed(small)
    for interfere in (delete_villages, retire):
        with pytest.raises(ConflictError, match="replaced while"):
            assess(
                engine=small.app,
                settings=small.settings,
                as_of=world.AS_OF,
                technologies=["4G"],
                progress=interfere,
            )
    assert in_force(small) == ([good.assessment_id], ["done", "failed", "failed"])


def test_two_at_a_time_are_refused(small: TestDatabase) -> None:
    def start_another(stage: str, done: int, total: int) -> None:
        if (stage, done) == ("terrain", 0):
            with pytest.raises(ConflictError, match="Another assessment"):
                assessed(small)

    assess(engine=small.app, settings=small.settings, as_of=world.AS_OF, technologies=["4G"], progress=start_another)


KILLED = """
    import os, signal, sys
    from geo.settings import Settings
    from geo.store.session import engine_for
    from geo.workflows.assess_coverage import assess
    import datetime as dt

    def at(stage, done, total):
        if stage == "rasters":
            os.kill(os.getpid(), signal.SIGKILL)

    settings = Settings()
    day = dt.date(2026, 6, 1)
    assess(engine=engine_for(settings, "app"), settings=settings, as_of=day, technologies=["4G"], progress=at)
"""


def test_a_killed_run_leaves_the_previous_one_in_force(small: TestDatabase) -> None:
    good = assessed(small)
    settings = small.settings
    assert settings.database_url
    assert settings.database_app_url
    environment = {
        **os.environ,
        "PHUSONG_HOME": str(settings.home_path),
        "PHUSONG_DATABASE_URL": settings.database_url.get_secret_value(),
        "PHUSONG_DATABASE_APP_URL": settings.database_app_url.get_secret_value(),
    }
    root = Path(__file__).resolve().parents[2]
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(KILLED)], env=environment, cwd=root, check=False)
    assert killed.returncode == -signal.SIGKILL
    folder = settings.home_path / "assessments"
    assert any(entry.name.endswith(".partial") for entry in folder.iterdir())
    with session_scope(small.app) as session:
        assert newest_assessment(session).assessment_id == good.assessment_id
    # The next run clears what was left behind.
    again = assessed(small)
    assert in_force(small) == ([good.assessment_id, again.assessment_id], ["done", "failed", "done"])


def in_force(database: TestDatabase) -> tuple[list[int], list[str]]:
    folder = database.settings.home_path / "assessments"
    with session_scope(database.app) as session:
        statuses = list(session.scalars(select(tables.Assessment.status).order_by(tables.Assessment.id)))
    return sorted(int(entry.name) for entry in folder.iterdir()), statuses
