"""The document of a calibration: everything that is known about a fit, and all that using it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from geo.domain.rules import CoverageRule
from geo.radio.calibration import CLASSES_OF_BAND, Fit, Samples
from geo.radio.correction import OBSTRUCTION, ClassRule
from geo.radio.crossvalidation import Validation, error_figures, error_spread, spread_of_bands, tier_figures
from geo.radio.model import CLUTTER_GROUPS, GROUPS
from geo.workflows.calibration.samples import MeasuredSamples, RatedPlaces

SCHEMA_VERSION = "1"
_DECIMALS = 3


@dataclass(frozen=True)
class Made:
    """A finished fit with its cross-validation; `apart_db` is the error by which masts differ at one place."""

    measured: MeasuredSamples
    rated: RatedPlaces
    fit: Fit
    validation: Validation
    folds: int
    apart_db: float


def calibration_document(
    *,
    name: str,
    scope: Mapping[str, Any],
    made: Made,
    minimum_class_pixels: int,
    classes: ClassRule,
    rule: CoverageRule,
    origin: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the document; `scope` says what was measured, `origin` what it was made from.

    A class with fewer than `minimum_class_pixels` counts as not measured. Version and hash are added when it is stored.
    """
    samples = made.measured.samples
    return {
        "schema_version": SCHEMA_VERSION,
        "name": name,
        "scope": dict(scope),
        **origin,
        "classes": asdict(classes),
        "pixels": samples.size,
        "pixels_censored": int(samples.censored.sum()),
        "masts": len(np.unique(samples.mast)),
        "rows_used": made.measured.rows,
        "left_out": dict(made.measured.left_out),
        "choice": _choice(made),
        "bands": [
            _band(made.fit, samples, number, minimum_class_pixels) for number in np.unique(samples.band).tolist()
        ],
        "cross_validation": _cross_validation(made, rule),
        "uncertainty": _uncertainty(made),
        "scale_db": round(made.fit.scale_db, _DECIMALS),
    }


def _choice(made: Made) -> dict[str, Any]:
    """Return what the choice of the strongest cell did, and how many pixels named their cell."""
    named = int(made.measured.named.sum())
    gain = {"apart_db": made.apart_db, "mean_gain_db": float(made.measured.gain_db.mean())}
    return {**_rounded(gain), "pixels_by_cell": named, "pixels_by_operator": made.measured.samples.size - named}


def _uncertainty(made: Made) -> dict[str, Any]:
    """Return what is left of the error over all bands, and by band where that can be told."""
    samples, left, judged = made.measured.samples, made.validation.left_db, made.measured.judged
    by_band = {name: asdict(spread) for name, spread in spread_of_bands(samples, left, judged).items()}
    return _rounded({**asdict(error_spread(samples, left, judged)), "by_band": by_band})


def _band(fit: Fit, samples: Samples, number: int, minimum_pixels: int) -> dict[str, Any]:
    offsets = fit.band_offsets(number)
    inside = samples.band == number
    counts = np.bincount(samples.class_number[inside] - number * CLASSES_OF_BAND, minlength=CLASSES_OF_BAND)
    return {
        "band_group": GROUPS[number],
        "slope_db_per_decade": round(offsets.slope_db, _DECIMALS),
        "nearest_km": round(offsets.nearest_km, _DECIMALS),
        "farthest_km": round(offsets.farthest_km, _DECIMALS),
        "pixels": int(inside.sum()),
        "masts": len(np.unique(samples.mast[inside])),
        "offsets": [
            {
                "clutter": clutter,
                "path": path,
                "offset_db": round(float(offsets.offset_db[row, col]), _DECIMALS),
                "pixels": int(counts[row * len(OBSTRUCTION) + col]),
                "measured": bool(counts[row * len(OBSTRUCTION) + col] >= minimum_pixels),
            }
            for row, clutter in enumerate(CLUTTER_GROUPS)
            for col, path in enumerate(OBSTRUCTION)
        ],
    }


def _cross_validation(made: Made, rule: CoverageRule) -> dict[str, Any]:
    judged, found = made.measured.judged, made.validation
    return {
        "by": "mast",
        "folds": made.folds,
        "before": _rounded(asdict(error_figures(found.before_db, judged))),
        "after": _rounded(asdict(error_figures(found.left_db, judged))),
        "tiers": _tiers(made.rated, found, rule),
    }


def _tiers(rated: RatedPlaces, found: Validation, rule: CoverageRule) -> list[dict[str, Any]]:
    """Return the rates by technology, tier and share of locations, over every measured place of a known network."""
    number = found.unseen_by(rated.mast)
    rows = []
    for at, percent in enumerate(rated.percents):
        before, after = (rated.predicted_dbm(at, fits, number) for fits in ((), found.fits))
        for technology in np.unique(rated.technology).tolist():
            chosen = rated.technology == technology
            level = rated.measured_dbm[chosen]
            for tier in rule.tiers_dbm:
                threshold = rule.threshold_dbm(technology, tier)
                both = (_rounded(asdict(tier_figures(level, each[chosen], threshold))) for each in (before, after))
                about = {"technology": technology, "tier": tier, "threshold_dbm": threshold}
                rows.append({**about, "location_percent": percent, **_both(*both)})
    return rows


def _both(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "measured_reaching": after["measured_reaching"],
        "measured_below": after["measured_below"],
        "before": {key: before[key] for key in ("hit_rate", "missed_gap_rate")},
        "after": {key: after[key] for key in ("hit_rate", "missed_gap_rate")},
    }


def _rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _round(value) for key, value in values.items()}


def _round(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DECIMALS)
    return _rounded(value) if isinstance(value, Mapping) else value


def kept_bands(samples: Samples, *, minimum_pixels: int, minimum_sites: int) -> Sequence[int]:
    """Return the bands with enough pixels and masts for a fit."""
    kept = []
    for number in np.unique(samples.band).tolist():
        inside = samples.band == number
        if inside.sum() >= minimum_pixels and len(np.unique(samples.mast[inside])) >= minimum_sites:
            kept.append(number)
    return kept
