"""Measured pixels beside what the model says there: the samples of a fit."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.radio.antennas import pattern_attenuation_db
from geo.radio.calibration import Samples
from geo.radio.correction import BandOffsets, ClassRule, groups_at, make_band
from geo.radio.kernels.correction import is_obstructed
from geo.radio.kernels.merge import STEPS_PER_DB, STEPS_PER_DEGREE
from geo.radio.layers import PointsLoss
from geo.radio.link_budget import ResolvedCell
from geo.radio.model import CLUTTER_GROUPS, GROUPS, PredictionSettings, RadioModel
from geo.radio.prediction import Progress, visit_points
from geo.radio.terrain import ClutterWindow, TerrainWindow
from geo.store.calibrations import CellName
from geo.workflows.calibration.measured import MeasuredPixels, Network

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SampleRules:
    """How a measurement is taken; levels in dBm by technology."""

    classes: ClassRule
    censored_below_dbm: Mapping[str, float]
    judged_above_floor_db: float


@dataclass(frozen=True, eq=False)
class MeasuredSamples:
    """Samples with what only the report needs: measured level (NaN for a path loss), technology, who counts as judged.

    `level_dbm` is the measured level, at least that of the floor: less the difference it is what was predicted. `pixel`
    is the place of each sample among the measured pixels, `left_out` counts pixels by the reason for which they are no
    sample.
    """

    samples: Samples
    measured_dbm: Floats
    level_dbm: Floats
    technology: NDArray[np.str_]
    judged: NDArray[np.bool_]
    pixel: NDArray[np.int64]
    rows: int
    left_out: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class _Served:
    """By measured pixel: the cell it is compared with (its place in the list, -1 none) and the path to it."""

    cell: NDArray[np.int64]
    level_dbm: Floats
    loss_db: Floats
    distance_km: Floats
    group: NDArray[np.uint8]


def make_samples(
    pixels: MeasuredPixels,
    cells: Sequence[ResolvedCell],
    names: Sequence[CellName],
    *,
    terrain: TerrainWindow,
    clutter: ClutterWindow | None,
    model: RadioModel,
    settings: tuple[PredictionSettings, PredictionSettings],
    rules: SampleRules,
    progress: Progress | None = None,
) -> MeasuredSamples:
    """Return the measured pixels as samples; `settings` are those of an assessment, and the same for the median.

    A pixel that names a cell is compared with that cell, any other with the strongest of its operator. The class of a
    path is decided by the loss of an assessment, as it will be when the offsets are used; the offset itself is the
    difference of medians.
    """
    of_network = _cells_of_networks(pixels.networks, cells, names, model)
    grid = terrain.grid
    lon, lat = grid.centers_x()[pixels.col], grid.centers_y()[pixels.row]
    as_assessed, as_median = settings

    def walk(chosen: Sequence[ResolvedCell], used: PredictionSettings, of_pixel: _Matcher) -> _Served:
        walker = _Walker(len(lon), chosen, of_pixel, clutter)
        visit_points(chosen, lon, lat, terrain=terrain, clutter=clutter, settings=used, visit=walker, progress=progress)
        return walker.served

    served = walk(cells, as_assessed, _Matcher.by_network(pixels.network, of_network, cells))
    serving = sorted(set(served.cell[served.cell >= 0].tolist()))
    place = np.full(len(cells) + 1, -1, dtype=np.int64)
    place[serving] = np.arange(len(serving))
    again = [cells[at] for at in serving]
    median = walk(again, as_median, _Matcher.by_cell(place[served.cell], again))
    return _collect(pixels, cells, served, median, of_network, model, rules)


def _cells_of_networks(
    networks: Sequence[Network], cells: Sequence[ResolvedCell], names: Sequence[CellName], model: RadioModel
) -> list[NDArray[np.int64]]:
    """Return by network the places of the cells that it can mean."""
    place = {cell.cell_id: at for at, cell in enumerate(cells)}
    by_code: dict[tuple[str, str], list[int]] = defaultdict(list)
    for name in names:
        if name.cell_id in place:
            by_code[name.technology, name.code.casefold()].append(place[name.cell_id])
    by_operator: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, cell in enumerate(cells):
        by_operator[str(cell.technology), cell.operator_code].append(at)
    found = []
    for one in networks:
        if one.cell_code is not None:
            listed = by_code[one.technology, one.cell_code.casefold()]
            chosen = [at for at in listed if one.operator_code in (None, cells[at].operator_code)]
            # A code that several operators use names nobody.
            chosen = chosen if len({cells[at].operator_code for at in chosen}) == 1 else []
        else:
            chosen = [
                at
                for at in by_operator[one.technology, str(one.operator_code)]
                if _in_band(cells[at].frequency_mhz, one.band, model)
            ]
        found.append(np.array(chosen, dtype=np.int64))
    return found


def _in_band(frequency_mhz: float, band: str | None, model: RadioModel) -> bool:
    limits = (
        None
        if band is None
        else next((model.downlink_mhz[b] for b in _spellings(band) if b in model.downlink_mhz), None)
    )
    return limits is None or limits[0] <= frequency_mhz <= limits[1]


def _spellings(band: str) -> tuple[str, ...]:
    plain = band.strip()
    return plain, plain.upper(), plain.lower(), f"B{plain}"


@dataclass(frozen=True)
class _Matcher:
    """Tells for a cell which pixels may be compared with it: those whose key is among its numbers."""

    key: NDArray[np.int64]
    allowed: Mapping[int, NDArray[np.int64]]

    @classmethod
    def by_network(
        cls, network: NDArray[np.int64], of_network: Sequence[NDArray[np.int64]], cells: Sequence[ResolvedCell]
    ) -> _Matcher:
        numbers: dict[int, list[int]] = defaultdict(list)
        for number, chosen in enumerate(of_network):
            for at in chosen.tolist():
                numbers[cells[at].cell_id].append(number)
        return cls(network, {cell_id: np.array(listed, dtype=np.int64) for cell_id, listed in numbers.items()})

    @classmethod
    def by_cell(cls, cell: NDArray[np.int64], cells: Sequence[ResolvedCell]) -> _Matcher:
        return cls(cell, {each.cell_id: np.array([at], dtype=np.int64) for at, each in enumerate(cells)})

    def of(self, cell: ResolvedCell, points: NDArray[np.int64]) -> NDArray[np.bool_] | None:
        numbers = self.allowed.get(cell.cell_id)
        return None if numbers is None else np.isin(self.key[points], numbers)


class _Walker:
    """Takes the losses of one antenna after the other and keeps the strongest allowed cell of each pixel."""

    def __init__(
        self, points: int, cells: Sequence[ResolvedCell], matcher: _Matcher, clutter: ClutterWindow | None
    ) -> None:
        self.place = {cell.cell_id: at for at, cell in enumerate(cells)}
        self.matcher, self.clutter, self.lock = matcher, clutter, threading.Lock()
        self.served = _Served(
            np.full(points, -1, dtype=np.int64),
            np.full(points, -np.inf),
            np.zeros(points),
            np.zeros(points),
            np.zeros(points, np.uint8),
        )

    def __call__(self, members: Sequence[ResolvedCell], loss: PointsLoss) -> None:
        """Merge the cells of one antenna position."""
        group = groups_at(self.clutter, loss.row, loss.col)
        for cell in members:
            allowed = self.matcher.of(cell, loss.points)
            if allowed is None:
                continue
            steps = loss.loss_cdb[loss.frequencies_mhz.index(cell.frequency_mhz)]
            at = np.flatnonzero(allowed & (steps > 0))
            loss_db = steps[at] / STEPS_PER_DB
            taken = pattern_attenuation_db(
                cell.antenna, loss.azimuth_deg[at], loss.elevation_cdeg[at] / STEPS_PER_DEGREE
            )
            self._merge(
                cell,
                loss.points[at],
                cell.reference_eirp_dbm - loss_db - taken,
                loss_db,
                loss.distance_km[at],
                group[at],
            )

    def _merge(
        self,
        cell: ResolvedCell,
        points: NDArray[np.int64],
        level_dbm: Floats,
        loss_db: Floats,
        distance_km: Floats,
        group: NDArray[np.uint8],
    ) -> None:
        served, number = self.served, self.place[cell.cell_id]
        with self.lock:
            known = served.level_dbm[points]
            # Of two equal levels the cell listed first, so that the order of the threads does not matter.
            better = (level_dbm > known) | ((level_dbm == known) & (number < served.cell[points]))
            chosen = points[better]
            served.cell[chosen] = number
            served.level_dbm[chosen] = level_dbm[better]
            served.loss_db[chosen] = loss_db[better]
            served.distance_km[chosen] = distance_km[better]
            served.group[chosen] = group[better]


def _collect(
    pixels: MeasuredPixels,
    cells: Sequence[ResolvedCell],
    served: _Served,
    median: _Served,
    of_network: Sequence[NDArray[np.int64]],
    model: RadioModel,
    rules: SampleRules,
) -> MeasuredSamples:
    """Return the pixels that a cell reaches, with their class, difference and floor."""
    networks = pixels.networks
    nameless = np.array([len(chosen) == 0 for chosen in of_network], dtype=bool)
    floors = np.array([rules.censored_below_dbm[one.technology] for one in networks], dtype=np.float64)
    losses = np.array([one.is_loss for one in networks], dtype=bool)
    technologies = np.array([one.technology for one in networks], dtype=np.str_)
    unknown = nameless[pixels.network] if len(networks) else np.zeros(0, dtype=bool)
    reached = (served.cell >= 0) & (median.cell >= 0)
    floor = floors[pixels.network] if len(networks) else np.zeros(0)
    weak = reached & (median.level_dbm < floor)
    kept = np.flatnonzero(reached & ~weak)
    reasons = Counter(
        cell_not_in_list=int(unknown.sum()),
        no_cell_in_reach=int((~reached & ~unknown).sum()),
        predicted_below_floor=int(weak.sum()),
    )
    is_loss = losses[pixels.network[kept]] if len(networks) else np.zeros(0, dtype=bool)
    value, predicted, floor = pixels.value[kept], median.level_dbm[kept], floor[kept]
    censored = ~is_loss & (value <= floor)
    level = np.where(censored, floor, value)
    chosen = [cells[at] for at in served.cell[kept].tolist()]
    frequency = np.array([cell.frequency_mhz for cell in chosen], dtype=np.float64)
    samples = Samples(
        difference_db=np.where(is_loss, median.loss_db[kept] - value, level - predicted),
        censored=censored,
        band=np.array([GROUPS.index(model.group_of(each)) for each in frequency.tolist()], dtype=np.int64),
        clutter=served.group[kept].astype(np.int64),
        obstructed=_obstructed(frequency, served.loss_db[kept], served.distance_km[kept], rules.classes),
        distance_km=np.maximum(served.distance_km[kept], rules.classes.shortest_km),
        mast=np.array([cell.mast_id for cell in chosen], dtype=np.int64),
    )
    return MeasuredSamples(
        samples=samples,
        measured_dbm=np.where(is_loss, np.nan, value),
        level_dbm=level,
        technology=technologies[pixels.network[kept]] if len(networks) else np.zeros(0, dtype=np.str_),
        judged=is_loss | (predicted >= floor + rules.judged_above_floor_db),
        pixel=kept,
        rows=int(pixels.rows[kept].sum()),
        left_out={reason: count for reason, count in reasons.items() if count},
    )


def _obstructed(frequency: Floats, loss_db: Floats, distance_km: Floats, classes: ClassRule) -> NDArray[np.int64]:
    nothing = BandOffsets(np.zeros((len(CLUTTER_GROUPS), 2)), 0.0, 1.0, 1.0)
    result = np.zeros(len(frequency), dtype=np.int64)
    for each in np.unique(frequency):
        band, at = make_band(classes, nothing, float(each)), np.flatnonzero(frequency == each)
        result[at] = [is_obstructed(float(loss_db[i]), float(distance_km[i]), band) for i in at]
    return result
