"""Relief: the ground as it is lit from the north-west, as pictures that lie beneath the map."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from PIL import Image
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds

from maps.mercator import WEB_MERCATOR, Frame

WEBP = "image/webp"
# Of the relief of a whole territory in one picture, for those who get no tiles.
RELIEF_PIXELS = 1400
# The light of maps since the copper plate: from the north-west, half way up.
_LIGHT_AZIMUTH_DEG, _LIGHT_ELEVATION_DEG = 315.0, 45.0
# Level ground is this bright (0..1), and this much of the light shapes it: colours laid over it stay themselves.
_LEVEL_GROUND, _DEPTH = 0.90, 0.62
# The wider a pixel, the flatter the slopes that are left; heights are raised by (pixel / this many metres)^power.
_TRUE_AT_M, _RAISED_POWER = 25.0, 0.45
_MARGIN_PX = 2
_QUALITY = 82


def relief_picture(terrain: Sequence[Path], frame: Frame) -> bytes:
    """Draw the relief of a frame as WebP in greys; as level ground where no raster has a height.

    `terrain` are rasters of heights in metres; where several hold a pixel, the first counts. A pixel depends on the
    ground around it and on the scale alone, so that tiles meet without seams.
    """
    heights = _heights_m(terrain, frame.grown(_MARGIN_PX))
    grey = _shaded(heights, _ground_pixel_m(frame), _raised(frame))[_MARGIN_PX:-_MARGIN_PX, _MARGIN_PX:-_MARGIN_PX]
    out = io.BytesIO()
    filled = np.where(np.isfinite(grey), grey, _LEVEL_GROUND)
    Image.fromarray((255.0 * filled).round().astype(np.uint8)).save(out, format="WEBP", quality=_QUALITY, method=3)
    return out.getvalue()


def _ground_pixel_m(frame: Frame) -> NDArray[np.float64]:
    """Side of a pixel on the ground, by row: Web Mercator stretches everything by 1 / cos(latitude)."""
    return frame.pixel_m * np.cos(np.radians(frame.grown(_MARGIN_PX).latitudes()))


def _raised(frame: Frame) -> float:
    return float(max(1.0, frame.pixel_m / _TRUE_AT_M) ** _RAISED_POWER)


def _heights_m(terrain: Sequence[Path], frame: Frame) -> NDArray[np.float32]:
    heights = np.full((frame.rows, frame.cols), np.nan, np.float32)
    for path in terrain:
        missing = np.isnan(heights)
        if not missing.any():
            break
        found = _warped(path, frame)
        if found is not None:
            heights[missing] = found[missing]
    return heights


def _warped(path: Path, frame: Frame) -> NDArray[np.float32] | None:
    """Read a raster onto a frame, NaN where it has no height; None when it does not meet the frame."""
    west, south, east, north = frame.box_m
    with rasterio.open(path) as dataset:
        box = transform_bounds(dataset.crs, WEB_MERCATOR, *dataset.bounds)
        if box[0] >= east or box[2] <= west or box[1] >= north or box[3] <= south:
            return None
        step_m = (box[2] - box[0]) / dataset.width
        # A smooth surface through whole metres: between them the light would draw the steps.
        way = Resampling.average if frame.pixel_m > step_m else Resampling.cubic_spline
        with WarpedVRT(
            dataset,
            crs=WEB_MERCATOR,
            transform=frame.transform,
            width=frame.cols,
            height=frame.rows,
            resampling=way,
            dtype="float32",
            nodata=math.nan,
            src_nodata=dataset.nodata,
        ) as warped:
            return np.asarray(warped.read(1), dtype=np.float32)


def _shaded(heights_m: NDArray[np.float32], pixel_m: NDArray[np.float64], raised: float) -> NDArray[np.float64]:
    """Brightness 0..1 of every pixel (Horn's slopes, Lambert's law), NaN beside a missing height."""
    padded = np.pad(heights_m.astype(np.float64) * raised, 1, mode="edge")
    rows = padded[:-2] + 2.0 * padded[1:-1] + padded[2:]
    cols = padded[:, :-2] + 2.0 * padded[:, 1:-1] + padded[:, 2:]
    east = (rows[:, 2:] - rows[:, :-2]) / (8.0 * pixel_m[:, np.newaxis])
    north = (cols[:-2] - cols[2:]) / (8.0 * pixel_m[:, np.newaxis])
    azimuth, elevation = math.radians(_LIGHT_AZIMUTH_DEG), math.radians(_LIGHT_ELEVATION_DEG)
    light = math.cos(elevation) * (-east * math.sin(azimuth) - north * math.cos(azimuth)) + math.sin(elevation)
    lit = light / np.sqrt(1.0 + east**2 + north**2)
    grey: NDArray[np.float64] = np.clip(_LEVEL_GROUND + _DEPTH * (lit - math.sin(elevation)), 0.0, 1.0)
    return grey
