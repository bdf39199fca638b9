"""The whole raster, tile by tile: what is kept is taken, the rest is computed, and the sums are added up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from geo.domain.coverage import States, majority_of
from geo.domain.grid import Grid
from geo.domain.sites import ANY_OPERATOR
from geo.settings import Settings
from geo.store.result_cache import ResultCache
from geo.workflows.assessment.bench import Bench, KeyedMast, TileRule
from geo.workflows.assessment.ground import GroundMaker, road_classes
from geo.workflows.assessment.inputs import Inputs, prediction_settings
from geo.workflows.assessment.keying import state_digest
from geo.workflows.assessment.keys import digest_of
from geo.workflows.assessment.levels import CountProgress
from geo.workflows.assessment.network_errors import errors_of
from geo.workflows.assessment.public_grid import PublicGrid, public_grid
from geo.workflows.assessment.runners import Runner, TileTask, kept_counts
from geo.workflows.assessment.states import MADE_OF, change_since, last_masts
from geo.workflows.assessment.tile_counts import TileCounts
from geo.workflows.assessment.tile_store import TileResult, TileStore, kept_result
from geo.workflows.assessment.tiles import Tile, TileSurface, masts_by_tile
from geo.workflows.assessment.window import Window


@dataclass(frozen=True, eq=False)
class GridResults:
    """Results on the raster, added up.

    `area_km2` and `people` have the shape (technologies, kinds, communes, tiers, 3), `area_levels` and `people_levels`
    (technologies, rows, communes, common errors, grid) say how much is expected to reach which level (see `spread`),
    `roads_km` has the shape (technologies, operators and any, communes, classes, 3); `states` are those of the public
    grid by technology and operator or any. `tiles` are the parts of every tile, with its blocks of the raster files,
    `masts` all masts.
    """

    area_km2: NDArray[np.float64]
    people: NDArray[np.float64]
    area_levels: NDArray[np.float64]
    people_levels: NDArray[np.float64]
    roads_km: NDArray[np.float64]
    public: PublicGrid
    states: Mapping[tuple[str, str], States]


def make_bench(inputs: Inputs, settings: Settings, window: Window, cache: ResultCache) -> Bench:
    """Return what the tasks of an assessment share."""
    rule = inputs.rule
    return Bench(
        window,
        prediction_settings(rule, inputs.model, inputs.technologies, workers=settings.workers),
        inputs.correction,
        TileRule(
            technologies=inputs.technologies,
            operators=inputs.operators,
            thresholds_dbm=tuple(
                tuple(rule.threshold_dbm(technology, tier) for tier in rule.tiers_dbm)
                for technology in inputs.technologies
            ),
            covered_dbm=tuple(rule.threshold_dbm(technology) for technology in inputs.technologies),
            road_classes=max(1, len(road_classes(inputs))),
            errors=errors_of(inputs),
            left_out=inputs.left_out,
        ),
        cache,
    )


def plan_tiles(inputs: Inputs, settings: Settings, bench: Bench, masts: Sequence[KeyedMast]) -> TilePlan:
    """Return the tiles of an assessment with the names of all that they are made of, and which of them are kept."""
    plan = TilePlan(inputs, bench, masts, GroundMaker(inputs, settings, bench.window))
    _ = plan.kept
    return plan


def compute_tiles(plan: TilePlan, runner: Runner, progress: CountProgress | None) -> TileStore:
    """Compute levels on the raster of the territory, and what is counted on it."""
    cache = plan.bench.cache

    def compute(wanted: Iterable[Tile], *, anew: bool) -> dict[Tile, TileResult]:
        return runner.run(plan.bench, [plan.task(tile, anew=anew) for tile in wanted], progress)

    # What is kept is read while the rest is computed.
    with ThreadPoolExecutor(max_workers=1) as pool:
        reading = pool.submit(_read, cache, plan.kept)
        pool.submit(cache.touch, plan.keys_in_use())
        found = compute((tile for tile in plan.tiles if tile not in plan.kept), anew=False)
        found.update(reading.result())
    damaged = [tile for tile in plan.tiles if tile not in found]
    if damaged:
        found.update(compute(damaged, anew=True))
    return TileStore(cache, {tile: found[tile] for tile in plan.tiles}, partial(compute, anew=True))


def add_up(inputs: Inputs, settings: Settings, tiles: TileStore) -> GridResults:
    """Add tiles up, always in the same order: what was kept and what was computed add up to the same bits."""
    return _Sum(inputs, settings, tiles.counts).results()


def _read(cache: ResultCache, keys: Mapping[Tile, str]) -> dict[Tile, TileResult]:
    """Return tiles that are kept; those that turn out to be damaged are left out."""
    read = ((tile, kept_result(cache, key)) for tile, key in keys.items())
    return {tile: result for tile, result in read if result is not None}


@dataclass(frozen=True, eq=False)
class TilePlan:
    """The names of everything that is kept, and what each tile is made of."""

    inputs: Inputs
    bench: Bench
    masts: Sequence[KeyedMast]
    grounds: GroundMaker

    @cached_property
    def tiles(self) -> tuple[Tile, ...]:
        """All tiles."""
        return tuple(surface.tile for surface in self.bench.window.tiles)

    @cached_property
    def kept(self) -> Mapping[Tile, str]:
        """The names of the tiles that are kept."""
        found = ((tile, kept_counts(self.bench.cache, self.made_keys[tile])) for tile in self.tiles)
        return {tile: key for tile, key in found if key is not None}

    @cached_property
    def made_keys(self) -> Mapping[Tile, str]:
        """The name under which is kept what a tile came out as, made of these masts."""
        digests = [keyed.digest for keyed in self.masts]
        return {
            tile: "made/" + digest_of(self._static[tile], "".join(digests[number] for number in self._by_tile[tile]))
            for tile in self.tiles
        }

    @cached_property
    def _static(self) -> Mapping[Tile, str]:
        """A digest of what the counts of a tile depend on besides its masts."""
        return {surface.tile: self._static_of(surface) for surface in self.bench.window.tiles}

    def _static_of(self, surface: TileSurface) -> str:
        missing = self._missing[:, list(surface.units)]
        return digest_of(self._rule_digest, surface.digest, self._ground_keys[surface.tile], missing)

    @cached_property
    def _rule_digest(self) -> str:
        return digest_of(self._state_digest, self.bench.rule, self.bench.settings.decided_level_dbm)

    @cached_property
    def _ground_keys(self) -> Mapping[Tile, str]:
        return {surface.tile: self.grounds.key(surface) for surface in self.bench.window.tiles}

    def state_key(self, tile: Tile) -> str:
        """Return the name of the last state of a tile, whatever masts made it."""
        return "state/" + digest_of(self._state_digest, tile)

    def task(self, tile: Tile, *, anew: bool = False) -> TileTask:
        """Return what is to be computed for a tile; losses are asked for ahead where they will be needed."""
        masts = self._masts_of(tile)
        kept = self.bench.cache.read(self.state_key(tile), [MADE_OF])
        change = change_since(last_masts(kept), masts)
        needed = masts if change is None else change.came
        return TileTask(
            tile=tile,
            masts=masts,
            first=tuple(keyed for keyed in needed if not self.bench.cache.has(keyed.loss_key)),
            state_key=self.state_key(tile),
            made_key=self.made_keys[tile],
            static=self._static[tile],
            ground=self.grounds.parts(tile, self._ground_keys[tile], self.bench.cache),
            missing=self._missing,
            anew=anew,
        )

    def keys_in_use(self) -> list[str]:
        """Return the names of everything this assessment stands on, used or not: it stays longest."""
        of_tiles = [
            key for tile in self.tiles for key in (self.made_keys[tile], self.state_key(tile), self._ground_keys[tile])
        ]
        return [keyed.loss_key for keyed in self.masts] + of_tiles

    def _masts_of(self, tile: Tile) -> tuple[KeyedMast, ...]:
        return tuple(self.masts[number] for number in self._by_tile[tile])

    @cached_property
    def _by_tile(self) -> dict[Tile, NDArray[np.int64]]:
        return masts_by_tile([keyed.mast for keyed in self.masts], self.tiles, self.bench.window.area)

    @cached_property
    def _missing(self) -> NDArray[np.bool_]:
        return np.array(
            [
                [not self.inputs.has_list(operator, commune.code) for commune in self.inputs.communes]
                for operator in self.inputs.operators
            ],
            dtype=bool,
        ).reshape(len(self.inputs.operators), len(self.inputs.communes))

    @cached_property
    def _state_digest(self) -> str:
        return state_digest(self.bench, self.inputs.technologies)


@dataclass(frozen=True, eq=False)
class _Sum:
    """Adds tiles up."""

    inputs: Inputs
    settings: Settings
    counts: Mapping[Tile, TileCounts]

    def results(self) -> GridResults:
        """Return the sums."""
        counts = self.counts
        communes = len(self.inputs.communes)
        area_km2, people = self._zeros(counts, "area"), self._zeros(counts, "area")
        area_levels, people_levels = self._zeros(counts, "area_levels"), self._zeros(counts, "area_levels")
        classes = len(road_classes(self.inputs))
        roads = np.zeros((len(self.inputs.technologies), len(self.inputs.operators) + 1, communes * classes, 3))
        for found in counts.values():
            area_km2[:, :, found.units] += found.area
            people[:, :, found.units] += found.people
            area_levels[:, :, found.units] += found.area_levels
            people_levels[:, :, found.units] += found.people_levels
            if classes:
                roads[:, :, found.road_buckets] += found.roads
        grid, cells = self._public_grid(counts)
        return GridResults(
            area_km2=area_km2,
            people=people,
            area_levels=area_levels,
            people_levels=people_levels,
            roads_km=roads.reshape(*roads.shape[:2], communes, classes, 3),
            public=self._pairs(grid, counts, cells),
            states=self._states(grid, counts, cells),
        )

    def _zeros(self, counts: Mapping[Tile, TileCounts], name: str) -> NDArray[np.float64]:
        technologies, kinds, _, *others = getattr(next(iter(counts.values())), name).shape
        return np.zeros((technologies, kinds, len(self.inputs.communes), *others))

    def _public_grid(self, counts: Mapping[Tile, TileCounts]) -> tuple[Grid, dict[Tile, NDArray[np.int64]]]:
        """Return the grid over the cells of all tiles, and the flat number in it of each tile's cells."""
        first = np.min([found.cells.min(axis=0) for found in counts.values()], axis=0)
        last = np.max([found.cells.max(axis=0) for found in counts.values()], axis=0)
        grid = public_grid((int(first[0]), int(first[1])), (int(last[0]), int(last[1])), self.inputs, self.settings)
        flat = {
            tile: (found.cells[:, 0] - first[0]).astype(np.int64) * grid.cols + (found.cells[:, 1] - first[1])
            for tile, found in counts.items()
        }
        return grid, flat

    def _pairs(
        self, grid: Grid, counts: Mapping[Tile, TileCounts], cells: Mapping[Tile, NDArray[np.int64]]
    ) -> PublicGrid:
        pairs = [(cells[tile][found.cell_units[:, 0]], found.cell_units[:, 1]) for tile, found in counts.items()]
        return PublicGrid(grid, np.concatenate([one for one, _ in pairs]), np.concatenate([two for _, two in pairs]))

    def _states(
        self, grid: Grid, counts: Mapping[Tile, TileCounts], cells: Mapping[Tile, NDArray[np.int64]]
    ) -> dict[tuple[str, str], States]:
        operators = (*self.inputs.operators, ANY_OPERATOR)
        km2 = np.zeros((len(self.inputs.technologies), len(operators), grid.rows * grid.cols, 3))
        for tile, found in counts.items():
            km2[:, :, cells[tile]] += found.public
        share = self.inputs.gap_rule.majority_share
        return {
            (technology, operator): majority_of(km2[t, o], majority_share=share).reshape(grid.shape)
            for t, technology in enumerate(self.inputs.technologies)
            for o, operator in enumerate(operators)
        }
