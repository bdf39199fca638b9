"""Whatever is asked, the answer is one that the description of the API promises: no 500, no undescribed shape."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from api.app import create_app
from geo.settings import Settings
from tests.api.conftest import Service

EXAMPLES = 20

# What people and programs send by mistake or in malice.
ODD = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["", " ", "null", "-1", "0", "1e400", "nan", "inf", "9" * 30, "%", "'", "\x00", "../..", "ế", "true"]
    ),
    st.integers().map(str),
    st.floats().map(str),
)


def _operations() -> dict[str, dict[str, Any]]:
    description = create_app(Settings()).openapi()
    return {
        path: methods["get"]
        for path, methods in description["paths"].items()
        if "get" in methods and path.startswith(("/api/", "/healthz", "/readyz"))
    }


def _values(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    """Values that fit the schema of a parameter."""
    kinds = [part for part in schema.get("anyOf", [schema]) if part.get("type") != "null"]
    return st.one_of([_fitting(kind) for kind in kinds])


def _fitting(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    if "enum" in schema:
        return st.sampled_from([str(value) for value in schema["enum"]])
    if "const" in schema:
        return st.just(str(schema["const"]))
    if "pattern" in schema:
        return st.from_regex(schema["pattern"], fullmatch=True)
    low, high = schema.get("minimum", -1000), schema.get("maximum", schema.get("exclusiveMaximum", 1000))
    if schema.get("type") == "integer":
        return st.integers(int(low), int(high)).map(str)
    if schema.get("type") == "number":
        return st.floats(float(low), float(high)).map(str)
    if schema.get("format") == "date":
        return st.dates().map(str)
    return st.text(max_size=30)


@st.composite
def _request(draw: st.DrawFn, path: str, operation: dict[str, Any]) -> tuple[str, dict[str, str]]:
    query: dict[str, str] = {}
    for parameter in operation.get("parameters", []):
        fitting = _values(parameter["schema"])
        value = draw(st.one_of(fitting, fitting, ODD))
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", quote(value, safe="") or "x")
        elif parameter["in"] == "query" and (parameter.get("required") or draw(st.booleans())):
            query[parameter["name"]] = value
    if draw(st.integers(0, 9)) == 0:
        query[draw(st.text(min_size=1, max_size=5))] = "x"
    return path, query


OPERATIONS = _operations()


@pytest.mark.parametrize("path", sorted(OPERATIONS))
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_an_answer_is_always_one_of_the_promised_ones(service: Service, path: str, data: st.DataObject) -> None:
    operation = OPERATIONS[path]
    address, query = data.draw(_request(path, operation))
    client = service.sites if data.draw(st.booleans()) else service.public
    answer = client.get(address, params=query)
    described = operation["responses"].get(str(answer.status_code))
    # An address that no longer fits its template is simply not there.
    assert described is not None or answer.status_code in {401, 404, 405}, (answer.status_code, answer.text)
    media_type = answer.headers.get("content-type", "").partition(";")[0]
    if answer.status_code >= 400:
        assert media_type == ("application/json" if path == "/readyz" else "application/problem+json")
    if described is None or not media_type.endswith("json"):
        return
    schema = described.get("content", {}).get(media_type, {}).get("schema")
    if schema is not None:
        validator = Draft202012Validator({**schema, "components": service.app.openapi()["components"]})
        assert [error.message for error in validator.iter_errors(answer.json())] == []
