"""Fetches what a map draws, for the page and for `phusong map`: only what the viewer may see is ever read."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from geo.errors import NoAssessmentError, NotFoundError
from geo.parameters.coverage_rule import load_coverage_rule
from geo.settings import Settings
from geo.workflows.answers.assessments import newest_assessment
from geo.workflows.answers.coverage import list_coverage
from geo.workflows.answers.fibre import list_fibre_units, list_fibre_villages, list_nodes
from geo.workflows.answers.gaps import list_gaps
from geo.workflows.answers.loaded import list_sources
from geo.workflows.answers.places import list_places, list_roads
from geo.workflows.answers.rasters import level_rasters, public_raster, terrain_files
from geo.workflows.answers.rows import AssessmentInfo, CommuneRow
from geo.workflows.answers.sectors import Sector, list_sectors
from geo.workflows.answers.sites import list_sites
from geo.workflows.answers.territory import list_units
from geo.workflows.answers.villages import list_villages
from maps.content import MapContent
from maps.layers import MAX_PLACES, MAX_SITES, PROVINCE_TYPES
from maps.rasters import CoverageRaster


def fetch_map_content(session: Session, *, settings: Settings, sees_sites: bool) -> MapContent:
    """Read everything for one map; without an assessment only boundaries, places and roads."""
    try:
        info: AssessmentInfo | None = newest_assessment(session)
    except NoAssessmentError:
        info = None
    units = list_units(session, as_of=info.as_of if info else None)
    if info is None:
        return MapContent(territory_name=_territory_name(units), units=units, roads=list_roads(session))
    rule = load_coverage_rule(parameters_dir=settings.parameters_dir, as_of=info.as_of)
    gaps = list_gaps(session, limit=None)
    sites = list_sites(session, limit=MAX_SITES, sees_sites=True) if sees_sites else None
    return MapContent(
        territory_name=_territory_name(units),
        units=units,
        info=info,
        coverage=list_coverage(session, by="commune", operator="any", tier=rule.covered_tier),
        villages=list_villages(session, operator="any", limit=None).items,
        gaps=gaps.items,
        gaps_total=gaps.total,
        fibre_communes=list_fibre_units(session, by="commune"),
        fibre_villages=list_fibre_villages(session, limit=None).items,
        fibre_nodes=list_nodes(session, limit=MAX_SITES, sees_sites=True).items if sees_sites else (),
        places=list_places(session, limit=MAX_PLACES).items,
        roads=list_roads(session),
        sites=sites.items if sites else (),
        sites_total=sites.total if sites else 0,
        rasters=_rasters(session, info, settings),
        sources=list_sources(session),
        rule=rule,
        sectors=_sectors(session, info, settings) if sees_sites else {},
        levels=level_rasters(info, home=settings.home_path, sees_sites=True) if sees_sites else {},
        terrain=terrain_files(session, info, home=settings.home_path),
    )


def _territory_name(units: tuple[CommuneRow, ...]) -> str:
    return next((unit.name for unit in units if unit.type in PROVINCE_TYPES), "")


def _sectors(session: Session, info: AssessmentInfo, settings: Settings) -> Mapping[int, tuple[Sector, ...]]:
    return list_sectors(session, info, parameters_dir=settings.parameters_dir, sees_sites=True)


def _rasters(session: Session, info: AssessmentInfo, settings: Settings) -> tuple[CoverageRaster, ...]:
    found = []
    for technology in info.technologies:
        try:
            raster = public_raster(session, technology=technology, home=settings.home_path)
        except NotFoundError:
            # A technology without any cell has figures ("no data") and no raster.
            continue
        found.append(CoverageRaster(technology=technology, values=raster.array, grid=raster.grid))
    return tuple(found)
