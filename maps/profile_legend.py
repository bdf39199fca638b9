"""Colours and legend of the profile picture."""

from __future__ import annotations

from geo.workflows.answers.explain_rows import PointExplanation
from maps.i18n import N_, format_number, translate
from maps.palette import INK
from maps.svg import element, points, text, text_width, wrapped

GROUND_FILL, GROUND_INK = "#d8cbb5", "#6f5d3f"
CLUTTER_FILL, CLUTTER_INK = "#a9cc9c", "#3f6e33"
ZONE_FILL, ZONE_INK = "#cfe3f2", "#0b5c8a"
EDGE_INK = "#b93a0a"
MUTED, GRID = "#4b5963", "#d5dbe0"

LEGEND_ROW_PX, TEXT_PX = 21.0, 13.0


def profile_legend(
    found: PointExplanation, *, language: str, width_px: int, top: float, exaggeration: float, source: str | None
) -> tuple[str, float]:
    """Return the legend below the plot, as many entries in a row as fit, and its height in pixels."""
    hidden = found.path.edge.kind == "bullington"
    entries = [("ground", N_("Ground on the curved earth"))]
    if any(found.profile.clutter_m):
        entries.append(("clutter", N_("Clutter: trees, buildings")))
    entries.append(("line", N_("Line of sight (hidden)") if hidden else N_("Line of sight")))
    entries.append(("zone", N_("First Fresnel zone")))
    entries.append(("part", N_("60 % of it")))
    if hidden:
        entries.append(("rays", N_("Rays over the horizons and their edge (Bullington)")))
    else:
        entries.append(("edge", N_("Point with least clearance")))
    parts, x, y = [], 12.0, top + 14.0
    for kind, message in entries:
        words = translate(message, language)
        width = 34.0 + text_width(words, TEXT_PX) + 14.0
        if x > 12.0 and x + width > width_px - 8.0:
            x, y = 12.0, y + LEGEND_ROW_PX
        parts += _swatch(kind, x, y - 4.0, hidden)
        rows = wrapped(words, width_px=width_px - 54.0, size_px=TEXT_PX)
        parts += [text(row, x + 34.0, y + index * (TEXT_PX + 3.0)) for index, row in enumerate(rows)]
        x, y = x + width, y + (len(rows) - 1) * (TEXT_PX + 3.0)
    note = translate(N_("Effective earth radius %(radius)s km; heights stretched %(times)s times."), language) % {
        "radius": format_number(found.path.effective_earth_radius_km, language),
        "times": format_number(exaggeration, language, digits=1 if exaggeration < 10.0 else 0),
    }
    below = [note] if source is None else [note, source]
    y += 4.0
    for row in (row for line in below for row in wrapped(line, width_px=width_px - 24.0, size_px=TEXT_PX)):
        y += LEGEND_ROW_PX
        parts.append(text(row, 12.0, y, fill=MUTED))
    return element("g", *parts), y - top


def _swatch(kind: str, x: float, y: float, hidden: bool) -> list[str]:
    box = {"x": x, "y": y - 6.0, "width": 26, "height": 12}
    line = {"x1": x, "x2": x + 26.0, "y1": y, "y2": y, "stroke_width": 1.6}
    if kind in ("ground", "clutter", "zone"):
        fill, ink = {
            "ground": (GROUND_FILL, GROUND_INK),
            "clutter": (CLUTTER_FILL, CLUTTER_INK),
            "zone": (ZONE_FILL, ZONE_INK),
        }[kind]
        return [element("rect", **box, fill=fill, stroke=ink)]
    if kind == "line":
        return [element("line", **line, stroke=INK, stroke_dasharray="2 4" if hidden else None)]
    if kind == "part":
        return [element("line", **line, stroke=ZONE_INK, stroke_dasharray="5 4")]
    middle = x + 13.0
    colour = EDGE_INK if kind == "rays" else ZONE_INK
    mark = element(
        "polygon", points=points([(middle, y - 5), (middle + 5, y), (middle, y + 5), (middle - 5, y)]), fill=colour
    )
    return [element("line", **line, stroke=colour), mark] if kind == "rays" else [mark]
