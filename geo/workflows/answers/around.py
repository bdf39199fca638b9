"""What lies around a position: the cells that may reach it, the rule, the model, terrain and land cover."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session

from geo.domain.grid import Bounds, LonLat
from geo.domain.rules import CoverageRule
from geo.domain.sites import Cell
from geo.parameters.coverage_rule import load_coverage_rule
from geo.radio.correction import Correction, correction_of_document
from geo.radio.link_budget import CellProblem, ResolvedCell, resolve_cells
from geo.radio.model import PredictionSettings, RadioModel
from geo.radio.terrain import (
    VOID_HEIGHT_M,
    ClutterWindow,
    TerrainWindow,
    flat_terrain,
    margin_bounds,
    read_terrain,
)
from geo.store import repositories as store
from geo.workflows.answers.calibrations import get_calibration
from geo.workflows.answers.documents import calibration_name
from geo.workflows.answers.rows import AssessmentInfo
from geo.workflows.assessment.inputs import load_patterns, load_radio_model, prediction_settings
from geo.workflows.assessment.window import raster_path, read_clutter_layers


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What an assessment knew around a position; terrain and land cover are read when asked for.

    `declared` are the cells on air near enough to be heard, `cells` the same with every radio field filled in, and
    `problems` those among them that cannot be computed. `correction` is the calibration that the assessment used.
    """

    position: LonLat
    info: AssessmentInfo
    rule: CoverageRule
    model: RadioModel
    declared: tuple[Cell, ...]
    cells: tuple[ResolvedCell, ...]
    problems: tuple[CellProblem, ...]
    rasters: tuple[store.RasterRecord, ...]
    home: Path
    correction: Correction | None = None

    @property
    def operators(self) -> tuple[str, ...]:
        """Codes of the operators that the assessment evaluated."""
        return tuple(operator.code for operator in self.info.operators)

    @property
    def settings(self) -> PredictionSettings:
        """Settings of the assessment, for one thread."""
        return prediction_settings(self.rule, self.model, self.info.technologies, workers=1)

    @property
    def _box(self) -> Bounds:
        return Bounds(self.position.lon, self.position.lat, self.position.lon, self.position.lat)

    @property
    def _reach_m(self) -> float:
        return max((cell.reach_m for cell in self.cells), default=0.0)

    def flat_terrain(self) -> TerrainWindow:
        """Return flat ground as far as the cells reach."""
        return flat_terrain(self._box, step_deg=self.model.terrain_step_deg, margin_m=self._reach_m)

    def terrain(self) -> TerrainWindow:
        """Return the imported terrain as far as the cells reach; flat ground where the assessment was made over it.

        Raises:
            UnreadableFileError: an imported raster is gone. BadInputError: no raster has a height there.
        """
        if not self.info.terrain.get("used"):
            return self.flat_terrain()
        wanted = margin_bounds(self._box, self._reach_m)
        layers = [each for each in reversed(self.rasters) if each.kind == "terrain" and each.bounds.intersects(wanted)]
        if not layers:
            flat = self.flat_terrain()
            void = np.ones(flat.grid.shape, dtype=bool)
            return TerrainWindow(flat.grid, np.full(flat.grid.shape, VOID_HEIGHT_M, np.float32), void)
        paths = [raster_path(self.home, layer) for layer in layers]
        return read_terrain(paths, bounds=self._box, margin_m=self._reach_m)

    def clutter(self, terrain: TerrainWindow) -> ClutterWindow | None:
        """Return the heights of the imported land cover on the grid of the terrain."""
        return read_clutter_layers(self.rasters, terrain.grid, model=self.model, home=self.home)


def surroundings(
    session: Session, info: AssessmentInfo, *, position: LonLat, home: Path, parameters_dir: Path | None = None
) -> Surroundings:
    """Read what is around a position: cells and rasters that hold on the date of the assessment."""
    model = load_radio_model(parameters_dir)
    box = margin_bounds(
        Bounds(position.lon, position.lat, position.lon, position.lat),
        max(group.reach_m for group in model.defaults.values()),
    )
    operators = [operator.code for operator in info.operators]
    declared = store.read_cells(session, info.as_of, technologies=info.technologies, operators=operators, within=box)
    resolved, problems = resolve_cells(declared, model, load_patterns(session, declared))
    return Surroundings(
        position=position,
        info=info,
        rule=load_coverage_rule(parameters_dir=parameters_dir, as_of=info.as_of),
        model=model,
        declared=tuple(declared),
        cells=tuple(resolved),
        problems=tuple(problems),
        rasters=tuple(store.read_rasters(session)),
        home=home,
        correction=_correction(session, info),
    )


def _correction(session: Session, info: AssessmentInfo) -> Correction | None:
    chosen = calibration_name(info)
    return None if chosen is None else correction_of_document(get_calibration(session, chosen).document)
