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
    """Fit offsets by network, clutter and obstruction to the imported measurements, and store them under a name.

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
    if not found:
        message(
            "Chưa có bộ hiệu chỉnh nào; hãy nhập số liệu đo (phusong import measurements TỆP) rồi chạy "
            "`phusong calibrate --name TÊN`.",
            "There is no calibration yet; import measurements (phusong import measurements FILE), then run "
            "`phusong calibrate --name NAME`.",
        )
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
    """One calibration: offsets by network and class, cross-validation, and what it was made from."""
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
    document = info.document
    made_up = "; SỐ LIỆU MINH HỌA / ILLUSTRATIVE DATA" if info.illustrative else ""
    title = f"Hiệu chỉnh / Calibration {info.name}@{info.version}{made_up}"
    _show_networks(document, title, _left_out(document["left_out"]) or "–")
    if info.is_usable and not info.tells_networks_of_a_mast_apart:
        message(
            "Hiệu chỉnh khi mọi mạng trên một cột còn được coi là có cùng sai số: nơi các mạng dùng chung cột, độ lệch "
            "có thể sai tới hơn 1 dB và sai số quá nhỏ; hãy hiệu chỉnh lại.",
            "Fitted when all networks on a mast were taken to have the same error: where networks share masts, offsets "
            "may be off by more than 1 dB and their errors are too small; fit it again.",
        )
    _show_uncorrected(document)
    _show_shared(document)
    print_table("Sai số còn lại / Error that is left (dB)", ["", "dB"], _errors(document))
    _show_validation(document["cross_validation"])
    if named := document.get("choice", {}).get("pixels_by_cell", 0):
        message(
            f"{named} điểm ảnh nêu cell: đúng với máy quét ghi mọi cell. Điện thoại chỉ ghi cell đang dùng làm mức "
            "hiệu chỉnh cao lên: hãy bỏ cột cell rồi nhập lại.",
            f"{named} pixels name their cell: right for a scanner that logs every cell. A phone that logs its serving "
            "cell would raise the offsets: import its log without the column of the cell.",
        )
    message(
        f"Chỉ được dùng khi chọn: phusong assess --calibration {info.name}",
        f"Used only when chosen: phusong assess --calibration {info.name}",
    )


def _show_networks(document: dict[str, Any], title: str, left_out: str) -> None:
    """Print what is added in each network, in the mean and by class, and what is left of its error."""
    networks = document.get("networks")
    if networks is None:
        message(
            "Bộ hiệu chỉnh cũ, không tách từng mạng: không dùng được nữa, hãy hiệu chỉnh lại.",
            "An old calibration that does not tell networks apart: it can no longer be used; fit it again.",
        )
        return
    print_table(
        title,
        ["Mạng / Network", "dB", "dB mỗi 10 lần khoảng cách / per decade", "km", "Giữa các cột / Between masts (dB)",
         "Điểm ảnh / Pixels", "Cột / Masts"],
        [
            [_network(each), f"{each['offset_db']:+z.1f}", f"{each['slope_db_per_decade']:+z.1f}",
             f"{each['nearest_km']:.1f}-{each['farthest_km']:.1f}", _figure(each["errors"]["site_db"]),
             each["pixels"], each["masts"]]
            for each in networks
        ],
        note=f"{document['pixels']} điểm ảnh / pixels, {document['masts']} cột / masts; bỏ qua / left out: {left_out}",
    )  # fmt: skip
    print_table(
        "Theo lớp, cộng vào từng mạng / By class, added in each network",
        ["Mạng / Network", "Lớp phủ / Clutter", "Đường truyền / Path", "dB", "±", "Điểm ảnh / Pixels", "Cột / Masts"],
        [
            [_network(network), words(each["clutter"]), words(each["path"]), f"{each['offset_db']:+z.1f}",
             _figure(each["standard_error_db"]), each["pixels"], each["masts"]]
            for network in networks
            for each in network["offsets"]
        ],
    )  # fmt: skip


def _show_uncorrected(document: dict[str, Any]) -> None:
    """Print what was measured and is not corrected, with what it lacks; older documents do not tell it."""
    rows = [
        [_network(each), "mọi lớp / all classes", each["pixels"], each["masts"], _lacking(each)]
        for each in document.get("not_corrected", ())
    ]
    rows += [
        [_network(network), f"{words(each['clutter'])}, {words(each['path'])}", each["pixels"], each["masts"],
         _lacking(each)]
        for network in document.get("networks", ())
        for each in network.get("not_corrected", ())
    ]  # fmt: skip
    if rows:
        print_table(
            "Có đo, không hiệu chỉnh / Measured, not corrected",
            ["Mạng / Network", "Lớp / Class", "Điểm ảnh / Pixels", "Cột / Masts", "Vì sao / Why"],
            rows,
        )


def _lacking(row: dict[str, Any]) -> str:
    """Return why something is not corrected: each reason with what there is and what is needed."""
    reasons = [f"{words(each['code'])}: {each['found']} < {each['needed']}" for each in row["reasons"]]
    return "; ".join(filter(None, [*reasons, _left_out(row.get("left_out", {}))]))


def _left_out(reasons: dict[str, int]) -> str:
    return "; ".join(f"{words(reason)}: {count}" for reason, count in reasons.items())


def _show_shared(document: dict[str, Any]) -> None:
    """Print what the networks of a band have in common, by class."""
    print_table(
        "Phần chung của băng, không tự áp dụng / Common to a band, not used by itself",
        ["Băng / Band", "Lớp phủ / Clutter", "Đường truyền / Path", "dB", "Điểm ảnh / Pixels"],
        [
            [words(band["band_group"]), words(each["clutter"]), words(each["path"]), f"{each['offset_db']:+z.1f}",
             each["pixels"]]
            for band in document["bands"]
            for each in band["offsets"]
            if each["pixels"]
        ],
    )  # fmt: skip


def _network(network: dict[str, Any]) -> str:
    band = words(network["band_group"]) if network["band_group"] else ""
    return f"{network['technology']} {network['operator']} {band}".rstrip()


def _errors(document: dict[str, Any]) -> list[list[Any]]:
    """Return the rows of what is left of the error; documents of before 1.1 of the rules know nothing of the choice."""
    left, choice = document["uncertainty"], document.get("choice")
    rows: list[list[Any]] = [
        [words("bias_error"), _figure(left["bias_db"])],
        [words("site_db"), _figure(left["site_db"])],
    ]
    rows += [[f"{words('local_db')}: {words(path)}", _figure(value)] for path, value in left["local_db"].items()]
    if choice is not None:
        rows.append([words("mean_gain_db"), _figure(choice["mean_gain_db"])])
    return rows


def _show_validation(found: dict[str, Any]) -> None:
    print_table(
        f"Kiểm chứng chéo theo cột / Cross-validated by mast ({found['folds']})",
        ["dB", "Trước / Before", "Sau / After"],
        [
            [words(key), _figure(found["before"][key]), _figure(found["after"][key])]
            for key in ("bias_db", "rmse_db", "mean_absolute_db")
        ],
    )
    rows = []
    for tier in found["tiers"]:
        percent = f", {tier['location_percent']:g} %" if "location_percent" in tier else ""
        label = f"{tier['technology']} {words(tier['tier'])} {tier['threshold_dbm']:g} dBm{percent}"
        rows += [[label, words(key), *(_share(tier[when][key]) for when in ("before", "after"))] for key in _RATES]
    if not rows:
        message(
            "Chỉ có suy hao, không có mức thu: không tính được tỷ lệ theo ngưỡng.",
            "Only path losses were measured, no levels: there are no rates by threshold.",
        )
        return
    print_table(
        "Theo ngưỡng, mọi nơi đo / By threshold, all measured places",
        ["% vị trí / of locations", "", "Trước / Before", "Sau / After"],
        rows,
        note=words("percent_note"),
    )


_RATES = ("hit_rate", "missed_gap_rate")


def words(code: str) -> str:
    """Return a code of the document in Vietnamese and English; one that is not known stays a code."""
    return _WORDS.get(code, code)


def _figure(value: float | None) -> str:
    # No "-0.0".
    return "–" if value is None else f"{round(value, 1) + 0.0:.1f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100.0 * value:.1f} %"


_WORDS = {
    "low": "thấp / low",
    "mid": "trung / mid",
    "high": "cao / high",
    "unknown": "không rõ / unknown",
    "open": "trống / open",
    "shrub": "cây bụi / shrub",
    "tree": "rừng, cây / tree",
    "built": "nhà cửa / built",
    "line_of_sight": "thông thoáng / line of sight",
    "obstructed": "bị che / obstructed",
    "marginal": "yếu / marginal",
    "outdoor": "ngoài trời / outdoor",
    "vehicle": "trong xe / vehicle",
    "indoor": "trong nhà / indoor",
    "cell_not_in_list": "cell hoặc băng không có trong danh sách / cell or band not in the lists",
    "no_cell_in_reach": "không cell nào tới / no cell in reach",
    "predicted_below_floor": "dự báo dưới ngưỡng máy đo / predicted below the instrument's floor",
    "band_too_thin": "băng có quá ít số liệu / too little in the band",
    "too_few_pixels": "ít điểm ảnh / few pixels",
    "too_few_masts": "ít cột / few masts",
    "too_few_in_class": "ít điểm ảnh trong lớp / few pixels in the class",
    "too_few_in_each_class": "ít điểm ảnh trong mỗi lớp / few pixels in each class",
    "nothing_compared": "không điểm ảnh nào so sánh được / no pixel could be compared",
    "bias_error": "sai số chuẩn chung / standard error of all",
    "site_db": "giữa các cột / between masts",
    "local_db": "tại từng nơi / of single places",
    "mean_gain_db": "trừ do chọn cell mạnh nhất / taken off for the choice of the strongest cell",
    "bias_db": "độ chệch (dự báo trừ đo) / bias (predicted less measured)",
    "rmse_db": "RMSE",
    "mean_absolute_db": "sai số tuyệt đối trung bình / mean absolute error",
    "hit_rate": "đo có sóng, dự báo có / measured to reach, predicted to",
    "missed_gap_rate": "đo không có, dự báo có / measured not to reach, predicted to",
    "percent_note": "Mức dự báo đạt ở từng ấy % vị trí; bản tính dùng tỷ lệ cao hơn. / Predicted level at so many % of "
    "locations; assessments decide with the higher one.",
}
