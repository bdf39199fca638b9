"""The 500 m grid that everything public is made on, and the gaps on it.

A cell takes the state of its majority (see `geo.domain.coverage.majority_states`) from the fine pixels whose middles it
holds, over any operator or for one. It is computed once per assessment and stored; nothing public is ever filtered from
finer results at the time of a request.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.features import shapes
from rasterio.transform import Affine
from shapely.geometry.base import BaseGeometry

from geo.domain.coverage import LevelRange, States, majority_states
from geo.domain.gaps import label_gaps, units_by_gap
from geo.domain.geodesy import geodesic_area_km2
from geo.domain.grid import WGS84, Bounds, Grid
from geo.domain.sites import ANY_OPERATOR
from geo.settings import Settings
from geo.store import tables
from geo.store.results import ResultRows
from geo.workflows.assessment.inputs import Inputs
from geo.workflows.assessment.levels import GridLevels
from geo.workflows.assessment.population import People, PeoplePoints
from geo.workflows.assessment.villages import SettledPoints
from geo.workflows.assessment.window import Territory

COLUMNS = (
    "technology",
    "operator_code",
    "geom",
    "area_km2",
    "population",
    "households",
    "villages",
    "population_source",
    "commune_codes",
)


@dataclass(frozen=True, eq=False)
class PublicGrid:
    """The coarse grid (metric CRS) and the number of the cell that holds each of the territory's pixels."""

    grid: Grid
    cell: NDArray[np.int64]


def make_public_grid(inputs: Inputs, settings: Settings, territory: Territory) -> PublicGrid:
    """Return the coarse grid over the territory; its edges are whole multiples of the cell size."""
    x, y = Transformer.from_crs(WGS84, settings.metric_crs, always_xy=True).transform(territory.lon, territory.lat)
    size_m = inputs.gap_rule.cell_size_m
    bounds = Bounds(float(x.min()), float(y.min()), float(x.max()), float(y.max()))
    grid = Grid.covering(bounds, step_x=size_m, step_y=size_m, crs=settings.metric_crs)
    row = np.clip(np.floor((grid.north - y) / size_m).astype(np.int64), 0, grid.rows - 1)
    col = np.clip(np.floor((x - grid.west) / size_m).astype(np.int64), 0, grid.cols - 1)
    return PublicGrid(grid, row * grid.cols + col)


def public_states(inputs: Inputs, territory: Territory, public: PublicGrid, levels: LevelRange, tech: str) -> States:
    """Return the state of every coarse cell, shape `(rows, cols)`; cells outside the territory have no data."""
    found = majority_states(
        levels,
        inputs.rule.threshold_dbm(tech),
        unit=public.cell,
        units=public.grid.rows * public.grid.cols,
        weight=territory.area_km2,
        majority_share=inputs.gap_rule.majority_share,
    )
    return found.reshape(public.grid.shape)


@dataclass(frozen=True, eq=False)
class _Crowd:
    """Points with a weight (people, households or 1), made once for all gaps; one without a position lies in none.

    Nothing but the polygon decides what is inside: a pixel of people may lie in a gap although the middle of its
    terrain pixel is in the covered cell beside it.
    """

    tree: shapely.STRtree
    weight: NDArray[np.float64]

    @classmethod
    def of(cls, lon: NDArray[np.float64], lat: NDArray[np.float64], weight: NDArray[np.float64]) -> _Crowd:
        """Prepare points at longitude and latitude (degrees)."""
        return cls(shapely.STRtree(shapely.points(lon, lat)), weight)

    def inside(self, parts: NDArray[np.object_]) -> NDArray[np.float64]:
        """Return the weight of the points in each polygon."""
        # The tree holds the points, so that the long outlines are the side that is prepared.
        part, point = self.tree.query(parts, predicate="intersects")
        return np.bincount(part, weights=self.weight[point], minlength=len(parts)).astype(np.float64)


@dataclass(frozen=True, eq=False)
class GapMaker:
    """What all gaps of an assessment share: outline of the territory, people, villages."""

    inputs: Inputs
    territory: Territory
    public: PublicGrid
    population: _Crowd | None
    households: _Crowd | None
    population_source: str
    villages: _Crowd
    outline: BaseGeometry

    @classmethod
    def of(
        cls, inputs: Inputs, territory: Territory, public: PublicGrid, people: People, points: SettledPoints
    ) -> GapMaker:
        """Prepare the shared parts."""
        outline = shapely.union_all([commune.geometry for commune in inputs.communes])
        shapely.prepare(outline)
        located = np.flatnonzero(~np.isnan(points.points.lon[: points.villages]))
        villages = _Crowd.of(points.points.lon[located], points.points.lat[located], np.ones(len(located)))
        population = _crowd(people.population) if people.raster_pixels is None else _Crowd.of(*people.raster_pixels)
        households = _crowd(people.households)
        return cls(inputs, territory, public, population, households, people.source, villages, outline)

    def rows(self, technology: str, operator: str, states: States) -> Iterator[tuple[Any, ...]]:
        """Return the gaps of one technology and operator, or any, as rows of the results."""
        labels, count = label_gaps(states)
        if count == 0:
            return
        touched = units_by_gap(
            labels.reshape(-1)[self.public.cell], self.territory.unit, units=len(self.inputs.communes)
        )
        found = [
            (gap, part, area_km2)
            for gap, part in self._polygons(labels)
            if (area_km2 := geodesic_area_km2(part)) >= self.inputs.gap_rule.gap_min_area_km2
        ]
        parts = np.array([part for _, part, _ in found], dtype=object)
        population = None if self.population is None else self.population.inside(parts)
        households = None if self.households is None else self.households.inside(parts)
        villages = self.villages.inside(parts)
        for number, (gap, part, area_km2) in enumerate(found):
            yield (
                technology,
                operator,
                part,
                area_km2,
                None if population is None else float(population[number]),
                None if households is None else float(households[number]),
                int(villages[number]),
                self.population_source,
                [self.inputs.communes[unit].code for unit in touched.get(gap, ())],
            )

    def _polygons(self, labels: NDArray[np.int32]) -> Iterator[tuple[int, BaseGeometry]]:
        """Return the outlines of the gaps in EPSG:4326, clipped to the territory, with the numbers of their gaps."""
        grid = self.public.grid
        to_lonlat = Transformer.from_crs(grid.crs, WGS84, always_xy=True)
        for outline, gap in shapes(labels, mask=labels > 0, connectivity=4, transform=Affine(*grid.transform)):
            polygon = shapely.transform(
                shapely.geometry.shape(outline), lambda xy: np.stack(to_lonlat.transform(xy[:, 0], xy[:, 1]), axis=1)
            )
            if not self.outline.contains(polygon):
                polygon = shapely.make_valid(polygon).intersection(self.outline)
            for part in shapely.get_parts(polygon):
                if part.geom_type == "Polygon" and not part.is_empty:
                    yield int(gap), part


def gap_rows(inputs: Inputs, maker: GapMaker, grid_levels: GridLevels, public_any: dict[str, States]) -> ResultRows:
    """Return the gaps of every technology, for any operator and for each one."""
    rows: list[tuple[Any, ...]] = []
    for technology in inputs.technologies:
        rows.extend(maker.rows(technology, ANY_OPERATOR, public_any[technology]))
        for operator in inputs.operators:
            levels = grid_levels.levels[technology].of(operator)
            found = public_states(inputs, maker.territory, maker.public, levels, technology)
            rows.extend(maker.rows(technology, operator, found))
    return ResultRows(tables.CoverageGap, COLUMNS, rows)


def _crowd(people: PeoplePoints | None) -> _Crowd | None:
    return None if people is None else _Crowd.of(people.lon, people.lat, people.weight)
