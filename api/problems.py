"""Problem documents (RFC 9457), the same from HTTP and from the command line.

Kept free of web imports, so that the command line starts fast.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from geo.errors import BadInputError, PhusongError

PROBLEM_TYPE_PREFIX = "urn:phusong:problem:"

# Titles by code: Vietnamese, English.
TITLES: dict[str, tuple[str, str]] = {
    "error": ("Lỗi", "Error"),
    "bad_input": ("Dữ liệu đầu vào không dùng được", "The input cannot be used"),
    "unreadable_file": ("Không đọc được tệp", "The file cannot be read"),
    "file_too_large": ("Dữ liệu gửi lên quá lớn", "Too much data was sent"),
    "unknown_crs": ("Không rõ hệ tọa độ", "Unknown coordinate reference system"),
    "invalid_rows": ("Có dòng bị lỗi, chưa lưu gì", "Rows have errors, nothing was stored"),
    "out_of_range": ("Giá trị ngoài phạm vi cho phép", "A value is out of range"),
    "not_found": ("Không tìm thấy", "Not found"),
    "unauthorized": ("Cần mã truy cập đúng", "A valid token is needed"),
    "forbidden": ("Không được phép", "Not allowed"),
    "conflict": ("Xung đột với trạng thái dữ liệu", "Conflict with the state of the data"),
    "rate_limited": ("Quá nhiều yêu cầu", "Too many requests"),
    "method_not_allowed": ("Phương thức không được hỗ trợ", "Method not allowed"),
    "not_acceptable": ("Không có định dạng được yêu cầu", "No representation in the format asked for"),
    "invalid_request": ("Yêu cầu không hợp lệ", "The request is not valid"),
    "check_failed": ("Kiểm tra không đạt", "A check did not hold"),
    "not_ready": ("Dịch vụ chưa sẵn sàng", "The service is not ready"),
    "database_not_ready": ("Cơ sở dữ liệu chưa sẵn sàng", "The database is not ready"),
    "no_assessment": ("Chưa có kết quả tính toán", "There is no assessment yet"),
    "parameter_error": ("Tệp tham số của dịch vụ bị sai", "A parameter file of the service is wrong"),
    "internal_error": ("Lỗi của dịch vụ", "Error of the service"),
}

INTERNAL_ERROR = PhusongError(
    "Something went wrong inside the service. The details are in its log; try again or tell the administrator.",
    "Dịch vụ gặp lỗi bên trong. Chi tiết nằm trong nhật ký của dịch vụ; hãy thử lại hoặc báo cho quản trị viên.",
)
INTERNAL_ERROR.code = "internal_error"


def problem_document(
    error: PhusongError,
    *,
    language: str,
    instance: str | None = None,
    errors: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """Return the problem document of an error.

    `title` and `detail` are in `language`; `detail_vi` and `detail_en` hold both. The report of a refused import
    becomes extension members: its document, whole.
    """
    title_vi, title_en = TITLES.get(error.code, TITLES["error"])
    document: dict[str, Any] = {
        "type": PROBLEM_TYPE_PREFIX + error.code,
        "title": title_vi if language == "vi" else title_en,
        "status": error.http_status,
        "detail": error.message(language),
        "detail_vi": error.vi,
        "detail_en": error.en,
        "code": error.code,
        "errors": list(errors),
    }
    if instance is not None:
        document["instance"] = instance
    report = error.report if isinstance(error, BadInputError) else None
    return document if report is None else {**report.document(), **document}
