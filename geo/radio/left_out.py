"""Cells that are on air and cannot be computed: where they might serve, nobody knows whether there is signal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.domain.grid import metres_per_degree


@dataclass(frozen=True, slots=True, order=True)
class LeftOutCell:
    """Whose cell is left out, where its mast stands (EPSG:4326), and how far it would be computed."""

    technology: str
    operator_code: str
    lon: float
    lat: float
    reach_m: float


def any_near(
    left_out: Sequence[LeftOutCell],
    *,
    technology: str,
    operator: str,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
) -> NDArray[np.bool_] | None:
    """Tell where a left-out cell would be computed; None where that is nowhere.

    Masts with several such cells are looked at once, and none after every position is decided.
    """
    reach_m: dict[tuple[float, float], float] = {}
    for one in _of(left_out, technology, operator):
        reach_m[one.lon, one.lat] = max(one.reach_m, reach_m.get((one.lon, one.lat), 0.0))
    found = np.zeros(np.shape(lon), dtype=bool)
    for (mast_lon, mast_lat), reach in reach_m.items():
        found |= is_within(LeftOutCell(technology, operator, mast_lon, mast_lat, reach), lon, lat)
        if found.all():
            break
    return found if found.any() else None


def _of(left_out: Iterable[LeftOutCell], technology: str, operator: str) -> Iterator[LeftOutCell]:
    return (one for one in left_out if one.technology == technology and one.operator_code == operator)


def is_within(one: LeftOutCell, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which positions (degrees) lie within the reach of a left-out cell."""
    lon_m, lat_m = metres_per_degree(one.lat)
    return np.asarray(np.hypot((lon - one.lon) * lon_m, (lat - one.lat) * lat_m) <= one.reach_m)
