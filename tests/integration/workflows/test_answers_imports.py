"""The list of imports counts what is stored and finds one again."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from geo.errors import NotFoundError
from geo.store.tables import ImportFile, ImportProblem, ImportRecord
from geo.workflows.answers.imports import get_import, list_imports


def add_import(session: Session, *, kind: str, number: int) -> ImportRecord:
    record = ImportRecord(
        kind=kind,
        sha256=f"{number:064x}",
        options_sha256="0" * 64,
        illustrative=False,
        as_of=dt.date(2026, 1, 15),
        rows_read=5,
        rows_stored=2,
        rows_unchanged=0,
        rows_skipped=3,
        rows_folded=0,
        files=[ImportFile(name="tram.xlsx", sha256=f"{number:064x}", size_bytes=10)],
    )
    session.add(record)
    session.flush()
    return record


def test_imports_are_listed_newest_first_with_their_problems(session: Session) -> None:
    older = add_import(session, kind="villages", number=1)
    newer = add_import(session, kind="sites", number=2)
    for context in ({"count": 2}, {}):
        session.add(ImportProblem(import_id=newer.id, severity="error", code="bad_input", context=context))
    session.flush()
    page = list_imports(session)
    assert [item.import_id for item in page.items][:2] == [newer.id, older.id]
    assert (page.items[0].error_count, page.items[0].warning_count) == (3, 0)
    assert page.items[0].files[0]["name"] == "tram.xlsx"
    only = list_imports(session, kind="villages", limit=None)
    assert {item.kind for item in only.items} == {"villages"}
    assert list_imports(session, limit=1).total == page.total


def test_one_import_is_the_document_it_answered_with(session: Session) -> None:
    record = add_import(session, kind="sites", number=3)
    document = get_import(session, import_id=record.id)
    assert document["import_id"] == record.id
    assert document["rows_read"] == 5
    assert document["problems"] == []
    with pytest.raises(NotFoundError, match="There is no import"):
        get_import(session, import_id=10**9)
