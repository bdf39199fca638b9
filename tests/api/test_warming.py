"""The map is made in the background: the first visitor finds it ready, or waits for the one build under way."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy.orm import Session

import maps.pages
from api.app import create_app, create_app_from_environment
from api.cli.serve import serve
from api.pages import targets
from api.pages.warming import Warmer, map_warmer
from geo.settings import Settings
from geo.store.session import session_scope
from geo.store.tables import AdminUnit
from geo.workflows.evaluate_targets import evaluate_targets
from tests.api.conftest import TOKEN, settings_of
from tests.api.sample import fill
from tests.conftest import TestDatabase
from tests.maps.vendor import place_vendor_files

# Libraries silence warnings of their own for a moment, which Python cannot do for one thread alone: another thread's
# silence may end in the midst of it, and the warning would fail a test at random.
pytestmark = pytest.mark.filterwarnings("ignore")

LOOK_EVERY_S = 0.05
LATEST_S = 60.0
WAYS = 4  # two languages, with and without the token
TOKEN_HEADER = {"Authorization": f"Bearer {TOKEN}"}


class CountedBuilds:
    """The real making of a map, counted; it waits before the work for as long as `gate` is closed."""

    def __init__(self) -> None:
        self.languages: list[str] = []
        self.made = 0
        self.gate = threading.Event()
        self.gate.set()
        self.failing = False
        self._make = maps.pages.map_parts

    def __call__(self, content: Any, *, language: str, **options: Any) -> Any:
        self.languages.append(language)
        assert self.gate.wait(LATEST_S)
        if self.failing:
            raise RuntimeError("made to fail")
        parts = self._make(content, language=language, **options)
        self.made += 1
        return parts


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for something that a thread brings about."""
    latest = time.monotonic() + LATEST_S
    while not holds():
        assert time.monotonic() < latest, "it never came"
        time.sleep(0.01)


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> CountedBuilds:
    counted = CountedBuilds()
    monkeypatch.setattr(maps.pages, "map_parts", counted)
    return counted


@pytest.fixture
def app(fresh_database: TestDatabase) -> FastAPI:
    settings = settings_of(fresh_database)
    place_vendor_files(settings.home_path / "static")
    with session_scope(fresh_database.app) as session:
        fill(session, settings.home_path)
    made = create_app(settings)
    made.state.warmer = map_warmer(made, look_every_s=LOOK_EVERY_S)
    return made


@pytest.fixture
def visitors(builds: CountedBuilds, app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client
        builds.gate.set()


def ask_every_way(client: TestClient) -> list[str]:
    """Open the map as every kind of visitor; return the pages."""
    answers = [
        client.get(f"/map?lang={language}", headers=headers)
        for language in ("vi", "en")
        for headers in ({}, TOKEN_HEADER)
    ]
    assert {answer.status_code for answer in answers} == {200}
    return [answer.text for answer in answers]


def test_the_first_visitor_after_the_start_finds_the_map_ready(builds: CountedBuilds, visitors: TestClient) -> None:
    wait_until(lambda: len(builds.languages) == WAYS)
    # The public page in the language of the service comes first.
    assert builds.languages[0] == "vi"
    pages = ask_every_way(visitors)
    assert len(builds.languages) == WAYS
    assert ["TRAM-SECRET-0" in page for page in pages] == [False, True, False, True]


def test_the_figures_of_the_targets_are_ready_too(
    visitors: TestClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluated: list[bool] = []

    def note(session: Session, *, sees_sites: bool, **options: Any) -> Any:
        evaluated.append(sees_sites)
        return evaluate_targets(session, sees_sites=sees_sites, **options)

    monkeypatch.setattr(targets, "evaluate_targets", note)
    with session_scope(app.state.database.engine()) as session:
        session.query(AdminUnit).filter_by(code="24133").one().name = "Renamed commune"
    wait_until(lambda: len(evaluated) == 2)
    assert evaluated == [False, True]
    for headers in ({}, TOKEN_HEADER):
        assert visitors.get("/", headers=headers).status_code == 200
        assert visitors.get("/targets", headers=headers).status_code == 200
    assert len(evaluated) == 2


def test_after_a_change_the_first_visitor_finds_the_new_map(
    builds: CountedBuilds, visitors: TestClient, fresh_database: TestDatabase
) -> None:
    wait_until(lambda: builds.made == WAYS)
    with session_scope(fresh_database.app) as session:
        unit = session.query(AdminUnit).filter_by(code="24133").one()
        unit.name = "Renamed commune"
    wait_until(lambda: builds.made == 2 * WAYS)
    pages = ask_every_way(visitors)
    assert all("Renamed commune" in page for page in pages)
    assert len(builds.languages) == 2 * WAYS


def test_visitors_who_come_during_the_build_wait_for_that_one(builds: CountedBuilds, app: FastAPI) -> None:
    builds.gate.clear()
    with TestClient(app) as client, ThreadPoolExecutor(max_workers=3) as pool:
        wait_until(lambda: len(builds.languages) == 1)
        early = [pool.submit(client.get, "/map") for _ in range(3)]
        time.sleep(0.3)
        assert not any(answer.done() for answer in early)
        builds.gate.set()
        assert {answer.result(timeout=LATEST_S).status_code for answer in early} == {200}
        wait_until(lambda: len(builds.languages) == WAYS)
    assert sorted(builds.languages) == ["en", "en", "vi", "vi"]


def test_other_pages_do_not_wait_for_the_map(builds: CountedBuilds, app: FastAPI) -> None:
    builds.gate.clear()
    with TestClient(app) as client:
        wait_until(lambda: len(builds.languages) == 1)
        # Its figures are kept in the same place as the map.
        assert client.get("/targets").status_code == 200
        assert len(builds.languages) == 1
        builds.gate.set()


def test_a_build_that_fails_is_logged_and_the_service_goes_on(
    builds: CountedBuilds, app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    builds.failing = True
    with caplog.at_level(logging.WARNING, logger="api.pages.warming"), TestClient(app) as client:
        wait_until(lambda: len(caplog.records) == WAYS)
        assert "made to fail" in caplog.text
        builds.failing = False
        assert client.get("/map").status_code == 200
    # The same data are not tried again and again.
    assert len(builds.languages) == WAYS + 1


def test_without_a_database_the_service_starts_says_so_once_and_stops(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nobody = SecretStr("postgresql://nobody:none@127.0.0.1:1/none")
    settings = Settings(home=tmp_path, token=SecretStr(TOKEN), database_url=nobody, database_app_url=nobody)
    app = create_app(settings)
    app.state.warmer = map_warmer(app, look_every_s=LOOK_EVERY_S)
    with caplog.at_level(logging.WARNING, logger="api.pages.warming"), TestClient(app) as client:
        wait_until(lambda: bool(caplog.records))
        assert client.get("/healthz").status_code == 200
        time.sleep(5 * LOOK_EVERY_S)
    assert len(caplog.records) == 1
    assert "none@" not in caplog.text


def test_the_end_does_not_wait_for_a_build_that_hangs() -> None:
    begun, hanging = threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        hanging.wait(LATEST_S)

    warmer = Warmer(version=lambda: "one", tasks=[hang])
    warmer.start()
    assert begun.wait(LATEST_S)
    since = time.monotonic()
    warmer.stop(within_s=0.1)
    assert time.monotonic() - since < 5.0
    hanging.set()


def test_data_that_are_still_changing_are_left_alone() -> None:
    versions = iter(["start", *(f"load {number}" for number in range(20))])
    last = ["load 19"]
    done: list[str] = []
    seen: list[str] = []

    def version() -> str:
        seen.append(next(versions, last[0]))
        return seen[-1]

    warmer = Warmer(version=version, tasks=[lambda: done.append(seen[-1])], look_every_s=0.001)
    warmer.start()
    wait_until(lambda: len(done) == 2)
    warmer.stop()
    assert done == ["start", "load 19"]


def test_both_doors_of_the_service_make_the_map_ahead(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    served: list[FastAPI] = []
    monkeypatch.setenv("PHUSONG_HOME", str(tmp_path))
    monkeypatch.setattr("uvicorn.run", lambda app, **_: served.append(app))
    serve()
    served.append(create_app_from_environment())
    assert [type(app.state.warmer) for app in served] == [Warmer, Warmer]
    assert create_app(Settings()).state.warmer is None
