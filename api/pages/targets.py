"""Every target with its words, its source, its figures, and what contradicts it beside it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, FastAPI, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.pages.choices import chosen_or_refused
from api.pages.kept import kept, kept_page
from api.pages.rendering import PageContent, PageRoute, standing_of, viewer_of
from api.security import Viewer
from geo.domain.targets import TargetState
from geo.parameters.loader import load_parameters
from geo.settings import Settings
from geo.workflows.evaluate_targets import evaluate_targets
from geo.workflows.target_rows import TargetRow
from maps.i18n import N_

router = APIRouter(route_class=PageRoute)

COMPARISON_SIGNS = {"at_least": "≥", "more_than": ">", "at_most": "≤", "none": ""}
KINDS = (("computed", N_("Computed by the service")), ("declared", N_("Declared: entered with source and date")))


@dataclass(frozen=True, slots=True)
class Target:
    """One target with all its dated values."""

    rows: tuple[TargetRow, ...]

    @property
    def first(self) -> TargetRow:
        """The row that carries words, source and figures, which all dated values share."""
        return self.rows[0]


@router.get("/targets")
def targets(request: Request, state: Annotated[str, Query(max_length=40)] = "") -> Response:
    """All targets by kind; conflicts are shown side by side and never averaged."""
    return kept_page(request, lambda session: _content(request, session, state=state))


def _content(request: Request, session: Session, *, state: str) -> PageContent:
    standing = standing_of(session)
    if standing.info is None:
        return PageContent(template="empty.html", context={}, standing=standing, active="targets")
    rows = evaluated_targets(request.app, session, viewer_of(request))
    known = {row.state: row for row in rows}
    chosen = chosen_or_refused(state, [str(each) for each in TargetState]) or ""
    shown = grouped([row for row in rows if not chosen or row.state == chosen])
    context = {
        "groups": [(title, [target for target in shown if target.first.kind == kind]) for kind, title in KINDS],
        "by_id": {target.first.id: target for target in grouped(rows)},
        "states": list(known.values()),
        "chosen": chosen,
        "signs": COMPARISON_SIGNS,
        "interval_share": interval_share(request.app.state.settings),
        "info": standing.info,
    }
    return PageContent(template="targets.html", context=context, standing=standing, active="targets")


def interval_share(settings: Settings) -> float:
    """Return in which share of cases the truth lies inside an interval, by the errors taken for the model."""
    return load_parameters("radio/uncertainty", parameters_dir=settings.parameters_dir).number("interval_share")


def evaluated_targets(app: FastAPI, session: Session, viewer: Viewer) -> tuple[TargetRow, ...]:
    """Return every dated value of every target as the viewer may see it; kept while the data stay the same."""
    settings: Settings = app.state.settings
    return kept(
        app.state.kept_results,
        session,
        "targets",
        viewer.cache_class,
        make=lambda: evaluate_targets(
            session,
            sees_sites=viewer.can_see_sites,
            home=settings.home_path,
            parameters_dir=settings.parameters_dir,
        ),
    )


def grouped(rows: list[TargetRow] | tuple[TargetRow, ...]) -> list[Target]:
    """Put the dated values of one target together, in the order of the rows."""
    by_id: OrderedDict[str, list[TargetRow]] = OrderedDict()
    for row in rows:
        by_id.setdefault(row.id, []).append(row)
    return [Target(tuple(found)) for found in by_id.values()]
