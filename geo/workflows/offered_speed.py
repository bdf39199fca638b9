"""How many households of each village are offered fibre, from a speed on where one is asked for."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from geo.domain.fibre import ONE_GBPS_MBPS, FibreState
from geo.domain.villages import VillageState
from geo.store.tables import FibreReach, VillageServiceDeclaration
from geo.workflows.answers.rows import AssessmentInfo

Offered = Counter[VillageState]


def households_offered(
    session: Session,
    info: AssessmentInfo,
    *,
    min_speed_mbps: float | None = None,
    above_speed_mbps: float | None = None,
) -> Iterator[Offered | None]:
    """Yield, village by village, its households covered, not covered and without data; None: households unknown.

    With `above_speed_mbps` only faster offers count, not one of that very speed. Any fibre and 1 Gb/s are read from the
    stored results; for another speed the declarations valid on the evaluation date are read. Operators are never added
    up: the largest offer counts.
    """
    rows = session.execute(
        select(
            FibreReach.village_id,
            FibreReach.state,
            FibreReach.households,
            FibreReach.households_passed,
            FibreReach.households_passed_1gbps,
        ).where(FibreReach.assessment_id == info.assessment_id)
    ).all()
    if above_speed_mbps is not None:
        # The next number above it: "at least" then means "more than".
        min_speed_mbps = math.nextafter(above_speed_mbps, math.inf)
    other_speed = min_speed_mbps is not None and min_speed_mbps != ONE_GBPS_MBPS
    declared = _declarations(session, info) if other_speed else {}
    for village_id, state, households, passed, passed_1gbps in rows:
        if not households:
            yield None
        elif state == FibreState.NO_DATA:
            yield Counter({VillageState.NO_DATA: households})
        elif other_speed:
            yield _by_speed(households, declared.get(village_id, ()), min_speed_mbps or 0.0)
        else:
            yield _known(households, passed if min_speed_mbps is None else passed_1gbps)


def _known(households: int, passed: int | None) -> Offered:
    if passed is None:
        return Counter({VillageState.NO_DATA: households})
    reached = min(passed, households)
    return Counter({VillageState.COVERED: reached, VillageState.NOT_COVERED: households - reached})


def _by_speed(households: int, declarations: Sequence[tuple[int | None, float | None]], speed_mbps: float) -> Offered:
    """Return the households surely offered `speed_mbps`, surely not, and in between (speed or number not said)."""
    sure = possible = 0
    for passed, fastest_mbps in declarations:
        reached = households if passed is None else min(passed, households)
        if fastest_mbps is None or fastest_mbps >= speed_mbps:
            possible = max(possible, reached)
        if fastest_mbps is not None and fastest_mbps >= speed_mbps and passed is not None:
            sure = max(sure, reached)
    return Counter(
        {
            VillageState.COVERED: sure,
            VillageState.NOT_COVERED: households - possible,
            VillageState.NO_DATA: possible - sure,
        }
    )


def _declarations(session: Session, info: AssessmentInfo) -> dict[int, list[tuple[int | None, float | None]]]:
    table = VillageServiceDeclaration
    query = select(table.village_id, table.households_passed, table.max_speed_mbps).where(
        table.as_of <= info.as_of, or_(table.valid_to.is_(None), table.valid_to > info.as_of)
    )
    found: dict[int, list[tuple[int | None, float | None]]] = defaultdict(list)
    for village_id, passed, fastest_mbps in session.execute(query):
        found[village_id].append((passed, fastest_mbps))
    return found
