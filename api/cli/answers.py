"""Commands that read results: coverage, point, villages, gaps, fibre, places."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from api.cli.context import current_settings
from api.cli.listing import SEES_SITES, Listing, assessment_session, show
from api.cli.options import (
    AssessmentOption,
    CommuneOption,
    FormatOption,
    LatOption,
    LonOption,
    OperatorOption,
    OutOption,
    TechnologyOption,
    check_position,
)
from api.cli.output import JsonOption

Status = Literal["covered", "partly_covered", "not_covered", "no_data"]
Tier = Literal["marginal", "outdoor", "vehicle", "indoor"]

_SHARES = ("share_area", "share_population", "share_villages", "share_households", "share_no_data")
_MAIN_INTERVAL = ("share_population_low", "share_population_high")
_INTERVALS = tuple(f"{name}_{end}" for name in _SHARES[:4] for end in ("low", "high"))


def coverage(
    by: Annotated[Literal["commune", "province"], typer.Option(help="Level of the units.")] = "province",
    technology: TechnologyOption = None,
    operator: OperatorOption = None,
    tier: Annotated[Tier | None, typer.Option(help="Only this threshold tier.")] = None,
    code: Annotated[str | None, typer.Option(help="Only this unit (code).")] = None,
    min_operators: Annotated[
        int, typer.Option(min=0, help="Covered by at least this many operators; 0: a row for each number.")
    ] = 1,
    assessment: AssessmentOption = None,
    form: FormatOption = "table",
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Share of area, population, villages and households covered."""
    from geo.workflows.answers.coverage import list_coverage

    with assessment_session(assessment) as (session, head):
        rows = list_coverage(
            session,
            by=by,
            technology=technology,
            operator=operator,
            tier=tier,
            code=code,
            min_operators=min_operators or None,
            assessment_id=assessment,
            sees_sites=SEES_SITES,
        )
    counted = () if min_operators == 1 else ("min_operators",)
    intervals = _MAIN_INTERVAL if form == "table" else _INTERVALS
    fields = ("code", "name", "technology", "operator", "tier", *counted, *_SHARES, *intervals)
    show(
        Listing(name="coverage", title=("Tỷ lệ phủ sóng", "Coverage"), envelope=head, rows=rows, fields=fields),
        as_json=as_json,
        form=form,
        out=out,
    )


def point(
    lon: LonOption,
    lat: LatOption,
    assessment: AssessmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Level, best server and reason at a position, by technology and operator."""
    from api.documents import point_members
    from geo.workflows.answers.point import answer_point

    check_position(lon, lat)
    settings = current_settings()
    with assessment_session(assessment, settings=settings) as (session, head):
        found = answer_point(
            session,
            lon=lon,
            lat=lat,
            home=settings.home_path,
            parameters_dir=settings.parameters_dir,
            sees_sites=SEES_SITES,
            assessment_id=assessment,
        )
    show(
        Listing(
            name="point",
            title=(f"Tín hiệu tại {lon}, {lat}", f"Signal at {lon}, {lat}"),
            envelope=head,
            rows=found.results,
            fields=("technology", "operator", "state", "level_dbm", "server_site", "reason"),
            extra=point_members(found),
        ),
        as_json=as_json,
    )


def villages(
    status: Annotated[
        Status | None,
        typer.Option(help="Only villages in this state; without a technology, over all of them (one is enough)."),
    ] = None,
    commune: CommuneOption = None,
    technology: TechnologyOption = None,
    operator: OperatorOption = None,
    name: Annotated[str | None, typer.Option(help="Part of the name.")] = None,
    assessment: AssessmentOption = None,
    form: FormatOption = "table",
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Villages and their states; `--status not_covered` is the list of villages without signal."""
    from api.exports import VILLAGE_FIELDS, village_rows
    from geo.workflows.answers.villages import list_villages

    with assessment_session(assessment) as (session, head):
        page = list_villages(
            session,
            state=status,
            commune=commune,
            technology=technology,
            operator=operator,
            name=name,
            limit=None,
            assessment_id=assessment,
            sees_sites=SEES_SITES,
        )
    table_fields = ("id", "name", "commune_name", "households", "grid_power", "technology", "operator", "state")
    show(
        Listing(
            name="villages",
            title=("Thôn, buôn và tình trạng phủ sóng", "Villages and their states"),
            envelope=head,
            rows=page.items,
            fields=table_fields if form == "table" else VILLAGE_FIELDS,
            total=page.total,
            flatten=village_rows,
        ),
        as_json=as_json,
        form=form,
        out=out,
    )


def gaps(
    technology: TechnologyOption = None,
    operator: OperatorOption = "any",
    commune: CommuneOption = None,
    assessment: AssessmentOption = None,
    form: FormatOption = "table",
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Areas without coverage on the 500 m grid, and who lives there."""
    from geo.workflows.answers.gaps import list_gaps

    with assessment_session(assessment) as (session, head):
        page = list_gaps(
            session,
            technology=technology,
            operator=operator,
            commune=commune,
            limit=None,
            assessment_id=assessment,
            sees_sites=SEES_SITES,
        )
    fields = (
        "id",
        "technology",
        "operator",
        "area_km2",
        "population",
        "households",
        "villages",
        "population_source",
        "commune_codes",
    )
    show(
        Listing(
            name="gaps",
            title=("Vùng không có sóng", "Areas without coverage"),
            envelope=head,
            rows=page.items,
            fields=fields,
            total=page.total,
        ),
        as_json=as_json,
        form=form,
        out=out,
    )


_FIBRE_VILLAGE_FIELDS = (
    "village_code",
    "name",
    "commune_code",
    "state",
    "households",
    "households_passed",
    "ports_free",
    "max_speed_mbps",
    "nearest_node_distance_m",
)
_FIBRE_UNIT_FIELDS = (
    "code",
    "name",
    "villages",
    "villages_available",
    "villages_no_data",
    "households",
    "households_passed",
    "share_households_passed",
    "ports_free",
    "nearest_node_distance_median_m",
    "nearest_node_distance_largest_m",
)


def fibre(
    by: Annotated[Literal["village", "commune", "province"], typer.Option(help="What a row stands for.")] = "village",
    commune: CommuneOption = None,
    assessment: AssessmentOption = None,
    form: FormatOption = "table",
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fibre reach: households passed and free ports as declared, and the distance to the nearest node."""
    from geo.workflows.answers.fibre import list_fibre_units, list_fibre_villages

    rows: tuple[Any, ...]
    with assessment_session(assessment) as (session, head):
        if by == "village":
            rows = list_fibre_villages(
                session, commune=commune, limit=None, assessment_id=assessment, sees_sites=SEES_SITES
            ).items
        else:
            rows = list_fibre_units(session, by=by, code=commune, assessment_id=assessment, sees_sites=SEES_SITES)
    show(
        Listing(
            name="fibre",
            title=("Cáp quang", "Fibre reach"),
            envelope=head,
            rows=rows,
            fields=_FIBRE_VILLAGE_FIELDS if by == "village" else _FIBRE_UNIT_FIELDS,
        ),
        as_json=as_json,
        form=form,
        out=out,
    )
