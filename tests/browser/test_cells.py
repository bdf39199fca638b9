"""Cells of tables and facts on a phone 360 pixels wide: nothing is cut off, nothing is squeezed to a word a line."""

from __future__ import annotations

import pytest

from tests.api.conftest import TOKEN
from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser

PAGES = ("/", "/villages", "/villages/1", "/targets", "/imports", "/about", "/explain?lon=108.1&lat=12.6")

# Texts whose lines reach beyond their cell, beyond a box that cuts or scrolls, or beyond the window.
CUT = """() => {
    const edge = (cell) => {
        let least = Math.min(document.documentElement.clientWidth, cell.getBoundingClientRect().right);
        for (let box = cell; box; box = box.parentElement) {
            if (getComputedStyle(box).overflowX !== "visible") {
                least = Math.min(least, box.getBoundingClientRect().right);
            }
        }
        return least;
    };
    const found = [];
    let seen = 0;
    for (const cell of document.querySelectorAll("td, th, dt, dd, .chips a, .counts a")) {
        if (!cell.checkVisibility() || (cell.closest(".cards") && cell.closest("thead"))) continue;
        const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        for (let text = walker.nextNode(); text; text = walker.nextNode()) {
            if (!text.data.trim() || text.parentElement.closest(".hidden, svg")) continue;
            seen += 1;
            const range = document.createRange();
            range.selectNodeContents(text);
            const right = Math.max(...[...range.getClientRects()].map((line) => line.right));
            if (right > edge(cell) + 1) found.push(`${text.data.trim()} ${right} > ${edge(cell)}`);
        }
    }
    return [seen, found];
}"""


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_cell_is_cut_on_a_phone(phone: Visit, language: str) -> None:
    phone.go("/sign-in")
    phone.page.locator("input[type=password]").fill(TOKEN)
    phone.page.locator("main button[type=submit]").click()
    for path in PAGES:
        phone.go(f"{path}{'&' if '?' in path else '?'}lang={language}")
        seen, cut = phone.page.evaluate(CUT)
        assert cut == [], path
        assert seen > 0, path
        assert phone.overflow_px() == 0, path


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_tables_of_the_overview_are_cards_on_a_phone(phone: Visit, language: str) -> None:
    phone.go(f"/?lang={language}")
    rows = phone.page.locator("table.close tbody tr")
    assert rows.count() > 3
    for row in rows.all():
        # Every value but the name of the row has its heading beside it, and room for several words.
        cells = row.locator("td:not(:first-child)")
        assert cells.count() == 3
        for cell in cells.all():
            assert cell.evaluate("cell => getComputedStyle(cell, '::before').content") not in ("none", '""', "normal")
            room_px = cell.evaluate("cell => cell.clientWidth - parseFloat(getComputedStyle(cell).paddingLeft)")
            assert room_px > 180
