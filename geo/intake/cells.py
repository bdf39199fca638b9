"""Radio cells of a site list: a column for each technology, a row for each cell, or several values in one field.

Several bands in one field, or in several rows of one cell code, are as many carriers: a cell each.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from geo.domain.sites import SiteStatus, Technology
from geo.domain.units import dbm_from_watt
from geo.intake.bands import BandTable
from geo.intake.carriers import Carrier, read_carriers
from geo.intake.listed import AZIMUTHS, BANDWIDTHS_MHZ, HEIGHTS_M, NOT_STATED, TILTS, Values, listed
from geo.intake.one_or_several import one_cell_rows, refuse_unclear_values
from geo.intake.tables import Batch, text_of
from geo.intake.validation import dates, known, known_numbers, numbers, report_no_watts, words
from geo.intake.values import UNREADABLE, Unreadable, parse_word, parse_yes

_MARK_COLUMNS = {
    "tech_2g": Technology.G2,
    "tech_3g": Technology.G3,
    "tech_4g": Technology.G4,
    "tech_5g": Technology.G5,
}
_TECHNOLOGY_SEPARATORS = re.compile(r"\s*(?:[/;|+&,]|\bvà\b|\band\b)\s*")
# The farthest that a terminal can be from its cell in LTE (preamble format 3); more is metres.
_LARGEST_RANGE_KM = 100.0
# Site and code of a cell as the sheet has it.
_OwnCode = tuple[Any, str | None]


@dataclass(frozen=True)
class _Split:
    """How the carriers of one cell code are told apart; `by_frequency` are bands that several of them are in."""

    several_technologies: bool
    by_frequency: frozenset[tuple[Technology, str | None]]

    def name(self, carrier: Carrier) -> str | None:
        """Return what stands behind the code for a carrier."""
        return carrier.exact if (carrier.technology, carrier.key) in self.by_frequency else carrier.key


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanCell:
    """One accepted cell; `row` is the index of its row in the batch, `own_code` what the row calls it, if it does."""

    row: int
    code: str
    own_code: str | None
    technology: Technology
    band: str | None
    frequency_mhz: float | None
    bandwidth_mhz: float | None
    azimuth_deg: float | None
    mechanical_tilt_deg: float | None
    electrical_tilt_deg: float | None
    antenna_height_m: float | None
    antenna_gain_dbi: float | None
    antenna_model: str | None
    power_dbm: float | None
    eirp_dbm: float | None
    reach_m: float | None
    status: str
    on_air_date: dt.date | None

    @property
    def code_made(self) -> bool:
        """Whether the list has no code for the cell, so that one was made."""
        return self.own_code is None


@dataclass(frozen=True)
class CellColumns:
    """Fields of cells by row; angles and heights may hold one value for each sector."""

    technologies: list[tuple[Technology, ...]]
    codes: list[str | None]
    carriers: list[tuple[Carrier, ...]]
    azimuth_deg: list[Values]
    mechanical_tilt_deg: list[Values]
    electrical_tilt_deg: list[Values]
    antenna_height_m: list[Values]
    antenna_gain_dbi: list[float | None]
    antenna_model: list[str | None]
    power_dbm: list[float | None]
    eirp_dbm: list[float | None]
    reach_m: list[float | None]
    status: list[str]
    on_air_date: list[dt.date | None]


def read_cell_columns(batch: Batch, *, as_of: dt.date, bands: BandTable) -> CellColumns:
    """Return the radio fields of every row, noting each unreadable or impossible value."""
    on_air = dates(batch, "on_air_date")
    technologies, carriers = read_carriers(batch, _technologies(batch), _bandwidths(batch), bands)
    for name in ("power_dbm", "power_unclear", "eirp_dbm"):
        report_no_watts(batch, name)
    _use_stated_powers(batch)
    codes = batch.texts("cell_code")
    azimuths = listed(batch, "azimuth_deg", AZIMUTHS, one_cell=one_cell_rows(batch, codes))
    sectors = [len(row) or None for row in azimuths]
    refuse_unclear_values(batch, carriers, sectors)
    total_tilt, electrical, mechanical = (
        listed(batch, name, TILTS, sectors=sectors)
        for name in ("total_tilt_deg", "electrical_tilt_deg", "mechanical_tilt_deg")
    )
    return CellColumns(
        technologies=technologies,
        codes=codes,
        carriers=carriers,
        azimuth_deg=[tuple(None if a is None else a % 360.0 for a in row) for row in azimuths],
        mechanical_tilt_deg=[
            (0.0,) if total != (None,) and own == (None,) and other == (None,) else other
            for own, other, total in zip(electrical, mechanical, total_tilt, strict=True)
        ],
        # A sheet with one tilt means the tilt of the beam; how it is made up makes no difference to its direction.
        electrical_tilt_deg=[
            total if total != (None,) and own == (None,) and other == (None,) else own
            for own, other, total in zip(electrical, mechanical, total_tilt, strict=True)
        ],
        antenna_height_m=_heights(batch, sectors),
        antenna_gain_dbi=numbers(batch, "antenna_gain_dbi", minimum=-20.0, maximum=60.0),
        antenna_model=batch.texts("antenna_model"),
        power_dbm=_power(batch),
        eirp_dbm=numbers(batch, "eirp_dbm", minimum=-50.0, maximum=120.0),
        reach_m=_ranges(batch),
        status=_status(batch, on_air, as_of),
        on_air_date=on_air,
    )


def _use_stated_powers(batch: Batch) -> None:
    """Take those of the column of powers without a unit that name one; tell how many do not."""
    if not batch.has("power_unclear"):
        return
    stated = batch.stated.get("power_unclear", set())
    values, clear = batch.column("power_unclear"), batch.column("power_dbm")
    unclear = [i for i, value in enumerate(values) if value is not None and i not in stated]
    batch.report_folded("power_unit_unclear", unclear, name="power_unclear")
    batch.fields["power_dbm"] = [values[i] if one is None and i in stated else one for i, one in enumerate(clear)]
    for labels in (origin.labels for origin in batch.origins if "power_unclear" in origin.labels):
        labels.setdefault("power_dbm", labels["power_unclear"])


def _technologies(batch: Batch) -> list[tuple[Technology, ...]]:
    found: list[list[Technology]] = [[] for _ in range(batch.size)]
    parsed = batch.parsed("technology", parse_technologies)
    for i, value in enumerate(parsed):
        if isinstance(value, Unreadable):
            batch.report("unknown_technology", [i], name="technology")
        elif value:
            found[i] += value
    for name, technology in _MARK_COLUMNS.items():
        if not batch.has(name):
            continue
        for i, marked in enumerate(batch.parsed(name, _parse_mark)):
            if isinstance(marked, Unreadable):
                batch.report("unknown_mark", [i], name=name)
            elif marked and technology not in found[i]:
                found[i].append(technology)
    return [tuple(row) for row in found]


def parse_technologies(value: Any) -> tuple[Technology, ...] | Unreadable:
    """Return the technologies that a cell of a sheet lists: 4G; LTE; 2G/3G/4G; GSM+UMTS."""
    text = text_of(value)
    if text is None:
        return ()
    whole = parse_word(text, "technology")
    if isinstance(whole, str):
        return (Technology(whole),)
    parts = [parse_word(part, "technology") for part in _TECHNOLOGY_SEPARATORS.split(text) if part]
    if not parts or any(not isinstance(part, str) for part in parts):
        return UNREADABLE
    return tuple(dict.fromkeys(Technology(str(part)) for part in parts))


def _parse_mark(value: Any) -> bool | Unreadable | None:
    """Return a mark under a technology; a band or number of sectors in its place means yes."""
    mark = parse_yes(value)
    if isinstance(mark, Unreadable) and any(letter.isdigit() for letter in str(value)):
        return True
    return mark


def _heights(batch: Batch, sectors: Sequence[int | None]) -> list[Values]:
    name = "antenna_height_m"
    return known(batch, name, listed(batch, name, HEIGHTS_M, sectors=sectors))


def _bandwidths(batch: Batch) -> list[Values]:
    name = "bandwidth_mhz"
    return [values or NOT_STATED for values in known(batch, name, listed(batch, name, BANDWIDTHS_MHZ))]


def _ranges(batch: Batch) -> list[float | None]:
    """Return the configured ranges in metres; a number without a unit that is too large for kilometres is in metres."""
    name = "reach_km"
    found = numbers(batch, name, minimum=0.0, maximum=1000.0 * _LARGEST_RANGE_KM)
    stated = batch.stated.get(name, set())
    far = [i for i in sorted(stated) if (found[i] or 0.0) > _LARGEST_RANGE_KM and not batch.bad[i]]
    batch.report("impossible_value", far, name=name, minimum="0", maximum=f"{_LARGEST_RANGE_KM:g}")
    return [
        one if one is None or (one > _LARGEST_RANGE_KM and i not in stated) else 1000.0 * one
        for i, one in enumerate(known_numbers(batch, name, found))
    ]


def _power(batch: Batch) -> list[float | None]:
    in_dbm = numbers(batch, "power_dbm", minimum=-30.0, maximum=80.0)
    in_watt = known_numbers(batch, "power_w", numbers(batch, "power_w", minimum=0.0, maximum=100_000.0))
    return [
        dbm if dbm is not None or watt is None else dbm_from_watt(watt)
        for dbm, watt in zip(in_dbm, in_watt, strict=True)
    ]


def _status(batch: Batch, on_air: Sequence[dt.date | None], as_of: dt.date) -> list[str]:
    """Return the status; a cell whose date lies after the date of the list is not on air, whatever the list says."""
    declared = words(batch, "status", listed="status", code="unknown_status")
    found = [status or SiteStatus.ON_AIR.value for status in declared]
    later = [
        i for i, day in enumerate(on_air) if day is not None and day > as_of and found[i] == SiteStatus.ON_AIR.value
    ]
    batch.report("planned_by_date", later, name="on_air_date", as_of=as_of.isoformat())
    for i in later:
        found[i] = SiteStatus.PLANNED.value
    return found


def make_cells(batch: Batch, columns: CellColumns, site_keys: Sequence[Any]) -> list[CleanCell]:
    """Return the cells of all usable rows; `site_keys` says which rows belong to one site.

    A code that the sheet gives twice for one site is an error of the later row, unless each row names another band:
    then they are carriers of one cell. A code that is made here gets a number instead.
    """
    used: set[tuple[Any, str]] = set()
    made: Counter[tuple[Any, str]] = Counter()
    cells: list[CleanCell] = []
    split = _split_codes(batch, columns, site_keys)
    for i in map(int, batch.usable()):
        specs = _cell_specs(columns, i)
        codes = _cell_codes(columns, i, specs, site_keys[i], made, split)
        repeated = next(
            (code for n, code in enumerate(codes) if (site_keys[i], code) in used or code in codes[:n]), None
        )
        if repeated is not None:
            batch.report("cell_twice", [i], name="cell_code", value=repeated)
            continue
        used.update((site_keys[i], code) for code in codes)
        cells += [_cell(columns, i, code, spec) for code, spec in zip(codes, specs, strict=True)]
    return cells


def _split_codes(batch: Batch, columns: CellColumns, site_keys: Sequence[Any]) -> dict[_OwnCode, _Split]:
    """Return the sites and cell codes whose rows all name a band, and not all the same one.

    Carriers of one band are told apart by their frequencies.
    """
    found: defaultdict[_OwnCode, list[Carrier]] = defaultdict(list)
    for i in map(int, batch.usable()):
        if columns.codes[i] is not None:
            found[site_keys[i], columns.codes[i]] += columns.carriers[i]
    result = {}
    for own, carriers in found.items():
        split = _Split(len({one.technology for one in carriers}) > 1, _of_one_band(carriers))
        if len(set(map(split.name, carriers))) > 1 and all(one.key is not None for one in carriers):
            result[own] = split
    return result


def _of_one_band(carriers: Sequence[Carrier]) -> frozenset[tuple[Technology, str | None]]:
    """Return the bands of which there are several carriers, each with a frequency of its own."""
    frequencies: defaultdict[tuple[Technology, str | None], list[str | None]] = defaultdict(list)
    for one in carriers:
        frequencies[one.technology, one.key].append(one.exact)
    return frozenset(
        band for band, found in frequencies.items() if len(set(found)) == len(found) > 1 and None not in found
    )


def _cell_specs(columns: CellColumns, i: int) -> list[tuple[Carrier, int]]:
    """Return carrier and sector number of each cell of a row."""
    sectors = max(len(columns.azimuth_deg[i]), 1)
    return [(carrier, sector) for carrier in columns.carriers[i] for sector in range(sectors)]


def _cell_codes(
    columns: CellColumns,
    i: int,
    specs: Sequence[tuple[Carrier, int]],
    site_key: Any,
    made: Counter[tuple[Any, str]],
    split: Mapping[_OwnCode, _Split],
) -> list[str]:
    own = columns.codes[i]
    if own is not None:
        return _own_codes(own, specs, split.get((site_key, own)))
    codes = []
    for carrier, sector in specs:
        azimuth = _of_sector(columns.azimuth_deg[i], sector)
        parts = [carrier.technology.value, carrier.band or carrier.exact, _short(azimuth)]
        code = "-".join(part for part in parts if part)
        made[site_key, code] += 1
        count = made[site_key, code]
        codes.append(code if count == 1 else f"{code}#{count}")
    return codes


def _own_codes(own: str, specs: Sequence[tuple[Carrier, int]], split: _Split | None) -> list[str]:
    """Return the codes of a row's cells, made of its own code and of what tells them apart.

    A band is part of them when the code has several, in this row or in others, so that both forms give the same codes;
    `split` is None when it has not.
    """
    if split is None:
        if len(specs) <= 1:
            return [own] * len(specs)
        return [f"{own}-{carrier.technology.value}-{sector + 1}" for carrier, sector in specs]
    several_sectors = len({sector for _, sector in specs}) > 1
    codes = []
    for carrier, sector in specs:
        parts = [own, carrier.technology.value if split.several_technologies else None, split.name(carrier)]
        parts.append(str(sector + 1) if several_sectors else None)
        codes.append("-".join(part for part in parts if part))
    return codes


def _short(value: float | None) -> str | None:
    return None if value is None else f"{value:g}"


def _of_sector(values: Values, sector: int) -> float | None:
    """Return the value of a sector; a single value holds for all sectors."""
    return values[0] if len(values) == 1 else values[sector]


def _cell(columns: CellColumns, i: int, code: str, spec: tuple[Carrier, int]) -> CleanCell:
    carrier, sector = spec
    return CleanCell(
        row=i,
        code=code,
        own_code=columns.codes[i],
        technology=carrier.technology,
        band=carrier.band,
        frequency_mhz=carrier.frequency_mhz,
        bandwidth_mhz=carrier.bandwidth_mhz,
        azimuth_deg=_of_sector(columns.azimuth_deg[i], sector),
        mechanical_tilt_deg=_of_sector(columns.mechanical_tilt_deg[i], sector),
        electrical_tilt_deg=_of_sector(columns.electrical_tilt_deg[i], sector),
        antenna_height_m=_of_sector(columns.antenna_height_m[i], sector),
        antenna_gain_dbi=columns.antenna_gain_dbi[i],
        antenna_model=columns.antenna_model[i],
        power_dbm=columns.power_dbm[i],
        eirp_dbm=columns.eirp_dbm[i],
        reach_m=columns.reach_m[i],
        status=columns.status[i],
        on_air_date=columns.on_air_date[i],
    )


# Radio fields, each with the fields that make it unnecessary.
_DEFAULTED: dict[str, tuple[str, ...]] = {
    "azimuth_deg": (),
    "antenna_height_m": (),
    "power_dbm": ("eirp_dbm",),
    # An antenna's pattern brings its gain.
    "antenna_gain_dbi": ("eirp_dbm", "antenna_model"),
    "frequency_mhz": ("band",),
    "bandwidth_mhz": (),
    "mechanical_tilt_deg": (),
    "electrical_tilt_deg": (),
}


def report_defaults(batch: Batch, cells: Sequence[CleanCell]) -> None:
    """Say for each radio field how many cells will be computed with a documented default."""
    for name, instead in _DEFAULTED.items():
        rows = [cell.row for cell in cells if all(getattr(cell, field) is None for field in (name, *instead))]
        if rows:
            batch.report_folded("field_defaulted", np.array(rows), name=name, field=name)
