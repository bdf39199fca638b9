"""Levels at exact points: villages, clusters and places."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from geo.domain.coverage import NO_DATA, NOT_REACHED, Levels
from geo.domain.grid import LonLat
from geo.radio.layers import LevelLayer
from geo.radio.prediction import predict_points
from geo.workflows.assessment.bench import Bench
from geo.workflows.assessment.inputs import Inputs
from geo.workflows.assessment.levels import CountProgress, OperatorLevels, PointLevels, PointSet


def compute_points(inputs: Inputs, bench: Bench, points: PointSet, progress: CountProgress | None) -> PointLevels:
    """Compute levels at exact positions; unknown positions and those without terrain have no data."""
    located = np.flatnonzero(~np.isnan(points.lon))
    positions = [LonLat(float(points.lon[i]), float(points.lat[i])) for i in located]
    grid = bench.window.terrain.grid
    outside = np.ones(len(points.lon), dtype=bool)
    outside[located] = [grid.row_col(point.lon, point.lat) is None for point in positions]
    layers = predict_points(
        inputs.cells,
        positions,
        terrain=bench.window.terrain,
        clutter=bench.window.clutter,
        settings=bench.settings,
        correction=bench.correction,
        progress=progress,
    )
    by_key = {(str(layer.technology), layer.operator_code): layer for layer in layers}
    void = _void_at(bench, positions)
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
    servers = {
        (technology, operator): _servers(by_key.get((technology, operator)), located, len(points.lon))
        for technology, operator in product(inputs.technologies, inputs.operators)
    }
    groups = _groups(bench, located, positions, len(points.lon))
    return PointLevels(levels, outside, points.lon, points.lat, servers, groups)


def _servers(layer: LevelLayer | None, located: NDArray[np.int64], points: int) -> NDArray[np.int32]:
    result = np.zeros(points, dtype=np.int32)
    if layer is not None:
        result[located] = np.where(layer.no_data, 0, layer.server_cell_id)
    return result


def _groups(bench: Bench, located: NDArray[np.int64], positions: Sequence[LonLat], points: int) -> NDArray[np.uint8]:
    result = np.zeros(points, dtype=np.uint8)
    clutter = bench.window.clutter
    if clutter is None or clutter.groups.size == 1:
        return result
    for at, position in zip(located.tolist(), positions, strict=True):
        pixel = clutter.grid.row_col(position.lon, position.lat)
        if pixel is not None:
            result[at] = clutter.groups[pixel]
    return result


def known_commune(inputs: Inputs, code: str | None) -> str | None:
    """Return a commune's code, or None for one that is not a unit of the territory."""
    return code if any((operator, code) in inputs.site_lists for operator in inputs.operators) else None


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


def _has_list(inputs: Inputs, operator: str, communes: Sequence[str | None]) -> NDArray[np.bool_]:
    return np.array([inputs.has_list(operator, known_commune(inputs, code)) for code in communes], dtype=bool)


def _void_at(bench: Bench, positions: Sequence[LonLat]) -> NDArray[np.bool_]:
    grid, void = bench.window.terrain.grid, bench.window.terrain.void
    found = (grid.row_col(point.lon, point.lat) for point in positions)
    return np.array([at is None or bool(void[at]) for at in found], dtype=bool)
