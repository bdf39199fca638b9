"""Rasters of whole numbers as two planes of bytes that compress well: differences along a row, small ones near zero."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.radio.kernels.options import OPTIONS


@njit(**OPTIONS)
def to_planes(values: NDArray[np.int16], planes: NDArray[np.uint8]) -> None:
    """Fill `planes` (2, pixels) with the low and high bytes of the differences of `values` (rows, cols)."""
    rows, cols = values.shape
    at = 0
    for i in range(rows):
        before = 0
        for j in range(cols):
            value = int(values[i, j])
            # 16 bits wrap around; signs move to the last bit, so that small differences have an empty high byte.
            step = ((value - before + 32768) & 0xFFFF) - 32768
            folded = ((step << 1) ^ (step >> 63)) & 0xFFFF
            planes[0, at] = folded & 0xFF
            planes[1, at] = folded >> 8
            before = value
            at += 1


@njit(**OPTIONS)
def from_planes(planes: NDArray[np.uint8], values: NDArray[np.int16]) -> None:
    """Undo `to_planes`."""
    rows, cols = values.shape
    at = 0
    for i in range(rows):
        before = 0
        for j in range(cols):
            folded = int(planes[0, at]) | (int(planes[1, at]) << 8)
            step = (folded >> 1) ^ -(folded & 1)
            before = ((before + step + 32768) & 0xFFFF) - 32768
            values[i, j] = before
            at += 1
