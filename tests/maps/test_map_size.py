"""A dense province, as large as the map ever draws, stays below 3 MB as a page and as a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from shapely.geometry import LineString, Polygon

from geo.workflows.answers.rows import CommuneRow, FibreNodeRow, GapRow, RoadRow
from maps.content import MapContent
from maps.layers import MAX_GAPS, MAX_SITES, sites_layer
from maps.pages import map_file, map_parts
from tests.maps import samples
from tests.maps.vendor import place_vendor_files

LIMIT_BYTES = 3_000_000
COLUMNS, LINES, SIDE_DEG = 17, 6, 0.15
VILLAGES, NODES, ROADS = 1_700, 7_000, 400
GRID_DEG = 0.0046
RANDOM = np.random.default_rng(1)


def border(column: int, line: int, *, across: bool) -> np.ndarray:
    """The winding border from one corner of the lattice to the next; the same for both neighbours."""
    random = np.random.default_rng([column, line, int(across)])
    along = np.linspace(0.0, SIDE_DEG, 120)
    aside = np.concatenate([[0.0], random.normal(0.0, 0.002, 118), [0.0]])
    steps = (aside, along) if across else (along, aside)
    points: np.ndarray = np.add(np.column_stack(steps), (108.0 + SIDE_DEG * column, 12.2 + SIDE_DEG * line))
    return points


def commune(column: int, line: int) -> CommuneRow:
    sides = (
        border(column, line, across=False),
        border(column + 1, line, across=True),
        border(column, line + 1, across=False)[::-1],
        border(column, line, across=True)[::-1],
    )
    outline = Polygon(np.concatenate([side[:-1] for side in sides]))
    number = COLUMNS * line + column
    return replace(samples.units()[0], code=f"{24000 + number}", name=f"Xã Ea {number}", geometry=outline)


def staircase(number: int, technology: str) -> GapRow:
    """A gap as the 500 m grid makes it: every row of cells ends elsewhere."""
    west, south = 108.0 + 0.1 * (number % 25), 12.2 + 0.04 * (number // 25)
    ends = np.cumsum(RANDOM.choice([-1, 1], (16, 2)), axis=0) * GRID_DEG / 4 + (0.0, 20 * GRID_DEG)
    rise = np.repeat(np.arange(17), 2)[1:-1] * GRID_DEG / 2
    left, right = (np.column_stack([np.repeat(side, 2), rise]) for side in ends.T)
    return replace(
        samples.gaps()[1],
        id=number,
        technology=technology,
        geometry=Polygon(np.add(np.concatenate([left, right[::-1]]), (west, south))),
    )


def node(number: int) -> FibreNodeRow:
    lon, lat = RANDOM.uniform((108.0, 12.2), (110.5, 13.1))
    kind = ("exchange", "splitter", "distribution_point")[number % 3]
    return FibreNodeRow(
        id=number,
        code=f"VNPT-DLK-{number:05}",
        operator=("vnpt", "viettel", "fpt")[number % 3],
        kind=kind,
        lon=float(lon),
        lat=float(lat),
        ports_total=64,
        ports_free=number % 64,
    )


def road(number: int) -> RoadRow:
    points = np.cumsum(RANDOM.normal(0.0, 0.003, (50, 2)), axis=0) + RANDOM.uniform((108.0, 12.2), (110.5, 13.1))
    return RoadRow(
        id=number, code=f"R{number}", name=f"Tỉnh lộ {number}", road_class="secondary", geometry=LineString(points)
    )


@pytest.fixture(scope="module")
def dense() -> MapContent:
    base = samples.content(sees_sites=True, villages=VILLAGES)
    places = RANDOM.uniform((108.0, 12.2), (110.5, 13.1), (MAX_SITES, 2)).tolist()
    sites = tuple(replace(samples.site(number), lon=lon, lat=lat) for number, (lon, lat) in enumerate(places))
    return replace(
        base,
        units=tuple(commune(column, line) for line in range(LINES) for column in range(COLUMNS)),
        gaps=tuple(staircase(number, name) for name in samples.TECHNOLOGIES for number in range(MAX_GAPS)),
        fibre_nodes=tuple(node(number) for number in range(NODES)),
        roads=tuple(road(number) for number in range(ROADS)),
        sites=sites,
        sites_total=MAX_SITES,
    )


def test_a_dense_province_stays_below_the_limit(dense: MapContent, tmp_path: Path) -> None:
    place_vendor_files(tmp_path)
    assert len(dense.units) == 102
    assert len(map_file(dense, language="vi", static_dir=tmp_path).encode()) < LIMIT_BYTES
    parts = map_parts(dense, language="vi", static_dir=tmp_path)
    assert len("".join((parts.head, parts.body, parts.script)).encode()) < LIMIT_BYTES


def test_a_station_of_which_nobody_said_whether_its_mast_is_shared_has_no_data() -> None:
    said = [replace(samples.site(number), shared=shared) for number, shared in enumerate((True, False, None))]
    layer = sites_layer(MapContent(territory_name="x", units=(), sites=tuple(said)), "vi")
    assert layer is not None
    assert [row[6] for row in layer["rows"]] == [1, 0, None]
