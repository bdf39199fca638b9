"""Invented places of the classes that the digital infrastructure plan names (plan A, III.1.d)."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from data.build.draw import Draw
from data.build.land import KM_PER_DEG_LAT, KM_PER_DEG_LON, Commune, Land, Town, distance_km, read_land
from data.build.sources import Source, write_sources
from data.build.villages import write_csv

COLUMNS = ("Mã địa điểm", "Tên địa điểm", "Loại địa điểm", "Mã xã", "Xã/Phường", "Kinh độ", "Vĩ độ")
HIGHEST_M = 1_200


@dataclass(frozen=True)
class PlaceKind:
    """A class of places: how many in each commune by its kind, and how far from its town they lie."""

    word: str
    name: str
    short: str
    per_phuong: float
    per_xa: float
    spread_km: float


KINDS = (
    PlaceKind("Khu hành chính công", "Trụ sở hành chính", "HC", 1.0, 1.0, 0.4),
    PlaceKind("Cơ sở y tế", "Cơ sở y tế", "YT", 2.5, 1.1, 0.8),
    PlaceKind("Trường học", "Trường học", "TH", 3.0, 1.6, 1.5),
    PlaceKind("Trường cao đẳng", "Trường cao đẳng", "CD", 0.8, 0.02, 1.0),
    PlaceKind("Di tích", "Di tích", "DT", 0.8, 0.35, 3.0),
    PlaceKind("Danh thắng", "Danh thắng", "TC", 0.3, 0.30, 6.0),
    PlaceKind("Khu du lịch", "Khu du lịch", "DL", 0.5, 0.22, 5.0),
    PlaceKind("Đầu mối giao thông", "Bến xe", "BX", 0.6, 0.15, 0.8),
    PlaceKind("Trung tâm thương mại", "Trung tâm thương mại", "TM", 1.0, 0.05, 0.6),
    PlaceKind("Chợ", "Chợ", "CH", 1.5, 0.9, 0.6),
    PlaceKind("Khu dân cư", "Khu dân cư", "DC", 2.0, 0.5, 1.0),
    PlaceKind("Khu vực công cộng", "Quảng trường", "QT", 1.0, 0.1, 0.4),
    PlaceKind("Khu công nghiệp", "Khu công nghiệp", "KCN", 0.3, 0.03, 3.0),
    PlaceKind("Cụm công nghiệp", "Cụm công nghiệp", "CCN", 0.5, 0.16, 2.5),
)
# Single places at towns that have them.
SINGLE = (
    ("MH-SB-01", "Sân bay 1 (minh họa)", "Sân bay", 108.12, 12.665),
    ("MH-SB-02", "Sân bay 2 (minh họa)", "Sân bay", 109.332, 13.045),
    ("MH-GA-01", "Nhà ga 1 (minh họa)", "Nhà ga", 109.285, 13.078),
    ("MH-GA-02", "Nhà ga 2 (minh họa)", "Nhà ga", 109.20, 13.40),
)

SOURCE = Source(
    file="places.csv",
    kind="places",
    issuer="phusong (invented)",
    licence="Apache-2.0",
    crs="EPSG:4326",
    as_of="2026-06-30",
    note_vi="Số liệu minh họa: địa điểm hư cấu theo các loại nêu trong kế hoạch hạ tầng số (mục III.1.d).",
    note_en="Illustrative: invented places of the classes named in the digital infrastructure plan (III.1.d).",
)


def make_places() -> Iterable[list[object]]:
    """Rows of the list, commune by commune."""
    land = read_land()
    for commune in land.communes:
        towns = [town for town in land.towns if town.commune_code == commune.code]
        for kind in KINDS:
            yield from _places(land, commune, towns, kind)
    for code, name, word, lon, lat in SINGLE:
        commune_at = land.commune_at(lon, lat)
        if commune_at is None:
            raise ValueError(f"{code} lies outside the province")
        yield _row(code, name, word, commune_at, (lon, lat))


def _places(land: Land, commune: Commune, towns: list[Town], kind: PlaceKind) -> Iterable[list[object]]:
    draw = Draw("places", commune.code, kind.short)
    mean = kind.per_phuong if commune.kind == "phường" else kind.per_xa
    for number in range(1, int(mean) + draw.chance(mean - int(mean)) + 1):
        code = f"MH-{kind.short}-{commune.code}-{number}"
        spot = _spot(land, commune, draw, draw.pick(towns), spread_km=kind.spread_km)
        yield _row(code, f"{kind.name} {number} (minh họa)", kind.word, commune, spot)


def _row(code: str, name: str, word: str, commune: Commune, spot: tuple[float, float]) -> list[object]:
    return [code, name, word, commune.code, commune.full_name, f"{spot[0]:.5f}", f"{spot[1]:.5f}"]


def _spot(land: Land, commune: Commune, draw: Draw, town: Town, *, spread_km: float) -> tuple[float, float]:
    """A place about a town inside its commune, nearer and nearer until there is one."""
    while True:
        lon = round(town.lon + draw.bell() * spread_km / KM_PER_DEG_LON, 5)
        lat = round(town.lat + draw.bell() * spread_km / KM_PER_DEG_LAT, 5)
        found = land.commune_at(lon, lat)
        if found is not None and found.code == commune.code and 0 < land.height_at(lon, lat) < HIGHEST_M:
            return lon, lat
        spread_km *= 0.95
        if spread_km < 0.01 and distance_km(lon, lat, town.lon, town.lat) < 0.1:
            # the town itself lies in the sea of the approximate terrain: keep its own point
            return town.lon, town.lat


def build(data_folder: Path) -> None:
    """Write `places/places.csv` and its SOURCES.yaml."""
    folder = data_folder / "places"
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / SOURCE.file, COLUMNS, make_places())
    write_sources(folder, [SOURCE])
