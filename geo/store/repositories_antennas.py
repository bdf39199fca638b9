"""Reads the measured patterns of the antennas that cells name."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.domain.antennas import AntennaPattern, PatternCut, antenna_key, is_named
from geo.store import tables


def read_antenna_keys(session: Session) -> list[str]:
    """Return the keys of the models of which there are patterns."""
    key = tables.AntennaPattern.model_key
    return list(session.scalars(select(key).distinct().order_by(key)))


def unknown_models(session: Session, models: Iterable[str]) -> set[str]:
    """Return those of the models of which there is no pattern, as they are written."""
    keys = read_antenna_keys(session)
    return {model for model in models if not any(is_named(key, antenna_key(model)) for key in keys)}


def read_antenna_patterns(session: Session, models: Iterable[str | None]) -> list[AntennaPattern]:
    """Return the patterns of the models that cells name, by key, frequency and tilt."""
    wanted = {antenna_key(model) for model in models if model}
    keys = [key for key in read_antenna_keys(session) if any(is_named(key, each) for each in wanted)]
    table = tables.AntennaPattern
    order = (table.model_key, table.frequency_mhz, table.electrical_tilt_deg, table.id)
    return [
        AntennaPattern(
            name=row.name,
            maker=row.maker,
            frequency_mhz=row.frequency_mhz,
            gain_dbi=row.gain_dbi,
            electrical_tilt_deg=row.electrical_tilt_deg,
            horizontal=PatternCut(tuple(row.horizontal_deg), tuple(row.horizontal_db)),
            vertical=PatternCut(tuple(row.vertical_deg), tuple(row.vertical_db)),
        )
        for row in session.scalars(select(table).where(table.model_key.in_(keys)).order_by(*order))
    ]
