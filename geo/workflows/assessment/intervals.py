"""Intervals of shares: between which the truth lies in nine of ten cases, if the model is wrong by as much as assumed.

What is covered in truth differs from what is predicted in two ways. Errors that differ from mast to mast and from place
to place average out, but not to nothing: of two places, one 3 dB above a threshold and one 9 dB below, more than half
may be covered. So each place counts with the probability that it is covered (`spread`). Errors that are common to many
places do not average out: all levels are moved by them, down and up, and the shares that they then give are the ends.
Over the whole territory the part of the masts averages out further: the moves of the communes are added where they have
one cause, and in quadrature where they do not. Where people and villages are counted at points, the chance of single
places is added, in quadrature too.

Nobody knows how far errors of several operators go together at one place, nor those of the points of a village. Ends
are taken of both extremes, the same and independent, and the outer ones count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.domain.sites import ANY_OPERATOR
from geo.workflows.assessment.inputs import Inputs
from geo.workflows.assessment.network_errors import errors_of
from geo.workflows.assessment.spread import LevelErrors, reaching
from geo.workflows.assessment.tile_counts import Kind, kinds_of

Floats = NDArray[np.float64]
# Low and high end as shares, each (units and two more, tiers): communes, in no commune, everything.
Ends = tuple[Floats, Floats]


@dataclass(frozen=True, eq=False)
class Expected:
    """What is expected of one thing: by kind, unit, common error and level of the grid, under each assumption.

    `total` is all of it by unit. `alone` is the variance that single places add, by kind, unit and tier; None where
    they average out.
    """

    assumptions: tuple[NDArray[np.floating], ...]
    total: Floats
    alone: Floats | None = None


@dataclass(frozen=True, eq=False)
class EndMaker:
    """Makes both ends of shares from what is expected."""

    inputs: Inputs

    def of(self, technology: str, expected: Mapping[str, Expected]) -> dict[str, Mapping[Kind, Ends]]:
        """Return both ends of each thing by kind (operator, number of operators)."""
        return {name: self._of(technology, each) for name, each in expected.items()}

    def tiers_dbm(self, technology: str) -> Floats:
        """Return the levels of all tiers."""
        rule = self.inputs.rule
        return np.array([rule.threshold_dbm(technology, tier) for tier in rule.tiers_dbm])

    @cached_property
    def errors(self) -> LevelErrors:
        """How wrong levels are taken to be."""
        return errors_of(self.inputs)

    @cached_property
    def _masts(self) -> Mapping[tuple[str, str], Floats]:
        """Masts that stand in each commune, at least 1, by technology and operator or any; 1 in no commune."""
        cells, communes = self.inputs.cells, self.inputs.communes
        place = {cell.mast_id: (cell.lon, cell.lat) for cell in cells}
        tree = shapely.STRtree(shapely.points(np.array(list(place.values())).reshape(-1, 2)))
        commune, inside = tree.query([commune.geometry for commune in communes], predicate="contains")
        ids = list(place)
        of_mast = {ids[at]: number for at, number in zip(inside.tolist(), commune.tolist(), strict=True)}
        standing: dict[tuple[str, str], set[int]] = {}
        for technology, code, mast in {(str(cell.technology), cell.operator_code, cell.mast_id) for cell in cells}:
            for operator in (code, ANY_OPERATOR):
                standing.setdefault((technology, operator), set()).add(mast)
        counts: dict[tuple[str, str], Floats] = {}
        for technology in self.inputs.technologies:
            for operator in (*self.inputs.operators, ANY_OPERATOR):
                numbers = [of_mast[mast] for mast in standing.get((technology, operator), ()) if mast in of_mast]
                count = np.bincount(np.array(numbers, dtype=np.int64), minlength=len(communes) + 1)
                counts[technology, operator] = np.maximum(count.astype(np.float64), 1.0)
        return counts

    def _of(self, technology: str, expected: Expected) -> Mapping[Kind, Ends]:
        at, reach = self.inputs.technologies.index(technology), self.inputs.errors.reach
        kinds = kinds_of(self.inputs.operators)
        common = common_errors(self.errors, np.stack([self._masts[technology, operator] for operator, _ in kinds]))
        both = ends_of(
            np.stack(expected.assumptions),
            self.errors.first[at],
            self.tiers_dbm(technology),
            common.scaled(reach),
            expected.total,
            _alone(expected, reach),
        )
        ends = ordered(both[0].min(axis=0), both[1].max(axis=0))
        return dict(zip(kinds, zip(*ends, strict=True), strict=True))


@dataclass(frozen=True, eq=False)
class CommonErrors:
    """What does not average out over a unit, (..., units, common errors): dB, and how much of it all units share."""

    move_db: Floats
    shared: Floats

    def scaled(self, reach: float) -> CommonErrors:
        """Return so many standard deviations of it."""
        return CommonErrors(reach * self.move_db, self.shared)


def common_errors(errors: LevelErrors, masts: Floats) -> CommonErrors:
    """Return what does not average out over units that so many masts serve, (..., units)."""
    common = np.sqrt(errors.bias_db**2 + errors.site_db**2 / np.maximum(masts, 1.0)[..., np.newaxis])
    bias = np.broadcast_to(errors.bias_db, common.shape)
    return CommonErrors(common, np.divide(bias, common, out=np.zeros_like(common), where=common > 0.0))


def ends_of(
    expected: NDArray[np.floating], first: int, tiers: Floats, common: CommonErrors, total: Floats, alone: Floats
) -> Ends:
    """Return both ends of the shares at each tier, by unit and, last, of everything.

    `expected` is (..., units, common errors, grid), its grid begins at `first` (tenths of dBm); `alone` is what single
    places add, (..., units and everything, tiers). `common` may have fewer of the axes before the units.
    """
    middle = _by_error(expected, first, tiers, 0.0 * common.move_db)
    whole = total / max(float(total.sum()), 1e-9)
    share = middle.sum(axis=-2) / np.maximum(total, 1e-9)[:, np.newaxis]
    shares = np.concatenate([share, (whole[:, np.newaxis] * share).sum(axis=-2, keepdims=True)], axis=-2)
    ends = []
    for sign in (1.0, -1.0):
        moved = sign * (middle - _by_error(expected, first, tiers, sign * common.move_db))
        changed = moved.sum(axis=-2)
        together = (moved * common.shared[..., np.newaxis]).sum(axis=-2)
        shared = np.divide(together, changed, out=np.zeros_like(changed), where=changed > 0.0)
        widths = half_widths(changed / np.maximum(total, 1e-9)[:, np.newaxis], shared, total, alone)
        ends.append(shares - sign * widths)
    return ends[0], ends[1]


def _by_error(expected: NDArray[np.floating], first: int, tiers: Floats, moved_db: Floats) -> Floats:
    """Return what reaches tiers raised by `moved_db` (..., units, common errors): (..., common errors, tiers)."""
    asked = np.broadcast_to(tiers + moved_db[..., np.newaxis], (*expected.shape[:-1], len(tiers)))
    found = reaching(expected.reshape(-1, expected.shape[-1]), first, asked.reshape(-1, len(tiers)))
    return found.reshape(asked.shape)


def ordered(low: Floats, high: Floats) -> Ends:
    """Return ends within 0 and 1 that do not rise with the tier: an easier tier has at least what a harder one has."""
    falling = np.minimum.accumulate(np.clip(low, 0.0, 1.0), axis=-1)
    rising = np.maximum.accumulate(np.clip(high, 0.0, 1.0)[..., ::-1], axis=-1)[..., ::-1]
    return falling, rising


def half_widths(moved: Floats, shared: Floats, total: Floats, alone: Floats) -> Floats:
    """Return the distance from a share to an end of its interval, by unit and, last, for everything.

    `moved` (..., units, tiers) is what moving the levels of a unit changes, `shared` (..., units, tiers) how much of
    that has one cause for all units, `alone` what single places add.
    """
    weight = (total / max(float(total.sum()), 1e-9))[:, np.newaxis]
    together = (weight * moved * shared).sum(axis=-2, keepdims=True)
    apart = ((weight * moved) ** 2 * (1.0 - shared**2)).sum(axis=-2, keepdims=True)
    whole = np.sqrt(together**2 + apart)
    return np.asarray(np.sqrt(np.concatenate([moved, whole], axis=-2) ** 2 + alone**2))


def _alone(expected: Expected, reach: float) -> Floats:
    if expected.alone is None:
        return np.zeros((1, 1))
    both = np.concatenate([expected.alone, expected.alone.sum(axis=1, keepdims=True)], axis=1)
    total = np.maximum(np.append(expected.total, expected.total.sum()), 1e-9)[:, np.newaxis]
    return np.asarray(reach * np.sqrt(both) / total)
