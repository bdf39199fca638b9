"""Administrative units."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from api import documents
from api.answers import GEOJSON, ResponderDep
from api.describe import answers
from api.parameters import AsOfQuery, UnitCodePath
from api.schemas import Feature, FeatureCollection
from geo.workflows.answers.documents import to_feature
from geo.workflows.answers.territory import get_unit, list_units

router = APIRouter(prefix="/boundaries", tags=["boundaries"])

SimplifyQuery = Annotated[
    float | None,
    Query(ge=0.00001, le=0.1, description="Tolerance in degrees; neighbours keep sharing their borders"),
]


@router.get(
    "",
    summary="Outlines of the communes and the province",
    response_model=FeatureCollection,
    responses=answers("boundaries", "geojson", problems=(422, 429, 503)),
)
def boundaries(
    answer: ResponderDep,
    simplify: SimplifyQuery = None,
    type: Annotated[
        Literal["commune", "province"] | None, Query(description="Only communes, or only the province")
    ] = None,
    as_of: AsOfQuery = None,
) -> Response:
    """GeoJSON of the units valid on a date."""

    def make() -> dict[str, object]:
        answer.count("outlines")
        units = list_units(answer.session, as_of=as_of, unit_type=type, simplify_tolerance_deg=simplify)
        head = documents.data_envelope(answer.session, illustrative=any(unit.illustrative for unit in units))
        return documents.features(head, units)

    return answer.json(make, media_type=GEOJSON)


@router.get(
    "/{code}",
    summary="One administrative unit",
    response_model=Feature,
    responses=answers("boundary", "geojson", problems=(404, 422, 429, 503)),
)
def boundary(
    answer: ResponderDep, code: UnitCodePath, simplify: SimplifyQuery = None, as_of: AsOfQuery = None
) -> Response:
    """GeoJSON feature of one unit."""

    def make() -> dict[str, object]:
        answer.count("outlines")
        unit = get_unit(answer.session, code=code, as_of=as_of, simplify_tolerance_deg=simplify)
        return {**to_feature(unit), **documents.data_envelope(answer.session, illustrative=unit.illustrative)}

    return answer.json(make, media_type=GEOJSON)
