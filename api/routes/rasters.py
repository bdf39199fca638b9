"""Coverage as map tiles, as a GeoTIFF and as a picture."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Path
from numpy.typing import NDArray
from starlette.responses import Response

from api.answers import PNG, Responder, ResponderDep
from api.describe import problem_answers
from api.limits import RASTER_LIMIT, TILE_LIMIT
from api.parameters import AssessmentQuery, OperatorQuery, TechnologyPath
from api.pictures import level_tile, public_tile
from geo.domain.grid import Grid
from geo.errors import NotFoundError
from geo.workflows.answers.access import visible_operator
from geo.workflows.answers.assessments import newest_assessment
from geo.workflows.answers.rasters import level_raster_path, public_raster
from geo.workflows.answers.territory import list_units
from maps.rasters import CoverageRaster, coverage_picture, territory_mask

router = APIRouter(prefix="/coverage", tags=["coverage"])

GEOTIFF = "image/tiff; application=geotiff; profile=cloud-optimized"
MAX_ZOOM = 18
_PROBLEMS = problem_answers(401, 403, 404, 422, 429, 503)
_BINARY = {"schema": {"type": "string", "format": "binary"}}


@router.get(
    "/tiles/{technology}/{z}/{x}/{y}.png",
    dependencies=[TILE_LIMIT],
    summary="Map tile of coverage",
    response_class=Response,
    responses={200: {"content": {PNG: _BINARY}}, **_PROBLEMS},
)
def tile(
    answer: ResponderDep,
    technology: TechnologyPath,
    z: Annotated[int, Path(ge=0, le=MAX_ZOOM)],
    x: Annotated[int, Path(ge=0, lt=2**MAX_ZOOM)],
    y: Annotated[int, Path(ge=0, lt=2**MAX_ZOOM)],
    operator: OperatorQuery = None,
    assessment_id: AssessmentQuery = None,
) -> Response:
    """Web Mercator, 256 pixels. Everybody: the 500 m grid over any operator. With the token and `operator`: levels."""
    if x >= 2**z or y >= 2**z:
        raise NotFoundError(
            f"There is no tile {z}/{x}/{y}: at zoom {z} columns and rows go from 0 to {2**z - 1}.",
            f"Không có ô bản đồ {z}/{x}/{y}: ở mức thu phóng {z}, cột và hàng từ 0 đến {2**z - 1}.",
        )

    def draw() -> bytes:
        levels = _level_path(answer, technology=technology, operator=operator, assessment_id=assessment_id)
        if levels is not None:
            return level_tile(levels, z=z, x=x, y=y)
        raster = public_raster(answer.session, technology=technology, home=_home(answer), assessment_id=assessment_id)
        mask = _territory_mask(answer, raster.grid, assessment_id)
        return public_tile(raster.array, raster.grid, mask=mask, z=z, x=x, y=y)

    return answer.kept(draw, media_type=PNG)


@router.get(
    "/raster/{technology}.tif",
    dependencies=[RASTER_LIMIT],
    summary="Coverage as a cloud-optimised GeoTIFF",
    response_class=Response,
    responses={200: {"content": {"image/tiff": _BINARY}}, **_PROBLEMS},
)
def geotiff(
    answer: ResponderDep,
    technology: TechnologyPath,
    operator: OperatorQuery = None,
    assessment_id: AssessmentQuery = None,
) -> Response:
    """Everybody: 0 not covered, 1 covered, 255 no data, at 500 m. With the token and `operator`: levels in 0.1 dBm."""

    def read() -> bytes:
        path = _level_path(answer, technology=technology, operator=operator, assessment_id=assessment_id)
        if path is None:
            path = public_raster(
                answer.session, technology=technology, home=_home(answer), assessment_id=assessment_id
            ).path
        return path.read_bytes()

    return answer.kept(read, media_type=GEOTIFF)


@router.get(
    "/raster/{technology}.png",
    dependencies=[RASTER_LIMIT],
    summary="Coverage at 500 m as a picture in Web Mercator",
    response_class=Response,
    responses={200: {"content": {PNG: _BINARY}}, **_PROBLEMS},
)
def picture(
    answer: ResponderDep,
    technology: TechnologyPath,
    assessment_id: AssessmentQuery = None,
) -> Response:
    """The public raster, ready to lay over a map; its box is in the page that shows it."""

    def draw() -> bytes:
        raster = public_raster(answer.session, technology=technology, home=_home(answer), assessment_id=assessment_id)
        mask = _territory_mask(answer, raster.grid, assessment_id)
        return coverage_picture(CoverageRaster(technology, raster.array, raster.grid), mask=mask).png

    return answer.kept(draw, media_type=PNG)


def _home(answer: Responder) -> FilePath:
    home: FilePath = answer.request.app.state.settings.home_path
    return home


def _level_path(
    answer: Responder, *, technology: str, operator: str | None, assessment_id: int | None
) -> FilePath | None:
    """Return the raster of levels if an operator is asked for and may be seen; None: the public grid."""
    sees_sites = answer.viewer.can_see_sites
    visible_operator(operator, sees_sites=sees_sites)
    if operator is None or not sees_sites:
        return None
    return level_raster_path(
        answer.session,
        technology=technology,
        operator=operator,
        home=_home(answer),
        sees_sites=sees_sites,
        assessment_id=assessment_id,
    )


def _territory_mask(answer: Responder, grid: Grid, assessment_id: int | None) -> NDArray[np.bool_] | None:
    """Return which cells touch the territory that the assessment was made for; kept, as an assessment never changes."""
    info = newest_assessment(answer.session, assessment_id=assessment_id)
    kept: dict[tuple[int, Grid], NDArray[np.bool_] | None] = answer.request.app.state.territory_masks
    key = (info.assessment_id, grid)
    if key in kept:
        return kept[key]
    units = list_units(answer.session, as_of=info.as_of)
    mask = territory_mask([unit.geometry for unit in units if unit.geometry is not None], grid)
    # The grid is the same for every technology, and the published assessment is nearly always the one asked for.
    answer.request.app.state.territory_masks = {key: mask}
    return mask
