"""`phusong calibrate`: fit the model to measurements; list and show what was fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.context import current_settings, database_session
from api.cli.options import AsOfOption, parse_date
from api.cli.output import JsonOption, message, print_document, print_table
from api.cli.progress import stage_progress
from geo.domain.sites import Technology
from geo.errors import BadInputError

if TYPE_CHECKING:
    from geo.workflows.answers.calibrations import CalibrationInfo

app = typer.Typer(help="Fit the model to measurements.", invoke_without_command=True)


@app.callback()
def calibrate(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name of the calibration; again: next version.")
    ] = None,
    technology: Annotated[
        list[Technology] | None, typer.Option(help="Only this technology; may be repeated. Default by the rule.")
    ] = None,
    operator: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="Only this operator; may be repeated. Default all.")
    ] = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fit offsets by band, clutter and obstruction to the imported measurements, and store them under a name.

    Nothing uses them before `phusong assess --calibration NAME` chooses them.
    """
    if context.invoked_subcommand is not None:
        return
    if name is None:
        raise BadInputError(
            "Give the calibration a name: phusong calibrate --name NAME.",
            "Hãy đặt tên cho bộ hiệu chỉnh: phusong calibrate --name TÊN.",
        )
    from geo.store.session import engine_for
    from geo.workflows import calibrate as fitting

    settings = current_settings()
    words = {
        "measurements": ("đọc số liệu đo", "reading measurements"),
        "predict": ("dự báo tại điểm đo", "predicting where was measured"),
        "fit": ("hiệu chỉnh", "fitting"),
    }
    with stage_progress(words) as progress:
        info = fitting.calibrate(
            engine=engine_for(settings, "app"),
            settings=settings,
            name=name,
            technologies=[each.value for each in dict.fromkeys(technology)] if technology else None,
            operators=operator,
            as_of=parse_date(as_of),
            progress=progress,
        )
    _show(info, as_json=as_json)


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """The calibrations that were fitted, the newest first."""
    from geo.workflows.answers.calibrations import list_calibrations

    with database_session() as session:
        found = list_calibrations(session)
    if as_json:
        items = [_summary(info) for info in found]
        print_document({"schema_version": "1", "count": len(items), "items": items})
        return
    columns = ["Tên / Name", "Ngày / Made", "Điểm ảnh / Pixels", "Cột / Masts", "RMSE trước / before", "sau / after"]
    print_table(
        "Bộ hiệu chỉnh / Calibrations",
        columns,
        [
            [
                f"{info.name}@{info.version}",
                info.created_at.date().isoformat(),
                info.document["pixels"],
                info.document["masts"],
                info.document["cross_validation"]["before"]["rmse_db"],
                info.document["cross_validation"]["after"]["rmse_db"],
            ]
            for info in found
        ],
    )


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="NAME (its newest version) or NAME@VERSION.")],
    as_json: JsonOption = False,
) -> None:
    """One calibration: offsets by class, cross-validation, and what it was made from."""
    from geo.workflows.answers.calibrations import get_calibration

    with database_session() as session:
        info = get_calibration(session, name)
    _show(info, as_json=as_json)


def _summary(info: CalibrationInfo) -> dict[str, Any]:
    document = info.document
    return {
        "name": info.name,
        "version": info.version,
        "sha256": info.sha256,
        "created_at": info.created_at.isoformat(),
        "illustrative": info.illustrative,
        **{key: document[key] for key in ("scope", "pixels", "masts", "cross_validation")},
    }


def _show(info: CalibrationInfo, *, as_json: bool) -> None:
    if as_json:
        print_document({**info.document, "sha256": info.sha256, "created_at": info.created_at.isoformat()})
        return
    document, found = info.document, info.document["cross_validation"]
    made_up = "; SỐ LIỆU MINH HỌA / ILLUSTRATIVE DATA" if info.illustrative else ""
    print_table(
        f"Hiệu chỉnh / Calibration {info.name}@{info.version}{made_up}",
        ["Băng / Band", "Lớp phủ / Clutter", "Đường truyền / Path", "dB", "Điểm ảnh / Pixels"],
        [
            [band["band_group"], each["clutter"], each["path"], f"{each['offset_db']:+.1f}", each["pixels"]]
            for band in document["bands"]
            for each in band["offsets"]
            if each["pixels"]
        ],
        note=f"{document['pixels']} điểm ảnh / pixels, {document['masts']} cột / masts; "
        f"bỏ qua / left out: {document['left_out']}",
    )
    rows = [["", key, found["before"][key], found["after"][key]] for key in ("bias_db", "rmse_db", "mean_absolute_db")]
    for tier in found["tiers"]:
        label = f"{tier['technology']} {tier['tier']} {tier['threshold_dbm']:g} dBm"
        rows += [[label, key, tier["before"][key], tier["after"][key]] for key in ("hit_rate", "missed_gap_rate")]
    print_table(
        f"Kiểm chứng chéo theo cột / Cross-validated by mast ({found['folds']})",
        ["", "", "Trước / Before", "Sau / After"],
        rows,
    )
    message(
        f"Chỉ được dùng khi chọn: phusong assess --calibration {info.name}",
        f"Used only when chosen: phusong assess --calibration {info.name}",
    )
