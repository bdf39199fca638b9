"""The public face of the engine: levels on a grid, at points, and the loss from single masts.

Path loss is ITU-R P.1812-7, computed once per mast, antenna height and frequency, and shared by sectors and operators.
On a grid the sweep computes it (`kernels.sweep`), or the real profile of every path (`kernels.windows`, the reference
path) where it is chosen or the sweep does not hold; at points it is always the reference path. Levels are those
exceeded at the location percentage of the settings, so that they compare directly with the rule's thresholds.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from geo.domain.grid import Grid, LonLat, metres_per_degree
from geo.errors import BadInputError
from geo.radio.areas import ONE_PIXEL, first_pixel, wanted_mask
from geo.radio.correction import CorrectedMast, CorrectedPoints, Correction
from geo.radio.kernels.diffraction import make_carrier
from geo.radio.kernels.loss import Climate
from geo.radio.kernels.merge import Sight
from geo.radio.kernels.statistics import inverse_complementary_normal
from geo.radio.kernels.sweep import sweep_loss
from geo.radio.kernels.windows import Link, points_loss, window_loss
from geo.radio.layers import LayerStack, LevelLayer, MastLoss, PointsLoss, rounded_angles, rounded_losses
from geo.radio.link_budget import ResolvedCell
from geo.radio.masts import Mast, Place, masts_of, window_around
from geo.radio.model import PredictionSettings
from geo.radio.p1812 import beta_radius_km, check_range, effective_radius_km, location_sigma_db
from geo.radio.paths import metres_of_lon, paths_to_points
from geo.radio.terrain import ClutterWindow, TerrainWindow

Progress = Callable[[int, int], None]

# Equation (3) of P.1812 has another form nearer to the poles, which the sweep leaves out.
SWEEP_FARTHEST_LATITUDE_DEG = 70.0
# A ray passes up to half a pixel beside the pixels it owns near the mast; where all are near, that is too much.
SWEEP_SHORTEST_REACH_PIXELS = 25


@dataclass(frozen=True)
class Transmitter:
    """An antenna whose path loss is wanted; its pattern plays no part here."""

    lon: float
    lat: float
    antenna_height_m: float
    frequency_mhz: float
    reach_m: float


@dataclass(frozen=True, eq=False)
class PreparedRasters:
    """Terrain as the kernels take it: without clutter or voids, a raster of one pixel stands in."""

    heights_m: NDArray[np.float32]
    clutter_m: NDArray[np.float32]
    void: NDArray[np.uint8]
    grid: Grid
    step_m: float


def predict_grid(
    transmitters: Sequence[Transmitter],
    *,
    terrain: TerrainWindow,
    clutter: ClutterWindow | None,
    settings: PredictionSettings,
) -> MastLoss:
    """Return the loss from one antenna position (same place and height) at one or several frequencies.

    Raises:
        BadInputError: the transmitters do not share place and height. OutOfRangeError: see `p1812.VALID_RANGES`.
    """
    places = {(each.lon, each.lat, each.antenna_height_m) for each in transmitters}
    if len(places) != 1:
        raise BadInputError(
            "The loss of one mast is asked for, but the transmitters differ in place or height.",
            "Cần tính suy hao của một cột, nhưng các máy phát khác vị trí hoặc độ cao.",
        )
    reach_m: dict[float, float] = {}
    for each in transmitters:
        check_range("frequency_mhz", each.frequency_mhz)
        check_range("tx_height_m", each.antenna_height_m)
        reach_m[each.frequency_mhz] = max(each.reach_m, reach_m.get(each.frequency_mhz, 0.0))
    return _mast_loss(places.pop(), reach_m, prepare_rasters(terrain, clutter), settings, ONE_PIXEL)


def best_server(
    cells: Sequence[ResolvedCell],
    *,
    terrain: TerrainWindow,
    clutter: ClutterWindow | None,
    settings: PredictionSettings,
    area: Grid | None = None,
    wanted: NDArray[np.bool_] | None = None,
    correction: Correction | None = None,
    progress: Progress | None = None,
) -> tuple[LevelLayer, ...]:
    """Return the best-server layer of every technology and operator among the cells, on `area`.

    `area` is a part of the terrain's grid (same pixels) and the whole of it by default. The result does not depend on
    the number of threads or the order of the cells. Pixels where `wanted` (of the shape of `area`) is False are not
    computed: they come back as not reached. A `correction` is applied to finished losses. `progress` is called with
    masts done and masts in all.

    Raises:
        BadInputError: `area` is not a part of the terrain's grid, or `wanted` has another shape.
    """
    rasters = prepare_rasters(terrain, clutter)
    target = area or terrain.grid
    origin = first_pixel(terrain.grid, target)
    mask = wanted_mask(terrain.grid, origin, target, wanted)
    layers = LayerStack(cells, target.shape, settings.lowest_level_dbm)

    def work(mast: Mast) -> None:
        loss = _mast_loss(mast.place, mast.reach_m, rasters, settings, mask)
        offset = (loss.corner[0] - origin[0], loss.corner[1] - origin[1])
        corrected = CorrectedMast(loss, mast.reach_m, correction, clutter)
        for cell in mast.cells:
            layers.merge(cell, corrected.of(cell), offset)

    _run(work, masts_of(cells), settings.workers, progress)
    void = terrain.void[origin[0] : origin[0] + target.rows, origin[1] : origin[1] + target.cols]
    return layers.finish(void, settings.decided_level_dbm)


def mast_loss(
    mast: Mast,
    *,
    rasters: PreparedRasters,
    settings: PredictionSettings,
    wanted: NDArray[np.uint8] = ONE_PIXEL,
) -> MastLoss:
    """Return the loss from one mast; pixels of the terrain whose `wanted` is 0 are left out (one pixel wants all)."""
    return _mast_loss(mast.place, mast.reach_m, rasters, settings, wanted)


def points_loss_of(
    mast: Mast,
    *,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    rasters: PreparedRasters,
    settings: PredictionSettings,
) -> PointsLoss:
    """Return the loss from one mast to exact positions in EPSG:4326."""
    return _points_loss(mast.place, mast.reach_m, lon, lat, rasters, settings)


def predict_points(
    cells: Sequence[ResolvedCell],
    points: Sequence[LonLat],
    *,
    terrain: TerrainWindow,
    clutter: ClutterWindow | None,
    settings: PredictionSettings,
    correction: Correction | None = None,
    progress: Progress | None = None,
) -> tuple[LevelLayer, ...]:
    """Return the best-server layers at exact positions: arrays of shape `(points,)`, in the order given.

    Every path runs to the point itself, not to the middle of a pixel. `progress` counts masts.
    """
    layers = LayerStack(cells, (len(points), 1), settings.lowest_level_dbm)

    def merge(members: Sequence[ResolvedCell], loss: PointsLoss) -> None:
        corrected = CorrectedPoints(loss, correction, clutter)
        for cell in members:
            layers.merge_points(cell, corrected.of(cell))

    lon = np.array([point.lon for point in points], dtype=np.float64)
    lat = np.array([point.lat for point in points], dtype=np.float64)
    visit_points(cells, lon, lat, terrain=terrain, clutter=clutter, settings=settings, visit=merge, progress=progress)
    void = np.array([_is_void(terrain, point) for point in points], dtype=bool).reshape(-1, 1)
    return tuple(
        LevelLayer(
            layer.technology,
            layer.operator_code,
            layer.level_cdbm[:, 0],
            layer.server_cell_id[:, 0],
            layer.no_data[:, 0],
        )
        for layer in layers.finish(void, settings.decided_level_dbm)
    )


def visit_points(
    cells: Sequence[ResolvedCell],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    *,
    terrain: TerrainWindow,
    clutter: ClutterWindow | None,
    settings: PredictionSettings,
    visit: Callable[[Sequence[ResolvedCell], PointsLoss], None],
    progress: Progress | None = None,
) -> None:
    """Call `visit` for every antenna position with its cells and the losses to the points within their reach.

    It is called from several threads, in any order.
    """
    rasters = prepare_rasters(terrain, clutter)

    def work(mast: Mast) -> None:
        visit(mast.cells, _points_loss(mast.place, mast.reach_m, lon, lat, rasters, settings))

    _run(work, masts_of(cells), settings.workers, progress)


def prepare_rasters(terrain: TerrainWindow, clutter: ClutterWindow | None) -> PreparedRasters:
    """Return terrain and clutter as the kernels take them, once for many masts.

    Raises:
        BadInputError: the clutter is not on the grid of the terrain.
    """
    if clutter is not None and clutter.grid != terrain.grid:
        raise BadInputError(
            "The clutter raster is not on the grid of the terrain.",
            "Lớp phủ mặt đất không cùng lưới với địa hình.",
        )
    has_void = bool(terrain.void.any())
    has_clutter = clutter is not None and bool(clutter.heights_m.any())
    return PreparedRasters(
        heights_m=np.ascontiguousarray(terrain.heights_m, dtype=np.float32),
        clutter_m=clutter.heights_m if clutter is not None and has_clutter else np.zeros((1, 1), np.float32),
        void=terrain.void.astype(np.uint8) if has_void else ONE_PIXEL,
        grid=terrain.grid,
        step_m=terrain.step_m,
    )


def _link(latitude_deg: float, height_m: float, settings: PredictionSettings) -> Link:
    climate = Climate(
        settings.time_percent,
        effective_radius_km(settings.delta_n),
        beta_radius_km(),
        settings.surface_refractivity,
        latitude_deg,
    )
    factor = 0.0
    if settings.location_percent != 50.0:
        factor = -float(inverse_complementary_normal(settings.location_percent / 100.0))
    shortest_km = settings.shortest_distance_m / 1000.0
    return Link(height_m, settings.receiver_height_m, factor, shortest_km, climate)


def _carriers(frequencies_mhz: Sequence[float], settings: PredictionSettings) -> NDArray[np.float64]:
    return np.array([make_carrier(each / 1000.0, settings.vertical) for each in frequencies_mhz], dtype=np.float64)


def _can_sweep(place: Place, grid: Grid, settings: PredictionSettings) -> bool:
    """Tell whether the sweep is asked for and holds: at 50 % of time, to 70 degrees, for a mast on the raster."""
    lon, lat, _ = place
    holds = settings.time_percent == 50.0 and abs(lat) <= SWEEP_FARTHEST_LATITUDE_DEG
    return settings.method == "sweep" and holds and grid.row_col(lon, lat) is not None


def _beside_void(rasters: PreparedRasters, row: float, col: float) -> bool:
    """Tell whether the height under a mast is made of a pixel without one: then no path from it is known."""
    void = rasters.void
    if void.size == 1:
        return False
    first_row, first_col = (min(max(int(at), 0), size - 2) for at, size in zip((row, col), void.shape, strict=True))
    return bool(void[first_row : first_row + 2, first_col : first_col + 2].any())


def _mast_loss(
    place: tuple[float, float, float],
    reach_m: Mapping[float, float],
    rasters: PreparedRasters,
    settings: PredictionSettings,
    wanted: NDArray[np.uint8],
) -> MastLoss:
    lon, lat, height_m = place
    grid = rasters.grid
    row, col = grid.fractional_row_col(lon, lat)
    lat_m = metres_per_degree(lat)[1]
    window = window_around(grid, lon, lat, max(reach_m.values()))
    first_row, last_row = window.first_row, window.first_row + window.rows
    first_col, last_col = window.first_col, window.first_col + window.cols
    shape = (window.rows, window.cols)
    frequencies = tuple(sorted(reach_m))
    loss = np.zeros((len(frequencies), *shape), np.float32)
    elevation = np.zeros(shape, np.float32)
    row_lats = grid.north - (np.arange(first_row, first_row + shape[0]) + 0.5) * grid.step_y
    row_km, col_km = lat_m * grid.step_y / 1000.0, metres_of_lon(lat, row_lats) * grid.step_x / 1000.0
    # Most windows hold no void: their paths need not look for one.
    has_void = rasters.void.size > 1 and bool(rasters.void[first_row:last_row, first_col:last_col].any())
    is_far = max(reach_m.values()) >= SWEEP_SHORTEST_REACH_PIXELS * rasters.step_m
    holds = is_far and _can_sweep(place, grid, settings) and not _beside_void(rasters, row - 0.5, col - 0.5)
    fill = sweep_loss if holds else window_loss
    paths = fill(
        rasters.heights_m,
        rasters.clutter_m,
        rasters.void if has_void else ONE_PIXEL,
        wanted,
        (row - 0.5, col - 0.5),
        (first_row, first_col),
        row_km,
        col_km,
        _link(lat, height_m, settings),
        _carriers(frequencies, settings),
        np.array([reach_m[each] for each in frequencies]) / 1000.0,
        np.array([location_sigma_db(each, rasters.step_m) for each in frequencies]),
        loss,
        elevation,
    )
    sight = Sight((row - 0.5 - first_row, col - 0.5 - first_col), row_km, col_km)
    return MastLoss(
        (first_row, first_col), frequencies, rounded_losses(loss), rounded_angles(elevation), sight, int(paths)
    )


def _points_loss(
    place: tuple[float, float, float],
    reach_m: Mapping[float, float],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    rasters: PreparedRasters,
    settings: PredictionSettings,
) -> PointsLoss:
    """Loss from one antenna position to every point within reach."""
    mast_lon, mast_lat, height_m = place
    frequencies = tuple(sorted(reach_m))
    reach_km = np.array([reach_m[each] for each in frequencies]) / 1000.0
    paths = paths_to_points(mast_lon, mast_lat, lon=lon, lat=lat, grid=rasters.grid, farthest_km=float(reach_km.max()))
    loss = np.zeros((len(frequencies), len(paths.points)), np.float32)
    elevation = np.zeros(len(paths.points), np.float32)
    points_loss(
        rasters.heights_m,
        rasters.clutter_m,
        rasters.void,
        paths.mast,
        paths.row,
        paths.col,
        paths.distance_km,
        _link(mast_lat, height_m, settings),
        _carriers(frequencies, settings),
        reach_km,
        np.array([location_sigma_db(each, rasters.step_m) for each in frequencies]),
        loss,
        elevation,
    )
    return PointsLoss(
        paths.points,
        frequencies,
        rounded_losses(loss),
        rounded_angles(elevation),
        paths.azimuth_deg,
        paths.distance_km,
        paths.row,
        paths.col,
    )


def _is_void(terrain: TerrainWindow, point: LonLat) -> bool:
    at = terrain.grid.row_col(point.lon, point.lat)
    return at is None or bool(terrain.void[at])


def _run(work: Callable[[Mast], None], masts: Sequence[Mast], workers: int, progress: Progress | None) -> None:
    """Run `work` for every mast in threads, never more than a few ahead, and report progress from this thread."""
    count = workers or os.cpu_count() or 1
    waiting: Iterator[Mast] = iter(masts)
    done_count = 0
    with ThreadPoolExecutor(max_workers=count) as pool:
        running = {pool.submit(work, mast) for mast in islice(waiting, 2 * count)}
        while running:
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                future.result()
                done_count += 1
                if progress is not None:
                    progress(done_count, len(masts))
            running |= {pool.submit(work, mast) for mast in islice(waiting, len(finished))}
