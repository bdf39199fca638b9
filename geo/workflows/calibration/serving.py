"""The cells that a measured place can be compared with: the strongest of each mast, strongest first."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.radio.antennas import pattern_attenuation_db
from geo.radio.correction import groups_at
from geo.radio.kernels.merge import STEPS_PER_DB, STEPS_PER_DEGREE
from geo.radio.layers import PointsLoss
from geo.radio.link_budget import ResolvedCell
from geo.radio.model import PredictionSettings, RadioModel
from geo.radio.prediction import Progress, visit_points
from geo.radio.terrain import ClutterWindow, TerrainWindow
from geo.store.calibrations import CellName
from geo.workflows.calibration.measured import MeasuredPlaces, Network

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# Masts that are kept for a place. A fourth is hardly ever near the strongest.
MASTS_KEPT = 4


@dataclass(frozen=True, eq=False)
class Candidates:
    """By place and rank, shape `(places, MASTS_KEPT)`: cell (its place in the list, -1 none) and the path to it.

    Ranks go by `level_dbm`, that of an assessment; `median_dbm` and `median_loss_db` are those of half the locations.
    """

    cell: Ints
    level_dbm: Floats
    loss_db: Floats
    distance_km: Floats
    group: Ints
    median_dbm: Floats
    median_loss_db: Floats

    @classmethod
    def none(cls, places: int) -> Candidates:
        """Return places without any cell."""
        shape = (places, MASTS_KEPT)
        return cls(
            cell=np.full(shape, -1, dtype=np.int64),
            level_dbm=np.full(shape, -np.inf),
            loss_db=np.zeros(shape),
            distance_km=np.zeros(shape),
            group=np.zeros(shape, dtype=np.int64),
            median_dbm=np.full(shape, -np.inf),
            median_loss_db=np.zeros(shape),
        )


def find_candidates(
    places: MeasuredPlaces,
    cells: Sequence[ResolvedCell],
    of_network: Sequence[Ints],
    *,
    terrain: TerrainWindow,
    clutter: ClutterWindow | None,
    settings: tuple[PredictionSettings, PredictionSettings],
    progress: Progress | None = None,
) -> Candidates:
    """Return the strongest cells at each place, of those that its network can mean.

    `of_network` are the places in the list of cells by number of the network, `settings` those of an assessment and the
    same for the median.
    """
    numbers: dict[int, list[int]] = defaultdict(list)
    for number, chosen in enumerate(of_network):
        for at in chosen.tolist():
            numbers[at].append(number)
    allowed = {at: np.array(listed, dtype=np.int64) for at, listed in numbers.items()}
    found = Candidates.none(places.size)
    place = {cell.cell_id: at for at, cell in enumerate(cells)}

    def walk(walker: _Walker, chosen: Sequence[ResolvedCell], used: PredictionSettings) -> None:
        visit_points(
            chosen,
            places.lon,
            places.lat,
            terrain=terrain,
            clutter=clutter,
            settings=used,
            visit=walker,
            progress=progress,
        )

    walk(_Strongest(place, found, clutter, cells, places.network, allowed), cells, settings[0])
    order = np.lexsort((found.cell, -found.level_dbm), axis=1)
    for name in found.__dataclass_fields__:
        column = getattr(found, name)
        column[:] = np.take_along_axis(column, order, axis=1)
    again = [cells[at] for at in np.unique(found.cell[found.cell >= 0]).tolist()]
    walk(_Median(place, found, clutter), again, settings[1])
    # What has no loss at the median cannot be compared.
    found.cell[np.isneginf(found.median_dbm)] = -1
    found.level_dbm[found.cell < 0] = -np.inf
    return found


class _Walker(ABC):
    """Takes the losses of one antenna after the other."""

    def __init__(self, place: Mapping[int, int], found: Candidates, clutter: ClutterWindow | None) -> None:
        self.place, self.found, self.clutter, self.lock = place, found, clutter, threading.Lock()

    def __call__(self, members: Sequence[ResolvedCell], loss: PointsLoss) -> None:
        """Take the cells of one antenna position."""
        group = groups_at(self.clutter, loss.row, loss.col).astype(np.int64)
        for cell in members:
            number = self.place[cell.cell_id]
            steps = loss.loss_cdb[loss.frequencies_mhz.index(cell.frequency_mhz)]
            at = np.flatnonzero(self.allowed(number, loss.points) & (steps > 0))
            if not at.size:
                continue
            loss_db = steps[at] / STEPS_PER_DB
            taken = pattern_attenuation_db(
                cell.antenna, loss.azimuth_deg[at], loss.elevation_cdeg[at] / STEPS_PER_DEGREE
            )
            path = _Path(
                loss.points[at], cell.reference_eirp_dbm - loss_db - taken, loss_db, loss.distance_km[at], group[at]
            )
            with self.lock:
                self.take(number, path)

    @abstractmethod
    def allowed(self, number: int, points: Ints) -> NDArray[np.bool_]:
        """Tell which points may be compared with a cell."""

    @abstractmethod
    def take(self, number: int, path: _Path) -> None:
        """Keep what is needed of the paths from a cell; one call at a time."""


@dataclass(frozen=True, eq=False)
class _Path:
    """The paths from one cell to some points."""

    points: Ints
    level_dbm: Floats
    loss_db: Floats
    distance_km: Floats
    group: Ints


class _Strongest(_Walker):
    """Keeps the strongest cell of each of the strongest masts."""

    def __init__(
        self,
        place: Mapping[int, int],
        found: Candidates,
        clutter: ClutterWindow | None,
        cells: Sequence[ResolvedCell],
        network: Ints,
        allowed: Mapping[int, Ints],
    ) -> None:
        super().__init__(place, found, clutter)
        self.network, self.numbers = network, allowed
        # One more, so that "no cell" (-1) is of no mast.
        self.masts = np.array([*(cell.mast_id for cell in cells), -1], dtype=np.int64)

    def allowed(self, number: int, points: Ints) -> NDArray[np.bool_]:
        numbers = self.numbers.get(number)
        return np.zeros(len(points), dtype=bool) if numbers is None else np.isin(self.network[points], numbers)

    def take(self, number: int, path: _Path) -> None:
        found = self.found
        known = found.cell[path.points]
        same = (known >= 0) & (self.masts[known] == self.masts[number])
        # The cell of the same mast is replaced, else the weakest; of equal levels the cell listed last.
        weakest = np.lexsort((-known, found.level_dbm[path.points]), axis=1)[:, 0]
        column = np.where(same.any(axis=1), same.argmax(axis=1), weakest)
        level, other = found.level_dbm[path.points, column], found.cell[path.points, column]
        better = (path.level_dbm > level) | ((path.level_dbm == level) & (number < other))
        at = path.points[better], column[better]
        found.cell[at] = number
        for name in ("level_dbm", "loss_db", "distance_km", "group"):
            getattr(found, name)[at] = getattr(path, name)[better]


class _Median(_Walker):
    """Adds the median level and loss of the cells that are kept."""

    def allowed(self, number: int, points: Ints) -> NDArray[np.bool_]:
        return np.asarray((self.found.cell[points] == number).any(axis=1))

    def take(self, number: int, path: _Path) -> None:
        at = path.points, (self.found.cell[path.points] == number).argmax(axis=1)
        self.found.median_dbm[at] = path.level_dbm
        self.found.median_loss_db[at] = path.loss_db


def cells_of_networks(
    networks: Sequence[Network], cells: Sequence[ResolvedCell], names: Sequence[CellName], model: RadioModel
) -> list[Ints]:
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
            chosen = [
                at
                for at in listed
                if one.operator_code in (None, cells[at].operator_code)
                and _in_band(cells[at].frequency_mhz, one.band, model)
            ]
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
    """Tell whether a carrier can be meant; none is by a band that is not known."""
    if band is None:
        return True
    # Measurements that were stored before bands had one spelling may have the number alone.
    names = (model.band_name(each) for each in (band, f"B{band.strip()}", f"n{band.strip()}"))
    name = next((each for each in names if each is not None), None)
    return name is not None and model.holds(name, frequency_mhz)
