"""Imports operators' site lists: masts, sites and cells with validity."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.orm import Session

from geo.errors import ConflictError
from geo.intake.cells import CleanCell
from geo.intake.limits import intake_limits
from geo.intake.operators import operator_names
from geo.intake.problems import ProblemLog
from geo.intake.readers import read_batch
from geo.intake.sites import CleanSites, clean_sites
from geo.intake.sources import SourceFile
from geo.intake.tables import Batch
from geo.store.repositories_antennas import unknown_models
from geo.store.tables import Cell, Operator, Site, SiteListDeclaration
from geo.store.writers import Fate, Target, Upsert, close_absent, end_rows, ensure_operators, table_of, upsert
from geo.workflows.import_context import known_area, load_territory
from geo.workflows.import_masts import store_masts
from geo.workflows.import_report import ImportCounts, ImportPreview
from geo.workflows.import_request import ImportRequest, Outcome, counts_of

_SITES = Target(table=table_of(Site), key=("operator_code", "code"), compared=("mast_id", "name", "address", "shared"))
_RADIO = (
    "technology",
    "band",
    "frequency_mhz",
    "bandwidth_mhz",
    "azimuth_deg",
    "mechanical_tilt_deg",
    "electrical_tilt_deg",
    "antenna_height_m",
    "antenna_gain_dbi",
    "antenna_model",
    "power_dbm",
    "eirp_dbm",
    "status",
    "on_air_date",
)
_CELLS = Target(table=table_of(Cell), key=("site_id", "code"), compared=_RADIO)


def prepare_sites(
    session: Session, request: ImportRequest, files: Sequence[SourceFile], log: ProblemLog
) -> PreparedSites:
    """Read and check site lists."""
    batch = read_batch(
        files, kind="sites", log=log, sheet=request.sheet, column_map=request.column_map, crs=request.crs
    )
    territory = load_territory(session)
    clean = clean_sites(
        batch,
        crs=request.crs,
        operator=request.operator,
        names=operator_names(request.settings.parameters_dir),
        area=known_area(territory, request.settings),
        territory=territory,
        limits=intake_limits(request.settings.parameters_dir),
        as_of=request.effective_as_of,
    )
    _report_unknown_antennas(session, batch, clean.cells)
    return PreparedSites(request, batch, clean)


def _report_unknown_antennas(session: Session, batch: Batch, cells: Sequence[CleanCell]) -> None:
    named = {cell.antenna_model for cell in cells if cell.antenna_model}
    unknown = unknown_models(session, named)
    rows = [cell.row for cell in cells if cell.antenna_model in unknown]
    if rows:
        batch.report_folded("antenna_unknown", rows, name="antenna_model", example=min(unknown))


@dataclass(frozen=True)
class PreparedSites:
    """Sites with their cells, ready to be stored."""

    request: ImportRequest
    batch: Batch
    clean: CleanSites

    @property
    def counts(self) -> ImportCounts:
        """Rows by fate so far."""
        return counts_of(self.batch)

    def undo(self) -> None:
        """Nothing was written beside the transaction."""

    def store(self, session: Session, import_id: int) -> Outcome:
        """Write masts, sites and cells, and the declaration that these operators handed in a list."""
        ensure_operators(session, table_of(Operator), self.clean.operators)
        sites = self._store_sites(session, import_id)
        cells = self._store_cells(session, import_id, sites)
        gone = self._close_absent(session, sites, cells) if self.request.replace else 0
        self._declare(session, import_id)
        stored = self._stored_rows(sites, cells)
        outdated = {row for n in _of_fate(sites, Fate.OUTDATED) for row in self.clean.sites[n].rows}
        outdated |= {self.clean.cells[n].row for n in _of_fate(cells, Fate.OUTDATED)}
        self.batch.report("older_than_current", sorted(outdated), name="site_code")
        changed = {n for n, fate in enumerate(sites.fates) if fate is Fate.CHANGED}
        changed |= {
            self.clean.site_of_row[self.clean.cells[n].row] for n in _of_fate(cells, Fate.NEW, Fate.CHANGED)
        } - set(_of_fate(sites, Fate.NEW))
        new = sites.count(Fate.NEW)
        usable = len(self.batch.usable())
        return Outcome(
            rows_stored=len(stored),
            rows_unchanged=usable - len(stored),
            preview=ImportPreview(new, len(changed), len(self.clean.sites) - new - len(changed), gone),
        )

    def _store_sites(self, session: Session, import_id: int) -> Upsert:
        limits = intake_limits(self.request.settings.parameters_dir)
        masts = store_masts(session, self.clean.sites, import_id=import_id, limits=limits, batch=self.batch)
        rows = [
            (site.operator_code, site.code, mast_id, site.name, site.address, site.shared)
            for site, mast_id in zip(self.clean.sites, masts, strict=True)
        ]
        mine = Site.operator_code.in_(sorted(self.clean.operators))
        done = upsert(session, _SITES, rows, import_id=import_id, as_of=self.request.effective_as_of, only=mine)
        pairs = [{"old": old, "new": new, "day": self.request.effective_as_of} for old, new in done.superseded.items()]
        if pairs:
            session.execute(_COPY_CELLS, pairs)
            session.execute(_CLOSE_CELLS, pairs)
        return done

    def _store_cells(self, session: Session, import_id: int, sites: Upsert) -> Upsert:
        rows = [
            (sites.ids[self.clean.site_of_row[cell.row]], cell.code, *_radio_values(cell)) for cell in self.clean.cells
        ]
        mine = _of_operators(self.clean.operators)
        done = upsert(session, _CELLS, rows, import_id=import_id, as_of=self.request.effective_as_of, only=mine)
        self._end_restated(session, import_id, sites, done)
        return done

    def _end_restated(self, session: Session, import_id: int, sites: Upsert, cells: Upsert) -> None:
        """End cells that a list without cell codes no longer has for a site and technology that it states.

        Their codes are made of what describes them, so a turned antenna would otherwise stand there twice.
        """
        stated = {
            (sites.ids[self.clean.site_of_row[cell.row]], cell.technology.value)
            for cell in self.clean.cells
            if cell.code_made
        }
        others = select(Cell.id, Cell.site_id, Cell.technology).where(
            Cell.valid_to.is_(None), Cell.import_id != import_id, _of_operators(self.clean.operators)
        )
        present = set(cells.ids)
        ended = [key for key, *place in session.execute(others) if tuple(place) in stated and key not in present]
        end_rows(session, table_of(Cell), ended, as_of=self.request.effective_as_of)

    def _stored_rows(self, sites: Upsert, cells: Upsert) -> set[int]:
        """Return the rows that changed anything: a new or changed site, or one of their own cells."""
        stored = {row for n in _of_fate(sites, Fate.NEW, Fate.CHANGED) for row in self.clean.sites[n].rows}
        return stored | {self.clean.cells[n].row for n in _of_fate(cells, Fate.NEW, Fate.CHANGED)}

    def _close_absent(self, session: Session, sites: Upsert, cells: Upsert) -> int:
        """Close what the list no longer has; too much of it needs the user's word.

        Raises:
            ConflictError: more than the stated share of an operator's sites is gone.
        """
        day = self.request.effective_as_of
        for operator in sorted(self.clean.operators):
            self._check_gone(session, operator, sites)
        mine = Site.operator_code.in_(sorted(self.clean.operators))
        close_absent(session, table_of(Cell), cells.ids, as_of=day, only=_of_operators(self.clean.operators))
        return close_absent(session, table_of(Site), sites.ids, as_of=day, only=mine)

    def _check_gone(self, session: Session, operator: str, sites: Upsert) -> None:
        limit = intake_limits(self.request.settings.parameters_dir).sites_gone_share
        current = session.scalars(select(Site.id).where(Site.valid_to.is_(None), Site.operator_code == operator)).all()
        fresh = {key for key, fate in zip(sites.ids, sites.fates, strict=True) if fate is Fate.NEW}
        before = [key for key in current if key not in fresh]
        gone = len(set(before) - set(sites.ids))
        if before and gone / len(before) > limit and not self.request.confirm_gone:
            raise ConflictError(
                f"{gone} of the {len(before)} sites of {operator} are not in the new list, more than {limit:.0%}. "
                "If they are really gone, repeat with --confirm-gone.",
                f"{gone} trong {len(before)} trạm của {operator} không có trong danh sách mới, quá {limit:.0%}. "
                "Nếu đúng là không còn, hãy chạy lại với --confirm-gone.",
            )

    def _declare(self, session: Session, import_id: int) -> None:
        for operator in sorted(self.clean.operators):
            session.add(
                SiteListDeclaration(
                    import_id=import_id,
                    operator_code=operator,
                    as_of=self.request.effective_as_of,
                    commune_codes=None,
                )
            )
        session.flush()


def _of_operators(operators: Collection[str]) -> ColumnElement[bool]:
    """Condition for cells of the current sites of some operators."""
    current = select(Site.id).where(Site.valid_to.is_(None), Site.operator_code.in_(sorted(operators)))
    return Cell.site_id.in_(current)


def _of_fate(done: Upsert, *fates: Fate) -> list[int]:
    return [n for n, fate in enumerate(done.fates) if fate in fates]


def _radio_values(cell: CleanCell) -> tuple[Any, ...]:
    return (
        cell.technology.value,
        cell.band,
        cell.frequency_mhz,
        cell.bandwidth_mhz,
        cell.azimuth_deg,
        cell.mechanical_tilt_deg,
        cell.electrical_tilt_deg,
        cell.antenna_height_m,
        cell.antenna_gain_dbi,
        cell.antenna_model,
        cell.power_dbm,
        cell.eirp_dbm,
        cell.status,
        cell.on_air_date,
    )


_COPIED = f"code, {', '.join(_RADIO)}"
_COPY_CELLS = text(
    f"INSERT INTO cell (import_id, site_id, valid_from, {_COPIED})"  # noqa: S608 (constant)
    f" SELECT import_id, :new, :day, {_COPIED} FROM cell WHERE site_id = :old AND valid_to IS NULL"
)
_CLOSE_CELLS = text("UPDATE cell SET valid_to = :day WHERE site_id = :old AND valid_to IS NULL")
