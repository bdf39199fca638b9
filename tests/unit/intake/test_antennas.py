"""MSI Planet pattern files: what is read, what is filled in, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.domain.antennas import antenna_key, is_named
from geo.errors import UnreadableFileError
from geo.intake.antennas import AntennaBatch, clean_antennas
from geo.intake.limits import antenna_limits
from geo.intake.problems import ProblemLog
from geo.intake.sources import SourceFile
from tests.unit.intake.pattern_text import pattern_text, rows


def read(tmp_path: Path, text: str | bytes, name: str = "panel.msi") -> tuple[AntennaBatch, ProblemLog]:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    source = SourceFile(name, path, "", "", path.stat().st_size, members=((name, path),))
    log = ProblemLog()
    return clean_antennas([source], limits=antenna_limits(), log=log), log


def codes(log: ProblemLog) -> list[str]:
    return [problem.code for problem in log]


def test_a_whole_file(tmp_path: Path) -> None:
    batch, log = read(tmp_path, pattern_text())
    assert codes(log) == []
    (pattern,) = batch.accepted
    assert (pattern.name, pattern.maker, pattern.frequency_mhz) == ("Panel 65-8_1800_T06", "example", 1800.0)
    assert pattern.gain_dbi == pytest.approx(17.65)
    assert pattern.electrical_tilt_deg == 6.0
    assert pattern.horizontal.angles_deg == tuple(range(360))
    assert pattern.horizontal.attenuation_db[65] == pytest.approx(12.0)
    assert pattern.vertical.attenuation_db[6] == 0.0


@pytest.mark.parametrize(
    ("old", "new", "attribute", "value"),
    [
        ("GAIN 15.5 dBd", "GAIN 17,2 dBi", "gain_dbi", 17.2),
        ("GAIN 15.5 dBd", "gain 17.2dBi", "gain_dbi", 17.2),
        ("FREQUENCY 1800", "FREQUENCY 1.8 GHz", "frequency_mhz", 1800.0),
        ("FREQUENCY 1800", "FREQUENCY 1710-1880 MHz", "frequency_mhz", 1795.0),
        ("ELECTRICAL_TILT 6", "COMMENT none", "electrical_tilt_deg", 6.0),
        ("TILT ELECTRICAL\nELECTRICAL_TILT 6", "TILT 5 ELECTRICAL", "electrical_tilt_deg", 5.0),
        ("TILT ELECTRICAL\nELECTRICAL_TILT 6", "TILT MECHANICAL 3", "electrical_tilt_deg", 6.0),
        ("NAME Panel 65-8_1800_T06", "Panel of the first line", "name", "Panel of the first line"),
        ("NAME Panel 65-8_1800_T06\n", "", "name", "panel"),
    ],
)
def test_ways_to_write_a_field(tmp_path: Path, old: str, new: str, attribute: str, value: object) -> None:
    batch, log = read(tmp_path, pattern_text().replace(old, new, 1))
    assert not log.has_errors
    found = getattr(batch.accepted[0], attribute)
    assert found == (pytest.approx(value) if isinstance(value, float) else value)


def test_angles_in_any_form(tmp_path: Path) -> None:
    turned = [f"{angle}\t{abs(angle) / 10:.1f}".replace(".", ",") for angle in (*range(179, -180, -1), 180)]
    batch, log = read(tmp_path, pattern_text(horizontal=[*turned, "360 0"]))
    assert codes(log) == []
    cut = batch.accepted[0].horizontal
    assert cut.angles_deg == tuple(range(360))
    assert cut.attenuation_db[350] == pytest.approx(1.0)


def test_small_gaps_are_filled_with_a_warning(tmp_path: Path) -> None:
    batch, log = read(tmp_path, pattern_text(horizontal=rows(lambda angle: angle / 20, step=2)))
    assert codes(log) == ["antenna_angles_filled"]
    assert len(batch.accepted[0].horizontal.angles_deg) == 180


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (pattern_text(horizontal=rows(lambda _: 1.0)[:350]), "antenna_angles_missing", "from 349° to 0°"),
        (pattern_text(vertical=rows(lambda _: 1.0, step=5)), "antenna_angles_missing", "VERTICAL"),
        (pattern_text(horizontal=[*rows(lambda _: 1.0), "360 4"]), "antenna_angle_twice", "0°"),
        (pattern_text(horizontal=[*rows(lambda _: 1.0), "12 nan"]), "antenna_line", "12 nan"),
        (pattern_text(horizontal=[*rows(lambda _: 1.0), "12"]), "antenna_line", "12"),
        (pattern_text(horizontal=[*rows(lambda _: 1.0), "400 1"]), "antenna_line", "400 1"),
        (pattern_text(horizontal=rows(lambda angle: 999.0 if angle == 9 else 0.0)), "antenna_line", "9 999.00"),
        (pattern_text(horizontal=rows(lambda angle: angle - 5.0 if angle < 9 else 4.0)), "antenna_signs_mixed", "both"),
        (pattern_text().partition("VERTICAL")[0], "antenna_table_missing", "VERTICAL"),
        (pattern_text().replace("GAIN 15.5 dBd", "GAIN much"), "antenna_no_gain", "much"),
        ("this is no pattern", "antenna_table_missing", "HORIZONTAL"),
    ],
)
def test_what_cannot_be_used_is_an_error_with_its_place(tmp_path: Path, text: str, code: str, words: str) -> None:
    batch, log = read(tmp_path, text)
    assert batch.accepted == []
    assert batch.read == 1
    found = next(problem for problem in log if problem.code == code).document()
    assert words == "both" or words in found["why_en"]
    assert found["why_vi"] != found["why_en"]
    assert found["file"] == "panel.msi"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (pattern_text().replace("15.5 dBd", "15.5"), "antenna_gain_in_dbd"),
        (pattern_text().replace("FREQUENCY 1800", "FREQUENCY wide"), "antenna_no_frequency"),
        (pattern_text(tilt_deg=-6.0), "antenna_tilt_differs"),
        (pattern_text(horizontal=rows(lambda angle: -angle / 20)), "antenna_signs_dropped"),
    ],
)
def test_what_is_assumed_is_a_warning(tmp_path: Path, text: str, code: str) -> None:
    batch, log = read(tmp_path, text)
    assert (codes(log), len(batch.accepted)) == ([code], 1)
    assert min(batch.accepted[0].horizontal.attenuation_db) >= 0.0


def test_several_patterns_of_a_file_and_repetitions(tmp_path: Path) -> None:
    one, two = pattern_text("A 1"), pattern_text("A 2")
    batch, log = read(tmp_path, one + two + one)
    assert ([each.name for each in batch.accepted], batch.read, batch.folded) == (["A 1", "A 2"], 3, 1)
    changed = one.replace("15.5 dBd", "16.5 dBd")
    batch, log = read(tmp_path, one + changed)
    assert codes(log) == ["antenna_twice"]


def test_encodings(tmp_path: Path) -> None:
    text = pattern_text("Giản đồ 65°")
    assert read(tmp_path, text.encode("utf-16"))[0].accepted[0].name == "Giản đồ 65°"
    assert len(read(tmp_path, "NAME 65\xb0\n".encode("latin-1") + text.encode("ascii", "ignore"))[0].accepted) == 1
    with pytest.raises(UnreadableFileError):
        read(tmp_path, b"NAME\x00\x01\x02")


def test_names_are_compared_by_their_words() -> None:
    key = antenna_key("80010965_1840-X CO_T04")
    assert key == "80010965 1840 x co t04"
    assert is_named(key, antenna_key("80010965"))
    assert is_named(key, antenna_key("80010965/1840"))
    assert not is_named(key, antenna_key("8001096"))
    assert not is_named(key, "")
