"""Under the number of an assessment stands what that assessment says, whatever was imported since.

From the command line and the service, over real imports: newer rows are left out of what is computed again, and where
what was used is no longer stored the answer is that of the stored raster, or a refusal that says why.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from api.app import create_app
from geo.store import tables
from geo.store.session import session_scope
from geo.workflows.answers.assessments import newest_assessment
from geo.workflows.answers.point import position_of
from geo.workflows.answers.rasters import stored_raster_path, value_at
from geo.workflows.assess_coverage import assess
from tests.api.conftest import TOKEN, settings_of
from tests.api.test_cli_answers import Outcome, Run, runner
from tests.conftest import TestDatabase
from tests.integration import tiny_world as world
from tests.integration.intake.files import csv

HEADINGS = "Mã trạm,Vĩ độ,Kinh độ,Công nghệ,Tần số (MHz),Băng thông (MHz),Chiều cao anten,EIRP (dBm)"
# The far end of 24001, where alpha's only mast gives about -105 dBm.
LON, LAT = world.ALPHA_LON + 4 * world.KM_DEG, world.LAT
POSITION = ("--lon", str(LON), "--lat", str(LAT))


@dataclass(frozen=True)
class Door:
    """An assessed tiny world behind the command line and the service."""

    database: TestDatabase
    assessment_id: int
    run: Run
    client: TestClient
    folder: Path

    def point(self, *more: str) -> dict[str, Any]:
        """Return the document of `phusong point`, which is that of the service too."""
        printed = self.run("point", *POSITION, *more, "--json")
        assert printed.code == 0, printed.err
        assert printed.document == self.client.get("/api/v1/point", params={"lon": LON, "lat": LAT}).json()
        return printed.document

    def explain(self) -> Outcome:
        """Run `phusong radio explain`."""
        return self.run("radio", "explain", *POSITION, "--technology", "4G", "--json")

    def import_sites(self, *rows: str, as_of: str, more: tuple[str, ...] = ()) -> None:
        """Import a list of alpha."""
        path = csv(self.folder / f"{as_of}-{len(rows)}-{hash(rows)}.csv", HEADINGS, *rows)
        done = self.run("import", "sites", str(path), "--operator", "alpha", "--as-of", as_of, *more)
        assert done.code == 0, done.err


@pytest.fixture
def door(fresh_database: TestDatabase, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Door]:
    home = fresh_database.settings.home
    with session_scope(fresh_database.app) as session:
        world.add_world(session)
        world.write_ridge(home, session, lon=world.ALPHA_LON + 2 * world.KM_DEG, height_m=130.0)
        world.write_landcover(home, session, {})
    done = assess(
        engine=fresh_database.app, settings=fresh_database.settings, as_of=world.AS_OF, technologies=["4G", "5G"]
    )
    with TestClient(
        create_app(settings_of(fresh_database)),
        raise_server_exceptions=False,
        headers={"Authorization": f"Bearer {TOKEN}"},
    ) as client:
        yield Door(fresh_database, done.assessment_id, runner(fresh_database, monkeypatch), client, tmp_path)


def site(code: str, *, lon: float = LON, lat: float = LAT, eirp_dbm: int = 60) -> str:
    return f"{code},{lat:.5f},{lon:.5f},4G,1800,20,40,{eirp_dbm}"


def said(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the items, levels and all."""
    items: list[dict[str, Any]] = document["items"]
    assert items
    return items


def test_sites_that_came_later_are_not_in_the_answer(door: Door) -> None:
    before, explained = door.point(), door.explain().document
    assert (before["basis"], before["stale"], before["assessment_id"]) == ("computed", False, door.assessment_id)
    # Beside the position, of the day of the assessment, and of a day before it.
    door.import_sites(site("NEW-1"), as_of=world.AS_OF.isoformat())
    door.import_sites(site("NEW-2", lon=LON + 0.001), as_of="2026-05-01")
    after, explained_after = door.point(), door.explain().document
    assert said(after) == said(before)
    assert (after["basis"], after["stale"], after["assessment_id"]) == ("computed", True, door.assessment_id)
    assert said(explained_after) == said(explained)
    assert explained_after["stale"] is True


def test_a_later_list_that_changes_a_site_is_not_in_the_answer(door: Door) -> None:
    before = door.point()
    code = f"alpha-{world.ALPHA_LON}-{world.LAT}"
    door.import_sites(site(code, lon=world.ALPHA_LON), as_of="2026-07-01")
    assert said(door.point()) == said(before)


def test_later_terrain_land_cover_patterns_and_ranges_are_not_in_the_answer(door: Door) -> None:
    before, explained = door.point(), door.explain().document
    home = door.database.settings.home
    shutil.copytree(home / "rasters", door.folder / "kept")
    with session_scope(door.database.app) as session:
        known = set(session.scalars(select(tables.RasterLayer.id)))
        world.write_ridge(home, session, lon=world.ALPHA_LON + 3 * world.KM_DEG, height_m=900.0)
        world.write_landcover(home, session, {world.ALPHA_LON: 10})
        assert len(set(session.scalars(select(tables.RasterLayer.id))) - known) == 2
    for kept in (door.folder / "kept").iterdir():
        assert (home / "rasters" / kept.name).read_bytes() == kept.read_bytes()
    assert said(door.point()) == said(before)
    assert said(door.explain().document) == said(explained)


def test_what_was_removed_is_answered_from_the_stored_rasters(door: Door) -> None:
    before = {row["operator"]: row for row in said(door.point()) if row["technology"] == "4G"}
    code = f"alpha-{world.ALPHA_LON}-{world.LAT}"
    # A complete list of the same day closes the site that the assessment was computed from.
    door.import_sites(site("NEW-1"), as_of=world.AS_OF.isoformat(), more=("--replace", "--confirm-gone"))
    after = door.point()
    assert (after["basis"], after["stale"]) == ("stored_raster", True)
    rows = {row["operator"]: row for row in said(after) if row["technology"] == "4G"}
    with session_scope(door.database.app) as session:
        info = newest_assessment(session, assessment_id=door.assessment_id)
        levels = {
            operator: value_at(
                stored_raster_path(
                    info, "level", technology="4G", operator=operator, home=door.database.settings.home_path
                ),
                position_of(LON, LAT),
            )
            for operator in ("alpha", "beta", "any")
        }
    assert {operator: round(10 * row["level_dbm"]) for operator, row in rows.items()} == levels
    # The middle of the pixel is not the position, so that it may differ by a little.
    assert rows["alpha"]["level_dbm"] == pytest.approx(before["alpha"]["level_dbm"], abs=1.5)
    assert rows["alpha"]["server_site"] == code
    assert rows["alpha"]["reason"]["code"] in ("stored_reached", "stored_below")
    assert f"assessment {door.assessment_id}" in rows["alpha"]["reason"]["en"]
    assert {row["reason"]["code"] for row in said(after) if row["technology"] == "5G"} == {"stored_not_reached"}
    outside = door.run("point", "--lon", "100", "--lat", "0", "--json").document
    assert {row["reason"]["code"] for row in outside["items"]} == {"stored_no_data"}


def test_what_was_removed_cannot_be_explained(door: Door) -> None:
    door.import_sites(site("NEW-1"), as_of=world.AS_OF.isoformat(), more=("--replace", "--confirm-gone"))
    refused = door.explain()
    assert refused.code == 2
    assert refused.out == "" or "inputs_gone" in refused.out
    assert f"{door.assessment_id}" in refused.err
    answer = door.client.get("/api/v1/explain", params={"lon": LON, "lat": LAT})
    assert (answer.status_code, answer.json()["code"]) == (409, "inputs_gone")
    assert "sites" in answer.json()["detail_en"]
    page = door.client.get("/explain", params={"lon": LON, "lat": LAT, "lang": "en"})
    assert page.status_code == 409
    assert "run `phusong assess`" in page.text


def test_a_cell_that_came_later_says_so_when_explained(door: Door) -> None:
    door.import_sites(site("NEW-1"), as_of="2026-05-01")
    refused = door.run("radio", "explain", *POSITION, "--cell", "NEW-1", "--json")
    assert refused.code == 2
    assert f"{door.assessment_id}" in refused.err
    assert "phusong assess" in refused.err


def test_a_new_assessment_has_the_new_sites(door: Door) -> None:
    before = door.point()
    door.import_sites(site("NEW-1"), as_of=world.AS_OF.isoformat())
    settings = door.database.settings
    done = assess(engine=door.database.app, settings=settings, as_of=world.AS_OF, technologies=["4G", "5G"])
    after = door.point()
    assert (after["assessment_id"], after["stale"], after["basis"]) == (done.assessment_id, False, "computed")
    assert said(after)[0]["level_dbm"] > said(before)[0]["level_dbm"] + 10.0
    older = door.run("point", *POSITION, "--assessment", str(door.assessment_id), "--json").document
    assert (said(older), older["stale"]) == (said(before), True)


def test_other_radio_parameters_or_another_rule_are_not_taken_for_those_of_the_assessment(door: Door) -> None:
    with session_scope(door.database.app) as session:
        session.execute(update(tables.Assessment).values(radio_version="of another day"))
    assert door.point()["basis"] == "stored_raster"
    with session_scope(door.database.app) as session:
        session.execute(update(tables.Assessment).values(rule_version="of another day"))
    refused = door.run("point", *POSITION, "--json")
    assert refused.code == 2
    assert "rule" in refused.err or "quy tắc" in refused.err
    assert door.client.get("/api/v1/point", params={"lon": LON, "lat": LAT}).status_code == 409


def test_a_point_outside_the_area_of_an_assessment_is_outside(door: Door) -> None:
    settings = door.database.settings
    part = assess(
        engine=door.database.app, settings=settings, as_of=world.AS_OF, technologies=["4G"], area="24002"
    ).assessment_id
    found = door.run("point", *POSITION, "--assessment", str(part), "--json").document
    assert {row["state"] for row in found["items"]} == {"no_data"}
    assert {row["level_dbm"] for row in found["items"]} == {None}
    assert found["commune_code"] is None
