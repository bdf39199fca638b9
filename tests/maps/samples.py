"""A small made-up province, built from the same rows that the answers layer gives."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
from shapely.geometry import LineString, box

from api import example_rows as examples
from geo.domain.grid import Grid
from geo.workflows.answers.rows import (
    AssessmentInfo,
    CommuneRow,
    CoverageRow,
    FibreCommuneRow,
    FibreRow,
    GapRow,
    OperatorInfo,
    PlaceRow,
    PointStatusAnswer,
    Reason,
    RoadRow,
    SiteRow,
    VillageAnswer,
    VillageStatusAnswer,
)
from maps.content import MapContent
from maps.rasters import CoverageRaster

TECHNOLOGIES = ("4G", "5G")
STATES = ("covered", "partly_covered", "not_covered", "no_data")
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def assessment(*, illustrative: bool = True) -> AssessmentInfo:
    return replace(
        examples.ASSESSMENT,
        as_of=dt.date(2026, 11, 22),
        operators=(OperatorInfo(code="viettel", name="Viettel"), OperatorInfo(code="vnpt", name="VNPT")),
        illustrative=illustrative,
        provenance={"sites": {"illustrative": illustrative, "import_ids": [1], "as_of": "2026-11-01", "rows": 12}},
        cells_total=120,
        cells_defaulted=30,
    )


def units(side: int = 3) -> tuple[CommuneRow, ...]:
    return tuple(
        replace(
            examples.UNIT,
            code=f"{24000 + row * side + col}",
            name=f"Xã Cư M'gar {row}{col}",
            type="xã",
            population=None if row == col == 2 else 30_000 + row,
            households=8_000,
            geometry=box(108.0 + 0.1 * col, 12.5 + 0.1 * row, 108.1 + 0.1 * col, 12.6 + 0.1 * row),
        )
        for row in range(side)
        for col in range(side)
    )


def coverage(*, value: float = 0.9) -> tuple[CoverageRow, ...]:
    return tuple(
        coverage_row(unit.code, unit.name, technology, value - 0.1 * index)
        for unit in units()[:-1]
        for index, technology in enumerate(TECHNOLOGIES)
    )


def coverage_row(code: str, name: str, technology: str, covered: float, unit_type: str = "commune") -> CoverageRow:
    lacking, unknown = (1 - covered) * 0.75, (1 - covered) * 0.25
    return CoverageRow(
        code=code,
        name=name,
        unit_type=unit_type,  # type: ignore[arg-type]
        technology=technology,
        operator="any",
        min_operators=1,
        tier="outdoor",
        share_area=covered,
        share_population=covered,
        share_villages=covered,
        share_households=covered,
        share_no_data=unknown,
        share_area_not_covered=lacking,
        share_area_no_data=unknown,
        share_population_not_covered=lacking,
        share_population_no_data=unknown,
        share_villages_not_covered=lacking,
        share_villages_no_data=unknown,
        share_households_not_covered=lacking,
        share_households_no_data=unknown,
        area_km2=121.4,
        population=30_000,
        villages=20,
        households=8_000,
    )


def village(number: int, *, name: str | None = None, placed: bool = True) -> VillageAnswer:
    state = STATES[number % 4]
    unit = units()[number % 8]
    outline = unit.geometry
    assert outline is not None
    center = outline.centroid
    reason = Reason(code="below_tier", vi="Mức thu dưới ngưỡng", en="Level below the tier")
    return VillageAnswer(
        id=number,
        code=f"V{number:04}",
        name=name or f"Buôn Đắk Ƀlang {number}",
        commune_code=unit.code,
        commune_name=unit.name,
        lon=center.x + 0.003 * (number % 9) if placed else None,
        lat=center.y - 0.004 * (number % 7) if placed else None,
        households=80 + number,
        population=400 + number,
        grid_power="national_grid",
        flags=("ethnic_minority",),
        statuses=tuple(
            VillageStatusAnswer(
                technology=technology,
                operator="any",
                state=state,  # type: ignore[arg-type]
                level_dbm=None,
                tier=None,
                reasons=(reason,),
            )
            for technology in TECHNOLOGIES
        ),
    )


def gaps() -> tuple[GapRow, ...]:
    return tuple(
        GapRow(
            id=number,
            technology="4G",
            operator="any",
            geometry=box(108.02 + 0.1 * number, 12.52, 108.05 + 0.1 * number, 12.56),
            area_km2=14.2,
            population=120.0 if number else None,
            households=30.0 if number else None,
            villages=2,
            population_source="villages",
            commune_codes=("24000",),
        )
        for number in range(2)
    )


def raster(technology: str = "4G") -> CoverageRaster:
    values = np.zeros((40, 40), dtype=np.uint8)
    values[:, 15:] = 1
    values[30:, :] = 255
    grid = Grid(west=440_000, north=1_420_000, step_x=500, step_y=500, rows=40, cols=40, crs="EPSG:9218")
    return CoverageRaster(technology=technology, values=values, grid=grid)


def site(number: int, *, code: str | None = None) -> SiteRow:
    return replace(
        examples.SITE,
        id=number,
        code=code or f"DLK{number:04}",
        operator="viettel" if number % 2 else "vnpt",
        mast_code=f"M{number}",
        lon=108.05 + 0.01 * number,
        lat=12.55,
        technologies=TECHNOLOGIES,
        shared=number % 3 == 0,
    )


def fibre(number: int) -> FibreRow:
    return replace(
        examples.FIBRE,
        village_id=number,
        village_code=f"V{number:04}",
        name=f"Buôn {number}",
        commune_code="24000",
        state=("available", "partly_available", "not_available", "no_data")[number % 4],
    )


def fibre_commune(unit: CommuneRow) -> FibreCommuneRow:
    return FibreCommuneRow(
        code=unit.code,
        name=unit.name,
        unit_type="commune",
        villages=20,
        villages_available=12,
        villages_partly_available=3,
        villages_not_available=3,
        villages_no_data=2,
        households=8_000,
        households_passed=6_000,
        households_no_data=500,
        share_households_passed=0.75,
        share_households_not_passed=0.1875,
        share_households_no_data=0.0625,
        households_passed_1gbps=None,
        ports_free=None,
        nearest_node_distance_median_m=None,
        nearest_node_distance_largest_m=None,
    )


def content(*, sees_sites: bool = False, villages: int = 40) -> MapContent:
    rows = [village(number) for number in range(villages)]
    rows[3] = village(3, name=EVIL)
    rows[5] = village(5, placed=False)
    statuses = tuple(
        PointStatusAnswer(technology=name, operator="any", state="covered", level_dbm=None) for name in TECHNOLOGIES
    )
    return MapContent(
        territory_name="Tỉnh Đắk Lắk",
        info=assessment(),
        units=units(),
        coverage=coverage(),
        villages=tuple(rows),
        gaps=gaps(),
        gaps_total=2,
        fibre_communes=tuple(fibre_commune(unit) for unit in units()),
        fibre_villages=tuple(fibre(number) for number in range(villages)),
        places=(
            PlaceRow(
                id=1,
                code="P1",
                name="Bệnh viện",
                place_class="hospital",
                commune_code="24000",
                lon=108.1,
                lat=12.6,
                statuses=statuses,
            ),
        ),
        roads=(
            RoadRow(
                id=1,
                code="R1",
                name="Quốc lộ 26",
                road_class="trunk",
                geometry=LineString([(108.0, 12.55), (108.3, 12.7)]),
            ),
        ),
        sites=tuple(site(number) for number in range(6)) if sees_sites else (),
        sites_total=6 if sees_sites else 0,
        rasters=(raster("4G"), raster("5G")),
    )
