"""Writes a raster so that all of it arrives: on a full disk GDAL may lose blocks and tell it nowhere but in its log."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window

from geo.errors import DiskFullError

T = TypeVar("T")


class RasterSink:
    """Takes the pixels of a raster of one band."""

    def __init__(self, path: Path, dataset: Any) -> None:
        self._path, self._dataset = path, dataset
        self._checksums: list[tuple[Window | None, int]] = []

    def write(self, values: NDArray[Any], window: Window | None = None) -> None:
        """Write the pixels of a window, each once, in the raster's type; without a window all of them."""
        _arriving(self._path, lambda: self._dataset.write(values, 1, window=window))
        self._checksums.append((window, _checksum(values)))

    def is_whole(self) -> bool:
        """Tell whether the closed file holds what was written."""
        with rasterio.open(self._path) as found:
            return all(_checksum(found.read(1, window=window)) == checksum for window, checksum in self._checksums)


@contextmanager
def whole_raster(path: Path, **profile: Any) -> Iterator[RasterSink]:
    """Open a raster of one band for writing; when it is closed, it is read again and held against what was written.

    Raises:
        DiskFullError: not all of it arrived.
    """
    dataset = _arriving(path, lambda: rasterio.open(path, "w", count=1, **profile))
    sink = RasterSink(path, dataset)
    try:
        yield sink
    except BaseException:
        with suppress(Exception):
            dataset.close()
        raise
    _arriving(path, dataset.close)
    if not _arriving(path, sink.is_whole):
        raise DiskFullError(str(path))


def _arriving(path: Path, work: Callable[[], T]) -> T:
    try:
        return work()
    except Exception as error:  # GDAL's own errors have no public class in common
        raise DiskFullError(str(path)) from error


def _checksum(values: NDArray[Any]) -> int:
    return zlib.crc32(np.ascontiguousarray(values).view(np.uint8).data)
