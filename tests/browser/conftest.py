"""A real server on a loopback port over a real database, and Debian's Chromium."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from api.app import create_app
from geo.store.session import session_scope
from tests.api.conftest import settings_of
from tests.api.sample import fill
from tests.conftest import TestDatabase
from tests.maps.vendor import place_vendor_files

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
START_SECONDS = 20.0


@dataclass
class Visit:
    """A page of the browser that notes what must not happen: foreign requests, errors in the console."""

    page: Page
    base: str
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", self._note_request)
        self.page.on("console", self._note_message)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self.base, "data:", "file:", "blob:")):
            self.foreign.append(request.url)

    def _note_message(self, message: ConsoleMessage) -> None:
        # A form that is refused answers 4xx on purpose; the browser tells it as an error of the console.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def go(self, path: str) -> None:
        """Open a page of the service."""
        self.page.goto(self.base + path)

    def overflow_px(self) -> int:
        """How much wider than the window the page is."""
        width = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return int(width)


@pytest.fixture(scope="module")
def address(module_database: TestDatabase) -> Iterator[str]:
    """Address of a running service with the small province."""
    settings = settings_of(module_database)
    assert place_vendor_files(settings.home_path / "static"), "run `npm ci` first: the browser needs the real files"
    with session_scope(module_database.app) as session:
        fill(session, settings.home_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(create_app(settings), host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.05)
    assert server.started
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=START_SECONDS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without any window."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "Chromium is not installed: apt-get install chromium"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """A fresh visitor at a desk; nothing foreign may have been asked for, and nothing complained of, at the end."""
    yield from _visitor(browser, address, width=1280, height=800)


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Visit]:
    """A fresh visitor with a phone 360 pixels wide."""
    yield from _visitor(browser, address, width=360, height=740)


def _visitor(browser: Browser, address: str, *, width: int, height: int) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": width, "height": height}, locale="en-US")
    made = Visit(context.new_page(), address)
    yield made
    context.close()
    assert made.foreign == []
    assert made.complaints == []
