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
    sites_gone_share: float
    repaired_area_share: float
    official_area_share: float
    first_valid_from: dt.date
    outside_commune_m: float
    candidate_crs: tuple[str, ...]
    terrain_minimum_m: float
    terrain_maximum_m: float


def intake_limits(parameters_dir: Path | None = None) -> IntakeLimits:
    """Return the limits.

    Raises:
        ParameterError: the parameter file is wrong.
    """
    limits = load_parameters("intake/limits", parameters_dir=parameters_dir)
    return IntakeLimits(
        mast_same_position_m=limits.number("masts.same_position_m"),
        mast_same_code_m=limits.number("masts.same_code_m"),
        sites_gone_share=limits.number("sites.gone_share"),
        repaired_area_share=limits.number("boundaries.repaired_area_share"),
        official_area_share=limits.number("boundaries.official_area_share"),
        first_valid_from=dt.date.fromisoformat(limits.word("boundaries.first_valid_from")),
        outside_commune_m=limits.number("villages.outside_commune_m"),
        candidate_crs=tuple(str(name) for name in limits.items("coordinates.candidate_crs")),
        terrain_minimum_m=limits.number("rasters.terrain_minimum_m"),
        terrain_maximum_m=limits.number("rasters.terrain_maximum_m"),
    )
