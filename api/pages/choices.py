"""What an address of a page asks for, checked: what is unknown is said and never taken for "everything"."""

from __future__ import annotations

from collections.abc import Sequence

from api.errors import InvalidRequestError
from api.parameters import MAX_PAGE


def chosen_or_refused(value: str, known: Sequence[str]) -> str | None:
    """Return the choice, None when it is empty.

    Raises:
        InvalidRequestError: it is none of `known`.
    """
    if not value:
        return None
    if value in known:
        return value
    shown, choices = value[:40], ", ".join(known) or "–"
    raise InvalidRequestError(
        f"“{shown}” is not one of the choices here: {choices}.",
        f"“{shown}” không có trong các lựa chọn ở đây: {choices}.",
    )


def page_number(text: str) -> int:
    """Return the number of a page of a list, 1 when none is given.

    Raises:
        InvalidRequestError: it is no whole number from 1 on.
    """
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not text:
        return 1
    if not 1 <= number <= MAX_PAGE:
        raise InvalidRequestError(
            f"“{text[:20]}” is not a page: pages are numbered from 1.",
            f"“{text[:20]}” không phải số trang: các trang được đánh số từ 1.",
        )
    return number
