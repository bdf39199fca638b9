"""Levels by technology and operator, on the pixels of the territory and at exact points.

All radio goes through `geo.radio.prediction`. Where an operator has no site list that counts, or terrain is void, its
level is NO_DATA; an operator whose list has no cell of a technology reaches nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from geo.domain.coverage import NO_DATA, NOT_REACHED, LevelRange, Levels, at_least
from geo.domain.grid import LonLat
from geo.domain.sites import ANY_OPERATOR
from geo.radio.layers import LevelLayer
from geo.radio.model import PredictionSettings
from geo.radio.prediction import best_server, predict_points
from geo.settings import Settings
from geo.workflows.assessment.inputs import Inputs, prediction_settings
from geo.workflows.assessment.window import Territory, Window

CountProgress = Callable[[int, int], None]
# Level, server and two marks of a layer; the batch leaves room for terrain and results within 4 GB.
BYTES_PER_LAYER_PIXEL = 10
LARGEST_BATCH_BYTES = 1_500_000_000


@dataclass(frozen=True, eq=False)
class OperatorLevels:
    """Levels of one technology at some points, by operator, each of shape `(points,)`."""

    by_operator: Mapping[str, Levels]
    points: int

    def of(self, operator: str, at_least_operators: int = 1) -> LevelRange:
        """Return what is possible for an operator, or for at least so many operators when it is "any"."""
        if operator != ANY_OPERATOR:
            return at_least([self.by_operator[operator]], 1)
        if not self.by_operator:
            return at_least([np.full(self.points, NO_DATA, dtype=np.int16)], 1)
        return at_least(list(self.by_operator.values()), at_least_operators)

    def take(self, index: NDArray[np.integer]) -> OperatorLevels:
        """Return the levels at some of the points; an index of -1 stands for a point without data."""
        known = index >= 0
        return OperatorLevels(
            {
                operator: np.where(known, levels[index], np.int16(NO_DATA))
                for operator, levels in self.by_operator.items()
            },
            len(index),
        )


@dataclass(frozen=True, eq=False)
class GridLevels:
    """Levels on the pixels of the territory, and the serving cell of each (0: none), by technology and operator."""

    levels: Mapping[str, OperatorLevels]
    servers: Mapping[tuple[str, str], NDArray[np.int32]]


@dataclass(frozen=True, eq=False)
class PointSet:
    """Positions to be computed exactly; `lon` is not-a-number for a point that is not known."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    commune: tuple[str | None, ...]


@dataclass(frozen=True, eq=False)
class PointLevels:
    """Levels at exact points by technology, and where terrain was missing or the point outside the window."""

    levels: Mapping[str, OperatorLevels]
    outside: NDArray[np.bool_]


def _settings(inputs: Inputs, settings: Settings) -> PredictionSettings:
    return prediction_settings(inputs.rule, inputs.model, inputs.technologies, workers=settings.workers)


def compute_grid(inputs: Inputs, settings: Settings, window: Window, progress: CountProgress | None) -> GridLevels:
    """Compute the best server of every technology and operator on the territory's pixels."""
    territory = window.territory
    inside = np.zeros(territory.area.shape, dtype=bool)
    inside.reshape(-1)[territory.pixel] = True
    void = _void(window)
    levels: dict[str, dict[str, Levels]] = {technology: {} for technology in inputs.technologies}
    servers: dict[tuple[str, str], NDArray[np.int32]] = {}
    for technologies in _batches(inputs, inside.size):
        layers = best_server(
            [cell for cell in inputs.cells if cell.technology in technologies],
            terrain=window.terrain,
            clutter=window.clutter,
            settings=_settings(inputs, settings),
            area=territory.area,
            correction=inputs.correction,
            wanted=inside,
            progress=progress,
        )
        by_key = {(str(layer.technology), layer.operator_code): layer for layer in layers}
        for key in product(technologies, inputs.operators):
            technology, operator = key
            missing = _without_list(inputs, operator, territory)
            levels[technology][operator] = _on_territory(by_key.get(key), territory, missing, void)
            servers[key] = _servers(by_key.pop(key, None), territory, missing)
    count = len(territory.pixel)
    return GridLevels({technology: OperatorLevels(found, count) for technology, found in levels.items()}, servers)


def _batches(inputs: Inputs, pixels: int) -> list[tuple[str, ...]]:
    """Return the technologies that are computed together: all, or one by one where the raster is large.

    Together they share the path from each mast; one by one they share the memory.
    """
    layers = len(inputs.technologies) * len(inputs.operators)
    if layers * pixels * BYTES_PER_LAYER_PIXEL <= LARGEST_BATCH_BYTES:
        return [inputs.technologies]
    return [(technology,) for technology in inputs.technologies]


def compute_points(
    inputs: Inputs, settings: Settings, window: Window, points: PointSet, progress: CountProgress | None
) -> PointLevels:
    """Compute levels at exact positions; unknown positions and those without terrain have no data."""
    located = np.flatnonzero(~np.isnan(points.lon))
    positions = [LonLat(float(points.lon[i]), float(points.lat[i])) for i in located]
    grid = window.terrain.grid
    outside = np.ones(len(points.lon), dtype=bool)
    outside[located] = [grid.row_col(point.lon, point.lat) is None for point in positions]
    layers = predict_points(
        inputs.cells,
        positions,
        terrain=window.terrain,
        clutter=window.clutter,
        settings=_settings(inputs, settings),
        correction=inputs.correction,
        progress=progress,
    )
    by_key = {(str(layer.technology), layer.operator_code): layer for layer in layers}
    void = _void_at(window, positions)
    levels = {
        technology: OperatorLevels(
            {
                operator: _at_points(
                    by_key.get((technology, operator)), located, void, _has_list(inputs, operator, points.commune)
                )
                for operator in inputs.operators
            },
            len(points.lon),
        )
        for technology in inputs.technologies
    }
    return PointLevels(levels, outside)


def _on_territory(
    layer: LevelLayer | None, territory: Territory, missing: NDArray[np.bool_], void: NDArray[np.bool_]
) -> Levels:
    if layer is None:
        nothing = np.where(missing | void, NO_DATA, NOT_REACHED)
        return nothing.astype(np.int16)
    levels = layer.encoded().reshape(-1)[territory.pixel]
    levels[missing] = NO_DATA
    return levels


def _servers(layer: LevelLayer | None, territory: Territory, missing: NDArray[np.bool_]) -> NDArray[np.int32]:
    if layer is None:
        return np.zeros(len(territory.pixel), dtype=np.int32)
    server = np.where(layer.no_data, 0, layer.server_cell_id).reshape(-1)[territory.pixel]
    return np.where(missing, 0, server).astype(np.int32)


def _at_points(
    layer: LevelLayer | None, located: NDArray[np.int64], void: NDArray[np.bool_], has_list: NDArray[np.bool_]
) -> Levels:
    result = np.full(len(has_list), NO_DATA, dtype=np.int16)
    if layer is None:
        result[located] = np.where(void, NO_DATA, NOT_REACHED).astype(np.int16)
    else:
        result[located] = layer.encoded()
    result[~has_list] = NO_DATA
    return result


def _without_list(inputs: Inputs, operator: str, territory: Territory) -> NDArray[np.bool_]:
    missing = np.array([not inputs.has_list(operator, commune.code) for commune in inputs.communes])
    return np.asarray(missing[territory.unit])


def _has_list(inputs: Inputs, operator: str, communes: Sequence[str | None]) -> NDArray[np.bool_]:
    return np.array([inputs.has_list(operator, known_commune(inputs, code)) for code in communes], dtype=bool)


def known_commune(inputs: Inputs, code: str | None) -> str | None:
    """Return a commune's code, or None for one that is not a unit of the territory."""
    return code if any((operator, code) in inputs.site_lists for operator in inputs.operators) else None


def _void(window: Window) -> NDArray[np.bool_]:
    grid, territory = window.terrain.grid, window.territory
    row, col = (round(value) for value in grid.fractional_row_col(territory.area.west, territory.area.north))
    part = window.terrain.void[row : row + territory.area.rows, col : col + territory.area.cols]
    return np.asarray(part.reshape(-1)[territory.pixel])


def _void_at(window: Window, positions: Sequence[LonLat]) -> NDArray[np.bool_]:
    found = (window.terrain.grid.row_col(point.lon, point.lat) for point in positions)
    return np.array([at is None or bool(window.terrain.void[at]) for at in found], dtype=bool)
