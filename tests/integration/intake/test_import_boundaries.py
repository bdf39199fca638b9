"""Boundaries: the real communes, validity, faults of shapes and codes, and the crosswalk."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from shapely.geometry import box
from sqlalchemy import func, select, text

from geo.errors import InvalidRowsError
from geo.store.tables import AdminUnit, ImportRecord, UnitCrosswalk
from tests.integration.intake.conftest import Importer
from tests.integration.intake.files import codes, collection, commune, write


def test_the_102_real_communes_come_in_valid_and_with_their_area(import_: Importer, shared_data: Path) -> None:
    report = import_("boundaries", shared_data / "data/daklak_communes_2025.gpkg")
    assert (report.counts.read, report.counts.stored) == (102, 102)
    with import_.session() as session:
        communes = session.scalars(select(AdminUnit).where(AdminUnit.type.in_(["xã", "phường"]))).all()
        assert sorted({unit.type for unit in communes}) == ["phường", "xã"]
        assert sum(unit.type == "phường" for unit in communes) == 14
        area_km2 = session.scalar(
            text("SELECT sum(ST_Area(geom::geography)) / 1e6 FROM admin_unit WHERE type IN ('xã', 'phường')")
        )
        assert area_km2 == pytest.approx(18_096, rel=0.005)
        assert session.scalar(text("SELECT bool_and(ST_IsValid(geom)) FROM admin_unit"))
        province = session.scalars(select(AdminUnit).where(AdminUnit.code == "66")).one()
        assert (province.name, province.type) == ("Tỉnh Đắk Lắk", "tỉnh")
        assert province.official_area_km2 == pytest.approx(18_096.37, abs=0.1)


def test_the_same_file_twice_is_one_import(import_: Importer, tmp_path: Path) -> None:
    path = write(tmp_path / "a.geojson", collection(commune("22015", "Phường Tuy Hòa")))
    first, second = import_("boundaries", path), import_("boundaries", path)
    assert second.import_id == first.import_id
    assert (second.counts.read, second.counts.stored, second.counts.unchanged) == (1, 0, 1)
    with import_.session() as session:
        assert session.scalar(select(func.count()).select_from(ImportRecord)) == 1


def test_a_later_version_closes_the_current_one(import_: Importer, tmp_path: Path) -> None:
    old = write(tmp_path / "old.geojson", collection(commune("22015", "Phường Tuy Hòa")))
    new = write(tmp_path / "new.geojson", collection(commune("22015", "Phường Tuy Hòa", west=108.05)))
    import_("boundaries", old)
    report = import_("boundaries", new, as_of=dt.date(2026, 1, 1))
    assert report.preview.changed == 1
    with import_.session() as session:
        rows = session.scalars(select(AdminUnit).where(AdminUnit.code == "22015").order_by(AdminUnit.valid_from)).all()
        assert [(row.valid_from, row.valid_to) for row in rows] == [
            (dt.date(2025, 7, 1), dt.date(2026, 1, 1)),
            (dt.date(2026, 1, 1), None),
        ]


def test_a_correction_without_a_date_takes_the_place_of_the_version(import_: Importer, tmp_path: Path) -> None:
    import_("boundaries", write(tmp_path / "a.geojson", collection(commune("22015", "Phường Tuy Hoà"))))
    import_("boundaries", write(tmp_path / "b.geojson", collection(commune("22015", "Phường Tuy Hòa"))))
    with import_.session() as session:
        rows = session.scalars(select(AdminUnit).where(AdminUnit.code == "22015")).all()
        assert [(row.name, row.valid_to) for row in rows] == [("Phường Tuy Hòa", None)]


def test_a_folder_with_one_file_for_each_commune(import_: Importer, tmp_path: Path) -> None:
    write(tmp_path / "22015.geojson", collection(({"name": "Phường Tuy Hòa"}, box(108, 12, 108.1, 12.1))))
    write(tmp_path / "22045.geojson", collection(({"name": "Phường Bình Kiến"}, box(108.1, 12, 108.2, 12.1))))
    report = import_("boundaries", tmp_path)
    assert report.counts.stored == 2
    with import_.session() as session:
        assert set(session.scalars(select(AdminUnit.code))) == {"22015", "22045", "66"}


def test_a_commune_twice_is_refused_with_both_rows_named(import_: Importer, tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.geojson", collection(commune("22015", "Phường Tuy Hòa"), commune("22015", "Tuy Hòa", west=109.0))
    )
    with pytest.raises(InvalidRowsError) as caught:
        import_("boundaries", path)
    assert caught.value.report is not None
    document = caught.value.report.document()
    (problem,) = [p for p in document["problems"] if p["code"] == "unit_twice"]
    assert (problem["row"], problem["value"], document["import_id"]) == (2, "22015", None)
    assert "1" in problem["why_vi"]
    with import_.session() as session:
        assert session.scalar(select(func.count()).select_from(AdminUnit)) == 0


def test_a_polygon_that_crosses_itself_is_refused_and_a_small_fault_mended(import_: Importer, tmp_path: Path) -> None:
    bow_tie = {
        "type": "Polygon",
        "coordinates": [[[108, 12], [108.1, 12.1], [108.1, 12], [108, 12.1], [108, 12]]],
    }
    spike = {
        "type": "Polygon",
        "coordinates": [
            [[108.2, 12], [108.3, 12], [108.3, 12.1], [108.3001, 12.1], [108.3, 12.0999], [108.2, 12.1], [108.2, 12]]
        ],
    }
    content = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"code": "22015", "name": "Phường Tuy Hòa"}, "geometry": bow_tie},
            {"type": "Feature", "properties": {"code": "22045", "name": "Xã Ea"}, "geometry": spike},
        ],
    }
    path = write(tmp_path / "a.geojson", content)
    with pytest.raises(InvalidRowsError):
        import_("boundaries", path)
    report = import_("boundaries", path, skip_errors=True)
    assert (report.counts.stored, report.counts.skipped) == (1, 1)
    assert {"polygon_crosses_itself", "polygon_repaired"} <= set(codes(report))


def test_swapped_axes_are_put_right_with_a_warning(import_: Importer, tmp_path: Path) -> None:
    path = write(tmp_path / "a.geojson", collection(({"code": "22015", "name": "Xã A"}, box(12.5, 108, 12.6, 108.1))))
    report = import_("boundaries", path)
    assert "axes_swapped" in codes(report)
    with import_.session() as session:
        bounds = session.scalar(text("SELECT ST_XMin(geom) FROM admin_unit WHERE code = '22015'"))
        assert bounds == pytest.approx(108.0)


def test_metres_said_to_be_degrees_are_refused(import_: Importer, tmp_path: Path) -> None:
    shape = box(450_000, 1_400_000, 460_000, 1_410_000)
    path = write(tmp_path / "a.geojson", collection(({"code": "22015", "name": "Xã A"}, shape)))
    with pytest.raises(InvalidRowsError) as caught:
        import_("boundaries", path)
    assert "--crs" in caught.value.report.document()["problems"][0]["remedy_en"]  # type: ignore[union-attr]
    report = import_("boundaries", path, crs="EPSG:9218")
    assert report.counts.stored == 1
    with import_.session() as session:
        wkb = session.scalar(text("SELECT ST_Area(geom::geography) / 1e6 FROM admin_unit WHERE code = '22015'"))
        assert wkb == pytest.approx(100.0, rel=0.001)


def test_the_crosswalk(import_: Importer, shared_data: Path) -> None:
    report = import_("boundaries", shared_data / "data/old_to_new_communes_daklak.csv")
    assert report.counts.stored == 294
    with import_.session() as session:
        assert session.scalar(select(func.count()).select_from(UnitCrosswalk)) == 294
        split = session.execute(
            select(UnitCrosswalk.old_code).group_by(UnitCrosswalk.old_code).having(func.count() > 1)
        ).all()
        assert len(split) == 8


def test_a_dry_run_stores_nothing(import_: Importer, tmp_path: Path) -> None:
    path = write(tmp_path / "a.geojson", collection(commune("22015", "Phường Tuy Hòa")))
    report = import_("boundaries", path, dry_run=True)
    assert (report.import_id, report.preview.new) == (None, 1)
    with import_.session() as session:
        assert session.scalar(select(func.count()).select_from(ImportRecord)) == 0
