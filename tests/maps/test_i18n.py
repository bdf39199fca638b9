"""Both languages are complete, numbers and dates read as in Vietnam, and no visible text hides in a template."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from maps import palette
from maps.documents import map_document
from maps.i18n import (
    catalogue_path,
    format_chance,
    format_date,
    format_datetime,
    format_number,
    format_share,
    short_version,
    translate,
)
from tests.maps import samples

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted([*(ROOT / "maps/templates").glob("*.html"), *(ROOT / "api/pages/templates").glob("*.html")])
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
# Names and units that are the same in every language.
SAME_EVERYWHERE = (
    "phusong demo load",
    "phusong assess",
    "phusong",
    "SHA-256",
    "OpenAPI",
    "ITU-R",
    "dBm",
    "Mb/s",
    "km",
    "nbsp",
)


def message_ids() -> set[str]:
    found = set()
    for folder in ("maps", "api/pages"):
        for _, _, message, _, _ in extract_from_dir(ROOT / folder, METHODS, keywords=KEYWORDS):
            found.add(message if isinstance(message, str) else message[0])
    return found


@pytest.fixture(scope="module")
def vietnamese() -> Catalog:
    with catalogue_path("vi").open("rb") as source:
        return read_po(source, locale="vi")


def test_every_message_is_translated_and_none_is_left_over(vietnamese: Catalog) -> None:
    known = {message.id if isinstance(message.id, str) else message.id[0] for message in vietnamese if message.id}
    used = message_ids()
    assert used - known == set()
    assert known - used == set()
    empty = [message.id for message in vietnamese if message.id and not message.string]
    assert empty == []
    assert not any(message.fuzzy for message in vietnamese if message.id)


def test_translations_keep_their_placeholders(vietnamese: Catalog) -> None:
    pattern = re.compile(r"%\((\w+)\)s|\{(\w+)\}")
    for message in vietnamese:
        if isinstance(message.id, str) and message.id and isinstance(message.string, str):
            assert sorted(pattern.findall(message.id)) == sorted(pattern.findall(message.string)), message.id


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_text_of_their_own(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    text = text.replace("{% block body_class %}with-map{% endblock %}", "")
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", text, flags=re.DOTALL)
    text = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", text, flags=re.DOTALL)
    text = re.sub(r"<!DOCTYPE[^>]*>|<[^>]*>", " ", text, flags=re.DOTALL)
    # The label of illustrative data stands in both languages on purpose.
    text = text.replace("illustrative data", " ").replace("số liệu minh họa", " ")
    for known in SAME_EVERYWHERE:
        text = text.replace(known, " ")
    assert re.findall(r"[^\W\d_]{2,}", text) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_style_nothing_inline(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=|\son[a-z]+\s*=", text)


def test_numbers_and_dates() -> None:
    assert format_number(1_234_567.5, "vi", digits=1) == "1.234.567,5"
    assert format_number(1_234_567.5, "en", digits=1) == "1,234,567.5"
    assert format_number(None, "vi") == "–"
    assert [format_number(value, "vi", digits=2) for value in (-0.004, -0.0, 0.004, -0.006)] == [
        "0,00",
        "0,00",
        "0,00",
        "-0,01",
    ]
    assert (format_number(-0.4, "en"), format_number(-0.6, "en")) == ("0", "-1")
    assert format_date(dt.date(2026, 7, 1), "vi") == "01/07/2026"
    assert format_date(dt.date(2026, 7, 1), "en") == "1 Jul 2026"
    moment = dt.datetime(2026, 7, 1, 17, 30, tzinfo=dt.UTC)
    assert format_datetime(moment, "vi", zone=dt.timezone(dt.timedelta(hours=7))) == "00:30 02/07/2026"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "–"),
        (0.0, "0\u00a0%"),
        (0.00001, "0,1\u00a0%"),
        (0.987, "98,7\u00a0%"),
        (0.9999, "99,9\u00a0%"),
        (1.0, "100\u00a0%"),
    ],
)
def test_shares_are_never_rounded_to_all_or_nothing(share: float | None, text: str) -> None:
    assert format_share(share, "vi") == text


def test_state_words_are_those_of_the_field() -> None:
    words = {"Not covered": "Trắng sóng", "Partly covered": "Lõm sóng", "Covered": "Phủ sóng"}
    assert all(translate(message, "vi") == word for message, word in words.items())


def test_sheet_and_palette_have_the_same_colours() -> None:
    sheet = (ROOT / "maps/static/site.css").read_text(encoding="utf-8")
    for name, state in (("covered", "covered"), ("partly", "partly_covered"), ("not-covered", "not_covered")):
        assert f"--{name}: {palette.STATE_STYLES[state].fill};" in sheet
    assert f"--no-data: {palette.NO_DATA_FILL};" in sheet
    assert f"--no-data-ink: {palette.NO_DATA_INK};" in sheet


def test_text_colours_of_the_sheet_read_on_its_grounds() -> None:
    sheet = (ROOT / "maps/static/site.css").read_text(encoding="utf-8")
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", sheet))
    colours = {
        name: value if len(value) == 7 else "#" + "".join(2 * c for c in value[1:]) for name, value in found.items()
    }
    for text in ("ink", "muted", "link"):
        for ground in ("paper", "ground"):
            assert palette.contrast_ratio(colours[text], colours[ground]) >= 4.5
    assert palette.contrast_ratio(colours["brand-ink"], colours["brand"]) >= 4.5
    assert palette.contrast_ratio("#3a2a00", "#ffe08a") >= 4.5


def test_versions_are_words_for_people() -> None:
    assert short_version("rules/coverage@1.0+51bd10c2 rules/gaps@1.0+1a480ac0") == "coverage 1.0, gaps 1.0"
    assert short_version("2025-07-01/102+c224d29f") == "2025-07-01/102"


@pytest.mark.parametrize(("language", "word", "other"), [("vi", "Vùng không có sóng", "Coverage gap")])
def test_the_legend_has_the_words_of_both_languages(language: str, word: str, other: str) -> None:
    document = map_document(samples.content(), language=language)
    assert (document["labels"]["gap"], document["otherLabels"]["gap"]) == (word, other)
    assert set(document["otherLabels"]) <= set(document["labels"])


@pytest.mark.parametrize(
    ("chance", "text"),
    [
        (None, "–"),
        (0.0, "< 1\u00a0%"),
        (0.0049, "< 1\u00a0%"),
        (0.01, "1\u00a0%"),
        (0.503, "50\u00a0%"),
        (0.99, "99\u00a0%"),
        (0.9951, "> 99\u00a0%"),
        (1.0, "> 99\u00a0%"),
    ],
)
def test_a_chance_is_never_certain(chance: float | None, text: str) -> None:
    assert format_chance(chance, "en") == text
