"""Levels are moved as the error model says, and counted as shares are counted."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.domain.coverage import LOWEST_LEVEL, NO_DATA, NOT_REACHED, at_least, count_states
from geo.parameters.loader import load_parameters
from geo.radio.correction import OBSTRUCTION, BandOffsets, ClassRule, Correction
from geo.radio.kernels.uncertainty import classify_levels
from geo.radio.model import CLUTTER_GROUPS, GROUPS
from geo.radio.p1812 import location_sigma_db
from geo.radio.uncertainty import ErrorModel, error_model, errors_left, reaching_probability, spread_by_band
from geo.workflows.assessment.intervals import half_widths
from geo.workflows.assessment.spread import level_histograms, reaching


@pytest.fixture(scope="module")
def errors() -> ErrorModel:
    return error_model(load_parameters("radio/uncertainty"), (1000.0, 3000.0))


def test_the_parts_add_up_to_what_is_usual_for_an_untuned_model(errors: ErrorModel) -> None:
    assert errors.reach == pytest.approx(1.645, abs=0.001)
    assert errors.total_db.shape == (3, 5, 2)
    assert 6.0 < errors.total_db.min() < errors.total_db.max() < 12.5
    one, many = errors.common_db(np.array([1.0, 1e9]))
    assert one == pytest.approx([5.0, math.sqrt(52.0)])
    assert many == pytest.approx(errors.bias_db[1])
    assert errors.bias_share(np.array([1e9])) == pytest.approx([1.0])


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


def test_a_calibration_takes_the_place_of_the_assumptions_in_its_bands(errors: ErrorModel) -> None:
    found = errors.calibrated({"mid": SPREAD})
    assert found.bias_db[1] == pytest.approx([1.0, 1.0])
    assert found.site_db[1] == pytest.approx([2.0, 2.0])
    assert found.local_db[1, 3] == pytest.approx([5.0, 6.0])
    assert found.common_db(np.array([4.0])).max() < errors.common_db(np.array([4.0])).min()
    for band in (0, 2):
        assert found.total_db[band] == pytest.approx(errors.total_db[band])
        assert found.common_db(np.array([4.0]), band) == pytest.approx(errors.common_db(np.array([4.0]), band))


def test_each_band_takes_its_own_residuals_where_it_has_some() -> None:
    own = {**SPREAD, "site_db": 3.0}
    assert spread_by_band({**SPREAD, "by_band": {"low": own}}, ["low", "mid"]) == {
        "low": own,
        "mid": {**SPREAD, "by_band": {"low": own}},
    }
    # A document from before bands were told apart.
    assert spread_by_band(SPREAD, ["mid"]) == {"mid": SPREAD}


def test_errors_are_left_as_assumed_outside_the_scope_of_a_calibration(errors: ErrorModel) -> None:
    offsets = BandOffsets(np.zeros((5, 2)), 0.0, 1.0, 10.0)
    rule = ClassRule(1000.0, 3000.0, 10.0, 3.0, 0.1)
    chosen = Correction("thu", "1", frozenset({"4G"}), frozenset({"a"}), rule, {"mid": offsets})
    inside = errors_left(errors, chosen, SPREAD, technology="4G", operator="a")
    assert inside.site_db.tolist() == [[3.0, 4.0], [2.0, 2.0], [3.0, 4.0]]
    for technology, operator in (("5G", "a"), ("4G", "b")):
        assert errors_left(errors, chosen, SPREAD, technology=technology, operator=operator) is errors
    assert errors_left(errors, None, None, technology="4G", operator="a") is errors


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


@given(
    st.integers(1, 4).flatmap(
        lambda operators: st.lists(
            st.lists(st.sampled_from([NO_DATA, NOT_REACHED, -1300, -1100, -1050, -900]), min_size=9, max_size=9),
            min_size=operators,
            max_size=operators,
        )
    )
)
def test_what_lies_above_a_threshold_is_the_share(listed: list[list[int]]) -> None:
    levels = np.array(listed, dtype=np.int16)
    unit, weight = np.arange(9, dtype=np.int64) % 2, np.arange(1.0, 10.0)
    tiers = [-110.0, -105.0, -95.0]
    path = (np.arange(levels.size).reshape(levels.shape) % 2).astype(np.uint8)
    found = level_histograms(levels, path, unit=unit, units=2, weight=weight, operator_counts=3)
    thresholds = np.broadcast_to(np.array(tiers), (2, 3))
    above = np.array([sum(reaching(one[:, side], thresholds) for side in (0, 1)) for one in found])
    for number in (1, 2, 3):
        counts = count_states(at_least(list(levels), number), tiers, unit=unit, units=2, weight=weight)
        np.testing.assert_allclose(above[len(listed) + number - 1], counts[:, :, 0])
    for operator, mine in zip(levels, above, strict=False):
        counts = count_states(at_least([operator], 1), tiers, unit=unit, units=2, weight=weight)
        np.testing.assert_allclose(mine, counts[:, :, 0])


def test_a_higher_threshold_is_never_reached_by_more() -> None:
    random = np.random.default_rng(1)
    levels = random.integers(-1500, -300, (3, 500)).astype(np.int16)
    found = level_histograms(
        levels, np.zeros(levels.shape, np.uint8), unit=np.zeros(500, int), units=1, weight=np.ones(500),
        operator_counts=3,
    )  # fmt: skip
    thresholds = np.arange(-160.0, -20.0, 0.1)[np.newaxis]
    above = reaching(found[0, :, 0], thresholds)[0]
    assert (np.diff(above) <= 1e-9).all()
    assert above[0] == 500.0
    assert above[-1] == 0.0


def test_the_chance_at_the_threshold_is_a_half() -> None:
    found = reaching_probability(np.array([-105.0, -95.0, -115.0]), -105.0, np.array([10.0, 10.0, 10.0]))
    assert found == pytest.approx([0.5, 0.8413, 0.1587], abs=1e-4)
    assert reaching_probability(np.array([-95.0]), -105.0, np.array([0.0])) == pytest.approx([1.0])


def test_common_errors_add_and_others_average_out() -> None:
    moved = np.full((4, 1), 0.1)
    total = np.full(4, 25.0)
    nothing = np.zeros((5, 1))
    assert half_widths(moved, np.ones(4), total, nothing)[-1] == pytest.approx([0.1])
    assert half_widths(moved, np.zeros(4), total, nothing)[-1] == pytest.approx([0.05])
    assert half_widths(moved, np.ones(4), total, np.full((5, 1), 0.1))[0] == pytest.approx([0.1 * math.sqrt(2)])
