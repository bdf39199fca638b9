"""What lies around a position: the cells that may reach it, the rule, the model, terrain and land cover."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session

from geo.domain.grid import Bounds, LonLat
from geo.domain.rules import CoverageRule
from geo.domain.sites import Cell
from geo.parameters.coverage_rule import load_coverage_rule
from geo.radio.correction import Correction, correction_of_document
from geo.radio.left_out import is_within
from geo.radio.link_budget import CellProblem, ResolvedCell, resolve_cells
from geo.radio.model import PredictionSettings, RadioModel
from geo.radio.terrain import (
    VOID_HEIGHT_M,
    ClutterWindow,
    TerrainWindow,
    find_terrain,
    flat_terrain,
    margin_bounds,
)
from geo.radio.uncertainty import ErrorModel, errors_left
from geo.store import repositories as store
from geo.workflows.answers.calibrations import get_calibration
from geo.workflows.answers.documents import calibration_name
from geo.workflows.answers.rows import AssessmentInfo
from geo.workflows.answers.used import UsedImports, require_inputs
from geo.workflows.assessment.inputs import (
    load_error_model,
    load_patterns,
    load_radio_model,
    prediction_settings,
    radio_version_of,
)
from geo.workflows.assessment.window import raster_path, read_clutter_layers


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What an assessment knew around a position, and nothing newer; terrain and land cover are read when asked for.

    `declared` are the cells on air within `searched_m`, the farthest reach there is; `cells` the same with every radio
    field filled in, and `problems` those among them that cannot be computed. `correction` is the calibration that the
    assessment used, `errors` how wrong levels are taken to be without one.
    """

    position: LonLat
    info: AssessmentInfo
    rule: CoverageRule
    model: RadioModel
    declared: tuple[Cell, ...]
    cells: tuple[ResolvedCell, ...]
    problems: tuple[CellProblem, ...]
    rasters: tuple[store.RasterRecord, ...]
    site_lists: tuple[store.DeclarationRecord, ...]
    used: UsedImports
    home: Path
    errors: ErrorModel
    searched_m: float = 0.0
    correction: Correction | None = None

    @property
    def operators(self) -> tuple[str, ...]:
        """Codes of the operators that the assessment evaluated."""
        return tuple(operator.code for operator in self.info.operators)

    @property
    def settings(self) -> PredictionSettings:
        """Settings of the assessment, for one thread."""
        return prediction_settings(self.rule, self.model, self.info.technologies, workers=1)

    def errors_of(self, cell: ResolvedCell) -> ErrorModel:
        """Return how wrong the levels of a cell are taken to be: as assumed, or what the calibration left."""
        return errors_left(self.errors, self.correction, technology=cell.technology.value, operator=cell.operator_code)

    @property
    def _box(self) -> Bounds:
        return Bounds(self.position.lon, self.position.lat, self.position.lon, self.position.lat)

    @property
    def _reach_m(self) -> float:
        """Farthest reach of the cells that reach the position."""
        return max((cell.reach_m for cell in self.cells if self._is_reached_by(cell)), default=0.0)

    def _is_reached_by(self, cell: ResolvedCell) -> bool:
        box = margin_bounds(self._box, cell.reach_m)
        return box.west <= cell.lon <= box.east and box.south <= cell.lat <= box.north

    def left_out(self, technology: str, operator: str | None) -> list[CellProblem]:
        """Return the cells that cannot be computed and might serve the position; `operator` None: of any."""
        lon, lat = np.array([self.position.lon]), np.array([self.position.lat])
        return [
            problem
            for problem in self.problems
            if operator in (None, problem.left_out.operator_code)
            and problem.left_out.technology == technology
            and is_within(problem.left_out, lon, lat)[0]
        ]

    @property
    def unlimited_cells(self) -> tuple[ResolvedCell, ...]:
        """The cells as if each were computed as far as cells were searched for."""
        return tuple(replace(cell, reach_m=self.searched_m) for cell in self.cells)

    def flat_terrain(self, margin_m: float | None = None) -> TerrainWindow:
        """Return flat ground, as far as the cells reach without a margin in metres."""
        margin = self._reach_m if margin_m is None else margin_m
        return flat_terrain(self._box, step_deg=self.model.terrain_step_deg, margin_m=margin)

    def terrain(self) -> TerrainWindow:
        """Return the imported terrain as far as the cells reach; flat ground where the assessment was made over it.

        All void where no raster has a height.

        Raises:
            UnreadableFileError: an imported raster is gone.
        """
        if not self.info.terrain.get("used"):
            return self.flat_terrain()
        wanted = margin_bounds(self._box, self._reach_m)
        layers = [each for each in reversed(self.rasters) if each.kind == "terrain" and each.bounds.intersects(wanted)]
        paths = [raster_path(self.home, layer) for layer in layers]
        found = find_terrain(paths, bounds=self._box, margin_m=self._reach_m)
        return self._void_terrain() if found is None else found

    def _void_terrain(self) -> TerrainWindow:
        grid = self.flat_terrain().grid
        return TerrainWindow(grid, np.full(grid.shape, VOID_HEIGHT_M, np.float32), np.ones(grid.shape, dtype=bool))

    def clutter(self, terrain: TerrainWindow) -> ClutterWindow | None:
        """Return the heights of the imported land cover on the grid of the terrain."""
        return read_clutter_layers(self.rasters, terrain.grid, model=self.model, home=self.home)


def surroundings(
    session: Session, info: AssessmentInfo, *, position: LonLat, home: Path, parameters_dir: Path | None = None
) -> Surroundings:
    """Read what is around a position: the cells, site lists, patterns and rasters that the assessment was made from.

    Raises:
        InputsGoneError: not all of that is stored as it was.
    """
    model = load_radio_model(parameters_dir)
    rule = load_coverage_rule(parameters_dir=parameters_dir, as_of=info.as_of)
    errors = load_error_model(parameters_dir)
    chosen = calibration_name(info)
    calibration = None if chosen is None else get_calibration(session, chosen)
    version = radio_version_of(model, errors)
    used = require_inputs(session, info, rule=rule, radio_version=version, calibration=calibration)
    sites = used.of("sites")
    searched_m = max(model.largest_reach_m, store.largest_declared_reach_m(session, import_ids=sites))
    box = margin_bounds(Bounds(position.lon, position.lat, position.lon, position.lat), searched_m)
    operators = [operator.code for operator in info.operators]
    declared = store.read_cells(
        session, info.as_of, technologies=info.technologies, operators=operators, within=box, import_ids=sites
    )
    patterns = load_patterns(session, declared, import_ids=used.of("antennas"))
    resolved, problems = resolve_cells(declared, model, patterns)
    return Surroundings(
        position=position,
        info=info,
        rule=rule,
        model=model,
        declared=tuple(declared),
        cells=tuple(resolved),
        problems=tuple(problems),
        rasters=tuple(store.read_rasters(session, import_ids=used.rasters)),
        site_lists=tuple(store.read_declarations(session, import_ids=sites)),
        used=used,
        home=home,
        searched_m=searched_m,
        errors=errors,
        correction=None if calibration is None else correction_of_document(calibration.document),
    )
