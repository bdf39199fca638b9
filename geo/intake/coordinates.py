"""Positions of rows in EPSG:4326, from whatever the file holds: degrees, degrees-minutes-seconds, VN-2000, shapes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from geo.domain.grid import WGS84, Bounds
from geo.errors import UnknownCrsError
from geo.intake.tables import Batch, text_of
from geo.intake.values import UNREADABLE, Number, Unreadable, parse_number

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_HEMISPHERES = {"N": 1, "B": 1, "S": -1, "E": 1, "Đ": 1, "W": -1, "T": -1}
_LATITUDE_LETTERS = frozenset("NBS")
_ANGLE_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_ANGLE_FORM = re.compile(
    r"""^\s*([+-]?)\s*\d{1,3}(?:[.,]\d+)?\s*(?:[°ºo˚d:\s*-]\s*\d{1,2}(?:[.,]\d+)?\s*(?:['’′‘´`pm:\s-]{1,2}\s*
        \d{1,2}(?:[.,]\d+)?\s*(?:["”″“s]|''|’’|′′)?)?\s*['’′m]?)?\s*[°º˚]?\s*$""",
    re.VERBOSE,
)
_SPACED_ANGLE = re.compile(r"\d{1,3} \d{1,2} \d{1,2}(?:[.,]\d+)?")
# 108 05 may be 108°05' or a lost decimal sign: only a letter, signs or seconds tell.
_TWO_NUMBERS = re.compile(r"[+-]?\s*\d{1,3} \d{1,2}(?:[.,]\d+)?")
_ANGLE_WORDS = (("vĩ", ""), ("kinh", ""), ("bắc", "n"), ("đông", "e"), ("độ", "°"), ("phút", "'"), ("giây", '"'))
# Shares of the rows that decide about a whole file.
_MOST = 0.5


@dataclass(frozen=True)
class KnownArea:
    """Where the positions of this installation are expected, in degrees; None when no unit is known yet."""

    box: Bounds | None
    default_projected_crs: str
    candidate_crs: tuple[str, ...] = ()

    def inside(self, lon: Floats, lat: Floats, margin_deg: float = 0.0) -> Mask:
        """Tell which positions lie in the box grown by a margin; none when there is no box."""
        if self.box is None:
            return np.zeros(lon.shape, dtype=bool)
        box = self.box.buffered(margin_deg, margin_deg)
        with np.errstate(invalid="ignore"):
            result: Mask = (lon >= box.west) & (lon <= box.east) & (lat >= box.south) & (lat <= box.north)
        return result


@dataclass(frozen=True)
class Positions:
    """Longitude and latitude in EPSG:4326 by row, NaN where unknown, and the CRS they were read in."""

    lon: Floats
    lat: Floats
    crs: str

    @property
    def known(self) -> Mask:
        """Which rows have a position."""
        return ~(np.isnan(self.lon) | np.isnan(self.lat))


def parse_crs(name: str) -> pyproj.CRS:
    """Return the coordinate reference system that a user or a file names.

    Raises:
        UnknownCrsError: nobody knows it.
    """
    try:
        return pyproj.CRS.from_user_input(name)
    except pyproj.exceptions.CRSError as error:
        raise UnknownCrsError(
            f"The coordinate reference system '{name}' is not known; write it as EPSG:n, for example EPSG:9218.",
            f"Không có hệ tọa độ '{name}'; hãy viết dạng EPSG:n, ví dụ EPSG:9218.",
        ) from error


def parse_angle(value: Any) -> tuple[Number, str]:
    """Return a cell as degrees (or metres, when it is a plain number) and its hemisphere letter, if it has one.

    Reads 12,6667; 12°40'00"N; 12 40 00; N12°40.5'; 108:03:00; the Vietnamese letters B (bắc) and Đ (đông) too.
    """
    text = text_of(value) or ""
    spaced = _SPACED_ANGLE.fullmatch(text) is not None
    number = UNREADABLE if spaced else parse_number(value)
    if not isinstance(number, Unreadable):
        return number, ""
    letter, bare = _split_letter(text)
    plain = UNREADABLE if spaced else parse_number(bare)
    if isinstance(plain, float):
        return plain * _HEMISPHERES.get(letter, 1), letter
    if not _ANGLE_FORM.match(bare) or (not letter and _TWO_NUMBERS.fullmatch(bare)):
        return UNREADABLE, letter
    parts = [float(part.replace(",", ".")) for part in _ANGLE_NUMBER.findall(bare)]
    if any(part >= 60.0 for part in parts[1:]):
        return UNREADABLE, letter
    sign = -1 if bare.startswith("-") else 1
    degrees = sum(part / 60.0**power for power, part in enumerate(parts))
    return sign * degrees * _HEMISPHERES.get(letter, 1), letter


def _split_letter(text: str) -> tuple[str, str]:
    """Return the hemisphere letter at either end of an angle, or "", and the rest in lower case."""
    words = text.lower()
    for word, sign in _ANGLE_WORDS:
        words = words.replace(word, sign)
    words = words.strip()
    # The s of "12d40m00s" means seconds.
    in_letters = "d" in words and "m" in words
    for position in (0, -1):
        letter = words[position].upper() if words else ""
        if letter in _HEMISPHERES and not (letter == "S" and position == -1 and in_letters):
            return letter, (words[1:] if position == 0 else words[:-1]).strip()
    return "", words


def read_positions(batch: Batch, *, crs: str | None, area: KnownArea, required: bool | Mask = True) -> Positions:
    """Return the position of every row, noting each that is missing, unreadable, swapped or impossible.

    A row without a position is an error where `required` (of all rows, or by row), else a warning.

    Raises:
        UnknownCrsError: the values are metres and nothing says in which system, or the given one cannot be right.
    """
    first, second, named_xy = _raw_pairs(batch)
    missing = np.isnan(first) | np.isnan(second) | ((first == 0) & (second == 0))
    missing &= ~batch.bad
    needed = np.broadcast_to(np.asarray(required), (batch.size,))
    batch.report("no_coordinates", np.flatnonzero(missing & needed & ~batch.folded))
    batch.report("no_coordinates_kept", np.flatnonzero(missing & ~needed & ~batch.folded))
    first[missing], second[missing] = np.nan, np.nan
    used = crs or next((name for name in batch.table_crs if name), None)
    system = parse_crs(used) if used else None
    known = ~(np.isnan(first) | np.isnan(second))
    if not known.any():
        return Positions(first, second, used or WGS84)
    in_degrees = bool(np.mean((np.abs(first[known]) <= 180) & (np.abs(second[known]) <= 180)) > _MOST)
    if system is None:
        system = parse_crs(WGS84) if in_degrees else _assumed_projected(batch, first, second, area)
    _check_kind_of_crs(system, in_degrees)
    if in_degrees:
        lon, lat = _degrees(batch, first, second, system, area)
    else:
        lon, lat = _projected(batch, first, second, system, area, named_xy=named_xy)
    _check_range(batch, lon, lat, known)
    _hint_other_crs(batch, first, second, lon, lat, area, in_degrees=in_degrees)
    return Positions(lon, lat, _name(system))


def _name(system: pyproj.CRS) -> str:
    code = system.to_epsg()
    return f"EPSG:{code}" if code else str(system.name)


def _raw_pairs(batch: Batch) -> tuple[Floats, Floats, bool]:
    """Return x (longitude, easting) and y (latitude, northing) as the file names them."""
    first, second = np.full(batch.size, np.nan), np.full(batch.size, np.nan)
    if batch.geometry is not None:
        _from_shapes(batch, first, second)
    named_xy = False
    for x_name, y_name in (("lon", "lat"), ("x", "y")):
        if batch.has(x_name) and batch.has(y_name):
            x, y = _angles(batch, x_name), _angles(batch, y_name)
            _read_thousands(batch.column(x_name), x, y)
            _read_thousands(batch.column(y_name), y, x)
            fill = np.isnan(first) | np.isnan(second)
            first[fill], second[fill] = x[fill], y[fill]
            named_xy = x_name == "x"
    if batch.has("coordinates"):
        _from_joined(batch, first, second)
    return first, second, named_xy


def _from_shapes(batch: Batch, first: Floats, second: Floats) -> None:
    shapes = batch.geometry
    assert shapes is not None  # noqa: S101 (the caller asked)
    there = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    kinds = shapely.get_type_id(shapes[there])
    others = there[kinds != 0]
    batch.report_folded("shape_not_point", others)
    points = shapes[there].copy()
    points[kinds != 0] = shapely.point_on_surface(shapes[others])
    first[there], second[there] = shapely.get_x(points), shapely.get_y(points)


def _angles(batch: Batch, name: str) -> Floats:
    parsed = batch.parsed(name, parse_angle)
    unreadable = [i for i, (number, _) in enumerate(parsed) if number is UNREADABLE and not batch.folded[i]]
    batch.report("bad_coordinate", unreadable, name=name)
    return np.array([number if isinstance(number, float) else np.nan for number, _ in parsed], dtype=np.float64)


def _read_thousands(raw: Sequence[Any], values: Floats, others: Floats) -> None:
    """Read 450.927 as 450,927 where the other coordinate of the row is in metres, too large for degrees."""
    with np.errstate(invalid="ignore"):
        candidates = np.flatnonzero((np.abs(others) > _LEAST_METRES) & (np.abs(values) < _LEAST_METRES))
    for index in candidates:
        text = raw[int(index)]
        if isinstance(text, str) and _GROUPED.fullmatch(text.strip()):
            values[index] = round(values[index] * 1000.0)


_GROUPED = re.compile(r"\d{1,3}[.,]\d{3}")
_LEAST_METRES = 1000.0
_PAIR_SPLITS = (re.compile(r"\s*[;|]\s*"), re.compile(r"\s*,\s+|\s+,\s*"), re.compile(r"\s*[,/]\s*"))


def parse_pair(value: Any) -> tuple[float, float] | None:
    """Return the two numbers of a joined coordinate, longitude or easting first where letters or sizes tell."""
    text = text_of(value)
    if text is None:
        return None
    parts = next((found for split in _PAIR_SPLITS if len(found := split.split(text)) == 2), None)
    parts = parts or _split_at_letter(text)
    if parts is None:
        return None
    (one, letter), (two, _) = parse_angle(parts[0]), parse_angle(parts[1])
    if not isinstance(one, float) or not isinstance(two, float):
        return None
    # Latitude comes first in what people write, unless letters or sizes say otherwise.
    longitude_first = letter not in _LATITUDE_LETTERS if letter else abs(one) > 90 >= abs(two)
    return (one, two) if longitude_first else (two, one)


def _split_at_letter(text: str) -> list[str] | None:
    found = re.match(r"(.*?[NSBnsb])\s*(.+)$", text) or re.match(r"(\S+)\s+(\S+)$", text)
    return [found.group(1), found.group(2)] if found else None


def _from_joined(batch: Batch, first: Floats, second: Floats) -> None:
    pairs = batch.parsed("coordinates", parse_pair)
    raw = batch.column("coordinates")
    unreadable = []
    for index in np.flatnonzero(np.isnan(first) | np.isnan(second)):
        pair = pairs[index]
        if pair is not None:
            first[index], second[index] = pair
        elif raw[index] is not None:
            unreadable.append(int(index))
    batch.report("bad_coordinate", unreadable, name="coordinates")


def _assumed_projected(batch: Batch, first: Floats, second: Floats, area: KnownArea) -> pyproj.CRS:
    """Return the installation's own projected system when most rows make sense in it.

    Raises:
        UnknownCrsError: they do not.
    """
    system = parse_crs(area.default_projected_crs)
    lon, lat = _best_order(first, second, system, area)
    near = area.inside(lon, lat, margin_deg=1.0) if area.box else _in_area_of_use(system, lon, lat)
    known = ~np.isnan(first)
    if near[known].mean() > _MOST:
        batch.report_folded("crs_assumed", np.flatnonzero(known), crs=_name(system), crs_name=system.name)
        return system
    raise UnknownCrsError(
        f"The coordinates are in metres (for example {_sample(first)}, {_sample(second)}) and the file does not say in "
        f"which system; they do not fit {_name(system)}. Name it with --crs EPSG:n.",
        f"Tọa độ tính bằng mét (ví dụ {_sample(first)}, {_sample(second)}) nhưng tệp không nêu hệ tọa độ và không phù "
        f"hợp với {_name(system)}. Hãy nêu hệ tọa độ bằng --crs EPSG:n.",
    )


def _sample(values: Floats) -> str:
    return f"{values[~np.isnan(values)][0]:.0f}"


def _check_kind_of_crs(system: pyproj.CRS, in_degrees: bool) -> None:
    if system.is_geographic == in_degrees:
        return
    unit_en, unit_vi = ("degrees", "độ") if in_degrees else ("metres", "mét")
    raise UnknownCrsError(
        f"Wrong coordinate reference system: the values are {unit_en}, and {_name(system)} ({system.name}) is not. "
        "Name the right one with --crs EPSG:n.",
        f"Sai hệ tọa độ: giá trị tính bằng {unit_vi} còn {_name(system)} ({system.name}) thì không. "
        "Hãy nêu đúng hệ tọa độ bằng --crs EPSG:n.",
    )


def _degrees(batch: Batch, lon: Floats, lat: Floats, system: pyproj.CRS, area: KnownArea) -> tuple[Floats, Floats]:
    with np.errstate(invalid="ignore"):
        swapped = (np.abs(lat) > 90) & (np.abs(lat) <= 180) & (np.abs(lon) <= 90)
    if area.box is not None:
        known = ~np.isnan(lon)
        straight_share = area.inside(lon, lat, 0.5)[known].mean()
        turned_share = area.inside(lat, lon, 0.5)[known].mean()
        if turned_share > _MOST > straight_share:
            swapped = known & ~area.inside(lon, lat, 0.5)
    _report_swapped(batch, swapped)
    x, y = np.where(swapped, lat, lon), np.where(swapped, lon, lat)
    if system.to_epsg() == 4326:
        return x, y
    return to_wgs84(system, x, y)


def _report_swapped(batch: Batch, swapped: Mask) -> None:
    indexes = np.flatnonzero(swapped)
    if len(indexes) > batch.size * _MOST:
        batch.report_folded("axes_swapped", indexes)
    else:
        batch.report("axes_swapped", indexes)


def to_wgs84(system: pyproj.CRS, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return longitude and latitude; NaN where the projection has no answer. VN-2000 uses its 7-parameter shift."""
    transformer = pyproj.Transformer.from_crs(system, WGS84, always_xy=True)
    with np.errstate(invalid="ignore"):
        lon, lat = transformer.transform(x, y)
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    return np.where(np.isfinite(lon), lon, np.nan), np.where(np.isfinite(lat), lat, np.nan)


def _in_area_of_use(system: pyproj.CRS, lon: Floats, lat: Floats) -> Mask:
    use = system.area_of_use
    if use is None:
        return np.ones(lon.shape, dtype=bool)
    with np.errstate(invalid="ignore"):
        result: Mask = (lon >= use.west - 1) & (lon <= use.east + 1) & (lat >= use.south - 1) & (lat <= use.north + 1)
    return result


def _best_order(x: Floats, y: Floats, system: pyproj.CRS, area: KnownArea) -> tuple[Floats, Floats]:
    """Return the positions in the order, as named or turned, that puts more of them where they can be."""
    straight, turned = to_wgs84(system, x, y), to_wgs84(system, y, x)
    known_area = [int(area.inside(lon, lat, 1.0).sum()) for lon, lat in (straight, turned)]
    any_area = [int(_in_area_of_use(system, lon, lat).sum()) for lon, lat in (straight, turned)]
    counts = known_area if known_area[0] != known_area[1] else any_area
    return turned if counts[1] > counts[0] else straight


def _projected(
    batch: Batch, x: Floats, y: Floats, system: pyproj.CRS, area: KnownArea, *, named_xy: bool
) -> tuple[Floats, Floats]:
    lon, lat = _best_order(x, y, system, area)
    known = np.flatnonzero(~np.isnan(x))
    turned = not np.allclose(to_wgs84(system, x[known[:1]], y[known[:1]])[0], lon[known[:1]], equal_nan=True)
    if turned and not named_xy:
        # X is northing in Vietnamese sheets, so a turned X and Y is no fault; a turned longitude and latitude is.
        batch.report_folded("axes_swapped", known)
    return lon, lat


def _check_range(batch: Batch, lon: Floats, lat: Floats, known: Mask) -> None:
    with np.errstate(invalid="ignore"):
        possible = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    wrong = known & ~possible & ~batch.bad & ~batch.folded
    batch.report("coordinates_out_of_range", np.flatnonzero(wrong), name="lon" if batch.has("lon") else "x")
    lon[~possible], lat[~possible] = np.nan, np.nan


def _hint_other_crs(
    batch: Batch, x: Floats, y: Floats, lon: Floats, lat: Floats, area: KnownArea, *, in_degrees: bool
) -> None:
    """Say which other system would put the rows inside the territory: a wrong meridian is 54 km off."""
    known = ~np.isnan(lon)
    if in_degrees or area.box is None or not known.any() or area.inside(lon, lat)[known].mean() > _MOST:
        return
    fitting = _fitting_systems(area.candidate_crs, x, y, area)
    if fitting:
        batch.report_folded("other_crs_fits", np.flatnonzero(known), crs=", ".join(fitting))


def _fitting_systems(candidates: Sequence[str], x: Floats, y: Floats, area: KnownArea) -> list[str]:
    fitting = []
    for name in candidates:
        lon, lat = _best_order(x, y, parse_crs(name), area)
        known = ~np.isnan(lon)
        if known.any() and area.inside(lon, lat)[known].mean() > 0.9:
            fitting.append(name)
    return fitting
