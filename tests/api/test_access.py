"""What a viewer without the token gets, for every address of the service.

The list of addresses is taken from the service itself: a new address without an entry here fails the test.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.app import API_PREFIX
from api.security import SESSION_COOKIE
from tests.api.conftest import TOKEN, Service
from tests.api.sample import SECRETS
from tests.maps.vendor import place_vendor_files

# Method and address -> what everybody gets: a status, and an example of the address.
PUBLIC: dict[tuple[str, str], tuple[int, str]] = {
    ("GET", "/healthz"): (200, "/healthz"),
    ("GET", "/readyz"): (200, "/readyz"),
    ("GET", "/api/v1/openapi.json"): (200, "/api/v1/openapi.json"),
    ("GET", "/api/v1/boundaries"): (200, "/api/v1/boundaries"),
    ("GET", "/api/v1/boundaries/{code}"): (200, "/api/v1/boundaries/24133"),
    ("GET", "/api/v1/villages"): (200, "/api/v1/villages"),
    ("GET", "/api/v1/villages/{village_id}"): (200, "/api/v1/villages/{village}"),
    ("GET", "/api/v1/coverage"): (200, "/api/v1/coverage?min_operators=0"),
    ("GET", "/api/v1/gaps"): (200, "/api/v1/gaps"),
    ("GET", "/api/v1/fibre"): (200, "/api/v1/fibre"),
    ("GET", "/api/v1/places"): (200, "/api/v1/places"),
    ("GET", "/api/v1/roads"): (200, "/api/v1/roads"),
    ("GET", "/api/v1/roads/lines"): (200, "/api/v1/roads/lines"),
    ("GET", "/api/v1/targets"): (200, "/api/v1/targets"),
    ("GET", "/api/v1/assessments"): (200, "/api/v1/assessments"),
    ("GET", "/api/v1/assessments/{assessment_id}"): (200, "/api/v1/assessments/{assessment}"),
    ("GET", "/api/v1/point"): (200, "/api/v1/point?lon=108.1&lat=12.6"),
    ("GET", "/api/v1/explain"): (401, "/api/v1/explain?lon=108.1&lat=12.6"),
    ("GET", "/api/v1/coverage/tiles/{technology}/{z}/{x}/{y}.png"): (200, "/api/v1/coverage/tiles/4G/9/409/237.png"),
    ("GET", "/api/v1/coverage/relief/{z}/{x}/{y}.webp"): (404, "/api/v1/coverage/relief/9/409/237.webp"),
    ("GET", "/api/v1/coverage/relief.webp"): (404, "/api/v1/coverage/relief.webp"),
    ("GET", "/api/v1/coverage/raster/{technology}.tif"): (200, "/api/v1/coverage/raster/4G.tif"),
    ("GET", "/api/v1/coverage/raster/{technology}.png"): (200, "/api/v1/coverage/raster/4G.png"),
    ("GET", "/api/v1/sites"): (401, "/api/v1/sites"),
    ("GET", "/api/v1/fibre/nodes"): (401, "/api/v1/fibre/nodes"),
    ("GET", "/api/v1/imports"): (401, "/api/v1/imports"),
    ("GET", "/api/v1/imports/{import_id}"): (401, "/api/v1/imports/1"),
    ("POST", "/api/v1/imports/{kind}"): (401, "/api/v1/imports/sites"),
}

# Pages, and what everybody gets there; `tests/api/test_pages.py` looks at them closely.
PAGES: dict[tuple[str, str], tuple[int, str]] = {
    ("GET", "/"): (200, "/"),
    ("GET", "/map"): (200, "/map"),
    ("GET", "/explain"): (303, "/explain?lon=108.1&lat=12.6"),
    ("GET", "/explain/profile.svg"): (401, "/explain/profile.svg?lon=108.1&lat=12.6"),
    ("GET", "/villages"): (200, "/villages"),
    ("GET", "/villages/{village_id}"): (200, "/villages/{village}"),
    ("GET", "/targets"): (200, "/targets"),
    ("GET", "/about"): (200, "/about"),
    ("GET", "/sign-in"): (200, "/sign-in"),
    ("POST", "/sign-in"): (401, "/sign-in"),
    ("POST", "/sign-out"): (303, "/sign-out"),
    ("GET", "/imports"): (200, "/imports"),
    ("GET", "/imports/{import_id}"): (303, "/imports/1"),
    ("POST", "/imports"): (422, "/imports"),
    ("GET", "/static/{name:path}"): (404, "/static/none.js"),
}

# Questions that ask for more than everybody may have.
REFUSED = [
    "/api/v1/coverage?operator=alpha",
    "/api/v1/villages?operator=alpha",
    "/api/v1/villages?operator=alpha&format=csv",
    "/api/v1/gaps?operator=alpha",
    "/api/v1/places?operator=alpha",
    "/api/v1/places?by=class&operator=alpha",
    "/api/v1/roads?operator=alpha",
    "/api/v1/coverage/tiles/4G/9/409/237.png?operator=alpha",
    "/api/v1/coverage/raster/4G.tif?operator=alpha",
]

# Other forms of the public answers, which must hold back as much.
OTHER_FORMS = [
    "/api/v1/villages?format=geojson",
    "/api/v1/villages?format=csv",
    "/api/v1/fibre?by=commune",
    "/api/v1/fibre?by=province",
    "/api/v1/fibre?format=geojson",
    "/api/v1/places?by=class",
    "/api/v1/places?format=geojson",
    "/api/v1/coverage?by=province",
    "/api/v1/targets?as_of=2030-01-01",
    "/api/v1/villages/999999",
    "/api/v1/villages?stat=1",
]

HIDDEN_FIELDS = {"level_dbm", "tier", "server_cell", "server_site", "ports_free", "nearest_node_distance_m"}


def leaves(routes: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """Every method and address of the routes, without the prefix that a router was included under."""
    for route in routes:
        if hasattr(route, "original_router"):
            yield from leaves(route.original_router.routes)
        else:
            for method in (route.methods or set()) - {"HEAD", "OPTIONS"}:
                yield method, route.path


def every_path(service: Service) -> set[tuple[str, str]]:
    """Every method and address of the service, with its prefix."""
    described = {
        (method.upper(), path) for path, operations in service.app.openapi()["paths"].items() for method in operations
    }
    pages = {leaf for leaf in leaves(service.app.routes) if leaf in PAGES or not _is_described(leaf, described)}
    return described | pages


def _is_described(leaf: tuple[str, str], described: set[tuple[str, str]]) -> bool:
    method, path = leaf
    return (method, path) in described or (method, f"{API_PREFIX}{path}") in described


def example_address(service: Service, template: str) -> str:
    village = service.sites.get("/api/v1/villages?limit=1").json()["items"][0]["id"]
    return template.replace("{village}", str(village)).replace("{assessment}", str(service.assessment_id))


def test_every_address_of_the_service_has_its_rule(service: Service) -> None:
    assert every_path(service) == set(PUBLIC) | set(PAGES)


@pytest.mark.parametrize(("method", "path"), sorted(PUBLIC))
def test_everybody_gets_what_the_rule_says_and_no_secret(service: Service, method: str, path: str) -> None:
    status, example = PUBLIC[method, path]
    answer = service.public.request(method, example_address(service, example))
    assert answer.status_code == status, answer.text[:500]
    # The description of the API names an example operator; the documents of the data must not name a real one.
    assert_holds_back(answer.content, answer.headers["content-type"])


@pytest.mark.parametrize(("method", "path"), sorted(PAGES))
def test_no_page_tells_everybody_a_secret(service: Service, method: str, path: str) -> None:
    place_vendor_files(service.settings.home_path / "static")
    status, example = PAGES[method, path]
    answer = service.public.request(method, example_address(service, example), follow_redirects=False)
    assert answer.status_code == status, answer.text[:500]
    # Pages name the operators that were evaluated; nothing else about them.
    for secret in SECRETS[2:]:
        assert secret not in answer.text


@pytest.mark.parametrize("address", OTHER_FORMS)
def test_no_other_form_of_an_answer_tells_more(service: Service, address: str) -> None:
    answer = service.public.get(address)
    assert_holds_back(answer.content, answer.headers["content-type"])


@pytest.mark.parametrize("address", REFUSED)
def test_asking_for_an_operator_is_refused_and_not_answered_as_any(service: Service, address: str) -> None:
    answer = service.public.get(address)
    assert answer.status_code == 403
    assert answer.json()["code"] == "forbidden"
    assert service.sites.get(address).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": TOKEN},
        {"Authorization": "", "Cookie": "x=y"},
        {"Cookie": f"{SESSION_COOKIE}=forged"},
        {"Cookie": f"{SESSION_COOKIE}="},
    ],
    ids=str,
)
@pytest.mark.parametrize("address", ["/api/v1/coverage", "/api/v1/sites", "/api/v1/gaps"])
def test_a_wrong_token_or_session_is_refused_and_never_taken_for_public(
    service: Service, headers: dict[str, str], address: str
) -> None:
    answer = service.public.get(address, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_session_opens_what_the_token_opens(service: Service) -> None:
    cookie = f"{SESSION_COOKIE}={service.app.state.keeper.issue_session()}"
    assert service.public.get("/api/v1/sites", headers={"Cookie": cookie}).status_code == 200


def test_a_session_ends_with_its_token(service: Service) -> None:
    from api.security import Keeper

    cookie = service.app.state.keeper.issue_session()
    changed = service.settings.model_copy(update={"token": SecretStr("another token")})
    assert not Keeper(changed).session_holds(cookie)


def test_an_answer_for_the_token_is_never_kept_for_others(service: Service) -> None:
    path = "/api/v1/villages?technology=4G"
    assert b"alpha" in service.sites.get(path).content
    assert b"alpha" not in service.public.get(path).content
    assert b"alpha" in service.sites.get(path).content


def assert_holds_back(content: bytes, media_type: str) -> None:
    """No secret word, no value in a field that only the token shows, no operator other than `any`."""
    if media_type.startswith("image/"):
        return
    text = content.decode("utf-8-sig")
    if '"openapi"' in text[:30]:
        return
    # Which operators an assessment evaluated is no secret; what each of them covers is.
    text = re.sub(r'"operators":\[[^\]]*\]', '"operators":[]', text)
    for secret in SECRETS:
        pattern = rf"\b{secret}\b" if secret.isalpha() else re.escape(secret)
        assert not re.search(pattern, text), secret
    if "json" in media_type:
        _assert_no_hidden_value(json.loads(text))


def _assert_no_hidden_value(value: Any) -> None:
    if isinstance(value, dict):
        for name, item in value.items():
            if name in HIDDEN_FIELDS - ({"tier"} if "share_area" in value else set()):
                assert item is None, name
            if name == "operator":
                assert item == "any"
            _assert_no_hidden_value(item)
    elif isinstance(value, list):
        for item in value:
            _assert_no_hidden_value(item)


def test_the_check_itself_finds_what_the_token_shows(service: Service) -> None:
    answer = service.sites.get("/api/v1/villages")
    with pytest.raises(AssertionError):
        assert_holds_back(answer.content, answer.headers["content-type"])


def test_static_files_do_not_reach_outside_their_folder(service: Service) -> None:
    secret = Path(service.settings.home_path) / "secrets"
    secret.mkdir(exist_ok=True)
    (secret / "token").write_text("x")
    static = Path(service.settings.home_path) / "static"
    static.mkdir(exist_ok=True)
    for path in ("/static/../secrets/token", "/static/%2e%2e/secrets/token", "/static/..%2fsecrets%2ftoken"):
        assert service.public.get(path).status_code == 404


def test_public_client_is_anonymous(service: Service) -> None:
    assert isinstance(service.public, TestClient)
    assert "authorization" not in service.public.headers
