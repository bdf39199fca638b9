"""The shipped targets: complete, sourced, quoted word for word, and with their conflicts on both sides."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from geo.domain.targets import Comparison, TargetKind
from geo.errors import NotFoundError, ParameterError
from geo.parameters.schema import Source
from geo.parameters.targets_schema import TargetBook, load_targets

BOOK = load_targets()
SHARED = Path(os.environ.get("PHUSONG_SHARED", Path(__file__).parents[3] / "shared"))
WANTED = [
    *(f"A{number}" for number in range(1, 18)),
    *(f"B{number}" for number in (1, 2, 3, 5, 6, 8, 9, 10, 11)),
    *(f"C{number}" for number in range(1, 5)),
    "E1",
]  # fmt: skip
DECLARED = {"A8", "A9", "A10", "A11", "A14", "A15", "A16", "A17", "B5", "B6", "B10", "B11", "C4"}


def sources(book: TargetBook) -> Iterator[tuple[str, Source]]:
    for target in book.targets:
        for number, source in enumerate((target.source, *target.also_in)):
            yield f"{target.id}-{number}", source
    for conflict in book.conflicts:
        if conflict.source is not None:
            yield "-".join(conflict.targets), conflict.source


def one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def test_every_target_is_there_once() -> None:
    assert [target.id for target in BOOK.targets] == WANTED
    assert {target.id for target in BOOK.targets if target.kind is TargetKind.DECLARED} == DECLARED


@pytest.mark.parametrize(("name", "source"), list(sources(BOOK)), ids=[name for name, _ in sources(BOOK)])
def test_quotes_stand_in_the_documents(name: str, source: Source) -> None:
    assert source.file, f"{name} names no file"
    assert source.quote, f"{name} quotes nothing"
    if not (SHARED / "seeds").is_dir():
        pytest.skip("the documents of the province (shared/seeds) are not on this machine")
    text = one_line((SHARED / "seeds" / source.file).read_text(encoding="utf-8"))
    assert one_line(source.quote) in text


@pytest.mark.parametrize(
    ("target", "values"),
    [
        ("B1", [(60.0, 2025), (100.0, 2030)]),
        ("B2", [(50.0, 2035), (80.0, 2040), (100.0, 2045)]),
        ("B3", [(60.0, 2025), (100.0, 2030)]),
        ("B5", [(40.0, 2025), (70.0, 2030), (90.0, 2035), (100.0, 2040), (100.0, 2045)]),
        ("B6", [(10.0, 2030), (20.0, 2035), (30.0, 2040), (40.0, 2045)]),
        ("A13", [(99.0, 2030)]),
        ("C2", [(100.0, 2026)]),
        ("E1", [(0.0, 2030)]),
        ("A15", [(4.0, 2030)]),
    ],
)
def test_dated_values(target: str, values: list[tuple[float, int]]) -> None:
    found = BOOK.target(target).milestones
    assert [(entry.value, entry.deadline.year if entry.deadline else None) for entry in found] == values


def test_more_than_is_not_at_least() -> None:
    assert BOOK.target("A10").milestones[0].comparison is Comparison.MORE_THAN
    assert BOOK.target("A16").milestones[0].comparison is Comparison.MORE_THAN
    assert BOOK.target("E1").milestones[0].comparison is Comparison.AT_MOST


def test_conflicts_are_seen_from_both_sides() -> None:
    pairs = {frozenset(conflict.targets) for conflict in BOOK.conflicts}
    assert {
        frozenset(pair) for pair in ({"A13", "B1"}, {"A2", "C3"}, {"C2", "E1"}, {"A12", "B3"}, {"A3", "B3"})
    } <= pairs
    assert {frozenset(pair) for pair in ({"A7", "B1"}, {"A7", "B8"}, {"A10", "B6"}, {"A16", "B6"})} <= pairs
    assert BOOK.conflicts_of("B1") == tuple(item for item in BOOK.conflicts if "B1" in item.targets)
    assert len(BOOK.conflicts_of("E1")) == 2


def test_readings_of_an_unstated_denominator_stand_side_by_side() -> None:
    readings = {reading.id for reading in BOOK.target("B1").readings}
    assert readings == {"population", "settled_area", "area", "communes_with_service", "communes_fully_covered"}
    assert {reading.id for reading in BOOK.target("A3").readings} == {"offer", "measured"}


def test_what_is_inferred_says_so() -> None:
    assert BOOK.target("C2").milestones[0].status == "unverified"
    assert BOOK.target("E1").source.status == "unverified"
    assert BOOK.target("B1").denominator.status == "unverified"
    assert BOOK.target("A1").source.issued_on is None
    assert BOOK.target("A1").source.issued_between is not None


def test_unknown_target_is_named() -> None:
    with pytest.raises(NotFoundError, match="Z9"):
        BOOK.target("Z9")


OWN = """
version: "1"
title: {vi: Riêng, en: Own}
targets:
  - id: Z1
    kind: declared
    indicator: {vi: Riêng, en: Own}
    unit: percent
    milestones: [{value: 5, comparison: at_least, deadline: 2027-12-31, status: verified}]
    source: {document: Kế hoạch, clause: I, status: verified}
    denominator: {kind: none, name: {vi: Không, en: None}, status: verified}
    readings: [{id: declared, name: {vi: Kê khai, en: Declared}, missing: {vi: Nhập tay, en: Entered}}]
    scope: {vi: Tỉnh, en: Province}
"""


def write_own(folder: Path, text: str) -> Path:
    (folder / "targets").mkdir()
    (folder / "targets/own.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_province_adds_its_own_targets(tmp_path: Path) -> None:
    book = load_targets(parameters_dir=write_own(tmp_path, OWN))
    assert book.target("Z1").milestones[0].value == 5.0
    assert book.version != BOOK.version


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("id: Z1", "id: A1", "already in another file"),
        ("value: 5", "value: null", "comparison"),
        ("missing: {vi: Nhập tay, en: Entered}", "beside: true", "metric or the reason"),
        ("kind: declared\n", "kind: guessed\n", "kind"),
    ],
)
def test_wrong_targets_are_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        load_targets(parameters_dir=write_own(tmp_path, OWN.replace(old, new, 1)))
