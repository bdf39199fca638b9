"""A calibration holds for the networks that were measured, not for every pairing of what was."""

from __future__ import annotations

import numpy as np

from geo.radio.calibration import Samples
from geo.radio.model import GROUPS
from geo.workflows.calibration.scope import measured_scope


def test_only_networks_with_enough_pixels_and_masts_are_in_the_scope() -> None:
    # Pixels, masts, technology, operator, band: the third has too few masts, the fourth too few pixels.
    parts = [(40, 6, "4G", "a", "mid"), (30, 5, "5G", "b", "high"), (50, 4, "4G", "b", "mid"), (9, 9, "4G", "b", "low")]
    count = sum(part[0] for part in parts)
    nothing = np.zeros(count)
    samples = Samples(
        difference_db=nothing,
        censored=nothing.astype(bool),
        band=np.concatenate([np.full(part[0], GROUPS.index(part[4])) for part in parts]),
        clutter=nothing.astype(np.int64),
        obstructed=nothing.astype(np.int64),
        distance_km=nothing + 1.0,
        mast=np.concatenate([np.arange(part[0]) % part[1] for part in parts]),
    )
    names = [np.concatenate([np.full(part[0], part[at]) for part in parts]) for at in (2, 3)]
    found = measured_scope(samples, *names, minimum_pixels=30, minimum_sites=5)
    assert found == {
        "technologies": ["4G", "5G"],
        "operators": ["a", "b"],
        "measured": [
            {"technology": "4G", "operator": "a", "band_group": "mid", "pixels": 40, "masts": 6},
            {"technology": "5G", "operator": "b", "band_group": "high", "pixels": 30, "masts": 5},
        ],
    }
