"""Power units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.domain.units import dbm_from_watt, watt_from_dbm


def test_forty_watt_is_46_dbm() -> None:
    assert dbm_from_watt(40.0) == pytest.approx(46.0206, abs=1e-4)


@given(st.floats(-100, 100))
def test_there_and_back(power_dbm: float) -> None:
    assert dbm_from_watt(watt_from_dbm(power_dbm)) == pytest.approx(power_dbm, abs=1e-9)


@pytest.mark.parametrize("power_w", [0.0, -1.0])
def test_no_power_has_no_level(power_w: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        dbm_from_watt(power_w)
