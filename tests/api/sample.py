"""A small province with everything in it that must not leak: two operators, three sites, levels, nodes, gaps."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import rasterio
from geoalchemy2.shape import from_shape
from rasterio.transform import Affine
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Point, box
from sqlalchemy.orm import Session

from geo.parameters.coverage_rule import load_coverage_rule
from geo.store.repositories_provenance import read_provenance
from geo.store.tables import (
    AdminUnit,
    Assessment,
    Base,
    Cell,
    ClusterStatus,
    CoverageGap,
    CoverageStatistic,
    FibreNode,
    FibreReach,
    ImportRecord,
    Mast,
    Operator,
    Place,
    PlaceCoverage,
    Road,
    RoadCoverage,
    Site,
    SiteListDeclaration,
    Village,
    VillageCluster,
    VillageStatus,
)
from geo.workflows.assessment.inputs import load_error_model, load_radio_model, radio_version_of

DAY = dt.date(2026, 1, 15)
COMMUNES = ("24133", "24136")
OPERATORS = ("alpha", "beta")
# Words that only those with the token may ever read.
SECRETS = ("alpha", "beta", "TRAM-SECRET", "COT-SECRET", "ODF-SECRET", "Secret Cell", "-87.3", "-91.7")
ANSWERED_TECHNOLOGIES = ("4G", "5G")


def fill(session: Session, home: Path) -> int:
    """Put the province into an empty database and its rasters into the state folder; return the assessment's id."""
    imported = _imports(session)
    session.add_all(Operator(code=code, name=f"Operator {code}") for code in OPERATORS)
    session.flush()
    _territory(session, imported["boundaries"])
    villages = _villages(session, imported["villages"])
    cells = _network(session, imported["sites"])
    places, roads = _surroundings(session, imported)
    _nodes(session, imported["fibre"])
    assessment = _assessment(session)
    _results(session, assessment, villages, places)
    session.flush()
    _rasters(home / "assessments" / str(assessment), cells)
    assert roads
    return assessment


def _add(session: Session, *rows: Base) -> list[int]:
    session.add_all(rows)
    session.flush()
    return [row.id for row in rows]  # type: ignore[attr-defined]


def _imports(session: Session) -> dict[str, int]:
    kinds = ("boundaries", "villages", "sites", "fibre", "places", "roads")
    rows = [
        ImportRecord(
            kind=kind,
            sha256=f"{number:064x}",
            options_sha256="0" * 64,
            illustrative=True,
            as_of=DAY,
            rows_read=2,
            rows_stored=2,
            rows_unchanged=0,
            rows_skipped=0,
            rows_folded=0,
        )
        for number, kind in enumerate(kinds)
    ]
    return dict(zip(kinds, _add(session, *rows), strict=True))


def _territory(session: Session, import_id: int) -> None:
    shapes = {"66": box(108.0, 12.5, 108.4, 12.7), "24133": box(108.0, 12.5, 108.2, 12.7)}
    shapes["24136"] = box(108.2, 12.5, 108.4, 12.7)
    for code, shape in shapes.items():
        session.add(
            AdminUnit(
                import_id=import_id,
                code=code,
                name=f"Đơn vị {code}",
                name_normalised=f"don vi {code}",
                type="tỉnh" if code == "66" else "xã",
                parent_code=None if code == "66" else "66",
                geom=from_shape(MultiPolygon([shape]), srid=4326),
                population=1000,
                households=250,
                valid_from=dt.date(2025, 7, 1),
            )
        )


def _villages(session: Session, import_id: int) -> list[int]:
    rows = []
    for number, (name, commune) in enumerate([("Buôn A", COMMUNES[0]), ("=HYPERLINK(1)", COMMUNES[1])]):
        village = Village(
            import_id=import_id,
            code=f"V{number}",
            name=name,
            name_normalised=name.lower(),
            commune_code=commune,
            commune_source="declared",
            geom=from_shape(Point(108.1 + 0.2 * number, 12.6), srid=4326),
            households=100,
            population=400,
            grid_power="national_grid",
            valid_from=DAY,
        )
        village.clusters.append(
            VillageCluster(
                import_id=import_id,
                code="1",
                name="Cụm 1",
                geom=from_shape(Point(108.11 + 0.2 * number, 12.61), srid=4326),
                households=10,
                population=40,
            )
        )
        rows.append(village)
    return _add(session, *rows)


def _network(session: Session, import_id: int) -> list[int]:
    cells = []
    for number, operator in enumerate(OPERATORS):
        point = from_shape(Point(108.05 + 0.2 * number, 12.55), srid=4326)
        mast = Mast(import_id=import_id, code=f"COT-SECRET-{number}", geom=point, commune_code=COMMUNES[number])
        site = Site(
            import_id=import_id, mast=mast, operator_code=operator, code=f"TRAM-SECRET-{number}", valid_from=DAY
        )
        for technology in ANSWERED_TECHNOLOGIES:
            cell = Cell(
                import_id=import_id, site=site, code=f"Secret Cell {technology}", technology=technology, valid_from=DAY
            )
            cells.append(cell)
        session.add(SiteListDeclaration(import_id=import_id, operator_code=operator, as_of=DAY))
    return _add(session, *cells)


def _nodes(session: Session, import_id: int) -> None:
    session.add(
        FibreNode(
            import_id=import_id,
            operator_code="alpha",
            code="ODF-SECRET",
            kind="odf",
            geom=from_shape(Point(108.07, 12.57), srid=4326),
            ports_total=16,
            ports_free=7,
            valid_from=DAY,
        )
    )


def _surroundings(session: Session, imported: dict[str, int]) -> tuple[list[int], list[int]]:
    place = Place(
        import_id=imported["places"],
        code="P1",
        name="Trạm y tế",
        place_class="health",
        commune_code=COMMUNES[0],
        geom=from_shape(Point(108.1, 12.6), srid=4326),
    )
    line = MultiLineString([LineString([(108.0, 12.6), (108.2, 12.6)])])
    road = Road(
        import_id=imported["roads"], code="QL26", name="QL 26", road_class="national", geom=from_shape(line, srid=4326)
    )
    return _add(session, place), _add(session, road)


def _assessment(session: Session) -> int:
    row = Assessment(
        status="done",
        as_of=DAY,
        finished_at=dt.datetime(2026, 1, 15, 12, tzinfo=dt.UTC),
        territory_version="2025-07-01",
        # What it was made from is what is stored and configured: its points can be computed again.
        rule_version=f"{load_coverage_rule(as_of=DAY).version} test.1",
        radio_version=radio_version_of(load_radio_model(None), load_error_model(None)),
        technologies=list(ANSWERED_TECHNOLOGIES),
        operator_codes=list(OPERATORS),
        illustrative=True,
        provenance=read_provenance(session, DAY),
        inputs_sha256="1" * 64,
        terrain={"used": False, "step_m": None, "void_share": None},
        population_source="points",
        cells_total=4,
        cells_defaulted=4,
        defaulted_fields={"azimuth_deg": 4},
    )
    return _add(session, row)[0]


def _results(session: Session, assessment: int, villages: list[int], places: list[int]) -> None:
    for technology in ANSWERED_TECHNOLOGIES:
        for number, operator in enumerate((*OPERATORS, "any")):
            key = {"assessment_id": assessment, "technology": technology, "operator_code": operator}
            _statistics(session, key)
            _states(session, key, villages, places, level_dbm=(-87.3, -91.7, -87.3)[number])
            session.add(
                CoverageGap(
                    **key,
                    geom=from_shape(box(108.3, 12.6, 108.35, 12.65), srid=4326),
                    area_km2=30.0,
                    population=400,
                    households=100,
                    villages=1,
                    population_source="points",
                    commune_codes=[COMMUNES[1]],
                )
            )
    for village_id in villages:
        session.add(
            FibreReach(
                assessment_id=assessment,
                village_id=village_id,
                state="available",
                households=100,
                households_passed=100,
                households_passed_by_operator={"alpha": 100},
                ports_free=7,
                max_speed_mbps=1000,
                nearest_node_distance_m=4321.5,
            )
        )


def _statistics(session: Session, key: dict[str, object]) -> None:
    shares = {"covered": 0.5, "not_covered": 0.3, "no_data": 0.2}
    figures = {
        f"{denominator}_{part}": share
        for denominator in ("area", "population", "villages", "households")
        for part, share in shares.items()
    }
    for code in ("66", *COMMUNES):
        for tier in ("outdoor", "indoor"):
            session.add(
                CoverageStatistic(
                    **key,
                    unit_code=code,
                    unit_type="province" if code == "66" else "commune",
                    min_operators=1,
                    tier=tier,
                    **figures,
                    area_km2=480.0,
                    population=400,
                    villages=1,
                    households=100,
                )
            )
        session.add(
            RoadCoverage(
                **key, unit_code=code, road_class="national", covered_km=10.0, not_covered_km=5.0, no_data_km=1.0
            )
        )


def _states(
    session: Session, key: dict[str, object], villages: list[int], places: list[int], *, level_dbm: float
) -> None:
    states = ("covered", "not_covered")
    for village_id, state in zip(villages, states, strict=True):
        session.add(
            VillageStatus(**key, village_id=village_id, state=state, level_dbm=level_dbm, tier="outdoor", reasons=[])
        )
        for cluster in session.get_one(Village, village_id).clusters:
            session.add(ClusterStatus(**key, cluster_id=cluster.id, state=state, level_dbm=level_dbm))
    for place_id in places:
        session.add(PlaceCoverage(**key, place_id=place_id, state="covered", level_dbm=level_dbm))


def _rasters(folder: Path, cells: list[int]) -> None:
    folder.mkdir(parents=True)
    for technology in ANSWERED_TECHNOLOGIES:
        public = np.array([[1, 0], [255, 1]], dtype=np.uint8).repeat(20, axis=0).repeat(20, axis=1)
        _write(folder / f"public_{technology}.tif", public, crs="EPSG:9218", origin=(445_000, 1_405_000), step=500)
        for operator in (*OPERATORS, "any"):
            level = np.full((80, 80), -873, dtype=np.int16)
            server = np.full((80, 80), cells[0], dtype=np.int32)
            for name, array in (("level", level), ("server", server)):
                path = folder / f"{name}_{technology}_{operator}.tif"
                _write(path, array, crs="EPSG:4326", origin=(108.0, 12.7), step=0.005)


def _write(path: Path, array: np.ndarray, *, crs: str, origin: tuple[float, float], step: float) -> None:
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=array.shape[0],
        width=array.shape[1],
        count=1,
        dtype=array.dtype,
        crs=crs,
        transform=Affine(step, 0.0, origin[0], 0.0, -step, origin[1]),
    ) as raster:
        raster.write(array, 1)
