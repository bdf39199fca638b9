"""Whose the cells are that measurements name, by the site lists."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Subquery, distinct, func, select
from sqlalchemy.orm import Session

from geo.intake.measurements import MeasurementPart
from geo.intake.problems import ProblemLog
from geo.store.tables import Cell, Site


@dataclass(frozen=True)
class ListedCells:
    """The operators of the cells of all site lists, by code (without regard to case) and technology."""

    operators: Mapping[str, Mapping[str, frozenset[str]]]

    def operator_of(self, technology: str, code: str | None) -> str | None:
        """Return the operator of a cell, None where no list has it or several operators do."""
        found = self.operators.get((code or "").casefold(), {}).get(technology, frozenset())
        return next(iter(found)) if len(found) == 1 else None

    def contradicted(self, technology: str, operator: str | None, code: str) -> tuple[str, str] | None:
        """Return in words how a row contradicts the lists about its cell; None when it does not, or no list has it."""
        listed = self.operators.get(code.casefold(), {})
        if not listed:
            return None
        if technology not in listed:
            words = ", ".join(sorted(listed))
            return f"{technology}, trong danh sách là {words}", f"{technology}, in the list {words}"
        if operator is None or operator in listed[technology]:
            return None
        words = ", ".join(sorted(listed[technology]))
        return f"{operator}, trong danh sách là {words}", f"{operator}, in the list {words}"


def listed_cells(session: Session) -> ListedCells:
    """Return the cells of all site lists, of every date."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    rows = session.execute(
        select(Cell.code, Cell.technology, Site.operator_code).join(Site, Site.id == Cell.site_id).distinct()
    )
    for code, technology, operator in rows:
        found[code.casefold()][technology].add(operator)
    return ListedCells(
        {
            code: {technology: frozenset(operators) for technology, operators in by_technology.items()}
            for code, by_technology in found.items()
        }
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


def report_cells(parts: Sequence[MeasurementPart], cells: ListedCells, log: ProblemLog) -> None:
    """Note how many rows name a cell that no list has, and how many say something else of it than its list."""
    named: Counter[tuple[str, str | None, str]] = Counter()
    for part in parts:
        rows = zip(part.technology, part.operator_code, part.cell_code, strict=True)
        named.update((technology, operator, code) for technology, operator, code in rows if code is not None)
    if strange := sum(number for (_, _, code), number in named.items() if code.casefold() not in cells.operators):
        log.add("measured_cell_unknown", column="cell_code", count=strange)
    wrong = {key: words for key in named if (words := cells.contradicted(*key)) is not None}
    if wrong:
        first = min(wrong, key=str)
        vi, en = wrong[first]
        count = sum(named[key] for key in wrong)
        log.add("measurement_contradicts_list", value=first[2], count=count, example_vi=vi, example_en=en)
