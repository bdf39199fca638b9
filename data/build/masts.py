"""Invented masts: towns for capacity, villages by how many people a mast would see, main roads for the rest."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray

from data.build.draw import Draw
from data.build.land import KM_PER_DEG_LAT, KM_PER_DEG_LON, Land, read_land
from data.build.roads import make_roads
from data.build.villages import Village, make_villages

MAST_COUNT = 850
GAP_KM = 3.0  # no mast stands nearer to a village that is left out
WORTH_A_MAST = 250  # people
LEFT_OUT = 0.15  # share of the villages, the most isolated ones, for which nobody has built
ROAD_MASTS = 30
RURAL_REACH_KM = 4.2
HIDDEN_REACH_KM = 1.3
SETTINGS = ("urban", "rural", "road")


@dataclass(frozen=True)
class Mast:
    """A support of antennas; `setting` is one of SETTINGS, `served` the people of the villages nearest to it."""

    code: str
    lon: float
    lat: float
    height_m: int
    setting: str
    commune_code: str
    commune_name: str
    served: int


@dataclass(frozen=True)
class _Point:
    lon: float
    lat: float
    setting: str
    served: int


@lru_cache(maxsize=1)
def make_masts() -> list[Mast]:
    """All masts, numbered from west to east."""
    land = read_land()
    villages = make_villages()
    points = list(_rural(land, villages))
    points += list(_along_roads(land, points, count=ROAD_MASTS))
    points += list(_urban(land, villages, points, count=MAST_COUNT - len(points)))
    points.sort(key=lambda point: (point.lon, point.lat))
    return [_mast(land, number, point) for number, point in enumerate(points, start=1)]


def _mast(land: Land, number: int, point: _Point) -> Mast:
    draw = Draw("mast", number)
    heights = (24, 27, 30, 33, 36) if point.setting == "urban" else (30, 36, 36, 42, 42, 45, 50)
    commune = land.commune_at(point.lon, point.lat)
    if commune is None:
        raise ValueError(f"mast {number} stands outside the province")
    return Mast(
        code=f"MH-COT-{number:04d}",
        lon=point.lon,
        lat=point.lat,
        height_m=draw.pick(heights),
        setting=point.setting,
        commune_code=commune.code,
        commune_name=commune.full_name,
        served=point.served,
    )


def _rural(land: Land, villages: Sequence[Village]) -> Iterable[_Point]:
    """Greedy choice: each next mast stands by the village from where most people not yet seen are seen."""
    served = _served(villages)
    spots = [_high_spot(land, village, reach_km=0.5, turn=0) for village in villages]
    seen = [
        _seen_from(land, spot, villages) if allowed else np.array([], np.intp)
        for spot, allowed in zip(spots, _far_from_gaps(villages, served), strict=True)
    ]
    people = np.array([village.population for village in villages])
    waiting = served.copy()
    while True:
        gains = [int(people[numbers[waiting[numbers]]].sum()) for numbers in seen]
        best = max(range(len(gains)), key=lambda i: (gains[i], -i))
        if gains[best] < WORTH_A_MAST:
            return
        setting = "urban" if villages[best].commune.kind == "phường" else "rural"
        yield _Point(*spots[best], setting, gains[best])
        waiting[seen[best]] = False


def _served(villages: Sequence[Village]) -> NDArray[np.bool_]:
    """False for the villages with fewest people about them."""
    lon = np.array([village.lon for village in villages])
    lat = np.array([village.lat for village in villages])
    people = np.array([float(village.population) for village in villages])
    about = np.array([people[_away_km(lon, lat, (x, y)) <= 5.0].sum() for x, y in zip(lon, lat, strict=True)])
    served = np.ones(len(villages), np.bool_)
    served[np.argsort(about, kind="stable")[: round(LEFT_OUT * len(villages))]] = False
    return served


def _far_from_gaps(villages: Sequence[Village], served: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Villages near which no village is left out: only there masts are built, so that gaps stay gaps."""
    lon = np.array([village.lon for village in villages])
    lat = np.array([village.lat for village in villages])
    far = served.copy()
    for number in np.flatnonzero(~served):
        far &= _away_km(lon, lat, (lon[number], lat[number])) > GAP_KM
    return far


def _high_spot(land: Land, village: Village, *, reach_km: float, turn: int) -> tuple[float, float]:
    """The highest of a few places about a village, inside its commune; each turn tries other places."""
    draw = Draw("high spot", village.code, turn)
    found = [(village.lon, village.lat)] if turn == 0 else []
    wanted = 9 if turn == 0 else 3
    while len(found) < wanted:
        lon = round(village.lon + draw.between(-reach_km, reach_km) / KM_PER_DEG_LON, 6)
        lat = round(village.lat + draw.between(-reach_km, reach_km) / KM_PER_DEG_LAT, 6)
        if village.commune.shape.contains(shapely.Point(lon, lat)):
            found.append((lon, lat))
    return max(found, key=lambda spot: land.height_at(*spot))


def _seen_from(land: Land, spot: tuple[float, float], villages: Sequence[Village]) -> NDArray[np.intp]:
    """Numbers of the villages in reach: near ones, and further ones that the terrain does not hide."""
    lon = np.array([village.lon for village in villages])
    lat = np.array([village.lat for village in villages])
    away_km = _away_km(lon, lat, spot)
    near = np.flatnonzero(away_km <= RURAL_REACH_KM)
    clear = [i for i in near if away_km[i] <= HIDDEN_REACH_KM or _in_sight(land, spot, (lon[i], lat[i]))]
    return np.array(clear, np.intp)


def _away_km(lon: NDArray[np.float64], lat: NDArray[np.float64], spot: tuple[float, float]) -> NDArray[np.float64]:
    east, north = (lon - spot[0]) * KM_PER_DEG_LON, (lat - spot[1]) * KM_PER_DEG_LAT
    return np.asarray(np.sqrt(east * east + north * north))


def _in_sight(land: Land, spot: tuple[float, float], village: tuple[float, float]) -> bool:
    """Whether the terrain between stays under the line from 42 m above the spot to 4 m above the village."""
    share = np.arange(1, 40) / 40
    step = land.recipe.step_deg
    rows = ((land.recipe.north - (spot[1] + (village[1] - spot[1]) * share)) / step).astype(int)
    cols = ((spot[0] + (village[0] - spot[0]) * share - land.recipe.west) / step).astype(int)
    start, end = land.height_at(*spot) + 42.0, land.height_at(*village) + 4.0
    return bool(np.all(land.height_m[rows, cols] <= start + (end - start) * share))


def _along_roads(land: Land, masts: Sequence[_Point], *, count: int) -> Iterable[_Point]:
    """The places of main roads that lie furthest from any mast, one after the other."""
    lines = [road.shape for road in make_roads() if road.road_class in ("motorway", "national")]
    steps = np.round(np.concatenate([shapely.get_coordinates(shapely.segmentize(line, 0.02)) for line in lines]), 5)
    inside = shapely.contains_xy(land.province.buffer(-0.01), steps[:, 0], steps[:, 1])
    steps = steps[inside]
    nearest = np.full(len(steps), np.inf)
    for mast in masts:
        nearest = np.minimum(nearest, _away_km(steps[:, 0], steps[:, 1], (mast.lon, mast.lat)))
    for _ in range(count):
        # every third of the emptiest places stays empty: real roads have gaps
        best = int(np.argsort(-np.round(nearest, 6), kind="stable")[len(steps) // 40])
        spot = (float(steps[best, 0]), float(steps[best, 1]))
        yield _Point(*spot, "road", 0)
        nearest = np.minimum(nearest, _away_km(steps[:, 0], steps[:, 1], spot))


def _urban(land: Land, villages: Sequence[Village], masts: Sequence[_Point], *, count: int) -> Iterable[_Point]:
    """Capacity: one mast after the other where most people share the masts within 2 km."""
    lon = np.array([village.lon for village in villages])
    lat = np.array([village.lat for village in villages])
    people = np.array([float(village.population) for village in villages])
    load = np.array([people[_away_km(lon, lat, (x, y)) <= 2.0].sum() for x, y in zip(lon, lat, strict=True)])
    load[~_far_from_gaps(villages, _served(villages))] = 0.0
    masts_near = np.array([1.0 + sum(m.setting != "road" for m in masts if _close(m, v)) for v in villages])
    for turn in range(1, count + 1):
        best = int(np.argmax(load / masts_near))
        village = villages[best]
        spot = _high_spot(land, village, reach_km=0.35 + 0.1 * float(masts_near[best]), turn=turn)
        yield _Point(*spot, "urban" if village.commune.kind == "phường" else "rural", round(float(people[best])))
        masts_near += _away_km(lon, lat, spot) <= 2.0
        # the same spot must not be chosen twice
        masts_near[best] += 0.5


def _close(mast: _Point, village: Village) -> bool:
    east, north = (mast.lon - village.lon) * KM_PER_DEG_LON, (mast.lat - village.lat) * KM_PER_DEG_LAT
    return east * east + north * north <= 4.0
