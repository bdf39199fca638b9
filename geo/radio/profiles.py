"""Terrain profiles between two antennas, and the CSV form in which `phusong radio profile` takes one."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo.errors import BadInputError, FileTooLargeError, UnreadableFileError

PROFILE_COLUMNS = ("distance_km", "height_m", "clutter_height_m", "zone")
MINIMUM_POINTS = 3
LONGEST_PATH_KM = 3000.0
# A point every metre of the longest path fits; a device that never ends does not.
LARGEST_FILE_BYTES = 128 * 2**20
# Heights outside this are no ground on earth: faults of a file, or voids that it did not declare.
LOWEST_HEIGHT_M, HIGHEST_HEIGHT_M = -500.0, 9000.0


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
            finite, a height (with clutter too) outside -500 to 9,000 m, a negative clutter height, or a path beyond
            3,000 km.
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
        _check_heights(self.terrain_m, "height", "độ cao")
        _check_heights(self.terrain_m + self.clutter_m, "height with clutter", "độ cao cả lớp phủ")

    @property
    def surface_m(self) -> NDArray[np.float64]:
        """Terrain plus clutter at every point but the first and the last (P.1812-7 §3.2)."""
        surface = self.terrain_m + self.clutter_m
        surface[[0, -1]] = self.terrain_m[[0, -1]]
        return surface


def _bad(en: str, vi: str) -> BadInputError:
    return BadInputError(f"The profile cannot be used: {en}.", f"Không dùng được mặt cắt địa hình: {vi}.")


def _check_heights(heights_m: NDArray[np.float64], name_en: str, name_vi: str) -> None:
    impossible = (heights_m < LOWEST_HEIGHT_M) | (heights_m > HIGHEST_HEIGHT_M)
    if impossible.any():
        at = int(np.argmax(impossible))
        low, high = f"{LOWEST_HEIGHT_M:g}", f"{HIGHEST_HEIGHT_M:g}"
        raise _bad(
            f"the {name_en} of point {at + 1}, {heights_m[at]:g} m, is outside {low} to {high} m (a void?)",
            f"{name_vi} của điểm {at + 1}, {heights_m[at]:g} m, nằm ngoài khoảng {low} đến {high} m (điểm trống?)",
        )


def shown_name(path: Path) -> str:
    """Return how messages name a file or folder: its own name, the path where that is empty ("." and "/")."""
    return path.name or str(path)


def read_profile_csv(path: Path) -> Profile:
    """Return the profile in a CSV file with the columns distance_km, height_m, clutter_height_m and zone.

    The zone is sea, coastal or inland. Other columns are refused, so that a misspelt one is not overlooked; so are
    lines with more or fewer cells than the header. Blank lines are left out.

    Raises:
        UnreadableFileError: the file is missing or not CSV in UTF-8.
        BadInputError: wrong columns, a cell that is not a number, an unknown zone, or see `Profile`.
    """
    name = shown_name(path)
    rows = list(csv_lines(path))
    header = tuple(cell.strip().lower() for cell in rows[0][1]) if rows else ()
    if sorted(header) != sorted(PROFILE_COLUMNS):
        wanted = ", ".join(PROFILE_COLUMNS)
        found = ", ".join(header)[:200] or "-"
        raise BadInputError(
            f"{name}: the first line must name the columns {wanted}; found: {found}.",
            f"{name}: dòng đầu phải có các cột {wanted}; đã thấy: {found}.",
        )
    points = [_point(name, line, header, cells) for line, cells in rows[1:]]
    try:
        return profile_of_points(points)
    except BadInputError as error:
        raise BadInputError(f"{name}: {error.en}", f"{name}: {error.vi}") from error


def csv_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines of a CSV file with their numbers (from 1), without blank ones.

    A line of empty cells is not blank: something is missing there.

    Raises:
        UnreadableFileError: the file is missing or not CSV in UTF-8.
    """
    reader = csv.reader(io.StringIO(read_utf8(path), newline=""))
    try:
        for row in reader:
            if len(row) > 1 or (row and row[0].strip()):
                yield reader.line_num, row
    except csv.Error as error:
        name, line = shown_name(path), reader.line_num
        raise UnreadableFileError(
            f"{name} cannot be read as CSV near line {line}: a cell is too long or a quotation mark is left open.",
            f"Không đọc được {name} dưới dạng CSV gần dòng {line}: có ô quá dài hoặc dấu ngoặc kép chưa đóng.",
        ) from error


def profile_of_points(points: Sequence[tuple[float, float, float, int]]) -> Profile:
    """Return the profile of (distance_km, height_m, clutter_height_m, zone number) tuples."""
    table = np.array(points, dtype=np.float64).reshape(-1, 4)
    return Profile(table[:, 0].copy(), table[:, 1].copy(), table[:, 2].copy(), np.asarray(table[:, 3], dtype=np.int8))


def read_utf8(path: Path) -> str:
    """Return the text of a file, with or without a byte order mark.

    Raises:
        UnreadableFileError: the file is missing or not text in UTF-8.
        FileTooLargeError: it has more than `LARGEST_FILE_BYTES`.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
        if len(content) > LARGEST_FILE_BYTES:
            megabytes, name = LARGEST_FILE_BYTES // 2**20, shown_name(path)
            raise FileTooLargeError(
                f"{name} is larger than {megabytes} MB; give one profile in a file.",
                f"{name} lớn hơn {megabytes} MB; hãy để mỗi tuyến trong một tệp.",
            )
        return content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        name = shown_name(path)
        raise UnreadableFileError(
            f"{name} cannot be read as text in UTF-8; check that it exists and its encoding.",
            f"Không đọc được {name} dưới dạng văn bản UTF-8; hãy kiểm tra tệp và bảng mã.",
        ) from error


def _point(file: str, line: int, header: Sequence[str], cells: Sequence[str]) -> tuple[float, float, float, int]:
    if len(cells) != len(header):
        raise BadInputError(
            f"{file}, line {line}: it has {len(cells)} cells, the header {len(header)}.",
            f"{file}, dòng {line}: có {len(cells)} ô, dòng tiêu đề có {len(header)}.",
        )
    row = dict(zip(header, cells, strict=True))
    zone = row["zone"].strip().upper()
    if zone not in Zone.__members__:
        shown = zone.lower()[:80]
        raise BadInputError(
            f"{file}, line {line}: zone '{shown}' is not sea, coastal or inland.",
            f"{file}, dòng {line}: vùng '{shown}' không phải sea, coastal hoặc inland.",
        )
    distance, height, clutter = (_number(file, line, name, row[name]) for name in PROFILE_COLUMNS[:3])
    return distance, height, clutter, Zone[zone]


def _number(file: str, line: int, column: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        shown = text[:80]
        raise BadInputError(
            f"{file}, line {line}, column {column}: '{shown}' is not a number (decimal point, no separators).",
            f"{file}, dòng {line}, cột {column}: '{shown}' không phải là số (dùng dấu chấm thập phân).",
        )
    return value
