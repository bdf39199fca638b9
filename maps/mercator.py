"""Frames of pictures in Web Mercator: tiles, and boxes of a chosen size."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rasterio.transform import Affine
from rasterio.warp import transform_bounds

from geo.domain.grid import WGS84, WGS84_SEMI_MAJOR_AXIS_M, Bounds

WEB_MERCATOR = "EPSG:3857"
TILE_PIXELS = 256
_HALF_WORLD_M = math.pi * WGS84_SEMI_MAJOR_AXIS_M


@dataclass(frozen=True, slots=True)
class Frame:
    """Pixels of a picture in EPSG:3857: left and upper edge and side of a pixel in metres of the projection.

    `left_px` and `top_px` count its first pixel in an endless sheet, so that patterns go on in the next tile.
    """

    west_m: float
    north_m: float
    pixel_m: float
    rows: int
    cols: int
    left_px: int = 0
    top_px: int = 0

    @classmethod
    def of_tile(cls, z: int, x: int, y: int) -> Frame:
        """Return the frame of a map tile."""
        size_m = 2.0 * _HALF_WORLD_M / 2**z
        corner = (-_HALF_WORLD_M + x * size_m, _HALF_WORLD_M - y * size_m)
        return cls(*corner, size_m / TILE_PIXELS, TILE_PIXELS, TILE_PIXELS, x * TILE_PIXELS, y * TILE_PIXELS)

    @classmethod
    def around(cls, box: Bounds, *, longest_px: int) -> Frame:
        """Return the smallest frame that holds a box (EPSG:4326) and is `longest_px` wide or high."""
        west, south, east, north = transform_bounds(WGS84, WEB_MERCATOR, box.west, box.south, box.east, box.north)
        pixel_m = max(east - west, north - south) / longest_px
        rows, cols = math.ceil((north - south) / pixel_m), math.ceil((east - west) / pixel_m)
        return cls(west, north, pixel_m, max(1, rows), max(1, cols))

    @property
    def transform(self) -> Affine:
        """From column and row to metres of the projection."""
        return Affine(self.pixel_m, 0.0, self.west_m, 0.0, -self.pixel_m, self.north_m)

    @property
    def box_m(self) -> tuple[float, float, float, float]:
        """West, south, east and north in metres of the projection."""
        south_m = self.north_m - self.rows * self.pixel_m
        return self.west_m, south_m, self.west_m + self.cols * self.pixel_m, self.north_m

    @property
    def bounds(self) -> Bounds:
        """The box in EPSG:4326."""
        return Bounds(*transform_bounds(WEB_MERCATOR, WGS84, *self.box_m))

    def grown(self, pixels: int) -> Frame:
        """Return the frame with more pixels on each side."""
        by_m = pixels * self.pixel_m
        return Frame(
            self.west_m - by_m,
            self.north_m + by_m,
            self.pixel_m,
            self.rows + 2 * pixels,
            self.cols + 2 * pixels,
            self.left_px - pixels,
            self.top_px - pixels,
        )

    def longitudes(self) -> NDArray[np.float64]:
        """Degrees at the middle of each column."""
        x_m = self.west_m + (np.arange(self.cols) + 0.5) * self.pixel_m
        return np.asarray(np.degrees(x_m / WGS84_SEMI_MAJOR_AXIS_M))

    def latitudes(self) -> NDArray[np.float64]:
        """Degrees at the middle of each row."""
        y_m = self.north_m - (np.arange(self.rows) + 0.5) * self.pixel_m
        return np.asarray(np.degrees(2.0 * np.arctan(np.exp(y_m / WGS84_SEMI_MAJOR_AXIS_M)) - math.pi / 2.0))
