"""Levels are moved as the error model says, and counted as shares are counted."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.domain.coverage import LOWEST_LEVEL, NO_DATA, NOT_REACHED, at_least, count_states
from geo.parameters.loader import load_parameters
from geo.radio.correction import OBSTRUCTION, ClassRule, Correction, NetworkErrors, NetworkOffsets
from geo.radio.kernels.uncertainty import CHUNK, classify_levels
from geo.radio.model import CLUTTER_GROUPS, GROUPS
from geo.radio.p1812 import location_sigma_db
from geo.radio.uncertainty import ErrorModel, error_model, errors_left, few_masts_factor, reaching_probability
from geo.workflows.assessment.chances import (
    Counted,
    Groups,
    at_least_independent,
    at_least_together,
    reaching_chances,
    sum_by_unit,
    variance_by_unit,
)
from geo.workflows.assessment.intervals import common_errors, half_widths
from geo.workflows.assessment.spread import LevelErrors, expected_reaching, level_errors, reaching


@pytest.fixture(scope="module")
def errors() -> ErrorModel:
    return error_model(load_parameters("radio/uncertainty"), (1000.0, 3000.0))


def test_the_parts_add_up_to_what_is_usual_for_an_untuned_model(errors: ErrorModel) -> None:
    assert errors.reach == pytest.approx(1.645, abs=0.001)
    assert errors.total_db.shape == (3, 5, 2)
    assert 6.0 < errors.total_db.min() < errors.total_db.max() < 12.5
    # Low, mid and high, in line of sight in the open: 5 dB of a place and 3 dB of a mast.
    assert errors.varying_db[1, 1, 0] == pytest.approx(math.sqrt(34.0))


def test_what_does_not_average_out(errors: ErrorModel) -> None:
    of_levels = level_errors(errors, [[errors]], [[-105.0]])
    assert np.stack([of_levels.bias_db, of_levels.site_db]).T.tolist() == [[4.0, 3.0], [6.0, 4.0]]
    found = common_errors(of_levels, np.array([1.0, 1e9]))
    assert found.move_db[0] == pytest.approx([5.0, math.sqrt(52.0)])
    assert found.move_db[1] == pytest.approx([4.0, 6.0])
    assert found.shared[1] == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize(
    ("frequency_mhz", "clutter", "path", "bias_db", "mast_db", "place_db"),
    [
        # Band 3 in the open, in line of sight; the same place behind a hill; band 8 and band 78 in the woods.
        (1800.0, "open", "line_of_sight", 4.0, 3.0, 5.0),
        (1800.0, "open", "obstructed", 6.0, 4.0, 8.0),
        (900.0, "tree", "obstructed", 6.0, 4.0, 0.96 * 9.0),
        (3500.0, "tree", "obstructed", 6.0, 4.0, 1.07 * 9.0),
        (3500.0, "tree", "line_of_sight", 4.0, 3.0, 1.07 * 7.0),
    ],
)
def test_the_error_of_a_place_by_band_clutter_and_path(
    errors: ErrorModel, frequency_mhz: float, clutter: str, path: str, bias_db: float, mast_db: float, place_db: float
) -> None:
    at = errors.band_of(frequency_mhz), CLUTTER_GROUPS.index(clutter), OBSTRUCTION.index(path)
    assert errors.total_db[at] == pytest.approx(math.sqrt(bias_db**2 + mast_db**2 + place_db**2))


def test_the_factors_of_the_bands_are_those_of_the_recommendation() -> None:
    parameters = load_parameters("radio/uncertainty")
    middle = location_sigma_db(1800.0, 30.0)
    for band, frequency_mhz in (("low", 800.0), ("mid", 1800.0), ("high", 3500.0)):
        wanted = location_sigma_db(frequency_mhz, 30.0) / middle
        assert parameters.number(f"local_factor.{band}") == pytest.approx(wanted, abs=0.005)


def test_limits_of_the_bands(errors: ErrorModel) -> None:
    found = [GROUPS[errors.band_of(frequency)] for frequency in (700.0, 999.0, 1000.0, 2600.0, 3000.0, 3500.0)]
    assert found == ["low", "low", "mid", "mid", "high", "high"]


SPREAD = {"bias_db": 0.2, "site_db": 2.0, "local_db": {"line_of_sight": 5.0, "obstructed": 6.0}}


def test_a_calibration_takes_the_place_of_the_assumptions_in_its_classes(errors: ErrorModel) -> None:
    measured = np.zeros((5, 2), dtype=bool)
    measured[3] = True
    measured[1, 0] = True
    found = errors.calibrated({"mid": (SPREAD, measured)})
    for name in ("bias_db", "site_db", "local_db"):
        left, assumed = getattr(found, name), getattr(errors, name)
        assert (left[1][~measured] == assumed[1][~measured]).all()
        assert (left[[0, 2]] == assumed[[0, 2]]).all()
    assert found.bias_db[1, 3] == pytest.approx([1.0, 1.0])
    assert found.site_db[1, 3] == pytest.approx([2.0, 2.0])
    assert found.local_db[1, 3] == pytest.approx([5.0, 6.0])
    assert (found.bias_db[1, 1, 0], found.site_db[1, 1, 0], found.local_db[1, 1, 0]) == (1.0, 2.0, 5.0)


def test_errors_are_left_as_assumed_outside_what_was_measured(errors: ErrorModel) -> None:
    rule = ClassRule(1000.0, 3000.0, 10.0, 3.0, 0.1)

    def offsets(site_db: float, masts: int) -> NetworkOffsets:
        left = NetworkErrors(np.full((5, 2), 1.5), site_db, np.array([5.0, 6.0]), masts)
        return NetworkOffsets(np.zeros((5, 2)), 0.0, 1.0, 10.0, left=left)

    # 4G of a was measured in the middle band, 5G of b in the high one: 4G of b and 5G of a were not.
    networks = {("4G", "a", "mid"): offsets(2.0, 5), ("5G", "b", "high"): offsets(3.5, 2000)}
    chosen = Correction("thu", "1", rule, networks)
    inside = errors_left(errors, chosen, technology="4G", operator="a")
    assert inside.site_db[:, 0].tolist() == [[3.0, 4.0], [2.0, 2.0], [3.0, 4.0]]
    assert inside.local_db[1, 0].tolist() == [5.0, 6.0]
    # Each network its own. Five masts tell little of how they differ: 2.132 / 1.645 as wide.
    assert inside.bias_db[1] == pytest.approx(1.5 * 2.1318 / 1.6449, abs=1e-3)
    other = errors_left(errors, chosen, technology="5G", operator="b")
    assert other.site_db[2, 0].tolist() == [3.5, 3.5]
    assert other.bias_db[2] == pytest.approx(1.5, abs=0.01)
    for technology, operator in (("5G", "a"), ("4G", "b"), ("3G", "a")):
        assert errors_left(errors, chosen, technology=technology, operator=operator) is errors
    assert errors_left(errors, None, technology="4G", operator="a") is errors


def test_few_masts_make_intervals_wider() -> None:
    found = [few_masts_factor(masts, 0.9) for masts in (2, 5, 10, 1000)]
    assert found == pytest.approx([6.3138 / 1.6449, 2.1318 / 1.6449, 1.8331 / 1.6449, 1.0009], abs=2e-3)
    assert few_masts_factor(1, 0.9) == found[0]


def test_levels_are_classed_by_free_space() -> None:
    # A cell that gives -60 dBm at 1 km in free space; points 1 km, 2 km and 10 km north, one without a server, a mark.
    cells = np.array([[108.0, 12.0, -60.0, math.cos(math.radians(12.0))]])
    km = 1 / 111.195
    lat = 12.0 + km * np.array([1.0, 2.0, 10.0, 1.0, 1.0])
    levels = np.array([-605, -900, -810, -700, NOT_REACHED], dtype=np.int16)
    cell = np.array([0, 0, 0, -1, 0], dtype=np.int32)
    path = np.empty(5, np.uint8)
    classify_levels(levels, LOWEST_LEVEL, cell, cells, np.full(5, 108.0), lat, 10.0, path)
    # 2 km: free space gives -66, so -90 is obstructed; 10 km: -80, so -81 is not; no server: taken as obstructed.
    assert path.tolist() == [0, 1, 0, 1, 1]


LEVELS = st.sampled_from([NO_DATA, NOT_REACHED, -1300, -1100, -1051, -1049, -900])


def _expected(
    levels: NDArray[np.int16], errors: LevelErrors, classes: NDArray[np.int64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what is expected by the kernel, as (kinds of weight, rows, units, common errors, grid)."""
    unit = np.arange(levels.shape[1]) % 2
    return expected_reaching(levels, classes, errors, 0, unit=unit, units=2, weights=weights, operator_counts=3).astype(
        np.float64
    )


@given(st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(LEVELS, min_size=9, max_size=9), min_size=n, max_size=n)))
def test_the_kernel_counts_chances_as_they_are_written_down(listed: list[list[int]]) -> None:
    levels = np.array(listed, dtype=np.int16)
    model = error_model(load_parameters("radio/uncertainty"), (1000.0, 3000.0))
    errors = level_errors(model, [[model] * len(listed)], [[-110.0, -105.0, -95.0]])
    classes = np.arange(levels.size).reshape(levels.shape) % 30
    weights = np.stack([np.arange(1.0, 10.0), np.where(np.arange(9) < 3, 0.0, 2.0)])
    found = _expected(levels, errors, classes, weights)
    rows = np.arange(len(listed))[:, np.newaxis]
    chance = reaching_chances(levels, errors.varying_db[0][rows, classes], errors.grid(0) / 10.0)
    common = errors.common[0][rows, classes].astype(np.int64)
    order = np.argsort(-levels.astype(int), axis=0, kind="stable")
    nth = [np.take_along_axis(common, order, axis=0)[min(n, len(listed)) - 1] for n in (1, 2, 3)]
    chances = np.concatenate([chance, at_least_together(chance, 3), at_least_independent(chance, 3)])
    for at, weight in enumerate(weights):
        (wanted,) = sum_by_unit([chances], [*common, *nth, *nth], 2, Counted(np.arange(9), np.arange(9) % 2, weight, 2))
        # The table of the kernel has steps of 0.005 standard deviations: 0.001 of a weight of up to 25 on each side.
        np.testing.assert_allclose(found[at], wanted, atol=0.03)


def test_many_points_count_as_each_of_them_alone(errors: ErrorModel) -> None:
    """More than a chunk, of several units, classes and weights, mixed: what is counted together must be alike."""
    rng = np.random.default_rng(5)
    points = 3 * CHUNK + 5
    levels = rng.choice(np.array([NO_DATA, NOT_REACHED, -1300, -1100, -1051, -1049, -900], np.int16), (3, points))
    of_levels = level_errors(errors, [[errors] * 3], [[-110.0, -95.0]])
    classes = rng.integers(0, 30, levels.shape)
    weights = np.stack([rng.random(points), np.where(rng.random(points) < 0.9, 0.0, 5.0)])
    whole = _expected(levels, of_levels, classes, weights)
    # Two points at a time, so that the units stay what they are.
    pairs = [slice(first, first + 2) for first in range(0, points, 2)]
    alone = sum(_expected(levels[:, pair], of_levels, classes[:, pair], weights[:, pair]) for pair in pairs)
    np.testing.assert_allclose(whole, alone, rtol=1e-5, atol=1e-5)


def test_without_errors_what_reaches_a_threshold_is_the_share(errors: ErrorModel) -> None:
    nothing = np.zeros(errors.bias_db.shape)
    exact = replace(errors, bias_db=nothing, site_db=nothing, local_db=nothing)
    levels = np.random.default_rng(1).integers(-1300, -700, (3, 500)).astype(np.int16)
    of_levels = level_errors(exact, [[exact] * 3], [[-105.0]])
    assert of_levels.steps == 1
    found = _expected(levels, of_levels, np.zeros(levels.shape, np.int64), np.ones((1, 500)))[0].sum(axis=(1, 2))[:, 0]
    for number in (1, 2, 3):
        (counts,) = count_states(at_least(list(levels), number), [-105.0], unit=np.zeros(500, int), units=1)
        assert found[2 + number] == found[5 + number] == pytest.approx(counts[0, 0])
    for operator, mine in zip(levels, found, strict=False):
        assert mine == (operator >= -1050).sum()


def test_a_higher_threshold_is_never_reached_by_more(errors: ErrorModel) -> None:
    levels = np.random.default_rng(1).integers(-1500, -300, (3, 500)).astype(np.int16)
    of_levels = level_errors(errors, [[errors] * 3], [[-110.0, -85.0]])
    found = _expected(levels, of_levels, np.zeros(levels.shape, np.int64), np.ones((1, 500)))
    above = reaching(found[0, 0, :, 0], of_levels.first[0], np.tile(np.arange(-130.0, -60.0, 0.1), (2, 1)))
    assert (np.diff(above) <= 1e-9).all()
    assert (np.diff(found[0, 3:6], axis=0) <= 1e-6).all()
    assert (np.diff(found[0, 6:9], axis=0) <= 1e-6).all()


def test_levels_are_asked_about_as_far_as_common_errors_reach(errors: ErrorModel) -> None:
    found = level_errors(errors, [[errors]], [[-110.0, -85.0]])
    away = errors.reach * math.sqrt(52.0)
    assert found.grid(0)[0] / 10.0 <= -110.0 - away
    assert found.grid(0)[-1] / 10.0 >= -85.0 + away


def test_all_points_of_a_village_count() -> None:
    chance = np.array([[[0.8], [0.5], [0.9], [0.5]]])
    groups = Groups(np.array([0, 1, 0, 0]), 3)
    assert groups.all_together(chance)[0, :, 0] == pytest.approx([0.5, 0.5, 1.0])
    assert groups.all_independent(chance)[0, :, 0] == pytest.approx([0.36, 0.5, 1.0])


CHANCES = st.lists(st.lists(st.floats(0.0, 1.0), min_size=5, max_size=5), min_size=1, max_size=4)


@given(CHANCES)
def test_chances_of_several_operators_are_those_of_all_their_combinations(listed: list[list[float]]) -> None:
    chance = np.array(listed)[:, :, np.newaxis]
    same, independent = at_least_together(chance, 3), at_least_independent(chance, 3)
    for thing, own in enumerate(chance[:, :, 0].T):
        exactly = [0.0] * 5
        for covers in itertools.product((False, True), repeat=len(own)):
            exactly[sum(covers)] += math.prod(p if c else 1.0 - p for p, c in zip(own, covers, strict=True))
        for number in (1, 2, 3):
            assert same[number - 1, thing, 0] == (sorted(own)[-number] if number <= len(own) else 0.0)
            assert independent[number - 1, thing, 0] == pytest.approx(sum(exactly[number:]), abs=1e-12)


def test_things_are_added_up_in_the_order_in_which_they_are_listed() -> None:
    rng = np.random.default_rng(3)
    chance, common = rng.random((2, 50, 4)), rng.integers(0, 2, (2, 50))
    counted = Counted(np.arange(0, 50, 2), rng.integers(0, 3, 25), rng.uniform(1.0, 900.0, 25), 4)
    summed, spread = np.zeros((2, 4, 2, 4)), np.zeros((2, 4, 4))
    for row, (own, kind) in enumerate(zip(chance, common, strict=True)):
        for thing, unit, weight in zip(counted.at, counted.unit, counted.weight, strict=True):
            summed[row, unit, kind[thing]] += weight * own[thing]
            spread[row, unit] += weight**2 * own[thing] * (1.0 - own[thing])
    assert all((found == summed).all() for found in sum_by_unit([chance, chance], list(common), 2, counted))
    assert (variance_by_unit(chance, counted) == spread).all()


def test_the_chance_at_the_threshold_is_a_half() -> None:
    found = reaching_probability(np.array([-105.0, -95.0, -115.0]), -105.0, np.array([10.0, 10.0, 10.0]))
    assert found == pytest.approx([0.5, 0.8413, 0.1587], abs=1e-4)
    assert reaching_probability(np.array([-95.0]), -105.0, np.array([0.0])) == pytest.approx([1.0])


def test_common_errors_add_and_others_average_out() -> None:
    moved = np.full((4, 1), 0.1)
    total = np.full(4, 25.0)
    nothing = np.zeros((5, 1))
    shared = np.ones((4, 1))
    assert half_widths(moved, shared, total, nothing)[-1] == pytest.approx([0.1])
    assert half_widths(moved, 0.0 * shared, total, nothing)[-1] == pytest.approx([0.05])
    assert half_widths(moved, shared, total, np.full((5, 1), 0.1))[0] == pytest.approx([0.1 * math.sqrt(2)])
