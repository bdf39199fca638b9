"""What a complete list (`--replace`) no longer has, and what newer lists leave an older one to say.

One rule for all kinds: what is gone is closed (or taken out, where a kind has no validity), and more than the stated
share of it needs the user's word. A list that is older than one of the same part closes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, literal, select
from sqlalchemy.orm import Session

from geo.intake.problems import ProblemLog
from geo.intake.tables import Batch
from geo.store.tables import ImportRecord
from geo.store.writers import NOTHING_NEWER, Newer, among, end_rows
from geo.workflows.import_request import Gone, ImportRequest

EVERYTHING = "*"
"""Part of the data that a list of a kind without parts speaks of."""


@dataclass(frozen=True)
class NewerLists:
    """Imports of the kind with a later date, by the part of the data that they speak of (an operator, a commune, …)."""

    spoken: Mapping[str, dt.date] = field(default_factory=dict)
    complete: Mapping[str, dt.date] = field(default_factory=dict)

    def of(self, part: str | None) -> Newer:
        """Return what is left to say of a row of a part."""
        if part is None or part not in self.spoken:
            return NOTHING_NEWER
        return Newer(settled=True, until=self.complete.get(part))

    def without_versions(self, part: str) -> Newer:
        """Return the same for a table without validity, where nothing can hold for a while only."""
        return Newer(settled=part in self.spoken, closed=part in self.complete)


def newer_lists(session: Session, request: ImportRequest) -> NewerLists:
    """Return the imports of the kind that describe a later day and whose rows are in use."""
    rows = session.execute(
        select(ImportRecord.as_of, ImportRecord.options)
        .where(ImportRecord.kind == request.kind.value, ImportRecord.retired_at.is_(None))
        .where(ImportRecord.as_of > request.effective_as_of)
        .order_by(ImportRecord.as_of)
    ).all()
    spoken: dict[str, dt.date] = {}
    complete: dict[str, dt.date] = {}
    for day, options in rows:
        for part in options.get("speaks_of", []):
            spoken.setdefault(part, day)
            if options["request"]["replace"]:
                complete.setdefault(part, day)
    return NewerLists(spoken, complete)


@dataclass(frozen=True, kw_only=True)
class Complete:
    """One table of a complete list: rows among `only` that are not `present` are gone.

    `part` is the column by which their share is judged; rows of `fresh` ids are of this import and do not count.
    """

    what: str
    table: Table
    present: Collection[int]
    fresh: Collection[int] = ()
    only: ColumnElement[bool] | None = None
    part: Any = None


def take_out(session: Session, gone: Gone, list_: Complete, *, as_of: dt.date) -> int:
    """Close or delete what a complete list lacks and note it in `gone`; returns how many rows it was."""
    rows = _standing(session, list_, as_of)
    present, fresh = set(list_.present), set(list_.fresh)
    absent = [row for row in rows if row.id not in present]
    before = Counter(row.part for row in rows if row.id not in fresh)
    for part, number in sorted(Counter(row.part for row in absent).items(), key=lambda entry: str(entry[0])):
        gone.note(list_.what, part, before=before[part], gone=number)
    gone.items += [{"what": list_.what, "part": row.part, "code": row.code, "name": row.name} for row in absent]
    ids = [row.id for row in absent]
    if "valid_to" in list_.table.c:
        end_rows(session, list_.table, ids, as_of=as_of)
    elif ids:
        session.execute(delete(list_.table).where(among(list_.table.c.id, ids)))
    return len(ids)


def _standing(session: Session, list_: Complete, as_of: dt.date) -> Sequence[Any]:
    columns = list_.table.c
    nothing = literal(None)
    named: list[Any] = [columns[key] for key in ("code", "name", "file_sha256") if key in columns]
    name: Any = columns.get("name", nothing)
    statement = select(
        columns.id,
        (nothing if list_.part is None else list_.part).label("part"),
        named[0].label("code"),
        name.label("name"),
    )
    if "valid_to" in columns:
        # What began later is the word of a newer list.
        statement = statement.where(columns.valid_to.is_(None), columns.valid_from <= as_of)
    if list_.only is not None:
        statement = statement.where(list_.only)
    return session.execute(statement.order_by(columns.id)).all()


def may_close(request: ImportRequest, newer: NewerLists, parts: Iterable[str], log: ProblemLog) -> set[str]:
    """Return the parts that a complete list may close rows of, noting those for which a newer list is stored."""
    if not request.replace:
        return set()
    asked = set(parts)
    for part in sorted(asked & set(newer.spoken)):
        log.add("newer_list_kept", value=None if part == EVERYTHING else part, day=newer.spoken[part].isoformat())
    return asked - set(newer.spoken)


def report_reopened(batch: Batch, what: str, rows: Sequence[int], *, as_of: dt.date, name: str | None = None) -> None:
    """Say how many things hold again that had ended, each with its first row: an old list may have come undated."""
    what_en, what_vi = _WORDS[what]
    batch.report_folded("open_again", rows, name=name, day=as_of.isoformat(), what_en=what_en, what_vi=what_vi)


def refuse_much_gone(request: ImportRequest, gone: Gone, log: ProblemLog, *, limit: float) -> bool:
    """Note each part of which more than the limit is gone; tells whether there is any that nobody confirmed."""
    if request.confirm_gone:
        return False
    over = [share for share in gone.shares if share.before and share.gone / share.before > limit]
    for share in over:
        log.add(
            "much_gone",
            value=share.part,
            count=share.gone,
            before=share.before,
            limit=f"{limit:.0%}",
            what_en=_WORDS[share.what][0],
            what_vi=_WORDS[share.what][1],
            of_en=f" of {share.part}" if share.part else "",
            of_vi=f" của {share.part}" if share.part else "",
        )
    return bool(over)


_WORDS = {
    "antenna": ("antenna patterns", "giản đồ anten"),
    "cell": ("cells of remaining sites", "cell của các trạm còn lại"),
    "cluster": ("clusters", "cụm dân cư"),
    "fibre_node": ("fibre nodes", "nút cáp quang"),
    "measurement": ("measurements", "phép đo"),
    "place": ("places", "địa điểm"),
    "raster": ("rasters", "tệp ảnh"),
    "road": ("roads", "tuyến đường"),
    "site": ("sites", "trạm"),
    "unit": ("communes", "xã, phường"),
    "village": ("villages", "thôn, buôn"),
}
