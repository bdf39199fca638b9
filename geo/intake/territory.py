"""The communes that rows are matched with: by code, by name, and by where a point lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.domain.admin import UnitDirectory
from geo.domain.grid import Bounds, metres_per_degree
from geo.intake.coordinates import Floats


@dataclass(frozen=True)
class Territory:
    """Current communes with their shapes in EPSG:4326, ordered by code."""

    codes: tuple[str, ...]
    shapes: NDArray[np.object_]
    directory: UnitDirectory
    box: Bounds | None

    @property
    def known(self) -> bool:
        """Whether any commune is known."""
        return bool(self.codes)

    def locate(self, lon: Floats, lat: Floats) -> list[str | None]:
        """Return the commune that holds each position, None outside all; on a shared border the lowest code."""
        found: list[str | None] = [None] * len(lon)
        there = np.flatnonzero(~(np.isnan(lon) | np.isnan(lat)))
        if not self.known or len(there) == 0:
            return found
        tree = shapely.STRtree(shapely.points(lon[there], lat[there]))
        units, points = tree.query(self.shapes, predicate="intersects")
        order = np.lexsort((units, points))
        for unit, point in zip(units[order][::-1], points[order][::-1], strict=True):
            found[int(there[point])] = self.codes[int(unit)]
        return found

    def distance_m(self, code: str, lon: float, lat: float) -> float:
        """Return about how far a position lies outside a commune (good to a per cent nearby); 0 inside."""
        shape = self.shapes[self.codes.index(code)]
        nearest = shapely.shortest_line(shapely.Point(lon, lat), shape)
        (from_lon, from_lat), (to_lon, to_lat) = shapely.get_coordinates(nearest)
        per_lon_m, per_lat_m = metres_per_degree(lat)
        return float(np.hypot((to_lon - from_lon) * per_lon_m, (to_lat - from_lat) * per_lat_m))
