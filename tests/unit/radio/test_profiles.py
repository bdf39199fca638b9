"""Profile files: what is read, and what is refused with a reason."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from geo.errors import BadInputError, FileTooLargeError, UnreadableFileError
from geo.radio.profiles import Zone, read_profile_csv
from geo.radio.published_profiles import read_published_profile

GOOD = "distance_km,height_m,clutter_height_m,zone\n0,10,0,coastal\n1.5,12,8,inland\n3,0,0,sea\n"


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_text(text, encoding=encoding)
    return path


def test_read_in_any_column_order_with_a_byte_order_mark(tmp_path: Path) -> None:
    profile = read_profile_csv(write(tmp_path / "a.csv", GOOD, "utf-8-sig"))
    assert profile.distance_km.tolist() == [0.0, 1.5, 3.0]
    assert profile.surface_m.tolist() == [10.0, 20.0, 0.0]
    assert profile.zone.tolist() == [Zone.COASTAL, Zone.INLAND, Zone.SEA]
    turned = "zone,height_m,clutter_height_m,distance_km\nsea,1,0,0\nsea,1,0,1\nsea,1,0,2\n"
    assert read_profile_csv(write(tmp_path / "b.csv", turned)).distance_km.tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "distance_km"),
        (GOOD.replace("zone", "zones"), "zones"),
        (GOOD.replace("inland", "forest"), "line 3"),
        (GOOD.replace("12,", "12;5,"), "line 3, column height_m"),
        (GOOD.replace("\n3,0,0,sea\n", "\n"), "2 points"),
        (GOOD.replace("\n3,", "\n1.2,"), "point 3"),
        (GOOD.replace("1.5,12,8,inland", "1.5,12,8"), "line 3"),
        (GOOD.replace("12,8", "nan,8"), "height_m"),
        (GOOD.replace("12,8", "-32768,8"), "height of point 2, -32768 m, is outside -500 to 9000 m"),
        (GOOD.replace("3,0,0", "3,1e300,0"), "height of point 3, 1e+300 m"),
        (GOOD.replace("3,0,0", "3,-500.5,0"), "height of point 3"),
        (GOOD.replace("12,8", "12,1e300"), "height with clutter of point 2"),
        (GOOD.replace("12,8,inland", "12,8,inland,7"), "line 3: it has 5 cells, the header 4"),
        (GOOD.replace("\n1.5", "\n\n  \n1.5").replace("inland", "forest"), "line 5"),
        (GOOD.replace("1.5,12,8,inland", ",,,"), "line 3"),
        (GOOD.replace("12,8", f"{'x' * 100_000},8"), "line 3, column height_m"),
    ],
)
def test_bad_profiles_say_where_and_why(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(BadInputError) as caught:
        read_profile_csv(write(tmp_path / "bad.csv", text))
    assert word in caught.value.en
    assert "bad.csv" in caught.value.en
    assert "bad.csv" in caught.value.vi
    assert len(caught.value.en) < 400


def test_heights_at_the_limits_and_blank_lines_are_taken(tmp_path: Path) -> None:
    text = GOOD.replace("0,10,0", "0,-500,0").replace("12,8", "8992,8").replace("\n3", "\n\n3")
    assert read_profile_csv(write(tmp_path / "a.csv", text)).terrain_m.tolist() == [-500.0, 8992.0, 0.0]


def test_a_cell_beyond_what_csv_takes_is_named(tmp_path: Path) -> None:
    usual = csv.field_size_limit(131_072)  # imports raise it for the whole process
    try:
        with pytest.raises(UnreadableFileError, match="near line 3: a cell is too long") as caught:
            read_profile_csv(write(tmp_path / "a.csv", GOOD.replace("12,8", f"{'9' * 200_000},8")))
    finally:
        csv.field_size_limit(usual)
    assert "ô quá dài" in caught.value.vi


def test_a_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnreadableFileError, match=r"^\. cannot be read"):
        read_profile_csv(Path())


def test_missing_and_foreign_files(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError):
        read_profile_csv(tmp_path / "absent.csv")
    with pytest.raises(UnreadableFileError):
        read_profile_csv(write(tmp_path / "latin.csv", "độ cao", "utf-16"))
    with pytest.raises(UnreadableFileError):
        read_published_profile(write(tmp_path / "own.csv", GOOD))


def test_a_file_without_an_end_is_refused() -> None:
    with pytest.raises(FileTooLargeError, match="zero is larger than 128 MB"):
        read_profile_csv(Path("/dev/zero"))
