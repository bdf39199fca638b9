"""What a map is made from: results that the viewer may see, already fetched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from geo.domain.rules import CoverageRule
from geo.workflows.answers.loaded import KindSource
from geo.workflows.answers.rows import (
    AssessmentInfo,
    CommuneRow,
    CoverageRow,
    FibreCommuneRow,
    FibreNodeRow,
    FibreRow,
    GapRow,
    PlaceRow,
    RoadRow,
    SiteRow,
    VillageAnswer,
)
from geo.workflows.answers.sectors import Sector
from maps.rasters import CoverageRaster


@dataclass(frozen=True, slots=True, kw_only=True)
class MapContent:
    """Everything one province map draws; what is empty is not drawn and has no entry in the page.

    `coverage` holds commune rows over any operator at the headline tier; `sites` and `fibre_nodes` are empty for
    viewers who may not see them, and so are `sectors` (by id of the site) and `levels` (files of levels by technology
    and operator). `terrain` are the files that the relief is drawn from. `gaps_total` and `sites_total` count what
    exists when only a part was fetched.
    """

    territory_name: str
    units: tuple[CommuneRow, ...]
    info: AssessmentInfo | None = None
    coverage: tuple[CoverageRow, ...] = ()
    villages: tuple[VillageAnswer, ...] = ()
    gaps: tuple[GapRow, ...] = ()
    gaps_total: int = 0
    fibre_communes: tuple[FibreCommuneRow, ...] = ()
    fibre_villages: tuple[FibreRow, ...] = ()
    fibre_nodes: tuple[FibreNodeRow, ...] = ()
    places: tuple[PlaceRow, ...] = ()
    roads: tuple[RoadRow, ...] = ()
    sites: tuple[SiteRow, ...] = ()
    sites_total: int = 0
    rasters: tuple[CoverageRaster, ...] = ()
    rule: CoverageRule | None = None
    sectors: Mapping[int, tuple[Sector, ...]] = field(default_factory=dict)
    levels: Mapping[tuple[str, str], Path] = field(default_factory=dict)
    terrain: tuple[Path, ...] = ()
    illustrative: bool = False
    sources: tuple[KindSource, ...] = ()

    @property
    def is_illustrative(self) -> bool:
        """Whether anything drawn is illustrative data."""
        return (
            self.illustrative
            or (self.info is not None and self.info.illustrative)
            or any(unit.illustrative for unit in self.units)
        )

    @property
    def technologies(self) -> tuple[str, ...]:
        """Technologies with a result, in the order of the assessment."""
        return self.info.technologies if self.info is not None else ()
