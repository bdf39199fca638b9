"""What a calibration was measured in, and holds for: technology, operator and band group together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.radio.calibration import Samples
from geo.radio.model import GROUPS

Names = NDArray[np.str_]


def measured_scope(
    samples: Samples, technology: Names, operator: Names, *, minimum_pixels: int, minimum_sites: int
) -> dict[str, Any]:
    """Return the networks with enough pixels and masts; `technology` and `operator` are those of each sample.

    The pixels of a network with fewer help to fit its band; its own levels are left as they are.
    """
    networks: list[Mapping[str, Any]] = []
    for name, code, band in sorted(
        set(zip(technology.tolist(), operator.tolist(), samples.band.tolist(), strict=True))
    ):
        own = (technology == name) & (operator == code) & (samples.band == band)
        pixels, masts = int(own.sum()), len(np.unique(samples.mast[own]))
        if pixels >= minimum_pixels and masts >= minimum_sites:
            network = {"technology": name, "operator": code, "band_group": GROUPS[band]}
            networks.append({**network, "pixels": pixels, "masts": masts})
    return {
        "technologies": _each(networks, "technology"),
        "operators": _each(networks, "operator"),
        "measured": networks,
    }


def _each(networks: Sequence[Mapping[str, Any]], key: str) -> list[str]:
    return sorted({str(network[key]) for network in networks})
