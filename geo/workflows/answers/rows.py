"""Rows that answers are made of; field names are the names in JSON, CSV and the API.

Coordinates are EPSG:4326 degrees, `share_*` lie in 0..1, `operator` is an operator's code or "any".
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from shapely.geometry.base import BaseGeometry

T = TypeVar("T")
VillageState = Literal["covered", "partly_covered", "not_covered", "no_data"]
PointState = Literal["covered", "not_covered", "no_data"]
PointBasis = Literal["computed", "stored_raster", "public_grid"]
FibreState = Literal["available", "partly_available", "not_available", "no_data"]
UnitLevel = Literal["commune", "province"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Some of `total` rows: at most `limit`, after leaving out the first `offset`."""

    items: tuple[T, ...]
    total: int
    limit: int
    offset: int

    @classmethod
    def cut(cls, items: tuple[T, ...], *, total: int, limit: int | None, offset: int) -> Page[T]:
        """Return a page that was cut at `limit` rows; None: it was not cut."""
        return cls(items=items, total=total, limit=len(items) if limit is None else limit, offset=offset)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorInfo:
    """An active operator of an assessment; in `communes_without_list` of its `communes` no site list of it counted."""

    code: str
    name: str
    communes: int | None = None
    communes_without_list: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentInfo:
    """One assessment: what it was made from, by which rules, and how long each stage took.

    `provenance` maps an input kind to {illustrative, import_ids, as_of, rows}; `terrain` is {used, step_m,
    void_share}; `stale` tells that inputs were imported or retired after it was made; `calibration` is {name, version,
    sha256, illustrative, same_model} of the one that was chosen, None for none; `published` that answers are taken from
    it unless another one is asked for.
    """

    assessment_id: int
    as_of: dt.date
    created_at: dt.datetime
    finished_at: dt.datetime | None
    territory_version: str
    rule_version: str
    radio_version: str
    technologies: tuple[str, ...]
    operators: tuple[OperatorInfo, ...]
    illustrative: bool
    provenance: dict[str, Any]
    terrain: dict[str, Any]
    population_source: str
    cells_total: int
    cells_defaulted: int
    defaulted_fields: dict[str, Any]
    timings_s: dict[str, Any]
    area_code: str | None
    stale: bool
    calibration: dict[str, Any] | None = None
    published: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRow:
    """Coverage of one unit for a technology, an operator (or any), a number of operators and a tier.

    `share_X` is the covered share of X; with `share_X_not_covered` and `share_X_no_data` it adds up to 1. All three
    are None when the denominator is unknown. `share_no_data` repeats `share_area_no_data`. `share_X_low` and
    `share_X_high` are the interval of `share_X` by the error of the model, None in assessments made without.
    """

    code: str
    name: str
    unit_type: UnitLevel
    technology: str
    operator: str
    min_operators: int
    tier: str
    share_area: float | None
    share_population: float | None
    share_villages: float | None
    share_households: float | None
    share_no_data: float | None
    share_area_not_covered: float | None
    share_area_no_data: float | None
    share_population_not_covered: float | None
    share_population_no_data: float | None
    share_villages_not_covered: float | None
    share_villages_no_data: float | None
    share_households_not_covered: float | None
    share_households_no_data: float | None
    area_km2: float | None
    population: float | None
    villages: int | None
    households: float | None
    share_area_low: float | None = None
    share_area_high: float | None = None
    share_population_low: float | None = None
    share_population_high: float | None = None
    share_villages_low: float | None = None
    share_villages_high: float | None = None
    share_households_low: float | None = None
    share_households_high: float | None = None
    villages_without_population: int | None = None
    villages_without_households: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a state is what it is, as a code and in both languages."""

    code: str
    vi: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageStatusAnswer:
    """State of a village for a technology and an operator; level, tier and probability only for those who see sites.

    `center_probability` is how probable it is that the centre is covered, given what the model may be wrong by.
    """

    technology: str
    operator: str
    state: VillageState
    level_dbm: float | None
    tier: str | None
    reasons: tuple[Reason, ...]
    center_probability: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PointStatusAnswer:
    """State of a cluster or a place for a technology and an operator; level only for those who see sites."""

    technology: str
    operator: str
    state: PointState
    level_dbm: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterAnswer:
    """A cluster (cụm dân cư) of a village with its own point and states."""

    id: int
    code: str
    name: str | None
    lon: float
    lat: float
    households: int | None
    population: int | None
    grid_power: str
    statuses: tuple[PointStatusAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageAnswer:
    """A village (thôn, buôn, tổ dân phố) and its states; `clusters` is filled for a single village only."""

    id: int
    code: str
    name: str
    commune_code: str | None
    commune_name: str | None
    lon: float | None
    lat: float | None
    households: int | None
    population: int | None
    grid_power: str
    flags: tuple[str, ...]
    statuses: tuple[VillageStatusAnswer, ...]
    clusters: tuple[ClusterAnswer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRow:
    """A connected area without coverage on the 500 m grid, and who lives in it (None: not known).

    The villages without a number are counted and are not in the sums.
    """

    id: int
    technology: str
    operator: str
    geometry: BaseGeometry
    area_km2: float
    population: float | None
    households: float | None
    villages: int | None
    population_source: str
    commune_codes: tuple[str, ...]
    villages_without_population: int | None = None
    villages_without_households: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FibreRow:
    """Fibre in a village: what operators declare; the distance to the nearest node is a separate figure.

    `ports_free` and `nearest_node_distance_m` are None for those who do not see sites.
    """

    village_id: int
    village_code: str
    name: str
    commune_code: str | None
    lon: float | None
    lat: float | None
    state: FibreState
    households: int | None
    households_passed: int | None
    households_passed_1gbps: int | None
    share_households_passed: float | None
    ports_free: int | None
    max_speed_mbps: float | None
    nearest_node_distance_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FibreCommuneRow:
    """Fibre in a commune or province; the three household shares add up to 1, or are None without households.

    The distances to the nearest node are those of the villages with a point, a figure of its own; they and `ports_free`
    are None for those who do not see sites.
    """

    code: str
    name: str
    unit_type: UnitLevel
    villages: int
    villages_available: int
    villages_partly_available: int
    villages_not_available: int
    villages_no_data: int
    households: int | None
    households_passed: int | None
    households_no_data: int | None
    share_households_passed: float | None
    share_households_not_passed: float | None
    share_households_no_data: float | None
    households_passed_1gbps: int | None
    ports_free: int | None
    nearest_node_distance_median_m: float | None
    nearest_node_distance_largest_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FibreNodeRow:
    """A point where fibre can be reached; only for those who see sites."""

    id: int
    code: str
    operator: str
    kind: str
    lon: float
    lat: float
    ports_total: int | None
    ports_free: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRow:
    """A place that must have service, and its states."""

    id: int
    code: str
    name: str
    place_class: str
    commune_code: str | None
    lon: float
    lat: float
    statuses: tuple[PointStatusAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceClassRow:
    """Number of places of a class by state; `share_covered` counts places without data in the denominator."""

    place_class: str
    technology: str
    operator: str
    places: int
    covered: int
    not_covered: int
    no_data: int
    share_covered: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadClassRow:
    """Kilometres of a road class in a unit by state."""

    unit_code: str
    road_class: str
    technology: str
    operator: str
    covered_km: float
    not_covered_km: float
    no_data_km: float
    share_covered: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadRow:
    """A road with its line, for drawing."""

    id: int
    code: str
    name: str | None
    road_class: str
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True, kw_only=True)
class CommuneRow:
    """An administrative unit; `area_km2` is geodesic, `official_area_km2` as declared."""

    code: str
    name: str
    type: str
    parent_code: str | None
    official_area_km2: float | None
    area_km2: float
    valid_from: dt.date
    valid_to: dt.date | None
    population: int | None
    households: int | None
    illustrative: bool
    geometry: BaseGeometry | None = field(default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow:
    """One operator's station; only for those who see sites."""

    id: int
    code: str
    name: str | None
    operator: str
    mast_code: str
    lon: float
    lat: float
    technologies: tuple[str, ...]
    status: str
    cells: int
    commune_code: str | None
    shared: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PointResult:
    """State at a point; level, server and operator other than "any" only for those who see sites."""

    technology: str
    operator: str
    state: PointState
    level_dbm: float | None
    server_cell: int | None
    server_site: str | None
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class PointAnswer:
    """Answer at a position, always of the assessment that it names.

    `basis` tells what it was taken from: "computed" at the position itself from the inputs of the assessment;
    "stored_raster", the pixel that the assessment wrote, where those inputs are no longer all stored; "public_grid",
    the 500 m cell, for those who do not see sites.
    """

    lon: float
    lat: float
    commune_code: str | None
    basis: PointBasis
    results: tuple[PointResult, ...]
