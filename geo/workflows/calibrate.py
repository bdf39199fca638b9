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
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from geo.errors import BadInputError, NotFoundError, NotReadyError
from geo.parameters.loader import load_parameters
from geo.parameters.schema import ParameterSet
from geo.radio.calibration import FitRules, fit_offsets
from geo.radio.correction import ClassRule
from geo.radio.crossvalidation import cross_validate
from geo.settings import Settings
from geo.store import calibrations as store
from geo.store.repositories_operators import read_operators
from geo.store.session import session_scope
from geo.workflows.answers.calibrations import CalibrationInfo, calibration_info
from geo.workflows.assessment.inputs import Inputs, gather_inputs, prediction_settings
from geo.workflows.assessment.window import Window, read_window
from geo.workflows.calibration.document import Made, calibration_document, kept_bands
from geo.workflows.calibration.measured import MeasuredPixels, bin_to_pixels
from geo.workflows.calibration.samples import MeasuredSamples, SampleRules, make_samples

Progress = Callable[[str, int, int], None]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


@dataclass(frozen=True)
class CalibrationRules:
    """Numbers of `parameters/radio/calibration.yaml`."""

    version: str
    samples: SampleRules
    fit: FitRules
    folds: int
    minimum_pixels: int
    minimum_sites: int


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
        pixels = bin_to_pixels(parts, window.terrain.grid)
        source = store.read_measurement_source(session, technologies=inputs.technologies, operators=chosen)
        names = store.read_cell_names(session, day, technologies=inputs.technologies)
        report("measurements", 1, 1)
    rules = load_calibration_rules(settings, inputs)
    measured = _measure(inputs, window, pixels, names, chosen, rules, report)
    made = _fit(measured, rules, report)
    document = calibration_document(
        name=name,
        scope={"technologies": list(inputs.technologies), "operators": None if chosen is None else list(chosen)},
        made=made,
        classes=rules.samples.classes,
        rule=inputs.rule,
        origin=_origin(inputs, window, source, rules, pixels),
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
            tail_freedom=found.number("tail_freedom"),
        ),
        folds=int(found.number("folds")),
        minimum_pixels=int(found.number("minimum_pixels")),
        minimum_sites=int(found.number("minimum_sites")),
    )


def _measure(
    inputs: Inputs,
    window: Window,
    pixels: MeasuredPixels,
    names: Sequence[store.CellName],
    operators: Sequence[str] | None,
    rules: CalibrationRules,
    report: Progress,
) -> MeasuredSamples:
    cells = [cell for cell in inputs.cells if operators is None or cell.operator_code in operators]
    assessed = prediction_settings(inputs.rule, inputs.model, inputs.technologies, workers=0)
    return make_samples(
        pixels,
        cells,
        names,
        terrain=window.terrain,
        clutter=window.clutter,
        model=inputs.model,
        settings=(assessed, replace(assessed, location_percent=50.0)),
        rules=rules.samples,
        progress=lambda done, total: report("predict", done, total),
    )


def _fit(measured: MeasuredSamples, rules: CalibrationRules, report: Progress) -> Made:
    kept = kept_bands(measured.samples, minimum_pixels=rules.minimum_pixels, minimum_sites=rules.minimum_sites)
    inside = np.isin(measured.samples.band, list(kept))
    found = measured.samples.size
    if not inside.any():
        raise NotReadyError(
            f"There are not enough measurements: no band has {rules.minimum_pixels} measured pixels on "
            f"{rules.minimum_sites} masts ({found} pixels found; left out: {_words(measured.left_out)}).",
            f"Chưa đủ số liệu đo: không băng tần nào có {rules.minimum_pixels} điểm ảnh đo trên {rules.minimum_sites} "
            f"cột (tìm thấy {found} điểm ảnh; bỏ qua: {_words(measured.left_out)}).",
        )
    thin = int((~inside).sum())
    chosen = replace(
        measured,
        samples=measured.samples.take(inside),
        measured_dbm=measured.measured_dbm[inside],
        level_dbm=measured.level_dbm[inside],
        technology=measured.technology[inside],
        judged=measured.judged[inside],
        pixel=measured.pixel[inside],
        left_out={**measured.left_out, **({"band_too_thin": thin} if thin else {})},
    )
    report("fit", 0, 2)
    fit = fit_offsets(chosen.samples, rules.fit)
    report("fit", 1, 2)
    folds = min(rules.folds, len(np.unique(chosen.samples.mast)))
    validation = cross_validate(chosen.samples, rules.fit, folds=folds)
    report("fit", 2, 2)
    return Made(chosen, fit, validation, folds)


def _words(left_out: Mapping[str, int]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in left_out.items()) or "–"


def _origin(
    inputs: Inputs, window: Window, source: store.MeasurementSource, rules: CalibrationRules, pixels: MeasuredPixels
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
            "pixels": len(pixels.value),
            "rows_outside": pixels.outside,
        },
        "provenance": {kind: inputs.provenance[kind] for kind in used if kind in inputs.provenance},
        "terrain": window.terrain_document(),
        "radio_version": inputs.model.version,
        "rule_version": inputs.rule.version,
        "calibration_rules": rules.version,
    }
