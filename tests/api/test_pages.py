"""Pages over the small province: languages, access, forms, errors and empty states."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from api.pages.overview import worst_of
from geo.parameters.coverage_rule import NAME
from geo.parameters.loader import load_parameters
from geo.store.session import session_scope
from geo.workflows.answers.coverage import list_coverage
from tests.api.conftest import TOKEN, Service
from tests.api.sample import SECRETS
from tests.maps.vendor import place_vendor_files

PAGES = ("/", "/map", "/villages", "/targets", "/imports", "/about", "/sign-in")
VOID = {"meta", "link", "br", "img", "input", "hr", "rect", "path", "circle"}
# The operators are named in public figures of the assessment; everything else about them is not.
HIDDEN = tuple(word for word in SECRETS if word not in ("alpha", "beta"))


class Balance(HTMLParser):
    """Checks that every element that is opened is closed, in order, and that no id is used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: set[str] = set()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        identifier = dict(attrs).get("id")
        if identifier in self.ids:
            self.faults.append(f"id {identifier} twice")
        if identifier:
            self.ids.add(identifier)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")


@pytest.fixture(scope="module", autouse=True)
def _browser_files(service: Service) -> None:
    """The npm files that `./run` copies, or stand-ins where npm was not run."""
    place_vendor_files(service.settings.home_path / "static")


@pytest.fixture(autouse=True)
def _as_new_visitors(service: Service) -> None:
    """Every test starts without cookies."""
    service.public.cookies.clear()
    service.sites.cookies.clear()


@pytest.mark.parametrize("path", [*PAGES, "/villages/1", "/villages?state=not_covered&technology=4G&name=h&page=9"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_pages_answer_in_both_languages(service: Service, path: str, language: str) -> None:
    joint = "&" if "?" in path else "?"
    response = service.public.get(f"{path}{joint}lang={language}")
    assert response.status_code == 200
    assert f'<html lang="{language}">' in response.text
    assert ("Số liệu minh họa" if language == "vi" else "Illustrative data") in response.text
    balance = Balance()
    balance.feed(response.text)
    balance.close()
    assert balance.faults == []
    assert balance.open == []


def test_vietnamese_is_the_default_whatever_the_browser_prefers(service: Service) -> None:
    assert '<html lang="vi">' in service.public.get("/", headers={"Accept-Language": "en"}).text
    service.public.get("/?lang=en")
    assert '<html lang="en">' in service.public.get("/about").text


@pytest.mark.parametrize("path", PAGES)
def test_pages_ask_no_other_server(service: Service, path: str) -> None:
    response = service.public.get(path)
    addresses = re.findall(r"""<(?:script|link|img|form)\b[^>]*?(?:src|href|action)=["']([^"']*)""", response.text)
    assert addresses
    assert all(address.startswith(("/", "data:")) and not address.startswith("//") for address in addresses)
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    scripts = re.findall(r"<script>(.*?)</script>", response.text, re.DOTALL)
    assert len(scripts) == (path == "/map")
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    assert re.findall(r"'sha256-([^']+)'", policy) == digests


@pytest.mark.parametrize("path", [*PAGES, "/villages/1", "/villages/2"])
def test_public_pages_hold_nothing_about_sites(service: Service, path: str) -> None:
    text = service.public.get(path).text
    assert [word for word in HIDDEN if word in text] == []


def test_map_shows_sites_to_those_with_the_token_only(service: Service) -> None:
    assert "TRAM-SECRET-0" in service.sites.get("/map").text
    # The privileged page that was just made is not given to anybody else.
    assert "TRAM-SECRET-0" not in service.public.get("/map").text


def test_map_leads_to_explanations_with_the_token_only(service: Service) -> None:
    assert "/explain?lon={lon}" in service.sites.get("/map").text
    assert "/explain?lon=" not in service.public.get("/map").text


def test_the_banner_does_not_list_every_kind(service: Service) -> None:
    assert "(tất cả dữ liệu)" in service.public.get("/").text
    assert "(all data)" in service.public.get("/?lang=en").text


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("vi", ("Ngoài trời (-105\u00a0dBm)", "Độ cao máy thu so với mặt đất (1,5\u00a0m)")),
        ("en", ("Outdoors (-105\u00a0dBm)", "Height of the receiver above ground (1.5\u00a0m)")),
    ],
)
def test_unverified_values_are_named_for_people(service: Service, language: str, names: tuple[str, ...]) -> None:
    text = service.public.get(f"/about?lang={language}").text
    assert [name for name in names if name not in text] == []
    for key in load_parameters(NAME).unverified():
        assert key not in text or "." not in key


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("vi", ("90 % số trường hợp", "Sai số riêng của một điểm: 5–9 dB", "Chưa dùng bộ hiệu chỉnh nào")),
        ("en", ("90\u00a0% of cases", "Error of one place: 5–9 dB", "No calibration is in use")),
    ],
)
def test_the_about_page_says_how_wrong_the_model_is_taken_to_be(
    service: Service, language: str, said: tuple[str, ...]
) -> None:
    text = html.unescape(service.public.get(f"/about?lang={language}").text)
    assert [words for words in said if words not in text] == []
    # Six kinds of errors, none of them confirmed, beside the values of the rule.
    errors = text.partition("5–9 dB")
    assert all('class="mark-unverified"' in part for part in (errors[0], errors[2]))


def test_sources_and_licences_stand_on_the_about_page(service: Service) -> None:
    assert "chưa ghi nguồn và giấy phép" in service.public.get("/about").text


def test_static_files_are_given_and_nothing_else(service: Service) -> None:
    sheet = re.search(r'href="(/static/site\.css\?v=\w+)"', service.public.get("/about").text)
    assert sheet
    response = service.public.get(sheet.group(1))
    assert response.status_code == 200
    assert "immutable" in response.headers["cache-control"]
    assert response.headers["content-type"].startswith("text/css")
    for name in ("..%2f..%2fpyproject.toml", "vendor/..%2f..%2fsecrets%2ftoken", "none.js"):
        assert service.public.get(f"/static/{name}").status_code == 404


def test_village_filters(service: Service) -> None:
    found = service.public.get("/villages", params={"technology": "4G", "state": "covered"}).text
    assert "Buôn A" in found
    assert "HYPERLINK" not in found
    assert "/api/v1/villages?state=covered&amp;technology=4G&amp;format=csv" in found
    nothing = service.public.get("/villages", params={"name": "<script>alert(1)</script>"}).text
    assert "<script>alert(1)" not in nothing
    assert "Không có thôn, buôn nào phù hợp" in nothing
    assert "Operator alpha" not in found
    assert "Operator alpha" in service.sites.get("/villages").text


@pytest.mark.parametrize("path", ["/villages/999999", "/imports/999999"])
def test_errors_are_pages(service: Service, path: str) -> None:
    response = service.sites.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"].startswith("text/html")
    assert "Không thực hiện được" in response.text


BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/villages/99999999999999999999", 422),
        ("/villages/abc", 422),
        ("/villages?name=%00", 422),
        ("/villages?commune=a%00", 422),
        ("/imports/abc", 422),
        ("/imports?page=99999999999999999999", 422),
        ("/imports?page=-1", 422),
        ("/villages?page=-1", 422),
        ("/villages?page=0", 422),
        ("/villages?state=zz", 422),
        ("/villages?technology=9G", 422),
        ("/villages?operator=nobody", 422),
        ("/targets?state=zz", 422),
        ("/nothing-here", 404),
        ("/static/nothing-here.js", 404),
        ("/static/map.js%00.css", 404),
    ],
)
def test_odd_addresses_are_told_so(service: Service, path: str, status: int) -> None:
    response = service.sites.get(path, headers=BROWSER)
    assert response.status_code == status
    is_page = not path.startswith("/static/")
    assert response.headers["content-type"].startswith("text/html" if is_page else "application/problem+json")
    assert "Traceback" not in response.text


def test_an_unknown_choice_is_said_with_the_known_ones(service: Service) -> None:
    for query, words in (
        ("state=zz", "“zz” is not one of the choices here: not_covered, partly_covered, covered, no_data."),
        ("technology=9G", "“9G” is not one of the choices here: 4G"),
        ("page=-1", "“-1” is not a page: pages are numbered from 1."),
    ):
        assert words in service.public.get(f"/villages?lang=en&{query}", headers=BROWSER).text
    assert service.public.get("/villages?state=&technology=&page=", headers=BROWSER).status_code == 200
    assert service.public.get("/villages?operator=alpha", headers=BROWSER).status_code == 403
    assert service.public.get("/targets?state=declared", headers=BROWSER).status_code == 200


def test_what_an_answer_depends_on_is_named_once(service: Service) -> None:
    for path in ("/", "/villages", "/map", "/api/v1/villages", "/about"):
        for accepted in ("gzip", "identity"):
            varies = service.public.get(path, headers={"Accept-Encoding": accepted}).headers.get_list("vary")
            names = [name.strip().lower() for line in varies for name in line.split(",")]
            assert len(names) == len(set(names)), (path, names)
            assert "accept-encoding" in names


def test_programs_get_documents_about_unknown_addresses(service: Service) -> None:
    for path in ("/nothing-here", "/api/v1/nothing-here"):
        answer = service.public.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert service.public.get("/api/v1/nothing-here", headers=BROWSER).json()["code"] == "not_found"


def test_a_form_with_an_impossible_date_is_a_page(service: Service) -> None:
    response = service.sites.post(
        "/imports", data={"kind": "villages", "as_of": "2026-13-45"}, files={"files": ("a.csv", b"x")}
    )
    assert response.status_code == 422
    assert "Không thực hiện được" in response.text


@pytest.mark.parametrize("path", ["/", "/map", "/villages", "/imports"])
def test_a_wrong_token_on_a_page_is_refused_and_never_taken_for_public(service: Service, path: str) -> None:
    response = service.public.get(path, headers={"Authorization": "Bearer wrong"})
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/v1/coverage", "/static/favicon.svg", "/nothing-here"])
def test_head_answers_as_get_without_the_body(service: Service, path: str) -> None:
    got, asked = service.public.get(path), service.public.head(path)
    assert asked.status_code == got.status_code
    assert asked.content == b""
    assert asked.headers["content-type"] == got.headers["content-type"]


def test_sign_in_and_out(service: Service) -> None:
    client = service.public
    origin = {"Origin": "http://testserver"}
    wrong = client.post("/sign-in", data={"token": "wrong"}, headers=origin)
    assert wrong.status_code == 401
    assert "phusong_session" not in client.cookies
    right = client.post("/sign-in", data={"token": TOKEN, "next": "/imports"}, headers=origin, follow_redirects=False)
    assert right.status_code == 303
    assert right.headers["location"] == "/imports"
    cookie = right.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "Đăng xuất" in client.get("/imports").text
    client.post("/sign-out", headers=origin)
    assert "Đăng nhập" in client.get("/imports").text


@pytest.mark.parametrize("address", ["https://example.org/", "//example.org/", "/\\example.org", "javascript:alert(1)"])
def test_sign_in_never_leads_elsewhere(service: Service, address: str) -> None:
    response = service.public.post(
        "/sign-in",
        data={"token": TOKEN, "next": address},
        headers={"Origin": "http://testserver"},
        follow_redirects=False,
    )
    assert response.headers["location"] == "/"


def test_another_site_cannot_sign_in_or_hand_in(service: Service) -> None:
    for path in ("/sign-in", "/imports", "/sign-out"):
        response = service.public.post(path, data={"token": TOKEN}, headers={"Origin": "http://example.org"})
        assert response.status_code == 403


def test_an_ended_session_sees_public_pages(service: Service) -> None:
    service.public.cookies.set("phusong_session", "forged.value")
    response = service.public.get("/")
    assert response.status_code == 200
    assert "Đăng nhập" in response.text
    assert 'phusong_session=""' in response.headers["set-cookie"]


def test_imports_are_closed_without_the_token(service: Service) -> None:
    assert "tram" not in service.public.get("/imports").text.lower().replace("trạm", "")
    assert service.public.get("/imports/1", follow_redirects=False).headers["location"] == "/sign-in?next=/imports/1"
    refused = service.public.post(
        "/imports", data={"kind": "villages"}, files={"files": ("a.csv", b"x")}, headers={"Origin": "http://testserver"}
    )
    assert refused.status_code == 401


def test_a_file_with_errors_is_told_row_by_row(service: Service) -> None:
    rows = (
        "Mã thôn,Tên thôn,Mã xã,Kinh độ,Vĩ độ,Số hộ\nV1,<b>Buôn</b>,24133,abc,12.6,10\nV2,Buôn B,24133,108.1,12.6,-5\n"
    )
    response = service.sites.post(
        "/imports", data={"kind": "villages"}, files={"files": ("thôn.csv", rows.encode(), "text/csv")}
    )
    assert response.status_code == 422
    assert "Chưa lưu gì" in response.text
    assert "Kinh độ" in response.text
    assert "<b>Buôn" not in response.text


def test_a_file_with_headings_of_its_own_is_told_column_by_column(service: Service) -> None:
    rows = "Ký hiệu,Gọi là,Mã xã,Kinh độ,Vĩ độ\nV1,Buôn mới,24133,108.1,12.6\n"
    form = {"kind": "villages", "dry_run": "true"}
    files = {"files": ("thôn.csv", rows.encode(), "text/csv")}
    assert 'name="column_map"' in service.sites.get("/imports").text
    assert service.sites.post("/imports", data=form, files=files).status_code == 422
    told = {**form, "column_map": "Ký hiệu=village_code\n\nGọi là = village_name\n"}
    assert service.sites.post("/imports", data=told, files=files).status_code == 200
    refused = service.sites.post("/imports", data={**form, "column_map": "Ký hiệu"}, files=files)
    assert refused.status_code == 422
    assert "Không đúng dạng cột=trường: Ký hiệu" in refused.text


def test_without_population_communes_are_listed_by_villages(service: Service) -> None:
    words = ("Xã có nhiều người chưa có sóng nhất", "Xã có nhiều thôn, buôn chưa có sóng nhất")
    page = service.public.get("/").text
    assert [text in page for text in words] == [True, False]
    with session_scope(service.app.state.database.engine()) as session:
        row = list_coverage(session, by="commune", operator="any", technology="4G")[0]
    unknown = replace(row, population=None, share_population=None, share_population_not_covered=None)
    few, many, none = (
        replace(unknown, code=code, villages=villages, share_villages_not_covered=share)
        for code, villages, share in (("few", 10, 0.1), ("many", 4, 0.5), ("none", 4, 0.0))
    )
    worst = worst_of([few, none, many])
    assert worst.population_known is False
    assert [row.code for row in worst.rows] == ["many", "few"]


def test_empty_service_says_what_to_do(empty_service: TestClient) -> None:
    for path in ("/", "/villages", "/targets"):
        response = empty_service.get(path)
        assert response.status_code == 200
        assert "phusong assess" in response.text
    assert empty_service.get("/map").status_code in (200, 503)
    assert empty_service.get("/about").status_code == 200
