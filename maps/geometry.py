"""Geometries made small enough for a page: borders stay shared, coordinates carry no more digits than can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

# Five decimals of a degree are about one metre.
DECIMALS = 5
# A province page stays below 3 MB: about 18 bytes a vertex leave room for villages, gaps and pictures.
VERTEX_BUDGET = 30_000
_FIRST_TOLERANCE_DEG = 0.0002
_COARSEST_TOLERANCE_DEG = 0.02


def vertex_count(geometries: Sequence[BaseGeometry]) -> int:
    """Number of vertices of all geometries together."""
    return int(shapely.get_num_coordinates(np.asarray(geometries, dtype=object)).sum())


def simplify_coverage(geometries: Sequence[BaseGeometry], *, budget: int = VERTEX_BUDGET) -> list[BaseGeometry]:
    """Simplify polygons that share borders, in degrees, just enough to stay within `budget` vertices.

    Neighbours keep the same border (Visvalingam-Whyatt on the shared edges, as PostGIS `ST_CoverageSimplify` does).
    """
    result = list(geometries)
    tolerance = _FIRST_TOLERANCE_DEG
    while vertex_count(result) > budget and tolerance <= _COARSEST_TOLERANCE_DEG:
        # Each step starts from the one before: the finest outlines are gone through only once.
        result = list(shapely.coverage_simplify(result, tolerance))
        tolerance *= 1.5
    return result


def simplify_lines(geometries: Sequence[BaseGeometry], *, budget: int = VERTEX_BUDGET) -> list[BaseGeometry]:
    """Simplify lines one by one (topology-preserving), in degrees, just enough to stay within `budget` vertices."""
    result = list(geometries)
    tolerance = _FIRST_TOLERANCE_DEG
    while vertex_count(result) > budget and tolerance <= _COARSEST_TOLERANCE_DEG:
        result = list(shapely.simplify(np.asarray(geometries, dtype=object), tolerance, preserve_topology=True))
        tolerance *= 1.5
    return result


def _rounded(coordinates: Any, decimals: int) -> Any:
    if isinstance(coordinates[0], int | float):
        return [round(value, decimals) for value in coordinates[:2]]
    return [_rounded(part, decimals) for part in coordinates]


def to_geojson(geometry: BaseGeometry, *, decimals: int = DECIMALS) -> dict[str, Any]:
    """GeoJSON geometry with rounded coordinates; an empty geometry has no coordinates."""
    shape = mapping(geometry)
    coordinates = shape["coordinates"]
    return {"type": shape["type"], "coordinates": _rounded(coordinates, decimals) if coordinates else []}
