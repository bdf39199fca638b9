"""Levels by tier and relief: what is drawn where, tiles without seams, overviews in a file."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from PIL import Image
from rasterio.enums import Resampling
from rasterio.transform import Affine
from shapely.geometry import box

from geo.domain.grid import Bounds
from geo.parameters.coverage_rule import load_coverage_rule
from maps.content import MapContent
from maps.levels import Territory, level_picture
from maps.mercator import Frame
from maps.pages import FILE_BYTES, map_file
from maps.palette import NO_DATA_FILL, NO_DATA_INK, TIER_COLOURS, WEAK_FILL, rgba
from maps.relief import relief_picture
from tests.maps import samples
from tests.maps.vendor import place_vendor_files

RULE = load_coverage_rule()
STEP_DEG = 1 / 1200
WEST, NORTH = 108.0, 12.8
INSIDE = Territory.of([box(108.0, 12.5, 108.3, 12.8)])
RANDOM = np.random.default_rng(3)


def write(path: Path, values: NDArray[np.int16]) -> Path:
    """A raster in degrees whose upper left corner is that of the small province."""
    with rasterio.open(
        path, "w", driver="GTiff", dtype="int16", count=1, height=values.shape[0], width=values.shape[1],
        crs="EPSG:4326", transform=Affine(STEP_DEG, 0, WEST, 0, -STEP_DEG, NORTH), nodata=-32768,
    ) as dataset:  # fmt: skip
        dataset.write(values, 1)
        dataset.build_overviews([2, 4], Resampling.nearest)
    return path


def pixels(picture: bytes, mode: str = "RGBA") -> NDArray[np.uint8]:
    """A picture as an array."""
    return np.asarray(Image.open(io.BytesIO(picture)).convert(mode))


def drawn(path: Path, frame: Frame, territory: Territory = INSIDE) -> NDArray[np.uint8]:
    """Levels of a frame as colours."""
    return pixels(level_picture(path, frame, technology="4G", rule=RULE, territory=territory))


def test_each_level_has_the_colour_of_its_tier(tmp_path: Path) -> None:
    levels = [-32768, -32767, -1101, -1100, -1051, -1050, -951, -950, -851, -850]
    tiers = ["marginal", "marginal", "outdoor", "outdoor", "vehicle", "vehicle", "indoor"]
    values = np.repeat(np.array(levels, np.int16), 36)[np.newaxis, :].repeat(360, axis=0)
    picture = drawn(
        write(tmp_path / "levels.tif", values), Frame.around(Bounds(108.0, 12.5, 108.3, 12.8), longest_px=500)
    )
    found = [{tuple(int(v) for v in colour) for colour in picture[100:120, 50 * place + 25]} for place in range(10)]
    assert found[0] == {rgba(NO_DATA_FILL), rgba(NO_DATA_INK)}
    assert found[1] == found[2] == {rgba(WEAK_FILL)}
    assert found[3:] == [{rgba(TIER_COLOURS[tier])} for tier in tiers]


def test_no_data_ends_with_the_territory_and_has_no_rim_along_its_border(tmp_path: Path) -> None:
    inside = np.full((360, 360), -32768, np.int16)
    # The territory ends within a pixel; the raster gave it to the territory, which holds its middle.
    border = WEST + 100.6 * STEP_DEG
    inside[:, :101] = -800
    path = write(tmp_path / "levels.tif", inside)
    territory = Territory.of([box(WEST, 12.5, border, NORTH)])
    picture = drawn(path, Frame.around(Bounds(border - 0.001, 12.6, border + 0.001, 12.602), longest_px=256), territory)
    colours = {tuple(int(v) for v in colour) for colour in np.unique(picture.reshape(-1, 4), axis=0)}
    assert colours == {rgba(TIER_COLOURS["indoor"]), (*rgba(NO_DATA_FILL)[:3], 0)}


@pytest.mark.parametrize("zoom", [12, 15])
def test_tiles_meet_without_a_seam(tmp_path: Path, zoom: int) -> None:
    values = np.where(RANDOM.random((360, 360)) < 0.3, -32768, -900).astype(np.int16)
    levels = write(tmp_path / "levels.tif", values)
    heights = np.cumsum(RANDOM.integers(-20, 21, (360, 360)), axis=0).astype(np.int16)
    terrain = write(tmp_path / "terrain.tif", heights)
    x = int((108.1 + 180) / 360 * 2**zoom)
    y = next(y for y in range(2**zoom) if Frame.of_tile(zoom, x, y).bounds.south < 12.65)
    left, right = Frame.of_tile(zoom, x, y), Frame.of_tile(zoom, x + 1, y)
    both = replace(left, cols=512)
    whole = drawn(levels, both)
    assert np.array_equal(np.hstack([drawn(levels, left), drawn(levels, right)]), whole)
    grey = pixels(relief_picture([terrain], both), "L").astype(int)
    tiles = np.hstack([pixels(relief_picture([terrain], frame), "L").astype(int) for frame in (left, right)])
    # The pictures are compressed with a loss: as far apart at the seam as anywhere else, and not much.
    apart = np.abs(tiles - grey)
    assert apart[:, 254:258].mean() < apart.mean() + 3.0
    assert grey.std() > 5


def test_a_slope_that_looks_at_the_light_is_brighter(tmp_path: Path) -> None:
    ridge = np.abs(np.arange(360) - 180)[:, np.newaxis].repeat(360, axis=1)
    terrain = write(tmp_path / "terrain.tif", (8000 - 30 * ridge).astype(np.int16))
    frame = Frame.around(Bounds(108.05, 12.55, 108.25, 12.75), longest_px=300)
    grey = pixels(relief_picture([terrain], frame), "L").astype(int)
    assert grey[40:100].mean() > grey[200:260].mean() + 20
    assert np.ptp(pixels(relief_picture([], frame), "L")) <= 1


def test_a_file_holds_overviews_and_stays_small(tmp_path: Path) -> None:
    assert place_vendor_files(tmp_path) in (True, False)
    noise = RANDOM.integers(-1300, -700, (2400, 2400)).astype(np.int16)
    layers = {
        (technology, operator): write(tmp_path / f"{technology}{operator}.tif", np.roll(noise, 7 * number))
        for number, (technology, operator) in enumerate(
            (technology, operator) for technology in samples.TECHNOLOGIES for operator in ("any", "viettel", "vnpt")
        )
    }
    content = replace(samples.content(sees_sites=True), rule=RULE, levels=layers, terrain=(layers["4G", "any"],))
    page = map_file(content, language="en", static_dir=tmp_path)
    assert len(page.encode()) < FILE_BYTES
    document = json.loads(re.findall(r'id="phusong-map-data">(.*?)</script>', page, re.DOTALL)[0])
    held = document["embedded"]
    assert {name: set(by) for name, by in held["levels"].items()} == {
        technology: {"any", "viettel", "vnpt"} for technology in samples.TECHNOLOGIES
    }
    assert held["relief"].startswith("data:image/webp;base64,")
    # As fine as the rasters, and no finer.
    assert held["step_m"] == 90
    assert document["links"]["levels"] is None


def test_what_everybody_gets_holds_no_levels(tmp_path: Path) -> None:
    place_vendor_files(tmp_path)
    content: MapContent = samples.content()
    document = re.findall(
        r'id="phusong-map-data">(.*?)</script>', map_file(content, language="en", static_dir=tmp_path), re.DOTALL
    )[0]
    assert (json.loads(document)["levels"], json.loads(document)["embedded"]) == (None, None)
