"""What a path clears: the earth's bulge, Fresnel zones, the line between the antennas and the edge that decides.

Heights are above sea level, m, on an earth of the effective radius on which rays are straight. A height "on the curved
earth" has the bulge added: seen from the chord between the two ends, that is where the point stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.radio.kernels.diffraction import LIGHT_M_GHZ, knife_edge_db
from geo.radio.profiles import Profile

EdgeKind = Literal["least_clearance", "bullington"]


def earth_bulge_m(distance_km: ArrayLike, *, total_km: float, radius_km: float) -> NDArray[np.float64]:
    """Return how far the earth rises over the chord between the ends of a path, P.1812-7 §4.3.1, m."""
    near_km = np.asarray(distance_km, dtype=np.float64)
    return np.asarray(500.0 * near_km * (total_km - near_km) / radius_km)


def fresnel_radius_m(
    distance_km: ArrayLike, *, total_km: float, frequency_mhz: float, zone: int = 1
) -> NDArray[np.float64]:
    """Return the radius of a Fresnel zone around the line between the ends, sqrt(n λ d1 d2 / d), m (ITU-R P.526)."""
    near_km = np.asarray(distance_km, dtype=np.float64)
    wavelength_m = 1000.0 * LIGHT_M_GHZ / frequency_mhz
    return np.sqrt(np.maximum(0.0, zone * wavelength_m * 1000.0 * near_km * (total_km - near_km) / total_km))


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidingEdge:
    """The knife edge of §4.3.1: of a hidden path where the two horizon rays meet, else the point with least clearance.

    `height_m` is on the curved earth. `v` is the diffraction parameter, `clearance_m` and `fresnel_radius_m` stand for
    the same place: negative clearance means that the line of sight passes below the edge.
    """

    kind: EdgeKind
    distance_km: float
    height_m: float
    clearance_m: float
    fresnel_radius_m: float
    v: float
    knife_edge_db: float


@dataclass(frozen=True, eq=False, kw_only=True)
class SightLine:
    """Lines over the points of a profile (m, one length) and the edge that decides.

    `surface_m` is terrain and clutter on the curved earth, `line_m` the straight line between the antennas. The horizon
    of an end (distance from the transmitter in km) is None when the ends see each other.
    """

    bulge_m: NDArray[np.float64]
    surface_m: NDArray[np.float64]
    line_m: NDArray[np.float64]
    fresnel_m: NDArray[np.float64]
    edge: DecidingEdge
    tx_horizon_km: float | None
    rx_horizon_km: float | None


def sight_line(
    profile: Profile, *, tx_antenna_m: float, rx_antenna_m: float, frequency_mhz: float, radius_km: float
) -> SightLine:
    """Return the lines of a path; antenna heights are above sea level, `radius_km` is the effective earth radius."""
    near_km, total_km = profile.distance_km, float(profile.distance_km[-1])
    bulge_m = earth_bulge_m(near_km, total_km=total_km, radius_km=radius_km)
    surface_m = profile.surface_m + bulge_m
    line_m = tx_antenna_m + (rx_antenna_m - tx_antenna_m) * near_km / total_km
    fresnel_m = fresnel_radius_m(near_km, total_km=total_km, frequency_mhz=frequency_mhz)
    inner = slice(1, -1)
    from_tx = (surface_m[inner] - tx_antenna_m) / near_km[inner]
    from_rx = (surface_m[inner] - rx_antenna_m) / (total_km - near_km[inner])
    hidden = float(from_tx.max()) >= (rx_antenna_m - tx_antenna_m) / total_km
    if hidden:
        up, back = float(from_tx.max()), float(from_rx.max())
        at_km = (rx_antenna_m - tx_antenna_m + back * total_km) / (up + back)
        height_m = tx_antenna_m + up * at_km
    else:
        at = 1 + int(np.argmin((line_m[inner] - surface_m[inner]) / fresnel_m[inner]))
        at_km, height_m = float(near_km[at]), float(surface_m[at])
    clearance_m = tx_antenna_m + (rx_antenna_m - tx_antenna_m) * at_km / total_km - height_m
    kind: EdgeKind = "bullington" if hidden else "least_clearance"
    return SightLine(
        bulge_m=bulge_m,
        surface_m=surface_m,
        line_m=line_m,
        fresnel_m=fresnel_m,
        edge=_edge(kind, at_km, total_km, height_m, clearance_m, frequency_mhz),
        tx_horizon_km=float(near_km[1 + int(np.argmax(from_tx))]) if hidden else None,
        rx_horizon_km=float(near_km[1 + int(np.argmax(from_rx))]) if hidden else None,
    )


def _edge(
    kind: EdgeKind, at_km: float, total_km: float, height_m: float, clearance_m: float, frequency_mhz: float
) -> DecidingEdge:
    radius_m = float(fresnel_radius_m(at_km, total_km=total_km, frequency_mhz=frequency_mhz))
    v = -clearance_m / radius_m * float(np.sqrt(2.0))
    return DecidingEdge(
        kind=kind,
        distance_km=at_km,
        height_m=height_m,
        clearance_m=clearance_m,
        fresnel_radius_m=radius_m,
        v=v,
        knife_edge_db=float(knife_edge_db(v)),
    )
