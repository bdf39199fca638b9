"""Fibre nodes and declarations, places and roads."""

from __future__ import annotations

from pathlib import Path

import pytest
from shapely.geometry import LineString, Point
from sqlalchemy import func, select, text

from geo.errors import InvalidRowsError
from geo.store.tables import FibreNode, Place, Road, VillageServiceDeclaration
from tests.integration.intake.conftest import Importer
from tests.integration.intake.files import codes, collection, commune, csv, write


def test_the_real_roads(import_: Importer, shared_data: Path) -> None:
    report = import_("roads", shared_data / "data/daklak_osm_roads_2026-07.gpkg")
    assert (report.counts.read, report.counts.stored, report.warnings) == (1201, 1201, 0)
    with import_.session() as session:
        rows = session.execute(select(Road.road_class, func.count()).group_by(Road.road_class)).all()
        assert {row[0] for row in rows} == {"provincial", "national", "district"}
        length_km = session.scalar(text("SELECT sum(ST_Length(geom::geography)) / 1000 FROM road"))
        assert 1_000 < length_km < 10_000


def test_openstreetmap_classes_and_unknown_ones(import_: Importer, tmp_path: Path) -> None:
    line = LineString([(108.0, 12.5), (108.1, 12.6)])
    path = write(
        tmp_path / "roads.geojson",
        collection(
            ({"osm_id": "1", "highway": "trunk"}, line),
            ({"osm_id": "2", "highway": "raceway"}, line),
            ({"osm_id": "3", "highway": "primary"}, Point(108, 12)),
        ),
    )
    report = import_("roads", path, skip_errors=True)
    assert (report.counts.stored, report.counts.skipped) == (2, 1)
    assert {"unknown_class", "no_line"} <= set(codes(report))
    with import_.session() as session:
        assert set(session.scalars(select(Road.road_class))) == {"national", "raceway"}


def test_a_repeated_row_names_the_other_file(import_: Importer, tmp_path: Path) -> None:
    header = "Mã,Tên địa điểm,Loại địa điểm,Kinh độ,Vĩ độ"
    one = csv(tmp_path / "one.csv", header, "A,Trường A,Trường học,108.05,12.55", "B,Trường B,Trường học,108.06,12.55")
    same, other = "B,Trường B,Trường học,108.06,12.55", "A,Trường khác,Trường học,108.07,12.55"
    two = csv(tmp_path / "two.csv", header, same, same, other)
    report = import_("places", one, two, skip_errors=True)
    whys = [problem.document() for problem in report.problems if problem.code in ("duplicate_row", "code_twice")]
    assert [(why["code"], why["file"], why["row"]) for why in whys] == [
        ("code_twice", "two.csv", 4),
        ("duplicate_row", "two.csv", 2),
        ("duplicate_row", "two.csv", 3),
    ]
    assert all("row 3 of the file one.csv" in why["why_en"] for why in whys[1:])
    assert "dòng 3 của tệp one.csv" in whys[1]["why_vi"]
    assert "row 2 of the file one.csv" in whys[0]["why_en"]


def test_a_repeated_row_of_the_same_file_is_named_by_its_row_alone(import_: Importer, tmp_path: Path) -> None:
    header, row = "Tên địa điểm,Loại địa điểm,Kinh độ,Vĩ độ", "Trường A,Trường học,108.05,12.55"
    report = import_("places", csv(tmp_path / "one.csv", header, row, row))
    (why,) = (problem.document() for problem in report.problems if problem.code == "duplicate_row")
    assert why["why_en"] == "The row repeats row 2 in every cell; it is kept once."


def test_places_get_their_commune(import_: Importer, tmp_path: Path) -> None:
    import_("boundaries", write(tmp_path / "c.geojson", collection(commune("24175", "Xã Ea Kar"))))
    path = csv(
        tmp_path / "places.csv",
        "Tên địa điểm,Loại địa điểm,Kinh độ,Vĩ độ",
        "Trường A,Trường học,108.05,12.55",
        "KCN Hòa Phú,Khu công nghiệp,108.06,12.56",
    )
    assert import_("places", path).counts.stored == 2
    with import_.session() as session:
        rows = session.execute(select(Place.name, Place.place_class, Place.commune_code)).all()
        assert {tuple(row) for row in rows} == {
            ("Trường A", "school", "24175"),
            ("KCN Hòa Phú", "industrial_park", "24175"),
        }
    assert import_("places", path, replace=True).counts.unchanged == 2


def test_fibre_nodes_and_declarations(import_: Importer, tmp_path: Path) -> None:
    import_("villages", csv(tmp_path / "v.csv", "mã thôn,tên thôn,lon,lat", "B1,Buôn A,108.1,12.5"))
    nodes = csv(
        tmp_path / "nodes.csv",
        "Mã nút,Loại nút,Doanh nghiệp,Kinh độ,Vĩ độ,Tổng số cổng,Số cổng trống",
        "N1,Tủ phối quang,Viettel,108.1,12.5,128,35",
        "N2,OLT,VNPT,108.2,12.6,64,100",
    )
    services = csv(
        tmp_path / "services.csv",
        "Doanh nghiệp,Mã thôn,Số hộ có khả năng tiếp cận,Số cổng trống,Tốc độ tối đa (Mbps)",
        "Viettel,B1,120,30,1000",
        "Viettel,B9,120,30,1000",
    )
    with pytest.raises(InvalidRowsError) as caught:
        import_("fibre", nodes, services)
    assert {"more_free_ports", "unknown_village"} == set(codes(caught.value.report))
    report = import_("fibre", nodes, services, skip_errors=True)
    assert (report.counts.read, report.counts.stored, report.counts.skipped) == (4, 2, 2)
    with import_.session() as session:
        node = session.scalars(select(FibreNode)).one()
        assert (node.code, node.kind, node.ports_free) == ("N1", "cabinet", 35)
        declared = session.scalars(select(VillageServiceDeclaration)).one()
        assert (declared.households_passed, declared.max_speed_mbps) == (120, 1000.0)
