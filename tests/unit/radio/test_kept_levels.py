"""One level at every door: rasters, points and explanations round the same way."""

from __future__ import annotations

import numpy as np

from geo.domain.coverage import decode_levels, kept_level_dbm
from geo.domain.sites import Technology
from geo.radio.layers import LevelLayer


def test_a_level_is_rounded_alike_in_hundredths_and_in_dbm() -> None:
    cdbm = np.arange(-20_000, -2_000, dtype=np.int16)
    layer = LevelLayer(Technology.G4, "one", cdbm, np.ones(cdbm.shape, np.int32), np.zeros(cdbm.shape, np.bool_))
    in_rasters = decode_levels(layer.encoded())
    assert [kept_level_dbm(hundredths / 100) for hundredths in cdbm.tolist()] == in_rasters.tolist()
    assert kept_level_dbm(-79.4) == -79.4
    assert kept_level_dbm(-79.41) == -79.5
