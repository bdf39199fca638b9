"""Answers as documents: the envelope every document carries, JSON values and GeoJSON."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Iterable, Mapping
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from geo.workflows.answers.rows import AssessmentInfo, OperatorInfo

SCHEMA_VERSION = "1"
# 1e-6 degrees is about 0.1 m: finer than any input.
COORDINATE_DECIMALS = 6


def envelope(info: AssessmentInfo) -> dict[str, Any]:
    """Return the members that every document about an assessment carries."""
    return {
        "schema_version": SCHEMA_VERSION,
        "as_of": info.as_of.isoformat(),
        "territory_version": info.territory_version,
        "rule_version": info.rule_version,
        "radio_version": info.radio_version,
        "assessment_id": info.assessment_id,
        "illustrative": info.illustrative,
        "illustrative_kinds": illustrative_kinds(info),
        "calibration": calibration_name(info),
        "stale": info.stale,
        "operators_without_list": [to_jsonable(operator) for operator in operators_without_list(info)],
        "terrain": dict(info.terrain) or None,
        "cells_defaulted_share": info.cells_defaulted / info.cells_total if info.cells_total else None,
        "cells_left_out": sum(each["cells"] for each in cells_left_out(info)),
    }


def operators_without_list(info: AssessmentInfo) -> list[OperatorInfo]:
    """Return the active operators of which no site list counted in one commune or more."""
    return [operator for operator in info.operators if operator.communes_without_list]


def cells_left_out(info: AssessmentInfo) -> list[dict[str, Any]]:
    """Return how many cells on air could not be computed, by reason (`cells`, `en`, `vi`), the most frequent first."""
    found: list[dict[str, Any]] = info.provenance.get("sites", {}).get("cells_left_out", [])
    return found


def calibration_name(info: AssessmentInfo) -> str | None:
    """Return name and version of the calibration that an assessment used, as one word; None without one."""
    chosen = info.calibration
    return None if chosen is None else f"{chosen['name']}@{chosen['version']}"


def illustrative_kinds(info: AssessmentInfo) -> list[str]:
    """Return the kinds of input that were illustrative when the assessment was made, by name."""
    return sorted(kind for kind, origin in info.provenance.items() if origin.get("illustrative"))


def items_document(info: AssessmentInfo, rows: Iterable[Any]) -> dict[str, Any]:
    """Return the envelope with `count` and `items`."""
    items = [to_jsonable(row) for row in rows]
    return {**envelope(info), "count": len(items), "items": items}


def feature_collection(info: AssessmentInfo, rows: Iterable[Any]) -> dict[str, Any]:
    """Return a GeoJSON FeatureCollection with the envelope as foreign members."""
    features = [to_feature(row) for row in rows]
    return {"type": "FeatureCollection", **envelope(info), "count": len(features), "features": features}


def to_jsonable(value: Any) -> Any:
    """Return `value` made of what JSON knows: dates as ISO 8601, geometries as GeoJSON, not-a-number as null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | bool | int):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: to_jsonable(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, BaseGeometry):
        return to_geojson(value)
    if isinstance(value, Mapping):
        return {str(key): to_jsonable(item) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [to_jsonable(item) for item in value]
    raise TypeError(f"no JSON form for {type(value).__name__}")


def to_feature(row: Any) -> dict[str, Any]:
    """Return a row with `geometry`, or with `lon` and `lat`, as a GeoJSON feature; without a place it is null."""
    properties = {
        item.name: to_jsonable(getattr(row, item.name)) for item in dataclasses.fields(row) if item.name != "geometry"
    }
    geometry = to_geojson(row.geometry) if getattr(row, "geometry", None) is not None else _point(properties)
    feature: dict[str, Any] = {"type": "Feature", "geometry": geometry, "properties": properties}
    if "id" in properties:
        feature["id"] = properties["id"]
    return feature


def to_geojson(geometry: BaseGeometry) -> dict[str, Any]:
    """Return a GeoJSON geometry with coordinates rounded to `COORDINATE_DECIMALS` and rings as RFC 7946 turns them."""
    rounded = shapely.transform(geometry, lambda xy: xy.round(COORDINATE_DECIMALS))
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        rounded = shapely.orient_polygons(rounded)
    return dict(shapely.geometry.mapping(rounded))


def _point(properties: Mapping[str, Any]) -> dict[str, Any] | None:
    lon, lat = properties.get("lon"), properties.get("lat")
    if lon is None or lat is None:
        return None
    return {"type": "Point", "coordinates": [round(lon, COORDINATE_DECIMALS), round(lat, COORDINATE_DECIMALS)]}
