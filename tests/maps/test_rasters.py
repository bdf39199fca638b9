"""Pictures of public rasters keep their places and their three states."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from maps.rasters import coverage_picture, territory_mask
from tests.maps import samples


def test_picture_has_three_states_and_its_place() -> None:
    picture = coverage_picture(samples.raster())
    pixels = np.asarray(Image.open(io.BytesIO(picture.png)).convert("RGBA"))
    assert pixels.shape == (160, 160, 4)
    colours = {tuple(int(v) for v in colour) for colour in np.unique(pixels.reshape(-1, 4), axis=0)}
    assert len([colour for colour in colours if colour[3] > 0]) == 4  # no data has a ground and a hatch line
    assert 107.9 < picture.bounds.west < picture.bounds.east < 108.2
    assert picture.data_uri.startswith("data:image/png;base64,")


def test_outside_the_territory_is_transparent() -> None:
    raster = samples.raster()
    mask = territory_mask([unit.geometry for unit in samples.units() if unit.geometry is not None], raster.grid)
    assert mask is not None
    assert mask.any()
    assert not mask.all()
    pixels = np.asarray(Image.open(io.BytesIO(coverage_picture(raster, mask=mask).png)).convert("RGBA"))
    assert (pixels[:, 0, 3] == 0).all()
    assert (pixels[:, -1, 3] > 0).any()


def test_no_outlines_no_mask() -> None:
    assert territory_mask([], samples.raster().grid) is None
