"""Arrays as compressed bytes, for the result cache."""

from __future__ import annotations

import io
import json
import math
import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
import zstandard
from numpy.typing import DTypeLike, NDArray

from geo.radio.kernels.packing import from_planes, to_planes

# The fastest level: on losses higher ones gain less than one per cent.
LEVEL = 1
FORMAT_VERSION = (1, 0)
WORD_BYTES = 8
# Values that are turned into another type together: they stay in the processor.
VALUES_AT_ONCE = 131_072
_of_thread = threading.local()


def compress(content: bytes | memoryview) -> bytes:
    """Compress bytes."""
    if not hasattr(_of_thread, "compressor"):
        _of_thread.compressor = zstandard.ZstdCompressor(level=LEVEL)
    return bytes(_of_thread.compressor.compress(content))


def decompress(content: bytes) -> bytes:
    """Undo `compress`.

    Raises:
        ValueError: the bytes were not made by `compress`.
    """
    if not hasattr(_of_thread, "decompressor"):
        _of_thread.decompressor = zstandard.ZstdDecompressor()
    try:
        return bytes(_of_thread.decompressor.decompress(content))
    except zstandard.ZstdError as error:
        raise ValueError(f"not what was compressed: {error}") from error


def pack_rasters(rasters: NDArray[np.int16]) -> bytes:
    """Compress rasters of shape `(layers, rows, cols)`; each is kept as its difference from the one before."""
    layers, rows, cols = rasters.shape
    planes = np.empty((layers, 2, rows * cols), np.uint8)
    for number in range(layers):
        # Sums of 16 bits wrap around and back.
        before = rasters[number - 1] if number else np.int16(0)
        to_planes(rasters[number] - before, planes[number])
    return compress(planes.data)


def unpack_rasters(content: bytes, shape: tuple[int, int, int]) -> NDArray[np.int16]:
    """Undo `pack_rasters`."""
    layers, rows, cols = shape
    planes = np.frombuffer(decompress(content), np.uint8).reshape(layers, 2, rows * cols)
    rasters = np.empty(shape, np.int16)
    for number in range(layers):
        from_planes(planes[number], rasters[number])
        if number:
            rasters[number] += rasters[number - 1]
    return rasters


def pack_arrays(arrays: Mapping[str, NDArray[np.generic]]) -> dict[str, bytes]:
    """Compress arrays of any type, one part each."""
    parts: dict[str, bytes] = {}
    for name, array in arrays.items():
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, np.ascontiguousarray(array), version=FORMAT_VERSION, allow_pickle=False)
        parts[name] = compress(buffer.getbuffer())
    return parts


def pack_together(arrays: Mapping[str, NDArray[np.generic]]) -> bytes:
    """Compress many small arrays as one: they are unpacked in a tenth of the time that single ones take."""
    shapes = {name: (array.dtype.str, array.shape) for name, array in arrays.items()}
    described = json.dumps(shapes, separators=(",", ":")).encode()
    pieces = [len(described).to_bytes(WORD_BYTES, "little"), described]
    pieces += [np.ascontiguousarray(array).tobytes() for array in arrays.values()]
    return compress(b"".join(piece.ljust(_whole_words(len(piece)), b"\0") for piece in pieces))


def unpack_together(content: bytes) -> dict[str, NDArray[np.generic]]:
    """Undo `pack_together`.

    Raises:
        ValueError: the bytes were not made by `pack_together`.
    """
    # What can be written to: kernels would be compiled once more for arrays that cannot.
    found = bytearray(decompress(content))
    length = int.from_bytes(found[:WORD_BYTES], "little")
    at = WORD_BYTES + _whole_words(length)
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, (kind, shape) in json.loads(found[WORD_BYTES : WORD_BYTES + length]).items():
        dtype, count = np.dtype(kind), math.prod(shape)
        arrays[name] = np.frombuffer(found, dtype, count, at).reshape(shape)
        at += _whole_words(count * dtype.itemsize)
    return arrays


def _whole_words(count: int) -> int:
    """Return a number of bytes after which any number may begin."""
    return -(-count // WORD_BYTES) * WORD_BYTES


def unpack_array(content: bytes, dtype: DTypeLike | None = None) -> NDArray[Any]:
    """Undo `pack_arrays` for one part; with a `dtype`, its values as another type, without a copy in between.

    Raises:
        ValueError: the bytes were not made by `pack_arrays`.
    """
    try:
        # Straight into the array: one of a province's terrain is too large to be copied twice.
        with zstandard.ZstdDecompressor().stream_reader(content) as reader:
            if np.lib.format.read_magic(reader) != FORMAT_VERSION:
                raise ValueError("an array of another format")
            shape, is_fortran, kept_dtype = np.lib.format.read_array_header_1_0(reader)
            if is_fortran or kept_dtype.hasobject:
                raise ValueError("an array of another layout")
            found: NDArray[Any] = np.empty(shape, kept_dtype if dtype is None else dtype)
            if found.dtype == kept_dtype:
                _read_into(found.reshape(-1).view(np.uint8), reader)
            else:
                flat = found.reshape(-1)
                room = np.empty(min(VALUES_AT_ONCE, flat.size), kept_dtype)
                for first in range(0, flat.size, VALUES_AT_ONCE):
                    values = room[: flat.size - first]
                    _read_into(values.view(np.uint8), reader)
                    flat[first : first + len(values)] = values
    except zstandard.ZstdError as error:
        raise ValueError(f"not what was compressed: {error}") from error
    return found


def _read_into(target: NDArray[np.uint8], reader: zstandard.ZstdDecompressionReader) -> None:
    room, filled = target.data, 0
    while filled < len(room):
        count = reader.readinto(room[filled:])
        if count == 0:
            raise ValueError("an array that ends too early")
        filled += count
