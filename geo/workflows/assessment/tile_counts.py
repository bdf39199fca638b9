"""What a tile adds to the results of an assessment: sums that add up over tiles, and its blocks of the raster files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.domain.coverage import NO_DATA, NOT_REACHED, LevelRange, Levels, count_states
from geo.domain.grid import Grid
from geo.domain.sites import ANY_OPERATOR
from geo.radio.layers import LevelLayer
from geo.radio.left_out import any_near
from geo.store.packed import pack_together, unpack_together
from geo.store.result_entries import Parts
from geo.workflows.assessment.bench import TileRule
from geo.workflows.assessment.files import (
    COUNT_NO_DATA,
    NO_SERVER,
    best_level,
    best_server,
    count_operators,
    level_name,
    operators_name,
    server_name,
)
from geo.workflows.assessment.ground import Ground
from geo.workflows.assessment.levels import OperatorLevels, opened
from geo.workflows.assessment.overviews import DIGESTS, block_digests, raster_parts
from geo.workflows.assessment.spread import CellTable, expected_reaching, stacked
from geo.workflows.assessment.tile_levels import TileLevels
from geo.workflows.assessment.tiles import Tile

# Numbers of operators that shares over any operator are published for.
OPERATOR_COUNTS = (1, 2, 3)
COUNTS = "counts"
Kind = tuple[str, int]


def kinds_of(operators: Sequence[str]) -> list[Kind]:
    """Return each operator, and any operator with how many of them are asked for."""
    return [*((operator, 1) for operator in operators), *((ANY_OPERATOR, number) for number in OPERATOR_COUNTS)]


@dataclass(frozen=True, eq=False)
class TileCounts:
    """Sums over one tile; the last axis is always covered, not covered, no data.

    `area` (technologies, kinds, units, tiers, 3) in km2 and `people` of the same shape are of the communes `units`;
    `area_levels` and `people_levels` (technologies, rows, units, common errors, grid) say how much is expected to reach
    which level (see `spread`);
    `public` (technologies, operators and any, cells, 3) in km2 of the cells of the public grid in `cells`;
    `roads` (technologies, operators and any, buckets, 3) in km of the buckets `road_buckets`.
    """

    units: NDArray[np.int32]
    area: NDArray[np.float64]
    people: NDArray[np.float64]
    area_levels: NDArray[np.float32]
    people_levels: NDArray[np.float32]
    cells: NDArray[np.int32]
    cell_units: NDArray[np.int64]
    public: NDArray[np.float64]
    road_buckets: NDArray[np.int64]
    roads: NDArray[np.float64]

    @classmethod
    def from_parts(cls, parts: Parts) -> TileCounts:
        """Return the counts from the parts of a tile."""
        return cls(**unpack_together(parts[COUNTS]))  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False)
class TilePixels:
    """Levels and servers on the pixels of the territory in one tile."""

    tile: Tile
    ground: Ground
    levels: Mapping[str, OperatorLevels]
    servers: Mapping[tuple[str, str], NDArray[np.int32]]


def tile_pixels(
    tile: Tile,
    ground: Ground,
    found: TileLevels,
    void: NDArray[np.bool_],
    missing: NDArray[np.bool_],
    rule: TileRule,
    area: Grid,
) -> TilePixels:
    """Return levels on the pixels of the territory.

    `void` has the shape of the tile; `missing` (operators, communes) tells where an operator has no list that counts;
    `area` is the grid of the whole raster.
    """
    void_pixel = void.reshape(-1)[ground.pixel]
    lon, lat = _centers(tile, ground, area)
    levels: dict[str, OperatorLevels] = {}
    servers: dict[tuple[str, str], NDArray[np.int32]] = {}
    for technology, covered_dbm in zip(rule.technologies, rule.covered_dbm, strict=True):
        by_operator: dict[str, Levels] = {}
        for number, operator in enumerate(rule.operators):
            layer = found.layers.get((technology, operator))
            without_list = missing[number][ground.unit]
            near = any_near(rule.left_out, technology=technology, operator=operator, lon=lon, lat=lat)
            computed = _levels(layer, ground, without_list, void_pixel)
            by_operator[operator] = opened(computed, near, covered_dbm)
            unknown = without_list if near is None else by_operator[operator] == NO_DATA
            servers[technology, operator] = _servers(layer, ground, unknown)
        levels[technology] = OperatorLevels(by_operator, len(ground.pixel))
    return TilePixels(tile, ground, levels, servers)


def tile_parts(pixels: TilePixels, rule: TileRule, cells: CellTable, area: Grid, groups: NDArray[np.uint8]) -> Parts:
    """Return the sums of a tile and its blocks of every raster, as the parts of an entry.

    `cells` are those that can serve it, `area` is the grid of the whole raster, `groups` are the clutter groups on the
    tile, or one for all of it.
    """
    ground = pixels.ground
    units, unit = np.unique(ground.unit, return_inverse=True)
    buckets, bucket = np.unique(ground.road_bucket, return_inverse=True)
    counts: dict[str, NDArray[Any]] = {
        "units": units.astype(np.int32),
        "area": _by_kind(pixels.levels, rule, unit, len(units), ground.area_km2),
        "people": _by_kind(
            {name: levels.take(ground.people_pixel) for name, levels in pixels.levels.items()},
            rule,
            unit[ground.people_pixel],
            len(units),
            ground.people,
        ),
        **_expected(pixels, rule, _Surface(cells, area, groups), unit, len(units)),
        "cells": ground.cells,
        "cell_units": ground.cell_units,
        "public": _by_operator(pixels.levels, rule, ground.cell, len(ground.cells), ground.area_km2),
        "road_buckets": buckets.astype(np.int64),
        "roads": _by_operator(
            {name: levels.take(ground.road_pixel) for name, levels in pixels.levels.items()},
            rule,
            bucket,
            len(buckets),
            ground.road_km,
        ),
    }
    parts: Parts = {COUNTS: pack_together(counts)}
    for name, values, outside in _rasters(pixels, rule):
        raster = np.full(pixels.tile.rows * pixels.tile.cols, outside, dtype=values.dtype)
        raster[ground.pixel] = values
        parts.update(raster_parts(name, raster.reshape(pixels.tile.shape), outside))
    return {**parts, DIGESTS: block_digests(parts)}


@dataclass(frozen=True, eq=False)
class _Surface:
    """What tells the class of a level: the cells that may serve, the grid of the whole raster, clutter on the tile."""

    cells: CellTable
    area: Grid
    groups: NDArray[np.uint8]

    def classes(self, pixels: TilePixels, rule: TileRule, technology: str, levels: Levels) -> NDArray[np.int64]:
        """Return the class of the levels of all operators."""
        tile, ground = pixels.tile, pixels.ground
        lon, lat = _centers(tile, ground, self.area)
        groups = np.broadcast_to(self.groups, tile.shape).reshape(-1)[ground.pixel]
        found = [
            self.cells.classes(levels[k], pixels.servers[technology, operator], lon, lat, groups, rule.errors)
            for k, operator in enumerate(rule.operators)
        ]
        return np.array(found, dtype=np.int64).reshape(levels.shape)


def _expected(
    pixels: TilePixels, rule: TileRule, surface: _Surface, unit: NDArray[np.integer], units: int
) -> dict[str, NDArray[Any]]:
    """Return how much area and how many people are expected to reach which level."""
    ground = pixels.ground
    people = np.bincount(ground.people_pixel, ground.people, len(ground.pixel))
    found = []
    for number, technology in enumerate(rule.technologies):
        levels = stacked(pixels.levels[technology].by_operator, rule.operators, len(ground.pixel))
        found.append(
            expected_reaching(
                levels,
                surface.classes(pixels, rule, technology, levels),
                rule.errors,
                number,
                unit=unit,
                units=units,
                weights=np.stack([ground.area_km2, people]),
                operator_counts=max(OPERATOR_COUNTS),
            )
        )
    area, on_people = np.array(found).swapaxes(0, 1)
    return {"area_levels": area, "people_levels": on_people}


def _levels(
    layer: LevelLayer | None, ground: Ground, without_list: NDArray[np.bool_], void: NDArray[np.bool_]
) -> Levels:
    if layer is None:
        levels = np.where(void, NO_DATA, NOT_REACHED).astype(np.int16)
    else:
        levels = layer.encoded().reshape(-1)[ground.pixel]
    levels[without_list] = NO_DATA
    return levels


def _centers(tile: Tile, ground: Ground, area: Grid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return longitude and latitude of the pixels of the territory."""
    lon = area.centers_x()[tile.first_col + ground.pixel % tile.cols]
    return lon, area.centers_y()[tile.first_row + ground.pixel // tile.cols]


def _servers(layer: LevelLayer | None, ground: Ground, unknown: NDArray[np.bool_]) -> NDArray[np.int32]:
    if layer is None:
        return np.zeros(len(ground.pixel), dtype=np.int32)
    servers = np.where(layer.no_data, NO_SERVER, layer.server_cell_id).reshape(-1)[ground.pixel]
    return np.where(unknown, NO_SERVER, servers).astype(np.int32)


def _by_kind(
    levels: Mapping[str, OperatorLevels],
    rule: TileRule,
    unit: NDArray[np.integer],
    units: int,
    weight: NDArray[np.float64],
) -> NDArray[np.float64]:
    return np.array(
        [
            [
                count_states(levels[technology].of(*kind), thresholds, unit=unit, units=units, weight=weight)
                for kind in kinds_of(rule.operators)
            ]
            for technology, thresholds in zip(rule.technologies, rule.thresholds_dbm, strict=True)
        ]
    )


def _by_operator(
    levels: Mapping[str, OperatorLevels],
    rule: TileRule,
    unit: NDArray[np.integer],
    units: int,
    weight: NDArray[np.float64],
) -> NDArray[np.float64]:
    def counted(found: LevelRange, threshold_dbm: float) -> NDArray[np.float64]:
        return count_states(found, [threshold_dbm], unit=unit, units=units, weight=weight)[:, 0]

    return np.array(
        [
            [counted(levels[technology].of(operator), covered_dbm) for operator in (*rule.operators, ANY_OPERATOR)]
            for technology, covered_dbm in zip(rule.technologies, rule.covered_dbm, strict=True)
        ]
    )


def _rasters(pixels: TilePixels, rule: TileRule) -> Iterator[tuple[str, NDArray[np.generic], int]]:
    """Return the rasters by name: values on the pixels of the territory, and the value outside."""
    for technology, covered_dbm in zip(rule.technologies, rule.covered_dbm, strict=True):
        levels = pixels.levels[technology]
        for operator in rule.operators:
            yield level_name(technology, operator), levels.by_operator[operator], NO_DATA
            yield server_name(technology, operator), pixels.servers[technology, operator], NO_SERVER
        best = best_level(levels, covered_dbm)
        servers = {operator: pixels.servers[technology, operator] for operator in rule.operators}
        yield level_name(technology, ANY_OPERATOR), best, NO_DATA
        yield server_name(technology, ANY_OPERATOR), best_server(levels, servers, best), NO_SERVER
        yield operators_name(technology), count_operators(levels, covered_dbm), COUNT_NO_DATA
