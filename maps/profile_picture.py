"""The profile from a mast to a position as an SVG picture: ground on the curved earth, line of sight, Fresnel zone.

Heights are drawn on an earth of the effective radius: the bulge is added to the ground, so that rays are straight.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from geo.workflows.answers.explain_rows import PointExplanation
from maps.explain_words import distance_text, interval_text, level_text, margin_text, sight_text
from maps.i18n import N_, format_number, translate
from maps.palette import INK, PAPER
from maps.profile_labels import Box, Sheet, Upright
from maps.profile_legend import (
    CLUTTER_FILL,
    CLUTTER_INK,
    EDGE_INK,
    GRID,
    GROUND_FILL,
    GROUND_INK,
    MUTED,
    TEXT_PX,
    ZONE_FILL,
    ZONE_INK,
    profile_legend,
)
from maps.svg import XY, Attribute, element, points, text, thinned, ticks, wrapped

FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
LEFT_PX, RIGHT_PX, BOTTOM_PX = 58.0, 22.0, 46.0
# An edge higher over the rest than this share of the picture would flatten everything else.
HIGHEST_EDGE = 1.5
# Under the feet of mast and receiver: two rows of text, for their heights and the clearance beside them.
FOOT_ROOM_PX = 44.0
SKY_ROOM_PX = 42.0  # over everything: two rows too, where nothing is in the way of a text
ZONE_STEPS = 120
FRESNEL_CLEAR = 0.6  # share of the first zone that counts as free in line-of-sight planning (ITU-R P.530)


@dataclass(frozen=True, slots=True)
class Frame:
    """Where distances (m) and heights (m) lie in the picture; `left` … `bottom` are the plot's edges in pixels."""

    total_m: float
    low_m: float
    high_m: float
    left: float
    top: float
    right: float
    bottom: float

    def x(self, distance_m: float) -> float:
        """Pixels from the left."""
        return self.left + (self.right - self.left) * distance_m / self.total_m

    def y(self, height_m: float) -> float:
        """Pixels from the top."""
        return self.bottom - (self.bottom - self.top) * (height_m - self.low_m) / (self.high_m - self.low_m)

    def at(self, distance_m: float, height_m: float) -> XY:
        """Both."""
        return self.x(distance_m), self.y(height_m)

    @property
    def exaggeration(self) -> float:
        """How many times heights are stretched against distances."""
        across = (self.right - self.left) / self.total_m
        return (self.bottom - self.top) / (self.high_m - self.low_m) / across


def profile_picture(
    found: PointExplanation, *, language: str, width_px: int = 960, source: str | None = None, key: str = "profile"
) -> str:
    """Return the picture as one `<svg>` element, readable on a light ground; `key` makes its ids unique in a page.

    Text keeps its size whatever `width_px`, so that a picture of 360 px is for a phone. With a `source` (the data that
    it rests on) the picture stands by itself: cell and level are set above, the source below.
    """
    head = [] if source is None else _heading(found, language, width_px)
    top = 20.0 + len(head) * 20.0
    plot_px = 300.0 if width_px >= 600 else 240.0
    frame = _frame(found, left=LEFT_PX, top=top, right=width_px - RIGHT_PX, bottom=top + plot_px)
    below = frame.bottom + BOTTOM_PX
    legend, legend_px = profile_legend(
        found, language=language, width_px=width_px, top=below, exaggeration=frame.exaggeration, source=source
    )
    height_px = below + legend_px + 8.0
    clip = element(
        "clipPath",
        element("rect", x=frame.left, y=frame.top, width=frame.right - frame.left, height=plot_px),
        id=f"{key}-plot",
    )
    return element(
        "svg",
        element("title", _escaped(_title(found, language)), id=f"{key}-title"),
        element("desc", _escaped(_description(found, language)), id=f"{key}-desc"),
        element("defs", clip),
        element("rect", width=width_px, height=height_px, fill=PAPER),
        *head,
        _axes(frame, language),
        element("g", *_ground(found, frame), *_zone(found, frame), clip_path=f"url(#{key}-plot)"),
        *_labelled(found, frame, language),
        legend,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width_px} {height_px:.0f}",
        width=width_px,
        height=round(height_px),
        role="img",
        aria_labelledby=f"{key}-title {key}-desc",
        font_family=FONT,
        font_size=TEXT_PX,
        fill=INK,
    )


def _escaped(content: str) -> str:
    return content.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _title(found: PointExplanation, language: str) -> str:
    return translate(N_("Profile from cell %(cell)s to the position, %(distance)s"), language) % {
        "cell": found.cell.code,
        "distance": distance_text(found.path.distance_m, language),
    }


def _description(found: PointExplanation, language: str) -> str:
    return f"{level_text(found, language)}; {margin_text(found, language)}. {sight_text(found, language)}"


def _heading(found: PointExplanation, language: str, width_px: int) -> list[str]:
    cell = found.cell
    lines = [
        (f"{cell.operator_name} · {cell.code} · {found.technology} · {_mhz(found, language)}", 600),
        (f"{level_text(found, language)}; {margin_text(found, language)}", 600),
        (interval_text(found, language), 400),
    ]
    rows = [(row, weight) for line, weight in lines for row in wrapped(line, width_px=width_px - 24.0, size_px=14.0)]
    return [
        text(row, 12.0, 22.0 + 20.0 * index, font_size=14, font_weight=weight)
        for index, (row, weight) in enumerate(rows)
    ]


def _mhz(found: PointExplanation, language: str) -> str:
    return f"{format_number(found.cell.frequency_mhz, language, digits=1)} MHz"


def _surface(found: PointExplanation) -> list[float]:
    profile = found.profile
    return [sum(heights) for heights in zip(profile.terrain_m, profile.clutter_m, profile.bulge_m, strict=True)]


def _edge_height(found: PointExplanation) -> float:
    """Height of the deciding edge on the curved earth."""
    edge, path = found.path.edge, found.path
    line = path.tx_antenna_m + (path.rx_antenna_m - path.tx_antenna_m) * edge.distance_m / path.distance_m
    return line - edge.clearance_m


def _frame(found: PointExplanation, *, left: float, top: float, right: float, bottom: float) -> Frame:
    profile = found.profile
    zone = [line + radius for line, radius in zip(profile.line_m, profile.fresnel_m, strict=True)]
    under = [line - radius for line, radius in zip(profile.line_m, profile.fresnel_m, strict=True)]
    grounds = [ground + bulge for ground, bulge in zip(profile.terrain_m, profile.bulge_m, strict=True)]
    low, high = min(*grounds, *under), max(*zone, *_surface(found))
    high = min(max(high, _edge_height(found)), high + HIGHEST_EDGE * (high - low))
    room = max(0.08 * (high - low), 4.0)
    high += max(1.6 * room, (high - low) * SKY_ROOM_PX / (bottom - top - SKY_ROOM_PX - FOOT_ROOM_PX))
    foot = min(profile.terrain_m[0], profile.terrain_m[-1])
    low = min(low - room, foot - (high - foot) * FOOT_ROOM_PX / (bottom - top - FOOT_ROOM_PX))
    return Frame(profile.distance_m[-1], low, high, left, top, right, bottom)


def _axes(frame: Frame, language: str) -> str:
    parts: list[str] = []
    for height in ticks(frame.low_m, frame.high_m, most=6):
        y = frame.y(height)
        parts.append(element("line", x1=frame.left, x2=frame.right, y1=y, y2=y, stroke=GRID))
        parts.append(text(format_number(height, language), frame.left - 6, y + 4, text_anchor="end", fill=MUTED))
    in_km = frame.total_m >= 2000.0
    scale, unit = (1000.0, "km") if in_km else (1.0, "m")
    places = ticks(0.0, frame.total_m / scale, most=8 if frame.right > 600 else 5)
    digits = 0 if all(place == int(place) for place in places) else 1
    for place in places:
        x = frame.x(place * scale)
        parts.append(element("line", x1=x, x2=x, y1=frame.bottom, y2=frame.bottom + 5, stroke=MUTED))
        label = format_number(place, language, digits=digits)
        parts.append(text(label, x, frame.bottom + 18, text_anchor="middle", fill=MUTED))
    parts.append(element("line", x1=frame.left, x2=frame.right, y1=frame.bottom, y2=frame.bottom, stroke=MUTED))
    middle = (frame.left + frame.right) / 2
    across = translate(N_("distance from the mast (%(unit)s)"), language) % {"unit": unit}
    parts.append(text(across, middle, frame.bottom + 36, text_anchor="middle", fill=MUTED))
    turned = f"rotate(-90 14 {(frame.top + frame.bottom) / 2:.0f})"
    upright = translate(N_("height above sea level (m)"), language)
    parts.append(text(upright, 14, (frame.top + frame.bottom) / 2, text_anchor="middle", fill=MUTED, transform=turned))
    return element("g", *parts)


def _ground_line(found: PointExplanation, frame: Frame) -> list[XY]:
    profile = found.profile
    ground = [
        frame.at(distance, terrain + bulge)
        for distance, terrain, bulge in zip(profile.distance_m, profile.terrain_m, profile.bulge_m, strict=True)
    ]
    return thinned(ground, most=round(frame.right - frame.left))


def _ground(found: PointExplanation, frame: Frame) -> list[str]:
    line = _ground_line(found, frame)
    base = [(frame.right, frame.bottom), (frame.left, frame.bottom)]
    parts = [
        element("polygon", points=points([*line, *base]), fill=GROUND_FILL),
        element("polyline", points=points(line), fill="none", stroke=GROUND_INK, stroke_width=1.2),
    ]
    return _clutter(found, frame) + parts


def _clutter(found: PointExplanation, frame: Frame) -> list[str]:
    """Clutter on the ground."""
    parts = []
    for box in _clutter_boxes(found, frame):
        # Down to below the ground on either side, which is drawn over it.
        size = {"width": box.right - box.left, "height": frame.bottom - box.top}
        parts.append(element("rect", x=box.left, y=box.top, fill=CLUTTER_FILL, **size))
        line = {"x1": box.left, "x2": box.right, "y1": box.top, "y2": box.top}
        parts.append(element("line", stroke=CLUTTER_INK, stroke_width=1.4, **line))
    return parts


def _sight_line(found: PointExplanation, frame: Frame) -> list[XY]:
    path = found.path
    return [frame.at(0.0, path.tx_antenna_m), frame.at(path.distance_m, path.rx_antenna_m)]


def _rays(found: PointExplanation, frame: Frame) -> list[XY]:
    """The rays from either end over the horizons to the deciding edge."""
    start, end = _sight_line(found, frame)
    return [start, frame.at(found.path.edge.distance_m, _edge_height(found)), end]


def _zone_halves(found: PointExplanation, frame: Frame) -> list[list[XY]]:
    """Upper and lower outline of the first Fresnel zone and of its part that counts as free."""
    outlines = [_zone_outline(found, frame, share) for share in (1.0, FRESNEL_CLEAR)]
    return [half for outline in outlines for half in (outline[: ZONE_STEPS + 1], outline[ZONE_STEPS + 1 :])]


def _zone(found: PointExplanation, frame: Frame) -> list[str]:
    parts = []
    for share, style in ((1.0, {"fill": ZONE_FILL, "fill_opacity": 0.55}), (FRESNEL_CLEAR, {"fill": "none"})):
        outline = _zone_outline(found, frame, share)
        dash = None if share == 1.0 else "5 4"
        parts.append(element("polygon", points=points(outline), stroke=ZONE_INK, stroke_dasharray=dash, **style))
    hidden = found.path.edge.kind == "bullington"
    sight = points(_sight_line(found, frame))
    parts.append(
        element("polyline", points=sight, stroke=INK, stroke_width=1.6, stroke_dasharray="2 4" if hidden else None)
    )
    if hidden:
        rays = points(_rays(found, frame))
        parts.append(element("polyline", points=rays, fill="none", stroke=EDGE_INK, stroke_width=1.6))
    return parts


def _zone_outline(found: PointExplanation, frame: Frame, share: float) -> list[XY]:
    """Outline of a share of the first Fresnel zone, drawn finely whatever the step of the terrain."""
    profile, path = found.profile, found.path
    total = profile.distance_m[-1]
    # The radius anywhere follows from the one nearest to the middle: it goes with sqrt(d1 d2).
    near, radius = min(
        zip(profile.distance_m, profile.fresnel_m, strict=True), key=lambda each: abs(each[0] - total / 2)
    )
    scale = share * radius / (near * (total - near)) ** 0.5
    upper, lower = [], []
    for step in range(ZONE_STEPS + 1):
        at = total * step / ZONE_STEPS
        line = path.tx_antenna_m + (path.rx_antenna_m - path.tx_antenna_m) * at / total
        reach = scale * (at * (total - at)) ** 0.5
        upper.append(frame.at(at, line + reach))
        lower.append(frame.at(at, line - reach))
    return upper + lower[::-1]


def _clutter_boxes(found: PointExplanation, frame: Frame) -> list[Box]:
    """Boxes of clutter: each point of the profile stands for half the way to its neighbours; down to the ground."""
    profile = found.profile
    middles = [(a + b) / 2 for a, b in pairwise(profile.distance_m)]
    edges = [profile.distance_m[0], *middles, profile.distance_m[-1]]
    boxes = []
    for index, height in enumerate(profile.clutter_m):
        if height > 0.0:
            ground = profile.terrain_m[index] + profile.bulge_m[index]
            left, right = frame.x(edges[index]), frame.x(edges[index + 1])
            boxes.append(Box(left, frame.y(ground + height), right, frame.y(ground)))
    return boxes


@dataclass(frozen=True, slots=True)
class _Marks:
    """Where the marks that have a label stand: antenna and foot of the mast, receiver, deciding edge (pixels)."""

    mast: Upright
    receiver: Upright
    edge: Upright
    edge_y: float


def _marks(found: PointExplanation, frame: Frame) -> _Marks:
    path, profile = found.path, found.profile
    edge_x, edge_y = frame.at(path.edge.distance_m, _edge_height(found))
    line_y = frame.y(_edge_height(found) + path.edge.clearance_m)
    edge_y = max(edge_y, frame.top + 6)
    return _Marks(
        mast=Upright(frame.left, frame.y(path.tx_antenna_m), frame.y(profile.terrain_m[0])),
        receiver=Upright(frame.right, frame.y(path.rx_antenna_m), frame.y(profile.terrain_m[-1])),
        edge=Upright(edge_x, min(edge_y, line_y), max(edge_y, line_y)),
        edge_y=edge_y,
    )


def _sheet(found: PointExplanation, frame: Frame, marks: _Marks) -> Sheet:
    """The plot with all that a label must keep off: lines, clutter and marks."""
    sheet = Sheet(Box(frame.left, frame.top, frame.right, frame.bottom))
    for line in (_ground_line(found, frame), _sight_line(found, frame), *_zone_halves(found, frame)):
        sheet.take_line(line)
    if found.path.edge.kind == "bullington":
        sheet.take_line(_rays(found, frame))
    for box in _clutter_boxes(found, frame):
        sheet.take_box(box)
    for mark, half in ((marks.mast, 7.0), (marks.receiver, 6.0)):
        sheet.take_box(Box(mark.x - half, mark.top - 7.0, mark.x + half, mark.top + 6.0))
        sheet.take_box(Box(mark.x - 2.0, mark.top, mark.x + 2.0, mark.bottom))
    sheet.take_box(Box(marks.edge.x - 7.0, marks.edge_y - 7.0, marks.edge.x + 7.0, marks.edge_y + 7.0))
    sheet.take_box(Box(marks.edge.x - 1.0, marks.edge.top, marks.edge.x + 1.0, marks.edge.bottom))
    return sheet


def _labelled(found: PointExplanation, frame: Frame, language: str) -> list[str]:
    """The marks of mast, receiver and deciding edge with their labels, which keep off each other and every line."""
    marks = _marks(found, frame)
    sheet = _sheet(found, frame, marks)
    hidden = found.path.edge.kind == "bullington"
    colour = EDGE_INK if hidden else ZONE_INK
    message = N_("%(height)s m above the line of sight") if hidden else N_("clearance %(height)s m")
    clearance = format_number(abs(found.path.edge.clearance_m), language, digits=1)
    labels = (
        (_metres(N_("antenna %(height)s m"), found.cell.antenna_height_m, language), marks.mast, INK),
        (translate(message, language) % {"height": clearance}, marks.edge, colour),
        (_metres(N_("receiver %(height)s m"), found.receiver_height_m, language), marks.receiver, INK),
    )
    notes = []
    for words, mark, ink in labels:
        x, y = sheet.place(words, near=mark)
        notes.append(_note(words, x, y, ink))
    return [*_ends(marks), *_edge(marks, colour), *notes]


def _ends(marks: _Marks) -> list[str]:
    mast, hand = marks.mast, marks.receiver
    top = [(mast.x, mast.top - 7), (mast.x - 6, mast.top + 5), (mast.x + 6, mast.top + 5)]
    return [
        element("line", x1=mast.x, x2=mast.x, y1=mast.top, y2=mast.bottom, stroke=INK, stroke_width=3),
        element("polygon", points=points(top)),
        element("line", x1=hand.x, x2=hand.x, y1=hand.top, y2=hand.bottom, stroke=INK, stroke_width=2),
        element("circle", cx=hand.x, cy=hand.top, r=4.5, fill=PAPER, stroke=INK, stroke_width=2),
    ]


def _edge(marks: _Marks, colour: str) -> list[str]:
    x, y = marks.edge.x, marks.edge_y
    return [
        element("line", x1=x, x2=x, y1=marks.edge.top, y2=marks.edge.bottom, stroke=colour, stroke_dasharray="3 2"),
        element("polygon", points=points([(x, y - 6), (x + 6, y), (x, y + 6), (x - 6, y)]), fill=colour),
    ]


def _metres(message: str, height_m: float, language: str) -> str:
    digits = 0 if height_m == int(height_m) else 1
    return translate(message, language) % {"height": format_number(height_m, language, digits=digits)}


def _note(content: str, x: float, y: float, colour: str) -> str:
    """Return a text that reads over areas."""
    halo: dict[str, Attribute] = {
        "stroke": PAPER,
        "stroke_width": 4.0,
        "stroke_linejoin": "round",
        "paint_order": "stroke",
    }
    return text(content, x, y, text_anchor="start", fill=colour, **halo)
