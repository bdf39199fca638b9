"""The illustrative files: as described beside them, as large as promised, adding up, and made again the same."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
import yaml
from python_calamine import CalamineWorkbook

from data.build.__main__ import PARTS
from data.build.units import PROVINCE_POPULATION, package_folder

DATA = Path(__file__).parents[2] / "data"
FOLDERS = sorted(path.parent for path in DATA.glob("*/SOURCES.yaml"))


def _entries(folder: Path) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = yaml.safe_load((folder / "SOURCES.yaml").read_text("utf-8"))["files"]
    return entries


def _rows(file: str, *, separator: str = ",") -> list[dict[str, str]]:
    with (DATA / file).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=separator))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_file_is_described_and_has_its_hash(folder: Path) -> None:
    entries = _entries(folder)
    files = {path.name for path in folder.iterdir() if path.is_file() and path.name != "SOURCES.yaml"}
    assert {entry["file"] for entry in entries} == files
    for entry in entries:
        assert hashlib.sha256((folder / entry["file"]).read_bytes()).hexdigest() == entry["sha256"], entry["file"]
        assert entry["illustrative"] is True
        assert "minh họa" in entry["note_vi"] or entry["file"] == "crosswalk.csv"
        for key in ("kind", "issuer", "licence", "retrieved_on", "as_of", "note_en"):
            assert entry[key], key


def test_the_villages_add_up_to_the_province() -> None:
    villages, clusters = _rows("villages/villages.csv"), _rows("villages/clusters.csv")
    assert len(villages) >= 2_500
    assert len(clusters) >= 6_000
    assert sum(int(row["Dân số"]) for row in villages) == PROVINCE_POPULATION == 3_346_853
    people: dict[str, int] = defaultdict(int)
    homes: dict[str, int] = defaultdict(int)
    for row in clusters:
        people[row["Mã thôn"]] += int(row["Dân số"])
        homes[row["Mã thôn"]] += int(row["Số hộ"])
    assert people == {row["Mã thôn"]: int(row["Dân số"]) for row in villages}
    assert homes == {row["Mã thôn"]: int(row["Số hộ"]) for row in villages}
    assert len({row["Mã cụm"] for row in clusters}) == len(clusters)


def test_every_village_and_cluster_lies_in_the_commune_it_names() -> None:
    features = json.loads((DATA / "boundaries" / "communes.geojson").read_text("utf-8"))["features"]
    shapes = {item["properties"]["code"]: shapely.geometry.shape(item["geometry"]) for item in features}
    for shape in shapes.values():
        shapely.prepare(shape)
    for row in (*_rows("villages/villages.csv"), *_rows("villages/clusters.csv")):
        assert shapes[row["Mã xã"]].contains(shapely.Point(float(row["Kinh độ"]), float(row["Vĩ độ"]))), row
        assert "(minh họa)" in row["Tên thôn/buôn/TDP"]
        assert row["Mã thôn"].startswith("MH-")


def test_no_committed_file_is_large() -> None:
    assert all(path.stat().st_size < 2_000_000 for path in DATA.rglob("*") if path.is_file())


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """The bytes that count: of a workbook its members, since compressors differ from one machine to the next."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                assert info.date_time == (2026, 10, 1, 8, 0, 0)
                yield info.filename, archive.read(info)
    else:
        yield path.name, path.read_bytes()


@pytest.mark.slow
def test_the_scripts_make_the_same_files_again(tmp_path: Path) -> None:
    if package_folder() is None:
        pytest.skip("vietnamadminunits is not installed: the places of the old wards are not known")
    for name, build in PARTS.items():
        (tmp_path / name).mkdir(exist_ok=True)
        build(tmp_path)
    for made in sorted(tmp_path.rglob("*")):
        if made.is_file() and made.name != "SOURCES.yaml":
            kept = DATA / made.relative_to(tmp_path)
            assert list(_contents(made)) == list(_contents(kept)), made.name


def _site_rows() -> Iterator[tuple[str, str, str]]:
    """Site code, cell code and technology of every row of the four lists, total rows and footers left out."""
    for file, separator in (("vnpt_danh_sach_tram_vn2000.csv", ","), ("vietnamobile_danh_sach_tram.csv", ";")):
        for row in _rows(f"sites/{file}", separator=separator):
            yield row["Mã trạm"], row["Mã cell"], row["Công nghệ"]
    for file in ("viettel_danh_sach_tram.xlsx", "mobifone_danh_sach_cell.xlsx"):
        book = CalamineWorkbook.from_path(DATA / "sites" / file)
        for name in book.sheet_names:
            for cells_of_row in book.get_sheet_by_name(name).to_python():
                texts = [value for value in cells_of_row if isinstance(value, str)]
                codes = [value for value in texts if value.startswith("MH-")]
                sites = [value for value in codes if value.count("-") == 2 and "COT" not in value]
                cells = [value for value in codes if value.count("-") == 3]
                if sites and cells:
                    yield sites[0], cells[0], next(value for value in texts if value in ("4G", "5G"))


def test_the_four_lists_are_as_large_as_promised() -> None:
    rows = list(_site_rows())
    assert len({site for site, _, _ in rows}) >= 1_500
    assert len({cell for _, cell, _ in rows}) == len(rows) >= 6_000
    assert {technology for _, _, technology in rows} == {"4G", "5G"}


def test_vn2000_has_northing_as_x_and_dots_between_thousands() -> None:
    row = _rows("sites/vnpt_danh_sach_tram_vn2000.csv")[0]
    assert re.fullmatch(r"1\.\d{3}\.\d{3},\d{3}", row["Toạ độ X (m)"])
    assert re.fullmatch(r"\d{3}\.\d{3},\d{3}", row["Toạ độ Y (m)"])


def test_some_rows_lack_a_field_and_some_are_not_on_air() -> None:
    rows = _rows("sites/vnpt_danh_sach_tram_vn2000.csv")
    for column in ("Azimuth (độ)", "Tilt điện", "Độ cao anten (m)", "Công suất (W)"):
        assert 0 < sum(row[column] == "" for row in rows) < len(rows) / 3, column
    assert {row["Trạng thái"] for row in rows} == {"Đang phát sóng", "Kế hoạch", "Tạm dừng"}
