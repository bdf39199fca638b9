"""The errors that hold for the networks of an assessment: as assumed, or what its calibration left."""

from __future__ import annotations

from geo.radio.uncertainty import ErrorModel, errors_left
from geo.workflows.assessment.inputs import Inputs
from geo.workflows.assessment.spread import LevelErrors, level_errors


def error_model_of(inputs: Inputs, technology: str, operator: str) -> ErrorModel:
    """Return the errors that hold for a network."""
    return errors_left(inputs.errors, inputs.correction, technology=technology, operator=operator)


def errors_of(inputs: Inputs) -> LevelErrors:
    """Return the errors of all networks, in the form that counting takes."""
    rule = inputs.rule
    return level_errors(
        inputs.errors,
        [
            [error_model_of(inputs, technology, operator) for operator in inputs.operators]
            for technology in inputs.technologies
        ],
        [[rule.threshold_dbm(technology, tier) for tier in rule.tiers_dbm] for technology in inputs.technologies],
    )
