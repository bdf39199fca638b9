"""Illustrative terrain: gradient noise shaped by a recipe, the same bits on every machine.

Only additions, multiplications, divisions and square roots are used on the elevations: IEEE 754 rounds these alike
everywhere, which exponentials and trigonometric functions do not promise.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import yaml
from affine import Affine
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from geo.intake.whole_raster import whole_raster

Floats = NDArray[np.float32]

# Eight directions of equal length along a circle, exact in binary to the last digit that is used here.
_DIRECTIONS = np.array(
    [[1, 0], [0.75, 0.66], [0, 1], [-0.75, 0.66], [-1, 0], [-0.75, -0.66], [0, -1], [0.75, -0.66]], np.float32
)
_COARSE_PX = 24  # the large shape is made on every 24th pixel and interpolated


class Octave(BaseModel):
    """One wave length of the relief, in pixels, with its share of the roughness."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    length_px: int
    weight: float
    ridged: bool


class TerrainRecipe(BaseModel):
    """What `recipe.yaml` says: a frame in degrees (EPSG:4326), a coast, knots, massifs and octaves."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int
    west: float
    south: float
    east: float
    north: float
    step_arcsec: int
    coast: list[tuple[float, float]]
    coast_rise_deg: float
    knots: list[tuple[float, float, float, float]]
    massifs: list[tuple[float, float, float, float]]
    octaves: list[Octave]

    @property
    def step_deg(self) -> float:
        """Pixel size in degrees."""
        return self.step_arcsec / 3600

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return round((self.north - self.south) / self.step_deg), round((self.east - self.west) / self.step_deg)

    @property
    def transform(self) -> Affine:
        """Affine transform of the raster, north up."""
        return Affine(self.step_deg, 0.0, self.west, 0.0, -self.step_deg, self.north)


def read_recipe(path: Path) -> TerrainRecipe:
    """Read and check a recipe."""
    document: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    return TerrainRecipe.model_validate(document)


def make_terrain(recipe: TerrainRecipe) -> NDArray[np.int16]:
    """Elevation in metres, shape (rows, cols) from the north-west corner; 0 is the sea."""
    lon, lat = _coarse_axes(recipe)
    base, roughness, massif = _large_shape(recipe, lon, lat)
    relief, ridges = _relief(recipe)
    height = _spread(base, recipe.shape)
    height += _spread(roughness, recipe.shape) * relief
    height += _spread(massif, recipe.shape) * ridges
    height *= _spread(_shore_factor(recipe, lon, lat), recipe.shape)
    return np.rint(np.clip(height, 0.0, 3000.0)).astype(np.int16)


def write_terrain(recipe: TerrainRecipe, path: Path) -> None:
    """Write the terrain as a compressed GeoTIFF in EPSG:4326, int16 metres, nodata −32768."""
    height = make_terrain(recipe)
    rows, cols = height.shape
    with whole_raster(
        path,
        driver="GTiff",
        height=rows,
        width=cols,
        dtype="int16",
        crs="EPSG:4326",
        transform=recipe.transform,
        nodata=-32768,
        compress="deflate",
        predictor=2,
        tiled=True,
    ) as raster:
        raster.write(height)


def _coarse_axes(recipe: TerrainRecipe) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitudes and latitudes of the coarse nodes; one node more than needed on each axis."""
    rows, cols = recipe.shape
    step_deg = recipe.step_deg * _COARSE_PX
    lon = recipe.west + np.arange(cols // _COARSE_PX + 2) * step_deg
    lat = recipe.north - np.arange(rows // _COARSE_PX + 2) * step_deg
    return np.asarray(lon, np.float64), np.asarray(lat, np.float64)


def _large_shape(
    recipe: TerrainRecipe, lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[Floats, Floats, Floats]:
    """Base elevation and roughness by inverse distance to the knots, and the massifs' bumps, on the coarse nodes."""
    weight = np.zeros((lat.size, lon.size))
    base, roughness, massif = np.zeros_like(weight), np.zeros_like(weight), np.zeros_like(weight)
    for knot_lon, knot_lat, elevation_m, rough_m in recipe.knots:
        nearness = 1.0 / (_squared(lon, lat, knot_lon, knot_lat) + 0.002)
        nearness *= nearness
        weight += nearness
        base += nearness * elevation_m
        roughness += nearness * rough_m
    for top_lon, top_lat, height_m, radius_deg in recipe.massifs:
        bump = 1.0 / (1.0 + _squared(lon, lat, top_lon, top_lat) / radius_deg**2)
        massif += height_m * bump * bump
    return (base / weight).astype(np.float32), (roughness / weight).astype(np.float32), massif.astype(np.float32)


def _squared(lon: NDArray[np.float64], lat: NDArray[np.float64], to_lon: float, to_lat: float) -> NDArray[np.float64]:
    """Squared distance in square degrees, over the grid of the two axes."""
    east, north = lon[None, :] - to_lon, lat[:, None] - to_lat
    return np.asarray(east * east + north * north)


def _shore_factor(recipe: TerrainRecipe, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Floats:
    """0 in the sea, rising to 1 within `coast_rise_deg` inland of the shore."""
    coast = np.array(recipe.coast)
    shore = np.interp(lat, coast[:, 0], coast[:, 1])
    inland = np.clip((shore[:, None] - lon[None, :]) / recipe.coast_rise_deg, -0.25, 1.0)
    return np.asarray(inland, np.float32)


def _spread(nodes: Floats, shape: tuple[int, int]) -> Floats:
    """Bilinear interpolation from the coarse nodes to all pixels."""
    row, col = np.arange(shape[0]), np.arange(shape[1])
    across = ((col % _COARSE_PX) / _COARSE_PX).astype(np.float32)
    down = ((row % _COARSE_PX) / _COARSE_PX).astype(np.float32)[:, None]
    left = nodes[:, col // _COARSE_PX]
    line = left + (nodes[:, col // _COARSE_PX + 1] - left) * across
    top = line[row // _COARSE_PX]
    result: Floats = top + (line[row // _COARSE_PX + 1] - top) * down
    return result


def _relief(recipe: TerrainRecipe) -> tuple[Floats, Floats]:
    """Hills between about −1 and 1, and ridges between about 0.3 and 1.3 for the massifs."""
    relief = np.zeros(recipe.shape, np.float32)
    ridges = np.full(recipe.shape, 0.55, np.float32)
    for number, octave in enumerate(recipe.octaves):
        noise = gradient_noise(recipe.shape, length_px=octave.length_px, seed=recipe.seed + number)
        if octave.ridged:
            noise = np.float32(0.6) - np.float32(2.0) * np.abs(noise)
            ridges += np.float32(octave.weight * 0.5) * noise
        relief += np.float32(octave.weight * 2.2) * noise
    return relief, ridges


def gradient_noise(shape: tuple[int, int], *, length_px: int, seed: int) -> Floats:
    """Gradient noise between about −0.7 and 0.7 with the wave length `length_px`, shape (rows, cols)."""
    rows, cols = shape
    turn = _hashed(rows // length_px + 2, cols // length_px + 2, seed=seed)
    east, south = _DIRECTIONS[turn, 0], _DIRECTIONS[turn, 1]
    col = np.arange(cols)
    at, frac = col // length_px, ((col % length_px) / length_px).astype(np.float32)
    ease = _ease(frac)
    # along a lattice row everything but the row fraction is settled: n = (east part) + (south part) * fraction
    east_left, south_left = east[:, at] * frac, south[:, at]
    east_part = east_left + (east[:, at + 1] * (frac - np.float32(1.0)) - east_left) * ease
    south_part = south_left + (south[:, at + 1] - south_left) * ease
    down = (np.arange(length_px) / length_px).astype(np.float32)[:, None]
    blend = _ease(down)
    noise = np.empty(shape, np.float32)
    for block in range((rows + length_px - 1) // length_px):
        upper = east_part[block] + south_part[block] * down
        lower = east_part[block + 1] + south_part[block + 1] * (down - np.float32(1.0))
        first = block * length_px
        noise[first : first + length_px] = (upper + (lower - upper) * blend)[: rows - first]
    return noise


def _ease(fraction: Floats) -> Floats:
    """Smooth step with no jump in slope or curvature at either end."""
    six, fifteen, ten = np.float32(6.0), np.float32(15.0), np.float32(10.0)
    return np.asarray(fraction * fraction * fraction * (fraction * (fraction * six - fifteen) + ten), np.float32)


def _hashed(rows: int, cols: int, *, seed: int) -> NDArray[np.intp]:
    """A direction number 0..7 for each lattice node, from integer arithmetic only."""
    row, col = np.meshgrid(np.arange(rows, dtype=np.uint64), np.arange(cols, dtype=np.uint64), indexing="ij")
    mixed = row * np.uint64(0x9E3779B97F4A7C15) + col * np.uint64(0xC2B2AE3D27D4EB4F) + np.uint64(seed)
    for shift, factor in ((33, 0xFF51AFD7ED558CCD), (29, 0xC4CEB9FE1A85EC53), (32, 0x165667B19E3779F9)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return (mixed >> np.uint64(61)).astype(np.intp)
