"""Cells that cannot be computed, and paths that are not known, leave no data: nobody is told of no signal there."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from geo.store import tables
from geo.store.session import session_scope
from geo.workflows.answers import coverage, places, villages
from tests.conftest import TestDatabase
from tests.integration import tiny_world as world
from tests.integration.test_assess_coverage import answer_near_alpha, assessed, small, states_of

__all__ = ["small"]


def change_cell(database: TestDatabase, operator: str, **values: object) -> None:
    """Change the cells of an operator."""
    with session_scope(database.app) as session:
        of_operator = select(tables.Site.id).where(tables.Site.operator_code == operator)
        session.execute(update(tables.Cell).where(tables.Cell.site_id.in_(of_operator)).values(**values))


def codes_of(database: TestDatabase, village: str) -> dict[str, list[str]]:
    with session_scope(database.app) as session:
        found = villages.get_village(session, code=village, sees_sites=True)
        return {status.operator: [reason.code for reason in status.reasons] for status in found.statuses}


def test_a_cell_that_cannot_be_computed_leaves_no_data_around_it(small: TestDatabase) -> None:
    assessed(small)
    before = states_of(small, "V1"), states_of(small, "V2")
    assert before[0]["alpha"] != "no_data"
    change_cell(small, "alpha", antenna_height_m=0.5)
    info = assessed(small)
    told = info.provenance["sites"]["cells_left_out"]
    assert [(each["cells"], "0.5" in each["en"], "0.5" in each["vi"]) for each in told] == [(1, True, True)]
    # Beta has data and does not cover V1: alone that would be "not covered" over any operator.
    assert states_of(small, "V1") == {"alpha": "no_data", "beta": "not_covered", "any": "no_data"}
    assert codes_of(small, "V1")["alpha"] == ["cell_left_out"]
    assert codes_of(small, "V1")["any"] == ["operators_without_data", "cell_left_out"]
    with session_scope(small.app) as session:
        home = small.settings.home_path
        found = {each.operator: each for each in answer_near_alpha(session, home, sees_sites=True).results}
        public = answer_near_alpha(session, home, sees_sites=False).results
        rows = coverage.list_coverage(session, tier="outdoor", code="24001", sees_sites=True)
        whole = {row.operator: row for row in rows if row.min_operators == 1}
        place = places.list_places(session, sees_sites=True).items[0]
    assert {operator: each.state for operator, each in found.items()} == states_of(small, "V1")
    for operator in ("alpha", "any"):
        assert found[operator].reason.code == "cell_left_out_because"
        assert "0.5" in found[operator].reason.en
        assert "0.5" in found[operator].reason.vi
    assert [each.state for each in public] == ["no_data"]
    assert (whole["alpha"].share_area, whole["alpha"].share_no_data) == (0.0, 1.0)
    assert whole["any"].share_no_data == pytest.approx(1.0 - (whole["any"].share_area or 0.0))
    assert {status.operator: status.state for status in place.statuses}["alpha"] == "no_data"


def test_another_cell_settles_what_a_left_out_one_leaves_open(small: TestDatabase) -> None:
    assessed(small)
    covered = states_of(small, "V1")["alpha"]
    with session_scope(small.app) as session:
        number = world.add_import(session, "sites", name="broken")
        world.add_site(session, number, operator="alpha", lon=world.ALPHA_LON, lat=world.LAT + 0.01, eirp_dbm=41.0)
        session.execute(update(tables.Cell).where(tables.Cell.eirp_dbm == 41.0).values(frequency_mhz=None, band="xyz"))
    assessed(small)
    assert states_of(small, "V1")["alpha"] == covered
    with session_scope(small.app) as session:
        found = {
            each.operator: each
            for each in answer_near_alpha(session, small.settings.home_path, sees_sites=True).results
        }
    assert found["alpha"].state == "covered"
    # Where its own reach is declared, it leaves nothing open beyond.
    assert states_of(small, "V2")["alpha"] == "no_data"
    with session_scope(small.app) as session:
        session.execute(update(tables.Cell).where(tables.Cell.eirp_dbm == 41.0).values(reach_m=2000.0))
    assessed(small)
    assert states_of(small, "V2")["alpha"] == "not_covered"


def test_a_mended_cell_gives_what_it_would_have_given_at_once(small: TestDatabase) -> None:
    first = assessed(small)
    with session_scope(small.app) as session:
        wanted = coverage.list_coverage(session, sees_sites=True)
    change_cell(small, "alpha", antenna_height_m=0.5)
    assessed(small)
    with session_scope(small.app) as session:
        assert coverage.list_coverage(session, sees_sites=True) != wanted
    change_cell(small, "alpha", antenna_height_m=40.0)
    assert assessed(small).assessment_id == first.assessment_id + 2
    with session_scope(small.app) as session:
        assert coverage.list_coverage(session, sees_sites=True) == wanted


def test_a_path_across_a_void_is_not_called_void_ground(small: TestDatabase) -> None:
    home = small.settings.home_path
    with session_scope(small.app) as session:
        world.write_ridge(
            home,
            session,
            lon=108.001,
            height_m=100.0,
            void_east_of=world.BETA_LON - 0.03,
            void_until=world.BETA_LON - 0.01,
        )
    assessed(small)
    # Beta's mast stands east of the void, alpha's village west of it: the ground there is known, the path is not.
    assert codes_of(small, "V1")["beta"] == ["path_unknown"]
    with session_scope(small.app) as session:
        found = {each.operator: each for each in answer_near_alpha(session, home, sees_sites=True).results}
    assert (found["beta"].state, found["beta"].reason.code) == ("no_data", "path_unknown")
