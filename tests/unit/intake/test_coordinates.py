"""Coordinates as files write them, and the check point of Buôn Ma Thuột."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.domain.grid import Bounds
from geo.errors import UnknownCrsError
from geo.intake.coordinates import KnownArea, Positions, parse_angle, parse_crs, parse_pair, read_positions, to_wgs84
from geo.intake.problems import ProblemLog
from geo.intake.tables import Batch, RawTable, build_batch
from geo.intake.values import UNREADABLE

DAK_LAK = Bounds(107.4, 12.1, 109.5, 13.7)
CANDIDATES = ("EPSG:9218", "EPSG:3405", "EPSG:3406", "EPSG:9216")


def batch(fields: tuple[str, ...], *rows: tuple[Any, ...]) -> Batch:
    table = RawTable("a.csv", None, fields, [list(row) for row in rows], list(range(2, len(rows) + 2)))
    return build_batch([(table, dict(enumerate(fields)))], ProblemLog())


def positions(
    fields: tuple[str, ...], *rows: tuple[Any, ...], crs: str | None = None, box: Bounds | None = DAK_LAK
) -> tuple[Positions, Batch]:
    made = batch(fields, *rows)
    return read_positions(made, crs=crs, area=KnownArea(box, "EPSG:9218", CANDIDATES)), made


def codes(made: Batch) -> list[str]:
    return [problem.code for problem in made.log]


@pytest.mark.parametrize(
    "written",
    ["108, 05", "108 ,05", "12,\u00a06667", "108 05", "12 40.5", "12 6667", "12. 6667", "1, 400, 853", "0 450 927"],
)
def test_what_can_be_read_otherwise_is_no_angle(written: str) -> None:
    assert parse_angle(written)[0] is UNREADABLE


@pytest.mark.parametrize(
    ("written", "degrees"), [("N12 40.5", 12.675), ("12 40 B", 12 + 40 / 60), ("12-40-00", 12 + 40 / 60)]
)
def test_a_letter_or_signs_tell_degrees_from_minutes(written: str, degrees: float) -> None:
    assert parse_angle(written)[0] == pytest.approx(degrees)


@pytest.mark.parametrize(
    ("written", "pair"),
    [
        ("12.41, 108.3", (108.3, 12.41)),
        ("12,41, 108,3", (108.3, 12.41)),
        ("12,41 , 108,3", (108.3, 12.41)),
        ("12.41,\u00a0108.3", (108.3, 12.41)),
        ("12, 41, 108, 3", None),
        ("12 40, 108 05", None),
    ],
)
def test_a_comma_with_a_blank_stands_between_two_coordinates(written: str, pair: tuple[float, float] | None) -> None:
    assert parse_pair(written) == pair


@pytest.mark.parametrize(
    ("written", "degrees"),
    [
        ("12,6667", 12.6667),
        ("12.6667", 12.6667),
        (12.6667, 12.6667),
        ("12°40'00\"N", 12 + 40 / 60),
        ("12 40 00", 12 + 40 / 60),
        ("12°40’00”B", 12 + 40 / 60),
        ("N12°40.5'", 12.675),
        ("12°40'30,5\"", 12 + 40 / 60 + 30.5 / 3600),
        ("108:03:00", 108.05),
        ("108-03-00 Đ", 108.05),
        ("12d40m00s", 12 + 40 / 60),
        ("12 độ 40 phút 00 giây Bắc", 12 + 40 / 60),
        ("-12.5", -12.5),
        ("12°30'S", -12.5),
        ("1.400.853,968", 1_400_853.968),
        ("1 400 853,968", 1_400_853.968),
    ],
)
def test_one_angle(written: object, degrees: float) -> None:
    assert parse_angle(written)[0] == pytest.approx(degrees, abs=1e-9)


@pytest.mark.parametrize("written", ["abc", "12°61'00", "12°40'75\"", "12..5", "108°E12"])
def test_what_is_no_angle(written: str) -> None:
    assert parse_angle(written)[0] is UNREADABLE


@pytest.mark.parametrize(
    "written",
    [
        "12.6667, 108.05",
        "108.05, 12.6667",
        "12,6667; 108,05",
        "12°40'00.12\"N 108°03'00\"E",
        "12.6667 108.05",
        "12.6667/108.05",
    ],
)
def test_two_in_one_field(written: str) -> None:
    assert parse_pair(written) == pytest.approx((108.05, 12.6667), abs=1e-4)


@given(lat=st.floats(8.0, 24.0), lon=st.floats(102.0, 110.0))
def test_degrees_minutes_seconds_read_back(lat: float, lon: float) -> None:
    def written(value: float) -> str:
        seconds = round(value * 3600, 2)
        return f"{int(seconds // 3600)}°{int(seconds % 3600 // 60):02d}'{seconds % 60:05.2f}\""

    found, _ = positions(("lon", "lat"), (written(lon), written(lat)), box=None)
    assert found.lon[0] == pytest.approx(lon, abs=0.01 / 3600)
    assert found.lat[0] == pytest.approx(lat, abs=0.01 / 3600)


@pytest.mark.parametrize("fields", [("x", "y"), ("y", "x"), ("lat", "lon")])
def test_the_check_point_in_vn2000_in_either_order(fields: tuple[str, str]) -> None:
    found, made = positions(fields, ("1.400.854", "450.927"), crs="EPSG:9218")
    assert (found.lon[0], found.lat[0]) == pytest.approx((108.05, 12.6667), abs=2e-5)
    assert "axes_swapped" not in codes(made)


def test_metres_without_a_system_are_tried_in_that_of_the_installation() -> None:
    found, made = positions(("x", "y"), (1_400_854, 450_927))
    assert found.crs == "EPSG:9218"
    assert codes(made) == ["crs_assumed"]
    with pytest.raises(UnknownCrsError, match="--crs"):
        positions(("x", "y"), (6_847_973, 102_980))


def test_geographic_vn2000_is_shifted_by_225_metres() -> None:
    lon, lat = to_wgs84(parse_crs("EPSG:4756"), np.array([108.05]), np.array([12.6667]))
    _, _, distance_m = Geod(ellps="WGS84").inv(108.05, 12.6667, lon[0], lat[0])
    assert distance_m == pytest.approx(225, abs=5)
    found, _ = positions(("lon", "lat"), (108.05, 12.6667), crs="EPSG:4756")
    assert found.lon[0] == pytest.approx(lon[0])


def test_swapped_degrees_are_put_right_with_a_warning() -> None:
    found, made = positions(("lon", "lat"), (12.6667, 108.05), (108.06, 12.7), (108.07, 12.8), box=None)
    assert (found.lon[0], found.lat[0]) == (108.05, 12.6667)
    assert codes(made) == ["axes_swapped"]


def test_a_whole_file_swapped_where_only_the_territory_can_tell() -> None:
    europe = Bounds(2.0, 45.0, 3.0, 46.0)
    found, made = positions(("lon", "lat"), (45.5, 2.5), (45.6, 2.6), box=europe)
    assert found.lon.tolist() == [2.5, 2.6]
    assert codes(made) == ["axes_swapped"]


def test_a_wrong_meridian_is_named() -> None:
    # Read at 108°15' instead of 108°30' the same numbers lie elsewhere; read as UTM they leave the territory.
    rows = tuple((1_400_854 + 1_000 * n, 450_927 + 1_000 * n) for n in range(5))
    _, made = positions(("x", "y"), *rows, crs="EPSG:3405")
    assert "other_crs_fits" in codes(made)
    (hint,) = [problem for problem in made.log if problem.code == "other_crs_fits"]
    assert "EPSG:9218" in hint.document()["why_vi"]


def test_every_missing_or_impossible_position_is_reported() -> None:
    found, made = positions(("lon", "lat"), (None, None), (0, 0), ("x", 12), (108, 12.5), (108, 99), (108.1, 12.5))
    assert codes(made).count("no_coordinates") == 2
    assert "bad_coordinate" in codes(made)
    assert "coordinates_out_of_range" in codes(made)
    assert found.known.tolist() == [False, False, False, True, False, True]
    assert made.bad.tolist() == [True, True, True, False, True, False]
