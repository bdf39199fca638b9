"""What is known at a position: exactly for those who see sites, else of the 500 m cell that holds it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from geo.domain.admin import PROVINCE_TYPES
from geo.domain.coverage import STATE_COVERED, STATE_NO_DATA
from geo.domain.grid import LonLat
from geo.domain.sites import ANY_OPERATOR
from geo.domain.village_reasons import reason
from geo.errors import InputsGoneError, OutOfRangeError
from geo.store.tables import AdminUnit
from geo.store.validity import valid_on
from geo.workflows.answers.assessments import newest_assessment
from geo.workflows.answers.rasters import public_raster_path, value_at
from geo.workflows.answers.rows import AssessmentInfo, PointAnswer, PointBasis, PointResult, PointState, Reason
from geo.workflows.answers.used import UsedImports


def answer_point(
    session: Session,
    *,
    lon: float,
    lat: float,
    home: Path,
    parameters_dir: Path | None = None,
    sees_sites: bool = False,
    assessment_id: int | None = None,
) -> PointAnswer:
    """Return the state of every technology at a position in EPSG:4326.

    Without sight of sites: the state of the public 500 m cell over any operator, nothing finer. With it: the level
    computed at the position itself from what the assessment was made from, per operator and over any, with the serving
    cell and the reason; where that is no longer all stored, the values of the rasters that the assessment wrote.

    Raises:
        OutOfRangeError: not a position. NoAssessmentError: nothing is computed yet.
        NotReadyError: the files of the assessment, or an imported raster, are gone.
        InputsGoneError: the rule that the assessment decided by is another one now.
    """
    position = position_of(lon, lat)
    info = newest_assessment(session, assessment_id=assessment_id)
    commune_code = _commune_at(session, info, position)
    basis: PointBasis
    if sees_sites:
        basis, results = _levels(session, info, position, commune_code, home=home, parameters_dir=parameters_dir)
    else:
        basis = "public_grid"
        results = tuple(_public_result(info, technology, position, home) for technology in info.technologies)
    return PointAnswer(lon=lon, lat=lat, commune_code=commune_code, basis=basis, results=results)


def _levels(
    session: Session,
    info: AssessmentInfo,
    position: LonLat,
    commune_code: str | None,
    *,
    home: Path,
    parameters_dir: Path | None,
) -> tuple[PointBasis, tuple[PointResult, ...]]:
    # Brings the radio kernels, which a service that answers the public need not wait for at its start.
    from geo.workflows.answers.point_exact import exact_results
    from geo.workflows.answers.point_stored import stored_results

    try:
        return "computed", exact_results(
            session, info, position=position, commune_code=commune_code, home=home, parameters_dir=parameters_dir
        )
    except InputsGoneError:
        return "stored_raster", stored_results(
            session, info, position=position, home=home, parameters_dir=parameters_dir
        )


def position_of(lon: float, lat: float) -> LonLat:
    """Return a position in EPSG:4326.

    Raises:
        OutOfRangeError: not degrees of longitude and latitude.
    """
    try:
        return LonLat(lon, lat)
    except ValueError as error:
        raise OutOfRangeError(
            f"Not a position: longitude {lon}, latitude {lat}; give degrees, longitude -180..180, latitude -90..90.",
            f"Vị trí không hợp lệ: kinh độ {lon}, vĩ độ {lat}; hãy nhập độ, kinh độ -180..180, vĩ độ -90..90.",
        ) from error


def _commune_at(session: Session, info: AssessmentInfo, position: LonLat) -> str | None:
    """Return the commune of the assessment at a position; of two the one that it was made with."""
    point = func.ST_SetSRID(func.ST_MakePoint(position.lon, position.lat), 4326)
    used = UsedImports(info.provenance).of("boundaries")
    query = select(AdminUnit.code).where(
        valid_on(info.as_of, AdminUnit.valid_from, AdminUnit.valid_to),
        AdminUnit.type.not_in(PROVINCE_TYPES),
        func.ST_Intersects(AdminUnit.geom, point),
    )
    if info.area_code is not None:
        query = query.where(or_(AdminUnit.code == info.area_code, AdminUnit.parent_code == info.area_code))
    return session.scalars(query.order_by(AdminUnit.import_id.not_in(used), AdminUnit.code).limit(1)).first()


def _public_result(info: AssessmentInfo, technology: str, position: LonLat, home: Path) -> PointResult:
    value = value_at(public_raster_path(info, technology=technology, home=home), position)
    state: PointState = "no_data"
    if value is not None and value != STATE_NO_DATA:
        state = "covered" if value == STATE_COVERED else "not_covered"
    words = reason("outside_grid" if value is None else f"public_{state}")
    return PointResult(
        technology=technology,
        operator=ANY_OPERATOR,
        state=state,
        level_dbm=None,
        server_cell=None,
        server_site=None,
        reason=Reason(code=words.code, vi=words.vi, en=words.en),
    )
