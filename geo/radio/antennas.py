"""Antenna patterns for arrays of directions: of 3GPP (TR 38.901 table 7.3-1, TR 36.814), omnidirectional, measured."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import OutOfRangeError
from geo.radio.kernels.merge import NOT_SAMPLED, Antenna, Pattern, attenuation_db
from geo.radio.pattern_files import MeasuredAntenna

# TR 36.814 table A.2.1.1-2 and TR 38.901 table 7.3-1.
TR36814_PATTERN = Pattern(70.0, 25.0, 10.0, 20.0)
TR38901_ELEMENT = Pattern(65.0, 30.0, 65.0, 30.0)

__all__ = [
    "TR36814_PATTERN",
    "TR38901_ELEMENT",
    "Antenna",
    "Pattern",
    "mounted_antenna",
    "pattern_attenuation_db",
    "turned",
]


def mounted_antenna(
    pattern: Pattern,
    *,
    azimuth_deg: float | None,
    mechanical_tilt_deg: float = 0.0,
    electrical_tilt_deg: float = 0.0,
    measured: MeasuredAntenna | None = None,
) -> Antenna:
    """Return an antenna as mounted; without an azimuth it is omnidirectional and mechanical tilt has no meaning.

    A measured pattern takes the place of `pattern`; where its own electrical tilt differs from the declared one, its
    vertical cut is turned by the difference.

    Raises:
        OutOfRangeError: an azimuth outside 0..360 or a tilt outside -90..90 degrees.
    """
    if azimuth_deg is not None:
        _check_azimuth(azimuth_deg)
    for name_en, name_vi, tilt in (
        ("mechanical tilt", "góc nghiêng cơ", mechanical_tilt_deg),
        ("electrical tilt", "góc nghiêng điện", electrical_tilt_deg),
    ):
        if not -90.0 <= tilt <= 90.0:
            raise OutOfRangeError(
                f"{name_en} {tilt:g} degrees is outside -90 to 90.",
                f"{name_vi} {tilt:g} độ nằm ngoài khoảng -90 đến 90.",
            )
    return Antenna(
        azimuth_deg is None,
        0.0 if azimuth_deg is None else float(azimuth_deg),
        float(mechanical_tilt_deg),
        float(electrical_tilt_deg - (0.0 if measured is None else measured.electrical_tilt_deg)),
        pattern,
        NOT_SAMPLED if measured is None else measured.sampled_db,
    )


def turned(antenna: Antenna, azimuth_deg: float | None) -> Antenna:
    """Return an antenna mounted in another direction; None leaves an omnidirectional one as it is.

    Raises:
        OutOfRangeError: an azimuth outside 0..360 degrees.
    """
    if azimuth_deg is None:
        return antenna
    _check_azimuth(azimuth_deg)
    omni, _, mechanical_tilt_deg, electrical_tilt_deg, pattern, sampled_db = antenna
    return Antenna(omni, float(azimuth_deg), mechanical_tilt_deg, electrical_tilt_deg, pattern, sampled_db)


def _check_azimuth(azimuth_deg: float) -> None:
    if not 0.0 <= azimuth_deg <= 360.0:
        raise OutOfRangeError(
            f"azimuth {azimuth_deg:g} degrees is outside 0 to 360.",
            f"góc phương vị {azimuth_deg:g} độ nằm ngoài khoảng 0 đến 360.",
        )


def pattern_attenuation_db(antenna: Antenna, azimuth_deg: ArrayLike, elevation_deg: ArrayLike) -> NDArray[np.float64]:
    """Attenuation against the main lobe (dB, not negative) for directions of any matching shapes.

    `azimuth_deg` is clockwise from north, `elevation_deg` above the horizon.
    """
    azimuth, elevation = np.broadcast_arrays(
        np.asarray(azimuth_deg, dtype=np.float64), np.asarray(elevation_deg, dtype=np.float64)
    )
    out = np.array([attenuation_db(antenna, a, e) for a, e in zip(azimuth.ravel(), elevation.ravel(), strict=True)])
    return out.reshape(azimuth.shape)
