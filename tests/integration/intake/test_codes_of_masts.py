"""Mast codes that come later than the masts: both orders of the lists give the same masts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.integration.intake.conftest import Importer
from tests.integration.intake.files import codes, csv

MAY, JUNE, JULY = (dt.date(2026, month, 1) for month in (5, 6, 7))
LAT = 12.711
# A degree of latitude is about 110.6 km there.
METRE = 1 / 110_600
Row = tuple[str, str | None, int | None, str | None, float]
Listed = tuple[str, dt.date, tuple[Row, ...]]


def _hand_in(import_: Importer, folder: Path, listed: Listed, **options: Any) -> Any:
    """Import rows of site, mast code, mast height, owner and metres north of a point."""
    operator, day, rows = listed
    lines = (
        f"{site},{LAT + north_m * METRE:.7f},108.055,4G,{code or ''},{height or ''},{owner or ''}"
        for site, code, height, owner, north_m in rows
    )
    path = csv(folder / f"{operator}-{day}.csv", "site_code,lat,lon,technology,mast_code,mast_height_m,owner", *lines)
    return import_("sites", path, operator=operator, as_of=day, **options)


def _masts(import_: Importer) -> list[tuple[Any, ...]]:
    """Return code, metres north, height, owner and sites in use of each mast."""
    with import_.session() as session:
        rows = session.execute(
            text(
                "SELECT mast.code, ST_Y(geom), height_m, owner, array_agg(site.code ORDER BY site.code)"
                " FILTER (WHERE site.id IS NOT NULL)"
                " FROM mast LEFT JOIN site ON site.mast_id = mast.id AND valid_to IS NULL"
                " GROUP BY mast.id ORDER BY mast.code"
            )
        )
        return [(code, round((lat - LAT) / METRE), *rest) for code, lat, *rest in rows]


UNCODED: Listed = ("viettel", MAY, (("V1", None, 40, "VNPT", 0),))


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(
    ("lists", "expected"),
    [
        pytest.param(
            (UNCODED, ("viettel", JUNE, (("V1", "C1", None, None, 0),))),
            [("C1", 0, 40, "VNPT", ["V1"])],
            id="the operator adds its codes",
        ),
        pytest.param(
            (UNCODED, ("viettel", JUNE, (("V1", "C1", 45, None, 0),))),
            [("C1", 0, 45, "VNPT", ["V1"])],
            id="and states another height",
        ),
        pytest.param(
            (UNCODED, ("mobifone", JUNE, (("M1", "C1", None, "Viettel", 0),))),
            [("C1", 0, 40, "Viettel", ["M1", "V1"])],
            id="another operator has the code",
        ),
        pytest.param(
            (UNCODED, ("mobifone", JUNE, (("M1", "C1", None, None, 6),))),
            [("+12.711000+108.055000", 0, 40, "VNPT", ["V1"]), ("C1", 6, None, None, ["M1"])],
            id="beyond the limit",
        ),
        pytest.param(
            (("mobifone", MAY, (("M1", "C1", 42, None, 0),)), ("viettel", JUNE, (("V1", "C2", None, "VNPT", 0),))),
            [("C1", 0, 42, None, ["M1"]), ("C2", 0, None, "VNPT", ["V1"])],
            id="never a mast with a code",
        ),
        pytest.param(
            (
                ("mobifone", MAY, (("M1", "C1", 42, None, 900),)),
                ("vnpt", MAY, (("N1", None, 30, None, 0),)),
                ("viettel", JUNE, (("V1", "C1", None, None, 0),)),
            ),
            [("C1", 900, 42, None, ["M1"]), ("viettel:C1", 0, 30, None, ["N1", "V1"])],
            id="a code with its operator",
        ),
    ],
)
def test_masts_do_not_depend_on_when_a_code_comes(
    import_: Importer, tmp_path: Path, lists: tuple[Listed, ...], expected: list[Any], *, reverse: bool
) -> None:
    if reverse and len(lists) == 3:
        lists = (lists[0], *lists[:0:-1])
    elif reverse:
        lists = lists[::-1]
    for listed in lists:
        _hand_in(import_, tmp_path, listed)
    assert _masts(import_) == expected


def test_the_code_is_told_as_a_change_of_the_sites_that_state_it(import_: Importer, tmp_path: Path) -> None:
    both = ("viettel", MAY, (("V1", None, 40, None, 0), ("V2", None, None, None, 0)))
    _hand_in(import_, tmp_path, both)
    coded = ("viettel", JUNE, (("V1", "C1", None, None, 0), ("V2", None, None, None, 0)))
    before = _masts(import_)
    tried, done = (_hand_in(import_, tmp_path, coded, dry_run=dry) for dry in (True, False))
    assert before == [("+12.711000+108.055000", 0, 40, None, ["V1", "V2"])]
    assert _masts(import_) == [("C1", 0, 40, None, ["V1", "V2"])]
    for report in (tried, done):
        assert (report.preview.new, report.preview.changed, report.preview.unchanged) == (0, 1, 1)
        assert "site_beside" not in codes(report)
    again = _hand_in(import_, tmp_path, ("viettel", JULY, coded[2]))
    assert (again.preview.changed, again.preview.unchanged) == (0, 2)


def test_of_two_codes_the_nearer_one_takes_the_mast_and_of_two_masts_the_nearer_one_is_taken(
    import_: Importer, tmp_path: Path
) -> None:
    _hand_in(import_, tmp_path, ("viettel", MAY, (("V1", None, 40, None, 0), ("V2", None, 30, None, 108))))
    _hand_in(import_, tmp_path, ("vnpt", MAY, (("N1", None, 20, None, 100),)))
    rows = (("M1", "C1", None, None, 4), ("M2", "C2", None, None, 1), ("M3", "C3", None, None, 103))
    _hand_in(import_, tmp_path, ("mobifone", JUNE, rows))
    assert _masts(import_) == [
        ("+12.711977+108.055000", 108, 30, None, ["V2"]),
        ("C1", 4, None, None, ["M1"]),
        ("C2", 0, 40, None, ["M2", "V1"]),
        ("C3", 100, 20, None, ["M3", "N1"]),
    ]


def test_a_difference_from_what_stood_without_a_code_is_told_by_the_code(import_: Importer, tmp_path: Path) -> None:
    _hand_in(import_, tmp_path, UNCODED)
    report = _hand_in(import_, tmp_path, ("mobifone", JUNE, (("M1", "C1", 45, None, 0),)))
    (warning,) = [one for one in report.document()["problems"] if one["code"] == "mast_differs"]
    assert 'The mast "C1"' in warning["why_en"]
    assert "40 m in the list of viettel of 2026-05-01; 45 m holds" in warning["why_en"]


def test_a_code_in_the_form_of_a_position_is_a_code_once_a_list_has_it(import_: Importer, tmp_path: Path) -> None:
    _hand_in(import_, tmp_path, UNCODED)
    _hand_in(import_, tmp_path, ("viettel", JUNE, (("V1", "+12.711000+108.055000", None, None, 0),)))
    _hand_in(import_, tmp_path, ("mobifone", JULY, (("M1", "C1", 45, None, 0),)))
    assert _masts(import_) == [
        ("+12.711000+108.055000", 0, 40, "VNPT", ["V1"]),
        ("C1", 0, 45, None, ["M1"]),
    ]
