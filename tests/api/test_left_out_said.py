"""Cells that cannot be computed are told of with their reasons: on every page, in every document, under every table."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from api.cli.assess import REASONS_SHOWN, _tell_left_out
from api.headings import provenance_line
from geo.store.session import session_scope
from geo.store.tables import Assessment
from tests.api.conftest import Service
from tests.conftest import TestDatabase

REASON: dict[str, Any] = {
    "cells": 3,
    "en": "frequency_mhz = 25875 lies outside 30 to 6000.",
    "vi": "frequency_mhz = 25875 nằm ngoài.",
}


@pytest.fixture(scope="module", autouse=True)
def _left_out(service: Service, module_database: TestDatabase) -> None:
    with session_scope(module_database.app) as session:
        assessment = session.scalars(select(Assessment).where(Assessment.id == service.assessment_id)).one()
        provenance = {kind: dict(facts) for kind, facts in assessment.provenance.items()}
        provenance["sites"]["cells_left_out"] = [REASON]
        assessment.provenance = provenance


@pytest.mark.parametrize("page", ["/", "/villages", "/targets"])
def test_every_page_says_that_cells_are_left_out(service: Service, page: str) -> None:
    assert "3 cells on air cannot be computed" in service.public.get(f"{page}?lang=en").text
    assert "3 cell đang phát sóng không tính được" in service.public.get(f"{page}?lang=vi").text


def test_the_overview_says_why(service: Service) -> None:
    assert REASON["en"] in service.public.get("/?lang=en").text
    assert REASON["vi"] in service.public.get("/?lang=vi").text


@pytest.mark.parametrize(
    "path", ["/api/v1/coverage", "/api/v1/villages", "/api/v1/gaps?technology=4G", "/api/v1/targets"]
)
def test_every_document_counts_them(service: Service, path: str) -> None:
    document = service.public.get(path).json()
    assert document["cells_left_out"] == 3
    assert "3 cells left out" in provenance_line(document, "en")
    assert "3 cell không tính được" in provenance_line(document, "vi")


def test_documents_about_imported_data_do_not(service: Service) -> None:
    assert service.public.get("/api/v1/boundaries?geometry=false").json().get("cells_left_out") is None


def test_assess_tells_the_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    many: list[dict[str, Any]] = [REASON, *({**REASON, "en": f"reason {n}", "vi": f"lý do {n}"} for n in range(9))]
    _tell_left_out({"cells_left_out": 30, "provenance": {"sites": {"cells_left_out": many}}})
    said = capsys.readouterr().err
    assert "30 cells on air cannot be computed" in said
    assert REASON["en"] in said
    assert REASON["vi"] in said
    assert f"reason {REASONS_SHOWN - 2}" in said
    assert f"reason {REASONS_SHOWN - 1}" not in said
    assert "--json" in said
    _tell_left_out({"cells_left_out": 0, "provenance": {"sites": {}}})
    assert capsys.readouterr().err == ""
