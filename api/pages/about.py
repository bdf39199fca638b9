"""What the figures are, how they are made, and what they are not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.dependencies import SettingsDep
from api.pages.kept import kept_page
from api.pages.rendering import PageContent, PageRoute, page_language, standing_of
from geo.parameters import coverage_rule
from geo.parameters.loader import load_parameters
from geo.parameters.schema import ParameterSet
from geo.settings import Settings
from geo.workflows.answers.loaded import list_sources
from maps.documents import data_sources
from maps.i18n import format_number

# Other units are English words.
_UNITS_OF_ANY_LANGUAGE = frozenset({"dBm", "m"})

# The parameter file of what the model may be wrong by.
ERRORS = "radio/uncertainty"

router = APIRouter(route_class=PageRoute)


@router.get("/about")
def about(request: Request, settings: SettingsDep) -> Response:
    """Model, rule, limits and sources."""
    return kept_page(request, lambda session: _content(request, session, settings))


def _content(request: Request, session: Session, settings: Settings) -> PageContent:
    standing = standing_of(session)
    as_of = standing.info.as_of if standing.info else None
    parameters = load_parameters(coverage_rule.NAME, parameters_dir=settings.parameters_dir)
    context = {
        "sources": data_sources(list_sources(session), page_language(request)),
        "rule": coverage_rule.load_coverage_rule(parameters_dir=settings.parameters_dir, as_of=as_of),
        "errors": error_ranges(load_parameters(ERRORS, parameters_dir=settings.parameters_dir), as_of=as_of),
        "unverified": unverified_names(parameters, page_language(request), as_of=as_of),
    }
    return PageContent(template="about.html", context=context, standing=standing, active="about")


@dataclass(frozen=True, slots=True)
class ErrorRange:
    """Smallest and largest value of the error parameters of one kind, and whether one of them is unverified."""

    low: float
    high: float
    unverified: bool


def error_ranges(parameters: ParameterSet, *, as_of: dt.date | None) -> dict[str, ErrorRange]:
    """Return what the model is taken to be wrong by: each group of parameters, and each parameter of no group."""
    unverified = set(parameters.unverified())
    found: dict[str, ErrorRange] = {}
    for group in {key.partition(".")[0]: None for key in parameters.parameters}:
        keys = [key for key in parameters.parameters if key.partition(".")[0] == group]
        values = [parameters.number(key, as_of) for key in keys]
        found[group] = ErrorRange(min(values), max(values), bool(unverified.intersection(keys)))
    return found


def unverified_names(parameters: ParameterSet, language: str, *, as_of: dt.date | None) -> list[str]:
    """Name the values that nobody has confirmed, with their level or length; one without a description by its key."""
    names = []
    for key in parameters.unverified():
        parameter = parameters.parameter(key)
        name = getattr(parameter.description, language) if parameter.description else key
        if parameter.unit in _UNITS_OF_ANY_LANGUAGE:
            value = parameters.number(key, as_of)
            shown = format_number(value, language, digits=0 if value == round(value) else 1)
            name += f" ({shown}\u00a0{parameter.unit})"
        names.append(name)
    return names
