"""Recommendation ITU-R P.2109: building entry loss not exceeded at a given share of places inside buildings."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum
from statistics import NormalDist

from geo.errors import OutOfRangeError

_NORMAL = NormalDist()


class BuildingType(IntEnum):
    """Kinds of building, with the numbers of the published cases."""

    TRADITIONAL = 1
    THERMALLY_EFFICIENT = 2


@dataclass(frozen=True)
class _Coefficients:
    """Table 1, by the letters of the Recommendation."""

    r: float
    s: float
    t: float
    u: float
    v: float
    w: float
    x: float
    y: float
    z: float


_TABLE_1 = {
    BuildingType.TRADITIONAL: _Coefficients(12.64, 3.72, 0.96, 9.6, 2.0, 9.1, -3.0, 4.5, -2.0),
    BuildingType.THERMALLY_EFFICIENT: _Coefficients(28.19, -3.00, 8.48, 13.5, 3.8, 27.8, -2.9, 9.4, -2.1),
}


def building_entry_loss_db(
    *, frequency_ghz: float, probability: float, building: BuildingType, elevation_deg: float = 0.0
) -> float:
    """Return the building entry loss not exceeded with `probability` (0..1, ends excluded), §3 equations (1)-(10), dB.

    `elevation_deg` is that of the path at the facade, -90..90.

    Raises:
        OutOfRangeError: a frequency outside 0.08 to 100 GHz, a probability not inside 0..1, an impossible angle.
    """
    _check("frequency_ghz", frequency_ghz, 0.08, 100.0)
    _check("elevation_deg", elevation_deg, -90.0, 90.0)
    if not 0.0 < probability < 1.0:
        raise OutOfRangeError(
            f"probability {probability:g} must lie between 0 and 1.",
            f"xác suất {probability:g} phải nằm giữa 0 và 1.",
        )
    c = _TABLE_1[building]
    log_f = math.log10(frequency_ghz)
    quantile = _NORMAL.inv_cdf(probability)
    median_horizontal = c.r + c.s * log_f + c.t * log_f**2
    a = quantile * (c.u + c.v * log_f) + median_horizontal + 0.212 * abs(elevation_deg)
    b = quantile * (c.y + c.z * log_f) + c.w + c.x * log_f
    return 10.0 * math.log10(10.0 ** (0.1 * a) + 10.0 ** (0.1 * b) + 10.0**-0.3)


def entered_share(loss_db: float, *, frequency_ghz: float, building: BuildingType) -> float:
    """Return the share of places inside such buildings (0..1) whose entry loss is at most `loss_db`, path level.

    The inverse of `building_entry_loss_db`, by halving; shares below 0.01 % and above 99.99 % are 0 and 1.

    Raises:
        OutOfRangeError: a frequency outside 0.08 to 100 GHz.
    """
    low, high = 1e-4, 1.0 - 1e-4
    if building_entry_loss_db(frequency_ghz=frequency_ghz, probability=low, building=building) > loss_db:
        return 0.0
    if building_entry_loss_db(frequency_ghz=frequency_ghz, probability=high, building=building) <= loss_db:
        return 1.0
    for _ in range(40):
        middle = 0.5 * (low + high)
        reached = building_entry_loss_db(frequency_ghz=frequency_ghz, probability=middle, building=building) <= loss_db
        low, high = (middle, high) if reached else (low, middle)
    return 0.5 * (low + high)


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise OutOfRangeError(
            f"{name} = {value:g} is outside the range {low:g} to {high:g} of Recommendation ITU-R P.2109.",
            f"{name} = {value:g} nằm ngoài khoảng {low:g} đến {high:g} của Khuyến nghị ITU-R P.2109.",
        )
