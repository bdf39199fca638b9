"""Straight paths from a mast to positions: where they end on a raster, how long they are and which way they leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.domain.grid import Grid, metres_per_degree


@dataclass(frozen=True, eq=False)
class PointPaths:
    """Paths from one mast to those of a list of points that lie within a distance; arrays of one length.

    `points` are the indices in the list. `mast`, `row` and `col` are in pixels of the grid, 0.0 at the middle of the
    first row or column. `azimuth_deg` is clockwise from north, seen from the mast.
    """

    mast: tuple[float, float]
    points: NDArray[np.int64]
    row: NDArray[np.float64]
    col: NDArray[np.float64]
    distance_km: NDArray[np.float64]
    azimuth_deg: NDArray[np.float32]


def metres_of_lon(mast_lat: float, lats: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Metres per degree of longitude half way between the mast and each latitude."""
    return np.array([metres_per_degree(0.5 * (mast_lat + float(each)))[0] for each in lats], dtype=np.float64)


def paths_to_points(
    mast_lon: float,
    mast_lat: float,
    *,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    grid: Grid,
    farthest_km: float,
) -> PointPaths:
    """Return the paths from a mast to the points within `farthest_km`; positions in EPSG:4326 degrees."""
    lat_m = metres_per_degree(mast_lat)[1]
    near = np.flatnonzero(np.abs(lat - mast_lat) * lat_m <= 1000.0 * farthest_km)
    north = (lat[near] - mast_lat) * lat_m / 1000.0
    east = (lon[near] - mast_lon) * metres_of_lon(mast_lat, lat[near]) / 1000.0
    distance = np.hypot(north, east)
    within = distance <= farthest_km
    points = near[within]
    mast_row, mast_col = grid.fractional_row_col(mast_lon, mast_lat)
    row, col = grid.fractional_rows_cols(lon[points], lat[points])
    return PointPaths(
        mast=(mast_row - 0.5, mast_col - 0.5),
        points=points.astype(np.int64),
        row=row - 0.5,
        col=col - 0.5,
        distance_km=distance[within],
        azimuth_deg=np.degrees(np.arctan2(east[within], north[within])).astype(np.float32),
    )
