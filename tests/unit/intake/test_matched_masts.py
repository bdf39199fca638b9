"""Which mast without a code takes which code: the nearest pairs, none taken twice, within the limit."""

from __future__ import annotations

import numpy as np
import pytest

from geo.intake.masts import match_positions


def _line(*metres: float) -> np.ndarray:
    return np.array([[one, 0.0, 0.0] for one in metres]).reshape(-1, 3)


@pytest.mark.parametrize(
    ("positions", "anchors", "expected"),
    [
        ((), (0,), []),
        ((0,), (), [-1]),
        ((0, 100), (101, 1), [1, 0]),
        ((4, 1), (0,), [-1, 0]),
        ((1, 1), (0,), [0, -1]),
        ((5, 5.1), (0,), [0, -1]),
        ((5.1,), (0,), [-1]),
        # The first loses the nearest one and takes the next.
        ((2, 1), (0, 6), [1, 0]),
        ((3, 3, 3), (0, 1, 6), [1, 0, 2]),
    ],
)
def test_no_anchor_is_taken_twice_and_the_nearer_position_takes_it(
    positions: tuple[float, ...], anchors: tuple[float, ...], expected: list[int]
) -> None:
    assert match_positions(_line(*positions), _line(*anchors), tolerance_m=5.0).tolist() == expected
