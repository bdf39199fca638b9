"""The grammar of bands: what each spelling found in site lists means, or that nobody can say."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.domain.sites import Technology
from geo.intake.band_words import AmbiguousBands, parse_bands
from geo.intake.bands import band_table
from geo.intake.carriers import _read_row
from geo.intake.values import Unreadable

TABLE = band_table()
NAMES = {Technology.G4: "B", Technology.G5: "n"}

# What a cell of the band column means in a row of 4G (5G where it begins with n or N); "?" an error that lists the
# readings, "" one that knows none.
SPELLINGS = {
    # One band.
    "B3": "B3",
    "b3": "B3",
    "B 3": "B3",
    "B-3": "B3",
    "Band 3": "B3",
    "BAND_3": "B3",
    "Băng 3": "B3",
    "Băng tần 28": "B28",
    "LTE B3": "B3",
    "LTE Band 3": "B3",
    "4G-B40": "B40",
    "FDD B3": "B3",
    "(B3)": "B3",
    "B3,": "B3",
    "B3 +": "B3",
    "n78": "n78",
    "N78": "n78",
    "NR78": "n78",
    "NR n78": "n78",
    "n-78": "n78",
    "N3500": "n78",
    "NR3500": "n78",
    "NR-700": "n28",
    "L1800": "B3",
    "L 1800": "B3",
    "LTE1800": "B3",
    "LTE: 1800": "B3",
    "LTE FDD 1800": "B3",
    "4G 2100": "B1",
    "L18": "B3",
    # One frequency.
    "1800": "1800 MHz",
    "1800MHz": "1800 MHz",
    "1800 MHZ": "1800 MHz",
    "900M": "900 MHz",
    "1,8 GHz": "1800 MHz",
    "1.8GHz": "1800 MHz",
    "1.8": "1800 MHz",
    "2,6": "2600 MHz",
    "0,9": "900 MHz",
    "1.800": "1800 MHz",
    "1,800": "1800 MHz",
    "1 800 MHz": "1800 MHz",
    # Of MHz a mark before three digits separates thousands: no carrier has 1.8 MHz.
    "1.800 MHz": "1800 MHz",
    "1,800MHz": "1800 MHz",
    "1.800M": "1800 MHz",
    "L1.800 MHz": "B3",
    "900 MHz/1.800 MHz": "900 MHz 1800 MHz",
    "1.800/2.100 MHz": "1800 MHz 2100 MHz",
    "1842,5": "1842.5 MHz",
    "1.842,5 MHz": "1842.5 MHz",
    "1,842.5": "1842.5 MHz",
    "1.842,5": "1842.5 MHz",
    "L1.842,5": "1842.5 MHz",
    "1.805,0/942,5": "1805 MHz 942.5 MHz",
    "1.842,5-1": "",
    "942,550": "942.55 MHz",
    "Băng 1,8 GHz": "1800 MHz",
    "Band 3,5 GHz": "3500 MHz",
    "L1,8GHz": "B3",
    "L1842,5": "1842.5 MHz",
    "1300": "1300 MHz",
    # A range is the band, or the middle of a part of it.
    "1805-1880": "B3",
    "1805–1880 MHz": "B3",
    "1805 — 1880": "B3",
    "1805÷1880": "B3",
    "1805 ~ 1880 MHz": "B3",
    "1,805-1,880 GHz": "B3",
    "1.805-1.880 GHz": "B3",
    "L1805-1880": "B3",
    "1830-1850": "1840 MHz",
    "1805-1880/2110-2170": "B3 B1",
    # Lists.
    "B3+B28": "B3 B28",
    "B3/B28": "B3 B28",
    "B3;B28": "B3 B28",
    "B3|B28": "B3 B28",
    "B3 & B28": "B3 B28",
    "B3, B28": "B3 B28",
    "B3,B28": "B3 B28",
    "B3-B28": "B3 B28",
    "B3–B28": "B3 B28",
    "B3 B28": "B3 B28",
    "B3_B28": "B3 B28",
    "B3\nB28": "B3 B28",
    "B3 và B28": "B3 B28",
    "[B3, B28]": "B3 B28",
    "Bands 1, 3": "B1 B3",
    "B1 and 3": "B1 B3",
    "B3,28": "B3 B28",
    "B1,3": "B1 B3",
    "B1,3,8": "B1 B3 B8",
    "B1, 3, 8": "B1 B3 B8",
    "B1,3,7": "B1 B3 B7",
    "B28,1,8": "B28 B1 B8",
    "B8,2,6": "B8 B2 B6",
    "B3,1,8": "B3 B1 B8",
    "B3,28,41": "B3 B28 B41",
    "B1,3,5,8": "B1 B3 B5 B8",
    "n41,78,28": "n41 n78 n28",
    "n28,5,3": "n28 n5 n3",
    "n1,3,78": "n1 n3 n78",
    "n77/78": "n77 n78",
    "B40/B41": "B40 B41",
    "B40/41": "B40 B41",
    "1,3,8": "B1 B3 B8",
    "3; 28": "B3 B28",
    "900/1800": "900 MHz 1800 MHz",
    "700&1800": "700 MHz 1800 MHz",
    "900,1800": "900 MHz 1800 MHz",
    "900 1800": "900 MHz 1800 MHz",
    "900-1800": "900 MHz 1800 MHz",
    "900M/1800M": "900 MHz 1800 MHz",
    "900\n1800": "900 MHz 1800 MHz",
    "900/1800 MHz": "900 MHz 1800 MHz",
    "942,5/1842,5": "942.5 MHz 1842.5 MHz",
    "1.8,2.1": "1800 MHz 2100 MHz",
    "1,8/2,1 GHz": "1800 MHz 2100 MHz",
    "L900/1800": "B8 B3",
    "L1800,900,700": "B3 B8 B28",
    "L2100+L1800": "B1 B3",
    # The same band in other words.
    "B3 (1800)": "B3",
    "B3 (1800 MHz), B28 (700 MHz)": "B3 B28",
    "1800 (B3)": "B3",
    "900/1800 (B8/B3)": "B8 B3",
    "L1800 (1842,5)": "B3",
    "Band 3 / 1842.5 MHz": "B3",
    "B7 - 2600": "B7",
    "B3 1800": "B3",
    # What can be read in several ways.
    "1,8": "?",
    "2,1": "?",
    "3,5": "?",
    "1,3": "?",
    "3,28": "?",
    "L1,8": "?",
    "B3/1,8": "?",
    "1,8/2,1": "?",
    "935,942": "?",
    "800,850": "?",
    # Counts, widths, indexes, channel numbers, uplinks and what is no band.
    "B3 (2)": "",
    "B3 (20)": "",
    "B3 (20 MHz)": "",
    "L1800 (2)": "",
    "B3 20MHz": "",
    "B3 20": "",
    "B3-20M": "",
    "B3/20": "",
    "B3/7/20": "",
    "B3, B7, 20": "",
    "1/3/20": "",
    "1;3;20": "",
    "B1;3;5": "",
    "n1/3/40": "",
    "1.8 MHz": "",
    "1,80 MHz": "",
    "B3, 20": "",
    "B3 x 2": "",
    "B3 (B28)": "",
    "B3/2100": "",
    "L1800-2": "",
    "B3-1": "",
    "B40-1/B40-2": "",
    "3-1": "",
    "1–3": "",
    "3 28": "",
    "L8": "",
    "L18/21": "",
    "1800/3": "",
    "942,5,1842,5": "",
    "900/3050": "",
    "B3.1": "",
    "1.3.8": "",
    "3.28": "",
    "12,5": "",
    "200 MHz": "",
    "1710-1785": "",
    "1710-1785/1805-1880": "",
    "EARFCN 1300": "",
    "2026-03-28 00:00:00": "",
    "băng rộng": "",
    "+": "",
}


def _means(cell: object) -> str:
    """Return what the carriers of a row are: a band by its name, or a frequency."""
    technology = Technology.G5 if str(cell)[0] in "nN" else Technology.G4
    words = parse_bands(cell, TABLE)
    if isinstance(words, Unreadable):
        return "?" if isinstance(words, AmbiguousBands) else ""
    # B6 is no known band; its row is refused later.
    if any(word.number is not None and TABLE.named(word.number, technology) is None for word in words):
        return " ".join(TABLE.name_of(word.number or 0, technology) for word in words)
    read = _read_row(cell, None, (None,), (technology,), TABLE)
    assert read.problem is None
    return " ".join(
        str(one.band) if one.frequency_mhz is None else f"{one.frequency_mhz:g} MHz" for one in read.carriers
    )


@pytest.mark.parametrize(("cell", "meaning"), SPELLINGS.items())
def test_what_each_spelling_means(cell: str, meaning: str) -> None:
    assert _means(cell) == meaning


def test_an_unclear_cell_is_refused_with_its_readings() -> None:
    read = _read_row("1,8", None, (None,), (Technology.G4,), TABLE)
    assert read.problem == ("band_ambiguous", "band", {"readings": "1800 MHz | B1 + B8"})
    # A frequency cannot say which of several bands is meant.
    read = _read_row("3,28", "1842.5", (None,), (Technology.G4,), TABLE)
    assert read.problem is not None
    read = _read_row(None, "935,942", (None,), (Technology.G4,), TABLE)
    assert read.problem == ("band_ambiguous", "frequency_mhz", {"readings": "935.942 MHz | 935 MHz + 942 MHz"})


@pytest.mark.parametrize(
    ("band", "frequency", "expected"),
    [
        ("B66", "2155", [("B66", 2155.0)]),
        ("B1,66", "2140/2155", [("B1", 2140.0), ("B66", 2155.0)]),
        ("L8", "942.5", [("L8", 942.5)]),
        ("L1800-2", "1862.5", [("L1800-2", 1862.5)]),
        ("B3 (2)", "1862.5", [("B3 (2)", 1862.5)]),
    ],
)
def test_a_frequency_of_its_own_column_saves_a_band_that_is_not_known(
    band: str, frequency: str, expected: list[tuple[str, float]]
) -> None:
    read = _read_row(band, frequency, (None,), (Technology.G4,), TABLE)
    assert [(one.band, one.frequency_mhz) for one in read.carriers] == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1,8", [1800.0]),
        ("3,28", [3280.0]),
        ("2", [2000.0]),
        ("1,8;2,1", [1800.0, 2100.0]),
        ("942.5,1842.5", [942.5, 1842.5]),
        ("1.842,5", [1842.5]),
        ("1.842,50", [1842.5]),
        ("1.842,05", [1842.05]),
        ("1.842,6", [1842.6]),
        ("2.147,5", [2147.5]),
        ("1.855,5", [1855.5]),
        ("1.842,5 MHz", [1842.5]),
        ("1,842.5", [1842.5]),
        ("1.805,0/942,5", [1805.0, 942.5]),
        ("1.805,0;942,5", [1805.0, 942.5]),
        ("1.805,0; 2.147,5", [1805.0, 2147.5]),
        ("1.805,0, 942,5", [1805.0, 942.5]),
        ("1,842.5/942.5", [1842.5, 942.5]),
        ("942,5/1.842,5 MHz", [942.5, 1842.5]),
        # What no band has is not made one number.
        ("1.300,5/942,5", None),
        ("942,5 1842,5", [942.5, 1842.5]),
        ("1842,5", [1842.5]),
        ("942,5,1842,5", None),
        ("1842,5,2140", None),
        ("942.5/1300", None),
        ("2/3", None),
    ],
)
def test_numbers_in_a_column_of_frequencies(cell: str, expected: list[float] | None) -> None:
    words = parse_bands(cell, TABLE, frequency=True)
    found = None if isinstance(words, Unreadable) else [word.mhz for word in words]
    assert found == expected


SIGNS = (
    ",",
    ", ",
    " , ",
    ";",
    "; ",
    "/",
    " / ",
    "|",
    "+",
    " + ",
    "&",
    " & ",
    "-",
    " - ",
    "–",
    " ",
    "\n",
    " và ",
    " and ",
)
_NUMBERS = {
    technology: sorted(int(name[1:]) for name in TABLE.downlink_mhz if name[0] == letter)
    for technology, letter in NAMES.items()
}


@st.composite
def _joined(draw: st.DrawFn) -> tuple[Technology, list[int], str]:
    """Draw known bands, each with a sign before it and with or without its letter."""
    technology = draw(st.sampled_from(list(NAMES)))
    numbers = draw(st.lists(st.sampled_from(_NUMBERS[technology]), min_size=1, max_size=5, unique=True))
    letters = [draw(st.sampled_from((NAMES[technology], NAMES[technology].swapcase(), ""))) for _ in numbers]
    signs = ["", *(draw(st.sampled_from(SIGNS)) for _ in numbers[1:])]
    return technology, numbers, "".join(map("".join, zip(signs, letters, map(str, numbers), strict=True)))


@given(_joined())
def test_bands_that_are_joined_are_these_bands_or_an_error(drawn: tuple[Technology, list[int], str]) -> None:
    technology, numbers, cell = drawn
    read = _read_row(cell, None, (None,), (technology,), TABLE)
    if read.problem is None:
        assert [(one.band, one.frequency_mhz) for one in read.carriers] in (
            [(TABLE.name_of(number, technology), None) for number in numbers],
        )


@pytest.mark.parametrize("sign", SIGNS)
def test_bands_with_their_letter_are_read_with_every_sign(sign: str) -> None:
    for pair in itertools.permutations(_NUMBERS[Technology.G4], 2):
        assert _means(sign.join(f"B{number}" for number in pair)) == " ".join(f"B{number}" for number in pair)


@pytest.mark.parametrize("sign", [",", ", "])
def test_three_bands_behind_one_letter_are_three_bands(sign: str) -> None:
    for three in itertools.permutations(_NUMBERS[Technology.G4], 3):
        # The last number may as well be the width of the channels.
        expected = "" if three[-1] in (5, 20) else " ".join(f"B{number}" for number in three)
        assert _means("B" + sign.join(map(str, three))) == expected
