"""Invented roads, railway and waterways: least-effort lines over the illustrative terrain between known corridors."""

import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra

from data.build.draw import Draw
from data.build.land import KM_PER_DEG_LAT, KM_PER_DEG_LON, Land, distance_km, read_land
from data.build.sources import Source, write_sources

NODE_PX = 12  # one node of the net each 12 terrain pixels, about 1.1 km

# code, name, class, points on the way (longitude, latitude)
CORRIDORS: tuple[tuple[str, str, str, tuple[tuple[float, float], ...]], ...] = (
    ("MH-CT24", "Cao tốc Khánh Hòa – Buôn Ma Thuột", "motorway", ((108.08, 12.62), (108.45, 12.70), (109.05, 12.63))),
    (
        "MH-CT01",
        "Cao tốc Bắc – Nam phía Đông",
        "motorway",
        ((109.14, 13.68), (109.17, 13.3), (109.2, 12.98), (109.35, 12.8)),
    ),
    (
        "MH-QL1",
        "Quốc lộ 1",
        "national",
        ((109.2, 13.68), (109.24, 13.45), (109.28, 13.1), (109.33, 12.97), (109.4, 12.82)),
    ),
    (
        "MH-QL14",
        "Quốc lộ 14",
        "national",
        ((108.12, 13.42), (108.2, 13.2), (108.27, 12.92), (108.05, 12.68), (107.9, 12.58)),
    ),
    (
        "MH-QL26",
        "Quốc lộ 26",
        "national",
        ((108.05, 12.68), (108.3, 12.71), (108.46, 12.81), (108.75, 12.74), (109.02, 12.62)),
    ),
    ("MH-QL27", "Quốc lộ 27", "national", ((108.05, 12.68), (108.12, 12.5), (108.18, 12.42), (108.12, 12.2))),
    (
        "MH-QL29",
        "Quốc lộ 29",
        "national",
        ((109.38, 12.95), (109.15, 12.98), (108.9, 12.94), (108.5, 12.97), (108.27, 12.92)),
    ),
    ("MH-QL25", "Quốc lộ 25", "national", ((109.29, 13.08), (109.1, 13.05), (108.97, 13.06), (108.65, 13.25))),
    ("MH-QL14C", "Quốc lộ 14C", "national", ((107.56, 12.68), (107.57, 12.95), (107.63, 13.2), (107.72, 13.34))),
    (
        "MH-QL19C",
        "Quốc lộ 19C",
        "national",
        ((109.05, 13.66), (109.1, 13.38), (108.97, 13.06), (108.9, 12.94), (108.75, 12.74)),
    ),
    (
        "MH-QL29B",
        "Đường Buôn Hồ – Ea Súp – biên giới",
        "national",
        ((108.27, 12.92), (108.05, 13.0), (107.88, 13.08), (107.63, 13.2)),
    ),
    (
        "MH-TSD",
        "Đường Trường Sơn Đông",
        "national",
        ((108.65, 13.25), (108.7, 12.98), (108.75, 12.74), (108.5, 12.52), (108.4, 12.25)),
    ),
    (
        "MH-DS1",
        "Đường sắt Bắc – Nam",
        "railway",
        ((109.17, 13.68), (109.2, 13.4), (109.29, 13.07), (109.34, 12.9), (109.37, 12.8)),
    ),
    ("MH-DT-SB", "Sông Ba", "waterway", ((108.62, 13.3), (108.85, 13.15), (109.05, 13.02), (109.3, 13.06))),
    ("MH-DT-SRP", "Sông Sêrêpôk", "waterway", ((107.95, 12.6), (107.8, 12.82), (107.6, 12.95), (107.5, 12.98))),
)
KIND_OF_CLASS = {"railway": "railway", "waterway": "waterway"}

SOURCE = Source(
    file="roads.geojson",
    kind="roads",
    issuer="phusong (invented)",
    licence="Apache-2.0",
    crs="EPSG:4326",
    as_of="2026-06-30",
    note_vi="Số liệu minh họa: tuyến đường bộ, đường sắt, đường thủy phác theo địa hình; không phải tim tuyến thật.",
    note_en="Illustrative: roads, railway and waterways sketched over the illustrative terrain; not real centre lines.",
)


@dataclass(frozen=True)
class RoadLine:
    """One road as shipped."""

    code: str
    name: str
    road_class: str
    shape: shapely.Geometry


class Net:
    """Nodes over the terrain joined to their eight neighbours; the cost of a step grows with climb and in the sea."""

    def __init__(self, land: Land) -> None:
        self._land = land
        self._height = land.height_m[NODE_PX // 2 :: NODE_PX, NODE_PX // 2 :: NODE_PX].astype(np.float64)
        self._graph = self._build()

    def _build(self) -> csr_array:
        rows, cols = self._height.shape
        number = np.arange(rows * cols).reshape(rows, cols)
        draw = Draw("road net")
        wander = np.array([draw.share() for _ in range(rows * cols)]).reshape(rows, cols) * 0.5
        tails, heads, costs = [], [], []
        for down, right, length in ((0, 1, 1.0), (1, 0, 1.0), (1, 1, 1.4142), (1, -1, 1.4142)):
            here = (slice(0, rows - down), slice(max(0, -right), cols - max(0, right)))
            there = (slice(down, rows), slice(max(0, right), cols - max(0, -right)))
            climb = np.abs(self._height[there] - self._height[here]) / 60.0
            sea = 25.0 * ((self._height[there] <= 0) | (self._height[here] <= 0))
            cost = length * (1.0 + climb + climb * climb + sea) + wander[here] + wander[there]
            tails.append(number[here].ravel())
            heads.append(number[there].ravel())
            costs.append(cost.ravel())
        tail, head, cost = np.concatenate(tails), np.concatenate(heads), np.concatenate(costs)
        size = rows * cols
        both = (np.concatenate([tail, head]), np.concatenate([head, tail]))
        return csr_array(coo_array((np.concatenate([cost, cost]), both), shape=(size, size)))

    def node(self, lon: float, lat: float) -> int:
        """Number of the node nearest to a point."""
        row, col = self._land.pixel(lon, lat)
        return int((row // NODE_PX) * self._height.shape[1] + col // NODE_PX)

    def place(self, node: int) -> tuple[float, float]:
        """Longitude and latitude of a node."""
        row, col = divmod(node, self._height.shape[1])
        step = self._land.recipe.step_deg * NODE_PX
        return self._land.recipe.west + (col + 0.5) * step, self._land.recipe.north - (row + 0.5) * step

    def way(self, start: tuple[float, float], end: tuple[float, float]) -> list[tuple[float, float]]:
        """Points of the least-effort way between two points, which are its first and last."""
        first, last = self.node(*start), self.node(*end)
        _, before = dijkstra(self._graph, indices=first, return_predecessors=True)
        steps = [last]
        while steps[-1] != first:
            steps.append(int(before[steps[-1]]))
        return [start, *[self.place(node) for node in reversed(steps[1:-1])], end]


def smooth(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Round off corners twice (Chaikin), the ends kept."""
    line: NDArray[np.float64] = np.asarray(points, np.float64)
    for _ in range(2):
        near, far = line[:-1] * 0.75 + line[1:] * 0.25, line[:-1] * 0.25 + line[1:] * 0.75
        line = np.concatenate([line[:1], np.stack([near, far], axis=1).reshape(-1, 2), line[-1:]])
    return [(float(x), float(y)) for x, y in line]


@lru_cache(maxsize=1)
def make_roads() -> list[RoadLine]:
    """Corridors first, then provincial roads that join the communes' centres."""
    land = read_land()
    net = Net(land)
    found = [_corridor(net, land, *corridor) for corridor in CORRIDORS]
    for number, (start, end) in enumerate(_links(_centres(land)), start=1):
        shape = _clip(smooth(net.way(start, end)), land)
        found.append(RoadLine(f"MH-DT{number:03d}", f"Đường tỉnh {600 + number} (minh họa)", "provincial", shape))
    return [road for road in found if not road.shape.is_empty]


def _corridor(
    net: Net, land: Land, code: str, name: str, road_class: str, stops: tuple[tuple[float, float], ...]
) -> RoadLine:
    points: list[tuple[float, float]] = []
    for start, end in itertools.pairwise(stops):
        points.extend(net.way(start, end)[1 if points else 0 :])
    return RoadLine(code, f"{name} (minh họa)", road_class, _clip(smooth(points), land))


def _clip(points: Sequence[tuple[float, float]], land: Land) -> shapely.Geometry:
    inside = shapely.LineString(points).simplify(0.0008).intersection(land.province)
    parts = [part for part in getattr(inside, "geoms", [inside]) if part.geom_type == "LineString"]
    return shapely.MultiLineString([part for part in parts if part.length > 0.005])


def _centres(land: Land) -> list[tuple[float, float]]:
    """One town of each commune: the urban one where there is one, else the first."""
    chosen: dict[str, tuple[float, float]] = {}
    for town in sorted(land.towns, key=lambda town: (not town.is_urban, town.commune_code)):
        chosen.setdefault(town.commune_code, (town.lon, town.lat))
    return [chosen[code] for code in sorted(chosen)]


def _links(points: Sequence[tuple[float, float]]) -> Iterable[tuple[tuple[float, float], tuple[float, float]]]:
    """Pairs of neighbours with nobody between them (Gabriel graph), at most 45 km long."""
    for i, first in enumerate(points):
        for second in points[i + 1 :]:
            middle = ((first[0] + second[0]) / 2, (first[1] + second[1]) / 2)
            length_km = distance_km(*first, *second)
            others = (point for point in points if point not in (first, second))
            if length_km <= 45 and all(distance_km(*middle, *point) > length_km / 2 for point in others):
                yield first, second


def road_cells(land: Land) -> NDArray[np.bool_]:
    """Terrain pixels within about 1 km of a road (waterways excepted), for placing villages and masts."""
    near = np.zeros(land.height_m.shape, np.bool_)
    reach = 11
    for road in make_roads():
        if road.road_class == "waterway":
            continue
        for lon, lat in shapely.get_coordinates(shapely.segmentize(road.shape, 0.005)):
            row, col = land.pixel(lon, lat)
            near[row - reach : row + reach + 1, col - reach : col + reach + 1] = True
    return near


def build(data_folder: Path) -> None:
    """Write `roads/roads.geojson` and its SOURCES.yaml."""
    lines = [json.dumps(_feature(road), ensure_ascii=False, separators=(",", ":")) for road in make_roads()]
    head = '{"type":"FeatureCollection","name":"roads","features":[\n'
    folder = data_folder / "roads"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SOURCE.file).write_text(head + ",\n".join(lines) + "\n]}\n", encoding="utf-8")
    write_sources(folder, [SOURCE])


def _feature(road: RoadLine) -> dict[str, object]:
    coordinates = [[[round(x, 4), round(y, 4)] for x, y in part.coords] for part in road.shape.geoms]
    properties = {"code": road.code, "name": road.name, "class": road.road_class}
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "MultiLineString", "coordinates": coordinates},
    }


def length_km(shape: shapely.Geometry) -> float:
    """Length of a line in kilometres."""
    return float(shapely.transform(shape, lambda xy: xy * np.array([KM_PER_DEG_LON, KM_PER_DEG_LAT])).length)
