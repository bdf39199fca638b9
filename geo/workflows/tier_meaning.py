"""What a tier outdoors means inside: shares of vehicles, light houses and buildings that keep the outdoor level."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Literal

from geo.parameters.coverage_rule import load_coverage_rule
from geo.parameters.loader import load_parameters
from geo.parameters.schema import ParameterSet
from geo.radio.p2109 import BuildingType, building_entry_loss_db, entered_share

OUTDOOR = "outdoor"
PlaceKind = Literal["vehicle", "light_house", "traditional_building", "efficient_building"]
BUILDINGS: tuple[tuple[PlaceKind, BuildingType], ...] = (
    ("traditional_building", BuildingType.TRADITIONAL),
    ("efficient_building", BuildingType.THERMALLY_EFFICIENT),
)
OTHERS: tuple[PlaceKind, ...] = ("vehicle", "light_house")


@dataclass(frozen=True, slots=True, kw_only=True)
class TierMeaning:
    """A tier at one frequency.

    `margin_db` is what it lies over the outdoor tier, `planned_margin_db` what the parameters ask for (None: nothing).
    The shares (0..1) are those of vehicles, of places in light houses, and of places inside traditional and thermally
    efficient buildings (ITU-R P.2109) where at least the outdoor tier is left when the tier is just reached outside.
    """

    tier: str
    threshold_dbm: float
    margin_db: float
    planned_margin_db: float | None
    frequency_mhz: float
    share_vehicles: float
    share_light_houses: float
    share_traditional_buildings: float
    share_efficient_buildings: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TierMeanings:
    """All tiers from the outdoor one on, with the versions of what they were computed with."""

    rule_version: str
    entry_version: str
    rows: tuple[TierMeaning, ...]


def tier_meanings(parameters_dir: Path | None = None, *, as_of: dt.date | None = None) -> TierMeanings:
    """Return what the tiers of the coverage rule mean inside.

    Raises:
        ParameterError: a parameter file is wrong. OutOfRangeError: a frequency outside ITU-R P.2109.
    """
    rule = load_coverage_rule(parameters_dir=parameters_dir, as_of=as_of)
    entry = load_parameters("radio/entry", parameters_dir=parameters_dir)
    outdoor_dbm = rule.tiers_dbm[OUTDOOR]
    rows = [
        _meaning(entry, tier, threshold_dbm, threshold_dbm - outdoor_dbm, float(frequency))
        for tier, threshold_dbm in rule.tiers_dbm.items()
        if threshold_dbm >= outdoor_dbm
        for frequency in entry.items("frequencies")
    ]
    return TierMeanings(rule_version=rule.version, entry_version=entry.version_string, rows=tuple(rows))


def _meaning(
    entry: ParameterSet, tier: str, threshold_dbm: float, margin_db: float, frequency_mhz: float
) -> TierMeaning:
    planned = entry.under("tier_margin")
    frequency_ghz = frequency_mhz / 1000.0
    return TierMeaning(
        tier=tier,
        threshold_dbm=threshold_dbm,
        margin_db=margin_db,
        planned_margin_db=entry.number(f"tier_margin.{tier}") if tier in planned else None,
        frequency_mhz=frequency_mhz,
        share_vehicles=_normal_share(entry, "vehicle", margin_db),
        share_light_houses=_normal_share(entry, "light_house", margin_db),
        share_traditional_buildings=entered_share(
            margin_db, frequency_ghz=frequency_ghz, building=BuildingType.TRADITIONAL
        ),
        share_efficient_buildings=entered_share(
            margin_db, frequency_ghz=frequency_ghz, building=BuildingType.THERMALLY_EFFICIENT
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteredPlaces:
    """Vehicles, light houses or buildings at one frequency: what half of them take away at most, and the share (0..1)
    of them that take no more than a margin."""

    kind: PlaceKind
    median_loss_db: float
    share: float


def entered_places(margin_db: float, *, frequency_mhz: float, entry: ParameterSet) -> tuple[EnteredPlaces, ...]:
    """Return where a level that lies a margin over the outdoor tier leaves that tier inside.

    Raises:
        OutOfRangeError: a frequency outside ITU-R P.2109.
    """
    ghz = frequency_mhz / 1000.0
    normal = [
        EnteredPlaces(
            kind=kind, median_loss_db=entry.number(f"{kind}.median"), share=_normal_share(entry, kind, margin_db)
        )
        for kind in OTHERS
    ]
    buildings = [
        EnteredPlaces(
            kind=kind,
            median_loss_db=building_entry_loss_db(frequency_ghz=ghz, probability=0.5, building=building),
            share=entered_share(margin_db, frequency_ghz=ghz, building=building),
        )
        for kind, building in BUILDINGS
    ]
    return (*normal, *buildings)


def _normal_share(entry: ParameterSet, place: str, loss_db: float) -> float:
    return NormalDist(entry.number(f"{place}.median"), entry.number(f"{place}.sigma")).cdf(loss_db)
