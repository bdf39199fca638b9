"""Make the illustrative data set again: `python -m data.build [PART…]`, parts in the order they need each other."""

import argparse
from collections.abc import Callable
from pathlib import Path

from data.build import boundaries, fibre, places, roads, site_lists, terrain, villages
from data.build.paths import DATA

PARTS: dict[str, Callable[[Path], None]] = {
    "boundaries": boundaries.build,
    "terrain": terrain.build,
    "roads": roads.build,
    "villages": villages.build,
    "sites": site_lists.build,
    "fibre": fibre.build,
    "places": places.build,
}


def main() -> None:
    """Build the parts named on the command line, or all."""
    parser = argparse.ArgumentParser(prog="python -m data.build", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of {', '.join(PARTS)}; default all")
    chosen = parser.parse_args().parts or list(PARTS)
    unknown = sorted(set(chosen) - set(PARTS))
    if unknown:
        parser.error(f"unknown part: {', '.join(unknown)}")
    for name in [part for part in PARTS if part in chosen]:
        PARTS[name](DATA)
        print(f"{name}: done")


if __name__ == "__main__":
    main()
