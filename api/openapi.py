"""The OpenAPI description: what the framework makes of the routes, made true in the details it does not know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.describe import EXAMPLE_NAME, example_of
from api.errors import PROBLEM_MEDIA_TYPE
from api.parameters import MEDIA_TYPES

_DESCRIPTION = """
Coverage of mobile networks and fibre in a province: which villages have no signal, how large a share of area,
population, villages and households is covered, and where the targets stand.

Everybody gets figures over any operator, made on a 500 m grid. Sites, figures by operator, levels, imports and writing
need the token (`Authorization: Bearer …`). A wrong token is an error (401), never answered as if there were none.

Every document says what it comes from: `as_of`, `territory_version`, `rule_version`, `assessment_id`, and whether any
input is `illustrative` (số liệu minh họa). Shares lie in 0..1; coordinates are EPSG:4326 degrees. Every share is
published as covered + not covered + no data = 1. Errors are problem documents (RFC 9457) in Vietnamese and English.
Answers carry an `ETag`; an unknown parameter is an error (422).
""".strip()

_TOKEN = {"type": "http", "scheme": "bearer", "description": "The token of the service, for writing and site level"}
_JSON = "application/json"


def install_description(app: FastAPI) -> None:
    """Let `app.openapi()` give the finished description; it is made on first need."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _describe(app)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]


def _describe(app: FastAPI) -> dict[str, Any]:
    description = get_openapi(
        title=app.title, version=app.version, description=_DESCRIPTION, routes=app.routes, openapi_version="3.1.0"
    )
    components = description.setdefault("components", {})
    components["securitySchemes"] = {"token": _TOKEN}
    for operation in _operations(description):
        # Every answer may be asked for with the token; where it must be, 401 is described.
        operation["security"] = [{"token": []}] if "401" in operation["responses"] else [{}, {"token": []}]
        for status, answer in operation["responses"].items():
            if "content" in answer:
                answer["content"] = _content(answer["content"], is_problem=int(status) >= 400)
                _put_examples(answer["content"])
    # The framework's own error shape, which no answer has.
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    return description


def _operations(description: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in description["paths"].values():
        yield from methods.values()


def _put_examples(content: dict[str, Any]) -> None:
    for representation in content.values():
        mark = representation.get("example")
        if isinstance(mark, dict) and EXAMPLE_NAME in mark:
            representation["example"] = example_of(mark)


def _content(content: dict[str, Any], *, is_problem: bool) -> dict[str, Any]:
    """Put the schema, which the framework files under JSON, where the representation really is."""
    if is_problem and PROBLEM_MEDIA_TYPE in content:
        schema = content.pop(_JSON, {}).get("schema", {})
        return {**content, PROBLEM_MEDIA_TYPE: {"schema": schema, **content[PROBLEM_MEDIA_TYPE]}}
    geojson = MEDIA_TYPES["geojson"]
    if geojson in content and "example" not in content.get(_JSON, {}):
        return {geojson: {**content.pop(_JSON, {}), **content[geojson]}}
    if geojson in content:
        page = {"$ref": "#/components/schemas/FeatureCollectionPage"}
        return {**content, geojson: {"schema": page, **content[geojson]}}
    return content
