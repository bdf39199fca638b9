"""What lies on the pixels of a tile, whatever the network: communes, cells of the public grid, people, roads.

Kept by tile, because the change of a site changes nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from geo.domain.grid import WGS84, Grid
from geo.domain.places import cut_lines
from geo.settings import Settings
from geo.store.packed import pack_together, unpack_together
from geo.store.result_cache import ResultCache
from geo.store.result_entries import Parts
from geo.workflows.assessment.inputs import Inputs
from geo.workflows.assessment.keys import code_digest, digest_of
from geo.workflows.assessment.population import raster_pixels
from geo.workflows.assessment.tiles import TILE, Tile, TileSurface
from geo.workflows.assessment.window import Window

# Sums of multiples of these fractions (2 to the power of -bits) are exact in any order: of km2 up to a million, of
# people up to eight thousand million, of km of road up to eight million.
AREA_BITS, PEOPLE_BITS, ROAD_BITS = 33, 20, 30
# More tiles than any area has from west to east.
MOST_TILES = 1_000_000
GROUND = "ground"


@dataclass(frozen=True, eq=False)
class Ground:
    """Arrays of one tile.

    `pixel` (flat numbers within the tile) are the pixels of the territory, `unit` their communes, `area_km2` their
    areas. `cells` `(cells, 2)` are the cells of the public grid as row and column counted south and east from the
    origin of its CRS, `cell` the number of each pixel's cell, `cell_units` the pairs of a cell (its number) and a
    commune that share a pixel. People and road pieces name their
    pixel by its place in `pixel`. Areas, people and kilometres are rounded so that their sums are exact.
    """

    pixel: NDArray[np.int32]
    unit: NDArray[np.int32]
    area_km2: NDArray[np.float64]
    cells: NDArray[np.int32]
    cell: NDArray[np.int32]
    cell_units: NDArray[np.int64]
    people_pixel: NDArray[np.int32]
    people: NDArray[np.float64]
    road_pixel: NDArray[np.int32]
    road_bucket: NDArray[np.int32]
    road_km: NDArray[np.float64]

    @classmethod
    def from_parts(cls, parts: Parts) -> Ground:
        """Return the ground from its kept form."""
        return cls(**unpack_together(parts[GROUND]))  # type: ignore[arg-type]

    def to_parts(self) -> Parts:
        """Return what is kept."""
        return {GROUND: pack_together({name: getattr(self, name) for name in self.__dataclass_fields__})}


def exact(values: NDArray[np.float64], bits: int) -> NDArray[np.float64]:
    """Round to multiples of 2 to the power of -bits, whose sums do not depend on their order."""
    return np.asarray(np.rint(values * 2.0**bits) / 2.0**bits)


def road_classes(inputs: Inputs) -> list[str]:
    """Return the classes of road in the order of their numbers."""
    return sorted({road.road_class for road in inputs.roads})


@dataclass(frozen=True, eq=False)
class GroundMaker:
    """Makes the ground of tiles; what is read for all of them is read once, and only when one is missing."""

    inputs: Inputs
    settings: Settings
    window: Window

    def key(self, surface: TileSurface) -> str:
        """Return the name of a tile's ground."""
        return f"ground/{digest_of(self._shared_digest, surface.digest)}"

    def parts(self, tile: Tile, key: str, cache: ResultCache) -> Parts:
        """Return a tile's ground in its kept form, from the cache where it is kept."""
        parts = cache.read(key)
        if parts is None:
            parts = self._make(tile).to_parts()
            cache.write(key, parts)
        return parts

    @cached_property
    def _shared_digest(self) -> str:
        area = self.window.area
        return digest_of(
            code_digest(),
            (area.west, area.north, area.step_x, area.step_y, area.rows, area.cols),
            [commune.code for commune in self.inputs.communes],
            (self.inputs.gap_rule.cell_size_m, self.settings.metric_crs),
            [(layer.file_sha256, layer.bounds) for layer in self.inputs.rasters_of("population")],
            [(road.road_class, shapely.to_wkb(road.geometry)) for road in self.inputs.roads],
        )

    def _make(self, tile: Tile) -> Ground:
        area = self.window.area
        labels = self.window.territory.labels[tile.part].reshape(-1)
        pixel = np.flatnonzero(labels)
        row, col = tile.first_row + pixel // tile.cols, tile.first_col + pixel % tile.cols
        cells, cell = self._public_cells(area.centers_x()[col], area.centers_y()[row])
        number = np.full(labels.size, -1, np.int64)
        number[pixel] = np.arange(len(pixel))
        people, roads = self._people.within(tile), self._roads.within(tile)
        people_at, road_at = number[people["pixel"]], number[roads["pixel"]]
        settled, travelled = people_at >= 0, road_at >= 0
        unit = labels[pixel].astype(np.int32) - 1
        classes = max(1, len(road_classes(self.inputs)))
        road_at = road_at[travelled]
        return Ground(
            pixel=pixel.astype(np.int32),
            unit=unit,
            area_km2=exact(area.row_pixel_area_km2()[row], AREA_BITS),
            cells=cells,
            cell=cell,
            cell_units=np.unique(np.stack([cell.astype(np.int64), unit.astype(np.int64)], axis=1), axis=0),
            people_pixel=people_at[settled].astype(np.int32),
            people=exact(people["weight"][settled], PEOPLE_BITS),
            road_pixel=road_at.astype(np.int32),
            road_bucket=unit[road_at] * classes + roads["kind"][travelled].astype(np.int32),
            road_km=exact(roads["weight"][travelled], ROAD_BITS),
        )

    def _public_cells(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        x, y = self._to_metric.transform(lon, lat)
        size_m = self.inputs.gap_rule.cell_size_m
        places = np.stack([np.floor(-y / size_m), np.floor(x / size_m)], axis=1).astype(np.int32)
        cells, cell = np.unique(places, axis=0, return_inverse=True)
        return cells, cell.reshape(-1).astype(np.int32)

    @cached_property
    def _to_metric(self) -> Transformer:
        return Transformer.from_crs(WGS84, self.settings.metric_crs, always_xy=True)

    @cached_property
    def _people(self) -> _OnTiles:
        pixels = raster_pixels(self.inputs, self.settings)
        lon, lat, weight = np.empty((3, 0)) if pixels is None else pixels
        return _OnTiles.of(self.window.area, lon, lat, {"weight": weight})

    @cached_property
    def _roads(self) -> _OnTiles:
        classes = road_classes(self.inputs)
        area = self.window.area
        # Two pieces per pixel follow a winding road; the level does not change within a pixel.
        pieces = cut_lines([road.geometry for road in self.inputs.roads], min(area.step_x, area.step_y) / 2)
        kinds = np.array([classes.index(road.road_class) for road in self.inputs.roads], dtype=np.int64)
        kind = kinds[pieces.line] if len(kinds) else np.empty(0, np.int64)
        return _OnTiles.of(area, pieces.lon, pieces.lat, {"weight": pieces.length_km, "kind": kind})


@dataclass(frozen=True, eq=False)
class _OnTiles:
    """Points sorted by the tile that holds them; the order within a tile is the one they came in."""

    place: NDArray[np.int64]
    arrays: Mapping[str, NDArray[Any]]

    @classmethod
    def of(
        cls, area: Grid, lon: NDArray[np.float64], lat: NDArray[np.float64], values: Mapping[str, NDArray[Any]]
    ) -> _OnTiles:
        """Sort points; those outside the area are left out."""
        row, col, holds = area.rows_cols(lon, lat)
        inside = np.flatnonzero(holds)
        place = _place(row[inside], col[inside])
        order = inside[np.argsort(place, kind="stable")]
        arrays = {"row": row, "col": col, **values}
        return cls(np.sort(place, kind="stable"), {name: array[order] for name, array in arrays.items()})

    def within(self, tile: Tile) -> dict[str, NDArray[Any]]:
        """Return the points of a tile, `pixel` being their flat pixel within it."""
        wanted = _place(np.array([tile.first_row]), np.array([tile.first_col]))[0]
        first, last = np.searchsorted(self.place, [wanted, wanted + 1])
        found = {name: array[first:last] for name, array in self.arrays.items()}
        row, col = found.pop("row"), found.pop("col")
        return {**found, "pixel": (row - tile.first_row) * tile.cols + (col - tile.first_col)}


def _place(row: NDArray[np.int64], col: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return one number for the tile that holds a pixel."""
    return np.asarray((row // TILE) * MOST_TILES + col // TILE, dtype=np.int64)
