"""Pattern files made up for the tests, in the form of MSI Planet."""

from __future__ import annotations

from collections.abc import Callable


def parabola(away_deg: float, beamwidth_deg: float, limit_db: float) -> float:
    """Attenuation of a beam `away_deg` from its middle."""
    return min(12.0 * (((away_deg + 180.0) % 360.0 - 180.0) / beamwidth_deg) ** 2, limit_db)


def rows(value: Callable[[float], float], step: int = 1) -> list[str]:
    """Lines of a table."""
    return [f"{angle} {value(angle):.2f}" for angle in range(0, 360, step)]


def pattern_text(
    name: str = "Panel 65-8_1800_T06",
    *,
    head: str = "MAKE example\nFREQUENCY 1800\nGAIN 15.5 dBd\nTILT ELECTRICAL\nELECTRICAL_TILT 6",
    tilt_deg: float = 6.0,
    horizontal: list[str] | None = None,
    vertical: list[str] | None = None,
) -> str:
    """A panel of 65 x 8 degrees."""
    across = horizontal or rows(lambda angle: parabola(angle, 65.0, 26.0))
    upright = vertical or rows(
        lambda angle: min(parabola(angle - tilt_deg, 8.0, 22.0), 26.0 + parabola(angle - 180.0 + tilt_deg, 40.0, 6.0))
    )
    tables = [f"HORIZONTAL {len(across)}", *across, f"VERTICAL {len(upright)}", *upright]
    return "\n".join([f"NAME {name}", head, *tables]) + "\n"
