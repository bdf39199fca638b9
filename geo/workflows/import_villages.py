"""Imports villages and clusters with validity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from geo.domain.codes import normalise_name
from geo.intake.limits import intake_limits
from geo.intake.problems import ProblemLog
from geo.intake.readers import read_batch
from geo.intake.sources import SourceFile
from geo.intake.tables import Batch
from geo.intake.villages import CleanCluster, CleanVillage, KnownVillages, Power, clean_villages
from geo.store.tables import Village, VillageCluster
from geo.store.writers import Fate, Target, Upsert, close_absent, points_hex, table_of, upsert
from geo.workflows.import_context import known_area, load_territory
from geo.workflows.import_report import ImportCounts, ImportPreview
from geo.workflows.import_request import ImportRequest, Outcome, counts_of

_POWER = ("grid_power", "grid_power_on", "grid_power_source")
_VILLAGES = Target(
    table=table_of(Village),
    key=("code",),
    compared=(
        "name",
        "name_normalised",
        "kind",
        "commune_code",
        "commune_source",
        "geom",
        "households",
        "population",
        *_POWER,
        "flags",
    ),
)
_CLUSTERS = Target(
    table=table_of(VillageCluster),
    key=("village_id", "code"),
    compared=("name", "geom", "households", "population", *_POWER),
    since=None,
)


def prepare_villages(
    session: Session, request: ImportRequest, files: Sequence[SourceFile], log: ProblemLog
) -> PreparedVillages:
    """Read and check villages and clusters."""
    batch = read_batch(
        files, kind="villages", log=log, sheet=request.sheet, column_map=request.column_map, crs=request.crs
    )
    territory = load_territory(session)
    villages, clusters = clean_villages(
        batch,
        crs=request.crs,
        area=known_area(territory, request.settings),
        territory=territory,
        limits=intake_limits(request.settings.parameters_dir),
        known=known_villages(session),
    )
    return PreparedVillages(request, batch, villages, clusters)


def known_villages(session: Session) -> KnownVillages:
    """Return the current villages by code, and by commune and name."""
    rows = session.execute(
        select(Village.code, Village.commune_code, Village.name_normalised).where(Village.valid_to.is_(None))
    ).all()
    by_name: dict[tuple[str | None, str], list[str]] = defaultdict(list)
    for code, commune, name in rows:
        by_name[commune, name].append(code)
    return KnownVillages(frozenset(row[0] for row in rows), by_name)


@dataclass(frozen=True)
class PreparedVillages:
    """Villages and clusters, ready to be stored."""

    request: ImportRequest
    batch: Batch
    villages: Sequence[CleanVillage]
    clusters: Sequence[CleanCluster]

    @property
    def counts(self) -> ImportCounts:
        """Rows by fate so far."""
        return counts_of(self.batch)

    def undo(self) -> None:
        """Nothing was written beside the transaction."""

    def store(self, session: Session, import_id: int) -> Outcome:
        """Write villages, then their clusters; a new version of a village takes its clusters and declarations over."""
        as_of = self.request.effective_as_of
        done = upsert(session, _VILLAGES, self._village_rows(), import_id=import_id, as_of=as_of)
        _move_dependents(session, done.superseded)
        outdated = [v.index for v, fate in zip(self.villages, done.fates, strict=True) if fate is Fate.OUTDATED]
        self.batch.report("older_than_current", outdated, name="village_code")
        clusters, absent_clusters = self._store_clusters(session, import_id)
        gone = absent_clusters + (self._close_absent(session, done) if self.request.replace else 0)
        new = done.count(Fate.NEW) + clusters.count(Fate.NEW)
        changed = done.count(Fate.CHANGED) + clusters.count(Fate.CHANGED)
        unchanged = len(self.villages) + len(self.clusters) - new - changed
        return Outcome(
            rows_stored=new + changed,
            rows_unchanged=unchanged,
            preview=ImportPreview(new, changed, unchanged, gone),
        )

    def _village_rows(self) -> list[tuple[Any, ...]]:
        points = points_hex(
            np.array([village.lon for village in self.villages], dtype=np.float64),
            np.array([village.lat for village in self.villages], dtype=np.float64),
        )
        return [
            (
                village.code,
                village.name,
                normalise_name(village.name),
                village.kind,
                village.commune.code,
                village.commune.source,
                point,
                village.households,
                village.population,
                *_power(village.power),
                list(village.flags),
            )
            for village, point in zip(self.villages, points, strict=True)
        ]

    def _store_clusters(self, session: Session, import_id: int) -> tuple[Upsert, int]:
        codes = {cluster.village_code for cluster in self.clusters}
        ids: dict[str, int] = {}
        if codes:
            found = select(Village.code, Village.id).where(Village.valid_to.is_(None), Village.code.in_(sorted(codes)))
            ids = {row.code: row.id for row in session.execute(found)}
        points = points_hex(
            np.array([cluster.lon for cluster in self.clusters], dtype=np.float64),
            np.array([cluster.lat for cluster in self.clusters], dtype=np.float64),
        )
        rows = [
            (
                ids[cluster.village_code],
                cluster.code,
                cluster.name,
                point,
                cluster.households,
                cluster.population,
                *_power(cluster.power),
            )
            for cluster, point in zip(self.clusters, points, strict=True)
        ]
        inside = VillageCluster.village_id.in_(sorted(ids.values()))
        day = self.request.effective_as_of
        done = upsert(session, _CLUSTERS, rows, import_id=import_id, as_of=day, only=inside)
        if not self.request.replace or not ids:
            return done, 0
        removed = session.execute(
            delete(VillageCluster).where(inside, VillageCluster.id.not_in(done.ids)).returning(VillageCluster.id)
        )
        return done, len(removed.all())

    def _close_absent(self, session: Session, done: Upsert) -> int:
        """Close villages that the list no longer has, in the communes that it answers for."""
        communes = sorted({village.commune.code for village in self.villages if village.commune.code})
        answered = Village.commune_code.in_(communes)
        return close_absent(session, table_of(Village), done.ids, as_of=self.request.effective_as_of, only=answered)


def _power(power: Power) -> tuple[Any, ...]:
    return power.grid_power, power.grid_power_on, power.grid_power_source


_COPY_CLUSTERS = text(
    "INSERT INTO village_cluster (import_id, village_id, code, name, geom, households, population, grid_power,"
    " grid_power_on, grid_power_source) SELECT import_id, :new, code, name, geom, households, population, grid_power,"
    " grid_power_on, grid_power_source FROM village_cluster WHERE village_id = :old"
)
_MOVE_DECLARATIONS = text(
    "UPDATE village_service_declaration SET village_id = :new WHERE village_id = :old AND valid_to IS NULL"
)


def _move_dependents(session: Session, superseded: dict[int, int]) -> None:
    """Give the new version of a village its clusters (the old keeps its own) and its current declarations."""
    pairs = [{"old": old, "new": new} for old, new in superseded.items()]
    if pairs:
        session.execute(_COPY_CLUSTERS, pairs)
        session.execute(_MOVE_DECLARATIONS, pairs)
