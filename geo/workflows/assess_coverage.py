"""Computes coverage from what is stored, and stores the results: one assessment.

The steps are functions of `geo.workflows.assessment`. Results of single masts and tiles are kept in a cache under names
that say everything they depend on, so that an assessment after a small change computes only what changed.
"""

from __future__ import annotations

import datetime as dt
import gc
import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psycopg.errors import ForeignKeyViolation
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from geo.domain.coverage import States
from geo.domain.sites import ANY_OPERATOR
from geo.errors import ConflictError, NoAssessmentError
from geo.radio.masts import masts_of
from geo.settings import Settings
from geo.store import results as store
from geo.store.result_cache import ResultCache, result_cache
from geo.store.results import ResultRows
from geo.store.session import session_scope
from geo.workflows.answers.assessments import newest_assessment
from geo.workflows.answers.documents import calibration_name
from geo.workflows.answers.rows import AssessmentInfo
from geo.workflows.assessment.bench import Bench
from geo.workflows.assessment.fibre import fibre_rows
from geo.workflows.assessment.files import raster_kinds
from geo.workflows.assessment.folders import earlier_folders, partial_folder, publish_folder, remove_leftovers
from geo.workflows.assessment.grid import GridResults, add_up, compute_tiles, make_bench, plan_tiles
from geo.workflows.assessment.inputs import Inputs, gather_inputs, read_digest
from geo.workflows.assessment.kept_window import WindowAhead, kept_window
from geo.workflows.assessment.keying import keyed_masts
from geo.workflows.assessment.pruning import prune_assessments
from geo.workflows.assessment.public_grid import GapMaker, gap_rows
from geo.workflows.assessment.raster_files import write_public, write_rasters
from geo.workflows.assessment.roads import road_rows
from geo.workflows.assessment.runners import LocalRunner, Runner
from geo.workflows.assessment.settled import Settled, compute_settled
from geo.workflows.assessment.statistics import Measured, statistic_rows
from geo.workflows.assessment.tile_store import TileStore

logger = logging.getLogger(__name__)

# Called with the stage and how many of its parts are done and there are.
Progress = Callable[[str, int, int], None]
# Objects made before the garbage collector looks for cycles among them; see `_seldom_collected`.
OBJECTS_BETWEEN_COLLECTIONS = 50_000
STAGES = ("inputs", "terrain", "grid", "points", "statistics", "gaps", "roads_places_fibre", "rasters", "store")


@dataclass(eq=False)
class _Stages:
    """Times the stages and reports them."""

    progress: Progress | None
    timings_s: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[Callable[[int, int], None]]:
        """Time a stage; the block is given a function that reports how much of it is done."""
        started = time.perf_counter()
        self._report(name, 0, 1)
        yield lambda done, total: self._report(name, done, total)
        self.timings_s[name] = round(time.perf_counter() - started, 3)
        self._report(name, 1, 1)
        logger.info("assessment: %s took %.1f s", name, self.timings_s[name])

    def _report(self, name: str, done: int, total: int) -> None:
        if self.progress is not None:
            self.progress(name, done, total)


@dataclass(frozen=True, eq=False)
class _How:
    """Where tasks are run, what keeps their results, and the window that is unpacked meanwhile."""

    cache: ResultCache
    runner: Runner
    ahead: WindowAhead


def assess(
    *,
    engine: Engine,
    settings: Settings,
    as_of: dt.date | None = None,
    technologies: Sequence[str] | None = None,
    area: str | None = None,
    calibration: str | None = None,
    progress: Progress | None = None,
    runner: Runner | None = None,
) -> AssessmentInfo:
    """Compute coverage from the data that hold on `as_of` (None: today, UTC) and store it.

    `technologies` None are those that the rule counts as mobile broadband, `area` None is the whole territory,
    `calibration` the name of one that levels are corrected with, None leaves the model as it is. The results appear in
    one transaction; a run that fails or is killed leaves the published assessment in force. Whether the result is
    published itself is told by `published` (`geo.store.results.in_force`). Then the oldest assessments beyond the
    number to keep are deleted. `runner` None takes the cores of this machine.

    Raises:
        NotReadyError: there is no commune. NotFoundError: `area` is no unit, or there is no such calibration.
        BadInputError: an unknown technology.
        ConflictError: another assessment is running on this database.
    """
    stages = _Stages(progress)
    started = time.perf_counter()
    cache = result_cache(settings)
    with _alone(engine, settings), _seldom_collected(), WindowAhead(cache) as ahead:
        how = _How(cache, runner or LocalRunner(settings.workers), ahead)
        with stages.stage("inputs"), session_scope(engine) as session:
            inputs = gather_inputs(
                session,
                settings,
                as_of=as_of or _today(),
                technologies=technologies,
                area=area,
                calibration=calibration,
            )
        with session_scope(engine) as session:
            assessment_id = store.start_assessment(session, _known_at_start(inputs))
        try:
            _compute_and_publish(engine, settings, inputs, assessment_id, stages, started, how)
        except BaseException:
            with session_scope(engine) as session:
                store.fail_assessment(session, assessment_id)
            raise
        prune_assessments(engine, home=settings.home_path, keep=settings.keep_assessments)
    with session_scope(engine) as session:
        return newest_assessment(session, assessment_id=assessment_id)


def is_current(
    *,
    engine: Engine,
    settings: Settings,
    as_of: dt.date | None = None,
    technologies: Sequence[str] | None = None,
    area: str | None = None,
    calibration: str | None = None,
) -> bool:
    """Tell whether the published assessment was made from exactly what holds now, files included."""
    with session_scope(engine) as session:
        known = store.digest_in_force(session, area_code=area)
        if known is None:
            return False
        info = newest_assessment(session) if area is None else None
        digest = read_digest(
            session,
            settings,
            as_of=as_of or _today(),
            technologies=technologies,
            area=area,
            calibration=calibration,
        )
    has_files = info is None or (settings.home_path / "assessments" / str(info.assessment_id)).is_dir()
    return known == digest and has_files


def calibration_in_use(engine: Engine) -> str | None:
    """Return NAME@VERSION of the calibration of the published assessment, None without one."""
    with session_scope(engine) as session:
        try:
            return calibration_name(newest_assessment(session))
        except NoAssessmentError:
            return None


def _compute_and_publish(
    engine: Engine,
    settings: Settings,
    inputs: Inputs,
    assessment_id: int,
    stages: _Stages,
    started: float,
    how: _How,
) -> None:
    # What lies at points is computed beside the tiles; then files are written, and rows stored, while further rows are
    # made. An error waits for all to end.
    with partial_folder(settings.home_path, assessment_id) as folder, ThreadPoolExecutor(max_workers=1) as aside:
        with stages.stage("terrain"):
            bench = make_bench(inputs, settings, kept_window(inputs, settings, how.cache, how.ahead), how.cache)
        with stages.stage("grid") as report:
            masts = keyed_masts(bench, masts_of(inputs.cells))
            plan = plan_tiles(inputs, settings, bench, masts)
            settling = aside.submit(compute_settled, inputs, bench, masts)
            tiles = compute_tiles(plan, how.runner, report)
        written = aside.submit(_write_rasters, folder, inputs, settings, bench, tiles, assessment_id)
        with stages.stage("points"):
            settled = settling.result()
        with _unchanged_inputs(), session_scope(engine) as session, _RowsWriter(session, assessment_id) as writer:
            if not store.hold_imports(session, inputs.import_ids):
                raise _inputs_changed()
            for rows in settled.rows:
                writer.add(rows)
            grid = _make_rows(inputs, settings, bench, tiles, settled, stages, writer.add)
            with stages.stage("rasters"):
                write_public(folder, grid.public.grid, _public_any(inputs, grid))
                written.result()
            # From here on nothing more is kept or taken.
            ended = aside.submit(how.cache.settle)
            with stages.stage("store"):
                writer.finish()
                ended.result()
            stages.timings_s["total"] = round(time.perf_counter() - started, 3)
            known = {"terrain": dict(bench.window.document), "population_source": settled.people.source}
            store.finish_assessment(session, assessment_id, {**known, "timings_s": stages.timings_s})
            # Before the commit: an assessment that is done always has its files.
            publish_folder(folder)


class _RowsWriter:
    """Stores result tables one after the other, in a thread of its own; nobody else uses its session meanwhile."""

    def __init__(self, session: Session, assessment_id: int) -> None:
        self._session = session
        self._assessment_id = assessment_id
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._copies: list[Future[int]] = []

    def __enter__(self) -> _RowsWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def add(self, rows: ResultRows) -> None:
        """Store a table once those before it are."""
        self._copies.append(self._pool.submit(store.copy_rows, self._session, self._assessment_id, rows))

    def finish(self) -> None:
        """Wait until all are stored; the first error is raised."""
        for copy in self._copies:
            copy.result()


@contextmanager
def _unchanged_inputs() -> Iterator[None]:
    """Say clearly that rows which the results name were deleted while they were computed."""
    try:
        yield
    except ForeignKeyViolation as error:
        raise _inputs_changed() from error


def _inputs_changed() -> ConflictError:
    return ConflictError(
        "The data were replaced while the assessment was computed; nothing was stored. Run `phusong assess` again.",
        "Dữ liệu đã được thay trong lúc đang đánh giá; chưa lưu kết quả nào. Hãy chạy lại `phusong assess`.",
    )


def _make_rows(
    inputs: Inputs,
    settings: Settings,
    bench: Bench,
    tiles: TileStore,
    settled: Settled,
    stages: _Stages,
    keep: Callable[[ResultRows], None],
) -> GridResults:
    """Make the rows of every result table that pixels count in, and hand each on."""
    with stages.stage("statistics"):
        grid = add_up(inputs, settings, tiles)
        keep(statistic_rows(inputs, Measured(grid, settled)))
    with stages.stage("gaps"):
        maker = GapMaker(inputs, settings, grid.public, settled.people, settled.points, bench.cache)
        keep(gap_rows(maker, grid.states))
    with stages.stage("roads_places_fibre"):
        keep(road_rows(inputs, grid.roads_km))
        keep(fibre_rows(inputs))
    return grid


def _write_rasters(
    folder: Path, inputs: Inputs, settings: Settings, bench: Bench, tiles: TileStore, assessment_id: int
) -> None:
    kinds = raster_kinds(inputs.technologies, inputs.operators)
    earlier = earlier_folders(settings.home_path, assessment_id)
    workers = settings.workers or os.cpu_count() or 1
    write_rasters(folder, bench.window.area, tiles, kinds, earlier=earlier, workers=workers)


def _public_any(inputs: Inputs, grid: GridResults) -> dict[str, States]:
    return {technology: grid.states[technology, ANY_OPERATOR] for technology in inputs.technologies}


def _known_at_start(inputs: Inputs) -> dict[str, Any]:
    return {
        "as_of": inputs.as_of,
        "territory_version": inputs.territory_version,
        "rule_version": inputs.rule_version,
        "radio_version": inputs.radio_version,
        "technologies": list(inputs.technologies),
        "operator_codes": list(inputs.operators),
        "operator_lists": inputs.operator_lists(),
        "area_code": inputs.area_code,
        "all_technologies": set(inputs.rule.mobile_broadband_technologies) <= set(inputs.technologies),
        "illustrative": inputs.illustrative,
        "provenance": _provenance(inputs),
        "inputs_sha256": inputs.digest,
        "terrain": {},
        "calibration": _calibration(inputs),
        "population_source": "none",
        "cells_total": len(inputs.cells),
        "cells_defaulted": sum(bool(cell.defaulted_fields) for cell in inputs.cells),
        "defaulted_fields": inputs.defaulted_fields(),
    }


def _calibration(inputs: Inputs) -> dict[str, Any] | None:
    """Return the calibration in use, and whether it was fitted with the radio parameters of this assessment."""
    chosen = inputs.calibration
    if chosen is None:
        return None
    return {**chosen.label, "same_model": chosen.document["radio_version"] == inputs.model.version}


def _provenance(inputs: Inputs) -> dict[str, Any]:
    """Return the provenance by kind; cells that no model can take are counted by their reason under sites."""
    found = {kind: dict(values) for kind, values in inputs.provenance.items()}
    if inputs.cell_problems and "sites" in found:
        reasons = Counter((problem.error.en, problem.error.vi) for problem in inputs.cell_problems)
        found["sites"]["cells_left_out"] = [
            {"cells": count, "en": en, "vi": vi} for (en, vi), count in reasons.most_common()
        ]
    return found


@contextmanager
def _alone(engine: Engine, settings: Settings) -> Iterator[None]:
    """Hold the lock of assessments; what a killed run left behind is cleared first."""
    with engine.connect() as connection, Session(connection) as session:
        if not store.try_lock_assessments(session):
            raise ConflictError(
                "Another assessment is being computed; wait until it is done.",
                "Một lần đánh giá khác đang được tính; hãy chờ đến khi xong.",
            )
        try:
            store.fail_abandoned(session)
            done = store.done_assessment_ids(session)
            # Ends the transaction; the lock belongs to the connection and stays.
            session.commit()
            remove_leftovers(settings.home_path, done)
            yield
        finally:
            session.rollback()
            store.unlock_assessments(session)
            session.commit()


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Let the garbage collector look through memory less often meanwhile.

    An assessment makes a million objects and hardly a cycle; looking for some took a tenth of the time after one site
    changed. Collection that somebody turned off stays off.
    """
    usual = gc.get_threshold()
    if usual[0] > 0:
        gc.set_threshold(max(usual[0], OBJECTS_BETWEEN_COLLECTIONS), *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
