"""The window of an assessment as a kept result: terrain, land cover and communes, put together once."""

from __future__ import annotations

import json
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.domain.grid import Grid
from geo.radio.terrain import ClutterWindow, TerrainWindow
from geo.settings import Settings
from geo.store.packed import pack_arrays, unpack_array
from geo.store.result_cache import ResultCache
from geo.store.result_entries import Parts
from geo.workflows.assessment.inputs import Inputs
from geo.workflows.assessment.keys import code_digest, digest_of
from geo.workflows.assessment.tiles import TileSurface, tile_at
from geo.workflows.assessment.window import SQUARE_DIGEST, Rasters, Territory, Window, read_window, window_margin_m

KIND = "window"
HEAD = "head"


class WindowAhead:
    """Unpacks the window that was used last while other data are read: it is nearly always the one that is needed."""

    def __init__(self, cache: ResultCache) -> None:
        """Begin in a thread of its own."""
        self._cache = cache
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._found = self._pool.submit(self._open)

    def __enter__(self) -> WindowAhead:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def window(self, key: str) -> Window | None:
        """Return the window with this name, None when it is another one that was opened; its pixels may come later."""
        found, window = self._found.result()
        return window if found == key else None

    def _open(self) -> tuple[str | None, Window | None]:
        key = self._cache.newest(KIND)
        try:
            parts = None if key is None else self._cache.read(key)
            window = None if parts is None else _described(parts, self._pool.submit(_rasters, parts))
            self._pool.submit(self._cache.count)
            return key, window
        except (KeyError, TypeError, ValueError):
            # Kept by another version of the program, in another form: its name is not the one that is needed.
            return None, None


def kept_window(inputs: Inputs, settings: Settings, cache: ResultCache, ahead: WindowAhead | None = None) -> Window:
    """Return the window of an assessment, read and put together where it is not kept."""
    rasters = [
        (layer.kind, layer.file_sha256, layer.bounds)
        for layer in inputs.rasters
        if layer.kind in ("terrain", "landcover")
    ]
    key = f"{KIND}/" + digest_of(
        code_digest(),
        rasters,
        inputs.bounds,
        window_margin_m(inputs),
        [(commune.code, shapely.to_wkb(commune.geometry)) for commune in inputs.communes],
        (inputs.model.clutter_heights_m, inputs.model.clutter_groups, inputs.model.terrain_step_deg),
    )
    window = None if ahead is None else ahead.window(key)
    if window is None:
        parts = cache.read(key)
        window = None if parts is None else window_from_parts(parts)
    if window is not None:
        cache.touch([key])
        return window
    window = read_window(inputs, settings)
    cache.write(key, window_parts(window))
    return window


def window_parts(window: Window) -> Parts:
    """Return a window as the parts of an entry."""
    terrain, clutter, territory = window.terrain, window.clutter, window.territory
    head = {
        "terrain": asdict(window.grid),
        "area": asdict(window.area),
        "tiles": [(each.tile.row, each.tile.col, each.digest, each.units) for each in window.tiles],
        "has_clutter": window.has_clutter,
        "document": dict(window.document),
    }
    arrays: dict[str, NDArray[Any]] = {
        "squares": window.squares,
        "heights": _whole_metres(terrain.heights_m),
        "labels": territory.labels,
    }
    if terrain.void.any():
        arrays["void"] = np.packbits(terrain.void)
    if clutter is not None:
        arrays |= {"clutter": clutter.heights_m, "groups": clutter.groups}
    return {HEAD: json.dumps(head, sort_keys=True).encode(), **pack_arrays(arrays)}


def window_from_parts(parts: Parts) -> Window:
    """Undo `window_parts`."""
    pixels: Future[Rasters] = Future()
    pixels.set_result(_rasters(parts))
    return _described(parts, pixels)


def _described(parts: Parts, rasters: Future[Rasters]) -> Window:
    """Return a window whose pixels come by themselves."""
    head = json.loads(parts[HEAD])
    area = Grid(**head["area"])
    return Window(
        grid=Grid(**head["terrain"]),
        area=area,
        squares=unpack_array(parts["squares"], SQUARE_DIGEST),
        tiles=tuple(
            TileSurface(tile_at(area, row, col), digest, tuple(units)) for row, col, digest, units in head["tiles"]
        ),
        has_clutter=head["has_clutter"],
        document=head["document"],
        rasters=rasters,
    )


def _rasters(parts: Parts) -> Rasters:
    head = json.loads(parts[HEAD])
    grid, document = Grid(**head["terrain"]), head["document"]
    # Without a void nothing is kept of them, and the empty mask takes no memory until it is written to.
    void = np.zeros(grid.shape, bool)
    if "void" in parts:
        bits = unpack_array(parts["void"], np.uint8)
        void = np.unpackbits(bits, count=grid.rows * grid.cols).view(bool).reshape(grid.shape)
    terrain = TerrainWindow(grid, unpack_array(parts["heights"], np.float32), void, not document["used"])
    clutter = None
    if document["clutter_used"]:
        heights, groups = unpack_array(parts["clutter"], np.float32), unpack_array(parts["groups"], np.uint8)
        clutter = ClutterWindow(grid, heights, tuple(document["unknown_land_cover"]), groups)
    return Rasters(terrain, clutter, Territory(Grid(**head["area"]), unpack_array(parts["labels"], np.uint16)))


def _whole_metres(heights_m: NDArray[np.float32]) -> NDArray[np.generic]:
    """Return heights as whole numbers of half the size, where they are some."""
    with np.errstate(invalid="ignore"):
        whole = heights_m.astype(np.int16)
    return whole if np.array_equal(whole, heights_m) else heights_m
