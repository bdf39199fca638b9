"""A province of nine tiles that is assessed without a database: inputs as records, results as rows and files.

Every edit makes new inputs; nothing of the program is replaced.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.transform import Affine
from shapely.geometry import LineString, box

from geo.domain.grid import Bounds
from geo.domain.sites import ANY_OPERATOR, Cell, Technology
from geo.domain.villages import SiteListState
from geo.parameters.coverage_rule import load_coverage_rule
from geo.radio.link_budget import resolve_cells
from geo.radio.masts import masts_of
from geo.settings import Settings
from geo.store.repositories import ClusterRecord, PlaceRecord, RasterRecord, RoadRecord, UnitRecord, VillageRecord
from geo.store.result_cache import ResultCache
from geo.store.results import ResultRows
from geo.workflows.assessment.files import raster_kinds
from geo.workflows.assessment.grid import add_up, compute_tiles, make_bench, plan_tiles
from geo.workflows.assessment.inputs import Inputs, load_error_model, load_gap_rule, load_radio_model
from geo.workflows.assessment.kept_window import WindowAhead, kept_window
from geo.workflows.assessment.keying import keyed_masts
from geo.workflows.assessment.public_grid import GapMaker, gap_rows
from geo.workflows.assessment.raster_files import write_public, write_rasters
from geo.workflows.assessment.roads import road_rows
from geo.workflows.assessment.runners import LocalRunner, Runner
from geo.workflows.assessment.settled import compute_settled
from geo.workflows.assessment.statistics import Measured, statistic_rows

# 560 x 540 pixels of three seconds: three tiles each way.
STEP = 3.0 / 3600.0
WEST, NORTH, ROWS, COLS = 108.0, 12.9, 560, 540
MARGIN = 120
AS_OF = dt.date(2026, 6, 1)
COMMUNES = ("24001", "24002", "24003")
OPERATORS = ("alpha", "beta")
# The folder of raster files in the folder of an assessment.
OUT = "out"
RASTER_ROWS, RASTER_COLS = ROWS + 2 * MARGIN, COLS + 2 * MARGIN


@dataclass(frozen=True)
class Site:
    """A site with one sector of 4G, and one of 5G where it has that."""

    number: int
    operator: str
    row: float
    col: float
    height_m: float = 40.0
    eirp_dbm: float = 52.0
    azimuth_deg: float | None = None
    tilt_deg: float = 2.0
    has_5g: bool = False

    def cells(self) -> list[Cell]:
        """Return the cells as a list declares them."""
        bands = [(Technology.G4, 1800.0), *([(Technology.G5, 3500.0)] if self.has_5g else [])]
        return [
            Cell(
                cell_id=10 * self.number + place,
                site_id=self.number,
                mast_id=self.number,
                operator_code=self.operator,
                technology=technology,
                lon=WEST + self.col * STEP,
                lat=NORTH - self.row * STEP,
                frequency_mhz=frequency,
                bandwidth_mhz=20.0,
                azimuth_deg=self.azimuth_deg,
                electrical_tilt_deg=self.tilt_deg,
                antenna_height_m=self.height_m,
                eirp_dbm=self.eirp_dbm,
            )
            for place, (technology, frequency) in enumerate(bands)
        ]


@dataclass(frozen=True, eq=False)
class Province:
    """Everything that an edit may change."""

    sites: tuple[Site, ...]
    terrain_m: NDArray[np.float32]
    classes: NDArray[np.uint8]
    people: NDArray[np.float32] | None
    villages: tuple[tuple[float, float], ...]
    covered_tier: str = "outdoor"
    reach_scale: float = 0.6
    without_list: frozenset[tuple[str, str]] = frozenset()

    def inputs(self, home: Path) -> Inputs:
        """Return the inputs of an assessment; rasters are written into the state folder."""
        model = load_radio_model(None)
        cells = [cell for site in self.sites for cell in site.cells()]
        resolved, problems = resolve_cells(cells, model)
        assert not problems
        units = tuple(_unit(code, number) for number, code in enumerate(COMMUNES))
        rule = load_coverage_rule(as_of=AS_OF)
        rasters = [_raster(home, "terrain", self.terrain_m), _raster(home, "landcover", self.classes)]
        if self.people is not None:
            rasters.append(_raster(home, "population", self.people))
        return Inputs(
            as_of=AS_OF,
            technologies=("4G", "5G"),
            area_code=None,
            rule=replace(rule, covered_tier=self.covered_tier),
            gap_rule=load_gap_rule(Settings(home=home), AS_OF),
            model=model,
            territory_version="test",
            province_code="66",
            communes=units,
            bounds=Bounds(WEST, NORTH - ROWS * STEP, WEST + COLS * STEP, NORTH),
            operators=OPERATORS,
            operator_names={operator: operator for operator in OPERATORS},
            site_lists={
                (operator, commune): SiteListState.MISSING
                if (operator, commune) in self.without_list
                else SiteListState.CURRENT
                for operator in OPERATORS
                for commune in (None, *COMMUNES)
            },
            cells=tuple(replace(cell, reach_m=self.reach_scale * min(cell.reach_m, 10_000.0)) for cell in resolved),
            cell_problems=(),
            villages=tuple(_village(number, *place) for number, place in enumerate(self.villages, 1)),
            places=(PlaceRecord(id=1, commune_code=COMMUNES[0], lon=WEST + 0.1, lat=NORTH - 0.2),),
            roads=(
                RoadRecord(
                    id=1,
                    road_class="national",
                    geometry=LineString([(WEST, NORTH - 0.2), (WEST + COLS * STEP, NORTH - 0.25)]),
                ),
            ),
            rasters=tuple(rasters),
            fibre_declarations={},
            nearest_node_distance_m={},
            provenance={},
            digest="",
            errors=load_error_model(None),
        )


def province() -> Province:
    """Return the province before any edit: hills, a forest, four sites, three villages."""
    rng = np.random.default_rng(3)
    rows, cols = np.mgrid[0:RASTER_ROWS, 0:RASTER_COLS].astype(np.float32)
    terrain = 400 + 120 * np.sin(rows / 37) * np.cos(cols / 53) + 60 * np.sin((rows + 2 * cols) / 19)
    classes = np.where((rows // 90 + cols // 70) % 3 == 0, 10, 30).astype(np.uint8)
    people = np.where(rng.random((RASTER_ROWS, RASTER_COLS)) < 0.01, 17.25, 0.0).astype(np.float32)
    sites = (
        Site(1, "alpha", 100.0, 120.0, azimuth_deg=90.0),
        Site(2, "alpha", 300.5, 260.25, has_5g=True),
        Site(3, "beta", 500.0, 500.0, azimuth_deg=200.0, has_5g=True),
        Site(4, "beta", 480.0, 90.0),
    )
    return Province(sites, terrain.astype(np.float32), classes, people, ((110.0, 130.0), (310.0, 400.0), (530.0, 20.0)))


@dataclass(frozen=True, eq=False)
class Outcome:
    """Rows of every result table, and the pixels of every raster file."""

    rows: dict[str, list[Any]]
    rasters: dict[str, NDArray[Any]]


def assess_province(
    of: Province, folder: Path, cache: ResultCache, runner: Runner | None = None, earlier: Sequence[Path] = ()
) -> Outcome:
    """Assess a province as `assess_coverage` does, without a database; `earlier` are folders of earlier outcomes."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(home=folder, cache_limit_gb=0)
    inputs = of.inputs(folder)
    with WindowAhead(cache) as ahead:
        bench = make_bench(inputs, settings, kept_window(inputs, settings, cache, ahead), cache)
    masts = keyed_masts(bench, masts_of(inputs.cells))
    tiles = compute_tiles(plan_tiles(inputs, settings, bench, masts), runner or LocalRunner(2), None)
    grid = add_up(inputs, settings, tiles)
    settled = compute_settled(inputs, bench, masts)
    tables = (
        statistic_rows(inputs, Measured(grid, settled)),
        *settled.rows,
        gap_rows(GapMaker(inputs, settings, grid.public, settled.people, settled.points, cache), grid.states),
        road_rows(inputs, grid.roads_km),
    )
    out = folder / OUT
    out.mkdir(exist_ok=True)
    area = bench.window.area
    kinds = raster_kinds(inputs.technologies, inputs.operators)
    write_rasters(out, area, tiles, kinds, earlier=[other / OUT for other in earlier], workers=2)
    write_public(out, grid.public.grid, {each: grid.states[each, ANY_OPERATOR] for each in inputs.technologies})
    return Outcome({rows.table.__tablename__: _plain(rows) for rows in tables}, read_folder(out))


def read_folder(folder: Path) -> dict[str, NDArray[Any]]:
    """Return the pixels of the raster files of a folder by name."""
    found = {}
    for path in sorted(folder.glob("*.tif")):
        with rasterio.open(path) as dataset:
            found[path.name] = dataset.read(1)
    return found


def assert_same(one: Outcome, other: Outcome) -> None:
    """Compare bit for bit."""
    assert one.rows.keys() == other.rows.keys()
    for table, rows in one.rows.items():
        assert rows == other.rows[table], table
    assert one.rasters.keys() == other.rasters.keys()
    for name, raster in one.rasters.items():
        assert np.array_equal(raster, other.rasters[name]), name


def _plain(rows: ResultRows) -> list[Any]:
    def plain(values: Iterable[Any]) -> list[Any]:
        return [shapely.to_wkb(value) if isinstance(value, shapely.Geometry) else value for value in values]

    return [plain(row) for row in rows.rows]


def _unit(code: str, number: int) -> UnitRecord:
    west = WEST + number * COLS / 3 * STEP
    outline = box(west, NORTH - ROWS * STEP, west + COLS / 3 * STEP, NORTH)
    return UnitRecord(code=code, name=code, is_province=False, parent_code="66", geometry=outline)


def _village(number: int, row: float, col: float) -> VillageRecord:
    lon, lat = WEST + col * STEP, NORTH - row * STEP
    commune = COMMUNES[min(2, int(3 * col / COLS))]
    cluster = ClusterRecord(id=number, code="C1", lon=lon + 0.01, lat=lat, households=10, population=40)
    return VillageRecord(
        id=number,
        code=f"V{number}",
        commune_code=commune,
        lon=lon,
        lat=lat,
        households=50,
        population=200,
        clusters=(cluster,),
    )


def _raster(home: Path, kind: str, values: NDArray[Any]) -> RasterRecord:
    folder = home / "rasters"
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(kind.encode() + values.tobytes()).hexdigest()
    west, north = WEST - MARGIN * STEP, NORTH + MARGIN * STEP
    profile = {"width": RASTER_COLS, "height": RASTER_ROWS, "count": 1, "dtype": values.dtype.name, "crs": "EPSG:4326"}
    nodata = -32768.0 if kind == "terrain" else None
    path = folder / f"{digest}.tif"
    if not path.exists():
        with rasterio.open(
            path, "w", driver="GTiff", transform=Affine(STEP, 0, west, 0, -STEP, north), nodata=nodata, **profile
        ) as dataset:
            dataset.write(values, 1)
    bounds = Bounds(west, north - RASTER_ROWS * STEP, west + RASTER_COLS * STEP, north)
    return RasterRecord(kind=kind, file_sha256=digest, crs="EPSG:4326", bounds=bounds, step_x=STEP, step_y=STEP)
