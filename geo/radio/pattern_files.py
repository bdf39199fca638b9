"""Measured antenna patterns ready for the prediction, found by the model that a cell names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.domain.antennas import AntennaPattern, PatternCut, antenna_key, is_named

# Steps around the circle to which every cut is brought: half a degree, finer than makers measure.
STEPS = 720


@dataclass(frozen=True, eq=False)
class MeasuredAntenna:
    """A pattern as the kernels take it (see `kernels.merge.Antenna`); `omni` when its horizontal cut is about round."""

    name: str
    gain_dbi: float
    electrical_tilt_deg: float
    omni: bool
    sampled_db: NDArray[np.float32]


def sample_cut(cut: PatternCut) -> NDArray[np.float32]:
    """Return the attenuation at `STEPS` + 1 equal steps from 0 to 360 degrees, linear in dB, also across the wrap."""
    angles = np.linspace(0.0, 360.0, STEPS + 1)
    return np.interp(angles, cut.angles_deg, cut.attenuation_db, period=360.0).astype(np.float32)


class PatternLibrary:
    """The patterns of an installation; each is sampled once, when a cell first needs it."""

    def __init__(self, patterns: Sequence[AntennaPattern] = ()) -> None:
        self._patterns = [(antenna_key(each.name), each) for each in patterns]
        self._sampled: dict[int, MeasuredAntenna] = {}
        self._by_model: dict[str, list[int]] = {}

    def find(
        self,
        model: str,
        *,
        frequency_mhz: float,
        electrical_tilt_deg: float,
        frequency_ratio: float,
        omni_ripple_db: float,
    ) -> MeasuredAntenna | None:
        """Return the pattern of a model nearest in frequency, then in electrical tilt, then by name; None without one.

        A pattern measured at a frequency more than `frequency_ratio` times higher or lower is not taken. A name that is
        exactly the model goes before longer ones. The horizontal cut of an omnidirectional antenna varies by at most
        `omni_ripple_db`.
        """
        wanted = antenna_key(model)
        usable = [at for at in self._of_model(wanted) if self._is_near(at, frequency_mhz, frequency_ratio)]
        if not usable:
            return None

        def order(at: int) -> tuple[bool, float, float, str, int]:
            key, pattern = self._patterns[at]
            off_mhz = abs((pattern.frequency_mhz or frequency_mhz) - frequency_mhz)
            return key != wanted, off_mhz, abs(pattern.electrical_tilt_deg - electrical_tilt_deg), key, at

        return self._measured(min(usable, key=order), omni_ripple_db)

    def _of_model(self, wanted: str) -> list[int]:
        if wanted not in self._by_model:
            self._by_model[wanted] = [at for at, (key, _) in enumerate(self._patterns) if is_named(key, wanted)]
        return self._by_model[wanted]

    def _is_near(self, at: int, frequency_mhz: float, ratio: float) -> bool:
        own = self._patterns[at][1].frequency_mhz
        return own is None or max(own, frequency_mhz) <= ratio * min(own, frequency_mhz)

    def _measured(self, at: int, omni_ripple_db: float) -> MeasuredAntenna:
        if at not in self._sampled:
            pattern = self._patterns[at][1]
            horizontal = sample_cut(pattern.horizontal)
            self._sampled[at] = MeasuredAntenna(
                name=pattern.name,
                gain_dbi=pattern.gain_dbi,
                electrical_tilt_deg=pattern.electrical_tilt_deg,
                omni=float(np.ptp(horizontal)) <= omni_ripple_db,
                sampled_db=np.stack((horizontal, sample_cut(pattern.vertical))),
            )
        return self._sampled[at]
