"""Basic transmission loss of ITU-R P.1812-7 for one path whose geometry is known: §§ 3.6, 4.2-4.6."""

import math
from typing import NamedTuple

from numba import njit

from geo.radio.kernels.diffraction import Carrier, bullington_db, spherical_earth_db
from geo.radio.kernels.options import OPTIONS
from geo.radio.kernels.path import PathGeometry
from geo.radio.kernels.statistics import inverse_complementary_normal

# Beyond this gap (dB) the weaker of two mechanisms changes the sum of equation (70) by less than 1e-8 dB.
NEGLIGIBLE_GAP_DB = 45.0
# Above any loss: no bound may stand for the ducting loss.
COMPLETE_DB = 1.0e9


class Zones(NamedTuple):
    """Radio-climatic zones along the path: shares and distances that only the zone column decides (§3.2, §3.6)."""

    sea_share: float
    longest_land_km: float
    longest_inland_km: float
    tx_coast_km: float
    rx_coast_km: float


class Bullington(NamedTuple):
    """v * sqrt(wavelength) of the real and of the smooth profile, for the median and the beta-0 effective radius."""

    real: float
    smooth: float
    real_beta: float
    smooth_beta: float


class Climate(NamedTuple):
    """Atmosphere and statistics of a run. `beta_0` in per cent depends on the path and is not here."""

    time_percent: float
    median_radius_km: float
    beta_radius_km: float
    surface_refractivity: float
    latitude_deg: float


class LossParts(NamedTuple):
    """Losses in dB; `median_location` is the combination of §4.6 before location variability, `floor` is L_b0p."""

    free_space: float
    floor: float
    diffraction_median: float
    diffraction: float
    troposcatter: float
    ducting: float
    median_location: float


@njit(**OPTIONS)
def beta_0_percent(longest_land_km: float, longest_inland_km: float, latitude_deg: float) -> float:
    """Per cent of time with a lapse above 100 N-units/km in the lowest 100 m, §3.6 equations (2)-(5)."""
    tau = 1.0 - math.exp(-4.12e-4 * longest_inland_km**2.41)
    mu_1 = 10.0 ** (-longest_land_km / (16.0 - 6.6 * tau)) + 10.0 ** (-5.0 * (0.496 + 0.354 * tau))
    mu_1 = min(mu_1**0.2, 1.0)
    latitude = abs(latitude_deg)
    if latitude <= 70.0:
        mu_4 = 10.0 ** ((-0.935 + 0.0176 * latitude) * math.log10(mu_1))
        return 10.0 ** (-0.015 * latitude + 1.67) * mu_1 * mu_4
    return 4.17 * mu_1 * 10.0 ** (0.3 * math.log10(mu_1))


@njit(**OPTIONS)
def delta_bullington_db(
    geometry: PathGeometry,
    real: float,
    smooth: float,
    radius_km: float,
    carrier: Carrier,
    sea_share: float,
) -> float:
    """Complete delta-Bullington diffraction loss, §4.3.3 equation (38), dB."""
    over_real = bullington_db(real, carrier.wavelength_m, geometry.distance_km)
    over_smooth = bullington_db(smooth, carrier.wavelength_m, geometry.distance_km)
    sphere = spherical_earth_db(
        geometry.distance_km,
        geometry.tx_antenna_m - geometry.tx_smooth_m,
        geometry.rx_antenna_m - geometry.rx_smooth_m,
        radius_km,
        carrier,
        sea_share,
    )
    return over_real + max(sphere - over_smooth, 0.0)


@njit(**OPTIONS)
def _path_angle_mrad(geometry: PathGeometry, climate: Climate) -> float:
    """Path angular distance, §4.3 of Attachment 1."""
    curve = 1000.0 * geometry.distance_km / climate.median_radius_km
    return curve + geometry.tx_horizon_mrad + geometry.rx_horizon_mrad


@njit(**OPTIONS)
def troposcatter_db(geometry: PathGeometry, carrier: Carrier, climate: Climate) -> float:
    """Troposcatter loss, §4.4 equation (44), dB."""
    time_term = 0.0 if climate.time_percent == 50.0 else 10.125 * math.log10(50.0 / climate.time_percent) ** 0.7
    return (
        190.1
        + carrier.scatter_db
        + 20.0 * math.log10(geometry.distance_km)
        + 0.573 * _path_angle_mrad(geometry, climate)
        - 0.15 * climate.surface_refractivity
        - time_term
    )


@njit(**OPTIONS)
def _site_shielding_db(horizon_mrad: float, horizon_km: float, carrier: Carrier) -> float:
    """A_st or A_sr of equation (48), dB."""
    excess = horizon_mrad - 0.1 * horizon_km
    if excess <= 0.0:
        return 0.0
    return (
        20.0 * math.log10(1.0 + 0.361 * excess * math.sqrt(carrier.frequency_ghz * horizon_km))
        + 0.264 * excess * carrier.cube_root
    )


@njit(**OPTIONS)
def _sea_coupling_db(coast_km: float, horizon_km: float, antenna_m: float, sea_share: float) -> float:
    """A_ct or A_cr of equation (49), dB."""
    if sea_share < 0.75 or coast_km > horizon_km or coast_km > 5.0:
        return 0.0
    return -3.0 * math.exp(-0.25 * coast_km**2) * (1.0 + math.tanh(0.07 * (50.0 - antenna_m)))


@njit(**OPTIONS)
def _duct_time_term_db(geometry: PathGeometry, zones: Zones, beta_0: float, climate: Climate) -> float:
    """A(p) of equation (53) with beta of equations (54)-(60), dB."""
    distance = geometry.distance_km
    tau = 1.0 - math.exp(-4.12e-4 * zones.longest_inland_km**2.41)
    alpha = max(-0.6 - 3.5e-9 * distance**3.1 * tau, -3.4)
    spread = math.sqrt(geometry.tx_effective_m) + math.sqrt(geometry.rx_effective_m)
    mu_2 = min((500.0 / climate.median_radius_km * (distance / spread) ** 2) ** alpha, 1.0)
    mu_3 = 1.0
    if geometry.roughness_m > 10.0:
        inner = min(distance - geometry.tx_horizon_km - geometry.rx_horizon_km, 40.0)
        mu_3 = math.exp(-4.6e-5 * (geometry.roughness_m - 10.0) * (43.0 + 6.0 * inner))
    beta = beta_0 * mu_2 * mu_3
    log_beta = math.log10(beta)
    gamma = 1.076 / (2.0058 - log_beta) ** 1.012
    gamma *= math.exp(-(9.51 - 4.8 * log_beta + 0.198 * log_beta**2) * 1.0e-6 * distance**1.13)
    ratio = climate.time_percent / beta
    return -12.0 + (1.2 + 3.7e-3 * distance) * math.log10(ratio) + 12.0 * ratio**gamma


@njit(**OPTIONS)
def _duct_angle_db(geometry: PathGeometry, carrier: Carrier, climate: Climate) -> float:
    """gamma_d times theta' of equations (50)-(52), dB."""
    angle = (
        1000.0 * geometry.distance_km / climate.median_radius_km
        + min(geometry.tx_horizon_mrad, 0.1 * geometry.tx_horizon_km)
        + min(geometry.rx_horizon_mrad, 0.1 * geometry.rx_horizon_km)
    )
    return 5.0e-5 * climate.median_radius_km * carrier.cube_root * angle


@njit(**OPTIONS)
def _ducting_without_time_db(geometry: PathGeometry, zones: Zones, carrier: Carrier, climate: Climate) -> float:
    """A_f + gamma_d theta' of equations (46)-(52): all of the ducting loss but A(p), dB."""
    fixed = 102.45 + carrier.level_db + 20.0 * math.log10(geometry.tx_horizon_km + geometry.rx_horizon_km)
    if carrier.frequency_ghz < 0.5:
        fixed += 45.375 - 137.0 * carrier.frequency_ghz + 92.5 * carrier.frequency_ghz**2
    fixed += _site_shielding_db(geometry.tx_horizon_mrad, geometry.tx_horizon_km, carrier)
    fixed += _site_shielding_db(geometry.rx_horizon_mrad, geometry.rx_horizon_km, carrier)
    fixed += _sea_coupling_db(zones.tx_coast_km, geometry.tx_horizon_km, geometry.tx_antenna_m, zones.sea_share)
    fixed += _sea_coupling_db(zones.rx_coast_km, geometry.rx_horizon_km, geometry.rx_antenna_m, zones.sea_share)
    return fixed + _duct_angle_db(geometry, carrier, climate)


@njit(**OPTIONS)
def ducting_db(
    geometry: PathGeometry, zones: Zones, beta_0: float, carrier: Carrier, climate: Climate, above_db: float
) -> float:
    """Loss by ducting and layer reflection, §4.5 equations (46)-(60), dB.

    Where it is certain to lie above `above_db`, a lower bound that does too stands for it: A(p) of equation (53) is not
    negative when beta_0 <= p, and the site shielding never is.
    """
    bounded = beta_0 <= climate.time_percent
    if bounded and carrier.frequency_ghz >= 0.5 and zones.sea_share == 0.0:
        least = 102.45 + carrier.level_db + 20.0 * math.log10(geometry.tx_horizon_km + geometry.rx_horizon_km)
        least += _duct_angle_db(geometry, carrier, climate)
        if least > above_db:
            return least
    fixed = _ducting_without_time_db(geometry, zones, carrier, climate)
    if bounded and fixed > above_db:
        return fixed
    if beta_0 == 0.0:
        beta_0 = beta_0_percent(zones.longest_land_km, zones.longest_inland_km, climate.latitude_deg)
    return fixed + _duct_time_term_db(geometry, zones, beta_0, climate)


@njit(**OPTIONS)
def _combine_db(
    parts: LossParts,
    floor_beta: float,
    beta_0: float,
    interpolation: float,
    geometry: PathGeometry,
    sea_share: float,
    climate: Climate,
) -> float:
    """Combination of the mechanisms, §4.6 equations (61)-(70), dB."""
    over_land = (1.0 - sea_share) * parts.diffraction
    if climate.time_percent < beta_0:
        least = parts.floor + over_land
    else:
        median = parts.free_space + parts.diffraction_median
        least = median + (floor_beta + over_land - median) * interpolation
    diffracted = parts.floor + parts.diffraction
    # Equation (63) cannot fall below the ducting loss, so above the diffracted path it has no part in (65).
    if parts.ducting <= diffracted:
        larger, smaller = max(parts.ducting, parts.floor), min(parts.ducting, parts.floor)
        enhanced = larger + 2.5 * math.log1p(math.exp((smaller - larger) / 2.5))
        if enhanced <= diffracted:
            by_distance = 0.5 * (1.0 - math.tanh(3.0 * 0.5 * (geometry.distance_km - 20.0) / 20.0))
            diffracted = enhanced + (diffracted - enhanced) * by_distance
    with_los = diffracted
    if least != diffracted:
        angle = _path_angle_mrad(geometry, climate)
        with_los += (least - diffracted) * 0.5 * (1.0 - math.tanh(3.0 * 0.8 * (angle - 0.3) / 0.3))
    larger, smaller = max(parts.troposcatter, with_los), min(parts.troposcatter, with_los)
    if larger - smaller > NEGLIGIBLE_GAP_DB:
        return smaller
    return smaller - 5.0 * math.log10(1.0 + 10.0 ** (-0.2 * (larger - smaller)))


@njit(**OPTIONS)
def path_loss(
    geometry: PathGeometry,
    bullington: Bullington,
    zones: Zones,
    carrier: Carrier,
    climate: Climate,
    complete: bool,
) -> LossParts:
    """Parts of the basic transmission loss not exceeded for `time_percent` of time, at the median location.

    Unless `complete`, ducting that cannot change the result is given as a lower bound instead of its value.
    """
    across_km = 0.001 * (geometry.tx_antenna_m - geometry.rx_antenna_m)
    slant_km = math.sqrt(geometry.distance_km**2 + across_km**2)
    free_space = 92.4 + carrier.level_db + 20.0 * math.log10(slant_km)
    floor = free_space
    floor_beta = free_space
    sea = zones.sea_share
    median = delta_bullington_db(geometry, bullington.real, bullington.smooth, climate.median_radius_km, carrier, sea)
    interpolation = 0.0
    diffraction = median
    # At 50 % of time beta_0 (always below 50 %) enters through ducting alone: 0 leaves it to be found there.
    beta_0 = 0.0
    if climate.time_percent < 50.0:
        beta_0 = beta_0_percent(zones.longest_land_km, zones.longest_inland_km, climate.latitude_deg)
        multipath = 2.6 * (1.0 - math.exp(-0.1 * (geometry.tx_horizon_km + geometry.rx_horizon_km)))
        floor += multipath * math.log10(climate.time_percent / 50.0)
        floor_beta += multipath * math.log10(beta_0 / 50.0)
        interpolation = 1.0
        if climate.time_percent > beta_0:
            interpolation = inverse_complementary_normal(0.01 * climate.time_percent) / inverse_complementary_normal(
                0.01 * beta_0
            )
        enhanced = delta_bullington_db(
            geometry, bullington.real_beta, bullington.smooth_beta, climate.beta_radius_km, carrier, sea
        )
        diffraction = median + (enhanced - median) * interpolation
    scatter = troposcatter_db(geometry, carrier, climate)
    duct = ducting_db(geometry, zones, beta_0, carrier, climate, COMPLETE_DB if complete else floor + diffraction)
    parts = LossParts(free_space, floor, median, diffraction, scatter, duct, 0.0)
    combined = _combine_db(parts, floor_beta, beta_0, interpolation, geometry, sea, climate)
    return LossParts(free_space, floor, median, diffraction, scatter, duct, combined)
