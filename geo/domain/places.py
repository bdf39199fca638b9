"""Points along lines, for kilometres of road by state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from geo.domain.units import METRES_PER_KILOMETRE


@dataclass(frozen=True, slots=True)
class LinePieces:
    """Short pieces of lines: the middle of each (EPSG:4326 degrees), its length and the number of its line."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    length_km: NDArray[np.float64]
    line: NDArray[np.int64]


def cut_lines(lines: NDArray[np.object_] | list[BaseGeometry], longest_deg: float) -> LinePieces:
    """Cut lines in EPSG:4326 into pieces of at most `longest_deg`; their geodesic lengths add up to the lines'."""
    simple, owner = shapely.get_parts(np.asarray(lines, dtype=object), return_index=True)
    dense = shapely.segmentize(simple, longest_deg)
    vertices, part = shapely.get_coordinates(dense, return_index=True)
    joined = part[1:] == part[:-1]
    start, end = vertices[:-1][joined], vertices[1:][joined]
    line = np.asarray(owner[part[:-1][joined]], dtype=np.int64)
    if len(start) == 0:
        empty = np.empty(0)
        return LinePieces(empty, empty, empty, line)
    _, _, length_m = Geod(ellps="WGS84").inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    middle = (start + end) / 2.0
    return LinePieces(middle[:, 0], middle[:, 1], np.asarray(length_m) / METRES_PER_KILOMETRE, line)
