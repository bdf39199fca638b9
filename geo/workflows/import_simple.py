"""Imports of fibre, places and roads: one or two tables, rows by code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from geo.intake.fibre import CleanFibre, clean_fibre
from geo.intake.limits import intake_limits
from geo.intake.operators import operator_names
from geo.intake.problems import ProblemLog
from geo.intake.readers import read_batch
from geo.intake.sources import SourceFile
from geo.intake.surroundings import CleanPlace, CleanRoad, clean_places, clean_roads
from geo.intake.tables import Batch
from geo.store.tables import FibreNode, Operator, Place, Road, Village, VillageServiceDeclaration
from geo.store.writers import (
    Fate,
    Target,
    Upsert,
    close_absent,
    ensure_operators,
    ewkb_hex,
    points_hex,
    table_of,
    upsert,
)
from geo.workflows.import_context import known_area, load_territory
from geo.workflows.import_report import ImportCounts, ImportPreview
from geo.workflows.import_request import ImportRequest, Outcome, counts_of
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
    gone: int = 0


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
        unchanged = len(fates) - new - changed
        return Outcome(
            rows_stored=new + changed,
            rows_unchanged=unchanged,
            preview=ImportPreview(new, changed, unchanged, done.gone),
        )


def prepare_fibre(
    session: Session, request: ImportRequest, files: Sequence[SourceFile], log: ProblemLog
) -> PreparedSimple:
    """Read and check fibre nodes and village service declarations."""
    batch = read_batch(
        files, kind="fibre", log=log, sheet=request.sheet, column_map=request.column_map, crs=request.crs
    )
    territory = load_territory(session)
    clean = clean_fibre(
        batch,
        crs=request.crs,
        operator=request.operator,
        names=operator_names(request.settings.parameters_dir),
        area=known_area(territory, request.settings),
        territory=territory,
        villages=known_villages(session),
    )
    return PreparedSimple(batch, lambda opened, import_id: _store_fibre(opened, request, clean, import_id))


def _store_fibre(session: Session, request: ImportRequest, clean: CleanFibre, import_id: int) -> Stored:
    day = request.effective_as_of
    ensure_operators(session, table_of(Operator), clean.operators)
    nodes = upsert(session, _NODES, _node_rows(clean), import_id=import_id, as_of=day)
    ids = {}
    if clean.declarations:
        found = select(Village.code, Village.id).where(Village.valid_to.is_(None))
        ids = {row.code: row.id for row in session.execute(found)}
    rows = [
        (ids[row.village_code], row.operator_code, row.households_passed, row.ports_free, row.max_speed_mbps)
        for row in clean.declarations
    ]
    declared = upsert(session, _DECLARATIONS, rows, import_id=import_id, as_of=day)
    gone = 0
    if request.replace and clean.nodes:
        mine = FibreNode.operator_code.in_(sorted({node.operator_code for node in clean.nodes}))
        gone = close_absent(session, table_of(FibreNode), nodes.ids, as_of=day, only=mine)
    parts = [(nodes, [node.index for node in clean.nodes]), (declared, [row.index for row in clean.declarations])]
    return Stored(parts, gone)


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
    batch = read_batch(
        files, kind="places", log=log, sheet=request.sheet, column_map=request.column_map, crs=request.crs
    )
    territory = load_territory(session)
    limits = intake_limits(request.settings.parameters_dir)
    area = known_area(territory, request.settings)
    places = clean_places(batch, crs=request.crs, area=area, territory=territory, limits=limits)
    return PreparedSimple(batch, lambda opened, import_id: _store_places(opened, request, places, import_id))


def _store_places(session: Session, request: ImportRequest, places: Sequence[CleanPlace], import_id: int) -> Stored:
    points = points_hex(np.array([place.lon for place in places]), np.array([place.lat for place in places]))
    rows = [
        (place.code, place.name, place.place_class, place.commune_code, point)
        for place, point in zip(places, points, strict=True)
    ]
    done = upsert(session, _PLACES, rows, import_id=import_id, as_of=request.effective_as_of)
    gone = _delete_absent(session, Place, done) if request.replace else 0
    return Stored([(done, [place.index for place in places])], gone)


def prepare_roads(
    session: Session, request: ImportRequest, files: Sequence[SourceFile], log: ProblemLog
) -> PreparedSimple:
    """Read and check roads; the session is not needed, roads are cut by commune when coverage is computed."""
    del session
    batch = read_batch(
        files, kind="roads", log=log, sheet=request.sheet, column_map=request.column_map, crs=request.crs
    )
    roads = clean_roads(batch, crs=request.crs)
    return PreparedSimple(batch, lambda opened, import_id: _store_roads(opened, request, roads, import_id))


def _store_roads(session: Session, request: ImportRequest, roads: Sequence[CleanRoad], import_id: int) -> Stored:
    lines = ewkb_hex([road.geom for road in roads])
    rows = [(road.code, road.name, road.road_class, line) for road, line in zip(roads, lines, strict=True)]
    done = upsert(session, _ROADS, rows, import_id=import_id, as_of=request.effective_as_of)
    gone = _delete_absent(session, Road, done) if request.replace else 0
    return Stored([(done, [road.index for road in roads])], gone)


def _delete_absent(session: Session, table: type[Place] | type[Road], done: Upsert) -> int:
    removed = session.execute(delete(table).where(table.id.not_in(done.ids)).returning(table.id))
    return len(removed.all())
