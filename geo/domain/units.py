"""Conversions between units, used at intake and at display only."""

from __future__ import annotations

import math

METRES_PER_KILOMETRE = 1000.0
SQUARE_METRES_PER_SQUARE_KILOMETRE = 1_000_000.0


def dbm_from_watt(power_w: float) -> float:
    """Return a power in dBm from one in watt.

    Raises:
        ValueError: `power_w` is not positive.
    """
    if power_w <= 0:
        raise ValueError(f"power must be positive, got {power_w} W")
    return 10.0 * math.log10(power_w) + 30.0


def watt_from_dbm(power_dbm: float) -> float:
    """Return a power in watt from one in dBm."""
    return float(10.0 ** ((power_dbm - 30.0) / 10.0))
