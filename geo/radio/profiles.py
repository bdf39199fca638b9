"""Terrain profiles: as our own CSV, and as the ITU-R Study Group 3 validation files publish them."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.errors import BadInputError, UnreadableFileError

PROFILE_COLUMNS = ("distance_km", "height_m", "clutter_height_m", "zone")
MINIMUM_POINTS = 3
LONGEST_PATH_KM = 3000.0


class Zone(IntEnum):
    """Radio-climatic zone of a profile point (ITU-R P.1812-7 table 2), with the numbers of the validation files."""

    SEA = 1
    COASTAL = 3
    INLAND = 4


@dataclass(frozen=True, eq=False)
class Profile:
    """Terrain from transmitter to receiver: four arrays of one length, at least three points.

    `distance_km` starts at 0 and grows; `terrain_m` is the height above mean sea level, `clutter_m` the representative
    height of what stands on it, `zone` the values of `Zone`.

    Raises:
        BadInputError: fewer than three points, unequal lengths, distances that do not grow from 0, values that are not
            finite, a negative clutter height, or a path beyond 3,000 km.
    """

    distance_km: NDArray[np.float64]
    terrain_m: NDArray[np.float64]
    clutter_m: NDArray[np.float64]
    zone: NDArray[np.int8]

    def __post_init__(self) -> None:
        arrays = (self.distance_km, self.terrain_m, self.clutter_m, self.zone)
        if len({array.shape for array in arrays}) != 1 or self.distance_km.ndim != 1:
            raise _bad("the columns have different lengths", "các cột có độ dài khác nhau")
        if len(self.distance_km) < MINIMUM_POINTS:
            raise _bad(
                f"it has {len(self.distance_km)} points, at least {MINIMUM_POINTS} are needed",
                f"chỉ có {len(self.distance_km)} điểm, cần ít nhất {MINIMUM_POINTS} điểm",
            )
        if not all(np.isfinite(array).all() for array in arrays):
            raise _bad("a value is not a finite number", "có giá trị không phải số hữu hạn")
        steps = np.diff(self.distance_km)
        if self.distance_km[0] != 0.0 or (steps <= 0.0).any():
            at = int(np.argmax(steps <= 0.0)) + 2 if (steps <= 0.0).any() else 1
            raise _bad(
                f"distances must start at 0 and grow from point to point; point {at} does not",
                f"khoảng cách phải bắt đầu từ 0 và tăng dần; điểm {at} không thỏa mãn",
            )
        if self.distance_km[-1] > LONGEST_PATH_KM:
            raise _bad("the path is longer than 3,000 km", "đường truyền dài hơn 3.000 km")
        if (self.clutter_m < 0.0).any():
            raise _bad("a clutter height is negative", "có chiều cao lớp phủ âm")

    @property
    def surface_m(self) -> NDArray[np.float64]:
        """Terrain plus clutter at every point but the first and the last (P.1812-7 §3.2)."""
        surface = self.terrain_m + self.clutter_m
        surface[[0, -1]] = self.terrain_m[[0, -1]]
        return surface


def _bad(en: str, vi: str) -> BadInputError:
    return BadInputError(f"The profile cannot be used: {en}.", f"Không dùng được mặt cắt địa hình: {vi}.")


def read_profile_csv(path: Path) -> Profile:
    """Return the profile in a CSV file with the columns distance_km, height_m, clutter_height_m and zone.

    The zone is sea, coastal or inland. Other columns are refused, so that a misspelt one is not overlooked.

    Raises:
        UnreadableFileError: the file is missing or not text in UTF-8.
        BadInputError: wrong columns, a cell that is not a number, an unknown zone, or see `Profile`.
    """
    rows = list(csv.reader(io.StringIO(_read_text(path))))
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    header = tuple(cell.strip().lower() for cell in rows[0]) if rows else ()
    if sorted(header) != sorted(PROFILE_COLUMNS):
        wanted = ", ".join(PROFILE_COLUMNS)
        found = ", ".join(header) or "-"
        raise BadInputError(
            f"{path.name}: the first line must name the columns {wanted}; found: {found}.",
            f"{path.name}: dòng đầu phải có các cột {wanted}; đã thấy: {found}.",
        )
    points = [_point(path.name, line, dict(zip(header, row, strict=False))) for line, row in enumerate(rows[1:], 2)]
    return profile_of_points(points)


def profile_of_points(points: Sequence[tuple[float, float, float, int]]) -> Profile:
    """Return the profile of (distance_km, height_m, clutter_height_m, zone number) tuples."""
    table = np.array(points, dtype=np.float64).reshape(-1, 4)
    return Profile(table[:, 0].copy(), table[:, 1].copy(), table[:, 2].copy(), np.asarray(table[:, 3], dtype=np.int8))


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFileError(
            f"{path.name} cannot be read as text in UTF-8; check that it exists and its encoding.",
            f"Không đọc được {path.name} dưới dạng văn bản UTF-8; hãy kiểm tra tệp và bảng mã.",
        ) from error


def _point(file: str, line: int, row: dict[str, str]) -> tuple[float, float, float, int]:
    zone = row.get("zone", "").strip().upper()
    if zone not in Zone.__members__:
        raise BadInputError(
            f"{file}, line {line}: zone '{zone.lower()}' is not sea, coastal or inland.",
            f"{file}, dòng {line}: vùng '{zone.lower()}' không phải sea, coastal hoặc inland.",
        )
    distance, height, clutter = (_number(file, line, name, row.get(name, "")) for name in PROFILE_COLUMNS[:3])
    return distance, height, clutter, Zone[zone]


def _number(file: str, line: int, column: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadInputError(
            f"{file}, line {line}, column {column}: '{text}' is not a number (decimal point, no separators).",
            f"{file}, dòng {line}, cột {column}: '{text}' không phải là số (dùng dấu chấm thập phân).",
        )
    return value


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


Lines = list[tuple[int, str]]
T = TypeVar("T")


def read_published_profile(path: Path) -> PublishedProfile:
    """Read a validation file of ITU-R Study Group 3 ("profiles/*.csv") as it is published.

    Raises:
        UnreadableFileError: the file is missing, not UTF-8, or lacks a section or field of such a file.
        BadInputError: a line that cannot be read, which is named; or see `Profile`.
    """
    lines = [(number, line.strip()) for number, line in enumerate(_read_text(path).splitlines(), 1) if line.strip()]
    fields = dict(line.split(":,", 1) for _, line in lines if ":," in line)
    points = [_read(path.name, line, _published_point) for line in _section(path.name, lines, "Profile")[1:]]
    cases = tuple(_read(path.name, line, _case) for line in _section(path.name, lines, "Measurements"))
    try:
        profile = profile_of_points(points)
    except BadInputError as error:
        raise BadInputError(f"{path.name}: {error.en}", f"{path.name}: {error.vi}") from error
    ends = [math.radians(_field(path.name, fields, key)) for key in ("Tx LAT", "Tx LON", "Rx LAT", "Rx LON")]
    return PublishedProfile(
        profile=profile,
        latitude_deg=_latitude_along(*ends, along_km=0.5 * float(profile.distance_km[-1])),
        delta_n=_field(path.name, fields, "Average annual values dN (N-units/km)"),
        surface_refractivity=_field(path.name, fields, "Average annual sea-level surface refractivity No (N-units)"),
        cases=cases,
    )


def _section(file: str, lines: Lines, name: str) -> Lines:
    starts = [i for i, (_, line) in enumerate(lines) if line.startswith(f"{{Begin of {name}}}")]
    ends = [i for i, (_, line) in enumerate(lines) if line.startswith(f"{{End of {name}}}")]
    if not starts or not ends or ends[0] <= starts[0] + 1:
        raise UnreadableFileError(
            f"{file} is not a validation profile of ITU-R Study Group 3: it has no section {{{name}}} with lines.",
            f"{file} không phải tệp mặt cắt kiểm chứng của ITU-R SG3: không có phần {{{name}}} với các dòng.",
        )
    return lines[starts[0] + 1 : ends[0]]


def _field(file: str, fields: dict[str, str], key: str) -> float:
    text = fields.get(key, "").strip(" ,")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UnreadableFileError(
            f"{file}: the field '{key}:' is missing or not a number: '{text}'.",
            f"{file}: thiếu trường '{key}:' hoặc giá trị không phải là số: '{text}'.",
        )
    return value


def _read(file: str, line: tuple[int, str], parse: Callable[[list[str]], T]) -> T:
    """What `parse` makes of the line's cells; a line that it cannot read is named."""
    number, text = line
    try:
        return parse(text.split(","))
    except (ValueError, IndexError) as error:
        raise BadInputError(
            f"{file}, line {number} cannot be read: '{text[:80]}' ({error}).",
            f"{file}, dòng {number} không đọc được: '{text[:80]}' ({error}).",
        ) from error


def _published_point(cells: list[str]) -> tuple[float, float, float, int]:
    distance, height, _, clutter, zone = cells[:5]
    return _finite(distance), _finite(height), _finite(clutter), Zone(int(zone))


def _case(cells: list[str]) -> PublishedCase:
    return PublishedCase(
        frequency_mhz=_finite(cells[0]),
        tx_height_m=_finite(cells[1]),
        rx_height_m=_finite(cells[3]),
        vertical=int(cells[4]) == 2,
        erp_dbw=_finite(cells[12]),
        time_percent=_finite(cells[14]),
        field_strength_dbuvm=_finite(cells[16]) if cells[16].strip() else None,
        loss_db=_finite(cells[17]) if cells[17].strip() else None,
    )


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"'{text}' is not a finite number")
    return value


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
