"""How well a calibration finds known offsets where networks share masts, and whether its intervals hold them.

python -m benchmarks.shared_masts [--worlds 100] [--cases 1,2] [--quick]

Made-up worlds of two operators whose levels are off by known amounts. Each mast is off by an error of its own, which
networks that share the mast have in common, or each for itself, or in part. `tests/unit/radio/test_shared_masts.py`
asks the same of a few worlds. `--quick` leaves the intervals out, which take six fits instead of one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.radio.calibration import FitRules, Samples, fit_offsets
from geo.radio.crossvalidation import class_errors_db, cross_validate, spread_of_network
from geo.radio.uncertainty import few_masts_factor

Floats = NDArray[np.float64]
RULES = FitRules(
    reference_km=3.0, class_spread_db=6.0, site_spread_db=5.0, slope_spread_db=10.0, network_spread_db=10.0,
    network_class_spread_db=4.0, network_slope_spread_db=5.0, tail_freedom=4.0, shared_by_networks=0.5,
)  # fmt: skip
# What is added in line of sight and behind obstacles, by operator.
TRUTH_DB = ((3.0, -4.0), (-6.0, 2.0))
NOISE_DB, OBSTRUCTED = 3.0, 0.3
# Distances lie evenly on a logarithmic scale between these.
NEAREST_KM, FARTHEST_KM = 0.4, 6.3
NORMAL_90 = 1.645


@dataclass(frozen=True)
class Case:
    """Masts of each operator, how many of them it shares with the other, and pixels of each network on each mast.

    Masts are off by `mast_db`; `common` is the share of its variance that operators have in common where they share
    one. `bands` networks of an operator have its whole error in common.
    """

    masts: tuple[int, int]
    shared: int
    pixels: int
    mast_db: float
    common: float
    bands: int = 1


CASES = (
    Case((40, 40), 0, 26, 1.0, 0.0),
    Case((40, 40), 2, 26, 1.0, 0.0),
    Case((40, 40), 4, 26, 2.0, 0.0),
    Case((40, 40), 10, 26, 2.0, 0.5),
    Case((25, 25), 0, 20, 3.0, 0.0),
    Case((25, 25), 3, 20, 3.0, 0.0),
    Case((25, 25), 3, 20, 3.0, 1.0),
    Case((25, 25), 25, 20, 3.0, 0.0),
    Case((25, 25), 25, 20, 3.0, 1.0),
    Case((25, 25), 3, 20, 3.0, 0.0, bands=2),
    Case((40, 5), 5, 30, 3.0, 0.0),
    Case((40, 5), 5, 30, 3.0, 1.0),
    Case((60, 20), 20, 20, 3.0, 0.0),
    Case((60, 20), 20, 20, 3.0, 1.0),
)


@dataclass(frozen=True)
class World:
    """Measured pixels, and the mean over the masts of each operator by which they are off."""

    samples: Samples
    drawn_db: tuple[float, float]


def draw(random: np.random.Generator, case: Case) -> World:
    """Return a world; networks are numbered by operator, then by band (the middle one first)."""
    total = sum(case.masts)
    shared_db = random.normal(0.0, case.mast_db * np.sqrt(case.common), total)
    parts: list[tuple[NDArray[np.generic], ...]] = []
    drawn = []
    for operator, count in enumerate(case.masts):
        masts = np.arange(count)
        # The first masts of both operators are the same ones.
        masts = np.where(masts < case.shared, masts, masts + operator * case.masts[0])
        error = shared_db[masts] + random.normal(0.0, case.mast_db * np.sqrt(1.0 - case.common), count)
        drawn.append(float(error.mean()))
        for band in range(case.bands):
            at = np.repeat(np.arange(count), case.pixels)
            path = (random.random(at.size) < OBSTRUCTED).astype(np.int64)
            difference = np.array(TRUTH_DB[operator])[path] + error[at] + random.normal(0.0, NOISE_DB, at.size)
            distance = np.exp(random.uniform(np.log(NEAREST_KM), np.log(FARTHEST_KM), at.size))
            nothing = np.zeros(at.size, dtype=np.int64)
            about = (nothing.astype(bool), nothing + 1 + band, nothing, path, distance)
            parts.append((difference, *about, masts[at], nothing + operator * case.bands + band))
    samples = Samples(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    return World(samples, (drawn[0], drawn[1]))


def missed_db(world: World, case: Case) -> Floats:
    """Return found less true offsets by operator and path, at the reference distance as a document states them."""
    fit = fit_offsets(world.samples, RULES)
    return np.array([fit.network_offsets(number * case.bands, 1).offset_db[0] for number in (0, 1)]) - TRUTH_DB


def half_intervals_db(world: World, case: Case) -> Floats:
    """Return by operator and path how far the stated interval of 90 % reaches to either side."""
    samples = world.samples
    left, judged = cross_validate(samples, RULES, folds=5).left_db, np.ones(samples.size, dtype=bool)
    fit = fit_offsets(samples, RULES)
    half = np.empty((2, 2))
    for operator, masts in enumerate(case.masts):
        number = operator * case.bands
        spread = spread_of_network(samples, left, judged, number)
        error = class_errors_db(samples, spread, number, fit=fit)[0]
        half[operator] = NORMAL_90 * few_masts_factor(masts, 0.9) * error
    return half


def possible_db(case: Case) -> Floats:
    """Return by operator and path the standard error of offsets that are told by the masts of the operator alone.

    With that of the slope, from the middle of the distances to the reference distance.
    """
    pixels = case.pixels * np.array([1.0 - OBSTRUCTED, OBSTRUCTED])
    reach = np.log10(FARTHEST_KM / NEAREST_KM)
    away = np.log10(np.sqrt(NEAREST_KM * FARTHEST_KM) / RULES.reference_km) / (reach / np.sqrt(12.0))
    at_masts = case.mast_db**2 + NOISE_DB**2 / pixels + (NOISE_DB * away) ** 2 / case.pixels
    return np.array([np.sqrt(at_masts / masts) for masts in case.masts])


def main() -> int:
    """Print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--worlds", type=int, default=100)
    parser.add_argument("--cases", type=lambda text: [int(part) for part in text.split(",")], help="numbers, from 1")
    parser.add_argument("--quick", action="store_true", help="without intervals")
    asked = parser.parse_args()
    print(
        "| case | masts | shared | masts off by (dB) | in common | possible (dB) | off by (rms, dB) | in the interval |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for number in asked.cases or range(1, len(CASES) + 1):
        print(_line(number, CASES[number - 1], asked.worlds, intervals=not asked.quick), flush=True)
    return 0


def _line(number: int, case: Case, worlds: int, *, intervals: bool) -> str:
    random = np.random.default_rng(number)
    missed, inside = [], []
    for _ in range(worlds):
        world = draw(random, case)
        missed.append(missed_db(world, case))
        if intervals:
            inside.append(np.abs(missed[-1]) <= half_intervals_db(world, case))
    rms = np.sqrt(np.mean(np.square(missed), axis=(0, 2)))
    possible = np.sqrt(np.mean(np.square(possible_db(case)), axis=1))
    share = " / ".join(f"{value:.0%}" for value in np.mean(inside, axis=(0, 2))) if intervals else "–"
    bands = "" if case.bands == 1 else f", {case.bands} bands"
    cells = (number, f"{case.masts[0]} + {case.masts[1]}{bands}", case.shared, case.mast_db, f"{case.common:.0%}")
    return f"| {' | '.join(map(str, cells))} | {_pair(possible)} | {_pair(rms)} | {share} |"


def _pair(values: Sequence[float] | Floats) -> str:
    return " / ".join(f"{value:.2f}" for value in values)


if __name__ == "__main__":
    sys.exit(main())
