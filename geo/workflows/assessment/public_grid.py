"""The 500 m grid that everything public is made on, and the gaps on it.

A cell takes the state of its majority (see `geo.domain.coverage.majority_of`) from the fine pixels whose middles it
holds, over any operator or for one. It is computed once per assessment and stored; nothing public is ever filtered from
finer results at the time of a request.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.features import shapes
from rasterio.transform import Affine
from shapely.geometry.base import BaseGeometry

from geo.domain.coverage import States
from geo.domain.gaps import label_gaps, units_by_gap
from geo.domain.geodesy import geodesic_area_km2
from geo.domain.grid import WGS84, Grid
from geo.domain.sites import ANY_OPERATOR
from geo.settings import Settings
from geo.store import tables
from geo.store.packed import compress, decompress
from geo.store.result_cache import ResultCache
from geo.store.results import ResultRows
from geo.workflows.assessment.inputs import Inputs
from geo.workflows.assessment.keys import code_digest, digest_of
from geo.workflows.assessment.population import RASTER, People, PeoplePoints, raster_pixels
from geo.workflows.assessment.villages import SettledPoints

Row = tuple[Any, ...]
COLUMNS = (
    "technology",
    "operator_code",
    "geom",
    "area_km2",
    "population",
    "households",
    "villages",
    "villages_without_population",
    "villages_without_households",
    "population_source",
    "commune_codes",
)


@dataclass(frozen=True, eq=False)
class PublicGrid:
    """The coarse grid (metric CRS), and the pairs of a cell (flat number) and a commune that share a pixel."""

    grid: Grid
    pair_cell: NDArray[np.int64]
    pair_unit: NDArray[np.int64]


def public_grid(first: tuple[int, int], last: tuple[int, int], inputs: Inputs, settings: Settings) -> Grid:
    """Return the coarse grid between two cells (row and column from the origin of the CRS), both of them included."""
    size_m = inputs.gap_rule.cell_size_m
    return Grid(
        west=first[1] * size_m,
        north=-first[0] * size_m,
        step_x=size_m,
        step_y=size_m,
        rows=last[0] - first[0] + 1,
        cols=last[1] - first[1] + 1,
        crs=settings.metric_crs,
    )


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
    """Makes the gaps of an assessment; people, villages and the outline are prepared when the first gap needs them."""

    inputs: Inputs
    settings: Settings
    public: PublicGrid
    people: People
    points: SettledPoints
    cache: ResultCache

    def kept_rows(self, technology: str, operator: str, states: States) -> list[Row]:
        """Return the gaps of one technology and operator, or any; computed where they are not kept."""
        key = f"gaps/{digest_of(self._digest, technology, operator, states)}"
        parts = self.cache.read(key)
        if parts is not None:
            self.cache.touch([key])
            return [(*row[:2], shapely.from_wkb(row[2]), *row[3:]) for row in json.loads(decompress(parts["rows"]))]
        rows = list(self.rows(technology, operator, states))
        plain = [(*row[:2], shapely.to_wkb(row[2], hex=True), *row[3:]) for row in rows]
        self.cache.write(key, {"rows": compress(json.dumps(plain).encode())})
        return rows

    @cached_property
    def _digest(self) -> str:
        people = [self.people.population, self.people.households]
        located = self.points.points.lon[: self.points.villages], self.points.points.lat[: self.points.villages]
        return digest_of(
            code_digest(),
            self.public,
            [(commune.code, shapely.to_wkb(commune.geometry)) for commune in self.inputs.communes],
            self.inputs.gap_rule,
            self.people.source,
            [None if each is None else (each.lon, each.lat, each.weight) for each in people],
            [(layer.file_sha256, layer.bounds) for layer in self.inputs.rasters_of("population")],
            self.inputs.bounds,
            located,
            self.points.without_population,
            self.points.without_households,
        )

    @cached_property
    def _outline(self) -> BaseGeometry:
        outline = shapely.union_all([commune.geometry for commune in self.inputs.communes])
        shapely.prepare(outline)
        return outline

    @cached_property
    def _villages(self) -> _Crowd:
        return self._village_centres(np.ones(self.points.villages))

    @cached_property
    def _without_population(self) -> _Crowd | None:
        """Villages without a number; None where a raster says where people live."""
        return None if self.people.source == RASTER else self._village_centres(self.points.without_population)

    @cached_property
    def _without_households(self) -> _Crowd:
        return self._village_centres(self.points.without_households)

    def _village_centres(self, weight: NDArray[Any]) -> _Crowd:
        lon, lat = (each[: self.points.villages] for each in (self.points.points.lon, self.points.points.lat))
        located = np.flatnonzero(~np.isnan(lon))
        return _Crowd.of(lon[located], lat[located], weight[located].astype(np.float64))

    @cached_property
    def _population(self) -> _Crowd | None:
        pixels = raster_pixels(self.inputs, self.settings)
        return _crowd(self.people.population) if pixels is None else _Crowd.of(*pixels)

    @cached_property
    def _households(self) -> _Crowd | None:
        return _crowd(self.people.households)

    def rows(self, technology: str, operator: str, states: States) -> Iterator[Row]:
        """Return the gaps of one technology and operator, or any, as rows of the results."""
        labels, count = label_gaps(states)
        if count == 0:
            return
        touched = units_by_gap(
            labels.reshape(-1)[self.public.pair_cell], self.public.pair_unit, units=len(self.inputs.communes)
        )
        found = [
            (gap, part, area_km2)
            for gap, part in self._polygons(labels)
            if (area_km2 := geodesic_area_km2(part)) >= self.inputs.gap_rule.gap_min_area_km2
        ]
        parts = np.array([part for _, part, _ in found], dtype=object)
        population, no_population = _known_inside(parts, self._population, self._without_population)
        households, no_households = _known_inside(parts, self._households, self._without_households)
        villages = self._villages.inside(parts)
        for number, (gap, part, area_km2) in enumerate(found):
            yield (
                technology,
                operator,
                part,
                area_km2,
                population[number],
                households[number],
                int(villages[number]),
                no_population[number],
                no_households[number],
                self.people.source,
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
            if not self._outline.contains(polygon):
                polygon = shapely.make_valid(polygon).intersection(self._outline)
            for part in shapely.get_parts(polygon):
                if part.geom_type == "Polygon" and not part.is_empty:
                    yield int(gap), part


def gap_rows(maker: GapMaker, states: Mapping[tuple[str, str], States]) -> ResultRows:
    """Return the gaps of every technology, for any operator and for each one."""
    rows: list[Row] = []
    for technology in maker.inputs.technologies:
        for operator in (ANY_OPERATOR, *maker.inputs.operators):
            rows.extend(maker.kept_rows(technology, operator, states[technology, operator]))
    return ResultRows(tables.CoverageGap, COLUMNS, rows)


def _known_inside(
    parts: NDArray[np.object_], crowd: _Crowd | None, without: _Crowd | None
) -> tuple[list[float | None], list[int | None]]:
    """Return by polygon the known number of people (None: unknown), and of villages inside that have no number.

    Where nothing is known of villages that lie inside, the number is unknown and not 0.
    """
    lacking = None if without is None else without.inside(parts)
    known = None if crowd is None else crowd.inside(parts)
    numbers: list[float | None] = [
        None if known is None or (known[at] == 0 and lacking is not None and lacking[at] > 0) else float(known[at])
        for at in range(len(parts))
    ]
    return numbers, [None if lacking is None else int(lacking[at]) for at in range(len(parts))]


def _crowd(people: PeoplePoints | None) -> _Crowd | None:
    return None if people is None else _Crowd.of(people.lon, people.lat, people.weight)
