"""Terrain under the small province: a plain at 400 m with a ridge along 12.565 degrees north."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import Affine
from sqlalchemy.orm import Session

from geo.store.repositories_provenance import read_provenance
from geo.store.tables import Assessment, ImportRecord, RasterLayer


def add_ridge(session: Session, home: Path, assessment_id: int) -> Assessment:
    """Import the terrain, and let the assessment have been made over it; return the assessment."""
    sha256 = "a" * 64
    record = ImportRecord(
        kind="terrain", sha256="b" * 64, options_sha256="0" * 64, illustrative=True, as_of=dt.date(2026, 1, 15),
        rows_read=1, rows_stored=1, rows_unchanged=0, rows_skipped=0, rows_folded=0,
    )  # fmt: skip
    session.add(record)
    session.flush()
    _write_terrain(home / "rasters" / f"{sha256}.tif")
    session.add(_layer(record.id, sha256))
    assessment = session.get_one(Assessment, assessment_id)
    assessment.terrain = {"used": True, "step_m": 92.0, "void_share": 0.0}
    session.flush()
    assessment.provenance = read_provenance(session, assessment.as_of)
    return assessment


def _layer(import_id: int, sha256: str) -> RasterLayer:
    return RasterLayer(
        import_id=import_id,
        kind="terrain",
        file_sha256=sha256,
        crs="EPSG:4326",
        west=107.9,
        south=12.4,
        east=108.2,
        north=12.7,
        step_x=1 / 1200,
        step_y=1 / 1200,
        void_share=0.0,
    )


def _write_terrain(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lat = 12.7 - (np.arange(360) + 0.5) / 1200
    heights = 400.0 + 90.0 * np.exp(-(((lat - 12.565) / 0.002) ** 2))
    with rasterio.open(
        path, "w", driver="GTiff", width=360, height=360, count=1, dtype="float32", crs="EPSG:4326",
        transform=Affine(1 / 1200, 0, 107.9, 0, -1 / 1200, 12.7), nodata=-32768,
    ) as dataset:  # fmt: skip
        dataset.write(np.repeat(heights[:, None], 360, axis=1).astype(np.float32), 1)
