"""Tables of an explained point, as the page and the command line show them: texts in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from geo.workflows.answers.explain_rows import LossPart, PointExplanation
from maps.explain_words import (
    BUDGET_LABELS,
    FIELD_LABELS,
    INSIDE_LABELS,
    LOSS_LABELS,
    ORIGIN_LABELS,
    TIER_LABELS,
    distance_text,
    interval_text,
    level_text,
    margin_text,
    sight_text,
    spread_text,
)
from maps.i18n import N_, format_chance, format_number, format_share, translate
from maps.legends import label

# Told only where the time percentage makes them differ from nothing.
_OF_TIME = ("multipath", "diffraction_time")
Kind = Literal["line", "part", "sum", "aside"]


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row: what, how much, and a note (origin, clause, margin).

    `kind`: a line that is added, a part of the line above, what the lines add up to, or told for comparison only.
    """

    name: str
    value: str
    note: str
    kind: Kind = "line"


COLUMNS: dict[str, tuple[str, str, str]] = {
    "budget": (N_("Line"), N_("Value"), N_("Origin")),
    "losses": (N_("Part"), N_("Loss"), N_("Clause")),
    "tiers": (N_("Threshold"), N_("Level"), N_("Margin, chance")),
    "inside": (N_("Place"), N_("Median loss"), N_("Share that keeps the outdoor threshold")),
}


def columns(table: str, language: str) -> list[str]:
    """Return the headings of a table's columns."""
    return [translate(heading, language) for heading in COLUMNS[table]]


def table_titles(found: PointExplanation, language: str) -> dict[str, str]:
    """Return the titles of the tables."""
    cell = f"{found.cell.code} · {found.technology}"
    return {
        "facts": f"{cell} · {level_text(found, language)}",
        "budget": translate(N_("Link budget"), language),
        "losses": translate(N_("Loss by part"), language),
        "tiers": translate(N_("Thresholds"), language),
        "inside": translate(N_("Inside"), language),
    }


def fact_rows(found: PointExplanation, language: str) -> list[tuple[str, str]]:
    """Return what the reader wants to know first: level, cell, path, clearance."""
    cell, path = found.cell, found.path
    rows = [
        (N_("Level"), f"{level_text(found, language)}; {margin_text(found, language)}"),
        (N_("Reached at"), _statistics(found, language)),
        (N_("Interval"), interval_text(found, language)),
        (N_("Spread"), spread_text(found, language)),
        (N_("Cell"), " · ".join(filter(None, (cell.operator_name, cell.site_name or cell.site_code, cell.code)))),
        (N_("Antenna"), _antenna(found, language)),
        (N_("Path"), _path(found, language)),
        (N_("Clearance"), sight_text(found, language)),
    ]
    if cell.defaulted_fields:
        names = ", ".join(label(FIELD_LABELS, field, language) for field in cell.defaulted_fields)
        rows.append((N_("Default values for"), names))
    if not found.terrain_used:
        rows.append((N_("Terrain"), translate(N_("none: flat ground"), language)))
    elif path.line_of_sight and path.edge.kind == "bullington":
        rows.append(
            (N_("Terrain"), translate(N_("The bare ground leaves the path in sight; clutter hides it."), language))
        )
    return [(translate(name, language), value) for name, value in rows]


def _statistics(found: PointExplanation, language: str) -> str:
    message = N_("%(locations)s of the locations, %(time)s of the time, %(height)s m above ground")
    return translate(message, language) % {
        "locations": format_share(found.location_share, language, digits=0),
        "time": format_share(found.time_share, language, digits=0),
        "height": format_number(found.receiver_height_m, language, digits=1),
    }


def _antenna(found: PointExplanation, language: str) -> str:
    cell = found.cell
    height = translate(N_("%(height)s m above ground"), language) % {
        "height": format_number(cell.antenna_height_m, language, digits=1)
    }
    parts = [f"{format_number(cell.frequency_mhz, language, digits=1)} MHz", height]
    if cell.azimuth_deg is None:
        parts.append(translate(N_("all directions"), language))
    else:
        parts.append(
            translate(N_("azimuth %(azimuth)s°"), language) % {"azimuth": format_number(cell.azimuth_deg, language)}
        )
    message = N_("tilt %(mechanical)s° mechanical, %(electrical)s° electrical")
    parts.append(
        translate(message, language)
        % {
            "mechanical": format_number(cell.mechanical_tilt_deg, language, digits=1),
            "electrical": format_number(cell.electrical_tilt_deg, language, digits=1),
        }
    )
    if cell.antenna_pattern == "measured":
        parts.append(translate(N_("measured pattern of %(model)s"), language) % {"model": cell.antenna_model or "–"})
    return " · ".join(parts)


def _path(found: PointExplanation, language: str) -> str:
    path = found.path
    message = N_("%(distance)s towards azimuth %(azimuth)s°, leaving at an elevation of %(elevation)s°")
    return translate(message, language) % {
        "distance": distance_text(path.distance_m, language),
        "azimuth": format_number(path.azimuth_deg, language, digits=1),
        "elevation": format_number(path.elevation_deg, language, digits=1),
    }


def budget_rows(found: PointExplanation, language: str) -> list[TableRow]:
    """Return the lines of the budget: what, how much, and whether the list declared it."""
    rows: list[TableRow] = []
    for line in found.budget:
        sign = "+" if rows and line.value >= 0.0 and not line.is_sum else ""
        value = f"{sign}{format_number(line.value, language, digits=2)} {line.unit}"
        origin = label(ORIGIN_LABELS, line.origin, language)
        name = label(BUDGET_LABELS, line.code, language)
        rows.append(TableRow(name, value, origin, "sum" if line.is_sum else "line"))
    return rows


def loss_rows(found: PointExplanation, language: str) -> list[TableRow]:
    """Return the parts of the loss in the order they add up, then those told for comparison, with their clauses."""
    return [
        TableRow(
            label(LOSS_LABELS, part.code, language),
            f"{format_number(part.loss_db, language, digits=2)} dB",
            part.clause,
            _kind(part),
        )
        for part in ordered_losses(found)
    ]


def _kind(part: LossPart) -> Kind:
    if part.code == "basic_transmission_loss":
        return "sum"
    if part.adds_to == "diffraction":
        return "part"
    return "aside" if part.adds_to is None else "line"


def ordered_losses(found: PointExplanation) -> Iterator[LossPart]:
    """Yield the parts that add up, each followed by its own parts, the total, and those told for comparison."""
    told = [part for part in found.losses if part.code not in _OF_TIME or part.loss_db != 0.0]
    for part in told:
        if part.adds_to == "basic_transmission_loss":
            yield part
            yield from (inner for inner in told if inner.adds_to == part.code)
    rest = [part for part in told if part.adds_to is None]
    yield from sorted(rest, key=lambda part: part.code != "basic_transmission_loss")


def tier_rows(found: PointExplanation, language: str) -> list[TableRow]:
    """Return each threshold with its level and by how much it is passed or missed."""
    return [
        TableRow(
            label(TIER_LABELS, tier.tier, language),
            f"{format_number(tier.threshold_dbm, language)} dBm",
            f"{'+' if tier.margin_db >= 0.0 else ''}{format_number(tier.margin_db, language, digits=1)} dB, "
            + format_chance(tier.probability, language),
        )
        for tier in found.tiers
    ]


def inside_rows(found: PointExplanation, language: str) -> list[TableRow]:
    """Return where the level still leaves the outdoor threshold inside: the loss of entering, the share of places."""
    return [
        TableRow(
            label(INSIDE_LABELS, place.kind, language),
            f"{format_number(place.median_loss_db, language, digits=1)} dB",
            format_chance(place.share, language),
        )
        for place in found.inside
    ]
