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
from api.pictures import public_tile
from geo.domain.grid import Grid
from geo.domain.rules import CoverageRule
from geo.errors import NotFoundError
from geo.parameters.coverage_rule import load_coverage_rule
from geo.workflows.answers.access import visible_operator
from geo.workflows.answers.assessments import newest_assessment
from geo.workflows.answers.rasters import level_raster_path, public_raster, terrain_files
from geo.workflows.answers.territory import list_units
from maps.layers import outer_box
from maps.levels import Territory, level_picture
from maps.mercator import Frame
from maps.rasters import CoverageRaster, coverage_picture, territory_mask
from maps.relief import RELIEF_PIXELS, WEBP, relief_picture

router = APIRouter(prefix="/coverage", tags=["coverage"])

GEOTIFF = "image/tiff; application=geotiff; profile=cloud-optimized"
MAX_ZOOM = 18
ZoomPath = Annotated[int, Path(ge=0, le=MAX_ZOOM)]
TilePath = Annotated[int, Path(ge=0, lt=2**MAX_ZOOM)]
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
    z: ZoomPath,
    x: TilePath,
    y: TilePath,
    operator: OperatorQuery = None,
    assessment_id: AssessmentQuery = None,
) -> Response:
    """Web Mercator, 256 pixels. Everybody: the 500 m grid over any operator. With the token and `operator`: levels
    at full resolution, a colour per tier of the rule."""
    frame = _tile_frame(z, x, y)

    def draw() -> bytes:
        levels = _level_path(answer, technology=technology, operator=operator, assessment_id=assessment_id)
        if levels is not None:
            rule = _rule(answer, assessment_id)
            territory = _territory(answer, assessment_id)
            return level_picture(levels, frame, technology=technology, rule=rule, territory=territory)
        raster = public_raster(answer.session, technology=technology, home=_home(answer), assessment_id=assessment_id)
        mask = _territory_mask(answer, raster.grid, assessment_id)
        return public_tile(raster.array, raster.grid, mask=mask, z=z, x=x, y=y)

    return answer.kept(draw, media_type=PNG)


@router.get(
    "/relief/{z}/{x}/{y}.webp",
    dependencies=[TILE_LIMIT],
    summary="Map tile of the relief",
    response_class=Response,
    responses={200: {"content": {WEBP: _BINARY}}, **_PROBLEMS},
)
def relief_tile(answer: ResponderDep, z: ZoomPath, x: TilePath, y: TilePath) -> Response:
    """The ground of the published assessment in greys, lit from the north-west: Web Mercator, 256 pixels, WebP."""
    frame = _tile_frame(z, x, y)
    return answer.kept(lambda: relief_picture(_terrain(answer), frame), media_type=WEBP)


@router.get(
    "/relief.webp",
    dependencies=[RASTER_LIMIT],
    summary="The relief of the territory in one picture",
    response_class=Response,
    responses={200: {"content": {WEBP: _BINARY}}, **_PROBLEMS},
)
def relief(answer: ResponderDep) -> Response:
    """The ground over the box around the territory in greys: Web Mercator, WebP, 1,400 pixels wide or high."""

    def draw() -> bytes:
        info = newest_assessment(answer.session)
        units = list_units(answer.session, as_of=info.as_of)
        return relief_picture(_terrain(answer), Frame.around(outer_box(units), longest_px=RELIEF_PIXELS))

    return answer.kept(draw, media_type=WEBP)


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


def _tile_frame(z: int, x: int, y: int) -> Frame:
    if x >= 2**z or y >= 2**z:
        raise NotFoundError(
            f"There is no tile {z}/{x}/{y}: at zoom {z} columns and rows go from 0 to {2**z - 1}.",
            f"Không có ô bản đồ {z}/{x}/{y}: ở mức thu phóng {z}, cột và hàng từ 0 đến {2**z - 1}.",
        )
    return Frame.of_tile(z, x, y)


def _terrain(answer: Responder) -> tuple[FilePath, ...]:
    """Return the files of the terrain; NotFoundError where the assessment was made over flat ground."""
    files = terrain_files(answer.session, newest_assessment(answer.session), home=_home(answer))
    if not files:
        raise NotFoundError(
            "There is no relief: the assessment was made without terrain.",
            "Không có địa hình nổi: lần đánh giá này không dùng dữ liệu địa hình.",
        )
    return files


def _rule(answer: Responder, assessment_id: int | None) -> CoverageRule:
    info = newest_assessment(answer.session, assessment_id=assessment_id)
    return load_coverage_rule(parameters_dir=answer.request.app.state.settings.parameters_dir, as_of=info.as_of)


def _territory(answer: Responder, assessment_id: int | None) -> Territory:
    """Return the outlines that the assessment was made for; kept, as an assessment never changes."""
    info = newest_assessment(answer.session, assessment_id=assessment_id)
    kept: dict[int, Territory] = answer.request.app.state.territories
    if info.assessment_id in kept:
        return kept[info.assessment_id]
    units = list_units(answer.session, as_of=info.as_of)
    territory = Territory.of([unit.geometry for unit in units if unit.geometry is not None])
    answer.request.app.state.territories = {info.assessment_id: territory}
    return territory


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
