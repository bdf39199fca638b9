"""Answers as JSON and GeoJSON."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import pytest
import shapely

from geo.workflows.answers.documents import feature_collection, items_document, to_feature, to_jsonable
from geo.workflows.answers.rows import AssessmentInfo, GapRow, PlaceRow, PointStatusAnswer

INFO = AssessmentInfo(
    assessment_id=7,
    as_of=dt.date(2026, 6, 1),
    created_at=dt.datetime(2026, 6, 2, tzinfo=dt.UTC),
    finished_at=None,
    territory_version="t",
    rule_version="r",
    radio_version="m",
    technologies=("4G",),
    operators=(),
    illustrative=True,
    provenance={},
    terrain={},
    population_source="none",
    cells_total=0,
    cells_defaulted=0,
    defaulted_fields={},
    timings_s={},
    area_code=None,
    stale=False,
)
GAP = GapRow(
    id=1,
    technology="4G",
    operator="any",
    geometry=shapely.box(108.0, 12.0, 108.123456789, 12.5).reverse(),
    area_km2=1.5,
    population=None,
    households=float("nan"),
    villages=2,
    population_source="none",
    commune_codes=("24001",),
)


def test_an_items_document_carries_the_envelope() -> None:
    document = items_document(INFO, [GAP])
    assert {name: document[name] for name in ("schema_version", "as_of", "assessment_id", "illustrative", "count")} == {
        "schema_version": "1",
        "as_of": "2026-06-01",
        "assessment_id": 7,
        "illustrative": True,
        "count": 1,
    }
    assert document["items"][0]["households"] is None
    json.dumps(document, allow_nan=False)


def test_the_envelope_names_the_illustrative_kinds() -> None:
    origins = {"villages": {"illustrative": False}, "sites": {"illustrative": True}, "places": {"illustrative": True}}
    document = items_document(dataclasses.replace(INFO, provenance=origins), [GAP])
    assert document["illustrative_kinds"] == ["places", "sites"]


def test_a_feature_is_rounded_and_turns_as_the_standard_says() -> None:
    feature = feature_collection(INFO, [GAP])["features"][0]
    ring = feature["geometry"]["coordinates"][0]
    assert max(position[0] for position in ring) == 108.123457
    assert shapely.LinearRing(ring).is_ccw
    assert "geometry" not in feature["properties"]
    assert feature["id"] == 1


def test_a_row_with_a_position_becomes_a_point() -> None:
    status = PointStatusAnswer(technology="4G", operator="any", state="covered", level_dbm=None)
    row = PlaceRow(
        id=3, code="P", name="P", place_class="x", commune_code=None, lon=108.0, lat=12.5, statuses=(status,)
    )
    assert to_feature(row)["geometry"] == {"type": "Point", "coordinates": [108.0, 12.5]}


def test_what_has_no_json_form_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        to_jsonable(object())
