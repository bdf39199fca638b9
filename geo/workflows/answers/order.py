"""The order in which people expect names."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Numeric, cast, func

from geo.store.tables import Village


def by_commune_and_name() -> tuple[Any, ...]:
    """Return what villages are ordered by: commune, then name with its first number as a number (1, 2, 10)."""
    before_number = func.regexp_replace(Village.name, "[0-9].*", "")
    number = cast(func.substring(Village.name, "[0-9]+"), Numeric)
    return Village.commune_code, before_number, number.nulls_first(), Village.name, Village.id
