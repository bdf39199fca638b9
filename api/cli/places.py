"""`phusong places`: places and roads that the plans ask to be covered first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import typer

from api.cli.listing import SEES_SITES, Listing, assessment_session, show
from api.cli.options import (
    AssessmentOption,
    CommuneOption,
    FormatOption,
    OperatorOption,
    OutOption,
    TechnologyOption,
)
from api.cli.output import JsonOption

_STATE_COUNTS = ("covered", "not_covered", "no_data")
_CLASS_FIELDS = ("place_class", "technology", "operator", "places", *_STATE_COUNTS, "share_covered")
_PLACE_FIELDS = ("code", "name", "place_class", "commune_code", "lon", "lat", "technology", "operator", "state")
_KILOMETRES = ("covered_km", "not_covered_km", "no_data_km")
_ROAD_FIELDS = ("unit_code", "road_class", "technology", "operator", *_KILOMETRES, "share_covered")


def places(
    by: Annotated[Literal["class", "place"], typer.Option(help="What a row stands for.")] = "class",
    technology: TechnologyOption = None,
    operator: OperatorOption = "any",
    commune: CommuneOption = None,
    assessment: AssessmentOption = None,
    form: FormatOption = "table",
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Places covered by class, with kilometres of road by class; `--by place` lists each place."""
    from api.exports import village_rows
    from geo.workflows.answers.documents import to_jsonable
    from geo.workflows.answers.places import list_places, summarise_places, summarise_roads

    shared: dict[str, Any] = {"technology": technology, "commune": commune, "assessment_id": assessment}
    rows: Sequence[Any]
    with assessment_session(assessment) as (session, head):
        if by == "place":
            rows = list_places(session, **shared, limit=None, sees_sites=SEES_SITES).items
            roads: Sequence[Any] = ()
        else:
            rows = summarise_places(session, **shared, operator=operator, sees_sites=SEES_SITES)
            roads = summarise_roads(
                session,
                technology=technology,
                operator=operator,
                by="commune" if commune else "province",
                code=commune,
                assessment_id=assessment,
                sees_sites=SEES_SITES,
            )
    show(
        Listing(
            name="places",
            title=("Địa điểm", "Places"),
            envelope=head,
            rows=rows,
            fields=_PLACE_FIELDS if by == "place" else _CLASS_FIELDS,
            extra={} if by == "place" else {"roads": to_jsonable(roads)},
            # A place has its states as a village has: one row for each.
            flatten=village_rows if by == "place" else None,
        ),
        as_json=as_json,
        form=form,
        out=out,
    )
    if by == "class" and form == "table" and not as_json:
        show(
            Listing(name="roads", title=("Đường", "Roads"), envelope=head, rows=roads, fields=_ROAD_FIELDS),
            as_json=False,
        )
