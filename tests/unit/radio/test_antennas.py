"""Sector patterns against the formulas of 3GPP, worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import OutOfRangeError
from geo.radio.antennas import TR36814_PATTERN, TR38901_ELEMENT, mounted_antenna, pattern_attenuation_db


def test_tr36814_by_hand() -> None:
    antenna = mounted_antenna(TR36814_PATTERN, azimuth_deg=90.0, electrical_tilt_deg=6.0)
    azimuth = np.array([90.0, 125.0, 55.0, 270.0, 90.0, 90.0])
    elevation = np.array([-6.0, -6.0, -6.0, -6.0, -1.0, 60.0])
    # Main lobe; 35 degrees off: 12 (35/70)^2 = 3; behind: 25; 5 degrees above: 12 (5/10)^2 = 3; far above: 20.
    expected = [0.0, 3.0, 3.0, 25.0, 3.0, 20.0]
    assert pattern_attenuation_db(antenna, azimuth, elevation) == pytest.approx(expected)


def test_tr38901_element_by_hand() -> None:
    antenna = mounted_antenna(TR38901_ELEMENT, azimuth_deg=0.0)
    assert pattern_attenuation_db(antenna, [0.0, 32.5, 180.0, 359.0], [0.0, 32.5, 0.0, 0.0]) == pytest.approx(
        [0.0, 6.0, 30.0, 12.0 / 65.0**2]
    )


def test_omni_has_no_azimuth() -> None:
    antenna = mounted_antenna(TR36814_PATTERN, azimuth_deg=None, mechanical_tilt_deg=8.0)
    assert pattern_attenuation_db(antenna, np.arange(0.0, 360.0, 45.0), 0.0) == pytest.approx(np.zeros(8))


def test_mechanical_tilt_lowers_the_front_and_lifts_the_back() -> None:
    antenna = mounted_antenna(TR36814_PATTERN, azimuth_deg=0.0, mechanical_tilt_deg=10.0)
    front_low, front_level, side_level = pattern_attenuation_db(antenna, [0.0, 0.0, 90.0], [-10.0, 0.0, 0.0])
    assert front_low == pytest.approx(0.0, abs=1e-9)
    assert front_level == pytest.approx(12.0)
    # To the side the antenna is rotated about its own line of sight: only the horizontal pattern acts.
    assert side_level == pytest.approx(12.0 * (90.0 / 70.0) ** 2)


@pytest.mark.parametrize("tilt", [-90.0, 90.0])
def test_tilt_of_90_degrees_is_finite(tilt: float) -> None:
    antenna = mounted_antenna(TR36814_PATTERN, azimuth_deg=0.0, mechanical_tilt_deg=tilt, electrical_tilt_deg=2.0)
    values = pattern_attenuation_db(antenna, np.arange(0.0, 360.0, 10.0), -tilt)
    assert np.isfinite(values).all()
    assert values.min() >= 0.0


@pytest.mark.parametrize(
    "angles", [{"azimuth_deg": 400.0}, {"azimuth_deg": -1.0}, {"azimuth_deg": 0.0, "electrical_tilt_deg": 91.0}]
)
def test_impossible_angles(angles: dict[str, Any]) -> None:
    with pytest.raises(OutOfRangeError):
        mounted_antenna(TR36814_PATTERN, **angles)


@given(
    azimuth=st.floats(0.0, 360.0),
    towards=st.floats(-720.0, 720.0),
    elevation=st.floats(-90.0, 90.0),
    mechanical=st.floats(-90.0, 90.0),
)
def test_attenuation_stays_within_its_limits(
    azimuth: float, towards: float, elevation: float, mechanical: float
) -> None:
    antenna = mounted_antenna(TR36814_PATTERN, azimuth_deg=azimuth, mechanical_tilt_deg=mechanical)
    value = float(pattern_attenuation_db(antenna, towards, elevation))
    assert 0.0 <= value <= TR36814_PATTERN.front_to_back_db
