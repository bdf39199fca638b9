"""An assessment of the tiny world: every answer was worked out by hand (see tiny_world)."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely
from sqlalchemy import update
from sqlalchemy.orm import Session

from geo.domain.grid import Bounds
from geo.errors import BadInputError, ForbiddenError, NoAssessmentError, NotFoundError, NotReadyError
from geo.store import tables
from geo.store.session import session_scope
from geo.workflows.answers import (
    assessments,
    coverage,
    fibre,
    gaps,
    places,
    point,
    rasters,
    sites,
    territory,
    villages,
)
from geo.workflows.answers.assessments import newest_assessment
from geo.workflows.answers.rows import AssessmentInfo, CoverageRow, PointAnswer
from geo.workflows.assess_coverage import STAGES, assess, is_current
from tests.conftest import TestDatabase
from tests.integration import tiny_world as world

SHARES = ("area", "population", "villages", "households")


@pytest.fixture
def small(fresh_database: TestDatabase) -> TestDatabase:
    """The tiny world, stored and not assessed."""
    with session_scope(fresh_database.app) as session:
        world.add_world(session)
    return fresh_database


def assessed(database: TestDatabase, area: str | None = None) -> AssessmentInfo:
    return assess(engine=database.app, settings=database.settings, as_of=world.AS_OF, technologies=["4G"], area=area)


def states_of(database: TestDatabase, code: str) -> dict[str, str]:
    with session_scope(database.app) as session:
        found = villages.get_village(session, code=code, sees_sites=True)
        return {status.operator: status.state for status in found.statuses}


def answer_near_alpha(session: Session, home: Path, *, sees_sites: bool) -> PointAnswer:
    lon = world.ALPHA_LON + world.KM_DEG
    return point.answer_point(session, lon=lon, lat=world.LAT, home=home, sees_sites=sees_sites)


def row_of(rows: tuple[CoverageRow, ...], code: str, operator: str, number: int = 1) -> CoverageRow:
    return next(row for row in rows if (row.code, row.operator, row.min_operators) == (code, operator, number))


def test_states_shares_and_gaps_by_hand(small: TestDatabase) -> None:
    seen: list[str] = []
    info = assess(
        engine=small.app,
        settings=small.settings,
        as_of=world.AS_OF,
        technologies=["4G"],
        progress=lambda stage, done, total: seen.append(stage),
    )
    assert list(dict.fromkeys(seen)) == list(STAGES)
    assert info.terrain == {
        "used": False,
        "step_m": pytest.approx(92.2, abs=0.2),
        "void_share": 0.0,
        "clutter_used": False,
        "unknown_land_cover": [],
    }
    assert (info.cells_total, info.cells_defaulted, info.population_source) == (2, 2, "points")
    assert not info.illustrative
    assert not info.stale

    assert states_of(small, "V1") == {"alpha": "covered", "beta": "not_covered", "any": "covered"}
    assert states_of(small, "V2") == {"alpha": "not_covered", "beta": "partly_covered", "any": "partly_covered"}
    # beta has no list for 24003: nobody can say that nobody covers V3.
    assert states_of(small, "V3") == {"alpha": "not_covered", "beta": "no_data", "any": "no_data"}
    assert states_of(small, "V4") == {"alpha": "no_data", "beta": "no_data", "any": "no_data"}

    with session_scope(small.app) as session:
        rows = coverage.list_coverage(session, tier="outdoor", min_operators=None, sees_sites=True)
        province = coverage.list_coverage(session, by="province", tier="outdoor", sees_sites=True)
        found = gaps.list_gaps(session, operator=None, sees_sites=True).items
    first = row_of(rows, "24001", "any")
    # V1 has 400 of 500 people; V4 has no point.
    assert (first.share_population, first.share_population_not_covered, first.share_population_no_data) == (0.8, 0, 0.2)
    assert (first.share_villages, first.share_villages_no_data) == (0.5, 0.5)
    second = row_of(rows, "24002", "any")
    # Centre 300 of 500 people, near cluster 120, far cluster 80.
    assert second.share_population == pytest.approx(0.84)
    assert second.share_households == pytest.approx(0.8)
    assert second.share_villages == 0.0
    third = row_of(rows, "24003", "any")
    assert (third.share_area, third.share_area_not_covered, third.share_no_data) == (0.0, 0.0, 1.0)
    assert row_of(rows, "24003", "any", 2).share_area_not_covered == 1.0
    whole = row_of(province, "66", "any")
    assert (whole.population, whole.villages) == (1200.0, 4)
    assert whole.share_population == pytest.approx((400 + 420) / 1200)
    assert whole.area_km2 == pytest.approx(3 * 120.18, rel=1e-3)

    assert {(gap.operator, gap.commune_codes) for gap in found} == {
        ("alpha", ("24001", "24002", "24003")),
        ("beta", ("24001", "24002")),
        ("any", ("24001", "24002")),
    }
    of_alpha = next(gap for gap in found if gap.operator == "alpha")
    assert (of_alpha.villages, of_alpha.households, of_alpha.population) == (2, 150.0, 700.0)


def test_shares_always_add_up(small: TestDatabase) -> None:
    assessed(small)
    with session_scope(small.app) as session:
        rows = coverage.list_coverage(session, min_operators=None, sees_sites=True)
    assert rows
    for row in rows:
        for name in SHARES:
            three = [getattr(row, f"share_{name}{part}") for part in ("", "_not_covered", "_no_data")]
            assert sum(three) == pytest.approx(1.0, abs=1e-9), (row.code, row.operator, name)
    area = {(row.code, row.operator, row.min_operators, row.tier): row.share_area or 0.0 for row in rows}
    for (code, operator, number, tier), share in area.items():
        if operator != "any":
            assert area[code, "any", 1, tier] >= share
        elif number > 1:
            assert area[code, "any", number - 1, tier] >= share
        assert area[code, operator, number, "marginal"] >= area[code, operator, number, "indoor"]


def test_a_ridge_takes_the_signal_away(small: TestDatabase) -> None:
    with session_scope(small.app) as session:
        world.write_ridge(small.settings.home_path, session, lon=world.ALPHA_LON + 0.005, height_m=500.0)
    info = assessed(small)
    assert info.terrain["used"]
    assert states_of(small, "V1")["alpha"] == "not_covered"
    with session_scope(small.app) as session:
        found = answer_near_alpha(session, small.settings.home_path, sees_sites=True)
    reasons = {result.operator: result.reason.code for result in found.results}
    assert reasons == {"alpha": "terrain_obstructed", "beta": "too_far", "any": "terrain_obstructed"}


def test_the_end_of_the_computed_range_is_not_called_a_weak_signal(small: TestDatabase) -> None:
    with session_scope(small.app) as session:
        number = world.add_import(session, "sites", name="strong")
        world.add_site(session, number, operator="beta", lon=world.BETA_LON, lat=world.LAT + 0.001, eirp_dbm=70.0)
        session.execute(update(tables.Cell).where(tables.Cell.eirp_dbm == 70.0).values(reach_m=3000.0))
    assessed(small)
    with session_scope(small.app) as session:
        found = answer_near_alpha(session, small.settings.home_path, sees_sites=True)
        reasons = {result.operator: result.reason for result in found.results}
        # Beta's strong cell, 10 km away, is configured for 3 km; with 70 dBm it would be heard here.
        by_hand = {"beta": "beyond_reach", "alpha": "reached", "any": "reached"}
        assert {operator: why.code for operator, why in reasons.items()} == by_hand
        assert "15.0 km" in reasons["beta"].en
        assert "15,0 km" in reasons["beta"].vi
        session.execute(update(tables.Cell).where(tables.Cell.eirp_dbm == 70.0).values(reach_m=None))
        again = answer_near_alpha(session, small.settings.home_path, sees_sites=True)
        assert {result.operator: result.reason.code for result in again.results}["beta"] == "reached"


def test_void_terrain_is_no_data(small: TestDatabase) -> None:
    with session_scope(small.app) as session:
        world.write_ridge(
            small.settings.home_path, session, lon=108.001, height_m=100.0, void_east_of=world.BETA_LON + 0.005
        )
    info = assessed(small)
    assert 0.3 < info.terrain["void_share"] < 0.6
    assert states_of(small, "V2") == {"alpha": "no_data", "beta": "no_data", "any": "no_data"}
    with session_scope(small.app) as session:
        found = villages.get_village(session, code="V2", sees_sites=True)
        rows = coverage.list_coverage(session, tier="outdoor", code="24003", operator="alpha", sees_sites=True)
    assert {reason.code for status in found.statuses for reason in status.reasons} == {"terrain_void"}
    assert rows[0].share_no_data == 1.0


def test_points_roads_places_and_fibre(small: TestDatabase) -> None:
    assessed(small)
    home = small.settings.home_path
    with session_scope(small.app) as session:
        seen = answer_near_alpha(session, home, sees_sites=True)
        public = answer_near_alpha(session, home, sees_sites=False)
        far = point.answer_point(session, lon=100.0, lat=0.0, home=home)
        village = villages.get_village(session, code="V1", sees_sites=True)
        roads = places.summarise_roads(session)
        place = places.list_places(session).items[0]
        reach = {row.village_code: row for row in fibre.list_fibre_villages(session, sees_sites=True).items}
        unit = fibre.list_fibre_units(session, by="province")[0]
        province = fibre.list_fibre_units(session, by="province", sees_sites=True)[0]
        communes = {row.code: row for row in fibre.list_fibre_units(session, sees_sites=True)}
    levels = {result.operator: result.level_dbm for result in seen.results}
    assert levels == {status.operator: status.level_dbm for status in village.statuses}
    assert {result.server_site for result in seen.results if result.operator != "beta"} == {"alpha-108.05-12.65"}
    assert [(result.operator, result.state, result.level_dbm) for result in public.results] == [
        ("any", "covered", None)
    ]
    assert public.results[0].server_site is None
    assert far.results[0].state == "no_data"
    assert far.commune_code is None
    road = roads[0]
    assert road.covered_km + road.not_covered_km + road.no_data_km == pytest.approx(32.59, abs=0.01)
    # All of 24003, a third of the road, is without data.
    assert road.no_data_km == pytest.approx(32.59 / 3, abs=0.05)
    assert [(status.operator, status.state) for status in place.statuses] == [("any", "covered")]
    # 60 and 80 households passed by two operators are 80, not 140.
    assert (reach["V1"].households_passed, reach["V1"].state) == (80, "partly_available")
    assert reach["V1"].nearest_node_distance_m == pytest.approx(1000, abs=2)
    assert (reach["V2"].state, reach["V2"].households_passed) == ("no_data", None)
    assert unit.share_households_passed == pytest.approx(80 / 275)
    # V1 and V4 in 24001, of which V4 has no point; V3 is the farthest of the three that have one, V2 the middle one.
    assert communes["24001"].nearest_node_distance_median_m == reach["V1"].nearest_node_distance_m
    assert communes["24001"].nearest_node_distance_largest_m == reach["V1"].nearest_node_distance_m
    assert province.nearest_node_distance_median_m == reach["V2"].nearest_node_distance_m
    assert province.nearest_node_distance_largest_m == reach["V3"].nearest_node_distance_m
    assert (unit.nearest_node_distance_median_m, unit.nearest_node_distance_largest_m) == (None, None)
    assert unit.households_no_data == 175
    three = (unit.share_households_passed, unit.share_households_not_passed, unit.share_households_no_data)
    assert sum(share or 0.0 for share in three) == pytest.approx(1.0)


def test_who_does_not_see_sites_sees_only_any_operator_at_500_m(small: TestDatabase) -> None:
    assessed(small)
    home = small.settings.home_path
    with session_scope(small.app) as session:
        assert {row.operator for row in coverage.list_coverage(session)} == {"any"}
        for village in villages.list_villages(session).items:
            assert {(s.operator, s.level_dbm, s.tier) for s in village.statuses} == {("any", None, None)}
        assert {gap.operator for gap in gaps.list_gaps(session, operator=None).items} == {"any"}
        assert {row.ports_free for row in fibre.list_fibre_villages(session).items} == {None}
        assert rasters.public_raster(session, technology="4G", home=home).grid.step_x == 500.0
        with pytest.raises(ForbiddenError):
            coverage.list_coverage(session, operator="alpha")
        with pytest.raises(ForbiddenError):
            villages.list_villages(session, operator="alpha")
        with pytest.raises(ForbiddenError):
            gaps.list_gaps(session, operator="alpha")
        with pytest.raises(ForbiddenError):
            sites.list_sites(session)
        with pytest.raises(ForbiddenError):
            fibre.list_nodes(session)
        with pytest.raises(ForbiddenError):
            rasters.level_raster_path(session, technology="4G", home=home)
        assert sites.list_sites(session, sees_sites=True).total == 2
        assert fibre.list_nodes(session, sees_sites=True).total == 1


def test_people_on_a_population_raster(small: TestDatabase) -> None:
    # 1000 people in the pixel 1 km east of alpha's mast, 3000 in one of 24003, 500 outside every commune.
    people = {(world.ALPHA_LON + world.KM_DEG, world.LAT): 1000.0, (108.25, 12.62): 3000.0, (107.9, 12.62): 500.0}
    with session_scope(small.app) as session:
        world.write_population(small.settings.home_path, session, people)
    info = assessed(small)
    assert info.population_source == "raster"
    with session_scope(small.app) as session:
        rows = coverage.list_coverage(session, tier="outdoor", sees_sites=True)
        province = row_of(coverage.list_coverage(session, by="province", tier="outdoor", sees_sites=True), "66", "any")
        found = gaps.list_gaps(session, operator="alpha", sees_sites=True).items
    assert (row_of(rows, "24001", "any").population, row_of(rows, "24001", "any").share_population) == (1000.0, 1.0)
    assert row_of(rows, "24002", "any").share_population is None
    assert row_of(rows, "24003", "any").share_population_no_data == 1.0
    assert (province.population, province.share_population) == (4000.0, 0.25)
    # Households stay at the points of villages and clusters.
    assert province.households == 275.0
    assert {(gap.population, gap.population_source) for gap in found} == {(3000.0, "raster")}


def test_people_of_a_gap_are_the_pixels_inside_its_outline(small: TestDatabase) -> None:
    with session_scope(small.app) as session:
        lon, lat, people = world.write_population_everywhere(small.settings.home_path, session)
    assessed(small)
    with session_scope(small.app) as session:
        found = gaps.list_gaps(session, operator=None, sees_sites=True).items
    assert found
    for gap in found:
        # Nothing of the terrain's pixels or the covered cells beside it decides, only the published outline.
        inside = shapely.contains_xy(gap.geometry, lon, lat)
        assert gap.population == people[inside].sum() > 0


def test_filters_and_pages(small: TestDatabase) -> None:
    info = assessed(small)
    with session_scope(small.app) as session:
        assert [v.code for v in villages.list_villages(session, state="covered").items] == ["V1"]
        assert [v.code for v in villages.list_villages(session, name="buôn v3").items] == ["V3"]
        assert villages.list_villages(session, name="%").total == 0
        assert villages.list_villages(session, name="V 4").total == 1
        page = villages.list_villages(session, commune="24001", limit=1, offset=1)
        assert (len(page.items), page.total) == (1, 2)
        assert villages.count_by_state(session, technology="4G", commune="24001") == {
            "covered": 1, "partly_covered": 0, "not_covered": 0, "no_data": 1,
        }  # fmt: skip
        village = villages.get_village(session, code="V2", sees_sites=True)
        by_hand = {"C1": {"alpha": "not_covered", "beta": "covered", "any": "covered"}}
        by_hand["C2"] = dict.fromkeys(("alpha", "beta", "any"), "not_covered")
        assert {c.code: {s.operator: s.state for s in c.statuses} for c in village.clusters} == by_hand
        with pytest.raises(NotFoundError):
            villages.get_village(session, code="V9")
        assert gaps.list_gaps(session, commune="24003").total == 0
        box = Bounds(world.BETA_LON - 0.01, world.LAT - 0.01, world.BETA_LON + 0.01, world.LAT + 0.01)
        assert [row.operator for row in sites.list_sites(session, bbox=box, sees_sites=True).items] == ["beta"]
        assert sites.list_sites(session, technology="5G", sees_sites=True).total == 0
        assert places.list_places(session, state="not_covered").total == 0
        assert places.summarise_places(session)[0].share_covered == 1.0
        assert assessments.list_assessments(session).items[0].assessment_id == info.assessment_id
        with pytest.raises(NotFoundError):
            assessments.newest_assessment(session, assessment_id=999)
        assert [unit.code for unit in territory.list_units(session, unit_type="commune")] == list(world.COMMUNES)
        with pytest.raises(NotFoundError):
            territory.get_unit(session, code="99999")
        with pytest.raises(NotFoundError):
            rasters.public_raster(session, technology="5G", home=small.settings.home_path)


def test_the_same_inputs_are_current_and_changed_ones_are_not(small: TestDatabase) -> None:
    def current() -> bool:
        return is_current(engine=small.app, settings=small.settings, as_of=world.AS_OF, technologies=["4G"])

    assert not current()
    assessed(small)
    assert current()
    with session_scope(small.app) as session:
        number = world.add_import(session, "sites", name="more")
        world.add_site(session, number, operator="beta", lon=108.25, lat=world.LAT)
    assert not current()
    with session_scope(small.app) as session:
        assert newest_assessment(session).stale
    second = assessed(small)
    assert second.cells_total == 3
    assert states_of(small, "V3")["any"] == "no_data"


def test_an_area_of_one_commune(small: TestDatabase) -> None:
    whole = assessed(small)
    info = assessed(small, area="24001")
    assert info.area_code == "24001"
    with session_scope(small.app) as session:
        rows = coverage.list_coverage(session, assessment_id=info.assessment_id, sees_sites=True)
        assert {row.code for row in rows} == {"24001"}
        # What is asked without a number stays the whole territory.
        assert newest_assessment(session).assessment_id == whole.assessment_id
    with pytest.raises(NotFoundError):
        assessed(small, area="99999")


def test_without_data_there_is_a_clear_error(fresh_database: TestDatabase) -> None:
    with session_scope(fresh_database.app) as session, pytest.raises(NoAssessmentError):
        coverage.list_coverage(session)
    with pytest.raises(NotReadyError, match="import boundaries"):
        assessed(fresh_database)


def test_an_unknown_technology_is_refused(small: TestDatabase) -> None:
    with pytest.raises(BadInputError, match="6G"):
        assess(engine=small.app, settings=small.settings, technologies=["6G"])


def test_every_share_has_its_interval(small: TestDatabase) -> None:
    assessed(small)
    with session_scope(small.app) as session:
        rows = coverage.list_coverage(session, tier=None, min_operators=None, sees_sites=True)
        rows += coverage.list_coverage(session, by="province", min_operators=None, sees_sites=True)
        public = villages.get_village(session, code="V1", sees_sites=False)
        seen = villages.get_village(session, code="V1", sees_sites=True)
        unknown = villages.get_village(session, code="V4", sees_sites=True)
    for row in rows:
        for name in SHARES:
            share, low, high = (getattr(row, f"share_{name}{end}") for end in ("", "_low", "_high"))
            assert (share is None) == (low is None) == (high is None)
            assert share is None or 0.0 <= low <= share <= high <= 1.0
    # Around a mast in the middle of a commune the edge of coverage runs through it: the interval is open on both sides.
    first = next(row for row in rows if (row.code, row.operator, row.tier) == ("24001", "alpha", "outdoor"))
    assert first.share_area_low is not None
    assert first.share_area_high is not None
    assert first.share_area is not None
    assert first.share_area_low < first.share_area - 0.02
    assert first.share_area_high > first.share_area + 0.02
    chances = {status.operator: status.center_probability for status in seen.statuses}
    # 1 km from alpha's mast, about 10 dB above the threshold; 11 km from beta's.
    assert chances["alpha"] == pytest.approx(0.9, abs=0.09)
    assert chances["beta"] is not None
    assert chances["beta"] < 0.2
    assert chances["any"] == chances["alpha"]
    assert {status.center_probability for status in public.statuses} == {None}
    assert {status.center_probability for status in unknown.statuses} == {None}
