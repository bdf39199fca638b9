"""Fits offsets of level to measurements: by band, clutter group and obstruction, with a slope over distance.

For pixel i of band b, class k and mast s the measured median level less the predicted one is taken as

    a_b + c_k + u_s + g_b * log10(distance / reference) + e_i

with e_i from Student's distribution (outliers weigh little) and normal priors on c_k, u_s and g_b (a class or a mast
with few pixels stays near its band). A level at or below the floor of the instrument only says "at most this": it
counts with the probability of being below (a censored regression). u_s takes up what is wrong with a single mast and is
no part of the result: a new mast has none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from geo.radio.correction import OBSTRUCTION, BandOffsets
from geo.radio.model import CLUTTER_GROUPS, GROUPS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CLASSES_OF_BAND = len(CLUTTER_GROUPS) * len(OBSTRUCTION)


@dataclass(frozen=True, eq=False)
class Samples:
    """Measured pixels in columns, one entry per pixel.

    `difference_db` is measured less predicted level; where `censored` it is what it can be at most. `band`, `clutter`
    and `obstructed` are numbers in `model.GROUPS`, `CLUTTER_GROUPS` and `OBSTRUCTION`, `mast` any number of the mast.
    """

    difference_db: Floats
    censored: NDArray[np.bool_]
    band: Ints
    clutter: Ints
    obstructed: Ints
    distance_km: Floats
    mast: Ints

    @property
    def size(self) -> int:
        """Number of pixels."""
        return len(self.difference_db)

    @property
    def class_number(self) -> Ints:
        """Number of the class of each pixel over all bands."""
        return self.band * CLASSES_OF_BAND + self.clutter * len(OBSTRUCTION) + self.obstructed

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Samples:
        """Return some of the pixels, by a mask or by their numbers."""
        columns = {name: getattr(self, name)[chosen] for name in self.__dataclass_fields__}
        return replace(self, **columns)


@dataclass(frozen=True)
class FitRules:
    """Numbers of the fit, from the parameter file `radio/calibration`; spreads are standard deviations in dB."""

    reference_km: float
    class_spread_db: float
    site_spread_db: float
    slope_spread_db: float
    tail_freedom: float


@dataclass(frozen=True, eq=False)
class Fit:
    """Fitted values by number of the band, class and mast, and the scale of the residuals in dB.

    `nearest_km` and `farthest_km` are the distances, by band, between which the slope is known.
    """

    band_db: Floats
    class_db: Floats
    slope_db: Floats
    scale_db: float
    reference_km: float
    nearest_km: Floats
    farthest_km: Floats
    masts: Ints
    mast_db: Floats

    def offsets_db(self, samples: Samples) -> Floats:
        """Return what is added to the level of each pixel."""
        within = np.clip(samples.distance_km, self.nearest_km[samples.band], self.farthest_km[samples.band])
        slope = self.slope_db[samples.band] * np.log10(within / self.reference_km)
        return np.asarray(self.band_db[samples.band] + self.class_db[samples.class_number] + slope)

    def band_offsets(self, band: int) -> BandOffsets:
        """Return the offsets of one band by clutter group and obstruction."""
        classes = self.class_db[band * CLASSES_OF_BAND : (band + 1) * CLASSES_OF_BAND]
        return BandOffsets(
            self.band_db[band] + classes.reshape(len(CLUTTER_GROUPS), len(OBSTRUCTION)),
            float(self.slope_db[band]),
            float(self.nearest_km[band]),
            float(self.farthest_km[band]),
        )


def fit_offsets(samples: Samples, rules: FitRules) -> Fit:
    """Return the most probable offsets; a band, class or slope without pixels has 0."""
    masts, mast_at = np.unique(samples.mast, return_inverse=True)
    nearest, farthest = _distances(samples)
    problem = _Problem(samples, mast_at.astype(np.int64), len(masts), rules, nearest, farthest)
    start = problem.start()
    found = optimize.minimize(
        problem.cost, start, jac=True, method="L-BFGS-B", options={"maxiter": 2000, "maxfun": 4000, "ftol": 1e-12}
    )
    band, classes, slope, mast, scale = problem.split(found.x)
    return Fit(
        band_db=band,
        class_db=classes,
        slope_db=slope,
        scale_db=float(np.exp(scale)),
        reference_km=rules.reference_km,
        nearest_km=nearest,
        farthest_km=farthest,
        masts=masts,
        mast_db=mast,
    )


def _distances(samples: Samples) -> tuple[Floats, Floats]:
    """Return by band the distances that nine tenths of the pixels lie between."""
    nearest, farthest = np.ones(len(GROUPS)), np.ones(len(GROUPS))
    for band in np.unique(samples.band):
        low, high = np.quantile(samples.distance_km[samples.band == band], (0.05, 0.95))
        nearest[band], farthest[band] = float(low), float(high)
    return nearest, farthest


class _Problem:
    """The negative logarithm of the posterior probability and its gradient."""

    def __init__(
        self, samples: Samples, mast: Ints, masts: int, rules: FitRules, nearest: Floats, farthest: Floats
    ) -> None:
        self.samples, self.rules, self.mast = samples, rules, mast
        self.sizes = (len(GROUPS), len(GROUPS) * CLASSES_OF_BAND, len(GROUPS), masts, 1)
        self.class_number = samples.class_number
        within = np.clip(samples.distance_km, nearest[samples.band], farthest[samples.band])
        self.decades = np.log10(within / rules.reference_km)
        self.known = ~samples.censored
        nu = rules.tail_freedom
        self.log_norm = special.gammaln((nu + 1) / 2) - special.gammaln(nu / 2) - 0.5 * np.log(nu * np.pi)

    def start(self) -> Floats:
        """Return a first guess: the median of each band, and no differences."""
        guess = np.zeros(sum(self.sizes))
        difference = self.samples.difference_db
        for band in np.unique(self.samples.band):
            guess[band] = np.median(difference[self.samples.band == band])
        spread = difference - guess[self.samples.band]
        guess[-1] = np.log(max(1.0, 1.4826 * float(np.median(np.abs(spread - np.median(spread))))))
        return guess

    def split(self, values: Floats) -> tuple[Floats, Floats, Floats, Floats, float]:
        """Return bands, classes, slopes, masts and the logarithm of the scale."""
        ends = np.cumsum(self.sizes)
        band, classes, slope, mast, scale = np.split(values, ends[:-1])
        return band, classes, slope, mast, float(scale[0])

    def cost(self, values: Floats) -> tuple[float, Floats]:
        """Return the cost and its gradient."""
        band, classes, slope, mast, log_scale = self.split(values)
        expected = band[self.samples.band] + classes[self.class_number] + mast[self.mast]
        expected += slope[self.samples.band] * self.decades
        scale = np.exp(log_scale)
        z = (self.samples.difference_db - expected) / scale
        cost, by_z, by_scale = self._likelihood(z, log_scale)
        by_expected = -by_z / scale
        gradient = [
            np.bincount(self.samples.band, by_expected, self.sizes[0]),
            np.bincount(self.class_number, by_expected, self.sizes[1]),
            np.bincount(self.samples.band, by_expected * self.decades, self.sizes[2]),
            np.bincount(self.mast, by_expected, self.sizes[3]),
            np.array([by_scale - float(np.sum(by_z * z))]),
        ]
        rules = self.rules
        spreads = (rules.class_spread_db, rules.slope_spread_db, rules.site_spread_db)
        for at, (part, spread) in enumerate(zip((classes, slope, mast), spreads, strict=True), start=1):
            cost += 0.5 * float(np.sum((part / spread) ** 2))
            gradient[at] = gradient[at] + part / spread**2
        return cost, np.concatenate(gradient)

    def _likelihood(self, z: Floats, log_scale: float) -> tuple[float, Floats, float]:
        """Return the cost of the pixels, its derivatives by z, and by the logarithm of the scale at a fixed z."""
        nu, known = self.rules.tail_freedom, self.known
        by_z = np.empty_like(z)
        inner = 1.0 + z[known] ** 2 / nu
        count = int(known.sum())
        cost = float(0.5 * (nu + 1) * np.sum(np.log(inner))) + count * (log_scale - self.log_norm)
        by_z[known] = (nu + 1) * z[known] / (nu * inner)
        limits = z[~known]
        if limits.size:
            below = np.maximum(special.stdtr(nu, limits), 1e-300)
            density = np.exp(self.log_norm - 0.5 * (nu + 1) * np.log1p(limits**2 / nu))
            cost -= float(np.sum(np.log(below)))
            by_z[~known] = -density / below
        return cost, by_z, float(count)
