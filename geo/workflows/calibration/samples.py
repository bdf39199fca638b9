"""Measured places beside what the model says there: the samples of a fit, and the levels that its rates are told of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.radio.calibration import Fit, Samples
from geo.radio.choice import choice_gain_db
from geo.radio.correction import ClassRule, Network, NetworkOffsets, make_band
from geo.radio.kernels.correction import is_obstructed
from geo.radio.link_budget import ResolvedCell
from geo.radio.model import CLUTTER_GROUPS, GROUPS, RadioModel
from geo.workflows.calibration.measured import Groups, MeasuredPlaces
from geo.workflows.calibration.serving import MASTS_KEPT, Candidates

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class SampleRules:
    """How a measurement is taken; levels in dBm by technology."""

    classes: ClassRule
    censored_below_dbm: Mapping[str, float]
    judged_above_floor_db: float


@dataclass(frozen=True, eq=False)
class RatedPlaces:
    """Every measured level of a known network, also where the model says nothing or too little for a fit.

    `mast` is that of the strongest predicted cell (-1 none). The levels are by place and mast in reach: at the median,
    and at the share of locations that an assessment decides with; `percents` names both. `paths` are the classes of all
    of them, place after place.
    """

    measured_dbm: Floats
    technology: NDArray[np.str_]
    mast: Ints
    paths: Samples
    levels_dbm: tuple[Floats, Floats]
    percents: tuple[float, float]

    def predicted_dbm(self, at: int, fits: Sequence[Fit], number: Ints, corrected: Flags) -> Floats:
        """Return the strongest level of each place after the offsets of one fit each; without `fits` as it is.

        Only the paths that are `corrected` get offsets, as in an assessment.
        """
        levels = self.levels_dbm[at]
        if fits:
            offsets = np.stack([(fit.offsets_db(self.paths) * corrected).reshape(levels.shape) for fit in fits])
            levels = levels + offsets[number, np.arange(len(levels))]
        return np.asarray(levels.max(axis=1))


@dataclass(frozen=True, eq=False)
class MeasuredSamples:
    """Samples with what only the report needs: the networks by number, and which samples count as judged.

    A sample is what was measured of one network on one pixel, over paths of one class from one mast. `gain_db` is what
    was taken off each because the strongest of several cells was measured, `named` tells which named their cell;
    `left_out` counts places by reason, `left_out_of` the same by technology and operator (None: not known).
    """

    samples: Samples
    networks: Sequence[Network]
    judged: Flags
    gain_db: Floats
    named: Flags
    rows: int
    left_out: Mapping[str, int]
    left_out_of: Mapping[tuple[str, str | None], Mapping[str, int]]

    def take(self, chosen: Flags, reason: str) -> MeasuredSamples:
        """Return some of the samples; the others are left out for a reason."""
        others = int((~chosen).sum())
        return replace(
            self,
            samples=self.samples.take(chosen),
            judged=self.judged[chosen],
            gain_db=self.gain_db[chosen],
            named=self.named[chosen],
            left_out={**self.left_out, **({reason: others} if others else {})},
        )


@dataclass(frozen=True, eq=False)
class PredictedPlaces:
    """Measured places with the paths from every cell that can be meant there.

    `paths` are in the order of `found`, place after place; `networks` are those that their numbers mean; `of_network`
    are the places in the list of cells by what measurements say that they are of, `operators` whose cells these are.
    """

    places: MeasuredPlaces
    found: Candidates
    paths: Samples
    networks: Sequence[Network]
    of_network: Sequence[Ints]
    operators: Sequence[str | None]
    rules: SampleRules

    def samples(self, fit: Fit | None = None, *, apart_db: float = 0.0) -> MeasuredSamples:
        """Return the samples for a fit, or for the next one after `fit`.

        A place that names a cell is compared with that cell, any other with the strongest of its operator, after the
        offsets of `fit`. Of `apart_db`, the error by which masts differ at one place, follows how much stronger the
        strongest of several is than the one that was predicted so. The class of a path is decided by the loss of an
        assessment, as it will be when the offsets are used; the offset itself is the difference of medians. Places
        that are weak after the offsets of `fit` are left out: only lucky values are recorded there.
        """
        places, found, rules = self.places, self.found, self.rules
        _, floor, is_loss, unknown = self._of_networks()
        median = found.median_dbm
        corrected = median if fit is None else median + fit.offsets_db(self.paths).reshape(median.shape)
        at = np.arange(places.size), corrected.argmax(axis=1)
        gain = choice_gain_db(corrected, apart_db)
        reached = found.cell[at] >= 0
        weak = reached & (corrected[at] < floor)
        kept = np.flatnonzero(reached & ~weak)
        censored = ~is_loss & (places.value <= floor)
        with np.errstate(invalid="ignore"):
            by_level = np.where(censored, floor, places.value) - median[at] - gain
        each = replace(
            self.paths.take(np.arange(places.size) * MASTS_KEPT + at[1]),
            difference_db=np.where(is_loss, found.median_loss_db[at] - places.value, by_level),
            censored=censored,
        ).take(kept)
        groups = Groups.of(places.pixel[kept], places.network[kept], each.mast, each.class_number)
        judged = is_loss | (corrected[at] >= floor + rules.judged_above_floor_db)
        reasons = {
            "cell_not_in_list": unknown,
            "no_cell_in_reach": ~reached & ~unknown,
            "predicted_below_floor": weak,
        }
        return MeasuredSamples(
            samples=_grouped(each, groups),
            networks=self.networks,
            judged=groups.total(judged[kept]) == groups.counts,
            gain_db=groups.median(np.where(is_loss, 0.0, gain)[kept]),
            named=np.array([one.cell_code is not None for one in places.networks], dtype=bool)[
                places.network[kept][groups.first]
            ],
            rows=int(places.rows[kept].sum()),
            left_out={reason: int(places.sum()) for reason, places in reasons.items() if places.any()},
            left_out_of=self._by_operator(reasons),
        )

    def _by_operator(self, reasons: Mapping[str, Flags]) -> Mapping[tuple[str, str | None], Mapping[str, int]]:
        """Return how many places of each technology and operator are left out, by reason."""
        found: dict[tuple[str, str | None], Counter[str]] = defaultdict(Counter)
        for reason, chosen in reasons.items():
            counts = np.bincount(self.places.network[chosen], minlength=len(self.operators))
            for number in np.flatnonzero(counts).tolist():
                of = self.places.networks[number].technology, self.operators[number]
                found[of][reason] += int(counts[number])
        return found

    def rated(self, percents: tuple[float, float]) -> RatedPlaces:
        """Return every level of a known network beside what is predicted."""
        technology, _, is_loss, unknown = self._of_networks()
        chosen = ~is_loss & ~unknown
        paths = self.paths.take(np.flatnonzero(np.repeat(chosen, MASTS_KEPT)))
        return RatedPlaces(
            measured_dbm=self.places.value[chosen],
            technology=technology[chosen],
            mast=paths.mast[::MASTS_KEPT],
            paths=paths,
            levels_dbm=(self.found.median_dbm[chosen], self.found.level_dbm[chosen]),
            percents=percents,
        )

    def _of_networks(self) -> tuple[NDArray[np.str_], Floats, Flags, Flags]:
        """Return by place its technology and floor, whether it is a path loss, and whether no cell can be meant."""
        networks, number = self.places.networks, self.places.network

        def spread(values: Sequence[Any], kind: type[Any]) -> NDArray[Any]:
            return np.array(values, dtype=kind)[number]

        return (
            spread([one.technology for one in networks], np.str_),
            spread([self.rules.censored_below_dbm[one.technology] for one in networks], np.float64),
            spread([one.is_loss for one in networks], np.bool_),
            spread([len(chosen) == 0 for chosen in self.of_network], np.bool_),
        )


def path_samples(
    found: Candidates, cells: Sequence[ResolvedCell], model: RadioModel, classes: ClassRule
) -> tuple[Samples, tuple[Network, ...]]:
    """Return all paths, place after place, with their class and no difference, and the networks by their number.

    Mast and network are -1 where there is no cell.
    """
    flat = Candidates(**{each.name: getattr(found, each.name).reshape(-1) for each in fields(found)})
    # One more, so that "no cell" (-1) has a frequency and a mast.
    frequency = np.array([*(cell.frequency_mhz for cell in cells), np.nan])[flat.cell]
    band, obstructed = np.zeros(len(frequency), np.int64), np.zeros(len(frequency), np.int64)
    nothing = NetworkOffsets(np.zeros((len(CLUTTER_GROUPS), 2)), 0.0, 1.0, 1.0)
    of_cell = [(str(cell.technology), cell.operator_code, model.group_of(cell.frequency_mhz)) for cell in cells]
    networks = tuple(sorted(set(of_cell)))
    number = {network: at for at, network in enumerate(networks)}
    for each in np.unique(frequency[~np.isnan(frequency)]).tolist():
        at, limits = np.flatnonzero(frequency == each), make_band(classes, nothing, each)
        band[at] = GROUPS.index(model.group_of(each))
        obstructed[at] = [is_obstructed(float(flat.loss_db[i]), float(flat.distance_km[i]), limits) for i in at]
    paths = Samples(
        difference_db=np.zeros(len(frequency)),
        censored=np.zeros(len(frequency), dtype=bool),
        band=band,
        clutter=flat.group,
        obstructed=obstructed,
        distance_km=np.maximum(flat.distance_km, classes.shortest_km),
        mast=np.array([*(cell.mast_id for cell in cells), -1], dtype=np.int64)[flat.cell],
        network=np.array([*(number[each] for each in of_cell), -1], dtype=np.int64)[flat.cell],
    )
    return paths, networks


def _grouped(each: Samples, groups: Groups) -> Samples:
    """Return the medians of the places of each group; it counts as censored when at least half of them are."""
    return replace(
        each.take(groups.first),
        difference_db=groups.median(each.difference_db),
        censored=2 * groups.total(each.censored) >= groups.counts,
        distance_km=groups.median(each.distance_km),
    )
