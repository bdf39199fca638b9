"""Rows that the explanation of a point is made of; field names are the names in JSON.

Lengths are metres, levels dBm, losses dB, angles degrees; positions EPSG:4326.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EdgeKind = Literal["least_clearance", "bullington"]
Origin = Literal["declared", "default", "computed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedCell:
    """The cell that is explained; `defaulted_fields` names what its list left out.

    `azimuth_deg` is null for all directions, `electrical_tilt_deg` where a measured pattern has it already.
    """

    id: int
    code: str
    site_code: str
    site_name: str | None
    operator: str
    operator_name: str
    lon: float
    lat: float
    frequency_mhz: float
    bandwidth_mhz: float
    antenna_height_m: float
    azimuth_deg: float | None
    mechanical_tilt_deg: float
    electrical_tilt_deg: float | None
    antenna_model: str | None
    antenna_pattern: Literal["measured", "default"]
    defaulted_fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedEdge:
    """The knife edge of §4.3.1: where the horizon rays of a hidden path meet, else the point with least clearance.

    `height_m` is above sea level. `clearance_m` is that of the line of sight over the edge (negative: it passes
    below), `clearance_share` the same in radii of the first Fresnel zone there, `v` the diffraction parameter.
    """

    kind: EdgeKind
    distance_m: float
    height_m: float
    clearance_m: float
    clearance_share: float
    v: float
    knife_edge_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedPath:
    """The path: `azimuth_deg` and `elevation_deg` are the direction in which the ray leaves the antenna.

    `line_of_sight` is over the bare ground. `*_antenna_m` are above sea level; horizons (distance from the mast) are
    null where nothing hides the ends from each other, clutter included.
    """

    distance_m: float
    azimuth_deg: float
    elevation_deg: float
    line_of_sight: bool
    tx_antenna_m: float
    rx_antenna_m: float
    tx_horizon_m: float | None
    rx_horizon_m: float | None
    effective_earth_radius_km: float
    edge: ExplainedEdge


@dataclass(frozen=True, slots=True, kw_only=True)
class LossPart:
    """A part of the loss, by its clause of ITU-R P.1812-7.

    Those with `adds_to` "basic_transmission_loss" add up to the total, those with "diffraction" to the diffraction;
    the others are told for comparison.
    """

    code: str
    clause: str
    loss_db: float
    adds_to: Literal["basic_transmission_loss", "diffraction"] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetLine:
    """A line of the link budget: `value` as it is added, or what the lines before add up to (`is_sum`)."""

    code: str
    value: float
    unit: Literal["dBm", "dBi", "dB"]
    is_sum: bool
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class TierMargin:
    """A threshold of the rule and how far the level lies above it (dB, negative: below).

    `probability` (0..1) is how probable it is that the true level reaches it, by what the model may be wrong by.
    """

    tier: str
    threshold_dbm: float
    margin_db: float
    reached: bool
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class InsideShare:
    """Where the level that is told for outdoors still leaves the outdoor tier: the loss of entering that half of the
    places do not exceed (ITU-R P.2109 for buildings), and the share (0..1) of places that keep the tier."""

    kind: Literal["vehicle", "light_house", "traditional_building", "efficient_building"]
    median_loss_db: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedInterval:
    """Levels between which a share (0..1) lies; `sigma_db` is the standard deviation that they follow from."""

    low_dbm: float
    high_dbm: float
    share: float
    sigma_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedProfile:
    """The profile from mast to position: one value of each list for each point, heights above sea level.

    `bulge_m` is how far the earth rises over the chord at the effective radius: terrain + clutter + bulge stands under
    the straight line of sight `line_m`, around which the first Fresnel zone has the radius `fresnel_m`.
    """

    distance_m: tuple[float, ...]
    terrain_m: tuple[float, ...]
    clutter_m: tuple[float, ...]
    bulge_m: tuple[float, ...]
    line_m: tuple[float, ...]
    fresnel_m: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PointExplanation:
    """Why one cell gives the level that it gives at a position.

    `level_dbm` is exceeded at `location_share` of the locations for `time_share` of the time, rounded down to a tenth
    as levels are kept and told everywhere; `median_level_dbm` at half of them. `spread` holds the middle of the
    locations around; `interval` holds the true level by what the model may be wrong by. `signal` names what is
    measured (RSRP, SS-RSRP, RSCP, RXLEV). `covered_tier` is the tier that counts as covered.
    """

    technology: str
    operator: str
    state: Literal["covered", "not_covered"]
    signal: str
    level_dbm: float
    median_level_dbm: float
    spread: ExplainedInterval
    interval: ExplainedInterval
    location_share: float
    time_share: float
    receiver_height_m: float
    covered_tier: str
    tiers: tuple[TierMargin, ...]
    inside: tuple[InsideShare, ...]
    cell: ExplainedCell
    path: ExplainedPath
    losses: tuple[LossPart, ...]
    budget: tuple[BudgetLine, ...]
    terrain_used: bool
    clutter_used: bool
    profile: ExplainedProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class PointExplanations:
    """Explanations at one position, one for each technology that a cell gives there."""

    lon: float
    lat: float
    items: tuple[PointExplanation, ...]
