"""Nothing that tells who measured comes in."""

from __future__ import annotations

import pytest

from geo.errors import BadInputError
from geo.intake.headers import HeaderWords
from geo.intake.personal import DROPPED, is_personal_label, looks_like_device, refuse_personal_map, scrub


@pytest.mark.parametrize(
    "label",
    ["IMEI", "imei_sv".replace("_", ""), "IMSI thuê bao", "Số điện thoại", "MSISDN", "Device ID", "Người đo", "MAC"],
)
def test_headings_of_people_and_devices(label: str) -> None:
    assert is_personal_label(label)
    with pytest.raises(BadInputError, match="never read"):
        refuse_personal_map({label: "cell_code"})


def test_no_field_of_a_measurement_is_personal() -> None:
    words = HeaderWords.of_kind("measurements")
    assert [label for label in words.ranked if is_personal_label(label)] == []
    refuse_personal_map({"Mức thu máy 1": "level_dbm"})


@pytest.mark.parametrize(
    ("value", "device"),
    [
        ("452041234567890", True),
        (452041234567890.0, True),
        ("3567890123456789", True),
        ("'356789012345678", True),
        ("4520412345678901", False),  # a NCGI as one number
        ("452-04-123456-1", False),
        ("108.123456789012", False),
        ("1772696460000000", False),  # microseconds since 1970
        (-95.5, False),
        (None, False),
    ],
)
def test_numbers_in_the_form_of_an_identity(value: object, device: bool) -> None:
    assert looks_like_device(value) is device
    assert scrub([value]) == ([DROPPED] if device else [value])
