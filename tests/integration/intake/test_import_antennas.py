"""Antenna patterns in the store: from files, folders and archives, repeated, changed, used by cells that name them."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select

from geo.radio.link_budget import resolve_cells
from geo.store.repositories import read_cells
from geo.store.repositories_antennas import read_antenna_patterns
from geo.store.repositories_provenance import read_content_digest, read_provenance
from geo.store.tables import AntennaPattern, ImportRecord
from geo.workflows.assessment.inputs import load_patterns, load_radio_model
from geo.workflows.imports import ImportRejectedError
from tests.integration.intake.conftest import Importer
from tests.unit.intake.pattern_text import pattern_text

DAY = dt.date(2026, 1, 20)
SITES = """Mã trạm,Kinh độ,Vĩ độ,Công nghệ,Băng tần,Góc phương vị,Loại anten,Doanh nghiệp
S1,108.05,12.66,4G,B3,0,Panel 65-8,viettel
S2,108.06,12.67,4G,B3,90,Unheard of 12,viettel
S3,108.07,12.68,4G,B3,90,,viettel
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_patterns_are_stored_with_their_file_and_hash(import_: Importer, tmp_path: Path) -> None:
    report = import_("antennas", write(tmp_path / "a.msi", pattern_text()), as_of=DAY)
    assert (report.counts.read, report.counts.stored, report.preview.new) == (1, 1, 1)
    with import_.session() as session:
        (found,) = read_antenna_patterns(session, ["panel 65-8"])
        assert found.gain_dbi == pytest.approx(17.65)
        assert found.frequency_mhz == 1800.0
        assert found.horizontal.attenuation_db[65] == pytest.approx(12.0)
        assert read_antenna_patterns(session, ["another", None]) == []
        record = session.get_one(ImportRecord, report.import_id)
        assert (record.kind, record.files[0].name, len(record.files[0].sha256)) == ("antennas", "a.msi", 64)
        assert read_provenance(session, DAY)["antennas"]["import_ids"] == [report.import_id]


def test_again_is_one_import_and_a_change_is_a_change(import_: Importer, tmp_path: Path) -> None:
    path = write(tmp_path / "a.pln", pattern_text())
    first = import_("antennas", path)
    assert import_("antennas", path).import_id == first.import_id
    with import_.session() as session:
        before = read_content_digest(session, DAY)
    path.write_text(pattern_text().replace("15.5 dBd", "16 dBd"), encoding="utf-8")
    second = import_("antennas", path)
    assert (second.preview.changed, second.preview.new) == (1, 0)
    with import_.session() as session:
        assert read_content_digest(session, DAY) != before
        assert session.scalars(select(AntennaPattern.gain_dbi)).one() == pytest.approx(18.15)


def test_folders_archives_and_replacement(import_: Importer, tmp_path: Path) -> None:
    folder = tmp_path / "patterns"
    folder.mkdir()
    write(folder / "a.msi", pattern_text("A"))
    write(folder / "b.PLN", pattern_text("B", head="GAIN 17 dBi"))
    assert import_("antennas", folder).counts.stored == 2
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("deep/c.msi", pattern_text("C"))
        archive.writestr("readme.pdf", "not read")
    report = import_("antennas", tmp_path / "c.zip", replace=True, confirm_gone=True)
    assert (report.counts.stored, report.preview.gone) == (1, 2)
    with import_.session() as session:
        assert session.scalars(select(AntennaPattern.name)).all() == ["C"]


def test_a_bad_file_stores_nothing_unless_the_good_ones_are_wanted(import_: Importer, tmp_path: Path) -> None:
    good = write(tmp_path / "a.msi", pattern_text("A"))
    bad = write(tmp_path / "b.msi", pattern_text("B").replace("90 ", "90x ", 1))
    with pytest.raises(ImportRejectedError) as caught:
        import_("antennas", good, bad)
    assert caught.value.report is not None
    places = [(each["file"], each["row"]) for each in caught.value.report.document()["problems"]]
    assert places == [("b.msi", 98)]
    report = import_("antennas", good, bad, skip_errors=True)
    assert (report.counts.stored, report.counts.skipped) == (1, 1)


def test_cells_find_their_pattern_and_others_are_counted(import_: Importer, tmp_path: Path) -> None:
    import_("antennas", write(tmp_path / "a.msi", pattern_text()))
    report = import_("sites", write(tmp_path / "sites.csv", SITES), as_of=DAY)
    problems = {each["code"]: each for each in report.document()["problems"]}
    assert problems["antenna_unknown"]["count"] == 1
    assert "Unheard of 12" in problems["antenna_unknown"]["why_vi"]
    with import_.session() as session:
        cells = read_cells(session, DAY, technologies=["4G"], operators=["viettel"])
        resolved, _ = resolve_cells(cells, load_radio_model(None), load_patterns(session, cells))
    fields = {cell.antenna_model: one for cell, one in zip(cells, resolved, strict=True)}
    assert fields["Panel 65-8"].antenna.sampled_db.shape == (2, 721)
    assert "antenna_gain_dbi" not in fields["Panel 65-8"].defaulted_fields
    assert "antenna_model" in fields["Unheard of 12"].defaulted_fields
    assert "antenna_model" not in fields[None].defaulted_fields
