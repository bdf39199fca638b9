"""Which imports the rows in force come from, for the provenance of an assessment and to tell whether it is current."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from geo.store import tables
from geo.store.validity import valid_on


@dataclass(frozen=True, slots=True)
class _Source:
    kind: str
    table: Any
    holds: ColumnElement[bool]


def _sources(as_of: dt.date) -> list[_Source]:
    unit, village, cell, site = tables.AdminUnit, tables.Village, tables.Cell, tables.Site
    node, declaration, layer = tables.FibreNode, tables.VillageServiceDeclaration, tables.RasterLayer
    of_village = select(village.id).where(valid_on(as_of, village.valid_from, village.valid_to))
    return [
        _Source("boundaries", unit, valid_on(as_of, unit.valid_from, unit.valid_to)),
        _Source("villages", village, valid_on(as_of, village.valid_from, village.valid_to)),
        _Source("villages", tables.VillageCluster, tables.VillageCluster.village_id.in_(of_village)),
        _Source("sites", cell, valid_on(as_of, cell.valid_from, cell.valid_to)),
        _Source("sites", site, valid_on(as_of, site.valid_from, site.valid_to)),
        _Source("sites", tables.Mast, true()),
        _Source("sites", tables.SiteListDeclaration, tables.SiteListDeclaration.as_of <= as_of),
        _Source("fibre", node, valid_on(as_of, node.valid_from, node.valid_to)),
        _Source("fibre", declaration, valid_on(as_of, declaration.as_of, declaration.valid_to)),
        _Source("places", tables.Place, true()),
        _Source("roads", tables.Road, true()),
        _Source("antennas", tables.AntennaPattern, true()),
        *(_Source(kind, layer, layer.kind == kind) for kind in ("terrain", "landcover", "population")),
    ]


def read_provenance(session: Session, as_of: dt.date) -> dict[str, dict[str, Any]]:
    """Return by kind of input: illustrative, import_ids, as_of (newest, ISO 8601) and rows that hold on `as_of`."""
    record = tables.ImportRecord
    found: dict[str, dict[str, Any]] = {}
    for source in _sources(as_of):
        rows = session.execute(
            select(record.id, record.illustrative, record.as_of, func.count())
            .select_from(source.table)
            .join(record, record.id == source.table.import_id)
            .where(source.holds)
            .group_by(record.id)
        )
        for import_id, illustrative, day, count in rows:
            _add(found, source.kind, import_id, illustrative, day.isoformat(), count)
    return {kind: {**values, "import_ids": sorted(values["import_ids"])} for kind, values in sorted(found.items())}


def count_kept_rows(session: Session, as_of: dt.date, used: Mapping[str, Collection[int]]) -> dict[str, int]:
    """Return by kind how many rows that hold on `as_of` are as imports of the kind (`used`: their ids) wrote them.

    A row that is changed takes the number of the import that changed it, and one that ends or is deleted is gone: the
    count of `read_provenance` for these imports comes back only as long as every single row of theirs is what it was.
    """
    counts: Counter[str] = Counter()
    for source in _sources(as_of):
        if used.get(source.kind):
            mine = source.table.import_id.in_(used[source.kind])
            query = select(func.count()).select_from(source.table).where(source.holds, mine)
            counts[source.kind] += session.scalar(query) or 0
    return dict(counts)


def _add(found: dict[str, dict[str, Any]], kind: str, import_id: int, illustrative: bool, day: str, count: int) -> None:
    known = found.setdefault(kind, {"illustrative": False, "import_ids": set(), "as_of": day, "rows": 0})
    known["illustrative"] = known["illustrative"] or illustrative
    known["import_ids"].add(import_id)
    known["as_of"] = max(known["as_of"], day)
    known["rows"] += count


def read_content_digest(session: Session, as_of: dt.date) -> str:
    """Return a SHA-256 over which rows hold on `as_of` and which import wrote each of them.

    A row that an import changes takes the number of that import, so that equal digests mean equal content.
    """
    digest = hashlib.sha256()
    for source in _sources(as_of):
        key = func.concat(source.table.id, ":", source.table.import_id)
        joined = func.string_agg(key, aggregate_order_by(literal(","), source.table.id))
        row = session.execute(select(func.count(), func.md5(joined)).where(source.holds)).one()
        _feed(digest, (source.table.__tablename__, source.kind, *row))
    return digest.hexdigest()


def read_territory_version(session: Session, as_of: dt.date) -> str:
    """Return a name for the set of units that hold on `as_of`: newest start, number of communes, start of a hash."""
    unit = tables.AdminUnit
    rows = session.execute(
        select(unit.code, unit.valid_from, func.md5(func.ST_AsBinary(unit.geom)))
        .where(valid_on(as_of, unit.valid_from, unit.valid_to))
        .order_by(unit.code)
    ).all()
    digest = hashlib.sha256()
    for row in rows:
        _feed(digest, row)
    newest = max((row.valid_from for row in rows), default=as_of)
    communes = sum(len(row.code) > 2 for row in rows)
    return f"{newest.isoformat()}/{communes}+{digest.hexdigest()[:8]}"


def _feed(digest: Any, values: Iterable[Any]) -> None:
    digest.update(("|".join(str(value) for value in values) + "\n").encode())
