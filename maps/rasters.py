"""Pictures of public coverage rasters, in Web Mercator as web maps draw them."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from PIL import Image
from rasterio.enums import Resampling
from rasterio.features import geometry_mask
from rasterio.transform import Affine
from rasterio.warp import reproject, transform_bounds
from shapely.geometry.base import BaseGeometry

from geo.domain.grid import WGS84, Bounds, Grid
from maps.mercator import WEB_MERCATOR
from maps.palette import NO_DATA_FILL, NO_DATA_INK, RGBA, STATE_STYLES, rgba

NOT_COVERED, COVERED, NO_DATA = 0, 1, 255
_OUTSIDE = 254
# Each 500 m cell is drawn this many pixels wide, so that the hatching of "no data" is finer than a cell.
PIXELS_PER_CELL = 4
_HATCH_PERIOD_PX = 6


@dataclass(frozen=True, slots=True)
class CoverageRaster:
    """A public raster of one technology: 0 not covered, 1 covered, 255 no data, shape `(rows, cols)` on `grid`."""

    technology: str
    values: NDArray[np.uint8]
    grid: Grid


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG and the box it fills, in EPSG:4326 degrees."""

    png: bytes
    bounds: Bounds

    @property
    def data_uri(self) -> str:
        """The picture as an address that needs no server."""
        return "data:image/png;base64," + base64.b64encode(self.png).decode("ascii")

    @property
    def leaflet_bounds(self) -> list[list[float]]:
        """`[[south, west], [north, east]]`."""
        return [[self.bounds.south, self.bounds.west], [self.bounds.north, self.bounds.east]]


def _to_web_mercator(raster: CoverageRaster, *, scale: int) -> tuple[NDArray[np.uint8], Bounds]:
    grid = raster.grid
    box = grid.bounds
    west, south, east, north = transform_bounds(grid.crs, WEB_MERCATOR, box.west, box.south, box.east, box.north)
    rows, cols = grid.rows * scale, grid.cols * scale
    out = np.full((rows, cols), _OUTSIDE, dtype=np.uint8)
    reproject(
        raster.values,
        out,
        src_transform=Affine(*grid.transform),
        src_crs=grid.crs,
        dst_transform=Affine((east - west) / cols, 0.0, west, 0.0, (south - north) / rows, north),
        dst_crs=WEB_MERCATOR,
        resampling=Resampling.nearest,
        init_dest_nodata=False,
    )
    return out, Bounds(*transform_bounds(WEB_MERCATOR, WGS84, west, south, east, north))


def _paint(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Palette indices: 0 transparent, 1 covered, 2 not covered, 3 no data, 4 hatch line of no data."""
    diagonal = np.arange(values.shape[0])[:, np.newaxis] + np.arange(values.shape[1])[np.newaxis, :]
    hatch = diagonal % _HATCH_PERIOD_PX == 0
    painted = np.zeros(values.shape, dtype=np.uint8)
    painted[values == COVERED] = 1
    painted[values == NOT_COVERED] = 2
    painted[values == NO_DATA] = 3
    painted[(values == NO_DATA) & hatch] = 4
    return painted


def _palette() -> list[RGBA]:
    return [
        (0, 0, 0, 0),
        rgba(STATE_STYLES["covered"].fill, alpha=185),
        rgba(STATE_STYLES["not_covered"].fill, alpha=150),
        rgba(NO_DATA_FILL, alpha=150),
        rgba(NO_DATA_INK, alpha=220),
    ]


def territory_mask(outlines: Sequence[BaseGeometry], grid: Grid) -> NDArray[np.bool_] | None:
    """Pixels of `grid` that touch the outlines (EPSG:4326); None without outlines."""
    if not outlines:
        return None
    forward = pyproj.Transformer.from_crs(WGS84, grid.crs, always_xy=True)
    projected = [shapely.transform(outline, forward.transform, interleaved=False) for outline in outlines]
    inside = geometry_mask(
        projected, out_shape=grid.shape, transform=Affine(*grid.transform), all_touched=True, invert=True
    )
    return np.asarray(inside, dtype=np.bool_)


def coverage_picture(raster: CoverageRaster, *, mask: NDArray[np.bool_] | None = None) -> Picture:
    """Draw a public raster; pixels outside `mask` (shape of the raster, True inside the territory) stay transparent."""
    values = raster.values if mask is None else np.where(mask, raster.values, _OUTSIDE).astype(np.uint8)
    warped, bounds = _to_web_mercator(CoverageRaster(raster.technology, values, raster.grid), scale=PIXELS_PER_CELL)
    image = Image.fromarray(_paint(warped), mode="P")
    colours = _palette()
    image.putpalette([channel for colour in colours for channel in colour[:3]])
    out = io.BytesIO()
    image.save(out, format="PNG", optimize=True, transparency=bytes(colour[3] for colour in colours))
    return Picture(out.getvalue(), bounds)
