"""Folium pages of a province: one map with layers, legend and sources, for the service or as a file of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import folium
from branca.element import Figure, MacroElement
from folium.raster_layers import ImageOverlay
from folium.template import Template
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.utils import htmlsafe_json_dumps

from maps.assets import OWN_STATIC_DIR, STATIC_URL, inline, localise
from maps.content import MapContent
from maps.documents import map_document
from maps.i18n import translations
from maps.level_layer import embedded_pictures
from maps.rasters import coverage_picture, territory_mask

TEMPLATES_DIR = Path(__file__).resolve().parent / "templates"
# Folium gives every element a random name; fixed ones make the same content the same page (and the same ETag).
_MAP_ID = "province"
MAX_ZOOM = 18
# A file stays below this, and this much of it may be overviews of levels and relief.
FILE_BYTES = 2_950_000
_PICTURES_BYTES = 1_200_000
# In the order in which they need each other.
MAP_SCRIPTS = ("map-shapes", "map-layers", "map-levels", "map-popups", "map-controls", "map-legend", "map")


def _folium_default(links: list[tuple[str, str]], name: str) -> list[tuple[str, str]]:
    return [link for link in links if link[0] == name]


class ProvinceMap(folium.Map):
    """A Folium map that needs Leaflet alone: no jQuery, Bootstrap or icon fonts, and no styles that bind the page."""

    default_js = [  # noqa: RUF012  (Folium reads it from the class)
        *_folium_default(folium.Map.default_js, "leaflet"),
        *((name.replace("-", "_"), f"{STATIC_URL}{name}.js") for name in MAP_SCRIPTS),
    ]
    default_css = [  # noqa: RUF012  (Folium reads it from the class)
        *_folium_default(folium.Map.default_css, "leaflet_css"),
        ("phusong_map_css", f"{STATIC_URL}map.css"),
    ]
    _template = Template(
        """
        {% macro html(this, kwargs) %}
            <div class="folium-map" id={{ this.get_name()|tojson }}></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = L.map(
                {{ this.get_name()|tojson }},
                {center: {{ this.location|tojson }}, ...{{ this.options|tojavascript }}}
            );
        {% endmacro %}
        """
    )


class MapPanel(MacroElement):
    """Hands data and pictures to the page's script, which draws layers, chooser and legend."""

    _template = Template(
        """
        {% macro html(this, kwargs) %}
            <script type="application/json" id="phusong-map-data">{{ this.data }}</script>
        {% endmacro %}
        {% macro script(this, kwargs) %}
            phusongMap.start({{ this._parent.get_name() }}, {
                {%- for technology, name in this.pictures.items() %}
                {{ technology|tojson }}: {{ name }},
                {%- endfor %}
            });
        {% endmacro %}
        """
    )

    def __init__(self, document: dict[str, Any], pictures: dict[str, str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "MapPanel"
        self._id = _MAP_ID
        self.data = _inert(htmlsafe_json_dumps(document))
        self.pictures = pictures


def _inert(document: str) -> str:
    r"""Write `{` of a JSON text as `\u007b` where a template would begin there: Folium renders its parts once more.

    Between the strings of a JSON text an opening brace is never followed by `{`, `%` or `#`.
    """
    return re.sub(r"\{(?=[{%#])", r"\\u007b", document)


@dataclass(frozen=True, slots=True)
class MapParts:
    """A Folium page in three parts, to be set into a page of one's own: links, elements, and the script."""

    head: str
    body: str
    script: str


@dataclass(frozen=True, slots=True)
class MapLinks:
    """Where the map's popups lead, and where its pictures come from; None in a file of its own.

    `levels` and `relief_tiles` are templates of tiles, for those who may see levels; `relief` is one picture.
    """

    village: str | None = None
    explain: str | None = None
    levels: str | None = None
    relief_tiles: str | None = None
    relief: str | None = None


def build_map(
    content: MapContent,
    *,
    language: str,
    links: MapLinks | None = None,
    embedded: Mapping[str, Any] | None = None,
) -> folium.Map:
    """Make the Folium map of a province; `embedded` are pictures that it holds itself (`embedded_pictures`)."""
    document = map_document(content, language=language)
    document["embedded"] = embedded
    document["links"] = asdict(links or MapLinks())
    (south, west), (north, east) = document["bounds"]
    # Without base tiles there is no layer that bounds the zoom.
    province = ProvinceMap(
        location=[(south + north) / 2, (west + east) / 2], tiles=None, max_zoom=MAX_ZOOM, zoom_control=False
    )
    province.options |= {"maxZoom": MAX_ZOOM, "minZoom": 6, "zoomSnap": 0.25, "attributionControl": False}
    province._id = _MAP_ID
    pictures = {}
    outlines = [unit.geometry for unit in content.units if unit.geometry is not None]
    for raster in content.rasters:
        picture = coverage_picture(raster, mask=territory_mask(outlines, raster.grid))
        overlay = ImageOverlay(
            picture.data_uri, picture.leaflet_bounds, pixelated=False, show=False, class_name="coverage-picture"
        )
        overlay._id = raster.technology.lower()
        overlay.add_to(province)
        pictures[raster.technology] = overlay.get_name()
    MapPanel(document, pictures).add_to(province)
    return province


def map_parts(
    content: MapContent,
    *,
    language: str,
    static_dir: Path,
    links: MapLinks | None = None,
    embedded: Mapping[str, Any] | None = None,
) -> MapParts:
    """Make the parts of the page; every asset address is local (UnmappedAssetError otherwise)."""
    figure = cast(Figure, build_map(content, language=language, links=links, embedded=embedded).get_root())
    figure.render()
    # Folium's own charset line stands too late in a page to count; the page has its own.
    figure.header._children.pop("meta_http", None)
    head, body, script = figure.header.render(), figure.html.render(), figure.script.render()
    return MapParts(*(localise(part, static_dir=static_dir) for part in (head, body, script)))


def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES_DIR),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    return environment


def map_file(content: MapContent, *, language: str, static_dir: Path) -> str:
    """Make one HTML document with everything inside, which works from a file without any network.

    It has no tiles: relief and levels are overviews, as fine as there is room for.
    """
    bare = _whole_file(content, None, language=language, static_dir=static_dir)
    if not (content.levels or content.terrain):
        return bare
    room = min(_PICTURES_BYTES, FILE_BYTES - len(bare.encode()))
    pictures = embedded_pictures(content, budget_bytes=room)
    return _whole_file(content, pictures, language=language, static_dir=static_dir)


def _whole_file(content: MapContent, embedded: Mapping[str, Any] | None, *, language: str, static_dir: Path) -> str:
    parts = map_parts(content, language=language, static_dir=static_dir, embedded=embedded)
    template = _environment(language).get_template("map_file.html")
    page = template.render(parts=parts, content=content, language=language)
    return inline(page, static_dir=static_dir)


__all__ = ["OWN_STATIC_DIR", "MapLinks", "MapParts", "build_map", "map_file", "map_parts"]
