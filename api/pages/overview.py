"""The first page: key figures per technology, villages by state, targets, and where the data come from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.dependencies import SettingsDep
from api.pages.kept import kept_page
from api.pages.rendering import PageContent, PageRoute, standing_of, viewer_of
from api.pages.targets import evaluated_targets, interval_share
from geo.parameters.coverage_rule import load_coverage_rule
from geo.settings import Settings
from geo.workflows.answers.coverage import list_coverage
from geo.workflows.answers.rows import AssessmentInfo, CoverageRow, VillageState
from geo.workflows.answers.villages import count_by_state
from geo.workflows.target_rows import TargetRow
from maps.i18n import N_

router = APIRouter(route_class=PageRoute)

MEASURES = (
    ("population", N_("Population")),
    ("households", N_("Households")),
    ("villages", N_("Villages")),
    ("area", N_("Area")),
)
STATES = ("not_covered", "partly_covered", "covered", "no_data")
# Communes that need most attention, as many as fit beside the figures.
WORST_COMMUNES = 12


@dataclass(frozen=True, slots=True)
class Share:
    """One bar: covered, not covered and without data, adding up to 1; None when the denominator is unknown.

    `low` and `high` are the interval of the covered share, None where the assessment has none.
    """

    name: str
    covered: float | None
    not_covered: float | None
    no_data: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class TechnologyFigures:
    """Figures of one technology over the whole territory."""

    technology: str
    shares: tuple[Share, ...]
    villages: Mapping[VillageState, int]

    @property
    def headline(self) -> Share:
        """The first share that is known: of the population, if there is one."""
        return next((share for share in self.shares if share.covered is not None), self.shares[0])


@dataclass(frozen=True, slots=True)
class Worst:
    """Communes that need most attention, by people or, where the population is unknown, by villages."""

    population_known: bool
    rows: tuple[CoverageRow, ...]


@router.get("/")
def overview(request: Request, settings: SettingsDep) -> Response:
    """Key figures."""
    return kept_page(request, lambda session: _content(request, session, settings))


def _content(request: Request, session: Session, settings: Settings) -> PageContent:
    standing = standing_of(session)
    if standing.info is None:
        return PageContent(template="empty.html", context={}, standing=standing, active="overview")
    context = {
        "info": standing.info,
        "figures": technology_figures(session, standing.info, settings),
        "worst": _worst_communes(session, standing.info, settings),
        "states": STATES,
        "interval_share": interval_share(settings),
        **_targets(request, session),
    }
    return PageContent(template="overview.html", context=context, standing=standing, active="overview")


def technology_figures(session: Session, info: AssessmentInfo, settings: Settings) -> list[TechnologyFigures]:
    """Figures over any operator at the tier that counts as covered, one entry per technology."""
    tier = load_coverage_rule(parameters_dir=settings.parameters_dir, as_of=info.as_of).covered_tier
    rows = {row.technology: row for row in list_coverage(session, by="province", operator="any", tier=tier)}
    return [
        TechnologyFigures(
            technology=technology,
            shares=tuple(_share(rows.get(technology), name, title) for name, title in MEASURES),
            villages=count_by_state(session, technology=technology),
        )
        for technology in info.technologies
    ]


def _share(row: CoverageRow | None, name: str, title: str) -> Share:
    if row is None:
        return Share(title, None, None, None)
    return Share(
        title,
        getattr(row, f"share_{name}"),
        getattr(row, f"share_{name}_not_covered"),
        getattr(row, f"share_{name}_no_data"),
        getattr(row, f"share_{name}_low"),
        getattr(row, f"share_{name}_high"),
    )


def _worst_communes(session: Session, info: AssessmentInfo, settings: Settings) -> Worst:
    """Communes with the most people without 4G (the first technology, when there is no 4G).

    Where nobody's number is known, those with the most villages without it.
    """
    technology = "4G" if "4G" in info.technologies else info.technologies[0]
    tier = load_coverage_rule(parameters_dir=settings.parameters_dir, as_of=info.as_of).covered_tier
    rows = list_coverage(session, by="commune", operator="any", tier=tier, technology=technology)
    return worst_of(rows)


def worst_of(rows: Sequence[CoverageRow]) -> Worst:
    """Return the worst of rows of one technology: by people, or by villages where no population is known."""
    known = any(row.population is not None and row.share_population_not_covered is not None for row in rows)
    without = _people_without if known else _villages_without
    lacking = [row for row in rows if without(row) > 0]
    return Worst(known, tuple(sorted(lacking, key=without, reverse=True)[:WORST_COMMUNES]))


def _villages_without(row: CoverageRow) -> float:
    return (row.share_villages_not_covered or 0.0) * (row.villages or 0)


def _people_without(row: CoverageRow) -> float:
    return (row.share_population_not_covered or 0.0) * (row.population or 0.0)


def _targets(request: Request, session: Session) -> dict[str, object]:
    rows = evaluated_targets(request.app, session, viewer_of(request))
    computed = [row for row in rows if row.kind == "computed"]
    states = Counter((row.state, row.state_vi, row.state_en) for row in rows)
    return {"targets": _live_first(computed), "target_states": states}


def _live_first(rows: list[TargetRow]) -> list[TargetRow]:
    """Targets whose date is still to come before those whose date has passed; nearest date first."""
    return sorted(rows, key=lambda row: (row.state.startswith("overdue"), row.deadline is None, row.deadline, row.id))
