"""The description of the API: complete, with examples, true, and the same as the published file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from api.app import create_app
from geo.settings import Settings

PUBLISHED = Path(__file__).resolve().parents[2] / "docs" / "reference" / "openapi.json"


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    return create_app(Settings()).openapi()


def operations(description: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
        if path.startswith(("/api/", "/healthz", "/readyz"))
    ]


def test_the_published_file_is_current(description: dict[str, Any]) -> None:
    assert PUBLISHED.exists(), "run: python -m api.export_openapi"
    assert json.loads(PUBLISHED.read_text("utf-8")) == json.loads(json.dumps(description)), (
        "run: python -m api.export_openapi"
    )


def test_every_operation_says_what_it_does_and_names_its_parameters(description: dict[str, Any]) -> None:
    for _, path, operation in operations(description):
        assert operation["summary"], path
        assert operation["description"], path
        for parameter in operation.get("parameters", []):
            assert parameter.get("description") or parameter["in"] == "path", (path, parameter["name"])


def test_every_answer_has_an_example_that_fits_its_schema(description: dict[str, Any]) -> None:
    checked = 0
    for method, path, operation in operations(description):
        for status, answer in operation["responses"].items():
            for media_type, content in answer.get("content", {}).items():
                if not media_type.endswith("json"):
                    continue
                assert content.get("example") is not None, (method, path, status, media_type)
                schema = content.get("schema")
                if schema:
                    validator = Draft202012Validator({**schema, "components": description["components"]})
                    errors = [
                        f"{list(error.absolute_path)}: {error.message}"
                        for error in validator.iter_errors(content["example"])
                    ]
                    assert errors == [], (method, path, status)
                    checked += 1
    assert checked > 40


def test_errors_are_described_as_problem_documents(description: dict[str, Any]) -> None:
    for method, path, operation in operations(description):
        for status, answer in operation["responses"].items():
            if status.startswith("4"):
                assert "application/problem+json" in answer["content"], (method, path, status)
