"""Checks the options of an import before any file is opened: unknown systems, options that the kind has no use for."""

from __future__ import annotations

from geo.errors import BadInputError
from geo.intake.coordinates import parse_crs
from geo.store.tables import ImportKind
from geo.workflows.import_request import ImportRequest

_RASTERS = frozenset({ImportKind.TERRAIN, ImportKind.LANDCOVER, ImportKind.POPULATION})
_WITH_OPERATOR = frozenset({ImportKind.SITES, ImportKind.FIBRE, ImportKind.MEASUREMENTS})
_WITH_COLUMNS = frozenset(ImportKind) - _RASTERS - {ImportKind.ANTENNAS}
_WITH_CRS = frozenset(ImportKind) - {ImportKind.ANTENNAS}


def check_options(request: ImportRequest) -> None:
    """Refuse options that would do nothing with the kind.

    Raises:
        BadInputError: an option does not apply to the kind; `UnknownCrsError`: nobody knows the system.
    """
    given = {
        "--operator": (request.operator, _WITH_OPERATOR),
        "--sheet": (request.sheet, _WITH_COLUMNS),
        "--map": (request.column_map, _WITH_COLUMNS),
        "--crs": (request.crs, _WITH_CRS),
    }
    for option, (value, kinds) in given.items():
        if value and request.kind not in kinds:
            names = ", ".join(sorted(kind.value for kind in kinds))
            raise BadInputError(
                f"{option} does nothing with {request.kind.value}; it is for: {names}.",
                f"{option} không dùng cho loại {request.kind.value}; chỉ dùng cho: {names}.",
            )
    if request.crs:
        parse_crs(request.crs)
