"""Examples of answers and problems for the OpenAPI description, made from the rows themselves."""

from __future__ import annotations

from typing import Any

from api import documents, example_rows
from api.example_explain import EXPLANATIONS
from api.problems import problem_document
from geo.errors import (
    ConflictError,
    FileTooLargeError,
    ForbiddenError,
    NoAssessmentError,
    NotFoundError,
    PhusongError,
    RateLimitedError,
    UnauthorizedError,
)
from geo.workflows.answers.documents import to_feature, to_jsonable
from geo.workflows.answers.rows import Page

HEAD: dict[str, Any] = {
    "schema_version": "1",
    "as_of": "2026-01-15",
    "territory_version": "2025-07-01",
    "rule_version": "2026.1",
    "assessment_id": 7,
    "illustrative": True,
    "illustrative_kinds": ["sites"],
    "operators_without_list": [
        {"code": "vnpt", "name": "VNPT (VinaPhone)", "communes": 102, "communes_without_list": 3}
    ],
    "calibration": None,
    "stale": False,
    "terrain": {"used": True, "step_m": 90.0, "void_share": 0.0, "clutter_used": False, "unknown_land_cover": []},
    "cells_defaulted_share": 0.12,
    "cells_left_out": 0,
}


def _page(row: Any, path: str, *, geojson: bool = False) -> dict[str, Any]:
    links = {"self": f"{path}?limit=1&offset=0", "next": f"{path}?limit=1&offset=1", "prev": None}
    return documents.page(HEAD, Page(items=(row,), total=2, limit=1, offset=0), links, geojson=geojson)


_V1 = "/api/v1"

ANSWERS: dict[str, Any] = {
    "healthz": {"status": "ok"},
    "readyz": {
        "status": "ready",
        "database": True,
        "migrated": True,
        "assessment": True,
        "missing_vi": [],
        "missing_en": [],
    },
    "not_ready": {
        "status": "not_ready",
        "database": True,
        "migrated": True,
        "assessment": False,
        "missing_vi": ["Chưa có kết quả tính toán (phusong assess)."],
        "missing_en": ["There is no assessment yet (phusong assess)."],
    },
    "boundaries.geojson": documents.features(HEAD, [example_rows.UNIT]),
    "boundary.geojson": {**to_feature(example_rows.UNIT), **HEAD},
    "coverage": documents.items(HEAD, [example_rows.COVERAGE]),
    "assessments": _page(example_rows.ASSESSMENT, f"{_V1}/assessments"),
    "assessment": documents.one(HEAD, example_rows.ASSESSMENT),
    "villages": _page(example_rows.VILLAGE, f"{_V1}/villages"),
    "villages.geojson": _page(example_rows.VILLAGE, f"{_V1}/villages", geojson=True),
    "village": documents.one(HEAD, example_rows.VILLAGE),
    "sites": _page(example_rows.SITE, f"{_V1}/sites"),
    "sites.geojson": _page(example_rows.SITE, f"{_V1}/sites", geojson=True),
    "gaps.geojson": _page(example_rows.GAP, f"{_V1}/gaps", geojson=True),
    "fibre": _page(example_rows.FIBRE, f"{_V1}/fibre"),
    "fibre.geojson": _page(example_rows.FIBRE, f"{_V1}/fibre", geojson=True),
    "fibre_nodes": _page(example_rows.NODE, f"{_V1}/fibre/nodes"),
    "fibre_nodes.geojson": _page(example_rows.NODE, f"{_V1}/fibre/nodes", geojson=True),
    "places": _page(example_rows.PLACE, f"{_V1}/places"),
    "places.geojson": _page(example_rows.PLACE, f"{_V1}/places", geojson=True),
    "roads": documents.items(HEAD, [example_rows.ROAD_CLASS]),
    "road_lines.geojson": documents.features(HEAD, [example_rows.ROAD]),
    "point": documents.point(HEAD, example_rows.POINT),
    "explain": documents.explanation(HEAD, EXPLANATIONS),
    "targets": {
        **documents.items(HEAD, [example_rows.TARGET]),
        "targets_version": "2026.1",
        "evaluated_on": "2026-01-15",
        "interval_share": 0.9,
    },
    "import": to_jsonable(example_rows.IMPORT),
    "imports": _page(example_rows.IMPORT_INFO, f"{_V1}/imports"),
}


def _problem(error: PhusongError, *, errors: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return problem_document(error, language="en", instance=f"{_V1}/villages", errors=errors)


def _invalid_request() -> dict[str, Any]:
    error = PhusongError(
        "Parameters that are missing or wrong: stat. See `errors` and the API reference.",
        "Tham số thiếu hoặc sai: stat. Xem `errors` và tài liệu API.",
    )
    error.code, error.http_status = "invalid_request", 422
    wrong = {"location": "query", "name": "stat", "reason": "Unknown parameter", "code": "unknown_parameter"}
    return _problem(error, errors=(wrong,))


def _not_acceptable() -> dict[str, Any]:
    error = PhusongError("This address has only: application/json.", "Địa chỉ này chỉ có: application/json.")
    error.code, error.http_status = "not_acceptable", 406
    return _problem(error)


PROBLEMS: dict[int, dict[str, Any]] = {
    401: _problem(UnauthorizedError("This needs the token of the service.", "Việc này cần mã truy cập của dịch vụ.")),
    403: _problem(
        ForbiddenError(
            "Coverage per operator is shown only with a token; ask for operator 'any'.",
            "Vùng phủ theo từng doanh nghiệp chỉ hiển thị khi có mã truy cập; hãy chọn 'mọi doanh nghiệp'.",
        )
    ),
    404: _problem(NotFoundError("There is no village 12.", "Không có thôn, buôn số 12.")),
    406: _not_acceptable(),
    409: _problem(
        ConflictError(
            "Nothing was stored: 12 of the 14 places are not in the new list, more than 10%. "
            "If they are really gone, repeat with --confirm-gone.",
            "Chưa lưu gì: 12 trong 14 địa điểm không có trong danh sách mới, quá 10%. "
            "Nếu đúng là không còn, hãy chạy lại với --confirm-gone.",
        )
    ),
    413: _problem(
        FileTooLargeError("The request is larger than 200 MB.", "Yêu cầu lớn hơn 200 MB."),
    ),
    422: _invalid_request(),
    429: _problem(RateLimitedError("Too many requests; try again in 1 s.", "Quá nhiều yêu cầu; thử lại sau 1 giây.")),
    503: _problem(
        NoAssessmentError(
            "No assessment has been computed yet; run `phusong assess`.",
            "Chưa có lần đánh giá nào; hãy chạy `phusong assess`.",
        )
    ),
}
