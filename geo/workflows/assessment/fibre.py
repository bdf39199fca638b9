"""Fibre reach of every village."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from geo.domain.fibre import fibre_figures
from geo.store import tables
from geo.store.results import ResultRows
from geo.workflows.assessment.inputs import Inputs

COLUMNS = (
    "village_id",
    "state",
    "households",
    "households_passed",
    "households_passed_by_operator",
    "ports_free",
    "max_speed_mbps",
    "households_passed_1gbps",
    "nearest_node_distance_m",
)


def fibre_rows(inputs: Inputs) -> ResultRows:
    """Return what is declared for each village, and the distance to the nearest node beside it."""
    return ResultRows(
        tables.FibreReach,
        COLUMNS,
        list(_rows(inputs)),
        json_columns=frozenset({"households_passed_by_operator"}),
    )


def _rows(inputs: Inputs) -> Iterator[tuple[Any, ...]]:
    for village in inputs.villages:
        figures = fibre_figures(village.households, inputs.fibre_declarations.get(village.id, ()))
        yield (
            village.id,
            figures.state.value,
            figures.households,
            figures.households_passed,
            dict(figures.households_passed_by_operator),
            figures.ports_free,
            figures.max_speed_mbps,
            figures.households_passed_1gbps,
            inputs.nearest_node_distance_m.get(village.id),
        )
