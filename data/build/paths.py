"""Where the illustrative data set and its scripts lie."""

from pathlib import Path

DATA = Path(__file__).resolve().parents[1]
"""The folder `data/`."""

OUTLINE = DATA / "build" / "country_outline.geojson"
"""The country's outline, cut once from Natural Earth, read by the builders."""
