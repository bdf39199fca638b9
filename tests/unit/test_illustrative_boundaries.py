"""The illustrative boundaries: reproducible byte for byte, valid, complete, without gaps or overlaps."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from data.build import boundaries
from data.build.units import AREA_NOT_TRUSTED, package_folder

FOLDER = Path(__file__).parents[2] / "data" / "boundaries"


def _features() -> list[dict[str, object]]:
    features: list[dict[str, object]] = json.loads((FOLDER / "communes.geojson").read_text("utf-8"))["features"]
    return features


def test_the_script_reproduces_the_committed_files(tmp_path: Path) -> None:
    folder = package_folder()
    if folder is None:
        pytest.skip("vietnamadminunits is not installed: the boundaries cannot be made again")
    (tmp_path / "boundaries").mkdir()
    boundaries.build(tmp_path)
    for name in ("communes.geojson", "crosswalk.csv", "SOURCES.yaml"):
        assert (tmp_path / "boundaries" / name).read_bytes() == (FOLDER / name).read_bytes(), name


def test_there_are_102_communes_and_the_province() -> None:
    properties = [feature["properties"] for feature in _features()]
    kinds = [item["type"] for item in properties]  # type: ignore[index]
    assert (kinds.count("xã"), kinds.count("phường"), kinds.count("tỉnh")) == (88, 14, 1)
    without_area = {item["code"] for item in properties if item["official_area_km2"] is None}  # type: ignore[index]
    assert without_area == AREA_NOT_TRUSTED


def test_the_communes_tile_the_province() -> None:
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in _features()]
    province, communes = shapes[0], shapes[1:]
    assert all(shape.geom_type == "MultiPolygon" and shape.is_valid for shape in shapes)
    assert shapely.coverage_is_valid(np.array(communes, dtype=object))
    assert sum(commune.area for commune in communes) == pytest.approx(province.area, rel=1e-9)


def test_the_crosswalk_leads_286_old_units_to_all_102_communes() -> None:
    with (FOLDER / "crosswalk.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 294
    assert len({row["old_code"] for row in rows}) == 286
    assert len({row["new_code"] for row in rows}) == 102
    assert len({row["old_code"] for row in rows if row["split"] == "yes"}) == 8
