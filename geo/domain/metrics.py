"""What a reading of a target measures, named so that parameter files and workflows speak of the same thing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from geo.domain.sites import ANY_OPERATOR


class Quantity(StrEnum):
    """Kinds of figures that the service can compute."""

    VILLAGES = "villages"
    POPULATION = "population"
    HOUSEHOLDS = "households"
    AREA = "area"
    SETTLED_AREA = "settled_area"
    COMMUNES_WITH_SERVICE = "communes_with_service"
    COMMUNES_FULLY_COVERED = "communes_fully_covered"
    BASELINE_WITH_POWER = "baseline_with_power"
    BASELINE_REMAINING = "baseline_remaining"
    FIBRE_HOUSEHOLDS = "fibre_households"
    FIBRE_VILLAGES = "fibre_villages"
    PLACES = "places"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One figure: what is counted, for which technology and operator, in which place classes, from which speed on, or
    only above which.

    `technology` is a technology or "mobile_broadband" (those of the coverage rule together).
    """

    quantity: Quantity
    technology: str | None = None
    operator: str = ANY_OPERATOR
    place_classes: tuple[str, ...] = ()
    min_speed_mbps: float | None = None
    above_speed_mbps: float | None = None
    found_later: bool = False
