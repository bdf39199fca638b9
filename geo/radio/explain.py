"""One path explained: the same prediction as `predict_points`, with everything that led to it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from geo.domain.grid import LonLat
from geo.errors import BadInputError, OutOfRangeError
from geo.radio.antennas import pattern_attenuation_db
from geo.radio.clearance import SightLine, sight_line
from geo.radio.correction import FREE_SPACE_AT_1_KM_1_GHZ_DB, Correction
from geo.radio.kernels.merge import NO_CELL, STEPS_PER_DB, STEPS_PER_DEGREE
from geo.radio.kernels.sampling import add_last_step, fill_surface, fill_terrain, find_crossings
from geo.radio.layers import rounded_angles, steps_of
from geo.radio.link_budget import ResolvedCell
from geo.radio.model import PredictionSettings
from geo.radio.p1812 import ProfileLoss, location_height_share, location_loss_db, location_sigma_db, profile_loss
from geo.radio.paths import PointPaths, paths_to_points
from geo.radio.prediction import predict_points
from geo.radio.profiles import Profile, Zone
from geo.radio.terrain import ClutterWindow, TerrainWindow
from geo.radio.uncertainty import ErrorModel

# Below any level that counts for anything (levels are kept in 16 bits of hundredths): nothing is left out as too weak.
NO_LOWEST_LEVEL_DBM = -300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelInterval:
    """Levels (dBm) between which a share (0..1) lies: of the locations around a receiver, or of the true levels.

    `sigma_db` is the standard deviation that it follows from.
    """

    low_dbm: float
    high_dbm: float
    share: float
    sigma_db: float


@dataclass(frozen=True, eq=False, kw_only=True)
class PathExplanation:
    """One cell at one position: path, loss by part, level.

    `level_dbm` is exceeded at the settings' share of locations and is bit for bit the one of `predict_points`, which
    keeps levels in hundredths; `median_level_dbm` is exceeded at half of them. `spread` holds the middle of the
    locations, `interval` the true level by what the model may be wrong by. `calibration_db` is what a correction adds
    to the level. `azimuth_deg` (clockwise from north) and `elevation_deg` (above the
    horizon) are the direction in which the ray leaves: towards the position, or towards the horizon that hides it.
    """

    cell: ResolvedCell
    position: LonLat
    distance_m: float
    azimuth_deg: float
    elevation_deg: float
    pattern_loss_db: float
    loss: ProfileLoss
    profile: Profile
    sight: SightLine
    calibration_db: float
    level_dbm: float
    median_level_dbm: float
    spread: LevelInterval
    interval: LevelInterval


def explain_path(
    cell: ResolvedCell,
    position: LonLat,
    *,
    terrain: TerrainWindow,
    clutter: ClutterWindow | None,
    settings: PredictionSettings,
    errors: ErrorModel,
    correction: Correction | None = None,
) -> PathExplanation:
    """Explain the level of one cell at one position, with a calibration where one was chosen.

    Raises:
        OutOfRangeError: the position is at the mast, or beyond the reach of the cell.
        BadInputError: mast or position lie outside the terrain, or the path crosses ground without a height.
    """
    path = _path(cell, position, terrain)
    distance_m = 1000.0 * float(path.distance_km[0])
    check_distance(distance_m, cell, settings)
    _check_ground(cell, position, terrain)
    predict = partial(_predicted_dbm, cell, position, terrain=terrain, clutter=clutter, settings=settings)
    plain_dbm = predict(correction=None)  # also refuses a path across voids, of which there is no profile
    profile = path_profile(path, terrain, clutter)
    loss = _loss(cell, profile, terrain, settings)
    azimuth_deg, elevation_deg, pattern_db = _direction(cell, path, loss)
    if plain_dbm is None:
        plain_dbm = steps_of(cell.reference_eirp_dbm) / STEPS_PER_DB - pattern_db - loss.basic_transmission_loss_db
    corrected_dbm = None if correction is None else predict(correction=correction)
    level_dbm = plain_dbm if corrected_dbm is None else corrected_dbm
    unhindered_dbm = level_dbm + loss.basic_transmission_loss_db
    return PathExplanation(
        cell=cell,
        position=position,
        distance_m=distance_m,
        azimuth_deg=azimuth_deg % 360.0,
        elevation_deg=elevation_deg,
        pattern_loss_db=pattern_db,
        loss=loss,
        profile=profile,
        sight=_sight(cell, profile, loss),
        calibration_db=level_dbm - plain_dbm,
        level_dbm=level_dbm,
        median_level_dbm=unhindered_dbm - loss.median_location_loss_db,
        spread=location_spread(loss, unhindered_dbm=unhindered_dbm, location_percent=settings.location_percent),
        interval=error_interval(
            cell, level_dbm, distance_m=distance_m, clutter_group=_group_at(position, terrain, clutter), errors=errors
        ),
    )


def every_level(settings: PredictionSettings) -> PredictionSettings:
    """Return settings with which no level is left out as too weak, for one thread."""
    return replace(settings, lowest_level_dbm=NO_LOWEST_LEVEL_DBM, workers=1)


def location_spread(loss: ProfileLoss, *, unhindered_dbm: float, location_percent: float) -> LevelInterval:
    """Return the levels exceeded at `location_percent` of the locations and at the rest to 100, weaker first.

    `unhindered_dbm` is the level without any path loss. No level is better than the one of the path in line of sight
    (§4.9: the loss is not below L_b0p).
    """
    strict = max(location_percent, 100.0 - location_percent)
    low, high = (
        unhindered_dbm
        - max(
            loss.line_of_sight_with_multipath_db,
            loss.median_location_loss_db + location_loss_db(percent, loss.location_sigma_db),
        )
        for percent in (strict, 100.0 - strict)
    )
    return LevelInterval(low_dbm=low, high_dbm=high, share=2.0 * strict / 100.0 - 1.0, sigma_db=loss.location_sigma_db)


def error_interval(
    cell: ResolvedCell, level_dbm: float, *, distance_m: float, clutter_group: int, errors: ErrorModel
) -> LevelInterval:
    """Return between which levels the truth lies in `errors.interval_share` of cases.

    The path counts as obstructed by the rule of the errors: where the level lies far below free space in the main lobe.
    """
    free_dbm = cell.reference_eirp_dbm - (
        FREE_SPACE_AT_1_KM_1_GHZ_DB
        + 20.0 * math.log10(cell.frequency_mhz / 1000.0)
        + 20.0 * math.log10(distance_m / 1000.0)
    )
    obstructed = free_dbm - level_dbm > errors.obstructed_above_db
    sigma_db = float(errors.total_db[errors.band_of(cell.frequency_mhz), clutter_group, int(obstructed)])
    away_db = errors.reach * sigma_db
    return LevelInterval(
        low_dbm=level_dbm - away_db, high_dbm=level_dbm + away_db, share=errors.interval_share, sigma_db=sigma_db
    )


def _group_at(position: LonLat, terrain: TerrainWindow, clutter: ClutterWindow | None) -> int:
    """Clutter group under a position, 0 where it is not known."""
    at = terrain.grid.row_col(position.lon, position.lat)
    return 0 if clutter is None or clutter.groups.size == 1 or at is None else int(clutter.groups[at])


def path_profile(path: PointPaths, terrain: TerrainWindow, clutter: ClutterWindow | None) -> Profile:
    """Return the profile of the first path as the prediction takes it from the rasters, all of it inland."""
    start, end = path.mast, (float(path.row[0]), float(path.col[0]))
    crossings = find_crossings(*start, *end)
    distance, ground, surface = (np.zeros(crossings.last + 3) for _ in range(3))
    heights_m = np.ascontiguousarray(terrain.heights_m, dtype=np.float32)
    total_km = float(path.distance_km[0])
    last = int(fill_terrain(heights_m, *start, *end, crossings, total_km, distance, ground))
    cover = np.zeros(last + 1)
    if clutter is not None and clutter.heights_m.any():
        points = add_last_step(heights_m, *start, *end, crossings, last, distance, ground)
        fill_surface(clutter.heights_m, *start, *end, points, distance, ground, surface)
        last = int(points[0])
        cover = surface[: last + 1] - ground[: last + 1]
        cover[-1] = _nearest(clutter.heights_m, end)
    return Profile(distance[: last + 1], ground[: last + 1], cover, np.full(last + 1, Zone.INLAND, dtype=np.int8))


def _path(cell: ResolvedCell, position: LonLat, terrain: TerrainWindow) -> PointPaths:
    lon, lat = np.array([position.lon]), np.array([position.lat])
    return paths_to_points(cell.lon, cell.lat, lon=lon, lat=lat, grid=terrain.grid, farthest_km=math.inf)


def _direction(cell: ResolvedCell, path: PointPaths, loss: ProfileLoss) -> tuple[float, float, float]:
    """Azimuth and elevation in which the ray leaves, and what the pattern takes away: in hundredths, as it is kept."""
    elevation = rounded_angles(np.array([math.degrees(0.001 * loss.tx_horizon_angle_mrad)], dtype=np.float32))
    elevation_deg, azimuth_deg = float(elevation[0]) / STEPS_PER_DEGREE, float(path.azimuth_deg[0])
    pattern_db = float(pattern_attenuation_db(cell.antenna, azimuth_deg, elevation_deg))
    return azimuth_deg, elevation_deg, math.floor(STEPS_PER_DB * pattern_db + 0.5) / STEPS_PER_DB


def _sight(cell: ResolvedCell, profile: Profile, loss: ProfileLoss) -> SightLine:
    return sight_line(
        profile,
        tx_antenna_m=loss.tx_antenna_amsl_m,
        rx_antenna_m=loss.rx_antenna_amsl_m,
        frequency_mhz=cell.frequency_mhz,
        radius_km=loss.effective_earth_radius_km,
    )


def _nearest(raster: NDArray[np.float32], at: tuple[float, float]) -> float:
    row, col = (min(int(value + 0.5), size - 1) for value, size in zip(at, raster.shape, strict=True))
    return float(raster[row, col])


def _loss(cell: ResolvedCell, profile: Profile, terrain: TerrainWindow, settings: PredictionSettings) -> ProfileLoss:
    share = location_height_share(settings.receiver_height_m, float(profile.clutter_m[-1]))
    return profile_loss(
        profile,
        frequency_mhz=cell.frequency_mhz,
        tx_height_m=cell.antenna_height_m,
        rx_height_m=settings.receiver_height_m,
        time_percent=settings.time_percent,
        location_percent=settings.location_percent,
        polarization="vertical" if settings.vertical else "horizontal",
        latitude_deg=cell.lat,
        delta_n=settings.delta_n,
        n0=settings.surface_refractivity,
        location_sigma_db=share * location_sigma_db(cell.frequency_mhz, terrain.step_m),
    )


def check_distance(distance_m: float, cell: ResolvedCell, settings: PredictionSettings) -> None:
    """Refuse a distance at which there is no path to explain.

    Raises:
        OutOfRangeError: at the mast, or beyond the reach of the cell.
    """
    if distance_m < settings.shortest_distance_m:
        raise OutOfRangeError(
            f"The position is {distance_m:.0f} m from the mast: there is no path to explain below "
            f"{settings.shortest_distance_m:g} m. Choose a position farther away.",
            f"Vị trí cách cột {distance_m:.0f} m: dưới {settings.shortest_distance_m:g} m không có đường truyền để "
            "giải thích. Hãy chọn vị trí xa hơn.",
        )
    if distance_m > cell.reach_m:
        away, reach = f"{distance_m / 1000.0:.1f}", f"{cell.reach_m / 1000.0:.1f}"
        raise OutOfRangeError(
            f"The position is {away} km from the mast, beyond the {reach} km to which this cell is computed. "
            "Choose a nearer position or another cell.",
            f"Vị trí cách cột {away.replace('.', ',')} km, vượt cự ly tính toán {reach.replace('.', ',')} km của cell "
            "này. "
            "Hãy chọn vị trí gần hơn hoặc cell khác.",
        )


def _check_ground(cell: ResolvedCell, position: LonLat, terrain: TerrainWindow) -> None:
    for lon, lat, en, vi in (
        (cell.lon, cell.lat, "The mast", "Cột"),
        (position.lon, position.lat, "The position", "Vị trí"),
    ):
        at = terrain.grid.row_col(lon, lat)
        if at is None or terrain.void[at]:
            raise BadInputError(
                f"{en} lies outside the terrain, or on ground without a height; import terrain that covers it.",
                f"{vi} nằm ngoài dữ liệu địa hình, hoặc tại nơi không có độ cao; hãy nhập địa hình phủ nơi đó.",
            )


def _predicted_dbm(
    cell: ResolvedCell,
    position: LonLat,
    *,
    terrain: TerrainWindow,
    clutter: ClutterWindow | None,
    settings: PredictionSettings,
    correction: Correction | None,
) -> float | None:
    """Level that the prediction itself gives; None where it is too weak to be stored at all."""
    (layer,) = predict_points(
        [cell],
        [position],
        terrain=terrain,
        clutter=clutter,
        settings=every_level(settings),
        correction=correction,
    )
    if layer.no_data[0]:
        raise BadInputError(
            "The path crosses ground without a height, so its loss is not known; import terrain that covers it.",
            "Đường truyền đi qua nơi không có độ cao nên không biết suy hao; hãy nhập địa hình phủ nơi đó.",
        )
    return None if layer.server_cell_id[0] == NO_CELL else float(layer.level_cdbm[0]) / STEPS_PER_DB
