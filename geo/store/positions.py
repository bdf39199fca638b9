"""Where a stored point lies, as columns of a query."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Label, func


def lon_lat(geom: Any) -> tuple[Label[float], Label[float]]:
    """Return longitude and latitude of a point (EPSG:4326, degrees) as the columns `lon` and `lat`."""
    return func.ST_X(geom).label("lon"), func.ST_Y(geom).label("lat")
