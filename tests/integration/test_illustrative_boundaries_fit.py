"""How far the illustrative boundaries are from the real ones: the figures of docs/reference/illustrative-data.md."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean, median

import geopandas
import pytest

from tests.conftest import REPOSITORY

METRIC = "EPSG:9218"


def test_the_polygons_resemble_the_real_ones_as_documented(shared_data: Path) -> None:
    made = geopandas.read_file(REPOSITORY / "data" / "boundaries" / "communes.geojson").to_crs(METRIC)
    real = geopandas.read_file(shared_data / "data" / "daklak_communes_2025.gpkg").to_crs(METRIC)
    real_of = dict(zip(real["code"].astype(str), real.geometry, strict=True))
    communes = [(real_of[code], shape) for code, shape in zip(made["code"], made.geometry, strict=True) if code != "66"]
    fits = [a.intersection(b).area / a.union(b).area for a, b in communes]
    assert len(fits) == 102
    assert fmean(fits) == pytest.approx(0.71, abs=0.005)
    assert median(fits) == pytest.approx(0.73, abs=0.005)
    province, whole = made.geometry[made["code"] == "66"].iloc[0], real.geometry.union_all()
    assert province.intersection(whole).area / province.union(whole).area == pytest.approx(0.944, abs=0.005)
