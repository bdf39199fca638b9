"""Parts of the OpenAPI description that all addresses share: media types, examples, problem documents."""

from __future__ import annotations

from typing import Any

from api.errors import PROBLEM_MEDIA_TYPE
from api.examples import ANSWERS, PROBLEMS
from api.parameters import MEDIA_TYPES, Format
from api.schemas import Problem

Responses = dict[int | str, dict[str, Any]]

_DESCRIPTIONS: dict[int, str] = {
    401: "A token is needed, or the one sent does not hold",
    403: "The viewer may not see this",
    404: "There is no such thing",
    406: "No representation that the client accepts",
    413: "Too much data was sent",
    422: "A parameter or a file is wrong",
    429: "Too many requests",
    503: "The database or an assessment is missing",
}


def answers(
    name: str, *formats: Format, problems: tuple[int, ...] = (422, 503), geojson: str | None = None
) -> Responses:
    """Describe the answers of an address: its 200 with an example in each format, 304, and its problems."""
    content: dict[str, Any] = {}
    for form in formats or ("json",):
        example = ANSWERS.get(geojson or f"{name}.geojson") if form == "geojson" else ANSWERS.get(name)
        media_type = MEDIA_TYPES[form]
        if form in ("json", "geojson"):
            content[media_type] = {"example": example}
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
            "content": {PROBLEM_MEDIA_TYPE: {"example": PROBLEMS[status]}},
        }
        for status in sorted({*statuses})
    }
