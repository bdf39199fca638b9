"""Places and roads from foreign files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geo.domain.codes import normalise_label, normalise_name
from geo.domain.grid import WGS84
from geo.intake.communes import find_communes
from geo.intake.coordinates import KnownArea, parse_crs, read_positions, to_wgs84
from geo.intake.limits import IntakeLimits
from geo.intake.tables import Batch
from geo.intake.territory import Territory
from geo.intake.validation import POSITION, Needed, require_columns
from geo.intake.values import parse_word

_NAME = Needed((("name",),), "tên địa điểm", "name of the place")
_CLASS = Needed((("place_class",),), "loại địa điểm", "class of the place")
_ROAD_CLASS = Needed((("road_class",),), "loại đường", "class of the road")


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanPlace:
    """One accepted place."""

    index: int
    code: str
    name: str
    place_class: str
    commune_code: str | None
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanRoad:
    """One accepted road; `geom` is a multilinestring in EPSG:4326."""

    index: int
    code: str
    name: str | None
    road_class: str
    geom: Any


def clean_places(
    batch: Batch, *, crs: str | None, area: KnownArea, territory: Territory, limits: IntakeLimits
) -> list[CleanPlace]:
    """Return the places of a batch, noting every problem."""
    require_columns(batch, [POSITION, _NAME, _CLASS])
    batch.refuse_long_texts()
    batch.fold_equal_rows()
    positions = read_positions(batch, crs=crs, area=area, required=True)
    communes = find_communes(batch, positions, territory, limits)
    classes = _classes(batch, "place_class")
    names = batch.texts("name")
    batch.report("no_name", [i for i in map(int, batch.usable()) if names[i] is None], name="name")
    codes = _codes(batch, [_place_key(names[i], positions.lon[i], positions.lat[i]) for i in range(batch.size)])
    return [
        CleanPlace(
            index=i,
            code=codes[i],
            name=str(names[i]),
            place_class=str(classes[i]),
            commune_code=communes[i].code,
            lon=float(positions.lon[i]),
            lat=float(positions.lat[i]),
        )
        for i in map(int, batch.usable())
    ]


def _place_key(name: str | None, lon: float, lat: float) -> str:
    return f"{normalise_name(name or '')}{lat:+.5f}{lon:+.5f}"


def clean_roads(batch: Batch, *, crs: str | None) -> list[CleanRoad]:
    """Return the roads of a batch; classes of OpenStreetMap (`highway`, `fclass`) become those of the service."""
    require_columns(batch, [_ROAD_CLASS])
    batch.refuse_long_texts()
    batch.fold_equal_rows()
    classes = _classes(batch, "road_class")
    shapes = _lines(batch, crs)
    names, references = batch.texts("name"), batch.texts("reference")
    codes = _codes(batch, ["" if shape is None else _line_key(shape) for shape in shapes])
    return [
        CleanRoad(
            index=i,
            code=codes[i],
            name=names[i] or references[i],
            road_class=str(classes[i]),
            geom=shapes[i],
        )
        for i in map(int, batch.usable())
    ]


def _line_key(shape: Any) -> str:
    lon, lat = shapely.get_coordinates(shape)[0]
    return f"{lat:+.6f}{lon:+.6f}-{shapely.get_num_coordinates(shape)}"


def _classes(batch: Batch, name: str) -> list[str | None]:
    """Return the class of each row; a word that is not listed becomes a class of its own, with a warning."""
    raw = batch.texts(name)
    classes: list[str | None] = []
    unknown: dict[str, list[int]] = {}
    for i, text in enumerate(raw):
        meaning = parse_word(text, name)
        if text is not None and not isinstance(meaning, str):
            meaning = re.sub(r"\s+", "_", normalise_label(text)) or None
            if not batch.bad[i] and not batch.folded[i]:
                unknown.setdefault(text, []).append(i)
        classes.append(meaning if isinstance(meaning, str) else None)
    for text, rows in unknown.items():
        batch.report_folded("unknown_class", rows, name=name, text=text)
    batch.report("no_class", [i for i in map(int, batch.usable()) if classes[i] is None], name=name)
    return classes


def _codes(batch: Batch, made: Sequence[str]) -> list[str]:
    """Return the code of each row, made of what describes it where the file has none; twice the same is an error."""
    declared = batch.texts("code")
    codes: list[str] = []
    first: dict[str, int] = {}
    for i in range(batch.size):
        code = declared[i] or made[i]
        codes.append(code)
        if batch.bad[i] or batch.folded[i]:
            continue
        if code in first:
            batch.report_repeated("code_twice", i, first=first[code], name="code", value=code)
        first.setdefault(code, i)
    return codes


def _lines(batch: Batch, crs: str | None) -> list[Any]:
    shapes: list[Any] = [None] * batch.size
    given = batch.geometry if batch.geometry is not None else np.full(batch.size, None, dtype=object)
    for i in map(int, batch.usable()):
        shape = given[i]
        if shape is None or shape.is_empty or shape.geom_type not in ("LineString", "MultiLineString"):
            batch.report("no_line", [i])
            continue
        flat = shapely.force_2d(shape)
        moved = _to_degrees(flat, crs or batch.origin_of(i).table.crs or WGS84)
        if moved is None:
            batch.report("shape_out_of_range", [i], value=str(flat.bounds), crs=crs)
            continue
        shapes[i] = moved if moved.geom_type == "MultiLineString" else shapely.MultiLineString([moved])
    return shapes


def _to_degrees(shape: Any, crs: str) -> Any:
    system = parse_crs(crs)
    if system.to_epsg() != 4326:
        shape = shapely.transform(shape, lambda xy: np.column_stack(to_wgs84(system, xy[:, 0], xy[:, 1])))
    west, south, east, north = shape.bounds
    possible = (
        np.isfinite(shape.bounds).all() and max(abs(west), abs(east)) <= 180 and max(abs(south), abs(north)) <= 90
    )
    return shape if possible else None
