"""The level at a position by the rasters of an assessment, where its input is no longer there to compute it from."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.domain.coverage import LEVEL_STEPS_PER_DB, NO_DATA, NOT_REACHED, threshold_steps
from geo.domain.grid import LonLat
from geo.domain.sites import ANY_OPERATOR
from geo.domain.village_reasons import reason
from geo.parameters.coverage_rule import load_coverage_rule
from geo.store.tables import Cell, Site
from geo.workflows.answers.rasters import stored_raster_path, value_at
from geo.workflows.answers.rows import AssessmentInfo, PointResult, PointState, Reason
from geo.workflows.answers.used import require_rule


def stored_results(
    session: Session, info: AssessmentInfo, *, position: LonLat, home: Path, parameters_dir: Path | None = None
) -> tuple[PointResult, ...]:
    """Return the results of every technology, by operator and over any, of the pixel that holds the position.

    Raises:
        InputsGoneError: the thresholds are no longer those that the assessment was decided by.
        NotReadyError: the files of the assessment are gone.
    """
    rule = load_coverage_rule(parameters_dir=parameters_dir, as_of=info.as_of)
    require_rule(info, rule)
    operators = (*(operator.code for operator in info.operators), ANY_OPERATOR)
    return tuple(
        _result(session, info, technology, operator, rule.threshold_dbm(technology), position=position, home=home)
        for technology in info.technologies
        for operator in operators
    )


def _result(
    session: Session,
    info: AssessmentInfo,
    technology: str,
    operator: str,
    threshold_dbm: float,
    *,
    position: LonLat,
    home: Path,
) -> PointResult:
    level_path = stored_raster_path(info, "level", technology=technology, operator=operator, home=home)
    server_path = stored_raster_path(info, "server", technology=technology, operator=operator, home=home)
    steps = value_at(level_path, position)
    known = steps is not None and steps not in (NO_DATA, NOT_REACHED)
    level_dbm = steps / LEVEL_STEPS_PER_DB if known and steps is not None else None
    server = value_at(server_path, position) if known else None
    state, code = _state(steps, threshold_dbm)
    values = {} if level_dbm is None else {"level_dbm": level_dbm, "threshold_dbm": threshold_dbm}
    words = reason(code, assessment_id=info.assessment_id, **values)
    return PointResult(
        technology=technology,
        operator=operator,
        state=state,
        level_dbm=level_dbm,
        server_cell=server or None,
        server_site=_site_code(session, server),
        reason=Reason(code=words.code, vi=words.vi, en=words.en),
    )


def _state(steps: int | None, threshold_dbm: float) -> tuple[PointState, str]:
    if steps is None or steps == NO_DATA:
        return "no_data", "stored_no_data"
    if steps == NOT_REACHED:
        return "not_covered", "stored_not_reached"
    if steps >= threshold_steps(threshold_dbm):
        return "covered", "stored_reached"
    return "not_covered", "stored_below"


def _site_code(session: Session, cell_id: int | None) -> str | None:
    """Return the code of the site of a cell, None without one and where its rows have been deleted since."""
    return session.scalars(select(Site.code).join(Cell, Cell.site_id == Site.id).where(Cell.id == cell_id)).first()
