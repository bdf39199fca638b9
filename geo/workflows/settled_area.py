"""Share of the settled area with coverage: the 500 m cells that hold at least one village or cluster point."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from pyproj import Transformer
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.domain.coverage import STATE_COVERED, STATE_NOT_COVERED
from geo.domain.grid import WGS84
from geo.domain.targets import Figure, missing_figure, share_figure
from geo.store.tables import Village, VillageCluster, VillageStatus
from geo.workflows.answers.rows import AssessmentInfo


def settled_area_share(session: Session, info: AssessmentInfo, *, technology: str, home: Path | None) -> Figure:
    """Return the share of settled 500 m cells that are covered over any operator, in per cent.

    All cells have the same area, so their number stands for it. A point outside the raster counts as a cell of its own
    without data.
    """
    path = None if home is None else home / "assessments" / str(info.assessment_id) / f"public_{technology}.tif"
    if path is None or not path.is_file():
        return missing_figure("no_raster")
    points = _points(session, info)
    if not len(points):
        return missing_figure("nothing_to_count")
    states, outside = _cell_states(path, points)
    covered = int(np.count_nonzero(states == STATE_COVERED))
    not_covered = int(np.count_nonzero(states == STATE_NOT_COVERED))
    no_data = len(states) - covered - not_covered + outside
    return share_figure(
        covered=covered, not_covered=not_covered, no_data=no_data, counts={"cells": float(len(states) + outside)}
    )


def _points(session: Session, info: AssessmentInfo) -> NDArray[np.float64]:
    """Return longitude and latitude of the assessed villages and their clusters, shape `(points, 2)`."""
    assessed = (
        select(VillageStatus.village_id).where(VillageStatus.assessment_id == info.assessment_id).distinct().subquery()
    )
    centers = select(func.ST_X(Village.geom), func.ST_Y(Village.geom)).where(
        Village.id.in_(select(assessed.c.village_id)), Village.geom.is_not(None)
    )
    clusters = select(func.ST_X(VillageCluster.geom), func.ST_Y(VillageCluster.geom)).where(
        VillageCluster.village_id.in_(select(assessed.c.village_id))
    )
    found = [tuple(row) for query in (centers, clusters) for row in session.execute(query)]
    return np.asarray(found, dtype=np.float64).reshape(-1, 2)


def _cell_states(path: Path, points: NDArray[np.float64]) -> tuple[NDArray[np.uint8], int]:
    """Return the states of the distinct cells that hold points, and how many points lie outside the raster."""
    with rasterio.open(path) as raster:
        values = raster.read(1)
        to_raster = Transformer.from_crs(WGS84, raster.crs, always_xy=True)
        x, y = to_raster.transform(points[:, 0], points[:, 1])
        back = ~raster.transform
    col = np.floor(back.a * x + back.b * y + back.c).astype(np.int64)
    row = np.floor(back.d * x + back.e * y + back.f).astype(np.int64)
    inside = (row >= 0) & (row < values.shape[0]) & (col >= 0) & (col < values.shape[1])
    cells = np.unique(np.stack([row[inside], col[inside]], axis=1), axis=0)
    return values[cells[:, 0], cells[:, 1]], int(np.count_nonzero(~inside))
