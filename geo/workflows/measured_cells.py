"""Whose the cells are that measurements name, by the site lists."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Subquery, distinct, func, select
from sqlalchemy.orm import Session

from geo.intake.bands import BandTable
from geo.intake.measurements import MeasurementPart
from geo.intake.problems import ProblemLog
from geo.store.tables import Cell, Site

Carrier = tuple[str | None, float | None]
# Technology, operator, code of the cell and band, as a row names them.
_Named = tuple[str, str | None, str, str | None]


@dataclass(frozen=True)
class ListedCells:
    """Operators and carriers (band, MHz) of the cells of all lists, by code (without regard to case) and technology."""

    operators: Mapping[str, Mapping[str, frozenset[str]]]
    carriers: Mapping[tuple[str, str], frozenset[Carrier]] = field(default_factory=dict)

    def operator_of(self, technology: str, code: str | None) -> str | None:
        """Return the operator of a cell, None where no list has it or several operators do."""
        found = self.operators.get((code or "").casefold(), {}).get(technology, frozenset())
        return next(iter(found)) if len(found) == 1 else None

    def contradicted(self, named: _Named, table: BandTable) -> tuple[str, str] | None:
        """Return in words how a row contradicts the lists about its cell; None when it does not, or no list has it."""
        technology, operator, code, band = named
        listed = self.operators.get(code.casefold(), {})
        if not listed:
            return None
        if technology not in listed:
            words = ", ".join(sorted(listed))
            return f"{technology}, trong danh sách là {words}", f"{technology}, in the list {words}"
        if operator is not None and operator not in listed[technology]:
            words = ", ".join(sorted(listed[technology]))
            return f"{operator}, trong danh sách là {words}", f"{operator}, in the list {words}"
        carriers = self.carriers.get((code.casefold(), technology), frozenset())
        if band is None or any(_is_of_band(carrier, band, table) for carrier in carriers):
            return None
        words = ", ".join(sorted({own or f"{mhz:g} MHz" for own, mhz in carriers}))
        return f"{band}, trong danh sách là {words}", f"{band}, in the list {words}"


def _is_of_band(carrier: Carrier, band: str, table: BandTable) -> bool:
    """Tell whether a listed cell can be of a band; one without band and frequency can be of any."""
    own, mhz = carrier
    if mhz is None:
        limits = table.downlink_mhz.get(own or "")
        mhz = None if limits is None else (limits[0] + limits[1]) / 2.0
    return mhz is None or (band in table.downlink_mhz and table.holds(band, mhz))


def listed_cells(session: Session) -> ListedCells:
    """Return the cells of all site lists, of every date."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    carriers: dict[tuple[str, str], set[Carrier]] = defaultdict(set)
    named = select(Cell.code, Cell.technology, Site.operator_code, Cell.band, Cell.frequency_mhz)
    for code, technology, operator, band, mhz in session.execute(named.join(Site, Site.id == Cell.site_id).distinct()):
        found[code.casefold()][technology].add(operator)
        carriers[code.casefold(), technology].add((band, mhz))
    return ListedCells(
        {
            code: {technology: frozenset(operators) for technology, operators in by_technology.items()}
            for code, by_technology in found.items()
        },
        {key: frozenset(listed) for key, listed in carriers.items()},
    )


def owner_by_code() -> Subquery:
    """Return as a table `technology, code` (in small letters) `, operator`: the cells that only one operator has."""
    code = func.lower(Cell.code).label("code")
    return (
        select(Cell.technology, code, func.min(Site.operator_code).label("operator"))
        .join(Site, Site.id == Cell.site_id)
        .group_by(Cell.technology, code)
        .having(func.count(distinct(Site.operator_code)) == 1)
        .subquery()
    )


def report_cells(parts: Sequence[MeasurementPart], cells: ListedCells, table: BandTable, log: ProblemLog) -> None:
    """Note how many rows name a cell that no list has, and how many say something else of it than its list."""
    named: Counter[_Named] = Counter()
    for part in parts:
        rows = zip(part.technology, part.operator_code, part.cell_code, part.band, strict=True)
        named.update(
            (technology, operator, code, band) for technology, operator, code, band in rows if code is not None
        )
    if strange := sum(number for (_, _, code, _), number in named.items() if code.casefold() not in cells.operators):
        log.add("measured_cell_unknown", column="cell_code", count=strange)
    wrong = {key: words for key in named if (words := cells.contradicted(key, table)) is not None}
    if wrong:
        first = min(wrong, key=str)
        vi, en = wrong[first]
        count = sum(named[key] for key in wrong)
        log.add("measurement_contradicts_list", value=first[2], count=count, example_vi=vi, example_en=en)
