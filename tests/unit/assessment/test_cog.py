"""Raster files put together from blocks: any reader reads the same pixels, overviews and place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray

from geo.domain.grid import Grid
from geo.workflows.assessment import cog

ROWS, COLS = 1300, 1111


def picture(dtype: str, nodata: int) -> NDArray[Any]:
    """Return values that wrap around in differences, with a corner of blocks without any value."""
    rng = np.random.default_rng(2)
    info = np.iinfo(dtype)
    values = rng.integers(info.min, info.max, (ROWS, COLS), dtype=dtype, endpoint=True)
    values[:600, :1030] = nodata
    return values


def blocks_of(values: NDArray[Any], nodata: int) -> dict[tuple[int, int], bytes]:
    blocks = {}
    for row in range(0, values.shape[0], cog.BLOCK):
        for col in range(0, values.shape[1], cog.BLOCK):
            block = values[row : row + cog.BLOCK, col : col + cog.BLOCK]
            if (block != nodata).any():
                blocks[row // cog.BLOCK, col // cog.BLOCK] = cog.encoded_block(block, nodata)
    return blocks


def write(path: Path, values: NDArray[Any], nodata: int) -> Grid:
    grid = Grid(west=107.5, north=13.5, step_x=1 / 3600, step_y=1 / 3700, rows=ROWS, cols=COLS)
    levels = [blocks_of(values[::step, ::step], nodata) for step in (1, 2, 4, 8)]
    assert len(levels[0]) == 30 - 8
    cog.write_cog(path, grid, dtype=values.dtype, nodata=nodata, levels=levels)
    return grid


@pytest.mark.parametrize(("dtype", "nodata"), [("int16", -32768), ("int32", 0), ("uint8", 255)])
@pytest.mark.parametrize("limit", [cog.CLASSIC_LIMIT, 0])
def test_a_file_reads_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dtype: str, nodata: int, limit: int
) -> None:
    monkeypatch.setattr(cog, "CLASSIC_LIMIT", limit)
    values = picture(dtype, nodata)
    grid = write(tmp_path / "it.tif", values, nodata)
    with rasterio.open(tmp_path / "it.tif") as dataset:
        assert np.array_equal(dataset.read(1), values)
        assert dataset.crs.to_epsg() == 4326
        assert dataset.nodata == nodata
        assert dataset.dtypes == (dtype,)
        assert dataset.transform == rasterio.Affine(*grid.transform)
        assert dataset.overviews(1) == [2, 4, 8]
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    for level, step in ((0, 2), (1, 4), (2, 8)):
        with rasterio.open(tmp_path / "it.tif", OVERVIEW_LEVEL=level) as dataset:
            assert np.array_equal(dataset.read(1), values[::step, ::step])
    assert (tmp_path / "it.tif").read_bytes()[2] == (43 if limit == 0 else 42)


def test_another_crs_is_refused(tmp_path: Path) -> None:
    grid = Grid(west=0, north=0, step_x=1, step_y=1, rows=1, cols=1, crs="EPSG:9218")
    with pytest.raises(ValueError, match="EPSG:9218"):
        cog.write_cog(tmp_path / "it.tif", grid, dtype=np.dtype("uint8"), nodata=0, levels=[{}, {}])
