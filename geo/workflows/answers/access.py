"""Who may see which operator: one place for the rule that all answers share."""

from __future__ import annotations

from geo.domain.sites import ANY_OPERATOR
from geo.errors import ForbiddenError


def require_sites(sees_sites: bool) -> None:
    """Check that the viewer sees sites.

    Raises:
        ForbiddenError: the viewer does not.
    """
    if not sees_sites:
        raise ForbiddenError(
            "Sites, fibre nodes and coverage per operator are shown only with a token; ask for operator 'any'.",
            "Trạm, nút quang và vùng phủ theo từng doanh nghiệp chỉ hiển thị khi có mã truy cập; "
            "hãy chọn 'mọi doanh nghiệp'.",
        )


def visible_operator(operator: str | None, *, sees_sites: bool) -> str | None:
    """Return the operator to filter by (None: all), which is "any" for a viewer who does not see sites.

    Raises:
        ForbiddenError: another operator than "any" was asked for without the right to see it.
    """
    if sees_sites:
        return operator
    if operator not in (None, ANY_OPERATOR):
        require_sites(sees_sites)
    return ANY_OPERATOR
