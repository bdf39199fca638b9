"""P.2109: the published cases and its ranges."""

from __future__ import annotations

import csv
import math
import os
from pathlib import Path

import pytest

from geo.errors import OutOfRangeError
from geo.radio.p2109 import BuildingType, building_entry_loss_db

SHARED = Path(os.environ.get("PHUSONG_SHARED", Path(__file__).parents[4] / "shared"))
VECTORS = SHARED / "vectors" / "p2109" / "results.csv"


@pytest.mark.skipif(not VECTORS.exists(), reason="../shared/vectors is absent (see PHUSONG_SHARED)")
def test_published_cases() -> None:
    with VECTORS.open(encoding="utf-8") as stream:
        rows = list(csv.reader(stream))[1:]
    assert len(rows) == 3125
    for frequency, percent, building, elevation, expected in rows:
        loss = building_entry_loss_db(
            frequency_ghz=float(frequency),
            probability=float(percent) / 100.0,
            building=BuildingType(int(building)),
            elevation_deg=float(elevation),
        )
        assert loss == pytest.approx(float(expected), abs=1e-6)


def test_median_by_hand_at_1_ghz() -> None:
    # log f = 0 and the median: 10 log (10^1.264 + 10^0.91 + 10^-0.3) = 14.31 dB.
    expected = 10.0 * math.log10(10**1.264 + 10**0.91 + 10**-0.3)
    assert building_entry_loss_db(
        frequency_ghz=1.0, probability=0.5, building=BuildingType.TRADITIONAL
    ) == pytest.approx(expected)


@pytest.mark.parametrize(
    "changes", [{"frequency_ghz": 0.05}, {"probability": 0.0}, {"probability": 1.0}, {"elevation_deg": 91.0}]
)
def test_out_of_range(changes: dict[str, float]) -> None:
    inputs = {"frequency_ghz": 1.8, "probability": 0.5, "elevation_deg": 0.0, **changes}
    with pytest.raises(OutOfRangeError):
        building_entry_loss_db(building=BuildingType.TRADITIONAL, **inputs)
