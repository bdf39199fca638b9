"""Site lists: the load test of real French sites, Vietnamese sheets, masts, versions, replacing, provenance."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from geo.errors import ConflictError, InvalidRowsError
from geo.store.tables import Assessment, Cell, ImportProblem, ImportRecord, Mast, Operator, Site, SiteListDeclaration
from tests.integration.intake.conftest import Importer
from tests.integration.intake.files import codes, collection, commune, csv, workbook, write


def test_the_77148_french_sites(import_: Importer, shared_data: Path, tmp_path: Path) -> None:
    import_("boundaries", write(tmp_path / "c.geojson", collection(commune("22015", "Phường Tuy Hòa"))))
    path = shared_data / "data/arcep_2018_01_sites_L93.csv"
    with pytest.raises(InvalidRowsError):
        import_("sites", path, crs="EPSG:2154")
    started = time.perf_counter()
    report = import_("sites", path, crs="EPSG:2154", skip_errors=True)
    print(f"77,148 sites in {time.perf_counter() - started:.1f} s")
    assert (report.counts.read, report.counts.stored) == (77_148, 77_023)
    assert (report.counts.folded, report.counts.skipped) == (124, 1)
    found = codes(report)
    assert found.count("duplicate_row") == 124
    assert found.count("no_coordinates") == 1
    assert found.count("most_rows_outside") == 1
    assert found.count("unknown_operator") == 4
    with import_.session() as session:
        assert set(session.scalars(select(Operator.code))) == {"20801", "20810", "20815", "20820"}
        north = session.scalar(text("SELECT max(ST_Y(geom)) FROM mast"))
        assert 50.9 < north < 51.2
        skipped = session.scalars(select(ImportProblem).where(ImportProblem.code == "no_coordinates")).one()
        assert skipped.raw_row is not None
        assert skipped.raw_row["Operateur"] == "20815"
    again = import_("sites", path, crs="EPSG:2154", skip_errors=True)
    assert (again.import_id, again.counts.unchanged, again.counts.stored) == (report.import_id, 77_023, 0)
    # Other options make it another import; compared row by row nothing changed.
    other = import_("sites", path, crs="EPSG:2154", skip_errors=True, column_map={"x": "x"})
    assert (other.counts.unchanged, other.preview.unchanged, other.preview.changed) == (77_023, 76_678, 0)


def test_sites_between_masts_stay_where_they_are(import_: Importer, tmp_path: Path) -> None:
    # About 4 m apart in a row: each is within the tolerance of the next, not of the one after.
    rows = [f"S{n},{12.5 + n * 0.000036:.6f},108.1,4G" for n in range(9)]
    path = csv(tmp_path / "s.csv", "site id,lat,lon,technology", *rows)
    import_("sites", path, operator="viettel")
    again = import_("sites", path, operator="viettel", column_map={"lat": "lat"})
    assert (again.counts.stored, again.counts.unchanged) == (0, 9)


VIETNAMESE: list[list[Any]] = [
    ["DANH SÁCH TRẠM BTS TỈNH ĐẮK LẮK"],
    [],
    [
        "STT",
        "Mã trạm",
        "Toạ độ VN-2000",
        None,
        "Công nghệ",
        None,
        None,
        "Chiều cao cột (m)",
        "Góc phương vị",
        "Loại trạm",
    ],
    [None, None, "X", "Y", "2G", "4G", "5G", None, None, None],
    ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", "(8)", "(9)", "(10)"],
    [1, "DLK001", "1.400.853,968", "450.926,6", "x", "x", None, 42, "0/120/240", "1"],
    [2, "DLK002", 1_410_000.0, 460_000.0, None, 1, "Có", 36.0, 90, "2"],
    ["Tổng cộng", None, None, None, 1, 2, 1],
    [],
    ["Người lập biểu"],
]


def test_a_vietnamese_sheet_in_vn2000(import_: Importer, tmp_path: Path) -> None:
    path = workbook(tmp_path / "viettel.xlsx", VIETNAMESE)
    report = import_("sites", path, operator="viettel")
    assert report.counts.stored == 2
    assert {"total_row_ignored", "footer_ignored", "crs_assumed"} <= set(codes(report))
    with import_.session() as session:
        lon, lat = session.execute(
            text(
                "SELECT ST_X(m.geom), ST_Y(m.geom) FROM site s JOIN mast m ON m.id = s.mast_id WHERE s.code = 'DLK001'"
            )
        ).one()
        assert (lon, lat) == pytest.approx((108.05, 12.6667), abs=1e-5)
        cells = session.execute(
            select(Site.code, Cell.technology, Cell.azimuth_deg).join(Cell.site).order_by(Cell.id)
        ).all()
        assert [tuple(row) for row in cells if row[0] == "DLK001"] == [
            ("DLK001", technology, azimuth) for technology in ("2G", "4G") for azimuth in (0.0, 120.0, 240.0)
        ]
        assert [tuple(row) for row in cells if row[0] == "DLK002"] == [("DLK002", "4G", 90.0), ("DLK002", "5G", 90.0)]
        assert set(session.scalars(select(Mast.height_m))) == {42.0, 36.0}


def test_one_row_for_each_cell_and_for_each_technology_make_one_site(import_: Importer, tmp_path: Path) -> None:
    path = csv(
        tmp_path / "s.csv",
        "Site ID,Operator,Cell ID,Technology,Frequency,Azimuth,Latitude,Longitude,Power (W)",
        "A1,Viettel,A1-1,4G,1800,0,12.6667,108.05,40",
        "A1,Viettel,A1-2,4G,1800,120,12.6667,108.05,40",
        "B1,VinaPhone,,2G,900,,12.66671,108.05001,",
        "B1,VinaPhone,,LTE,1.8 GHz,,12.66671,108.05001,",
    )
    report = import_("sites", path)
    assert report.counts.stored == 4
    with import_.session() as session:
        assert session.scalar(select(func.count()).select_from(Mast)) == 1
        assert session.scalars(select(Operator.code).order_by(Operator.code)).all() == ["viettel", "vnpt"]
        assert session.scalar(select(func.count()).select_from(Site)) == 2
        powers = session.scalars(select(Cell.power_dbm).join(Cell.site).where(Site.code == "A1")).all()
        assert powers == pytest.approx([46.02, 46.02], abs=0.01)
        declared = session.scalars(select(SiteListDeclaration).order_by(SiteListDeclaration.operator_code)).all()
        assert [row.operator_code for row in declared] == ["viettel", "vnpt"]


def test_every_fault_is_reported_at_once_with_its_place(import_: Importer, tmp_path: Path) -> None:
    path = csv(
        tmp_path / "s.csv",
        "site id,lon,lat,technology,azimuth,antenna height",
        "A,108.1,12.5,4G,400,30",
        "B,108.1,12.5,4G,0,-3",
        "C,,,4G,0,30",
        "D,108.1,12.5,6X,0,30",
        "E,abc,12.5,4G,0,30",
        "F,108.1,12.5,4G,0,30",
    )
    with pytest.raises(InvalidRowsError) as caught:
        import_("sites", path, operator="viettel")
    assert caught.value.report is not None
    document = caught.value.report.document()
    faults = {(p["code"], p["row"], p["value"]) for p in document["problems"] if p["severity"] == "error"}
    assert {
        ("impossible_value", 2, "400"),
        ("impossible_value", 3, "-3"),
        ("no_coordinates", 4, None),
        ("unknown_technology", 5, "6X"),
        ("bad_coordinate", 6, "abc"),
    } <= faults
    assert all(p["why_vi"] and p["why_en"] and p["remedy_vi"] and p["remedy_en"] for p in document["problems"])
    assert "{" not in str([p["why_vi"] for p in document["problems"]])
    with import_.session() as session:
        assert session.scalar(select(func.count()).select_from(ImportRecord)) == 0
    report = import_("sites", path, operator="viettel", skip_errors=True)
    assert (report.counts.stored, report.counts.skipped) == (1, 5)


def test_a_security_station_is_refused_and_nothing_of_it_kept(import_: Importer, tmp_path: Path) -> None:
    path = csv(tmp_path / "s.csv", "mã trạm,loại trạm,lon,lat,4G", "S0,Loại trạm 0,108.1,12.5,x", "S1,1,108.2,12.6,x")
    with pytest.raises(InvalidRowsError) as caught:
        import_("sites", path, operator="vnpt")
    assert "kênh" in caught.value.report.document()["problems"][0]["remedy_vi"]  # type: ignore[union-attr]
    import_("sites", path, operator="vnpt", skip_errors=True)
    with import_.session() as session:
        problem = session.scalars(select(ImportProblem).where(ImportProblem.code == "security_station")).one()
        assert (problem.raw_row, problem.value) == (None, None)
        assert session.scalars(select(Site.code)).all() == ["S1"]


def test_versions_and_replacing(import_: Importer, tmp_path: Path) -> None:
    head = "site id,lon,lat,technology,azimuth"
    rows = [f"S{n},108.{n:02d},12.5,4G,0" for n in range(10, 30)]
    import_("sites", csv(tmp_path / "1.csv", head, *rows), operator="viettel", as_of=dt.date(2026, 1, 1))
    turned = [*rows[:18], "S28,108.28,12.5,4G,90"]
    second = csv(tmp_path / "2.csv", head, *turned)
    report = import_("sites", second, operator="viettel", as_of=dt.date(2026, 2, 1), replace=True)
    assert (report.preview.changed, report.preview.unchanged, report.preview.gone) == (1, 18, 1)
    with import_.session() as session:
        history = session.execute(
            select(Cell.azimuth_deg, Cell.valid_from, Cell.valid_to)
            .join(Cell.site)
            .where(Site.code == "S28")
            .order_by(Cell.valid_from)
        ).all()
        assert [tuple(row) for row in history] == [
            (0.0, dt.date(2026, 1, 1), dt.date(2026, 2, 1)),
            (90.0, dt.date(2026, 2, 1), None),
        ]
        gone = session.scalars(select(Site).where(Site.code == "S29")).one()
        assert gone.valid_to == dt.date(2026, 2, 1)
        assert {cell.valid_to for cell in gone.cells} == {dt.date(2026, 2, 1)}
    few = csv(tmp_path / "3.csv", head, *rows[:5])
    with pytest.raises(ConflictError, match="--confirm-gone"):
        import_("sites", few, operator="viettel", as_of=dt.date(2026, 3, 1), replace=True)
    report = import_("sites", few, operator="viettel", as_of=dt.date(2026, 3, 1), replace=True, confirm_gone=True)
    assert report.preview.gone == 14


def test_real_data_retire_illustrative_ones_and_their_assessments(import_: Importer, tmp_path: Path) -> None:
    made_up = csv(tmp_path / "1.csv", "site id,operator,lon,lat,4G", "X1,Minh Họa,108.1,12.5,x")
    real = csv(tmp_path / "2.csv", "site id,operator,lon,lat,4G", "R1,Viettel,108.2,12.6,x")
    import_("sites", made_up, illustrative=True)
    with import_.session() as session:
        session.execute(
            text(
                "INSERT INTO assessment (status, as_of, finished_at, territory_version, rule_version, radio_version,"
                " technologies, operator_codes, illustrative, provenance, inputs_sha256, terrain, population_source,"
                " cells_total, cells_defaulted, defaulted_fields) VALUES ('done', now(), now(), 't', 'r', 'm', '{4G}',"
                " '{}', true, '{\"sites\": {\"illustrative\": true}}', repeat('0', 64), '{}', 'none', 1, 0, '{}')"
            )
        )
        session.commit()
    import_("sites", real)
    with import_.session() as session:
        assert session.scalars(select(Site.code)).all() == ["R1"]
        assert session.scalars(select(Operator.code)).all() == ["viettel"]
        assert session.scalar(select(func.count()).select_from(Mast)) == 1
        assert session.scalar(select(func.count()).select_from(Assessment)) == 0
        assert session.scalar(select(func.count()).where(ImportRecord.retired_at.is_not(None))) == 1
    with pytest.raises(ConflictError):
        import_("sites", made_up, illustrative=True)


def test_importing_again_after_another_list_restores_it(import_: Importer, tmp_path: Path) -> None:
    head = "site id,lon,lat,technology,azimuth"
    first = csv(tmp_path / "1.csv", head, "S1,108.1,12.5,4G,0")
    second = csv(tmp_path / "2.csv", head, "S1,108.1,12.5,4G,90")
    a = import_("sites", first, operator="viettel")
    b = import_("sites", second, operator="viettel")
    c = import_("sites", first, operator="viettel")
    assert len({a.import_id, b.import_id, c.import_id}) == 3
    with import_.session() as session:
        assert session.scalars(select(Cell.azimuth_deg)).all() == [0.0]
    assert import_("sites", first, operator="viettel").import_id == c.import_id


@pytest.mark.parametrize(
    ("crs", "x", "y", "message"),
    [
        ("EPSG:999999", 108.1, 12.5, "not known"),
        ("EPSG:9218", 108.1, 12.5, "degrees"),
        ("EPSG:4326", 450_927, 1_400_854, "metres"),
        (None, 9_999_999, 8_888_888, "--crs"),
    ],
)
def test_a_wrong_system_is_named(
    import_: Importer, tmp_path: Path, crs: str | None, x: float, y: float, message: str
) -> None:
    path = csv(tmp_path / "s.csv", "site id,lon,lat,4G", f"A,{x},{y},x")
    with pytest.raises(InvalidRowsError if message == "" else Exception, match=message) as caught:
        import_("sites", path, operator="viettel", crs=crs)
    report = getattr(caught.value, "report", None)
    assert report is not None
    assert report.document()["problems"][0]["code"] == "unknown_crs"


def test_a_date_to_come_is_planned_whatever_the_status_says(import_: Importer, tmp_path: Path) -> None:
    rows = [
        "S1,12.5,108.1,4G,on air,2026-12-01",
        "S2,12.6,108.1,4G,off air,2026-12-01",
        "S3,12.7,108.1,4G,on air,2020-01-01",
    ]
    path = csv(tmp_path / "s.csv", "site id,lat,lon,technology,status,on air date", *rows)
    report = import_("sites", path, operator="viettel", as_of=dt.date(2026, 6, 1))
    assert codes(report).count("planned_by_date") == 1
    with import_.session() as session:
        states = session.execute(select(Site.code, Cell.status).join(Cell, Cell.site_id == Site.id))
        assert {row.code: row.status for row in states} == {"S1": "planned", "S2": "off_air", "S3": "on_air"}


def test_every_defaulted_radio_field_is_warned_of(import_: Importer, tmp_path: Path) -> None:
    path = csv(tmp_path / "s.csv", "site id,lat,lon,technology,band", "S1,12.5,108.1,4G,B3", "S2,12.6,108.1,4G,B3")
    report = import_("sites", path, operator="viettel")
    said = {p["column"] or p["why_en"] for p in report.document()["problems"] if p["code"] == "field_defaulted"}
    assert len(said) == 7, said
    for field in ("azimuth", "height", "power", "gain", "bandwidth", "mechanical", "electrical"):
        assert any(field in p["why_en"] for p in report.document()["problems"]), field


def test_one_tilt_column_is_the_whole_tilt(import_: Importer, tmp_path: Path) -> None:
    path = csv(tmp_path / "s.csv", "site id,lat,lon,technology,tilt", "S1,12.5,108.1,4G,6")
    report = import_("sites", path, operator="viettel")
    assert not any("tilt" in p["why_en"] for p in report.document()["problems"] if p["code"] == "field_defaulted")
    with import_.session() as session:
        assert session.execute(select(Cell.mechanical_tilt_deg, Cell.electrical_tilt_deg)).one() == (0.0, 6.0)


@pytest.mark.parametrize(
    ("header", "value", "reach_m"),
    [("bán kính cell (km)", "14,5", 14_500.0), ("cell radius", "14500", 14_500.0), ("cell range (km)", "0", None)],
)
def test_the_configured_range_of_a_cell(
    import_: Importer, tmp_path: Path, header: str, value: str, reach_m: float | None
) -> None:
    path = tmp_path / "s.csv"
    path.write_text(f"site id;lat;lon;technology;{header}\nS1;12.5;108.1;4G;{value}\n")
    import_("sites", path, operator="viettel")
    with import_.session() as session:
        assert session.scalars(select(Cell.reach_m)).one() == reach_m
