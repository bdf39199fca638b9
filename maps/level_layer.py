"""What the page's script reads about levels, relief and sectors: classes, words, and where the pictures come from."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import rasterio

from geo.domain.rules import CoverageRule
from geo.domain.sites import ANY_OPERATOR
from maps.content import MapContent
from maps.explain_words import TIER_LABELS
from maps.i18n import N_, both, format_number, format_share, translate
from maps.layers import outer_box
from maps.levels import Territory, level_picture
from maps.mercator import Frame
from maps.palette import TIER_COLOURS, WEAK_FILL
from maps.relief import RELIEF_PIXELS, WEBP, relief_picture

# Of the overviews in a file: at most, and below which an overview says nothing any more.
_OVERVIEW_PIXELS, _SMALLEST_OVERVIEW_PIXELS = 1600, 200
_RELIEF_SHARE = 0.25
_BASE64 = 4.0 / 3.0

ANY_OPERATOR_NAME = N_("Any operator")


def levels_document(content: MapContent, language: str) -> dict[str, Any] | None:
    """Operators with levels, and classes per technology from weak to strong; None when there is nothing to show."""
    if not content.levels or content.rule is None or content.info is None:
        return None
    names = {operator.code: operator.name for operator in content.info.operators}
    codes = list(dict.fromkeys(code for _, code in content.levels))
    return {
        "operators": [[code, names.get(code, code)] for code in codes if code != ANY_OPERATOR],
        "any": list(both(ANY_OPERATOR_NAME, language)) if ANY_OPERATOR in codes else None,
        "technologies": list(dict.fromkeys(name for name, _ in content.levels)),
        "classes": {name: _classes(content.rule, name, language) for name in content.technologies},
        "note": _note(content.rule, language),
    }


def _classes(rule: CoverageRule, technology: str, language: str) -> list[list[str]]:
    """Rows `[colour, levels, text, text in the other language]`, the weakest first."""
    edges = [rule.threshold_dbm(technology, tier) for tier in rule.tiers_dbm]
    bounds = [_level(edge, language) for edge in edges]
    spans = [f"{low} … {high} dBm" for low, high in pairwise(bounds)]
    rows = [[WEAK_FILL, f"< {bounds[0]} dBm", *both(N_("Weaker, or not reached"), language)]]
    for tier, span in zip(rule.tiers_dbm, [*spans, f"≥ {bounds[-1]} dBm"], strict=True):
        rows.append([TIER_COLOURS[tier], span, *both(TIER_LABELS[tier], language)])
    return rows


def _level(level_dbm: float, language: str) -> str:
    digits = 0 if level_dbm == round(level_dbm) else 1
    return format_number(level_dbm, language, digits=digits).replace("-", "\u2212")


def _note(rule: CoverageRule, language: str) -> str:
    text = N_("Reached at {locations} of places, {time} of the time, {height} m above ground; covered from “{tier}” on")
    return translate(text, language).format(
        locations=format_share(rule.location_share, language, digits=0),
        time=format_share(rule.time_share, language, digits=0),
        height=format_number(rule.receiver_height_m, language, digits=1),
        tier=translate(TIER_LABELS[rule.covered_tier], language),
    )


def relief_document(content: MapContent) -> dict[str, Any] | None:
    """The box of the relief in one picture, `[[south, west], [north, east]]`; None over flat ground."""
    return {"bounds": _leaflet_bounds(_frame(content, RELIEF_PIXELS))} if content.terrain else None


def embedded_pictures(content: MapContent, *, budget_bytes: int) -> dict[str, Any]:
    """Relief and overviews of levels for a file of its own: `{relief, levels: {technology: {operator: address}}, …}`.

    The overviews are as fine as `budget_bytes` in the page allow, all of one size; `levels` is empty and `step_m` None
    when they would be too coarse to say anything.
    """
    relief, left = "", budget_bytes
    if content.terrain:
        relief = _address(_relief(content, int(_RELIEF_SHARE * budget_bytes)), WEBP)
        left -= len(relief)
    pixels = min(_OVERVIEW_PIXELS, _finest(content))
    drawn = _overviews(content, pixels)
    while drawn and _size(drawn) > left:
        pixels = min(int(pixels * math.sqrt(max(0, left) / _size(drawn)) * 0.97), pixels - 1)
        drawn = _overviews(content, pixels) if pixels >= _SMALLEST_OVERVIEW_PIXELS else {}
    frame = _frame(content, pixels) if drawn else None
    levels: dict[str, dict[str, str]] = {}
    for (technology, operator), picture in drawn.items():
        levels.setdefault(technology, {})[operator] = _address(picture, "image/png")
    return {
        "relief": relief or None,
        "levels": levels,
        "bounds": None if frame is None else _leaflet_bounds(frame),
        "step_m": None if frame is None else round(frame.pixel_m * math.cos(math.radians(frame.bounds.south)), -1),
    }


def _finest(content: MapContent) -> int:
    """Pixels of the rasters of levels along the longer side of the territory: more of them would show nothing more."""
    box = outer_box(content.units)
    for path in content.levels.values():
        with rasterio.open(path) as dataset:
            across, upright = dataset.res
            return max(1, int(max((box.east - box.west) / across, (box.north - box.south) / upright)))
    return _OVERVIEW_PIXELS


def _relief(content: MapContent, limit_bytes: int) -> bytes:
    pixels = RELIEF_PIXELS
    picture = relief_picture(content.terrain, _frame(content, pixels))
    while _BASE64 * len(picture) > limit_bytes and pixels > _SMALLEST_OVERVIEW_PIXELS:
        pixels = int(0.8 * pixels)
        picture = relief_picture(content.terrain, _frame(content, pixels))
    return picture


def _overviews(content: MapContent, pixels: int) -> Mapping[tuple[str, str], bytes]:
    if content.rule is None or not content.levels:
        return {}
    frame = _frame(content, pixels)
    territory = Territory.of([unit.geometry for unit in content.units if unit.geometry is not None])
    return {
        (technology, operator): level_picture(
            path, frame, technology=technology, rule=content.rule, territory=territory
        )
        for (technology, operator), path in content.levels.items()
    }


def _frame(content: MapContent, pixels: int) -> Frame:
    return Frame.around(outer_box(content.units), longest_px=pixels)


def _leaflet_bounds(frame: Frame) -> list[list[float]]:
    box = frame.bounds
    return [[round(box.south, 6), round(box.west, 6)], [round(box.north, 6), round(box.east, 6)]]


def _size(pictures: Mapping[tuple[str, str], bytes]) -> float:
    return _BASE64 * sum(len(picture) + 40 for picture in pictures.values())


def _address(picture: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(picture).decode('ascii')}"
