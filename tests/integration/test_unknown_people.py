"""A number of people that nobody gave is unknown, not 0: in gaps and in the sums of communes."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from geo.store import tables
from geo.store.session import session_scope
from geo.workflows.answers import coverage, gaps
from geo.workflows.assess_coverage import assess
from tests.conftest import TestDatabase
from tests.integration import tiny_world as world


@pytest.fixture
def small(fresh_database: TestDatabase) -> TestDatabase:
    """The tiny world, stored and not assessed."""
    with session_scope(fresh_database.app) as session:
        world.add_world(session)
    return fresh_database


def add_far_village(session: Session, code: str, lon: float, people: int | None) -> None:
    """A village in 24002 without signal of any operator, north of both masts."""
    number = world.add_import(session, "villages", name=code)
    geom = f"SRID=4326;POINT({lon} {world.LAT + 0.045})"
    names = {"code": code, "name": code, "name_normalised": code.lower(), "commune_source": "declared"}
    counted = {"population": people, "households": None if people is None else people // 4}
    row = {"import_id": number, "commune_code": "24002", "geom": geom, "valid_from": world.SINCE}
    session.add(tables.Village(**row, **names, **counted))


@pytest.mark.parametrize(("others", "population", "households"), [(None, None, None), (40, 40.0, 10.0)])
def test_an_unknown_number_of_people_is_not_0(
    small: TestDatabase, others: int | None, population: float | None, households: float | None
) -> None:
    with session_scope(small.app) as session:
        unknown = {"population": None, "households": None}
        session.execute(update(tables.Village).values(**unknown).where(tables.Village.code == "V3"))
        add_far_village(session, "FAR", world.BETA_LON + 0.045, None)
        if others is not None:
            add_far_village(session, "NEXT", world.BETA_LON + 0.04, others)
    assess(engine=small.app, settings=small.settings, as_of=world.AS_OF, technologies=["4G"])
    with session_scope(small.app) as session:
        found = [gap for gap in gaps.list_gaps(session).items if gap.villages_without_population]
        assert [(gap.villages_without_population, gap.villages_without_households) for gap in found] == [(1, 1)]
        in_gap = found[0].population, found[0].households
        rows = {row.code: row for row in coverage.list_coverage(session, operator="any", tier="outdoor")}
        assert (rows["24002"].villages_without_population, rows["24002"].villages_without_households) == (1, 1)
        assert rows["24002"].population is not None
        # All of 24003 is V3, of which nobody gave a number.
        assert (rows["24003"].population, rows["24003"].villages_without_population) == (None, 1)
        assert rows["24003"].share_population is None
        assert in_gap == (population, households)
