"""Imports communes and provinces with validity, and the crosswalk from old units."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo.domain.admin import COMMUNE_TYPES, PROVINCE_TYPES
from geo.domain.codes import normalise_unit_name
from geo.intake.boundaries import (
    CleanOldUnit,
    CleanUnit,
    clean_crosswalk,
    clean_units,
    is_crosswalk,
    province_name,
)
from geo.intake.limits import intake_limits
from geo.intake.problems import ProblemLog
from geo.intake.sources import SourceFile
from geo.intake.tables import Batch
from geo.store.tables import AdminUnit, UnitCrosswalk
from geo.store.writers import Fate, Target, Upsert, ewkb_hex, table_of, upsert
from geo.workflows.import_context import load_territory, read_rows
from geo.workflows.import_gone import EVERYTHING, Complete, may_close, newer_lists, take_out
from geo.workflows.import_report import ImportCounts, ImportPreview
from geo.workflows.import_request import Gone, ImportRequest, Outcome, counts_of

_UNITS = Target(
    table=table_of(AdminUnit),
    key=("code",),
    compared=(
        "name",
        "name_normalised",
        "type",
        "parent_code",
        "geom",
        "official_area_km2",
        "population",
        "households",
    ),
)
_CROSSWALK = Target(
    table=table_of(UnitCrosswalk),
    key=("old_code", "new_code", "changed_on"),
    compared=("old_name", "old_name_normalised", "old_parent_name", "share"),
    since=None,
)


def prepare_boundaries(
    session: Session, request: ImportRequest, files: Sequence[SourceFile], log: ProblemLog
) -> PreparedUnits | PreparedCrosswalk:
    """Read and check units or, when the files have old and new codes, a crosswalk."""
    batch = read_rows(request, files, log)
    if is_crosswalk(batch):
        return PreparedCrosswalk(request, batch, clean_crosswalk(batch))
    limits = intake_limits(request.settings.parameters_dir)
    known = load_territory(session).directory
    return PreparedUnits(request, batch, clean_units(batch, crs=request.crs, known=known, limits=limits))


@dataclass(frozen=True)
class PreparedCrosswalk:
    """Rows of a crosswalk, ready to be stored."""

    request: ImportRequest
    batch: Batch
    rows: Sequence[CleanOldUnit]

    @property
    def counts(self) -> ImportCounts:
        """Rows by fate so far."""
        return counts_of(self.batch)

    def store(self, session: Session, import_id: int) -> Outcome:
        """Write the rows."""
        default = self.request.as_of or intake_limits(self.request.settings.parameters_dir).first_valid_from
        rows = {
            (row.old_code, row.new_code, row.changed_on or default): (
                row.old_name,
                normalise_unit_name(row.old_name),
                row.old_parent_name,
                row.share,
            )
            for row in self.rows
        }
        done = upsert(
            session,
            _CROSSWALK,
            [(*key, *values) for key, values in rows.items()],
            import_id=import_id,
            as_of=self.request.effective_as_of,
        )
        stored = done.count(Fate.NEW) + done.count(Fate.CHANGED)
        preview = ImportPreview(done.count(Fate.NEW), done.count(Fate.CHANGED), done.count(Fate.UNCHANGED))
        return Outcome(
            rows_stored=len(self.rows) if stored else 0,
            rows_unchanged=0 if stored else len(self.rows),
            preview=preview,
        )

    def undo(self) -> None:
        """Nothing was written beside the transaction."""


@dataclass(frozen=True)
class PreparedUnits:
    """Units, ready to be stored."""

    request: ImportRequest
    batch: Batch
    units: Sequence[CleanUnit]

    @property
    def counts(self) -> ImportCounts:
        """Rows by fate so far."""
        return counts_of(self.batch)

    def store(self, session: Session, import_id: int) -> Outcome:
        """Write new versions of the units, the province around them, and place masts and villages anew."""
        done = self._upsert(session, import_id)
        outdated = [unit for unit, fate in zip(self.units, done.fates, strict=True) if fate is Fate.OUTDATED]
        self.batch.report("older_than_current", [unit.index for unit in outdated], name="code")
        gone = Gone()
        closed = self._close_absent(session, done, gone)
        new, changed = done.count(Fate.NEW), done.count(Fate.CHANGED)
        if new or changed or closed:
            self._make_province(session, import_id)
            session.execute(_PLACE_MASTS, _TYPES)
            session.execute(_PLACE_VILLAGES, _TYPES)
            session.execute(_PLACE_PLACES, _TYPES)
        unchanged = len(self.units) - new - changed
        return Outcome(
            rows_stored=new + changed,
            rows_unchanged=unchanged,
            preview=ImportPreview(new, changed, unchanged, closed),
            gone=gone,
            speaks_of=(EVERYTHING,),
        )

    def undo(self) -> None:
        """Nothing was written beside the transaction."""

    def _upsert(self, session: Session, import_id: int) -> Upsert:
        ids: list[int] = [0] * len(self.units)
        fates: list[Fate] = [Fate.UNCHANGED] * len(self.units)
        for since, members in self._by_start(session).items():
            rows = [self._row(self.units[i]) for i in members]
            part = upsert(session, _UNITS, rows, import_id=import_id, as_of=since)
            for i, key, fate in zip(members, part.ids, part.fates, strict=True):
                ids[i], fates[i] = key, fate
        return Upsert(ids, fates)

    def _by_start(self, session: Session) -> dict[dt.date, list[int]]:
        """Return the units by the day from which they hold.

        Without any date a first version holds since the reform, and a correction takes the place of the version that
        it corrects.
        """
        first = intake_limits(self.request.settings.parameters_dir).first_valid_from
        current: dict[str, dt.date] = {row.code: row.valid_from for row in session.execute(_CURRENT_STARTS)}
        groups: dict[dt.date, list[int]] = {}
        for i, unit in enumerate(self.units):
            since = unit.valid_from or self.request.as_of or current.get(unit.code, first)
            groups.setdefault(since, []).append(i)
        return groups

    def _row(self, unit: CleanUnit) -> tuple[Any, ...]:
        province = unit.unit_type in PROVINCE_TYPES
        return (
            unit.code,
            unit.name,
            normalise_unit_name(unit.name),
            unit.unit_type.value,
            None if province else unit.parent_code or self.request.settings.territory_code,
            ewkb_hex([unit.geom])[0],
            unit.official_area_km2,
            unit.population,
            unit.households,
        )

    def _close_absent(self, session: Session, done: Upsert, gone: Gone) -> int:
        newer = newer_lists(session, self.request)
        if not may_close(self.request, newer, [EVERYTHING], self.batch.log):
            return 0
        communes = AdminUnit.type.in_([kind.value for kind in COMMUNE_TYPES])
        complete = Complete(what="unit", table=table_of(AdminUnit), present=done.ids, fresh=done.fresh, only=communes)
        return take_out(session, gone, complete, as_of=self.request.effective_as_of)

    def _make_province(self, session: Session, import_id: int) -> None:
        """Make the province of its communes when the files do not bring one; its sums are those of the communes."""
        code = self.request.settings.territory_code
        if any(unit.unit_type in PROVINCE_TYPES and unit.code == code for unit in self.units):
            return
        rows = session.execute(_COMMUNES_OF, {"code": code, **_TYPES}).all()
        if not rows:
            return
        name, unit_type = province_name(code, self.request.settings.parameters_dir)
        shape = shapely.union_all(shapely.from_wkb([bytes(row.geom) for row in rows]))
        whole = shapely.normalize(shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape]))
        sums = [_sum([getattr(row, field) for row in rows]) for field in ("area", "population", "households")]
        since = max(row.valid_from for row in rows)
        row = (code, name, normalise_unit_name(name), unit_type.value, None, ewkb_hex([whole])[0], *sums)
        upsert(session, _UNITS, [row], import_id=import_id, as_of=since)


def _sum(values: Sequence[Any]) -> Any:
    """Return the sum, or None as soon as one part is not known."""
    return None if any(value is None for value in values) else sum(values)


_TYPES = {"types": [kind.value for kind in COMMUNE_TYPES]}
_CURRENT_STARTS = text("SELECT code, valid_from FROM admin_unit WHERE valid_to IS NULL")
_COMMUNES_OF = text(
    "SELECT ST_AsBinary(geom) AS geom, official_area_km2 AS area, population, households, valid_from FROM admin_unit"
    " WHERE valid_to IS NULL AND type = ANY(:types) AND parent_code = :code ORDER BY code"
)
_HOLDING = (
    "(SELECT u.code FROM admin_unit u WHERE u.valid_to IS NULL AND u.type = ANY(:types)"
    " AND ST_Intersects(u.geom, {table}.geom) ORDER BY u.code LIMIT 1)"
)
_PLACE_MASTS = text(f"UPDATE mast SET commune_code = {_HOLDING.format(table='mast')}")  # noqa: S608 (constant)
_PLACE_PLACES = text(
    f"UPDATE place SET commune_code = {_HOLDING.format(table='place')} WHERE commune_code IS NULL"  # noqa: S608
)
# A commune that the village list declares is kept; one that was found by the point is found again.
_PLACE_VILLAGES = text(
    "UPDATE village v SET commune_code = found.code,"  # noqa: S608 (constant)
    " commune_source = CASE WHEN found.code IS NULL THEN 'none' ELSE 'located' END"
    f" FROM (SELECT village.id, {_HOLDING.format(table='village')} AS code FROM village"
    " WHERE commune_source IN ('located', 'none') AND geom IS NOT NULL) found WHERE found.id = v.id"
)
