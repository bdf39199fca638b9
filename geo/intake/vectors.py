"""Reads GeoJSON, GeoPackage, Shapefile and KML layers with GDAL."""

from __future__ import annotations

import datetime as dt
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyproj
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

from geo.errors import UnreadableFileError
from geo.intake.dbase_text import AS_BYTES, decode_columns, repaired
from geo.intake.problems import ProblemLog
from geo.intake.tables import RawTable

_GDAL_ERRORS = (DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError)


def read_layers(path: Path, name: str, log: ProblemLog, layer: str | None = None) -> list[RawTable]:
    """Return every layer with shapes of a file (or the one named `layer`); row numbers count features from 1.

    Raises:
        UnreadableFileError: GDAL cannot read it, or it has no feature.
    """
    _check_content(path, name)
    try:
        names = [str(entry[0]) for entry in pyogrio.list_layers(path)]
        wanted = [entry for entry in names if layer is None or entry == layer]
        if not wanted:
            raise UnreadableFileError(
                f"{name} has no layer '{layer}'; its layers: {', '.join(names)}.",
                f"{name} không có lớp '{layer}'; các lớp: {', '.join(names)}.",
            )
        tables = [_read_layer(path, name, entry, log, only=len(names) == 1) for entry in wanted]
    except (*_GDAL_ERRORS, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split()).replace(str(path), name)
        raise UnreadableFileError(
            f"{name} cannot be read as a map file: {reason}",
            f"Không đọc được {name} như một tệp bản đồ; tệp có thể bị hỏng hoặc bị cắt cụt.",
        ) from error
    filled = [table for table in tables if table.rows]
    if not filled:
        raise UnreadableFileError(f"{name} has no features.", f"{name} không có đối tượng nào.")
    return filled


def _read_layer(path: Path, name: str, layer: str, log: ProblemLog, *, only: bool) -> RawTable:
    shapefile = path.suffix.lower() == ".shp"
    with warnings.catch_warnings():
        # GDAL's remarks on a file (a ring's direction, a field's width) are no faults of the rows.
        warnings.simplefilter("ignore")
        frame = pyogrio.read_dataframe(path, layer=layer, encoding=AS_BYTES if shapefile else None)
    labels = [str(column) for column in frame.columns if column != "geometry"]
    columns: list[list[Any]] = [_plain(frame[label]) for label in labels]
    if shapefile:
        labels, columns = decode_columns(path, name, labels, columns, log)
    size = len(frame)
    rows = [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in range(size)]
    geometry = np.asarray(frame["geometry"].array, dtype=object) if "geometry" in frame else None
    crs = _crs_name(frame.crs) if geometry is not None and frame.crs is not None else None
    table = RawTable(name, None if only else layer, tuple(labels), rows, list(range(1, size + 1)), geometry, crs)
    return repaired(table, log)


def _plain(series: Any) -> list[Any]:
    values = series.astype(object).where(series.notna(), None)
    return [_plain_value(value) for value in values]


def _plain_value(value: Any) -> Any:
    """Return numbers, texts and dates as Python's own; a list of a map file as text."""
    if isinstance(value, np.generic):
        value = value.item()
    return value if value is None or isinstance(value, str | int | float | dt.date) else str(value)


# How a file of each suffix begins. GDAL chooses its driver by the content, and some drivers (VRT, streamed algorithms)
# would read other files or addresses that the content names.
_BEGINNINGS = {
    ".gpkg": b"SQLite format 3\x00",
    ".shp": b"\x00\x00\x27\x0a",
    ".kml": b"<",
    ".geojson": b"{",
    ".json": b"{",
}
_FORBIDDEN = (b"<OGRVRT", b"<VRTDataset", b"gdal_streamed_alg", b"<GDAL_WMS", b"<OGRWFS", b"<OGROAPIF")


def _check_content(path: Path, name: str) -> None:
    with path.open("rb") as stream:
        head = stream.read(1 << 16)
    begin = head.removeprefix(b"\xef\xbb\xbf")
    wanted = _BEGINNINGS[path.suffix.lower()]
    if not (begin if len(wanted) > 1 else begin.lstrip()).startswith(wanted) or any(one in head for one in _FORBIDDEN):
        raise UnreadableFileError(
            f"{name} is not what its name says; hand in GeoJSON, GeoPackage, Shapefile (zip) or KML.",
            f"Nội dung {name} không đúng như tên tệp; hãy dùng GeoJSON, GeoPackage, Shapefile (zip) hoặc KML.",
        )


def _crs_name(crs: Any) -> str:
    found = pyproj.CRS.from_user_input(crs)
    code = found.to_epsg()
    return f"EPSG:{code}" if code else str(found.to_wkt())
