"""`phusong radio explain`: why a position has its level, as tables, as a document and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from api.cli.context import current_settings
from api.cli.listing import SEES_SITES, assessment_session, note
from api.cli.options import AssessmentOption, LatOption, LonOption, OperatorOption, TechnologyOption, check_position
from api.cli.output import JsonOption, folder_of, message, print_document, print_table, tell_folder, write_together
from geo.domain.sites import ANY_OPERATOR
from geo.errors import BadInputError

if TYPE_CHECKING:
    from geo.workflows.answers.explain_rows import PointExplanation

PictureOption = Annotated[
    Path | None,
    typer.Option("--out", help="Write the profile as a picture, for example profile.svg; one for each technology."),
]
LanguageOption = Annotated[
    Literal["vi", "en"] | None, typer.Option(help="Language of the tables and the picture; default PHUSONG_LANGUAGE.")
]


def explain(
    lon: LonOption,
    lat: LatOption,
    cell: Annotated[
        str | None,
        typer.Option(help="Cell: its number, its code, the code of its site, or SITE/CELL; default the strongest."),
    ] = None,
    technology: TechnologyOption = None,
    operator: OperatorOption = None,
    assessment: AssessmentOption = None,
    out: PictureOption = None,
    language: LanguageOption = None,
    as_json: JsonOption = False,
) -> None:
    """Why a position has its level: profile, clearance, loss by part, link budget and interval."""
    from api.documents import explanation
    from geo.workflows.answers.explain import explain_point

    check_position(lon, lat)
    _check_picture(out)
    settings = current_settings()
    with assessment_session(assessment, settings=settings) as (session, head):
        found = explain_point(
            session,
            lon=lon,
            lat=lat,
            home=settings.home_path,
            parameters_dir=settings.parameters_dir,
            cell=cell,
            technology=technology,
            operator=None if operator == ANY_OPERATOR else operator,
            sees_sites=SEES_SITES,
            assessment_id=assessment,
        )
    words = language or settings.language
    files = [] if out is None else _write_pictures(found.items, out, words, head)
    if as_json:
        print_document({**explanation(head, found), **({"files": files} if files else {})})
        return
    for item in found.items:
        _print(item, words, note(head, words))
    for file in files:
        message(f"Đã ghi {file}", f"Wrote {file}")


def _check_picture(out: Path | None) -> None:
    if out is not None and out.suffix.lower() != ".svg":
        raise BadInputError(
            f"The picture is an SVG file: give --out a name that ends in .svg, not {out.name}.",
            f"Hình là tệp SVG: hãy đặt tên --out kết thúc bằng .svg, không phải {out.name}.",
        )


def _write_pictures(items: Sequence[PointExplanation], out: Path, language: str, head: dict[str, Any]) -> list[str]:
    """Write a picture for each technology; with several, the name carries the technology."""
    from maps.profile_picture import profile_picture

    files = {}
    for item in items:
        file = out if len(items) == 1 else out.with_stem(f"{out.stem}-{item.technology}")
        picture = profile_picture(item, language=language, source=note(head, language))
        files[file] = f'<?xml version="1.0" encoding="UTF-8"?>\n{picture}\n'.encode()
    with folder_of(out) as is_new:
        write_together(files)
    tell_folder(out, is_new=is_new)
    return [str(file) for file in files]


_MARKS = {"line": "", "part": "    ", "sum": "= ", "aside": "  · "}


def _print(item: PointExplanation, language: str, below: str) -> None:
    from maps.explain_tables import budget_rows, columns, fact_rows, inside_rows, loss_rows, table_titles, tier_rows

    titles = table_titles(item, language)
    print_table(titles["facts"], ["", ""], fact_rows(item, language))
    tables = {"budget": budget_rows, "losses": loss_rows, "tiers": tier_rows, "inside": inside_rows}
    for name, rows_of in tables.items():
        rows = [(_MARKS[row.kind] + row.name, row.value, row.note) for row in rows_of(item, language)]
        print_table(titles[name], columns(name, language), rows, note=below if name == "inside" else None)
