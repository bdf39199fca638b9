"""What lists say of a mast beside which sites stand on it: its height, its owner and where it stands.

One rule for all three, and for lists that come in any order: of all that operators have stated the statement of the
latest day holds, of one day that of the list that came last. A blank states nothing: it neither takes a value away nor
makes one newer. A list that repeats a value makes it that of its own day.

What an operator said last is kept for each operator. So a list that changes a value knows whose statement it goes
against: only those of other operators are worth a warning, and one that repeats what another operator said before is no
new difference. An operator's list that is older than its own last statement says nothing against that.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from geo.intake.masts import earth_centred_m
from geo.intake.sites import CleanSite
from geo.intake.tables import Batch

FACTS = ("height_m", "owner", "position")
# Fields of the list by fact.
_FIELDS = {"height_m": "mast_height_m", "owner": "owner", "position": "mast_code"}
Same = Callable[[Any, Any], bool]


@dataclass(frozen=True, slots=True)
class Said:
    """What an operator last said of one fact of a mast: of which day, and in which list."""

    value: Any
    day: dt.date
    import_id: int


Saying = dict[str, Said]
"""What each operator said last of one fact of a mast."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What a site of the list says of one fact of its mast; `number` is that of the site in the list."""

    operator: str
    number: int
    value: Any


@dataclass(slots=True)
class Verdict:
    """What a list does to one fact of a mast.

    `value` holds from now on, `renewed` are the operators whose word it now is what they state here. `changed` are the
    sites that changed the mast and `outdated` those of an older list, by number. `twice` are statements that the list
    itself contradicts, each with its first one; `against` is the operator that says otherwise.
    """

    value: Any
    renewed: dict[str, Any] = field(default_factory=dict)
    changed: list[int] = field(default_factory=list)
    outdated: list[int] = field(default_factory=list)
    twice: list[tuple[Stated, Stated]] = field(default_factory=list)
    first: Stated | None = None
    against: str | None = None


def settle(before: Any, said: Saying, stated: Sequence[Stated], *, day: dt.date, same: Same) -> Verdict:
    """Return what a list of a day does to a fact that is `before` now (None: not known) and of which others `said`.

    The first statement of the list counts; those of operators that have said something of a later day do not.
    """
    late = [one for one in stated if one.operator in said and said[one.operator].day > day]
    counted = [one for one in stated if one not in late]
    result = Verdict(before)
    if counted:
        _settle_counted(result, said, counted, day=day, same=same)
    result.outdated += [one.number for one in late if not same(one.value, result.value)]
    return result


def _settle_counted(result: Verdict, said: Saying, counted: Sequence[Stated], *, day: dt.date, same: Same) -> None:
    before, first = result.value, counted[0]
    result.first = first
    result.twice = [(one, first) for one in counted if not same(one.value, first.value)]
    for one in counted:
        result.renewed.setdefault(one.operator, one.value)
    if before is not None and same(before, first.value):
        return
    holder = _latest(said, before, same)
    holds = before is None or holder is None or said[holder].day <= day
    if holds:
        result.value = first.value
        result.changed = [one.number for one in counted if same(one.value, first.value)]
    if before is not None:
        others = {operator: one for operator, one in said.items() if operator not in result.renewed}
        differing = {operator: one for operator, one in others.items() if not same(one.value, first.value)}
        result.against = _latest(differing, before, same) if holds else holder


def _latest(said: Saying, value: Any, same: Same) -> str | None:
    """Return the operator with the statement of the latest day; of those of one list, one that states the value."""
    keys = {operator: (one.day, one.import_id, same(one.value, value)) for operator, one in said.items()}
    return max(sorted(keys), key=lambda operator: keys[operator], default=None)


def same_value(one: Any, other: Any) -> bool:
    """Tell whether two heights or owners are the same."""
    return bool(one == other)


def same_place(one: tuple[float, float], other: tuple[float, float], *, tolerance_m: float) -> bool:
    """Tell whether two positions (lon, lat) in degrees are not farther apart than a tolerance."""
    lon, lat = np.transpose([one, other])
    return bool(np.linalg.norm(np.diff(earth_centred_m(lon, lat), axis=0)) <= tolerance_m)


def report_verdict(
    batch: Batch, verdict: Verdict, said: Saying, *, name: str, code: str, sites: Sequence[CleanSite], as_of: dt.date
) -> None:
    """Note what a list says twice of a mast, and what goes against another operator's statement."""
    for one, first in verdict.twice:
        batch.report(
            "mast_stated_twice",
            [sites[one.number].rows[0]],
            name=_FIELDS[name],
            value=_shown(name, one.value),
            first=_shown(name, first.value),
            first_row=batch.row_number(sites[first.number].rows[0]),
        )
    if verdict.against is None or verdict.first is None:
        return
    other = said[verdict.against]
    batch.report(
        "mast_differs",
        [sites[verdict.first.number].rows[0]],
        name=_FIELDS[name],
        value=_shown(name, verdict.first.value),
        mast=code,
        operator=verdict.first.operator,
        as_of=as_of.isoformat(),
        before=_shown(name, other.value),
        other=verdict.against,
        day=other.day.isoformat(),
        holds=_shown(name, verdict.value),
    )


def _shown(name: str, value: Any) -> str:
    if name == "height_m":
        return f"{value:g} m"
    return f"{value[1]:.6f}, {value[0]:.6f}" if name == "position" else str(value)


def statements_of(sites: Sequence[CleanSite], members: Sequence[int]) -> Mapping[str, Sequence[Stated]]:
    """Return what the sites of a list on one mast state of it, by fact; of a mast without a code no position."""
    found: dict[str, list[Stated]] = {}
    for number in members:
        site = sites[number]
        position = None if site.mast_code is None else (site.lon, site.lat)
        for name, value in zip(FACTS, (site.mast_height_m, site.owner, position), strict=True):
            if value is not None:
                found.setdefault(name, []).append(Stated(site.operator_code, number, value))
    return found
