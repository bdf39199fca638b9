"""Shares and states from levels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geo.domain import coverage as cov

POINTS = 24
THRESHOLDS = [-110.0, -105.0, -95.0, -85.0]

operator_levels = hnp.arrays(
    np.int16, POINTS, elements=st.one_of(st.sampled_from([cov.NO_DATA, cov.NOT_REACHED]), st.integers(-1300, -500))
)
several_operators = st.lists(operator_levels, min_size=1, max_size=4)
units = hnp.arrays(np.int64, POINTS, elements=st.integers(0, 2))
weights = hnp.arrays(np.float64, POINTS, elements=st.floats(0, 1e6))


def test_a_level_is_rounded_down_so_that_rounding_never_makes_coverage() -> None:
    encoded = cov.encode_levels(np.array([-105.0, -105.04, -104.96, np.nan]))
    assert encoded.tolist() == [-1050, -1051, -1050, cov.NOT_REACHED]
    assert cov.decode_levels(encoded)[:3].tolist() == [-105.0, -105.1, -105.0]


def test_no_data_wins_over_a_level() -> None:
    encoded = cov.encode_levels(np.array([-80.0, np.nan]), np.array([True, True]))
    assert encoded.tolist() == [cov.NO_DATA, cov.NO_DATA]


def test_states_by_hand() -> None:
    # Operator A: covered, covered, below, unknown; operator B: below, unknown, unknown, unknown.
    a = np.array([-1000, -1000, -1100, cov.NO_DATA], dtype=np.int16)
    b = np.array([-1100, cov.NO_DATA, cov.NO_DATA, cov.NO_DATA], dtype=np.int16)
    one = cov.states(cov.at_least([a, b], 1), -105.0)
    two = cov.states(cov.at_least([a, b], 2), -105.0)
    three = cov.states(cov.at_least([a, b], 3), -105.0)
    assert one.tolist() == [cov.STATE_COVERED, cov.STATE_COVERED, cov.STATE_NO_DATA, cov.STATE_NO_DATA]
    assert two.tolist() == [cov.STATE_NOT_COVERED, cov.STATE_NO_DATA, cov.STATE_NOT_COVERED, cov.STATE_NO_DATA]
    assert three.tolist() == [cov.STATE_NOT_COVERED] * 4


def test_shares_by_hand() -> None:
    levels = np.array([-900, -1000, -1200, cov.NO_DATA], dtype=np.int16)
    counts = cov.count_states(
        cov.level_range(levels), [-105.0, -95.0], unit=np.zeros(4, dtype=int), units=2, weight=np.array([1.0, 2, 3, 4])
    )
    assert counts[0].tolist() == [[3.0, 3.0, 4.0], [1.0, 5.0, 4.0]]
    found = cov.shares(counts)
    assert found[0, 0].tolist() == [0.3, 0.3, 0.4]
    assert np.isnan(found[1]).all()


def test_levels_of_no_operator_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        cov.at_least([], 1)


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([-1000, -1000, -1200, -1200], cov.STATE_COVERED),
        ([-1000, -1200, -1200, -1200], cov.STATE_NOT_COVERED),
        ([-1000, cov.NO_DATA, -1200, -1200], cov.STATE_NO_DATA),
        ([-1000, -1000, cov.NO_DATA, cov.NO_DATA], cov.STATE_COVERED),
        ([cov.NO_DATA, -1200, -1200, -1200], cov.STATE_NOT_COVERED),
    ],
)
def test_a_coarse_cell_takes_the_state_of_its_half(levels: list[int], expected: int) -> None:
    found = cov.majority_states(
        cov.level_range(np.array(levels, dtype=np.int16)),
        -105.0,
        unit=np.ones(4, dtype=int),
        units=2,
        weight=np.ones(4),
        majority_share=0.5,
    )
    assert found.tolist() == [cov.STATE_NO_DATA, expected]


@given(levels=several_operators, wanted=st.integers(1, 5), unit=units, weight=weights)
def test_covered_not_covered_and_no_data_are_everything(
    levels: list[cov.Levels], wanted: int, unit: np.ndarray, weight: np.ndarray
) -> None:
    counts = cov.count_states(cov.at_least(levels, wanted), THRESHOLDS, unit=unit, units=3, weight=weight)
    total = np.bincount(unit, weights=weight, minlength=3)
    assert np.allclose(counts.sum(axis=-1), total[:, None], rtol=1e-9)
    found = cov.shares(counts)
    assert (np.isnan(found) | (found >= 0)).all()
    assert np.allclose(found.sum(axis=-1)[total > 0], 1.0, atol=1e-12)


@given(levels=several_operators, wanted=st.integers(1, 5), unit=units, weight=weights)
def test_a_higher_threshold_never_adds_coverage(
    levels: list[cov.Levels], wanted: int, unit: np.ndarray, weight: np.ndarray
) -> None:
    counts = cov.count_states(cov.at_least(levels, wanted), THRESHOLDS, unit=unit, units=3, weight=weight)
    assert (np.diff(counts[..., 0], axis=1) <= 0).all()
    not_covered = counts[..., 1]
    assert (np.diff(not_covered, axis=1) >= -1e-6 * (1 + not_covered[:, 1:])).all()


@given(levels=several_operators, threshold=st.floats(-120, -60))
def test_any_operator_covers_what_each_one_covers(levels: list[cov.Levels], threshold: float) -> None:
    together = cov.states(cov.at_least(levels, 1), threshold)
    for one in levels:
        alone = cov.states(cov.level_range(one), threshold)
        assert (together[alone == cov.STATE_COVERED] == cov.STATE_COVERED).all()
        assert (alone[together == cov.STATE_NOT_COVERED] == cov.STATE_NOT_COVERED).all()


@given(levels=several_operators, threshold=st.floats(-120, -60), wanted=st.integers(1, 4))
def test_more_operators_demanded_never_add_coverage(levels: list[cov.Levels], threshold: float, wanted: int) -> None:
    fewer = cov.states(cov.at_least(levels, wanted), threshold)
    more = cov.states(cov.at_least(levels, wanted + 1), threshold)
    assert (fewer[more == cov.STATE_COVERED] == cov.STATE_COVERED).all()
    assert (more[fewer == cov.STATE_NOT_COVERED] == cov.STATE_NOT_COVERED).all()


@given(levels=several_operators, threshold=st.floats(-120, -60), wanted=st.integers(1, 4))
def test_counting_operators_gives_the_same_states(levels: list[cov.Levels], threshold: float, wanted: int) -> None:
    step = cov.threshold_steps(threshold)
    covering = sum((one >= step).astype(int) for one in levels)
    unknown = sum((one == cov.NO_DATA).astype(int) for one in levels)
    expected = np.where(
        covering >= wanted,
        cov.STATE_COVERED,
        np.where(covering + unknown < wanted, cov.STATE_NOT_COVERED, cov.STATE_NO_DATA),
    )
    assert (cov.states(cov.at_least(levels, wanted), threshold) == expected).all()


@given(level=st.floats(-130, -60), threshold=st.floats(-120, -60))
def test_a_stored_level_reaches_a_threshold_only_if_the_level_does(level: float, threshold: float) -> None:
    rounded = round(threshold, 1)
    stored = cov.encode_levels(np.array([level]))
    covered = cov.states(cov.level_range(stored), rounded)[0] == cov.STATE_COVERED
    assert covered == (level >= rounded - 1e-7) or abs(level - rounded) < 1e-6
