"""The order in which people expect names."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Numeric, case, cast, func

from geo.store.tables import Village

# As the rule and every table have them.
TIERS_WEAKEST_FIRST = ("marginal", "outdoor", "vehicle", "indoor")


def by_tier(column: Any) -> Any:
    """Return what tiers are ordered by: from the weakest to the strongest, an unknown one last."""
    ranks = {tier: rank for rank, tier in enumerate(TIERS_WEAKEST_FIRST)}
    return case(ranks, value=column, else_=len(ranks))


def by_commune_and_name() -> tuple[Any, ...]:
    """Return what villages are ordered by: commune, then name with its first number as a number (1, 2, 10)."""
    before_number = func.regexp_replace(Village.name, "[0-9].*", "")
    number = cast(func.substring(Village.name, "[0-9]+"), Numeric)
    return Village.commune_code, before_number, number.nulls_first(), Village.name, Village.id
