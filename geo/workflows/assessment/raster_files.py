"""Writes the raster files of an assessment from the blocks of its tiles."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rasterio.transform import Affine

from geo.domain.coverage import STATE_NO_DATA, States
from geo.domain.grid import Grid
from geo.intake.whole_raster import whole_raster
from geo.store.result_entries import Parts
from geo.workflows.assessment.cog import write_cog
from geo.workflows.assessment.keys import code_digest, digest_of
from geo.workflows.assessment.overviews import BLOCK_PREFIX, Kinds, Overviews, Place, RasterKind
from geo.workflows.assessment.tile_store import TileStore
from geo.workflows.assessment.tiles import Tile
from geo.workflows.assessment.unchanged_files import find_unchanged, is_linked, list_files


def write_rasters(
    folder: Path, area: Grid, store: TileStore, kinds: Kinds, *, earlier: Iterable[Path], workers: int
) -> None:
    """Write the rasters; those that come out as in one of the `earlier` folders are linked to it."""
    files = _Files(area, store, kinds)
    unchanged = find_unchanged(files.digests, earlier)
    checksums = {name: each.checksum for name, each in unchanged.items()}
    with ThreadPoolExecutor(max_workers=workers) as pool:

        def write(wanted: list[str]) -> None:
            if not wanted:
                return
            floors = files.floors(wanted, workers)
            written = {file_name(name): pool.submit(_write, folder, area, name, kinds[name], floors) for name in wanted}
            # The results are asked for, so that an error is raised here.
            checksums.update({name: each.result() for name, each in written.items()})

        files.overviews.touch()
        linked = {name: pool.submit(is_linked, each, folder / name) for name, each in unchanged.items()}
        write([name for name in kinds if file_name(name) not in linked])
        # An earlier file may turn out to be damaged.
        write([name for name in kinds if file_name(name) in linked and not linked[file_name(name)].result()])
    list_files(folder, files.digests, checksums)


def _write(folder: Path, area: Grid, name: str, kind: RasterKind, floors: Sequence[Mapping[Place, Parts]]) -> int:
    """Write one file and return its checksum."""
    part = BLOCK_PREFIX + name
    levels = [{place: parts[part] for place, parts in floor.items() if part in parts} for floor in floors]
    return write_cog(folder / file_name(name), area, dtype=kind.dtype, nodata=kind.outside, levels=levels)


def file_name(raster: str) -> str:
    """Return the name of the file of a raster."""
    return f"{raster}.tif"


@dataclass(frozen=True, eq=False)
class _Files:
    """What the files are made of."""

    area: Grid
    store: TileStore
    kinds: Kinds

    @cached_property
    def _tiles(self) -> Mapping[Place, Tile]:
        return {(tile.row, tile.col): tile for tile in self.store.results}

    @cached_property
    def _blocks(self) -> Mapping[Place, Mapping[str, str]]:
        """Digests of the blocks of every tile, by the names of their rasters."""
        return {place: json.loads(self.store.digests(tile)) for place, tile in self._tiles.items()}

    @cached_property
    def digests(self) -> dict[str, str]:
        """A digest of all that each file is made of, by file name."""
        found = {}
        shared = f"{code_digest()} {digest_of(self.area)}"
        for name, kind in self.kinds.items():
            own = " ".join(f"{place} {digests[name]}" for place, digests in self._blocks.items() if name in digests)
            found[file_name(name)] = digest_of(f"{shared} {kind.dtype} {kind.outside}", own)
        return found

    def floors(self, rasters: list[str], workers: int) -> list[Mapping[Place, Parts]]:
        """Return the blocks of some rasters, of the full resolution first, by place."""
        found = self.store.parts(self.store.results, [BLOCK_PREFIX + name for name in rasters])
        ground = {(tile.row, tile.col): parts for tile, parts in found.items()}
        return [ground, *self.overviews.blocks(rasters, workers)]

    @cached_property
    def overviews(self) -> Overviews:
        """The overviews of all files."""
        return Overviews(self._parts_of_tile, self._blocks, self.area.shape, self.kinds, self.store.cache)

    def _parts_of_tile(self, place: Place, names: list[str]) -> Parts:
        tile = self._tiles[place]
        return self.store.parts([tile], names)[tile]


def write_public(folder: Path, grid: Grid, public_any: Mapping[str, States]) -> None:
    """Write the public grid of every technology."""
    for technology, found in public_any.items():
        write_raster(folder / f"public_{technology}.tif", found, grid, nodata=STATE_NO_DATA)


def write_raster(path: Path, array: NDArray[np.generic], grid: Grid, *, nodata: int) -> None:
    """Write a cloud-optimised GeoTIFF; its overviews take the nearest pixel, because some values are marks."""
    with whole_raster(
        path,
        driver="COG",
        width=grid.cols,
        height=grid.rows,
        dtype=array.dtype.name,
        crs=grid.crs,
        transform=Affine(*grid.transform),
        nodata=nodata,
        compress="DEFLATE",
        level=1,
        predictor="STANDARD",
        overview_resampling="nearest",
        num_threads="ALL_CPUS",
    ) as raster:
        raster.write(array)
