"""What a calibration was measured in, and holds for: networks (technology, operator, band group) and their classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.radio.calibration import CLASSES_OF_BAND, Samples
from geo.radio.correction import Network


@dataclass(frozen=True)
class Needed:
    """What a network needs of its own to be corrected: pixels, masts, and pixels in a class."""

    pixels: int
    sites: int
    class_pixels: int


def measured_networks(samples: Samples, needed: Needed) -> Mapping[int, NDArray[np.bool_]]:
    """Return by number of the network which of its classes are corrected: those with enough pixels of its own.

    The pixels of a network with too few, or on too few masts, or without any such class, help to fit what is common to
    its band; its own levels are left as they are.
    """
    found = {}
    for number in np.unique(samples.network).tolist():
        own = samples.network == number
        classes = np.bincount(samples.class_in_band[own], minlength=CLASSES_OF_BAND) >= needed.class_pixels
        enough = int(own.sum()) >= needed.pixels and len(np.unique(samples.mast[own])) >= needed.sites
        if enough and classes.any():
            found[number] = classes
    return found


def is_corrected(samples: Samples, measured: Mapping[int, NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Tell which samples or paths are of a network and class that are corrected."""
    found = np.zeros(samples.size, dtype=bool)
    for number, classes in measured.items():
        found |= (samples.network == number) & classes[samples.class_in_band]
    return found


def measured_scope(samples: Samples, networks: Sequence[Network], measured: Mapping[int, Any]) -> dict[str, Any]:
    """Return what a calibration holds for; `networks` are those that the numbers mean."""
    rows: list[dict[str, Any]] = []
    for technology, operator, band, number in sorted((*networks[number], number) for number in measured):
        own = samples.network == number
        row = {"technology": technology, "operator": operator, "band_group": band}
        rows.append({**row, "pixels": int(own.sum()), "masts": len(np.unique(samples.mast[own]))})
    return {
        "technologies": sorted({row["technology"] for row in rows}),
        "operators": sorted({row["operator"] for row in rows}),
        "measured": rows,
    }
