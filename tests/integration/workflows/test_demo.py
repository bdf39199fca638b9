"""Loading the illustrative data: twice is once, a change replaces, real data stay, clearing leaves nothing."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
import yaml
from sqlalchemy import text

from geo.errors import BadInputError, NotReadyError
from geo.store.session import session_scope
from geo.workflows.demo import LOADED, REAL_DATA, UNCHANGED, clear_demo, load_demo
from geo.workflows.demo_sources import data_folder
from geo.workflows.imports import ImportKind, import_files
from tests.conftest import REPOSITORY, TestDatabase

DATA = REPOSITORY / "data"


@pytest.fixture
def some_data(tmp_path: Path) -> Path:
    """The boundaries and the villages only: enough to see what loading does."""
    for kind in ("boundaries", "villages"):
        shutil.copytree(DATA / kind, tmp_path / kind)
    return tmp_path


def _count(database: TestDatabase, table: str) -> int:
    with session_scope(database.app) as session:
        return int(session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


def _rewrite(folder: Path, file: str, old: str, new: str) -> None:
    """Change a file and its hash, as a new version of the project would."""
    path, source = folder / file, folder / "SOURCES.yaml"
    path.write_text(path.read_text("utf-8").replace(old, new), encoding="utf-8")
    document = yaml.safe_load(source.read_text("utf-8"))
    for entry in document["files"]:
        if entry["file"] == file:
            entry["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    source.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")


def test_loading_twice_is_loading_once(fresh_database: TestDatabase, some_data: Path) -> None:
    first = load_demo(engine=fresh_database.app, settings=fresh_database.settings, data_dir=some_data)
    assert {item.state for item in first.items} == {LOADED}
    assert _count(fresh_database, "admin_unit") == 103
    assert _count(fresh_database, "unit_crosswalk") == 294
    again = load_demo(engine=fresh_database.app, settings=fresh_database.settings, data_dir=some_data)
    assert {item.state for item in again.items} == {UNCHANGED}
    assert not again.anything_loaded
    assert _count(fresh_database, "import_record") == len(first.items)


def test_a_new_version_of_a_file_replaces_the_old_rows(fresh_database: TestDatabase, some_data: Path) -> None:
    load_demo(engine=fresh_database.app, settings=fresh_database.settings, data_dir=some_data)
    _rewrite(some_data / "villages", "villages.csv", "MH-22015-002,Tổ dân phố 2 ", "MH-22015-002,Tổ dân phố 2A ")
    report = load_demo(engine=fresh_database.app, settings=fresh_database.settings, data_dir=some_data)
    assert {item.kind for item in report.items if item.state == LOADED} == {"villages"}
    with session_scope(fresh_database.app) as session:
        names = session.scalars(text("SELECT name FROM village WHERE code = 'MH-22015-002'")).all()
    assert names == ["Tổ dân phố 2A (minh họa)"]
    assert _count(fresh_database, "village") == 2_760


def test_clearing_leaves_no_row(fresh_database: TestDatabase, some_data: Path) -> None:
    load_demo(engine=fresh_database.app, settings=fresh_database.settings, data_dir=some_data)
    assert set(clear_demo(engine=fresh_database.app, settings=fresh_database.settings)) == {"boundaries", "villages"}
    for table in ("admin_unit", "unit_crosswalk", "village", "village_cluster"):
        assert _count(fresh_database, table) == 0
    assert clear_demo(engine=fresh_database.app, settings=fresh_database.settings) == ()


def test_real_data_of_a_kind_keep_the_illustrative_ones_out(fresh_database: TestDatabase, some_data: Path) -> None:
    settings = fresh_database.settings
    import_files(
        engine=fresh_database.app,
        settings=settings,
        kind=ImportKind.BOUNDARIES,
        sources=[DATA / "boundaries" / "communes.geojson"],
    )
    report = load_demo(engine=fresh_database.app, settings=settings, data_dir=some_data)
    states = {item.kind: item.state for item in report.items}
    assert states == {"boundaries": REAL_DATA, "villages": LOADED}
    assert _count(fresh_database, "unit_crosswalk") == 0


def test_files_that_name_rows_of_a_real_kind_are_left_out(fresh_database: TestDatabase, some_data: Path) -> None:
    shutil.copytree(DATA / "fibre", some_data / "fibre")
    import_files(
        engine=fresh_database.app,
        settings=fresh_database.settings,
        kind=ImportKind.VILLAGES,
        sources=[DATA / "villages" / "villages.csv"],
    )
    report = load_demo(engine=fresh_database.app, settings=fresh_database.settings, data_dir=some_data)
    states = {item.file: item.state for item in report.items}
    assert states["nodes.csv"] == LOADED
    assert states["village_services.csv"] == REAL_DATA
    assert _count(fresh_database, "village_service_declaration") == 0


def test_a_file_that_is_not_the_one_described_is_refused(fresh_database: TestDatabase, some_data: Path) -> None:
    (some_data / "villages" / "clusters.csv").write_text("Mã cụm", encoding="utf-8")
    with pytest.raises(BadInputError, match="not the file"):
        load_demo(engine=fresh_database.app, settings=fresh_database.settings, data_dir=some_data)
    assert _count(fresh_database, "import_record") == 0


def test_without_a_data_folder_it_says_what_to_set(fresh_database: TestDatabase, tmp_path: Path) -> None:
    with pytest.raises(NotReadyError, match="PHUSONG_DATA_DIR"):
        data_folder(fresh_database.settings, tmp_path / "nowhere")


@pytest.mark.slow
def test_everything_loads_without_an_error(fresh_database: TestDatabase) -> None:
    report = load_demo(engine=fresh_database.app, settings=fresh_database.settings, data_dir=DATA)
    assert {item.state for item in report.items} == {LOADED}
    with session_scope(fresh_database.app) as session:
        people = session.execute(text("SELECT sum(population) FROM village")).scalar_one()
        operators = session.execute(text("SELECT count(DISTINCT operator_code) FROM site")).scalar_one()
        bands = set(session.scalars(text("SELECT DISTINCT band FROM cell")))
        outside = session.execute(text("SELECT count(*) FROM mast WHERE commune_code IS NULL")).scalar_one()
    assert people == 3_346_853
    assert (operators, bands, outside) == (4, {"B3", "n41"}, 0)
    assert _count(fresh_database, "village") >= 2_500
    assert _count(fresh_database, "village_cluster") >= 6_000
    # one mast for all its operators, whatever form of coordinates their lists use
    assert 800 <= _count(fresh_database, "mast") <= 850
    assert _count(fresh_database, "site") >= 1_500
    assert _count(fresh_database, "cell") >= 6_000
