"""Every address answers with its document, and says so in OpenAPI."""

from __future__ import annotations

import csv
import io

import pytest
from fastapi.testclient import TestClient

from geo.domain.villages import VillageState, combined_state
from tests.api.conftest import Service

ENVELOPE = {"schema_version", "as_of", "territory_version", "rule_version", "assessment_id", "illustrative"}

ANSWERED = [
    "/api/v1/boundaries",
    "/api/v1/boundaries?simplify=0.001&type=commune",
    "/api/v1/boundaries/24133",
    "/api/v1/villages",
    "/api/v1/villages?state=not_covered&technology=4G&format=geojson",
    "/api/v1/coverage?by=province",
    "/api/v1/gaps?technology=4G",
    "/api/v1/fibre",
    "/api/v1/fibre?by=commune",
    "/api/v1/fibre?by=province",
    "/api/v1/places",
    "/api/v1/places?by=class",
    "/api/v1/roads?by=commune",
    "/api/v1/roads/lines?simplify=0.001",
    "/api/v1/targets",
    "/api/v1/assessments",
]
ANSWERED_WITH_TOKEN = ["/api/v1/sites", "/api/v1/sites?bbox=108,12,109,13&format=geojson", "/api/v1/fibre/nodes"]


@pytest.mark.parametrize("path", ANSWERED)
def test_everybody_gets_the_public_answer_with_its_envelope(service: Service, path: str) -> None:
    answer = service.public.get(path)
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert document.keys() >= ENVELOPE
    assert document["illustrative"] is True
    assert document["assessment_id"] == service.assessment_id
    assert document.get("count", 1) > 0


@pytest.mark.parametrize("path", [*ANSWERED, *ANSWERED_WITH_TOKEN])
def test_the_token_opens_every_answer(service: Service, path: str) -> None:
    answer = service.sites.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.json().keys() >= ENVELOPE


def test_the_token_shows_operators_and_levels(service: Service) -> None:
    statuses = service.sites.get("/api/v1/villages?technology=4G&limit=1").json()["items"][0]["statuses"]
    assert {status["operator"] for status in statuses} == {"alpha", "beta", "any"}
    assert {status["level_dbm"] for status in statuses} == {-87.3, -91.7}


def test_pages_link_to_their_neighbours(service: Service) -> None:
    first = service.public.get("/api/v1/villages?limit=1&technology=4G").json()
    assert (first["count"], first["total"], first["links"]["prev"]) == (1, 2, None)
    second = service.public.get(first["links"]["next"]).json()
    assert second["items"][0]["id"] != first["items"][0]["id"]
    assert second["links"]["next"] is None
    assert service.public.get(second["links"]["prev"]).json()["items"] == first["items"]


def test_one_village_shows_its_clusters(service: Service) -> None:
    village_id = service.public.get("/api/v1/villages").json()["items"][0]["id"]
    village = service.public.get(f"/api/v1/villages/{village_id}").json()["item"]
    assert [cluster["name"] for cluster in village["clusters"]] == ["Cụm 1"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/villages?stat=no_data",
        "/api/v1/villages?limit=1&limit=2",
        "/api/v1/villages?name=%00",
        "/api/v1/villages?state=none",
        "/api/v1/villages?limit=0",
        "/api/v1/villages?offset=-1",
        "/api/v1/villages/99999999999999999999",
        "/api/v1/villages/abc",
        "/api/v1/coverage?by=district",
        "/api/v1/coverage?technology=6G",
        "/api/v1/boundaries?simplify=nan",
        "/api/v1/boundaries/;DROP",
        "/api/v1/fibre?by=commune&limit=5",
        "/api/v1/places?by=class&state=covered",
        "/api/v1/coverage?assessment_id=0",
        "/api/v1/villages?format=pdf",
        "/api/v1/fibre?by=commune&format=geojson",
    ],
)
def test_a_wrong_parameter_is_said_and_not_ignored(service: Service, path: str) -> None:
    answer = service.public.get(path)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "invalid_request"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/villages/999999",
        "/api/v1/boundaries/99999",
        "/api/v1/assessments/999999",
        "/api/v1/coverage?assessment_id=99999",
    ],
)
def test_what_is_not_there_is_not_found(service: Service, path: str) -> None:
    answer = service.public.get(path)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_a_representation_that_nobody_has_is_not_acceptable(service: Service) -> None:
    answer = service.public.get("/api/v1/villages", headers={"Accept": "image/png"})
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


def test_accept_chooses_the_representation(service: Service) -> None:
    geojson = service.public.get("/api/v1/villages", headers={"Accept": "application/geo+json"})
    assert geojson.headers["content-type"] == "application/geo+json"
    assert geojson.json()["features"][0]["geometry"]["type"] == "Point"
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert service.public.get("/api/v1/villages", headers={"Accept": browser}).json()["items"]


def test_an_answer_that_did_not_change_is_not_sent_again(service: Service) -> None:
    for client, control in ((service.public, "public"), (service.sites, "private")):
        first = client.get("/api/v1/coverage")
        assert first.headers["cache-control"].startswith(control)
        assert {"Authorization", "Cookie", "Accept"} <= set(first.headers["vary"].replace(" ", "").split(","))
        again = client.get("/api/v1/coverage", headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]


def test_the_two_groups_of_viewers_never_share_an_answer(service: Service) -> None:
    public, sites = (client.get("/api/v1/coverage") for client in (service.public, service.sites))
    assert public.headers["etag"] != sites.headers["etag"]
    assert service.sites.get("/api/v1/coverage", headers={"If-None-Match": public.headers["etag"]}).status_code == 200


def test_compressed_answers_are_the_same_answers(service: Service) -> None:
    plain = service.public.get("/api/v1/coverage", headers={"Accept-Encoding": "identity"})
    packed = service.public.get("/api/v1/coverage", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json() == plain.json()
    assert packed.headers["etag"] != plain.headers["etag"]


def test_a_spreadsheet_says_where_it_comes_from_and_runs_nothing(service: Service) -> None:
    answer = service.public.get("/api/v1/villages?format=csv&technology=4G")
    assert "minh-hoa" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "private, no-store"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row["Tính chất số liệu"] for row in rows} == {"số liệu minh họa"}
    assert all("Trạm phát sóng" in row["Loại số liệu minh họa"] for row in rows)
    assert {row["Trạng thái"] for row in rows} == {"phủ sóng", "trắng sóng"}
    assert "'=HYPERLINK(1)" in {row["Tên"] for row in rows}
    assert all(row["Xuất lúc"] and row["Người xuất"] for row in rows)
    english = service.public.get("/api/v1/villages?format=csv", headers={"Accept-Language": "en"}).text
    assert "Exported at" in english


def test_a_workbook_holds_texts_and_no_formulas(service: Service) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    answer = service.sites.get("/api/v1/villages?format=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert "f" not in {cell.data_type for cell in cells}
    assert "Mã xã/phường" in {cell.value for cell in cells}
    assert -87.3 in {cell.value for cell in cells}


def test_before_the_first_assessment_the_service_says_what_is_missing(empty_service: TestClient) -> None:
    assert empty_service.get("/api/v1/boundaries").json()["count"] == 0
    answer = empty_service.get("/api/v1/villages")
    assert (answer.status_code, answer.json()["code"]) == (503, "no_assessment")
    ready = empty_service.get("/readyz")
    assert ready.status_code == 503
    assert ready.json() | {"missing_vi": [], "missing_en": []} == {
        "status": "not_ready",
        "database": True,
        "migrated": True,
        "assessment": False,
        "missing_vi": [],
        "missing_en": [],
    }


def test_with_an_assessment_the_service_is_ready(service: Service) -> None:
    answer = service.public.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")


@pytest.mark.parametrize("state", ["covered", "partly_covered", "not_covered", "no_data"])
def test_a_state_without_a_technology_is_that_over_all_of_them(service: Service, state: str) -> None:
    def over_all(village: dict[str, object]) -> str:
        statuses = village["statuses"]
        assert isinstance(statuses, list)
        return combined_state([VillageState(status["state"]) for status in statuses]).value

    everything = service.public.get("/api/v1/villages?limit=1000").json()["items"]
    expected = {village["id"] for village in everything if over_all(village) == state}
    listed = service.public.get(f"/api/v1/villages?limit=1000&state={state}").json()
    assert {village["id"] for village in listed["items"]} == expected
    assert listed["total"] == len(expected)


def test_places_of_one_operator_hold_its_states_alone(service: Service) -> None:
    items = service.sites.get("/api/v1/places?operator=alpha").json()["items"]
    assert {status["operator"] for item in items for status in item["statuses"]} == {"alpha"}
    everything = service.sites.get("/api/v1/places").json()["items"]
    assert {status["operator"] for item in everything for status in item["statuses"]} > {"alpha"}


def test_a_parameter_is_known_by_the_name_in_the_description(service: Service) -> None:
    assert service.public.get("/api/v1/places?class=health").json()["total"] == 1
    assert service.public.get("/api/v1/places?class=school").json()["total"] == 0
    assert service.public.get("/api/v1/places?place_class=health").status_code == 422
    assert service.public.get("/api/v1/roads/lines?class=none").json()["count"] == 0
