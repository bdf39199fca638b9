"""Explaining a point: who may ask, what the answers hold, what cannot be explained, the page and the command."""

from __future__ import annotations

import datetime as dt
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from geo.store.repositories_provenance import read_provenance
from geo.store.session import session_scope
from geo.store.tables import Cell
from geo.workflows.answers.explain_rows import PointExplanation
from tests.api.conftest import Service
from tests.api.ridge import add_ridge
from tests.api.sample import SECRETS
from tests.api.test_cli_answers import ENVELOPE, Run, runner
from tests.api.test_pages import Balance
from tests.conftest import TestDatabase

# The first mast of the small province stands at 108.05, 12.55; a ridge runs north of it along 12.565.
BEHIND = {"lon": 108.05, "lat": 12.58}
BEFORE = {"lon": 108.05, "lat": 12.556}
ADDRESS = "/api/v1/explain"


@pytest.fixture(scope="module")
def ids(service: Service, module_database: TestDatabase) -> dict[str, int]:
    """Terrain with a ridge under the small province; numbers of its cells, and one that is off air."""
    with session_scope(module_database.app) as session:
        assessment = add_ridge(session, service.settings.home_path, service.assessment_id)
        cells = session.scalars(select(Cell).order_by(Cell.id)).all()
        off_air = Cell(
            import_id=cells[0].import_id, site_id=cells[0].site_id, code="TAT-1", technology="4G",
            status="off_air", valid_from=dt.date(2026, 1, 15),
        )  # fmt: skip
        session.add(off_air)
        session.flush()
        assessment.provenance = read_provenance(session, assessment.as_of)
        found = {"4G": cells[0].id, "5G": cells[1].id, "far": cells[2].id, "off": off_air.id}
    return found


def ask(service: Service, **query: Any) -> Any:
    return service.sites.get(ADDRESS, params=query)


def test_the_answer_explains_the_strongest_cell_of_each_technology(service: Service, ids: dict[str, int]) -> None:
    answer = ask(service, **BEHIND)
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert document.keys() >= ENVELOPE | {"lon", "lat", "count", "items"}
    assert [item["technology"] for item in document["items"]] == ["4G", "5G"]
    first = document["items"][0]
    assert first["cell"]["id"] == ids["4G"]
    assert first["cell"]["site_code"] == "TRAM-SECRET-0"
    assert first["path"]["edge"]["kind"] == "bullington"
    assert first["path"]["line_of_sight"] is False
    assert first["terrain_used"] is True
    lengths = {len(values) for values in first["profile"].values()}
    assert lengths == {len(first["profile"]["distance_m"])}
    assert answer.headers["cache-control"] == "private, no-cache"


def test_parts_and_lines_of_the_answer_add_up(service: Service, ids: dict[str, int]) -> None:
    for item in ask(service, **BEHIND).json()["items"]:
        by_code = {part["code"]: part for part in item["losses"]}
        for total in ("basic_transmission_loss", "diffraction"):
            parts = [part["loss_db"] for part in item["losses"] if part["adds_to"] == total]
            assert sum(parts) == pytest.approx(by_code[total]["loss_db"], abs=5e-4)
        running = 0.0
        for line in item["budget"]:
            if line["is_sum"]:
                assert line["value"] == pytest.approx(running, abs=0.0201)
                running = line["value"]
            else:
                running += line["value"]
        assert item["budget"][-1]["value"] == item["level_dbm"]
        for tier in item["tiers"]:
            assert tier["margin_db"] == pytest.approx(item["level_dbm"] - tier["threshold_dbm"], abs=1e-6)
            assert tier["reached"] == (tier["margin_db"] >= 0)


def test_the_level_is_that_of_the_answer_at_the_point(service: Service, ids: dict[str, int]) -> None:
    results = service.sites.get("/api/v1/point", params=BEFORE).json()["items"]
    levels = {row["technology"]: row for row in results if row["operator"] == "alpha"}
    for item in ask(service, **BEFORE).json()["items"]:
        found = levels[item["technology"]]
        assert found["server_cell"] == item["cell"]["id"]
        assert found["level_dbm"] == item["level_dbm"]
        (rounding,) = (line["value"] for line in item["budget"] if line["code"] == "rounding")
        assert -0.1 < rounding <= 0.0


@pytest.mark.parametrize("wanted", ["{4G}", "Secret Cell 4G", "TRAM-SECRET-0/Secret Cell 4G", "TRAM-SECRET-0"])
def test_a_cell_is_found_by_number_code_or_site(service: Service, ids: dict[str, int], wanted: str) -> None:
    named = wanted.format(**{"4G": ids["4G"]})
    items = ask(service, **BEFORE, cell=named, technology="4G").json()["items"]
    assert [item["cell"]["id"] for item in items] == [ids["4G"]]


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ({"cell": "no-such-cell"}, 404, "no cell or site"),
        ({"cell": "99999999999999999999999"}, 404, "no cell or site"),
        ({"cell": "{off}"}, 422, "not on air"),
        ({"cell": "{far}"}, 422, "km from the mast, beyond the"),
        ({"cell": "{4G}", "technology": "5G"}, 422, "not assessed"),
        ({"technology": "2G"}, 404, "no technology 2G"),
        ({"operator": "gamma"}, 404, "no operator gamma"),
        ({"lon": 108.05, "lat": 12.55}, 422, "0 m from the mast"),
        ({"lon": 107.89, "lat": 12.55, "cell": "{4G}"}, 422, "km"),
        ({"lon": 100.0, "lat": 12.0}, 404, "near enough"),
        ({"lon": 181}, 422, ""),
        ({"lat": "nan"}, 422, ""),
        ({"cell": ""}, 422, ""),
        ({"assessment_id": 999}, 404, ""),
        ({"cel": "1"}, 422, ""),
    ],
    ids=str,
)
def test_what_cannot_be_explained_says_why(
    service: Service, ids: dict[str, int], query: dict[str, Any], status: int, words: str
) -> None:
    filled = {name: value.format(**ids) if isinstance(value, str) else value for name, value in query.items()}
    answer = ask(service, **{**BEHIND, **filled})
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert words in problem["detail_en"]
    assert problem["detail_vi"] != problem["detail_en"]


@pytest.mark.parametrize("cell", ["{4G}", "{off}", "no-such-cell", "TRAM-SECRET-0"])
def test_everybody_gets_the_same_401_whatever_the_cell(service: Service, ids: dict[str, int], cell: str) -> None:
    answer = service.public.get(ADDRESS, params={**BEHIND, "cell": cell.format(**ids)})
    assert answer.status_code == 401
    assert answer.json() == service.public.get(ADDRESS, params={**BEHIND, "cell": "another"}).json()
    assert answer.json() == service.public.get(ADDRESS).json()
    wrong = service.public.get(ADDRESS, params=BEHIND, headers={"Authorization": "Bearer wrong"})
    assert wrong.status_code == 401


def test_the_page_shows_picture_and_tables_in_both_languages(service: Service, ids: dict[str, int]) -> None:
    for language, words in (("vi", "Vì sao có mức thu này"), ("en", "Why this level")):
        page = service.sites.get("/explain", params={**BEHIND, "lang": language})
        assert page.status_code == 200, page.text[:500]
        balance = Balance()
        balance.feed(page.text)
        assert balance.faults == []
        assert words in page.text
        assert page.text.count('role="img"') == 4
        assert 'style="' not in page.text
        assert "§4.3.1" in page.text
    comma = service.sites.get("/explain", params={"lon": "108,05", "lat": "12,58", "technology": "4G"})
    assert comma.text.count('role="img"') == 2


def test_the_page_tells_what_is_wrong_and_keeps_what_was_typed(service: Service, ids: dict[str, int]) -> None:
    page = service.sites.get("/explain", params={"lon": "east", "lat": "12.5", "lang": "en"})
    assert page.status_code == 422
    assert "is not a number of degrees" in page.text
    assert 'value="east"' in page.text
    gone = service.sites.get("/explain", params={**BEHIND, "cell": '"><script>', "lang": "en"})
    assert gone.status_code == 404
    assert "<script>" not in gone.text.replace('<script nonce="', "")
    assert service.sites.get("/explain").status_code == 200


def test_a_village_leads_to_its_explanation_with_the_token_only(service: Service, ids: dict[str, int]) -> None:
    page = service.sites.get("/villages/1").text
    address = re.search(r'href="(/explain[^"]+)"', page)
    assert address is not None
    assert service.sites.get(address.group(1).replace("&amp;", "&")).status_code == 200
    assert "/explain" not in service.public.get("/villages/1").text


def test_everybody_is_led_to_sign_in_and_back(service: Service) -> None:
    answer = service.public.get("/explain?lon=108.05&lat=12.58", follow_redirects=False)
    assert answer.headers["location"] == "/sign-in?next=%2Fexplain%3Flon%3D108.05%26lat%3D12.58"
    shown = service.public.get(answer.headers["location"]).text
    assert 'value="/explain?lon=108.05&amp;lat=12.58"' in shown
    assert all(secret not in shown for secret in SECRETS)


def test_the_picture_is_a_file_of_its_own(service: Service, ids: dict[str, int]) -> None:
    answer = service.sites.get("/explain/profile.svg", params={**BEHIND, "cell": str(ids["5G"]), "lang": "en"})
    assert answer.headers["content-type"].startswith("image/svg+xml")
    root = ET.fromstring(answer.content)
    text = " ".join(root.itertext())
    assert "SS-RSRP" in text
    assert "illustrative data" in text
    assert not re.search(r"\b(?:script|style|href)\b", answer.text)


@pytest.fixture
def phusong(service: Service, module_database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(module_database, monkeypatch)


def test_the_command_prints_the_same_document_and_writes_pictures(
    phusong: Run, service: Service, ids: dict[str, int], tmp_path: Path
) -> None:
    place = ("--lon", "108.05", "--lat", "12.58")
    out = tmp_path / "pictures" / "profile.svg"
    outcome = phusong("radio", "explain", *place, "--json", "--out", str(out))
    assert outcome.code == 0, outcome.err
    document = outcome.document
    assert document.pop("files") == [str(out.with_stem(f"profile-{name}")) for name in ("4G", "5G")]
    assert document == json.loads(ask(service, **BEHIND).text)
    assert ET.parse(out.with_stem("profile-4G")).getroot().tag.endswith("svg")
    one = phusong("radio", "explain", *place, "--technology", "4G", "--out", str(out), "--language", "en")
    assert out.is_file()
    assert "Bullington edge over the terrain" in one.out
    assert "Level at the position" in one.out
    assert "Mép Bullington trên địa hình" in phusong("radio", "explain", *place, "--cell", str(ids["4G"])).out


@pytest.mark.parametrize(
    "more", [["--out", "profile.png"], ["--cell", "none"], ["--lon", "nan"], ["--assessment", "999"]], ids=str
)
def test_the_command_refuses_without_a_traceback(phusong: Run, ids: dict[str, int], more: list[str]) -> None:
    outcome = phusong("radio", "explain", "--lon", "108.05", "--lat", "12.58", *more)
    assert outcome.code == 2, outcome.err
    assert "Traceback" not in outcome.err
    assert "Lỗi:" in outcome.err


def test_the_example_of_the_description_has_every_field() -> None:
    from api.example_explain import EXPLANATIONS

    assert isinstance(EXPLANATIONS.items[0], PointExplanation)
    assert EXPLANATIONS.items[0].budget[-1].value == EXPLANATIONS.items[0].level_dbm
