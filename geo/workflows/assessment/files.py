"""The raster files of an assessment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.transform import Affine

from geo.domain.coverage import NO_DATA, STATE_NO_DATA, States, states, threshold_steps
from geo.domain.grid import Grid
from geo.domain.sites import ANY_OPERATOR
from geo.workflows.assessment.inputs import Inputs
from geo.workflows.assessment.levels import GridLevels, OperatorLevels
from geo.workflows.assessment.public_grid import PublicGrid
from geo.workflows.assessment.window import Territory

NO_SERVER = 0
COUNT_NO_DATA = 255


def write_rasters(
    folder: Path,
    inputs: Inputs,
    territory: Territory,
    grid: GridLevels,
    public: PublicGrid,
    public_any: dict[str, States],
) -> None:
    """Write levels, servers, the number of operators and the public grid of every technology."""
    for technology in inputs.technologies:
        levels = grid.levels[technology]
        for operator in inputs.operators:
            own = _spread(levels.by_operator[operator], territory, NO_DATA)
            write_raster(folder / f"level_{technology}_{operator}.tif", own, territory.area, nodata=NO_DATA)
            server = _spread(grid.servers[technology, operator], territory, NO_SERVER)
            write_raster(folder / f"server_{technology}_{operator}.tif", server, territory.area, nodata=NO_SERVER)
        threshold_dbm = inputs.rule.threshold_dbm(technology)
        best = _spread(best_level(levels, threshold_dbm), territory, NO_DATA)
        write_raster(folder / f"level_{technology}_{ANY_OPERATOR}.tif", best, territory.area, nodata=NO_DATA)
        count = _spread(count_operators(levels, threshold_dbm), territory, COUNT_NO_DATA)
        write_raster(folder / f"operators_{technology}.tif", count, territory.area, nodata=COUNT_NO_DATA)
        write_raster(folder / f"public_{technology}.tif", public_any[technology], public.grid, nodata=STATE_NO_DATA)


def best_level(levels: OperatorLevels, threshold_dbm: float) -> NDArray[np.int16]:
    """Return the best level over any operator; without data where that leaves open whether the threshold is reached."""
    possible = levels.of(ANY_OPERATOR)
    result = possible.lowest.copy()
    result[states(possible, threshold_dbm) == STATE_NO_DATA] = NO_DATA
    return result


def count_operators(levels: OperatorLevels, threshold_dbm: float) -> NDArray[np.uint8]:
    """Return how many operators reach the threshold; 255 where none does and one has no data."""
    step = threshold_steps(threshold_dbm)
    count = np.zeros(levels.points, dtype=np.uint8)
    unknown = np.full(levels.points, not levels.by_operator)
    for own in levels.by_operator.values():
        count += own >= step
        unknown |= own == NO_DATA
    count[(count == 0) & unknown] = COUNT_NO_DATA
    return count


def write_raster(path: Path, array: NDArray[np.generic], grid: Grid, *, nodata: int) -> None:
    """Write a cloud-optimised GeoTIFF; its overviews take the nearest pixel, because some values are marks."""
    with rasterio.open(
        path,
        "w",
        driver="COG",
        width=grid.cols,
        height=grid.rows,
        count=1,
        dtype=array.dtype.name,
        crs=grid.crs,
        transform=Affine(*grid.transform),
        nodata=nodata,
        compress="DEFLATE",
        level=1,
        predictor="STANDARD",
        overview_resampling="nearest",
        num_threads="ALL_CPUS",
    ) as dataset:
        dataset.write(array, 1)


def _spread(values: NDArray[np.generic], territory: Territory, outside: int) -> NDArray[np.generic]:
    """Return values of the territory's pixels as a raster."""
    raster = np.full(territory.area.rows * territory.area.cols, outside, dtype=values.dtype)
    raster[territory.pixel] = values
    return raster.reshape(territory.area.shape)
