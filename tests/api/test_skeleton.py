"""The service without a database: it lives, it is safe, its errors are problem documents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.app import create_app
from api.security import SESSION_COOKIE
from geo.settings import Settings

TOKEN = "a token of the tests"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(home=tmp_path, token=SecretStr(TOKEN), _env_file=None)
    with TestClient(create_app(settings)) as made:
        yield made


def test_the_process_says_that_it_lives_without_a_database(client: TestClient) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}


def test_every_answer_carries_the_security_headers(client: TestClient) -> None:
    for path in ("/healthz", "/nowhere", "/static/none.js"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'self'" in headers["content-security-policy"]
        assert "default-src 'self'" in headers["content-security-policy"]


def test_an_unknown_address_is_a_problem_document_in_both_languages(client: TestClient) -> None:
    answer = client.get("/nowhere", headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "not_found"
    assert problem["detail"] == problem["detail_en"]
    assert problem["detail_vi"] != problem["detail_en"]
    assert client.get("/nowhere").json()["detail"] == problem["detail_vi"]


def test_a_wrong_method_names_the_right_ones(client: TestClient) -> None:
    answer = client.put("/healthz")
    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"
    assert "GET" in answer.headers["allow"]


def test_writing_without_a_token_is_refused_before_the_body_is_read(client: TestClient) -> None:
    answer = client.post("/api/v1/imports/sites", content=b"x" * 100)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_wrong_token_is_never_answered_as_public(client: TestClient) -> None:
    answer = client.post("/api/v1/imports/sites", headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 401
    assert client.post("/api/v1/x", headers={"Authorization": f"Basic {TOKEN}"}).status_code == 401


def test_too_much_is_refused_by_its_declared_length_and_while_it_streams(client: TestClient) -> None:
    assert client.post("/anything", content=b"x" * 70_000).status_code == 413

    def chunks() -> Iterator[bytes]:
        for _ in range(80):
            yield b"x" * 1000

    answer = client.post("/anything", content=chunks())
    # Nothing reads the body of an address that does not exist; what matters is that it is not 2xx.
    assert answer.status_code in {404, 413}


def test_another_sites_page_cannot_use_the_session(client: TestClient) -> None:
    keeper = client.app.state.keeper  # type: ignore[attr-defined]
    client.cookies.set(SESSION_COOKIE, keeper.issue_session())
    assert client.post("/api/v1/x", headers={"Origin": "https://other.example"}).status_code == 403
    assert client.post("/api/v1/x").status_code == 403
    assert client.post("/api/v1/x", headers={"Origin": "http://testserver"}).status_code == 404


def test_a_forged_session_does_not_hold(client: TestClient) -> None:
    keeper = client.app.state.keeper  # type: ignore[attr-defined]
    good = keeper.issue_session()
    assert keeper.session_holds(good)
    assert not keeper.session_holds(good[:-1] + ("A" if good[-1] != "A" else "B"))
    assert not keeper.session_holds("")


def test_secrets_are_made_once_and_only_for_the_owner(tmp_path: Path) -> None:
    from api.security import Keeper

    settings = Settings(home=tmp_path, _env_file=None)
    token = Keeper(settings).token
    assert len(token) >= 32
    assert Keeper(settings).token == token
    assert (tmp_path / "secrets" / "token").stat().st_mode & 0o077 == 0
