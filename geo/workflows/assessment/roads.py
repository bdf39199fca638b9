"""Kilometres of road covered, not covered and without data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.domain.coverage import count_states
from geo.domain.places import cut_lines
from geo.domain.sites import ANY_OPERATOR
from geo.store import tables
from geo.store.results import ResultRows
from geo.workflows.assessment.inputs import Inputs
from geo.workflows.assessment.levels import GridLevels
from geo.workflows.assessment.population import pixel_numbers
from geo.workflows.assessment.statistics import with_whole
from geo.workflows.assessment.window import Territory

COLUMNS = (
    "unit_code",
    "road_class",
    "technology",
    "operator_code",
    "covered_km",
    "not_covered_km",
    "no_data_km",
)


def road_rows(inputs: Inputs, territory: Territory, grid: GridLevels) -> ResultRows:
    """Return kilometres by unit, road class, technology and operator; each piece takes its pixel's level.

    Pieces outside the territory are left out.
    """
    return ResultRows(tables.RoadCoverage, COLUMNS, list(_rows(inputs, territory, grid)))


def _rows(inputs: Inputs, territory: Territory, grid: GridLevels) -> Iterator[tuple[Any, ...]]:
    classes = sorted({road.road_class for road in inputs.roads})
    if not classes:
        return
    # Two pieces per pixel follow a winding road; the level does not change within a pixel.
    pieces = cut_lines([road.geometry for road in inputs.roads], min(territory.area.step_x, territory.area.step_y) / 2)
    class_of_line = np.array([classes.index(road.road_class) for road in inputs.roads])
    pixel = pixel_numbers(territory, pieces.lon, pieces.lat)
    inside = np.flatnonzero(pixel >= 0)
    unit = territory.unit[pixel[inside]]
    bucket = unit * len(classes) + class_of_line[pieces.line[inside]]
    for technology in inputs.technologies:
        levels = grid.levels[technology].take(pixel[inside])
        for operator in (*inputs.operators, ANY_OPERATOR):
            counted = count_states(
                levels.of(operator),
                [inputs.rule.threshold_dbm(technology)],
                unit=bucket,
                units=len(inputs.communes) * len(classes),
                weight=pieces.length_km[inside],
            )
            by_unit = counted.reshape(len(inputs.communes), len(classes), 3)
            yield from _unit_rows(inputs, classes, technology, operator, by_unit)


def _unit_rows(
    inputs: Inputs, classes: list[str], technology: str, operator: str, by_unit: NDArray[np.float64]
) -> Iterator[tuple[Any, ...]]:
    communes = len(inputs.communes)
    whole = with_whole(by_unit, communes)
    units = [(number, commune.code) for number, commune in enumerate(inputs.communes)]
    if inputs.area_code is None:
        units.append((communes + 1, inputs.province_code))
    for unit, code in units:
        for number, road_class in enumerate(classes):
            km = [float(value) for value in whole[unit, number]]
            if sum(km) > 0:
                yield code, road_class, technology, operator, *km
