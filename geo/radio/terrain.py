"""Terrain and clutter as rasters in memory, read once for an area and shared by every prediction."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.errors import RasterioIOError
from rasterio.io import DatasetReader
from rasterio.transform import Affine
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds
from rasterio.windows import Window

from geo.domain.grid import EDGE_TOLERANCE, WGS84, Bounds, Grid, metres_per_degree
from geo.errors import BadInputError, UnknownCrsError, UnreadableFileError
from geo.radio.profiles import HIGHEST_HEIGHT_M, LOWEST_HEIGHT_M

logger = logging.getLogger(__name__)

VOID_HEIGHT_M = -32768.0


@dataclass(frozen=True, eq=False)
class TerrainWindow:
    """Terrain over `grid` (EPSG:4326): `heights_m` float32 with `VOID_HEIGHT_M` where `void` is True.

    `is_flat` says that there was no terrain and the earth was taken as flat at sea level.
    """

    grid: Grid
    heights_m: NDArray[np.float32]
    void: NDArray[np.bool_]
    is_flat: bool = False

    @property
    def void_share(self) -> float:
        """Share of void pixels, 0..1."""
        return float(self.void.mean())

    @property
    def step_m(self) -> float:
        """Side of a pixel in metres, north to south, at the middle of the window."""
        middle = (self.grid.bounds.north + self.grid.bounds.south) / 2.0
        return self.grid.step_y * metres_per_degree(middle)[1]


@dataclass(frozen=True, eq=False)
class ClutterWindow:
    """Representative clutter heights (float32, m) on the grid of the terrain.

    `unknown_classes` are class codes of the raster that have no height in the parameters; they count as 0. `groups`
    (uint8) are the clutter groups of the model by number, 0 where not known; of one pixel when they were not asked for.
    """

    grid: Grid
    heights_m: NDArray[np.float32]
    unknown_classes: tuple[int, ...] = ()
    groups: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((1, 1), np.uint8))


def margin_bounds(bounds: Bounds, margin_m: float) -> Bounds:
    """Return a box in EPSG:4326 grown by a margin in metres on every side."""
    latitude = max(abs(bounds.north), abs(bounds.south))
    lon_m, lat_m = metres_per_degree(min(latitude, 89.0))
    return bounds.buffered(margin_m / lon_m, margin_m / lat_m)


def flat_terrain(bounds: Bounds, *, step_deg: float, margin_m: float = 0.0) -> TerrainWindow:
    """Return flat terrain at sea level over a box in EPSG:4326."""
    grid = Grid.covering(margin_bounds(bounds, margin_m), step_x=step_deg, step_y=step_deg)
    return TerrainWindow(grid, np.zeros(grid.shape, np.float32), np.zeros(grid.shape, bool), is_flat=True)


def read_terrain(paths: Sequence[Path], *, bounds: Bounds, margin_m: float) -> TerrainWindow:
    """As `find_terrain`, where terrain is needed.

    Raises:
        UnreadableFileError: a file is not a raster. UnknownCrsError: it has no CRS.
        BadInputError: no raster has a height in the box.
    """
    found = find_terrain(paths, bounds=bounds, margin_m=margin_m)
    if found is None:
        raise BadInputError(
            "No terrain raster has a height inside the area; check that the files cover it and their CRS.",
            "Không có tệp địa hình nào có độ cao trong vùng; hãy kiểm tra phạm vi và hệ tọa độ của tệp.",
        )
    return found


def find_terrain(paths: Sequence[Path], *, bounds: Bounds, margin_m: float) -> TerrainWindow | None:
    """Read terrain (GeoTIFF, HGT, ...) for a box in EPSG:4326 plus a margin; None where no raster has a height.

    The step and the pixel edges are those of the first raster that meets the box; rasters on the same grid are copied
    as they are, others (another step, another CRS) are resampled to it bilinearly. Where several hold a pixel, the
    first given wins. Pixels that none holds, and voids, stay void. A box without width on the edge of
    two pixels takes both.

    Raises:
        UnreadableFileError: a file is not a raster. UnknownCrsError: it has no CRS.
    """
    wanted = margin_bounds(bounds, margin_m)
    grid: Grid | None = None
    heights = np.zeros((0, 0), np.float32)
    void = np.zeros((0, 0), bool)
    for path in paths:
        with _open(path) as dataset:
            if not _bounds_wgs84(dataset).intersects(wanted):
                logger.info("terrain %s does not meet the area", path.name)
                continue
            if grid is None:
                grid = _grid_of(dataset, wanted)
                heights = np.full(grid.shape, VOID_HEIGHT_M, np.float32)
                void = np.ones(grid.shape, bool)
            _paste(dataset, grid, heights, void)
    return None if grid is None or void.all() else TerrainWindow(grid, heights, void)


def read_clutter(
    path: Path, *, grid: Grid, heights_m: Mapping[int, float], groups: Mapping[int, int] | None = None
) -> ClutterWindow:
    """Read a land cover raster of class codes onto the terrain's grid: the commonest class of each pixel, as a height.

    `groups` gives the number of the clutter group of each class, where that is wanted too.

    Raises:
        UnreadableFileError: the file is not a raster. UnknownCrsError: it has no CRS.
        BadInputError: the raster does not meet the grid.
    """
    with _open(path) as dataset:
        if not _bounds_wgs84(dataset).intersects(grid.bounds):
            raise BadInputError(
                f"{path.name} does not overlap the area of the terrain.",
                f"{path.name} không trùng với vùng địa hình.",
            )
        with _warped(dataset, grid, Resampling.mode) as warped:
            classes = warped.read(1, masked=True)
    codes = np.asarray(classes.filled(0)).astype(np.int32)
    heights = np.zeros(grid.shape, np.float32)
    unknown: list[int] = []
    for code in (int(value) for value in np.unique(codes)):
        if code in heights_m:
            heights[codes == code] = heights_m[code]
        elif code != 0:
            unknown.append(code)
    if groups is None:
        return ClutterWindow(grid, heights, tuple(unknown))
    numbers = np.zeros(grid.shape, np.uint8)
    for code, number in groups.items():
        numbers[codes == code] = number
    return ClutterWindow(grid, heights, tuple(unknown), numbers)


def _open(path: Path) -> DatasetReader:
    try:
        dataset = rasterio.open(path)
    except RasterioIOError as error:
        raise UnreadableFileError(
            f"{path.name} cannot be read as a raster (GeoTIFF or HGT).",
            f"Không đọc được {path.name} dưới dạng ảnh raster (GeoTIFF hoặc HGT).",
        ) from error
    if dataset.crs is None:
        dataset.close()
        raise UnknownCrsError(
            f"{path.name} has no coordinate reference system; write it into the file.",
            f"{path.name} không có hệ tọa độ; hãy ghi hệ tọa độ vào tệp.",
        )
    return dataset


def _bounds_wgs84(dataset: DatasetReader) -> Bounds:
    west, south, east, north = transform_bounds(dataset.crs, WGS84, *dataset.bounds)
    return Bounds(west, south, east, north)


def _is_wgs84(dataset: DatasetReader) -> bool:
    transform = dataset.transform
    return bool(dataset.crs == CRS.from_string(WGS84) and transform.b == transform.d == 0 and transform.e < 0)


def _grid_of(dataset: DatasetReader, wanted: Bounds) -> Grid:
    """Grid over `wanted` with the pixel edges of a raster in EPSG:4326, or with its step in degrees otherwise."""
    if _is_wgs84(dataset):
        a = dataset.transform
        first_col, cols = _pixels((wanted.west - a.c) / a.a, (wanted.east - a.c) / a.a)
        first_row, rows = _pixels((a.f - wanted.north) / -a.e, (a.f - wanted.south) / -a.e)
        return Grid(
            west=a.c + first_col * a.a,
            north=a.f - first_row * -a.e,
            step_x=a.a,
            step_y=-a.e,
            rows=rows,
            cols=cols,
        )
    box = _bounds_wgs84(dataset)
    step = min((box.north - box.south) / dataset.height, (box.east - box.west) / dataset.width)
    return Grid.covering(wanted, step_x=step, step_y=step)


def _pixels(start: float, end: float) -> tuple[int, int]:
    """First pixel and number of pixels between two places in pixels; the two around an edge where nothing is between.

    Which of the two holds the place is then for `Grid.row_col` to say.
    """
    first = math.floor(start + EDGE_TOLERANCE)
    count = math.ceil(end - EDGE_TOLERANCE) - first
    return (first, count) if count > 0 else (first - 1, 2)


def _paste(dataset: DatasetReader, grid: Grid, heights: NDArray[np.float32], void: NDArray[np.bool_]) -> None:
    """Fill the pixels that are still void from one raster."""
    offset = _whole_offset(dataset, grid)
    if offset is None:
        with _warped(dataset, grid, Resampling.bilinear) as warped:
            _fill(warped.read(1, masked=True), heights, void)
        return
    row, col = offset
    first_row, last_row = max(0, row), min(grid.rows, row + dataset.height)
    first_col, last_col = max(0, col), min(grid.cols, col + dataset.width)
    if first_row >= last_row or first_col >= last_col:
        return
    window = Window(first_col - col, first_row - row, last_col - first_col, last_row - first_row)
    part = (slice(first_row, last_row), slice(first_col, last_col))
    _fill(dataset.read(1, window=window, masked=True), heights[part], void[part])


def _whole_offset(dataset: DatasetReader, grid: Grid) -> tuple[int, int] | None:
    """Row and column of the raster's first pixel in the grid, or None when their pixels do not coincide."""
    a = dataset.transform
    if not _is_wgs84(dataset):
        return None
    if max(abs(a.a / grid.step_x - 1.0) * dataset.width, abs(-a.e / grid.step_y - 1.0) * dataset.height) > 0.01:
        return None
    row, col = grid.fractional_row_col(a.c, a.f)
    if max(abs(row - round(row)), abs(col - round(col))) > 0.01:
        return None
    return round(row), round(col)


def _warped(dataset: DatasetReader, grid: Grid, resampling: Resampling) -> WarpedVRT:
    return WarpedVRT(
        dataset,
        crs=WGS84,
        transform=Affine(*grid.transform),
        width=grid.cols,
        height=grid.rows,
        resampling=resampling,
        src_nodata=dataset.nodata,
    )


def _fill(band: np.ma.MaskedArray, heights: NDArray[np.float32], void: NDArray[np.bool_]) -> None:
    values = np.asarray(band.filled(VOID_HEIGHT_M), dtype=np.float32)
    good = np.isfinite(values) & (values > LOWEST_HEIGHT_M) & (values < HIGHEST_HEIGHT_M) & void
    heights[good] = values[good]
    void[good] = False
