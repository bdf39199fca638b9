"""A calibration moves levels as it says, and nothing when there is none."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from geo.domain.grid import LonLat
from geo.errors import BadInputError
from geo.radio.correction import OBSTRUCTION, ClassRule, Correction, Network, NetworkOffsets, correction_of_document
from geo.radio.layers import LevelLayer
from geo.radio.link_budget import ResolvedCell
from geo.radio.model import CLUTTER_GROUPS, PredictionSettings
from geo.radio.prediction import best_server, predict_points
from geo.radio.terrain import ClutterWindow, TerrainWindow

RULE = ClassRule(low_below_mhz=1000, high_above_mhz=3000, obstructed_above_db=10, reference_km=1, shortest_km=0.01)
MEASURED: Network = ("4G", "A", "mid")
MakeCell = Callable[..., ResolvedCell]


def correction(
    offset_db: float = 0.0,
    slope_db: float = 0.0,
    table: Any = None,
    network: Network = MEASURED,
    measured: Any = None,
) -> Correction:
    offsets = np.full((len(CLUTTER_GROUPS), len(OBSTRUCTION)), offset_db) if table is None else np.array(table)
    return Correction(
        name="test",
        version="1",
        rule=RULE,
        networks={network: NetworkOffsets(offsets, slope_db, 0.5, 2.0, *(() if measured is None else (measured,)))},
    )


def levels(
    cells: list[ResolvedCell], terrain: TerrainWindow, settings: PredictionSettings, **options: Any
) -> np.ndarray[Any, Any]:
    clutter = options.pop("clutter", None)
    (layer,) = best_server(cells, terrain=terrain, clutter=clutter, settings=settings, **options)
    return np.where(layer.reached, layer.level_dbm, np.nan)


def test_a_constant_offset_moves_every_level(
    hills: TerrainWindow, settings: PredictionSettings, make_cell: MakeCell
) -> None:
    plain = levels([make_cell()], hills, settings)
    moved = levels([make_cell()], hills, settings, correction=correction(3.0))
    both = ~np.isnan(plain) & ~np.isnan(moved)
    assert both.sum() > 2500
    np.testing.assert_allclose((moved - plain)[both], 3.0, atol=1e-4)


def test_without_a_calibration_nothing_changes(
    hills: TerrainWindow, settings: PredictionSettings, make_cell: MakeCell
) -> None:
    plain = levels([make_cell()], hills, settings)
    for other in (
        correction(5.0, network=("5G", "A", "mid")),
        correction(5.0, network=("4G", "B", "mid")),
        correction(5.0, network=("4G", "A", "low")),
        correction(5.0, slope_db=3.0, measured=np.zeros((5, 2), dtype=bool)),
        correction(0.0),
    ):
        assert np.array_equal(plain, levels([make_cell()], hills, settings, correction=other), equal_nan=True)


def test_each_network_has_its_own_offsets(
    hills: TerrainWindow, settings: PredictionSettings, make_cell: MakeCell
) -> None:
    # Three operators with the same carrier on one mast, of which two were measured.
    cells = [make_cell(), make_cell(cell_id=2, operator_code="B"), make_cell(cell_id=3, operator_code="C")]
    other = correction(-7.0, network=("4G", "B", "mid")).networks
    chosen = replace(correction(3.0), networks={**correction(3.0).networks, **other})
    for points in (None, [LonLat(*hills.grid.center(row, col)) for row, col in ((10, 12), (50, 8), (25, 40))]):
        plain, corrected = (_predicted(cells, hills, settings, points, used) for used in (None, chosen))
        moved = {}
        for before, after in zip(plain, corrected, strict=True):
            assert before.operator_code == after.operator_code
            both = before.reached & after.reached
            assert both.any()
            difference = (after.level_dbm - before.level_dbm)[both]
            assert np.ptp(difference) < 1e-4
            moved[before.operator_code] = round(float(difference[0]), 2)
        assert moved == {"A": 3.0, "B": -7.0, "C": 0.0}


def _predicted(
    cells: list[ResolvedCell],
    terrain: TerrainWindow,
    settings: PredictionSettings,
    points: list[LonLat] | None,
    used: Correction | None,
) -> tuple[LevelLayer, ...]:
    if points is None:
        return best_server(cells, terrain=terrain, clutter=None, settings=settings, correction=used)
    return predict_points(cells, points, terrain=terrain, clutter=None, settings=settings, correction=used)


def test_offsets_follow_clutter_and_obstruction(
    hills: TerrainWindow, settings: PredictionSettings, make_cell: MakeCell
) -> None:
    groups = np.ones(hills.grid.shape, np.uint8)
    groups[:, 40:] = 3
    clutter = ClutterWindow(hills.grid, np.zeros(hills.grid.shape, np.float32), (), groups)
    table = np.zeros((5, 2))
    table[1] = (1.0, -2.0)
    table[3] = (4.0, -8.0)
    cell = make_cell()
    plain = levels([cell], hills, settings, clutter=clutter)
    difference = levels([cell], hills, settings, clutter=clutter, correction=correction(table=table)) - plain
    found = {round(float(value), 2) for value in difference[~np.isnan(difference)].reshape(-1)}
    assert found == {1.0, -2.0, 4.0, -8.0}
    west = difference[:, :40]
    assert {round(float(value), 2) for value in west[~np.isnan(west)]} == {1.0, -2.0}


def test_the_slope_stands_still_beyond_the_measured_distances(
    hills: TerrainWindow, settings: PredictionSettings, make_cell: MakeCell
) -> None:
    cell = make_cell()
    km = 1 / 111.0
    points = [LonLat(cell.lon, cell.lat + north * km) for north in (0.2, 0.5, 1.0, 2.0, 2.4)]
    found = []
    for chosen in (None, correction(slope_db=10.0)):
        (layer,) = predict_points([cell], points, terrain=hills, clutter=None, settings=settings, correction=chosen)
        found.append(layer.level_dbm)
    expected = [10 * math.log10(distance) for distance in (0.5, 0.5, 1.0, 2.0, 2.0)]
    np.testing.assert_allclose(found[1] - found[0], expected, atol=0.05)


def test_grid_and_points_are_corrected_alike(
    hills: TerrainWindow, settings: PredictionSettings, make_cell: MakeCell
) -> None:
    table = np.array([[2.0, -3.0]] * 5)
    chosen = correction(table=table, slope_db=4.0)
    on_grid = levels([make_cell()], hills, settings, correction=chosen)
    places = [(10, 12), (31, 33), (50, 8), (25, 40)]
    points = [LonLat(*hills.grid.center(row, col)) for row, col in places]
    (layer,) = predict_points([make_cell()], points, terrain=hills, clutter=None, settings=settings, correction=chosen)
    np.testing.assert_allclose(layer.level_dbm, [on_grid[place] for place in places], atol=0.02)


def test_a_document_gives_the_same_correction() -> None:
    document = {
        "name": "n",
        "version": "2",
        "classes": {
            "low_below_mhz": 1000, "high_above_mhz": 3000, "obstructed_above_db": 10, "reference_km": 1,
            "shortest_km": 0.01,
        },
        "networks": [
            {
                "technology": "4G", "operator": "A",
                "band_group": "mid", "slope_db_per_decade": 1.5, "nearest_km": 0.5, "farthest_km": 8.0,
                "offsets": [
                    {"clutter": "tree", "path": "obstructed", "offset_db": -4.5, "standard_error_db": 0.7},
                ],
                "errors": {"site_db": 2.5, "local_db": {"line_of_sight": 5.0, "obstructed": 6.5}, "masts": 7},
            }
        ],
    }  # fmt: skip
    found = correction_of_document(document)
    assert found.rule == RULE
    (network,) = found.networks
    assert network == ("4G", "A", "mid")
    offsets = found.networks[network]
    assert offsets.offset_db[3, 1] == -4.5
    assert np.argwhere(offsets.measured).tolist() == [[3, 1]]
    assert offsets.left is not None
    assert offsets.left.standard_error_db[3, 1] == 0.7
    assert (offsets.left.site_db, offsets.left.local_db.tolist(), offsets.left.masts) == (2.5, [5.0, 6.5], 7)
    document["networks"][0]["offsets"][0]["clutter"] = "glass"  # type: ignore[index]
    with pytest.raises(BadInputError, match="glass"):
        correction_of_document(document)
    # A document from before networks were told apart.
    del document["networks"]
    with pytest.raises(BadInputError, match="fit it again"):
        correction_of_document(document)
