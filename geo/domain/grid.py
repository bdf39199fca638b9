"""Positions and regular grids; the only places where coordinates come without a name for their order."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WGS84 = "EPSG:4326"
# A place this near to an edge (in pixels) is on that edge, but for floating point noise.
EDGE_TOLERANCE = 1.0e-6

# Defining constants of the WGS 84 ellipsoid (NIMA TR8350.2, table 3.1).
WGS84_SEMI_MAJOR_AXIS_M = 6_378_137.0
WGS84_FLATTENING = 1.0 / 298.257223563
_ECCENTRICITY_SQUARED = WGS84_FLATTENING * (2.0 - WGS84_FLATTENING)


@dataclass(frozen=True, slots=True)
class LonLat:
    """A position in EPSG:4326, in degrees."""

    lon: float
    lat: float

    def __post_init__(self) -> None:
        if not (-180.0 <= self.lon <= 180.0 and -90.0 <= self.lat <= 90.0):
            raise ValueError(f"not a position in degrees: lon={self.lon}, lat={self.lat}")


@dataclass(frozen=True, slots=True)
class Bounds:
    """A box `west <= east`, `south <= north`, in the units of the CRS it is used with."""

    west: float
    south: float
    east: float
    north: float

    def __post_init__(self) -> None:
        if not (self.west <= self.east and self.south <= self.north):
            raise ValueError(f"not a box: {self}")

    def buffered(self, margin_x: float, margin_y: float) -> Bounds:
        """Return the box grown by the margins on every side."""
        return Bounds(self.west - margin_x, self.south - margin_y, self.east + margin_x, self.north + margin_y)

    def intersects(self, other: Bounds) -> bool:
        """Tell whether the two boxes share at least a point."""
        return (
            self.west <= other.east
            and other.west <= self.east
            and self.south <= other.north
            and other.south <= self.north
        )


@dataclass(frozen=True, slots=True)
class Grid:
    """A north-up raster of `rows` x `cols` pixels; row 0 is the northern edge, column 0 the western one.

    `west` and `north` are the outer edges of the first pixel, `step_x` and `step_y` the positive pixel sizes, all in
    the units of `crs` (degrees for EPSG:4326, metres for a projected CRS).
    """

    west: float
    north: float
    step_x: float
    step_y: float
    rows: int
    cols: int
    crs: str = WGS84

    def __post_init__(self) -> None:
        if self.step_x <= 0 or self.step_y <= 0 or self.rows < 1 or self.cols < 1:
            raise ValueError(f"not a grid: {self}")

    @property
    def shape(self) -> tuple[int, int]:
        """`(rows, cols)`."""
        return self.rows, self.cols

    @property
    def bounds(self) -> Bounds:
        """Outer edges of the grid."""
        return Bounds(self.west, self.north - self.rows * self.step_y, self.west + self.cols * self.step_x, self.north)

    @property
    def transform(self) -> tuple[float, float, float, float, float, float]:
        """Affine coefficients `(a, b, c, d, e, f)` as rasterio's `Affine(*transform)` takes them."""
        return self.step_x, 0.0, self.west, 0.0, -self.step_y, self.north

    @classmethod
    def covering(cls, bounds: Bounds, *, step_x: float, step_y: float, crs: str = WGS84) -> Grid:
        """Return the smallest grid over `bounds` whose edges are whole multiples of the steps.

        Two grids made with the same steps therefore share their pixel edges.
        """
        # Protects against an edge that is a whole multiple but for floating point noise.
        tolerance = 1e-9
        first_col = math.floor(bounds.west / step_x + tolerance)
        last_col = math.ceil(bounds.east / step_x - tolerance)
        first_row = math.ceil(bounds.north / step_y - tolerance)
        last_row = math.floor(bounds.south / step_y + tolerance)
        return cls(
            west=first_col * step_x,
            north=first_row * step_y,
            step_x=step_x,
            step_y=step_y,
            rows=max(1, first_row - last_row),
            cols=max(1, last_col - first_col),
            crs=crs,
        )

    def fractional_row_col(self, x: float, y: float) -> tuple[float, float]:
        """Return the position in pixels from the north-west corner; whole numbers are pixel edges.

        A position on an outer edge of the grid, all four of them, belongs to the grid: it is taken just inside.
        """
        return (
            _onto_grid((self.north - y) / self.step_y, self.rows),
            _onto_grid((x - self.west) / self.step_x, self.cols),
        )

    def fractional_rows_cols(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return positions in pixels from the north-west corner, each as `fractional_row_col`."""
        return (
            _all_onto_grid((self.north - y) / self.step_y, self.rows),
            _all_onto_grid((x - self.west) / self.step_x, self.cols),
        )

    def row_col(self, x: float, y: float) -> tuple[int, int] | None:
        """Return the pixel that holds the position, or None outside.

        An edge between two pixels belongs to the one south or east of it, an outer edge to the pixel inside.
        """
        fractional_row, fractional_col = self.fractional_row_col(x, y)
        row, col = math.floor(fractional_row + EDGE_TOLERANCE), math.floor(fractional_col + EDGE_TOLERANCE)
        if 0.0 <= fractional_row < self.rows and 0.0 <= fractional_col < self.cols:
            return min(row, self.rows - 1), min(col, self.cols - 1)
        return None

    def rows_cols(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """Return rows and columns of the pixels that hold positions, as `row_col`, and which positions have one.

        The row and column of a position outside are 0.
        """
        fractional_row, fractional_col = self.fractional_rows_cols(x, y)
        inside = (fractional_row >= 0.0) & (fractional_row < self.rows)
        inside &= (fractional_col >= 0.0) & (fractional_col < self.cols)
        row = np.minimum(np.floor(fractional_row + EDGE_TOLERANCE), self.rows - 1)
        col = np.minimum(np.floor(fractional_col + EDGE_TOLERANCE), self.cols - 1)
        return np.where(inside, row, 0).astype(np.int64), np.where(inside, col, 0).astype(np.int64), inside

    def center(self, row: int, col: int) -> tuple[float, float]:
        """Return `(x, y)` of the middle of a pixel."""
        return self.west + (col + 0.5) * self.step_x, self.north - (row + 0.5) * self.step_y

    def centers_x(self) -> NDArray[np.float64]:
        """x of the pixel middles, shape `(cols,)`."""
        return np.asarray(self.west + (np.arange(self.cols) + 0.5) * self.step_x, dtype=np.float64)

    def centers_y(self) -> NDArray[np.float64]:
        """y of the pixel middles from north to south, shape `(rows,)`."""
        return np.asarray(self.north - (np.arange(self.rows) + 0.5) * self.step_y, dtype=np.float64)

    def row_pixel_area_km2(self) -> NDArray[np.float64]:
        """Area of one pixel in each row, shape `(rows,)`: on the ellipsoid for EPSG:4326, plane otherwise."""
        if self.crs != WGS84:
            return np.full(self.rows, self.step_x * self.step_y / 1e6)
        lat_edges_deg = np.asarray(self.north - np.arange(self.rows + 1) * self.step_y, dtype=np.float64)
        zone_m2 = _ellipsoid_area_to_latitude_m2(lat_edges_deg)
        share_of_circle = self.step_x / 360.0
        return np.asarray((zone_m2[:-1] - zone_m2[1:]) * share_of_circle / 1e6, dtype=np.float64)


def _onto_grid(place: float, count: int) -> float:
    """Return a place in pixels, one on an outer edge as the nearest that lies inside."""
    if -EDGE_TOLERANCE <= place < 0.0:
        return 0.0
    last = count - EDGE_TOLERANCE
    return last if last < place <= count + EDGE_TOLERANCE else place


def _all_onto_grid(places: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """As `_onto_grid`, for many places at once."""
    last = count - EDGE_TOLERANCE
    first = np.where((places >= -EDGE_TOLERANCE) & (places < 0.0), 0.0, places)
    return np.asarray(np.where((first > last) & (first <= count + EDGE_TOLERANCE), last, first), dtype=np.float64)


def _ellipsoid_area_to_latitude_m2(lat_deg: NDArray[np.float64]) -> NDArray[np.float64]:
    """Area of WGS 84 between the equator and a parallel (Snyder, Map Projections, 1987, eq. 3-12)."""
    sin_lat = np.sin(np.radians(lat_deg))
    eccentricity = math.sqrt(_ECCENTRICITY_SQUARED)
    authalic = (1.0 - _ECCENTRICITY_SQUARED) * (
        sin_lat / (1.0 - _ECCENTRICITY_SQUARED * sin_lat**2) + np.arctanh(eccentricity * sin_lat) / eccentricity
    )
    return np.asarray(math.pi * WGS84_SEMI_MAJOR_AXIS_M**2 * authalic, dtype=np.float64)


def metres_per_degree(lat_deg: float) -> tuple[float, float]:
    """Return the length of one degree of longitude and of latitude in metres on WGS 84 at a latitude.

    Source: radii of curvature in the prime vertical and in the meridian (NIMA TR8350.2).
    """
    sin_lat = math.sin(math.radians(lat_deg))
    scale = 1.0 - _ECCENTRICITY_SQUARED * sin_lat * sin_lat
    prime_vertical_m = WGS84_SEMI_MAJOR_AXIS_M / math.sqrt(scale)
    meridian_m = WGS84_SEMI_MAJOR_AXIS_M * (1.0 - _ECCENTRICITY_SQUARED) / scale**1.5
    return math.radians(prime_vertical_m * math.cos(math.radians(lat_deg))), math.radians(meridian_m)
