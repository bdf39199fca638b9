"""How well a calibration does on masts that it has not seen: bias, spread, hits and missed gaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.radio.calibration import Fit, FitRules, Samples, fit_offsets
from geo.radio.correction import OBSTRUCTION
from geo.radio.model import CLUTTER_GROUPS, GROUPS

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ErrorFigures:
    """Predicted less measured level over `pixels` pixels, dB; None without any."""

    pixels: int
    bias_db: float | None
    rmse_db: float | None
    mean_absolute_db: float | None


@dataclass(frozen=True)
class TierFigures:
    """How often the model is right about a threshold; shares in 0..1, None where nothing was measured on that side.

    `hit_rate`: of the pixels measured to reach it, those predicted to. `missed_gap_rate`: of the pixels measured not to
    reach it, those predicted to reach it all the same.
    """

    threshold_dbm: float
    measured_reaching: int
    measured_below: int
    hit_rate: float | None
    missed_gap_rate: float | None


@dataclass(frozen=True)
class Spread:
    """Parts of the error that is left, as standard deviations in dB: of the whole, between masts, within a mast."""

    bias_db: float
    site_db: float
    local_db: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Validation:
    """Residuals of every pixel, `left_db` from a fit that has not seen its mast, with the fold of each pixel.

    `fits` are those fits by fold, `mast_fold` says by mast which of them has not seen it.
    """

    fold: NDArray[np.int64]
    before_db: Floats
    left_db: Floats
    fits: tuple[Fit, ...]
    mast_fold: Mapping[int, int]

    def unseen_by(self, masts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return by mast the number of a fit that has not seen it; a mast without pixels none of them has seen."""
        return np.array([self.mast_fold.get(mast, 0) for mast in masts.tolist()], dtype=np.int64)


def site_folds(mast: NDArray[np.int64], folds: int, *, network: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """Return the fold of each pixel: masts are dealt out, largest first, so that folds are of like size.

    No mast is in two folds. The masts of each `network` (that of most pixels of a mast; None: all are of one) are dealt
    out by themselves, so that no fold takes all of a small one. The result depends on nothing but these numbers.
    """
    masts, at, counts = np.unique(mast, return_inverse=True, return_counts=True)
    main = _main_network(at, len(masts), np.zeros_like(mast) if network is None else network)
    fold_of_mast, sizes = np.empty(len(masts), dtype=np.int64), np.zeros(folds, dtype=np.int64)
    for one in np.unique(main):
        dealt = np.zeros(folds, dtype=np.int64)
        own = np.flatnonzero(main == one)
        for number in own[np.argsort(-counts[own], kind="stable")]:
            # The fold with the fewest masts of the network, and of these the one with the fewest pixels.
            fold = np.lexsort((sizes, dealt))[0]
            fold_of_mast[number] = fold
            dealt[fold] += 1
            sizes[fold] += counts[number]
    return np.asarray(fold_of_mast[at])


def _main_network(mast: NDArray[np.int64], masts: int, network: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return by mast the network of most of its pixels."""
    networks, at = np.unique(network, return_inverse=True)
    counts = np.bincount(mast * len(networks) + at, minlength=masts * len(networks))
    return np.asarray(networks[counts.reshape(masts, len(networks)).argmax(axis=1)])


def cross_validate(samples: Samples, rules: FitRules, *, folds: int) -> Validation:
    """Return for every pixel what is left of its difference after a fit to the masts of the other folds."""
    fold = site_folds(samples.mast, folds, network=samples.network)
    left = np.empty(samples.size)
    fits = tuple(fit_offsets(samples.take(fold != number), rules) for number in range(folds))
    for number, fit in enumerate(fits):
        held = fold == number
        left[held] = samples.difference_db[held] - fit.offsets_db(samples.take(held))
    mast_fold = dict(zip(samples.mast.tolist(), fold.tolist(), strict=True))
    return Validation(fold, samples.difference_db, left, fits, mast_fold)


def error_figures(residual_db: Floats, judged: NDArray[np.bool_]) -> ErrorFigures:
    """Return the figures of residuals (measured less predicted), turned to predicted less measured.

    `judged` are the pixels that count: chosen by what was predicted, well above the floor of the instrument. Choosing
    by what was measured would leave out the weak ones and so make a bias of its own.
    """
    error = -residual_db[judged]
    if not error.size:
        return ErrorFigures(0, None, None, None)
    return ErrorFigures(error.size, float(error.mean()), float(np.sqrt(np.mean(error**2))), float(np.abs(error).mean()))


def tier_figures(measured_dbm: Floats, predicted_dbm: Floats, threshold_dbm: float) -> TierFigures:
    """Return how often "reaches the threshold" is right; a level of minus infinity is no level at all."""
    reaches, predicted = measured_dbm >= threshold_dbm, predicted_dbm >= threshold_dbm
    return TierFigures(
        threshold_dbm=threshold_dbm,
        measured_reaching=int(reaches.sum()),
        measured_below=int((~reaches).sum()),
        hit_rate=float(predicted[reaches].mean()) if reaches.any() else None,
        missed_gap_rate=float(predicted[~reaches].mean()) if (~reaches).any() else None,
    )


def spread_of_bands(
    samples: Samples, residual_db: Floats, judged: NDArray[np.bool_], *, masts: int = 2
) -> Mapping[str, Spread]:
    """Return how the error splits up in each band group with judged pixels of at least so many masts."""
    found = {}
    for number in np.unique(samples.band[judged]).tolist():
        chosen = judged & (samples.band == number)
        if len(np.unique(samples.mast[chosen])) >= masts:
            found[GROUPS[number]] = error_spread(samples, residual_db, chosen)
    return found


def spread_of_network(samples: Samples, residual_db: Floats, judged: NDArray[np.bool_], network: int) -> Spread:
    """Return how the error of a network splits up: its own, that of its band where one mast or none was judged there.

    Where its band has no more either, that of all bands.
    """
    own = samples.network == network
    for chosen in (own, np.isin(samples.band, np.unique(samples.band[own]))):
        if len(np.unique(samples.mast[judged & chosen])) > 1:
            return error_spread(samples, residual_db, judged & chosen)
    return error_spread(samples, residual_db, judged)


def class_errors_db(samples: Samples, spread: Spread, network: int, *, fit: Fit) -> Floats:
    """Return the standard error of what is added in each class of a network; infinite in a class without pixels.

    Masts are off by their own errors and pixels by theirs: a class that was measured around one mast is as wrong as
    that mast, however many pixels it has. Offsets are stated at the reference distance: the farther that is from the
    pixels of a class, the more of the error of the slope is in it.
    """
    own = samples.take(samples.network == network)
    decades, classes = fit.decades(own), own.class_in_band
    slope_db = _slope_error_db(own, spread, decades, fit.rules)
    error = np.full((len(CLUTTER_GROUPS), len(OBSTRUCTION)), np.inf)
    for number in np.unique(classes).tolist():
        at, inside = divmod(number, len(OBSTRUCTION)), classes == number
        mean = standard_error_db(own.mast[inside], spread.site_db, spread.local_db[OBSTRUCTION[at[1]]])
        error[at] = np.hypot(mean, slope_db * decades[inside].mean())
    return error


def _slope_error_db(own: Samples, spread: Spread, decades: Floats, rules: FitRules) -> float:
    """Return the standard error of the slope of a network, dB per decade, at most as wide as it is held.

    What the distances of a class, or of a mast, have in common says nothing of the slope: it is in their own effects.
    """
    apart = decades
    for group in (own.class_in_band, own.mast):
        at, count = np.unique(group, return_inverse=True, return_counts=True)[1:]
        apart = apart - (np.bincount(at, apart) / count)[at]
    local = np.array([spread.local_db[path] for path in OBSTRUCTION])[own.obstructed]
    held = 1.0 / (rules.slope_spread_db**2 + rules.network_slope_spread_db**2)
    return float((np.sum(apart**2 / np.maximum(local**2, 1e-9)) + held) ** -0.5)


def standard_error_db(mast: NDArray[np.int64], site_db: float, local_db: float) -> float:
    """Return the standard error of a mean over the pixels of masts, from the error between masts and within them."""
    counts = np.unique(mast, return_counts=True)[1]
    return float(np.sum(1.0 / np.maximum(site_db**2 + local_db**2 / counts, 1e-9)) ** -0.5)


def error_spread(samples: Samples, residual_db: Floats, judged: NDArray[np.bool_]) -> Spread:
    """Return how the error of the judged pixels splits up between masts and within them (analysis of variance).

    Each network of a mast counts as a mast: it may be off by an error of its own there, which is no error of places.
    `bias_db` is the standard error of the mean over all masts, as if their networks shared all of it (the larger error
    is the safer one); `local_db` is told apart by obstruction.
    """
    if not judged.any():
        return Spread(0.0, 0.0, dict.fromkeys(OBSTRUCTION, 0.0))
    residual = residual_db[judged]
    masts, at, counts = np.unique(samples.station_number[judged], return_inverse=True, return_counts=True)
    means = np.bincount(at, residual) / counts
    within = residual - means[at]
    freedom = max(1, len(residual) - len(masts))
    local = float(np.sum(within**2) / freedom)
    between = 0.0
    if len(masts) > 1:
        mean_square = float(np.sum(counts * (means - residual.mean()) ** 2) / (len(masts) - 1))
        typical = (len(residual) - float(np.sum(counts**2)) / len(residual)) / (len(masts) - 1)
        between = max(0.0, (mean_square - local) / typical)
    scale = np.sqrt(len(residual) / freedom)
    obstructed = samples.obstructed[judged] == 1
    by_path = dict(zip(OBSTRUCTION, (~obstructed, obstructed), strict=True))
    return Spread(
        bias_db=standard_error_db(samples.mast[judged], float(np.sqrt(between)), float(np.sqrt(local))),
        site_db=float(np.sqrt(between)),
        local_db={
            name: float(np.sqrt(np.mean(within[chosen] ** 2)) * scale) if chosen.any() else float(np.sqrt(local))
            for name, chosen in by_path.items()
        },
    )
