"""What each layer of the map draws, as small JSON documents that the page's script reads.

Rows are arrays and not objects, because a province has thousands of villages and a page must stay below 3 MB. Nothing
here is HTML: the script writes every text as text, so a name from a file can never become markup.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.domain.grid import Bounds
from geo.domain.sites import ANY_OPERATOR
from geo.workflows.answers.rows import CommuneRow, CoverageRow, FibreCommuneRow, GapRow, VillageAnswer
from maps.content import MapContent
from maps.geometry import DECIMALS, encode_lines, encode_polygons, simplify_coverage, simplify_lines
from maps.legends import (
    FIBRE_NODE_LABELS,
    FIGURES,
    GRID_POWER_LABELS,
    PLACE_CLASS_LABELS,
    ROAD_CLASS_LABELS,
    SITE_STATUS_LABELS,
    UNIT_TYPE_LABELS,
    label,
)
from maps.palette import OPERATOR_COLOURS

T = TypeVar("T", bound=Hashable)
STATE_LETTERS = {"covered": "c", "partly_covered": "p", "not_covered": "n", "no_data": "d"}
FIBRE_LETTERS = {"available": "c", "partly_available": "p", "not_available": "n", "no_data": "d"}
PROVINCE_TYPES = ("tỉnh", "thành phố")
# Drawn at most; the page says how many more there are.
MAX_SITES = 10_000
MAX_GAPS = 600
MAX_PLACES = 5_000
GAP_VERTEX_BUDGET = 40_000
_GAP_DECIMALS = 4
# By what the script divides the whole numbers of encoded lines.
FACTORS = {"communes": 10**DECIMALS, "roads": 10**DECIMALS, "gaps": 10**_GAP_DECIMALS}
_SHARE_DECIMALS = 4
# By how much three shares that add up to 1 may miss it.
_ADDS_UP = 1e-9
# The share that is not known beside each share that a figure shows.
_UNKNOWN_PART = {
    **{f"share_{name}": f"share_{name}_no_data" for name in ("area", "population", "villages", "households")},
    "share_households_passed": "share_households_no_data",
}
# Roads are thin lines: about 100 m is enough at the closest zoom that shows a whole commune.
ROAD_VERTEX_BUDGET = 20_000


def communes_layer(content: MapContent, language: str) -> dict[str, Any]:
    """Outlines (encoded rings) in the order of the units, and beside them the values of every figure.

    A commune of which nothing is known has no value (None), never 0 % covered; `withoutData` is the share of the
    denominator that is not known, by figure and technology.
    """
    drawn = [
        (unit, unit.geometry) for unit in content.units if unit.type not in PROVINCE_TYPES and unit.geometry is not None
    ]
    units = [unit for unit, _ in drawn]
    outlines = simplify_coverage([outline for _, outline in drawn])
    codes = [unit.code for unit in units]
    return {
        "rows": [
            [
                unit.code,
                unit.name,
                label(UNIT_TYPE_LABELS, unit.type, language),
                unit.population,
                round(unit.area_km2, 1),
            ]
            for unit in units
        ],
        "outlines": [encode_polygons(outline) for outline in outlines],
        "values": _figure_values(content, codes),
        "withoutData": _shares_without_data(content, codes),
    }


def _figure_values(content: MapContent, codes: Sequence[str]) -> dict[str, dict[str, list[float | int | None]]]:
    rows = _rows_over_any(content)
    values: dict[str, dict[str, list[float | int | None]]] = {}
    for figure in FIGURES:
        if figure.attribute is not None:
            values[figure.id] = {
                technology: [_known_share(rows.get((code, technology)), figure.attribute) for code in codes]
                for technology in content.technologies
            }
    values["without_signal"] = _villages_without_signal(content, codes)
    fibre = {row.code: row for row in content.fibre_communes}
    values["fibre"] = {"": [_known_share(fibre.get(code), "share_households_passed") for code in codes]}
    return {name: by for name, by in values.items() if any(v is not None for column in by.values() for v in column)}


def _shares_without_data(content: MapContent, codes: Sequence[str]) -> dict[str, dict[str, list[float | None]]]:
    rows = _rows_over_any(content)
    found = {
        figure.id: {
            technology: [_share(_unknown_part(rows.get((code, technology)), figure.attribute)) for code in codes]
            for technology in content.technologies
        }
        for figure in FIGURES
        if figure.attribute in _UNKNOWN_PART
    }
    fibre = {row.code: row for row in content.fibre_communes}
    found["fibre"] = {"": [_share(_unknown_part(fibre.get(code), "share_households_passed")) for code in codes]}
    return found


def _rows_over_any(content: MapContent) -> dict[tuple[str, str], CoverageRow]:
    return {(row.code, row.technology): row for row in content.coverage if row.operator == ANY_OPERATOR}


def _known_share(row: CoverageRow | FibreCommuneRow | None, attribute: str) -> float | None:
    """Return a share of a row, None where nothing of the denominator is known."""
    without = _unknown_part(row, attribute)
    nothing_known = without is not None and without > 1.0 - _ADDS_UP
    return None if nothing_known else _share(getattr(row, attribute, None))


def _unknown_part(row: CoverageRow | FibreCommuneRow | None, attribute: str | None) -> float | None:
    found: float | None = getattr(row, _UNKNOWN_PART.get(attribute or "", ""), None)
    return found


def _share(value: float | None) -> float | None:
    return None if value is None else round(value, _SHARE_DECIMALS)


def _villages_without_signal(content: MapContent, codes: Sequence[str]) -> dict[str, list[float | int | None]]:
    """Villages not or partly covered by commune; None where every village is without data."""
    found: dict[str, list[float | int | None]] = {}
    for technology in content.technologies:
        lacking: Counter[str] = Counter()
        known: set[str] = set()
        for village in content.villages:
            state = village_state(village, technology)
            if village.commune_code is None or state == "no_data":
                continue
            known.add(village.commune_code)
            lacking[village.commune_code] += state in ("not_covered", "partly_covered")
        found[technology] = [lacking[code] if code in known else None for code in codes]
    return found


def village_state(village: VillageAnswer, technology: str, operator: str = ANY_OPERATOR) -> str:
    """State of a village; "no_data" when there is no result for the technology and operator."""
    for status in village.statuses:
        if status.technology == technology and status.operator == operator:
            return status.state
    return "no_data"


def villages_layer(content: MapContent, language: str) -> dict[str, Any]:
    """Rows `[lon, lat, id, name, commune, households, power, states, fibre]`; one state letter per technology."""
    fibre = {row.village_id: FIBRE_LETTERS[row.state] for row in content.fibre_villages}
    rows = []
    for village in content.villages:
        if village.lon is None or village.lat is None:
            continue
        letters = "".join(STATE_LETTERS[village_state(village, name)] for name in content.technologies)
        power = label(GRID_POWER_LABELS, village.grid_power, language)
        rows.append(
            [
                *_position(village.lon, village.lat),
                village.id,
                village.name,
                village.commune_name,
                village.households,
                power,
                letters,
                fibre.get(village.id, ""),
            ]
        )
    return {"rows": rows, "withoutPoint": len(content.villages) - len(rows), "hasFibre": bool(fibre)}


def _position(lon: float, lat: float) -> tuple[float, float]:
    return round(lon, 5), round(lat, 5)


def gaps_layer(content: MapContent) -> dict[str, Any]:
    """The gaps with most people, per technology: `[rings, area_km2, population, households, villages]`."""
    by_technology: dict[str, list[GapRow]] = {}
    for gap in content.gaps:
        if gap.operator == ANY_OPERATOR:
            by_technology.setdefault(gap.technology, []).append(gap)
    document: dict[str, Any] = {}
    for technology, gaps in by_technology.items():
        drawn = sorted(gaps, key=lambda gap: (-(gap.population or 0.0), -gap.area_km2))[:MAX_GAPS]
        shapes = simplify_coverage([gap.geometry for gap in drawn], budget=GAP_VERTEX_BUDGET)
        document[technology] = {
            "total": len(gaps),
            "rows": [_gap_row(gap, shape) for gap, shape in zip(drawn, shapes, strict=True)],
        }
    return document


def _gap_row(gap: GapRow, shape: BaseGeometry) -> list[Any]:
    return [
        encode_polygons(shape, decimals=_GAP_DECIMALS),
        round(gap.area_km2, 1),
        None if gap.population is None else round(gap.population),
        None if gap.households is None else round(gap.households),
        gap.villages,
    ]


def places_layer(content: MapContent, language: str) -> dict[str, Any]:
    """Rows `[lon, lat, name, class, states]`."""
    rows = []
    for place in content.places[:MAX_PLACES]:
        states = {status.technology: status.state for status in place.statuses if status.operator == ANY_OPERATOR}
        letters = "".join(STATE_LETTERS[states.get(name, "no_data")] for name in content.technologies)
        rows.append(
            [
                *_position(place.lon, place.lat),
                place.name,
                label(PLACE_CLASS_LABELS, place.place_class, language),
                letters,
            ]
        )
    return {"rows": rows, "total": len(content.places)}


def roads_layer(content: MapContent, language: str) -> list[list[Any]]:
    """Rows `[encoded lines, name, class, main]`."""
    lines = simplify_lines([road.geometry for road in content.roads], budget=ROAD_VERTEX_BUDGET)
    main = ("motorway", "trunk", "national", "primary")
    return [
        [encode_lines(line), road.name, label(ROAD_CLASS_LABELS, road.road_class, language), road.road_class in main]
        for road, line in zip(content.roads, lines, strict=True)
    ]


def sites_layer(content: MapContent, language: str) -> dict[str, Any] | None:
    """Rows `[lon, lat, code, operator, technologies, status, shared, sectors]`; None when there is nothing to show.

    Operator, technologies, status and sectors are indices of what thousands of rows would repeat. A set of sectors is
    a list `[technology, azimuth, width, …]` in whole degrees, a width of 360 for an omnidirectional antenna.
    """
    if not content.sites:
        return None
    names = _operator_names(content)
    codes = _ordered(site.operator for site in content.sites)
    colours = [OPERATOR_COLOURS[index % len(OPERATOR_COLOURS)] for index in range(len(codes))]
    technologies: _Words[str] = _Words()
    statuses: _Words[str] = _Words()
    sectors: _Words[tuple[int, ...]] = _Words()
    rows = [
        [
            *_position(site.lon, site.lat),
            site.code,
            codes.index(site.operator),
            technologies.index(" ".join(site.technologies)),
            statuses.index(label(SITE_STATUS_LABELS, site.status, language)),
            None if site.shared is None else int(site.shared),
            sectors.index(_sectors_of(site.id, content)),
        ]
        for site in content.sites[:MAX_SITES]
    ]
    operators = [[names.get(code, code), colour] for code, colour in zip(codes, colours, strict=True)]
    return {
        "operators": operators,
        "technologies": technologies.listed,
        "statuses": statuses.listed,
        "sectors": sectors.listed,
        "rows": rows,
        "total": max(content.sites_total, len(content.sites)),
    }


def _sectors_of(site_id: int, content: MapContent) -> tuple[int, ...]:
    names = content.technologies
    return tuple(
        number
        for sector in content.sectors.get(site_id, ())
        for number in (names.index(sector.technology), sector.azimuth_deg, sector.beamwidth_deg)
    )


def fibre_nodes_layer(content: MapContent, language: str) -> dict[str, Any] | None:
    """Rows `[lon, lat, code, operator, kind, free ports]`; None when there is nothing to show.

    Operator and kind are indices, as those of sites.
    """
    if not content.fibre_nodes:
        return None
    names = _operator_names(content)
    operators: _Words[str] = _Words()
    kinds: _Words[str] = _Words()
    rows = [
        [
            *_position(node.lon, node.lat),
            node.code,
            operators.index(names.get(node.operator, node.operator)),
            kinds.index(label(FIBRE_NODE_LABELS, node.kind, language)),
            node.ports_free,
        ]
        for node in content.fibre_nodes
    ]
    return {"operators": operators.listed, "kinds": kinds.listed, "rows": rows}


def _operator_names(content: MapContent) -> dict[str, str]:
    return {operator.code: operator.name for operator in content.info.operators} if content.info else {}


class _Words(Generic[T]):
    """Words that rows repeat, in the order in which they first occur."""

    def __init__(self) -> None:
        self._places: dict[T, int] = {}

    def index(self, word: T) -> int:
        """Return the place of a word, a new one for a new word."""
        return self._places.setdefault(word, len(self._places))

    @property
    def listed(self) -> list[T]:
        """Words by their place."""
        return list(self._places)


def _ordered(values: Iterable[str]) -> list[str]:
    return sorted(set(values))


def territory_bounds(content: MapContent) -> list[list[float]]:
    """`[[south, west], [north, east]]` of all units; the whole world when there is none."""
    box = outer_box(content.units)
    return [[box.south, box.west], [box.north, box.east]]


def outer_box(units: Sequence[CommuneRow]) -> Bounds:
    """Return the box around all units, EPSG:4326, four decimals; the whole world when there is none."""
    outlines = [unit.geometry for unit in units if unit.geometry is not None]
    if not outlines:
        return Bounds(-180.0, -60.0, 180.0, 75.0)
    return Bounds(*(round(edge, 4) for edge in shapely.total_bounds(np.asarray(outlines, dtype=object)).tolist()))
