"""First paint of the pages in headless Chromium. Not a test: prints figures.

python benchmarks/first_paint.py http://127.0.0.1:8000 --times 5
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics

from playwright.sync_api import Browser, sync_playwright

PAINT = """() => ({
    first_paint_s: performance.getEntriesByName("first-contentful-paint")[0].startTime / 1000,
    loaded_s: performance.getEntriesByType('navigation')[0].loadEventEnd / 1000,
    transferred_kb: (performance.getEntriesByType('navigation')[0].transferSize
        + performance.getEntriesByType('resource').reduce((sum, e) => sum + e.transferSize, 0)) / 1000,
})"""


def measure(browser: Browser, address: str) -> dict[str, float]:
    """Open a page with an empty cache and return its figures."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(address)
    # The pages forbid evaluated strings, so the painting is waited for by time.
    page.wait_for_timeout(1000)
    figures: dict[str, float] = page.evaluate(PAINT)
    context.close()
    return figures


def main() -> None:
    """Print one line of JSON per page: the median of several runs, and the slowest first paint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base")
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        for path in ("/", "/map", "/villages", "/targets"):
            runs = [measure(browser, options.base + path) for _ in range(options.times)]
            line = {name: round(statistics.median(run[name] for run in runs), 3) for name in runs[0]}
            slowest = round(max(run["first_paint_s"] for run in runs), 3)
            print(json.dumps({"page": path, **line, "slowest_first_paint_s": slowest}))
        browser.close()


if __name__ == "__main__":
    main()
