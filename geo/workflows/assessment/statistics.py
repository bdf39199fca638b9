"""Shares covered, not covered and without data, by commune and for the province."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.domain.coverage import STATE_COVERED, STATE_NOT_COVERED, count_states, shares
from geo.domain.geodesy import geodesic_area_km2
from geo.domain.sites import ANY_OPERATOR
from geo.domain.village_levels import VillageLevels, village_levels, village_states
from geo.store import tables
from geo.store.results import ResultRows
from geo.store.tables.assessments import DENOMINATORS
from geo.workflows.assessment.area_intervals import ends_by_thing
from geo.workflows.assessment.grid import GridResults
from geo.workflows.assessment.inputs import Inputs
from geo.workflows.assessment.intervals import Ends
from geo.workflows.assessment.population import RASTER, commune_numbers
from geo.workflows.assessment.settled import Settled
from geo.workflows.assessment.tile_counts import kinds_of

Counts = NDArray[np.float64]
# Number (the last one is the whole territory), code and type.
_Unit = tuple[int, str, str]
COLUMNS = (
    "unit_code",
    "unit_type",
    "technology",
    "operator_code",
    "min_operators",
    "tier",
    *(f"{name}_{state}" for name in DENOMINATORS for state in ("covered", "not_covered", "no_data")),
    *(f"{name}_{end}" for name in DENOMINATORS for end in ("low", "high")),
    "area_km2",
    "population",
    "villages",
    "households",
    "villages_without_population",
    "villages_without_households",
)


@dataclass(frozen=True, eq=False)
class Measured:
    """What the shares are taken of: pixels, and what lies at points."""

    grid: GridResults
    settled: Settled


def statistic_rows(inputs: Inputs, measured: Measured) -> ResultRows:
    """Return the shares of every unit, technology, operator (or number of operators) and tier."""
    return ResultRows(tables.CoverageStatistic, COLUMNS, list(_rows(inputs, measured)))


def _rows(inputs: Inputs, measured: Measured) -> Iterator[tuple[Any, ...]]:
    totals = _totals(inputs, measured)
    tiers = tuple(inputs.rule.tiers_dbm)
    communes, units = len(inputs.communes), _units(inputs)
    for at_technology, technology in enumerate(inputs.technologies):
        ends = ends_by_thing(technology, measured.grid, measured.settled.intervals)
        thresholds = [inputs.rule.threshold_dbm(technology, tier) for tier in tiers]
        of_villages = _village_levels(technology, measured)
        for at_kind, (operator, number) in enumerate(kinds_of(inputs.operators)):
            counted = {
                "area": shares(with_whole(measured.grid.area_km2[at_technology, at_kind], communes)),
                "villages": _villages(inputs, of_villages, operator, number, thresholds, measured),
            }
            for name, counts in _people(measured, technology, at_technology, at_kind, thresholds, inputs).items():
                counted[name] = shares(with_whole(counts, communes))
            bounds = {name: ends.get(name, {}).get((operator, number)) for name in DENOMINATORS}
            values = _values(counted, bounds, operator, units)
            for (unit, code, unit_type), of_unit in zip(units, values, strict=True):
                for tier, of_tier in zip(tiers, of_unit, strict=True):
                    yield (code, unit_type, technology, operator, number, tier, *of_tier, *totals[unit])


def _units(inputs: Inputs) -> list[_Unit]:
    """Return number, code and type of every unit; the last number is the whole territory."""
    units = [(number, commune.code, "commune") for number, commune in enumerate(inputs.communes)]
    if inputs.area_code is None:
        units.append((len(inputs.communes) + 1, inputs.province_code, "province"))
    return units


def with_whole(counts: Counts, communes: int) -> Counts:
    """Return counts by commune with what lies in no commune, and the whole, behind them."""
    missing = np.zeros((communes + 1 - counts.shape[0], *counts.shape[1:]))
    return np.concatenate([counts, missing, counts.sum(axis=0, keepdims=True)])


def _people(
    measured: Measured, technology: str, at_technology: int, at_kind: int, thresholds: list[float], inputs: Inputs
) -> dict[str, Counts]:
    """Count population and households by state, where they are known."""
    people = measured.settled.people
    counts: dict[str, Counts] = {}
    if people.source == RASTER:
        counts["population"] = measured.grid.people[at_technology, at_kind]
    kind = kinds_of(inputs.operators)[at_kind]
    for name, points in (("population", people.population), ("households", people.households)):
        if points is not None:
            levels = measured.settled.levels.levels[technology].take(points.index).of(*kind)
            units = len(inputs.communes) + 1
            counts[name] = count_states(levels, thresholds, unit=points.unit, units=units, weight=points.weight)
    return counts


def _village_levels(technology: str, measured: Measured) -> Mapping[str, VillageLevels]:
    points = measured.settled.points
    return {
        operator: village_levels(
            levels[: points.villages], levels[points.villages : points.settled], points.cluster_village
        )
        for operator, levels in measured.settled.levels.levels[technology].by_operator.items()
    }


def _villages(
    inputs: Inputs,
    levels: Mapping[str, VillageLevels],
    operator: str,
    number: int,
    thresholds: list[float],
    measured: Measured,
) -> Counts | None:
    if measured.settled.points.villages == 0:
        return None
    chosen = list(levels.values()) if operator == ANY_OPERATOR else [levels[operator]]
    communes = len(inputs.communes)
    unit = commune_numbers(inputs, measured.settled.points.points.commune[: measured.settled.points.villages])
    counts = np.zeros((communes + 1, len(thresholds), 3))
    for at, threshold in enumerate(thresholds):
        if chosen:
            state = village_states(chosen, threshold, at_least_operators=number)
            kind = np.where(state == STATE_COVERED, 0, np.where(state == STATE_NOT_COVERED, 1, 2))
        else:
            kind = np.full(measured.settled.points.villages, 2)
        counts[:, at] = np.bincount(unit * 3 + kind, minlength=(communes + 1) * 3).reshape(-1, 3)
    return shares(with_whole(counts, communes))


def _totals(inputs: Inputs, measured: Measured) -> list[tuple[float | int | None, ...]]:
    """Return by unit, what is in no commune and the whole: area (geodesic), population, villages, households.

    Behind them stand the villages without a number of people (None with a raster) and of households. Where villages
    have no number and none is known, the sum is unknown (None), not 0.
    """
    communes, points = len(inputs.communes), measured.settled.points
    areas = with_whole(np.array([geodesic_area_km2(commune.geometry) for commune in inputs.communes]), communes)
    village_unit = commune_numbers(inputs, points.points.commune[: points.villages])

    def sums(unit: NDArray[np.int64], weight: NDArray[np.float64]) -> Counts:
        return with_whole(np.bincount(unit, weight, communes + 1).astype(np.float64), communes)

    villages = sums(village_unit, np.ones(points.villages))
    lacking = [
        sums(village_unit, each.astype(float)) for each in (points.without_population, points.without_households)
    ]
    population, households = (
        None if each is None else sums(each.unit, each.weight)
        for each in (measured.settled.people.population, measured.settled.people.households)
    )
    on_raster = measured.settled.people.source == RASTER
    if on_raster:
        # Every kind and tier counts the same people, in three states.
        population = with_whole(measured.grid.people[0, 0, :, 0].sum(axis=-1), communes)
    return [
        (
            float(areas[unit]),
            _known(population, unit, None if on_raster else lacking[0]),
            int(villages[unit]),
            _known(households, unit, lacking[1]),
            None if on_raster else int(lacking[0][unit]),
            int(lacking[1][unit]),
        )
        for unit in range(communes + 2)
    ]


def _known(number: Counts | None, unit: int, lacking: Counts | None) -> float | None:
    if number is None or (number[unit] == 0 and lacking is not None and lacking[unit] > 0):
        return None
    return float(number[unit])


def _values(
    counted: Mapping[str, Counts | None], bounds: Mapping[str, Ends | None], operator: str, units: Sequence[_Unit]
) -> list[list[list[float | None]]]:
    """Return the shares, then both ends of each interval, by unit and tier, None for what is not known."""
    known = next(each for each in counted.values() if each is not None)
    chosen = [number for number, _, _ in units]
    three, two = ((len(units), known.shape[1], last) for last in (3, 2))
    shown: list[Counts] = []
    ends: list[Counts] = []
    for name in DENOMINATORS:
        found, bound = counted.get(name), bounds[name]
        shown.append(np.full(three, np.nan) if found is None else found[chosen])
        ends.append(np.full(two, np.nan) if bound is None else _widened(shown[-1], bound, operator, chosen))
    columns = np.concatenate([*shown, *ends], axis=-1)
    values = columns.astype(object)
    values[np.isnan(columns)] = None
    return values.tolist()  # type: ignore[no-any-return]


def _widened(three: Counts, ends: Ends, operator: str, chosen: Sequence[int]) -> Counts:
    """Return both ends of the intervals of shares, widened where they would not hold the share itself.

    The interval is of what is covered in truth. The share counts predicted levels, each as if it were right, and may
    lie outside where much lies a little above or below the threshold.
    """
    covered, no_data = three[..., 0], three[..., 2]
    low, high = (end[chosen] for end in ends)
    # Over any operator, where one has no data another may cover.
    largest = 1.0 if operator == ANY_OPERATOR else 1.0 - no_data
    return np.stack([np.minimum(covered, low), np.maximum(covered, np.minimum(largest, high))], axis=-1)
