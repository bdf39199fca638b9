"""Everything an assessment depends on, read once in one transaction."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from geo.domain.fibre import FibreDeclaration
from geo.domain.grid import Bounds
from geo.domain.rules import CoverageRule
from geo.domain.sites import Cell, Technology
from geo.domain.villages import SiteListState, site_list_state
from geo.errors import BadInputError, NotFoundError, NotReadyError
from geo.parameters.coverage_rule import load_coverage_rule
from geo.parameters.loader import load_parameters
from geo.parameters.schema import ParameterSet
from geo.radio.correction import Correction, correction_of_document
from geo.radio.left_out import LeftOutCell
from geo.radio.link_budget import CellProblem, ResolvedCell, resolve_cells
from geo.radio.model import PredictionSettings, RadioModel, radio_model
from geo.radio.pattern_files import PatternLibrary
from geo.radio.terrain import margin_bounds
from geo.radio.uncertainty import ErrorModel, error_model
from geo.settings import Settings
from geo.store import repositories as store
from geo.store import repositories_provenance
from geo.store.repositories_antennas import read_antenna_patterns
from geo.workflows.answers.calibrations import CalibrationInfo, get_calibration
from geo.workflows.operators import active_operators

# Raised whenever the same inputs give other results, so that stored results are computed again.
METHOD_VERSION = "3"
_Placed = TypeVar("_Placed", store.VillageRecord, store.PlaceRecord)
_Reaching = TypeVar("_Reaching", ResolvedCell, LeftOutCell)
SiteListStates = Mapping[tuple[str, str | None], SiteListState]


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRule:
    """How the public grid and the gaps are made (`parameters/rules/gaps.yaml`)."""

    version: str
    cell_size_m: float
    majority_share: float
    gap_min_area_km2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Inputs of one assessment; `communes` are those of the area, in the order of their codes.

    `site_lists` tells by operator and commune code (None: a village outside every commune) whether the operator answers
    there. `cells` are on air, complete and within reach of the area; `cell_problems` are those that cannot be computed.
    """

    as_of: dt.date
    technologies: tuple[str, ...]
    area_code: str | None
    rule: CoverageRule
    gap_rule: GapRule
    model: RadioModel
    territory_version: str
    province_code: str
    communes: tuple[store.UnitRecord, ...]
    bounds: Bounds
    operators: tuple[str, ...]
    operator_names: Mapping[str, str]
    site_lists: SiteListStates
    cells: tuple[ResolvedCell, ...]
    cell_problems: tuple[CellProblem, ...]
    villages: tuple[store.VillageRecord, ...]
    places: tuple[store.PlaceRecord, ...]
    roads: tuple[store.RoadRecord, ...]
    rasters: tuple[store.RasterRecord, ...]
    fibre_declarations: Mapping[int, Sequence[FibreDeclaration]]
    nearest_node_distance_m: Mapping[int, float]
    provenance: Mapping[str, Any]
    digest: str
    errors: ErrorModel
    calibration: CalibrationInfo | None = None

    @property
    def correction(self) -> Correction | None:
        """What the calibration in use adds to levels, None without one."""
        return None if self.calibration is None else correction_of_document(self.calibration.document)

    @property
    def rule_version(self) -> str:
        """Versions of the rules that results were decided by."""
        return f"{self.rule.version} {self.gap_rule.version}"

    @property
    def radio_version(self) -> str:
        """Versions of the radio parameters: of the model, and of how wrong it is taken to be."""
        return radio_version_of(self.model, self.errors)

    @property
    def illustrative(self) -> bool:
        """Whether any input was made up for a first run."""
        calibrated = self.calibration is not None and self.calibration.illustrative
        return calibrated or any(kind["illustrative"] for kind in self.provenance.values())

    @property
    def import_ids(self) -> tuple[int, ...]:
        """Numbers of the imports whose rows were used."""
        return tuple(sorted({number for kind in self.provenance.values() for number in kind["import_ids"]}))

    @property
    def farthest_reach_m(self) -> float:
        """Farthest distance at which a cell is computed."""
        return max((cell.reach_m for cell in self.cells), default=0.0)

    @property
    def left_out(self) -> tuple[LeftOutCell, ...]:
        """The cells that cannot be computed, in an order that does not depend on how they were read."""
        return tuple(sorted({problem.left_out for problem in self.cell_problems}))

    def rasters_of(self, kind: str) -> list[store.RasterRecord]:
        """Return the rasters of a kind that meet the area, the newest first."""
        return [
            layer for layer in reversed(self.rasters) if layer.kind == kind and self.bounds.intersects(layer.bounds)
        ]

    def has_list(self, operator: str, commune_code: str | None) -> bool:
        """Tell whether an operator's site list for a commune counts."""
        return self.site_lists[operator, commune_code] is SiteListState.CURRENT

    def operator_lists(self) -> dict[str, dict[str, Any]]:
        """Return by active operator its name, and in how many of the communes no site list of it counts."""
        codes = [commune.code for commune in self.communes]
        return {
            operator: {
                "name": self.operator_names[operator],
                "communes": len(codes),
                "communes_without_list": sum(not self.has_list(operator, code) for code in codes),
            }
            for operator in self.operators
        }

    def defaulted_fields(self) -> dict[str, int]:
        """Return the number of cells by field that was filled with a default."""
        return dict(sorted(Counter(name for cell in self.cells for name in cell.defaulted_fields).items()))


def gather_inputs(
    session: Session,
    settings: Settings,
    *,
    as_of: dt.date,
    technologies: Sequence[str] | None,
    area: str | None,
    calibration: str | None = None,
) -> Inputs:
    """Return the inputs that hold on `as_of`; `calibration` is the name of the one to use, None for none.

    Raises:
        NotReadyError: there is no commune. BadInputError: an unknown technology, or a calibration to be fitted again.
        NotFoundError: `area` is no unit, or there is no such calibration.
    """
    chosen = None if calibration is None else _usable_calibration(session, calibration)
    rule = load_coverage_rule(parameters_dir=settings.parameters_dir, as_of=as_of)
    wanted = check_technologies(technologies, rule)
    model = load_radio_model(settings.parameters_dir)
    units = store.read_units(session, as_of)
    communes, area_code = _area(units, area, as_of)
    bounds = _bounds(communes)
    active = active_operators(session, parameters_dir=settings.parameters_dir)
    operators = tuple(one.code for one in active)
    declarations = store.read_declarations(session)
    codes = {commune.code for commune in communes}
    declared = store.read_cells(session, as_of, technologies=wanted, operators=operators)
    resolved, problems = resolve_cells(declared, model, load_patterns(session, declared))
    province = next((unit.code for unit in units if unit.is_province), settings.territory_code)
    return Inputs(
        as_of=as_of,
        technologies=wanted,
        area_code=area_code,
        rule=rule,
        gap_rule=load_gap_rule(settings, as_of),
        model=model,
        territory_version=repositories_provenance.read_territory_version(session, as_of),
        province_code=province,
        communes=communes,
        bounds=bounds,
        operators=operators,
        operator_names={one.code: one.name for one in active},
        site_lists=site_lists(declarations, operators, codes, as_of, rule),
        cells=_reaching(resolved, bounds),
        cell_problems=tuple(problem for problem in problems if _reaching([problem.left_out], bounds)),
        villages=_in_area(store.read_villages(session, as_of), area_code, codes),
        places=_in_area(store.read_places(session), area_code, codes),
        roads=tuple(store.read_roads(session)),
        rasters=tuple(store.read_rasters(session)),
        fibre_declarations=store.read_fibre_declarations(session, as_of),
        nearest_node_distance_m=store.read_nearest_nodes(session, as_of),
        provenance=repositories_provenance.read_provenance(session, as_of),
        digest=read_digest(
            session, settings, as_of=as_of, technologies=technologies, area=area_code, calibration=calibration
        ),
        errors=load_error_model(settings.parameters_dir),
        calibration=chosen,
    )


def _usable_calibration(session: Session, name: str) -> CalibrationInfo:
    """Return a calibration; one that this version cannot use is refused here, before an assessment is begun."""
    chosen = get_calibration(session, name)
    correction_of_document(chosen.document)
    return chosen


def read_digest(
    session: Session,
    settings: Settings,
    *,
    as_of: dt.date,
    technologies: Sequence[str] | None,
    area: str | None,
    calibration: str | None = None,
) -> str:
    """Return a SHA-256 over everything the results depend on.

    The date itself is not part of it, only what follows from it (the rows that hold, which site lists count), so that
    nothing is computed again on another day with the same data.
    """
    rule = load_coverage_rule(parameters_dir=settings.parameters_dir, as_of=as_of)
    declarations = store.read_declarations(session)
    codes = {unit.code for unit in store.read_unit_codes(session, as_of) if not unit.is_province}
    operators = [one.code for one in active_operators(session, parameters_dir=settings.parameters_dir)]
    lists = site_lists(declarations, operators, codes, as_of, rule)
    parts = [
        METHOD_VERSION,
        repositories_provenance.read_content_digest(session, as_of),
        rule.version,
        load_gap_rule(settings, as_of).version,
        load_radio_model(settings.parameters_dir).version,
        load_error_model(settings.parameters_dir).version,
        ",".join(check_technologies(technologies, rule)),
        area or "",
        settings.metric_crs,
        settings.territory_code,
        *(() if calibration is None else (get_calibration(session, calibration).sha256,)),
        *(f"{operator}/{commune}/{state}" for (operator, commune), state in sorted(lists.items(), key=str)),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def load_radio_model(parameters_dir: Path | None) -> RadioModel:
    """Return the radio model of the parameter files."""
    files = {
        name: load_parameters(f"radio/{name}", parameters_dir=parameters_dir)
        for name in ("bands", "defaults", "clutter")
    }
    return radio_model(bands=files["bands"], defaults=files["defaults"], clutter=files["clutter"])


def radio_version_of(model: RadioModel, errors: ErrorModel) -> str:
    """Return the versions that an assessment states: of the model, and of how wrong it is taken to be."""
    return f"{model.version} {errors.version}"


def load_patterns(
    session: Session, cells: Sequence[Cell], *, import_ids: Collection[int] | None = None
) -> PatternLibrary:
    """Return the measured patterns (of the imports, where given) of the antennas that the cells name."""
    models = {cell.antenna_model for cell in cells}
    return PatternLibrary(read_antenna_patterns(session, models, import_ids=import_ids))


def load_error_model(parameters_dir: Path | None) -> ErrorModel:
    """Return how wrong levels may be, by the parameter file."""
    parameters = load_parameters("radio/uncertainty", parameters_dir=parameters_dir)
    defaults = load_parameters("radio/defaults", parameters_dir=parameters_dir)
    return error_model(parameters, (defaults.number("groups.low_below"), defaults.number("groups.high_above")))


def prediction_settings(
    rule: CoverageRule, model: RadioModel, technologies: Sequence[str], *, workers: int
) -> PredictionSettings:
    """Return the radio settings: receiver and locations by the rule, voids settled at the tier that counts."""
    return model.settings(
        location_percent=100.0 * rule.location_share,
        time_percent=100.0 * rule.time_share,
        receiver_height_m=rule.receiver_height_m,
        decided_level_dbm=max(rule.threshold_dbm(technology) for technology in technologies),
        workers=workers,
    )


def load_gap_rule(settings: Settings, as_of: dt.date | None = None) -> GapRule:
    """Return the rule of the public grid and the gaps."""
    parameters: ParameterSet = load_parameters("rules/gaps", parameters_dir=settings.parameters_dir)
    return GapRule(
        version=parameters.version_string,
        cell_size_m=parameters.number("public_cell_size", as_of),
        majority_share=parameters.number("majority_share", as_of),
        gap_min_area_km2=parameters.number("gap_min_area_km2", as_of),
    )


def check_technologies(technologies: Sequence[str] | None, rule: CoverageRule) -> tuple[str, ...]:
    """Return the technologies to compute: the given ones, or those that the rule counts as mobile broadband.

    Raises:
        BadInputError: one of them is unknown.
    """
    known = [technology.value for technology in Technology]
    for technology in technologies or ():
        if technology not in known:
            raise BadInputError(
                f"Technology '{technology}' is unknown; give one of {', '.join(known)}.",
                f"Không rõ công nghệ '{technology}'; hãy chọn một trong {', '.join(known)}.",
            )
    return tuple(sorted(set(technologies or rule.mobile_broadband_technologies)))


def _area(
    units: Sequence[store.UnitRecord], area: str | None, as_of: dt.date
) -> tuple[tuple[store.UnitRecord, ...], str | None]:
    """Return the communes to assess, and the code of the area when that is not the whole territory."""
    communes = tuple(unit for unit in units if not unit.is_province)
    if not communes:
        raise NotReadyError(
            f"There is no commune that holds on {as_of}; import boundaries first: phusong import boundaries FILE.",
            f"Chưa có xã, phường nào có hiệu lực ngày {as_of}; hãy nhập ranh giới: phusong import boundaries TỆP.",
        )
    if area is None or any(unit.code == area and unit.is_province for unit in units):
        return communes, None
    chosen = tuple(commune for commune in communes if area in (commune.code, commune.parent_code))
    if not chosen:
        raise NotFoundError(
            f"There is no administrative unit with code {area} on {as_of}.",
            f"Không có đơn vị hành chính mang mã {area} vào ngày {as_of}.",
        )
    return chosen, None if len(chosen) == len(communes) else area


def _in_area(rows: Iterable[_Placed], area_code: str | None, codes: set[str]) -> tuple[_Placed, ...]:
    return tuple(row for row in rows if area_code is None or row.commune_code in codes)


def _bounds(communes: Sequence[store.UnitRecord]) -> Bounds:
    boxes = [commune.geometry.bounds for commune in communes]
    wests, souths, easts, norths = zip(*boxes, strict=True)
    return Bounds(min(wests), min(souths), max(easts), max(norths))


def _reaching(cells: Sequence[_Reaching], bounds: Bounds) -> tuple[_Reaching, ...]:
    """Return the cells that reach into a box; thousands of them share a few reaches."""
    boxes = {reach_m: margin_bounds(bounds, reach_m) for reach_m in {cell.reach_m for cell in cells}}
    return tuple(cell for cell in cells if _is_inside(cell, boxes[cell.reach_m]))


def _is_inside(cell: ResolvedCell | LeftOutCell, box: Bounds) -> bool:
    return box.west <= cell.lon <= box.east and box.south <= cell.lat <= box.north


def site_lists(
    declarations: Sequence[store.DeclarationRecord],
    operators: Sequence[str],
    codes: set[str],
    as_of: dt.date,
    rule: CoverageRule,
) -> SiteListStates:
    """Return by operator and commune code (None: outside every commune) whether a site list counts on `as_of`."""
    communes: list[str | None] = [None, *sorted(codes)]
    return {
        (operator, commune): site_list_state(
            (
                declared.as_of
                for declared in declarations
                if declared.operator_code == operator
                and (declared.commune_codes is None or commune in declared.commune_codes)
            ),
            as_of=as_of,
            rule=rule,
        )
        for operator in operators
        for commune in communes
    }
