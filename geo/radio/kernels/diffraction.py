"""Diffraction loss of ITU-R P.1812-7 §4.3: delta-Bullington with the spherical earth."""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.radio.kernels.options import OPTIONS

# §4.3.2.1: relative permittivity and conductivity (S/m) of the ground.
LAND_PERMITTIVITY, LAND_CONDUCTIVITY = 22.0, 0.003
SEA_PERMITTIVITY, SEA_CONDUCTIVITY = 80.0, 5.0


LIGHT_M_GHZ = 0.2998  # speed of light as the Recommendation rounds it, m GHz


class Carrier(NamedTuple):
    """A frequency and what follows from it alone."""

    frequency_ghz: float
    vertical: bool
    wavelength_m: float
    cube_root: float
    level_db: float
    scatter_db: float


@njit(**OPTIONS)
def make_carrier(frequency_ghz: float, vertical: bool) -> Carrier:
    """Carrier of a frequency: `level_db` is 20 log f, `scatter_db` L_f of equation (45)."""
    logarithm = math.log10(frequency_ghz)
    scatter = 25.0 * logarithm - 2.5 * math.log10(0.5 * frequency_ghz) ** 2
    root = frequency_ghz ** (1.0 / 3.0)
    return Carrier(frequency_ghz, vertical, LIGHT_M_GHZ / frequency_ghz, root, 20.0 * logarithm, scatter)


@njit(**OPTIONS)
def carrier_at(carriers: NDArray[np.float64], index: int) -> Carrier:
    """Carrier in a row of an array with one column to each field: one compiled kernel serves any number of them."""
    row = carriers[index]
    return Carrier(row[0], row[1] != 0.0, row[2], row[3], row[4], row[5])


@njit(**OPTIONS)
def knife_edge_db(v: float) -> float:
    """J(v) of equation (12), dB."""
    if v <= -0.78:
        return 0.0
    return 6.9 + 20.0 * math.log10(math.sqrt((v - 0.1) ** 2 + 1.0) + v - 0.1)


@njit(**OPTIONS)
def bullington_db(parameter: float, wavelength_m: float, distance_km: float) -> float:
    """Bullington part, equation (18); `parameter` is v * sqrt(wavelength) from the path analysis."""
    edge = knife_edge_db(parameter / math.sqrt(wavelength_m))
    if edge == 0.0:
        return 0.0
    return edge + (1.0 - math.exp(-edge / 6.0)) * (10.0 + 0.02 * distance_km)


@njit(**OPTIONS)
def _height_gain_db(height: float, admittance: float) -> float:
    """G(Y) of equations (35)-(36) with its floor; `height` is the normalised height times beta."""
    if height > 2.0:
        excess = height - 1.1
        gain = 17.6 * math.sqrt(excess) - 5.0 * math.log10(excess) - 8.0
    else:
        gain = 20.0 * math.log10(height + 0.1 * height**3)
    return max(gain, 2.0 + 20.0 * math.log10(admittance))


@njit(**OPTIONS)
def _distance_term_db(x: float) -> float:
    """F(X) of equations (33)-(34)."""
    if x >= 1.6:
        return 11.0 + 10.0 * math.log10(x) - 17.6 * x
    return -20.0 * math.log10(x) - 5.6488 * x**1.425


@njit(**OPTIONS)
def _first_term_over_db(
    distance_km: float,
    tx_m: float,
    rx_m: float,
    radius_km: float,
    carrier: Carrier,
    permittivity: float,
    conductivity: float,
) -> float:
    """First-term spherical-earth loss over one kind of ground, equations (29)-(37)."""
    loss_term = (18.0 * conductivity / carrier.frequency_ghz) ** 2
    radius_root = radius_km ** (1.0 / 3.0)
    ground = math.sqrt(math.sqrt((permittivity - 1.0) ** 2 + loss_term))
    admittance = 0.036 / (radius_root * carrier.cube_root * ground)
    if carrier.vertical:
        admittance *= math.sqrt(permittivity**2 + loss_term)
    k2 = admittance**2
    beta = (1.0 + 1.6 * k2 + 0.67 * k2**2) / (1.0 + 4.5 * k2 + 1.53 * k2**2)
    x = 21.88 * beta * carrier.cube_root / radius_root**2 * distance_km
    scale = 0.9575 * beta * carrier.cube_root**2 / radius_root
    return (
        -_distance_term_db(x)
        - _height_gain_db(beta * scale * tx_m, admittance)
        - _height_gain_db(beta * scale * rx_m, admittance)
    )


@njit(**OPTIONS)
def first_term_db(
    distance_km: float,
    tx_m: float,
    rx_m: float,
    radius_km: float,
    carrier: Carrier,
    sea_share: float,
) -> float:
    """First-term part of the spherical-earth loss for a path partly over sea, §4.3.2.1 equation (28)."""
    loss = 0.0
    if sea_share < 1.0:
        loss += (1.0 - sea_share) * _first_term_over_db(
            distance_km, tx_m, rx_m, radius_km, carrier, LAND_PERMITTIVITY, LAND_CONDUCTIVITY
        )
    if sea_share > 0.0:
        loss += sea_share * _first_term_over_db(
            distance_km, tx_m, rx_m, radius_km, carrier, SEA_PERMITTIVITY, SEA_CONDUCTIVITY
        )
    return loss


@njit(**OPTIONS)
def spherical_earth_db(
    distance_km: float,
    tx_m: float,
    rx_m: float,
    radius_km: float,
    carrier: Carrier,
    sea_share: float,
) -> float:
    """Spherical-earth diffraction loss, §4.3.2; antenna heights are above the smooth surface, m."""
    horizon_km = math.sqrt(2.0 * radius_km) * (math.sqrt(0.001 * tx_m) + math.sqrt(0.001 * rx_m))
    if distance_km >= horizon_km:
        return first_term_db(distance_km, tx_m, rx_m, radius_km, carrier, sea_share)
    c = (tx_m - rx_m) / (tx_m + rx_m)
    m = 250.0 * distance_km**2 / (radius_km * (tx_m + rx_m))
    angle = math.acos(min(1.0, max(-1.0, 1.5 * c * math.sqrt(3.0 * m / (m + 1.0) ** 3))))
    b = 2.0 * math.sqrt((m + 1.0) / (3.0 * m)) * math.cos(math.pi / 3.0 + angle / 3.0)
    near = 0.5 * distance_km * (1.0 + b)
    far = distance_km - near
    clearance = ((tx_m - 500.0 * near**2 / radius_km) * far + (rx_m - 500.0 * far**2 / radius_km) * near) / distance_km
    required = 17.456 * math.sqrt(near * far * carrier.wavelength_m / distance_km)
    if clearance > required:
        return 0.0
    marginal_km = 500.0 * (distance_km / (math.sqrt(tx_m) + math.sqrt(rx_m))) ** 2
    loss = first_term_db(distance_km, tx_m, rx_m, marginal_km, carrier, sea_share)
    return max(0.0, (1.0 - clearance / required) * loss)
