"""Who has to answer before anybody is told "no signal": whoever runs a mobile network, handed in or not."""

from __future__ import annotations

import datetime as dt

import pytest

from geo.errors import BadInputError, NotFoundError
from geo.store import tables
from geo.store.session import session_scope
from geo.store.tables import ImportKind
from geo.workflows.answers.assessments import newest_assessment
from geo.workflows.answers.documents import envelope
from geo.workflows.answers.rows import VillageAnswer
from geo.workflows.answers.villages import get_village
from geo.workflows.assess_coverage import assess, is_current
from geo.workflows.operators import active_operators, list_operators, set_operator
from geo.workflows.retire import retire_illustrative
from tests.conftest import TestDatabase
from tests.integration import tiny_world as world

NETWORKS = ("mobifone", "viettel", "vietnamobile", "vnpt")


@pytest.fixture
def small(fresh_database: TestDatabase) -> TestDatabase:
    """The tiny world: only alpha and beta are active, both have data in 24001 and 24002."""
    with session_scope(fresh_database.app) as session:
        world.add_world(session)
    return fresh_database


def seen(database: TestDatabase, code: str) -> VillageAnswer:
    assess(engine=database.app, settings=database.settings, as_of=world.AS_OF, technologies=["4G"])
    with session_scope(database.app) as session:
        return get_village(session, code=code, sees_sites=True)


def over_any(village: VillageAnswer) -> tuple[str, list[str]]:
    status = next(status for status in village.statuses if status.operator == "any")
    return status.state, [reason.code for reason in status.reasons]


def add_fibre_node(database: TestDatabase, operator: str) -> None:
    with session_scope(database.app) as session:
        number = world.add_import(session, "fibre", name=operator)
        session.add(tables.Operator(code=operator, name=operator))
        session.flush()
        node = {"code": f"{operator}-1", "kind": "olt", "geom": f"SRID=4326;POINT(108.0 {world.LAT})"}
        session.add(tables.FibreNode(import_id=number, operator_code=operator, valid_from=world.SINCE, **node))


def uncovered(database: TestDatabase) -> str:
    """Code of a village that no operator covers while both answer there."""
    assess(engine=database.app, settings=database.settings, as_of=world.AS_OF, technologies=["4G"])
    with session_scope(database.app) as session:
        number = world.add_import(session, "villages", name="far")
        geom = f"SRID=4326;POINT({world.BETA_LON + 0.045} {world.LAT + 0.045})"
        row = {
            "code": "FAR",
            "name": "Far",
            "name_normalised": "far",
            "commune_code": "24002",
            "commune_source": "declared",
        }
        session.add(tables.Village(import_id=number, valid_from=world.SINCE, geom=geom, **row))
    return "FAR"


@pytest.mark.parametrize("fixed", ["fpt", "cmc"])
def test_a_fixed_line_company_changes_nothing(small: TestDatabase, fixed: str) -> None:
    code = uncovered(small)
    assert over_any(seen(small, code)) == ("not_covered", ["no_operator_reaches"])
    add_fibre_node(small, fixed)
    assert over_any(seen(small, code)) == ("not_covered", ["no_operator_reaches"])


def test_a_network_that_never_handed_in_a_list_is_not_forgotten(small: TestDatabase) -> None:
    code = uncovered(small)
    with session_scope(small.app) as session:
        set_operator(session, "viettel", runs_mobile=None)
    village = seen(small, code)
    assert over_any(village) == ("no_data", ["operators_without_data", "lists_missing"])
    words = next(status for status in village.statuses if status.operator == "any").reasons[1]
    assert (words.vi, words.en) == (
        "Chưa có danh sách trạm còn hiệu lực của: Viettel",
        "No site list that counts from: Viettel",
    )
    with session_scope(small.app) as session:
        lacking = envelope(newest_assessment(session))["operators_without_list"]
    by_code = {one["code"]: (one["name"], one["communes_without_list"], one["communes"]) for one in lacking}
    # Beta's list does not answer for 24003.
    assert by_code == {"viettel": ("Viettel", 3, 3), "beta": ("Beta", 1, 3)}


def test_a_covered_village_stays_covered_whoever_is_silent(small: TestDatabase) -> None:
    with session_scope(small.app) as session:
        set_operator(session, "vnpt", runs_mobile=None)
    assert over_any(seen(small, "V1"))[0] == "covered"


def test_clearing_illustrative_rows_forgets_no_network_and_no_decision(fresh_database: TestDatabase) -> None:
    with session_scope(fresh_database.app) as session:
        number = world.add_import(session, "sites", illustrative=True)
        session.add(tables.Operator(code="vietnamobile", name="Vietnamobile"))
        session.add(tables.Operator(code="made-up", name="Made up"))
        session.flush()
        for code in ("vietnamobile", "made-up"):
            listed = {"import_id": number, "operator_code": code, "as_of": world.SINCE}
            session.add(tables.SiteListDeclaration(**listed))
        set_operator(session, "gmobile", runs_mobile=True, source="Công văn 1")
        assert [one.code for one in active_operators(session)] == sorted(["gmobile", "made-up", *NETWORKS])
        retire_illustrative(session, ImportKind.SITES)
        assert [one.code for one in active_operators(session)] == sorted(["gmobile", *NETWORKS])


def test_the_department_decides_with_a_source_and_can_take_it_back(small: TestDatabase) -> None:
    with session_scope(small.app) as session:
        with pytest.raises(NotFoundError):
            set_operator(session, "nobody", runs_mobile=True, source="x")
        with pytest.raises(BadInputError):
            set_operator(session, "gmobile", runs_mobile=True, source="  ")
        day = dt.date(2026, 5, 4)
        decided = set_operator(session, "alpha", runs_mobile=False, source="Công văn 12", on=day)
        assert (decided.active, decided.because, decided.decided_on) == (False, "department", day)
    info = assess(engine=small.app, settings=small.settings, as_of=world.AS_OF, technologies=["4G"])
    assert [operator.code for operator in info.operators] == ["beta"]
    with session_scope(small.app) as session:
        undone = set_operator(session, "alpha", runs_mobile=None)
        assert (undone.active, undone.because, undone.decided_source) == (True, "site_list", None)
    assert not is_current(engine=small.app, settings=small.settings, as_of=world.AS_OF, technologies=["4G"])


def test_every_entry_of_the_file_says_whether_it_runs_a_network(fresh_database: TestDatabase) -> None:
    with session_scope(fresh_database.app) as session:
        found = {one.code: one for one in list_operators(session)}
    assert [code for code, one in found.items() if one.active] == sorted(NETWORKS)
    assert {"fpt", "gmobile", "itel", "wintel"} <= found.keys()
    assert all(one.because == "parameters" and one.parameters_status == "unverified" for one in found.values())
