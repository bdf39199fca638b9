"""Which assessment everybody sees: the one of the latest day that has come, never one that was made on the side."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import delete, update

from geo.errors import NoAssessmentError
from geo.store import tables
from geo.store.session import session_scope
from geo.workflows.answers.assessments import list_assessments, newest_assessment
from geo.workflows.answers.coverage import list_coverage
from geo.workflows.answers.rows import AssessmentInfo
from geo.workflows.assess_coverage import assess, is_current
from tests.conftest import TestDatabase
from tests.integration import tiny_world as world

TODAY = dt.datetime.now(dt.UTC).date()
BOTH = ("4G", "5G")


@pytest.fixture
def small(fresh_database: TestDatabase) -> TestDatabase:
    """The tiny world, stored and not assessed."""
    with session_scope(fresh_database.app) as session:
        world.add_world(session)
    return fresh_database


def made(
    database: TestDatabase, day: dt.date, technologies: tuple[str, ...] = BOTH, area: str | None = None
) -> AssessmentInfo:
    return assess(
        engine=database.app, settings=database.settings, as_of=day, technologies=list(technologies), area=area
    )


def published(database: TestDatabase) -> int:
    with session_scope(database.app) as session:
        return newest_assessment(session).assessment_id


def test_what_is_made_on_the_side_is_not_what_everybody_sees(small: TestDatabase) -> None:
    first = made(small, TODAY)
    assert first.published
    aside = [
        made(small, TODAY - dt.timedelta(days=200)),
        made(small, TODAY + dt.timedelta(days=2)),
        made(small, TODAY, area="24001"),
        made(small, TODAY, technologies=("4G",)),
    ]
    assert [info.published for info in aside] == [False] * 4
    assert published(small) == first.assessment_id
    with session_scope(small.app) as session:
        listed = {info.assessment_id: info.published for info in list_assessments(session).items}
        assert [number for number, is_published in listed.items() if is_published] == [first.assessment_id]
        # The others are there for those who ask for them.
        assert newest_assessment(session, assessment_id=aside[0].assessment_id).as_of == aside[0].as_of
    second = made(small, TODAY)
    assert second.published
    assert published(small) == second.assessment_id


def test_what_was_made_on_the_side_does_not_make_a_start_compute_again(small: TestDatabase) -> None:
    made(small, TODAY)
    made(small, TODAY - dt.timedelta(days=200))
    assert is_current(engine=small.app, settings=small.settings)


def test_the_published_one_is_kept_when_the_oldest_go(small: TestDatabase) -> None:
    first = made(small, TODAY)
    settings = small.settings.model_copy(update={"keep_assessments": 1})
    for days in (100, 200):
        day = TODAY - dt.timedelta(days=days)
        assess(engine=small.app, settings=settings, as_of=day, technologies=["4G"])
    assert published(small) == first.assessment_id


def test_an_assessment_of_a_coming_day_alone_is_not_published(small: TestDatabase) -> None:
    ahead = made(small, TODAY + dt.timedelta(days=2))
    assert not ahead.published
    with session_scope(small.app) as session, pytest.raises(NoAssessmentError):
        newest_assessment(session)


def test_a_part_of_the_technologies_is_better_than_nothing(small: TestDatabase) -> None:
    part = made(small, TODAY, technologies=("4G",))
    assert part.published
    older = made(small, TODAY - dt.timedelta(days=1))
    assert older.published
    assert published(small) == older.assessment_id


def test_a_day_without_villages_or_operators_is_assessed(small: TestDatabase) -> None:
    with session_scope(small.app) as session:
        session.execute(update(tables.AdminUnit).values(valid_from=dt.date(2025, 1, 1)))
        session.execute(delete(tables.Place))
    info = made(small, dt.date(2025, 6, 1))
    assert info.cells_total == 0
    with session_scope(small.app) as session:
        rows = list_coverage(session, assessment_id=info.assessment_id)
        assert {(row.villages, row.share_villages) for row in rows} == {(0, None)}
