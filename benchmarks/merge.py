"""Processor time of merging three sectors of one mast into a layer. Not a test: prints figures.

python benchmarks/merge.py [--side 1500] [--json]

The pattern files are made up: a panel of 65 x 8 degrees with 6 degrees of electrical tilt.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

import numpy as np

from geo.domain.antennas import AntennaPattern, PatternCut
from geo.radio.antennas import TR36814_PATTERN, mounted_antenna
from geo.radio.kernels.merge import Sight, merge_window
from geo.radio.pattern_files import MeasuredAntenna, PatternLibrary

PIXEL_KM, ANTENNA_M, TILT_DEG = 0.03, 40.0, 6.0
RUNS = 5


def main() -> int:
    """Measure every kind of pattern and print the times."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--side", type=int, default=1500, help="pixels on a side of the window")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    panel = made_up_panel()
    kinds = [
        ("3GPP", None, 0.0),
        ("measured", panel, 0.0),
        ("3GPP, mechanical tilt", None, 2.0),
        ("measured, mechanical tilt", panel, 2.0),
    ]
    found = {name: time_sectors(options.side, measured, tilt_deg) for name, measured, tilt_deg in kinds}
    if options.json:
        sys.stdout.write(json.dumps({"side": options.side, "ns_per_pixel_for_three_sectors": found}, indent=2) + "\n")
    else:
        lines = ["| pattern | ns per pixel for three sectors |", "|---|---|"]
        lines += [f"| {name} | {value:.0f} |" for name, value in found.items()]
        sys.stdout.write("\n".join(lines) + "\n")
    return 0


def made_up_panel() -> MeasuredAntenna:
    """Return a panel whose cuts are parabolas."""
    angles = np.arange(360.0)
    signed = (angles + 180.0) % 360.0 - 180.0
    across = np.minimum(12.0 * (signed / 65.0) ** 2, 26.0)
    upright = np.minimum(12.0 * ((signed - TILT_DEG) / 8.0) ** 2, 26.0)
    cuts = [PatternCut(tuple(angles), tuple(map(float, values))) for values in (across, upright)]
    pattern = AntennaPattern(
        name="panel",
        maker=None,
        frequency_mhz=None,
        gain_dbi=17.0,
        electrical_tilt_deg=TILT_DEG,
        horizontal=cuts[0],
        vertical=cuts[1],
    )
    found = PatternLibrary([pattern]).find(
        "panel", frequency_mhz=1800.0, electrical_tilt_deg=TILT_DEG, frequency_ratio=1.25, omni_ripple_db=3.0
    )
    if found is None:
        raise RuntimeError("the pattern was not found")
    return found


def time_sectors(side: int, measured: MeasuredAntenna | None, tilt_deg: float) -> float:
    """Return the shortest of some runs, ns per pixel."""
    rows, cols = np.mgrid[0:side, 0:side] - 0.5 * side
    distance_km = PIXEL_KM * np.hypot(rows, cols) + PIXEL_KM
    rough = np.random.default_rng(1).normal(0.0, 8.0, (side // 20 + 1, side // 20 + 1)).repeat(20, 0).repeat(20, 1)
    loss = (100.0 * (120.0 + 20.0 * np.log10(distance_km) + rough[:side, :side])).astype(np.int16)
    elevation = (-100.0 * np.degrees(np.arctan2(ANTENNA_M, 1000.0 * distance_km))).astype(np.int16)
    sight = Sight((0.5 * side + 0.3, 0.5 * side + 0.2), PIXEL_KM, np.full(side, PIXEL_KM))
    everywhere = np.zeros((1, 1), np.uint8)
    shortest = float("inf")
    for _ in range(RUNS):
        best = np.full(loss.shape, -13000, np.int16)
        server, unknown = np.zeros(loss.shape, np.int32), np.zeros(loss.shape, np.uint8)
        started = time.thread_time()
        for sector in range(3):
            antenna = mounted_antenna(
                TR36814_PATTERN,
                azimuth_deg=120.0 * sector,
                mechanical_tilt_deg=tilt_deg,
                electrical_tilt_deg=TILT_DEG,
                measured=measured,
            )
            merge_window(
                loss, elevation, sight, (0, 0), antenna, 3000, -13000, sector + 1, best, server, unknown, everywhere
            )
        shortest = min(shortest, time.thread_time() - started)
    return 1e9 * shortest / int(loss.size)


if __name__ == "__main__":
    sys.exit(main())
