"""A calibration holds for the networks that were measured, not for every pairing of what was."""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.domain.sites import Cell, Technology
from geo.radio.calibration import Samples
from geo.radio.correction import Network
from geo.radio.link_budget import resolve_cell
from geo.radio.model import CLUTTER_GROUPS, GROUPS
from geo.store.calibrations import CellName
from geo.workflows.assessment.inputs import load_radio_model
from geo.workflows.calibration.measured import Network as Measured
from geo.workflows.calibration.samples import MeasuredSamples
from geo.workflows.calibration.scope import Needed, is_corrected, measured_networks, measured_scope
from geo.workflows.calibration.serving import cells_of_networks
from geo.workflows.calibration.uncorrected import uncorrected_classes, uncorrected_networks

NEEDED = Needed(pixels=30, sites=5, class_pixels=25)


def _found(samples: Samples, networks: list[Network]) -> MeasuredSamples:
    """Return the samples with two operators of which nothing could be compared: one unknown, one with other pixels."""
    return MeasuredSamples(
        samples=samples,
        networks=networks,
        judged=np.ones(samples.size, dtype=bool),
        gain_db=np.zeros(samples.size),
        named=np.zeros(samples.size, dtype=bool),
        rows=samples.size,
        left_out={"no_cell_in_reach": 12},
        left_out_of={
            ("5G", "d"): {"no_cell_in_reach": 7},
            ("4G", "a"): {"no_cell_in_reach": 3},
            ("4G", None): {"no_cell_in_reach": 2},
        },
    )


def test_a_measurement_means_no_cell_of_another_band_than_it_says() -> None:
    model = load_radio_model(None)
    fields: dict[str, Any] = {
        "site_id": 1,
        "mast_id": 1,
        "operator_code": "a",
        "technology": Technology.G4,
        "lon": 108.0,
        "lat": 12.6,
    }
    cells = [
        resolve_cell(Cell(cell_id=number, band=band, azimuth_deg=0.0, antenna_height_m=30.0, **fields), model)
        for number, band in ((1, "B3"), (2, "B28"))
    ]
    called = Cell(cell_id=3, frequency_mhz=1800.0, azimuth_deg=0.0, antenna_height_m=30.0, **fields)
    cells.append(resolve_cell(called, model))
    names = [CellName(cell_id=1, code="X", technology="4G", operator_code="a")]

    def meant(band: str | None, code: str | None = None) -> list[int]:
        network = Measured(technology="4G", operator_code="a", cell_code=code, band=band, is_loss=False)
        (found,) = cells_of_networks([network], cells, names, model)
        return list(found.tolist())

    assert (meant(None), meant("B3"), meant("28")) == ([0, 1, 2], [0, 2], [1])
    assert (meant(None, "x"), meant("B3", "x")) == ([0], [0])
    # An unknown band means nothing rather than everything, and a cell that contradicts it is not believed.
    assert (meant("B99"), meant("B28", "x"), meant("B99", "x")) == ([], [], [])


def test_only_networks_with_enough_pixels_and_masts_are_in_the_scope() -> None:
    # Pixels, masts, network, classes: the third has too few masts, the fourth too few pixels, the last in any class.
    parts: list[tuple[int, int, Network, int]] = [
        (40, 6, ("4G", "a", "mid"), 2),
        (30, 5, ("5G", "b", "high"), 1),
        (50, 4, ("4G", "b", "mid"), 1),
        (9, 9, ("4G", "b", "low"), 1),
        (60, 9, ("4G", "c", "low"), 10),
    ]
    count = sum(part[0] for part in parts)
    nothing = np.zeros(count)
    # The first has a pixel in four in another class.
    clutter = np.concatenate([(np.arange(part[0]) % 4 == 0) if part[3] == 2 else np.zeros(part[0]) for part in parts])
    spread = np.concatenate([np.arange(part[0]) % part[3] if part[3] == 10 else np.zeros(part[0]) for part in parts])
    samples = Samples(
        difference_db=nothing,
        censored=nothing.astype(bool),
        band=np.concatenate([np.full(part[0], GROUPS.index(part[2][2])) for part in parts]),
        clutter=(clutter + spread // 2).astype(np.int64),
        obstructed=(spread % 2).astype(np.int64),
        distance_km=nothing + 1.0,
        mast=np.concatenate([np.arange(part[0]) % part[1] for part in parts]),
        network=np.repeat(np.arange(len(parts)), [part[0] for part in parts]),
    )
    found = measured_networks(samples, NEEDED)
    assert sorted(found) == [0, 1]
    # What it lacks in one class it is not given by another network.
    assert [np.flatnonzero(classes).tolist() for classes in found.values()] == [[0], [0]]
    assert np.bincount(samples.network[is_corrected(samples, found)], minlength=5).tolist() == [30, 30, 0, 0, 0]
    rest = uncorrected_networks(_found(samples, [part[2] for part in parts]), found, NEEDED)
    assert [(row["technology"], row["operator"], row["band_group"], row["pixels"], row["masts"]) for row in rest] == [
        ("4G", "b", "low", 9, 9),
        ("4G", "b", "mid", 50, 4),
        ("4G", "c", "low", 60, 9),
        ("5G", "d", None, 0, 0),
    ]
    assert [[(each["code"], each["found"], each["needed"]) for each in row["reasons"]] for row in rest] == [
        [("too_few_pixels", 9, 30), ("too_few_in_each_class", 9, 25)],
        [("too_few_masts", 4, 5)],
        [("too_few_in_each_class", 6, 25)],
        [("nothing_compared", 0, 30)],
    ]
    assert rest[-1]["left_out"] == {"no_cell_in_reach": 7}
    (thin,) = uncorrected_classes(samples, 0, found[0], NEEDED)
    assert thin == {
        "clutter": CLUTTER_GROUPS[1],
        "path": "line_of_sight",
        "pixels": 10,
        "masts": 3,
        "reasons": [{"code": "too_few_in_class", "found": 10, "needed": 25}],
    }
    assert measured_scope(samples, [part[2] for part in parts], found) == {
        "technologies": ["4G", "5G"],
        "operators": ["a", "b"],
        "measured": [
            {"technology": "4G", "operator": "a", "band_group": "mid", "pixels": 40, "masts": 6},
            {"technology": "5G", "operator": "b", "band_group": "high", "pixels": 30, "masts": 5},
        ],
    }
