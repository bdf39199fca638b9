"""Take the picture of levels on the map that the docs show, in Debian's Chromium, of a running service.

    python -m benchmarks.map_picture --base http://127.0.0.1:8000 --token-file .phusong/secrets/token \
      --at 12.62,108.62 --zoom 12.5 --operator viettel --language en --out docs/pictures/levels.webp

Look at what comes out, and at other places and zooms, before a picture goes into the docs.
"""

from __future__ import annotations

import argparse
import io
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

WIDTH, HEIGHT = 1280, 800
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
# A function: the pages forbid evaluated strings.
_TILES_DRAWN = "() => !document.querySelector('img.leaflet-tile:not(.leaflet-tile-loaded)')"
# Longer than a tile takes to fade in.
_SETTLE_MS = 1000


def main() -> None:
    """Sign in, choose levels and stations, go to the place, and write the picture."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--base", default="http://127.0.0.1:8000", help="address of the service")
    parser.add_argument("--token-file", type=Path, default=Path(".phusong/secrets/token"))
    parser.add_argument("--at", required=True, help="latitude,longitude of the middle, degrees")
    parser.add_argument("--zoom", type=float, required=True)
    parser.add_argument("--operator", default="any")
    parser.add_argument("--technology", default="4G")
    parser.add_argument("--language", choices=("vi", "en"), default="vi")
    parser.add_argument("--width", type=int, default=WIDTH)
    parser.add_argument("--height", type=int, default=HEIGHT)
    parser.add_argument("--out", type=Path, required=True, help="file to write: .webp or .png")
    options = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        page = browser.new_context(viewport={"width": options.width, "height": options.height}).new_page()
        _open_map(page, options)
        latitude, longitude = (float(part) for part in options.at.split(","))
        page.evaluate(
            "([lat, lon, zoom]) => { map_province.setView([lat, lon], zoom, {animate: false}); }",
            [latitude, longitude, options.zoom],
        )
        page.wait_for_timeout(_SETTLE_MS)
        page.wait_for_function(_TILES_DRAWN)
        page.wait_for_timeout(_SETTLE_MS)
        picture = Image.open(io.BytesIO(page.screenshot()))
        browser.close()
    picture.convert("RGB").save(options.out, quality=80, method=6)


def _open_map(page: Page, options: argparse.Namespace) -> None:
    page.goto(f"{options.base}/sign-in")
    page.locator("input[name=token]").fill(options.token_file.read_text(encoding="utf-8").strip())
    page.locator("main button[type=submit]").click()
    page.wait_for_load_state()
    page.goto(f"{options.base}/map?lang={options.language}")
    page.wait_for_selector("html[data-map-ready]")
    chooser = page.locator(".chooser details")
    if chooser.get_attribute("open") is None:
        chooser.locator("summary").click()
    page.locator(f"input[name=technology][value='{options.technology}']").check()
    page.locator("input[name=base][value=levels]").check()
    page.locator(".chooser select:enabled").select_option(options.operator)
    page.locator("input[name=layer][value=sites]").check()
    page.locator("input[name=layer][value=villages]").uncheck()


if __name__ == "__main__":
    main()
