"""Column headings and words of exports and tables, in Vietnamese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

HEADINGS: dict[str, tuple[str, str]] = {
    "id": ("Số hiệu", "Id"),
    "code": ("Mã", "Code"),
    "name": ("Tên", "Name"),
    "type": ("Loại", "Type"),
    "unit_type": ("Cấp", "Level"),
    "unit_code": ("Mã đơn vị", "Unit code"),
    "commune_code": ("Mã xã/phường", "Commune code"),
    "commune_codes": ("Mã xã/phường", "Commune codes"),
    "commune_name": ("Xã/phường", "Commune"),
    "lon": ("Kinh độ (WGS84)", "Longitude (WGS84)"),
    "lat": ("Vĩ độ (WGS84)", "Latitude (WGS84)"),
    "households": ("Số hộ", "Households"),
    "population": ("Dân số", "Population"),
    "grid_power": ("Điện lưới quốc gia", "National-grid power"),
    "flags": ("Đặc điểm", "Flags"),
    "technology": ("Công nghệ", "Technology"),
    "operator": ("Doanh nghiệp", "Operator"),
    "state": ("Trạng thái", "State"),
    "level_dbm": ("Mức tín hiệu (dBm)", "Level (dBm)"),
    "tier": ("Ngưỡng", "Tier"),
    "reasons": ("Lý do", "Reasons"),
    "reason": ("Lý do", "Reason"),
    "min_operators": ("Số doanh nghiệp tối thiểu", "Operators at least"),
    "share_area": ("Tỷ lệ diện tích có sóng", "Share of area covered"),
    "share_population": ("Tỷ lệ dân số có sóng", "Share of population covered"),
    "share_villages": ("Tỷ lệ thôn, buôn có sóng", "Share of villages covered"),
    "share_households": ("Tỷ lệ hộ có sóng", "Share of households covered"),
    "share_no_data": ("Tỷ lệ diện tích không có dữ liệu", "Share of area without data"),
    "share_area_low": ("Diện tích có sóng: từ", "Area covered: from"),
    "share_area_high": ("Diện tích có sóng: đến", "Area covered: to"),
    "share_population_low": ("Dân số có sóng: từ", "Population covered: from"),
    "share_population_high": ("Dân số có sóng: đến", "Population covered: to"),
    "share_villages_low": ("Thôn, buôn có sóng: từ", "Villages covered: from"),
    "share_villages_high": ("Thôn, buôn có sóng: đến", "Villages covered: to"),
    "share_households_low": ("Hộ có sóng: từ", "Households covered: from"),
    "share_households_high": ("Hộ có sóng: đến", "Households covered: to"),
    "center_probability": ("Xác suất trung tâm có sóng", "Chance that the centre is covered"),
    "area_km2": ("Diện tích (km²)", "Area (km²)"),
    "villages_without_population": ("Thôn, buôn chưa có số dân", "Villages without a population figure"),
    "villages_without_households": ("Thôn, buôn chưa có số hộ", "Villages without a household figure"),
    "villages": ("Số thôn, buôn", "Villages"),
    "population_source": ("Nguồn dân số", "Population source"),
    "village_code": ("Mã thôn, buôn", "Village code"),
    "households_passed": ("Số hộ có cáp quang đi qua", "Households passed by fibre"),
    "share_households_passed": ("Tỷ lệ hộ có cáp quang đi qua", "Share of households passed"),
    "ports_free": ("Số cổng trống", "Free ports"),
    "max_speed_mbps": ("Tốc độ cao nhất (Mb/s)", "Fastest offer (Mb/s)"),
    "nearest_node_distance_m": ("Khoảng cách tới nút quang gần nhất (m)", "Distance to the nearest node (m)"),
    "nearest_node_distance_median_m": (
        "Khoảng cách tới nút quang gần nhất, trung vị các thôn, buôn (m)",
        "Distance to the nearest node, median of the villages (m)",
    ),
    "nearest_node_distance_largest_m": (
        "Khoảng cách tới nút quang gần nhất, lớn nhất (m)",
        "Distance to the nearest node, largest (m)",
    ),
    "villages_available": ("Thôn, buôn có cáp quang", "Villages with fibre"),
    "villages_no_data": ("Thôn, buôn không có dữ liệu", "Villages without data"),
    "place_class": ("Loại địa điểm", "Class of place"),
    "places": ("Số địa điểm", "Places"),
    "covered": ("Có sóng", "Covered"),
    "not_covered": ("Không có sóng", "Not covered"),
    "no_data": ("Không có dữ liệu", "No data"),
    "share_covered": ("Tỷ lệ có sóng", "Share covered"),
    "road_class": ("Loại đường", "Class of road"),
    "covered_km": ("Có sóng (km)", "Covered (km)"),
    "not_covered_km": ("Không có sóng (km)", "Not covered (km)"),
    "no_data_km": ("Không có dữ liệu (km)", "No data (km)"),
    "server_site": ("Trạm phục vụ", "Serving site"),
    "as_of": ("Ngày số liệu", "As of"),
    "data_label": ("Tính chất số liệu", "Kind of data"),
    "terrain": ("Địa hình", "Terrain"),
    "calibration": ("Bộ hiệu chỉnh", "Calibration"),
    "stale": ("Có số liệu mới hơn lần tính toán", "Data newer than the assessment"),
    "cells_defaulted_share": ("Tỷ lệ cell dùng giá trị mặc định", "Share of cells with default values"),
    "illustrative_kinds": ("Loại số liệu minh họa", "Illustrative kinds"),
    "operators_without_list": ("Doanh nghiệp chưa có danh sách trạm", "Operators without a site list"),
    "active": ("Đang hoạt động", "Active"),
    "because": ("Căn cứ", "Because of"),
    "newest_list": ("Danh sách trạm mới nhất", "Newest site list"),
    "by_parameters": ("Theo tệp tham số", "By the parameter file"),
    "decided": ("Sở quyết định", "Decided"),
    "decided_on": ("Ngày quyết định", "Decided on"),
    "decided_source": ("Căn cứ quyết định", "Source of the decision"),
    "exported_at": ("Xuất lúc", "Exported at"),
    "exported_by": ("Người xuất", "Exported by"),
    "assessment_id": ("Số lần tính toán", "Assessment"),
    "kind": ("Loại dữ liệu", "Kind"),
    "rows": ("Số bản ghi", "Records"),
    "created_at": ("Thời điểm", "Created at"),
    "value": ("Giá trị", "Value"),
}

# Words of the domain (product §4, §10).
WORDS: dict[str, tuple[str, str]] = {
    "covered": ("phủ sóng", "covered"),
    "partly_covered": ("lõm sóng", "partly covered"),
    "not_covered": ("trắng sóng", "not covered"),
    "no_data": ("không có dữ liệu", "no data"),
    "available": ("có cáp quang", "available"),
    "partly_available": ("có một phần", "partly available"),
    "not_available": ("chưa có cáp quang", "not available"),
    "national_grid": ("có điện lưới quốc gia", "national grid"),
    "other_source": ("nguồn điện khác", "other source"),
    "none": ("không", "none"),
    "unknown": ("chưa rõ", "unknown"),
    "any": ("mọi doanh nghiệp", "any operator"),
    "marginal": ("yếu", "marginal"),
    "outdoor": ("ngoài trời", "outdoor"),
    "vehicle": ("trong xe", "vehicle"),
    "indoor": ("trong nhà", "indoor"),
    "commune": ("xã/phường", "commune"),
    "province": ("tỉnh", "province"),
    "points": ("điểm dân cư", "points"),
    "raster": ("lưới dân số", "raster"),
    "extremely_disadvantaged": ("đặc biệt khó khăn", "extremely disadvantaged"),
    "ethnic_minority": ("dân tộc thiểu số", "ethnic minority"),
    "illustrative": ("số liệu minh họa", "illustrative data"),
    "real": ("số liệu thật", "real data"),
    "uncalibrated": ("không hiệu chỉnh", "none"),
    "newer": ("có", "yes"),
    "newest": ("không", "no"),
}

# Fields whose values are words of the domain; names and codes of people's own stay as they are.
_WORD_FIELDS = frozenset(
    {
        "state",
        "grid_power",
        "operator",
        "tier",
        "unit_type",
        "population_source",
        "flags",
        "data_label",
        "calibration",
        "stale",
    }
)


def heading(field: str, language: str) -> str:
    """Return the heading of a field."""
    return _in_language(HEADINGS.get(field, (field, field)), language)


def word(field: str, value: str, language: str) -> str:
    """Return a value in words, where the field holds words of the domain."""
    if field not in _WORD_FIELDS:
        return value
    return _in_language(WORDS.get(value, (value, value)), language)


def _in_language(pair: tuple[str, str], language: str) -> str:
    return pair[0] if language == "vi" else pair[1]


def provenance_line(envelope: Mapping[str, Any], language: str) -> str:
    """Return the line under a table or a picture: whether the data are illustrative, their date, the assessment."""
    # Brings numpy and shapely, which no help page shall wait for.
    from maps.legends import import_kind_names

    vietnamese = language == "vi"
    made_up = envelope.get("illustrative")
    label = _in_language(WORDS["no_data" if made_up is None else "illustrative" if made_up else "real"], language)
    kinds = import_kind_names(envelope.get("illustrative_kinds") or (), language)
    parts = [f"{label} ({kinds})" if kinds else label]
    lacking = ", ".join(operator["name"] for operator in envelope.get("operators_without_list") or ())
    if lacking:
        parts.append(f"{'chưa có danh sách trạm' if vietnamese else 'no accepted site list'}: {lacking}")
    if envelope.get("as_of") is not None:
        parts.append(f"{'ngày số liệu' if vietnamese else 'as of'} {envelope['as_of']}")
    if envelope.get("assessment_id") is not None:
        parts.append(f"{'lần tính toán' if vietnamese else 'assessment'} {envelope['assessment_id']}")
    if envelope.get("calibration"):
        parts.append(f"{'hiệu chỉnh theo' if vietnamese else 'calibrated by'} {envelope['calibration']}")
    if envelope.get("stale"):
        words = ("đã nhập số liệu mới hơn lần tính toán này", "newer data were imported since")
        parts.append(_in_language(words, language))
    return "; ".join(parts + model_words(envelope, language))


def model_words(envelope: Mapping[str, Any], language: str) -> list[str]:
    """Return what the levels stand on: whether there was terrain, how many cells use defaults and are left out."""
    from maps.i18n import format_share

    parts = []
    if envelope.get("terrain") is not None:
        parts.append(terrain_words(envelope["terrain"], language))
    share = envelope.get("cells_defaulted_share")
    if share is not None:
        words = ("cell dùng giá trị mặc định", "of cells with default values")
        parts.append(f"{format_share(share, language)} {_in_language(words, language)}")
    left_out = envelope.get("cells_left_out")
    if left_out:
        words = ("cell không tính được (quanh đó không có dữ liệu)", "cells left out (no data around them)")
        parts.append(f"{left_out} {_in_language(words, language)}")
    return parts


def terrain_words(terrain: Mapping[str, Any], language: str) -> str:
    """Return the ground in words: what terrain there was, and which classes of land cover have no height."""
    classes = ", ".join(str(code) for code in terrain.get("unknown_land_cover") or ())
    ground = _heights_words(terrain, language)
    if not classes:
        return ground
    words = ("lớp phủ mặt đất chưa có độ cao, tính là 0 m: {}", "land cover without a height, taken as 0 m: {}")
    return f"{ground}; {_in_language(words, language).format(classes)}"


def _heights_words(terrain: Mapping[str, Any], language: str) -> str:
    if not terrain.get("used", True):
        words = ("không có địa hình: tính trên mặt đất phẳng", "without terrain: computed over flat ground")
        return _in_language(words, language)
    void = terrain.get("void_share") or 0.0
    if void == 0.0:
        return _in_language(("có địa hình", "with terrain"), language)
    from maps.i18n import format_share

    words = ("có địa hình, {} diện tích không có độ cao", "with terrain, {} of the area without heights")
    return _in_language(words, language).format(format_share(void, language))
