"""Sines, cosines and arc tangents that are cheaper than the library's, within 1e-8 of them (radians).

The merging of sectors asks for several of them at every pixel. All are Taylor series after bringing the angle near 0,
so that no number here is more than arithmetic. Written without branches that a processor would have to guess.
"""

import math

from numba import njit

from geo.radio.kernels.options import OPTIONS

_TAN_EIGHTH = math.sqrt(2.0) - 1.0  # tangent of 22.5 degrees
_QUARTER = 0.25 * math.pi
_HALF = 0.5 * math.pi


@njit(forceinline=True, **OPTIONS)
def sine(angle: float) -> float:
    """Sine of an angle in radians."""
    turns = angle * (0.5 / math.pi)
    x = (turns - math.floor(turns + 0.5)) * (2.0 * math.pi)
    # From -180..180 degrees to -90..90, where the series ends soon.
    x = _HALF - abs(_HALF - x) if x > 0.0 else abs(_HALF + x) - _HALF
    z = x * x
    series = 1.0 - z * (1.0 / 210.0 - z * (1.0 / 57120.0))
    series = 1.0 - z * (1.0 / 110.0) * (1.0 - z * (1.0 / 156.0) * series)
    series = 1.0 - z * (1.0 / 42.0) * (1.0 - z * (1.0 / 72.0) * series)
    return x * (1.0 - z * (1.0 / 6.0) * (1.0 - z * (1.0 / 20.0) * series))


@njit(forceinline=True, **OPTIONS)
def cosine(angle: float) -> float:
    """Cosine of an angle in radians."""
    return sine(angle + _HALF)


@njit(forceinline=True, **OPTIONS)
def arc_tangent(y: float, x: float) -> float:
    """Angle of the point (x, y) in radians, -pi..pi, as `math.atan2`; 0 for the origin."""
    larger, smaller = max(abs(x), abs(y)), min(abs(x), abs(y))
    ratio = smaller / larger if larger > 0.0 else 0.0
    turned = (ratio - 1.0) / (ratio + 1.0)
    is_wide = ratio > _TAN_EIGHTH
    t = turned if is_wide else ratio
    base = _QUARTER if is_wide else 0.0
    z = t * t
    series = 1.0 / 13.0 - z * (1.0 / 15.0 - z * (1.0 / 17.0 - z * (1.0 / 19.0)))
    series = 1.0 - z * (1.0 / 3.0 - z * (1.0 / 5.0 - z * (1.0 / 7.0 - z * (1.0 / 9.0 - z * (1.0 / 11.0 - z * series)))))
    angle = base + t * series
    angle = _HALF - angle if abs(y) > abs(x) else angle
    angle = math.pi - angle if x < 0.0 else angle
    return -angle if y < 0.0 else angle
