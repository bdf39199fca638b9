"""Words of target states, of figures that are missing and of what figures are made from: (Vietnamese, English)."""

from __future__ import annotations

from collections.abc import Mapping

from geo.domain.targets import TargetState

STATE_WORDS: Mapping[TargetState, tuple[str, str]] = {
    TargetState.NOT_STARTED: ("chưa đến thời gian thực hiện", "not started: its time has not come"),
    TargetState.IN_PROGRESS: ("đang thực hiện", "in progress"),
    TargetState.NO_DATA: ("không có số liệu", "no data"),
    TargetState.DECLARED: ("chỉ tiêu kê khai", "declared indicator"),
    TargetState.QUALITATIVE: ("định tính: công bố số liệu, không kết luận", "qualitative: published, not judged"),
    TargetState.OVERDUE_MET: ("quá hạn: đạt", "deadline passed: met"),
    TargetState.OVERDUE_NOT_MET: ("quá hạn: không đạt", "deadline passed: not met"),
    TargetState.OVERDUE_NO_DATA: ("quá hạn: không có số liệu", "deadline passed: no data"),
    TargetState.OVERDUE_READINGS_DIFFER: (
        "quá hạn: các cách hiểu cho kết quả khác nhau",
        "deadline passed: the readings give different results",
    ),
}

MISSING_WORDS: Mapping[str, tuple[str, str]] = {
    "nothing_to_count": ("Mẫu số bằng 0: không có gì để tính", "The denominator is zero: nothing to count"),
    "power_unknown": (
        "Chưa rõ nguồn điện của mục nào: mẫu số chưa biết, chỉ có khoảng",
        "The power of no item is known: the denominator is open, there is only a range",
    ),
    "all_unknown": ("Toàn bộ mẫu số chưa có dữ liệu", "Nothing of the denominator has data"),
    "technology_not_computed": (
        "Công nghệ này chưa được tính trong lần đánh giá",
        "This technology was not computed in the assessment",
    ),
    "operator_not_assessed": (
        "Doanh nghiệp này không có trong lần đánh giá",
        "This operator is not part of the assessment",
    ),
    "no_denominator": (
        "Chưa nhập số liệu dùng làm mẫu số (dân số, số hộ)",
        "The figures of the denominator (population, households) were not imported",
    ),
    "no_baseline": (
        "Chưa chốt danh sách gốc; dùng lệnh `phusong baseline freeze`",
        "No list has been frozen yet; use `phusong baseline freeze`",
    ),
    "none_found_later": (
        "Chưa có danh sách phát hiện sau khi chốt",
        "No list of villages found later has been frozen",
    ),
    "no_fibre_declared": ("Chưa có kê khai cáp quang", "Nothing has been declared about fibre"),
    "no_places": ("Chưa nhập địa điểm thuộc loại này", "No places of this class were imported"),
    "no_raster": (
        "Không có bản đồ ô 500 m của lần đánh giá này",
        "The 500 m raster of this assessment is not available",
    ),
    "not_stated": ("Chưa có giá trị kê khai", "No value has been stated"),
    "withheld": (
        "Số theo từng doanh nghiệp chỉ hiển thị cho người có quyền",
        "Numbers of one operator are shown only to those who may see them",
    ),
}

BASIS_WORDS: Mapping[str, tuple[str, str]] = {
    "points": ("điểm thôn, buôn và cụm dân cư", "village and cluster points"),
    "raster": ("bản đồ dân số", "population raster"),
    "area": ("diện tích trên bản đồ phủ sóng", "area of the coverage raster"),
    "settled_cells": ("ô 500 m có điểm thôn hoặc cụm dân cư", "500 m cells with a village or cluster point"),
    "communes": ("xã, phường", "communes"),
    "villages": ("thôn, buôn, tổ dân phố", "villages"),
    "declarations": ("kê khai của doanh nghiệp viễn thông", "declarations of the operators"),
    "places": ("địa điểm đã nhập", "imported places"),
    "frozen_list": ("danh sách gốc đã chốt", "the frozen list"),
}
