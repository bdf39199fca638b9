"""Terrain, land cover and population rasters: checked, voids marked, written as tiled GeoTIFF, window by window."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning, RasterioError, RasterioIOError
from rasterio.warp import transform_bounds
from rasterio.windows import Window

from geo.domain.grid import WGS84, Bounds
from geo.errors import BadInputError, UnknownCrsError, UnreadableFileError
from geo.intake.coordinates import parse_crs
from geo.intake.files import sha256_of
from geo.intake.limits import IntakeLimits
from geo.intake.problems import ProblemLog
from geo.intake.sources import SourceFile
from geo.intake.whole_raster import whole_raster

_TERRAIN_VOID = -32768
_POPULATION_VOID = -99999.0
_HGT_NAME = re.compile(r"[NS]\d{2}[EW]\d{3}", re.IGNORECASE)
_ROWS_AT_ONCE = 512
_MAX_CLASSES = 256
# A raster of this many pixels is 8 GB of heights; more is no upload but a mistake or an attack.
_MAX_PIXELS = 4_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanRaster:
    """One accepted raster, written to `path`; its box is in EPSG:4326, its steps in units of its CRS."""

    name: str
    path: Path
    sha256: str
    crs: str
    box: Bounds
    step_x: float
    step_y: float
    void_share: float
    classes: tuple[int, ...] | None


@dataclass
class RasterBatch:
    """Accepted rasters of an import and how many were read."""

    read: int = 0
    accepted: list[CleanRaster] = field(default_factory=list)


def clean_rasters(
    files: Sequence[SourceFile],
    *,
    kind: str,
    crs: str | None,
    territory: Bounds | None,
    limits: IntakeLimits,
    folder: Path,
    log: ProblemLog,
) -> RasterBatch:
    """Check the rasters and write them to `folder`; one that cannot be used is an error of the log.

    Raises:
        BadInputError: the only raster cannot be used.
    """
    batch = RasterBatch()
    members = [member for file in files for member in file.members]
    for number, (name, path) in enumerate(members):
        batch.read += 1
        target = folder / f"{number}.tif"
        try:
            raster = _clean(path, name, target, kind=kind, crs=crs, limits=limits, territory=territory, log=log)
        except BadInputError as error:
            target.unlink(missing_ok=True)
            if len(members) == 1:
                raise
            log.add(error.code, file=name, vi=error.vi, en=error.en)
            continue
        if raster is not None:
            batch.accepted.append(raster)
    return batch


def _clean(
    path: Path,
    name: str,
    target: Path,
    *,
    kind: str,
    crs: str | None,
    limits: IntakeLimits,
    territory: Bounds | None,
    log: ProblemLog,
) -> CleanRaster | None:
    if path.suffix.lower() == ".hgt" and not _HGT_NAME.match(path.stem):
        raise UnreadableFileError(
            f"{name}: an HGT file says where it lies only by its name, such as N12E108.hgt; give it its name back.",
            f"{name}: tệp HGT chỉ cho biết vị trí qua tên, ví dụ N12E108.hgt; hãy đặt lại tên đúng.",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            # Only these drivers: others would follow what the content names to other files.
            with rasterio.open(path, driver="SRTMHGT" if path.suffix.lower() == ".hgt" else "GTiff") as source:
                return _convert(source, name, target, kind=kind, crs=crs, limits=limits, territory=territory, log=log)
    except (RasterioIOError, RasterioError, OSError, ValueError) as error:
        reason = " ".join(str(error).split()).replace(str(path), name)
        raise UnreadableFileError(
            f"{name} cannot be read as a raster ({reason}); it may be cut off.",
            f"Không đọc được {name} như ảnh raster; tệp có thể bị cắt cụt hoặc không phải là ảnh raster.",
        ) from error


def _convert(
    source: Any,
    name: str,
    target: Path,
    *,
    kind: str,
    crs: str | None,
    limits: IntakeLimits,
    territory: Bounds | None,
    log: ProblemLog,
) -> CleanRaster | None:
    crs_name = _crs_of(source, name, crs)
    _check_form(source, name)
    west, south, east, north = transform_bounds(crs_name, WGS84, *source.bounds)
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise UnknownCrsError(
            f"{name} would lie outside the Earth in {crs_name}; name the right system with --crs EPSG:n.",
            f"{name} nằm ngoài Trái Đất trong hệ {crs_name}; hãy nêu đúng hệ tọa độ bằng --crs EPSG:n.",
        )
    box = Bounds(west, south, east, north)
    if territory is not None and not box.intersects(territory):
        shown = f"{west:.2f}–{east:.2f}°E, {south:.2f}–{north:.2f}°N"
        raise BadInputError(
            f"{name} ({shown}) does not overlap the territory; check the file and its coordinate system.",
            f"{name} ({shown}) không phủ lên địa bàn; hãy kiểm tra tệp và hệ tọa độ.",
        )
    if source.count > 1:
        log.add("first_band_only", file=name, count=source.count)
    voids, classes = _write(source, target, kind=kind, crs=crs_name, limits=limits)
    pixels = source.width * source.height
    if voids == pixels:
        raise BadInputError(f"{name} has no values at all.", f"{name} không có giá trị nào.")
    if voids:
        log.add("raster_voids", file=name, count=voids, share=f"{voids / pixels:.4%}")
    if kind == "population":
        _check_density(target, name, box, voids / pixels, limits, log)
    return CleanRaster(
        name=name,
        path=target,
        sha256=sha256_of(target),
        crs=crs_name,
        box=box,
        step_x=abs(source.transform.a),
        step_y=abs(source.transform.e),
        void_share=voids / pixels,
        classes=classes,
    )


def _check_density(
    path: Path, name: str, box: Bounds, void_share: float, limits: IntakeLimits, log: ProblemLog
) -> None:
    """Note a raster whose mean is no density of people, such as heights handed in by mistake."""
    with rasterio.open(path) as raster:
        people = sum(
            float(raster.read(1, window=window, masked=True).sum(dtype="float64") or 0.0)
            for window in _windows(raster.width, raster.height)
        )
    area_m2, _ = pyproj.Geod(ellps="WGS84").geometry_area_perimeter(
        shapely.box(box.west, box.south, box.east, box.north)
    )
    density = people / (abs(area_m2) / 1e6 * (1.0 - void_share))
    if density > limits.population_density_per_km2:
        log.add(
            "population_implausible",
            file=name,
            value=f"{density:.0f}",
            people=f"{people:.0f}",
            limit=f"{limits.population_density_per_km2:g}",
        )


def _crs_of(source: Any, name: str, crs: str | None) -> str:
    given = parse_crs(crs) if crs else None
    if given is None and source.crs is None:
        raise UnknownCrsError(
            f"{name} does not say in which coordinate system it is; name it with --crs EPSG:n.",
            f"{name} không nêu hệ tọa độ; hãy nêu bằng --crs EPSG:n.",
        )
    system = given if given is not None else parse_crs(source.crs.to_wkt())
    code = system.to_epsg()
    return f"EPSG:{code}" if code else str(system.to_wkt())


def _check_form(source: Any, name: str) -> None:
    transform = source.transform
    if transform.is_identity or transform.b != 0 or transform.d != 0 or transform.a <= 0 or transform.e >= 0:
        raise UnreadableFileError(
            f"{name} is not a north-up raster with a position; warp it with gdalwarp first.",
            f"{name} không phải raster hướng bắc có tọa độ; hãy chuyển bằng gdalwarp trước.",
        )
    if source.width * source.height > _MAX_PIXELS:
        raise UnreadableFileError(
            f"{name} has {source.width} x {source.height} pixels, too many for one file; cut it into tiles.",
            f"{name} có {source.width} x {source.height} điểm ảnh, quá nhiều cho một tệp; hãy cắt thành các mảnh.",
        )


def _write(
    source: Any, target: Path, *, kind: str, crs: str, limits: IntakeLimits
) -> tuple[int, tuple[int, ...] | None]:
    """Write the first band with its voids marked; returns the number of voids and, of land cover, the classes."""
    dtype, nodata = _form(source, kind)
    profile = {
        "driver": "GTiff",
        "width": source.width,
        "height": source.height,
        "dtype": dtype,
        "crs": crs,
        "transform": source.transform,
        "nodata": nodata,
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
        "compress": "deflate",
        "predictor": 3 if dtype.startswith("float") else 2,
        "bigtiff": "if_safer",
    }
    voids, classes = 0, set[int]()
    with whole_raster(target, **profile) as sink:
        for window in _windows(source.width, source.height):
            raw = source.read(1, window=window)
            void = _voids(raw, source.nodata, kind, limits)
            voids += int(void.sum())
            if kind == "landcover":
                classes.update(int(one) for one in np.unique(raw[~void]))
            sink.write(np.where(void, 0 if nodata is None else nodata, raw).astype(dtype), window)
    if kind != "landcover":
        return voids, None
    if len(classes) > _MAX_CLASSES:
        raise UnreadableFileError(
            f"The raster has {len(classes)} different values; these are no land cover classes.",
            f"Ảnh raster có {len(classes)} giá trị khác nhau, không phải là các lớp phủ bề mặt.",
        )
    return voids, tuple(sorted(classes))


def _windows(width: int, height: int) -> Iterator[Window]:
    for first in range(0, height, _ROWS_AT_ONCE):
        yield Window(0, first, width, min(_ROWS_AT_ONCE, height - first))


def _form(source: Any, kind: str) -> tuple[str, float | None]:
    own = np.dtype(source.dtypes[0])
    if kind == "terrain":
        return ("int16" if own == np.int16 or own.itemsize == 1 else "float32"), _TERRAIN_VOID
    if kind == "population":
        return "float32", _POPULATION_VOID
    if own.kind not in "ui":
        raise UnreadableFileError(
            f"Land cover must be whole class numbers, not {own}.",
            f"Lớp phủ bề mặt phải là mã lớp nguyên, không phải kiểu {own}.",
        )
    return own.name, source.nodata


def _voids(raw: NDArray[Any], nodata: float | None, kind: str, limits: IntakeLimits) -> NDArray[np.bool_]:
    """Return which pixels have no value: declared so, not a number, or impossible for the kind."""
    void = np.zeros(raw.shape, dtype=bool)
    if nodata is not None:
        void |= np.isnan(raw) if nodata != nodata else raw == nodata
    if raw.dtype.kind == "f":
        void |= ~np.isfinite(raw)
    if kind == "terrain":
        void |= (raw < limits.terrain_minimum_m) | (raw > limits.terrain_maximum_m)
    if kind == "population":
        void |= raw < 0
    return void
