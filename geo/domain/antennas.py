"""Measured antenna patterns, as a maker publishes them for a model."""

from __future__ import annotations

from dataclasses import dataclass

from geo.domain.codes import normalise_label


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
    """Tell whether the pattern with a key is one of the wanted model: the same words, or more words after them.

    Makers put frequency and tilt behind the model: "80010965_1840_T04" is one of the model "80010965".
    """
    return bool(wanted) and (key == wanted or key.startswith(f"{wanted} "))
