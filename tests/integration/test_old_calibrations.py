"""A calibration from before networks were told apart is refused; what was assessed with it stays."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from api.cli.up import _bring_assessment
from geo.errors import BadInputError
from geo.store import tables
from geo.store.calibrations import add_calibration
from geo.store.session import session_scope
from geo.workflows.answers.assessments import newest_assessment
from geo.workflows.answers.point import answer_point
from geo.workflows.answers.rows import AssessmentInfo
from geo.workflows.assess_coverage import assess
from geo.workflows.compile_kernels import Compiling
from tests.api.test_cli_answers import runner
from tests.conftest import TestDatabase
from tests.integration import tiny_world as world

FIGURES = {"bias_db": -0.04, "rmse_db": 6.0, "mean_absolute_db": 4.0}
# What a fit stored before: offsets by band alone.
OLD: dict[str, Any] = {
    "schema_version": "1",
    "name": "old",
    "radio_version": "radio 0",
    "scope": {"technologies": ["4G"], "operators": ["alpha"], "measured": []},
    "classes": {
        "low_below_mhz": 1000.0, "high_above_mhz": 3000.0, "obstructed_above_db": 10.0, "reference_km": 3.0,
        "shortest_km": 0.05,
    },
    "pixels": 300,
    "masts": 9,
    "left_out": {},
    "bands": [
        {
            "band_group": "mid", "slope_db_per_decade": 1.0, "nearest_km": 0.5, "farthest_km": 5.0, "pixels": 300,
            "masts": 9, "offsets": [{"clutter": "open", "path": "obstructed", "offset_db": -4.0, "pixels": 300}],
        }
    ],
    "cross_validation": {"by": "mast", "folds": 5, "before": FIGURES, "after": FIGURES, "tiers": []},
    "uncertainty": {"bias_db": 1.0, "site_db": 2.0, "local_db": {"line_of_sight": 5.0, "obstructed": 6.0}},
}  # fmt: skip


@pytest.fixture(scope="module")
def published(module_database: TestDatabase) -> AssessmentInfo:
    """An assessment that says it was made with an old calibration."""
    with session_scope(module_database.app) as session:
        world.add_world(session)
    info = assess(engine=module_database.app, settings=module_database.settings, as_of=world.AS_OF, technologies=["4G"])
    with session_scope(module_database.app) as session:
        add_calibration(session, OLD, import_ids=[], illustrative=True)
    return info


def _label(database: TestDatabase, info: AssessmentInfo, name: str | None) -> None:
    with session_scope(database.app) as session:
        label = None if name is None else {"name": name, "version": "1", "sha256": "0" * 64, "illustrative": True}
        session.get_one(tables.Assessment, info.assessment_id).calibration = label


def test_it_is_shown_and_not_applied(
    module_database: TestDatabase, published: AssessmentInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadInputError, match="fit it again"):
        assess(
            engine=module_database.app, settings=module_database.settings, as_of=world.AS_OF, technologies=["4G"],
            calibration="old",
        )  # fmt: skip
    with session_scope(module_database.app) as session:
        # It was refused before anything was begun.
        assert session.scalar(select(func.max(tables.Assessment.id))) == published.assessment_id
    shown = runner(module_database, monkeypatch)("calibrate", "show", "old")
    assert (shown.code, "fit it again" in shown.err) == (0, True)
    # Nothing is "-0.0".
    assert "-0.0" not in shown.out


def test_points_are_answered_from_what_was_stored(module_database: TestDatabase, published: AssessmentInfo) -> None:
    found = []
    for name in (None, "old"):
        _label(module_database, published, name)
        with session_scope(module_database.app) as session:
            home = module_database.settings.home_path
            found.append(answer_point(session, lon=108.05, lat=12.66, home=home, sees_sites=True))
    assert [answer.basis for answer in found] == ["computed", "stored_raster"]


def test_up_keeps_the_assessment(
    module_database: TestDatabase,
    published: AssessmentInfo,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _label(module_database, published, "old")
    count = select(func.count()).select_from(tables.Assessment)
    with session_scope(module_database.app) as session:
        before = session.scalar(count)
    runner(module_database, monkeypatch)
    with (module_database.settings.home_path / "log").open("wb") as log:
        _bring_assessment(module_database.settings, Compiling(None, log))
    assert "old@1" in capsys.readouterr().err
    with session_scope(module_database.app) as session:
        assert newest_assessment(session).assessment_id == published.assessment_id
        assert session.scalar(count) == before


def test_one_from_before_masts_were_told_apart_by_network_can_be_used_and_says_so(
    module_database: TestDatabase, published: AssessmentInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = {
        "technology": "4G", "operator": "alpha", "band_group": "mid", "offset_db": -4.0, "pixels": 300, "masts": 9,
        "slope_db_per_decade": 1.0, "nearest_km": 0.5, "farthest_km": 5.0, "not_corrected": [],
        "offsets": [
            {
                "clutter": "unknown", "path": "obstructed", "offset_db": -4.0, "standard_error_db": 0.7, "pixels": 300,
                "masts": 9,
            }
        ],
        "errors": {"site_db": 2.0, "local_db": {"line_of_sight": 5.0, "obstructed": 6.0}, "masts": 9},
    }  # fmt: skip
    for name, version in (("second", "2"), ("third", "3")):
        with session_scope(module_database.app) as session:
            document = {**OLD, "schema_version": version, "name": name, "networks": [network], "not_corrected": []}
            add_calibration(session, document, import_ids=[], illustrative=True)
        shown = runner(module_database, monkeypatch)("calibrate", "show", name)
        assert (shown.code, "share masts" in shown.err) == (0, version == "2")
    used = assess(
        engine=module_database.app, settings=module_database.settings, as_of=world.AS_OF, technologies=["4G"],
        calibration="second",
    )  # fmt: skip
    assert used.assessment_id > published.assessment_id
