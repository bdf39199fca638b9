"""Imports operators' site lists: masts, sites and cells with validity."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, and_, select, text
from sqlalchemy.orm import Session

from geo.intake.bands import band_table
from geo.intake.cells import CleanCell
from geo.intake.limits import intake_limits
from geo.intake.problems import ProblemLog
from geo.intake.sites import CleanSites, clean_sites
from geo.intake.sources import SourceFile
from geo.intake.tables import Batch
from geo.store.repositories_antennas import unknown_models
from geo.store.tables import Cell, Operator, Site, SiteListDeclaration
from geo.store.writers import Fate, Newer, Target, Upsert, among, end_rows, ensure_operators, table_of, upsert
from geo.workflows.import_beside import report_beside
from geo.workflows.import_cell_names import names_by_site
from geo.workflows.import_computable import report_not_computable
from geo.workflows.import_context import known_area, known_operators, load_territory, read_rows
from geo.workflows.import_gone import Complete, NewerLists, may_close, newer_lists, report_reopened, take_out
from geo.workflows.import_mast_statements import MastChanges
from geo.workflows.import_masts import drop_unused_masts, store_masts
from geo.workflows.import_report import ImportCounts, ImportPreview
from geo.workflows.import_request import Gone, ImportRequest, Outcome, counts_of

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
    "reach_m",
    "status",
    "on_air_date",
)
_CELLS = Target(table=table_of(Cell), key=("site_id", "code"), compared=_RADIO)


def prepare_sites(
    session: Session, request: ImportRequest, files: Sequence[SourceFile], log: ProblemLog
) -> PreparedSites:
    """Read and check site lists."""
    batch = read_rows(request, files, log)
    territory = load_territory(session)
    clean = clean_sites(
        batch,
        crs=request.crs,
        operator=request.operator,
        names=known_operators(session, request.settings),
        area=known_area(territory, request.settings),
        territory=territory,
        limits=intake_limits(request.settings.parameters_dir),
        as_of=request.effective_as_of,
        bands=band_table(request.settings.parameters_dir),
    )
    _report_unknown_antennas(session, batch, clean.cells)
    report_not_computable(batch, clean, request.settings.parameters_dir)
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
        newer = newer_lists(session, self.request)
        gone = Gone()
        sites, masts = self._store_sites(session, import_id, newer)
        cells = self._store_cells(session, import_id, sites, gone)
        closed = self._close_absent(session, sites, cells, newer, gone)
        drop_unused_masts(session, import_id)
        self._declare(session, import_id)
        stored = self._stored_rows(sites, cells, masts)
        self._report_older(sites, cells, masts)
        self._report_reopened(session, sites, cells)
        report_beside(session, self.batch, self.clean, sites, cells)
        changed = masts.changed | set(_of_fate(sites, Fate.CHANGED))
        changed |= {self.clean.site_of_row[self.clean.cells[n].row] for n in _of_fate(cells, Fate.NEW, Fate.CHANGED)}
        changed -= set(_of_fate(sites, Fate.NEW))
        new = sites.count(Fate.NEW)
        usable = len(self.batch.usable())
        return Outcome(
            rows_stored=len(stored),
            rows_unchanged=usable - len(stored),
            preview=ImportPreview(new, len(changed), len(self.clean.sites) - new - len(changed), closed),
            gone=gone,
            speaks_of=tuple(self.clean.operators),
        )

    def _report_older(self, sites: Upsert, cells: Upsert, masts: MastChanges) -> None:
        older = masts.outdated.union(_of_fate(sites, Fate.OUTDATED))
        outdated = {row for n in older for row in self.clean.sites[n].rows}
        outdated |= {self.clean.cells[n].row for n in _of_fate(cells, Fate.OUTDATED)}
        self.batch.report("older_than_current", sorted(outdated), name="site_code")
        ended = [self.clean.sites[n].rows[0] for n in _of_fate(sites, Fate.NEW) if sites.under[n].until]
        self.batch.report_folded("held_until_newer", ended, name="site_code")

    def _report_reopened(self, session: Session, sites: Upsert, cells: Upsert) -> None:
        """Name the sites that hold again, and the cells that do so at sites that never ended."""
        day = self.request.effective_as_of
        rows = [self.clean.sites[n].rows[0] for n in sites.reopened]
        report_reopened(self.batch, "site", rows, as_of=day, name="site_code")
        new_sites = set(_of_fate(sites, Fate.NEW))
        at = {n: self.clean.site_of_row[self.clean.cells[n].row] for n in _of_fate(cells, Fate.NEW)}
        fresh = [n for n, site in at.items() if site not in new_sites and cells.under[n].until is None]
        if not fresh:
            return
        ended = select(Site.code, Cell.code).distinct().join(Cell.site).where(Cell.valid_to <= day)
        known = {
            (operator, *row)
            for operator in sorted(self.clean.operators)
            for row in session.execute(ended.where(Site.operator_code == operator))
        }
        named = ((n, self.clean.sites[at[n]], self.clean.cells[n]) for n in fresh)
        again = [cell.row for _, site, cell in named if (site.operator_code, site.code, cell.code) in known]
        report_reopened(self.batch, "cell", again, as_of=day, name="cell_code")

    def _store_sites(self, session: Session, import_id: int, newer: NewerLists) -> tuple[Upsert, MastChanges]:
        limits = intake_limits(self.request.settings.parameters_dir)
        day = self.request.effective_as_of
        masts, changes = store_masts(
            session,
            self.clean.sites,
            import_id=import_id,
            limits=limits,
            batch=self.batch,
            as_of=day,
        )
        rows = [
            (site.operator_code, site.code, mast_id, site.name, site.address, site.shared)
            for site, mast_id in zip(self.clean.sites, masts, strict=True)
        ]
        mine = Site.operator_code.in_(sorted(self.clean.operators))
        said = [newer.of(site.operator_code) for site in self.clean.sites]
        done = upsert(session, _SITES, rows, import_id=import_id, as_of=day, only=mine, newer=said)
        pairs = [{"old": old, "new": new, "day": day} for old, new in done.superseded.items()]
        if pairs:
            session.execute(_COPY_CELLS, pairs)
            session.execute(_DROP_CELLS, pairs)
            session.execute(_CLOSE_CELLS, pairs)
        return done, changes

    def _store_cells(self, session: Session, import_id: int, sites: Upsert, gone: Gone) -> Upsert:
        of_cell = [self.clean.site_of_row[cell.row] for cell in self.clean.cells]
        rows = [
            (sites.ids[n], cell.code, *_radio_values(cell)) for n, cell in zip(of_cell, self.clean.cells, strict=True)
        ]
        under = [sites.under[n] for n in of_cell]
        done = upsert(
            session,
            _CELLS,
            rows,
            import_id=import_id,
            as_of=self.request.effective_as_of,
            only=_of_operators(self.clean.operators, current=False),
            newer=self._without_restated(session, sites, under),
        )
        self._end_restated(session, import_id, sites, done, gone)
        return done

    def _without_restated(self, session: Session, sites: Upsert, under: list[Newer]) -> list[Newer]:
        """Add nothing to a site and technology of which a newer list spoke, where the list has no cell codes.

        Such codes are made of what describes the cells: one of an older list would stand beside the newer one.
        """
        if not any(one.settled for one in under):
            return under
        mine = _of_operators(self.clean.operators, current=False)
        known = {tuple(row) for row in session.execute(select(Cell.site_id, Cell.technology).where(mine))}
        return [
            replace(one, closed=True)
            if one.settled
            and cell.code_made
            and (sites.ids[self.clean.site_of_row[cell.row]], cell.technology.value) in known
            else one
            for one, cell in zip(under, self.clean.cells, strict=True)
        ]

    def _end_restated(self, session: Session, import_id: int, sites: Upsert, cells: Upsert, gone: Gone) -> None:
        """End cells that a list restates under other codes: they would otherwise stand there twice.

        Of a list without cell codes these are all others of a site and technology that it states, because codes are
        made of what describes the cells; of a cell with a code its earlier carriers and sectors.
        """
        day = self.request.effective_as_of
        stated = {
            (sites.ids[self.clean.site_of_row[cell.row]], cell.technology.value)
            for cell, under in zip(self.clean.cells, cells.under, strict=True)
            if cell.code_made and not under.settled
        }
        names = names_by_site(self.clean, sites.ids, cells)
        others = select(Cell.id, Cell.code, Cell.site_id, Cell.technology, Cell.frequency_mhz).where(
            Cell.valid_to.is_(None),
            Cell.valid_from <= day,
            Cell.import_id != import_id,
            _of_operators(self.clean.operators),
        )
        present = set(cells.ids)
        ended = [
            row
            for row in session.execute(others)
            if row.id not in present
            and (
                (row.site_id, row.technology) in stated
                or names[row.site_id].restate(row.code, technology=row.technology, frequency_mhz=row.frequency_mhz)
            )
        ]
        gone.items += [{"what": "cell", "part": None, "code": row.code, "name": None} for row in ended]
        end_rows(session, table_of(Cell), [row.id for row in ended], as_of=day)

    def _stored_rows(self, sites: Upsert, cells: Upsert, masts: MastChanges) -> set[int]:
        """Return the rows that changed anything: a new or changed site or its mast, or one of their own cells."""
        changed = masts.changed.union(_of_fate(sites, Fate.NEW, Fate.CHANGED))
        stored = {row for n in changed for row in self.clean.sites[n].rows}
        return stored | {self.clean.cells[n].row for n in _of_fate(cells, Fate.NEW, Fate.CHANGED)}

    def _close_absent(self, session: Session, sites: Upsert, cells: Upsert, newer: NewerLists, gone: Gone) -> int:
        """Close what a complete list no longer has; returns how many sites."""
        day = self.request.effective_as_of
        operators = may_close(self.request, newer, self.clean.operators, self.batch.log)
        if not operators:
            return 0
        of_sites = Complete(
            what="site",
            table=table_of(Site),
            present=sites.ids,
            fresh=sites.fresh,
            only=Site.operator_code.in_(sorted(operators)),
            part=Site.operator_code,
        )
        # Cells of sites that are gone go with them and are not counted again.
        absent = select(Site.id).where(Site.valid_to.is_(None), ~among(Site.id, sites.ids))
        of_cells = Complete(
            what="cell",
            table=table_of(Cell),
            present=cells.ids,
            fresh=cells.fresh,
            only=and_(_of_operators(operators), Cell.site_id.not_in(absent)),
            part=select(Site.operator_code).where(Site.id == Cell.site_id).scalar_subquery(),
        )
        take_out(session, gone, of_cells, as_of=day)
        ends = select(Cell.id).where(
            Cell.valid_to.is_(None), Cell.valid_from <= day, _of_operators(operators), Cell.site_id.in_(absent)
        )
        end_rows(session, table_of(Cell), session.scalars(ends).all(), as_of=day)
        return take_out(session, gone, of_sites, as_of=day)

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


def _of_operators(operators: Collection[str], *, current: bool = True) -> ColumnElement[bool]:
    """Condition for cells of the sites of some operators, current ones or all."""
    sites = select(Site.id).where(Site.operator_code.in_(sorted(operators)))
    return Cell.site_id.in_(sites.where(Site.valid_to.is_(None)) if current else sites)


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
        cell.reach_m,
        cell.status,
        cell.on_air_date,
    )


_COPIED = f"code, {', '.join(_RADIO)}"
_COPY_CELLS = text(
    f"INSERT INTO cell (import_id, site_id, valid_from, {_COPIED})"  # noqa: S608 (constant)
    f" SELECT import_id, :new, :day, {_COPIED} FROM cell WHERE site_id = :old AND valid_to IS NULL"
)
_DROP_CELLS = text("DELETE FROM cell WHERE site_id = :old AND valid_to IS NULL AND valid_from >= :day")
_CLOSE_CELLS = text("UPDATE cell SET valid_to = :day WHERE site_id = :old AND valid_to IS NULL")
