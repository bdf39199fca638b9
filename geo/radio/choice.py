"""How much stronger the strongest of several cells is than the one that was predicted to be the strongest.

A phone takes the cell that is the strongest where it stands. A prediction is wrong by other amounts for other masts, so
that the best of several is on average better than the best predicted one: the more, the closer the others come.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
# The integral runs over so many standard deviations above and below, in such steps.
_REACH, _STEP = 6.0, 0.125
_AT_ONCE = 20_000


def choice_gain_db(level_dbm: Floats, apart_db: float) -> Floats:
    """Return the mean of the strongest level less the strongest predicted one, dB.

    `level_dbm` holds the predicted levels by place and mast, minus infinity without a mast; each is taken to be wrong
    by a normal error of `apart_db`, independent of the others.
    """
    if apart_db <= 0.0 or not level_dbm.size:
        return np.zeros(len(level_dbm))
    parts = [_gain(level_dbm[start : start + _AT_ONCE], apart_db) for start in range(0, len(level_dbm), _AT_ONCE)]
    return np.concatenate(parts) * apart_db


def _gain(level_dbm: Floats, apart_db: float) -> Floats:
    """Return the mean of the largest of normal variables over the largest of their means, in standard deviations."""
    best = level_dbm.max(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        behind = np.where(np.isneginf(level_dbm), np.inf, (best - level_dbm) / apart_db)
    t = np.arange(-_REACH, _REACH + _STEP, _STEP)
    below = np.ones((len(behind), len(t)))
    for column in behind.T:
        below *= special.ndtr(t + column[:, None])
    # The mean of a variable is the integral of what lies above, over t > 0, less that of what lies below, over t < 0.
    result = np.trapezoid((t > 0.0) + 0.5 * (t == 0.0) - below, t, axis=1)
    return np.asarray(np.where(np.isneginf(best[:, 0]), 0.0, result))
