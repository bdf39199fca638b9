"""What the imports of several kinds begin with: the rows of the files, and what must be known about the territory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.domain.admin import COMMUNE_TYPES, OldUnit, UnitDirectory, UnitName
from geo.domain.codes import normalise_label
from geo.domain.grid import Bounds
from geo.intake.coordinates import KnownArea
from geo.intake.limits import intake_limits
from geo.intake.operators import OperatorNames, operator_names
from geo.intake.problems import ProblemLog
from geo.intake.quantities import convert_units
from geo.intake.readers import read_batch
from geo.intake.sources import SourceFile
from geo.intake.tables import Batch
from geo.intake.territory import Territory
from geo.intake.units import known_units
from geo.settings import Settings
from geo.store.tables import AdminUnit, Operator, UnitCrosswalk
from geo.workflows.import_request import ImportRequest


def read_rows(request: ImportRequest, files: Sequence[SourceFile], log: ProblemLog) -> Batch:
    """Read the rows of the files under the fields of the kind, with their numbers in the units of the fields."""
    batch = read_batch(
        files,
        kind=request.kind.value,
        log=log,
        sheet=request.sheet,
        column_map=request.column_map,
        crs=request.crs,
    )
    units = known_units(request.settings.parameters_dir)
    convert_units(batch, units, chosen=frozenset(map(normalise_label, request.column_map)))
    return batch


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


def known_operators(session: Session, settings: Settings) -> OperatorNames:
    """Return the operators of the parameter file and of the store."""
    stored = frozenset(session.scalars(select(Operator.code)))
    return replace(operator_names(settings.parameters_dir), stored=stored)


def known_area(territory: Territory, settings: Settings) -> KnownArea:
    """Return where positions are expected, for reading coordinates."""
    return KnownArea(territory.box, settings.metric_crs, intake_limits(settings.parameters_dir).candidate_crs)
