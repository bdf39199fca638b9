"""Levels at exact points: villages, clusters and places; kept and brought up to date as tiles are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from geo.domain.coverage import NO_DATA, NOT_REACHED, Levels
from geo.domain.grid import Bounds
from geo.radio.correction import CorrectedPoints
from geo.radio.layers import LayerKey, LayerStack, LevelLayer, PointsLoss
from geo.radio.left_out import any_near
from geo.radio.link_budget import ResolvedCell
from geo.radio.masts import Mast
from geo.radio.prediction import points_loss_of, visit_points
from geo.radio.terrain import margin_bounds
from geo.workflows.assessment.bench import Bench, KeyedMast
from geo.workflows.assessment.inputs import Inputs
from geo.workflows.assessment.keying import state_digest
from geo.workflows.assessment.keys import digest_of
from geo.workflows.assessment.levels import OperatorLevels, PointLevels, PointSet, opened
from geo.workflows.assessment.states import State, change_since, forget
from geo.workflows.assessment.tiles import REACH_MARGIN

NOWHERE = np.empty(0, np.int64)


def compute_points(inputs: Inputs, bench: Bench, points: PointSet, masts: Sequence[KeyedMast]) -> PointLevels:
    """Compute levels at exact positions; unknown positions and those without terrain have no data."""
    located = np.flatnonzero(~np.isnan(points.lon))
    lon, lat = points.lon[located], points.lat[located]
    row, col, inside = bench.window.grid.rows_cols(lon, lat)
    outside = np.ones(len(points.lon), dtype=bool)
    outside[located] = ~inside
    void = ~inside | bench.window.terrain.void[row, col]
    stack = _servers_at(inputs, bench, lon, lat, masts)
    layers = [_flat(layer) for layer in stack.finish(void.reshape(-1, 1), bench.settings.decided_level_dbm)]
    by_key = {(str(layer.technology), layer.operator_code): layer for layer in layers}
    near = _near_left_out(inputs, points)
    levels = {
        technology: OperatorLevels(
            {
                operator: opened(
                    _at_points(
                        by_key.get((technology, operator)), located, void, _has_list(inputs, operator, points.commune)
                    ),
                    near.get((technology, operator)),
                    inputs.rule.threshold_dbm(technology),
                )
                for operator in inputs.operators
            },
            len(points.lon),
        )
        for technology in inputs.technologies
    }
    void_at = np.zeros(len(points.lon), dtype=bool)
    void_at[located] = void
    servers = {
        (technology, operator): _servers(by_key.get((technology, operator)), located, len(points.lon))
        for technology, operator in product(inputs.technologies, inputs.operators)
    }
    groups = np.zeros(len(points.lon), dtype=np.uint8)
    groups[located] = _groups(bench, lon, lat)
    return PointLevels(levels, outside, points.lon, points.lat, servers, groups, void_at, near)


def _near_left_out(inputs: Inputs, points: PointSet) -> dict[tuple[str, str], NDArray[np.bool_]]:
    """Return by technology and operator where a cell that is left out might serve, if anywhere."""
    left_out = inputs.left_out
    found = {
        (technology, operator): any_near(
            left_out, technology=technology, operator=operator, lon=points.lon, lat=points.lat
        )
        for technology, operator in product(inputs.technologies, inputs.operators)
    }
    return {key: near for key, near in found.items() if near is not None}


def _servers_at(
    inputs: Inputs,
    bench: Bench,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    masts: Sequence[KeyedMast],
) -> LayerStack:
    """Return the best servers at positions, brought up to date from the last ones where few masts changed."""
    key = f"points/{digest_of(state_digest(bench, inputs.technologies), lon, lat)}"
    kept = bench.cache.read(key)
    before = None if kept is None else State.from_parts(kept)
    change = None if before is None else change_since(before.made_of, masts)
    stack = LayerStack(inputs.cells, (len(lon), 1), bench.settings.lowest_level_dbm)
    if before is None or change is None:
        visit_points(
            inputs.cells,
            lon,
            lat,
            terrain=bench.window.terrain,
            clutter=bench.window.clutter,
            settings=bench.settings,
            visit=lambda cells, loss: _add(bench, stack, cells, loss),
        )
    else:
        before.fill(stack)
        if not change.layers:
            bench.cache.touch([key])
            return stack
        _fill(bench, stack, [keyed.mast for keyed in masts], lon, lat, forget(stack, change.gone))
        for keyed in change.came:
            _merge(bench, stack, keyed.mast, lon, lat, np.arange(len(lon)))
    bench.cache.write(key, State.of(stack, masts, before).to_parts())
    return stack


def _fill(
    bench: Bench,
    stack: LayerStack,
    masts: Sequence[Mast],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    opened: Mapping[LayerKey, NDArray[np.uint8]],
) -> None:
    """Merge masts at the points that were opened in a layer which they have a cell in."""
    of_layers: dict[frozenset[LayerKey], NDArray[np.int64]] = {}
    for mast in masts:
        keys = frozenset(opened.keys() & {(cell.technology, cell.operator_code) for cell in mast.cells})
        if keys not in of_layers:
            of_layers[keys] = np.flatnonzero(np.any([opened[key] for key in keys], axis=0)) if keys else NOWHERE
        chosen = of_layers[keys]
        if chosen.size == 0:
            continue
        # Never too few: a point that the mast does not reach gets no loss.
        box = margin_bounds(Bounds(mast.lon, mast.lat, mast.lon, mast.lat), REACH_MARGIN * mast.farthest_m)
        east, north = lon[chosen], lat[chosen]
        inside = (east >= box.west) & (east <= box.east) & (north >= box.south) & (north <= box.north)
        if inside.any():
            _merge(bench, stack, mast, lon, lat, chosen[inside])


def _merge(
    bench: Bench,
    stack: LayerStack,
    mast: Mast,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    chosen: NDArray[np.int64],
) -> None:
    """Merge a mast at the chosen points; a cell that was merged there before changes nothing."""
    loss = points_loss_of(mast, lon=lon[chosen], lat=lat[chosen], rasters=bench.rasters, settings=bench.settings)
    _add(bench, stack, mast.cells, replace(loss, points=chosen[loss.points]))


def _add(bench: Bench, stack: LayerStack, cells: Sequence[ResolvedCell], loss: PointsLoss) -> None:
    corrected = CorrectedPoints(loss, bench.correction, bench.window.clutter)
    for cell in cells:
        stack.merge_points(cell, corrected.of(cell))


def _flat(layer: LevelLayer) -> LevelLayer:
    """Return a layer of shape (points, 1) as one of shape (points,)."""
    return replace(
        layer,
        level_cdbm=layer.level_cdbm[:, 0],
        server_cell_id=layer.server_cell_id[:, 0],
        no_data=layer.no_data[:, 0],
    )


def _servers(layer: LevelLayer | None, located: NDArray[np.int64], points: int) -> NDArray[np.int32]:
    result = np.zeros(points, dtype=np.int32)
    if layer is not None:
        result[located] = np.where(layer.no_data, 0, layer.server_cell_id)
    return result


def _groups(bench: Bench, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.uint8]:
    clutter = bench.window.clutter
    if clutter is None or clutter.groups.size == 1:
        return np.zeros(len(lon), dtype=np.uint8)
    row, col, inside = clutter.grid.rows_cols(lon, lat)
    return np.where(inside, clutter.groups[row, col], 0).astype(np.uint8)


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
    counts = {code: inputs.has_list(operator, known_commune(inputs, code)) for code in set(communes)}
    return np.array([counts[code] for code in communes], dtype=bool)
