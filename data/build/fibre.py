"""Invented fibre nodes of three operators, and what each declares to offer in each village."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import shapely

from data.build.draw import Draw
from data.build.land import KM_PER_DEG_LAT, KM_PER_DEG_LON, Land, read_land
from data.build.sources import Source, write_sources
from data.build.villages import Village, make_villages, write_csv

AS_OF = "2026-06-30"
# operator, share of villages with a cabinet of its own, speeds on offer (Mb/s) and how often
OPERATORS = (("Viettel", 0.58, 0.90), ("VNPT", 0.52, 0.86), ("MobiFone", 0.12, 0.30))
PREFIX = {"Viettel": "VTL", "VNPT": "VNP", "MobiFone": "MBF"}
SPEEDS_MBPS = (300, 300, 500, 1000, 1000, 2000)
NODE_COLUMNS = ("Mã nút", "Loại nút", "Doanh nghiệp", "Kinh độ", "Vĩ độ", "Tổng số cổng", "Số cổng trống", "Ghi chú")
SERVICE_COLUMNS = (
    "Doanh nghiệp",
    "Mã thôn",
    "Tên thôn/buôn/TDP",
    "Mã xã",
    "Số hộ có khả năng tiếp cận",
    "Số cổng trống",
    "Tốc độ tối đa (Mbps)",
)


def _near(land: Land, draw: Draw, village: Village, *, reach_km: float) -> tuple[float, float]:
    """A place about a village, on land of its commune; the village itself when none is found."""
    for _ in range(5):
        lon = round(village.lon + draw.between(-reach_km, reach_km) / KM_PER_DEG_LON, 5)
        lat = round(village.lat + draw.between(-reach_km, reach_km) / KM_PER_DEG_LAT, 5)
        if land.height_at(lon, lat) > 0 and village.commune.shape.contains(shapely.Point(lon, lat)):
            return lon, lat
    return village.lon, village.lat


def _node(code: str, kind: str, operator: str, place: tuple[float, float], total: int, free: int) -> list[object]:
    return [code, kind, operator, f"{place[0]:.5f}", f"{place[1]:.5f}", total, free, "Minh họa"]


@lru_cache(maxsize=1)
def make_nodes() -> list[list[object]]:
    """Rows of the node list: in each commune an OLT and an ODF, in part of the villages a cabinet and boxes."""
    return [row for operator, with_node, _ in OPERATORS for row in _nodes_of(operator, with_node)]


def _nodes_of(operator: str, with_node: float) -> Iterable[list[object]]:
    land = read_land()
    started: set[str] = set()
    for village in make_villages():
        draw = Draw("fibre node", operator, village.code)
        stem = f"MH-{PREFIX[operator]}-{village.code.removeprefix('MH-')}"
        if village.commune.code not in started:
            started.add(village.commune.code)
            hub = _near(land, draw, village, reach_km=0.3)
            yield _node(f"{stem}-OLT", "OLT", operator, hub, 1024, draw.whole(40, 500))
            yield _node(f"{stem}-ODF", "ODF", operator, hub, 288, draw.whole(10, 120))
        if not draw.chance(with_node * (0.25 if village.remote else 1.0)):
            continue
        total = draw.pick((64, 96, 128))
        cabinet = _near(land, draw, village, reach_km=0.25)
        yield _node(f"{stem}-T", "Tủ phối quang", operator, cabinet, total, round(total * draw.between(0.05, 0.5)))
        for number in range(1, draw.whole(1, 3)):
            box = _near(land, draw, village, reach_km=0.6)
            yield _node(f"{stem}-H{number}", "Hộp phối quang", operator, box, 16, draw.whole(0, 12))


@lru_cache(maxsize=1)
def make_services() -> list[list[object]]:
    """Rows of the declarations: households passed, free ports and the fastest offer by village and operator."""
    return [row for operator, _, declared in OPERATORS for row in _services_of(operator, declared)]


def _services_of(operator: str, declared: float) -> Iterable[list[object]]:
    for village in make_villages():
        draw = Draw("fibre service", operator, village.code)
        if not draw.chance(declared * (0.45 if village.remote else 1.0)):
            continue
        reached = draw.between(0.2, 0.8) if village.remote else min(1.0, draw.between(0.72, 1.25))
        passed = min(village.households, round(village.households * reached))
        free = round(passed * draw.between(0.05, 0.4))
        speed = "" if draw.chance(0.04) else draw.pick(SPEEDS_MBPS)
        yield [operator, village.code, village.name, village.commune.code, passed, free, speed]


def build(data_folder: Path) -> None:
    """Write `fibre/nodes.csv`, `fibre/village_services.csv` and their SOURCES.yaml."""
    folder = data_folder / "fibre"
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / "nodes.csv", NODE_COLUMNS, make_nodes())
    write_csv(folder / "village_services.csv", SERVICE_COLUMNS, make_services())
    notes = {
        "nodes.csv": ("nút quang hư cấu với tổng số cổng và số cổng trống", "invented fibre nodes with ports"),
        "village_services.csv": (
            "khai báo hư cấu về khả năng cung cấp cáp quang theo thôn",
            "invented declarations of fibre service by village",
        ),
    }
    write_sources(folder, [_source(file, *note) for file, note in notes.items()])


def _source(file: str, note_vi: str, note_en: str) -> Source:
    return Source(
        file=file,
        kind="fibre",
        issuer="phusong (invented)",
        licence="Apache-2.0",
        crs="EPSG:4326",
        as_of=AS_OF,
        note_vi=f"Số liệu minh họa: {note_vi}.",
        note_en=f"Illustrative: {note_en}.",
        names_rows_of="villages" if file == "village_services.csv" else None,
    )
