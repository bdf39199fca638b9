"""Measures the speed of the engine with the shipped parameters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from geo.parameters.coverage_rule import load_coverage_rule
from geo.radio.benchmark import Speed, measure_speed
from geo.radio.model import Method
from geo.workflows.assessment.inputs import load_radio_model, prediction_settings


def measure_radio_speed(
    *,
    step_m: float,
    radius_km: float,
    frequencies_mhz: Sequence[float],
    method: Method,
    runs: int,
    parameters_dir: Path | None = None,
) -> Speed:
    """Measure one mast on fractal ground with the settings of the rule in force.

    Raises:
        OutOfRangeError: a frequency outside ITU-R P.1812.
    """
    rule = load_coverage_rule(parameters_dir=parameters_dir)
    model = load_radio_model(parameters_dir)
    settings = prediction_settings(rule, model, ("4G",), workers=1)
    return measure_speed(
        settings, step_m=step_m, radius_km=radius_km, frequencies_mhz=frequencies_mhz, method=method, runs=runs
    )
