"""When a stored row holds."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, or_


def valid_on(as_of: dt.date | None, valid_from: Any, valid_to: Any) -> ColumnElement[bool]:
    """Return the condition that a row holds on `as_of`; None: that it has not ended."""
    if as_of is None:
        return cast("ColumnElement[bool]", valid_to.is_(None))
    return and_(valid_from <= as_of, or_(valid_to.is_(None), valid_to > as_of))
