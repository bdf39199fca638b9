"""Fits the model to the imported measurements and stores the result: one calibration.

A calibration changes nothing by itself: an assessment uses it only when it is chosen by name.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from geo.errors import BadInputError, NotFoundError, NotReadyError
from geo.parameters.loader import load_parameters
from geo.parameters.schema import ParameterSet
from geo.radio.calibration import FitRules, Samples, fit_offsets
from geo.radio.correction import OBSTRUCTION, ClassRule
from geo.radio.crossvalidation import cross_validate, error_spread
from geo.radio.link_budget import ResolvedCell
from geo.radio.model import PredictionSettings
from geo.settings import Settings
from geo.store import calibrations as store
from geo.store.repositories_operators import read_operators
from geo.store.session import session_scope
from geo.workflows.answers.calibrations import CalibrationInfo, calibration_info
from geo.workflows.assessment.inputs import Inputs, gather_inputs, prediction_settings
from geo.workflows.assessment.window import Window, read_window
from geo.workflows.calibration.document import Made, calibration_document, kept_bands
from geo.workflows.calibration.measured import MeasuredPlaces, bin_to_places
from geo.workflows.calibration.samples import MeasuredSamples, PredictedPlaces, SampleRules, path_samples
from geo.workflows.calibration.scope import Needed, measured_networks
from geo.workflows.calibration.serving import cells_of_networks, find_candidates

Progress = Callable[[str, int, int], None]
# Rounds of choosing the strongest cell after the last fit; the offsets stand still to a tenth of a dB after two.
_ROUNDS = 3
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


@dataclass(frozen=True)
class CalibrationRules:
    """Numbers of `parameters/radio/calibration.yaml`."""

    version: str
    samples: SampleRules
    fit: FitRules
    folds: int
    needed: Needed
    parts_per_pixel: int
    shared_by_masts: float


def calibrate(
    *,
    engine: Engine,
    settings: Settings,
    name: str,
    technologies: Sequence[str] | None = None,
    operators: Sequence[str] | None = None,
    as_of: dt.date | None = None,
    progress: Progress | None = None,
) -> CalibrationInfo:
    """Fit offsets to the measurements of some technologies and operators (None: all) and store them under a name.

    The sites are those that hold on `as_of` (None: today). The same name again makes its next version.

    Raises:
        BadInputError: a name that cannot be one, an unknown technology. NotFoundError: an unknown operator.
        NotReadyError: there are not enough measurements or masts.
    """
    _check_name(name)
    report = progress or _no_progress
    with session_scope(engine) as session:
        day = as_of or dt.datetime.now(dt.UTC).date()
        inputs = gather_inputs(session, settings, as_of=day, technologies=technologies, area=None)
        chosen = _operators(session, operators)
        window = read_window(inputs, settings)
        report("measurements", 0, 1)
        parts = store.read_measurements(session, technologies=inputs.technologies, operators=chosen)
        rules = load_calibration_rules(settings, inputs)
        places = bin_to_places(parts, window.grid, parts_per_pixel=rules.parts_per_pixel)
        source = store.read_measurement_source(session, technologies=inputs.technologies, operators=chosen)
        names = store.read_cell_names(session, day, technologies=inputs.technologies)
        report("measurements", 1, 1)
    assessed = prediction_settings(inputs.rule, inputs.model, inputs.technologies, workers=0)
    cells = [cell for cell in inputs.cells if chosen is None or cell.operator_code in chosen]
    predicted = _predict(inputs, window, places, cells, names, assessed, rules, report)
    made = _fit(predicted, rules, (50.0, assessed.location_percent), report)
    measured = _measured(made.measured.samples, rules)
    document = calibration_document(
        name=name,
        measured=measured,
        needed=rules.needed,
        made=made,
        classes=rules.samples.classes,
        rule=inputs.rule,
        origin=_origin(inputs, window, source, rules, places),
    )
    import_ids = sorted({*source.import_ids, *inputs.provenance.get("sites", {}).get("import_ids", ())})
    with session_scope(engine) as session:
        illustrative = bool(document["illustrative"])
        row = store.add_calibration(session, document, import_ids=import_ids, illustrative=illustrative)
        return calibration_info(row)


def _no_progress(stage: str, done: int, total: int) -> None:
    """Report nothing."""


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise BadInputError(
            f"'{name}' cannot be the name of a calibration; use up to 60 letters, digits, dots and dashes.",
            f"'{name}' không thể là tên bộ hiệu chỉnh; hãy dùng tối đa 60 chữ không dấu, chữ số, dấu chấm, gạch nối.",
        )


def _operators(session: Session, operators: Sequence[str] | None) -> tuple[str, ...] | None:
    if not operators:
        return None
    known = {record.code for record in read_operators(session)}
    for code in operators:
        if code not in known:
            raise NotFoundError(f"There is no operator '{code}'.", f"Không có doanh nghiệp '{code}'.")
    return tuple(sorted(set(operators)))


def load_calibration_rules(settings: Settings, inputs: Inputs) -> CalibrationRules:
    """Return the numbers of the parameter file, with the limits of the band groups of the radio model."""
    found: ParameterSet = load_parameters("radio/calibration", parameters_dir=settings.parameters_dir)
    low, high = inputs.model.group_limits_mhz
    classes = ClassRule(
        low_below_mhz=low,
        high_above_mhz=high,
        obstructed_above_db=found.number("obstructed_above"),
        reference_km=found.number("reference_distance"),
        shortest_km=inputs.model.prediction["shortest_distance"] / 1000.0,
    )
    return CalibrationRules(
        version=found.version_string,
        samples=SampleRules(
            classes=classes,
            censored_below_dbm={
                each.removeprefix("censored_below."): found.number(f"censored_below.{each}")
                for each in found.under("censored_below")
            },
            judged_above_floor_db=found.number("judged_above_floor"),
        ),
        fit=FitRules(
            reference_km=classes.reference_km,
            class_spread_db=found.number("class_spread"),
            site_spread_db=found.number("site_spread"),
            slope_spread_db=found.number("slope_spread"),
            network_spread_db=found.number("network_spread"),
            network_class_spread_db=found.number("network_class_spread"),
            network_slope_spread_db=found.number("network_slope_spread"),
            tail_freedom=found.number("tail_freedom"),
            shared_by_networks=found.number("shared_by_networks"),
        ),
        folds=int(found.number("folds")),
        needed=Needed(
            pixels=int(found.number("minimum_pixels")),
            sites=int(found.number("minimum_sites")),
            class_pixels=int(found.number("minimum_class_pixels")),
        ),
        parts_per_pixel=int(found.number("parts_per_pixel")),
        shared_by_masts=found.number("shared_by_masts"),
    )


def _predict(
    inputs: Inputs,
    window: Window,
    places: MeasuredPlaces,
    cells: Sequence[ResolvedCell],
    names: Sequence[store.CellName],
    assessed: PredictionSettings,
    rules: CalibrationRules,
    report: Progress,
) -> PredictedPlaces:
    of_network = cells_of_networks(places.networks, cells, names, inputs.model)
    found = find_candidates(
        places,
        cells,
        of_network,
        terrain=window.terrain,
        clutter=window.clutter,
        settings=(assessed, replace(assessed, location_percent=50.0)),
        progress=lambda done, total: report("predict", done, total),
    )
    paths, networks = path_samples(found, cells, inputs.model, rules.samples.classes)
    # Whoever measured without naming an operator named a cell of one.
    operators = [
        one.operator_code or next((cells[at].operator_code for at in listed), None)
        for one, listed in zip(places.networks, of_network, strict=True)
    ]
    return PredictedPlaces(places, found, paths, networks, of_network, operators, rules.samples)


def _fit(predicted: PredictedPlaces, rules: CalibrationRules, percents: tuple[float, float], report: Progress) -> Made:
    found = predicted.samples()
    chosen = _enough(found, rules)
    report("fit", 0, _ROUNDS + 1)
    fit, apart_db = fit_offsets(chosen.samples, rules.fit), 0.0
    for number in range(_ROUNDS):
        # Which cell was the strongest, and by how much better than predicted, hangs on the offsets themselves.
        left_db = chosen.samples.difference_db - fit.offsets_db(chosen.samples)
        apart_db = _apart_db(chosen, left_db, rules)
        found = predicted.samples(fit, apart_db=apart_db)
        chosen = _enough(found, rules)
        fit = fit_offsets(chosen.samples, rules.fit)
        report("fit", number + 1, _ROUNDS + 1)
    folds = min(rules.folds, len(np.unique(chosen.samples.mast)))
    validation = cross_validate(chosen.samples, rules.fit, folds=folds)
    report("fit", _ROUNDS + 1, _ROUNDS + 1)
    return Made(found, chosen, predicted.rated(percents), fit, validation, folds, apart_db)


def _apart_db(measured: MeasuredSamples, left_db: NDArray[np.float64], rules: CalibrationRules) -> float:
    """Return the standard deviation of the errors by which masts differ at one place."""
    spread = error_spread(measured.samples, left_db, measured.judged)
    obstructed = float(measured.samples.obstructed[measured.judged].mean()) if measured.judged.any() else 0.0
    in_sight, behind = (spread.local_db[name] for name in OBSTRUCTION)
    local = (1.0 - obstructed) * in_sight**2 + obstructed * behind**2
    return float(np.sqrt(spread.site_db**2 + (1.0 - rules.shared_by_masts) * local))


def _enough(measured: MeasuredSamples, rules: CalibrationRules) -> MeasuredSamples:
    """Return the samples of bands that have enough of them.

    Raises:
        NotReadyError: no band has.
    """
    kept = kept_bands(measured.samples, rules.needed)
    inside = np.isin(measured.samples.band, list(kept))
    found = measured.samples.size
    if inside.any():
        return measured.take(inside, "band_too_thin")
    raise NotReadyError(
        f"There are not enough measurements: no band has {rules.needed.pixels} measured pixels on "
        f"{rules.needed.sites} masts ({found} pixels found; left out: {_words(measured.left_out)}).",
        f"Chưa đủ số liệu đo: không băng tần nào có {rules.needed.pixels} điểm ảnh đo trên {rules.needed.sites} "
        f"cột (tìm thấy {found} điểm ảnh; bỏ qua: {_words(measured.left_out)}).",
    )


def _measured(samples: Samples, rules: CalibrationRules) -> Mapping[int, NDArray[np.bool_]]:
    """Return the networks that were measured, with their classes.

    Raises:
        NotReadyError: each of them alone has too little.
    """
    needed = rules.needed
    found = measured_networks(samples, needed)
    if not found:
        raise NotReadyError(
            f"There are not enough measurements: no operator has {needed.pixels} measured pixels on "
            f"{needed.sites} masts of one technology in one band group with {needed.class_pixels} of "
            "them in one class.",
            f"Chưa đủ số liệu đo: không doanh nghiệp nào có {needed.pixels} điểm ảnh đo trên "
            f"{needed.sites} cột của cùng công nghệ, cùng nhóm băng tần, trong đó có "
            f"{needed.class_pixels} điểm ảnh cùng một lớp.",
        )
    return found


def _words(left_out: Mapping[str, int]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in left_out.items()) or "–"


def _origin(
    inputs: Inputs, window: Window, source: store.MeasurementSource, rules: CalibrationRules, places: MeasuredPlaces
) -> dict[str, Any]:
    used = ("sites", "terrain", "landcover")
    return {
        "as_of": inputs.as_of.isoformat(),
        "illustrative": source.illustrative or any(inputs.provenance.get(k, {}).get("illustrative") for k in used),
        "measurements": {
            "import_ids": list(source.import_ids),
            "sha256": source.sha256,
            "rows": source.rows,
            "first_at": source.first_at.isoformat() if source.first_at else None,
            "last_at": source.last_at.isoformat() if source.last_at else None,
            "places": places.size,
            "rows_outside": places.outside,
        },
        "provenance": {kind: inputs.provenance[kind] for kind in used if kind in inputs.provenance},
        "terrain": dict(window.document),
        "radio_version": inputs.model.version,
        "rule_version": inputs.rule.version,
        "calibration_rules": rules.version,
    }
