"""Raster files of an assessment, by what a viewer may see."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import rasterio
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.windows import Window
from sqlalchemy.orm import Session

from geo.domain.grid import WGS84, Grid, LonLat
from geo.domain.sites import ANY_OPERATOR
from geo.errors import NotFoundError, NotReadyError
from geo.store.repositories import read_rasters
from geo.workflows.answers.access import require_sites
from geo.workflows.answers.assessments import newest_assessment
from geo.workflows.answers.rows import AssessmentInfo
from geo.workflows.answers.used import UsedImports
from geo.workflows.assessment.folders import assessment_folder, raster_file


@dataclass(frozen=True, eq=False)
class PublicRaster:
    """State of the 500 m cells over any operator: 0 not covered, 1 covered, 255 no data or outside."""

    array: NDArray[np.uint8]
    grid: Grid
    path: Path


def public_raster(session: Session, *, technology: str, home: Path, assessment_id: int | None = None) -> PublicRaster:
    """Return the public grid of a technology, in the metric CRS it was made in.

    Raises:
        NoAssessmentError: nothing is computed yet. NotFoundError: the assessment has no such technology.
        NotReadyError: the files of the assessment are gone.
    """
    info = newest_assessment(session, assessment_id=assessment_id)
    path = public_raster_path(info, technology=technology, home=home)
    with rasterio.open(path) as dataset:
        array = dataset.read(1)
        transform = dataset.transform
        grid = Grid(
            west=transform.c,
            north=transform.f,
            step_x=transform.a,
            step_y=-transform.e,
            rows=dataset.height,
            cols=dataset.width,
            crs=dataset.crs.to_string(),
        )
    return PublicRaster(array, grid, path)


def public_raster_path(info: AssessmentInfo, *, technology: str, home: Path) -> Path:
    """Return the file of the public grid of a technology; errors as for `public_raster`."""
    return _file(info, technology, home, f"public_{technology}.tif")


def level_raster_path(
    session: Session,
    *,
    technology: str,
    home: Path,
    operator: str = ANY_OPERATOR,
    assessment_id: int | None = None,
    sees_sites: bool = False,
) -> Path:
    """Return the file of levels (int16, tenths of dBm; -32768 no data, -32767 not reached; EPSG:4326).

    Levels are finer than 500 m even over any operator, so that they are only for those who see sites.

    Raises:
        ForbiddenError: the viewer does not see sites. NoAssessmentError: nothing is computed yet.
        NotFoundError: the assessment has no such technology or operator. NotReadyError: its files are gone.
    """
    require_sites(sees_sites)
    info = newest_assessment(session, assessment_id=assessment_id)
    if operator not in (ANY_OPERATOR, *(one.code for one in info.operators)):
        raise NotFoundError(
            f"Assessment {info.assessment_id} has no operator '{operator}'.",
            f"Lần đánh giá {info.assessment_id} không có doanh nghiệp '{operator}'.",
        )
    return _file(info, technology, home, f"level_{technology}_{operator}.tif")


def stored_raster_path(
    info: AssessmentInfo, kind: Literal["level", "server"], *, technology: str, operator: str, home: Path
) -> Path:
    """Return the file of levels or of serving cells of an operator or any; errors as for `public_raster`."""
    return _file(info, technology, home, f"{kind}_{technology}_{operator}.tif")


def value_at(path: Path, position: LonLat) -> int | None:
    """Return the value of the pixel of a raster of whole numbers that holds a position, None outside."""
    with rasterio.open(path) as dataset:
        x, y = _transformer(dataset.crs.to_string()).transform(position.lon, position.lat)
        row, col = dataset.index(x, y)
        if not (0 <= row < dataset.height and 0 <= col < dataset.width):
            return None
        return int(dataset.read(1, window=Window(col, row, 1, 1))[0, 0])


@lru_cache(maxsize=4)
def _transformer(crs: str) -> Transformer:
    return Transformer.from_crs(WGS84, crs, always_xy=True)


def level_rasters(info: AssessmentInfo, *, home: Path, sees_sites: bool = False) -> dict[tuple[str, str], Path]:
    """Return the files of levels that an assessment has, by technology and operator, any operator first.

    Raises:
        ForbiddenError: the viewer does not see sites.
    """
    require_sites(sees_sites)
    folder = assessment_folder(home, info.assessment_id)
    operators = (ANY_OPERATOR, *(operator.code for operator in info.operators))
    files = {(name, code): folder / f"level_{name}_{code}.tif" for name in info.technologies for code in operators}
    return {layer: path for layer, path in files.items() if path.is_file()}


def terrain_files(session: Session, info: AssessmentInfo, *, home: Path) -> tuple[Path, ...]:
    """Return the terrain that the assessment was made over, the newest first; nothing where that was flat ground."""
    if not info.terrain.get("used"):
        return ()
    layers = read_rasters(session, import_ids=UsedImports(info.provenance).of("terrain"))
    return tuple(path for layer in reversed(layers) if (path := raster_file(home, layer.file_sha256)).is_file())


def _file(info: AssessmentInfo, technology: str, home: Path, name: str) -> Path:
    if technology not in info.technologies:
        raise NotFoundError(
            f"Assessment {info.assessment_id} has no technology '{technology}'; it has {', '.join(info.technologies)}.",
            f"Lần đánh giá {info.assessment_id} không có công nghệ '{technology}';"
            f" chỉ có {', '.join(info.technologies)}.",
        )
    path = assessment_folder(home, info.assessment_id) / name
    if not path.is_file():
        raise NotReadyError(
            f"The raster files of assessment {info.assessment_id} are missing; run `phusong assess` again.",
            f"Thiếu tệp raster của lần đánh giá {info.assessment_id}; hãy chạy lại `phusong assess`.",
        )
    return path
