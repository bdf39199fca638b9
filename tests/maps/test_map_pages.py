"""Map pages: offline, small, and free of markup from files."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from geo.workflows.answers.loaded import KindSource
from maps.content import MapContent
from maps.documents import map_document, source_lines
from maps.pages import MAP_SCRIPTS, OWN_STATIC_DIR, MapLinks, map_file, map_parts
from tests.maps import samples
from tests.maps.vendor import place_vendor_files

LIMIT_BYTES = 3_000_000


@pytest.fixture(scope="module")
def static_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The npm files when they are installed; otherwise stand-ins, since these tests read only our own parts."""
    folder = tmp_path_factory.mktemp("static")
    place_vendor_files(folder)
    return folder


def data_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="phusong-map-data">(.*?)</script>', html, re.DOTALL)
    assert found
    document: dict[str, Any] = json.loads(found.group(1))
    return document


@pytest.mark.parametrize("language", ["vi", "en"])
def test_map_file_needs_nothing_else(static_dir: Path, language: str) -> None:
    html = map_file(samples.content(), language=language, static_dir=static_dir)
    assert html.startswith("<!DOCTYPE html>")
    assert f'<html lang="{language}">' in html
    assert not re.search(
        r"""(?:src|href)\s*=\s*["'](?!data:|#)""", re.sub(r"<a\b[^>]*>", "", html.split("<script>")[0])
    )
    assert len(html.encode()) < LIMIT_BYTES


def test_the_page_and_the_file_have_every_script_of_the_map_in_order(static_dir: Path) -> None:
    names = [f"{name}.js" for name in MAP_SCRIPTS]
    assert sorted(names) == sorted(path.name for path in OWN_STATIC_DIR.glob("map*.js"))
    head = map_parts(samples.content(), language="vi", static_dir=static_dir).head
    assert re.findall(r'src="/static/(map[^"?]*)\?v=', head) == names
    page = map_file(samples.content(), language="vi", static_dir=static_dir)
    texts = [(OWN_STATIC_DIR / name).read_text("utf-8").splitlines()[0] for name in names]
    places = [page.index(text) for text in texts]
    assert places == sorted(places)


def test_names_never_become_markup(static_dir: Path) -> None:
    html = map_file(samples.content(), language="vi", static_dir=static_dir)
    assert samples.EVIL not in html
    assert "<script>alert" not in html
    assert any(samples.EVIL in row for row in data_of(html)["villages"]["rows"])


def test_names_are_never_run_as_a_template(static_dir: Path) -> None:
    name = "{{ 7 * 7 }} {% raw %} {# none #} {{{ {"
    base = samples.content()
    named = replace(base, villages=(samples.village(0, name=name), *base.villages[1:]))
    for page in (
        map_file(named, language="vi", static_dir=static_dir),
        map_parts(named, language="vi", static_dir=static_dir).body,
    ):
        assert data_of(page)["villages"]["rows"][0][3] == name


def test_page_is_the_same_for_the_same_content(static_dir: Path) -> None:
    first, second = (map_parts(samples.content(), language="vi", static_dir=static_dir) for _ in range(2))
    assert first == second


def test_sites_are_in_the_page_only_when_given(static_dir: Path) -> None:
    public = map_parts(samples.content(), language="vi", static_dir=static_dir)
    assert data_of(public.body)["sites"] is None
    assert "DLK0001" not in public.body
    privileged = map_parts(samples.content(sees_sites=True), language="vi", static_dir=static_dir)
    assert len(data_of(privileged.body)["sites"]["rows"]) == 6


def test_nothing_is_left_out_silently(static_dir: Path) -> None:
    villages = data_of(map_parts(samples.content(), language="vi", static_dir=static_dir).body)["villages"]
    assert len(villages["rows"]) == 39
    assert villages["withoutPoint"] == 1


def test_illustrative_data_is_labelled(static_dir: Path) -> None:
    document = data_of(map_file(samples.content(), language="vi", static_dir=static_dir))
    assert document["illustrative"] == ["Số liệu minh họa", "Illustrative data"]
    real = MapContent(territory_name="Tỉnh", units=(), info=samples.assessment(illustrative=False))
    assert data_of(map_file(real, language="vi", static_dir=static_dir))["illustrative"] is None


@pytest.mark.parametrize(
    ("real", "language", "line"),
    [
        ((), "vi", "Minh họa: tất cả dữ liệu"),
        ((), "en", "Illustrative: all data"),
        (("sites",), "en", "Illustrative: Terrain; Villages"),
        (("sites", "villages", "terrain"), "en", None),
    ],
)
def test_kinds_are_listed_only_when_some_are_real(real: tuple[str, ...], language: str, line: str | None) -> None:
    provenance = {kind: {"illustrative": kind not in real} for kind in ("sites", "villages", "terrain")}
    info = replace(samples.assessment(), provenance=provenance)
    found = source_lines(MapContent(territory_name="Tỉnh", units=(), info=info), language)
    assert [text for text in found if text.startswith(("Illustrative:", "Minh họa:"))] == ([line] if line else [])


def test_sources_and_licences_stand_on_the_map() -> None:
    roads, places = (
        KindSource(kind=kind, issuer="OpenStreetMap contributors", licence="ODbL-1.0", illustrative=False)
        for kind in ("roads", "places")
    )
    sites = KindSource(kind="sites", issuer=None, licence=None, illustrative=False)
    content = replace(samples.content(), sources=(roads, sites, places))
    assert source_lines(content, "en")[-1] == (
        "Data: Roads, Places: OpenStreetMap contributors – ODbL-1.0; Stations: source and licence not stated"
    )
    assert source_lines(replace(content, sources=()), "en")[-1].endswith("default radio values")


def test_map_without_any_result_still_draws(static_dir: Path) -> None:
    empty = MapContent(territory_name="Tỉnh Đắk Lắk", units=samples.units())
    document = data_of(map_file(empty, language="en", static_dir=static_dir))
    assert document["communes"]["values"] == {}
    assert document["sources"] == ["No assessment yet: only what was imported is drawn."]


def test_popups_lead_to_the_village_page_only_in_the_service(static_dir: Path) -> None:
    links = MapLinks(village="/villages/{id}")
    shown = data_of(map_parts(samples.content(), language="vi", static_dir=static_dir, links=links).body)["links"]
    assert {name: address for name, address in shown.items() if address} == {"village": "/villages/{id}"}
    alone = data_of(map_file(samples.content(), language="vi", static_dir=static_dir))["links"]
    assert set(alone.values()) == {None}


def test_a_commune_of_which_nothing_is_known_has_no_value_and_one_in_part_says_how_much() -> None:
    content = samples.content()
    known, part, unknown = samples.coverage()[0], samples.coverage()[2], samples.coverage()[4]
    nothing: dict[str, Any] = {
        f"share_{name}{end}": value
        for name in ("area", "population", "villages", "households")
        for end, value in (("", 0.0), ("_not_covered", 0.0), ("_no_data", 1.0))
    }
    dark = {**nothing, "share_population_not_covered": 0.03, "share_population_no_data": 0.97}
    rows = (known, replace(part, **dark), replace(unknown, share_no_data=1.0, **nothing))
    communes = map_document(replace(content, coverage=rows), language="en")["communes"]
    codes = [row[0] for row in communes["rows"]]
    at = [codes.index(row.code) for row in rows]
    population = communes["values"]["population"]["4G"]
    assert [population[index] for index in at] == [0.9, 0.0, None]
    without = communes["withoutData"]["population"]["4G"]
    assert [without[index] for index in at] == [0.025, 0.97, 1.0]
    assert communes["values"]["no_data"]["4G"][at[2]] == 1.0
    assert "no_data" not in communes["withoutData"]
