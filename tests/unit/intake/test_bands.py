"""Bands as operators write them, and the carriers they make of a row."""

from __future__ import annotations

import pytest

from geo.domain.sites import Technology
from geo.intake.band_words import parse_bands
from geo.intake.bands import BandTable, band_table
from geo.intake.carriers import Carrier, _read_row, read_carriers
from geo.intake.problems import ProblemLog
from geo.intake.tables import RawTable, build_batch
from geo.intake.values import UNREADABLE

G2, G3, G4, G5 = Technology


@pytest.fixture(scope="module")
def table() -> BandTable:
    return band_table()


def carriers(table: BandTable, band: object, *technologies: Technology, **columns: object) -> tuple[Carrier, ...]:
    widths = columns.get("bandwidth", (None,))
    read = _read_row(band, columns.get("frequency"), widths, technologies, table)  # type: ignore[arg-type]
    assert read.problem is None, read.problem
    return read.carriers


def problem(table: BandTable, band: object, *technologies: Technology, **columns: object) -> str:
    widths = columns.get("bandwidth", (None,))
    read = _read_row(band, columns.get("frequency"), widths, technologies, table)  # type: ignore[arg-type]
    assert read.problem is not None, read.carriers
    return read.problem[0]


@pytest.mark.parametrize(
    ("written", "technology", "expected"),
    [
        ("B3", G4, [("B3", None)]),
        ("b28", G4, [("B28", None)]),
        ("Band 3", G4, [("B3", None)]),
        ("Băng tần 3", G4, [("B3", None)]),
        (3, G4, [("B3", None)]),
        ("78", G5, [("n78", None)]),
        ("N78", G5, [("n78", None)]),
        ("NR78", G5, [("n78", None)]),
        ("NR n78", G5, [("n78", None)]),
        ("B28", G5, [("n28", None)]),
        (1800, G4, [("1800", 1800.0)]),
        ("1800 MHz", G4, [("1800", 1800.0)]),
        ("1842,5", G4, [("1842.5", 1842.5)]),
        ("1,8 GHz", G4, [("1800", 1800.0)]),
        ("3.5", G5, [("3500", 3500.0)]),
        ("L1800", G4, [("B3", None)]),
        ("LTE-1800", G4, [("B3", None)]),
        ("LTE FDD 1800", G4, [("B3", None)]),
        ("L18", G4, [("B3", None)]),
        ("L3", G4, [("B3", None)]),
        ("4G 2100", G4, [("B1", None)]),
        ("L2600", G4, [("2600", 2600.0)]),
        ("L1842,5", G4, [("1842.5", 1842.5)]),
        ("B3+", G4, [("B3", None)]),
        ("U2100", G3, [("B1", None)]),
        ("U9", G3, [("B8", None)]),
        ("WCDMA 900", G3, [("B8", None)]),
        ("G900", G2, [("B8", None)]),
        ("DCS1800", G2, [("B3", None)]),
        ("N3500", G5, [("n78", None)]),
        ("NR-700", G5, [("n28", None)]),
        ("900/1800", G2, [("900", 900.0), ("1800", 1800.0)]),
        ("900,1800", G2, [("900", 900.0), ("1800", 1800.0)]),
        ("900-1800", G2, [("900", 900.0), ("1800", 1800.0)]),
        ("900 1800", G2, [("900", 900.0), ("1800", 1800.0)]),
        ("900 và 1800", G2, [("900", 900.0), ("1800", 1800.0)]),
        ("B3+B28", G4, [("B3", None), ("B28", None)]),
        ("B3/B28", G4, [("B3", None), ("B28", None)]),
        ("B3, 28", G4, [("B3", None), ("B28", None)]),
        ("B3,28", G4, [("B3", None), ("B28", None)]),
        ("B1,3", G4, [("B1", None), ("B3", None)]),
        ("B3,B8", G4, [("B3", None), ("B8", None)]),
        ("n41,78", G5, [("n41", None), ("n78", None)]),
        ("B3-B28", G4, [("B3", None), ("B28", None)]),
        ("L900-1800", G4, [("B8", None), ("B3", None)]),
        # The range of a band is the band, a part of it its middle.
        ("1805-1880", G4, [("B3", None)]),
        ("1805 - 1880 MHz", G4, [("B3", None)]),
        ("925-960", G3, [("B8", None)]),
        ("L1805-1880", G4, [("B3", None)]),
        ("1805-1880/2110-2170", G4, [("B3", None), ("B1", None)]),
        ("1830-1850", G4, [("1840", 1840.0)]),
        ("L2100+L1800", G4, [("B1", None), ("B3", None)]),
        ("L900/1800", G4, [("B8", None), ("B3", None)]),
        ("n41;n78", G5, [("n41", None), ("n78", None)]),
        # The same band in other words is one carrier.
        ("B3 (1800)", G4, [("B3", None)]),
        ("1800 MHz (B3)", G4, [("B3", None)]),
        ("B7 - 2600", G4, [("B7", None)]),
        ("L1800 (L1800)", G4, [("B3", None)]),
        ("L1800/B3", G4, [("B3", None)]),
    ],
)
def test_bands_as_written(
    table: BandTable, written: object, technology: Technology, expected: list[tuple[str, float | None]]
) -> None:
    found = carriers(table, written, technology)
    assert [(one.band, one.frequency_mhz) for one in found] == expected
    assert {one.technology for one in found} == {technology}


@pytest.mark.parametrize(
    ("mhz", "spellings"),
    [
        (
            "1842.5",
            [
                "1842.5",
                "1842,5",
                "1.842,5",
                "1,842.5",
                "1842,50",
                "1 842,5",
                "1842.5 MHz",
                "1842.5MHz",
                "1.8425 GHz",
                "1842.5000",
                "1842.500000 MHz",
            ],
        ),
        ("1805", ["1805", "1805.0", "1805,0", "1.805,0", "1.805", "1.805 GHz", "1805 MHz", 1805, 1805.0]),
        ("942.5", ["942.5", "942,5", "942.50", "0.9425 GHz", "0,9425 GHz", "942,5 MHz", 942.5]),
        ("1842.525", ["1842.525", "1842,525 MHz", "1.842525 GHz"]),
    ],
)
def test_a_number_has_one_spelling_however_it_is_written(table: BandTable, mhz: str, spellings: list[object]) -> None:
    for column in ("band", "frequency"):
        for written in spellings:
            columns = {"band": written} if column == "band" else {"band": None, "frequency": written}
            (one,) = carriers(table, columns["band"], G4, frequency=columns.get("frequency"))
            assert (one.band or mhz, one.exact, one.frequency_mhz) == (mhz, mhz, float(mhz)), (column, written)


@pytest.mark.parametrize("written", ["B999", "băng rộng", "L", "L1234", "X1800", "B3/xyz", "L8", "3 sector", "12", "+"])
def test_words_that_name_no_band(table: BandTable, written: str) -> None:
    assert problem(table, written, G4) == "unknown_band"


@pytest.mark.parametrize(
    "written",
    [
        "L1800-2",
        "B3-1",
        "B40-1/B40-2",
        "3-1",
        "L18/21",
        "L900/18",
        "B3.1",
        "1710-1785/1805-1880",
        "880-915",
    ],
)
def test_an_index_or_range_makes_no_band(table: BandTable, written: str) -> None:
    assert problem(table, written, G4) == "unknown_band"


def test_zeros_behind_the_khz_hide_no_list(table: BandTable) -> None:
    for written in ("1842.5000/942.5000", "1842.5000; 942.5", "1842.5000, 942.5000 MHz"):
        assert [one.frequency_mhz for one in carriers(table, written, G4)] == [1842.5, 942.5], written
    assert problem(table, "1842,5000", G4) == "band_ambiguous"
    assert [one.frequency_mhz for one in carriers(table, "800,1800", G4)] == [800.0, 1800.0]
    for written in ("800.1800", "1800.2100", "1842.5001", "1842.500.000", "1842.5000.1"):
        assert problem(table, written, G4) == "unknown_band", written


@pytest.mark.parametrize("written", ["0/1800", "1800/0", "0;0", "0/1842.5"])
@pytest.mark.parametrize(("column", "kind"), [("band", "band"), ("frequency_mhz", "frequency")])
def test_a_zero_in_a_list_is_an_error_of_its_column(table: BandTable, written: str, column: str, kind: str) -> None:
    raw = RawTable("s.csv", None, (column,), [[written]], [2])
    batch = build_batch([(raw, {0: column})], ProblemLog())
    read_carriers(batch, [(G4,)], [(None,)], table)
    (found,) = [one.document() for one in batch.log]
    assert (found["code"], found["column"], found["why_en"]) == (
        "unknown_band",
        column,
        f'The {kind} "{written}" is not understood.',
    )


def test_frequencies_of_their_own_column(table: BandTable) -> None:
    assert parse_bands("abc", table, frequency=True) is UNREADABLE
    assert carriers(table, None, G4, frequency="1842.5") == (
        Carrier(technology=G4, key="B3", exact="1842.5", frequency_mhz=1842.5),
    )
    assert carriers(table, None, G4, frequency=2) == (
        Carrier(technology=G4, key="2000", exact="2000", frequency_mhz=2000.0),
    )
    assert carriers(table, None, G4, frequency="") == (Carrier(technology=G4),)
    assert carriers(table, "B3", G4, frequency=0) == (Carrier(technology=G4, key="B3", band="B3"),)
    both = carriers(table, "B8+B3", G4, frequency="942,5/1842,5")
    assert [(one.band, one.frequency_mhz) for one in both] == [("B8", 942.5), ("B3", 1842.5)]
    assert [one.frequency_mhz for one in carriers(table, None, G4, frequency="900/1800")] == [900.0, 1800.0]
    assert [one.band for one in carriers(table, None, G4, frequency="L900+L1800")] == ["B8", "B3"]
    # The frequency says enough beside a name of the operator's own.
    assert carriers(table, "lớp phủ", G4, frequency=1850)[0].frequency_mhz == 1850.0
    assert problem(table, "B8+B3", G4, frequency="942,5") == "carriers_differ"
    assert problem(table, "B3", G4, frequency="abc") == "unknown_band"
    assert problem(table, 200, G4) == "unknown_band"
    assert problem(table, None, G4, frequency=200) == "impossible_value"
    assert problem(table, "900/120000", G4) == "unknown_band"


@pytest.mark.parametrize(
    ("band", "frequency", "code"),
    [
        ("B3", "3500", "band_frequency_differ"),
        ("B3+B28", "700/1800", "band_frequency_differ"),
        ("n78", "1800", "band_frequency_differ"),
        (None, "1300", "frequency_of_no_band"),
        ("3050", None, "frequency_of_no_band"),
        ("B3", "1842.5", None),
        ("B3+B28", "1800/700", None),
        (None, "2100", None),
    ],
)
def test_a_frequency_that_is_not_of_its_band_is_named(
    table: BandTable, band: str | None, frequency: str | None, code: str | None
) -> None:
    raw = RawTable("s.csv", None, ("band", "frequency"), [[band, frequency]], [2])
    batch = build_batch([(raw, {0: "band", 1: "frequency_mhz"})], ProblemLog())
    technology = G5 if band == "n78" else G4
    read_carriers(batch, [(technology,)], [(None,)], table)
    assert [(one.code, one.row) for one in batch.log] == ([] if code is None else [(code, 2)])
    assert not batch.bad.any()


@pytest.mark.parametrize("written", ["B3+B3", "L1800/L1800", "L1800/1800", "1800/1800", "B3, B28, B3", "B3 (1800)+B3"])
def test_a_band_that_stands_twice_is_an_error(table: BandTable, written: str) -> None:
    assert problem(table, written, G4) == "band_twice"


def test_two_carriers_of_a_band_have_their_frequencies(table: BandTable) -> None:
    for band, frequency in (("1815/1855", None), ("B3+B3", "1815/1855"), (None, "1815/1855")):
        found = carriers(table, band, G4, frequency=frequency)
        assert [(one.key, one.exact, one.frequency_mhz) for one in found] == [
            ("B3", "1815", 1815.0),
            ("B3", "1855", 1855.0),
        ]
    assert problem(table, "B3+B3", G4, frequency="1815/1815") == "band_twice"


@pytest.mark.parametrize(
    ("written", "keys"),
    [
        ("942.5/1842.5", ["B8", "B3"]),
        ("0.9/1.8", ["B8", "B3"]),
        ("B8+B3", ["B8", "B3"]),
        ("L900/L1800", ["B8", "B3"]),
        # Held by several bands.
        ("2600", ["2600"]),
        ("1300", ["1300"]),
    ],
)
def test_a_carrier_has_one_key_in_whatever_words(table: BandTable, written: str, keys: list[str]) -> None:
    assert [one.key for one in carriers(table, written, G4)] == keys


def test_bandwidths_go_with_the_bands(table: BandTable) -> None:
    def widths(band: object, *given: float) -> list[float | None]:
        return [one.bandwidth_mhz for one in carriers(table, band, G4, bandwidth=given)]

    assert widths("B3+B28", 20.0, 10.0) == [20.0, 10.0]
    assert widths("B3+B28", 20.0) == [20.0, 20.0]
    assert widths("B3 (1800)", 20.0) == [20.0]
    assert problem(table, "B3+B28", G4, bandwidth=(20.0, 10.0, 5.0)) == "carriers_differ"
    assert problem(table, "B3", G4, bandwidth=(20.0, 10.0)) == "carriers_differ"
    assert problem(table, None, G4, bandwidth=(20.0, 10.0)) == "carriers_differ"


@pytest.mark.parametrize(
    ("band", "technology", "width", "warned"),
    [
        ("B3", G4, 20.0, False),
        ("B3", G4, 1.4, False),
        ("B3", G4, 1020.0, True),
        ("B3", G4, 7.0, True),
        ("B3", G4, 0.02, True),
        ("n78", G5, 100.0, False),
        ("n78", G5, 200.0, True),
        ("n258", G5, 400.0, False),
        (26_000, G5, 400.0, False),
        ("B1", G3, 4.2, False),
        ("B3", G4, None, False),
    ],
)
def test_a_width_that_no_channel_has_is_warned_of(
    table: BandTable, band: object, technology: Technology, width: float | None, warned: bool
) -> None:
    raw = RawTable("s.csv", None, ("band",), [[band], [band]], [2, 3])
    batch = build_batch([(raw, {0: "band"})], ProblemLog())
    read_carriers(batch, [(technology,)] * 2, [(width,)] * 2, table)
    found = [(one.code, one.row, one.count) for one in batch.log if one.code == "width_of_no_channel"]
    assert found == ([("width_of_no_channel", 2, 2)] if warned else [])
    assert not batch.bad.any()


def test_prefixes_say_the_technology(table: BandTable) -> None:
    every = [("2G", "B8"), ("3G", "B1"), ("4G", "B3"), ("5G", "n78")]
    for technologies in ((), (G2, G3, G4, G5)):
        found = carriers(table, "G900/U2100/L1800/N3500", *technologies)
        assert [(one.technology.value, one.band) for one in found] == every
    two = carriers(table, "G900/L1800+L2100", G2, G4, bandwidth=(None, 20.0, 10.0))
    assert [(one.band, one.bandwidth_mhz) for one in two] == [("B8", None), ("B3", 20.0), ("B1", 10.0)]
    # A technology without a band of its own keeps its default.
    assert [one.band for one in carriers(table, "L1800", G2, G4)] == [None, "B3"]
    assert problem(table, "G900", G4) == "band_contradicts"
    assert problem(table, "n78", G4) == "band_contradicts"


def test_bands_of_nobody_beside_several_technologies(table: BandTable) -> None:
    read = _read_row("900/1800", None, (None,), (G2, G4), table)
    assert read.dropped
    assert [one.band for one in read.carriers] == [None, None]
    assert not _read_row("B8", None, (None,), (G2, G4), table).dropped
    assert [one.band for one in carriers(table, "B8", G2, G4)] == ["B8", "B8"]
