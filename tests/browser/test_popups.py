"""Popups of the map are wholly inside it, with nothing over them, wherever they open and however wide the window is."""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.api.conftest import TOKEN
from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser

# What can be opened, by what it is drawn as.
KINDS = {
    "commune": "layer instanceof L.Polygon && layer.getTooltip()",
    "gap": "layer instanceof L.Polygon && !layer.getTooltip()",
    "road": "layer instanceof L.Polyline && !(layer instanceof L.Polygon)",
    "village": "layer instanceof L.CircleMarker && layer.row",
    "station": "layer.isMast",
    "other point": "layer instanceof L.CircleMarker && !layer.row && !layer.isMast",
}
# Parts of the width and height of the map: its corners, where boxes lie, and its middle.
MARGIN_PX = 7
CORNERS = ((0.03, 0.04), (0.97, 0.04), (0.03, 0.97), (0.97, 0.97), (0.5, 0.5))

OPEN = """(at) => {
    map_province.closePopup();
    const layer = Object.values(map_province._layers).find((layer) => layer.getPopup && layer.getPopup() && (%s));
    const position = layer.getBounds ? layer.getBounds().getCenter() : layer.getLatLng(), size = map_province.getSize();
    map_province.setView(position, 10, {animate: false});
    map_province.panBy([size.x * (0.5 - at[0]), size.y * (0.5 - at[1])], {animate: false});
    layer.openPopup(position);
}"""
# How far the popup stands inside the map at its narrowest side, and what lies over it or over its close button.
STANDING = """() => {
    const popup = document.querySelector(".leaflet-popup"), frame = map_province.getContainer();
    const box = popup.getBoundingClientRect(), map = frame.getBoundingClientRect(), over = [];
    const inside = Math.min(
        box.left - map.left, box.top - map.top, map.right - box.right, map.bottom - box.bottom);
    for (let across = 0.05; across < 1; across += 0.1) for (let down = 0.05; down < 0.9; down += 0.1) {
        const found = document.elementFromPoint(box.left + box.width * across, box.top + box.height * down);
        if (!popup.contains(found)) over.push(found ? found.className : "nothing");
    }
    const close = popup.querySelector(".leaflet-popup-close-button").getBoundingClientRect();
    const hit = document.elementFromPoint(close.left + close.width / 2, close.top + close.height / 2);
    return {inside, over, closes: Boolean(hit && hit.closest(".leaflet-popup-close-button"))};
}"""


# Whether nothing lies over a box from its upper to its lower edge, and all of it is in the window.
UNCOVERED = """(name) => {
    const box = document.querySelector(name), { left, right, top, bottom } = box.getBoundingClientRect();
    const points = [0.05, 0.3, 0.6, 0.95].map((part) => [(left + right) / 2, top + part * (bottom - top)]);
    return bottom <= innerHeight && points.every((point) => box.contains(document.elementFromPoint(...point)));
}"""


def open_map(visit: Visit, *, signed_in: bool = True) -> Page:
    """Open the map with all its layers."""
    visit.go("/sign-in?next=/map" if signed_in else "/map")
    if signed_in:
        visit.page.locator("input[type=password]").fill(TOKEN)
        visit.page.locator("main button[type=submit]").click()
    visit.page.wait_for_selector("html[data-map-ready]")
    visit.page.evaluate("document.querySelectorAll('input[name=layer]').forEach((it) => it.checked || it.click())")
    # Layers and letters that come late change the boxes beside which a popup finds its place.
    visit.page.wait_for_load_state("networkidle")
    visit.page.evaluate("document.fonts.ready.then(() => true)")
    return visit.page


def settle(page: Page) -> None:
    """Wait until the map stands still."""
    page.evaluate("""() => new Promise((done) => {
        let last = "", same = 0;
        const look = () => {
            const box = document.querySelector(".leaflet-popup").getBoundingClientRect(), now = `${box.x} ${box.y}`;
            same = now === last ? same + 1 : 0;
            last = now;
            if (same > 8) done();
            else requestAnimationFrame(look);
        };
        look();
    })""")


def standing(page: Page) -> dict[str, Any]:
    """Return how the popup stands once the map stands still; a busy machine may need some pictures more."""
    deadline = time.monotonic() + 5
    while True:
        settle(page)
        found: dict[str, Any] = page.evaluate(STANDING)
        if (not found["over"] and found["closes"] and found["inside"] >= MARGIN_PX) or time.monotonic() > deadline:
            return found


def check_every_popup(page: Page, kinds: dict[str, str]) -> None:
    """Open one of each kind in each corner and see where it stands."""
    for kind, which in kinds.items():
        for corner in CORNERS:
            page.evaluate(OPEN % which, corner)
            expect(page.locator(".leaflet-popup")).to_have_count(1)
            found = standing(page)
            assert found["over"] == [], (kind, corner)
            assert found["inside"] >= MARGIN_PX, (kind, corner)
            assert found["closes"], (kind, corner)


def test_at_a_desk_every_popup_stands_free(visit: Visit) -> None:
    check_every_popup(open_map(visit), KINDS)


def test_on_a_phone_every_popup_stands_free(phone: Visit) -> None:
    check_every_popup(open_map(phone), KINDS)
    assert phone.overflow_px() == 0


def test_without_the_token_popups_stand_free_too(phone: Visit) -> None:
    phone.go("/?lang=en")
    check_every_popup(open_map(phone, signed_in=False), {"commune": KINDS["commune"], "village": KINDS["village"]})


def test_a_popup_has_its_link_before_it_finds_its_place(visit: Visit) -> None:
    page = open_map(visit)
    page.evaluate(OPEN % KINDS["commune"], [0.5, 0.04])
    settle(page)
    expect(page.locator(".map-popup .explain a")).to_have_count(1)
    # At a mast there is no path to explain; none is offered there, nor twice anywhere.
    page.evaluate(OPEN % KINDS["station"], [0.5, 0.5])
    expect(page.locator(".map-popup .explain a")).to_have_count(0)


def test_the_boxes_of_a_phone_come_back_when_the_popup_is_closed(phone: Visit) -> None:
    page = open_map(phone)
    search, layers = page.get_by_label("Tìm xã, thôn, buôn"), page.locator(".chooser summary")
    sources = page.locator(".sources details")
    sources.locator("summary").click()
    page.evaluate(OPEN % KINDS["commune"], [0.5, 0.5])
    settle(page)
    expect(search).to_be_hidden()
    expect(layers).to_be_hidden()
    expect(sources).not_to_have_attribute("open", "")
    expect(page.locator(".sources .illustrative")).to_be_visible()
    page.locator(".leaflet-popup-close-button").click()
    expect(page.locator(".leaflet-popup")).to_have_count(0)
    search.click(trial=True)
    layers.click(trial=True)


def test_a_popup_too_tall_for_the_window_scrolls(phone: Visit) -> None:
    page = open_map(phone)
    page.set_viewport_size({"width": 360, "height": 520})
    page.evaluate(OPEN % KINDS["commune"], [0.5, 0.5])
    found = standing(page)
    assert (found["over"], found["closes"]) == ([], True)
    link = page.locator(".map-popup .explain a")
    expect(link).not_to_be_in_viewport()
    link.scroll_into_view_if_needed()
    expect(link).to_be_in_viewport()
    # A window that grows, as when the keyboard goes away, gives it its whole height.
    page.set_viewport_size({"width": 360, "height": 1000})
    expect(page.locator(".leaflet-popup-scrolled")).to_have_count(0)
    assert standing(page)["over"] == []


def test_on_a_phone_held_sideways_popups_stay_in_the_window(phone: Visit) -> None:
    phone.page.set_viewport_size({"width": 740, "height": 360})
    page = open_map(phone)
    expect(page.locator(".sources details")).not_to_have_attribute("open", "")
    page.get_by_label("Tìm xã, thôn, buôn").click(trial=True)
    for name in ("chooser", "legend", "sources"):
        page.locator(f".{name} summary").click()
        # A box that was opened comes to the front with the next picture.
        page.wait_for_function(UNCOVERED, arg=f".map-box.{name}")
        page.locator(f".{name} summary").click()
    for which in KINDS.values():
        page.evaluate(OPEN % which, [0.5, 0.97])
        settle(page)
        box = page.locator(".leaflet-popup-content-wrapper").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 360 - 7
        assert page.evaluate("document.documentElement.scrollTop") == 0


def test_a_box_that_is_opened_does_not_cover_the_popup(visit: Visit) -> None:
    page = open_map(visit)
    legend = page.locator(".legend summary")
    legend.click()
    page.evaluate(OPEN % KINDS["village"], [0.03, 0.5])
    settle(page)
    before = page.locator(".leaflet-popup").bounding_box()
    legend.click()
    settle(page)
    assert page.locator(".leaflet-popup").bounding_box() != before
    found = page.evaluate(STANDING)
    assert (found["over"], found["closes"]) == ([], True)


def test_a_village_that_is_not_drawn_opens_from_the_search(visit: Visit) -> None:
    page = open_map(visit)
    page.locator("input[value=villages]").uncheck()
    page.get_by_label("Tìm xã, thôn, buôn").fill("buon a")
    page.locator(".found button").first.click()
    expect(page.locator(".map-popup h3")).to_have_text("Buôn A")
    expect(page.locator(".map-popup .explain a")).to_have_count(1)
    assert standing(page)["over"] == []
