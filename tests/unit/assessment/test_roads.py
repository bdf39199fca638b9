"""Kilometres of road as they are stored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from geo.workflows.assessment.ground import road_classes
from geo.workflows.assessment.roads import road_rows
from tests.unit.assessment.small_province import province


def test_what_is_left_of_a_difference_is_no_road(tmp_path: Path) -> None:
    inputs = province().inputs(tmp_path)
    classes = road_classes(inputs)
    shape = (len(inputs.technologies), len(inputs.operators) + 1, len(inputs.communes), len(classes), 3)
    counted_km = np.broadcast_to([1.0 / 3.0, 2.66e-15, -1e-16], shape)
    rows = list(road_rows(inputs, counted_km).rows)
    assert rows
    whole = [row for row in rows if row[0] == inputs.province_code]
    for unit, _, _, _, covered_km, not_covered_km, no_data_km in rows:
        assert (str(not_covered_km), str(no_data_km)) == ("0.0", "0.0")
        assert covered_km == (
            0.333333 if unit != inputs.province_code else pytest.approx(0.333333 * len(inputs.communes))
        )
    assert len(whole) == (len(rows) // (len(inputs.communes) + 1))
