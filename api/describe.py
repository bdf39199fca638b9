"""Parts of the OpenAPI description that all addresses share: media types, examples, problem documents."""

from __future__ import annotations

import json
from typing import Any

from api.errors import PROBLEM_MEDIA_TYPE
from api.examples import ANSWERS, PROBLEMS
from api.parameters import MEDIA_TYPES, Format
from api.schemas import Problem

Responses = dict[int | str, dict[str, Any]]

# The framework leaves nulls out of examples, so they are named here and put in at the end (`api.openapi`).
EXAMPLE_NAME = "example_name"

_DESCRIPTIONS: dict[int, str] = {
    401: "A token is needed, or the one sent does not hold",
    403: "The viewer may not see this",
    404: "There is no such thing",
    406: "No representation that the client accepts",
    409: "The state of the data does not allow it, or too much would be gone",
    413: "Too much data was sent",
    422: "A parameter or a file is wrong",
    429: "Too many requests",
    503: "The database or an assessment is missing",
}


def named_example(name: str) -> dict[str, Any]:
    """Stand for an example until the description is finished."""
    return {"example": {EXAMPLE_NAME: name}}


def example_of(mark: dict[str, Any]) -> Any:
    """Return the example that `named_example` stands for."""
    name = mark[EXAMPLE_NAME]
    example = PROBLEMS[int(name)] if name.isdigit() else ANSWERS[name]
    # As a reader gets it: tuples are lists.
    return json.loads(json.dumps(example))


def answers(name: str, *formats: Format, problems: tuple[int, ...] = (422, 503)) -> Responses:
    """Describe the answers of an address: its 200 with an example in each format, 304, and its problems."""
    content: dict[str, Any] = {}
    for form in formats or ("json",):
        media_type = MEDIA_TYPES[form]
        if form == "json":
            content[media_type] = named_example(name)
        elif form == "geojson":
            content[media_type] = named_example(f"{name}.geojson")
        elif form == "csv":
            content[media_type] = {"schema": {"type": "string"}}
        else:
            content[media_type] = {"schema": {"type": "string", "format": "binary"}}
    found: Responses = {200: {"content": content}, 304: {"description": "Unchanged since the `ETag` sent"}}
    return {**found, **problem_answers(*problems)}


def problem_answers(*statuses: int) -> Responses:
    """Describe problem documents, each with an example."""
    return {
        status: {
            "description": _DESCRIPTIONS[status],
            "model": Problem,
            "content": {PROBLEM_MEDIA_TYPE: named_example(str(status))},
        }
        for status in sorted({*statuses})
    }
