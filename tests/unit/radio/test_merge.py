"""Merging windows: what is skipped because it cannot serve changes nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from geo.radio.antennas import TR36814_PATTERN, mounted_antenna
from geo.radio.kernels.merge import NO_CELL, Sight, attenuation_db, azimuth_at, merge_window

# More than two blocks of columns, the last not a whole one.
ROWS, COLS = 7, 150
LOWEST_CDBM = -14_000
EIRPS_CDBM = (6_200, 5_000, 3_000, 3_000)
Layer = tuple[NDArray[np.int16], NDArray[np.int32], NDArray[np.uint8]]


@pytest.fixture(scope="module")
def windows() -> list[tuple[NDArray[np.int16], NDArray[np.int16]]]:
    """Losses (with pixels out of reach and voids) and elevations of four cells."""
    rng = np.random.default_rng(3)
    found = []
    for _ in EIRPS_CDBM:
        loss = rng.integers(9_000, 17_000, (ROWS, COLS)).astype(np.int16)
        loss[rng.random(loss.shape) < 0.1] = 0
        loss[rng.random(loss.shape) < 0.01] = -1
        found.append((loss, rng.integers(-800, 200, loss.shape).astype(np.int16)))
    return found


def merged(
    windows: Sequence[tuple[NDArray[np.int16], NDArray[np.int16]]], order: Sequence[int], chosen: NDArray[np.uint8]
) -> Layer:
    best = np.full((ROWS, COLS + 10), LOWEST_CDBM, np.int16)
    server = np.full(best.shape, NO_CELL, np.int32)
    unknown = np.zeros(best.shape, np.uint8)
    for at in order:
        loss, elevation = windows[at]
        antenna = mounted_antenna(TR36814_PATTERN, azimuth_deg=90.0 * at, electrical_tilt_deg=2.0)
        sight = Sight((3.2, 70.7), 0.03, np.full(ROWS, 0.031))
        merge_window(
            loss, elevation, sight, (0, 5), antenna, EIRPS_CDBM[at], LOWEST_CDBM, at + 1, best, server, unknown, chosen
        )
    return best, server, unknown


@pytest.mark.kernels
@pytest.mark.parametrize("is_part", [False, True])
def test_no_order_of_merging_changes_a_bit(
    windows: list[tuple[NDArray[np.int16], NDArray[np.int16]]], is_part: bool
) -> None:
    chosen = np.zeros((1, 1), np.uint8)
    if is_part:
        chosen = (np.random.default_rng(4).random((ROWS, COLS + 10)) < 0.2).astype(np.uint8)
    # The strongest first, so that most of the others is skipped; then last, so that nothing is.
    first, last = (merged(windows, order, chosen) for order in ((0, 1, 2, 3), (3, 2, 1, 0)))
    for part in range(3):
        assert np.array_equal(first[part], last[part])
    assert set(np.unique(first[1])) == {0, 1, 2, 3, 4}
    assert not first[1][:, :5].any()
    if is_part:
        assert not first[1][chosen == 0].any()
        assert not first[2][chosen == 0].any()


@pytest.mark.kernels
def test_each_pixel_has_the_strongest_cell(windows: list[tuple[NDArray[np.int16], NDArray[np.int16]]]) -> None:
    best, server, unknown = merged(windows, (2, 0, 3, 1), np.zeros((1, 1), np.uint8))
    sight = Sight((3.2, 70.7), 0.03, np.full(ROWS, 0.031))
    antennas = [mounted_antenna(TR36814_PATTERN, azimuth_deg=90.0 * at, electrical_tilt_deg=2.0) for at in range(4)]
    for i in range(ROWS):
        for j in range(0, COLS, 3):
            levels = [LOWEST_CDBM - 1.0]
            for at, (loss, elevation) in enumerate(windows):
                if loss[i, j] > 0:
                    taken_db = attenuation_db(antennas[at], azimuth_at(sight, i, j), elevation[i, j] / 100.0)
                    levels.append(EIRPS_CDBM[at] - int(loss[i, j]) - 100.0 * taken_db)
            strongest = max(levels)
            if strongest > LOWEST_CDBM + 1:
                assert best[i, j + 5] == pytest.approx(strongest, abs=1.0)
                assert server[i, j + 5] != NO_CELL
            assert bool(unknown[i, j + 5]) == any(loss[i, j] < 0 for loss, _ in windows)
    assert math.isclose(best[server == NO_CELL].max(), LOWEST_CDBM)


PLACES = [
    (3.0, 70.0),
    (3.2, 70.7),
    (2.5, 64.0),
    (-400.0, 10.0),
    (3.0, -900.0),
    (900.0, 3000.0),
    (0.0, 63.99999),
    (6.0, 150.5),
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("tilt_deg", [0.0, 3.0])
def test_cells_that_look_away_are_left_out_without_a_trace(place: tuple[float, float], tilt_deg: float) -> None:
    rng = np.random.default_rng(round(abs(1000.0 * sum(place))))
    sight = Sight(place, 0.03, np.full(ROWS, 0.031))
    everywhere = np.zeros((1, 1), np.uint8)
    azimuths = [0.0, 90.0, 180.0, 270.0, *rng.uniform(0.0, 360.0, 60)]
    # The same loss everywhere, in the height of the beam: which sector is strongest is for the azimuth alone to say.
    loss = np.full((ROWS, COLS), 9_000, np.int16)
    elevation = np.full((ROWS, COLS), -200, np.int16)

    def merge_into(layer: Layer, cell: int) -> None:
        antenna = mounted_antenna(
            TR36814_PATTERN, azimuth_deg=azimuths[cell - 1], electrical_tilt_deg=2.0, mechanical_tilt_deg=tilt_deg
        )
        merge_window(loss, elevation, sight, (0, 0), antenna, 6_000, -32_000, cell, *layer, everywhere)

    def empty() -> Layer:
        return (
            np.full(loss.shape, -32_000, np.int16),
            np.full(loss.shape, NO_CELL, np.int32),
            np.zeros(loss.shape, np.uint8),
        )

    together = empty()
    apart = []
    for cell in range(1, len(azimuths) + 1):
        merge_into(together, cell)
        alone = empty()
        merge_into(alone, cell)
        assert (alone[1] == cell).all()
        apart.append(alone[0])
    assert np.array_equal(together[0], np.max(apart, axis=0))
    assert np.array_equal(together[1], np.argmax(apart, axis=0) + 1)
