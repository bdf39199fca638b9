"""Reads GeoJSON, GeoPackage, Shapefile and KML layers with GDAL."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyproj
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

from geo.errors import UnreadableFileError
from geo.intake.tables import RawTable

_GDAL_ERRORS = (DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError)


def read_layers(path: Path, name: str, layer: str | None = None) -> list[RawTable]:
    """Return every layer with shapes of a file (or the one named `layer`); row numbers count features from 1.

    Raises:
        UnreadableFileError: GDAL cannot read it, or it has no feature.
    """
    try:
        names = [str(entry[0]) for entry in pyogrio.list_layers(path)]
        wanted = [entry for entry in names if layer is None or entry == layer]
        if not wanted:
            raise UnreadableFileError(
                f"{name} has no layer '{layer}'; its layers: {', '.join(names)}.",
                f"{name} không có lớp '{layer}'; các lớp: {', '.join(names)}.",
            )
        tables = [_read_layer(path, name, entry, only=len(names) == 1) for entry in wanted]
    except (*_GDAL_ERRORS, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split()).replace(str(path), name)
        raise UnreadableFileError(
            f"{name} cannot be read as a map file: {reason}", f"Không đọc được {name} như một tệp bản đồ: {reason}"
        ) from error
    filled = [table for table in tables if table.rows]
    if not filled:
        raise UnreadableFileError(f"{name} has no features.", f"{name} không có đối tượng nào.")
    return filled


def _read_layer(path: Path, name: str, layer: str, *, only: bool) -> RawTable:
    with warnings.catch_warnings():
        # GDAL's remarks on a file (a ring's direction, a field's width) are no faults of the rows.
        warnings.simplefilter("ignore")
        frame = pyogrio.read_dataframe(path, layer=layer)
    labels = [str(column) for column in frame.columns if column != "geometry"]
    columns: list[list[Any]] = [_plain(frame[label]) for label in labels]
    size = len(frame)
    rows = [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in range(size)]
    geometry = np.asarray(frame["geometry"].array, dtype=object) if "geometry" in frame else None
    crs = _crs_name(frame.crs) if geometry is not None and frame.crs is not None else None
    return RawTable(name, None if only else layer, tuple(labels), rows, list(range(1, size + 1)), geometry, crs)


def _plain(series: Any) -> list[Any]:
    values = series.astype(object)
    return list(values.where(series.notna(), None))


def _crs_name(crs: Any) -> str:
    found = pyproj.CRS.from_user_input(crs)
    code = found.to_epsg()
    return f"EPSG:{code}" if code else str(found.to_wkt())
