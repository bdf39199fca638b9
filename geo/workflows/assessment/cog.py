"""Writes cloud-optimised GeoTIFFs from blocks that were compressed before, so that unchanged blocks are only copied.

Layout: TIFF 6.0 (BigTIFF where the file needs it), GeoTIFF 1.1 keys, directories before the data, overviews before the
full raster, as the COG specification asks (OGC 21-026). A block without any value is left out, which readers take as
no data.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.domain.grid import WGS84, Grid

BLOCK = 256
DEFLATE_LEVEL = 1
Blocks = Mapping[tuple[int, int], bytes]
# Tag, type and values of a directory's entry.
Field = tuple[int, int, Sequence[Any]]
# What GDAL's own driver writes before the first directory, so that readers see the layout without looking at offsets.
# A reader may rely on it: blocks lie row by row, each between its size and its last four bytes again.
STRUCTURE = (
    b"LAYOUT=IFDS_BEFORE_DATA\nBLOCK_ORDER=ROW_MAJOR\nBLOCK_LEADER=SIZE_AS_UINT4\n"
    b"BLOCK_TRAILER=LAST_4_BYTES_REPEATED\nKNOWN_INCOMPATIBLE_EDITION=NO\n "
)
AROUND_BLOCK = 4
GHOST = b"GDAL_STRUCTURAL_METADATA_SIZE=%06d bytes\n" % len(STRUCTURE) + STRUCTURE
CLASSIC_LIMIT = 4_000_000_000
# Field types of TIFF: letter of `struct` by number.
ASCII, SHORT, LONG, DOUBLE, LONG8 = 2, 3, 4, 12, 16
LETTER = {ASCII: "s", SHORT: "H", LONG: "I", DOUBLE: "d", LONG8: "Q"}
GEO_KEYS = (1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, 4326)  # geographic, pixel is area, EPSG:4326


@dataclass(frozen=True, eq=False)
class _Image:
    """One raster of the file: its blocks, and where they will lie."""

    rows: int
    cols: int
    blocks: Blocks

    @property
    def places(self) -> list[tuple[int, int]]:
        """Places of all blocks, row by row."""
        return [(row, col) for row in range(-(-self.rows // BLOCK)) for col in range(-(-self.cols // BLOCK))]


def encoded_block(values: NDArray[Any], outside: int) -> bytes:
    """Return a block of a raster as the file holds it: filled up to full size, differences along rows, deflated."""
    block = values
    if values.shape != (BLOCK, BLOCK):
        block = np.full((BLOCK, BLOCK), outside, dtype=values.dtype)
        block[: values.shape[0], : values.shape[1]] = values
    steps = block.copy()
    steps[:, 1:] -= block[:, :-1]
    return zlib.compress(steps.astype(steps.dtype.newbyteorder("<"), copy=False).tobytes(), DEFLATE_LEVEL)


def halved(values: NDArray[Any]) -> NDArray[Any]:
    """Return every second pixel of every second row: values may be marks, which no average keeps."""
    return np.ascontiguousarray(values[::2, ::2])


def overview_shapes(shape: tuple[int, int]) -> list[tuple[int, int]]:
    """Return the shapes of the overviews of a raster: halves, until one fits into a block."""
    shapes = [(-(-shape[0] // 2), -(-shape[1] // 2))]
    while max(shapes[-1]) > BLOCK:
        rows, cols = shapes[-1]
        shapes.append((-(-rows // 2), -(-cols // 2)))
    return shapes


def write_cog(path: Path, grid: Grid, *, dtype: np.dtype[Any], nodata: int, levels: Sequence[Blocks]) -> int:
    """Write a raster in EPSG:4326 from the blocks of its full resolution and of each of its `overview_shapes`.

    Returns the checksum (CRC-32) of the file.

    Raises:
        ValueError: the grid has another CRS. OSError: the file cannot be written.
    """
    if grid.crs != WGS84:
        raise ValueError(f"blocks are written in {WGS84} only, not in {grid.crs}")
    shapes = [grid.shape, *overview_shapes(grid.shape)]
    images = [_Image(*shape, blocks) for shape, blocks in zip(shapes, levels, strict=True)]
    size = sum(len(content) + 2 * AROUND_BLOCK for image in images for content in image.blocks.values())
    writer = _Writer(big=size > CLASSIC_LIMIT)
    fields = [_fields(image, grid, dtype, nodata, is_overview=number > 0) for number, image in enumerate(images)]
    checksum = 0
    with path.open("wb") as file:
        for part in writer.parts(images, fields):
            checksum = zlib.crc32(part, checksum)
            file.write(part)
    return checksum


def _fields(image: _Image, grid: Grid, dtype: np.dtype[Any], nodata: int, *, is_overview: bool) -> list[Field]:
    """Return tag, type and values of a directory, without the places of its blocks."""
    fields: list[Field] = [
        (254, LONG, [1 if is_overview else 0]),
        (256, LONG, [image.cols]),
        (257, LONG, [image.rows]),
        (258, SHORT, [8 * dtype.itemsize]),
        (259, SHORT, [8]),
        (262, SHORT, [1]),
        (277, SHORT, [1]),
        (284, SHORT, [1]),
        (317, SHORT, [2]),
        (322, LONG, [BLOCK]),
        (323, LONG, [BLOCK]),
        (339, SHORT, [2 if dtype.kind == "i" else 1]),
        (42113, ASCII, [f"{nodata}\0".encode()]),
    ]
    if not is_overview:
        fields += [
            (33550, DOUBLE, [grid.step_x, grid.step_y, 0.0]),
            (33922, DOUBLE, [0.0, 0.0, 0.0, grid.west, grid.north, 0.0]),
            (34735, SHORT, GEO_KEYS),
        ]
    return fields


@dataclass(frozen=True)
class _Writer:
    """Lays out a TIFF: classic with 32-bit places, or BigTIFF with 64-bit ones."""

    big: bool

    def parts(self, images: Sequence[_Image], fields: Sequence[list[Field]]) -> Iterator[bytes]:
        """Return the file piece by piece."""
        first = len(self._header(0)) + len(GHOST)
        first += first % 2
        sizes = [len(self._directory(own, image, {}, 0, 0)) for own, image in zip(fields, images, strict=True)]
        starts = [first + sum(sizes[:number]) for number in range(len(images))]
        # The smallest overview first, so that a reader that wants a picture finds it near the start.
        places: list[dict[tuple[int, int], int]] = [{} for _ in images]
        at = first + sum(sizes)
        for number in reversed(range(len(images))):
            for place, content in sorted(images[number].blocks.items()):
                places[number][place] = at + AROUND_BLOCK
                at += len(content) + 2 * AROUND_BLOCK
        head = self._header(first) + GHOST
        yield head + b"\0" * (first - len(head))
        for number, image in enumerate(images):
            following = starts[number + 1] if number + 1 < len(images) else 0
            yield self._directory(fields[number], image, places[number], starts[number], following)
        for image in reversed(images):
            for _, content in sorted(image.blocks.items()):
                yield struct.pack("<I", len(content)) + content + content[-AROUND_BLOCK:]

    def _header(self, first: int) -> bytes:
        return struct.pack("<2sHHHQ", b"II", 43, 8, 0, first) if self.big else struct.pack("<2sHI", b"II", 42, first)

    def _directory(
        self,
        fields: list[Field],
        image: _Image,
        places: Mapping[tuple[int, int], int],
        start: int,
        following: int,
    ) -> bytes:
        offsets = [places.get(place, 0) for place in image.places]
        lengths = [len(image.blocks.get(place, b"")) for place in image.places]
        wide = LONG8 if self.big else LONG
        complete = sorted([*fields, (324, wide, offsets), (325, LONG, lengths)])
        entry, word = (20, 8) if self.big else (12, 4)
        count_size = 8 if self.big else 2
        body = b""
        body_at = start + count_size + entry * len(complete) + word
        directory = struct.pack("<Q" if self.big else "<H", len(complete))
        for tag, kind, values in complete:
            content = values[0] if kind == ASCII else struct.pack(f"<{len(values)}{LETTER[kind]}", *values)
            count = len(content) if kind == ASCII else len(values)
            directory += struct.pack("<HHQ" if self.big else "<HHI", tag, kind, count)
            if len(content) <= word:
                directory += content.ljust(word, b"\0")
            else:
                directory += struct.pack("<Q" if self.big else "<I", body_at + len(body))
                body += content + b"\0" * (-len(content) % 8)
        directory += struct.pack("<Q" if self.big else "<I", following)
        return directory + body
