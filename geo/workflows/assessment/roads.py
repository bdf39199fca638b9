"""Kilometres of road covered, not covered and without data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.domain.sites import ANY_OPERATOR
from geo.store import tables
from geo.store.results import ResultRows
from geo.workflows.assessment.ground import road_classes
from geo.workflows.assessment.inputs import Inputs
from geo.workflows.assessment.statistics import with_whole

KM_DECIMALS = 6
COLUMNS = (
    "unit_code",
    "road_class",
    "technology",
    "operator_code",
    "covered_km",
    "not_covered_km",
    "no_data_km",
)


def road_rows(inputs: Inputs, counted_km: NDArray[np.float64]) -> ResultRows:
    """Return kilometres by unit, road class, technology and operator; each piece takes its pixel's level.

    `counted_km` has the shape (technologies, operators and any, communes, classes, 3). Pieces outside the territory are
    left out.
    """
    return ResultRows(tables.RoadCoverage, COLUMNS, list(_rows(inputs, counted_km)))


def _rows(inputs: Inputs, counted_km: NDArray[np.float64]) -> Iterator[tuple[Any, ...]]:
    classes = road_classes(inputs)
    if not classes:
        return
    for technology, by_operator in zip(inputs.technologies, counted_km, strict=True):
        for operator, by_unit in zip((*inputs.operators, ANY_OPERATOR), by_operator, strict=True):
            yield from _unit_rows(inputs, classes, technology, operator, by_unit)


def _unit_rows(
    inputs: Inputs, classes: list[str], technology: str, operator: str, by_unit: NDArray[np.float64]
) -> Iterator[tuple[Any, ...]]:
    communes = len(inputs.communes)
    # To the millimetre: what is left of a difference of two sums is no road. The whole adds up what is stored.
    whole = with_whole(np.round(by_unit, KM_DECIMALS) + 0.0, communes)
    units = [(number, commune.code) for number, commune in enumerate(inputs.communes)]
    if inputs.area_code is None:
        units.append((communes + 1, inputs.province_code))
    for unit, code in units:
        for number, road_class in enumerate(classes):
            km = [float(value) for value in whole[unit, number]]
            if sum(km) > 0:
                yield code, road_class, technology, operator, *km
