"""A reader's way through the pages in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from maps.pages import map_file
from tests.api.conftest import TOKEN
from tests.browser.conftest import Visit
from tests.maps import samples
from tests.maps.vendor import place_vendor_files

pytestmark = pytest.mark.browser

PAGES = ("/", "/map", "/villages", "/villages/1", "/targets", "/imports", "/about", "/sign-in", "/villages/999999")
BAD_FILE = "Mã thôn,Tên thôn,Mã xã,Kinh độ,Vĩ độ\nV1,<script>alert(1)</script>,24133,abc,12.6\n"


def test_from_overview_to_targets(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    visit.go("/")
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    expect(page.locator(".illustrative")).to_contain_text("Số liệu minh họa")
    expect(page.get_by_role("heading", name="4G", exact=True)).to_be_visible()
    page.get_by_role("link", name="Thôn, buôn", exact=True).click()
    page.get_by_label("Trạng thái").select_option("not_covered")
    page.get_by_label("Công nghệ").select_option("4G")
    page.get_by_role("button", name="Lọc").click()
    expect(page.locator("#village-count")).to_contain_text("1 thôn, buôn")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    table = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert "HYPERLINK" in table
    assert "Buôn A" not in table
    page.locator(".list tbody a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("HYPERLINK")
    page.get_by_role("link", name="Chỉ tiêu", exact=True).click()
    target = page.locator("#C2")
    expect(target.locator(".source").first).to_contain_text("001_fb856839959a985e.txt")
    expect(page.locator("#A13 .conflict").first).to_be_visible()


def test_map_layers(visit: Visit) -> None:
    page = visit.page
    visit.go("/map")
    page.wait_for_selector("html[data-map-ready]")
    expect(page.locator(".leaflet-control-scale")).to_be_visible()
    legend = page.locator(".legend-body")
    expect(legend).to_contain_text("Dân số được phủ sóng · 4G")
    expect(legend).to_contain_text("Không có dữ liệu")
    page.get_by_label("5G").check()
    expect(legend).to_contain_text("Dân số được phủ sóng · 5G")
    page.get_by_label("Vùng phủ sóng, lưới 500 m").check()
    expect(page.locator("img.coverage-picture")).to_have_count(1)
    page.get_by_label("Thôn, buôn theo trạng thái").uncheck()
    expect(legend).not_to_contain_text("Trắng sóng")
    for layer in ("Vùng không có sóng", "Cáp quang theo thôn, buôn", "Địa điểm"):
        page.get_by_label(layer, exact=True).check()
    expect(legend).to_contain_text("Chưa có cáp quang")
    expect(legend).to_contain_text("No fibre")
    expect(legend).to_contain_text("Coverage gaps · 5G")
    expect(page.locator("input[value=sites]")).to_have_count(0)
    page.get_by_label("Tìm xã, thôn, buôn").fill("buon a")
    page.locator(".found button").first.click()
    popup = page.locator(".map-popup")
    expect(popup).to_contain_text("Buôn A")
    popup.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Buôn A")


def test_a_commune_is_found_with_the_keyboard_alone(visit: Visit) -> None:
    page = visit.page
    visit.go("/map")
    page.wait_for_selector("html[data-map-ready]")
    finder = page.get_by_label("Tìm xã, thôn, buôn")
    finder.fill("don vi 24133")
    finder.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    expect(page.locator(".map-popup h3")).to_have_text("Đơn vị 24133")
    page.keyboard.press("Escape")
    expect(page.locator(".map-popup")).to_have_count(0)


def test_language_switch_is_kept(visit: Visit) -> None:
    page = visit.page
    visit.go("/villages?state=covered")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_label("State")).to_have_value("covered")
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Mobile coverage")
    page.get_by_role("link", name="Tiếng Việt").click()
    expect(page.locator("html")).to_have_attribute("lang", "vi")


def test_sign_in_and_hand_in_a_bad_file(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    visit.go("/imports")
    page.locator("main").get_by_role("link", name="Đăng nhập").click()
    page.get_by_label("Mã truy cập").fill("wrong")
    page.locator("main button[type=submit]").click()
    expect(page.get_by_role("alert")).to_contain_text("không phải mã truy cập")
    page.get_by_label("Mã truy cập").fill(TOKEN)
    page.locator("main button[type=submit]").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Dữ liệu đã nhập")
    bad = tmp_path / "thôn.csv"
    bad.write_text(BAD_FILE, encoding="utf-8")
    page.locator("select[name=kind]").select_option("villages")
    page.locator("input[name=files]").set_input_files(bad)
    page.get_by_role("button", name="Nộp").click()
    expect(page.get_by_role("alert")).to_contain_text("Chưa lưu gì: 1 lỗi")
    problem = page.locator(".problems tbody tr").first
    expect(problem).to_contain_text("Kinh độ")
    expect(problem).to_contain_text("abc")
    visit.go("/map")
    page.wait_for_selector("html[data-map-ready]")
    page.get_by_label("Trạm phát sóng").check()
    expect(page.locator(".legend-body")).to_contain_text("Operator alpha")
    page.get_by_role("button", name="Đăng xuất").click()
    expect(page.get_by_role("link", name="Đăng nhập").first).to_be_visible()


@pytest.mark.parametrize("path", PAGES)
def test_pages_fit_a_phone(phone: Visit, path: str) -> None:
    phone.go(path)
    assert phone.overflow_px() == 0
    expect(phone.page.locator(".brand")).to_be_visible()


def test_the_menu_of_a_phone_shows_the_page_that_is_open(phone: Visit) -> None:
    for path in ("/", "/map", "/targets", "/imports", "/about"):
        phone.go(path)
        current = phone.page.locator("header.site nav [aria-current]")
        expect(current).to_be_in_viewport(ratio=1)
    menu = phone.page.locator("header.site nav")
    assert menu.evaluate("menu => menu.scrollLeft") > 0
    # Its edges fade only where something is left to draw in.
    expect(menu).to_have_class("drawn at-end")
    assert phone.page.evaluate("window.scrollX + window.scrollY") == 0
    phone.go("/")
    expect(menu).not_to_have_class(re.compile("."))
    assert menu.evaluate("menu => menu.scrollLeft") == 0


def test_targets_open_one_by_one_on_a_phone(phone: Visit) -> None:
    phone.go("/targets")
    page = phone.page
    height_px = page.evaluate("document.documentElement.scrollHeight")
    assert height_px < 9000
    target = page.locator(".target").first
    expect(target.locator(".milestones")).to_be_visible()
    expect(target.locator(".readings")).to_be_hidden()
    target.locator(".target-more > summary").click()
    expect(target.locator(".readings")).to_be_visible()
    # A link to a target opens it.
    page.goto(phone.base + "/targets#B1")
    page.reload()
    expect(page.locator("#B1 .readings")).to_be_visible()
    expect(page.locator("#B1")).to_be_in_viewport()


def test_targets_stand_open_at_a_desk(visit: Visit) -> None:
    visit.go("/targets")
    expect(visit.page.locator(".target .readings").first).to_be_visible()
    expect(visit.page.locator(".target-more > summary").first).to_be_hidden()


def sign_in(visit: Visit, towards: str) -> None:
    visit.go(towards)
    visit.page.get_by_label("Mã truy cập").fill(TOKEN)
    visit.page.locator("main button[type=submit]").click()


def test_from_a_click_on_the_map_to_the_explanation(visit: Visit) -> None:
    page = visit.page
    sign_in(visit, "/sign-in?next=/map")
    page.wait_for_selector("html[data-map-ready]")
    page.get_by_label("Tìm xã, thôn, buôn").fill("don vi 24133")
    page.locator(".found button").first.click()
    page.locator(".map-popup .explain a").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vì sao có mức thu này")
    pictures = page.get_by_role("img")
    expect(pictures).to_have_count(2)
    expect(pictures.first).to_have_accessible_name(re.compile("Mặt cắt từ cell Secret Cell 4G"))
    expect(page.get_by_role("table").first).to_contain_text("Mức thu tại vị trí")
    page.get_by_label("Cell hoặc trạm").fill("none")
    page.get_by_role("button", name="Giải thích").click()
    expect(page.get_by_role("alert")).to_contain_text("Không có cell hoặc trạm")
    assert visit.overflow_px() == 0


def test_an_explanation_fits_a_phone(phone: Visit) -> None:
    sign_in(phone, "/explain?lon=108.1&lat=12.6")
    pictures = phone.page.get_by_role("img")
    expect(pictures).to_have_count(2)
    box = pictures.first.bounding_box()
    assert box is not None
    # Drawn for this width: letters keep their size.
    assert 280 < box["width"] < 345
    assert phone.overflow_px() == 0


def test_keyboard_reaches_the_content(visit: Visit) -> None:
    visit.go("/about")
    visit.page.keyboard.press("Tab")
    expect(visit.page.locator(".skip")).to_be_focused()
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator("#content")).to_be_focused()


def test_on_a_phone_the_boxes_of_the_map_hide_nothing(phone: Visit) -> None:
    page = phone.page
    phone.go("/map")
    page.wait_for_selector("html[data-map-ready]")
    search = page.get_by_label("Tìm xã, thôn, buôn")
    layers, legend, sources = (page.locator(f".{name} details") for name in ("chooser", "legend", "sources"))
    for box in (layers, legend, sources):
        expect(box).not_to_have_attribute("open", "")
        box.locator("summary").click()
        expect(box).to_have_attribute("open", "")
        search.click(trial=True)
    expect(layers).not_to_have_attribute("open", "")
    lines = sources.locator("p")
    expect(lines.filter(has_text="thông số vô tuyến mặc định")).to_have_count(1)
    expect(lines.last).to_contain_text("nguồn và giấy phép")
    lines.last.scroll_into_view_if_needed()
    expect(lines.last).to_be_in_viewport()
    assert phone.overflow_px() == 0


def test_map_file_works_from_disk(browser: Browser, tmp_path: Path) -> None:
    static = tmp_path / "static"
    assert place_vendor_files(static), "run `npm ci` first: the browser needs the real files"
    file = tmp_path / "map.html"
    file.write_text(map_file(samples.content(sees_sites=True), language="vi", static_dir=static), encoding="utf-8")
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 800})
    visit = Visit(context.new_page(), f"file://{file}")
    visit.page.goto(visit.base)
    visit.page.wait_for_selector("html[data-map-ready]")
    published = [[38.5, -120.2], [40.7, -120.95], [43.252, -126.453]]
    assert visit.page.evaluate("phusongShapes.decode('_p~iF~ps|U_ulLnnqC_mqNvxq`@', 1e5)") == published
    visit.page.get_by_label("Vùng không có sóng", exact=True).check()
    visit.page.get_by_label("Vùng phủ sóng, lưới 500 m").check()
    drawn = "Object.values(Object.values(window).find((it) => it instanceof L.Map)._layers)"
    orders = f"""{{
        const order = ({{ _order: one }}) => one.prev ? 1 + order({{ _order: one.prev }}) : 0;
        const shapes = {drawn}.filter((layer) => layer._order);
        const villages = shapes.filter((layer) => layer.stateRank !== undefined).map(order);
        const areas = shapes.filter((layer) => layer instanceof L.Polygon).map(order);
        Math.min(...villages) > Math.max(...areas);
    }}"""
    assert visit.page.evaluate(orders) is True
    expect(visit.page.locator(".sources .illustrative")).to_contain_text("Số liệu minh họa / Illustrative data")
    visit.page.get_by_label("Tìm xã, thôn, buôn").fill("<script>")
    visit.page.locator(".found button").first.click()
    expect(visit.page.locator(".map-popup h3")).to_have_text(samples.EVIL)
    assert visit.page.locator(".map-popup img").count() == 0
    context.close()
    assert visit.foreign == []
    assert visit.complaints == []
