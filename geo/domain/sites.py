"""Masts, sites and cells as an operator declares them.

A mast carries one or more operators' sites; a site has cells. Fields that an operator left out are None: defaults are
applied by `geo.radio` when coverage is computed, never at intake.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Technology(StrEnum):
    """Generation of a mobile network."""

    G2 = "2G"
    G3 = "3G"
    G4 = "4G"
    G5 = "5G"


class SiteStatus(StrEnum):
    """Life of a cell; only `on_air` cells make coverage."""

    PLANNED = "planned"
    ON_AIR = "on_air"
    OFF_AIR = "off_air"
    REMOVED = "removed"


ANY_OPERATOR = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One radio cell as declared; `cell_id` is the key in the store."""

    cell_id: int
    site_id: int
    mast_id: int
    operator_code: str
    technology: Technology
    lon: float
    lat: float
    band: str | None = None
    frequency_mhz: float | None = None
    bandwidth_mhz: float | None = None
    azimuth_deg: float | None = None
    mechanical_tilt_deg: float | None = None
    electrical_tilt_deg: float | None = None
    antenna_height_m: float | None = None
    antenna_gain_dbi: float | None = None
    antenna_model: str | None = None
    power_dbm: float | None = None
    eirp_dbm: float | None = None
    reach_m: float | None = None
