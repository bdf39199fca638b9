"""Where the antennas of stations point, for those who may see stations."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from geo.store import repositories as store
from geo.workflows.answers.access import require_sites
from geo.workflows.answers.rows import AssessmentInfo

if TYPE_CHECKING:
    from geo.radio.antennas import Antenna

# A lobe is as wide as where the pattern has lost half the power.
HALF_POWER_DB = 10.0 * math.log10(2.0)


@dataclass(frozen=True, slots=True, order=True)
class Sector:
    """Direction of a cell: clockwise from north, and the width between its half-power points; 360 degrees: omni."""

    technology: str
    azimuth_deg: int
    beamwidth_deg: int


def list_sectors(
    session: Session, info: AssessmentInfo, *, parameters_dir: Path | None = None, sees_sites: bool = False
) -> Mapping[int, tuple[Sector, ...]]:
    """Return the sectors of the cells on air that the assessment computed with, by id of their site.

    Azimuth and width (whole degrees) are those of the antenna as it was computed: the pattern file where one was used,
    else the pattern of the band group; without an azimuth omnidirectional. Equal ones of a site are told once.

    Raises:
        ForbiddenError: the viewer does not see sites.
    """
    # What computes patterns takes longer to load than the whole service.
    from geo.radio.link_budget import resolve_cells
    from geo.workflows.assessment.inputs import load_patterns, load_radio_model

    require_sites(sees_sites)
    operators = [operator.code for operator in info.operators]
    cells = store.read_cells(session, info.as_of, technologies=info.technologies, operators=operators)
    resolved, _ = resolve_cells(cells, load_radio_model(parameters_dir), load_patterns(session, cells))
    site_of = {cell.cell_id: cell.site_id for cell in cells}
    widths: dict[object, int] = {}
    found: dict[int, set[Sector]] = defaultdict(set)
    for cell in resolved:
        shape = (cell.antenna.omni, cell.antenna.pattern, cell.antenna.sampled_db.tobytes())
        if shape not in widths:
            widths[shape] = half_power_width_deg(cell.antenna)
        azimuth_deg = 0 if cell.antenna.omni else round(cell.antenna.azimuth_deg) % 360
        found[site_of[cell.cell_id]].add(Sector(cell.technology.value, azimuth_deg, widths[shape]))
    return {site_id: tuple(sorted(sectors)) for site_id, sectors in found.items()}


def half_power_width_deg(antenna: Antenna) -> int:
    """Return how wide the main lobe of an antenna is in the horizontal, in whole degrees; 360 for an omni."""
    import numpy as np

    from geo.radio.antennas import pattern_attenuation_db

    if antenna.omni:
        return 360
    level = antenna._replace(mechanical_tilt_deg=0.0, electrical_tilt_deg=0.0)
    away = np.arange(181.0)
    width = 0
    for side in (1.0, -1.0):
        loss_db = pattern_attenuation_db(level, (level.azimuth_deg + side * away) % 360.0, 0.0)
        beyond = np.flatnonzero(loss_db > loss_db[0] + HALF_POWER_DB)
        width += int(away[beyond[0]] - 1) if beyond.size else 180
    return max(1, width)
