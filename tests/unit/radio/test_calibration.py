"""The fit finds offsets that are known, and the cross-validation keeps masts apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.radio.calibration import FitRules, Samples, fit_offsets
from geo.radio.correction import OBSTRUCTION
from geo.radio.crossvalidation import (
    Spread,
    class_errors_db,
    cross_validate,
    error_figures,
    error_spread,
    site_folds,
    spread_of_bands,
    spread_of_network,
    tier_figures,
)
from geo.radio.uncertainty import few_masts_factor

RULES = FitRules(
    reference_km=3.0, class_spread_db=6.0, site_spread_db=5.0, slope_spread_db=10.0, network_spread_db=10.0,
    network_class_spread_db=4.0, network_slope_spread_db=5.0, tail_freedom=4.0, shared_by_networks=0.5,
)  # fmt: skip
MID, HIGH = 1, 2
TRUTH = {
    (MID, 1, 0): 2.0, (MID, 1, 1): -3.0, (MID, 3, 0): -5.0, (MID, 3, 1): -11.0, (MID, 4, 1): 6.0,
    (HIGH, 1, 0): -1.0, (HIGH, 3, 1): -9.0,
}  # fmt: skip
SLOPE = {MID: -4.0, HIGH: 3.0}


def synthetic(
    pixels: int = 20_000, masts: int = 60, *, outliers: float = 0.05, floor_db: float | None = -14.0, seed: int = 1
) -> Samples:
    """Pixels with known offsets, noise of 6 dB, masts off by 2 dB, outliers of up to 40 dB, and a floor."""
    random = np.random.default_rng(seed)
    classes = np.array(list(TRUTH))[random.integers(0, len(TRUTH), pixels)]
    mast = random.integers(0, masts, pixels)
    distance = 10 ** random.uniform(-0.5, 1.1, pixels)
    expected = np.array([TRUTH[band, clutter, path] for band, clutter, path in classes])
    slopes = np.array([SLOPE[band] for band in classes[:, 0]])
    difference = expected + slopes * np.log10(np.clip(distance, *np.quantile(distance, (0.05, 0.95))) / 3.0)
    mast_error = random.normal(0.0, 2.0, masts)
    difference = difference + (mast_error - mast_error.mean())[mast] + random.normal(0.0, 6.0, pixels)
    wild = random.random(pixels) < outliers
    difference[wild] += random.uniform(-40.0, 40.0, int(wild.sum()))
    censored = np.zeros(pixels, dtype=bool) if floor_db is None else difference <= floor_db
    if floor_db is not None:
        difference = np.maximum(difference, floor_db)
    band, clutter, path = (classes[:, at].astype(np.int64) for at in range(3))
    # One network in each band.
    return Samples(difference, censored, band, clutter, path, distance, mast, band)


def deviations(samples: Samples) -> dict[tuple[int, int, int], float]:
    fit = fit_offsets(samples, RULES)
    return {
        key: float(fit.network_offsets(key[0], key[0]).offset_db[key[1], key[2]]) - offset_db
        for key, offset_db in TRUTH.items()
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_known_offsets_are_recovered_within_half_a_db(seed: int) -> None:
    samples = synthetic(seed=seed)
    # The floor hides a third of the weakest class.
    assert samples.censored[samples.class_number == 1 * 10 + 3 * 2 + 1].mean() > 0.25
    assert max(abs(value) for value in deviations(samples).values()) < 0.5
    fit = fit_offsets(samples, RULES)
    for band in (MID, HIGH):
        assert fit.network_offsets(band, band).slope_db == pytest.approx(SLOPE[band], abs=0.6)


def test_ignoring_the_floor_would_miss_it() -> None:
    samples = synthetic()
    as_if_known = Samples(
        samples.difference_db, np.zeros(samples.size, dtype=bool), samples.band, samples.clutter, samples.obstructed,
        samples.distance_km, samples.mast, samples.network,
    )  # fmt: skip
    assert deviations(as_if_known)[MID, 3, 1] > 0.5


def test_a_thin_class_stays_near_its_band() -> None:
    samples = synthetic(4_000, outliers=0.0, floor_db=None)
    lonely = Samples(
        *(
            np.append(column, value)
            for column, value in zip(
                (getattr(samples, name) for name in samples.__dataclass_fields__),
                (60.0, False, MID, 2, 1, 3.0, 0, MID),
                strict=True,
            )
        )
    )
    fit = fit_offsets(lonely, RULES)
    band = fit.network_offsets(MID, MID).offset_db
    # One pixel of 60 dB in a class of its own; unseen classes take the band's own offset.
    assert abs(band[2, 1] - band[0, 0]) < 10.0
    assert band[2, 0] == pytest.approx(fit.effects.band_db[MID] + fit.effects.network_db[0])
    assert fit.shared_offsets(0).offset_db.any() == np.False_


def two_operators(
    random: np.random.Generator, masts: tuple[int, int], *, pixels: int, mast_db: float, noise_db: float = 6.0
) -> Samples:
    """Two operators in one band: right, and 10 dB lower; the second 6 dB lower still among trees in sight."""
    parts = []
    for network, (count, lower_db) in enumerate(zip(masts, (0.0, -10.0), strict=True)):
        mast = np.repeat(np.arange(count), pixels)
        path = (random.random(mast.size) < 0.4).astype(np.int64)
        clutter = np.where(random.random(mast.size) < 0.3, 3, 1)
        truth = lower_db - 3.0 * path - 6.0 * ((clutter == 3) & (path == 0)) * network
        difference = truth + random.normal(0.0, mast_db, count)[mast] + random.normal(0.0, noise_db, mast.size)
        distance = 10 ** random.uniform(-0.3, 1.0, mast.size)
        nothing = np.zeros(mast.size, dtype=np.int64)
        columns = (difference, nothing.astype(bool), nothing + MID, clutter, path, distance, mast + 100 * network)
        parts.append((*columns, nothing + 7 * network))
    return Samples(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


TWO_TRUTHS = {
    0: {(1, 0): 0.0, (1, 1): -3.0, (3, 0): 0.0, (3, 1): -3.0},
    7: {(1, 0): -10.0, (1, 1): -13.0, (3, 0): -16.0, (3, 1): -13.0},
}


@pytest.mark.parametrize("masts", [(30, 30), (40, 10)])
def test_each_operator_gets_what_was_measured_of_it(masts: tuple[int, int]) -> None:
    samples = two_operators(np.random.default_rng(6), masts, pixels=150, mast_db=0.3, noise_db=4.0)
    fit = fit_offsets(samples, RULES)
    for network, truth in TWO_TRUTHS.items():
        found = fit.network_offsets(network, MID).offset_db
        assert {key: found[key] for key in truth} == pytest.approx(truth, abs=0.5)
    # A class that one of them was not measured in: it is the band's, moved by how the network differs.
    less = samples.take((samples.network == 0) | (samples.clutter == 1))
    without = fit_offsets(less, RULES).network_offsets(7, MID).offset_db
    assert without[3, 0] == pytest.approx(-10.0, abs=1.5)
    # A network without any pixel has what is common to its band: between the two.
    unknown = replace(samples.take(np.arange(1)), network=np.array([3]))
    assert -10.0 < fit.offsets_db(unknown)[0] < 0.0


def test_ten_db_are_followed_on_few_masts() -> None:
    # Five masts with 60 pixels each beside forty of another operator: held back by less than half a dB.
    samples = two_operators(np.random.default_rng(3), (40, 5), pixels=60, mast_db=0.2, noise_db=3.0)
    found = fit_offsets(samples, RULES).network_offsets(7, MID).offset_db
    assert found[1, 0] == pytest.approx(-10.0, abs=0.6)


@pytest.mark.parametrize("masts", [(6, 6), (25, 5)])
def test_the_error_left_holds_the_truth_of_each_operator(masts: tuple[int, int]) -> None:
    random, inside = np.random.default_rng(8), []
    for _ in range(10):
        samples = two_operators(random, masts, pixels=40, mast_db=3.0)
        judged = np.ones(samples.size, dtype=bool)
        fit, left = fit_offsets(samples, RULES), cross_validate(samples, RULES, folds=5).left_db
        for (network, truth), count in zip(TWO_TRUTHS.items(), masts, strict=True):
            spread = spread_of_network(samples, left, judged, network)
            half = 1.645 * few_masts_factor(count, 0.9) * class_errors_db(samples, spread, network, fit=fit)
            found = fit.network_offsets(network, MID)
            inside.append([abs(found.offset_db[key] - value) <= half[key] for key, value in truth.items()])
    # 90 % by the stated errors; classes of one network go together.
    assert np.mean(inside) >= 0.85
    assert np.isinf(class_errors_db(samples, spread, 0, fit=fit)[2, 0])


def test_the_error_of_the_slope_is_in_an_offset_stated_elsewhere() -> None:
    mast = np.repeat(np.arange(50), 40)
    zeros = np.zeros(mast.size, dtype=np.int64)
    spread = Spread(0.0, 1.0, dict.fromkeys(OBSTRUCTION, 6.0))
    noise = np.random.default_rng(9).normal(0.0, 6.0, mast.size)

    def error_db(distance_km: np.ndarray) -> float:
        about = (zeros.astype(bool), zeros + MID, zeros, zeros, distance_km, mast, zeros)
        samples = Samples(noise, *about)
        return float(class_errors_db(samples, spread, 0, fit=fit_offsets(samples, RULES))[0, 0])

    mean_db = np.sqrt((1.0 + 36.0 / 40) / 50)
    apart = 10 ** np.tile(np.linspace(-0.2, 0.2, 40), 50)
    assert error_db(3.0 * apart) == pytest.approx(mean_db, rel=1e-3)
    # Half a decade nearer; beyond the outer twentieths the slope stands still.
    decades = np.clip(np.log10(apart), *np.quantile(np.log10(apart), (0.05, 0.95)))
    slope_db = 6.0 / np.sqrt(np.sum(decades**2))
    assert error_db(3.0 * 10**-0.5 * apart) == pytest.approx(np.hypot(mean_db, 0.5 * slope_db), rel=1e-2)
    # All at one distance: nothing is known of the slope but how wide it is held.
    assert error_db(np.full(mast.size, 0.3)) == pytest.approx(np.hypot(mean_db, np.hypot(10.0, 5.0)), rel=1e-3)


@given(st.lists(st.integers(0, 40), min_size=2, max_size=400), st.integers(2, 8))
def test_no_mast_is_in_two_folds(masts: list[int], folds: int) -> None:
    mast = np.array(masts, dtype=np.int64)
    fold = site_folds(mast, folds)
    assert all(len(set(fold[mast == one])) == 1 for one in set(masts))
    assert set(fold) <= set(range(folds))


def test_no_fold_takes_all_of_a_small_network() -> None:
    # Forty masts of one network, three of another, with very different numbers of pixels.
    mast = np.concatenate([np.repeat(np.arange(40), np.arange(40) * 3 + 1), np.repeat([90, 91, 92], [2, 400, 90])])
    network = (mast >= 90).astype(np.int64)
    fold = site_folds(mast, 5, network=network)
    assert len(set(fold[network == 1])) == 3
    assert len(set(fold)) == 5
    alone = site_folds(mast, 5)
    assert max(np.bincount(alone)) < 2 * min(np.bincount(alone))


def test_cross_validation_does_not_see_the_masts_it_judges() -> None:
    samples = synthetic(6_000, masts=12, outliers=0.0, floor_db=None)
    found = cross_validate(samples, RULES, folds=4)
    # Every measured value of one mast is raised by 30 dB: what the others predict for it must not move at all.
    odd = samples.mast == 5
    raised = Samples(
        samples.difference_db + 30.0 * odd, samples.censored, samples.band, samples.clutter, samples.obstructed,
        samples.distance_km, samples.mast, samples.network,
    )  # fmt: skip
    again = cross_validate(raised, RULES, folds=4)
    np.testing.assert_allclose(again.left_db[odd], found.left_db[odd] + 30.0, atol=1e-9)
    same_fold = found.fold == found.fold[odd][0]
    assert not np.allclose(again.left_db[~same_fold], found.left_db[~same_fold])


def test_a_calibration_takes_the_bias_away() -> None:
    samples = synthetic(floor_db=None)
    found = cross_validate(samples, RULES, folds=5)
    everywhere = np.ones(samples.size, dtype=bool)
    before, after = (error_figures(values, everywhere) for values in (found.before_db, found.left_db))
    assert abs(after.bias_db or 0.0) < 1.0 < abs(before.bias_db or 0.0)
    assert (after.rmse_db or 0.0) < (before.rmse_db or 0.0)
    nothing = error_figures(found.left_db, ~everywhere)
    assert (nothing.pixels, nothing.bias_db) == (0, None)


def test_the_error_splits_into_masts_and_places() -> None:
    random = np.random.default_rng(4)
    mast = np.repeat(np.arange(200), 50)
    path = random.integers(0, 2, mast.size)
    residual = random.normal(0, 4.0, 200)[mast] + random.normal(0, 1.0, mast.size) * np.where(path == 1, 8.0, 5.0)
    zeros = np.zeros(mast.size, dtype=np.int64)
    samples = Samples(residual, zeros.astype(bool), zeros + 1, zeros, path, np.full(mast.size, 3.0), mast, zeros)
    spread = error_spread(samples, residual, np.ones(mast.size, dtype=bool))
    assert spread.site_db == pytest.approx(4.0, abs=0.7)
    assert spread.local_db["line_of_sight"] == pytest.approx(5.0, abs=0.3)
    assert spread.local_db["obstructed"] == pytest.approx(8.0, abs=0.3)
    assert spread.bias_db == pytest.approx(4.0 / np.sqrt(200), abs=0.1)


def test_each_band_keeps_its_own_error_and_one_mast_is_not_enough() -> None:
    random = np.random.default_rng(5)
    mast = np.repeat(np.arange(201), 50)
    # Masts 0-99 low, 100-199 high with twice the noise, one more mid.
    band = np.where(mast < 100, 0, np.where(mast < 200, 2, 1))
    residual = random.normal(0, 1.0, mast.size) * np.where(band == 2, 8.0, 4.0)
    zeros = np.zeros(mast.size, dtype=np.int64)
    samples = Samples(residual, zeros.astype(bool), band, zeros, zeros, np.full(mast.size, 3.0), mast, zeros)
    found = spread_of_bands(samples, residual, np.ones(mast.size, dtype=bool))
    assert sorted(found) == ["high", "low"]
    assert found["low"].local_db["line_of_sight"] == pytest.approx(4.0, abs=0.2)
    assert found["high"].local_db["line_of_sight"] == pytest.approx(8.0, abs=0.3)
    assert spread_of_bands(samples, residual, np.zeros(mast.size, dtype=bool)) == {}


def test_hits_and_missed_gaps_by_hand() -> None:
    measured = np.array([-100.0, -100.0, -110.0, -110.0, -110.0])
    predicted = np.array([-90.0, -107.0, -104.0, -120.0, -111.0])
    found = tier_figures(measured, predicted, -105.0)
    assert (found.measured_reaching, found.measured_below) == (2, 3)
    assert found.hit_rate == 0.5
    assert found.missed_gap_rate == pytest.approx(1 / 3)
    assert tier_figures(measured, predicted, -130.0).missed_gap_rate is None
