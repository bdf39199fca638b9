"""The intervals of the figures of targets, from what an assessment stored: shares of whole units with both ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.domain.metrics import Quantity
from geo.domain.rules import CoverageRule
from geo.domain.target_intervals import (
    NO_FIGURE,
    Interval,
    SharePart,
    interval_around,
    no_interval,
    over_technologies,
    over_units,
)
from geo.domain.targets import Figure
from geo.store.tables import CoverageStatistic
from geo.workflows.answers.rows import AssessmentInfo

PROVINCE, COMMUNE = "province", "commune"
# Columns of coverage_statistic by quantity: prefix of its shares, and its total.
COLUMNS = {
    Quantity.AREA: ("area", "area_km2"),
    Quantity.POPULATION: ("population", "population"),
    Quantity.HOUSEHOLDS: ("households", "households"),
    Quantity.VILLAGES: ("villages", "villages"),
}
# Shares are computed from sums of floats; what is smaller than this is none.
NOTHING = 1e-9
# A commune is as good as whole where less than half a person is missing at an end of its interval.
HALF_A_PERSON = 0.5
SAME_TOTAL = 1e-6


@dataclass(frozen=True, slots=True)
class Rows:
    """Stored shares of one technology: of the territory, and of its communes."""

    territory: Sequence[CoverageStatistic]
    communes: Sequence[CoverageStatistic]

    def of(self, code: str | None) -> Sequence[CoverageStatistic]:
        """Return the row of a commune, as many as there are."""
        return [row for row in self.communes if row.unit_code == code]


@dataclass(frozen=True, slots=True)
class Statistics:
    """The stored shares of one assessment at the tier that counts."""

    session: Session
    info: AssessmentInfo
    rule: CoverageRule

    def both(self, technology: str, operator: str) -> Rows:
        """Return the rows of the territory and of its communes."""
        return Rows(self.rows(technology, operator, PROVINCE), self.rows(technology, operator, COMMUNE))

    def rows(self, technology: str, operator: str, unit_type: str) -> Sequence[CoverageStatistic]:
        """Return the rows of every unit of a type, for one operator or any."""
        return self.session.scalars(
            select(CoverageStatistic).where(
                CoverageStatistic.assessment_id == self.info.assessment_id,
                CoverageStatistic.unit_type == unit_type,
                CoverageStatistic.technology == technology,
                CoverageStatistic.operator_code == operator,
                CoverageStatistic.min_operators == 1,
                CoverageStatistic.tier == self.rule.covered_tier,
            )
        ).all()


def share_interval(figure: Figure, quantity: Quantity, rows: Sequence[CoverageStatistic]) -> Interval:
    """Return the interval of a share of the whole territory, as it was stored with the rows of the territory."""
    found = _checked(figure, quantity, rows)
    if isinstance(found, Interval):
        return found
    return _around(figure, found, basis="statistics")


def technologies_interval(
    figure: Figure, quantity: Quantity, by_technology: Mapping[str, Rows], communes: Mapping[str | None, Figure]
) -> Interval:
    """Return the interval of a share that any of several technologies covers, from the intervals of each.

    `by_technology` are the rows of the territory, then of all communes; `communes` the figure of each commune by its
    code. Both ways hold the true interval: for the whole at once, and commune by commune, where no commune gains more
    than it lacks. So what both hold is it.
    """
    parts = []
    for rows in by_technology.values():
        found = _checked(figure, quantity, rows.territory)
        if isinstance(found, Interval):
            return found
        parts.append(found)
    at_once = over_technologies(_share(figure), parts)
    one_by_one = over_units(
        [
            (one.total, _commune(one, quantity, [rows.of(code) for rows in by_technology.values()]))
            for code, one in communes.items()
            if one.total
        ]
    )
    both = SharePart(at_once.covered, max(at_once.low, one_by_one.low), min(at_once.high, one_by_one.high))
    return _around(figure, both, basis="technologies")


def _commune(figure: Figure, quantity: Quantity, by_technology: Iterable[Sequence[CoverageStatistic]]) -> SharePart:
    """Return what a commune may have over all technologies: anything where one of them has no interval for it."""
    parts = []
    for rows in by_technology:
        found = _checked(figure, quantity, rows)
        if isinstance(found, Interval):
            return SharePart(_share(figure), 0.0, 1.0)
        parts.append(found)
    return over_technologies(_share(figure), parts)


def _checked(figure: Figure, quantity: Quantity, rows: Sequence[CoverageStatistic]) -> SharePart | Interval:
    """Return the stored share with its ends, or why there is no interval."""
    if figure.value is None or figure.total is None:
        return NO_FIGURE
    found = _part(rows, quantity)
    if found is None:
        return no_interval("not_stored")
    part, total = found
    return part if abs(total - figure.total) <= SAME_TOTAL * figure.total else no_interval("other_denominator")


def _around(figure: Figure, part: SharePart, *, basis: str) -> Interval:
    # What is without data over any network may have a level of one of them: that too can turn out covered.
    return interval_around(figure.value or 0.0, 100.0 * part.low, 100.0 * part.high, largest=100.0, basis=basis)


def _share(figure: Figure) -> float:
    return figure.share_covered or 0.0


def _part(rows: Sequence[CoverageStatistic], quantity: Quantity) -> tuple[SharePart, float] | None:
    """Return share, ends and denominator of what the rows hold together; None where an interval is missing."""
    prefix, total = COLUMNS[quantity]
    parts = []
    for row in rows:
        size, covered = getattr(row, total), getattr(row, f"{prefix}_covered")
        low, high = getattr(row, f"{prefix}_low"), getattr(row, f"{prefix}_high")
        if not size or covered is None:
            continue
        if low is None or high is None:
            return None
        parts.append((float(size), SharePart(covered, low, high)))
    return (over_units(parts), sum(size for size, _ in parts)) if parts else None


def communes_interval(figure: Figure, quantity: Quantity, rows: Sequence[CoverageStatistic]) -> Interval:
    """Return the interval of a share of communes: each of them at the low, then at the high end of its own."""
    if figure.value is None:
        return NO_FIGURE
    prefix = "area" if quantity is Quantity.COMMUNES_WITH_SERVICE else "population"
    known = [row for row in rows if getattr(row, f"{prefix}_covered") is not None]
    if any(getattr(row, f"{prefix}_low") is None for row in known):
        return no_interval("not_stored")
    if quantity is Quantity.COMMUNES_WITH_SERVICE:
        low, high = (sum(getattr(row, f"area_{end}") > NOTHING for row in known) for end in ("low", "high"))
    else:
        complete = [row for row in known if (row.population_no_data or 0.0) <= NOTHING]
        low, high = (sum(_is_whole(row, end) for row in complete) for end in ("low", "high"))
    count = len(rows)
    # A commune that is unknown today may have service at the high end of what is known of it.
    return interval_around(figure.value, 100.0 * low / count, 100.0 * high / count, largest=100.0, basis="communes")


def _is_whole(row: CoverageStatistic, end: str) -> bool:
    share = getattr(row, f"population_{end}")
    return bool((1.0 - share) * float(row.population or 0.0) < HALF_A_PERSON)
