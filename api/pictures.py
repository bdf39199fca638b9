"""Coverage rasters as map tiles (Web Mercator, PNG)."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rasterio.enums import Resampling
from rasterio.transform import Affine
from rasterio.warp import reproject

from geo.domain.grid import Grid
from maps.mercator import TILE_PIXELS, WEB_MERCATOR, Frame
from maps.palette import NO_DATA_FILL, RGBA, STATE_STYLES, rgba
from maps.rasters import COVERED, NO_DATA, NOT_COVERED

_OUTSIDE = 254
_ALPHA = 185


def public_tile(
    values: NDArray[np.uint8], grid: Grid, *, mask: NDArray[np.bool_] | None, z: int, x: int, y: int
) -> bytes:
    """Draw a tile of a public raster (0 not covered, 1 covered, 255 no data), each 500 m cell as it is.

    `values` and `mask` have the shape of `grid`; what lies outside the mask stays transparent, while "no data" inside
    has a colour of its own.
    """
    inside = values if mask is None else np.where(mask, values, _OUTSIDE).astype(np.uint8)
    drawn = np.full((TILE_PIXELS, TILE_PIXELS), _OUTSIDE, dtype=np.uint8)
    reproject(
        inside,
        drawn,
        src_transform=Affine(*grid.transform),
        src_crs=grid.crs,
        dst_transform=Frame.of_tile(z, x, y).transform,
        dst_crs=WEB_MERCATOR,
        resampling=Resampling.nearest,
        init_dest_nodata=False,
    )
    image = Image.fromarray(drawn, mode="P")
    colours = _public_colours()
    image.putpalette([channel for colour in colours for channel in colour[:3]])
    out = io.BytesIO()
    image.save(out, format="PNG", optimize=True, transparency=bytes(colour[3] for colour in colours))
    return out.getvalue()


def _public_colours() -> list[RGBA]:
    colours: list[RGBA] = [(0, 0, 0, 0)] * 256
    colours[COVERED] = rgba(STATE_STYLES["covered"].fill, alpha=_ALPHA)
    colours[NOT_COVERED] = rgba(STATE_STYLES["not_covered"].fill, alpha=150)
    colours[NO_DATA] = rgba(NO_DATA_FILL, alpha=150)
    return colours
