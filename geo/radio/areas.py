"""Parts of the terrain's grid that a prediction is asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.domain.grid import Grid
from geo.errors import BadInputError

# Stands in for a mask that is the same everywhere: nothing void, everything wanted.
ONE_PIXEL = np.zeros((1, 1), np.uint8)


def first_pixel(whole: Grid, part: Grid) -> tuple[int, int]:
    """Return row and column of the first pixel of `part` in `whole`.

    Raises:
        BadInputError: `part` is not made of pixels of `whole`.
    """
    row, col = whole.fractional_row_col(part.west, part.north)
    first_row, first_col = round(row), round(col)
    fits = (
        part.crs == whole.crs
        and max(abs(part.step_x / whole.step_x - 1.0), abs(part.step_y / whole.step_y - 1.0)) < 1e-9
        and max(abs(row - first_row), abs(col - first_col)) < 1e-3
        and 0 <= first_row <= whole.rows - part.rows
        and 0 <= first_col <= whole.cols - part.cols
    )
    if not fits:
        raise BadInputError(
            "The area of the prediction is not a part of the terrain's grid.",
            "Vùng dự báo không phải là một phần của lưới địa hình.",
        )
    return first_row, first_col


def wanted_mask(
    grid: Grid, origin: tuple[int, int], target: Grid, wanted: NDArray[np.bool_] | None
) -> NDArray[np.uint8]:
    """Return the mask on the terrain's grid of the pixels to compute; one pixel stands for all.

    Raises:
        BadInputError: `wanted` has another shape than the area.
    """
    if wanted is None and target.shape == grid.shape:
        return ONE_PIXEL
    if wanted is not None and wanted.shape != target.shape:
        raise BadInputError(
            "The mask of wanted pixels has another shape than the area.",
            "Mặt nạ các điểm ảnh cần tính có kích thước khác với vùng dự báo.",
        )
    mask = np.zeros(grid.shape, np.uint8)
    part = (slice(origin[0], origin[0] + target.rows), slice(origin[1], origin[1] + target.cols))
    mask[part] = 1 if wanted is None else wanted
    return mask
