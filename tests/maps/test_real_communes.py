"""The real communes of Đắk Lắk, with 406,495 vertices, make a page below 3 MB."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import geopandas
import shapely

from maps.content import MapContent
from maps.geometry import VERTEX_BUDGET, simplify_coverage, vertex_count
from maps.pages import map_file
from tests.maps import samples
from tests.maps.vendor import place_vendor_files

LIMIT_BYTES = 3_000_000
VILLAGES = 3_500


def test_outlines_are_simplified_and_stay_neighbours(shared_data: Path) -> None:
    outlines = list(geopandas.read_file(shared_data / "data/daklak_communes_2025.gpkg").geometry)
    assert vertex_count(outlines) > 400_000
    simple = simplify_coverage(outlines)
    assert vertex_count(simple) <= VERTEX_BUDGET
    assert all(shapely.is_valid(simple))
    # What one commune loses its neighbour wins: the whole keeps its area.
    before, after = shapely.union_all(outlines).area, sum(outline.area for outline in simple)
    assert abs(after - before) / before < 0.001


def test_province_page_is_small(shared_data: Path, tmp_path: Path) -> None:
    place_vendor_files(tmp_path)
    table = geopandas.read_file(shared_data / "data/daklak_communes_2025.gpkg")
    template = samples.units()[0]
    units = tuple(
        dataclasses.replace(template, code=str(row.code), name=str(row.fullName), geometry=row.geometry)
        for row in table.itertuples()
    )
    base = samples.content(sees_sites=True, villages=VILLAGES)
    content = MapContent(
        **{field.name: getattr(base, field.name) for field in dataclasses.fields(base) if field.name != "units"},
        units=units,
    )
    assert len(map_file(content, language="vi", static_dir=tmp_path).encode()) < LIMIT_BYTES
