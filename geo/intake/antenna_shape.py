"""Shape of a cut of an antenna pattern: where its main lobe points, and whether it can be one of attenuations."""

from __future__ import annotations

from dataclasses import dataclass

from geo.domain.antennas import PatternCut


@dataclass(frozen=True, slots=True)
class Lobe:
    """The directions around a maximum in which a pattern is almost as strong; degrees, -180 to 180.

    `middle_deg` is the middle of them, `peak_deg` that of the strongest among them; `least_db` is their attenuation,
    `width_deg` how far they reach.
    """

    middle_deg: float
    peak_deg: float
    least_db: float
    width_deg: float


def main_lobe(cut: PatternCut, *, depth_db: float, ahead_deg: float) -> Lobe:
    """Return the lobe that a cut has ahead: the strongest of those within `ahead_deg` of 0, else the strongest at all.

    Lobes are runs of angles whose attenuation is at most `depth_db` above the least of the cut. A cut that varies by
    less all around has none: it counts as one that points ahead.
    """
    least = min(cut.attenuation_db)
    lobes = [_lobe(run) for run in _runs(cut, least + depth_db)]
    if not lobes:
        return Lobe(0.0, 0.0, least, 360.0)
    return min(lobes, key=lambda lobe: (abs(lobe.middle_deg) > ahead_deg, lobe.least_db, abs(lobe.middle_deg)))


def is_upside_down(cut: PatternCut, *, depth_db: float, ahead_deg: float) -> bool:
    """Tell whether the largest value stands ahead: what gains look like where attenuations are wanted."""
    largest = max(cut.attenuation_db)
    turned = PatternCut(cut.angles_deg, tuple(largest - value for value in cut.attenuation_db))
    return abs(main_lobe(turned, depth_db=depth_db, ahead_deg=ahead_deg).middle_deg) <= ahead_deg


def normalised(cut: PatternCut) -> PatternCut:
    """Return the cut with its least attenuation taken off, so that the strongest direction has 0."""
    least = min(cut.attenuation_db)
    return PatternCut(cut.angles_deg, tuple(value - least for value in cut.attenuation_db))


def _runs(cut: PatternCut, highest_db: float) -> list[list[tuple[float, float]]]:
    """Runs of (angle, attenuation) up to a limit, around the circle; angles of a run grow, also beyond 360."""
    points = list(zip(cut.angles_deg, cut.attenuation_db, strict=True))
    start = next((i for i, (_, value) in enumerate(points) if value > highest_db), None)
    if start is None:
        return []
    around = points[start:] + [(angle + 360.0, value) for angle, value in points[:start]]
    runs: list[list[tuple[float, float]]] = []
    inside = False
    for angle, value in around:
        if value <= highest_db:
            if not inside:
                runs.append([])
            runs[-1].append((angle, value))
        inside = value <= highest_db
    return runs


def _lobe(run: list[tuple[float, float]]) -> Lobe:
    least = min(value for _, value in run)
    best = [angle for angle, value in run if value == least]
    first, last = run[0][0], run[-1][0]
    return Lobe(_signed(0.5 * (first + last)), _signed(sum(best) / len(best)), least, last - first)


def _signed(angle_deg: float) -> float:
    return round(180.0 - (180.0 - angle_deg) % 360.0, 2)
