"""Site lists of operators: which site, whose, where, on which mast, with which cells."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from geo.domain.codes import normalise_label
from geo.intake.bands import BandTable
from geo.intake.cells import CleanCell, make_cells, read_cell_columns, report_defaults
from geo.intake.communes import find_communes, report_outside
from geo.intake.coordinates import KnownArea, Positions, read_positions
from geo.intake.limits import IntakeLimits
from geo.intake.masts import earth_centred_m
from geo.intake.operators import OPERATOR, OperatorName, OperatorNames, find_operators
from geo.intake.tables import Batch, text_of
from geo.intake.territory import Territory
from geo.intake.validation import POSITION, known_numbers, marks, numbers, require_columns

# "Loại trạm 0" and the words for security and defence stations.
_SECURITY = re.compile(r"(?:loai )?(?:tram )?(?:loai )?(?:so )?0|.*\b(?:an ninh|quoc phong|co yeu|bi mat|mat)\b.*")
# What a spreadsheet makes of what it takes for a date or time.
_DATES = (dt.date, dt.time, dt.timedelta)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanSite:
    """One accepted site; `rows` are the rows of the batch that describe it."""

    operator_code: str
    code: str
    name: str | None
    address: str | None
    shared: bool | None
    owner: str | None
    mast_code: str | None
    mast_height_m: float | None
    lon: float
    lat: float
    commune_code: str | None
    rows: tuple[int, ...]


@dataclass(frozen=True)
class CleanSites:
    """Sites with their cells, by the index of the site, and the operators that occur."""

    sites: Sequence[CleanSite]
    cells: Sequence[CleanCell]
    site_of_row: dict[int, int]
    operators: dict[str, str]


@dataclass(frozen=True)
class _Columns:
    operators: list[OperatorName | None]
    codes: list[str]
    names: list[str | None]
    addresses: list[str | None]
    shared: list[bool | None]
    owners: list[str | None]
    mast_codes: list[str | None]
    mast_heights_m: list[float | None]
    communes: list[str | None]
    positions: Positions


def clean_sites(
    batch: Batch,
    *,
    crs: str | None,
    operator: str | None,
    names: OperatorNames,
    area: KnownArea,
    territory: Territory,
    limits: IntakeLimits,
    as_of: dt.date,
    bands: BandTable,
) -> CleanSites:
    """Return the sites and cells of a batch, noting every problem."""
    require_columns(batch, [POSITION] if operator else [POSITION, OPERATOR])
    _refuse_security_stations(batch)
    batch.refuse_long_texts()
    batch.fold_equal_rows()
    _report_dates_as_codes(batch)
    positions = read_positions(batch, crs=crs, area=area, required=True)
    operators = find_operators(batch, operator, names)
    heights = known_numbers(batch, "mast_height_m", numbers(batch, "mast_height_m", minimum=0.0, maximum=999.0))
    radio = read_cell_columns(batch, as_of=as_of, bands=bands)
    shared = marks(batch, "shared")
    codes = _site_codes(batch, operators, positions)
    columns = _Columns(
        operators=operators,
        codes=codes,
        names=batch.texts("site_name"),
        addresses=batch.texts("address"),
        shared=shared,
        owners=batch.texts("owner"),
        mast_codes=batch.texts("mast_code"),
        mast_heights_m=heights,
        communes=_communes(batch, positions, territory, limits),
        positions=positions,
    )
    keys = [(op.code if op else "", code) for op, code in zip(operators, codes, strict=True)]
    cells = make_cells(batch, radio, keys)
    silent = [i for i in map(int, batch.usable()) if not radio.technologies[i]]
    batch.report_folded("no_technology", silent, name="technology")
    report_defaults(batch, cells)
    sites, site_of_row = _gather(batch, columns, limits)
    used = {op.code: op.name for op in operators if op is not None}
    return CleanSites(sites, cells, site_of_row, {code: used[code] for code in {site.operator_code for site in sites}})


def _refuse_security_stations(batch: Batch) -> None:
    """Refuse special and security stations without keeping anything of their rows."""
    for i, value in enumerate(batch.texts("site_type")):
        if value is not None and _SECURITY.fullmatch(normalise_label(value)):
            batch.report("security_station", [i], name="site_type", secret=True)


def _report_dates_as_codes(batch: Batch) -> None:
    """Tell where a spreadsheet holds a date or time in place of a code: it makes one of MAR-01 as it is typed."""
    for name in filter(batch.has, ("site_code", "mast_code", "cell_code")):
        dated = [i for i, value in enumerate(batch.column(name)) if isinstance(value, _DATES) and not batch.folded[i]]
        if dated:
            value = text_of(batch.column(name)[dated[0]])
            batch.report_folded("code_is_date", dated, name=name, example=value)


def _site_codes(batch: Batch, operators: Sequence[OperatorName | None], positions: Positions) -> list[str]:
    """Return the code of each row's site; without one it is made of operator and position (about 0.1 m)."""
    declared = batch.texts("site_code")
    codes = []
    for i in range(batch.size):
        code, operator = declared[i], operators[i]
        if code is None and operator is not None:
            code = f"{operator.code}{positions.lat[i]:+.6f}{positions.lon[i]:+.6f}"
        codes.append(code or "")
    made = [i for i in map(int, batch.usable()) if declared[i] is None]
    batch.report_folded("site_code_made", made, name="site_code")
    return codes


def _communes(batch: Batch, positions: Positions, territory: Territory, limits: IntakeLimits) -> list[str | None]:
    if batch.has("commune_code") or batch.has("commune_name"):
        located = territory.locate(positions.lon, positions.lat)
        found = find_communes(batch, positions, territory, limits)
        return [here or one.code for here, one in zip(located, found, strict=True)]
    located = territory.locate(positions.lon, positions.lat)
    report_outside(batch, positions, located, territory)
    return located


def _gather(batch: Batch, columns: _Columns, limits: IntakeLimits) -> tuple[list[CleanSite], dict[int, int]]:
    """Join the rows of each site; what they say differently about it is taken from the first that says it."""
    members: dict[tuple[str, str], list[int]] = {}
    for i in map(int, batch.usable()):
        operator = columns.operators[i]
        if operator is not None:
            members.setdefault((operator.code, columns.codes[i]), []).append(i)
    sites, site_of_row = [], {}
    apart: list[int] = []
    for number, ((operator_code, code), rows) in enumerate(members.items()):
        if len(rows) > 1:
            apart += _rows_elsewhere(columns.positions, rows, limits.mast_same_position_m)
            _report_masts(batch, columns, rows)
        sites.append(_site(columns, operator_code, code, rows))
        for row in rows:
            site_of_row[row] = number
    batch.report("site_positions_differ", apart, name="site_code")
    return sites, site_of_row


def _rows_elsewhere(positions: Positions, rows: Sequence[int], tolerance_m: float) -> list[int]:
    points = earth_centred_m(positions.lon[rows], positions.lat[rows])
    distance_m = np.linalg.norm(points - points[0], axis=1)
    return [row for row, far in zip(rows, distance_m > tolerance_m, strict=True) if far]


def _report_masts(batch: Batch, columns: _Columns, rows: Sequence[int]) -> None:
    """Note each row that says something else of its site's mast than the first that says anything."""
    said: tuple[tuple[str, Sequence[float | str | None], str], ...] = (
        ("mast_height_m", columns.mast_heights_m, " m"),
        ("owner", columns.owners, ""),
    )
    for name, values, unit in said:
        stated = [row for row in rows if values[row] is not None]
        for row in (one for one in stated if values[one] != values[stated[0]]):
            first, here = (f"{values[at]:g}{unit}" if unit else values[at] for at in (stated[0], row))
            number = batch.row_number(stated[0])
            batch.report("mast_stated_twice", [row], name=name, value=here, first=first, first_row=number)


def _site(columns: _Columns, operator_code: str, code: str, rows: Sequence[int]) -> CleanSite:
    first = rows[0]
    return CleanSite(
        operator_code=operator_code,
        code=code,
        name=_first(columns.names, rows),
        address=_first(columns.addresses, rows),
        shared=_first(columns.shared, rows),
        owner=_first(columns.owners, rows),
        mast_code=_first(columns.mast_codes, rows),
        mast_height_m=_first(columns.mast_heights_m, rows),
        lon=float(columns.positions.lon[first]),
        lat=float(columns.positions.lat[first]),
        commune_code=columns.communes[first],
        rows=tuple(rows),
    )


def _first(values: Sequence[T | None], rows: Sequence[int]) -> T | None:
    return next((values[row] for row in rows if values[row] is not None), None)
