"""MSI Planet pattern files: what is read, what is filled in, what is refused."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from geo.domain.antennas import antenna_key, is_named
from geo.errors import UnreadableFileError
from geo.intake.antennas import AntennaBatch, clean_antennas
from geo.intake.limits import antenna_limits
from geo.intake.problems import ProblemLog
from geo.intake.sources import SourceFile
from geo.radio.antennas import TR36814_PATTERN, mounted_antenna, pattern_attenuation_db
from geo.radio.pattern_files import PatternLibrary
from tests.unit.intake.pattern_text import parabola, pattern_text, rows


def read(tmp_path: Path, text: str | bytes, name: str = "panel.msi") -> tuple[AntennaBatch, ProblemLog]:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    source = SourceFile(name, path, "", "", path.stat().st_size, members=((name, path),))
    log = ProblemLog()
    return clean_antennas([source], limits=antenna_limits(), log=log), log


def codes(log: ProblemLog) -> list[str]:
    return [problem.code for problem in log]


def turned(by_deg: float) -> list[str]:
    return rows(lambda angle: parabola(angle - by_deg, 65.0, 26.0))


def upright(by_deg: float) -> list[str]:
    return rows(lambda angle: parabola(angle - by_deg, 8.0, 30.0))


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
        ("FREQUENCY 1800", "FREQUENCY 1710, 2170", "frequency_mhz", 1940.0),
        # One number with decimals or two: it is not known.
        ("FREQUENCY 1800", "FREQUENCY 824,960", "frequency_mhz", None),
        ("FREQUENCY 1800", "FREQUENCY 1,842,500 kHz", "frequency_mhz", 1842.5),
        ("FREQUENCY 1800", "FREQUENCY 1.842.500 kHz", "frequency_mhz", 1842.5),
        ("FREQUENCY 1800", "FREQUENCY 942,500 kHz", "frequency_mhz", 942.5),
        ("FREQUENCY 1800", "FREQUENCY 1.842,5", "frequency_mhz", 1842.5),
        ("FREQUENCY 1800", "FREQUENCY 1,842.5 MHz", "frequency_mhz", 1842.5),
        ("FREQUENCY 1800", "FREQUENCY 1 842,5 MHz", "frequency_mhz", 1842.5),
        ("FREQUENCY 1800", "FREQUENCY 1842,500 MHz", "frequency_mhz", 1842.5),
        ("FREQUENCY 1800", "FREQUENCY 880 960", "frequency_mhz", 920.0),
        ("FREQUENCY 1800", "FREQUENCY 880 960,5 MHz", "frequency_mhz", 920.25),
        ("FREQUENCY 1800", "FREQUENCY 824.000,960 MHz", "frequency_mhz", None),
        ("FREQUENCY 1800", "FREQUENCY 1710,2170 MHz", "frequency_mhz", None),
        ("TILT ELECTRICAL\nELECTRICAL_TILT 6", "TILT 5 ELECTRICAL", "electrical_tilt_deg", 5.0),
        # A range or list states no tilt: that of the main lobe counts.
        ("ELECTRICAL_TILT 6", "ELECTRICAL_TILT 5-10", "electrical_tilt_deg", 6.0),
        ("ELECTRICAL_TILT 6", "ELECTRICAL_TILT 5, 7", "electrical_tilt_deg", 6.0),
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


@pytest.mark.parametrize("comma", [", ", " ,", " , ", " ", ";", " ; ", "\t"])
def test_a_comma_with_a_blank_separates_angle_and_attenuation(tmp_path: Path, comma: str) -> None:
    whole_db = [round(parabola(angle, 65.0, 26.0)) for angle in range(360)]
    table = [f"{angle}{comma}{value}" for angle, value in enumerate(whole_db)]
    batch, log = read(tmp_path, pattern_text(horizontal=table))
    assert codes(log) == []
    assert batch.accepted[0].horizontal.attenuation_db == tuple(map(float, whole_db))


def test_a_comma_alone_is_not_guessed(tmp_path: Path) -> None:
    batch, log = read(tmp_path, pattern_text(horizontal=[f"{angle},{min(angle, 25)}" for angle in range(360)]))
    assert batch.accepted == []
    assert "antenna_line" in codes(log)


def test_small_gaps_are_filled_with_a_warning(tmp_path: Path) -> None:
    batch, log = read(tmp_path, pattern_text(horizontal=rows(lambda angle: parabola(angle, 65.0, 26.0), step=2)))
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
        (pattern_text().replace("MAKE", "GAIN 25 dBd\nMAKE"), "antenna_word_twice", '"25 dBd" and "15.5 dBd"'),
        (pattern_text().replace("MAKE", "FREQUENCY 900\nMAKE"), "antenna_word_twice", "FREQUENCY twice"),
        (pattern_text().replace("MAKE", "ELECTRICAL_TILT 2\nMAKE"), "antenna_word_twice", "ELECTRICAL_TILT"),
        (pattern_text().replace("HORIZONTAL", "NAME other\nHORIZONTAL"), "antenna_word_twice", "other"),
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
        (pattern_text(horizontal=upright(0), vertical=turned(6)), "antenna_tables_exchanged"),
        (pattern_text(horizontal=rows(lambda angle: -parabola(angle, 65.0, 26.0))), "antenna_signs_dropped"),
    ],
)
def test_what_is_assumed_is_a_warning(tmp_path: Path, text: str, code: str) -> None:
    batch, log = read(tmp_path, text)
    assert (codes(log), len(batch.accepted)) == ([code], 1)
    assert min(batch.accepted[0].horizontal.attenuation_db) >= 0.0


def test_a_word_given_twice_alike_is_no_contradiction(tmp_path: Path) -> None:
    batch, log = read(tmp_path, pattern_text().replace("MAKE", "GAIN  15.5  dBd\nCOMMENT a\nCOMMENT b\nMAKE"))
    assert (codes(log), len(batch.accepted)) == ([], 1)


@pytest.mark.parametrize("across", [rows(lambda _: 0.0), rows(lambda angle: parabola(angle, 8.0, 26.0))])
def test_omnis_and_narrow_beams_are_not_taken_for_exchanged_tables(tmp_path: Path, across: list[str]) -> None:
    batch, log = read(tmp_path, pattern_text(horizontal=across))
    assert (codes(log), len(batch.accepted)) == ([], 1)


@pytest.mark.parametrize("by_deg", [-10, -1, 0, 7, 10])
def test_a_lobe_a_little_beside_the_front_is_taken(tmp_path: Path, by_deg: float) -> None:
    batch, log = read(tmp_path, pattern_text(horizontal=turned(by_deg)))
    assert (codes(log), len(batch.accepted)) == ([], 1)


@pytest.mark.parametrize("by_deg", [-90, -30, -12, 12, 90, 150])
def test_a_turned_table_is_refused(tmp_path: Path, by_deg: float) -> None:
    batch, log = read(tmp_path, pattern_text(horizontal=turned(by_deg)))
    assert (codes(log), batch.accepted) == (["antenna_lobe_turned"], [])
    (found,) = [problem.document() for problem in log]
    assert f"points at {by_deg}°, more than 10°" in found["why_en"]
    assert found["row"] == 8


@pytest.mark.parametrize(
    "text",
    [
        pattern_text(horizontal=rows(lambda angle: max(0.0, 17.0 - parabola(angle, 65.0, 26.0)))),
        pattern_text(horizontal=rows(lambda angle: 27.0 - parabola(angle, 65.0, 26.0))),
        pattern_text(horizontal=turned(180)),
        pattern_text(vertical=rows(lambda angle: max(0.0, 17.0 - parabola(angle - 6.0, 8.0, 26.0)))),
        pattern_text(vertical=upright(176)),
    ],
)
def test_a_table_of_gains_is_refused(tmp_path: Path, text: str) -> None:
    batch, log = read(tmp_path, text)
    assert (codes(log), batch.accepted) == (["antenna_gains"], [])
    assert "attenuations" in next(iter(log)).document()["remedy_en"]


def test_a_table_is_brought_to_0_db(tmp_path: Path) -> None:
    batch, log = read(tmp_path, pattern_text(horizontal=rows(lambda angle: 7.0 + parabola(angle, 65.0, 26.0))))
    assert codes(log) == ["antenna_offset"]
    assert "7 dB" in next(iter(log)).document()["why_vi"]
    plain = read(tmp_path, pattern_text())[0].accepted[0]
    assert batch.accepted[0].horizontal.attenuation_db == pytest.approx(plain.horizontal.attenuation_db, abs=1e-9)
    batch, log = read(tmp_path, pattern_text(horizontal=rows(lambda angle: 0.1 + parabola(angle, 65.0, 26.0))))
    assert (codes(log), min(batch.accepted[0].horizontal.attenuation_db)) == ([], 0.0)


def test_an_antenna_that_is_round_has_no_lobe_to_turn(tmp_path: Path) -> None:
    ripple = rows(lambda angle: 1.4 - 1.4 * math.cos(math.radians(angle - 137.0)))
    batch, log = read(tmp_path, pattern_text(horizontal=ripple))
    assert (codes(log), len(batch.accepted)) == ([], 1)
    two_ways = rows(lambda angle: min(parabola(angle, 60.0, 20.0), parabola(angle - 180.0, 60.0, 20.0)))
    assert len(read(tmp_path, pattern_text(horizontal=two_ways))[0].accepted) == 1


@pytest.mark.parametrize("gain", ["900 dBi", "60.1 dBi", "-300 dBi", "58 dBd", "-23 dBd"])
def test_a_gain_that_no_antenna_has_is_refused(tmp_path: Path, gain: str) -> None:
    batch, log = read(tmp_path, pattern_text().replace("15.5 dBd", gain))
    assert (codes(log), batch.accepted) == (["antenna_gain_range"], [])
    found = next(iter(log)).document()
    assert "-20 to 60 dBi" in found["why_en"]
    assert "-20 đến 60 dBi" in found["why_vi"]


@pytest.mark.parametrize(
    ("stated", "lobe_deg", "taken", "code"),
    [
        ("90", 90.0, 90.0, None),
        ("-90", -90.0, -90.0, None),
        ("60", 60.0, 60.0, None),
        ("5", 6.0, 5.0, None),
        ("-4", 4.0, 4.0, "antenna_tilt_differs"),
        ("6", -6.0, -6.0, "antenna_tilt_differs"),
        ("0", 6.0, 6.0, "antenna_tilt_differs"),
        ("95", 6.0, None, "antenna_tilt_range"),
        ("-90.5", -89.0, None, "antenna_tilt_range"),
    ],
)
def test_the_lobe_decides_where_the_stated_tilt_differs(
    tmp_path: Path, stated: str, lobe_deg: float, taken: float | None, code: str | None
) -> None:
    text = pattern_text(vertical=upright(lobe_deg)).replace("ELECTRICAL_TILT 6", f"ELECTRICAL_TILT {stated}")
    batch, log = read(tmp_path, text)
    assert codes(log) == ([] if code is None else [code])
    assert [each.electrical_tilt_deg for each in batch.accepted] == ([] if taken is None else [taken])


def test_a_tilt_declared_later_is_where_the_beam_points(tmp_path: Path) -> None:
    text = pattern_text(vertical=upright(4)).replace("ELECTRICAL_TILT 6", "ELECTRICAL_TILT -4")
    (pattern,) = read(tmp_path, text)[0].accepted
    found = PatternLibrary([pattern]).find(
        pattern.name, frequency_mhz=1800.0, electrical_tilt_deg=4.0, frequency_ratio=1.25, omni_ripple_db=3.0
    )
    antenna = mounted_antenna(TR36814_PATTERN, azimuth_deg=0.0, electrical_tilt_deg=4.0, measured=found)
    taken_db = pattern_attenuation_db(antenna, 0.0, [-12.0, -4.0, 4.0])
    assert taken_db[1] == pytest.approx(0.0, abs=1e-3)
    assert min(taken_db[0], taken_db[2]) > 10.0


def test_many_faults_of_a_table_are_one_problem(tmp_path: Path) -> None:
    twice = [*turned(0), *rows(lambda _: 1.0)]
    batch, log = read(tmp_path, pattern_text(horizontal=twice))
    assert batch.accepted == []
    assert [(problem.code, problem.count, problem.row) for problem in log] == [("antenna_angle_twice", 360, 368)]
    broken = [line.replace(" ", " x") for line in turned(0)]
    log = read(tmp_path, pattern_text(horizontal=broken, vertical=broken))[1]
    assert [(each.code, each.count) for each in log if each.code == "antenna_line"] == [("antenna_line", 720)]


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
    assert (
        len(read(tmp_path, "NAME 65\xb0\n".encode("latin-1") + text.partition("\n")[2].encode("ascii"))[0].accepted)
        == 1
    )
    with pytest.raises(UnreadableFileError):
        read(tmp_path, b"NAME\x00\x01\x02")


def test_names_are_compared_by_their_words() -> None:
    key = antenna_key("80010965_1840-X CO_T04")
    assert key == "80010965 1840 x co t04"
    assert is_named(key, antenna_key("80010965"))
    assert is_named(key, antenna_key("80010965/1840"))
    assert not is_named(key, antenna_key("8001096"))
    assert not is_named(key, "")


@pytest.mark.parametrize("suffix", ["1840_T04", "1710-2170MHz X 04T", "1800_P45_EDT06", "T2.5", "co 900 mhz 6"])
def test_frequency_polarisation_and_tilt_may_follow_a_model(suffix: str) -> None:
    assert is_named(antenna_key(f"742 215_{suffix}"), antenna_key("742-215"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Huawei ATR4518R6 1800 T04", "Huawei"),
        ("Kathrein 80010965", "Kathrein"),
        ("Panel 65-8_1800_T06", "panel"),
        ("Panel 65-8_1800_T06", "Panel 65"),
        ("742 215", "742"),
        ("742 450 T04", "742"),
        ("80010965 V02", "80010965"),
        ("80010965 06 1800", "80010965"),
        ("Model 1800", "model"),
    ],
)
def test_a_maker_or_a_general_word_names_no_pattern(name: str, said: str) -> None:
    assert not is_named(antenna_key(name), antenna_key(said))
    assert is_named(antenna_key(said), antenna_key(said)), "what is called just that is found"
