"""Fits offsets of level to measurements: by network, clutter group and obstruction, with a slope over distance.

A network is a technology of an operator in a band group. For pixel i of network n in band b, class k (clutter and
obstruction) and mast s the measured median level less the predicted one is taken as

    a_b + c_bk + n_n + d_nk + u_s + v_sn + (g_b + h_n) * log10(distance / reference) + e_i

with e_i from Student's distribution (outliers weigh little) and normal priors on all but a_b: what is common to the
networks of a band (a, c, g), how each of them differs from it (n, d, h), what is wrong with a mast for all of its
networks (u: position, terrain) and for one of them alone (v: powers, tilts, feeders). The pixels of a network decide
what it gets; the fewer they are, the nearer it stays to its band. Where a band has one network the two cannot be
told apart, and only their sum is used. A level at or below the floor of the instrument only says "at most this": it
counts with the probability of being below (a censored regression). u and v are no part of the result: a new mast has
none. Where a mast has one network only their sum is known. Without v the few masts that two networks share would tell
how these differ, against all others: what differs between them there could be nothing but their offsets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from geo.radio.correction import OBSTRUCTION, NetworkOffsets
from geo.radio.model import CLUTTER_GROUPS, GROUPS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CLASSES_OF_BAND = len(CLUTTER_GROUPS) * len(OBSTRUCTION)


@dataclass(frozen=True, eq=False)
class Samples:
    """Measured pixels in columns, one entry per pixel.

    `difference_db` is measured less predicted level; where `censored` it is what it can be at most. `band`, `clutter`
    and `obstructed` are numbers in `model.GROUPS`, `CLUTTER_GROUPS` and `OBSTRUCTION`, `mast` any number of the mast,
    `network` one of the network, all of whose pixels are of one band.
    """

    difference_db: Floats
    censored: NDArray[np.bool_]
    band: Ints
    clutter: Ints
    obstructed: Ints
    distance_km: Floats
    mast: Ints
    network: Ints

    @property
    def size(self) -> int:
        """Number of pixels."""
        return len(self.difference_db)

    @property
    def class_number(self) -> Ints:
        """Number of the class of each pixel over all bands."""
        return self.band * CLASSES_OF_BAND + self.class_in_band

    @property
    def class_in_band(self) -> Ints:
        """Number of the class of each pixel within its band."""
        return self.clutter * len(OBSTRUCTION) + self.obstructed

    @property
    def station_number(self) -> Ints:
        """Number of what the network of each pixel has on its mast: one for each pair of mast and network."""
        networks, at = np.unique(self.network, return_inverse=True)
        row = np.unique(self.mast, return_inverse=True)[1]
        return np.asarray(np.unique(row * len(networks) + at, return_inverse=True)[1])

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Samples:
        """Return some of the pixels, by a mask or by their numbers."""
        columns = {name: getattr(self, name)[chosen] for name in self.__dataclass_fields__}
        return replace(self, **columns)


@dataclass(frozen=True)
class FitRules:
    """Numbers of the fit, from the parameter file `radio/calibration`; spreads are standard deviations in dB.

    Those of classes and slopes are about their band, those of networks about what is common to the band. Of the
    variance of `site_spread_db` all networks of a mast share `shared_by_networks`, the rest each has for itself.
    """

    reference_km: float
    class_spread_db: float
    site_spread_db: float
    slope_spread_db: float
    network_spread_db: float
    network_class_spread_db: float
    network_slope_spread_db: float
    tail_freedom: float
    shared_by_networks: float


@dataclass(frozen=True, eq=False)
class Effects:
    """Values of the fit in dB: of each band, of each network less its band, of each mast, of each network on a mast.

    Classes have the shape (bands or networks, classes of a band); slopes are dB per decade of distance.
    """

    band_db: Floats
    class_db: Floats
    slope_db: Floats
    network_db: Floats
    network_class_db: Floats
    network_slope_db: Floats
    mast_db: Floats
    station_db: Floats
    log_scale: float

    @classmethod
    def of(cls, values: Floats, networks: int, masts: int, stations: int) -> Effects:
        """Return the values that stand in a vector of `length`."""
        bands, classes = len(GROUPS), CLASSES_OF_BAND
        sizes = (bands, bands * classes, bands, networks, networks * classes, networks, masts, stations)
        parts = np.split(values, np.cumsum(sizes))
        band, by_class, slope, network, network_class, network_slope, mast, station, scale = parts
        return cls(
            band, by_class.reshape(bands, classes), slope,
            network, network_class.reshape(networks, classes), network_slope, mast, station, float(scale[0]),
        )  # fmt: skip

    @staticmethod
    def length(networks: int, masts: int, stations: int) -> int:
        """Number of values of a fit."""
        return (len(GROUPS) + networks) * (CLASSES_OF_BAND + 2) + masts + stations + 1


@dataclass(frozen=True, eq=False)
class Fit:
    """Fitted values, with the numbers of the networks that they are of.

    `nearest_km` and `farthest_km` are the distances between which the slope is known: of each network, then of each
    band, for networks without pixels. Such a network has what is common to its band.
    """

    effects: Effects
    networks: Ints
    rules: FitRules
    nearest_km: Floats
    farthest_km: Floats

    @property
    def scale_db(self) -> float:
        """Scale of the residuals."""
        return float(np.exp(self.effects.log_scale))

    def decades(self, samples: Samples) -> Floats:
        """Return how far each pixel is beyond the reference distance, in decades, where the slope is known."""
        network = _rows(self.networks, samples)
        within = np.clip(samples.distance_km, self.nearest_km[network], self.farthest_km[network])
        return np.asarray(np.log10(within / self.rules.reference_km))

    def offsets_db(self, samples: Samples) -> Floats:
        """Return what is added to the level of each pixel."""
        found, classes = self.effects, samples.class_in_band
        network = _rows(self.networks, samples)
        shared = found.band_db[samples.band] + found.class_db[samples.band, classes]
        # A network without pixels has no effect of its own.
        own, own_class, own_slope = (
            np.concatenate([each, np.zeros((len(GROUPS), *each.shape[1:]))])
            for each in (found.network_db, found.network_class_db, found.network_slope_db)
        )
        slope = (found.slope_db[samples.band] + own_slope[network]) * self.decades(samples)
        return np.asarray(shared + own[network] + own_class[network, classes] + slope)

    def shared_offsets(self, band: int) -> NetworkOffsets:
        """Return what is common to the networks of a band, by clutter group and obstruction."""
        at = len(self.networks) + band
        return self._offsets(at, self.effects.class_db[band] + self.effects.band_db[band], self.effects.slope_db[band])

    def network_offsets(self, network: int, band: int) -> NetworkOffsets:
        """Return what is added in a network that has pixels, all of them in one band."""
        at, found = int(np.searchsorted(self.networks, network)), self.effects
        table = found.band_db[band] + found.class_db[band] + found.network_db[at] + found.network_class_db[at]
        return self._offsets(at, table, found.slope_db[band] + found.network_slope_db[at])

    def _offsets(self, at: int, table: Floats, slope_db: float) -> NetworkOffsets:
        by_class = table.reshape(len(CLUTTER_GROUPS), len(OBSTRUCTION))
        return NetworkOffsets(by_class, float(slope_db), float(self.nearest_km[at]), float(self.farthest_km[at]))


def fit_offsets(samples: Samples, rules: FitRules) -> Fit:
    """Return the most probable offsets; a band, class, slope or network without pixels has 0."""
    networks = np.unique(samples.network)
    nearest, farthest = _distances(samples, networks)
    problem = _Problem(samples, networks, rules, nearest, farthest)
    start = problem.start()
    unit = problem.units(start)

    def cost(values: Floats) -> tuple[float, Floats]:
        found, gradient = problem.cost(values * unit)
        return found, gradient * unit

    found = optimize.minimize(
        cost, start / unit, jac=True, method="L-BFGS-B", options={"maxiter": 2000, "maxfun": 4000, "ftol": 1e-12}
    )
    return Fit(
        effects=Effects.of(found.x * unit, *problem.sizes),
        networks=networks,
        rules=rules,
        nearest_km=nearest,
        farthest_km=farthest,
    )


def _rows(networks: Ints, samples: Samples) -> Ints:
    """Return the place of the network of each pixel; one that is not among them comes after all, by its band."""
    at = np.minimum(np.searchsorted(networks, samples.network), len(networks) - 1)
    return np.asarray(np.where(networks[at] == samples.network, at, len(networks) + samples.band))


def _distances(samples: Samples, networks: Ints) -> tuple[Floats, Floats]:
    """Return by network, and then by band, the distances that nine tenths of the pixels lie between."""
    nearest, farthest = np.ones((2, len(networks) + len(GROUPS)))
    for rows in (_rows(networks, samples), len(networks) + samples.band):
        for row in np.unique(rows):
            low, high = np.quantile(samples.distance_km[rows == row], (0.05, 0.95))
            nearest[row], farthest[row] = float(low), float(high)
    return nearest, farthest


class _Problem:
    """The negative logarithm of the posterior probability and its gradient."""

    def __init__(self, samples: Samples, networks: Ints, rules: FitRules, nearest: Floats, farthest: Floats) -> None:
        self.samples, self.rules = samples, rules
        self.classes, self.class_number = samples.class_in_band, samples.class_number
        self.network = np.searchsorted(networks, samples.network)
        masts, self.mast = np.unique(samples.mast, return_inverse=True)
        self.station = samples.station_number
        self.sizes = len(networks), len(masts), int(self.station.max(initial=-1)) + 1
        self.network_class = self.network * CLASSES_OF_BAND + self.classes
        within = np.clip(samples.distance_km, nearest[self.network], farthest[self.network])
        self.decades = np.log10(within / rules.reference_km)
        self.known = ~samples.censored
        nu = rules.tail_freedom
        self.log_norm = special.gammaln((nu + 1) / 2) - special.gammaln(nu / 2) - 0.5 * np.log(nu * np.pi)

    def start(self) -> Floats:
        """Return a first guess: the median of each band, and no differences."""
        guess = np.zeros(Effects.length(*self.sizes))
        difference = self.samples.difference_db
        for band in np.unique(self.samples.band):
            guess[band] = np.median(difference[self.samples.band == band])
        spread = difference - guess[self.samples.band]
        guess[-1] = np.log(max(1.0, 1.4826 * float(np.median(np.abs(spread - np.median(spread))))))
        return guess

    def units(self, start: Floats) -> Floats:
        """Return about how sure each value is, dB: in these units the search needs half as many steps."""
        pixels = np.concatenate([*self._by_effect(np.ones(self.samples.size)), [float(self.samples.size)]])
        held = np.concatenate(
            [np.zeros(len(GROUPS)), *self._priors(Effects.of(np.ones_like(start), *self.sizes)), [1.0]]
        )
        scale = np.full(len(start), np.exp(start[-1]))
        scale[-1] = 1.0
        return np.asarray(1.0 / np.sqrt(np.abs(pixels) / scale**2 + held + 1e-6))

    def cost(self, values: Floats) -> tuple[float, Floats]:
        """Return the cost and its gradient."""
        found, band, network = Effects.of(values, *self.sizes), self.samples.band, self.network
        expected = found.band_db[band] + found.class_db[band, self.classes]
        expected += found.mast_db[self.mast] + found.station_db[self.station]
        expected += found.network_db[network] + found.network_class_db[network, self.classes]
        expected += (found.slope_db[band] + found.network_slope_db[network]) * self.decades
        scale = np.exp(found.log_scale)
        z = (self.samples.difference_db - expected) / scale
        cost, by_z, by_scale = self._likelihood(z, found.log_scale)
        parts = [*self._by_effect(-by_z / scale), np.array([by_scale - float(np.sum(by_z * z))])]
        gradient = np.concatenate([np.zeros(len(GROUPS)), *self._priors(found), np.zeros(1)])
        cost += 0.5 * float(np.sum(gradient * values))
        return cost, gradient + np.concatenate(parts)

    def _by_effect(self, by_expected: Floats) -> Iterator[Floats]:
        """Yield the derivatives by the values, from those by what is expected of each pixel."""
        bands, (networks, masts, stations), by_decades = len(GROUPS), self.sizes, by_expected * self.decades
        for number, weights, count in (
            (self.samples.band, by_expected, bands),
            (self.class_number, by_expected, bands * CLASSES_OF_BAND),
            (self.samples.band, by_decades, bands),
            (self.network, by_expected, networks),
            (self.network_class, by_expected, networks * CLASSES_OF_BAND),
            (self.network, by_decades, networks),
            (self.mast, by_expected, masts),
            (self.station, by_expected, stations),
        ):
            yield np.bincount(number, weights, count).astype(np.float64)

    def _priors(self, found: Effects) -> Iterator[Floats]:
        """Yield the derivatives of the priors; half of their product with the values is the cost."""
        rules, shared = self.rules, self.rules.shared_by_networks
        for part, spread in (
            (found.class_db, rules.class_spread_db),
            (found.slope_db, rules.slope_spread_db),
            (found.network_db, rules.network_spread_db),
            (found.network_class_db, rules.network_class_spread_db),
            (found.network_slope_db, rules.network_slope_spread_db),
            (found.mast_db, rules.site_spread_db * np.sqrt(shared)),
            (found.station_db, rules.site_spread_db * np.sqrt(1.0 - shared)),
        ):
            yield part.reshape(-1) / spread**2

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
