"""Reads the measured patterns of the antennas that cells name."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from geo.domain.antennas import AntennaPattern, PatternCut, antenna_key, is_named
from geo.store import tables


def read_antenna_keys(session: Session, *, import_ids: Collection[int] | None = None) -> list[str]:
    """Return the keys of the models of which there are patterns (of the imports, where given)."""
    key = tables.AntennaPattern.model_key
    query = select(key).where(_of_imports(import_ids))
    return list(session.scalars(query.distinct().order_by(key)))


def _of_imports(import_ids: Collection[int] | None) -> ColumnElement[bool]:
    return true() if import_ids is None else tables.AntennaPattern.import_id.in_(import_ids)


def unknown_models(session: Session, models: Iterable[str]) -> set[str]:
    """Return those of the models of which there is no pattern, as they are written."""
    keys = read_antenna_keys(session)
    return {model for model in models if not any(is_named(key, antenna_key(model)) for key in keys)}


def read_antenna_patterns(
    session: Session, models: Iterable[str | None], *, import_ids: Collection[int] | None = None
) -> list[AntennaPattern]:
    """Return the patterns of the models that cells name (of the imports, where given), by key, frequency and tilt."""
    wanted = {antenna_key(model) for model in models if model}
    stored = read_antenna_keys(session, import_ids=import_ids)
    keys = [key for key in stored if any(is_named(key, each) for each in wanted)]
    table = tables.AntennaPattern
    order = (table.model_key, table.frequency_mhz, table.electrical_tilt_deg, table.id)
    query = select(table).where(table.model_key.in_(keys), _of_imports(import_ids))
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
        for row in session.scalars(query.order_by(*order))
    ]
