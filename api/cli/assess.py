"""`phusong assess`: compute coverage from what is stored."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.context import current_settings, database_session
from api.cli.options import AsOfOption, parse_date
from api.cli.output import JsonOption, message, print_document, print_table
from api.cli.progress import assessment_progress
from geo.domain.sites import Technology

if TYPE_CHECKING:
    from geo.settings import Settings
    from geo.workflows.assessment.runners import Runner


# Reasons of left-out cells that are told one by one.
REASONS_SHOWN = 5


def assess(
    as_of: AsOfOption = None,
    technology: Annotated[
        list[Technology] | None, typer.Option(help="Only this technology; may be repeated. Default by the rule.")
    ] = None,
    area: Annotated[str | None, typer.Option(metavar="CODE", help="Only this commune; default everything.")] = None,
    calibration: Annotated[
        str | None, typer.Option(metavar="NAME", help="Correct levels with this calibration; default none.")
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Compute on a Dask cluster, tcp:// or tls://; default the local cores."),
    ] = None,
    trust_network: Annotated[
        bool, typer.Option("--trust-network", help="Allow tcp:// to another machine, on a closed network.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Compute coverage, village states, gaps and reach from the data that hold on a date (default today)."""
    from geo.store.results import published_id
    from geo.store.session import engine_for
    from geo.workflows import assess_coverage
    from geo.workflows.answers.documents import envelope, to_jsonable

    settings = current_settings()
    runner = _runner(scheduler, settings, trusts_network=trust_network)
    day = parse_date(as_of)
    with assessment_progress() as progress:
        info = assess_coverage.assess(
            engine=engine_for(settings, "app"),
            settings=settings,
            as_of=day,
            technologies=[each.value for each in dict.fromkeys(technology)] if technology else None,
            area=area,
            calibration=calibration,
            progress=progress,
            runner=runner,
        )
    with database_session(settings=settings) as session:
        published = published_id(session)
    document = {**to_jsonable(info), "published_assessment_id": published, **envelope(info)}
    if info.as_of > dt.datetime.now(dt.UTC).date():
        _warn_of_future(info.as_of)
    if as_json:
        print_document(document)
        return
    _print_summary(document, settings.language)


def _runner(scheduler: str | None, settings: Settings, *, trusts_network: bool) -> Runner | None:
    """Return the cluster that was asked for; what can be refused is refused before anything is read."""
    if scheduler is None:
        return None
    from geo.store.result_cache import result_cache
    from geo.workflows.assessment.cluster import ClusterRunner, check_address, check_limit

    check_address(scheduler, trusts_network=trusts_network)
    check_limit(result_cache(settings).limit_bytes)
    return ClusterRunner(scheduler, trusts_network)


def _warn_of_future(day: dt.date) -> None:
    message(
        f"Cảnh báo: {day} ở tương lai. Kết quả dựa trên số liệu đã nhập đến nay và có hiệu lực vào ngày đó, "
        "và chưa được công bố trước ngày đó.",
        f"Warning: {day} is in the future. The result is about what holds on that day as far as it is imported today, "
        "and it is not published before that day.",
    )


def _print_summary(document: dict[str, Any], language: str) -> None:
    from api.cli.listing import note

    vietnamese = language == "vi"
    defaulted = document["cells_defaulted"] / document["cells_total"] if document["cells_total"] else 0.0
    terrain = document["terrain"]
    lines: list[tuple[str, str, Any]] = [
        ("Lần tính toán", "Assessment", document["assessment_id"]),
        ("Công nghệ", "Technologies", ", ".join(document["technologies"])),
        ("Doanh nghiệp", "Operators", ", ".join(item["name"] for item in document["operators"])),
        ("Số ô phát sóng", "Cells", document["cells_total"]),
        ("Tỷ lệ ô phải dùng giá trị mặc định", "Share of cells with defaults", defaulted),
        ("Số ô không tính được", "Cells left out", document["cells_left_out"]),
        ("Có địa hình", "Terrain used", ("có" if vietnamese else "yes") if terrain.get("used") else "không / no"),
        ("Phiên bản quy tắc", "Rule version", document["rule_version"]),
        ("Mô hình", "Model", document["radio_version"]),
        ("Bộ hiệu chỉnh", "Calibration", _calibration_words(document["calibration"], vietnamese=vietnamese)),
        ("Thời gian (s)", "Time (s)", document["timings_s"].get("total")),
    ]
    title = "Kết quả tính phủ sóng" if vietnamese else "Assessment"
    rows = [[vi if vietnamese else en, value] for vi, en, value in lines]
    columns = ("Nội dung", "Kết quả") if vietnamese else ("Item", "Result")
    print_table(title, columns, rows, note=note(document, language))
    _tell_left_out(document)
    if not terrain.get("used"):
        message(
            "Chưa có số liệu địa hình: kết quả tính trên mặt đất phẳng.",
            "There is no terrain: the result is computed over flat ground.",
        )
    _tell_published(document)


def _tell_left_out(document: dict[str, Any]) -> None:
    """Say why cells were left out, the most frequent reasons first, and what follows."""
    reasons = document["provenance"].get("sites", {}).get("cells_left_out", [])
    if not reasons:
        return
    message(
        f"{document['cells_left_out']} cell đang phát sóng không tính được. Trong tầm của chúng, nơi không cell nào "
        "khác phủ sóng là không có dữ liệu:",
        f"{document['cells_left_out']} cells on air cannot be computed. Within their reach, places that no other cell "
        "covers have no data:",
    )
    for each in reasons[:REASONS_SHOWN]:
        message(f"  {each['cells']} cell: {each['vi']}", f"  {each['cells']} cells: {each['en']}")
    if len(reasons) > REASONS_SHOWN:
        message("  … xem hết bằng --json.", "  … all of them with --json.")


def _calibration_words(name: str | None, *, vietnamese: bool) -> str:
    if name is None:
        return "không" if vietnamese else "none"
    return name


def _tell_published(document: dict[str, Any]) -> None:
    """Say whether everybody sees this result from now on, and how to see it if not."""
    number, published = document["assessment_id"], document["published_assessment_id"]
    if document["published"]:
        message(
            f"Lần tính toán {number} là kết quả công bố: mọi trang, lệnh và API lấy số liệu từ đó.",
            f"Assessment {number} is the published one: pages, commands and API answer from it.",
        )
    elif published is None:
        message(
            f"Lần tính toán {number} chưa được công bố và chưa có kết quả nào khác; xem bằng --assessment {number}.",
            f"Assessment {number} is not published, nor is any other; see it with --assessment {number}.",
        )
    else:
        message(
            f"Kết quả công bố vẫn là lần tính toán {published}; xem lần này bằng --assessment {number}.",
            f"Assessment {published} stays the published one; see this one with --assessment {number}.",
        )
