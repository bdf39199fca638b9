"""Measurements: units and zones in headings, levels of several technologies, whose a cell is, marks of made-up rows."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from geo.errors import ConflictError, InvalidRowsError
from geo.store.tables import Cell, ImportRecord, Measurement
from tests.integration import tiny_world as world
from tests.integration.intake.conftest import Importer
from tests.integration.intake.files import codes, csv

BASE = "measured_at,lon,lat,technology,operator"
ROW = "2026-03-05T14:30:00Z,108.05,12.6667,4G,viettel"


def _only(session: Session) -> Measurement:
    return session.scalars(select(Measurement)).one()


@pytest.mark.parametrize(
    ("heading", "value", "field", "stored"),
    [
        ("accuracy (km)", "0.005", "accuracy_m", 5.0),
        ("accuracy [ft]", "10", "accuracy_m", 3.048),
        ("speed (m/s)", "10", "speed_kmh", 36.0),
        ("Tốc độ (knots)", "10", "speed_kmh", 18.52),
        ("speed_kmh", "10", "speed_kmh", 10.0),
        ("accuracy km", "0.005", "accuracy_m", 5.0),
        ("accuracy_km", "0.005", "accuracy_m", 5.0),
        ("GPS accuracy ft", "10", "accuracy_m", 3.048),
        ("speed m/s", "10", "speed_kmh", 36.0),
        ("speed mph", "10", "speed_kmh", 16.09344),
        ("Tốc độ knots", "10", "speed_kmh", 18.52),
        ("rsrp dBW", "-127", "level_dbm", -97.0),
        ("rsrp (dBW)", "-127", "level_dbm", -97.0),
        ("RSRP (serving, dBm)", "-97", "level_dbm", -97.0),
        ("path loss (dB)", "120", "path_loss_db", 120.0),
    ],
)
def test_known_units_are_converted(
    import_: Importer, tmp_path: Path, heading: str, value: str, field: str, stored: float
) -> None:
    level = "" if field == "level_dbm" else ",rsrp"
    text = '"' + heading + '"' if "," in heading else heading
    shown = "" if field == "level_dbm" else ",-90"
    path = csv(tmp_path / "m.csv", f"{BASE},cell_id{level},{text}", f"{ROW},C1{shown},{value}")
    assert import_("measurements", path).counts.stored == 1
    with import_.session() as session:
        assert getattr(_only(session), field) == pytest.approx(stored)


@pytest.mark.parametrize(
    ("heading", "value"),
    [
        ("rsrp (dBuV)", "-97"),
        ("rsrp [dBµV/m]", "-97"),
        ("rsrp (asu)", "-97"),
        ("rsrp dBuV", "-97"),
        ("rsrp_mw", "-97"),
        ("rsrp,accuracy dBm", "-97,5"),
        ("rsrp (foo)", "-97"),
        ("rsrp,accuracy (parsec)", "-97,5"),
        ("rsrp,speed (furlong)", "-97,5"),
    ],
)
def test_unknown_units_are_refused(import_: Importer, tmp_path: Path, heading: str, value: str) -> None:
    path = csv(tmp_path / "m.csv", f"{BASE},{heading}", f"{ROW},{value}", f"{ROW.replace('30:00', '31:00')},{value}")
    with pytest.raises(InvalidRowsError) as caught:
        import_("measurements", path)
    assert codes(caught.value.report).count("unknown_unit") == 1
    assert import_("measurements", path, skip_errors=True).counts.stored == 0


def test_a_remark_that_is_no_unit_can_be_mapped(import_: Importer, tmp_path: Path) -> None:
    path = csv(tmp_path / "m.csv", f"{BASE},rsrp (foo)", f"{ROW},-97")
    assert import_("measurements", path, column_map={"rsrp (foo)": "level_dbm"}).counts.stored == 1


@pytest.mark.parametrize(
    ("heading", "moment", "utc_hour"),
    [
        ("UTC time", "2026-03-05 14:30:00", 14),
        ("time (UTC)", "2026-03-05 14:30:00", 14),
        ("Thời gian (UTC+7)", "2026-03-05 14:30:00", 7),
        ("Time (GMT-05:30)", "2026-03-05 14:30:00", 20),
        ("Time (ICT)", "2026-03-05 14:30:00", 7),
        ("UTC time (GMT+0)", "2026-03-05 14:30:00", 14),
        ("time_utc", "2026-03-05 14:30:00", 14),
        ("time GMT-05:30", "2026-03-05 14:30:00", 20),
        ("time", "2026-03-05 14:30:00", 7),
        # What a value says itself goes before.
        ("UTC time", "2026-03-05 14:30:00+07:00", 7),
    ],
)
def test_times_are_in_the_zone_of_their_heading(
    import_: Importer, tmp_path: Path, heading: str, moment: str, utc_hour: int
) -> None:
    path = csv(
        tmp_path / "m.csv", f"{heading},lon,lat,technology,operator,rsrp", f"{moment},108.05,12.66,4G,viettel,-90"
    )
    assert import_("measurements", path).counts.stored == 1
    with import_.session() as session:
        hour = session.scalar(select(func.extract("hour", func.timezone("UTC", Measurement.measured_at))))
        assert hour == utc_hour


@pytest.mark.parametrize("time", ["Time (JST)", "UTC time (GMT+7)", "UTC time (local)", "UTC time (PST)"])
def test_other_letters_or_two_zones_are_refused(import_: Importer, tmp_path: Path, time: str) -> None:
    header = f"{time},lon,lat,technology,operator,rsrp"
    path = csv(tmp_path / "m.csv", header, "2026-03-05 14:30:00,108.05,12.66,4G,viettel,-90")
    with pytest.raises(InvalidRowsError) as caught:
        import_("measurements", path)
    assert "unknown_unit" in codes(caught.value.report)


def test_each_technology_has_its_own_level(import_: Importer, tmp_path: Path) -> None:
    path = csv(
        tmp_path / "nsa.csv",
        f"{BASE},rsrp,ss-rsrp",
        f"{ROW},-90,",
        f"{ROW.replace('4G', '5G')},,-97",
        f"{ROW.replace('4G', '5G').replace('30:00', '31:00')},-91,-98",
        f"{ROW.replace('30:00', '32:00')},-92,-99",
    )
    assert import_("measurements", path).counts.stored == 4
    with import_.session() as session:
        found = session.execute(select(Measurement.technology, Measurement.level_dbm)).all()
    assert sorted(map(tuple, found)) == [("4G", -92.0), ("4G", -90.0), ("5G", -98.0), ("5G", -97.0)]
    # The anchor's level is not that of 5G.
    bad = csv(tmp_path / "bad.csv", f"{BASE},rsrp,ss-rsrp", f"{ROW.replace('4G', '5G')},-90,")
    with pytest.raises(InvalidRowsError) as caught:
        import_("measurements", bad)
    assert "no_measured_value" in codes(caught.value.report)


def test_a_row_that_contradicts_the_list_of_its_cell_is_told(import_: Importer, tmp_path: Path) -> None:
    with import_.session() as session:
        world.add_world(session)
        session.commit()
    header = f"{BASE},cell_id,rsrp"
    path = csv(
        tmp_path / "m.csv",
        header,
        f"{ROW.replace('viettel', 'alpha')},4G,-90",
        f"{ROW.replace('viettel', 'alpha').replace(',4G,', ',5G,')},4G,-91",
    )
    report = import_("measurements", path)
    (problem,) = [one for one in report.document()["problems"] if one["code"] == "measurement_contradicts_list"]
    assert (problem["count"], problem["value"]) == (1, "4G")
    assert "5G" in problem["why_en"]
    other = csv(tmp_path / "n.csv", header, f"{ROW},4G,-92")
    (problem,) = [one for one in import_("measurements", other).document()["problems"] if "contradicts" in one["code"]]
    assert "viettel, in the list alpha, beta" in problem["why_en"]


def test_a_complete_file_by_cell_replaces_what_its_operator_has(import_: Importer, tmp_path: Path) -> None:
    with import_.session() as session:
        world.add_world(session)
        for number, (operator, code) in enumerate([("alpha", "A1"), ("beta", "B1")]):
            identifier = world.add_import(session, "sites", name=f"more{number}")
            world.add_site(session, identifier, operator=operator, lon=108.01 + number / 100, lat=12.61)
            session.execute(update(Cell).where(Cell.import_id == identifier).values(code=code))
        session.commit()
    header = "measured_at,lon,lat,technology,operator,cell_id,rsrp"
    old = csv(
        tmp_path / "old.csv",
        header,
        "2026-03-05T14:30:00Z,108.05,12.66,4G,,A1,-90",
        "2026-03-05T14:31:00Z,108.05,12.66,4G,alpha,,-91",
        "2026-03-05T14:32:00Z,108.05,12.66,4G,,B1,-92",
        "2026-03-05T14:33:00Z,108.05,12.66,4G,,nobody,-93",
    )
    import_("measurements", old)
    new = csv(tmp_path / "new.csv", header, "2026-03-06T14:30:00Z,108.05,12.66,4G,,a1,-80")
    report = import_("measurements", new, replace=True, confirm_gone=True)
    assert (report.counts.stored, report.preview.gone) == (1, 2)
    with import_.session() as session:
        levels = session.scalars(select(Measurement.level_dbm).order_by(Measurement.level_dbm)).all()
    assert levels == [-93.0, -92.0, -80.0]
    strange = csv(tmp_path / "strange.csv", header, "2026-03-07T14:30:00Z,108.05,12.66,4G,,nobody,-70")
    assert "replaced_nothing" in codes(import_("measurements", strange, replace=True))


def test_rows_marked_as_made_up_are_illustrative(import_: Importer, tmp_path: Path) -> None:
    header = f"{BASE},rsrp,illustrative"
    path = csv(tmp_path / "m.csv", header, f"{ROW},-90,yes", f"{ROW.replace('30:00', '31:00')},-91,yes")
    report = import_("measurements", path)
    assert report.illustrative
    assert "marked_illustrative" in codes(report)
    assert import_("measurements", path).already_imported
    mixed = csv(tmp_path / "mixed.csv", header, f"{ROW},-80,yes", f"{ROW},-81,")
    with pytest.raises(InvalidRowsError) as caught:
        import_("measurements", mixed)
    assert "partly_illustrative" in codes(caught.value.report)
    assert import_("measurements", mixed, skip_errors=True).illustrative
    real = csv(tmp_path / "real.csv", f"{BASE},rsrp", f"{ROW},-70")
    assert not import_("measurements", real).illustrative
    with import_.session() as session:
        assert _only(session).level_dbm == -70.0
        assert (
            session.scalar(select(func.count()).where(ImportRecord.illustrative, ImportRecord.retired_at.is_(None)))
            == 0
        )
    with pytest.raises(ConflictError):
        import_("measurements", csv(tmp_path / "again.csv", header, f"{ROW},-60,yes"))
