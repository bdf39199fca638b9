"""Filters must name something that is stored: an empty list would read as "nothing there"."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.domain.sites import ANY_OPERATOR
from geo.errors import NotFoundError
from geo.store.tables import AdminUnit, Operator
from geo.store.validity import valid_on
from geo.workflows.answers.rows import AssessmentInfo


def require_unit(session: Session, code: str | None, info: AssessmentInfo) -> None:
    """Check that a unit held on the day of an assessment; None passes.

    Raises:
        NotFoundError: there is no such unit.
    """
    held = valid_on(info.as_of, AdminUnit.valid_from, AdminUnit.valid_to)
    if code is not None and session.scalar(select(AdminUnit.id).where(AdminUnit.code == code, held).limit(1)) is None:
        raise NotFoundError(
            f"There is no unit with the code {code} on {info.as_of}.",
            f"Không có đơn vị mang mã {code} vào ngày {info.as_of:%d/%m/%Y}.",
        )


def require_operator(session: Session, code: str | None) -> None:
    """Check that an operator is stored; None and "any" pass.

    Raises:
        NotFoundError: there is no such operator.
    """
    if code not in (None, ANY_OPERATOR) and session.get(Operator, code) is None:
        known = ", ".join(session.scalars(select(Operator.code).order_by(Operator.code)))
        raise NotFoundError(
            f"There is no operator {code}; stored: {known or 'none'}.",
            f"Không có doanh nghiệp {code}; đang có: {known or 'chưa có'}.",
        )
