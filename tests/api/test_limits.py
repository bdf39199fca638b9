"""How often everybody may ask, and whom that counts against."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.limits import RateLimiter, TooManyRequestsError
from geo.store.session import session_scope
from tests.api.conftest import TOKEN, settings_of
from tests.api.sample import fill
from tests.conftest import TestDatabase


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_bucket_holds_a_minute_and_refills_evenly() -> None:
    clock = Clock()
    limiter = RateLimiter(60, clock=clock)
    for _ in range(60):
        limiter.take("client", "point")
    with pytest.raises(TooManyRequestsError) as refused:
        limiter.take("client", "point")
    assert refused.value.headers == {"Retry-After": "1"}
    clock.now_s = 1.0
    limiter.take("client", "point")
    with pytest.raises(TooManyRequestsError):
        limiter.take("client", "point")


def test_clients_and_kinds_have_buckets_of_their_own() -> None:
    limiter = RateLimiter(1, clock=Clock())
    limiter.take("one", "point")
    limiter.take("two", "point")
    limiter.take("one", "tile")
    with pytest.raises(TooManyRequestsError):
        limiter.take("one", "point")


def test_memory_is_bounded_by_forgetting_who_asked_longest_ago() -> None:
    limiter = RateLimiter(1, max_clients=2, clock=Clock())
    for client in ("one", "two", "three"):
        limiter.take(client, "point")
    assert len(limiter._buckets) == 2
    limiter.take("one", "point")
    with pytest.raises(TooManyRequestsError):
        limiter.take("three", "point")


@pytest.fixture
def slow_service(fresh_database: TestDatabase) -> Iterator[TestClient]:
    settings = settings_of(fresh_database, rate_limit_per_minute=3)
    with session_scope(fresh_database.app) as session:
        fill(session, settings.home_path)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


def test_too_many_requests_are_told_when_to_come_back(slow_service: TestClient) -> None:
    assert [slow_service.get("/api/v1/gaps").status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = slow_service.get("/api/v1/gaps")
    assert answer.headers["content-type"] == "application/problem+json"
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert answer.json()["code"] == "rate_limited"
    # A forwarded address that no trusted proxy sent is somebody's word only.
    assert slow_service.get("/api/v1/gaps", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 429
    assert slow_service.get("/api/v1/coverage").status_code == 200


def test_the_token_is_not_limited(slow_service: TestClient) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert {slow_service.get("/api/v1/gaps", headers=headers).status_code for _ in range(6)} == {200}


def test_looking_into_a_bucket_takes_nothing_from_it() -> None:
    clock = Clock()
    limiter = RateLimiter(1, clock=clock)
    for _ in range(3):
        limiter.require("client", "point")
    limiter.take("client", "point")
    with pytest.raises(TooManyRequestsError):
        limiter.require("client", "point")
    clock.now_s = 60.0
    limiter.require("client", "point")


@pytest.mark.parametrize("form", ["xlsx", "csv", "geojson"])
def test_exports_are_limited_and_pages_of_the_list_are_not(slow_service: TestClient, form: str) -> None:
    address = f"/api/v1/villages?format={form}"
    assert [slow_service.get(address).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert {slow_service.get("/api/v1/villages").status_code for _ in range(4)} == {200}
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert {slow_service.get(address, headers=headers).status_code for _ in range(4)} == {200}


@pytest.mark.parametrize("path", ["/api/v1/boundaries", "/api/v1/boundaries/24133", "/api/v1/roads/lines"])
def test_outlines_are_limited_when_they_must_be_made_anew(slow_service: TestClient, path: str) -> None:
    asked = [slow_service.get(path, params={"simplify": 0.001 * number}).status_code for number in range(1, 5)]
    assert asked == [200, 200, 200, 429]
    # What is kept costs next to nothing.
    assert {slow_service.get(path, params={"simplify": 0.001}).status_code for _ in range(4)} == {200}


def test_wrong_tokens_are_counted_wherever_they_are_sent(slow_service: TestClient) -> None:
    wrong, right = ({"Authorization": f"Bearer {token}"} for token in ("guess", TOKEN))
    assert slow_service.get("/api/v1/coverage", headers=right).status_code == 200
    assert slow_service.get("/api/v1/coverage", headers=wrong).status_code == 401
    assert slow_service.post("/api/v1/imports/sites", headers=wrong).status_code == 401
    assert slow_service.post("/sign-in", data={"token": "guess"}).status_code == 401
    for path in ("/api/v1/coverage", "/map"):
        answer = slow_service.get(path, headers=wrong)
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) >= 1
    # Else a guess could be told right by not being refused.
    assert slow_service.get("/api/v1/coverage", headers=right).status_code == 429
    assert slow_service.post("/sign-in", data={"token": TOKEN}).status_code == 429
    assert slow_service.get("/api/v1/coverage").status_code == 200


def test_guessing_the_token_is_slowed_down(slow_service: TestClient) -> None:
    guesses = [slow_service.post("/sign-in", data={"token": f"guess {number}"}) for number in range(4)]
    assert [guess.status_code for guess in guesses] == [401, 401, 401, 429]
    assert guesses[-1].headers["content-type"].startswith("text/html")
    assert int(guesses[-1].headers["retry-after"]) >= 1
