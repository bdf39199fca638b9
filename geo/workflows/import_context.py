"""What an import must know about the territory: current communes, old units, and where a point lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.domain.admin import COMMUNE_TYPES, OldUnit, UnitDirectory, UnitName
from geo.domain.grid import Bounds
from geo.intake.coordinates import Floats, KnownArea
from geo.intake.limits import intake_limits
from geo.settings import Settings
from geo.store.tables import AdminUnit, UnitCrosswalk


@dataclass(frozen=True)
class Territory:
    """Current communes with their shapes in EPSG:4326, ordered by code."""

    codes: tuple[str, ...]
    shapes: NDArray[np.object_]
    directory: UnitDirectory
    box: Bounds | None

    @property
    def known(self) -> bool:
        """Whether any commune is known."""
        return bool(self.codes)

    def locate(self, lon: Floats, lat: Floats) -> list[str | None]:
        """Return the commune that holds each position, None outside all; on a shared border the lowest code."""
        found: list[str | None] = [None] * len(lon)
        there = np.flatnonzero(~(np.isnan(lon) | np.isnan(lat)))
        if not self.known or len(there) == 0:
            return found
        tree = shapely.STRtree(shapely.points(lon[there], lat[there]))
        units, points = tree.query(self.shapes, predicate="intersects")
        order = np.lexsort((units, points))
        for unit, point in zip(units[order][::-1], points[order][::-1], strict=True):
            found[int(there[point])] = self.codes[int(unit)]
        return found

    def distance_deg(self, code: str, lon: float, lat: float) -> float:
        """Return how far a position lies outside a commune, in degrees; 0 inside."""
        shape = self.shapes[self.codes.index(code)]
        return float(shapely.distance(shape, shapely.Point(lon, lat)))


def load_territory(session: Session) -> Territory:
    """Return the communes of today and the crosswalk of old units."""
    rows = session.execute(
        select(AdminUnit.code, AdminUnit.name, func.ST_AsBinary(AdminUnit.geom))
        .where(AdminUnit.valid_to.is_(None), AdminUnit.type.in_([kind.value for kind in COMMUNE_TYPES]))
        .order_by(AdminUnit.code)
    ).all()
    shapes = np.array(shapely.from_wkb([bytes(row[2]) for row in rows]), dtype=object)
    box = Bounds(*(float(edge) for edge in shapely.total_bounds(shapes))) if rows else None
    directory = UnitDirectory.of([UnitName(row[0], row[1]) for row in rows], _old_units(session))
    return Territory(tuple(row[0] for row in rows), shapes, directory, box)


def _old_units(session: Session) -> list[OldUnit]:
    rows: Sequence[UnitCrosswalk] = session.scalars(select(UnitCrosswalk).order_by(UnitCrosswalk.id)).all()
    return [OldUnit(row.old_code, row.old_name, row.old_parent_name, row.new_code) for row in rows]


def known_area(territory: Territory, settings: Settings) -> KnownArea:
    """Return where positions are expected, for reading coordinates."""
    return KnownArea(territory.box, settings.metric_crs, intake_limits(settings.parameters_dir).candidate_crs)
