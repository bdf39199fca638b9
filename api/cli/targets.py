"""`phusong targets` and `phusong baseline`: where the plans stand, stated values, and the frozen lists."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.context import current_settings, database_session
from api.cli.options import parse_date
from api.cli.output import JsonOption, message, print_document, print_table

if TYPE_CHECKING:
    from geo.workflows.baselines import BaselineRow

SCHEMA_VERSION = "1"
# What stands behind figures and states, see the note under the table.
UNKNOWN = "chưa biết/unknown"
NEAR = "≈ trong sai số / within error"
NOTE_VI = (
    "(từ-đến): khoảng sai số của mô hình, đúng trong {share:.0%} trường hợp; "
    "chưa biết: khoảng do thiếu dữ liệu; ≈: ở một đầu khoảng sai số, kết luận sẽ khác"
)
NOTE_EN = (
    "(from-to): what the model may be wrong by, in {share:.0%} of cases; "
    "unknown: the range that missing data leave open; ≈: at an end of the interval the verdict would be another"
)
SIGNS = {"at_least": "≥ ", "more_than": "> ", "at_most": "≤ ", "none": ""}

AsOfOption = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="Date of the states; default: the assessment's.")
]
AssessmentOption = Annotated[
    int | None, typer.Option("--assessment", help="Number of the assessment; default: the published one.")
]

app = typer.Typer(help="Where every target of the plans stands, with its source and its conflicts.")
baseline_app = typer.Typer(
    help="The frozen list of villages and clusters without full signal, which targets count.", no_args_is_help=True
)


@app.callback(invoke_without_command=True)
def targets(
    context: typer.Context,
    as_of: AsOfOption = None,
    assessment: AssessmentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Where every target of the plans stands; `declare` takes down a stated value."""
    if context.invoked_subcommand is not None:
        return
    from api.headings import provenance_line
    from geo.workflows.evaluate_targets import targets_document

    settings = current_settings()
    with database_session(settings=settings) as session:
        document = targets_document(
            session,
            as_of=parse_date(as_of),
            assessment_id=assessment,
            sees_sites=True,
            home=settings.home_path,
            parameters_dir=settings.parameters_dir,
        )
    if as_json:
        print_document(document)
        return
    print_table(
        "Chỉ tiêu / Targets",
        ["ID", "Chỉ tiêu / Indicator", "Giá trị / Value", "Hạn / Deadline", "Số đo / Measured", "Trạng thái / State"],
        [_line(item) for item in document["items"]],
        note=f"{provenance_line(document, settings.language)}\n{_key(document, settings.language)}",
    )


@app.command()
def declare(
    target: Annotated[str, typer.Argument(help="Target, for example A10.")],
    value: Annotated[str, typer.Argument(help="Value in the target's unit, or words for a target in words.")],
    date: Annotated[str, typer.Option("--date", metavar="DATE", help="Day that the value describes.")],
    source: Annotated[str, typer.Option("--source", help="Document, number and date that state it.")],
    reading: Annotated[str | None, typer.Option("--reading", help="Reading of a target that has several.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Take down a value that somebody states for a target, with its source and date."""
    from geo.workflows.evaluate_targets import record_measurement

    settings = current_settings()
    day = parse_date(date)
    number = _number(value)
    with database_session(settings=settings) as session:
        measurement = record_measurement(
            session,
            target_id=target,
            as_of=day,
            source=source,
            value=number,
            text_value=None if number is not None else value,
            reading=reading,
            parameters_dir=settings.parameters_dir,
        )
    if as_json:
        print_document({"schema_version": SCHEMA_VERSION, "measurement_id": measurement, "target": target})
    else:
        message(f"Đã ghi giá trị {value} cho {target}.", f"Recorded {value} for {target}.")


@baseline_app.command()
def freeze(
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="Date of the assessment; default: the published one."),
    ] = None,
    label: Annotated[str | None, typer.Option("--label", help="Name of the list; default: its date.")] = None,
    note: Annotated[str | None, typer.Option("--note", help="For example the decision that approves it.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Freeze what has no full signal and is on no list yet; a frozen list never changes."""
    from geo.workflows.baselines import freeze_baseline

    settings = current_settings()
    with database_session(settings=settings) as session:
        row = freeze_baseline(
            session, as_of=parse_date(as_of), label=label, note=note, parameters_dir=settings.parameters_dir
        )
    _print_baselines([row], as_json=as_json)


@baseline_app.command()
def show(as_json: JsonOption = False) -> None:
    """Show the frozen lists; with --json all their items."""
    from geo.workflows.baselines import list_baselines

    with database_session() as session:
        rows = list_baselines(session, sees_sites=True)
    _print_baselines(rows, as_json=as_json)


def _print_baselines(rows: list[BaselineRow] | tuple[BaselineRow, ...], *, as_json: bool) -> None:
    from geo.workflows.answers.documents import to_jsonable

    if as_json:
        items = [to_jsonable(row) for row in rows]
        print_document({"schema_version": SCHEMA_VERSION, "count": len(items), "items": items})
        return
    if not rows:
        message(
            "Chưa chốt danh sách nào; hãy chạy `phusong baseline freeze`.",
            "No list is frozen yet; run `phusong baseline freeze`.",
        )
        return
    print_table(
        "Danh sách đã chốt / Frozen lists",
        [
            "Tên / Label",
            "Ngày / Date",
            "Gốc / First",
            "Công nghệ / Technology",
            "Doanh nghiệp / Operator",
            "Thôn / Villages",
            "Cụm / Clusters",
            "Có điện lưới / Grid power",
        ],
        [
            [
                row.label,
                row.frozen_on.isoformat(),
                "x" if row.is_first else "",
                count.technology,
                count.operator,
                count.villages,
                count.clusters,
                count.with_grid_power,
            ]
            for row in rows
            for count in row.counts
        ],
        note="Số liệu minh họa / Illustrative data" if any(row.illustrative for row in rows) else None,
    )


def _key(document: dict[str, Any], language: str) -> str:
    return (NOTE_VI if language == "vi" else NOTE_EN).format(share=document["interval_share"])


def _line(item: dict[str, Any]) -> list[Any]:
    wanted = "–" if item["value"] is None else f"{SIGNS[item['comparison']]}{item['value']:g} {_unit(item['unit'])}"
    figures = [_figure(reading, item["unit"]) for reading in item["measured"] if not reading["beside"]]
    states = [item["state_vi"], item["state_en"], *([NEAR] if item["goal_in_interval"] else [])]
    return [
        item["id"],
        item["indicator"],
        wanted,
        item["deadline"] or "–",
        "\n".join(figures),
        "\n".join(states),
    ]


def _figure(reading: dict[str, Any], unit: str) -> str:
    if reading["text_value"]:
        return str(reading["text_value"])
    digits = 0 if unit == "items" else 1
    value = "–" if reading["value"] is None else f"{_down(reading['value']):.{digits}f}"
    low, high = reading["interval_low"], reading["interval_high"]
    interval = "" if low is None or high is None else f" ({_down(low):.{digits}f}-{_up(high):.{digits}f})"
    least, most = reading["unknown_low"], reading["unknown_high"]
    known = least is None or most is None or most - least <= 0.05
    unknown = "" if known else f"; {UNKNOWN}: {_down(least):.{digits}f}-{_down(most):.{digits}f}"
    return f"{reading['name_vi']}: {value}{interval}{unknown}"


def _up(value: float) -> float:
    """Round an upper end up to one decimal, so that the interval printed holds the one computed."""
    return math.ceil(value * 10.0 - 1e-6) / 10.0


def _down(value: float) -> float:
    """Round down to one decimal: 99.96 % must not read as 100 %."""
    return math.floor(value * 10.0 + 1e-6) / 10.0


def _unit(unit: str) -> str:
    return "%" if unit == "percent" else unit


def _number(word: str) -> float | None:
    """Read a number as people here write it, with a decimal comma or point; None: it is words."""
    try:
        return float(word.strip().rstrip("%").strip().replace(",", "."))
    except ValueError:
        return None
