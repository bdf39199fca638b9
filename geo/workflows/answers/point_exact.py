"""The exact prediction at one position, for those who see sites: level, best server and reason, by operator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.domain.coverage import decode_levels
from geo.domain.grid import LonLat
from geo.domain.sites import ANY_OPERATOR
from geo.domain.village_reasons import Reason as DomainReason
from geo.domain.village_reasons import reason
from geo.domain.villages import (
    PointLevel,
    ServiceStatus,
    SiteListState,
    VillageState,
    any_operator_status,
    operator_status,
)
from geo.radio.layers import LevelLayer
from geo.radio.link_budget import ResolvedCell
from geo.radio.prediction import predict_points
from geo.radio.terrain import ClutterWindow, TerrainWindow
from geo.store.tables import Cell, Site
from geo.workflows.answers.around import Surroundings, surroundings
from geo.workflows.answers.rows import AssessmentInfo, PointResult, PointState, Reason
from geo.workflows.assessment.inputs import site_lists

SiteLists = Mapping[str, SiteListState]


@dataclass(frozen=True, slots=True)
class _Found:
    """Level (dBm, rounded down to 0.1; None: not reached) and serving cell of one operator, or why it has no data."""

    level_dbm: float | None = None
    cell_id: int | None = None
    no_data: str | None = None


@dataclass(frozen=True, eq=False)
class _OverFlat:
    """What would reach the position over flat ground: from cells within their reach (`bare`), and from all (`far`)."""

    here: Surroundings
    technology: str
    bare: Mapping[tuple[str, str], _Found]
    far: Mapping[tuple[str, str], _Found]

    @property
    def threshold_dbm(self) -> float:
        """Level that counts as covered."""
        return self.here.rule.threshold_dbm(self.technology)

    def reason(self, operator: str) -> DomainReason:
        """Return why an operator, or any, does not cover the position."""
        if self._reaches(self.bare, operator):
            return reason("terrain_obstructed", threshold_dbm=self.threshold_dbm)
        if self._reaches(self.far, operator):
            farthest_m = max(cell.reach_m for cell in self.here.cells if self._counts(cell, operator))
            return reason("beyond_reach", reach_km=round(farthest_m / 1000.0, 1), threshold_dbm=self.threshold_dbm)
        searched_km = round(self.here.searched_m / 1000.0, 1)
        return reason("too_far", searched_km=searched_km, threshold_dbm=self.threshold_dbm)

    def _reaches(self, levels: Mapping[tuple[str, str], _Found], operator: str) -> bool:
        found = [levels[self.technology, one] for one in self.here.operators if operator in (one, ANY_OPERATOR)]
        best = _best(found)
        return best is not None and best.level_dbm is not None and best.level_dbm >= self.threshold_dbm

    def _counts(self, cell: ResolvedCell, operator: str) -> bool:
        return cell.technology == self.technology and operator in (cell.operator_code, ANY_OPERATOR)


def exact_results(
    session: Session,
    info: AssessmentInfo,
    *,
    position: LonLat,
    commune_code: str | None,
    home: Path,
    parameters_dir: Path | None = None,
) -> tuple[PointResult, ...]:
    """Return the results of every technology, by operator and over any, predicted at the position itself.

    Cells, site lists and rasters are those that hold on the date of the assessment; terrain is read from the imported
    rasters. Where the assessment was made over flat ground, so is this.
    """
    here = surroundings(session, info, position=position, home=home, parameters_dir=parameters_dir)
    communes = {commune_code} if commune_code else set()
    by_place = site_lists(here.site_lists, here.operators, communes, info.as_of, here.rule)
    lists = {operator: by_place[operator, commune_code] for operator in here.operators}
    terrain = here.terrain()
    computed = _predict(here, here.cells, terrain, here.clutter(terrain))
    found = {key: _opened(here, *key, level) for key, level in computed.items()}
    bare = computed if terrain.is_flat else _predict(here, here.cells, here.flat_terrain(), None)
    far = _predict(here, here.unlimited_cells, here.flat_terrain(here.searched_m), None)
    results: list[PointResult] = []
    for technology in info.technologies:
        over_flat = _OverFlat(here, technology, bare, far)
        results.extend(_technology_results(session, here, lists, technology, commune_code, found, over_flat))
    return tuple(results)


def _predict(
    here: Surroundings, cells: Sequence[ResolvedCell], terrain: TerrainWindow, clutter: ClutterWindow | None
) -> dict[tuple[str, str], _Found]:
    layers = predict_points(
        cells,
        [here.position],
        terrain=terrain,
        clutter=clutter,
        settings=here.settings,
        correction=here.correction,
    )
    at = terrain.grid.row_col(here.position.lon, here.position.lat)
    void = at is None or bool(terrain.void[at])
    found = {(str(layer.technology), layer.operator_code): _found(layer, void=void) for layer in layers}
    nothing = _Found(no_data="terrain_void" if void else None)
    return {
        (technology, operator): found.get((technology, operator), nothing)
        for technology in here.info.technologies
        for operator in here.operators
    }


def _opened(here: Surroundings, technology: str, operator: str, found: _Found) -> _Found:
    """Return what is known where a cell that is left out might serve: nothing, unless another one covers."""
    covered = found.level_dbm is not None and found.level_dbm >= here.rule.threshold_dbm(technology)
    if covered or found.no_data == "terrain_void" or not here.left_out(technology, operator):
        return found
    return _Found(no_data="cell_left_out")


def _found(layer: LevelLayer, *, void: bool) -> _Found:
    if layer.no_data[0]:
        return _Found(no_data="terrain_void" if void else "path_unknown")
    if layer.server_cell_id[0] == 0:
        return _Found()
    level = float(decode_levels(layer.encoded()[:1])[0])
    return _Found(level, int(layer.server_cell_id[0]))


def _technology_results(
    session: Session,
    here: Surroundings,
    lists: SiteLists,
    technology: str,
    commune_code: str | None,
    found: dict[tuple[str, str], _Found],
    over_flat: _OverFlat,
) -> list[PointResult]:
    statuses = [
        operator_status(
            technology=technology,
            operator=operator,
            center=_point_level(found[technology, operator], outside=commune_code is None),
            clusters=(),
            site_list=lists[operator],
            rule=here.rule,
        )
        for operator in here.operators
    ]
    names = {operator.code: operator.name for operator in here.info.operators}
    together = any_operator_status(statuses, technology=technology, names=names)
    own = {status.operator: found[technology, status.operator] for status in statuses if status.level_dbm is not None}
    rows = [(status, own.get(status.operator)) for status in statuses]
    rows.append((together, _best(own.values())))
    return [_result(session, status, serving, _why(status, over_flat)) for status, serving in rows]


def _best(found: Iterable[_Found]) -> _Found | None:
    levels = [one for one in found if one.level_dbm is not None]
    # Of two equal ones the cell with the lower number, as in the raster of servers.
    return max(levels, key=lambda one: (one.level_dbm or 0.0, -(one.cell_id or 0)), default=None)


def _point_level(found: _Found, *, outside: bool) -> PointLevel:
    if outside:
        return PointLevel(no_data_reason="outside_grid")
    return PointLevel(found.level_dbm, found.no_data)


def _why(status: ServiceStatus, over_flat: _OverFlat) -> DomainReason:
    """Return the reason to show: for a point without signal, whether terrain, the computed range or distance is it."""
    if status.state is VillageState.COVERED:
        level_dbm = round(status.level_dbm or 0.0, 1)
        return reason("reached", level_dbm=level_dbm, threshold_dbm=over_flat.threshold_dbm)
    if status.state is not VillageState.NOT_COVERED:
        left_out = any(item.code == "cell_left_out" for item in status.reasons)
        return _left_out_reason(over_flat.here, status) if left_out else status.reasons[0]
    return over_flat.reason(status.operator)


def _left_out_reason(here: Surroundings, status: ServiceStatus) -> DomainReason:
    """Return how many cells around the position are left out, and why most of them are."""
    problems = here.left_out(status.technology, None if status.operator == ANY_OPERATOR else status.operator)
    (why_vi, why_en), _ = Counter((problem.error.vi, problem.error.en) for problem in problems).most_common(1)[0]
    return reason("cell_left_out_because", cells=len(problems), why_vi=why_vi, why_en=why_en)


def _result(session: Session, status: ServiceStatus, serving: _Found | None, why: DomainReason) -> PointResult:
    cell_id = None if serving is None else serving.cell_id
    return PointResult(
        technology=status.technology,
        operator=status.operator,
        state=_STATES[status.state],
        level_dbm=status.level_dbm,
        server_cell=cell_id,
        server_site=_site_code(session, cell_id),
        reason=Reason(code=why.code, vi=why.vi, en=why.en),
    )


_STATES: dict[VillageState, PointState] = {
    VillageState.COVERED: "covered",
    VillageState.NOT_COVERED: "not_covered",
    VillageState.NO_DATA: "no_data",
}


def _site_code(session: Session, cell_id: int | None) -> str | None:
    if cell_id is None:
        return None
    return session.scalars(select(Site.code).join(Cell, Cell.site_id == Site.id).where(Cell.id == cell_id)).first()
