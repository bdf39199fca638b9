"""Where losses of masts and levels of tiles are computed: by threads of this process, or by a worker of a cluster."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo.radio.correction import Correction
from geo.radio.layers import MastLoss
from geo.radio.left_out import LeftOutCell
from geo.radio.masts import Mast, PixelWindow
from geo.radio.model import PredictionSettings
from geo.radio.prediction import PreparedRasters, mast_loss, prepare_rasters
from geo.store.result_cache import ResultCache
from geo.workflows.assessment.losses import loss_parts, read_losses
from geo.workflows.assessment.spread import LevelErrors
from geo.workflows.assessment.tiles import Tile
from geo.workflows.assessment.window import Window, wanted_pixels


@dataclass(frozen=True, slots=True)
class KeyedMast:
    """A mast with the name of its losses, and a digest of these and of its cells: all that it gives to a tile."""

    mast: Mast
    loss_key: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TileRule:
    """What turns losses into levels and levels into counts, besides the losses and the ground.

    `thresholds_dbm` has for each technology the level of each tier; `covered_dbm` the one that counts as covered.
    `errors` say how wrong levels may be. `left_out` are the cells that cannot be computed: within their reach a level
    that does not count as covered is no data.
    """

    technologies: tuple[str, ...]
    operators: tuple[str, ...]
    thresholds_dbm: tuple[tuple[float, ...], ...]
    covered_dbm: tuple[float, ...]
    road_classes: int
    errors: LevelErrors
    left_out: tuple[LeftOutCell, ...] = ()


@dataclass(frozen=True, eq=False)
class Bench:
    """Everything that the tasks of one assessment share."""

    window: Window
    settings: PredictionSettings
    correction: Correction | None
    rule: TileRule
    cache: ResultCache

    @cached_property
    def origin(self) -> tuple[int, int]:
        """Row and column of the area's first pixel in the terrain."""
        return self.window.origin

    @cached_property
    def rasters(self) -> PreparedRasters:
        """Terrain and clutter as the kernels take them."""
        return prepare_rasters(self.window.terrain, self.window.clutter)

    @cached_property
    def wanted(self) -> NDArray[np.uint8]:
        """Mask on the terrain of the territory's pixels; losses are wanted nowhere else."""
        return wanted_pixels(self.window.territory, self.window.terrain)

    def keep_loss(self, keyed: KeyedMast) -> None:
        """Compute the losses of a mast and keep them."""
        loss = mast_loss(keyed.mast, rasters=self.rasters, settings=self.settings, wanted=self.wanted)
        self.cache.write(keyed.loss_key, loss_parts(loss, self.origin, self.window.area.shape))

    def losses(self, keyed: KeyedMast, tile: Tile, only: frozenset[str] | None = None) -> MastLoss:
        """Return the losses of a mast on a tile; what is not kept, or not any more, is computed."""
        window = PixelWindow(tile.first_row, tile.first_col, tile.rows, tile.cols)
        found = read_losses(self.cache, keyed.loss_key, window, self.origin, only)
        if found is None:
            self.keep_loss(keyed)
            found = read_losses(self.cache, keyed.loss_key, window, self.origin, only)
        if found is None:
            # Evicted at once: the cache is smaller than a single entry needs.
            loss = mast_loss(keyed.mast, rasters=self.rasters, settings=self.settings, wanted=self.wanted)
            own = ResultCache(Path(), limit_bytes=0)
            own.write(keyed.loss_key, loss_parts(loss, self.origin, self.window.area.shape))
            found = read_losses(own, keyed.loss_key, window, self.origin, only)
        if found is None:
            raise RuntimeError("losses that were just computed are gone")
        return found
