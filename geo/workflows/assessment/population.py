"""Where people are counted: on an imported population raster, else at village and cluster points."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.windows import Window as RasterWindow
from rasterio.windows import from_bounds

from geo.domain.grid import WGS84, Bounds
from geo.settings import Settings
from geo.workflows.assessment.inputs import Inputs
from geo.workflows.assessment.levels import GridLevels, OperatorLevels, PointLevels
from geo.workflows.assessment.villages import SettledPoints
from geo.workflows.assessment.window import Territory, raster_path


@dataclass(frozen=True, eq=False)
class PeoplePoints:
    """Points with people: position, how many, the number of their commune (`communes` of them; that number: none).

    `index` says which of the computed points each one is, in the territory's pixels or in the exact points.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    weight: NDArray[np.float64]
    unit: NDArray[np.int64]
    index: NDArray[np.int64]
    on_pixels: bool

    def levels(self, technology: str, grid: GridLevels, points: PointLevels) -> OperatorLevels:
        """Return the levels where the people are."""
        source = grid.levels if self.on_pixels else points.levels
        return source[technology].take(self.index)


@dataclass(frozen=True, eq=False)
class People:
    """People and households; `source` says what the population comes from: raster, points or none."""

    source: str
    population: PeoplePoints | None
    households: PeoplePoints | None
    # Every pixel of the rasters around the area, shape `(3, pixels)`: lon, lat (degrees) and people. An outline counts
    # these, for the pixels of the terrain that `population` is tied to end elsewhere than the outline does.
    raster_pixels: NDArray[np.float64] | None = None


def count_people(inputs: Inputs, settings: Settings, territory: Territory, points: SettledPoints) -> People:
    """Return people and households of the area; None where nothing is known."""
    households = _at_points(inputs, points, points.households) if points.households_known else None
    pixels = _raster_pixels(inputs, settings)
    if pixels is not None:
        return People("raster", _on_raster(pixels, territory), households, pixels)
    if points.population_known:
        return People("points", _at_points(inputs, points, points.population), households)
    return People("none", None, households)


def commune_numbers(inputs: Inputs, codes: tuple[str | None, ...]) -> NDArray[np.int64]:
    """Return the number of each commune code among the communes of the area; their count for any other."""
    numbers = {commune.code: number for number, commune in enumerate(inputs.communes)}
    other = len(inputs.communes)
    return np.array([other if code is None else numbers.get(code, other) for code in codes], dtype=np.int64)


def _at_points(inputs: Inputs, points: SettledPoints, weight: NDArray[np.float64]) -> PeoplePoints:
    counted = np.flatnonzero(weight > 0)
    units = commune_numbers(inputs, points.points.commune)
    return PeoplePoints(
        lon=points.points.lon[counted],
        lat=points.points.lat[counted],
        weight=weight[counted],
        unit=units[counted],
        index=counted,
        on_pixels=False,
    )


def _raster_pixels(inputs: Inputs, settings: Settings) -> NDArray[np.float64] | None:
    """Return the populated pixels of the imported rasters; where several overlap, the newest counts."""
    parts: list[NDArray[np.float64]] = []
    taken: list[Bounds] = []
    for layer in inputs.rasters_of("population"):
        found = _populated_pixels(raster_path(settings.home_path, layer), inputs.bounds)
        for box in taken:
            inside = (found[0] > box.west) & (found[0] < box.east) & (found[1] > box.south) & (found[1] < box.north)
            found = found[:, ~inside]
        parts.append(found)
        taken.append(layer.bounds)
    return np.concatenate(parts, axis=1) if parts else None


def _on_raster(pixels: NDArray[np.float64], territory: Territory) -> PeoplePoints:
    """Tie the populated pixels to the territory's; those in none of them are left out."""
    lon, lat, weight = pixels
    index = pixel_numbers(territory, lon, lat)
    inside = index >= 0
    return PeoplePoints(
        lon=lon[inside],
        lat=lat[inside],
        weight=weight[inside],
        unit=territory.unit[index[inside]],
        index=index[inside],
        on_pixels=True,
    )


def pixel_numbers(territory: Territory, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return which of the territory's pixels holds each position, -1 where none does."""
    area = territory.area
    row = np.floor((area.north - lat) / area.step_y).astype(np.int64)
    col = np.floor((lon - area.west) / area.step_x).astype(np.int64)
    inside = (row >= 0) & (row < area.rows) & (col >= 0) & (col < area.cols)
    number = np.full(area.rows * area.cols, -1, dtype=np.int64)
    number[territory.pixel] = np.arange(len(territory.pixel))
    flat = np.where(inside, row * area.cols + col, 0)
    return np.where(inside, number[flat], -1)


def _populated_pixels(path: Path, bounds: Bounds) -> NDArray[np.float64]:
    """Return lon, lat (degrees) and people of the pixels with people around a box, shape `(3, pixels)`."""
    with rasterio.open(path) as dataset:
        to_raster = Transformer.from_crs(WGS84, dataset.crs, always_xy=True)
        box = to_raster.transform_bounds(bounds.west, bounds.south, bounds.east, bounds.north)
        exact = from_bounds(*box, transform=dataset.transform)
        # One pixel more on every side, so that none is cut off.
        around = RasterWindow(
            math.floor(exact.col_off) - 1,
            math.floor(exact.row_off) - 1,
            math.ceil(exact.width) + 2,
            math.ceil(exact.height) + 2,
        )
        window = around.intersection(RasterWindow(0, 0, dataset.width, dataset.height))
        people = dataset.read(1, window=window, masked=True).filled(0).astype(np.float64)
        row, col = np.nonzero(people > 0)
        x, y = dataset.transform * (col + window.col_off + 0.5, row + window.row_off + 0.5)
        lon, lat = to_raster.transform(x, y, direction="INVERSE")
    return np.stack([lon, lat, people[row, col]])
