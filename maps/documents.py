"""The one JSON document that the map's script reads: layers, words, colours and sources."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from geo.workflows.answers.documents import calibration_name, illustrative_kinds
from geo.workflows.answers.loaded import KindSource
from maps.content import MapContent
from maps.i18n import N_, both, format_date, format_number, format_share, short_version, translate
from maps.layers import (
    FACTORS,
    communes_layer,
    fibre_nodes_layer,
    gaps_layer,
    places_layer,
    roads_layer,
    sites_layer,
    territory_bounds,
    villages_layer,
)
from maps.legends import (
    IMPORT_KIND_LABELS,
    figure_entries,
    illustrative_names,
    label,
    state_entries,
    without_list_names,
)
from maps.level_layer import levels_document, relief_document
from maps.palette import GAP_INK, NO_DATA_FILL, NO_DATA_INK, PAPER, TECHNOLOGY_COLOURS

ILLUSTRATIVE = N_("Illustrative data")
WITH_SIGNAL = N_("With signal")
WITHOUT_SIGNAL = N_("Without signal")

_LABELS: dict[str, str] = {
    "layers": N_("Map layers"),
    "technology": N_("Technology"),
    "base": N_("Background"),
    "base_figure": N_("Communes by figure"),
    "base_coverage": N_("Coverage on the 500 m grid"),
    "base_levels": N_("Signal level, full resolution"),
    "base_none": N_("Boundaries only"),
    "base_levels_file": N_("Signal level, overview"),
    "levels_overview": N_("Overview of about {step} m; full resolution is in the service"),
    "levels_missing": N_("Signal levels are in the service only: they do not fit into this file"),
    "relief": N_("Relief"),
    "sectors": N_("Sector direction, from zoom {zoom} on"),
    "omni": N_("In all directions"),
    "figure": N_("Figure"),
    "villages": N_("Villages by status"),
    "gaps": N_("Coverage gaps"),
    "fibre": N_("Fibre by village"),
    "fibre_nodes": N_("Fibre nodes"),
    "sites": N_("Stations"),
    "places": N_("Places"),
    "roads": N_("Roads"),
    "names": N_("Commune names"),
    "legend": N_("Legend"),
    "sources": N_("Date, model and sources"),
    "no_data": N_("No data"),
    "part_no_data": N_("{share} without data"),
    "part_no_data_note": N_("Hatched: nothing is known. Where a part is without data, the tip says how much."),
    "search": N_("Find a commune or village"),
    "nothing_found": N_("Nothing found"),
    "population": N_("Population"),
    "area": N_("Area"),
    "households": N_("Households"),
    "village_count": N_("Villages"),
    "power": N_("Power"),
    "commune": N_("Commune"),
    "place": N_("Place"),
    "road": N_("Road"),
    "gap": N_("Coverage gap"),
    "station": N_("Station"),
    "operator": N_("Operator"),
    "status": N_("Status"),
    "shared_mast": N_("Shared mast"),
    "node": N_("Fibre node"),
    "ports_free": N_("Free ports"),
    "details": N_("Open the village's page"),
    "explain": N_("Why this level here?"),
    "village": N_("Village"),
    "fibre_available": N_("Fibre available"),
    "fibre_partly": N_("Fibre partly available"),
    "fibre_none": N_("No fibre"),
    "drawn_of": N_("{shown} of {total} drawn"),
    "without_point": N_("{count} villages have no coordinates and are not on the map"),
    "zoom_in": N_("Zoom in"),
    "zoom_out": N_("Zoom out"),
    "whole_province": N_("Whole province"),
    "yes": N_("yes"),
    "no": N_("no"),
}

_STALE = N_("Data were imported after this assessment: the figures do not have them")
_FLAT_GROUND = N_("No terrain data: computed over flat ground")

# Words of the legend, which stand there in both languages.
_LEGEND_LABELS = (
    "base_coverage",
    "base_levels",
    "base_levels_file",
    "sectors",
    "omni",
    "villages",
    "fibre",
    "fibre_available",
    "fibre_partly",
    "fibre_none",
    "fibre_nodes",
    "no_data",
    "gaps",
    "gap",
    "sites",
    "places",
    "roads",
)


def labels(language: str) -> dict[str, str]:
    """Words of the map's script in `language`."""
    return {key: translate(message, language) for key, message in _LABELS.items()}


def illustrative_label(language: str) -> list[str]:
    """The label of illustrative data: in `language`, and in the other one of the two."""
    return list(both(ILLUSTRATIVE, language))


def data_sources(sources: Iterable[KindSource], language: str) -> list[tuple[str, str]]:
    """Issuer with licence, and the kinds of data from there; what nobody stated is said."""
    kinds: dict[str, list[str]] = {}
    for source in sources:
        stated = " – ".join(part for part in (source.issuer, source.licence) if part)
        name = label(IMPORT_KIND_LABELS, source.kind, language)
        listed = kinds.setdefault(stated or translate(N_("source and licence not stated"), language), [])
        if name not in listed:
            listed.append(name)
    return [(stated, ", ".join(names)) for stated, names in kinds.items()]


def source_lines(content: MapContent, language: str) -> list[str]:
    """What the map stands on: date, model, terrain, rule, territory and the share of defaulted cells."""
    info = content.info
    if info is None:
        return [translate(N_("No assessment yet: only what was imported is drawn."), language)]
    words = {
        "as_of": format_date(info.as_of, language),
        "rule": short_version(info.rule_version),
        "territory": short_version(info.territory_version),
        "number": info.assessment_id,
    }
    lines = [
        translate(N_("Data as of {as_of} · assessment no. {number} · territory {territory}"), language).format(**words),
        translate(N_("Computed coverage (ITU-R P.1812-7), not measured; rule {rule}"), language).format(**words),
    ]
    calibration = calibration_name(info)
    if calibration is not None:
        lines.append(translate(N_("Levels corrected by the calibration {name}"), language).format(name=calibration))
    if info.stale:
        lines.append(translate(_STALE, language))
    names = illustrative_names(illustrative_kinds(info), info.provenance, language)
    if names:
        lines.append(translate(N_("Illustrative: {kinds}"), language).format(kinds=names))
    lacking = without_list_names(info, language)
    if lacking:
        lines.append(translate(N_("No accepted site list: {operators}"), language).format(operators=lacking))
    if not info.terrain.get("used", True):
        lines.append(translate(_FLAT_GROUND, language))
    if info.cells_total:
        share = format_share(info.cells_defaulted / info.cells_total, language)
        cells = format_number(info.cells_total, language)
        text = translate(N_("{share} of {cells} cells use default radio values"), language)
        lines.append(text.format(share=share, cells=cells))
    stated = "; ".join(f"{names}: {source}" for source, names in data_sources(content.sources, language))
    return [*lines, translate(N_("Data: {sources}"), language).format(sources=stated)] if stated else lines


def map_document(content: MapContent, *, language: str) -> dict[str, Any]:
    """Everything the page's script needs for a province."""
    technologies = list(content.technologies)
    return {
        "language": language,
        "territory": content.territory_name,
        "factors": FACTORS,
        "bounds": territory_bounds(content),
        "technologies": technologies,
        "technologyColours": {name: TECHNOLOGY_COLOURS.get(name, NO_DATA_INK) for name in technologies},
        "labels": labels(language),
        "otherLabels": {key: both(_LABELS[key], language)[1] for key in _LEGEND_LABELS},
        "figures": figure_entries(language),
        "states": state_entries(language),
        "signal": {"with": list(both(WITH_SIGNAL, language)), "without": list(both(WITHOUT_SIGNAL, language))},
        "noData": {"fill": NO_DATA_FILL, "ink": NO_DATA_INK},
        "gapStyle": {"ink": GAP_INK, "halo": PAPER},
        "illustrative": illustrative_label(language) if content.is_illustrative else None,
        "sources": source_lines(content, language),
        "flatGround": translate(_FLAT_GROUND, language) if _is_flat(content) else None,
        "levels": levels_document(content, language),
        "relief": relief_document(content),
        "communes": communes_layer(content, language),
        "villages": villages_layer(content, language),
        "gaps": gaps_layer(content),
        "places": places_layer(content, language),
        "roads": roads_layer(content, language),
        "sites": sites_layer(content, language),
        "fibreNodes": fibre_nodes_layer(content, language),
    }


def _is_flat(content: MapContent) -> bool:
    return content.info is not None and not content.info.terrain.get("used", True)
