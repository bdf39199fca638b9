"""Terrain as it is read: own step, several files, voids, other CRS."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from rasterio.transform import Affine
from rasterio.warp import transform_bounds

from geo.domain.grid import Bounds, Grid
from geo.errors import BadInputError, UnknownCrsError, UnreadableFileError
from geo.radio.terrain import VOID_HEIGHT_M, find_terrain, flat_terrain, margin_bounds, read_clutter, read_terrain

STEP = 3.0 / 3600.0
BOX = Bounds(108.01, 12.02, 108.03, 12.04)


def write(
    path: Path,
    values: NDArray[np.generic],
    west: float,
    north: float,
    *,
    crs: str | None = "EPSG:4326",
    step: float = STEP,
) -> Path:
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=values.shape[0],
        width=values.shape[1],
        count=1,
        dtype=values.dtype,
        crs=crs,
        transform=Affine(step, 0.0, west, 0.0, -step, north),
        nodata=-32768 if values.dtype == np.int16 else None,
    ) as dataset:
        dataset.write(values, 1)
    return path


def ramp(rows: int, cols: int) -> NDArray[np.int16]:
    return (100 + np.add.outer(np.arange(rows), 2 * np.arange(cols))).astype(np.int16)


def test_heights_are_copied_on_their_own_step_and_voids_stay(tmp_path: Path) -> None:
    values = ramp(72, 72)
    values[40, 30] = -32768
    terrain = read_terrain([write(tmp_path / "a.tif", values, 108.0, 12.06)], bounds=BOX, margin_m=0.0)
    assert terrain.grid.step_x == pytest.approx(STEP)
    row, col = round((12.06 - terrain.grid.north) / STEP), round((terrain.grid.west - 108.0) / STEP)
    part = values[row : row + terrain.grid.rows, col : col + terrain.grid.cols]
    assert np.array_equal(terrain.heights_m, part.astype(np.float32))
    assert terrain.void.sum() == 1
    assert terrain.heights_m[terrain.void].tolist() == [VOID_HEIGHT_M]
    assert terrain.void_share == pytest.approx(1.0 / terrain.void.size)
    assert terrain.step_m == pytest.approx(92.2, abs=0.2)


def test_two_files_are_joined_and_what_neither_holds_is_void(tmp_path: Path) -> None:
    whole = ramp(72, 72)
    left = write(tmp_path / "left.tif", whole[:, :24], 108.0, 12.06)
    right = write(tmp_path / "right.tif", whole[:60, 24:], 108.0 + 24 * STEP, 12.06)
    terrain = read_terrain([left, right], bounds=Bounds(108.0, 12.0, 108.06, 12.06), margin_m=0.0)
    assert np.array_equal(terrain.heights_m[:60], whole[:60].astype(np.float32))
    assert terrain.void[60:, 24:].all()
    assert not terrain.void[:60].any()


def test_a_margin_beyond_the_file_is_void(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", ramp(72, 72), 108.0, 12.06)
    terrain = read_terrain([path], bounds=BOX, margin_m=5000.0)
    assert terrain.void[0].all()
    assert not terrain.void.all()


@pytest.mark.parametrize("lon", [108.01, 108.02, 108.025, 108.0 + 3 * STEP, 108.0302])
@pytest.mark.parametrize("lat", [12.055, 12.05, 12.0 + 7 * STEP, 12.0333])
def test_a_position_on_the_edge_of_pixels_has_terrain(tmp_path: Path, lon: float, lat: float) -> None:
    path = write(tmp_path / "a.tif", ramp(72, 72), 108.0, 12.06)
    terrain = read_terrain([path], bounds=Bounds(lon, lat, lon, lat), margin_m=0.0)
    at = terrain.grid.row_col(lon, lat)
    assert at is not None
    assert not terrain.void[at]
    assert terrain.heights_m[at] == pytest.approx(100 + (12.06 - lat) / STEP + 2 * (lon - 108.0) / STEP, abs=3.0)


def test_a_place_without_a_height_is_told_apart_from_a_fault(tmp_path: Path) -> None:
    values = ramp(72, 72)
    values[:, 30:] = -32768
    path = write(tmp_path / "a.tif", values, 108.0, 12.06)
    assert find_terrain([path], bounds=Bounds(108.05, 12.03, 108.05, 12.03), margin_m=0.0) is None
    assert find_terrain([], bounds=BOX, margin_m=0.0) is None


def test_another_crs_is_resampled(tmp_path: Path) -> None:
    metric = write(
        tmp_path / "utm.tif", np.full((200, 200), 321, np.int16), 170_000.0, 1_340_000.0, crs="EPSG:32649", step=90.0
    )
    with rasterio.open(metric) as dataset:
        west, south, east, north = transform_bounds(dataset.crs, "EPSG:4326", *dataset.bounds)
    box = Bounds(west + 0.03, south + 0.03, east - 0.03, north - 0.03)
    terrain = read_terrain([metric], bounds=box, margin_m=0.0)
    assert terrain.grid.crs == "EPSG:4326"
    assert terrain.heights_m[~terrain.void] == pytest.approx(321.0)
    assert terrain.void_share < 0.01


def test_bad_terrain(tmp_path: Path) -> None:
    far = write(tmp_path / "far.tif", ramp(10, 10), 20.0, 40.0)
    with pytest.raises(BadInputError):
        read_terrain([far], bounds=BOX, margin_m=0.0)
    (tmp_path / "text.tif").write_text("no raster")
    with pytest.raises(UnreadableFileError):
        read_terrain([tmp_path / "text.tif"], bounds=BOX, margin_m=0.0)
    bare = write(tmp_path / "bare.tif", ramp(10, 10), 108.0, 12.06, crs=None)
    with pytest.raises(UnknownCrsError):
        read_terrain([bare], bounds=BOX, margin_m=0.0)


def test_flat_terrain_says_that_it_is_flat() -> None:
    terrain = flat_terrain(BOX, step_deg=STEP, margin_m=1000.0)
    assert terrain.is_flat
    assert not terrain.void.any()
    assert terrain.grid.bounds.west < BOX.west - 0.009
    assert margin_bounds(BOX, 0.0) == BOX


def test_clutter_takes_the_commonest_class(tmp_path: Path) -> None:
    grid = Grid(west=108.0, north=12.06, step_x=STEP, step_y=STEP, rows=10, cols=10)
    classes = np.full((100, 100), 10, np.uint8)
    classes[:50] = 80
    classes[0:4, 0:4] = 10
    classes[50:60, 0:10] = 77
    path = write(tmp_path / "cover.tif", classes, 108.0, 12.06, step=STEP / 10.0)
    clutter = read_clutter(path, grid=grid, heights_m={10: 12.0, 80: 0.0})
    assert clutter.heights_m[:5].max() == 0.0
    assert clutter.heights_m[5, 1:].tolist() == [12.0] * 9
    assert clutter.unknown_classes == (77,)
    with pytest.raises(BadInputError):
        read_clutter(path, grid=Grid(west=0.0, north=1.0, step_x=STEP, step_y=STEP, rows=2, cols=2), heights_m={})
