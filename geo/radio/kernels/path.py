"""Path geometry of ITU-R P.1812-7, Attachment 1 to Annex 1, on one terrain profile.

Arrays hold the points 0 .. `last` and may be longer: `distance_km`, `terrain_m` (height above mean sea level) and
`surface_m` (terrain plus representative clutter, the first and last point bare). Everything here is independent of the
frequency, so one analysis serves every band of a mast.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.radio.kernels.extremes import larger, smaller
from geo.radio.kernels.options import OPTIONS

ProfileArray = NDArray[np.float64]

# Below any slope or height difference that terrain on Earth can have; stands in for minus infinity.
LOWEST = -1.0e30
# Two slopes (m/km) closer than this are the same horizon: rounding may differ between a vector and a scalar loop.
SLOPE_TOLERANCE = 1.0e-9


class PathGeometry(NamedTuple):
    """What the profile decides, before any frequency is known. Heights above sea level unless said otherwise."""

    distance_km: float
    tx_antenna_m: float
    rx_antenna_m: float
    line_of_sight: bool
    tx_horizon_mrad: float
    rx_horizon_mrad: float
    tx_horizon_km: float
    rx_horizon_km: float
    tx_smooth_m: float
    rx_smooth_m: float
    tx_effective_m: float
    rx_effective_m: float
    roughness_m: float
    bare_edge: float


class _Slopes(NamedTuple):
    """Maxima over the inner points in m/km, `curved` with the earth bulge, `flat` without; and smooth-earth sums."""

    tx_curved: float
    rx_curved: float
    tx_flat: float
    rx_flat: float
    obstruction_m: float
    moment_0: float
    moment_1: float


@njit(**OPTIONS)
def _profile_slopes(
    distance_km: ProfileArray, terrain_m: ProfileArray, last: int, tx_m: float, rx_m: float, bulge: float
) -> _Slopes:
    total = distance_km[last]
    direct = (rx_m - tx_m) / total
    tx_curved = tx_flat = rx_curved = rx_flat = obstruction = LOWEST
    for i in range(1, last):
        near = distance_km[i]
        far = total - near
        height = terrain_m[i]
        # One division serves both slopes: it is the slowest step of the loop.
        reciprocal = 1.0 / (near * far)
        tx_slope = (height - tx_m) * far * reciprocal
        rx_slope = (height - rx_m) * near * reciprocal
        tx_flat = larger(tx_flat, tx_slope)
        rx_flat = larger(rx_flat, rx_slope)
        tx_curved = larger(tx_curved, tx_slope - bulge * near)
        rx_curved = larger(rx_curved, rx_slope - bulge * far)
        obstruction = larger(obstruction, height - tx_m - direct * near)
    moment_0 = 0.0
    moment_1 = 0.0
    for i in range(1, last + 1):
        d1 = distance_km[i]
        d0 = distance_km[i - 1]
        h1 = terrain_m[i]
        h0 = terrain_m[i - 1]
        moment_0 += (d1 - d0) * (h1 + h0)
        moment_1 += (d1 - d0) * (h1 * (2.0 * d1 + d0) + h0 * (d1 + 2.0 * d0))
    return _Slopes(tx_curved, rx_curved, tx_flat, rx_flat, obstruction, moment_0, moment_1)


@njit(**OPTIONS)
def _first_at(
    distance_km: ProfileArray, terrain_m: ProfileArray, last: int, antenna_m: float, bulge: float, slope: float
) -> int:
    """Index of the transmitter's horizon: the first point that reaches `slope` (§4.1 of Attachment 1)."""
    for i in range(1, last):
        if (terrain_m[i] - antenna_m) / distance_km[i] - bulge * distance_km[i] >= slope - SLOPE_TOLERANCE:
            return i
    return last - 1


@njit(**OPTIONS)
def _last_at(
    distance_km: ProfileArray, terrain_m: ProfileArray, last: int, antenna_m: float, bulge: float, slope: float
) -> int:
    """Index of the receiver's horizon, the same seen from the other end."""
    for i in range(last - 1, 0, -1):
        far = distance_km[last] - distance_km[i]
        if (terrain_m[i] - antenna_m) / far - bulge * far >= slope - SLOPE_TOLERANCE:
            return i
    return 1


@njit(**OPTIONS)
def least_clearance(
    distance_km: ProfileArray, surface_m: ProfileArray, last: int, tx_m: float, rx_m: float, bulge: float
) -> tuple[int, float]:
    """Point of a line-of-sight path with the least clearance in Fresnel radii, and that clearance.

    The second value is clearance (m, positive above ground) over sqrt(d1 d2 / d) (sqrt km): equation (13) without the
    wavelength, so that v = -value * sqrt(0.002 / wavelength).
    """
    total = distance_km[last]
    slope = (rx_m - tx_m) / total
    lowest = 1.0e30
    for i in range(1, last):
        near = distance_km[i]
        product = near * (total - near)
        clearance = tx_m + slope * near - bulge * product - surface_m[i]
        lowest = smaller(lowest, clearance * abs(clearance) / product)
    at = 1
    for i in range(1, last):
        near = distance_km[i]
        product = near * (total - near)
        clearance = tx_m + slope * near - bulge * product - surface_m[i]
        if clearance * abs(clearance) <= (lowest + SLOPE_TOLERANCE) * product:
            at = i
            break
    return at, math.copysign(math.sqrt(abs(lowest) * total), lowest)


@njit(**OPTIONS)
def bullington_parameter(
    distance_km: ProfileArray, surface_m: ProfileArray, last: int, tx_m: float, rx_m: float, bulge: float
) -> float:
    """v * sqrt(wavelength) of the Bullington point (§4.3.1, equations (13)-(17)); `bulge` is 500 / effective radius."""
    total = distance_km[last]
    tx_slope = rx_slope = LOWEST
    for i in range(1, last):
        near = distance_km[i]
        far = total - near
        reciprocal = 1.0 / (near * far)
        tx_slope = larger(tx_slope, (surface_m[i] - tx_m) * far * reciprocal - bulge * near)
        rx_slope = larger(rx_slope, (surface_m[i] - rx_m) * near * reciprocal - bulge * far)
    if tx_slope < (rx_m - tx_m) / total - bulge * total:
        return -least_clearance(distance_km, surface_m, last, tx_m, rx_m, bulge)[1] * math.sqrt(0.002)
    return _hidden_edge(total, tx_m, rx_m, tx_slope + bulge * total, rx_slope + bulge * total)


@njit(**OPTIONS)
def _hidden_edge(total: float, tx_m: float, rx_m: float, tx_slope: float, rx_slope: float) -> float:
    """v * sqrt(wavelength) of the edge where the slopes (m/km, earth bulge included) meet, equations (16)-(17)."""
    at_km = (rx_m - tx_m + rx_slope * total) / (tx_slope + rx_slope)
    far = total - at_km
    above = tx_m + tx_slope * at_km - (tx_m * far + rx_m * at_km) / total
    return above * math.sqrt(0.002 * total / (at_km * far))


@njit(**OPTIONS)
def _point_before(distance_km: ProfileArray, last: int, at_km: float) -> int:
    """Last inner point that does not lie beyond `at_km`."""
    low, high = 1, last - 1
    while low < high:
        middle = (low + high + 1) // 2
        if distance_km[middle] <= at_km:
            low = middle
        else:
            high = middle - 1
    return low


@njit(**OPTIONS)
def _sphere_slope(
    distance_km: ProfileArray, last: int, near: int, above_m: float, bulge: float, reverse: bool
) -> float:
    """Steepest slope to the bare sphere among the two points beside its peak, seen from one end."""
    slope = LOWEST
    for i in range(near, min(near + 2, last)):
        away = distance_km[last] - distance_km[i] if reverse else distance_km[i]
        slope = max(slope, -above_m / away - bulge * away)
    return slope


@njit(**OPTIONS)
def _sphere_clearance(distance_km: float, total: float, tx_m: float, slope: float, bulge: float) -> float:
    product = distance_km * (total - distance_km)
    return (tx_m + slope * distance_km - bulge * product) / math.sqrt(product)


@njit(**OPTIONS)
def smooth_bullington_parameter(
    distance_km: ProfileArray, last: int, above_tx_m: float, above_rx_m: float, bulge: float
) -> float:
    """`bullington_parameter` over a profile of zero heights (§4.3.3), without visiting every point.

    Seen from an antenna above a sphere the slope to the points has one maximum, and the clearance of a visible path in
    Fresnel radii has one minimum (it is convex in the logarithm of d1/d2): each is found by halving.
    """
    total = distance_km[last]
    direct = (above_rx_m - above_tx_m) / total
    near = _point_before(distance_km, last, math.sqrt(above_tx_m / bulge))
    tx_slope = _sphere_slope(distance_km, last, near, above_tx_m, bulge, False)
    if tx_slope < direct - bulge * total:
        low, high = 1, last - 1
        while low < high:
            i = (low + high) // 2
            here = _sphere_clearance(distance_km[i], total, above_tx_m, direct, bulge)
            after = _sphere_clearance(distance_km[i + 1], total, above_tx_m, direct, bulge)
            if after < here:
                low = i + 1
            else:
                high = i
        least = _sphere_clearance(distance_km[low], total, above_tx_m, direct, bulge)
        return -least * math.sqrt(0.002 * total)
    near = _point_before(distance_km, last, total - math.sqrt(above_rx_m / bulge))
    rx_slope = _sphere_slope(distance_km, last, near, above_rx_m, bulge, True)
    return _hidden_edge(total, above_tx_m, above_rx_m, tx_slope + bulge * total, rx_slope + bulge * total)


@njit(**OPTIONS)
def _smooth_for_diffraction(
    slopes: _Slopes, total: float, tx_m: float, rx_m: float, fit_tx: float, fit_rx: float
) -> tuple[float, float]:
    """Smooth-earth heights for the diffraction model, not yet held below the ground (§5.6.2 of Attachment 1)."""
    if slopes.obstruction_m <= 0.0:
        return fit_tx, fit_rx
    direct = (rx_m - tx_m) / total
    tx_angle = slopes.tx_flat - direct
    rx_angle = slopes.rx_flat + direct
    share = slopes.obstruction_m / (tx_angle + rx_angle)
    return fit_tx - share * tx_angle, fit_rx - share * rx_angle


@njit(**OPTIONS)
def _roughness(
    distance_km: ProfileArray, terrain_m: ProfileArray, first: int, end: int, smooth_tx: float, gradient: float
) -> float:
    """Terrain roughness h_m between the horizon points (§5.6.3 of Attachment 1), m."""
    highest = LOWEST
    for i in range(first, end + 1):
        highest = larger(highest, terrain_m[i] - (smooth_tx + gradient * distance_km[i]))
    return highest


@njit(**OPTIONS)
def analyse_path(
    distance_km: ProfileArray,
    terrain_m: ProfileArray,
    last: int,
    tx_height_m: float,
    rx_height_m: float,
    radius_km: float,
) -> PathGeometry:
    """Horizons, smooth-earth heights and roughness of one profile (Attachment 1, §§ 4-5)."""
    total = distance_km[last]
    bulge = 500.0 / radius_km
    ground_tx, ground_rx = terrain_m[0], terrain_m[last]
    tx_m, rx_m = ground_tx + tx_height_m, ground_rx + rx_height_m
    slopes = _profile_slopes(distance_km, terrain_m, last, tx_m, rx_m, bulge)
    direct = (rx_m - tx_m) / total
    visible = slopes.tx_curved < direct - bulge * total
    if visible:
        at, clearance = least_clearance(distance_km, terrain_m, last, tx_m, rx_m, bulge)
        first, end = at, at
        edge = -clearance * math.sqrt(0.002)
        tx_slope, rx_slope = direct - bulge * total, -direct - bulge * total
    else:
        tx_slope, rx_slope = slopes.tx_curved, slopes.rx_curved
        edge = _hidden_edge(total, tx_m, rx_m, tx_slope + bulge * total, rx_slope + bulge * total)
        first = _first_at(distance_km, terrain_m, last, tx_m, bulge, tx_slope)
        end = _last_at(distance_km, terrain_m, last, rx_m, bulge, rx_slope)
    fit_tx = (2.0 * slopes.moment_0 * total - slopes.moment_1) / total**2
    fit_rx = (slopes.moment_1 - slopes.moment_0 * total) / total**2
    smooth_tx, smooth_rx = _smooth_for_diffraction(slopes, total, tx_m, rx_m, fit_tx, fit_rx)
    duct_tx, duct_rx = min(fit_tx, ground_tx), min(fit_rx, ground_rx)
    gradient = (duct_rx - duct_tx) / total
    return PathGeometry(
        total,
        tx_m,
        rx_m,
        visible,
        1000.0 * math.atan(tx_slope / 1000.0),
        1000.0 * math.atan(rx_slope / 1000.0),
        distance_km[first],
        total - distance_km[end],
        min(smooth_tx, ground_tx),
        min(smooth_rx, ground_rx),
        tx_m - duct_tx,
        rx_m - duct_rx,
        _roughness(distance_km, terrain_m, first, end, duct_tx, gradient),
        edge,
    )
