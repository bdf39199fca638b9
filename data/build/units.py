"""Old and new administrative units, as the registry package `vietnamadminunits` (MIT) knows them."""

import importlib.util
import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PACKAGE = "vietnamadminunits"
VERSION = "1.0.4"
PROVINCE_KEY = "tinhdaklak"
PROVINCE_CODE = "66"
PROVINCE_NAME = "Tỉnh Đắk Lắk"
PROVINCE_POPULATION = 3_346_853
PROVINCE_AREA_KM2 = 18_096.4

AREA_NOT_TRUSTED = frozenset(
    ("22057", "22258", "24163", "24184", "24259", "24280", "24286", "24352", "24436", "24526", "24604")
)
"""Communes whose area in the package differs by more than 0.4 % from the published one: shipped without an area."""


@dataclass(frozen=True)
class NewUnit:
    """One of the 102 communes."""

    code: str
    name: str
    kind: str
    key: str
    lon: float
    lat: float
    area_km2: float

    @property
    def full_name(self) -> str:
        """Name with its type in front, as in the resolution: "Phường Tuy Hòa"."""
        return f"{self.kind.capitalize()} {self.name}"


@dataclass(frozen=True)
class OldUnit:
    """A ward or commune before 1 July 2025, with its bounding box in degrees; no `new_codes` outside the province."""

    code: str
    name: str
    kind: str
    province: str
    lon: float
    lat: float
    west: float
    south: float
    east: float
    north: float
    new_codes: tuple[str, ...]

    @property
    def box_area_deg2(self) -> float:
        """Area of the bounding box in square degrees."""
        return (self.east - self.west) * (self.north - self.south)


def package_folder() -> Path | None:
    """Folder of the installed package's data, or None where it is not installed (it is needed by builders only)."""
    found = importlib.util.find_spec(PACKAGE)
    return None if found is None or found.origin is None else Path(found.origin).parent / "data"


def read_new_units(folder: Path) -> list[NewUnit]:
    """The 102 communes in the order of their codes."""
    sql = (
        "SELECT wardCode, wardShort, wardType, wardKey, wardLon, wardLat, wardAreaKm2 "
        "FROM admin_units WHERE provinceKey = ? ORDER BY wardCode"
    )
    with sqlite3.connect(folder / "dataset.db") as connection:
        rows = connection.execute(sql, (PROVINCE_KEY,)).fetchall()
    return [NewUnit(code, name, kind.lower(), key, lon, lat, area) for code, name, kind, key, lon, lat, area in rows]


def read_old_units(folder: Path, *, new_units: list[NewUnit]) -> list[OldUnit]:
    """All old units of the country that have a box, in the order of their codes."""
    successors = _successors(folder, new_units=new_units)
    sql = (
        "SELECT wardCode, ward, wardType, province, wardLon, wardLat, wardBounds, "
        "provinceKey || '_' || districtKey || '_' || wardKey FROM admin_units_legacy "
        "WHERE wardBounds LIKE '%,% – %,%' ORDER BY wardCode"
    )
    with sqlite3.connect(folder / "dataset.db") as connection:
        rows = connection.execute(sql).fetchall()
    return [_old_unit(row, successors) for row in rows]


def _old_unit(row: tuple[Any, ...], successors: dict[str, tuple[str, ...]]) -> OldUnit:
    code, name, kind, province, lon, lat, bounds, key = row
    (south, west), (north, east) = (tuple(map(float, corner.split(","))) for corner in bounds.split(" – "))
    return OldUnit(code, name, kind.lower(), province, lon, lat, west, south, east, north, successors.get(key, ()))


def _successors(folder: Path, *, new_units: list[NewUnit]) -> dict[str, tuple[str, ...]]:
    """New codes by the old unit's key: one for a whole unit, several for a split one (the default one first)."""
    tables: dict[str, Any] = json.loads((folder / "converter_2025.json").read_text(encoding="utf-8"))
    code_of = {unit.key: unit.code for unit in new_units}
    found: dict[str, tuple[str, ...]] = {}
    for new_key, old_keys in tables["DICT_PROVINCE_WARD_NO_DIVIDED"][PROVINCE_KEY].items():
        found.update(dict.fromkeys(old_keys, (code_of[new_key],)))
    for old_key, parts in tables["DICT_PROVINCE_WARD_DIVIDED"][PROVINCE_KEY].items():
        ordered = sorted(parts, key=lambda part: (not part["isDefaultNewWard"], part["newWardKey"]))
        found[old_key] = tuple(code_of[part["newWardKey"]] for part in ordered)
    return found
