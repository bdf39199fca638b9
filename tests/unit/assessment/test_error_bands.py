"""The error of a level goes by the band of the cell that serves the place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import NormalDist

import numpy as np

from geo.parameters.coverage_rule import load_coverage_rule
from geo.radio.model import GROUPS
from geo.store.result_cache import ResultCache
from geo.workflows.assessment.inputs import load_error_model
from tests.unit.assessment.small_province import AS_OF, assess_province, province


def test_the_chance_of_a_centre_has_the_error_of_its_serving_band(tmp_path: Path) -> None:
    # Villages at growing distance from a mast with both technologies.
    world = replace(province(), villages=tuple((300.0, 262.0 + 7.0 * step) for step in range(20)))
    found = assess_province(world, tmp_path, ResultCache(tmp_path / "cache", limit_bytes=0))
    errors, rule = load_error_model(None), load_coverage_rule(as_of=AS_OF)
    seen = set()
    for _, technology, operator, _, level_dbm, _, _, _, chance in found.rows["village_status"]:
        if operator == "any" or level_dbm is None or not 0.01 < chance < 0.99:
            continue
        # 4G of these sites is at 1.8 GHz, 5G at 3.5 GHz. The chance tells the error that it was made with.
        error_db = (level_dbm - rule.threshold_dbm(technology)) / NormalDist().inv_cdf(chance)
        own, other = ("high", "mid") if technology == "5G" else ("mid", "high")
        distance = {band: np.abs(errors.total_db[GROUPS.index(band)] - error_db).min() for band in (own, other)}
        # Chances are stored with four digits.
        assert distance[own] < 0.04
        assert distance[other] > 0.1
        seen.add(technology)
    assert seen == {"4G", "5G"}
