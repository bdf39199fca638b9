"""Coverage rasters as map tiles (Web Mercator, PNG)."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rasterio.enums import Resampling
from rasterio.transform import Affine
from rasterio.warp import reproject

from geo.domain.grid import WGS84_SEMI_MAJOR_AXIS_M, Grid
from maps.palette import NO_DATA_FILL, RGBA, STATE_STYLES, level_colormap, rgba
from maps.rasters import COVERED, NO_DATA, NOT_COVERED, WEB_MERCATOR

TILE_PIXELS = 256
_HALF_WORLD_M = np.pi * WGS84_SEMI_MAJOR_AXIS_M
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
        dst_transform=_tile_transform(z, x, y),
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


def level_tile(path: Path, *, z: int, x: int, y: int) -> bytes:
    """Draw a tile of a raster of levels (int16, 0.1 dBm); "no data" and "not reached" stay transparent."""
    # Only viewers with site rights ask for levels; the library takes longer to load than to draw.
    from rio_tiler.errors import TileOutsideBounds
    from rio_tiler.io import Reader

    with Reader(str(path)) as reader:
        try:
            image = reader.tile(x, y, z, tilesize=TILE_PIXELS, resampling_method="nearest", reproject_method="nearest")
        except TileOutsideBounds:
            return _empty_tile()
    return bytes(image.render(img_format="PNG", colormap=level_colormap(alpha=_ALPHA), add_mask=True))


def _tile_transform(z: int, x: int, y: int) -> Affine:
    size_m = 2.0 * _HALF_WORLD_M / 2**z
    pixel_m = size_m / TILE_PIXELS
    return Affine(pixel_m, 0.0, -_HALF_WORLD_M + x * size_m, 0.0, -pixel_m, _HALF_WORLD_M - y * size_m)


def _empty_tile() -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (TILE_PIXELS, TILE_PIXELS)).save(out, format="PNG", optimize=True)
    return out.getvalue()


def _public_colours() -> list[RGBA]:
    colours: list[RGBA] = [(0, 0, 0, 0)] * 256
    colours[COVERED] = rgba(STATE_STYLES["covered"].fill, alpha=_ALPHA)
    colours[NOT_COVERED] = rgba(STATE_STYLES["not_covered"].fill, alpha=150)
    colours[NO_DATA] = rgba(NO_DATA_FILL, alpha=150)
    return colours
