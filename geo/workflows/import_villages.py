"""Imports villages and clusters with validity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from geo.domain.codes import normalise_name
from geo.intake.limits import intake_limits
from geo.intake.problems import ProblemLog
from geo.intake.sources import SourceFile
from geo.intake.tables import Batch
from geo.intake.villages import CleanCluster, CleanVillage, KnownVillages, Power, clean_villages
from geo.store.tables import Village, VillageCluster
from geo.store.writers import NOTHING_NEWER, Fate, Newer, Target, Upsert, points_hex, table_of, upsert
from geo.workflows.import_context import known_area, load_territory, read_rows
from geo.workflows.import_gone import Complete, may_close, newer_lists, report_reopened, take_out
from geo.workflows.import_report import ImportCounts, ImportPreview
from geo.workflows.import_request import Gone, ImportRequest, Outcome, counts_of

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
    batch = read_rows(request, files, log)
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
        newer, gone = newer_lists(session, self.request), Gone()
        said = [newer.of(village.commune.code) for village in self.villages]
        done = upsert(session, _VILLAGES, self._village_rows(), import_id=import_id, as_of=as_of, newer=said)
        _move_dependents(session, done.superseded)
        clusters = self._store_clusters(session, import_id, done, gone)
        self._report_older(done, clusters)
        communes = {village.commune.code for village in self.villages if village.commune.code}
        closed = self._close_absent(session, done, may_close(self.request, newer, communes, self.batch.log), gone)
        new = done.count(Fate.NEW) + clusters.count(Fate.NEW)
        changed = done.count(Fate.CHANGED) + clusters.count(Fate.CHANGED)
        unchanged = len(self.villages) + len(self.clusters) - new - changed
        closed += sum(one["what"] == "cluster" for one in gone.items)
        return Outcome(
            rows_stored=new + changed,
            rows_unchanged=unchanged,
            preview=ImportPreview(new, changed, unchanged, closed),
            gone=gone,
            speaks_of=tuple(communes),
        )

    def _report_older(self, villages: Upsert, clusters: Upsert) -> None:
        outdated = [v.index for v, fate in zip(self.villages, villages.fates, strict=True) if fate is Fate.OUTDATED]
        outdated += [c.index for c, fate in zip(self.clusters, clusters.fates, strict=True) if fate is Fate.OUTDATED]
        self.batch.report("older_than_current", sorted(set(outdated)), name="village_code")
        made = zip(self.villages, villages.fates, villages.under, strict=True)
        ended = [village.index for village, fate, under in made if fate is Fate.NEW and under.until]
        self.batch.report_folded("held_until_newer", ended, name="village_code")
        again = [self.villages[n].index for n in villages.reopened]
        report_reopened(self.batch, "village", again, as_of=self.request.effective_as_of, name="village_code")

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

    def _store_clusters(self, session: Session, import_id: int, villages: Upsert, gone: Gone) -> Upsert:
        """Write the clusters; those of a village of which a newer list speaks stay as they are."""
        ids, said = self._villages_of_clusters(session, villages)
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
        newer = [said.get(cluster.village_code, NOTHING_NEWER) for cluster in self.clusters]
        done = upsert(session, _CLUSTERS, rows, import_id=import_id, as_of=day, only=inside, newer=newer)
        answered = [ids[code] for code in ids if code not in said]
        if self.request.replace and answered:
            complete = Complete(
                what="cluster",
                table=table_of(VillageCluster),
                present=done.ids,
                fresh=done.fresh,
                only=VillageCluster.village_id.in_(sorted(answered)),
                part=select(Village.commune_code).where(Village.id == VillageCluster.village_id).scalar_subquery(),
            )
            take_out(session, gone, complete, as_of=day)
        return done

    def _villages_of_clusters(self, session: Session, villages: Upsert) -> tuple[dict[str, int], dict[str, Newer]]:
        """Return the id of each cluster's village, and the villages of which a newer list speaks."""
        codes = {cluster.village_code for cluster in self.clusters}
        ids: dict[str, int] = {}
        if codes:
            found = select(Village.code, Village.id).where(Village.valid_to.is_(None), Village.code.in_(sorted(codes)))
            ids = {row.code: row.id for row in session.execute(found)}
        said = {}
        for village, key, fate, under in zip(self.villages, villages.ids, villages.fates, villages.under, strict=True):
            if village.code in codes:
                ids[village.code] = key
                if fate is not Fate.NEW and under.settled:
                    said[village.code] = Newer(settled=True, closed=True)
        return ids, said

    def _close_absent(self, session: Session, done: Upsert, communes: Collection[str], gone: Gone) -> int:
        """Close villages that the list no longer has, in the communes that it answers for."""
        if not communes:
            return 0
        complete = Complete(
            what="village",
            table=table_of(Village),
            present=done.ids,
            fresh=done.fresh,
            only=Village.commune_code.in_(sorted(communes)),
            part=Village.commune_code,
        )
        return take_out(session, gone, complete, as_of=self.request.effective_as_of)


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
