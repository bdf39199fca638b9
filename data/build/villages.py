"""Invented villages and clusters, inside the illustrative communes, adding up to the province's population."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from data.build.draw import Draw, split_whole
from data.build.land import KM_PER_DEG_LAT, KM_PER_DEG_LON, Commune, Land, Town, distance_km, read_land
from data.build.roads import road_cells
from data.build.sources import Source, write_sources
from data.build.units import PROVINCE_POPULATION

VILLAGE_COUNT = 2_760
FEWEST_VILLAGES = 8
PEOPLE_OF_KIND = {"phường": 12_500.0, "thị trấn": 11_000.0, "xã": 8_200.0}
HIGHLAND_LON = 108.95  # west of it the villages of the Ede and M'nong are called buôn

AS_OF = "2026-06-30"
NOTE_VI = "Số liệu minh họa: thôn, buôn, tổ dân phố và cụm dân cư hư cấu; tổng dân số bằng dân số công bố của tỉnh."
NOTE_EN = "Illustrative: invented villages and clusters; their population adds up to the province's published figure."


@dataclass(frozen=True)
class Cluster:
    """A group of houses."""

    code: str
    name: str
    lon: float
    lat: float
    population: int
    households: int
    power: str


@dataclass(frozen=True)
class Village:
    """One village with its clusters; `remote` ones lie off the roads and are small."""

    code: str
    name: str
    kind: str
    commune: Commune
    lon: float
    lat: float
    remote: bool
    power: str
    confirmed_on: str
    disadvantaged: bool
    minority: bool
    clusters: tuple[Cluster, ...]

    @property
    def population(self) -> int:
        """People in its clusters."""
        return sum(cluster.population for cluster in self.clusters)

    @property
    def households(self) -> int:
        """Households in its clusters."""
        return sum(cluster.households for cluster in self.clusters)


@dataclass(frozen=True)
class _Spot:
    lon: float
    lat: float
    remote: bool
    urban: bool


@lru_cache(maxsize=1)
def make_villages() -> list[Village]:
    """All villages in the order of their codes."""
    land = read_land()
    near_road = road_cells(land)
    people = commune_populations(land)
    weights = [float(people[commune.code]) for commune in land.communes]
    extra = split_whole(VILLAGE_COUNT - FEWEST_VILLAGES * len(land.communes), weights)
    villages: list[Village] = []
    for commune, more in zip(land.communes, extra, strict=True):
        spots = _spots(land, near_road, commune, count=FEWEST_VILLAGES + more)
        villages.extend(_settle(land, commune, spots, population=people[commune.code]))
    return villages


def commune_populations(land: Land) -> dict[str, int]:
    """Population by commune code: by the number and kind of its old wards, adding up to the province's."""
    weights = []
    for commune in land.communes:
        draw = Draw("population", commune.code)
        towns = [town for town in land.towns if town.commune_code == commune.code]
        mean = sum(PEOPLE_OF_KIND[town.kind] for town in towns) / max(1, len(towns))
        weights.append(mean * (1.5 + 0.85 * len(towns)) * draw.between(0.8, 1.25))
    parts = split_whole(PROVINCE_POPULATION, weights)
    return {commune.code: part for commune, part in zip(land.communes, parts, strict=True)}


def _spots(land: Land, near_road: NDArray[np.bool_], commune: Commune, *, count: int) -> list[_Spot]:
    """Places of a commune's villages: most about its towns, some along roads, some far out."""
    draw = Draw("spots", commune.code)
    towns = [town for town in land.towns if town.commune_code == commune.code]
    urban = commune.kind == "phường"
    spots: list[_Spot] = []
    apart_km = 0.35 if urban else 0.7
    tries = 0
    while len(spots) < count:
        tries += 1
        lon, lat, far = _candidate(draw, commune, towns, urban=urban)
        # after many refusals the commune is full: villages may stand closer together and higher up
        ease = 1.0 + tries / (60.0 * count)
        if not commune.shape.contains(shapely.Point(lon, lat)) or not _habitable(land, draw, lon, lat, ease=ease):
            continue
        on_road = bool(near_road[land.pixel(lon, lat)])
        if far and not on_road and not draw.chance(0.35 * ease):
            continue
        if any(distance_km(lon, lat, spot.lon, spot.lat) < apart_km / ease for spot in spots):
            continue
        spots.append(_Spot(round(lon, 5), round(lat, 5), remote=far and not on_road, urban=urban))
    return spots


def _candidate(draw: Draw, commune: Commune, towns: Sequence[Town], *, urban: bool) -> tuple[float, float, bool]:
    """A point about one of the towns, or anywhere (then True)."""
    if towns and draw.chance(0.95 if urban else 0.72):
        town = draw.pick(towns)
        spread_km = 1.1 if urban else 1.4 if town.is_urban else 2.3
        lon = town.lon + draw.bell() * spread_km / KM_PER_DEG_LON
        return lon, town.lat + draw.bell() * spread_km / KM_PER_DEG_LAT, False
    west, south, east, north = commune.shape.bounds
    return draw.between(west, east), draw.between(south, north), True


def _habitable(land: Land, draw: Draw, lon: float, lat: float, *, ease: float) -> bool:
    """On land, not steep, seldom above 900 m."""
    height_m, slope_deg = land.height_at(lon, lat), land.slope_at(lon, lat)
    if height_m <= 0 or slope_deg > 8.0 * ease or height_m > 1_300 * ease:
        return False
    return height_m < 900 or draw.chance(0.3)


def _settle(land: Land, commune: Commune, spots: Sequence[_Spot], *, population: int) -> Iterable[Village]:
    draw = Draw("people", commune.code)
    weights = [draw.between(0.25, 0.6) if spot.remote else draw.between(0.7, 1.6) for spot in spots]
    parts = split_whole(population, weights)
    numbers: dict[str, int] = {}
    for index, (spot, people) in enumerate(zip(spots, parts, strict=True), start=1):
        kind = _kind(draw, spot)
        numbers[kind] = numbers.get(kind, 0) + 1
        yield _village(land, commune, spot, kind=kind, index=index, number=numbers[kind], people=people)


def _kind(draw: Draw, spot: _Spot) -> str:
    if spot.urban:
        return "tổ dân phố"
    return "buôn" if spot.lon < HIGHLAND_LON and draw.chance(0.38) else "thôn"


def _village(land: Land, commune: Commune, spot: _Spot, *, kind: str, index: int, number: int, people: int) -> Village:
    code = f"MH-{commune.code}-{index:03d}"
    draw = Draw("village", code)
    power = _power(draw, remote=spot.remote)
    return Village(
        code=code,
        name=f"{kind.capitalize()} {number} (minh họa)",
        kind=kind,
        commune=commune,
        lon=spot.lon,
        lat=spot.lat,
        remote=spot.remote,
        power=power,
        confirmed_on=f"{draw.whole(1, 28):02d}/{draw.whole(1, 6):02d}/2026",
        disadvantaged=draw.chance(0.45 if spot.remote else 0.05),
        minority=draw.chance(0.9 if kind == "buôn" else 0.35 if spot.remote else 0.06),
        clusters=tuple(_clusters(land, commune, spot, code=code, people=people, power=power)),
    )


def _power(draw: Draw, *, remote: bool) -> str:
    if not draw.chance(0.16 if remote else 0.02):
        return "Có"
    return draw.pick(("Không", "Không", "Nguồn khác", "Chưa rõ"))


def _clusters(land: Land, commune: Commune, spot: _Spot, *, code: str, people: int, power: str) -> Iterable[Cluster]:
    """Two to four clusters: one about the centre, the others further out."""
    draw = Draw("clusters", code)
    count = draw.pick((2, 2, 2, 2, 3, 3, 3, 4))
    shares = [draw.between(1.6, 2.6), *[draw.between(0.5, 1.0) for _ in range(count - 1)]]
    homes = split_whole(max(count, round(people / draw.between(3.5, 4.2))), shares)
    for number, (part, households) in enumerate(zip(split_whole(people, shares), homes, strict=True), start=1):
        reach_km = (
            0.12
            if number == 1
            else draw.between(0.25, 0.6)
            if spot.urban
            else draw.between(0.5, 2.6 if spot.remote else 2.2)
        )
        lon, lat = _near(land, commune, draw, spot, reach_km=reach_km)
        outlying = number > 1 and spot.remote and draw.chance(0.12)
        own_power = "Không" if outlying and power == "Có" else power
        yield Cluster(f"{code}-C{number}", f"Cụm {number} (minh họa)", lon, lat, part, households, own_power)


def _near(land: Land, commune: Commune, draw: Draw, spot: _Spot, *, reach_km: float) -> tuple[float, float]:
    """A point about a village on land of its own commune, nearer and nearer until there is one."""
    while True:
        lon = round(spot.lon + draw.between(-1.0, 1.0) * reach_km / KM_PER_DEG_LON, 5)
        lat = round(spot.lat + draw.between(-1.0, 1.0) * reach_km / KM_PER_DEG_LAT, 5)
        if commune.shape.contains(shapely.Point(lon, lat)) and land.height_at(lon, lat) > 0:
            return lon, lat
        reach_km *= 0.9


COLUMNS = (
    "Mã thôn",
    "Tên thôn/buôn/TDP",
    "Loại",
    "Mã xã",
    "Xã/Phường",
    "Kinh độ",
    "Vĩ độ",
    "Số hộ",
    "Dân số",
    "Điện lưới quốc gia",
    "Ngày xác nhận điện lưới",
    "Đặc biệt khó khăn",
    "DTTS",
)
CLUSTER_COLUMNS = (
    "Mã cụm",
    "Tên cụm",
    "Mã thôn",
    "Tên thôn/buôn/TDP",
    "Mã xã",
    "Xã/Phường",
    "Kinh độ",
    "Vĩ độ",
    "Số hộ",
    "Dân số",
    "Điện lưới quốc gia",
    "Ngày xác nhận điện lưới",
)


def _row(village: Village) -> list[object]:
    flags = ["Có" if village.disadvantaged else "", "Có" if village.minority else ""]
    where = [village.commune.code, village.commune.full_name, f"{village.lon:.5f}", f"{village.lat:.5f}"]
    head = [village.code, village.name, village.kind, *where]
    return [*head, village.households, village.population, village.power, village.confirmed_on, *flags]


def _cluster_row(village: Village, cluster: Cluster) -> list[object]:
    where = [village.commune.code, village.commune.full_name, f"{cluster.lon:.5f}", f"{cluster.lat:.5f}"]
    head = [cluster.code, cluster.name, village.code, village.name, *where]
    return [*head, cluster.households, cluster.population, cluster.power, village.confirmed_on]


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]], *, separator: str = ",") -> None:
    """Write a CSV file as Excel saves it: UTF-8 with a byte order mark, CR LF."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, delimiter=separator, lineterminator="\r\n")
        writer.writerow(columns)
        writer.writerows(rows)


def build(data_folder: Path) -> None:
    """Write `villages/villages.csv`, `villages/clusters.csv` and their SOURCES.yaml."""
    folder = data_folder / "villages"
    folder.mkdir(parents=True, exist_ok=True)
    villages = make_villages()
    write_csv(folder / "villages.csv", COLUMNS, (_row(village) for village in villages))
    clusters = (_cluster_row(village, cluster) for village in villages for cluster in village.clusters)
    write_csv(folder / "clusters.csv", CLUSTER_COLUMNS, clusters)
    write_sources(folder, [_source("villages.csv"), _source("clusters.csv")])


def _source(file: str) -> Source:
    return Source(
        file=file,
        kind="villages",
        issuer="phusong (invented)",
        licence="Apache-2.0",
        crs="EPSG:4326",
        as_of=AS_OF,
        note_vi=NOTE_VI,
        note_en=NOTE_EN,
    )
