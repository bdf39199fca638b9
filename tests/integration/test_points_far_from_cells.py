"""Points that no cell reaches: on the edges of terrain pixels and in voids there is an answer, never a fault."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from geo.store import tables
from geo.store.session import session_scope
from geo.workflows.answers import point
from geo.workflows.assess_coverage import assess
from tests.conftest import TestDatabase
from tests.integration import tiny_world as world

VOID_EAST_OF = 108.25


@pytest.fixture
def far(fresh_database: TestDatabase) -> TestDatabase:
    """The tiny world over terrain with a void in the east, its cells computed to 1 km, assessed."""
    settings = fresh_database.settings
    with session_scope(fresh_database.app) as session:
        world.add_world(session)
        session.execute(update(tables.Cell).values(reach_m=1000.0))
        world.write_ridge(settings.home_path, session, lon=world.ALPHA_LON, height_m=120.0, void_east_of=VOID_EAST_OF)
    assess(engine=fresh_database.app, settings=settings, as_of=world.AS_OF, technologies=["4G"])
    return fresh_database


def reasons_at(database: TestDatabase, lon: float, lat: float) -> dict[str, str]:
    with session_scope(database.app) as session:
        found = point.answer_point(session, lon=lon, lat=lat, home=database.settings.home_path, sees_sites=True)
        return {result.operator: result.reason.code for result in found.results}


def test_a_point_has_an_answer_wherever_it_lies_on_its_pixel(far: TestDatabase) -> None:
    inside = reasons_at(far, 108.1004, 12.6504)
    assert set(inside.values()) <= {"too_far", "beyond_reach"}
    for lon, lat in ((108.1, 12.6504), (108.1004, 12.65), (108.1, 12.65)):
        assert reasons_at(far, lon, lat) == inside


def test_a_point_in_a_void_without_a_cell_near_is_no_data(far: TestDatabase) -> None:
    assert reasons_at(far, 108.2704, 12.6504)["alpha"] == "terrain_void"
