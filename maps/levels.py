"""Pictures of levels at full resolution, by the tiers of the coverage rule; only for those who may see stations."""

from __future__ import annotations

import io
import math
import threading
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from PIL import Image
from rasterio.features import geometry_mask
from rasterio.transform import Affine
from rasterio.warp import transform_bounds
from shapely.geometry.base import BaseGeometry

from geo.domain.grid import WGS84_SEMI_MAJOR_AXIS_M
from geo.domain.rules import CoverageRule
from maps.mercator import WEB_MERCATOR, Frame
from maps.palette import NO_DATA_FILL, NO_DATA_INK, TIER_COLOURS, WEAK_FILL, rgba

# Marks of the stored levels (int16, tenths of a dBm).
NO_DATA = -32768
_OUTSIDE, _NO_DATA, _HATCH, _WEAK, _FIRST_TIER = 0, 1, 2, 3, 4
# The library silences a warning of its own while it rasterizes, which holds for one thread only.
_ONE_AT_A_TIME = threading.Lock()
# Divides the side of a tile, so that the lines go on in the next one.
_HATCH_PERIOD_PX = 8


@dataclass(frozen=True, eq=False)
class Territory:
    """The outlines (EPSG:4326) that tell "no data" from what lies outside, found by place."""

    outlines: tuple[BaseGeometry, ...]
    tree: shapely.STRtree

    @classmethod
    def of(cls, outlines: Sequence[BaseGeometry]) -> Territory:
        """Index outlines."""
        return cls(tuple(outlines), shapely.STRtree(list(outlines)))

    def within(self, box: tuple[float, float, float, float]) -> list[BaseGeometry]:
        """Return the outlines cut to a box: west, south, east, north in degrees."""
        meeting = self.tree.query(shapely.box(*box))
        return [shapely.clip_by_rect(self.outlines[number], *box) for number in sorted(meeting)]


def level_picture(path: Path, frame: Frame, *, technology: str, rule: CoverageRule, territory: Territory) -> bytes:
    """Draw a frame of a raster of levels as PNG: a colour per tier, a pale one below all, "no data" hatched.

    Opaque inside the territory and transparent outside: whoever lays it over the relief multiplies the two.
    """
    values, inside = _read(path, frame, territory)
    painted = _painted(values, _breaks(technology, rule))
    hatch = (np.add.outer(frame.top_px + np.arange(frame.rows), frame.left_px + np.arange(frame.cols))) % (
        _HATCH_PERIOD_PX
    ) < 2
    painted[(painted == _NO_DATA) & hatch] = _HATCH
    painted[~inside] = _OUTSIDE
    return _png(painted, rule)


def _breaks(technology: str, rule: CoverageRule) -> list[int]:
    """Thresholds of the tiers, weakest first, in the unit of the raster: a level is stored as the tenth below it."""
    return [math.ceil(10.0 * rule.threshold_dbm(technology, tier) - 1e-6) for tier in rule.tiers_dbm]


def _painted(values: NDArray[np.int16], breaks: Sequence[int]) -> NDArray[np.uint8]:
    painted = (_WEAK + np.digitize(values, np.asarray(breaks, np.int32))).astype(np.uint8)
    painted[values == NO_DATA] = _NO_DATA
    return painted


def _png(painted: NDArray[np.uint8], rule: CoverageRule) -> bytes:
    colours = [NO_DATA_FILL, NO_DATA_FILL, NO_DATA_INK, WEAK_FILL, *(TIER_COLOURS[tier] for tier in rule.tiers_dbm)]
    image = Image.fromarray(painted, mode="P")
    image.putpalette([channel for colour in colours for channel in rgba(colour)[:3]])
    out = io.BytesIO()
    image.save(out, format="PNG", optimize=True, transparency=_OUTSIDE)
    return out.getvalue()


def _read(path: Path, frame: Frame, territory: Territory) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """Return levels and what is inside the territory, both as the nearest pixel of the raster has them."""
    # Only viewers with site rights ask for levels; the library takes longer to load than to draw.
    from rio_tiler.io import Reader

    with rasterio.open(path) as dataset:
        box = transform_bounds(dataset.crs, WEB_MERCATOR, *dataset.bounds)
        grid = dataset.transform
    west, south, east, north = frame.box_m
    if box[0] >= east or box[2] <= west or box[1] >= north or box[3] <= south:
        shape = (frame.rows, frame.cols)
        return np.full(shape, NO_DATA, np.int16), np.zeros(shape, np.bool_)
    with Reader(str(path)) as reader:
        image = reader.part(
            frame.box_m,
            bounds_crs=WEB_MERCATOR,
            dst_crs=WEB_MERCATOR,
            width=frame.cols,
            height=frame.rows,
            resampling_method="nearest",
            reproject_method="nearest",
        )
    values = np.ma.filled(image.array[0], NO_DATA).astype(np.int16)
    return values, _inside(frame, grid, territory)


def _inside(frame: Frame, grid: Affine, territory: Territory) -> NDArray[np.bool_]:
    """Tell which pixels of a frame are inside: at their own middle, or at that of the raster's pixel where it is wider.

    The raster gives a pixel to the territory that holds its middle; by the outline itself a rim of "no data" would
    appear along borders.
    """
    lon, lat = frame.longitudes(), frame.latitudes()
    if abs(lon[-1] - lon[0]) / max(1, frame.cols - 1) >= grid.a:
        return _rasterized(territory.within(astuple(frame.bounds)), frame)
    cols = np.floor((lon - grid.c) / grid.a).astype(int)
    rows = np.floor((lat - grid.f) / grid.e).astype(int)
    west, north = grid * (int(cols[0]), int(rows[0]))
    height, width = int(rows[-1] - rows[0]) + 1, int(cols[-1] - cols[0]) + 1
    window = Affine(grid.a, 0.0, west, 0.0, grid.e, north)
    outlines = territory.within((west, north + height * grid.e, west + width * grid.a, north))
    coarse = _mask(outlines, (height, width), window)
    found: NDArray[np.bool_] = coarse[np.ix_(rows - rows[0], cols - cols[0])]
    return found


def _rasterized(outlines: Sequence[BaseGeometry], frame: Frame) -> NDArray[np.bool_]:
    projected = [shapely.transform(outline, _to_mercator) for outline in outlines]
    return _mask(projected, (frame.rows, frame.cols), frame.transform)


def _to_mercator(points: NDArray[np.float64]) -> NDArray[np.float64]:
    lon, lat = np.radians(points[:, 0]), np.radians(points[:, 1])
    return WGS84_SEMI_MAJOR_AXIS_M * np.column_stack([lon, np.log(np.tan(np.pi / 4.0 + lat / 2.0))])


def _mask(outlines: Sequence[BaseGeometry], shape: tuple[int, int], transform: Affine) -> NDArray[np.bool_]:
    solid = [outline for outline in outlines if not outline.is_empty]
    if not solid:
        return np.zeros(shape, np.bool_)
    with _ONE_AT_A_TIME:
        mask = geometry_mask(solid, out_shape=shape, transform=transform, invert=True)
    return np.asarray(mask, dtype=np.bool_)
