"""Levels at full resolution in a real browser: the layer, its legend, and that only those with the token have it."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, Response, expect

from tests.api.conftest import TOKEN
from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser

LEVELS = "Mức tín hiệu, độ phân giải đầy đủ"


def sign_in(visit: Visit) -> None:
    """Open a session with the token."""
    visit.go("/sign-in")
    visit.page.get_by_label("Mã truy cập").fill(TOKEN)
    visit.page.locator("main button[type=submit]").click()
    visit.page.wait_for_load_state()


def open_map(visit: Visit) -> Page:
    """Open the map and wait until it is drawn."""
    visit.go("/map")
    visit.page.wait_for_selector("html[data-map-ready]")
    return visit.page


def test_levels_are_drawn_with_their_legend(visit: Visit) -> None:
    sign_in(visit)
    tiles: list[Response] = []
    visit.page.on("response", lambda answer: tiles.append(answer) if "/coverage/tiles/" in answer.url else None)
    page = open_map(visit)
    assert tiles == []
    page.get_by_label(LEVELS).check()
    page.wait_for_selector(".leaflet-levels-pane img.leaflet-tile-loaded")
    legend = page.locator(".legend-body")
    expect(legend).to_contain_text(f"{LEVELS} · Mọi doanh nghiệp")
    for text in (
        "≥ −85 dBm",
        "−105 … −95 dBm",
        "Ngoài trời",
        "Outdoors",
        "Yếu hơn, hoặc không tới",
        "Không có dữ liệu",
    ):
        expect(legend).to_contain_text(text)
    assert {answer.status for answer in tiles} == {200}
    assert all("4G" in answer.url and "operator=any" in answer.url for answer in tiles)
    tiles.clear()
    page.locator(".chooser select:enabled").select_option("beta")
    page.get_by_label("5G").check()
    page.wait_for_selector(".leaflet-levels-pane img.leaflet-tile-loaded[src*='/5G/'][src*='operator=beta']")
    expect(legend).to_contain_text(f"{LEVELS} · Operator beta")
    page.get_by_label("Chỉ ranh giới").check()
    expect(page.locator(".leaflet-levels-pane img")).to_have_count(0)


def test_stations_point_when_zoomed_in(visit: Visit) -> None:
    sign_in(visit)
    page = open_map(visit)
    page.get_by_label(LEVELS).check()
    page.get_by_label("Trạm phát sóng").check()
    expect(page.locator(".legend-body")).to_contain_text("Hướng phát, từ mức thu phóng 11")
    expect(page.locator(".legend-body")).to_contain_text("Mọi hướng")
    page.locator(".chooser select:enabled").select_option("alpha")
    # Drawn on one canvas: what is near the only station of the operator changes with its circle.
    drawn = """(zoom) => {
        map_province.setView([12.55, 108.05], zoom, {animate: false});
        return new Promise(done => setTimeout(() => {
            const canvas = document.querySelector(".leaflet-overlay-pane canvas");
            const from = canvas.getBoundingClientRect(), frame = map_province.getContainer().getBoundingClientRect();
            const scale = canvas.width / from.width;
            const at = map_province.latLngToContainerPoint([12.55, 108.05]);
            const x = (frame.left + at.x - from.left) * scale, y = (frame.top + at.y - from.top) * scale;
            const copy = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
            copy.drawImage(canvas, 14 * scale - x, 14 * scale - y);
            const pixels = copy.getImageData(0, 0, 28 * scale, 28 * scale);
            done(pixels.data.filter((value, index) => index % 4 === 3 && value > 0).length / scale / scale);
        }, 400));
    }"""
    # The canvas is drawn some time after the map has moved.
    deadline = time.monotonic() + 10
    while not (found := [page.evaluate(drawn, zoom) for zoom in (12, 10)])[0] > 2 * found[1] > 0:
        assert time.monotonic() < deadline, found


def test_everybody_else_has_no_such_layer(visit: Visit) -> None:
    page = open_map(visit)
    expect(page.get_by_label("Vùng phủ sóng, lưới 500 m")).to_have_count(1)
    expect(page.get_by_label(LEVELS)).to_have_count(0)
    assert "operator=" not in page.content()
