"""The raster an assessment computes on: terrain with a margin, the area's own pixels and their communes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.transform import Affine

from geo.domain.grid import Bounds, Grid
from geo.radio.areas import ONE_PIXEL
from geo.radio.model import RadioModel
from geo.radio.terrain import ClutterWindow, TerrainWindow, flat_terrain, read_clutter, read_terrain
from geo.settings import Settings
from geo.store.repositories import RasterRecord, UnitRecord
from geo.workflows.assessment.folders import raster_file
from geo.workflows.assessment.inputs import Inputs
from geo.workflows.assessment.keys import DIGEST_BYTES, digest_of

REACH_STEP_M = 5_000.0
# Side of the squares of terrain that have a digest of their own, in pixels.
SQUARE = 256
SQUARE_DIGEST = f"S{2 * DIGEST_BYTES}"


@dataclass(frozen=True, eq=False)
class Territory:
    """The raster of an assessment: `labels` (of the shape of `area`) are numbers of communes from 1, 0 outside."""

    area: Grid
    labels: NDArray[np.uint16]


@dataclass(frozen=True, eq=False)
class Window:
    """Terrain and clutter with a margin, and the territory inside.

    `squares` are digests of the squares of `SQUARE` pixels that the terrain is cut into, with all that a path over them
    meets: heights, voids, clutter, and the pixels that losses are wanted at.
    """

    terrain: TerrainWindow
    clutter: ClutterWindow | None
    territory: Territory
    squares: NDArray[np.bytes_]

    @property
    def origin(self) -> tuple[int, int]:
        """Row and column of the territory's first pixel in the terrain."""
        return origin_of(self.territory, self.terrain)

    def terrain_document(self) -> dict[str, object]:
        """Return what every output says about the terrain: used, step_m, void_share (of the area, 0..1)."""
        row, col = self.origin
        inside = self.territory.labels > 0
        void = self.terrain.void[row : row + inside.shape[0], col : col + inside.shape[1]]
        return {
            "used": not self.terrain.is_flat,
            "step_m": round(self.terrain.step_m, 1),
            "void_share": 0.0 if self.terrain.is_flat else float(void[inside].mean()),
            "clutter_used": self.clutter is not None,
            "unknown_land_cover": [] if self.clutter is None else list(self.clutter.unknown_classes),
        }


def origin_of(territory: Territory, terrain: TerrainWindow) -> tuple[int, int]:
    """Return row and column of the territory's first pixel in the terrain."""
    row, col = terrain.grid.fractional_row_col(territory.area.west, territory.area.north)
    return round(row), round(col)


def wanted_pixels(territory: Territory, terrain: TerrainWindow) -> NDArray[np.uint8]:
    """Return the mask on the terrain of the territory's pixels, one pixel where these are all."""
    labels = territory.labels
    if labels.shape == terrain.grid.shape and bool(labels.all()):
        return ONE_PIXEL
    mask = np.zeros(terrain.grid.shape, np.uint8)
    row, col = origin_of(territory, terrain)
    mask[row : row + labels.shape[0], col : col + labels.shape[1]] = labels > 0
    return mask


def window_of(terrain: TerrainWindow, clutter: ClutterWindow | None, territory: Territory) -> Window:
    """Return a window with the digests of its squares."""
    wanted = wanted_pixels(territory, terrain)
    layers = [terrain.heights_m, terrain.void]
    layers += [] if clutter is None else [clutter.heights_m]
    layers += [] if wanted.size == 1 else [wanted]
    rows, cols = terrain.grid.shape
    squares = [
        [
            digest_of(*(layer[r : r + SQUARE, c : c + SQUARE] for layer in layers)).encode()
            for c in range(0, cols, SQUARE)
        ]
        for r in range(0, rows, SQUARE)
    ]
    return Window(terrain, clutter, territory, np.array(squares, SQUARE_DIGEST))


def window_margin_m(inputs: Inputs) -> float:
    """Return how far the terrain is read around the area, in whole steps.

    One more cell then does not move the raster, and with it every kept result.
    """
    return REACH_STEP_M * math.ceil(inputs.farthest_reach_m / REACH_STEP_M)


def read_window(inputs: Inputs, settings: Settings) -> Window:
    """Read terrain and land cover around the area, flat ground where no terrain was imported."""
    terrain = _terrain(inputs, settings)
    clutter = read_clutter_layers(inputs.rasters, terrain.grid, model=inputs.model, home=settings.home_path)
    area = area_grid(terrain.grid, inputs.bounds)
    return window_of(terrain, clutter, rasterize_communes(inputs.communes, area))


def raster_path(home: Path, raster: RasterRecord) -> Path:
    """Return where an imported raster lies."""
    return raster_file(home, raster.file_sha256)


def read_clutter_layers(
    rasters: Sequence[RasterRecord], grid: Grid, *, model: RadioModel, home: Path
) -> ClutterWindow | None:
    """Return clutter heights on a grid; where several land cover rasters meet it, the tallest class counts."""
    found = [
        read_clutter(
            raster_path(home, layer), grid=grid, heights_m=model.clutter_heights_m, groups=model.clutter_groups
        )
        for layer in rasters
        if layer.kind == "landcover" and layer.bounds.intersects(grid.bounds)
    ]
    if not found:
        return None
    unknown = sorted({code for window in found for code in window.unknown_classes})
    heights, groups = found[0].heights_m, found[0].groups
    for window in found[1:]:
        better = (window.heights_m > heights) | ((window.heights_m == heights) & (groups == 0))
        groups = np.where(better, window.groups, groups)
        heights = np.maximum(heights, window.heights_m)
    return ClutterWindow(grid, heights, tuple(unknown), groups)


def area_grid(grid: Grid, bounds: Bounds) -> Grid:
    """Return the pixels of `grid` that meet `bounds`."""
    first_row, first_col = (max(0, math.floor(value)) for value in grid.fractional_row_col(bounds.west, bounds.north))
    last_row, last_col = (math.ceil(value) for value in grid.fractional_row_col(bounds.east, bounds.south))
    return Grid(
        west=grid.west + first_col * grid.step_x,
        north=grid.north - first_row * grid.step_y,
        step_x=grid.step_x,
        step_y=grid.step_y,
        rows=min(grid.rows, last_row) - first_row,
        cols=min(grid.cols, last_col) - first_col,
        crs=grid.crs,
    )


def rasterize_communes(communes: tuple[UnitRecord, ...], area: Grid) -> Territory:
    """Give each pixel to the commune that holds its middle."""
    labels = rasterize(
        [(commune.geometry, number + 1) for number, commune in enumerate(communes)],
        out_shape=area.shape,
        transform=Affine(*area.transform),
        fill=0,
        dtype="uint16",
    )
    return Territory(area, labels)


def _terrain(inputs: Inputs, settings: Settings) -> TerrainWindow:
    margin_m = window_margin_m(inputs)
    layers = inputs.rasters_of("terrain")
    if not layers:
        return flat_terrain(inputs.bounds, step_deg=inputs.model.terrain_step_deg, margin_m=margin_m)
    paths = [raster_path(settings.home_path, layer) for layer in layers]
    return read_terrain(paths, bounds=inputs.bounds, margin_m=margin_m)
