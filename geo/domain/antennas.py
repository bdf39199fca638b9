"""Measured antenna patterns, as a maker publishes them for a model."""

from __future__ import annotations

import re
from dataclasses import dataclass

from geo.domain.codes import normalise_label

_SHORTEST_MODEL = 4
# MHz (of a range both ends), polarisation, tilt: 1710 2170 x t04. A number of one or two digits alone says nothing.
_SUFFIX = r"\d{3,5}(?:mhz)?|x|xp|xpol|co|cr|cross|[pm]45|(?:e|m|r?e?d)?t\d{1,2}|\d{1,2}(?:t|deg|e?dt)"
_SUFFIXES = re.compile(rf"(?: (?:{_SUFFIX}))(?: (?:{_SUFFIX}|mhz|deg|\d{{1,2}}))*")


@dataclass(frozen=True, slots=True)
class PatternCut:
    """One cut of a pattern: attenuation (dB, not negative) at angles (degrees, 0 ≤ angle < 360, growing)."""

    angles_deg: tuple[float, ...]
    attenuation_db: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AntennaPattern:
    """The pattern of one model at one frequency and electrical tilt; tilts are positive downwards.

    Angles of the horizontal cut run clockwise from the main lobe, those of the vertical cut downwards from the horizon
    ahead (90: straight down, 180: the horizon behind). Without `frequency_mhz` it holds for every frequency.
    """

    name: str
    maker: str | None
    frequency_mhz: float | None
    gain_dbi: float
    electrical_tilt_deg: float
    horizontal: PatternCut
    vertical: PatternCut


def antenna_key(name: str) -> str:
    """Return the key on which names of antennas are compared: plain letters and digits, words apart by one space."""
    return normalise_label(name)


def is_named(key: str, wanted: str) -> bool:
    """Tell whether the pattern with a key is one of the wanted model: the same words, or those and a maker's suffixes.

    Makers put frequency, polarisation and tilt behind the model: "80010965_1840_X_T04" is one of the model "80010965".
    Words that are not a whole model ("Huawei", "panel", "742": no digit, or fewer letters and digits than
    `_SHORTEST_MODEL`) only name a pattern that is called just that.
    """
    if not wanted or not key.startswith(wanted):
        return False
    if key == wanted:
        return True
    whole = len(wanted.replace(" ", "")) >= _SHORTEST_MODEL and any(letter.isdigit() for letter in wanted)
    return whole and _SUFFIXES.fullmatch(key, len(wanted)) is not None
