"""Areas on the WGS 84 ellipsoid."""

from __future__ import annotations

import shapely
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from geo.domain.units import SQUARE_METRES_PER_SQUARE_KILOMETRE


def geodesic_area_km2(geometry: BaseGeometry) -> float:
    """Return the area of a polygon in EPSG:4326 on the WGS 84 ellipsoid."""
    area_m2, _ = Geod(ellps="WGS84").geometry_area_perimeter(shapely.orient_polygons(geometry))
    return float(abs(area_m2)) / SQUARE_METRES_PER_SQUARE_KILOMETRE
