"""`phusong operators`: which operators are active, and the department's word about it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli.context import current_settings, database_session
from api.cli.options import AsOfOption, parse_date
from api.cli.output import JsonOption, message, print_document, print_table

SCHEMA_VERSION = "1"
_FIELDS = (
    "code",
    "name",
    "active",
    "because",
    "newest_list",
    "by_parameters",
    "decided",
    "decided_on",
    "decided_source",
)
_BECAUSE = {
    "department": ("quyết định của Sở", "the department's decision"),
    "site_list": ("đã nộp danh sách trạm", "it handed in a site list"),
    "parameters": ("tệp tham số", "the parameter file"),
    "unknown": ("chưa có thông tin mạng di động", "nothing known of a mobile network"),
}

app = typer.Typer(help="Which operators are active mobile networks, and who says so.", no_args_is_help=True)


@app.command(name="list")
def list_(as_json: JsonOption = False) -> None:
    """Every known operator, whether it is active, and why; active ones must have data before anything is trắng sóng."""
    from geo.workflows.operators import list_operators

    settings = current_settings()
    with database_session(settings=settings) as session:
        found = [_document(one) for one in list_operators(session, parameters_dir=settings.parameters_dir)]
    if as_json:
        print_document({"schema_version": SCHEMA_VERSION, "count": len(found), "items": found})
        return
    _print(found, settings.language)


@app.command(name="set")
def set_(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Code of the operator, as `operators list` shows it.")],
    mobile: Annotated[
        bool | None,
        typer.Option("--mobile/--no-mobile", help="It runs base stations of its own here, or it does not."),
    ] = None,
    undecided: Annotated[bool, typer.Option("--undecided", help="Take the decision back.")] = False,
    source: Annotated[str | None, typer.Option(help="Document or person the decision comes from.")] = None,
    date: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide whether an operator is an active mobile network; it goes before lists and parameters."""
    from geo.errors import BadInputError
    from geo.workflows.operators import set_operator

    if undecided == (mobile is not None):
        raise BadInputError(
            "Give one of --mobile, --no-mobile and --undecided.",
            "Hãy chọn một trong --mobile, --no-mobile và --undecided.",
        )
    settings = current_settings()
    day = parse_date(date)
    with database_session(settings=settings) as session:
        changed = set_operator(
            session, code, runs_mobile=mobile, source=source, on=day, parameters_dir=settings.parameters_dir
        )
    if as_json:
        print_document({"schema_version": SCHEMA_VERSION, "item": _document(changed)})
        return
    _print([_document(changed)], settings.language)
    message(
        "Hãy chạy `phusong assess` để kết quả theo quyết định này.",
        "Run `phusong assess` for results that follow this decision.",
    )


def _document(standing: Any) -> dict[str, Any]:
    from geo.workflows.answers.documents import to_jsonable

    return {**to_jsonable(standing), "active": standing.active, "because": standing.because}


def _print(items: list[dict[str, Any]], language: str) -> None:
    from api.headings import heading

    at = 0 if language == "vi" else 1
    yes = {True: ("có", "yes")[at], False: ("không", "no")[at], None: None}
    rows = [
        [
            _BECAUSE[item[name]][at]
            if name == "because"
            else yes[item[name]]
            if name in ("active", "by_parameters", "decided")
            else item[name]
            for name in _FIELDS
        ]
        for item in items
    ]
    print_table(("Doanh nghiệp", "Operators")[at], [heading(name, language) for name in _FIELDS], rows)
