"""Recommendation ITU-R P.1812-7 on one terrain profile: checks of validity, and the whole procedure of Annex 1."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from geo.errors import OutOfRangeError
from geo.radio.kernels.diffraction import Carrier, bullington_db, make_carrier, spherical_earth_db
from geo.radio.kernels.loss import Bullington, Climate, LossParts, Zones, path_loss
from geo.radio.kernels.path import PathGeometry, analyse_path, bullington_parameter, smooth_bullington_parameter
from geo.radio.kernels.statistics import inverse_complementary_normal
from geo.radio.profiles import Profile, Zone

Polarization = Literal["horizontal", "vertical"]

EARTH_RADIUS_KM = 6371.0
BETA_RADIUS_FACTOR = 3.0  # §3.5, k for time beta_0
OPEN_SEA_DISTANCE_KM = 500.0  # stands for "no coast near", as in the published cases

# Annex 1, table 1 and §4.7: range of each input, in its unit.
VALID_RANGES: dict[str, tuple[float, float]] = {
    "frequency_mhz": (30.0, 6000.0),
    "tx_height_m": (1.0, 3000.0),
    "rx_height_m": (1.0, 3000.0),
    "time_percent": (1.0, 50.0),
    "location_percent": (1.0, 99.0),
    "latitude_deg": (-90.0, 90.0),
    "delta_n": (-200.0, 150.0),
    "n0": (200.0, 500.0),
}
# A caller's own standard deviation over locations is refused beyond this: far above any that was ever measured.
LARGEST_SIGMA_DB = 100.0


@dataclass(frozen=True, kw_only=True)
class ProfileLoss:
    """Basic transmission loss of one path and its parts, dB; heights above sea level, m; angles in mrad.

    `bullington_db` (§4.3.1 over the profile), `bullington_smooth_db` (over a smooth profile) and `spherical_earth_db`
    (§4.3.2) are the parts of `diffraction_median_db` (§4.3.3).
    """

    basic_transmission_loss_db: float
    field_strength_dbuvm: float
    free_space_db: float
    line_of_sight_with_multipath_db: float
    diffraction_db: float
    diffraction_median_db: float
    bullington_db: float
    bullington_smooth_db: float
    spherical_earth_db: float
    troposcatter_db: float
    ducting_db: float
    median_location_loss_db: float
    location_variability_db: float
    location_sigma_db: float
    line_of_sight: bool
    distance_km: float
    effective_earth_radius_km: float
    tx_antenna_amsl_m: float
    rx_antenna_amsl_m: float
    tx_horizon_distance_km: float
    rx_horizon_distance_km: float
    tx_horizon_angle_mrad: float
    rx_horizon_angle_mrad: float
    tx_effective_height_m: float
    rx_effective_height_m: float
    terrain_roughness_m: float
    sea_share: float


def check_range(name: str, value: float) -> None:
    """Refuse an input outside the validity of the Recommendation.

    Raises:
        OutOfRangeError: `value` is not finite or outside `VALID_RANGES[name]`.
    """
    low, high = VALID_RANGES[name]
    if not (low <= value <= high):
        raise OutOfRangeError(
            f"{name} = {value:g} is outside the range {low:g} to {high:g} of Recommendation ITU-R P.1812.",
            f"{name} = {value:g} nằm ngoài khoảng {low:g} đến {high:g} của Khuyến nghị ITU-R P.1812.",
        )


def effective_radius_km(delta_n: float) -> float:
    """Median effective earth radius, §3.5 equations (6)-(7); `delta_n` in N-units/km."""
    return EARTH_RADIUS_KM * 157.0 / (157.0 - delta_n)


def beta_radius_km() -> float:
    """Effective earth radius exceeded for beta_0 of the time, §3.5."""
    return EARTH_RADIUS_KM * BETA_RADIUS_FACTOR


def location_sigma_db(frequency_mhz: float, resolution_m: float) -> float:
    """Standard deviation of location variability outdoors, §4.7; `resolution_m` is the side of the square area."""
    return float((0.024 * frequency_mhz / 1000.0 + 0.52) * resolution_m**0.28)


def location_height_share(rx_height_m: float, clutter_m: float) -> float:
    """u(h) of §4.7: how much of the variability is left when the receiver rises above the clutter around it."""
    return min(1.0, max(0.0, 1.0 - (rx_height_m - clutter_m) / 10.0))


def location_loss_db(location_percent: float, sigma_db: float) -> float:
    """Loss added so that the result is not exceeded at `location_percent` of locations, §4.8; 0 at 50 %."""
    if location_percent == 50.0:
        return 0.0
    return -float(inverse_complementary_normal(location_percent / 100.0)) * sigma_db


def field_strength_dbuvm(loss_db: float, frequency_mhz: float) -> float:
    """Field strength for 1 kW e.r.p., §4.10."""
    return 199.36 + 20.0 * math.log10(frequency_mhz / 1000.0) - loss_db


def longest_stretch_km(distance_km: NDArray[np.float64], inside: NDArray[np.bool_]) -> float:
    """Longest unbroken part of the path whose points are `inside`; a border lies midway between two points."""
    edges = _point_edges_km(distance_km)
    longest = start = 0.0
    for i, within in enumerate(inside):
        if not within:
            start = float(edges[i + 1])
        longest = max(longest, float(edges[i + 1]) - start if within else 0.0)
    return longest


def share_inside(distance_km: NDArray[np.float64], inside: NDArray[np.bool_]) -> float:
    """Share of the path whose points are `inside`, in 0..1."""
    return float(np.diff(_point_edges_km(distance_km))[inside].sum() / (distance_km[-1] - distance_km[0]))


def _point_edges_km(distance_km: NDArray[np.float64]) -> NDArray[np.float64]:
    middles = 0.5 * (distance_km[1:] + distance_km[:-1])
    return np.concatenate((distance_km[:1], middles, distance_km[-1:]))


def profile_loss(
    profile: Profile,
    *,
    frequency_mhz: float,
    tx_height_m: float,
    rx_height_m: float,
    time_percent: float,
    location_percent: float,
    polarization: Polarization,
    latitude_deg: float,
    delta_n: float,
    n0: float,
    location_sigma_db: float | None = 0.0,
    resolution_m: float = 100.0,
    tx_coast_km: float = OPEN_SEA_DISTANCE_KM,
    rx_coast_km: float = OPEN_SEA_DISTANCE_KM,
) -> ProfileLoss:
    """Return the basic transmission loss not exceeded for the given percentages of time and locations.

    `location_sigma_db` None takes the formula of §4.7 for `resolution_m`, with the share u(h) of the receiver's height
    over the last clutter height. Location variability is not applied to a receiver at sea. The distances to the coast
    matter only on paths over sea with a terminal within 5 km of it (§4.5); a terminal on a ship has 0.

    Raises:
        OutOfRangeError: an input outside `VALID_RANGES`, a sigma outside 0 to `LARGEST_SIGMA_DB`, or an unknown
            polarization.
    """
    inputs = {
        "frequency_mhz": frequency_mhz,
        "tx_height_m": tx_height_m,
        "rx_height_m": rx_height_m,
        "time_percent": time_percent,
        "location_percent": location_percent,
        "latitude_deg": latitude_deg,
        "delta_n": delta_n,
        "n0": n0,
    }
    _check_inputs(inputs, polarization, location_sigma_db)
    climate = Climate(time_percent, effective_radius_km(delta_n), beta_radius_km(), n0, latitude_deg)
    zones = _zones(profile, tx_coast_km, rx_coast_km)
    last = len(profile.distance_km) - 1
    geometry = analyse_path(
        profile.distance_km, profile.terrain_m, last, tx_height_m, rx_height_m, climate.median_radius_km
    )
    edges = _bullington(profile, geometry, climate)
    carrier = make_carrier(frequency_mhz / 1000.0, polarization == "vertical")
    parts = path_loss(geometry, edges, zones, carrier, climate, True)
    sigma = _sigma(profile, location_sigma_db, frequency_mhz, rx_height_m, resolution_m)
    location_db = location_loss_db(location_percent, sigma)
    diffraction = _diffraction_parts_db(geometry, edges, carrier, climate, zones.sea_share)
    return _result(geometry, parts, diffraction, zones, climate, sigma, location_db, frequency_mhz)


def _check_inputs(inputs: dict[str, float], polarization: str, sigma_db: float | None) -> None:
    for name, value in inputs.items():
        check_range(name, value)
    if polarization not in ("horizontal", "vertical"):
        raise OutOfRangeError(
            f"polarization '{polarization}' is not horizontal or vertical.",
            f"phân cực '{polarization}' không phải horizontal hoặc vertical.",
        )
    if sigma_db is not None and not (0.0 <= sigma_db <= LARGEST_SIGMA_DB):
        raise OutOfRangeError(
            f"the location standard deviation {sigma_db:g} dB must lie between 0 and {LARGEST_SIGMA_DB:g} dB.",
            f"độ lệch chuẩn theo vị trí {sigma_db:g} dB phải nằm trong khoảng 0 đến {LARGEST_SIGMA_DB:g} dB.",
        )


def _zones(profile: Profile, tx_coast_km: float, rx_coast_km: float) -> Zones:
    return Zones(
        share_inside(profile.distance_km, profile.zone == Zone.SEA),
        longest_stretch_km(profile.distance_km, profile.zone != Zone.SEA),
        longest_stretch_km(profile.distance_km, profile.zone == Zone.INLAND),
        tx_coast_km,
        rx_coast_km,
    )


def _bullington(profile: Profile, geometry: PathGeometry, climate: Climate) -> Bullington:
    """Bullington points of the real profile and of the smooth one (§4.3.3), for both effective radii."""
    last = len(profile.distance_km) - 1
    surface = profile.surface_m
    tx_m, rx_m = geometry.tx_antenna_m, geometry.rx_antenna_m
    above_tx, above_rx = tx_m - geometry.tx_smooth_m, rx_m - geometry.rx_smooth_m
    values = [
        (
            bullington_parameter(profile.distance_km, surface, last, tx_m, rx_m, 500.0 / radius),
            smooth_bullington_parameter(profile.distance_km, last, above_tx, above_rx, 500.0 / radius),
        )
        for radius in (climate.median_radius_km, climate.beta_radius_km)
    ]
    return Bullington(values[0][0], values[0][1], values[1][0], values[1][1])


def _diffraction_parts_db(
    geometry: PathGeometry, edges: Bullington, carrier: Carrier, climate: Climate, sea_share: float
) -> tuple[float, float, float]:
    """Bullington over the profile and over the smooth one, and the spherical earth, at the median radius (§4.3)."""
    return (
        bullington_db(edges.real, carrier.wavelength_m, geometry.distance_km),
        bullington_db(edges.smooth, carrier.wavelength_m, geometry.distance_km),
        spherical_earth_db(
            geometry.distance_km,
            geometry.tx_antenna_m - geometry.tx_smooth_m,
            geometry.rx_antenna_m - geometry.rx_smooth_m,
            climate.median_radius_km,
            carrier,
            sea_share,
        ),
    )


def _sigma(
    profile: Profile, given_db: float | None, frequency_mhz: float, rx_height_m: float, resolution_m: float
) -> float:
    if profile.zone[-1] == Zone.SEA:
        return 0.0
    if given_db is not None:
        return given_db
    share = location_height_share(rx_height_m, float(profile.clutter_m[-1]))
    return share * location_sigma_db(frequency_mhz, resolution_m)


def _result(
    geometry: PathGeometry,
    parts: LossParts,
    diffraction_db: tuple[float, float, float],
    zones: Zones,
    climate: Climate,
    sigma_db: float,
    location_db: float,
    frequency_mhz: float,
) -> ProfileLoss:
    loss_db = max(parts.floor, parts.median_location + location_db)
    return ProfileLoss(
        basic_transmission_loss_db=loss_db,
        field_strength_dbuvm=field_strength_dbuvm(loss_db, frequency_mhz),
        free_space_db=parts.free_space,
        line_of_sight_with_multipath_db=parts.floor,
        diffraction_db=parts.diffraction,
        diffraction_median_db=parts.diffraction_median,
        bullington_db=diffraction_db[0],
        bullington_smooth_db=diffraction_db[1],
        spherical_earth_db=diffraction_db[2],
        troposcatter_db=parts.troposcatter,
        ducting_db=parts.ducting,
        median_location_loss_db=parts.median_location,
        location_variability_db=location_db,
        location_sigma_db=sigma_db,
        line_of_sight=bool(geometry.line_of_sight),
        distance_km=geometry.distance_km,
        effective_earth_radius_km=climate.median_radius_km,
        tx_antenna_amsl_m=geometry.tx_antenna_m,
        rx_antenna_amsl_m=geometry.rx_antenna_m,
        tx_horizon_distance_km=geometry.tx_horizon_km,
        rx_horizon_distance_km=geometry.rx_horizon_km,
        tx_horizon_angle_mrad=geometry.tx_horizon_mrad,
        rx_horizon_angle_mrad=geometry.rx_horizon_mrad,
        tx_effective_height_m=geometry.tx_effective_m,
        rx_effective_height_m=geometry.rx_effective_m,
        terrain_roughness_m=geometry.roughness_m,
        sea_share=zones.sea_share,
    )
