"""Last stages of the sweep: from the geometry of the pixels of a ray to their loss, in single precision and vectorised.

The formulas are those of ITU-R P.1812-7 §§4.2-4.7 for 50 % of time and paths over land (`geo.radio.kernels.loss` is
the plain form that this one is tested against). At 50 % of time the interpolation factor F_i is 0 and multipath adds
nothing, so L_bd50 and L_bd are the same. Each stage is one loop over few rows, because LLVM vectorises a loop only
while it can check that the rows do not overlap; stages write over rows whose first content was used.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from geo.radio.kernels.diffraction import LAND_CONDUCTIVITY, LAND_PERMITTIVITY, Carrier
from geo.radio.kernels.loss import Climate
from geo.radio.kernels.options import OPTIONS
from geo.radio.kernels.sweep_horizons import (
    EDGE_RX,
    EDGE_TX,
    ENTRY_ROWS,
    FIT_RX_M,
    FIT_TX_M,
    FLAT_RX,
    FLAT_TX,
    OBSTRUCTION_M,
    ROUGHNESS_M,
    RX_HORIZON_KM,
    RX_SLOPE,
    SIGHT,
    TX_HORIZON_KM,
    TX_SLOPE,
)
from geo.radio.kernels.sweep_rays import CLUTTER_M, DISTANCE_KM, RX_M, Antennas, F, Singles
from geo.radio.kernels.vector_math import arc_cosine, arc_tangent, cosine, decibel, exp, exp2, log2, logistic, power

# Rows named anew as the stages go: smooth-earth heights become antenna heights above it, slopes become angles.
TX_CLEAR_M, RX_CLEAR_M, TX_DUCT_M, RX_DUCT_M = FIT_TX_M, FIT_RX_M, OBSTRUCTION_M, FLAT_TX
EDGE, TX_MRAD, RX_MRAD, TAU, LOG2_BETA, TIME_DB = EDGE_TX, TX_SLOPE, RX_SLOPE, FLAT_RX, EDGE_RX, ROUGHNESS_M
DIFFRACTION_DB, DUCTING_DB, BATCH_ROWS = ENTRY_ROWS, ENTRY_ROWS + 1, ENTRY_ROWS + 2


class Air(NamedTuple):
    """What is the same for every pixel of a mast whatever the frequency, in single precision."""

    tx_m: np.float32
    rx_height_m: np.float32
    bulge: np.float32
    radius_km: np.float32
    log2_beta_latitude: np.float32
    mu_4_exponent: np.float32
    location_factor: np.float32


class Band(NamedTuple):
    """What is the same for every pixel of a mast on one frequency, in single precision."""

    frequency_ghz: np.float32
    frequency_cube_root: np.float32
    frequency_db: np.float32
    wavelength_m: np.float32
    root_wavelength: np.float32
    radius_km: np.float32
    permittivity_term: np.float32
    polarization_factor: np.float32
    low_frequency_db: np.float32
    troposcatter_fixed_db: np.float32
    sigma_db: np.float32


@njit(inline="always", **OPTIONS)
def make_air(antennas: Antennas, climate: Climate, location_factor: float) -> Air:
    """Prepare the constants of a mast; latitudes up to 70 degrees."""
    latitude = abs(climate.latitude_deg)
    return Air(
        F(antennas.tx_height_m),
        F(antennas.rx_height_m),
        F(antennas.bulge),
        F(climate.median_radius_km),
        F((-0.015 * latitude + 1.67) * math.log2(10.0)),
        F(1.0 - 0.935 + 0.0176 * latitude),
        F(location_factor),
    )


@njit(inline="always", **OPTIONS)
def make_band(carrier: Carrier, climate: Climate, sigma_db: float) -> Band:
    """Prepare the constants of a frequency."""
    loss_term = (18.0 * LAND_CONDUCTIVITY / carrier.frequency_ghz) ** 2
    ground = math.sqrt(math.sqrt((LAND_PERMITTIVITY - 1.0) ** 2 + loss_term))
    low = 0.0
    if carrier.frequency_ghz < 0.5:
        low = 45.375 - 137.0 * carrier.frequency_ghz + 92.5 * carrier.frequency_ghz**2
    return Band(
        F(carrier.frequency_ghz),
        F(carrier.cube_root),
        F(carrier.level_db),
        F(carrier.wavelength_m),
        F(math.sqrt(carrier.wavelength_m)),
        F(climate.median_radius_km),
        F(0.036 / ground),
        F(math.sqrt(LAND_PERMITTIVITY**2 + loss_term) if carrier.vertical else 1.0),
        F(low),
        F(190.1 + carrier.scatter_db - 0.15 * climate.surface_refractivity),
        F(sigma_db),
    )


@njit(inline="always", **OPTIONS)
def _bullington_db(v: np.float32, distance_km: np.float32) -> np.float32:
    """Equations (12) and (18)."""
    t = v - F(0.1)
    edge = F(6.9) + F(2.0) * decibel(max(np.sqrt(t * t + F(1.0)) + t, F(1.0e-6)))
    edge = F(0.0) if v <= F(-0.78) else edge
    return F(edge + (F(1.0) - exp(edge * F(-1.0 / 6.0))) * (F(10.0) + F(0.02) * distance_km))


@njit(inline="always", **OPTIONS)
def _height_gain_db(height: np.float32, floor_db: np.float32) -> np.float32:
    """Equations (35)-(36) with the floor."""
    excess = max(height - F(1.1), F(0.1))
    high = F(17.6) * np.sqrt(excess) - F(0.5) * decibel(excess) - F(8.0)
    low = F(2.0) * decibel(max(height + F(0.1) * height * height * height, F(1.0e-9)))
    return F(max(high if height > F(2.0) else low, floor_db))


@njit(inline="always", **OPTIONS)
def _first_term_db(
    band: Band, distance_km: np.float32, tx_m: np.float32, rx_m: np.float32, radius_km: np.float32
) -> np.float32:
    """First-term spherical-earth loss over land, equations (29)-(37)."""
    radius_cube_root = power(radius_km, F(1.0 / 3.0))
    admittance = band.permittivity_term * band.polarization_factor / (radius_cube_root * band.frequency_cube_root)
    k2 = admittance * admittance
    beta = (F(1.0) + F(1.6) * k2 + F(0.67) * k2 * k2) / (F(1.0) + F(4.5) * k2 + F(1.53) * k2 * k2)
    x = F(21.88) * beta * band.frequency_cube_root / (radius_cube_root * radius_cube_root) * distance_km
    scale = F(0.9575) * beta * beta * band.frequency_cube_root * band.frequency_cube_root / radius_cube_root
    log_x = log2(x)
    far = F(11.0) + F(3.010299957) * log_x - F(17.6) * x
    near = F(-6.020599913) * log_x - F(5.6488) * exp2(F(1.425) * log_x)
    floor_db = F(2.0) + F(2.0) * decibel(admittance)
    gains = _height_gain_db(scale * tx_m, floor_db) + _height_gain_db(scale * rx_m, floor_db)
    return F(-(far if x >= F(1.6) else near) - gains)


@njit(inline="always", **OPTIONS)
def _spherical_gain_db(band: Band, d: np.float32, tx_m: np.float32, rx_m: np.float32) -> np.float32:
    """What the spherical earth adds to Bullington over a smooth one, `max(L_dsph - L_dbs, 0)` of equation (38)."""
    root_tx, root_rx = np.sqrt(tx_m), np.sqrt(rx_m)
    radius = band.radius_km
    horizon = np.sqrt(F(0.002) * radius) * (root_tx + root_rx)
    total = tx_m + rx_m
    c = (tx_m - rx_m) / total
    m = F(250.0) * d * d / (radius * total)
    m1 = m + F(1.0)
    angle = arc_cosine(min(F(1.0), max(F(-1.0), F(1.5) * c * np.sqrt(F(3.0) * m / (m1 * m1 * m1)))))
    b = F(2.0) * np.sqrt(m1 / (F(3.0) * m)) * cosine(F(1.0471975512) + angle * F(1.0 / 3.0))
    near = min(max(F(0.5) * d * (F(1.0) + b), F(0.001) * d), F(0.999) * d)
    far = d - near
    clearance = ((tx_m - F(500.0) * near * near / radius) * far + (rx_m - F(500.0) * far * far / radius) * near) / d
    product = near * far
    required = F(17.456) * np.sqrt(product * band.wavelength_m / d)
    spread = root_tx + root_rx
    ratio = d / spread
    beyond = d >= horizon
    effective = radius if beyond else F(500.0) * ratio * ratio
    first_term = _first_term_db(band, d, tx_m, rx_m, effective)
    sphere = first_term if beyond else max(F(0.0), (F(1.0) - clearance / required) * first_term)
    # Bullington over the smooth profile: the point of least clearance in sight, the crossing of the horizons beyond it.
    tangent = F(2.0) * np.sqrt(F(500.0) / radius)
    bulge_slope = F(500.0) / radius * d
    tx_slope = bulge_slope - tangent * root_tx
    rx_slope = bulge_slope - tangent * root_rx
    crossing = (rx_m - tx_m + rx_slope * d) / max(tx_slope + rx_slope, F(1.0e-6))
    crossing = min(max(crossing, F(0.001) * d), F(0.999) * d)
    above = tx_m + tx_slope * crossing - (tx_m * (d - crossing) + rx_m * crossing) / d
    at = crossing if beyond else near
    v = (above if beyond else -clearance) * np.sqrt(F(0.002) * d / (band.wavelength_m * at * (d - at)))
    smooth = _bullington_db(v, d)
    in_clear = clearance > required and not beyond
    return F(0.0) if in_clear else F(max(sphere - smooth, F(0.0)))


@njit(inline="always", **OPTIONS)
def _site_shielding_db(band: Band, horizon_mrad: np.float32, horizon_km: np.float32) -> np.float32:
    """Equation (48)."""
    excess = max(horizon_mrad - F(0.1) * horizon_km, F(0.0))
    return F(
        F(2.0) * decibel(F(1.0) + F(0.361) * excess * np.sqrt(band.frequency_ghz * horizon_km))
        + F(0.264) * excess * band.frequency_cube_root
    )


@njit(inline="always", **OPTIONS)
def _milliradian(slope_m_per_km: np.float32) -> np.float32:
    return F(F(1000.0) * arc_tangent(F(0.001) * slope_m_per_km))


@njit(**OPTIONS)
def _smooth_stage(air: Air, batch: Singles, count: int) -> None:
    """Antenna heights above the smooth earth, for diffraction and for ducting (§5.6.2-5.6.3 of Attachment 1)."""
    tx_ground = -air.tx_m
    for i in range(count):
        rx = batch[RX_M, i]
        rx_ground = rx - air.rx_height_m
        fit_tx, fit_rx, obstruction = batch[FIT_TX_M, i], batch[FIT_RX_M, i], batch[OBSTRUCTION_M, i]
        direct = rx / batch[DISTANCE_KM, i]
        tx_angle = batch[FLAT_TX, i] - direct
        rx_angle = batch[FLAT_RX, i] + direct
        hidden = obstruction > F(0.0)
        share = obstruction / (tx_angle + rx_angle) if hidden else F(0.0)
        batch[TX_DUCT_M, i] = -min(fit_tx, tx_ground)
        batch[RX_DUCT_M, i] = rx - min(fit_rx, rx_ground)
        batch[TX_CLEAR_M, i] = -min(fit_tx - share * tx_angle, tx_ground)
        batch[RX_CLEAR_M, i] = rx - min(fit_rx - share * rx_angle, rx_ground)


@njit(**OPTIONS)
def _edge_stage(air: Air, batch: Singles, count: int) -> None:
    """v * sqrt(wavelength) of the Bullington point, equations (13)-(17)."""
    for i in range(count):
        d, rise, sight = batch[DISTANCE_KM, i], batch[RX_M, i], batch[SIGHT, i]
        bulge_slope = air.bulge * d
        behind = sight < F(0.0)
        tx_slope = batch[EDGE_TX, i] + bulge_slope
        rx_slope = batch[EDGE_RX, i] + bulge_slope
        # Rounding must not put the crossing on an antenna.
        at_km = (rise + rx_slope * d) / max(tx_slope + rx_slope, F(1.0e-6))
        at_km = min(max(at_km, F(0.0001) * d), F(0.9999) * d)
        above = tx_slope * at_km - rise * at_km / d
        product = at_km * (d - at_km)
        parameter = above * np.sqrt(F(0.002) * d / product)
        clear = -np.sqrt(F(0.002) * max(sight, F(0.0)) * d)
        batch[EDGE, i] = parameter if behind else clear


@njit(**OPTIONS)
def _angle_stage(batch: Singles, count: int) -> None:
    """Horizon slopes to angles, in place."""
    for i in range(count):
        batch[TX_MRAD, i] = _milliradian(batch[TX_SLOPE, i])
        batch[RX_MRAD, i] = _milliradian(batch[RX_SLOPE, i])


@njit(**OPTIONS)
def _climate_stage(air: Air, batch: Singles, count: int) -> None:
    """Binary logarithm of beta_0 on land as long as the path, and tau, equations (2)-(5)."""
    for i in range(count):
        d = batch[DISTANCE_KM, i]
        tau = F(1.0) - exp(F(-4.12e-4) * power(d, F(2.41)))
        first = exp2(F(-3.321928095) * d / (F(16.0) - F(6.6) * tau))
        second = exp2(F(-16.60964047) * (F(0.496) + F(0.354) * tau))
        batch[TAU, i] = tau
        batch[LOG2_BETA, i] = air.log2_beta_latitude + air.mu_4_exponent * min(F(0.2) * log2(first + second), F(0.0))


@njit(**OPTIONS)
def _path_geometry_stage(air: Air, batch: Singles, count: int) -> None:
    """Correction mu_2 for path geometry, equations (55)-(57)."""
    for i in range(count):
        d = batch[DISTANCE_KM, i]
        alpha = max(F(-0.6) - F(3.5e-9) * power(d, F(3.1)) * batch[TAU, i], F(-3.4))
        ratio = d / (np.sqrt(batch[TX_DUCT_M, i]) + np.sqrt(batch[RX_DUCT_M, i]))
        batch[LOG2_BETA, i] += min(alpha * log2(F(500.0) / air.radius_km * ratio * ratio), F(0.0))


@njit(**OPTIONS)
def _roughness_stage(batch: Singles, count: int) -> None:
    """Correction mu_3 for terrain roughness, equations (58)-(60)."""
    for i in range(count):
        inner = min(batch[DISTANCE_KM, i] - batch[TX_HORIZON_KM, i] - batch[RX_HORIZON_KM, i], F(40.0))
        rough = max(batch[ROUGHNESS_M, i] - F(10.0), F(0.0))
        batch[LOG2_BETA, i] += F(-4.6e-5 * 1.4426950409) * rough * (F(43.0) + F(6.0) * inner)


@njit(**OPTIONS)
def _time_stage(batch: Singles, count: int) -> None:
    """Time dependence A(p) of ducting at 50 % of time, equation (53)."""
    for i in range(count):
        d = batch[DISTANCE_KM, i]
        log_beta = F(0.3010299957) * batch[LOG2_BETA, i]
        gamma = F(1.076) * power(F(2.0058) - log_beta, F(-1.012))
        gamma *= exp(F(-1.0e-6) * (F(9.51) - F(4.8) * log_beta + F(0.198) * log_beta * log_beta) * power(d, F(1.13)))
        log_ratio = F(1.698970004) - log_beta
        batch[TIME_DB, i] = (
            F(-12.0) + (F(1.2) + F(3.7e-3) * d) * log_ratio + F(12.0) * exp2(F(3.321928095) * log_ratio * gamma)
        )


@njit(**OPTIONS)
def _diffraction_stage(band: Band, batch: Singles, count: int) -> None:
    """Delta-Bullington diffraction loss, equation (38)."""
    for i in range(count):
        d = batch[DISTANCE_KM, i]
        over_terrain = _bullington_db(batch[EDGE, i] / band.root_wavelength, d)
        batch[DIFFRACTION_DB, i] = over_terrain + _spherical_gain_db(
            band, d, batch[TX_CLEAR_M, i], batch[RX_CLEAR_M, i]
        )


@njit(**OPTIONS)
def _ducting_stage(band: Band, batch: Singles, count: int) -> None:
    """Loss by ducting and layer reflection, equations (46)-(52)."""
    per_angle = F(5.0e-5) * band.radius_km * band.frequency_cube_root
    for i in range(count):
        tx_mrad, rx_mrad = batch[TX_MRAD, i], batch[RX_MRAD, i]
        tx_km, rx_km = batch[TX_HORIZON_KM, i], batch[RX_HORIZON_KM, i]
        fixed = F(102.45) + band.low_frequency_db + band.frequency_db + F(2.0) * decibel(tx_km + rx_km)
        fixed += _site_shielding_db(band, tx_mrad, tx_km) + _site_shielding_db(band, rx_mrad, rx_km)
        angle = F(1000.0) * batch[DISTANCE_KM, i] / band.radius_km
        angle += min(tx_mrad, F(0.1) * tx_km) + min(rx_mrad, F(0.1) * rx_km)
        batch[DUCTING_DB, i] = batch[TIME_DB, i] + fixed + per_angle * angle


@njit(**OPTIONS)
def _combine_stage(air: Air, band: Band, batch: Singles, count: int, loss_db: Singles) -> None:
    """Combination of the mechanisms, §4.6 equations (61)-(70), and location variability, §4.7 and §4.8."""
    spread_db = air.location_factor * band.sigma_db
    for i in range(count):
        d = batch[DISTANCE_KM, i]
        across = F(0.001) * batch[RX_M, i]
        free_space = F(92.4) + band.frequency_db + decibel(d * d + across * across)
        ducting = batch[DUCTING_DB, i]
        angle = F(1000.0) * d / band.radius_km + batch[TX_MRAD, i] + batch[RX_MRAD, i]
        by_angle = logistic(F(16.0) * (angle - F(0.3)))
        by_distance = logistic(F(0.15) * (d - F(20.0)))
        larger, smaller = max(ducting, free_space), min(ducting, free_space)
        enhanced = larger + F(1.732867951) * log2(F(1.0) + exp((smaller - larger) * F(0.4)))
        median = free_space + batch[DIFFRACTION_DB, i]
        held = enhanced + (median - enhanced) * by_distance
        diffracted = median if enhanced > median else held
        with_sight = diffracted + (median - diffracted) * by_angle
        scatter = band.troposcatter_fixed_db + F(2.0) * decibel(d) + F(0.573) * angle
        larger, smaller = max(scatter, with_sight), min(scatter, with_sight)
        combined = smaller - F(1.505149978) * log2(F(1.0) + exp2(F(-0.6643856190) * (larger - smaller)))
        share = min(F(1.0), max(F(0.0), F(1.0) - F(0.1) * (air.rx_height_m - batch[CLUTTER_M, i])))
        loss_db[i] = max(free_space, combined + share * spread_db)


@njit(**OPTIONS)
def finish_geometry(air: Air, batch: Singles, count: int) -> None:
    """Take the first `count` pixels of a batch as far as they go without a frequency."""
    _smooth_stage(air, batch, count)
    _edge_stage(air, batch, count)
    _angle_stage(batch, count)
    _climate_stage(air, batch, count)
    _path_geometry_stage(air, batch, count)
    _roughness_stage(batch, count)
    _time_stage(batch, count)


@njit(**OPTIONS)
def finish_band(air: Air, band: Band, batch: Singles, count: int, loss_db: Singles) -> None:
    """Write the loss of the first `count` pixels on one frequency, dB, into `loss_db`; the batch keeps its geometry."""
    _diffraction_stage(band, batch, count)
    _ducting_stage(band, batch, count)
    _combine_stage(air, band, batch, count, loss_db)
