"""Reads what an assessment is made from: the rows that hold on a date, as plain values."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Result, func, or_, select, true
from sqlalchemy.orm import Session

from geo.domain.admin import PROVINCE_TYPES
from geo.domain.fibre import FibreDeclaration
from geo.domain.grid import Bounds
from geo.domain.sites import Cell, SiteStatus, Technology
from geo.store import tables
from geo.store.positions import lon_lat
from geo.store.validity import valid_on


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRecord:
    """A commune or a province with its outline (EPSG:4326)."""

    code: str
    name: str
    is_province: bool
    parent_code: str | None
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCode:
    """A unit's code and level."""

    code: str
    is_province: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRecord:
    """A cluster of a village."""

    id: int
    code: str
    lon: float
    lat: float
    households: int | None
    population: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageRecord:
    """A village with its clusters; without a point `lon` and `lat` are None."""

    id: int
    code: str
    commune_code: str | None
    lon: float | None
    lat: float | None
    households: int | None
    population: int | None
    clusters: tuple[ClusterRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationRecord:
    """An accepted site list; `commune_codes` None: it answers for the whole territory."""

    operator_code: str
    as_of: dt.date
    commune_codes: frozenset[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RasterRecord:
    """An imported raster, kept in the state folder under its hash; `bounds` in EPSG:4326."""

    kind: str
    file_sha256: str
    crs: str
    bounds: Bounds
    step_x: float
    step_y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRecord:
    """A place that must have service."""

    id: int
    commune_code: str | None
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadRecord:
    """A road with its line (EPSG:4326)."""

    id: int
    road_class: str
    geometry: BaseGeometry


def read_units(session: Session, as_of: dt.date) -> list[UnitRecord]:
    """Return communes and provinces by code."""
    unit = tables.AdminUnit
    rows = session.execute(
        select(unit.code, unit.name, unit.type, unit.parent_code, func.ST_AsBinary(unit.geom))
        .where(valid_on(as_of, unit.valid_from, unit.valid_to))
        .order_by(unit.code)
    ).all()
    return [
        UnitRecord(
            code=code,
            name=name,
            is_province=unit_type in PROVINCE_TYPES,
            parent_code=parent_code,
            geometry=shapely.from_wkb(bytes(wkb)),
        )
        for code, name, unit_type, parent_code, wkb in rows
    ]


def read_unit_codes(session: Session, as_of: dt.date) -> list[UnitCode]:
    """Return the codes of communes and provinces, without their outlines."""
    unit = tables.AdminUnit
    rows = session.execute(
        select(unit.code, unit.type).where(valid_on(as_of, unit.valid_from, unit.valid_to)).order_by(unit.code)
    )
    return [UnitCode(code=code, is_province=unit_type in PROVINCE_TYPES) for code, unit_type in rows]


def read_villages(session: Session, as_of: dt.date) -> list[VillageRecord]:
    """Return villages with their clusters by id."""
    village = tables.Village
    holds = valid_on(as_of, village.valid_from, village.valid_to)
    clusters = _read_clusters(session, select(village.id).where(holds))
    rows = session.execute(
        select(
            village.id,
            village.code,
            village.commune_code,
            *lon_lat(village.geom),
            village.households,
            village.population,
        )
        .where(holds)
        .order_by(village.id)
    )
    return [VillageRecord(**row, clusters=tuple(clusters.get(row["id"], ()))) for row in _dictionaries(rows)]


def _read_clusters(session: Session, village_ids: object) -> dict[int, list[ClusterRecord]]:
    cluster = tables.VillageCluster
    rows = session.execute(
        select(
            cluster.village_id,
            cluster.id,
            cluster.code,
            *lon_lat(cluster.geom),
            cluster.households,
            cluster.population,
        )
        .where(cluster.village_id.in_(village_ids))  # type: ignore[arg-type]
        .order_by(cluster.village_id, cluster.code)
    )
    found: dict[int, list[ClusterRecord]] = defaultdict(list)
    for values in _dictionaries(rows):
        found[values.pop("village_id")].append(ClusterRecord(**values))
    return found


def _dictionaries(rows: Result[*tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    """Return rows by the names of their columns: for thousands of rows much faster than mappings are."""
    names = tuple(rows.keys())
    return (dict(zip(names, row, strict=True)) for row in rows)


def read_cells(
    session: Session,
    as_of: dt.date,
    *,
    technologies: Sequence[str],
    operators: Sequence[str],
    within: Bounds | None = None,
    import_ids: Collection[int] | None = None,
) -> list[Cell]:
    """Return the cells of the operators that are on air on `as_of`, by id.

    `within` is a box in EPSG:4326; with `import_ids` only cells and sites that these imports wrote.
    """
    cell, site, mast = tables.Cell, tables.Site, tables.Mast
    query = (
        select(
            cell.id.label("cell_id"),
            cell.site_id,
            site.mast_id,
            site.operator_code,
            cell.technology,
            *lon_lat(mast.geom),
            cell.band,
            cell.frequency_mhz,
            cell.bandwidth_mhz,
            cell.azimuth_deg,
            cell.mechanical_tilt_deg,
            cell.electrical_tilt_deg,
            cell.antenna_height_m,
            cell.antenna_gain_dbi,
            cell.antenna_model,
            cell.power_dbm,
            cell.eirp_dbm,
            cell.reach_m,
        )
        .join(site, site.id == cell.site_id)
        .join(mast, mast.id == site.mast_id)
        .where(
            cell.status == SiteStatus.ON_AIR.value,
            or_(cell.on_air_date.is_(None), cell.on_air_date <= as_of),
            valid_on(as_of, cell.valid_from, cell.valid_to),
            valid_on(as_of, site.valid_from, site.valid_to),
            cell.technology.in_(technologies),
            site.operator_code.in_(operators),
        )
        .order_by(cell.id)
    )
    if within is not None:
        box = func.ST_MakeEnvelope(within.west, within.south, within.east, within.north, 4326)
        query = query.where(mast.geom.op("&&")(box))
    if import_ids is not None:
        query = query.where(cell.import_id.in_(import_ids), site.import_id.in_(import_ids))
    technology_of = {each.value: each for each in Technology}
    rows = _dictionaries(session.execute(query))
    return [Cell(technology=technology_of[row.pop("technology")], **row) for row in rows]


def largest_declared_reach_m(session: Session, *, import_ids: Collection[int]) -> float:
    """Return the farthest range in metres that a stored cell of the imports declares, 0 without one."""
    query = select(func.max(tables.Cell.reach_m)).where(tables.Cell.import_id.in_(import_ids))
    return float(session.scalar(query) or 0.0)


def read_declarations(session: Session, *, import_ids: Collection[int] | None = None) -> list[DeclarationRecord]:
    """Return all accepted site lists (of the imports, where given), the oldest first."""
    declaration = tables.SiteListDeclaration
    query = select(declaration.operator_code, declaration.as_of, declaration.commune_codes)
    if import_ids is not None:
        query = query.where(declaration.import_id.in_(import_ids))
    rows = session.execute(query.order_by(declaration.as_of, declaration.id))
    return [
        DeclarationRecord(
            operator_code=code, as_of=day, commune_codes=None if communes is None else frozenset(communes)
        )
        for code, day, communes in rows
    ]


def read_rasters(session: Session, *, import_ids: Collection[int] | None = None) -> list[RasterRecord]:
    """Return the imported rasters (of the imports, where given) in the order of their import."""
    layer = tables.RasterLayer
    query = select(layer).order_by(layer.import_id, layer.id)
    if import_ids is not None:
        query = query.where(layer.import_id.in_(import_ids))
    return [
        RasterRecord(
            kind=found.kind,
            file_sha256=found.file_sha256,
            crs=found.crs,
            bounds=Bounds(found.west, found.south, found.east, found.north),
            step_x=found.step_x,
            step_y=found.step_y,
        )
        for found in session.scalars(query)
    ]


def read_places(session: Session) -> list[PlaceRecord]:
    """Return places by id."""
    place = tables.Place
    rows = session.execute(
        select(
            place.id,
            place.commune_code,
            *lon_lat(place.geom),
        ).order_by(place.id)
    )
    return [PlaceRecord(**row) for row in _dictionaries(rows)]


def read_roads(session: Session) -> list[RoadRecord]:
    """Return roads by id."""
    road = tables.Road
    rows = session.execute(select(road.id, road.road_class, func.ST_AsBinary(road.geom)).order_by(road.id))
    return [
        RoadRecord(id=number, road_class=road_class, geometry=shapely.from_wkb(bytes(wkb)))
        for number, road_class, wkb in rows
    ]


def read_fibre_declarations(session: Session, as_of: dt.date) -> dict[int, list[FibreDeclaration]]:
    """Return what operators declared about fibre, by village id."""
    declaration = tables.VillageServiceDeclaration
    rows = session.execute(
        select(
            declaration.village_id,
            declaration.operator_code,
            declaration.households_passed,
            declaration.ports_free,
            declaration.max_speed_mbps,
        )
        .where(valid_on(as_of, declaration.as_of, declaration.valid_to))
        .order_by(declaration.village_id, declaration.operator_code)
    )
    found: dict[int, list[FibreDeclaration]] = defaultdict(list)
    for values in _dictionaries(rows):
        found[values.pop("village_id")].append(FibreDeclaration(**values))
    return found


def read_nearest_nodes(session: Session, as_of: dt.date) -> dict[int, float]:
    """Return the geodesic distance in metres from each village with a point to the nearest fibre node."""
    node, village = tables.FibreNode, tables.Village
    # The index on geography answers "nearest first" for each village (KNN) only when both sides are written so.
    node_geography = func.geography(node.geom)
    village_geography = func.geography(village.geom)
    nearest = (
        select(func.ST_Distance(node_geography, village_geography).label("distance_m"))
        .where(valid_on(as_of, node.valid_from, node.valid_to))
        .order_by(node_geography.op("<->")(village_geography))
        .limit(1)
        .lateral()
    )
    rows = session.execute(
        select(village.id, nearest.c.distance_m)
        .join(nearest, true())
        .where(village.geom.is_not(None), valid_on(as_of, village.valid_from, village.valid_to))
    )
    return {village_id: float(distance_m) for village_id, distance_m in rows}
