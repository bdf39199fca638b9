"""How the time of an assessment grows with the number of sites. Not a test: prints figures and draws a plot.

python benchmarks/cost_per_site.py --home DIR [--counts 100 300 1000 4000] [--step 1] [--plot FILE.svg] [--json]

The SYNTHETIC province of `benchmarks/incremental.py` (15 km, three sectors on each of two bands), assessed from nothing
with each number of sites. What the province costs whatever its sites (ground, counts, files) weighs on the cost per
site of few sites; the cost of one site more is what must not grow.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import shapely
from sqlalchemy import Engine, func, select, text

from benchmarks.incremental import AS_OF, add_sites, make_province, run
from geo.settings import Settings
from geo.store import tables
from geo.store.repositories import read_units
from geo.store.result_cache import result_cache
from geo.store.session import engine_for, session_scope
from geo.store.tables import ImportKind
from geo.workflows.database import start_database, stop_database, upgrade_database
from geo.workflows.retire import drop_files, retire_illustrative

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 400, 70, 30, 50, 60


def replace_sites(engine: Engine, settings: Settings, count: int) -> None:
    """Put another number of random sites in the place of those there are."""
    with session_scope(engine) as session:
        drop_files(session, settings.home_path, retire_illustrative(session, ImportKind.SITES))
    with session_scope(engine) as session:
        units = read_units(session, AS_OF)
        outline = shapely.union_all([unit.geometry for unit in units if not unit.is_province])
        shapely.prepare(outline)
        add_sites(session, outline, count)


def measure(engine: Engine, settings: Settings, counts: Sequence[int], step_arcsec: float) -> list[dict[str, Any]]:
    """Assess the province from nothing with each number of sites."""
    with session_scope(engine) as session:
        present = session.scalar(select(func.count()).select_from(tables.Mast).where(text("code LIKE 'bench-%'")))
    if not present:
        make_province(engine, settings, counts[0], step_arcsec)
    found = []
    for count in counts:
        replace_sites(engine, settings, count)
        result_cache(settings).clear()
        result = run(engine, settings, f"{count} sites")
        found.append({"sites": count, "seconds": result["total"], "peak_mb": result["peak_mb"], "stages": result})
        sys.stderr.write(f"{count} sites: {result['total']:.1f} s\n")
    for one, other in pairwise(found):
        more = (other["seconds"] - one["seconds"]) / (other["sites"] - one["sites"])
        other["seconds_for_one_site_more"] = round(more, 4)
    return found


def plot(found: Sequence[dict[str, Any]]) -> str:
    """Return the plot as SVG: seconds per site, and for one site more, over the number of sites (logarithmic)."""
    per_site = [(each["sites"], each["seconds"] / each["sites"]) for each in found]
    more = [
        (math.sqrt(one["sites"] * other["sites"]), other["seconds_for_one_site_more"]) for one, other in pairwise(found)
    ]
    first, last = math.log10(found[0]["sites"]), math.log10(found[-1]["sites"])
    top = max(value for _, value in (*per_site, *more)) * 1.15

    def at(sites: float, seconds: float) -> tuple[float, float]:
        across = (math.log10(sites) - first) / (last - first)
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - seconds / top * (HEIGHT - TOP - BOTTOM)

    def line(points: Sequence[tuple[float, float]], color: str) -> str:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in points))
        dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{color}"/>' for x, y in (at(*p) for p in points))
        values = "".join(
            f'<text x="{x:.1f}" y="{y - 10:.1f}" text-anchor="middle" fill="{color}">{point[1]:.2f}</text>'
            for point, (x, y) in ((p, at(*p)) for p in points)
        )
        return f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>{dots}{values}'

    left, bottom = at(found[0]["sites"], 0.0)
    right, _ = at(found[-1]["sites"], 0.0)
    ticks = "".join(
        f'<text x="{at(each["sites"], 0.0)[0]:.1f}" y="{bottom + 20:.1f}" text-anchor="middle">{each["sites"]}</text>'
        for each in found
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="13"><rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
        f'<path d="M{left:.1f},{TOP} V{bottom:.1f} H{right:.1f}" fill="none" stroke="#444444"/>{ticks}'
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 14}" text-anchor="middle">sites in the province</text>'
        f'<text x="{LEFT}" y="22" fill="#1f5fa8">seconds per site, everything included</text>'
        f'<text x="{LEFT}" y="40" fill="#b3401f">seconds for one site more</text>'
        f"{line(per_site, '#1f5fa8')}{line(more, '#b3401f')}</svg>\n"
    )


def main() -> None:
    """Measure, print and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--counts", type=int, nargs="+", default=[100, 300, 1000, 4000])
    parser.add_argument("--step", type=float, default=1.0, help="terrain step, seconds of arc")
    parser.add_argument("--plot", type=Path, help="where the plot is written")
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    settings = Settings(home=wanted.home)
    start_database(settings)
    upgrade_database(settings)
    try:
        found = measure(engine_for(settings, "app"), settings, sorted(wanted.counts), wanted.step)
    finally:
        stop_database(settings)
    if wanted.plot is not None:
        wanted.plot.write_text(plot(found), encoding="utf-8")
    if wanted.json:
        sys.stdout.write(json.dumps({"step_arcsec": wanted.step, "runs": found}, indent=1) + "\n")
        return
    for each in found:
        more = each.get("seconds_for_one_site_more", "")
        sys.stdout.write(
            f"{each['sites']:6d} sites {each['seconds']:8.1f} s {each['seconds'] / each['sites']:7.3f} s per site "
            f"{more} s for one more, peak {each['peak_mb']} MB\n"
        )


if __name__ == "__main__":
    main()
