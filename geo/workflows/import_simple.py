"""Imports of fibre, places and roads: one or two tables, rows by code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.intake.fibre import CleanFibre, clean_fibre
from geo.intake.limits import intake_limits
from geo.intake.problems import ProblemLog
from geo.intake.sources import SourceFile
from geo.intake.surroundings import CleanPlace, CleanRoad, clean_places, clean_roads
from geo.intake.tables import Batch
from geo.store.tables import FibreNode, Operator, Place, Road, Village, VillageServiceDeclaration
from geo.store.writers import (
    Fate,
    Newer,
    Target,
    Upsert,
    ensure_operators,
    ewkb_hex,
    points_hex,
    table_of,
    upsert,
)
from geo.workflows.import_context import known_area, known_operators, load_territory, read_rows
from geo.workflows.import_gone import Complete, NewerLists, may_close, newer_lists, report_reopened, take_out
from geo.workflows.import_report import ImportCounts, ImportPreview
from geo.workflows.import_request import Gone, ImportRequest, Outcome, counts_of
from geo.workflows.import_villages import known_villages

_NODES = Target(
    table=table_of(FibreNode), key=("operator_code", "code"), compared=("kind", "geom", "ports_total", "ports_free")
)
_DECLARATIONS = Target(
    table=table_of(VillageServiceDeclaration),
    key=("village_id", "operator_code"),
    compared=("households_passed", "ports_free", "max_speed_mbps"),
    since="as_of",
)
_PLACES = Target(table=table_of(Place), key=("code",), compared=("name", "class", "commune_code", "geom"), since=None)
_ROADS = Target(table=table_of(Road), key=("code",), compared=("name", "class", "geom"), since=None)
Store = Callable[[Session, int], "Stored"]


@dataclass(frozen=True)
class Stored:
    """What `upsert` did in each table of an import, with the rows of the files, and how many things are gone."""

    parts: Sequence[tuple[Upsert, Sequence[int]]]
    speaks_of: tuple[str, ...]
    gone: Gone
    closed: int = 0


@dataclass(frozen=True)
class PreparedSimple:
    """Rows ready to be stored by the function of their kind."""

    batch: Batch
    write: Store

    @property
    def counts(self) -> ImportCounts:
        """Rows by fate so far."""
        return counts_of(self.batch)

    def undo(self) -> None:
        """Nothing was written beside the transaction."""

    def store(self, session: Session, import_id: int) -> Outcome:
        """Write the rows."""
        done = self.write(session, import_id)
        fates = [fate for part, _ in done.parts for fate in part.fates]
        new, changed = fates.count(Fate.NEW), fates.count(Fate.CHANGED)
        outdated = [
            row
            for part, rows in done.parts
            for row, fate in zip(rows, part.fates, strict=True)
            if fate is Fate.OUTDATED
        ]
        self.batch.report("older_than_current", outdated)
        ended = [
            row
            for part, rows in done.parts
            for row, fate, under in zip(rows, part.fates, part.under, strict=True)
            if fate is Fate.NEW and under.until
        ]
        self.batch.report_folded("held_until_newer", ended)
        unchanged = len(fates) - new - changed
        return Outcome(
            rows_stored=new + changed,
            rows_unchanged=unchanged,
            preview=ImportPreview(new, changed, unchanged, done.closed),
            gone=done.gone,
            speaks_of=done.speaks_of,
        )


def prepare_fibre(
    session: Session, request: ImportRequest, files: Sequence[SourceFile], log: ProblemLog
) -> PreparedSimple:
    """Read and check fibre nodes and village service declarations."""
    batch = read_rows(request, files, log)
    territory = load_territory(session)
    clean = clean_fibre(
        batch,
        crs=request.crs,
        operator=request.operator,
        names=known_operators(session, request.settings),
        area=known_area(territory, request.settings),
        territory=territory,
        villages=known_villages(session),
    )
    return PreparedSimple(batch, lambda opened, import_id: _store_fibre(opened, request, clean, import_id, batch))


def _store_fibre(session: Session, request: ImportRequest, clean: CleanFibre, import_id: int, batch: Batch) -> Stored:
    day = request.effective_as_of
    ensure_operators(session, table_of(Operator), clean.operators)
    newer = newer_lists(session, request)
    said = [newer.of(node.operator_code) for node in clean.nodes]
    nodes = upsert(session, _NODES, _node_rows(clean), import_id=import_id, as_of=day, newer=said)
    report_reopened(batch, "fibre_node", [clean.nodes[n].index for n in nodes.reopened], as_of=day)
    declared = _store_declarations(session, clean, import_id, day, newer)
    gone, closed = Gone(), 0
    operators = {node.operator_code for node in clean.nodes}
    if closable := may_close(request, newer, operators, batch.log):
        complete = Complete(
            what="fibre_node",
            table=table_of(FibreNode),
            present=nodes.ids,
            fresh=nodes.fresh,
            only=FibreNode.operator_code.in_(sorted(closable)),
            part=FibreNode.operator_code,
        )
        closed = take_out(session, gone, complete, as_of=day)
    parts = [(nodes, [node.index for node in clean.nodes]), (declared, [row.index for row in clean.declarations])]
    services = {_services(row.operator_code) for row in clean.declarations}
    return Stored(parts, tuple(operators | services), gone, closed)


def _services(operator: str) -> str:
    """Name the part of the data that a list of declarations speaks of: it is silent about nodes."""
    return f"{operator}/services"


def _store_declarations(session: Session, clean: CleanFibre, import_id: int, day: dt.date, newer: NewerLists) -> Upsert:
    ids = {}
    if clean.declarations:
        found = select(Village.code, Village.id).where(Village.valid_to.is_(None))
        ids = {row.code: row.id for row in session.execute(found)}
    rows = [
        (ids[row.village_code], row.operator_code, row.households_passed, row.ports_free, row.max_speed_mbps)
        for row in clean.declarations
    ]
    # A complete list of nodes closes no declaration, so nothing ends one for it either.
    said = [Newer(settled=newer.of(_services(row.operator_code)).settled) for row in clean.declarations]
    return upsert(session, _DECLARATIONS, rows, import_id=import_id, as_of=day, newer=said)


def _node_rows(clean: CleanFibre) -> list[tuple[Any, ...]]:
    points = points_hex(np.array([n.lon for n in clean.nodes]), np.array([n.lat for n in clean.nodes]))
    return [
        (node.operator_code, node.code, node.kind, point, node.ports_total, node.ports_free)
        for node, point in zip(clean.nodes, points, strict=True)
    ]


def prepare_places(
    session: Session, request: ImportRequest, files: Sequence[SourceFile], log: ProblemLog
) -> PreparedSimple:
    """Read and check places."""
    batch = read_rows(request, files, log)
    territory = load_territory(session)
    limits = intake_limits(request.settings.parameters_dir)
    area = known_area(territory, request.settings)
    places = clean_places(batch, crs=request.crs, area=area, territory=territory, limits=limits)
    return PreparedSimple(batch, lambda opened, import_id: _store_places(opened, request, places, import_id, log))


def _store_places(
    session: Session, request: ImportRequest, places: Sequence[CleanPlace], import_id: int, log: ProblemLog
) -> Stored:
    points = points_hex(np.array([place.lon for place in places]), np.array([place.lat for place in places]))
    rows = [
        (place.code, place.name, place.place_class, place.commune_code, point)
        for place, point in zip(places, points, strict=True)
    ]
    return _store_undated(session, request, _PLACES, rows, [place.index for place in places], import_id, log)


def prepare_roads(
    session: Session, request: ImportRequest, files: Sequence[SourceFile], log: ProblemLog
) -> PreparedSimple:
    """Read and check roads; the session is not needed, roads are cut by commune when coverage is computed."""
    del session
    batch = read_rows(request, files, log)
    roads = clean_roads(batch, crs=request.crs)
    return PreparedSimple(batch, lambda opened, import_id: _store_roads(opened, request, roads, import_id, log))


def _store_roads(
    session: Session, request: ImportRequest, roads: Sequence[CleanRoad], import_id: int, log: ProblemLog
) -> Stored:
    lines = ewkb_hex([road.geom for road in roads])
    rows = [(road.code, road.name, road.road_class, line) for road, line in zip(roads, lines, strict=True)]
    return _store_undated(session, request, _ROADS, rows, [road.index for road in roads], import_id, log)


def _store_undated(
    session: Session,
    request: ImportRequest,
    target: Target,
    rows: Sequence[tuple[Any, ...]],
    indexes: Sequence[int],
    import_id: int,
    log: ProblemLog,
) -> Stored:
    """Write rows of a table without validity; each class is a part of its own for lists of different days."""
    day = request.effective_as_of
    newer = newer_lists(session, request)
    classes = [str(row[target.written.index("class")]) for row in rows]
    said = [newer.without_versions(one) for one in classes]
    # A complete list speaks of the classes that it lacks too.
    others = session.scalars(select(target.table.c["class"]).distinct()).all() if request.replace else []
    done = upsert(session, target, rows, import_id=import_id, as_of=day, newer=said)
    gone, closed = Gone(), 0
    if request.replace and not newer.spoken:
        complete = Complete(what=target.table.name, table=target.table, present=done.ids, fresh=done.fresh)
        closed = take_out(session, gone, complete, as_of=day)
    elif request.replace:
        may_close(request, newer, newer.spoken, log)
    return Stored([(done, indexes)], tuple({*classes, *others}), gone, closed)
