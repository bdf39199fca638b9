"""Old assessments go once there are enough newer ones: never the one in force, never one that is being read."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select, text

from geo.errors import NotFoundError
from geo.settings import Settings
from geo.store import tables
from geo.store.session import session_scope
from geo.workflows.answers.assessments import list_assessments, newest_assessment
from geo.workflows.answers.villages import list_villages
from geo.workflows.assess_coverage import assess
from geo.workflows.assessment.pruning import prune_assessments
from geo.workflows.baselines import freeze_baseline, list_baselines
from geo.workflows.data_version import data_version
from tests.conftest import TestDatabase
from tests.integration import tiny_world as world


@pytest.fixture
def small(fresh_database: TestDatabase) -> TestDatabase:
    with session_scope(fresh_database.app) as session:
        world.add_world(session)
    return fresh_database


def assessed(database: TestDatabase, *, keep: int, area: str | None = None) -> int:
    settings: Settings = database.settings.model_copy(update={"keep_assessments": keep})
    made = assess(engine=database.app, settings=settings, as_of=world.AS_OF, technologies=["4G"], area=area)
    return made.assessment_id


def kept(database: TestDatabase) -> tuple[list[int], list[int], list[int]]:
    """Numbers of the finished assessments, of those with results, and of those with files."""
    with session_scope(database.app) as session:
        done = [info.assessment_id for info in list_assessments(session).items]
        results = session.scalars(select(tables.VillageStatus.assessment_id).distinct()).all()
    files = [int(folder.name) for folder in (database.settings.home_path / "assessments").iterdir()]
    return sorted(done), sorted(results), sorted(files)


def test_the_oldest_go_with_their_results_and_files(small: TestDatabase) -> None:
    first, second, third = (assessed(small, keep=2) for _ in range(3))
    assert kept(small) == ([second, third],) * 3
    with session_scope(small.app) as session:
        assert newest_assessment(session).assessment_id == third
        with pytest.raises(NotFoundError):
            newest_assessment(session, assessment_id=first)


def test_files_that_did_not_change_are_shared_and_outlive_the_first(small: TestDatabase) -> None:
    def levels(assessment_id: int) -> Path:
        return small.settings.home_path / "assessments" / str(assessment_id) / "level_4G_any.tif"

    first, second = (assessed(small, keep=2) for _ in range(2))
    content = levels(first).read_bytes()
    assert levels(first).samefile(levels(second))
    third = assessed(small, keep=2)
    assert not levels(first).exists()
    assert levels(third).samefile(levels(second))
    assert levels(third).read_bytes() == content


def test_the_one_in_force_stays_whatever_comes_after_it(small: TestDatabase) -> None:
    whole = assessed(small, keep=1)
    areas = [assessed(small, keep=1, area=world.COMMUNES[0]) for _ in range(2)]
    assert kept(small)[0] == [whole, areas[-1]]
    with session_scope(small.app) as session:
        assert newest_assessment(session).assessment_id == whole


def test_one_that_is_being_read_stays_until_the_next_time(small: TestDatabase) -> None:
    first = assessed(small, keep=1)
    with session_scope(small.app) as reader:
        info = newest_assessment(reader, assessment_id=first)
        second = assessed(small, keep=1)
        # The rest of the reading finds everything.
        assert list_villages(reader, assessment_id=info.assessment_id).total > 0
        assert kept(small)[0] == [first, second]
    third = assessed(small, keep=1)
    assert kept(small) == ([third],) * 3


def test_reading_is_no_change_of_the_data(small: TestDatabase) -> None:
    assessed(small, keep=1)
    with session_scope(small.app) as session:
        before = data_version(session)
        newest_assessment(session)
    with session_scope(small.app) as session:
        assert data_version(session) == before
        held = session.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))
        assert held == 0


def test_a_frozen_list_outlives_its_assessment(small: TestDatabase) -> None:
    first = assessed(small, keep=1)
    with session_scope(small.app) as session:
        frozen = freeze_baseline(session)
    assert f"#{first}" in frozen.label
    assessed(small, keep=1)
    assert first not in kept(small)[0]
    with session_scope(small.app) as session:
        assert [row.items for row in list_baselines(session, sees_sites=True)] == [frozen.items]


def test_what_cannot_be_deleted_does_not_undo_the_new_one(
    small: TestDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = assessed(small, keep=5), assessed(small, keep=5)
    with small.owner.begin() as connection:
        app = small.app.url.username
        connection.execute(text(f'REVOKE DELETE ON assessment FROM "{app}"'))
    with caplog.at_level(logging.WARNING, logger="geo.workflows.assessment.pruning"):
        assert prune_assessments(small.app, home=small.settings.home_path, keep=1) == []
    assert "not deleted" in caplog.text
    assert kept(small)[0] == [first, second]


def test_files_that_are_gone_already_are_no_obstacle(small: TestDatabase) -> None:
    first = assessed(small, keep=5)
    shutil.rmtree(small.settings.home_path / "assessments" / str(first))
    second = assessed(small, keep=1)
    assert kept(small) == ([second],) * 3
