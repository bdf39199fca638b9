"""The cheap sines and arc tangents against the library's."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from geo.radio.kernels.angles import arc_tangent, cosine, sine

pytestmark = pytest.mark.kernels

WITHIN = 1e-8


@given(angle=st.floats(-50.0, 50.0))
def test_sine_and_cosine(angle: float) -> None:
    assert sine(angle) == pytest.approx(math.sin(angle), abs=WITHIN)
    assert cosine(angle) == pytest.approx(math.cos(angle), abs=WITHIN)


@given(y=st.floats(-1e3, 1e3), x=st.floats(-1e3, 1e3))
def test_arc_tangent(y: float, x: float) -> None:
    # The origin has no direction; what lies nearer to it than any pixel may be taken for it.
    assume(math.hypot(x, y) > 1e-9)
    expected = math.atan2(y, x)
    # On the line behind, -pi and pi are one direction.
    difference = abs(arc_tangent(y, x) - expected)
    assert min(difference, abs(difference - 2.0 * math.pi)) < WITHIN


@pytest.mark.parametrize("degrees", [-180.0, -90.0, -45.0, 0.0, 22.5, 45.0, 67.5, 90.0, 135.0, 180.0])
def test_corners(degrees: float) -> None:
    angle = math.radians(degrees)
    assert sine(angle) == pytest.approx(math.sin(angle), abs=WITHIN)
    assert math.degrees(arc_tangent(math.sin(angle), math.cos(angle))) % 360.0 == pytest.approx(
        degrees % 360.0, abs=1e-6
    )
    assert arc_tangent(0.0, 0.0) == 0.0
