"""Taking files in over HTTP: the same document as the command line, all or nothing, with the token only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.uploads import safe_name
from tests.api.conftest import TOKEN, settings_of
from tests.conftest import TestDatabase

CONTRACT = {
    "import_id",
    "sha256",
    "rows_read",
    "rows_stored",
    "rows_unchanged",
    "rows_skipped",
    "problems",
    "schema_version",
    "as_of",
    "territory_version",
    "rule_version",
    "assessment_id",
    "illustrative",
}
PROBLEM = {"severity", "code", "sheet", "row", "column", "value", "why_vi", "why_en", "remedy_vi", "remedy_en"}
GOOD = "Mã thôn,Tên thôn,Kinh độ,Vĩ độ,Số hộ\nV1,Buôn A,108.05,12.66,120\nV2,Thôn B,108.15,12.70,80\n"
BAD = GOOD + "V3,Thôn C,không rõ,12.71,-5\n"


@dataclass(frozen=True)
class Door:
    """A service that takes files in, and its state folder."""

    client: TestClient
    home: Path

    def post(self, text: str, *, kind: str = "villages", name: str = "thôn.csv", **form: Any) -> Any:
        return self.client.post(
            f"/api/v1/imports/{kind}",
            files=[("files", (name, text.encode(), "text/csv"))],
            data=form,
            headers={"Authorization": f"Bearer {TOKEN}"},
        )

    def get(self, path: str) -> Any:
        return self.client.get(path, headers={"Authorization": f"Bearer {TOKEN}"}).json()


@pytest.fixture
def door(fresh_database: TestDatabase) -> Iterator[Door]:
    settings = settings_of(fresh_database, max_upload_mb=2)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield Door(client, settings.home_path)


def test_a_good_file_is_stored_once(door: Door) -> None:
    answer = door.post(GOOD, as_of="2026-01-15")
    assert answer.status_code == 201, answer.text
    document = answer.json()
    assert document.keys() >= CONTRACT
    assert (document["rows_read"], document["rows_stored"]) == (2, 2)
    assert answer.headers["location"] == f"/api/v1/imports/{document['import_id']}"
    again = door.post(GOOD, as_of="2026-01-15")
    assert again.status_code == 200
    assert again.json()["import_id"] == document["import_id"]
    assert [item["import_id"] for item in door.get("/api/v1/imports")["items"]] == [document["import_id"]]
    kept = door.get(answer.headers["location"])
    assert kept["rows_stored"] == 2
    assert kept["files"][0]["name"] == "thôn.csv"


def test_a_bad_file_answers_with_every_problem_and_stores_nothing(door: Door) -> None:
    answer = door.post(BAD)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem.keys() >= CONTRACT | {"type", "title", "status", "detail", "detail_vi", "detail_en", "code"}
    assert problem["import_id"] is None
    assert problem["errors"] == []
    assert {row["row"] for row in problem["problems"] if row["severity"] == "error"} == {4}
    assert all(row.keys() >= PROBLEM for row in problem["problems"])
    assert door.get("/api/v1/imports")["total"] == 0


def test_good_rows_of_a_bad_file_are_stored_on_request(door: Door) -> None:
    document = door.post(BAD, skip_errors="true").json()
    assert (document["rows_stored"], document["rows_skipped"]) == (2, 1)


def test_a_dry_run_stores_nothing(door: Door) -> None:
    answer = door.post(GOOD, dry_run="true")
    assert (answer.status_code, answer.json()["import_id"]) == (200, None)
    assert door.get("/api/v1/imports")["total"] == 0


@pytest.mark.parametrize(
    ("text", "kind", "form", "status"),
    [
        ("", "villages", {}, 422),
        ("\x00\x01\x02", "villages", {}, 422),
        (GOOD, "boundaries", {}, 422),
        (GOOD, "terrain", {}, 422),
        (GOOD, "nothing", {}, 422),
        (GOOD, "villages", {"as_of": "never"}, 422),
        (GOOD, "villages", {"map": "no equals sign"}, 422),
        (GOOD, "villages", {"crs": "EPSG:1"}, 422),
        (GOOD, "villages", {"sheet": "\x00"}, 422),
        (GOOD, "villages", {"map": "\x00=name"}, 422),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_cannot_be_used_is_a_problem_and_never_a_traceback(
    door: Door, text: str, kind: str, form: dict[str, str], status: int
) -> None:
    answer = door.post(text, kind=kind, **form)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail_vi"] != answer.json()["detail_en"]
    assert "Traceback" not in answer.text
    assert door.get("/api/v1/imports")["total"] == 0


def test_a_file_over_the_limit_is_refused_and_nothing_stays_on_disk(door: Door) -> None:
    answer = door.post(GOOD + "x" * 4_000_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
    door.post(GOOD)
    uploads = door.home / "uploads"
    assert list(uploads.iterdir()) == []


def test_a_body_of_unknown_length_is_stopped_while_it_streams(door: Door) -> None:
    def body() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n'
        for _ in range(40):
            yield b"x" * 100_000
        yield b"\r\n--x--\r\n"

    answer = door.client.post(
        "/api/v1/imports/villages",
        content=body(),
        headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "multipart/form-data; boundary=x"},
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")


def test_a_mistyped_field_is_refused_before_anything_is_stored(door: Door) -> None:
    answer = door.post(GOOD, dry_rnu="true")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["errors"][0]["name"] == "dry_rnu"
    assert door.get("/api/v1/imports")["total"] == 0


def test_without_a_file_the_problem_names_the_field(door: Door) -> None:
    answer = door.client.post("/api/v1/imports/villages", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["name"] == "files"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\dữ liệu\\trạm.xlsx", "trạm.xlsx"),
        (".hidden.csv", "hidden.csv"),
        ("", "upload"),
        ("a\x00b;.csv", "a_b_.csv"),
        ("http://example.org/x.csv", "x.csv"),
        ("n" * 300 + ".geojson", "n" * 143 + ".geojson"),
    ],
)
def test_the_name_of_an_upload_cannot_lead_elsewhere(given: str, kept: str) -> None:
    assert safe_name(given) == kept
