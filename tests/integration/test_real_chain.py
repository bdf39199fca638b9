"""The whole chain on the real communes of Đắk Lắk: historical hamlets, coarse real terrain, illustrative site lists.

The hamlets are of 1967-74 and stand in for villages in this test only; every output of such an assessment says which
kinds of input are illustrative.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.store.session import session_scope
from geo.store.tables import ImportKind
from geo.workflows.answers import coverage, gaps, places, point, rasters, territory, villages
from geo.workflows.answers.documents import envelope
from geo.workflows.answers.rows import AssessmentInfo
from geo.workflows.assess_coverage import assess, is_current
from geo.workflows.demo_sources import read_demo_files
from geo.workflows.imports import import_files
from tests.conftest import REPOSITORY, TestDatabase

REAL = (
    (ImportKind.BOUNDARIES, "daklak_communes_2025.gpkg"),
    (ImportKind.VILLAGES, "hes_hamlets_1967_74_in_daklak2025.csv"),
    (ImportKind.TERRAIN, "daklak_dem_coarse_8bit_terrarium_z9.tif"),
    (ImportKind.ROADS, "daklak_osm_roads_2026-07.gpkg"),
)


def import_real(database: TestDatabase, folder: Path) -> None:
    for kind, name in REAL:
        if not (folder / name).is_file():
            pytest.skip(f"real data are not on this machine: {folder / name} does not exist")
        import_files(engine=database.app, settings=database.settings, kind=kind, sources=[folder / name])


def import_illustrative_sites(database: TestDatabase) -> None:
    for file in read_demo_files(database.settings, REPOSITORY / "data"):
        if file.kind == ImportKind.SITES:
            import_files(
                engine=database.app,
                settings=database.settings,
                kind=ImportKind.SITES,
                sources=[file.path],
                crs=file.crs,
                operator=file.options.operator,
                sheet=file.options.sheet,
                column_map=file.options.map,
                as_of=file.as_of,
                illustrative=True,
            )


def assert_shares_add_up(database: TestDatabase) -> None:
    with session_scope(database.app) as session:
        rows = coverage.list_coverage(session, min_operators=None, sees_sites=True)
    assert len({row.code for row in rows}) == 102
    for row in rows:
        for name in ("area", "villages"):
            three = [getattr(row, f"share_{name}{part}") for part in ("", "_not_covered", "_no_data")]
            if three[0] is not None:
                assert sum(three) == pytest.approx(1.0, abs=1e-9), row


def assert_provenance(info: AssessmentInfo) -> None:
    assert info.illustrative
    assert envelope(info)["illustrative"]
    kinds = {kind: values["illustrative"] for kind, values in info.provenance.items()}
    assert kinds["sites"]
    assert not kinds["boundaries"]
    assert not kinds["villages"]
    assert not kinds["terrain"]
    assert info.terrain["used"]
    assert info.terrain["step_m"] == pytest.approx(184, abs=3)
    # Nobody counted the people of these hamlets.
    assert info.population_source == "none"


@pytest.mark.slow
def test_real_communes_hamlets_and_terrain_with_illustrative_sites(
    fresh_database: TestDatabase, shared_data: Path
) -> None:
    import_real(fresh_database, shared_data / "data")
    settings = fresh_database.settings
    import_illustrative_sites(fresh_database)
    info = assess(engine=fresh_database.app, settings=settings, technologies=["4G"])
    assert_provenance(info)
    assert_shares_add_up(fresh_database)
    with session_scope(fresh_database.app) as session:
        units = territory.list_units(session, unit_type="commune", with_geometry=False)
        counted = villages.count_by_state(session, technology="4G")
        province = coverage.list_coverage(session, by="province", tier="outdoor")[0]
        found = gaps.list_gaps(session, limit=None).items
        public = rasters.public_raster(session, technology="4G", home=settings.home_path)
        roads = places.summarise_roads(session)
        # The middle of Buôn Ma Thuột.
        town = point.answer_point(session, lon=108.05, lat=12.6667, home=settings.home_path)
    assert sum(unit.area_km2 for unit in units) == pytest.approx(18_096.37, rel=0.005)
    assert sum(counted.values()) == 1719
    assert province.area_km2 == pytest.approx(18_096.37, rel=0.005)
    assert province.share_population is None
    assert 0.3 < (province.share_area or 0.0) < 1.0
    assert sum(row.covered_km + row.not_covered_km + row.no_data_km for row in roads) > 1000
    assert found
    assert all(gap.population is None and gap.geometry.is_valid for gap in found)
    assert {code for gap in found for code in gap.commune_codes} <= {unit.code for unit in units}
    assert public.grid.crs == settings.metric_crs
    assert town.results[0].state == "covered"
    assert is_current(engine=fresh_database.app, settings=settings, technologies=["4G"])
