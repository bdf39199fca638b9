"""Limits of the checks at intake, from the parameter file `intake/limits`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from geo.parameters.loader import load_parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeLimits:
    """Limits by the unit in their name; see the parameter file for what each decides."""

    mast_same_position_m: float
    mast_same_code_m: float
    gone_share: float
    repaired_area_share: float
    official_area_share: float
    first_valid_from: dt.date
    outside_commune_m: float
    candidate_crs: tuple[str, ...]
    terrain_minimum_m: float
    terrain_maximum_m: float
    population_density_per_km2: float


def intake_limits(parameters_dir: Path | None = None) -> IntakeLimits:
    """Return the limits.

    Raises:
        ParameterError: the parameter file is wrong.
    """
    limits = load_parameters("intake/limits", parameters_dir=parameters_dir)
    return IntakeLimits(
        mast_same_position_m=limits.number("masts.same_position_m"),
        mast_same_code_m=limits.number("masts.same_code_m"),
        gone_share=limits.number("replacing.gone_share"),
        repaired_area_share=limits.number("boundaries.repaired_area_share"),
        official_area_share=limits.number("boundaries.official_area_share"),
        first_valid_from=dt.date.fromisoformat(limits.word("boundaries.first_valid_from")),
        outside_commune_m=limits.number("villages.outside_commune_m"),
        candidate_crs=tuple(str(name) for name in limits.items("coordinates.candidate_crs")),
        terrain_minimum_m=limits.number("rasters.terrain_minimum_m"),
        terrain_maximum_m=limits.number("rasters.terrain_maximum_m"),
        population_density_per_km2=limits.number("rasters.population_density_per_km2"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AntennaLimits:
    """Limits of antenna pattern files; see the parameter file for what each decides."""

    usual_step_deg: float
    largest_gap_deg: float
    largest_attenuation_db: float
    tilt_difference_deg: float
    largest_tilt_deg: float
    lobe_depth_db: float
    lobe_turned_deg: float
    exchanged_width_ratio: float
    least_attenuation_db: float
    gain_minimum_dbi: float
    gain_maximum_dbi: float
    dipole_gain_dbi: float


def antenna_limits(parameters_dir: Path | None = None) -> AntennaLimits:
    """Return the limits of antenna pattern files.

    Raises:
        ParameterError: the parameter file is wrong.
    """
    limits = load_parameters("intake/limits", parameters_dir=parameters_dir)
    return AntennaLimits(
        usual_step_deg=limits.number("antennas.usual_step_deg"),
        largest_gap_deg=limits.number("antennas.largest_gap_deg"),
        largest_attenuation_db=limits.number("antennas.largest_attenuation_db"),
        tilt_difference_deg=limits.number("antennas.tilt_difference_deg"),
        largest_tilt_deg=limits.number("antennas.largest_tilt_deg"),
        lobe_depth_db=limits.number("antennas.lobe_depth_db"),
        lobe_turned_deg=limits.number("antennas.lobe_turned_deg"),
        exchanged_width_ratio=limits.number("antennas.exchanged_width_ratio"),
        least_attenuation_db=limits.number("antennas.least_attenuation_db"),
        gain_minimum_dbi=limits.number("antennas.gain_minimum_dbi"),
        gain_maximum_dbi=limits.number("antennas.gain_maximum_dbi"),
        dipole_gain_dbi=limits.number("antennas.dipole_gain_dbi"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementLimits:
    """Limits of measurements by the unit in their name; see the parameter file for what each decides."""

    max_accuracy_m: float
    time_zone: str
    earliest_day: dt.date
    level_minimum_dbm: float
    level_maximum_dbm: float
    loss_minimum_db: float
    loss_maximum_db: float
    speed_maximum_kmh: float


def measurement_limits(parameters_dir: Path | None = None) -> MeasurementLimits:
    """Return the limits of measurements.

    Raises:
        ParameterError: the parameter file is wrong.
    """
    limits = load_parameters("intake/limits", parameters_dir=parameters_dir)
    return MeasurementLimits(
        max_accuracy_m=limits.number("measurements.max_accuracy_m"),
        time_zone=limits.word("measurements.time_zone"),
        earliest_day=dt.date.fromisoformat(limits.word("measurements.earliest_day")),
        level_minimum_dbm=limits.number("measurements.level_minimum_dbm"),
        level_maximum_dbm=limits.number("measurements.level_maximum_dbm"),
        loss_minimum_db=limits.number("measurements.loss_minimum_db"),
        loss_maximum_db=limits.number("measurements.loss_maximum_db"),
        speed_maximum_kmh=limits.number("measurements.speed_maximum_kmh"),
    )
