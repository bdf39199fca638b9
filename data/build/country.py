"""The country's outline round the province: coast and land border, from Natural Earth (public domain)."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

WINDOW = (107.0, 11.7, 110.0, 14.2)
"""West, south, east, north of what is kept, degrees, EPSG:4326."""


def outline_from_topology(topology_path: Path) -> shapely.Polygon:
    """Cut the mainland of Viet Nam out of `countries-10m.json` (npm world-atlas 2.0.2)."""
    topology = json.loads(topology_path.read_text(encoding="utf-8"))
    scale, shift = topology["transform"]["scale"], topology["transform"]["translate"]
    lines = [np.cumsum(np.asarray(arc), axis=0) * scale + shift for arc in topology["arcs"]]
    country = next(g for g in topology["objects"]["countries"]["geometries"] if g["properties"]["name"] == "Vietnam")
    parts = [shapely.make_valid(shapely.Polygon(_ring(part[0], lines))) for part in country["arcs"]]
    mainland = max(parts, key=lambda part: part.area)
    return shapely.set_precision(mainland.intersection(shapely.box(*WINDOW)), 0.0001)


def _ring(arc_numbers: Sequence[int], lines: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    # a negative number names an arc walked backwards: ~i, as TopoJSON defines it
    walked = [lines[i] if i >= 0 else lines[~i][::-1] for i in arc_numbers]
    return np.concatenate([walked[0], *[arc[1:] for arc in walked[1:]]])


def write_outline(topology_path: Path, target: Path) -> None:
    """Write the outline as a one-feature GeoJSON file with four decimals (about 10 m)."""
    ring = [[round(x, 4), round(y, 4)] for x, y in outline_from_topology(topology_path).exterior.coords]
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    document = {"type": "FeatureCollection", "features": [feature]}
    target.write_text(json.dumps(document, separators=(",", ":")) + "\n", encoding="utf-8")


def read_outline(path: Path) -> shapely.Polygon:
    """Read what `write_outline` wrote."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return shapely.Polygon(document["features"][0]["geometry"]["coordinates"][0])
