"""A network that was measured too little is named by `phusong calibrate`, with what it lacks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from data.build.measurements import MARK
from geo.store import tables
from geo.store.session import session_scope
from geo.workflows.calibrate import calibrate
from geo.workflows.imports import ImportKind, import_files
from tests.api.test_cli_answers import runner
from tests.conftest import TestDatabase
from tests.integration import tiny_world as world
from tests.integration.test_calibrate import SCANNER, fill


def test_what_is_measured_but_not_corrected_is_named_with_what_it_lacks(
    fresh_database: TestDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(fresh_database, tmp_path, replace(SCANNER, masts=30, pixels_per_mast=60))
    with session_scope(fresh_database.app) as session:
        for code in ("gamma", "delta"):
            session.add(tables.Operator(code=code, name=code.title()))
        session.flush()
        number = world.add_import(session, "sites", name="thin")
        for place in range(3):
            lon = world.WEST + 0.05 + 0.05 * place
            world.add_site(session, number, operator="gamma", lon=lon, lat=world.SOUTH + 0.05, eirp_dbm=52.0)
    # Gamma is measured at 40 places around its three masts; delta has no list, so nothing can be compared with it.
    lines = ["measured_at,lon,lat,technology,operator,rsrp,illustrative"]
    for row in range(40):
        lon, lat = world.WEST + 0.05 + 0.05 * (row % 3) + 0.0011 * (row // 3), world.SOUTH + 0.052
        lines.append(f"2026-01-15T08:{row:02d}:00+07:00,{lon:.6f},{lat:.6f},4G,gamma,-80,{MARK}")
        lines.append(f"2026-01-15T09:{row:02d}:00+07:00,{lon:.6f},{lat:.6f},4G,delta,-80,{MARK}")
    log = tmp_path / "thin.csv"
    log.write_text("\n".join(lines), encoding="utf-8")
    settings = fresh_database.settings
    import_files(engine=fresh_database.app, settings=settings, kind=ImportKind.MEASUREMENTS, sources=[log])

    made = calibrate(engine=fresh_database.app, settings=settings, name="thin", as_of=world.AS_OF)
    assert {each["operator"] for each in made.document["networks"]} <= {"alpha", "beta"}
    named = {each["operator"]: each for each in made.document["not_corrected"]}
    gamma, delta = named["gamma"], named["delta"]
    assert 0 < gamma["pixels"] <= 40
    lacks = [(each["code"], each["found"], each["needed"]) for each in gamma["reasons"]]
    assert lacks[:2] == [("too_few_pixels", gamma["pixels"], 100), ("too_few_masts", gamma["masts"], 5)]
    assert delta["band_group"] is None
    assert delta["reasons"] == [{"code": "nothing_compared", "found": 0, "needed": 100}]
    assert delta["left_out"].keys() == {"cell_not_in_list"}
    # Every pixel is either in a network that is corrected or in one that is named as not corrected.
    listed = [*made.document["networks"], *made.document["not_corrected"]]
    assert sum(each["pixels"] for each in listed) == made.document["pixels"]
    for network in made.document["networks"]:
        classes = [*network["offsets"], *network["not_corrected"]]
        assert sum(each["pixels"] for each in classes) == network["pixels"]
        assert all(
            (reason["code"], reason["found"], reason["needed"]) == ("too_few_in_class", each["pixels"], 30)
            for each in network["not_corrected"]
            for reason in each["reasons"]
        )
    out = " ".join(runner(fresh_database, monkeypatch)("calibrate", "show", "thin").out.split())
    for text in ("Có đo, không hiệu chỉnh / Measured, not corrected", "4G gamma", "4G delta"):
        assert text in out
