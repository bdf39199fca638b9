"""The illustrative terrain has the same bits everywhere and looks like a province with a coast and mountains."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import rasterio

from geo.workflows.demo_terrain import gradient_noise, make_terrain, read_recipe, write_terrain

RECIPE = read_recipe(Path(__file__).parents[2] / "data" / "terrain" / "recipe.yaml")
SHA256 = "52f1039bf6438bb6dc5e5c22ad0274847ce942058685ed2e83f040d7c762b21a"


@pytest.fixture(scope="module")
def terrain() -> np.ndarray:
    return make_terrain(RECIPE)


def test_the_bits_are_the_same_everywhere(terrain: np.ndarray) -> None:
    assert hashlib.sha256(terrain.astype("<i2").tobytes()).hexdigest() == SHA256


def test_it_has_sea_plateau_and_mountains(terrain: np.ndarray) -> None:
    def height_m(lon: float, lat: float) -> int:
        return int(terrain[int((RECIPE.north - lat) / RECIPE.step_deg), int((lon - RECIPE.west) / RECIPE.step_deg)])

    assert height_m(109.60, 13.10) == 0
    assert 400 <= height_m(108.05, 12.67) <= 800
    assert height_m(109.25, 13.06) < 30
    assert 2000 <= terrain.max() <= 2500


def test_the_file_reads_back(terrain: np.ndarray, tmp_path: Path) -> None:
    write_terrain(RECIPE, tmp_path / "terrain.tif")
    with rasterio.open(tmp_path / "terrain.tif") as raster:
        assert raster.crs.to_epsg() == 4326
        assert raster.res == pytest.approx((1 / 1200, 1 / 1200))
        assert np.array_equal(raster.read(1), terrain)


def test_noise_has_no_seams_between_lattice_cells() -> None:
    noise = gradient_noise((64, 96), length_px=16, seed=7)
    steps = np.abs(np.diff(noise, axis=0))
    assert steps.max() < 0.3
    assert np.abs(noise).max() < 1.0
