"""Carriers of the rows of a site list: one for each technology and band, with their frequencies and bandwidths."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from geo.domain.sites import Technology
from geo.intake.band_words import AmbiguousBands, BandWord, mhz_text, parse_bands
from geo.intake.bands import BandTable
from geo.intake.tables import Batch, text_of
from geo.intake.validation import known_numbers
from geo.intake.values import Unreadable, parse_number

# A band that is said by its number, which no other says again.
_NAME = re.compile(r"[Bn]\d+")
FREQUENCY_MHZ = (300.0, 100_000.0)
# Where the second range of NR begins, whose channels have other widths (3GPP TS 38.101-2, 5.1).
_SECOND_RANGE_MHZ = 24_000.0
Technologies = tuple[Technology, ...]
Bandwidths = tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """One carrier of a row; `key` is what tells it from the others of a cell (B3; a frequency), None when not said.

    `exact` is its frequency as text, which tells carriers of one band from each other.
    """

    technology: Technology
    key: str | None = None
    exact: str | None = None
    band: str | None = None
    frequency_mhz: float | None = None
    bandwidth_mhz: float | None = None


@dataclass(frozen=True, slots=True)
class _Said:
    """A band as a row says it, and its frequency where that stands in a column of its own."""

    word: BandWord
    frequency_mhz: float | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class _Read:
    """Carriers of a row, or its problem: the code, the field and what fills the texts."""

    technologies: Technologies
    carriers: tuple[Carrier, ...] = ()
    problem: _Problem | None = None
    dropped: bool = False


class _UnusableError(Exception):
    """Says why a row cannot be used: `args` are the code, the field and what fills the texts."""


_Problem = tuple[str, str, dict[str, Any]]


def read_carriers(
    batch: Batch, technologies: Sequence[Technologies], bandwidths: Sequence[Bandwidths], table: BandTable
) -> tuple[list[Technologies], list[tuple[Carrier, ...]]]:
    """Return the technologies and carriers of every row; where a row names no technology, those of its bands.

    Several bands of one technology are as many carriers. Frequencies and bandwidths go with them one to one, a single
    bandwidth with all. A band without a technology of its own beside several technologies is not used.
    """
    band, frequency = batch.column("band"), batch.column("frequency_mhz")
    known: dict[Any, _Read] = {}
    found: list[_Read] = []
    for i in range(batch.size):
        key = (type(band[i]), band[i], type(frequency[i]), frequency[i], bandwidths[i], technologies[i])
        if key not in known:
            known[key] = _read_row(band[i], frequency[i], bandwidths[i], technologies[i], table)
        found.append(known[key])
    for i, one in enumerate(found):
        if one.problem is not None and not batch.folded[i]:
            code, name, context = one.problem
            batch.report(code, [i], name=name, **context)
    for name in filter(batch.has, ("band", "frequency_mhz")):
        known_numbers(batch, name, [0.0 if parse_number(value) == 0.0 else None for value in batch.column(name)])
    dropped = [i for i, one in enumerate(found) if one.dropped and not batch.bad[i] and not batch.folded[i]]
    name = "frequency_mhz" if batch.has("frequency_mhz") else "band"
    batch.report_folded("band_for_several", dropped, name=name)
    _report_odd_frequencies(batch, [one.carriers for one in found], table, name)
    _report_odd_widths(batch, [one.carriers for one in found], table)
    return [one.technologies for one in found], [one.carriers for one in found]


def _report_odd_frequencies(batch: Batch, rows: Sequence[tuple[Carrier, ...]], table: BandTable, name: str) -> None:
    """Name the rows whose frequency is not of their band, or of no band at all: a channel number, an uplink."""
    for i in map(int, batch.usable()):
        stated = [(one.band or "", one.frequency_mhz) for one in rows[i] if one.frequency_mhz is not None]
        differing = [(band, mhz) for band, mhz in stated if band in table.downlink_mhz and not table.holds(band, mhz)]
        if differing:
            band, mhz = differing[0]
            batch.report("band_frequency_differ", [i], name=name, value=mhz_text(mhz), band=band)
        elif strange := [mhz for _, mhz in stated if not (table.is_nominal(mhz) or table.is_inside(mhz))]:
            batch.report("frequency_of_no_band", [i], name=name, value=mhz_text(strange[0]))


def _report_odd_widths(batch: Batch, rows: Sequence[tuple[Carrier, ...]], table: BandTable) -> None:
    """Name the bandwidths that no channel of their technology has, each once with its rows."""
    strange: defaultdict[tuple[Technology, float], list[int]] = defaultdict(list)
    for i in map(int, batch.usable()):
        for technology, width in {
            (one.technology, one.bandwidth_mhz) for one in rows[i] if _has_known_widths(one, table)
        }:
            if width is not None and width not in table.widths_mhz(technology):
                strange[technology, width].append(i)
    for (technology, width), found in strange.items():
        batch.report_folded(
            "width_of_no_channel", found, name="bandwidth_mhz", value=f"{width:g}", technology=technology.value
        )


def _has_known_widths(carrier: Carrier, table: BandTable) -> bool:
    """Tell whether the table has the channel widths of a carrier: of LTE, and of NR below 24 GHz."""
    if carrier.technology not in (Technology.G4, Technology.G5):
        return False
    lowest_mhz = table.downlink_mhz.get(carrier.key or "", (0.0, 0.0))[0]
    return max(carrier.frequency_mhz or 0.0, lowest_mhz) < _SECOND_RANGE_MHZ


def _read_row(band: Any, frequency: Any, bandwidths: Bandwidths, technologies: Technologies, table: BandTable) -> _Read:
    try:
        said = _said(band, frequency, table)
        name = "frequency_mhz" if text_of(band) is None else "band"
        own = tuple(dict.fromkeys(one.word.technology for one in said if one.word.technology is not None))
        if technologies and not set(own) <= set(technologies):
            raise _UnusableError("band_contradicts", name, {"technologies": ", ".join(technologies)})
        return _carriers(said, bandwidths, technologies or own, table, name)
    except _UnusableError as error:
        return _Read(technologies, problem=error.args)


def _said(band: Any, frequency: Any, table: BandTable) -> list[_Said]:
    """Return the bands and frequencies that a row names, in order."""
    words, frequencies = parse_bands(band, table), parse_bands(frequency, table, frequency=True)
    if isinstance(frequencies, Unreadable):
        raise _unclear(frequencies, "frequency_mhz")
    if isinstance(words, Unreadable):
        if len(frequencies) != 1 or (isinstance(words, AmbiguousBands) and words.several):
            raise _unclear(words, "band")
        # The frequency says enough; the name is kept as it stands.
        return [_Said(frequencies[0], text=text_of(band))]
    _check_frequencies([*words, *frequencies], "frequency_mhz" if frequencies else "band")
    if not frequencies:
        return [_Said(word, text=word.text) for word in words]
    if not words:
        return [_Said(word) for word in frequencies]
    if len(words) != len(frequencies):
        raise _UnusableError("carriers_differ", "frequency_mhz", {"values": len(frequencies), "carriers": len(words)})
    return [_Said(word, other.mhz, word.text) for word, other in zip(words, frequencies, strict=True)]


def _unclear(found: Unreadable, name: str) -> _UnusableError:
    if isinstance(found, AmbiguousBands):
        return _UnusableError("band_ambiguous", name, {"readings": str(found)})
    return _not_understood(name)


def _not_understood(name: str) -> _UnusableError:
    en, vi = ("frequency", "tần số") if name == "frequency_mhz" else ("band", "băng tần")
    return _UnusableError("unknown_band", name, {"what_en": en, "what_vi": vi})


def _check_frequencies(words: Sequence[BandWord], name: str) -> None:
    low, high = FREQUENCY_MHZ
    if any(word.mhz is not None and not low <= word.mhz <= high for word in words):
        raise _UnusableError("impossible_value", name, {"minimum": f"{low:g}", "maximum": f"{high:g}"})


def _carriers(
    said: Sequence[_Said], bandwidths: Bandwidths, technologies: Technologies, table: BandTable, name: str
) -> _Read:
    """Return a carrier for each technology and band; one without a band for a technology that has none."""
    made: list[Carrier] = []
    alone = len(technologies) == 1
    unclear = [] if alone else [one for one in said if one.word.technology is None]
    # One band (not one frequency) beside several technologies may be that of each.
    for_each = len(said) == 1 and bool(unclear) and said[0].word.number is not None
    usable = [one for one in said if alone or for_each or one.word.technology is not None]
    folded = 0
    for technology in technologies:
        mine = [one for one in usable if one.word.technology in (None, technology)]
        _refuse_repeated(mine, name)
        own = [_carrier(one, technology, table, name) for one in mine]
        kept = _fold(own, table)
        folded += len(own) - len(kept)
        made += kept or [Carrier(technology=technology)]
    paired = _with_bandwidths(made, bandwidths, alone=alone, named=len(said) - folded)
    return _Read(technologies, tuple(paired), dropped=bool(unclear) and not for_each)


def _refuse_repeated(said: Sequence[_Said], name: str) -> None:
    """Refuse a band or frequency that stands twice among the carriers of one technology."""
    seen: set[tuple[int | None, float | None, float | None]] = set()
    for one in said:
        meaning = (one.word.number, one.word.mhz, one.frequency_mhz)
        if meaning in seen:
            raise _UnusableError("band_twice", name, {"band": str(one.word)})
        seen.add(meaning)


def _carrier(one: _Said, technology: Technology, table: BandTable, name: str) -> Carrier:
    word = one.word
    if word.number is not None:
        band = table.named(word.number, technology)
        if band is None and one.frequency_mhz is None:
            raise _not_understood(name)
        # Of a band that is not known the frequency says enough; it keeps its name.
        band = band or table.name_of(word.number, technology)
        exact = None if one.frequency_mhz is None else mhz_text(one.frequency_mhz)
        return Carrier(technology=technology, key=band, exact=exact, band=band, frequency_mhz=one.frequency_mhz)
    mhz = word.mhz or 0.0
    called = table.called(mhz, technology)
    usual = word.technology is not None and called is not None
    frequency_mhz = one.frequency_mhz if usual else one.frequency_mhz or mhz
    return Carrier(
        technology=technology,
        key=table.at(mhz, technology) or mhz_text(mhz),
        exact=mhz_text(frequency_mhz or mhz),
        band=called if usual else one.text,
        frequency_mhz=frequency_mhz,
    )


def _fold(carriers: Sequence[Carrier], table: BandTable) -> list[Carrier]:
    """Leave out what says a band again in other words: "B3 (1800)", "Band 3 / 1842.5 MHz"."""
    bands = {one.band for one in carriers if one.band in table.downlink_mhz}
    kept: dict[object, Carrier] = {}
    for one in carriers:
        mhz = one.frequency_mhz
        named = _NAME.fullmatch(one.band or "") is not None
        again = not named and mhz is not None and any(table.holds(str(band), mhz) for band in bands)
        if not again:
            kept.setdefault((one.key, mhz), one)
    return list(kept.values())


def _with_bandwidths(
    carriers: Sequence[Carrier], bandwidths: Bandwidths, *, alone: bool, named: int
) -> Sequence[Carrier]:
    if len(bandwidths) > 1:
        if len(bandwidths) != named or len(carriers) != named:
            raise _UnusableError("carriers_differ", "bandwidth_mhz", {"values": len(bandwidths), "carriers": named})
        return [replace(one, bandwidth_mhz=width) for one, width in zip(carriers, bandwidths, strict=True)]
    # One bandwidth beside several technologies cannot be that of each.
    return [replace(one, bandwidth_mhz=bandwidths[0]) for one in carriers] if alone else carriers
