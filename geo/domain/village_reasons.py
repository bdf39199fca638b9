"""Why a village, cluster or point has the state it has: codes for machines, words in both languages for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# code -> (Vietnamese, English); the braces are filled from the reason's values.
CATALOGUE: Mapping[str, tuple[str, str]] = {
    "below_threshold": (
        "Mức thu {level_dbm} dBm thấp hơn ngưỡng {threshold_dbm} dBm",
        "Level {level_dbm} dBm is below the threshold {threshold_dbm} dBm",
    ),
    "not_reached": (
        "Không ô phủ sóng nào tới được điểm này trong vùng tính toán",
        "No cell reaches this point within the computed range",
    ),
    "reached": (
        "Mức thu {level_dbm} dBm đạt ngưỡng {threshold_dbm} dBm",
        "Level {level_dbm} dBm reaches the threshold {threshold_dbm} dBm",
    ),
    "terrain_obstructed": (
        "Địa hình hoặc vật che khuất: trên mặt đất phẳng, mức thu tại đây đạt ngưỡng {threshold_dbm} dBm",
        "Terrain or clutter is in the way: over flat ground the level would reach the threshold {threshold_dbm} dBm",
    ),
    "too_far": (
        "Quá xa hoặc quá yếu: ngay cả trên mặt đất phẳng, không cell nào trong {searched_km} km đạt ngưỡng "
        "{threshold_dbm} dBm tại đây",
        "Too far or too weak: even over flat ground no cell within {searched_km} km would reach the threshold "
        "{threshold_dbm} dBm here",
    ),
    "beyond_reach": (
        "Ngoài cự ly tính toán của các cell quanh đây (tối đa {reach_km} km): trên mặt đất phẳng một cell xa hơn sẽ "
        "đạt ngưỡng {threshold_dbm} dBm, nhưng không được tính",
        "Beyond the computed range of the cells around (up to {reach_km} km): over flat ground a farther cell would "
        "reach the threshold {threshold_dbm} dBm, but it is not computed",
    ),
    "public_covered": (
        "Phần lớn ô lưới công khai chứa điểm này có sóng của ít nhất một doanh nghiệp",
        "Most of the public grid cell that holds this point has signal from at least one operator",
    ),
    "public_not_covered": (
        "Phần lớn ô lưới công khai chứa điểm này không có sóng của doanh nghiệp nào",
        "Most of the public grid cell that holds this point has signal from no operator",
    ),
    "public_no_data": (
        "Chưa đủ số liệu cho ô lưới công khai chứa điểm này, hoặc ô nằm ngoài địa bàn",
        "There are not enough data for the public grid cell that holds this point, or it lies outside the territory",
    ),
    "stored_reached": (
        "Theo raster đã lưu của lần đánh giá {assessment_id}: mức thu {level_dbm} dBm đạt ngưỡng {threshold_dbm} dBm "
        "(không tính lại được vì số liệu đầu vào đã thay đổi)",
        "By the stored raster of assessment {assessment_id}: level {level_dbm} dBm reaches the threshold "
        "{threshold_dbm} dBm (not computed anew: its input has changed since)",
    ),
    "stored_below": (
        "Theo raster đã lưu của lần đánh giá {assessment_id}: mức thu {level_dbm} dBm thấp hơn ngưỡng {threshold_dbm} "
        "dBm (không tính lại được vì số liệu đầu vào đã thay đổi)",
        "By the stored raster of assessment {assessment_id}: level {level_dbm} dBm is below the threshold "
        "{threshold_dbm} dBm (not computed anew: its input has changed since)",
    ),
    "stored_not_reached": (
        "Theo raster đã lưu của lần đánh giá {assessment_id}: không cell nào tới được điểm này trong vùng tính toán "
        "(không tính lại được vì số liệu đầu vào đã thay đổi)",
        "By the stored raster of assessment {assessment_id}: no cell reaches this point within the computed range (not "
        "computed anew: its input has changed since)",
    ),
    "stored_no_data": (
        "Theo raster đã lưu của lần đánh giá {assessment_id}: không có dữ liệu tại đây (không tính lại được vì số liệu "
        "đầu vào đã thay đổi)",
        "By the stored raster of assessment {assessment_id}: no data here (not computed anew: its input has changed "
        "since)",
    ),
    "no_operator_reaches": (
        "Cả {operators} doanh nghiệp đang hoạt động đều có số liệu và không mạng nào đạt ngưỡng tại điểm trung tâm",
        "All {operators} active operators have data and none reaches the threshold at the centre",
    ),
    "cluster_below": (
        "Cụm dân cư {cluster} không có sóng",
        "Cluster {cluster} has no signal",
    ),
    "cluster_no_data": (
        "Chưa có số liệu cho cụm dân cư {cluster}",
        "There are no data for cluster {cluster}",
    ),
    "clusters_covered": (
        "Điểm trung tâm không có sóng nhưng {clusters} cụm dân cư có sóng",
        "The centre has no signal but {clusters} of its clusters have",
    ),
    "different_operators": (
        "Mọi điểm đều có sóng nhưng của các doanh nghiệp khác nhau; không mạng nào phủ hết thôn, buôn",
        "Every point has signal but from different operators; no single network covers the whole village",
    ),
    "no_point": (
        "Thôn, buôn chưa có tọa độ điểm trung tâm",
        "The village has no centre point",
    ),
    "terrain_void": (
        "Số liệu địa hình tại đây bị trống",
        "The terrain data are void here",
    ),
    "path_unknown": (
        "Đường truyền tới đây đi qua vùng trống của số liệu địa hình, hoặc trạm đứng ngoài vùng có địa hình",
        "A path to this point crosses void terrain, or an antenna stands outside the terrain",
    ),
    "cell_left_out": (
        "Quanh đây có cell đã khai báo nhưng không tính được, nên không rõ có sóng hay không",
        "A declared cell around here cannot be computed, so it is not known whether there is signal",
    ),
    "cell_left_out_because": (
        "{cells} cell quanh đây đã khai báo nhưng không tính được, nên không rõ có sóng hay không. {why_vi}",
        "{cells} declared cell(s) around here cannot be computed, so it is not known whether there is signal. {why_en}",
    ),
    "outside_grid": (
        "Điểm nằm ngoài vùng được tính toán",
        "The point lies outside the computed area",
    ),
    "no_site_list": (
        "Doanh nghiệp chưa nộp danh sách trạm được chấp nhận cho xã, phường này",
        "The operator has no accepted site list for this commune",
    ),
    "site_list_stale": (
        "Danh sách trạm của doanh nghiệp đã quá {max_age_months} tháng",
        "The operator's site list is older than {max_age_months} months",
    ),
    "operators_without_data": (
        "{without_data} trong {operators} doanh nghiệp đang hoạt động không có số liệu",
        "{without_data} of {operators} active operators have no data",
    ),
    "lists_missing": (
        "Chưa có danh sách trạm còn hiệu lực của: {names}",
        "No site list that counts from: {names}",
    ),
    "no_operator": (
        "Chưa có doanh nghiệp viễn thông đang hoạt động nào được khai báo",
        "No active telecom operator is registered",
    ),
    "technology_not_computed": (
        "Công nghệ {technology} chưa được tính trong lần đánh giá này",
        "Technology {technology} was not computed in this assessment",
    ),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason's code and the values that fill its words, as sorted pairs so that reasons can be compared."""

    code: str
    values: tuple[tuple[str, str | int | float], ...] = ()

    @property
    def vi(self) -> str:
        """The reason in Vietnamese, with decimal commas."""
        shown = {key: _with_comma(value) for key, value in self.values}
        return CATALOGUE[self.code][0].format(**shown)

    @property
    def en(self) -> str:
        """The reason in English."""
        return CATALOGUE[self.code][1].format(**dict(self.values))

    def as_document(self) -> dict[str, str | int | float]:
        """Return what is stored: the code and its values, without words."""
        return {"code": self.code, **dict(self.values)}


def _with_comma(value: str | int | float) -> str | int:
    return str(value).replace(".", ",") if isinstance(value, float) else value


def reason(code: str, **values: str | int | float) -> Reason:
    """Return a reason of the catalogue.

    Raises:
        KeyError: the catalogue has no such code.
    """
    if code not in CATALOGUE:
        raise KeyError(f"unknown reason: {code}")
    return Reason(code, tuple(sorted(values.items())))


def reason_from_document(document: Mapping[str, str | int | float]) -> Reason:
    """Return the reason that `Reason.as_document` wrote."""
    return reason(str(document["code"]), **{key: value for key, value in document.items() if key != "code"})
