"""A world small enough to know every answer by hand.

Three communes of 0.1 x 0.1 degrees from west to east (24001, 24002, 24003), two operators, one mast each, both with one
omnidirectional 4G cell of 40 dBm EIRP at 40 m on 1800 MHz. Alpha's mast stands in the middle of 24001 and its list
answers for all communes; beta's stands in the middle of 24002 and its list answers for 24001 and 24002 only.

At 1800 MHz free space loses 97.5 dB over 1 km and 119 dB over 12 km. With 1200 resource elements (20 MHz) the reference
signal has 40 - 10 log10(1200) = 9.2 dBm, so that 1 km gives about -95 dBm after the margin for 90 % of locations and
12 km at most -117 dBm: covered at -105 dBm near a mast, not covered in the next commune but one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import numpy as np
import rasterio
from geoalchemy2.shape import from_shape
from numpy.typing import NDArray
from rasterio.transform import Affine
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Point, Polygon, box
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.store import tables

AS_OF = dt.date(2026, 6, 1)
SINCE = dt.date(2026, 1, 1)
WEST, SOUTH, STEP = 108.0, 12.6, 0.1
LAT = 12.65
ALPHA_LON, BETA_LON = 108.05, 108.15
KM_DEG = 1 / 108.6  # one kilometre of longitude at 12.65 degrees north
PIXEL, COLS, ROWS = 1 / 1200, 960, 720
RASTER_WEST, RASTER_NORTH = 107.75, 12.95
COMMUNES = ("24001", "24002", "24003")


def add_import(session: Session, kind: str, *, illustrative: bool = False, name: str = "") -> int:
    """Store an import record and return its number."""
    digest = hashlib.sha256(f"{kind}{name}".encode()).hexdigest()
    record = tables.ImportRecord(
        kind=kind,
        sha256=digest,
        options_sha256=digest,
        illustrative=illustrative,
        as_of=SINCE,
        rows_read=0,
        rows_stored=0,
        rows_unchanged=0,
        rows_skipped=0,
        rows_folded=0,
    )
    session.add(record)
    session.flush()
    return record.id


def add_world(session: Session) -> None:
    """Store communes, operators, sites, villages, a place, a road and fibre."""
    _add_units(session)
    _close_known_networks(session)
    sites = add_import(session, "sites")
    for code, lon, communes in (("alpha", ALPHA_LON, None), ("beta", BETA_LON, ["24001", "24002"])):
        session.add(tables.Operator(code=code, name=code.title()))
        session.flush()
        session.add(
            tables.SiteListDeclaration(import_id=sites, operator_code=code, as_of=SINCE, commune_codes=communes)
        )
        add_site(session, sites, operator=code, lon=lon, lat=LAT)
    _add_villages(session)
    _add_surroundings(session)
    _add_fibre(session)
    session.flush()


def _close_known_networks(session: Session) -> None:
    """Decide that none of the networks of the parameter file is active here: only alpha and beta are asked for."""
    for code in ("viettel", "vnpt", "mobifone", "vietnamobile"):
        decided = {"runs_mobile": False, "runs_mobile_on": SINCE, "runs_mobile_source": "tiny world"}
        session.add(tables.Operator(code=code, name=code, **decided))
    session.flush()


def add_site(
    session: Session, import_id: int, *, operator: str, lon: float, lat: float, eirp_dbm: float = 40.0
) -> None:
    """Store a mast with one site and one omnidirectional 4G cell."""
    code = f"{operator}-{lon}-{lat}"
    mast = tables.Mast(import_id=import_id, code=code, geom=from_shape(Point(lon, lat), srid=4326))
    site = tables.Site(import_id=import_id, mast=mast, operator_code=operator, code=code, valid_from=SINCE)
    cell = tables.Cell(
        import_id=import_id,
        site=site,
        code="4G",
        technology="4G",
        frequency_mhz=1800.0,
        bandwidth_mhz=20.0,
        antenna_height_m=40.0,
        eirp_dbm=eirp_dbm,
        status="on_air",
        valid_from=SINCE,
    )
    session.add_all([mast, site, cell])
    session.flush()


def village_id(session: Session, code: str) -> int:
    """Return the number of a village."""
    return session.scalars(select(tables.Village.id).where(tables.Village.code == code)).one()


def write_ridge(
    home: Path,
    session: Session,
    *,
    lon: float,
    height_m: float,
    void_east_of: float | None = None,
    void_until: float | None = None,
) -> None:
    """Store terrain at 100 m with a north-south ridge at `lon`; east of `void_east_of` (to `void_until`) it is void."""
    heights = np.full((ROWS, COLS), 100.0, dtype=np.float32)
    heights[:, round((lon - RASTER_WEST) / PIXEL) + np.arange(-2, 3)] = height_m
    if void_east_of is not None:
        end = None if void_until is None else round((void_until - RASTER_WEST) / PIXEL)
        heights[:, round((void_east_of - RASTER_WEST) / PIXEL) : end] = -32768.0
    _write_raster(home, session, "terrain", heights)


def write_population(home: Path, session: Session, people: dict[tuple[float, float], float]) -> None:
    """Store a population raster with so many people in the pixels that hold the positions."""
    counts = np.zeros((ROWS, COLS), dtype=np.float32)
    for (lon, lat), number in people.items():
        counts[int((RASTER_NORTH - lat) / PIXEL), int((lon - RASTER_WEST) / PIXEL)] = number
    _write_raster(home, session, "population", counts)


def write_landcover(home: Path, session: Session, classes: dict[float, int]) -> None:
    """Store land cover in stripes from west to east: each class begins at its longitude; what lies before is grass."""
    codes = np.full((ROWS, COLS), 30.0, dtype=np.float32)
    for lon, code in sorted(classes.items()):
        codes[:, int((lon - RASTER_WEST) / PIXEL) :] = code
    _write_raster(home, session, "landcover", codes)


def write_population_everywhere(home: Path, session: Session) -> NDArray[np.float64]:
    """Store a raster with 1 to 7 people in every pixel; return lon, lat and people, shape `(3, pixels)`.

    It is 0.4 of a pixel aside of the terrain, so that the pixels of both end at different places.
    """
    counts = (np.arange(ROWS * COLS, dtype=np.float32) % 7 + 1).reshape(ROWS, COLS)
    _write_raster(home, session, "population", counts, aside=0.4)
    row, col = (index.reshape(-1) for index in np.indices(counts.shape))
    lon, lat = RASTER_WEST + (col + 0.9) * PIXEL, RASTER_NORTH - (row + 0.9) * PIXEL
    return np.stack([lon, lat, counts.reshape(-1)]).astype(np.float64)


def _write_raster(home: Path, session: Session, kind: str, values: NDArray[np.float32], aside: float = 0.0) -> None:
    west, north = RASTER_WEST + aside * PIXEL, RASTER_NORTH - aside * PIXEL
    folder = home / "rasters"
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(values.tobytes()).hexdigest()
    transform = Affine(PIXEL, 0, west, 0, -PIXEL, north)
    profile = {"width": COLS, "height": ROWS, "count": 1, "dtype": "float32", "crs": "EPSG:4326", "nodata": -32768.0}
    with rasterio.open(folder / f"{digest}.tif", "w", driver="GTiff", transform=transform, **profile) as dataset:
        dataset.write(values, 1)
    layer = tables.RasterLayer(
        import_id=add_import(session, kind, name=digest),
        kind=kind,
        file_sha256=digest,
        crs="EPSG:4326",
        west=west,
        south=north - ROWS * PIXEL,
        east=west + COLS * PIXEL,
        north=north,
        step_x=PIXEL,
        step_y=PIXEL,
        void_share=0.0,
    )
    session.add(layer)
    session.flush()


def _add_units(session: Session) -> None:
    number = add_import(session, "boundaries")
    outlines = [box(WEST + i * STEP, SOUTH, WEST + (i + 1) * STEP, SOUTH + STEP) for i in range(3)]
    units: list[tuple[str, str, str, str | None, Polygon]] = [
        ("66", "Tỉnh Thử", "tỉnh", None, box(WEST, SOUTH, WEST + 3 * STEP, SOUTH + STEP))
    ]
    units += [(code, f"Xã {code}", "xã", "66", outline) for code, outline in zip(COMMUNES, outlines, strict=True)]
    for code, name, unit_type, parent, outline in units:
        session.add(
            tables.AdminUnit(
                import_id=number,
                code=code,
                name=name,
                name_normalised=name.lower(),
                type=unit_type,
                parent_code=parent,
                geom=from_shape(MultiPolygon([outline]), srid=4326),
                valid_from=SINCE,
            )
        )
    session.flush()


def _add_villages(session: Session) -> None:
    """Store four villages.

    V1: 1 km from alpha's mast, no cluster. V2: 1 km from beta's mast with a cluster 1 km on the other side and one at
    the far corner of 24002. V3: in 24003, 12 km from alpha's mast. V4: in 24001 without a point.
    """
    number = add_import(session, "villages")
    places = {
        "V1": ("24001", ALPHA_LON + KM_DEG, 100, 400),
        "V2": ("24002", BETA_LON + KM_DEG, 100, 500),
        "V3": ("24003", 108.27, 50, 200),
        "V4": ("24001", None, 25, 100),
    }
    for code, (commune, lon, households, population) in places.items():
        village = tables.Village(
            import_id=number,
            code=code,
            name=f"Buôn {code}",
            name_normalised=code.lower(),
            commune_code=commune,
            commune_source="declared",
            geom=None if lon is None else from_shape(Point(lon, LAT), srid=4326),
            households=households,
            population=population,
            valid_from=SINCE,
        )
        session.add(village)
        if code == "V2":
            far = from_shape(Point(108.199, 12.601), srid=4326)
            near = from_shape(Point(BETA_LON - KM_DEG, LAT), srid=4326)
            village.clusters = [
                tables.VillageCluster(import_id=number, code="C1", geom=near, households=30, population=120),
                tables.VillageCluster(import_id=number, code="C2", geom=far, households=20, population=80),
            ]
    session.flush()


def _add_surroundings(session: Session) -> None:
    places = add_import(session, "places")
    session.add(
        tables.Place(
            import_id=places,
            code="P1",
            name="Trạm y tế",
            place_class="health",
            commune_code="24001",
            geom=from_shape(Point(ALPHA_LON - KM_DEG, LAT), srid=4326),
        )
    )
    line = MultiLineString([LineString([(WEST, LAT), (WEST + 3 * STEP, LAT)])])
    roads = add_import(session, "roads")
    session.add(tables.Road(import_id=roads, code="R1", road_class="national", geom=from_shape(line, srid=4326)))


def _add_fibre(session: Session) -> None:
    number = add_import(session, "fibre")
    session.add(
        tables.FibreNode(
            import_id=number,
            operator_code="alpha",
            code="N1",
            kind="olt",
            valid_from=SINCE,
            ports_total=64,
            ports_free=10,
            geom=from_shape(Point(ALPHA_LON, LAT), srid=4326),
        )
    )
    first = village_id(session, "V1")
    for operator, passed, speed in (("alpha", 60, 300.0), ("beta", 80, 1000.0)):
        session.add(
            tables.VillageServiceDeclaration(
                import_id=number,
                village_id=first,
                operator_code=operator,
                households_passed=passed,
                ports_free=5,
                max_speed_mbps=speed,
                as_of=SINCE,
            )
        )
