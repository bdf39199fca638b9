"""How wide an antenna's main lobe is, as the map draws it."""

from __future__ import annotations

import numpy as np
import pytest

from geo.radio.antennas import TR36814_PATTERN, TR38901_ELEMENT, Pattern, mounted_antenna
from geo.radio.pattern_files import MeasuredAntenna
from geo.workflows.answers.sectors import half_power_width_deg


@pytest.mark.parametrize(("pattern", "width_deg"), [(TR36814_PATTERN, 70), (TR38901_ELEMENT, 64)])
@pytest.mark.parametrize("azimuth_deg", [0.0, 123.0, 359.0])
def test_a_sector_is_as_wide_as_between_its_half_power_points(
    pattern: Pattern, width_deg: int, azimuth_deg: float
) -> None:
    antenna = mounted_antenna(pattern, azimuth_deg=azimuth_deg, mechanical_tilt_deg=6.0, electrical_tilt_deg=3.0)
    assert half_power_width_deg(antenna) == width_deg


def test_without_an_azimuth_it_is_all_around() -> None:
    assert half_power_width_deg(mounted_antenna(TR36814_PATTERN, azimuth_deg=None)) == 360


def test_a_measured_pattern_counts_by_its_own_cut() -> None:
    steps = np.linspace(0.0, 360.0, 361)
    away = np.minimum(steps, 360.0 - steps)
    cuts = [np.minimum(12.0 * (away / width_deg) ** 2, 30.0).astype(np.float32) for width_deg in (30.0, 8.0)]
    measured = MeasuredAntenna("narrow", 20.0, 0.0, False, np.stack(cuts))
    assert half_power_width_deg(mounted_antenna(TR36814_PATTERN, azimuth_deg=90.0, measured=measured)) == 30
