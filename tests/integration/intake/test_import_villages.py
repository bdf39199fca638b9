"""Villages: the historical hamlets, clusters, communes by code, name, crosswalk and position."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import func, select

from geo.errors import InvalidRowsError
from geo.store.tables import Village, VillageCluster
from tests.integration.intake.conftest import Importer
from tests.integration.intake.files import codes, collection, commune, csv, write


@pytest.fixture
def two_communes(import_: Importer, tmp_path: Path) -> None:
    content = collection(commune("22015", "Phường Tuy Hòa"), commune("24175", "Xã Ea Kar", west=108.1))
    import_("boundaries", write(tmp_path / "communes.geojson", content))


def test_the_hamlets_reach_97_communes(import_: Importer, shared_data: Path) -> None:
    import_("boundaries", shared_data / "data/daklak_communes_2025.gpkg")
    report = import_("villages", shared_data / "data/hes_hamlets_1967_74_in_daklak2025.csv")
    assert (report.counts.read, report.counts.stored, report.counts.folded) == (1719, 1719, 0)
    with import_.session() as session:
        communes = session.scalar(select(func.count(func.distinct(Village.commune_code))))
        assert communes == 97
    again = import_("villages", shared_data / "data/hes_hamlets_1967_74_in_daklak2025.csv")
    assert (again.import_id, again.counts.unchanged) == (report.import_id, 1719)


def test_vietnamese_headers_clusters_and_power(import_: Importer, tmp_path: Path, two_communes: None) -> None:
    path = csv(
        tmp_path / "thon.csv",
        "DANH SÁCH THÔN BUÔN;;;;;;;;",
        "STT;Mã thôn;Tên thôn/buôn;Xã/phường;Kinh độ;Vĩ độ;Số hộ;Dân số;Điện lưới quốc gia;Tên cụm dân cư",
        "1;B1;Buôn Ea Sut;Xã Ea Kar;108,15;12,55;1.234;4.567;Có;",
        "2;B1;;;108,16;12,56;30;120;Không;Cụm Suối Đá",
        "3;B2;Thôn 2;Tuy Hoà;;;80;300;;",
        ";;Tổng cộng;;;;1.344;4.987;;",
    )
    report = import_("villages", path)
    assert (report.counts.read, report.counts.stored) == (3, 3)
    assert {"total_row_ignored", "no_coordinates_kept"} <= set(codes(report))
    with import_.session() as session:
        village = session.scalars(select(Village).where(Village.code == "B1")).one()
        assert (village.households, village.population, village.grid_power) == (1234, 4567, "national_grid")
        assert (village.commune_code, village.kind) == ("24175", "buôn")
        assert [(c.name, c.grid_power, c.population) for c in village.clusters] == [("Cụm Suối Đá", "none", 120)]
        pointless = session.scalars(select(Village).where(Village.code == "B2")).one()
        assert (pointless.geom, pointless.commune_code) == (None, "22015")


def test_a_change_makes_a_version_that_keeps_the_clusters(
    import_: Importer, tmp_path: Path, two_communes: None
) -> None:
    head = "village_code,village_name,commune_code,lon,lat,grid_power,cluster_code"
    first = csv(tmp_path / "1.csv", head, "B1,Buon A,24175,108.15,12.55,no,", "B1,Buon A,24175,108.16,12.56,no,C1")
    second = csv(tmp_path / "2.csv", head, "B1,Buon A,24175,108.15,12.55,yes,")
    import_("villages", first, as_of=dt.date(2026, 1, 1))
    report = import_("villages", second, as_of=dt.date(2026, 6, 1))
    assert (report.preview.changed, report.preview.new) == (1, 0)
    with import_.session() as session:
        versions = session.scalars(select(Village).order_by(Village.valid_from)).all()
        assert [(v.grid_power, v.valid_to) for v in versions] == [
            ("none", dt.date(2026, 6, 1)),
            ("national_grid", None),
        ]
        assert [len(v.clusters) for v in versions] == [1, 1]


def test_a_village_outside_the_province_is_kept_with_a_warning(
    import_: Importer, tmp_path: Path, two_communes: None
) -> None:
    path = csv(tmp_path / "v.csv", "name,lon,lat", "Thôn Xa,105.85,21.02", "Buôn Gần,108.15,12.55")
    report = import_("villages", path)
    assert codes(report).count("outside_known_communes") == 1
    with import_.session() as session:
        rows = session.execute(select(Village.name, Village.commune_code, Village.commune_source)).all()
        assert {tuple(row) for row in rows} == {("Thôn Xa", None, "none"), ("Buôn Gần", "24175", "located")}


def test_a_split_old_unit_needs_a_position(import_: Importer, tmp_path: Path, two_communes: None) -> None:
    crosswalk = csv(
        tmp_path / "cw.csv",
        "old_code,old_name,new_code",
        "22030,Xã Hòa Trị,22015",
        "22030,Xã Hòa Trị,24175",
    )
    import_("boundaries", crosswalk)
    path = csv(tmp_path / "v.csv", "name,xã,lon,lat", "Thôn 1,Xã Hoà Trị,108.15,12.55", "Thôn 2,Xã Hoà Trị,,")
    with pytest.raises(InvalidRowsError) as caught:
        import_("villages", path)
    assert "commune_ambiguous" in codes(caught.value.report)
    import_("villages", path, skip_errors=True)
    with import_.session() as session:
        (village,) = session.scalars(select(Village)).all()
        assert (village.name, village.commune_code, village.commune_source) == ("Thôn 1", "24175", "crosswalk")


def test_negative_households_and_unknown_power_are_errors_with_their_place(import_: Importer, tmp_path: Path) -> None:
    path = csv(tmp_path / "v.csv", "name,lon,lat,households,grid_power", "A,108,12,-5,yes", "B,108,12.1,5,có lẽ")
    with pytest.raises(InvalidRowsError) as caught:
        import_("villages", path)
    assert caught.value.report is not None
    problems = caught.value.report.document()["problems"]
    assert [(p["code"], p["row"], p["column"], p["value"]) for p in problems] == [
        ("impossible_value", 2, "households", "-5"),
        ("unknown_grid_power", 3, "grid_power", "có lẽ"),
    ]
    with import_.session() as session:
        assert session.scalar(select(func.count()).select_from(VillageCluster)) == 0
