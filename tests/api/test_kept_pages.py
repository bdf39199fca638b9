"""A page is rendered once for each state of the data, language and group of viewers, then sent from memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from api.app import create_app
from api.pages.rendering import PageContent, render_html
from api.security import SESSION_COOKIE
from geo.store.session import session_scope
from geo.store.tables import AdminUnit
from tests.api.conftest import TOKEN, settings_of
from tests.api.sample import fill
from tests.conftest import TestDatabase
from tests.maps.vendor import place_vendor_files

PATHS = ["/", "/map", "/villages", "/villages?state=not_covered&technology=4G", "/villages/1", "/targets", "/about"]
TOKEN_HEADER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def client(fresh_database: TestDatabase) -> Iterator[TestClient]:
    settings = settings_of(fresh_database)
    place_vendor_files(settings.home_path / "static")
    with session_scope(fresh_database.app) as session:
        fill(session, settings.home_path)
    with TestClient(create_app(settings), raise_server_exceptions=False) as made:
        yield made


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Templates in the order in which pages were rendered."""
    found: list[str] = []

    def note(request: Request, content: PageContent) -> str:
        found.append(content.template)
        return render_html(request, content)

    monkeypatch.setattr("api.pages.kept.render_html", note)
    return found


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_rendered_once_for_each_reader_it_differs_for(
    client: TestClient, rendered: list[str], path: str
) -> None:
    joint = "&" if "?" in path else "?"
    ways = [(f"{path}{joint}lang={language}", head) for language in ("vi", "en") for head in ({}, TOKEN_HEADER)]
    first = [client.get(address, headers=head) for address, head in ways]
    assert {answer.status_code for answer in first} == {200}
    assert len({answer.text for answer in first}) == len(ways)
    assert len(rendered) == len(ways)
    again = [client.get(address, headers=head) for address, head in ways]
    assert [answer.text for answer in again] == [answer.text for answer in first]
    assert len(rendered) == len(ways)


def test_other_filters_are_other_pages(client: TestClient, rendered: list[str]) -> None:
    covered = client.get("/villages?state=covered&technology=4G").text
    assert client.get("/villages?state=no_data&technology=4G").text != covered
    assert client.get("/villages?state=covered&technology=4G").text == covered
    assert len(rendered) == 2


def test_a_change_of_the_data_makes_the_page_anew(
    client: TestClient, rendered: list[str], fresh_database: TestDatabase
) -> None:
    assert "Renamed province" not in client.get("/").text
    with session_scope(fresh_database.app) as session:
        session.query(AdminUnit).filter_by(code="66").one().name = "Renamed province"
    assert "Renamed province" in client.get("/").text
    assert rendered == ["overview.html"] * 2


def test_a_browser_that_has_the_page_is_not_sent_it_again(client: TestClient) -> None:
    first = client.get("/villages")
    assert first.headers["content-encoding"] == "gzip"
    assert first.headers["cache-control"] == "private, no-cache"
    assert {"Cookie", "Authorization"} <= {name.strip() for name in first.headers["vary"].split(",")}
    again = client.get("/villages", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]
    # What another group of readers has is another page.
    signed_in = client.get("/villages", headers={"If-None-Match": first.headers["etag"], **TOKEN_HEADER})
    assert signed_in.status_code == 200
    plain = client.get("/villages", headers={"Accept-Encoding": "identity"})
    assert plain.text == first.text
    assert "content-encoding" not in plain.headers


def test_what_concerns_one_reader_is_not_kept(client: TestClient) -> None:
    chosen = client.get("/about?lang=en")
    assert "phusong_language=en" in chosen.headers["set-cookie"]
    assert "set-cookie" not in client.get("/about").headers
    client.cookies.set(SESSION_COOKIE, "ended")
    ended = client.get("/about")
    assert f'{SESSION_COOKIE}=""' in ended.headers["set-cookie"]
    client.cookies.clear()
    assert "set-cookie" not in client.get("/about").headers
