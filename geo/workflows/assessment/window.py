"""The raster an assessment computes on: terrain with a margin, the area's own pixels and their communes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.transform import Affine

from geo.domain.grid import Bounds, Grid
from geo.radio.areas import ONE_PIXEL
from geo.radio.correction import NO_GROUPS
from geo.radio.model import RadioModel
from geo.radio.terrain import ClutterWindow, TerrainWindow, flat_terrain, read_clutter, read_terrain
from geo.settings import Settings
from geo.store.repositories import RasterRecord, UnitRecord
from geo.workflows.assessment.folders import raster_file
from geo.workflows.assessment.inputs import Inputs
from geo.workflows.assessment.keys import DIGEST_BYTES, digest_of
from geo.workflows.assessment.tiles import Tile, TileSurface, tiles_of

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
class Rasters:
    """The pixels of a window: terrain and clutter with a margin, and the territory inside."""

    terrain: TerrainWindow
    clutter: ClutterWindow | None
    territory: Territory


@dataclass(frozen=True, eq=False)
class Window:
    """Terrain and clutter with a margin, and the territory inside; its pixels may still be on their way.

    `grid` is that of the terrain, `area` that of the territory. `squares` are digests of the squares of `SQUARE` pixels
    that the terrain is cut into, with all that a path over them meets: heights, voids, clutter, and the pixels that
    losses are wanted at. `tiles` are those that hold pixels of the territory. `has_clutter` tells whether anything
    stands anywhere. `document` is what every output says about the terrain: used, step_m, void_share (of the territory,
    0..1), clutter_used, unknown_land_cover.
    """

    grid: Grid
    area: Grid
    squares: NDArray[np.bytes_]
    tiles: tuple[TileSurface, ...]
    has_clutter: bool
    document: Mapping[str, object]
    rasters: Future[Rasters]

    @property
    def terrain(self) -> TerrainWindow:
        """Heights and voids."""
        return self.rasters.result().terrain

    @property
    def clutter(self) -> ClutterWindow | None:
        """Heights and groups of land cover, None without any."""
        return self.rasters.result().clutter

    @property
    def territory(self) -> Territory:
        """Communes by pixel."""
        return self.rasters.result().territory

    @property
    def origin(self) -> tuple[int, int]:
        """Row and column of the territory's first pixel in the terrain."""
        return origin_of(self.area, self.grid)

    def void_of(self, tile: Tile) -> NDArray[np.bool_]:
        """Return the voids of a tile."""
        return self.terrain.void[self._part_of(tile)]

    def groups_of(self, tile: Tile) -> NDArray[np.uint8]:
        """Return the clutter groups of a tile, of one pixel where there is no land cover."""
        clutter = self.clutter
        if clutter is None or clutter.groups.size == 1:
            return NO_GROUPS
        return clutter.groups[self._part_of(tile)]

    def _part_of(self, tile: Tile) -> tuple[slice, slice]:
        row, col = self.origin[0] + tile.first_row, self.origin[1] + tile.first_col
        return slice(row, row + tile.rows), slice(col, col + tile.cols)


def origin_of(area: Grid, grid: Grid) -> tuple[int, int]:
    """Return row and column of an area's first pixel in a grid around it."""
    row, col = grid.fractional_row_col(area.west, area.north)
    return round(row), round(col)


def wanted_pixels(territory: Territory, terrain: TerrainWindow) -> NDArray[np.uint8]:
    """Return the mask on the terrain of the territory's pixels, one pixel where these are all."""
    labels = territory.labels
    if labels.shape == terrain.grid.shape and bool(labels.all()):
        return ONE_PIXEL
    mask = np.zeros(terrain.grid.shape, np.uint8)
    row, col = origin_of(territory.area, terrain.grid)
    mask[row : row + labels.shape[0], col : col + labels.shape[1]] = labels > 0
    return mask


def window_of(terrain: TerrainWindow, clutter: ClutterWindow | None, territory: Territory) -> Window:
    """Return a window with the digests of its squares and tiles."""
    pixels: Future[Rasters] = Future()
    pixels.set_result(Rasters(terrain, clutter, territory))
    window = Window(
        grid=terrain.grid,
        area=territory.area,
        squares=_squares(terrain, clutter, territory),
        tiles=(),
        has_clutter=clutter is not None and bool(clutter.heights_m.any()),
        document={},
        rasters=pixels,
    )
    surfaces = (_surface(window, tile) for tile in tiles_of(territory.area))
    return replace(window, tiles=tuple(each for each in surfaces if each.units), document=_document(window))


def _squares(terrain: TerrainWindow, clutter: ClutterWindow | None, territory: Territory) -> NDArray[np.bytes_]:
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
    return np.array(squares, SQUARE_DIGEST)


def _surface(window: Window, tile: Tile) -> TileSurface:
    labels, void = window.territory.labels[tile.part], window.void_of(tile)
    units = np.flatnonzero(np.bincount(labels.reshape(-1)))
    digest = digest_of(tile, labels, void if void.any() else None, window.groups_of(tile))
    return TileSurface(tile, digest, tuple((units[units > 0] - 1).tolist()))


def _document(window: Window) -> dict[str, object]:
    terrain, clutter = window.terrain, window.clutter
    row, col = window.origin
    inside = window.territory.labels > 0
    void = terrain.void[row : row + inside.shape[0], col : col + inside.shape[1]]
    return {
        "used": not terrain.is_flat,
        "step_m": round(terrain.step_m, 1),
        "void_share": 0.0 if terrain.is_flat else float(void[inside].mean()),
        "clutter_used": clutter is not None,
        "unknown_land_cover": [] if clutter is None else list(clutter.unknown_classes),
    }


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
