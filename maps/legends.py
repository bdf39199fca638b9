"""Words of maps and tables: figures that a map can be shaded by, states, classes, and the legend entries for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from geo.workflows.answers.documents import operators_without_list
from geo.workflows.answers.rows import AssessmentInfo
from maps.i18n import N_, both, format_number, translate
from maps.palette import COUNT_CLASSES, NO_DATA_CLASSES, SHARE_CLASSES, STATE_STYLES, Classes

STATE_LABELS: dict[str, str] = {
    "covered": N_("Covered"),
    "partly_covered": N_("Partly covered"),
    "not_covered": N_("Not covered"),
    "no_data": N_("No data"),
}

FIBRE_STATE_LABELS: dict[str, str] = {
    "available": N_("Fibre available"),
    "partly_available": N_("Fibre partly available"),
    "not_available": N_("No fibre"),
    "no_data": N_("No data"),
}

GRID_POWER_LABELS: dict[str, str] = {
    "national_grid": N_("National grid"),
    "other_source": N_("Other source"),
    "none": N_("No power"),
    "unknown": N_("Unknown"),
}

UNIT_TYPE_LABELS: dict[str, str] = {
    "xã": N_("Commune"),
    "phường": N_("Ward"),
    "đặc khu": N_("Special zone"),
    "tỉnh": N_("Province"),
    "thành phố": N_("City"),
}

IMPORT_KIND_LABELS: dict[str, str] = {
    "boundaries": N_("Boundaries"),
    "crosswalk": N_("Old and new communes"),
    "villages": N_("Villages"),
    "sites": N_("Stations"),
    "terrain": N_("Terrain"),
    "landcover": N_("Land cover"),
    "population": N_("Population"),
    "fibre": N_("Fibre"),
    "places": N_("Places"),
    "roads": N_("Roads"),
    "measurements": N_("Measurements"),
    "antennas": N_("Antenna patterns"),
}


def import_kind_names(kinds: Iterable[str], language: str) -> str:
    """Names of kinds of input in `language`, in one line; some names have a comma of their own."""
    return "; ".join(translate(IMPORT_KIND_LABELS.get(kind, kind), language) for kind in kinds)


def illustrative_names(kinds: Collection[str], every_kind: Collection[str], language: str) -> str:
    """What of an assessment's input was illustrative, in one line: all data, or the kinds; empty when none was."""
    if kinds and set(kinds) == set(every_kind):
        return translate(N_("all data"), language)
    return import_kind_names(kinds, language)


def without_list_names(info: AssessmentInfo, language: str) -> str:
    """Names of the active operators without a site list that counts, in one line, with the communes that lack it."""
    return "; ".join(
        operator.name
        if operator.communes_without_list == operator.communes
        else translate(N_("{operator} ({communes} communes)"), language).format(
            operator=operator.name, communes=operator.communes_without_list
        )
        for operator in operators_without_list(info)
    )


TARGET_UNIT_LABELS: dict[str, str] = {
    "items": N_("items"),
    "connections per person": N_("connections per person"),
    "identifiers per person": N_("identifiers per person"),
}

FLAG_LABELS: dict[str, str] = {
    "extremely_disadvantaged": N_("Extremely disadvantaged"),
    "ethnic_minority": N_("Ethnic minority"),
}

PLACE_CLASS_LABELS: dict[str, str] = {
    "administrative_office": N_("Administrative office"),
    "monument": N_("Monument"),
    "tourism_site": N_("Tourism site"),
    "health_facility": N_("Health facility"),
    "university": N_("University, college"),
    "school": N_("School"),
    "transport_hub": N_("Transport hub"),
    "railway_station": N_("Railway station"),
    "airport": N_("Airport"),
    "shopping_centre": N_("Shopping centre, market"),
    "residential_area": N_("Residential area"),
    "industrial_park": N_("Industrial park"),
    "industrial_cluster": N_("Industrial cluster"),
    "public_area": N_("Public area"),
    "other": N_("Other"),
}

FIBRE_NODE_LABELS: dict[str, str] = {
    "olt": N_("OLT"),
    "odf": N_("ODF"),
    "cabinet": N_("Fibre cabinet"),
    "distribution_box": N_("Distribution box"),
    "splitter": N_("Splitter"),
    "other": N_("Other"),
}

SITE_STATUS_LABELS: dict[str, str] = {
    "planned": N_("Planned"),
    "on_air": N_("On air"),
    "off_air": N_("Off air"),
    "removed": N_("Removed"),
}

ROAD_CLASS_LABELS: dict[str, str] = {
    "motorway": N_("Motorway"),
    "trunk": N_("National road"),
    "national": N_("National road"),
    "primary": N_("National road"),
    "provincial": N_("Provincial road"),
    "district": N_("District road"),
    "secondary": N_("Provincial road"),
    "tertiary": N_("Commune road"),
    "commune": N_("Commune road"),
    "railway": N_("Railway"),
    "waterway": N_("Waterway"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that communes can be shaded by; `attribute` names its field in the result row."""

    id: str
    label: str
    classes: Classes
    unit: str
    attribute: str | None = None
    per_technology: bool = True


FIGURES: tuple[Figure, ...] = (
    Figure("population", N_("Population covered"), SHARE_CLASSES, "share", "share_population"),
    Figure("area", N_("Area covered"), SHARE_CLASSES, "share", "share_area"),
    Figure("villages", N_("Villages covered"), SHARE_CLASSES, "share", "share_villages"),
    Figure("households", N_("Households covered"), SHARE_CLASSES, "share", "share_households"),
    Figure("without_signal", N_("Villages without full signal"), COUNT_CLASSES, "count"),
    Figure("no_data", N_("Area without data"), NO_DATA_CLASSES, "share", "share_no_data"),
    Figure("fibre", N_("Households with fibre access"), SHARE_CLASSES, "share", None, per_technology=False),
)


def state_label(state: str, language: str) -> str:
    """Name of a village, point or fibre state."""
    message = STATE_LABELS.get(state) or FIBRE_STATE_LABELS.get(state) or state
    return translate(message, language)


def label(table: dict[str, str], key: str, language: str) -> str:
    """Name of a coded value; a code that no table knows is shown as it is."""
    return translate(table[key], language) if key in table else key


def _bound(value: float, unit: str, language: str) -> str:
    scaled = value * 100 if unit == "share" else value
    return format_number(scaled, language)


def class_labels(classes: Classes, unit: str, language: str) -> list[str]:
    """Text of each class from low to high: `< 50 %`, `50–80 %`, …, `≥ 99 %`, or whole counts."""
    sign = "\u00a0%" if unit == "share" else ""
    edges = [_bound(value, unit, language) for value in classes.breaks]
    if unit == "count":
        uppers = [_bound(value - 1, unit, language) for value in classes.breaks]
        inner = [low if low == high else f"{low}–{high}" for low, high in zip(edges[:-1], uppers[1:], strict=True)]
        return [uppers[0], *inner, f"≥ {edges[-1]}"]
    inner = [f"{low}–{high}{sign}" for low, high in pairwise(edges)]
    return [f"< {edges[0]}{sign}", *inner, f"≥ {edges[-1]}{sign}"]


def figure_entries(language: str) -> list[dict[str, Any]]:
    """Figures with labels in both languages, classes and class texts, as the page's script reads them."""
    entries = []
    for figure in FIGURES:
        text, other = both(figure.label, language)
        entries.append(
            {
                "id": figure.id,
                "label": text,
                "other": other,
                "unit": figure.unit,
                "perTechnology": figure.per_technology,
                "breaks": list(figure.classes.breaks),
                "colours": list(figure.classes.colours),
                "classes": class_labels(figure.classes, figure.unit, language),
            }
        )
    return entries


def state_entries(language: str) -> dict[str, dict[str, Any]]:
    """States with labels in both languages, colour, shape and size, as the page's script reads them."""
    entries = {}
    for state, style in STATE_STYLES.items():
        text, other = both(STATE_LABELS[state], language)
        entries[state] = {
            "label": text,
            "other": other,
            "fill": style.fill,
            "ink": style.ink,
            "shape": style.shape,
            "radius": style.radius_px,
        }
    return entries
