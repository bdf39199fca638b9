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
from geo.workflows.assessment.villages import SettledPoints
from geo.workflows.assessment.window import raster_path

RASTER = "raster"


@dataclass(frozen=True, eq=False)
class PeoplePoints:
    """Points with people: position, how many, the number of their commune (`communes` of them; that number: none).

    `index` is their place among the exact points.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    weight: NDArray[np.float64]
    unit: NDArray[np.int64]
    index: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class People:
    """People and households at points; `source` says what the population comes from: raster, points or none.

    People on a raster are counted with its pixels and are not here.
    """

    source: str
    population: PeoplePoints | None
    households: PeoplePoints | None


def count_people(inputs: Inputs, points: SettledPoints) -> People:
    """Return people and households of the area, the population of a raster before that of a list; None: not known."""
    households = _at_points(inputs, points, points.households) if points.households_known else None
    if inputs.rasters_of("population"):
        return People(RASTER, None, households)
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
    )


def raster_pixels(inputs: Inputs, settings: Settings) -> NDArray[np.float64] | None:
    """Return every pixel with people of the imported rasters around the area; None where none was imported.

    Shape `(3, pixels)`: lon, lat (degrees) and people. Where several rasters overlap, the newest counts.
    """
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
