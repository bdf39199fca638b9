"""Known offsets come back where networks share masts, and the stated intervals hold them: few worlds, fixed seeds.

`python -m benchmarks.shared_masts` asks the same of more worlds and more cases (docs/explanation/calibration.md).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.shared_masts import NOISE_DB, RULES, TRUTH_DB, Case, draw, half_intervals_db, missed_db, possible_db
from geo.parameters.loader import load_parameters
from geo.radio.calibration import fit_offsets
from geo.radio.crossvalidation import error_spread

# Two operators that share a few masts by chance, each off there by an error of its own.
FEW_SHARED = Case((40, 40), 4, 26, 2.0, 0.0)
SMALL_ON_LARGE = Case((40, 5), 5, 30, 3.0, 1.0)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    "case", [Case((40, 40), 4, 60, 2.0, 0.0), Case((40, 40), 2, 60, 1.0, 0.0), Case((40, 40), 4, 60, 2.0, 0.0, bands=2)]
)
def test_known_offsets_are_recovered_within_half_a_db_where_a_few_masts_are_shared(case: Case, seed: int) -> None:
    world = draw(np.random.default_rng(seed), case)
    # How far the masts of an operator are off on average is in its offsets, and nobody could tell it apart.
    missed = missed_db(world, case) - np.array(world.drawn_db)[:, np.newaxis]
    assert np.abs(missed).max() < 0.5


def test_one_error_for_all_networks_of_a_mast_would_miss_them() -> None:
    # What the fit took for granted before: the four shared masts then tell how the operators differ.
    random, missed = np.random.default_rng(1), []
    for _ in range(6):
        world = draw(random, FEW_SHARED)
        fits = (fit_offsets(world.samples, replace(RULES, shared_by_networks=share)) for share in (0.5, 0.9999))
        offsets = [[fit.network_offsets(operator, 1).offset_db[0] for operator in (0, 1)] for fit in fits]
        missed.append(np.array(offsets) - TRUTH_DB - np.array(world.drawn_db)[:, np.newaxis])
    apart, together = np.sqrt(np.mean(np.square(missed), axis=(0, 2, 3)))
    assert apart < 0.25
    assert together > 0.5


@pytest.mark.parametrize(
    "case",
    [
        FEW_SHARED,
        Case((25, 25), 3, 20, 3.0, 0.0),
        Case((25, 25), 3, 20, 3.0, 1.0),
        Case((25, 25), 25, 20, 3.0, 0.5),
        Case((25, 25), 3, 20, 3.0, 0.0, bands=2),
    ],
)
def test_intervals_hold_the_truth_whatever_is_shared(case: Case) -> None:
    random, missed, inside = np.random.default_rng(4), [], []
    for _ in range(12):
        world = draw(random, case)
        missed.append(missed_db(world, case))
        inside.append(np.abs(missed[-1]) <= half_intervals_db(world, case))
    # 90 % are stated; of 24 operators two or three may be outside, some more by chance.
    assert np.mean(inside) >= 0.75
    assert np.sqrt(np.mean(np.square(missed))) < 1.3 * np.sqrt(np.mean(np.square(possible_db(case))))


def test_a_small_network_learns_from_a_large_one_where_masts_are_off_for_both() -> None:
    # Five masts that are off by 3 dB alone would miss by 1.4 dB.
    random = np.random.default_rng(5)
    missed = [missed_db(draw(random, SMALL_ON_LARGE), SMALL_ON_LARGE)[1] for _ in range(25)]
    assert np.sqrt(np.mean(np.square(missed))) < 0.75 * np.sqrt(np.mean(np.square(possible_db(SMALL_ON_LARGE)[1])))


def test_masts_that_nobody_shares_do_not_feel_what_is_shared() -> None:
    case = Case((12, 12), 0, 26, 2.0, 0.0)
    world = draw(np.random.default_rng(6), case)
    found = [
        fit_offsets(world.samples, replace(RULES, shared_by_networks=share)).network_offsets(network, 1).offset_db[0]
        for share in (0.2, 0.8)
        for network in (0, 1)
    ]
    np.testing.assert_allclose(found[:2], found[2:], atol=1e-3)


def test_an_error_of_one_network_at_a_mast_is_no_error_of_places() -> None:
    # All masts are shared and each operator is off by its own there: within an operator and mast there is only noise.
    case = Case((200, 200), 200, 20, 3.0, 0.0)
    samples = draw(np.random.default_rng(7), case).samples
    left = samples.difference_db - np.array(TRUTH_DB)[samples.network, samples.obstructed]
    spread = error_spread(samples, left, np.ones(samples.size, dtype=bool))
    assert spread.site_db == pytest.approx(3.0, abs=0.3)
    assert list(spread.local_db.values()) == pytest.approx([NOISE_DB, NOISE_DB], abs=0.1)
    assert samples.station_number.max() + 1 == 400
    # Counted as if both operators shared all of it: 200 masts, not 400.
    assert spread.bias_db == pytest.approx(3.0 / np.sqrt(200), rel=0.15)


def test_these_are_the_rules_of_the_product() -> None:
    shipped = load_parameters("radio/calibration")
    names = ("class_spread", "site_spread", "slope_spread", "network_spread", "network_class_spread")
    assert [shipped.number(name) for name in names] == [getattr(RULES, f"{name}_db") for name in names]
    assert shipped.number("network_slope_spread") == RULES.network_slope_spread_db
    assert shipped.number("shared_by_networks") == RULES.shared_by_networks
    assert (shipped.number("reference_distance"), shipped.number("tail_freedom")) == (3.0, 4.0)
