"""The document of a calibration: everything that is known about a fit, and all that using it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.domain.rules import CoverageRule
from geo.radio.calibration import CLASSES_OF_BAND, Fit, Samples
from geo.radio.correction import OBSTRUCTION, ClassRule, NetworkOffsets
from geo.radio.crossvalidation import (
    Validation,
    class_errors_db,
    error_figures,
    error_spread,
    spread_of_bands,
    spread_of_network,
    tier_figures,
)
from geo.radio.model import CLUTTER_GROUPS, GROUPS
from geo.workflows.calibration.samples import MeasuredSamples, RatedPlaces
from geo.workflows.calibration.scope import Needed, is_corrected, measured_scope
from geo.workflows.calibration.uncorrected import uncorrected_classes, uncorrected_networks

SCHEMA_VERSION = "3"
_DECIMALS = 3


@dataclass(frozen=True)
class Made:
    """A finished fit with its cross-validation; `apart_db` is the error by which masts differ at one place.

    `found` are the samples before bands with too little were left out, `measured` those of the fit.
    """

    found: MeasuredSamples
    measured: MeasuredSamples
    rated: RatedPlaces
    fit: Fit
    validation: Validation
    folds: int
    apart_db: float


def calibration_document(
    *,
    name: str,
    measured: Mapping[int, NDArray[np.bool_]],
    needed: Needed,
    made: Made,
    classes: ClassRule,
    rule: CoverageRule,
    origin: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the document; `measured` are the classes that are corrected by number of the network, `needed` by what.

    `origin` says what it was made from. Version and hash are added when it is stored.
    """
    samples = made.measured.samples
    return {
        "schema_version": SCHEMA_VERSION,
        "name": name,
        "scope": measured_scope(samples, made.measured.networks, measured),
        **origin,
        "classes": asdict(classes),
        "pixels": samples.size,
        "pixels_censored": int(samples.censored.sum()),
        "masts": len(np.unique(samples.mast)),
        "rows_used": made.measured.rows,
        "left_out": dict(made.measured.left_out),
        "choice": _choice(made),
        "networks": [
            _network(made, number, classes, needed)
            for number, classes in sorted(measured.items(), key=lambda item: made.measured.networks[item[0]])
        ],
        "not_corrected": uncorrected_networks(made.found, measured, needed),
        "bands": [_band(made.fit, samples, number) for number in np.unique(samples.band).tolist()],
        "cross_validation": _cross_validation(made, rule, measured),
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


def _network(made: Made, number: int, classes: NDArray[np.bool_], needed: Needed) -> dict[str, Any]:
    """Return what is added in a network, in the classes that were measured there, and what is left of its error.

    `offset_db` is the mean over the pixels of these classes, at their distances.
    """
    samples, (technology, operator, band) = made.measured.samples, made.measured.networks[number]
    own = samples.network == number
    offsets = made.fit.network_offsets(number, GROUPS.index(band))
    spread = spread_of_network(samples, made.validation.left_db, made.measured.judged, number)
    error_db = class_errors_db(samples, spread, number, fit=made.fit).reshape(-1)
    chosen = np.flatnonzero(own & classes[samples.class_in_band])
    return {
        "technology": technology,
        "operator": operator,
        "band_group": band,
        "offset_db": round(float(made.fit.offsets_db(samples.take(chosen)).mean()), _DECIMALS),
        **_counted(samples, own),
        **_along(offsets),
        "offsets": [
            {
                **_class(offsets, at),
                "standard_error_db": round(float(error_db[at]), _DECIMALS),
                **_counted(samples, own & (samples.class_in_band == at)),
            }
            for at in np.flatnonzero(classes).tolist()
        ],
        "not_corrected": uncorrected_classes(samples, number, classes, needed),
        "errors": _rounded(
            {
                "site_db": spread.site_db,
                "local_db": spread.local_db,
                "masts": len(np.unique(samples.mast[own & made.measured.judged])),
            }
        ),
    }


def _band(fit: Fit, samples: Samples, number: int) -> dict[str, Any]:
    """Return what is common to the networks of a band; nothing is corrected by it alone."""
    offsets, inside = fit.shared_offsets(number), samples.band == number
    counts = np.bincount(samples.class_in_band[inside], minlength=CLASSES_OF_BAND)
    return {
        "band_group": GROUPS[number],
        **_counted(samples, inside),
        **_along(offsets),
        "offsets": [{**_class(offsets, at), "pixels": int(counts[at])} for at in range(CLASSES_OF_BAND)],
    }


def _counted(samples: Samples, inside: NDArray[np.bool_]) -> dict[str, Any]:
    return {"pixels": int(inside.sum()), "masts": len(np.unique(samples.mast[inside]))}


def _along(offsets: NetworkOffsets) -> dict[str, Any]:
    return _rounded(
        {
            "slope_db_per_decade": offsets.slope_db,
            "nearest_km": offsets.nearest_km,
            "farthest_km": offsets.farthest_km,
        }
    )


def _class(offsets: NetworkOffsets, at: int) -> dict[str, Any]:
    row, col = divmod(at, len(OBSTRUCTION))
    offset_db = round(float(offsets.offset_db[row, col]), _DECIMALS)
    return {"clutter": CLUTTER_GROUPS[row], "path": OBSTRUCTION[col], "offset_db": offset_db}


def _cross_validation(made: Made, rule: CoverageRule, measured: Mapping[int, NDArray[np.bool_]]) -> dict[str, Any]:
    """Return the figures of the pixels that are corrected, and the rates of all places."""
    judged, found = made.measured.judged & is_corrected(made.measured.samples, measured), made.validation
    return {
        "by": "mast",
        "folds": made.folds,
        "before": _rounded(asdict(error_figures(found.before_db, judged))),
        "after": _rounded(asdict(error_figures(found.left_db, judged))),
        "tiers": _tiers(made.rated, found, rule, is_corrected(made.rated.paths, measured)),
    }


def _tiers(
    rated: RatedPlaces, found: Validation, rule: CoverageRule, corrected: NDArray[np.bool_]
) -> list[dict[str, Any]]:
    """Return the rates by technology, tier and share of locations, over every measured place of a known network."""
    number = found.unseen_by(rated.mast)
    rows = []
    for at, percent in enumerate(rated.percents):
        before, after = (rated.predicted_dbm(at, fits, number, corrected) for fits in ((), found.fits))
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


def kept_bands(samples: Samples, needed: Needed) -> Sequence[int]:
    """Return the bands with enough pixels and masts for a fit."""
    kept = []
    for number in np.unique(samples.band).tolist():
        inside = samples.band == number
        if inside.sum() >= needed.pixels and len(np.unique(samples.mast[inside])) >= needed.sites:
            kept.append(number)
    return kept
