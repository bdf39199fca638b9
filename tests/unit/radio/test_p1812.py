"""P.1812-7: the published cases, location variability by hand, and what must hold for any path."""

from __future__ import annotations

import csv
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import BadInputError, OutOfRangeError
from geo.radio.kernels.diffraction import make_carrier
from geo.radio.kernels.loss import Bullington, Climate, Zones, path_loss
from geo.radio.kernels.path import analyse_path
from geo.radio.p1812 import (
    ProfileLoss,
    beta_radius_km,
    effective_radius_km,
    location_height_share,
    location_loss_db,
    location_sigma_db,
    longest_stretch_km,
    profile_loss,
    share_inside,
)
from geo.radio.profiles import Profile, Zone, profile_of_points
from geo.radio.published_profiles import read_published_profile

pytestmark = pytest.mark.kernels

SHARED = Path(os.environ.get("PHUSONG_SHARED", Path(__file__).parents[4] / "shared"))
VECTORS = SHARED / "vectors" / "p1812"
TOLERANCE_DB = 1e-6
PROFILES = sorted(path.name for path in VECTORS.glob("profiles/*.csv"))
CASE = {
    "frequency_mhz": 1800.0,
    "tx_height_m": 40.0,
    "rx_height_m": 1.5,
    "time_percent": 50.0,
    "location_percent": 50.0,
    "polarization": "vertical",
    "latitude_deg": 12.67,
    "delta_n": 50.9,
    "n0": 378.3,
}


def loss(profile: Profile, **changes: Any) -> ProfileLoss:
    return profile_loss(profile, **{**CASE, **changes})


def flat(length_km: float = 10.0, points: int = 101, height_m: float = 500.0) -> Profile:
    distance = np.linspace(0.0, length_km, points)
    zone = np.full(points, Zone.INLAND, dtype=np.int8)
    return Profile(distance, np.full(points, height_m), np.zeros(points), zone)


@pytest.mark.skipif(not PROFILES, reason="../shared/vectors is absent (see PHUSONG_SHARED)")
@pytest.mark.parametrize("name", PROFILES)
def test_published_cases(name: str) -> None:
    published = read_published_profile(VECTORS / "profiles" / name)
    with (VECTORS / "results.csv").open(encoding="utf-8") as stream:
        expected = {int(r["case"]): r for r in csv.DictReader(stream) if r["profile"] == name}
    assert len(published.cases) == len(expected) == 3
    for number, case in enumerate(published.cases):
        result = profile_loss(
            published.profile,
            frequency_mhz=case.frequency_mhz,
            tx_height_m=case.tx_height_m,
            rx_height_m=case.rx_height_m,
            time_percent=case.time_percent,
            location_percent=50.0,
            polarization="vertical" if case.vertical else "horizontal",
            latitude_deg=published.latitude_deg,
            delta_n=published.delta_n,
            n0=published.surface_refractivity,
        )
        reference = float(expected[number]["reference_field_strength_dbuvm"])
        # The files state the field for the transmitter's own power; ours is for 1 kW (30 dBW) e.r.p.
        assert result.field_strength_dbuvm + case.erp_dbw - 30.0 == pytest.approx(reference, abs=TOLERANCE_DB)
        assert result.basic_transmission_loss_db == pytest.approx(case.loss_db, abs=TOLERANCE_DB)


def test_effective_radius() -> None:
    assert effective_radius_km(157.0 / 4.0) == pytest.approx(6371.0 * 4.0 / 3.0)


def test_location_variability_by_hand() -> None:
    # (0.024 * 1.8 + 0.52) * 100 ** 0.28 = 0.5632 * 3.63078 = 2.04486 dB
    assert location_sigma_db(1800.0, 100.0) == pytest.approx(2.04486, abs=1e-4)
    # Exceeded at 90 % of locations: 1.2816 standard deviations more loss; the approximation is within 4.5e-4.
    assert location_loss_db(90.0, 5.5) == pytest.approx(1.281552 * 5.5, abs=5.5 * 4.5e-4)
    assert location_loss_db(10.0, 5.5) == -location_loss_db(90.0, 5.5)
    assert location_loss_db(50.0, 5.5) == 0.0
    # Receiver 1.5 m over bare ground: 1 - 1.5 / 10; in 15 m of trees: 1; 12 m over 2 m of scrub: 0.
    assert location_height_share(1.5, 0.0) == pytest.approx(0.85)
    assert location_height_share(1.5, 15.0) == 1.0
    assert location_height_share(12.0, 2.0) == 0.0


def test_location_variability_in_the_result() -> None:
    # 2 GHz behind a 60 m ridge, so that the free-space floor does not act.
    ridge = flat()
    ridge.terrain_m[50] += 60.0
    median = loss(ridge)
    at_95 = loss(ridge, location_percent=95.0, location_sigma_db=6.0)
    assert at_95.location_variability_db == pytest.approx(1.644854 * 6.0, abs=6.0 * 4.5e-4)
    assert at_95.basic_transmission_loss_db - median.basic_transmission_loss_db == pytest.approx(
        at_95.location_variability_db
    )
    by_formula = loss(ridge, location_percent=95.0, location_sigma_db=None, resolution_m=100.0)
    assert by_formula.location_sigma_db == pytest.approx(0.85 * location_sigma_db(1800.0, 100.0))


def test_no_location_variability_at_sea_and_never_below_free_space() -> None:
    sea = flat(height_m=0.0)
    sea.zone[-1] = Zone.SEA
    assert loss(sea, location_percent=90.0, location_sigma_db=6.0).location_variability_db == 0.0
    lucky = loss(flat(1.0), location_percent=1.0, location_sigma_db=20.0)
    assert lucky.basic_transmission_loss_db == lucky.line_of_sight_with_multipath_db


def test_clutter_at_the_ends_is_ignored_and_between_matters() -> None:
    bare = flat()
    ends = flat()
    ends.clutter_m[[0, -1]] = 25.0
    assert loss(ends).basic_transmission_loss_db == loss(bare).basic_transmission_loss_db
    wood = flat()
    wood.clutter_m[1:-1] = 15.0
    assert loss(wood).diffraction_db > loss(bare).diffraction_db + 5.0


def test_stretches_and_shares() -> None:
    distance = np.array([0.0, 1.0, 2.0, 4.0])
    inside = np.array([True, False, True, True])
    assert longest_stretch_km(distance, inside) == pytest.approx(2.5)
    assert share_inside(distance, inside) == pytest.approx((0.5 + 2.5) / 4.0)
    assert longest_stretch_km(distance, np.ones(4, dtype=bool)) == 4.0
    assert longest_stretch_km(distance, np.zeros(4, dtype=bool)) == 0.0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("frequency_mhz", 29.0),
        ("frequency_mhz", 6001.0),
        ("frequency_mhz", math.nan),
        ("tx_height_m", 0.5),
        ("rx_height_m", 3001.0),
        ("time_percent", 0.5),
        ("time_percent", 51.0),
        ("location_percent", 99.5),
        ("latitude_deg", 91.0),
        ("polarization", "circular"),
        ("location_sigma_db", -1.0),
        ("location_sigma_db", math.inf),
        ("location_sigma_db", 1e308),
        ("location_sigma_db", 100.1),
    ],
)
def test_out_of_range(name: str, value: object) -> None:
    with pytest.raises(OutOfRangeError) as caught:
        loss(flat(), **{name: value})
    assert caught.value.vi != caught.value.en


@pytest.mark.parametrize(
    "points",
    [
        [(0.0, 1.0, 0.0, 4), (1.0, 1.0, 0.0, 4)],
        [(0.0, 1.0, 0.0, 4), (1.0, 1.0, 0.0, 4), (1.0, 1.0, 0.0, 4)],
        [(0.5, 1.0, 0.0, 4), (1.0, 1.0, 0.0, 4), (2.0, 1.0, 0.0, 4)],
        [(0.0, 1.0, 0.0, 4), (1.0, math.nan, 0.0, 4), (2.0, 1.0, 0.0, 4)],
        [(0.0, 1.0, 0.0, 4), (1.0, 1.0, -2.0, 4), (2.0, 1.0, 0.0, 4)],
        [(0.0, 1.0, 0.0, 4), (1.0, 1.0, 0.0, 4), (3001.0, 1.0, 0.0, 4)],
    ],
)
def test_unusable_profiles(points: list[tuple[float, float, float, int]]) -> None:
    with pytest.raises(BadInputError):
        profile_of_points(points)


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    points = draw(st.integers(3, 60))
    heights = draw(st.lists(st.floats(0.0, 800.0), min_size=points, max_size=points))
    length_km = draw(st.floats(0.3, 40.0))
    distance = np.linspace(0.0, length_km, points)
    return Profile(distance, np.array(heights), np.zeros(points), np.full(points, Zone.INLAND, dtype=np.int8))


@given(profile=profiles(), frequency=st.floats(450.0, 6000.0))
def test_loss_is_finite_and_not_below_free_space(profile: Profile, frequency: float) -> None:
    result = loss(profile, frequency_mhz=frequency)
    assert math.isfinite(result.basic_transmission_loss_db)
    assert result.basic_transmission_loss_db >= result.free_space_db - 1e-9
    assert result.diffraction_db >= 0.0


@given(profile=profiles())
def test_diffraction_is_the_same_in_both_directions(profile: Profile) -> None:
    back = Profile(
        profile.distance_km[-1] - profile.distance_km[::-1],
        profile.terrain_m[::-1].copy(),
        profile.clutter_m[::-1].copy(),
        profile.zone[::-1].copy(),
    )
    there = loss(profile, tx_height_m=40.0, rx_height_m=10.0)
    again = loss(back, tx_height_m=10.0, rx_height_m=40.0)
    assert again.diffraction_db == pytest.approx(there.diffraction_db, abs=1e-6)
    assert again.troposcatter_db == pytest.approx(there.troposcatter_db, abs=1e-6)


@given(length_km=st.floats(1.0, 200.0), percent=st.floats(1.0, 49.0))
def test_on_flat_earth_less_time_never_means_more_loss(length_km: float, percent: float) -> None:
    # Over hills the Recommendation itself is not monotone: the enhanced radius can raise the spherical term.
    profile = flat(length_km)
    rare, often = loss(profile, time_percent=percent), loss(profile, time_percent=percent + 1.0)
    assert rare.basic_transmission_loss_db <= often.basic_transmission_loss_db + 1e-6


@given(profile=profiles(), time_percent=st.sampled_from([1.0, 10.0, 50.0]), frequency_ghz=st.floats(0.45, 6.0))
def test_leaving_out_what_cannot_matter_changes_nothing(
    profile: Profile, time_percent: float, frequency_ghz: float
) -> None:
    last = len(profile.distance_km) - 1
    climate = Climate(time_percent, effective_radius_km(50.9), beta_radius_km(), 378.3, 12.67)
    geometry = analyse_path(profile.distance_km, profile.terrain_m, last, 40.0, 1.5, climate.median_radius_km)
    edges = Bullington(geometry.bare_edge, -1.0, geometry.bare_edge - 0.1, -1.1)
    zones = Zones(0.0, geometry.distance_km, geometry.distance_km, 500.0, 500.0)
    carrier = make_carrier(frequency_ghz, True)
    whole = path_loss(geometry, edges, zones, carrier, climate, True)
    short = path_loss(geometry, edges, zones, carrier, climate, False)
    assert short.median_location == pytest.approx(whole.median_location, abs=1e-9)
