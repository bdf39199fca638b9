"""`phusong radio validate`: published folders read as published, a case made to fail, files that cannot be used."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from api.cli import app
from geo.errors import BadInputError, UnreadableFileError
from geo.radio.p1812 import profile_loss
from geo.radio.p2109 import BuildingType, building_entry_loss_db
from geo.radio.profiles import Profile, Zone
from geo.radio.validation import compare_folder
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.kernels

VECTORS = Path(os.environ.get("PHUSONG_SHARED", REPOSITORY.parent / "shared")) / "vectors"
HEIGHTS_M = [100.0 + 40.0 * ((7 * i) % 5) for i in range(41)]
ERP_DBW = 22.0
RUNS = ((600.0, 30.0, 10.0, 1, 50.0), (1800.0, 40.0, 1.5, 2, 10.0))
# Both ends on the equator: so is the middle of the path.
PUBLISHED = """own
Tx LAT:,0
Tx LON:,108
Rx LAT:,0
Rx LON:,108.18
{{Begin of Meteorology}}
Average annual values dN (N-units/km):,50
Average annual sea-level surface refractivity No (N-units):,350
{{End of meteorology}}
{{Begin of Profile}}
Number of Points:,41
{points}
{{End of Profile}}
{{Begin of Measurements}}
{cases}
{{End of Measurements}}
"""
P2109 = "freqency (GHz),probability (%),building type,elevation angle (deg),building entry loss (dB)\n"


def field_of(run: tuple[float, float, float, int, float]) -> float:
    frequency, tx, rx, polarization, time = run
    profile = Profile(
        np.linspace(0.0, 20.0, 41), np.array(HEIGHTS_M), np.full(41, 5.0), np.full(41, Zone.INLAND, dtype=np.int8)
    )
    found = profile_loss(
        profile,
        frequency_mhz=frequency,
        tx_height_m=tx,
        rx_height_m=rx,
        time_percent=time,
        location_percent=50.0,
        polarization="vertical" if polarization == 2 else "horizontal",
        latitude_deg=0.0,
        delta_n=50.0,
        n0=350.0,
    )
    return float(found.field_strength_dbuvm) + ERP_DBW - 30.0


def test_a_case_counts_once(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "p1812")
    results = folder / "results.csv"
    results.write_text(results.read_text() + f"own.csv,1.0,{field_of(RUNS[1])!r}\n")
    with pytest.raises(BadInputError, match="line 4: the case of line 3 again") as caught:
        compare_folder(folder)
    assert "lặp lại trường hợp của dòng 3" in caught.value.vi
    (tmp_path / "p2109").mkdir()
    (tmp_path / "p2109" / "results.csv").write_text(P2109 + "1,50,1,0,14.3\n2,50,1,0,15\n1.0,50.0,1,0,14.4\n")
    with pytest.raises(BadInputError, match="line 4: the case of line 2 again"):
        compare_folder(tmp_path / "p2109")


def write_folder(folder: Path, results: list[float] | None = None) -> Path:
    """A folder of one profile and two cases, in the published form."""
    (folder / "profiles").mkdir(parents=True)
    points = "\n".join(f"{i * 0.5},{height},2,5,4" for i, height in enumerate(HEIGHTS_M))
    cases = "\n".join(
        f"{f},{tx},,{rx},{polarization},,,,,,{ERP_DBW},,{ERP_DBW},,{time},,," for f, tx, rx, polarization, time in RUNS
    )
    (folder / "profiles" / "own.csv").write_text(PUBLISHED.format(points=points, cases=cases))
    values = results or [field_of(run) for run in RUNS]
    lines = [f"own.csv,{i},{value!r}" for i, value in enumerate(values)]
    (folder / "results.csv").write_text("profile,case,reference_field_strength_dbuvm\n" + "\n".join(lines) + "\n")
    return folder


def test_a_folder_in_the_published_form_passes(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["radio", "validate", str(write_folder(tmp_path / "set")), "--json"])
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["recommendation"], document["count"], document["failed"]) == ("ITU-R P.1812-7", 2, 0)
    assert {"schema_version", "as_of", "assessment_id"} <= document.keys()
    assert [item["case"] for item in document["items"]] == ["own.csv 0", "own.csv 1"]


def test_a_wrong_reference_fails_with_its_deviation(tmp_path: Path) -> None:
    good = [field_of(run) for run in RUNS]
    folder = write_folder(tmp_path / "set", [good[0], good[1] + 2e-6])
    done = CliRunner().invoke(app, ["radio", "validate", str(folder), "--json"])
    assert done.exit_code == 1
    items = json.loads(done.stdout)["items"]
    assert [item["within_tolerance"] for item in items] == [True, False]
    assert items[1]["deviation_db"] == pytest.approx(-2e-6, abs=1e-9)
    table = CliRunner().invoke(app, ["radio", "validate", str(folder)])
    assert table.exit_code == 1
    assert "FAILS" in table.stdout
    wide = ["radio", "validate", str(folder), "--tolerance-db", "1e-5", "--markdown"]
    passed = CliRunner().invoke(app, wide)
    assert passed.exit_code == 0
    assert passed.stdout.count("| own.csv") == 2


def test_building_entry_loss_is_told_apart_by_its_layout(tmp_path: Path) -> None:
    loss, other = (
        building_entry_loss_db(frequency_ghz=each, probability=0.5, building=BuildingType.TRADITIONAL)
        for each in (2.0, 3.0)
    )
    (tmp_path / "results.csv").write_text(f"{P2109}2,50,1,0,{loss!r}\n3,50,1,0,{other + 1.0!r}\n")
    compared = compare_folder(tmp_path)
    assert compared.recommendation == "ITU-R P.2109"
    assert [case.within(1e-6) for case in compared.cases] == [True, False]
    assert compared.largest_deviation_db == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("results.csv", "own.csv,1", "own.csv,7", "line 3"),
        ("results.csv", "own.csv,1", "other.csv,1", "profiles/other.csv"),
        ("results.csv", "own.csv,1", "../results.csv,1", "line 3"),
        ("results.csv", "own.csv,0,", "own.csv,0,x", "line 2"),
        ("results.csv", "own.csv,0,", "own.csv,0,1,", "line 2"),
        ("results.csv", "reference_field", "field", "columns"),
        ("profiles/own.csv", "2.5,", "two,", "line 17"),
        ("profiles/own.csv", "2.5,", "1.5,", "grow"),
        ("profiles/own.csv", ",2,5,4", ",2,5,9", "line 12"),
        ("profiles/own.csv", "600.0,", "6e5,", "case 0"),
        ("profiles/own.csv", "1800.0,", "nan,", "line 56"),
        ("profiles/own.csv", "Begin of Profile", "Profile", "{Profile}"),
        ("profiles/own.csv", "Tx LAT:,0", "Tx LAT:,", "Tx LAT"),
        ("profiles/own.csv", "Tx LAT:,0", "Tx LAT:,148", "'Tx LAT:' is 148, outside -90 to 90"),
        ("profiles/own.csv", "Rx LON:,108.18", "Rx LON:,500", "'Rx LON:' is 500"),
        ("profiles/own.csv", "Points:,41", "Points:,40", "'Number of Points' is 40, but the profile has 41 lines"),
        ("profiles/own.csv", "Points:,41", "Points:,", "Number of Points"),
        ("profiles/own.csv", "Number of Points:,41\n", "", "Number of Points"),
        ("profiles/own.csv", "\n2.5,", "\n#2.5,", "line 17"),
        ("profiles/own.csv", ",10.0,1,", ",10.0,3,", "line 55 cannot be read"),
        ("profiles/own.csv", ",10.0,1,", ",10.0,,", "polarisation ''"),
        ("profiles/own.csv", "2.5,100.0,", "2.5,-32768,", "height of point 6"),
        ("results.csv", "own.csv,1,", ",,", "line 3"),
    ],
)
def test_bad_lines_are_named(tmp_path: Path, file: str, old: str, new: str, words: str) -> None:
    folder = write_folder(tmp_path / "set")
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(BadInputError) as caught:
        compare_folder(folder)
    assert words in caught.value.en
    assert caught.value.vi != caught.value.en
    assert "could not convert" not in caught.value.vi
    assert CliRunner().invoke(app, ["radio", "validate", str(folder)]).exit_code == 2


def test_missing_and_foreign_folders(tmp_path: Path) -> None:
    for folder in (tmp_path / "absent", tmp_path):
        with pytest.raises(UnreadableFileError):
            compare_folder(folder)
    (tmp_path / "results.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UnreadableFileError, match="neither"):
        compare_folder(tmp_path)
    (tmp_path / "results.csv").write_text(P2109)
    with pytest.raises(UnreadableFileError, match="no cases"):
        compare_folder(tmp_path)
    for lines in ("2,50,3,0,1\n", ",,,,\n2,50,1,0,1\n"):
        (tmp_path / "results.csv").write_text(f"{P2109}{lines}")
        with pytest.raises(BadInputError, match="line 2"):
            compare_folder(tmp_path)


def test_a_case_outside_the_recommendation_is_named_in_both_languages(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "set")
    path = folder / "profiles" / "own.csv"
    path.write_text(path.read_text().replace("1800.0,", "6e5,"))
    with pytest.raises(BadInputError) as caught:
        compare_folder(folder)
    assert "own.csv, case 1:" in caught.value.en
    assert "own.csv, trường hợp 1:" in caught.value.vi


@pytest.mark.parametrize("tolerance", ["inf", "nan", "-1", "1e6"])
def test_a_tolerance_that_lets_everything_pass_is_refused(tmp_path: Path, tolerance: str) -> None:
    folder = write_folder(tmp_path / "set", [0.0, 0.0])
    done = CliRunner().invoke(app, ["radio", "validate", str(folder), "--tolerance-db", tolerance])
    assert done.exit_code == 2


@pytest.mark.skipif(not VECTORS.exists(), reason="../shared/vectors is absent (see PHUSONG_SHARED)")
@pytest.mark.parametrize(("folder", "count"), [("p1812", 45), ("p2109", 3125)])
def test_the_published_sets_and_their_table_in_the_docs(folder: str, count: int) -> None:
    compared = compare_folder(VECTORS / folder)
    assert len(compared.cases) == count
    assert compared.outside(1e-6) == []
    text = (REPOSITORY / "docs" / "reference" / "validation.md").read_text(encoding="utf-8")
    known = {f"| {each.case} | {each.reference:.8f} |" for each in compared.cases}
    listed = [line for line in text.splitlines() if any(line.startswith(row) for row in known)]
    assert len(listed) == (45 if folder == "p1812" else 10)
