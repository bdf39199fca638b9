"""Documents of the API and of the command line: the envelope, then the rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from geo.errors import NoAssessmentError
from geo.workflows.answers.assessments import newest_assessment
from geo.workflows.answers.documents import SCHEMA_VERSION, envelope, to_feature, to_jsonable
from geo.workflows.answers.explain_rows import PointExplanations
from geo.workflows.answers.loaded import kind_is_illustrative
from geo.workflows.answers.rows import Page, PointAnswer

Links = Mapping[str, str | None]
# Members of the envelope that tell about an assessment, not about imported data.
_OF_ASSESSMENTS = (
    "illustrative_kinds",
    "calibration",
    "stale",
    "operators_without_list",
    "terrain",
    "cells_defaulted_share",
    "cells_left_out",
)


def assessment_envelope(session: Session, assessment_id: int | None) -> dict[str, Any]:
    """Return the envelope of an assessment (None: the published one)."""
    return envelope(newest_assessment(session, assessment_id=assessment_id))


def kind_envelope(session: Session, kind: str) -> dict[str, Any]:
    """Return the envelope of a document about the imported data of one kind."""
    return data_envelope(session, illustrative=kind_is_illustrative(session, kind))


def data_envelope(session: Session, *, illustrative: bool | None, kinds: Sequence[str] | None = None) -> dict[str, Any]:
    """Return the envelope of a document about imported data, which needs no assessment.

    `illustrative` tells about these data (None: there are none) and `kinds` which of them are; the versions are those
    of the published assessment, or null without one.
    """
    try:
        members = envelope(newest_assessment(session))
    except NoAssessmentError:
        members = {
            "schema_version": SCHEMA_VERSION,
            "as_of": None,
            "territory_version": None,
            "rule_version": None,
            "assessment_id": None,
        }
    about = dict.fromkeys(_OF_ASSESSMENTS) | {"illustrative_kinds": None if kinds is None else sorted(kinds)}
    return {**members, "illustrative": illustrative, **about}


def items(head: Mapping[str, Any], rows: Iterable[Any]) -> dict[str, Any]:
    """Return a whole list."""
    listed = [to_jsonable(row) for row in rows]
    return {**head, "count": len(listed), "items": listed}


def features(head: Mapping[str, Any], rows: Iterable[Any]) -> dict[str, Any]:
    """Return a GeoJSON FeatureCollection with the envelope as foreign members."""
    listed = [to_feature(row) for row in rows]
    return {"type": "FeatureCollection", **head, "count": len(listed), "features": listed}


def page(head: Mapping[str, Any], rows: Page[Any], links: Links, *, geojson: bool = False) -> dict[str, Any]:
    """Return one page of a list, as items or as GeoJSON."""
    position = {"total": rows.total, "limit": rows.limit, "offset": rows.offset, "links": dict(links)}
    return (features if geojson else items)({**head, **position}, rows.items)


def one(head: Mapping[str, Any], row: Any) -> dict[str, Any]:
    """Return a single thing."""
    return {**head, "item": to_jsonable(row)}


def point(head: Mapping[str, Any], answer: PointAnswer) -> dict[str, Any]:
    """Return the answer at a position: where it is, what it rests on, an item for each technology and operator."""
    return items({**head, **point_members(answer)}, answer.results)


def point_members(answer: PointAnswer) -> dict[str, Any]:
    """Return what a document about a position says before its items."""
    return {"lon": answer.lon, "lat": answer.lat, "commune_code": answer.commune_code, "basis": answer.basis}


def explanation(head: Mapping[str, Any], found: PointExplanations) -> dict[str, Any]:
    """Return why a position has its levels: where it is, and an item for each technology."""
    return items({**head, "lon": found.lon, "lat": found.lat}, found.items)
