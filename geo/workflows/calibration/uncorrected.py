"""What was measured and yet is not corrected, and why: networks, classes of networks, operators without any sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.radio.calibration import CLASSES_OF_BAND, Samples
from geo.radio.correction import OBSTRUCTION
from geo.radio.model import CLUTTER_GROUPS
from geo.workflows.calibration.samples import MeasuredSamples
from geo.workflows.calibration.scope import Needed

Measured = Mapping[int, NDArray[np.bool_]]


@dataclass(frozen=True)
class _Count:
    """What is there of something, and how much would be needed."""

    code: str
    found: int
    needed: int

    def reasons(self) -> list[dict[str, Any]]:
        if self.found >= self.needed:
            return []
        return [{"code": self.code, "found": self.found, "needed": self.needed}]


def uncorrected_networks(found: MeasuredSamples, measured: Measured, needed: Needed) -> list[dict[str, Any]]:
    """Return the measured networks without any correction, with what they lack.

    `found` are all samples, also those of bands with too little. An operator of whose technology no measured place
    could be compared has no band group, no pixels, and under `left_out` its places by the reason why.
    """
    samples = found.samples
    rows = [_network(found, number, needed) for number in np.unique(samples.network).tolist() if number not in measured]
    with_pixels = {found.networks[number][:2] for number in np.unique(samples.network).tolist()}
    for (technology, operator), reasons in found.left_out_of.items():
        if operator is not None and (technology, operator) not in with_pixels:
            nothing = _Count("nothing_compared", 0, needed.pixels).reasons()
            rows.append({**_named(technology, operator, None, (0, 0)), "reasons": nothing, "left_out": dict(reasons)})
    return sorted(rows, key=lambda row: (row["technology"], row["operator"], row["band_group"] or ""))


def _network(found: MeasuredSamples, number: int, needed: Needed) -> dict[str, Any]:
    own = found.samples.network == number
    pixels, masts = int(own.sum()), _masts(found.samples, own)
    largest = int(np.bincount(found.samples.class_in_band[own]).max())
    counts = (
        _Count("too_few_pixels", pixels, needed.pixels),
        _Count("too_few_masts", masts, needed.sites),
        _Count("too_few_in_each_class", largest, needed.class_pixels),
    )
    reasons = [reason for count in counts for reason in count.reasons()]
    return {**_named(*found.networks[number], (pixels, masts)), "reasons": reasons}


def _named(technology: str, operator: str, band: str | None, counts: tuple[int, int]) -> dict[str, Any]:
    pixels, masts = counts
    return {"technology": technology, "operator": operator, "band_group": band, "pixels": pixels, "masts": masts}


def uncorrected_classes(
    samples: Samples, number: int, classes: NDArray[np.bool_], needed: Needed
) -> Sequence[dict[str, Any]]:
    """Return the classes of a corrected network that were measured, but too little to be corrected."""
    own = samples.network == number
    counts = np.bincount(samples.class_in_band[own], minlength=CLASSES_OF_BAND)
    rows = []
    for at in np.flatnonzero((counts > 0) & ~classes).tolist():
        row, col = divmod(at, len(OBSTRUCTION))
        about = {"clutter": CLUTTER_GROUPS[row], "path": OBSTRUCTION[col], "pixels": int(counts[at])}
        masts = _masts(samples, own & (samples.class_in_band == at))
        reasons = _Count("too_few_in_class", int(counts[at]), needed.class_pixels).reasons()
        rows.append({**about, "masts": masts, "reasons": reasons})
    return rows


def _masts(samples: Samples, inside: NDArray[np.bool_]) -> int:
    return len(np.unique(samples.mast[inside]))
