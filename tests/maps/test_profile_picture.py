"""The profile picture: well-formed, in both languages, within its edges, readable; and the tables beside it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import combinations, pairwise

import pytest

from api.example_explain import EXPLANATIONS
from geo.workflows.answers.explain_rows import PointExplanation
from maps import profile_legend
from maps.explain_tables import budget_rows, columns, fact_rows, inside_rows, loss_rows, table_titles, tier_rows
from maps.explain_words import distance_text
from maps.palette import INK, PAPER, contrast_ratio
from maps.profile_picture import profile_picture
from maps.svg import number, text_width, thinned, ticks, wrapped
from tests.maps import samples

SVG = "{http://www.w3.org/2000/svg}"
HIDDEN = EXPLANATIONS.items[0]


def in_sight() -> PointExplanation:
    """The same path from a mast 40 m higher, with woods on the far slope."""
    edge = replace(
        HIDDEN.path.edge, kind="least_clearance", distance_m=445.67, height_m=669.59, clearance_m=28.77,
        clearance_share=3.6, v=-5.1, knife_edge_db=0.0,
    )  # fmt: skip
    path = replace(HIDDEN.path, tx_antenna_m=707.0, line_of_sight=True, edge=edge, tx_horizon_m=None, rx_horizon_m=None)
    profile = replace(
        HIDDEN.profile,
        clutter_m=(0.0, 0.0, 12.0, 0.0, 8.0, 0.0),
        line_m=(707.0, 698.4, 683.2, 667.9, 652.7, 634.22),
    )
    return replace(HIDDEN, path=path, profile=profile)


def drawn(found: PointExplanation, **options: object) -> ET.Element:
    return ET.fromstring(profile_picture(found, **{"language": "vi", **options}))  # type: ignore[arg-type]


def texts(root: ET.Element) -> list[str]:
    return [node.text or "" for node in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("width_px", [340, 960])
@pytest.mark.parametrize("found", [HIDDEN, in_sight()], ids=["hidden", "in sight"])
def test_everything_lies_inside_the_picture(found: PointExplanation, width_px: int, language: str) -> None:
    root = drawn(found, language=language, width_px=width_px, source="made up")
    _, _, width, height = (float(value) for value in root.attrib["viewBox"].split())
    assert width == width_px
    for node in root.iter():
        for name, limit in (("x", width), ("cx", width), ("x2", width), ("y", height), ("cy", height), ("y2", height)):
            if name in node.attrib:
                assert -1.0 <= float(node.attrib[name]) <= limit + 1.0, ET.tostring(node)
        if "points" in node.attrib and "fill" in node.attrib:
            xs = [float(pair.split(",")[0]) for pair in node.attrib["points"].split()]
            assert min(xs) >= 0.0
            assert max(xs) <= width
    assert "nan" not in ET.tostring(root).decode().lower()


def flat(edge_share: float, clearance_m: float) -> PointExplanation:
    """Flat ground, with the deciding edge at a share of the way."""
    path = HIDDEN.path
    edge = replace(
        path.edge,
        kind="least_clearance" if clearance_m > 0.0 else "bullington",
        distance_m=edge_share * path.distance_m,
        clearance_m=clearance_m,
    )
    profile = replace(HIDDEN.profile, terrain_m=(625.0,) * len(HIDDEN.profile.terrain_m))
    return replace(HIDDEN, path=replace(path, edge=edge, rx_antenna_m=626.5), profile=profile)


def labels(root: ET.Element) -> list[tuple[float, float, float]]:
    """Left edge, right edge and baseline of the texts that lie on the picture."""
    found = []
    for node in root.iter(f"{SVG}text"):
        if node.attrib.get("paint-order") == "stroke":
            width, at = text_width(node.text or "", 13.0), float(node.attrib["x"])
            left = at - {"start": 0.0, "middle": width / 2, "end": width}[node.attrib["text-anchor"]]
            found.append((left, left + width, float(node.attrib["y"])))
    return found


def sloping(
    rise_m: float, *, distance_m: float, clearance_m: float, edge_share: float = 0.5, antenna_m: float = 40.0
) -> PointExplanation:
    """Even ground that rises towards the receiver (or falls), and an edge at a share of the way."""
    found = flat(edge_share, clearance_m)
    shares = [each / HIDDEN.path.distance_m for each in HIDDEN.profile.distance_m]
    terrain = tuple(600.0 + rise_m * share for share in shares)
    tops = (terrain[0] + antenna_m, terrain[-1] + 1.5)
    path = replace(
        found.path, distance_m=distance_m, tx_antenna_m=tops[0], rx_antenna_m=tops[1],
        edge=replace(found.path.edge, distance_m=edge_share * distance_m),
    )  # fmt: skip
    profile = replace(
        found.profile,
        distance_m=tuple(share * distance_m for share in shares),
        terrain_m=terrain,
        bulge_m=tuple(share * (1.0 - share) * distance_m**2 / 1.7e7 for share in shares),
        line_m=tuple(tops[0] + (tops[1] - tops[0]) * share for share in shares),
        fresnel_m=tuple((0.15 * distance_m * share * (1.0 - share)) ** 0.5 for share in shares),
    )
    return replace(found, path=path, profile=profile)


def drawn_lines(root: ET.Element) -> list[list[tuple[float, float]]]:
    """Lines and marks inside the plot: ground, rays, Fresnel zone, clutter, mast, receiver, edge; no grid, no axis."""
    plot = next(node for node in root.iter(f"{SVG}g") if "clip-path" in node.attrib)
    top_level = [node for node in root if node.tag in (f"{SVG}line", f"{SVG}polygon")]
    lines = []
    for node in [*plot, *top_level]:
        if "points" in node.attrib and node.attrib.get("fill") != profile_legend.GROUND_FILL:
            line = [(float(x), float(y)) for x, y in (pair.split(",") for pair in node.attrib["points"].split())]
            lines.append(line if node.tag == f"{SVG}polyline" else [*line, line[0]])
        elif node.tag == f"{SVG}line":
            x1, y1, x2, y2 = (float(node.attrib[name]) for name in ("x1", "y1", "x2", "y2"))
            lines.append([(x1, y1), (x2, y2)])
    return lines


def crossed(line: list[tuple[float, float]], box: tuple[float, float, float, float]) -> bool:
    """Whether a line comes into a box, looked at every half pixel."""
    left, top, right, bottom = box
    for (x0, y0), (x1, y1) in pairwise(line):
        steps = max(1, round(2.0 * max(abs(x1 - x0), abs(y1 - y0))))
        for step in range(steps + 1):
            x, y = x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps
            if left < x < right and top < y < bottom:
                return True
    return False


PATHS = [
    HIDDEN,
    in_sight(),
    *(flat(share, m) for share in (0.02, 0.5, 0.8, 0.97) for m in (4.0, 30.0, -6.0)),
    *(
        sloping(rise, distance_m=distance, clearance_m=m, edge_share=share)
        for rise in (-120.0, 0.0, 25.0, 300.0)
        for distance in (5.0, 400.0, 1_560.0, 14_000.0, 60_000.0)
        for m, share in ((3.9, 0.97), (-15.0, 0.89), (0.4, 0.5))
    ),
]


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("width_px", [340, 620, 960])
def test_labels_keep_off_each_other_and_off_lines_and_marks(width_px: int, language: str) -> None:
    for found in PATHS:
        root = drawn(found, width_px=width_px, language=language)
        placed = labels(root)
        assert len(placed) == 3
        plot = next(iter(root.iter(f"{SVG}clipPath")))[0].attrib
        bottom = float(plot["y"]) + float(plot["height"])
        lines = drawn_lines(root)
        assert len(lines) >= 7
        circle = next(iter(root.iter(f"{SVG}circle"))).attrib
        at, height = float(circle["cx"]), float(circle["cy"])
        for left, right, y in placed:
            assert 0.0 <= left < right <= width_px
            assert float(plot["y"]) <= y - 10.0
            assert y <= bottom - 3.0
            box = (left, y - 10.0, right, y + 2.5)
            assert not [line for line in lines if crossed(line, box)], (found.path, words_of(root))
            assert right <= at - 5.0 or box[1] >= height + 5.0 or box[3] <= height - 5.0
        for one, other in combinations(placed, 2):
            beside = one[1] <= other[0] or other[1] <= one[0]
            assert beside or abs(one[2] - other[2]) >= 15.0


def words_of(root: ET.Element) -> list[str]:
    """Texts that lie on the picture."""
    return [node.text or "" for node in root.iter(f"{SVG}text") if node.attrib.get("paint-order") == "stroke"]


def test_a_label_stands_near_its_mark() -> None:
    root = drawn(HIDDEN, width_px=960, language="en")
    places = dict(zip(words_of(root), labels(root), strict=True))
    mast = next(each for each in root if each.tag == f"{SVG}line").attrib
    left, _, y = places["antenna 42 m"]
    assert left - float(mast["x1"]) < 25.0
    assert float(mast["y1"]) - 25.0 < y < float(mast["y2"]) + 25.0


def test_the_picture_has_a_title_a_description_and_no_inline_style() -> None:
    root = drawn(HIDDEN, language="en", key="one")
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"] == "one-title one-desc"
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert title.text == "Profile from cell BTS0438-42 to the position, 3.78 km"
    assert "RSRP -107.0 dBm; 2.0 dB below the threshold" in (description.text or "")
    assert "446 m from the mast, 6.5 m above the line of sight" in (description.text or "")
    markup = profile_picture(HIDDEN, language="vi")
    assert not re.search(r"\sstyle=|<style|<script|href=", markup)


def test_hidden_and_visible_paths_are_drawn_differently() -> None:
    hidden, seen = texts(drawn(HIDDEN, language="en")), texts(drawn(in_sight(), language="en"))
    assert "Line of sight (hidden)" in hidden
    assert any("Bullington" in words for words in hidden)
    assert "6.5 m above the line of sight" in hidden
    assert "Line of sight" in seen
    assert "Point with least clearance" in seen
    assert "Clutter: trees, buildings" in seen
    assert "Clutter: trees, buildings" not in hidden
    assert "clearance 28.8 m" in seen


def test_the_heading_and_the_source_belong_to_a_picture_by_itself() -> None:
    alone, beside = texts(drawn(HIDDEN, source="made up")), texts(drawn(HIDDEN))
    assert "made up" in alone
    assert any("BTS0438-42" in words for words in alone)
    assert not any("BTS0438-42" in words for words in beside)


def test_names_are_text_and_never_markup() -> None:
    evil = replace(HIDDEN, cell=replace(HIDDEN.cell, code=samples.EVIL, operator_name=samples.EVIL))
    root = drawn(evil, source=samples.EVIL)
    assert {node.tag.removeprefix(SVG) for node in root.iter()} <= {
        "svg", "title", "desc", "defs", "clipPath", "rect", "g", "line", "text", "polygon", "polyline", "circle",
    }  # fmt: skip


def test_an_edge_far_above_the_rest_does_not_flatten_the_picture() -> None:
    high = replace(HIDDEN, path=replace(HIDDEN.path, edge=replace(HIDDEN.path.edge, clearance_m=-5000.0)))
    heights = [words for words in texts(drawn(high)) if re.fullmatch(r"\d{3,4}", words)]
    assert heights == ["600", "650", "700", "750"]


def test_colours_can_be_read() -> None:
    for text in (INK, profile_legend.MUTED, profile_legend.EDGE_INK, profile_legend.ZONE_INK):
        assert contrast_ratio(text, PAPER) >= 4.5
    for line, ground in (
        (profile_legend.GROUND_INK, profile_legend.GROUND_FILL),
        (profile_legend.CLUTTER_INK, profile_legend.CLUTTER_FILL),
        (profile_legend.ZONE_INK, profile_legend.GROUND_FILL),
        (profile_legend.EDGE_INK, profile_legend.GROUND_FILL),
        (INK, profile_legend.GROUND_FILL),
    ):
        assert contrast_ratio(line, ground) >= 3.0


def test_ticks_numbers_and_lines() -> None:
    assert ticks(603.0, 671.0, most=6) == [620.0, 640.0, 660.0]
    assert ticks(0.0, 3.78, most=8) == pytest.approx([0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5])
    assert ticks(0.0, 1.0, most=1) == [0.0, 1.0]
    assert [number(value) for value in (0.04, -0.04, 12.0, 3.26)] == ["0", "0", "12", "3.3"]
    assert wrapped("one two three", width_px=60, size_px=10) == ["one two", "three"]
    line = [(float(x), float(x == 57)) for x in range(1000)]
    kept = thinned(line, most=100)
    assert len(kept) <= 110
    assert (57.0, 1.0) in kept
    assert kept == sorted(kept)
    assert [kept[0], kept[-1]] == [line[0], line[-1]]


def test_tables_say_what_the_rows_hold() -> None:
    budget = budget_rows(HIDDEN, "en")
    assert (budget[0].name, budget[0].value, budget[0].note) == ("Power at the antenna port", "46.00 dBm", "declared")
    assert (budget[1].value, budget[1].note) == ("+17.50 dBi", "default value")
    assert [row.kind for row in budget].count("sum") == 3
    losses = loss_rows(HIDDEN, "en")
    names = [row.name for row in losses]
    # Told only where the time percentage makes them differ from nothing.
    assert "Multipath and focusing over the time" not in names
    assert names.index("Bullington edge over the terrain") == names.index("Diffraction") + 1
    assert [row.kind for row in losses][-5:] == ["sum", "aside", "aside", "aside", "aside"]
    assert [(row.name, row.note) for row in tier_rows(HIDDEN, "en")] == [
        ("Marginal", "+3.0 dB, 61\u00a0%"),
        ("Outdoors", "-2.0 dB, 43\u00a0%"),
    ]
    assert [row.note for row in inside_rows(HIDDEN, "en")] == ["1 %".replace(" ", "\u00a0"), "2\u00a0%"]
    for name in ("budget", "losses", "tiers", "inside"):
        assert len(columns(name, "vi")) == 3
        assert table_titles(HIDDEN, "vi")[name]


def test_facts_name_defaults_ground_and_what_hides() -> None:
    facts = dict(fact_rows(HIDDEN, "en"))
    assert facts["Default values for"] == "antenna gain"
    assert facts["Interval"] == "-125 to -89 dBm in 90\u00a0% of cases (error of the model 10.8 dB)"
    assert facts["Spread"] == "-107.0 to -102.6 dBm at 80\u00a0% of the locations around"
    flat = dict(fact_rows(replace(HIDDEN, terrain_used=False), "en"))
    assert flat["Terrain"] == "none: flat ground"
    woods = replace(HIDDEN, path=replace(HIDDEN.path, line_of_sight=True))
    assert "clutter hides it" in dict(fact_rows(woods, "en"))["Terrain"]
    omni = replace(HIDDEN, cell=replace(HIDDEN.cell, azimuth_deg=None, antenna_pattern="measured", antenna_model="M1"))
    assert "all directions" in dict(fact_rows(omni, "en"))["Antenna"]
    assert "measured pattern of M1" in dict(fact_rows(omni, "en"))["Antenna"]


def test_distances_in_metres_and_kilometres() -> None:
    assert distance_text(137.4, "vi") == "137 m"
    assert distance_text(3781.6, "vi") == "3,78 km"
