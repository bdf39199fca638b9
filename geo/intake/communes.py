"""Finds the commune of each row: by code, by name, through the crosswalk of old units, or by where its point lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.domain.admin import UnitMatch
from geo.domain.codes import commune_code
from geo.intake.coordinates import Positions
from geo.intake.limits import IntakeLimits
from geo.intake.tables import Batch
from geo.intake.territory import Territory

# More rows than this outside every commune are reported as one.
_LISTED_OUTSIDE = 20


@dataclass(frozen=True, slots=True)
class FoundCommune:
    """The commune of a row and how it was found: declared, crosswalk, located or none."""

    code: str | None
    source: str


_NONE = FoundCommune(None, "none")


def find_communes(batch: Batch, positions: Positions, territory: Territory, limits: IntakeLimits) -> list[FoundCommune]:
    """Return the commune of every row, noting codes and names that are unknown, disagree, or miss the point."""
    located = territory.locate(positions.lon, positions.lat)
    report_outside(batch, positions, located, territory)
    codes, names = batch.parsed("commune_code", commune_code), batch.texts("commune_name")
    raw = batch.column("commune_code")
    found = []
    for i in range(batch.size):
        if batch.bad[i] or batch.folded[i]:
            found.append(_NONE)
            continue
        if raw[i] is not None and codes[i] is None:
            batch.report("bad_commune_code", [i], name="commune_code")
        one = _find(batch, i, codes[i], names[i], located[i], territory)
        _check_point(batch, i, one, located[i], positions, territory, limits)
        found.append(one)
    return found


def report_outside(batch: Batch, positions: Positions, located: Sequence[str | None], territory: Territory) -> None:
    """Note the positions outside every known commune: one by one when few, as one prominent warning when most."""
    if not territory.known:
        return
    usable = positions.known & ~batch.bad & ~batch.folded
    outside = np.array([i for i in map(int, np.flatnonzero(usable)) if located[i] is None], dtype=np.int64)
    if len(outside) * 2 > int(usable.sum()) and len(outside) > 1:
        batch.report_folded("most_rows_outside", outside, total=int(usable.sum()))
    elif len(outside) > _LISTED_OUTSIDE:
        batch.report_folded("outside_known_communes", outside)
    else:
        batch.report("outside_known_communes", outside)


def _find(
    batch: Batch, i: int, code: str | None, name: str | None, located: str | None, territory: Territory
) -> FoundCommune:
    if not territory.known:
        return FoundCommune(code, "declared" if code else "none")
    by_code = territory.directory.find_code(code) if code else UnitMatch(())
    by_name = territory.directory.find_name(name) if name else UnitMatch(())
    if by_code.codes and by_name.codes and not set(by_code.codes) & set(by_name.codes):
        unit = territory.directory.by_code.get(by_code.codes[0])
        batch.report("commune_mismatch", [i], name="commune_name", declared=code, known=unit.name if unit else code)
    match = by_code if by_code.codes else by_name
    if match.code is not None:
        return FoundCommune(match.code, "crosswalk" if match.through_crosswalk else "declared")
    if match.codes:
        return _among(batch, i, match, located)
    if code or name:
        batch.report("unknown_commune", [i], name="commune_code" if code else "commune_name", value=code or name)
    return FoundCommune(located, "located") if located else _NONE


def _among(batch: Batch, i: int, match: UnitMatch, located: str | None) -> FoundCommune:
    """Let the point decide between the parts of a split unit, or between units of one name."""
    if located in match.codes:
        return FoundCommune(located, "crosswalk" if match.through_crosswalk else "located")
    name = "commune_code" if batch.has("commune_code") else "commune_name"
    batch.report("commune_ambiguous", [i], name=name, candidates=", ".join(match.codes))
    return _NONE


def _check_point(
    batch: Batch,
    i: int,
    found: FoundCommune,
    located: str | None,
    positions: Positions,
    territory: Territory,
    limits: IntakeLimits,
) -> None:
    if found.code is None or located in (None, found.code) or found.code not in territory.directory.by_code:
        return
    distance_m = territory.distance_m(found.code, float(positions.lon[i]), float(positions.lat[i]))
    if distance_m > limits.outside_commune_m:
        names = territory.directory.by_code
        batch.report(
            "point_outside_commune",
            [i],
            name="commune_code" if batch.has("commune_code") else "commune_name",
            declared=names[found.code].name,
            located=names[str(located)].name,
            distance=f"{distance_m / 1000:.1f}",
        )
