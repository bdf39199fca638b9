"""A whole province assessed from nothing, and again after one site changed. Not a test: prints figures.

python benchmarks/incremental.py --home DIR [--sites 4000] [--step 1] [--runs 3] [--json]

The illustrative communes, villages, places and roads with SYNTHETIC terrain (fractal, seeded) and SYNTHETIC sites
(random places inside the communes, three sectors on each of two bands: 4G at 1800 MHz, 5G at 700 MHz, 15 km; every site
belongs to one of four operators). DIR is made when it is not there and holds a private database, so a second call finds
province and kept results and only repeats the changes. A change turns the sectors of one site by 20 degrees; the next
one raises its antennas, which needs new losses.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import resource
import sys
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from rasterio.transform import Affine
from sqlalchemy import Engine, case, func, insert, select, text, update
from sqlalchemy.orm import Session

from geo.domain.grid import Bounds, Grid
from geo.settings import Settings
from geo.store import tables
from geo.store.repositories import read_units
from geo.store.result_cache import result_cache
from geo.store.session import engine_for, session_scope
from geo.store.tables import ImportKind
from geo.workflows.assess_coverage import assess
from geo.workflows.database import start_database, stop_database, upgrade_database
from geo.workflows.demo import load_demo
from geo.workflows.retire import drop_files, retire_illustrative

OPERATORS = ("mobifone", "vietnamobile", "viettel", "vnpt")
BANDS = (("4G", 1800.0, 20.0), ("5G", 700.0, 10.0))
SINCE, AS_OF = dt.date(2026, 1, 1), dt.date(2026, 11, 1)
MARGIN_DEG = 0.2
ROUGHNESS_M = 300.0


def fractal(rows: int, cols: int, seed: int = 1) -> np.ndarray[Any, np.dtype[np.int16]]:
    """Return rugged terrain with a power-law spectrum, whole metres."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft2(rng.standard_normal((rows, cols), dtype=np.float32))
    frequency = np.hypot(np.fft.fftfreq(rows)[:, None], np.fft.rfftfreq(cols)[None, :])
    frequency[0, 0] = 1.0
    heights = np.fft.irfft2(spectrum / frequency**2.0, s=(rows, cols))
    scaled = 600.0 + ROUGHNESS_M * (heights - heights.mean()) / heights.std()
    return np.asarray(np.clip(scaled, 0, 3000), dtype=np.int16)


def add_import(session: Session, kind: ImportKind, name: str) -> int:
    """Store an import record."""
    digest = hashlib.sha256(f"{kind.value} {name}".encode()).hexdigest()
    counts = dict.fromkeys(("rows_read", "rows_stored", "rows_unchanged", "rows_skipped", "rows_folded"), 0)
    record = tables.ImportRecord(
        kind=kind.value, sha256=digest, options_sha256=digest, illustrative=True, as_of=SINCE, **counts
    )
    session.add(record)
    session.flush()
    return record.id


def add_terrain(session: Session, home: Path, bounds: Bounds, step_deg: float) -> None:
    """Write and store the terrain."""
    grid = Grid.covering(bounds.buffered(MARGIN_DEG, MARGIN_DEG), step_x=step_deg, step_y=step_deg)
    heights = fractal(grid.rows, grid.cols)
    digest = hashlib.sha256(heights.tobytes()).hexdigest()
    folder = home / "rasters"
    folder.mkdir(parents=True, exist_ok=True)
    profile = {"width": grid.cols, "height": grid.rows, "count": 1, "dtype": "int16", "crs": "EPSG:4326", "tiled": True}
    path = folder / f"{digest}.tif"
    with rasterio.open(
        path, "w", driver="GTiff", transform=Affine(*grid.transform), compress="DEFLATE", **profile
    ) as dataset:
        dataset.write(heights, 1)
    box = grid.bounds
    session.add(
        tables.RasterLayer(
            import_id=add_import(session, ImportKind.TERRAIN, digest),
            kind="terrain", file_sha256=digest, crs="EPSG:4326", west=box.west, south=box.south, east=box.east,
            north=box.north, step_x=step_deg, step_y=step_deg, void_share=0.0,
        )
    )  # fmt: skip


def add_sites(session: Session, outline: shapely.Geometry, count: int) -> None:
    """Store random sites inside an outline."""
    number = add_import(session, ImportKind.SITES, str(count))
    rng = np.random.default_rng(2)
    west, south, east, north = outline.bounds
    places: list[tuple[float, float]] = []
    while len(places) < count:
        lon, lat = rng.uniform(west, east, count), rng.uniform(south, north, count)
        inside = shapely.contains_xy(outline, lon, lat)
        places += list(zip(lon[inside].tolist(), lat[inside].tolist(), strict=True))
    known = set(session.scalars(select(tables.Operator.code)))
    for code in OPERATORS:
        if code not in known:
            session.add(tables.Operator(code=code, name=code))
        session.flush()
        session.add(tables.SiteListDeclaration(import_id=number, operator_code=code, as_of=AS_OF))
    masts = [
        {"import_id": number, "code": f"bench-{at}", "geom": f"SRID=4326;POINT({lon} {lat})"}
        for at, (lon, lat) in enumerate(places[:count])
    ]
    mast_ids = list(session.scalars(insert(tables.Mast).returning(tables.Mast.id, sort_by_parameter_order=True), masts))
    sites = [
        {
            "import_id": number,
            "mast_id": mast,
            "operator_code": OPERATORS[at % 4],
            "code": f"S{at}",
            "valid_from": SINCE,
        }
        for at, mast in enumerate(mast_ids)
    ]
    site_ids = list(session.scalars(insert(tables.Site).returning(tables.Site.id, sort_by_parameter_order=True), sites))
    turned = rng.uniform(0, 120, count)
    cells = [
        {
            "import_id": number, "site_id": site, "code": f"{technology}-{sector}", "technology": technology,
            "frequency_mhz": mhz, "bandwidth_mhz": width, "azimuth_deg": float(turned[at] + 120 * sector) % 360.0,
            "antenna_height_m": 42.0, "eirp_dbm": 62.0, "reach_m": 15_000.0, "status": "on_air", "valid_from": SINCE,
        }
        for at, site in enumerate(site_ids)
        for technology, mhz, width in BANDS
        for sector in range(3)
    ]  # fmt: skip
    session.execute(insert(tables.Cell), cells)


def make_province(engine: Engine, settings: Settings, sites: int, step_arcsec: float) -> None:
    """Load the illustrative province and put synthetic terrain and sites in the place of its own."""
    load_demo(engine=engine, settings=settings)
    with session_scope(engine) as session:
        for kind in (ImportKind.SITES, ImportKind.TERRAIN):
            drop_files(session, settings.home_path, retire_illustrative(session, kind))
    with session_scope(engine) as session:
        units = read_units(session, AS_OF)
        outline = shapely.union_all([unit.geometry for unit in units if not unit.is_province])
        shapely.prepare(outline)
        add_terrain(session, settings.home_path, Bounds(*outline.bounds), step_arcsec / 3600.0)
        add_sites(session, outline, sites)


def change_site(engine: Engine, change: str, at: int) -> None:
    """Change all cells of one site in the middle of the list."""
    with session_scope(engine) as session:
        site = session.scalars(select(tables.Site.id).order_by(tables.Site.id).offset(1000 + 37 * at)).first()
        azimuth = tables.Cell.azimuth_deg
        number = add_import(session, ImportKind.SITES, f"change {site} {change} {dt.datetime.now(dt.UTC)}")
        changes: dict[str, Any] = (
            {"azimuth_deg": case((azimuth < 340.0, azimuth + 20.0), else_=azimuth - 340.0)}
            if change == "turned"
            else {"antenna_height_m": tables.Cell.antenna_height_m + 1.0}
        )
        session.execute(update(tables.Cell).where(tables.Cell.site_id == site).values(import_id=number, **changes))


def run(engine: Engine, settings: Settings, name: str) -> dict[str, Any]:
    """Assess and return the times of the stages."""
    info = assess(engine=engine, settings=settings, as_of=AS_OF)
    kept = {kind.kind: round(kind.bytes / 1e6, 1) for kind in result_cache(settings).status()}
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return {"run": name, **info.timings_s, "cells": info.cells_total, "peak_mb": round(peak_mb), "kept_mb": kept}


def main() -> None:
    """Make the province where it is not there, assess it, change sites and assess again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--sites", type=int, default=4000)
    parser.add_argument("--step", type=float, default=1.0, help="terrain step, seconds of arc")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    settings = Settings(home=wanted.home)
    start_database(settings)
    upgrade_database(settings)
    engine = engine_for(settings, "app")
    results: list[dict[str, Any]] = []

    def report(result: dict[str, Any]) -> None:
        results.append(result)
        if not wanted.json:
            sys.stdout.write(json.dumps(result) + "\n")
            sys.stdout.flush()

    try:
        with session_scope(engine) as session:
            present = session.scalar(select(func.count()).select_from(tables.Mast).where(text("code LIKE 'bench-%'")))
        if not present:
            make_province(engine, settings, wanted.sites, wanted.step)
        report(run(engine, settings, "first"))
        for at in range(wanted.runs):
            for change in ("turned", "raised"):
                change_site(engine, change, at)
                report(run(engine, settings, f"one site {change}"))
    finally:
        stop_database(settings)
    if wanted.json:
        document = {"sites": wanted.sites, "step_arcsec": wanted.step, "runs": results}
        sys.stdout.write(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
