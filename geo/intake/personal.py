"""Keeps out what tells who measured, or with which device: columns by their heading, values by their form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from geo.domain.codes import normalise_label
from geo.errors import BadInputError
from geo.intake.values import word_list

DROPPED = "***"
# An IMEI or IMSI has 15 digits, an IMEISV 16; so have a NCGI written as one number, which begins with the country code,
# and microseconds since 1970, which begin with 1 as no IMEISV in use does.
_IMEI_DIGITS = 15
_IMEISV_DIGITS = 16
_OTHER_BEGINNINGS = ("452", "1")


def is_personal_label(label: str) -> bool:
    """Tell whether a heading names a device, a subscriber or a person."""
    words = word_list("personal_column")
    plain = normalise_label(label)
    single = {word for word in words if " " not in word and len(word) > len("mac")}
    return plain in words or any(part in single for part in plain.split())


def refuse_personal_map(column_map: Mapping[str, str]) -> None:
    """Refuse to read a personal column as a field.

    Raises:
        BadInputError: the map names one.
    """
    for column in column_map:
        if is_personal_label(column):
            raise BadInputError(
                f"--map: the column '{column}' can tell who measured or with which device; it is never read.",
                f"--map: cột '{column}' có thể nhận ra người hoặc thiết bị đo; cột này không bao giờ được đọc.",
            )


def looks_like_device(value: Any) -> bool:
    """Tell whether a value has the form of an IMEI, IMEISV or IMSI."""
    if isinstance(value, float) and value.is_integer():
        value = str(int(value))
    elif isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not _IMEI_DIGITS <= len(value.strip()) <= _IMEISV_DIGITS + 1:
        return False
    digits = value.strip().lstrip("'")
    if not digits.isdigit():
        return False
    return len(digits) == _IMEI_DIGITS or (len(digits) == _IMEISV_DIGITS and not digits.startswith(_OTHER_BEGINNINGS))


def scrub(row: Sequence[Any]) -> list[Any]:
    """Return a row with `DROPPED` in place of every value that looks like the identity of a device."""
    return [DROPPED if looks_like_device(value) else value for value in row]
