"""Geometries made small enough for a page: borders stay shared, coordinates carry no more digits than can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

# Five decimals of a degree are about one metre.
DECIMALS = 5
# A province page stays below 3 MB: about five letters a vertex leave room for villages, gaps and pictures.
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


def encode_line(coordinates: Any, *, decimals: int = DECIMALS) -> str:
    """Return `(n, 2)` longitudes and latitudes, degrees, as an encoded polyline; points that round to one are one.

    The form is Google's "Encoded Polyline Algorithm Format" with latitude first: differences of the rounded numbers,
    zigzag, in groups of five bits from `?` on. `maps/static/map-shapes.js` decodes it.
    """
    steps = np.rint(np.asarray(coordinates, dtype=float)[:, 1::-1] * 10.0**decimals).astype(np.int64)
    moved = np.diff(steps, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    moved = moved[np.concatenate([[True], np.any(moved[1:] != 0, axis=1)])]
    return "".join(_encode_number(int(number)) for number in ((moved << 1) ^ (moved >> 63)).ravel())


def _encode_number(number: int) -> str:
    letters = []
    while number >= 32:
        letters.append(chr((number & 31 | 32) + 63))
        number >>= 5
    letters.append(chr(number + 63))
    return "".join(letters)


def encode_polygons(geometry: BaseGeometry, *, decimals: int = DECIMALS) -> list[list[str]]:
    """Return the polygons of a geometry as encoded rings without their closing point, the outer one first."""
    polygons = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon" and not part.is_empty]
    return [
        [encode_line(ring.coords[:-1], decimals=decimals) for ring in (polygon.exterior, *polygon.interiors)]
        for polygon in polygons
    ]


def encode_lines(geometry: BaseGeometry, *, decimals: int = DECIMALS) -> list[str]:
    """Return the lines of a geometry, each encoded."""
    return [
        encode_line(shapely.get_coordinates(part), decimals=decimals)
        for part in shapely.get_parts(geometry)
        if part.geom_type == "LineString" and not part.is_empty
    ]
