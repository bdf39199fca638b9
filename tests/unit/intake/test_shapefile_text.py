"""Texts of shapefiles: the encoding is found out, whatever the .cpg file says or does not say."""

from __future__ import annotations

from pathlib import Path

import geopandas
import pytest
from shapely.geometry import Point

from geo.intake.dbase_text import AS_BYTES, decode_columns
from geo.intake.legacy_text import from_tcvn3
from geo.intake.problems import ProblemLog
from geo.intake.vectors import read_layers

NAMES = ["Chợ Buôn Hồ", "Trạm y tế xã Ea Hồ", "Trường tiểu học Nguyễn Tất Thành"]


def shapefile(folder: Path, names: list[str], encoding: str, *, cpg: str | None) -> Path:
    path = folder / "s.shp"
    rows = {"ma": ["S1", "S2", "S3"], "ten": names, "loai_hinh": ["chợ", "y tế", "học"]}
    points = [Point(108.0 + i / 10, 12.7) for i in range(3)]
    geopandas.GeoDataFrame(rows, geometry=points, crs=4326).to_file(path, encoding=encoding)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg)
    return path


@pytest.mark.parametrize(
    ("encoding", "cpg", "noted"),
    [
        ("UTF-8", "UTF-8", []),
        ("UTF-8", None, []),
        ("UTF-8", "ISO-8859-1", []),
        ("cp1258", "CP1258", ["encoding_guessed"]),
        ("cp1258", None, ["encoding_guessed"]),
        ("cp1258", "UTF-8", ["encoding_guessed"]),
    ],
)
def test_names_and_columns_are_whole(tmp_path: Path, encoding: str, cpg: str | None, noted: list[str]) -> None:
    log = ProblemLog()
    (table,) = read_layers(shapefile(tmp_path, NAMES, encoding, cpg=cpg), "s.shp", log)
    assert table.header == ("ma", "ten", "loai_hinh")
    assert [row[1] for row in table.rows] == NAMES
    assert [row[2] for row in table.rows] == ["chợ", "y tế", "học"]
    assert [problem.code for problem in log] == noted


def test_a_legacy_font_is_converted(tmp_path: Path) -> None:
    old = ["Chî Bu«n Hå", "Tr¹m y tÕ x· Ea Hå", "Tr­êng tiÓu häc NguyÔn TÊt Thµnh"]
    assert [from_tcvn3(name) for name in old] == NAMES
    log = ProblemLog()
    path = shapefile(tmp_path, NAMES, "UTF-8", cpg=None)
    rows = {"ma": ["S1", "S2", "S3"], "ten": old}
    points = [Point(108.0 + i / 10, 12.7) for i in range(3)]
    geopandas.GeoDataFrame(rows, geometry=points, crs=4326).to_file(path, encoding="ISO-8859-1")
    path.with_suffix(".cpg").unlink(missing_ok=True)
    (table,) = read_layers(path, "s.shp", log)
    assert [row[1] for row in table.rows] == NAMES
    assert [problem.code for problem in log] == ["encoding_guessed", "legacy_text_converted"]


def test_a_text_cut_within_a_letter_keeps_its_other_letters(tmp_path: Path) -> None:
    cut = "Buôn Hồ".encode()[:-1].decode(AS_BYTES)
    labels, columns = decode_columns(
        tmp_path / "s.shp", "s.shp", ["ten"], [[cut, "Chợ".encode().decode(AS_BYTES)]], ProblemLog()
    )
    assert (labels, columns) == (["ten"], [["Buôn H", "Chợ"]])
