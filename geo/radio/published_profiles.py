"""Validation files of ITU-R Study Group 3: terrain profile, climate and cases of a path, as they are published."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from geo.errors import BadInputError, UnreadableFileError
from geo.radio.profiles import Profile, Zone, profile_of_points, read_utf8, shown_name

POLARIZATIONS = {1: "horizontal", 2: "vertical"}
COUNT = "Number of Points"
# Where a line of measurements holds what, and what that is called in both languages.
_CASE = {
    "frequency_mhz": (0, "frequency", "tần số"),
    "tx_height_m": (1, "transmitter height", "chiều cao anten phát"),
    "rx_height_m": (3, "receiver height", "chiều cao anten thu"),
    "polarization": (4, "polarisation", "phân cực"),
    "erp_dbw": (12, "total e.r.p.", "tổng công suất bức xạ (e.r.p.)"),
    "time_percent": (14, "time percentage", "phần trăm thời gian"),
    "field_strength_dbuvm": (16, "field strength", "cường độ trường"),
    "loss_db": (17, "basic transmission loss", "suy hao truyền dẫn cơ bản"),
}
_POINT = {
    "distance_km": (0, "distance", "khoảng cách"),
    "terrain_m": (1, "height", "độ cao"),
    "clutter_m": (3, "clutter height", "chiều cao lớp phủ"),
    "zone": (4, "zone", "vùng"),
}
Line = tuple[int, str]
Layout = dict[str, tuple[int, str, str]]
T = TypeVar("T")


@dataclass(frozen=True)
class PublishedCase:
    """One line of measurements of a validation file; what it states as result may be left empty."""

    frequency_mhz: float
    tx_height_m: float
    rx_height_m: float
    vertical: bool
    erp_dbw: float
    time_percent: float
    field_strength_dbuvm: float | None
    loss_db: float | None


@dataclass(frozen=True)
class PublishedProfile:
    """A validation file: profile, climate and cases; `latitude_deg` is that of the middle of the path."""

    profile: Profile
    latitude_deg: float
    delta_n: float
    surface_refractivity: float
    cases: tuple[PublishedCase, ...]


def read_published_profile(path: Path) -> PublishedProfile:
    """Read a validation file of ITU-R Study Group 3 ("profiles/*.csv") as it is published.

    Raises:
        UnreadableFileError: the file is missing, not UTF-8, or lacks a section or field of such a file.
        BadInputError: a line that cannot be read, which is named; positions that are none; another number of points
            than the file states; or see `Profile`.
    """
    name = shown_name(path)
    lines = [(number, line.strip()) for number, line in enumerate(read_utf8(path).splitlines(), 1) if line.strip()]
    fields = dict(line.split(":,", 1) for _, line in lines if ":," in line)
    points = [_read(name, line, _point) for line in _point_lines(name, lines, fields)]
    cases = tuple(_read(name, line, _case) for line in _section(name, lines, "Measurements"))
    try:
        profile = profile_of_points(points)
    except BadInputError as error:
        raise BadInputError(f"{name}: {error.en}", f"{name}: {error.vi}") from error
    ends = [
        math.radians(_field(name, fields, f"{end} {axis}", within=within))
        for end in ("Tx", "Rx")
        for axis, within in (("LAT", (-90.0, 90.0)), ("LON", (-180.0, 360.0)))
    ]
    return PublishedProfile(
        profile=profile,
        latitude_deg=_latitude_along(*ends, along_km=0.5 * float(profile.distance_km[-1])),
        delta_n=_field(name, fields, "Average annual values dN (N-units/km)"),
        surface_refractivity=_field(name, fields, "Average annual sea-level surface refractivity No (N-units)"),
        cases=cases,
    )


def _section(file: str, lines: list[Line], name: str) -> list[Line]:
    starts = [i for i, (_, line) in enumerate(lines) if line.startswith(f"{{Begin of {name}}}")]
    ends = [i for i, (_, line) in enumerate(lines) if line.startswith(f"{{End of {name}}}")]
    if not starts or not ends or ends[0] <= starts[0] + 1:
        raise UnreadableFileError(
            f"{file} is not a validation profile of ITU-R Study Group 3: it has no section {{{name}}} with lines.",
            f"{file} không phải tệp mặt cắt kiểm chứng của ITU-R SG3: không có phần {{{name}}} với các dòng.",
        )
    return lines[starts[0] + 1 : ends[0]]


def _point_lines(file: str, lines: list[Line], fields: dict[str, str]) -> list[Line]:
    """Lines of the profile, as many as the file states."""
    points = [line for line in _section(file, lines, "Profile") if not line[1].startswith(f"{COUNT}:")]
    stated = _field(file, fields, COUNT)
    if stated != len(points):
        raise BadInputError(
            f"{file}: '{COUNT}' is {stated:g}, but the profile has {len(points)} lines; lines are missing or too many.",
            f"{file}: '{COUNT}' là {stated:g} nhưng mặt cắt có {len(points)} dòng; thiếu hoặc thừa dòng.",
        )
    return points


def _field(
    file: str, fields: dict[str, str], key: str, *, within: tuple[float, float] = (-math.inf, math.inf)
) -> float:
    text = fields.get(key, "").strip(" ,")[:80]
    value = _float_of(text)
    if value is None:
        raise UnreadableFileError(
            f"{file}: the field '{key}:' is missing or not a number: '{text}'.",
            f"{file}: thiếu trường '{key}:' hoặc giá trị không phải là số: '{text}'.",
        )
    if not within[0] <= value <= within[1]:
        raise BadInputError(
            f"{file}: the field '{key}:' is {value:g}, outside {within[0]:g} to {within[1]:g} degrees.",
            f"{file}: trường '{key}:' là {value:g}, nằm ngoài khoảng {within[0]:g} đến {within[1]:g} độ.",
        )
    return value


def _float_of(text: str) -> float | None:
    """The number that a text is; None for none, and for what is not finite."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _read(file: str, line: Line, parse: Callable[[list[str]], T]) -> T:
    """What `parse` makes of the line's cells; a line that it cannot read is named."""
    number, text = line
    try:
        return parse(text.split(","))
    except BadInputError as error:
        raise BadInputError(
            f"{file}, line {number} cannot be read: '{text[:80]}' ({error.en}).",
            f"{file}, dòng {number} không đọc được: '{text[:80]}' ({error.vi}).",
        ) from error


def _cell(cells: list[str], layout: Layout, key: str) -> float:
    at, en, vi = layout[key]
    text = cells[at].strip()[:80] if at < len(cells) else ""
    value = _float_of(text)
    if value is None:
        raise BadInputError(f"the {en} '{text}' is not a finite number", f"{vi} '{text}' không phải số hữu hạn")
    return value


def _choice(cells: list[str], layout: Layout, key: str, known: tuple[int, ...]) -> int:
    value = _cell(cells, layout, key)
    if value not in known:
        _, en, vi = layout[key]
        codes = ", ".join(str(code) for code in known)
        raise BadInputError(f"the {en} {value:g} is not one of {codes}", f"{vi} {value:g} không thuộc {codes}")
    return int(value)


def _point(cells: list[str]) -> tuple[float, float, float, int]:
    distance, height, clutter = (_cell(cells, _POINT, key) for key in ("distance_km", "terrain_m", "clutter_m"))
    return distance, height, clutter, _choice(cells, _POINT, "zone", tuple(Zone))


def _case(cells: list[str]) -> PublishedCase:
    numbers = {key: _cell(cells, _CASE, key) for key in ("frequency_mhz", "tx_height_m", "rx_height_m")}
    polarization = POLARIZATIONS[_choice(cells, _CASE, "polarization", tuple(POLARIZATIONS))]
    return PublishedCase(
        **numbers,
        vertical=polarization == "vertical",
        erp_dbw=_cell(cells, _CASE, "erp_dbw"),
        time_percent=_cell(cells, _CASE, "time_percent"),
        field_strength_dbuvm=_result(cells, "field_strength_dbuvm"),
        loss_db=_result(cells, "loss_db"),
    )


def _result(cells: list[str], key: str) -> float | None:
    """What a line states as result, where it does."""
    at = _CASE[key][0]
    return _cell(cells, _CASE, key) if at < len(cells) and cells[at].strip() else None


def _latitude_along(lat_1: float, lon_1: float, lat_2: float, lon_2: float, *, along_km: float) -> float:
    """Latitude (degrees) of the point `along_km` from the first end on the great circle to the second (radians in)."""
    angle = along_km / 6371.0
    bearing = math.atan2(
        math.sin(lon_2 - lon_1) * math.cos(lat_2),
        math.cos(lat_1) * math.sin(lat_2) - math.sin(lat_1) * math.cos(lat_2) * math.cos(lon_2 - lon_1),
    )
    return math.degrees(
        math.asin(math.sin(lat_1) * math.cos(angle) + math.cos(lat_1) * math.sin(angle) * math.cos(bearing))
    )
