"""Villages come in the order people expect: by commune, and numbers as numbers."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.store.tables import ImportRecord, Village
from geo.workflows.answers.order import by_commune_and_name

NAMES = ["Buôn Krông", "Thôn", "Thôn 1", "Thôn 1A", "Thôn 2", "Thôn 10", "Thôn 99999999999999999999"]


def test_numbers_in_names_are_ordered_as_numbers(session: Session) -> None:
    day = dt.date(2026, 1, 1)
    record = ImportRecord(kind="villages", sha256="0" * 64, options_sha256="0" * 64, as_of=day, illustrative=True)
    record.rows_read = record.rows_stored = len(NAMES)
    record.rows_unchanged = record.rows_skipped = record.rows_folded = 0
    session.add(record)
    session.flush()
    for number, name in enumerate(sorted(NAMES)):
        session.add(
            Village(
                import_id=record.id,
                code=f"V{number}",
                name=name,
                name_normalised=name.lower(),
                commune_source="none",
                grid_power="unknown",
                valid_from=day,
            )
        )
    session.flush()
    mine = Village.import_id == record.id
    assert list(session.scalars(select(Village.name).where(mine).order_by(*by_commune_and_name()))) == NAMES
