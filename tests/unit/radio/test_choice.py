"""What the strongest of several cells gains on the one that was predicted to be the strongest."""

from __future__ import annotations

import numpy as np
import pytest

from geo.radio.choice import choice_gain_db


def test_the_gain_is_that_of_many_draws() -> None:
    random = np.random.default_rng(3)
    levels = np.array([[-90.0, -92.0, -99.0, -np.inf], [-90.0, -90.0, -90.0, -90.0], [-90.0, -120.0, -np.inf, -np.inf]])
    gain = choice_gain_db(levels, 6.0)
    for row, found in zip(levels, gain, strict=True):
        drawn = (row + random.normal(0.0, 6.0, (200_000, 4))).max(axis=1).mean() - row.max()
        assert found == pytest.approx(drawn, abs=0.05)


def test_two_equal_cells_gain_what_is_known_of_two_normal_variables() -> None:
    assert choice_gain_db(np.array([[-80.0, -80.0]]), 5.0)[0] == pytest.approx(5.0 / np.sqrt(np.pi), abs=1e-3)


def test_without_another_cell_or_an_error_there_is_no_gain() -> None:
    alone = np.array([[-80.0, -np.inf], [-np.inf, -np.inf]])
    assert choice_gain_db(alone, 6.0) == pytest.approx([0.0, 0.0], abs=1e-6)
    assert choice_gain_db(np.full((3, 4), -80.0), 0.0).tolist() == [0.0, 0.0, 0.0]
    assert choice_gain_db(np.empty((0, 4)), 6.0).size == 0
