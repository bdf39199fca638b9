"""Communes and provinces from foreign files: codes, names, types and valid shapes in EPSG:4326."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import shapely
from pyproj import Geod

from geo.domain.admin import PROVINCE_TYPES, UnitDirectory, UnitType, unit_type_from_name
from geo.domain.codes import commune_code, normalise_name, province_code
from geo.domain.grid import WGS84
from geo.intake.coordinates import parse_crs, to_wgs84
from geo.intake.limits import IntakeLimits
from geo.intake.tables import Batch
from geo.intake.validation import counts, dates, numbers
from geo.intake.values import parse_word
from geo.parameters.loader import read_file

_GEOD = Geod(ellps="WGS84")
_HECTARES_PER_KM2 = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanUnit:
    """One accepted unit; `geom` is a valid multipolygon in EPSG:4326."""

    index: int
    code: str
    name: str
    unit_type: UnitType
    parent_code: str | None
    geom: Any
    official_area_km2: float | None
    population: int | None
    households: int | None
    valid_from: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanOldUnit:
    """One accepted row of a crosswalk."""

    old_code: str
    old_name: str
    old_parent_name: str | None
    new_code: str
    share: float | None
    changed_on: dt.date | None


def is_crosswalk(batch: Batch) -> bool:
    """Tell whether the rows say which new unit took an old one, rather than draw units."""
    return batch.has("old_code") and batch.has("new_code")


def clean_crosswalk(batch: Batch) -> list[CleanOldUnit]:
    """Return the rows of a crosswalk; a row without two commune codes is an error."""
    batch.refuse_long_texts()
    batch.fold_equal_rows()
    old_codes, new_codes = batch.parsed("old_code", commune_code), batch.parsed("new_code", commune_code)
    for name, codes in (("old_code", old_codes), ("new_code", new_codes)):
        batch.report("bad_unit_code", [i for i in range(batch.size) if codes[i] is None], name=name)
    names, parents = batch.texts("old_name"), batch.texts("old_parent_name")
    shares = numbers(batch, "share", minimum=0.0, maximum=1.0)
    changed = dates(batch, "changed_on")
    return [
        CleanOldUnit(
            old_code=old_codes[i],
            old_name=names[i] or old_codes[i],
            old_parent_name=parents[i],
            new_code=new_codes[i],
            share=shares[i],
            changed_on=changed[i],
        )
        for i in map(int, batch.usable())
    ]


def clean_units(batch: Batch, *, crs: str | None, known: UnitDirectory, limits: IntakeLimits) -> list[CleanUnit]:
    """Return the units of a batch, noting every problem of their codes, names and shapes."""
    batch.refuse_long_texts()
    batch.fold_equal_rows()
    full_names, names = batch.texts("full_name"), batch.texts("name")
    types = _types(batch, full_names, names)
    codes = _codes(batch, types, [full or name for full, name in zip(full_names, names, strict=True)], known)
    _refuse_repeated(batch, codes)
    shapes = _shapes(batch, crs, limits)
    areas = _official_areas(batch)
    population, households = counts(batch, "population"), counts(batch, "households")
    since = dates(batch, "valid_from")
    parents = batch.parsed("parent_code", province_code)
    units = []
    for i in map(int, batch.usable()):
        code = str(codes[i])
        unit_type = types[i] or _type_of_known(batch, i, code, known)
        units.append(
            CleanUnit(
                index=i,
                code=code,
                name=full_names[i] or _full_name(names[i], unit_type, code),
                unit_type=unit_type,
                parent_code=parents[i],
                geom=shapes[i],
                official_area_km2=areas[i],
                population=population[i],
                households=households[i],
                valid_from=since[i],
            )
        )
    _compare_areas(batch, units, limits)
    return units


def geodesic_area_km2(shape: Any) -> float:
    """Return the area of a shape in EPSG:4326 on the WGS 84 ellipsoid."""
    area_m2, _ = _GEOD.geometry_area_perimeter(shapely.orient_polygons(shape))
    return float(abs(area_m2)) / 1e6


def province_name(code: str, parameters_dir: Path | None) -> tuple[str, UnitType]:
    """Return the name and type of a province by its code; one that is not listed is called by its code."""
    listed: Mapping[str, str] = read_file("intake/provinces", parameters_dir=parameters_dir).content["provinces"]
    name = listed.get(code, f"Tỉnh {code}")
    return name, unit_type_from_name(name) or UnitType.PROVINCE


def _types(batch: Batch, full_names: list[str | None], names: list[str | None]) -> list[UnitType | None]:
    declared = batch.parsed("unit_type", lambda value: parse_word(value, "unit_type"))
    types: list[UnitType | None] = []
    for i in range(batch.size):
        word = declared[i] if isinstance(declared[i], str) else None
        named = unit_type_from_name(full_names[i] or "") or unit_type_from_name(names[i] or "")
        types.append(UnitType(word) if word else named)
    return types


def _codes(
    batch: Batch, types: list[UnitType | None], names: list[str | None], known: UnitDirectory
) -> list[str | None]:
    codes: list[str | None] = []
    raw = batch.column("code")
    for i in range(batch.size):
        parse = province_code if types[i] in PROVINCE_TYPES else commune_code
        codes.append(parse(raw[i]) or (None if raw[i] is not None else _code_otherwise(batch, i, names[i], known)))
    batch.report("bad_unit_code", [i for i in range(batch.size) if codes[i] is None], name="code")
    return codes


def _code_otherwise(batch: Batch, index: int, name: str | None, known: UnitDirectory) -> str | None:
    """Return the code from the file's own name ("24133.geojson"), or of the known unit with this name."""
    stem = PurePosixPath(batch.origin_of(index).table.file).stem
    found = re.search(r"(?<!\d)\d{5}(?!\d)", stem)
    if found:
        return found.group()
    return known.find_name(name).code if name else None


def _refuse_repeated(batch: Batch, codes: list[str | None]) -> None:
    first: dict[str, int] = {}
    for i in map(int, batch.usable()):
        code = codes[i]
        if code is None:
            continue
        if code in first:
            batch.report_repeated("unit_twice", i, first=first[code], name="code", value=code)
        first.setdefault(code, i)


def _type_of_known(batch: Batch, index: int, code: str, known: UnitDirectory) -> UnitType:
    unit = known.by_code.get(code)
    found = unit_type_from_name(unit.name) if unit else None
    if found is None:
        batch.report("unit_type_assumed", [index], name="unit_type")
    return found or UnitType.COMMUNE


def _full_name(name: str | None, unit_type: UnitType, code: str) -> str:
    if name is None:
        return f"{unit_type.value.capitalize()} {code}"
    has_type = normalise_name(name).startswith(normalise_name(unit_type.value)) and unit_type_from_name(name)
    return name if has_type else f"{unit_type.value.capitalize()} {name}"


def _official_areas(batch: Batch) -> list[float | None]:
    square_km = numbers(batch, "official_area_km2", minimum=0.0)
    hectares = numbers(batch, "official_area_ha", minimum=0.0)
    areas = []
    for area_km2, area_ha in zip(square_km, hectares, strict=True):
        area = area_km2 if area_km2 is not None or area_ha is None else area_ha / _HECTARES_PER_KM2
        areas.append(area or None)
    return areas


def _compare_areas(batch: Batch, units: list[CleanUnit], limits: IntakeLimits) -> None:
    for unit in units:
        if unit.official_area_km2:
            drawn_km2 = geodesic_area_km2(unit.geom)
            difference = drawn_km2 / unit.official_area_km2 - 1.0
            if abs(difference) > limits.official_area_share:
                batch.report(
                    "area_differs",
                    [unit.index],
                    name="official_area_km2",
                    value=unit.official_area_km2,
                    drawn=f"{drawn_km2:.2f}",
                    difference=f"{difference:+.1%}",
                )


def _shapes(batch: Batch, crs: str | None, limits: IntakeLimits) -> list[Any]:
    shapes: list[Any] = [None] * batch.size
    given = batch.geometry if batch.geometry is not None else np.full(batch.size, None, dtype=object)
    flat = shapely.force_2d(given)
    for i in range(batch.size):
        if batch.bad[i] or batch.folded[i]:
            continue
        shape = flat[i]
        if shape is None or shape.is_empty or shape.geom_type not in ("Polygon", "MultiPolygon"):
            batch.report("no_polygon", [i])
            continue
        own_crs = batch.origin_of(i).table.crs
        shapes[i] = _valid_shape(batch, i, shape, crs or own_crs or WGS84, limits)
    return shapes


def _valid_shape(batch: Batch, index: int, shape: Any, crs: str, limits: IntakeLimits) -> Any:
    repaired = _repaired(batch, index, shape, limits)
    if repaired is None:
        return None
    in_degrees = _in_degrees(batch, index, repaired, crs)
    if in_degrees is None:
        return None
    if not in_degrees.is_valid:
        in_degrees = _polygons_of(shapely.make_valid(in_degrees))
    return shapely.normalize(_multi(in_degrees))


def _repaired(batch: Batch, index: int, shape: Any, limits: IntakeLimits) -> Any:
    if shape.is_valid:
        return shape
    reason = shapely.is_valid_reason(shape)
    fixed = _polygons_of(shapely.make_valid(shape))
    # Of a ring that crosses itself the parts count with opposite signs, so this area shows how much is in doubt.
    before, after = abs(shape.area), fixed.area
    change = abs(after - before) / max(after, before) if max(after, before) > 0 else 1.0
    code = "polygon_crosses_itself" if change > limits.repaired_area_share else "polygon_repaired"
    batch.report(code, [index], value=reason, change=f"{change:.2%}", limit=f"{limits.repaired_area_share:.0%}")
    return None if change > limits.repaired_area_share else fixed


def _polygons_of(shape: Any) -> Any:
    parts = [part for part in shapely.get_parts(shape, return_index=False) if part.geom_type.endswith("Polygon")]
    return shapely.union_all(parts) if parts else shapely.MultiPolygon()


def _multi(shape: Any) -> Any:
    return shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])


def _in_degrees(batch: Batch, index: int, shape: Any, crs: str) -> Any:
    system = parse_crs(crs)
    west, south, east, north = shape.bounds
    if system.is_geographic:
        if max(abs(south), abs(north)) > 90 and max(abs(west), abs(east)) <= 90 and max(abs(south), abs(north)) <= 180:
            batch.report("axes_swapped", [index])
            shape = shapely.transform(shape, lambda xy: xy[:, ::-1])
        elif max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
            batch.report("shape_out_of_range", [index], value=f"{west:.0f}, {south:.0f}", crs=crs)
            return None
    if system.to_epsg() == 4326:
        return shape
    moved = shapely.transform(shape, lambda xy: np.column_stack(to_wgs84(system, xy[:, 0], xy[:, 1])))
    if not np.isfinite(moved.bounds).all():
        batch.report("shape_out_of_range", [index], value=f"{west:.0f}, {south:.0f}", crs=crs)
        return None
    return moved
