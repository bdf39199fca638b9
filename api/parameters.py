"""Parameters that many addresses share, and the rule that an unknown one is an error."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlencode

from fastapi import Path, Query, Request, params
from fastapi.exceptions import RequestValidationError

from api.errors import InvalidRequestError, NotAcceptableError

MAX_ID = 2**63 - 1
MAX_LIMIT = 10_000
# Pages of a list, well below what the database can count to.
MAX_PAGE = 999_999
DEFAULT_LIMIT = 100

TechnologyName = Literal["2G", "3G", "4G", "5G"]
VillageStateName = Literal["covered", "partly_covered", "not_covered", "no_data"]
Format = Literal["json", "geojson", "csv", "xlsx"]
TierName = Literal["marginal", "outdoor", "vehicle", "indoor"]
KindName = Literal[
    "boundaries",
    "villages",
    "sites",
    "terrain",
    "landcover",
    "population",
    "fibre",
    "places",
    "roads",
    "measurements",
    "antennas",
]

TechnologyQuery = Annotated[TechnologyName | None, Query(description="Only this technology")]
OperatorQuery = Annotated[
    str | None,
    Query(pattern="^[a-z0-9_-]{1,40}$", description="Operator code, or `any`; another than `any` needs the token"),
]
CommuneQuery = Annotated[str | None, Query(pattern="^[0-9]{5}$", description="Only this commune (code, 5 digits)")]
AssessmentQuery = Annotated[
    int | None, Query(ge=1, le=MAX_ID, description="Number of the assessment; default the published one")
]
LimitQuery = Annotated[
    int | None,
    Query(
        ge=1,
        le=MAX_LIMIT,
        description=f"Rows at most: {DEFAULT_LIMIT} when absent, {MAX_LIMIT} for GeoJSON and for exports",
    ),
]
OffsetQuery = Annotated[int, Query(ge=0, le=10**9, description="Rows to leave out at the beginning")]
FormatQuery = Annotated[Format | None, Query(description="Takes the place of the `Accept` header")]
AsOfQuery = Annotated[dt.date | None, Query(description="Date (ISO 8601) the answer is about; default today")]
IdPath = Annotated[int, Path(ge=1, le=MAX_ID)]
UnitCodePath = Annotated[str, Path(pattern="^[0-9]{2,5}$", description="Code of a commune or of the province")]
TechnologyPath = Annotated[TechnologyName, Path(description="Technology")]

MEDIA_TYPES: dict[Format, str] = {
    "json": "application/json",
    "geojson": "application/geo+json",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


async def strict_parameters(request: Request) -> None:
    """Refuse parameters the address does not know: a typing mistake must not silently give everything.

    Raises:
        RequestValidationError: an unknown parameter, one given twice that takes one value, or one with a NUL.
    """
    known = known_parameters(request.scope["endpoint"])
    errors: list[dict[str, Any]] = []
    for name in dict.fromkeys(request.query_params.keys()):
        values = request.query_params.getlist(name)
        if name not in known:
            listed = ", ".join(sorted(known)) or "none"
            errors.append(_problem(name, "unknown_parameter", f"Unknown parameter; known here: {listed}"))
        elif len(values) > 1:
            errors.append(_problem(name, "repeated_parameter", "The parameter takes one value"))
        elif "\0" in values[0]:
            errors.append(_problem(name, "nul_character", "The value holds a NUL character"))
    if errors:
        raise RequestValidationError(errors)


async def strict_form(request: Request) -> None:
    """Refuse fields of a form that the address does not know: a mistyped `dry_run` must not store anything.

    Raises:
        RequestValidationError: an unknown field.
    """
    known = known_parameters(request.scope["endpoint"], kind=params.Form)
    listed = ", ".join(sorted(known))
    unknown = [name for name in dict.fromkeys(await request.form()) if name not in known]
    if unknown:
        reason = f"Unknown field; known here: {listed}"
        raise RequestValidationError([_problem(name, "unknown_parameter", reason, where="body") for name in unknown])


@cache
def known_parameters(endpoint: Callable[..., Any], *, kind: type[Any] = params.Query) -> frozenset[str]:
    """Return the names of the parameters that a route function declares with `Query` (or with `Form` and `File`)."""
    signature = inspect.signature(endpoint, eval_str=True)
    return frozenset(
        mark.alias or name
        for name, parameter in signature.parameters.items()
        for mark in get_args(parameter.annotation)[1:]
        if isinstance(mark, kind)
    )


def _problem(name: str, code: str, reason: str, *, where: str = "query") -> dict[str, Any]:
    return {"loc": (where, name), "type": code, "msg": reason}


def chosen_format(request: Request, asked: Format | None, *, offered: tuple[Format, ...]) -> Format:
    """Return the representation to send: `?format=`, else by `Accept`, the first one offered when it does not matter.

    Raises:
        InvalidRequestError: `format` names one that this address does not have.
        NotAcceptableError: `Accept` names none that this address has.
    """
    if asked is not None:
        if asked not in offered:
            raise InvalidRequestError(
                f"This address has no format {asked}; it has: {', '.join(offered)}.",
                f"Địa chỉ này không có định dạng {asked}; các định dạng có: {', '.join(offered)}.",
            )
        return asked
    accepted = _accepted(request.headers.get("accept", "*/*"))
    best = max(offered, key=lambda name: _quality(accepted, MEDIA_TYPES[name]))
    if _quality(accepted, MEDIA_TYPES[best]) <= 0:
        raise NotAcceptableError(
            f"This address has only: {', '.join(MEDIA_TYPES[name] for name in offered)}.",
            f"Địa chỉ này chỉ có: {', '.join(MEDIA_TYPES[name] for name in offered)}.",
        )
    return best


def _accepted(header: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in header.split(","):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                quality = float(value) if value.replace(".", "", 1).isdigit() else 0.0
        found[media.lower()] = quality
    return found


def _quality(accepted: dict[str, float], media_type: str) -> float:
    family = media_type.split("/")[0] + "/*"
    for name in (media_type, family, "*/*"):
        if name in accepted:
            return accepted[name]
    return 0.0


def page_links(request: Request, *, total: int, limit: int, offset: int) -> dict[str, str | None]:
    """Return the addresses of this page, the next and the previous one (relative to the host; None: there is none)."""

    def address(start: int) -> str:
        query = [(k, v) for k, v in request.query_params.multi_items() if k not in ("limit", "offset")]
        return f"{request.url.path}?{urlencode([*query, ('limit', limit), ('offset', start)])}"

    return {
        "self": address(offset),
        "next": address(offset + limit) if offset + limit < total else None,
        "prev": address(max(0, offset - limit)) if offset > 0 else None,
    }
