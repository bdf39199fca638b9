"""Approximate commune polygons from old wards' boxes: illustrative, and labelled so.

Method: each pixel goes to the old ward whose box contains it with the smallest normalised distance to the box's centre
(wards of neighbouring provinces included, which draws the province's outline); the distance is then balanced so that
the communes approach their official areas; small splinters are merged; shared edges are simplified together.
"""

import csv
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import rasterio.features
import shapely
from affine import Affine
from numpy.typing import NDArray

from data.build.country import read_outline
from data.build.paths import OUTLINE
from data.build.sources import Source, write_sources
from data.build.units import (
    AREA_NOT_TRUSTED,
    PROVINCE_AREA_KM2,
    PROVINCE_CODE,
    PROVINCE_NAME,
    NewUnit,
    OldUnit,
    package_folder,
    read_new_units,
    read_old_units,
)

WEST, SOUTH, EAST, NORTH = 107.3, 12.0, 109.6, 13.9
STEP_DEG = 0.0025
KM2_PER_DEG2 = 111.195**2 * 0.9748  # at latitude 12.9
BALANCE_ROUNDS = 4
SPLINTER_PIXELS = 40
SIMPLIFY_DEG = 0.005
OUTSIDE = -1

PACKAGE_LICENCE = "MIT (PyPI vietnamadminunits 1.0.4)"
SOURCES = (
    Source(
        file="communes.geojson",
        kind="boundaries",
        issuer="phusong, from PyPI vietnamadminunits 1.0.4; coast and border: npm world-atlas 2.0.2 (Natural Earth)",
        licence=f"{PACKAGE_LICENCE}; Natural Earth: public domain",
        crs="EPSG:4326",
        as_of="2025-07-01",
        note_vi="Số liệu minh họa: ranh giới gần đúng, dựng từ khung bao của xã, phường cũ; không có giá trị pháp lý.",
        note_en="Illustrative: approximate boundaries made from the old wards' boxes; of no legal value.",
    ),
    Source(
        file="crosswalk.csv",
        kind="boundaries",
        issuer="phusong, from PyPI vietnamadminunits 1.0.4",
        licence=PACKAGE_LICENCE,
        crs=None,
        as_of="2025-07-01",
        note_vi="Bảng chuyển đổi 286 đơn vị cấp xã cũ sang 102 xã, phường mới; split = yes là đơn vị bị chia.",
        note_en="286 old communes to the 102 new ones; split = yes marks a divided unit.",
    ),
)


@dataclass(frozen=True)
class Frame:
    """Pixel centres (rows from the north, degrees) and which of them are land of the country."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    land: NDArray[np.bool_]


def make_frame() -> Frame:
    """The pixel grid of the tessellation."""
    cols, rows = round((EAST - WEST) / STEP_DEG), round((NORTH - SOUTH) / STEP_DEG)
    lon = WEST + (np.arange(cols) + 0.5) * STEP_DEG
    lat = NORTH - (np.arange(rows) + 0.5) * STEP_DEG
    grid_lon, grid_lat = np.meshgrid(lon, lat)
    return Frame(grid_lon, grid_lat, shapely.contains_xy(read_outline(OUTLINE), grid_lon, grid_lat))


def usable_boxes(old_units: list[OldUnit], *, new_units: list[NewUnit]) -> list[OldUnit]:
    """Boxes inside the frame, with the package's geocoding faults mended.

    A box shared by several units is its district's: it becomes a square round the new commune. A box too small for its
    share of the commune is widened about its centre. Boxes of neighbours above 2,000 km² are whole districts: left out.
    """
    new_of = {unit.code: unit for unit in new_units}
    wards_of: dict[str, int] = {}
    seen: dict[tuple[float, ...], int] = {}
    for unit in old_units:
        seen[_corners(unit)] = seen.get(_corners(unit), 0) + 1
        for code in unit.new_codes:
            wards_of[code] = wards_of.get(code, 0) + 1
    kept = []
    for unit in old_units:
        if unit.east < WEST or unit.west > EAST or unit.north < SOUTH or unit.south > NORTH:
            continue
        if not unit.new_codes:
            if unit.box_area_deg2 * KM2_PER_DEG2 <= 2_000:
                kept.append(unit)
            continue
        heir = new_of[unit.new_codes[0]]
        share_deg2 = heir.area_km2 / wards_of[heir.code] / KM2_PER_DEG2
        kept.append(_mended(unit, heir=heir, share_deg2=share_deg2, shared=seen[_corners(unit)] > 1))
    return kept


def _corners(unit: OldUnit) -> tuple[float, ...]:
    return (unit.west, unit.south, unit.east, unit.north)


def _mended(unit: OldUnit, *, heir: NewUnit, share_deg2: float, shared: bool) -> OldUnit:
    if shared:
        half = (2 * share_deg2) ** 0.5
        return replace(unit, west=heir.lon - half, east=heir.lon + half, south=heir.lat - half, north=heir.lat + half)
    if unit.box_area_deg2 >= share_deg2:
        return unit
    grow = (share_deg2 / unit.box_area_deg2) ** 0.5
    lon, lat = (unit.west + unit.east) / 2, (unit.south + unit.north) / 2
    half_lon, half_lat = (unit.east - unit.west) / 2 * grow, (unit.north - unit.south) / 2 * grow
    return replace(unit, west=lon - half_lon, east=lon + half_lon, south=lat - half_lat, north=lat + half_lat)


def tessellate(
    frame: Frame, boxes: list[OldUnit], *, new_units: list[NewUnit], handicap: NDArray[np.float64]
) -> NDArray[np.int32]:
    """Index into `new_units` for each pixel, OUTSIDE elsewhere; `handicap` is added to a commune's distances."""
    index = {unit.code: i for i, unit in enumerate(new_units)}
    best = np.full(frame.lon.shape, np.inf)
    label = np.full(frame.lon.shape, OUTSIDE, np.int32)
    for box in boxes:
        rows, cols = _window(box, frame.lon.shape)
        lon, lat = frame.lon[rows, cols], frame.lat[rows, cols]
        across = (lon - (box.west + box.east) / 2) / ((box.east - box.west) / 2)
        along = (lat - (box.south + box.north) / 2) / ((box.north - box.south) / 2)
        owner = _owner(box, lon, lat, new_units=new_units, index=index)
        distance = across**2 + along**2 + np.where(owner >= 0, handicap[owner], 0.0)
        wins = (np.abs(across) <= 1) & (np.abs(along) <= 1) & (distance < best[rows, cols])
        best[rows, cols][wins] = distance[wins]
        label[rows, cols][wins] = owner[wins]
    return np.where(frame.land, label, OUTSIDE).astype(np.int32)


def _window(box: OldUnit, shape: tuple[int, ...]) -> tuple[slice, slice]:
    top, bottom = int((NORTH - box.north) / STEP_DEG), int((NORTH - box.south) / STEP_DEG) + 1
    left, right = int((box.west - WEST) / STEP_DEG), int((box.east - WEST) / STEP_DEG) + 1
    return slice(max(0, top), min(shape[0], max(0, bottom))), slice(max(0, left), min(shape[1], max(0, right)))


def _owner(
    box: OldUnit, lon: NDArray[np.float64], lat: NDArray[np.float64], *, new_units: list[NewUnit], index: dict[str, int]
) -> NDArray[np.int32]:
    """Commune of each pixel of a box; in a split unit the successor whose centre is nearest."""
    if not box.new_codes:
        return np.full(lon.shape, OUTSIDE, np.int32)
    numbers = np.array([index[code] for code in box.new_codes], np.int32)
    away = np.stack([(lon - new_units[i].lon) ** 2 + (lat - new_units[i].lat) ** 2 for i in numbers])
    owner: NDArray[np.int32] = numbers[away.argmin(axis=0)]
    return owner


def balanced_labels(frame: Frame, boxes: list[OldUnit], *, new_units: list[NewUnit]) -> NDArray[np.int32]:
    """Tessellate, then handicap communes that came out too large and favour those too small, a few rounds."""
    target = np.array([unit.area_km2 for unit in new_units])
    trusted = np.array([unit.code not in AREA_NOT_TRUSTED for unit in new_units])
    handicap = np.zeros(len(new_units))
    for _ in range(BALANCE_ROUNDS):
        label = tessellate(frame, boxes, new_units=new_units, handicap=handicap)
        pixels = np.bincount(label[label >= 0], minlength=len(new_units))
        ratio = np.maximum(pixels * STEP_DEG**2 * KM2_PER_DEG2, 1.0) / target
        handicap += np.where(trusted, np.clip(np.log(ratio) * 0.35, -0.3, 0.3), 0.0)
    label = tessellate(frame, boxes, new_units=new_units, handicap=np.round(handicap, 6))
    return np.asarray(rasterio.features.sieve(label, size=SPLINTER_PIXELS, connectivity=4), np.int32)


def polygons(label: NDArray[np.int32], count: int) -> list[shapely.MultiPolygon]:
    """Dissolve the labels and simplify shared edges together, so that no gap or overlap appears."""
    transform = Affine(STEP_DEG, 0.0, WEST, 0.0, -STEP_DEG, NORTH)
    parts: list[list[shapely.Geometry]] = [[] for _ in range(count)]
    for geometry, value in rasterio.features.shapes(label, mask=label >= 0, connectivity=4, transform=transform):
        # every pixel corner becomes a vertex: a straight side must have one where a neighbour's side ends on it
        rings = [shapely.segmentize(shapely.LinearRing(ring), STEP_DEG * 1.01) for ring in geometry["coordinates"]]
        corners = [[(round(x, 4), round(y, 4)) for x, y in ring.coords] for ring in rings]
        parts[int(value)].append(shapely.Polygon(corners[0], corners[1:]))
    dissolved = [shapely.MultiPolygon(sorted(found, key=lambda part: part.bounds)) for found in parts]
    simple = shapely.coverage_simplify(np.array(dissolved, dtype=object), SIMPLIFY_DEG)
    return [as_multi(shapely.normalize(geometry)) for geometry in simple]


def as_multi(geometry: shapely.Geometry) -> shapely.MultiPolygon:
    """The same area as a MultiPolygon."""
    if isinstance(geometry, shapely.Polygon):
        return shapely.MultiPolygon([geometry])
    if isinstance(geometry, shapely.MultiPolygon):
        return geometry
    raise TypeError(f"expected an area, got {geometry.geom_type}")


def boundary_features(folder: Path) -> list[dict[str, object]]:
    """The province first, then the 102 communes in the order of their codes, as GeoJSON features."""
    new_units = read_new_units(folder)
    boxes = usable_boxes(read_old_units(folder, new_units=new_units), new_units=new_units)
    shapes = polygons(balanced_labels(make_frame(), boxes, new_units=new_units), len(new_units))
    whole = as_multi(shapely.normalize(shapely.coverage_union_all(shapes)))
    features = [_feature(PROVINCE_CODE, PROVINCE_NAME, "tỉnh", PROVINCE_AREA_KM2, whole)]
    for unit, geometry in zip(new_units, shapes, strict=True):
        area_km2 = None if unit.code in AREA_NOT_TRUSTED else round(unit.area_km2, 2)
        features.append(_feature(unit.code, unit.full_name, unit.kind, area_km2, geometry))
    return features


def _feature(
    code: str, name: str, kind: str, area_km2: float | None, geometry: shapely.MultiPolygon
) -> dict[str, object]:
    properties = {
        "code": code,
        "name": name,
        "type": kind,
        "official_area_km2": area_km2,
        "valid_from": "2025-07-01",
    }
    coordinates = [
        [[[round(x, 4), round(y, 4)] for x, y in ring.coords] for ring in (part.exterior, *part.interiors)]
        for part in geometry.geoms
    ]
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "MultiPolygon", "coordinates": coordinates},
    }


def write_boundaries(folder: Path, target: Path) -> None:
    """Write the GeoJSON file, one feature a line, so that changes can be read."""
    lines = [json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in boundary_features(folder)]
    head = '{"type":"FeatureCollection","name":"communes","features":[\n'
    target.write_text(head + ",\n".join(lines) + "\n]}\n", encoding="utf-8")


def write_crosswalk(folder: Path, target: Path) -> None:
    """Write the crosswalk of the 286 old units to the 102 communes: one row per old unit and successor."""
    new_units = read_new_units(folder)
    name_of = {unit.code: unit.full_name for unit in new_units}
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["old_code", "old_name", "old_province", "new_code", "new_name", "split"])
        for old in read_old_units(folder, new_units=new_units):
            for code in old.new_codes:
                split = "yes" if len(old.new_codes) > 1 else "no"
                writer.writerow([old.code, old.name, old.province, code, name_of[code], split])


def build(data_folder: Path) -> None:
    """Make `boundaries/communes.geojson`, `boundaries/crosswalk.csv` and their SOURCES.yaml."""
    folder = package_folder()
    if folder is None:
        raise SystemExit("vietnamadminunits is not installed: pip install vietnamadminunits==1.0.4")
    write_boundaries(folder, data_folder / "boundaries" / "communes.geojson")
    write_crosswalk(folder, data_folder / "boundaries" / "crosswalk.csv")
    write_sources(data_folder / "boundaries", SOURCES)
