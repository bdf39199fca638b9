"""Words of target states, of figures and intervals that are missing, and of what they are made from.

Always (Vietnamese, English).
"""

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

INTERVAL_BASIS_WORDS: Mapping[str, tuple[str, str]] = {
    "statistics": ("khoảng lưu cùng lần đánh giá", "the interval stored with the assessment"),
    "technologies": (
        "cộng khoảng của từng công nghệ: không hẹp hơn khoảng thật",
        "the technologies' intervals added up: never narrower than the true one",
    ),
    "communes": (
        "mọi xã, phường cùng ở một đầu khoảng của mình: không hẹp hơn khoảng thật",
        "every commune at the same end of its own interval: never narrower than the true one",
    ),
    "points": (
        "mức tại từng điểm dịch theo sai số lớn nhất của mọi loại: không hẹp hơn khoảng thật",
        "levels at the points moved by the largest error of any class: never narrower than the true one",
    ),
}

INTERVAL_MISSING_WORDS: Mapping[str, tuple[str, str]] = {
    "no_figure": ("Chưa có số đo", "There is no figure"),
    "stated": ("Giá trị kê khai, không do mô hình dự báo", "A stated value, not predicted by the model"),
    "not_predicted": (
        "Tính từ kê khai, không do mô hình dự báo",
        "Made from declarations, not predicted by the model",
    ),
    "not_stored": (
        "Lần đánh giá này không lưu khoảng cho toàn địa bàn; hãy chạy `phusong assess` cho toàn địa bàn",
        "This assessment holds no interval of the whole territory; run `phusong assess` for all of it",
    ),
    "other_denominator": (
        "Khoảng đã lưu tính trên mẫu số khác (bản đồ dân số, không phải điểm)",
        "The stored intervals have another denominator (the population raster, not points)",
    ),
    "cells_without_levels": (
        "Ô 500 m chỉ lưu có sóng hay không, không lưu mức tín hiệu",
        "The 500 m cells hold whether there is signal, not its level",
    ),
    "levels_not_stored": (
        "Không phải mọi điểm có sóng đều lưu mức tín hiệu",
        "Not every point with signal has its level stored",
    ),
    "withheld": (
        "Số theo từng doanh nghiệp chỉ hiển thị cho người có quyền",
        "Numbers of one operator are shown only to those who may see them",
    ),
}
